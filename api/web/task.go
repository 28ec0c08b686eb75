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
	"sluss/model/store"
)

// taskPage is a task with everything that is needed to answer it.
type taskPage struct {
	api.TaskView
	// Case is the case that the task belongs to, nil for another task.
	Case *api.CaseStatus
	// Read is where what is judged is read.
	Read string
	// Words are those of the role: decide, advise or review.
	Words string
	// Since is what has changed since the role last answered the task, nil for nothing.
	Since *changesSince
	// Summary is what the case is about.
	Summary []line
	// Found is what the rules say of what is judged, Written what that says, and
	// JointFound and JointWritten the same of a second part.
	Found, JointFound     *findings
	Written, JointWritten []section
	// Said is what others have said of the stage, Before what they have said of
	// other stages, the newest first.
	Said, Before []api.DecisionItem
	// Open are the conditions that are not met yet.
	Open []api.ConditionItem
	// Remarks are those on the stage that nobody has replied to.
	Remarks []api.RemarkItem
	// Answer is the decision on a task that is done.
	Answer *api.DecisionItem
	// Saved is true on the page that follows when the answers have been kept.
	Saved bool
	// JustSent is true on the page that follows when somebody has answered.
	JustSent bool
	// May is true when the person may answer, Take when they may take the task
	// first, Release when they may give it back.
	May, Take, Release bool
	// Write is true for who writes the assessment that the task asks for.
	Write bool
	Form  decisionForm
	// Sure asks once more before the decision is sent: Follows is what follows, Send
	// what the button says.
	Sure    bool
	Follows []string
	Send    string
	// Sent is what was sent, to be sent again.
	Sent []sentValue

	// judged is the text that remarks can be made on.
	judged struct {
		book    *rulebook.Book
		part    string
		answers map[string]any
	}
	// draft is the entity tag of the answers that are kept, "" where none can be.
	draft string
}

type sentValue struct{ Name, Value string }

