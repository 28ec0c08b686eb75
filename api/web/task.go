package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// taskPage is a task with everything that is needed to answer it.
type taskPage struct {
	api.TaskView
	// Case is the case that the task belongs to, nil for another task.
	Case *api.CaseStatus
	// Read is where what is judged is read.
	Read string
	// Role are the words of the role: decide, advise or review.
	Words string
	// Summary is what the case is about, Others what the other reviewers have said.
	Summary []line
	Others  []api.DecisionItem
	// Answer is the decision on a task that is done.
	Answer *api.DecisionItem
	// JustSent is true on the page that follows when somebody has answered.
	JustSent bool
	// May is true when the person may answer, Take when they may take the task
	// first, Release when they may give it back.
	May, Take, Release bool
	Form               decisionForm
	// Sure asks once more before the decision is sent.
	Sure bool
	// Sent is what was sent, to be sent again.
	Sent []sentValue
}

type sentValue struct{ Name, Value string }

// decisionForm is what is filled in to answer a task.
type decisionForm struct {
	// Key is the Idempotency-Key of the answer, ETag what was read.
	Key, ETag string
	Sections  []formSection
	Outcomes  []outcomeChoice
	// Chosen is the outcome that was chosen, with its words.
	Chosen      string
	ChosenWords string
	Motivation  string
	PathForward string
	Authority   string
	OwnReason   string
	// Likely are the rules that stand against an outcome here, Reasons all that may
	// be named when something is sent back.
	Likely, Reasons []choice
	Targets         []choice
	Target          string
	Conditions      [][]control
	Joint           *jointForm
	// Back, Conditional and Authorised say which parts the outcomes can need.
	Back, Conditional, Authorised bool
	Wrong                         map[string]string
	// Faults are what is wrong, with where it stands on the page.
	Faults []formFault
}

type jointForm struct {
	api.JointTask
	Outcomes   []outcomeChoice
	Motivation string
	Read       string
}

type formSection struct {
	Title     string
	Questions []control
}

type outcomeChoice struct {
	api.OutcomeChoice
	Chosen bool
	// Against are the rules that refuse the outcome, in words.
	Against []string
}

type formFault struct{ ID, Message string }

func (s *site) taskView(v *visit) error {
	p, err := s.task(v)
	if err != nil {
		return err
	}
	if err := s.Store.SeeTask(v.r.Context(), v.person.OrgID, v.person.ID, p.TaskID, s.Clock.Now()); err != nil {
		return err
	}
	p.JustSent = v.r.URL.Query().Has("sent")
	if p.May {
		s.drawForm(v, &p, url.Values{}, nil)
	}
	return s.showTask(v, http.StatusOK, p, nil)
}

func (s *site) showTask(v *visit, status int, p taskPage, problem *client.Problem) error {
	return v.show(status, "task", view{Title: cmp.Or(p.CaseTitle, p.StageLabel), Page: p, Problem: problem})
}

// task reads a task and what it is about.
func (s *site) task(v *visit) (taskPage, error) {
	var p taskPage
	if err := v.get("/tasks/"+url.PathEscape(v.r.PathValue("id")), nil, &p.TaskView); err != nil {
		return p, err
	}
	p.Read, p.Words = strings.TrimPrefix(p.Review, "/api/v1"), wordsOf(p.TaskView, v.lang)
	mine := p.Assignee != nil && p.Assignee.ID == v.person.ID
	open := p.Status == model.TaskOpen
	p.May = open && p.MayDecide && p.Kind != model.TaskPrepare
	p.Take, p.Release = open && p.MayDecide && p.Assignee == nil, open && mine
	if p.CaseID == "" {
		return p, s.readIncidentTask(v, &p)
	}
	path := "/cases/" + p.CaseID
	p.Case = &api.CaseStatus{}
	if err := v.get(path, nil, p.Case); err != nil {
		return p, err
	}
	var err error
	if p.Others, err = all[api.DecisionItem](v, path+"/decisions"); err != nil {
		return p, err
	}
	if i := slices.IndexFunc(p.Others, func(d api.DecisionItem) bool { return d.TaskID == p.TaskID }); i >= 0 {
		answer := p.Others[i]
		p.Answer, p.Others = &answer, slices.Delete(p.Others, i, i+1)
	}
	p.Summary, err = s.summary(v, p.Case)
	return p, err
}

