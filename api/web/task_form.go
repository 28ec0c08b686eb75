package web

import (
	"cmp"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

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
	// Sends is what goes with the answer beside its motivation, said once more before it
	// is sent.
	Sends []line
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
func (v *visit) ruleWords(id string) string { return ruleWords(v.book, id, v.lang) }

func ruleWords(book *rulebook.Book, id string, l lang.Lang) string {
	for _, b := range append([]*rulebook.Book{book}, book.Assessments()...) {
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
	named := form["reason_codes"]
	offer := func(to *[]choice, ids []string) {
		for _, id := range ids {
			offered := func(c choice) bool { return c.Value == id }
			if !slices.ContainsFunc(f.Likely, offered) && !slices.ContainsFunc(f.Reasons, offered) {
				*to = append(*to, choice{id, v.ruleWords(id), slices.Contains(named, id)})
			}
		}
	}
	for _, o := range p.Outcomes {
		offer(&f.Likely, slices.DeleteFunc(slices.Clone(o.Refused), p.unasked))
	}
	if p.Case != nil {
		offer(&f.Likely, p.Case.Blockers)
	}
	for _, rule := range act.Reasons(v.book) {
		if rule.Group != "checks" { // what a form does not pass is not sent in
			offer(&f.Reasons, []string{rule.ID})
		}
	}
	for _, o := range p.Outcomes {
		offer(&f.Reasons, o.Refused)
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

// unasked reports whether a rule stands against an outcome only because the person has
// not answered the question yet that it rests on: that is no reason to send a case back.
func (p *taskPage) unasked(rule string) bool {
	if p.TaskView.Judgement == nil {
		return false
	}
	return slices.ContainsFunc(p.TaskView.Judgement.Hindrances, func(h api.HindranceNote) bool {
		return h.ID == rule && slices.ContainsFunc(p.TaskView.Form, func(q api.QuestionNote) bool {
			return !q.Answered && h.Pointer == "/"+strings.ReplaceAll(q.ID, ".", "/")
		})
	})
}

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
