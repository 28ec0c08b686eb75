package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/rulebook"
)

type sentValue struct{ Name, Value string }

// actOnTask takes or releases a task, or answers it: first it asks whether the
// person is sure, then it sends the decision.
func (s *site) actOnTask(v *visit) error {
	form := v.r.PostForm
	switch form.Get("do") {
	case "take", "release":
		return s.assign(v, form.Get("do") == "take")
	case "send":
		return s.decide(v)
	}
	p, err := s.task(v)
	if err != nil {
		return err
	}
	if !p.May {
		return v.redirect(v.r.URL.Path)
	}
	if err := s.askBeside(v, &p, form); err != nil {
		return err
	}
	switch form.Get("do") {
	case "remark":
		return s.remarkOnTask(v, p)
	case "save":
		return s.save(v, p)
	}
	s.drawForm(v, &p, form, nil)
	if form.Get("do") == "review" {
		if faults := p.lacking(v, form); len(faults) > 0 {
			s.drawForm(v, &p, form, &client.Problem{Errors: faults})
			return s.showTask(v, http.StatusUnprocessableEntity, p, nil)
		}
		p.Sure, p.Sent = true, sent(form, "do", "more")
		chosen := model.Outcome(form.Get("outcome"))
		p.Form.Sends = p.Form.sends(chosen, v.lang)
		p.Follows, p.Send = v.consequence(p, chosen), sendWords(p.TaskView, chosen, p.Form.ChosenWords, v.lang)
	}
	return s.showTask(v, http.StatusOK, p, nil)
}

// sent is a form as it was sent, without some of its buttons.
func sent(form url.Values, buttons ...string) []sentValue {
	var out []sentValue
	for name, values := range form {
		for _, value := range values {
			if !slices.Contains(buttons, name) {
				out = append(out, sentValue{name, value})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b sentValue) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func (s *site) assign(v *visit, take bool) error {
	body := map[string]any{"assignee": nil}
	if take {
		body["assignee"] = "me"
	}
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: base + "/tasks/" + url.PathEscape(v.r.PathValue("id")) + "/assignment",
		Body: body, IfMatch: v.r.PostForm.Get("etag"),
	}, nil)
	if err != nil {
		return s.taskRefused(v, err)
	}
	return v.redirect(v.r.URL.Path)
}

func (s *site) decide(v *visit) error {
	p, err := s.task(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	_, err = v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: base + "/tasks/" + url.PathEscape(p.TaskID) + "/decision",
		Body: s.decision(v, p, form), IfMatch: form.Get("etag"), Key: form.Get("key"),
	}, nil)
	if err != nil {
		return s.taskRefused(v, err)
	}
	return v.redirect(v.r.URL.Path + "?sent=1")
}

// taskRefused shows the task with what was filled in, and why it was not done.
func (s *site) taskRefused(v *visit, refused error) error {
	var problem *client.Problem
	if !errors.As(refused, &problem) || problem.Code == string(model.CodeStepUp) || problem.Status >= 500 && problem.Status != http.StatusServiceUnavailable {
		return refused
	}
	p, err := s.task(v)
	if err != nil {
		return err
	}
	form := v.r.PostForm
	if problem.Code == string(model.CodeStale) {
		form.Del("etag") // the next try is on what is shown now
	}
	if problem.Status != http.StatusServiceUnavailable {
		form.Del("key") // this try is over
	}
	if p.May {
		if err := s.askBeside(v, &p, form); err != nil {
			return err
		}
		s.drawForm(v, &p, form, problem)
	}
	return s.showTask(v, problem.Status, p, problem)
}

// askBeside asks the questions that apply beside what has been filled in.
func (s *site) askBeside(v *visit, p *taskPage, form url.Values) error {
	if !p.Asks() {
		return nil
	}
	var asked api.TaskForm
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: base + "/tasks/" + url.PathEscape(p.TaskID) + "/preview",
		Body: map[string]any{"answers": answersOf(v.bookOf(p.TaskView), p.TaskView, form)},
	}, &asked)
	p.TaskView.Form = asked.Form
	return err
}

// decision is the body of the answer to a task.
func (s *site) decision(v *visit, p taskPage, form url.Values) map[string]any {
	body := map[string]any{"outcome": form.Get("outcome"), "revision": p.Current}
	set := func(name, text string) {
		if text = strings.TrimSpace(text); text != "" {
			body[name] = text
		}
	}
	set("motivation", form.Get("motivation"))
	set("decision_authority", form.Get("decision_authority"))
	back := form.Get("outcome") == string(model.OutcomeReturn) || form.Get("outcome") == string(model.OutcomeReject)
	if back {
		set("path_forward_text", form.Get("path_forward_text"))
		own := strings.FieldsFunc(form.Get("own_reason"), func(r rune) bool { return r == ',' || r == ' ' })
		reasons := append(slices.Clone(form["reason_codes"]), own...)
		if len(reasons) > 0 {
			body["reason_codes"] = reasons
		}
	}
	if form.Get("outcome") == string(model.OutcomeReturn) {
		set("target", form.Get("target"))
	}
	if model.Outcome(form.Get("outcome")).WithConditions() {
		if conditions := conditionsOf(form); len(conditions) > 0 {
			body["conditions"] = conditions
		}
	}
	if answers := answersOf(v.bookOf(p.TaskView), p.TaskView, form); len(answers) > 0 && !back {
		body["answers"] = answers
	}
	if p.Joint != nil {
		body["joint"] = map[string]any{
			"outcome": form.Get("joint.outcome"), "revision": p.Joint.Current, "motivation": strings.TrimSpace(form.Get("joint.motivation")),
		}
	}
	return body
}

// answersOf are the answers to the task's questions, those included that appeared
// after the first try.
func answersOf(book *rulebook.Book, t api.TaskView, form url.Values) map[string]any {
	answers := map[string]any{}
	for _, field := range book.Fields() {
		if field.Part != t.Questionnaire || field.System {
			continue
		}
		if value := answer(form, field, "a."+field.ID); value != nil {
			put(answers, field.ID, value)
		}
	}
	incidentAnswers(t, form, answers)
	return answers
}