// base is where the API has what the pages show.
const base = "/api/v1"

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
	// Remark is a remark on a question, nil where none can be made.
	Remark *taskRemark
	// Draft is the entity tag of the answers that are kept, "" where none can be.
	Draft string
	// Now are the outcomes that can be chosen, Later those that the rules refuse as
	// things stand.
	Now, Later []outcomeChoice
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
	p.Read, p.Words = strings.TrimPrefix(p.Review, base), wordsOf(p.TaskView, v.lang)
	mine := p.Assignee != nil && p.Assignee.ID == v.person.ID
	open := p.Status == model.TaskOpen
	p.May = open && p.MayDecide && p.Kind != model.TaskPrepare
	p.Take, p.Release = open && p.MayDecide && p.Assignee == nil, open && mine
	spec, _ := model.Stage(p.Stage)
	writes := func(r model.Role) bool { return slices.Contains(v.person.Roles, r) }
	p.Write = open && p.Kind == model.TaskPrepare && (mine || slices.ContainsFunc(spec.Prepare, writes))
	p.Found = s.findingsOf(v, p.Stage, p.judgement())
	if p.CaseID == "" {
		return p, s.readIncidentTask(v, &p)
	}
	p.Case = &api.CaseStatus{}
	if err := v.getCase(p.CaseID, p.Case); err != nil {
		return p, err
	}
	for _, read := range []func(*visit, *taskPage) error{s.readSummary, s.readJudged, s.readSaid, s.readOpen} {
		if err := read(v, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// judgement is what the rules say of what is judged. Where the task asks the stage's
// own questions, what they say of answers that are still to come is left out: it is
// said where the answer is missing.
func (p *taskPage) judgement() *api.JudgementNote {
	if p.TaskView.Judgement == nil || p.Questionnaire != string(p.Stage) {
		return p.TaskView.Judgement
	}
	j := *p.TaskView.Judgement
	j.Rules = slices.DeleteFunc(slices.Clone(j.Rules), func(r api.FiredRule) bool {
		return slices.ContainsFunc(j.Hindrances, func(h api.HindranceNote) bool { return h.ID == r.ID && h.Pointer != "" })
	})
	return &j
}

// readJudged reads the assessments that the task judges, as they were handed in.
func (s *site) readJudged(v *visit, p *taskPage) error {
	read := func(path string, stage model.StageKey) ([]section, *findings, error) {
		if !strings.Contains(path, "/assessments/") {
			return nil, nil, nil
		}
		var a api.AssessmentDraft
		if err := v.get(path, nil, &a); err != nil {
			return nil, nil, err
		}
		f := s.findingsOf(v, stage, &a.Judgement)
		if a.Statement != nil {
			f.Statement = a.Statement.In(v.lang)
		}
		book, ok := v.book.Assessment(string(stage))
		answers, err := object(a.Answers)
		if !ok || err != nil {
			return nil, f, err
		}
		if stage == p.Stage {
			p.judged.book, p.judged.part, p.judged.answers = book, string(stage), answers
		}
		written, err := s.sections(v, book, string(stage), answers)
		return written, f, err
	}
	if p.May && p.Questionnaire == string(p.Stage) {
		var err error
		p.draft, err = v.getTagged("/cases/"+p.CaseID+"/assessments/"+url.PathEscape(string(p.Stage)), nil)
		return err
	}
	written, found, err := read(p.Read, p.Stage)
	if err != nil {
		return err
	}
	p.Written = written
	if p.Found == nil {
		p.Found = found
	} else if found != nil {
		p.Found.Statement = found.Statement
	}
	if p.Joint != nil {
		p.JointWritten, p.JointFound, err = read(strings.TrimPrefix(p.Joint.Review, base), p.Joint.Stage)
	}
	return err
}

// readSaid reads what others have decided and advised, and the answer to the task
// where it has one.
func (s *site) readSaid(v *visit, p *taskPage) error {
	said, err := all[api.DecisionItem](v, "/cases/"+p.CaseID+"/decisions")
	if err != nil {
		return err
	}
	if p.Since, err = s.changes(v, p.TaskView, said); err != nil {
		return err
	}
	slices.Reverse(said)
	for _, d := range said {
		switch {
		case d.TaskID == p.TaskID:
			p.Answer = &d
		case d.Stage == p.Stage || p.Joint != nil && d.Stage == p.Joint.Stage:
			p.Said = append(p.Said, d)
		default:
			p.Before = append(p.Before, d)
		}
	}
	return err
}

// readOpen reads the conditions that are not met and the remarks without a reply.
func (s *site) readOpen(v *visit, p *taskPage) error {
	path := "/cases/" + p.CaseID
	if p.Case.Conditions.Open+p.Case.Conditions.Overdue > 0 {
		conditions, err := all[api.ConditionItem](v, path+"/conditions")
		if err != nil {
			return err
		}
		p.Open = slices.DeleteFunc(conditions, func(c api.ConditionItem) bool { return !c.Status.Unmet() })
	}
	var remarks list[api.RemarkItem]
	err := v.get(path+"/remarks", url.Values{"status": {"open"}, "stage": {string(p.Stage)}, "limit": {"100"}}, &remarks)
	p.Remarks = remarks.Items
	return err
}

// wordsOf says what the reader is to do with the revision, in the words of the role:
// the DPO advises, the CISO reviews, others decide (GDPR 39(1), rulebook 10).
func wordsOf(t api.TaskView, l lang.Lang) string {
	text := lang.Text{SV: "Du beslutar om revision ", EN: "You decide on revision "}
	switch {
	case t.CaseID == "" || t.Current == 0:
		return lang.Text{SV: "Du svarar på uppgiften.", EN: "You answer the task."}.In(l)
	case t.Kind == model.TaskRegistration:
		return lang.Text{SV: "Du registrerar att det är gjort.", EN: "You record that it is done."}.In(l)
	case t.Stage == model.StageFollowUp || t.Kind == model.TaskMeeting:
		return lang.Text{SV: "Du redovisar vad som har gjorts.", EN: "You report what has been done."}.In(l)
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

// readSummary reads what the case is about.
func (s *site) readSummary(v *visit, p *taskPage) error {
	if p.Case.Revision == 0 {
		return nil
	}
	var text api.RevisionText
	if err := v.get("/cases/"+p.CaseID+"/revisions/"+strconv.Itoa(p.Case.Revision), nil, &text); err != nil {
		return err
	}
	answers, err := object(text.Answers)
	p.judged.book, p.judged.part, p.judged.answers = v.book, rulebook.PartIntake, answers
	r := reader{book: v.book, lang: v.lang}
	for _, id := range summaryFields {
		if f, ok := v.book.Field(id); ok {
			if l, given := r.line(f, at(answers, id)); given {
				p.Summary = append(p.Summary, l)
			}
		}
	}
	return err
}

// bookOf is the book that asks a task's questions.
func (v *visit) bookOf(t api.TaskView) *rulebook.Book {
	for _, b := range v.book.Assessments() {
		if slices.Contains(b.Parts(), t.Questionnaire) && (b.ID == string(t.Stage) || b.ID == t.Questionnaire) {
			return b
		}
	}
	return v.book
}

// drawForm draws the form with what has been filled in so far, and what is wrong.
func (s *site) drawForm(v *visit, p *taskPage, form url.Values, problem *client.Problem) {
	f := decisionForm{
		Key: cmp.Or(form.Get("key"), client.NewKey()), ETag: cmp.Or(form.Get("etag"), p.ETag), Chosen: form.Get("outcome"),
		Motivation: form.Get("motivation"), PathForward: form.Get("path_forward_text"), Authority: form.Get("decision_authority"),
		OwnReason: form.Get("own_reason"), Target: form.Get("target"), Wrong: wrongOf(problem),
	}
	f.Outcomes = s.outcomes(v, offered(p.Outcomes, v.person), f.Chosen)
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
		f.Joint = &jointForm{*p.Joint, s.outcomes(v, offered(p.Joint.Outcomes, v.person), form.Get("joint.outcome")), form.Get("joint.motivation"), strings.TrimPrefix(p.Joint.Review, base)}
	}
	if problem != nil {
		f.Faults = f.faults(problem)
	}
	f.Draft = cmp.Or(form.Get("draft"), p.draft)
	f.sort()
	p.Form = f
	s.drawRemark(v, p, form)
}

// sort puts the outcomes that the rules refuse as things stand after the others,
// unless one of them is chosen or nothing but sending back would be left.
func (f *decisionForm) sort() {
	for _, o := range f.Outcomes {
		if len(o.Against) > 0 && !o.Chosen {
			f.Later = append(f.Later, o)
		} else {
			f.Now = append(f.Now, o)
		}
	}
	if !slices.ContainsFunc(f.Now, func(o outcomeChoice) bool { return goesOn(o.Outcome) }) {
		f.Now, f.Later = f.Outcomes, nil
	}
}

func (s *site) outcomes(v *visit, choices []api.OutcomeChoice, chosen string) []outcomeChoice {
	var out []outcomeChoice
	for _, o := range choices {
		c := outcomeChoice{OutcomeChoice: o, Chosen: string(o.Outcome) == chosen}
		for _, id := range o.Refused {
			c.Against = append(c.Against, v.ruleWords(id))
		}
		out = append(out, c)
	}
	return out
}

// offered are the outcomes that the person may choose: that advice was not given in
// time is for the head of the unit to note, and nothing else is (AD-01).
func offered(all []api.OutcomeChoice, p *store.Person) []api.OutcomeChoice {
	head := slices.Contains(p.Roles, model.RoleUnitHead) && !slices.Contains(p.Roles, model.RoleDPO)
	silence := func(o api.OutcomeChoice) bool { return o.Outcome == model.OutcomeNotGivenInTime }
	if !slices.ContainsFunc(all, silence) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(o api.OutcomeChoice) bool { return silence(o) != head })
}

// ruleWords are what a rule says, its id where it has no words.
func (v *visit) ruleWords(id string) string {
	for _, b := range append([]*rulebook.Book{v.book}, v.book.Assessments()...) {
		if rule, ok := b.Rule(id); ok {
			return rule.Text.In(v.lang)
		}
	}
	if rule, ok := model.ProcessRule(id); ok {
		return rule.Text.In(v.lang)
	}
	return id
}

// drawQuestions draws the questions of the task, and those that turned out to be
// missing.
func (s *site) drawQuestions(v *visit, p *taskPage, f *decisionForm, form url.Values) {
	book := v.bookOf(p.TaskView)
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
		if p.Stage == model.StageEnvironment { // which only the calculation is, in the light form (EN-V1)
			c.Choices = slices.DeleteFunc(c.Choices, func(o choice) bool { return o.Value == string(model.OutcomeLightOK) })
		}
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
			f.Likely = append(f.Likely, choice{id, v.ruleWords(id), slices.Contains(named, id)})
		}
	}
	for _, rule := range act.Reasons(v.book) {
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
	switch form.Get("do") {
	case "remark":
		return s.remarkOnTask(v, p)
	case "save":
		return s.save(v, p)
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
		chosen := model.Outcome(form.Get("outcome"))
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
		s.drawForm(v, &p, form, problem)
	}
	return s.showTask(v, problem.Status, p, problem)
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
	if answers := s.answersOf(v, p, form); len(answers) > 0 && !back {
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
func (s *site) answersOf(v *visit, p taskPage, form url.Values) map[string]any {
	answers := map[string]any{}
	for _, field := range v.bookOf(p.TaskView).Fields() {
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
