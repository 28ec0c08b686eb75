package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// conversationPage is what is said of a case: the remarks of the reviewers, each
// with its reply, and the comments of everybody.
type conversationPage struct {
	caseHead
	Open, Closed []remark
	Comments     []api.CommentItem
	MayComment   bool
	MayRemark    bool
	// Key is the Idempotency-Key of the next comment, Text what was written.
	Key, Text string
	// Done is what the page follows upon: comment, remark or reply.
	Done string
}

// remark is a remark in words.
type remark struct {
	api.RemarkItem
	CaseID                     string
	SeverityLabel, StatusLabel string
	// Question is the question that it is about, "" for the stage as a whole.
	Question string
	MayReply bool
}

// remarks reads the remarks on a case, those that weigh most first.
func (v *visit) remarks(h caseHead) ([]remark, error) {
	items, err := all[api.RemarkItem](v, "/cases/"+h.CaseID+"/remarks")
	out := make([]remark, len(items))
	for i, r := range items {
		out[i] = v.remarkOf(h, r)
	}
	slices.SortStableFunc(out, func(a, b remark) int {
		return cmp.Compare(slices.Index(model.Severities(), a.Severity), slices.Index(model.Severities(), b.Severity))
	})
	return out, err
}

// unanswered are the remarks on a part of a case that nobody has answered. A draft
// that has not been sent in has none.
func (v *visit) unanswered(h caseHead, part string) ([]remark, error) {
	if h.Revision == 0 {
		return nil, nil
	}
	all, err := v.remarks(h)
	return slices.DeleteFunc(all, func(r remark) bool { return r.Status != model.RemarkOpen || !v.isAbout(r.RemarkItem, part) }), err
}

// on are the remarks on one question.
func on(remarks []remark, question string) []remark {
	return slices.DeleteFunc(slices.Clone(remarks), func(r remark) bool { return r.QuestionID != question })
}

func (v *visit) remarkOf(h caseHead, r api.RemarkItem) remark {
	out := remark{RemarkItem: r, CaseID: h.CaseID, SeverityLabel: r.Severity.Label().In(v.lang), StatusLabel: r.Status.Label().In(v.lang)}
	if r.QuestionID != "" {
		out.Question = v.question(r.Stage, r.QuestionID)
	}
	spec, _ := model.Stage(r.Stage)
	own := r.Author != nil && r.Author.ID == v.person.ID
	out.MayReply = r.Status == model.RemarkOpen && !own && h.open(v) && access.AnswersRemarks(v.person.Actor(), h.on, spec)
	return out
}

// remarkable are the stages of the case on which the person may make remarks.
func (h caseHead) remarkable(v *visit) []api.StageNote {
	if !h.open(v) {
		return nil
	}
	var out []api.StageNote
	for _, st := range h.Stages {
		spec, known := model.Stage(st.Key)
		if !known || st.Status == model.StageNotRequired {
			continue
		}
		if _, err := access.RemarksAs(v.person.Actor(), h.on, spec); err == nil {
			out = append(out, st)
		}
	}
	return out
}

// conversation shows what is said of a case.
func (s *site) conversation(v *visit) error {
	p, err := s.readConversation(v)
	if err != nil {
		return err
	}
	p.Done = v.r.URL.Query().Get("done")
	return s.showConversation(v, http.StatusOK, p, nil)
}

func (s *site) readConversation(v *visit) (conversationPage, error) {
	p := conversationPage{Key: client.NewKey()}
	var err error
	if p.caseHead, err = v.caseHead("/comments"); err != nil {
		return p, err
	}
	remarks, err := v.remarks(p.caseHead)
	if err != nil {
		return p, err
	}
	for _, r := range remarks {
		if r.Status == model.RemarkOpen {
			p.Open = append(p.Open, r)
		} else {
			p.Closed = append(p.Closed, r)
		}
	}
	p.MayComment, p.MayRemark = p.open(v), len(p.remarkable(v)) > 0
	p.Comments, err = all[api.CommentItem](v, "/cases/"+p.CaseID+"/comments")
	return p, err
}

