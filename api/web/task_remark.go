package web

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// taskRemark is a remark on one of the questions that a task judges. It is sent on
// its own, before the answer: whoever writes the text sees which answers to look at.
type taskRemark struct {
	Key        string
	Questions  []choiceGroup
	Severities []choice
	Text       string
	// Sent is true when one has just been sent.
	Sent bool
}

// choiceGroup are choices under a heading.
type choiceGroup struct {
	Label   string
	Choices []choice
}

// remarks reports whether a task is one in which its reviewer may remark on what is
// judged (AD-05): those of the stage's reviewers, who do not write it themselves.
func remarks(t api.TaskView) bool {
	spec, known := model.Stage(t.Stage)
	if !known || !spec.Reviews() || t.Role == model.RoleProjectOwner {
		return false
	}
	for _, task := range spec.Tasks {
		if task.Role == t.Role {
			return true
		}
	}
	return false
}

// questionGroups are the questions of a part that have an answer, by section.
func questionGroups(book *rulebook.Book, part string, answers map[string]any, chosen string, l lang.Lang) []choiceGroup {
	var out []choiceGroup
	for _, sec := range book.Sections() {
		if sec.Part != part {
			continue
		}
		group := choiceGroup{Label: sec.Text.In(l)}
		for _, f := range book.Fields() {
			if f.Section == sec.ID && f.Part == part && !f.System && at(answers, f.ID) != nil {
				group.Choices = append(group.Choices, choice{f.ID, f.Text.In(l), f.ID == chosen})
			}
		}
		if len(group.Choices) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// drawRemark draws the form of a remark with what has been filled in.
func (s *site) drawRemark(v *visit, p *taskPage, form url.Values) {
	if !remarks(p.TaskView) || p.judged.book == nil {
		return
	}
	f := taskRemark{Key: form.Get("remark.key"), Text: form.Get("remark.text")}
	if f.Key == "" {
		f.Key = client.NewKey()
	}
	f.Questions = questionGroups(p.judged.book, p.judged.part, p.judged.answers, form.Get("remark.question"), v.lang)
	for _, s := range model.Severities() {
		f.Severities = append(f.Severities, choice{string(s), s.Label().In(v.lang), form.Get("remark.severity") == string(s)})
	}
	p.Form.Remark = &f
}

// remarkLabels are the questions of a remark, by their ids on the page.
var remarkLabels = map[string]lang.Text{
	"remark-text":     {SV: "Synpunkt", EN: "Remark"},
	"remark-severity": {SV: "Hur viktig den är", EN: "How much it weighs"},
}

// remarkOnTask sends a remark, and shows the task as it was filled in.
func (s *site) remarkOnTask(v *visit, p taskPage) error {
	form := v.r.PostForm
	body := map[string]any{"stage": p.Stage, "text": strings.TrimSpace(form.Get("remark.text")), "severity": form.Get("remark.severity")}
	if question := form.Get("remark.question"); question != "" {
		body["question_id"] = question
	}
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: base + "/cases/" + p.CaseID + "/remarks", Body: body, Key: form.Get("remark.key"),
	}, nil)
	var problem *client.Problem
	switch {
	case err == nil:
		for _, name := range []string{"remark.key", "remark.text", "remark.question", "remark.severity"} {
			form.Del(name)
		}
		if err := s.readOpen(v, &p); err != nil {
			return err
		}
		s.drawForm(v, &p, form, nil)
		p.Form.Remark.Sent = true
		return s.showTask(v, http.StatusOK, p, nil)
	case !errors.As(err, &problem) || problem.Code == string(model.CodeStepUp) || problem.Status >= 500:
		return err
	}
	form.Del("remark.key") // this try is over
	for i := range problem.Errors {
		problem.Errors[i].Pointer = "/remark" + problem.Errors[i].Pointer
	}
	p.Remarking = true
	s.drawForm(v, &p, form, problem)
	for i, f := range p.Form.Faults {
		if label, known := remarkLabels[f.ID]; known {
			p.Form.Faults[i].Message = label.In(v.lang) + ": " + f.Message
		}
	}
	return s.showTask(v, problem.Status, p, problem)
}

// save keeps the answers to a task's own questions without sending anything, for
// somebody who goes on later.
func (s *site) save(v *visit, p taskPage) error {
	form := v.r.PostForm
	answer, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: base + "/cases/" + p.CaseID + "/assessments/" + url.PathEscape(string(p.Stage)),
		Body: map[string]any{"answers": answersOf(v.bookOf(p.TaskView), p.TaskView, form)}, IfMatch: form.Get("draft"),
	}, nil)
	var problem *client.Problem
	switch {
	case err == nil:
		form.Set("draft", answer.ETag())
		form.Del("etag") // the task judges what has been saved
		if p, err = s.task(v); err != nil {
			return err
		}
		s.drawForm(v, &p, form, nil)
		p.Saved = true
		return s.showTask(v, http.StatusOK, p, nil)
	case !errors.As(err, &problem) || problem.Code == string(model.CodeStepUp) || problem.Status >= 500:
		return err
	case problem.Code == string(model.CodeStale):
		form.Del("draft") // the next try takes the place of what is there now
	}
	s.drawForm(v, &p, form, problem)
	return s.showTask(v, problem.Status, p, problem)
}