// wordsOf says what the reader is to do with the revision, in the words of the role:
// the DPO advises, the CISO reviews, others decide (GDPR 39(1), rulebook 10).
func wordsOf(t api.TaskView, l lang.Lang) string {
	text := lang.Text{SV: "Du beslutar om revision ", EN: "You decide on revision "}
	switch {
	case t.Kind == model.TaskPrepare:
		return lang.Text{SV: "Du tar fram underlaget.", EN: "You prepare the assessment."}.In(l)
	case t.Kind == model.TaskAdvice || t.Kind == model.TaskStatement:
		text = lang.Text{SV: "Du lämnar råd om revision ", EN: "You advise on revision "}
	case t.Role == model.RoleCISO || t.Kind == model.TaskReviewSecurity || t.Kind == model.TaskReviewLegal:
		text = lang.Text{SV: "Du granskar revision ", EN: "You review revision "}
	}
	return text.In(l) + strconv.Itoa(t.Current) + "."
}

// summaryFields are the answers of the intake that say what a case is about.
var summaryFields = []string{"summary", "purpose_text", "benefit_text", "kind", "user_groups"}

func (s *site) summary(v *visit, c *api.CaseStatus) ([]line, error) {
	if c.Revision == 0 {
		return nil, nil
	}
	var text api.RevisionText
	if err := v.get("/cases/"+c.CaseID+"/revisions/"+strconv.Itoa(c.Revision), nil, &text); err != nil {
		return nil, err
	}
	answers, err := object(text.Answers)
	r := reader{book: s.Book, lang: v.lang}
	var out []line
	for _, id := range summaryFields {
		if f, ok := s.Book.Field(id); ok {
			if l, given := r.line(f, at(answers, id)); given {
				out = append(out, l)
			}
		}
	}
	return out, err
}

// bookOf is the book that asks a task's questions.
func (s *site) bookOf(t api.TaskView) *rulebook.Book {
	for _, b := range s.Book.Assessments() {
		if slices.Contains(b.Parts(), t.Questionnaire) && (b.ID == string(t.Stage) || b.ID == t.Questionnaire) {
			return b
		}
	}
	return s.Book
}

// drawForm draws the form with what has been filled in so far, and what is wrong.
func (s *site) drawForm(v *visit, p *taskPage, form url.Values, problem *client.Problem) {
	f := decisionForm{
		Key: cmp.Or(form.Get("key"), client.NewKey()), ETag: cmp.Or(form.Get("etag"), p.ETag), Chosen: form.Get("outcome"),
		Motivation: form.Get("motivation"), PathForward: form.Get("path_forward_text"), Authority: form.Get("decision_authority"),
		OwnReason: form.Get("own_reason"), Target: form.Get("target"), Wrong: map[string]string{},
	}
	if problem != nil {
		for _, e := range problem.Errors {
			f.Wrong[e.Pointer] = e.Message
		}
	}
	f.Outcomes = s.outcomes(v, p.Outcomes, f.Chosen)
	for _, o := range f.Outcomes {
		if o.Chosen {
			f.ChosenWords = o.Label
		}
		f.Back = f.Back || slices.Contains(o.Requires, "path_forward_text")
		f.Conditional = f.Conditional || o.Outcome.WithConditions()
		f.Authorised = f.Authorised || slices.Contains(o.Requires, "decision_authority")
	}
	s.drawQuestions(v, p, &f, form)
	if f.Back {
		s.drawReasons(v, p, &f, form)
	}
	if f.Conditional {
		f.Conditions = drawConditions(v.lang, form, f.Wrong)
	}
	if p.Joint != nil {
		f.Joint = &jointForm{*p.Joint, s.outcomes(v, p.Joint.Outcomes, form.Get("joint.outcome")), form.Get("joint.motivation"), strings.TrimPrefix(p.Joint.Review, "/api/v1")}
	}
	if problem != nil {
		f.Faults = f.faults(problem)
	}
	p.Form = f
}