func (s *site) showConversation(v *visit, status int, p conversationPage, problem *client.Problem) error {
	title := lang.Text{SV: "Samtal", EN: "Conversation"}.In(v.lang) + ": " + p.Title
	return v.show(status, "conversation", view{Section: "cases", Title: title, Page: p, Problem: problem})
}

// comment writes a comment.
func (s *site) comment(v *visit) error {
	form, id := v.r.PostForm, v.r.PathValue("id")
	text := plain(form.Get("text"))
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/cases/" + url.PathEscape(id) + "/comments", Key: form.Get("key"), Body: map[string]any{"text": text},
	}, nil)
	problem, err := refusal(err)
	if err != nil {
		return err
	}
	if problem == nil {
		return v.redirect("/cases/" + id + "/comments?done=comment#comments")
	}
	p, err := s.readConversation(v)
	if err != nil {
		return err
	}
	p.Text = text
	return s.showConversation(v, problem.Status, p, problem)
}

// refusal is why the API did not do something, where the person can do something
// about it on the page, or what went wrong otherwise.
func refusal(err error) (*client.Problem, error) {
	var p *client.Problem
	if !errors.As(err, &p) || p.Code == string(model.CodeStepUp) || p.Status == http.StatusNotFound ||
		p.Status >= 500 && p.Status != http.StatusServiceUnavailable {
		return nil, err
	}
	return p, nil
}

// plain is a text as it was written, with the line ends that the record keeps.
func plain(text string) string { return strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n")) }

// remarkForm is the page on which a remark is written.
type remarkForm struct {
	caseHead
	Key      string
	Stages   []choice
	Stage    string
	Question string
	// Label is what the question is called, Answer what stands there now.
	Label      string
	Severities []choice
	Text       string
	Wrong      map[string]string
	Faults     []formFault
}

// remarkPage asks for a remark.
func (s *site) remarkPage(v *visit) error { return s.askRemark(v, v.r.URL.Query(), nil) }

// askRemark shows the form with what has been filled in.
func (s *site) askRemark(v *visit, form url.Values, problem *client.Problem) error {
	head, err := v.caseHead("/comments")
	if err != nil {
		return err
	}
	stages := head.remarkable(v)
	if len(stages) == 0 {
		return errNoPage
	}
	f := remarkForm{caseHead: head, Key: client.NewKey(), Stage: form.Get("stage"), Question: form.Get("question"), Text: form.Get("text"), Wrong: wrongOf(problem)}
	f.Faults = summary(problem, v.lang, map[string]lang.Text{
		"stage": {SV: "Steg", EN: "Stage"}, "severity": {SV: "Hur viktig den är", EN: "How much it weighs"}, "text": {SV: "Synpunkten", EN: "The remark"},
	})
	if f.Stage == "" {
		f.Stage = string(mine(v, stages))
	}
	for _, st := range stages {
		f.Stages = append(f.Stages, choice{string(st.Key), st.Label, string(st.Key) == f.Stage})
	}
	for _, severity := range model.Severities() {
		f.Severities = append(f.Severities, choice{string(severity), severity.Label().In(v.lang), string(severity) == form.Get("severity")})
	}
	if f.Question != "" {
		f.Label = v.question(model.StageKey(f.Stage), f.Question)
	}
	status := http.StatusOK
	if problem != nil {
		status = problem.Status
	}
	title := lang.Text{SV: "Lämna en synpunkt", EN: "Make a remark"}.In(v.lang) + ": " + f.Title
	return v.show(status, "remark", view{Section: "cases", Title: title, Page: f, Problem: problem})
}

// mine is the stage in which the person has something to do, or else the first in
// which their role has, or the first of all.
func mine(v *visit, stages []api.StageNote) model.StageKey {
	for _, st := range stages {
		if slices.ContainsFunc(st.Tasks, func(t api.StageTask) bool {
			return t.Status == model.TaskOpen && (t.Assignee != nil && t.Assignee.ID == v.person.ID || t.Assignee == nil && slices.Contains(v.person.Roles, t.Role))
		}) {
			return st.Key
		}
	}
	for _, st := range stages {
		spec, _ := model.Stage(st.Key)
		if slices.ContainsFunc(spec.Tasks, func(t model.TaskSpec) bool { return slices.Contains(v.person.Roles, t.Role) }) {
			return st.Key
		}
	}
	return stages[0].Key
}

// summary are the faults of a form of a few fields, whose names are their ids on the
// page.
func summary(p *client.Problem, l lang.Lang, labels map[string]lang.Text) []formFault {
	if p == nil {
		return nil
	}
	var out []formFault
	for _, e := range p.Errors {
		id := strings.TrimPrefix(e.Pointer, "/")
		if label, ok := labels[id]; ok {
			out = append(out, formFault{id, label.In(l) + ": " + e.Message})
		}
	}
	return out
}

// remark makes a remark.
func (s *site) remark(v *visit) error {
	form, id := v.r.PostForm, v.r.PathValue("id")
	body := map[string]any{"stage": form.Get("stage"), "severity": form.Get("severity"), "text": plain(form.Get("text"))}
	if q := form.Get("question"); q != "" {
		body["question_id"] = q
	}
	var receipt model.EvidenceReceipt
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/cases/" + url.PathEscape(id) + "/remarks", Key: form.Get("key"), Body: body,
	}, &receipt)
	problem, err := refusal(err)
	switch {
	case err != nil:
		return err
	case problem != nil:
		return s.askRemark(v, form, problem)
	}
	return v.redirect("/cases/" + id + "/comments?done=remark#remark-" + receipt.RemarkID)
}