func (s *site) outcomes(v *visit, offered []api.OutcomeChoice, chosen string) []outcomeChoice {
	var out []outcomeChoice
	for _, o := range offered {
		c := outcomeChoice{OutcomeChoice: o, Chosen: string(o.Outcome) == chosen}
		for _, id := range o.Refused {
			c.Against = append(c.Against, s.ruleWords(id, v.lang))
		}
		out = append(out, c)
	}
	return out
}

// ruleWords are what a rule says, its id where it has no words.
func (s *site) ruleWords(id string, l lang.Lang) string {
	for _, b := range append([]*rulebook.Book{s.Book}, s.Book.Assessments()...) {
		if rule, ok := b.Rule(id); ok {
			return rule.Text.In(l)
		}
	}
	if rule, ok := model.ProcessRule(id); ok {
		return rule.Text.In(l)
	}
	return id
}

// drawQuestions draws the questions of the task, and those that turned out to be
// missing.
func (s *site) drawQuestions(v *visit, p *taskPage, f *decisionForm, form url.Values) {
	book := s.bookOf(p.TaskView)
	draw := paper{book: book, lang: v.lang, wrong: f.Wrong, more: form.Get("more")}
	shown := map[string]bool{}
	for _, q := range askedOnce(p.TaskView) {
		field, ok := book.Field(q.ID)
		if !ok {
			continue
		}
		var value any
		if len(form) > 0 {
			value = answer(form, field, "a."+q.ID)
		} else if q.Answered {
			value = q.Value
		}
		c := draw.control(field, "a."+q.ID, "/answers"+field.Pointer(), value)
		if value == nil && q.Value != nil {
			c.Default = reader{book: book, lang: v.lang}.say(field, q.Value)
		}
		c.Needed, shown[q.ID] = q.Needed, true
		f.add(s.sectionTitle(book, field, v.lang), c)
	}
	for _, field := range book.Fields() {
		pointer := "/answers" + field.Pointer()
		if f.Wrong[pointer] != "" && !shown[field.ID] && field.Part == p.Questionnaire {
			shown[field.ID] = true
			c := draw.control(field, "a."+field.ID, pointer, answer(form, field, "a."+field.ID))
			c.Needed = true
			f.add(s.sectionTitle(book, field, v.lang), c)
		}
	}
	for _, c := range adoptionControls(p.TaskView, book, draw, shown, form) {
		f.add("", c)
	}
	for _, c := range incidentControls(p.TaskView, v.lang, form, f.Wrong) {
		f.add("", c)
	}
}

func (s *site) sectionTitle(book *rulebook.Book, f *rulebook.Field, l lang.Lang) string {
	for _, sec := range book.Sections() {
		if sec.ID == f.Section && sec.Part == f.Part {
			return sec.Text.In(l)
		}
	}
	return ""
}

func (f *decisionForm) add(title string, c control) {
	i := slices.IndexFunc(f.Sections, func(s formSection) bool { return s.Title == title })
	if i < 0 {
		f.Sections = append(f.Sections, formSection{Title: title})
		i = len(f.Sections) - 1
	}
	f.Sections[i].Questions = append(f.Sections[i].Questions, c)
}