// replyForm is the page on which a remark is answered.
type replyForm struct {
	caseHead
	Remark   remark
	Key      string
	Reply    string
	Followed string
	Reasons  string
	Wrong    map[string]string
	Faults   []formFault
}

// replyPage asks for the answer to a remark.
func (s *site) replyPage(v *visit) error { return s.askReply(v, url.Values{}, nil) }

func (s *site) askReply(v *visit, form url.Values, problem *client.Problem) error {
	head, err := v.caseHead("/comments")
	if err != nil {
		return err
	}
	remarks, err := v.remarks(head)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(remarks, func(r remark) bool { return r.RemarkID == v.r.PathValue("remark") })
	switch {
	case i < 0:
		return errNoPage
	case !remarks[i].MayReply && problem == nil:
		return v.redirect("/cases/" + head.CaseID + "/comments#remark-" + remarks[i].RemarkID)
	}
	f := replyForm{
		caseHead: head, Remark: remarks[i], Key: client.NewKey(), Reply: form.Get("reply"), Followed: form.Get("followed"),
		Reasons: form.Get("reasons"), Wrong: wrongOf(problem),
	}
	f.Faults = summary(problem, v.lang, map[string]lang.Text{
		"followed": {SV: "Om synpunkten följs", EN: "Whether you follow the remark"}, "reply": {SV: "Ditt svar", EN: "Your reply"},
		"reasons": {SV: "Varför den inte följs", EN: "Why it is not followed"},
	})
	f.Remark.MayReply = false // the page is where it is done
	status := http.StatusOK
	if problem != nil {
		status = problem.Status
	}
	title := lang.Text{SV: "Svara på synpunkten", EN: "Reply to the remark"}.In(v.lang) + ": " + f.Title
	return v.show(status, "reply", view{Section: "cases", Title: title, Page: f, Problem: problem})
}

// reply answers a remark.
func (s *site) reply(v *visit) error {
	form, id, remark := v.r.PostForm, v.r.PathValue("id"), v.r.PathValue("remark")
	body := map[string]any{"reply": plain(form.Get("reply"))}
	if form.Has("followed") {
		body["followed"] = form.Get("followed") == "true"
	}
	if reasons := plain(form.Get("reasons")); reasons != "" && form.Get("followed") != "true" {
		body["reasons"] = reasons
	}
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPost, Path: "/api/v1/cases/" + url.PathEscape(id) + "/remarks/" + url.PathEscape(remark) + "/reply", Key: form.Get("key"), Body: body,
	}, nil)
	problem, err := refusal(err)
	switch {
	case err != nil:
		return err
	case problem != nil:
		return s.askReply(v, form, problem)
	}
	return v.redirect("/cases/" + id + "/comments?done=reply#remark-" + remark)
}

// mayWrite reports whether the person may change the description of the case.
func (h caseHead) mayWrite() bool { return h.may(act.MayEdit) }