// drawReasons offers the rules that may be named when something is sent back, first
// those that stand against an outcome here, and where it may be sent.
func (s *site) drawReasons(v *visit, p *taskPage, f *decisionForm, form url.Values) {
	likely := []string{}
	for _, o := range p.Outcomes {
		likely = append(likely, o.Refused...)
	}
	if p.Case != nil {
		likely = append(likely, p.Case.Blockers...)
	}
	named := form["reason_codes"]
	for i, id := range likely {
		if !slices.Contains(likely[:i], id) {
			f.Likely = append(f.Likely, choice{id, s.ruleWords(id, v.lang), slices.Contains(named, id)})
		}
	}
	for _, rule := range act.Reasons(s.Book) {
		if !slices.Contains(likely, rule.ID) {
			f.Reasons = append(f.Reasons, choice{rule.ID, rule.Text.In(v.lang), slices.Contains(named, rule.ID)})
		}
	}
	if p.Case == nil {
		return
	}
	f.Targets = []choice{{"", lang.Text{SV: "Ärendets beskrivning", EN: "The description of the case"}.In(v.lang), f.Target == ""}}
	for _, st := range p.Case.Stages {
		spec, known := model.Stage(st.Key)
		if known && len(spec.Prepare) > 0 && st.Status != model.StageNotRequired {
			f.Targets = append(f.Targets, choice{string(st.Key), st.Label, f.Target == string(st.Key)})
		}
	}
}

// conditionPointer begins the pointers of a decision's conditions.
const conditionPointer = "/conditions/"

// idOf is the id on the page of what a pointer points to.
func idOf(pointer string) string {
	name := strings.Trim(pointer, "/")
	if rest, ok := strings.CutPrefix(name, "answers/"); ok {
		name = "a/" + rest
	}
	if strings.HasPrefix(name, "reason_codes") {
		name = "reason_codes"
	}
	return strings.NewReplacer("/", "-", ".", "-").Replace(name)
}

// faults are what is wrong, each with the question that it is about.
func (f *decisionForm) faults(p *client.Problem) []formFault {
	labels := map[string]string{}
	for _, sec := range f.Sections {
		labelsOf(sec.Questions, labels)
	}
	for _, row := range f.Conditions {
		labelsOf(row, labels)
	}
	var out []formFault
	for _, e := range p.Errors {
		fault := formFault{idOf(e.Pointer), e.Message}
		if label := labels[fault.ID]; label != "" {
			fault.Message = strings.TrimRight(label, "?.") + ": " + e.Message
		}
		out = append(out, fault)
	}
	return out
}

// labelsOf collects what questions are called, by their id on the page.
func labelsOf(questions []control, labels map[string]string) {
	for _, c := range questions {
		labels[c.ID] = c.Label
		labelsOf(c.Parts, labels)
		for _, row := range c.Rows {
			labelsOf(row, labels)
		}
	}
}

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
	s.drawForm(v, &p, form, nil)
	chosen := slices.ContainsFunc(p.Form.Outcomes, func(o outcomeChoice) bool { return o.Chosen })
	switch {
	case form.Get("do") != "review":
	case !chosen:
		text := lang.Text{SV: "Välj ett utfall.", EN: "Choose an outcome."}.In(v.lang)
		p.Form.Wrong["/outcome"] = text
		p.Form.Faults = []formFault{{"outcome", text}}
		return s.showTask(v, http.StatusUnprocessableEntity, p, nil)
	default:
		p.Sure, p.Sent = true, sent(form, "do", "more")
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
		Method: http.MethodPut, Path: "/api/v1/tasks/" + url.PathEscape(v.r.PathValue("id")) + "/assignment",
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
		Method: http.MethodPost, Path: "/api/v1/tasks/" + url.PathEscape(p.TaskID) + "/decision",
		Body: s.decision(p, form), IfMatch: form.Get("etag"), Key: form.Get("key"),
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
		s.drawForm(v, &p, form, problem)
	}
	return s.showTask(v, problem.Status, p, problem)
}

// decision is the body of the answer to a task.
func (s *site) decision(p taskPage, form url.Values) map[string]any {
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
	if answers := s.answersOf(p, form); len(answers) > 0 && !back {
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
func (s *site) answersOf(p taskPage, form url.Values) map[string]any {
	answers := map[string]any{}
	for _, field := range s.bookOf(p.TaskView).Fields() {
		if field.Part != p.Questionnaire || field.System {
			continue
		}
		if value := answer(form, field, "a."+field.ID); value != nil {
			put(answers, field.ID, value)
		}
	}
	incidentAnswers(p.TaskView, form, answers)
	return answers
}
