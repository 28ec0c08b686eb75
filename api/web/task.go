package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"sluss/api"
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
	// Answered are the other tasks of the same incident that have been answered.
	Answered []incidentAnswer
	// Waits are the open tasks of others that the answer waits for.
	Waits []waited
	// Open are the conditions that are not met yet.
	Open []api.ConditionItem
	// Approved is what the CISO has approved, for whoever decides after them.
	Approved []line
	// Remarks are those on the stage that nobody has replied to.
	Remarks []remark
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
	// Remarking is true where a remark was refused and not the answer.
	Remarking bool
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

// Asks reports whether what is asked follows from what has been answered. Adopting units
// are asked everything from the start.
func (p taskPage) Asks() bool { return p.Questionnaire != "" && p.Stage != model.StageAdoption }

// Advises reports whether the task asks for advice.
func (p taskPage) Advises() bool { return adviser(p.Kind) }

// base is where the API has what the pages show.
const base = "/api/v1"

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
	p.Take, p.Release = open && p.MayDecide && p.Assignee == nil, open && mine && !p.Role.PerCase()
	spec, _ := model.Stage(p.Stage)
	writes := func(r model.Role) bool { return slices.Contains(v.person.Roles, r) }
	p.Write = open && p.Kind == model.TaskPrepare && (mine || slices.ContainsFunc(spec.Prepare, writes))
	p.Found = s.findingsOf(v, p.Stage, p.judgement(v.bookOf(p.TaskView)))
	if p.CaseID == "" {
		return p, s.readIncidentTask(v, &p)
	}
	p.Case = &api.CaseStatus{}
	if err := v.getCase(p.CaseID, p.Case); err != nil {
		return p, err
	}
	p.Waits = waitsOf(p.TaskView, p.Case.Stages, v.lang)
	for _, read := range []func(*visit, *taskPage) error{s.readSummary, s.readJudged, s.readSaid, s.readOpen} {
		if err := read(v, &p); err != nil {
			return p, err
		}
	}
	return p, nil
}

// waited is an open task that another waits for.
type waited struct {
	api.StageTask
	// Stage is what its stage is called, What what it is to bring.
	Stage, What string
}

// broughtWords are what a task that others wait for is to bring.
var broughtWords = map[model.TaskKind]lang.Text{
	model.TaskPrepare:        {SV: "underlag", EN: "assessment"},
	model.TaskAdvice:         {SV: "råd", EN: "advice"},
	model.TaskStatement:      {SV: "utlåtande", EN: "statement"},
	model.TaskEndorse:        {SV: "tillstyrkan", EN: "endorsement"},
	model.TaskDecision:       {SV: "beslut", EN: "decision"},
	model.TaskReviewLegal:    {SV: "rättslig granskning", EN: "legal review"},
	model.TaskReviewSecurity: {SV: "säkerhetsgranskning", EN: "security review"},
	model.TaskBenefit:        {SV: "bekräftat nyttovärde", EN: "confirmed benefit score"},
	model.TaskHead:           {SV: "förvaltningschefens bekräftelse", EN: "confirmation by the head of the unit"},
	model.TaskSecondReading:  {SV: "en andra läsning", EN: "second reading"},
}

// waitsOf are the open tasks that an open task waits for.
func waitsOf(t api.TaskView, stages []api.StageNote, l lang.Lang) []waited {
	var out []waited
	for _, st := range stages {
		for _, other := range st.Tasks {
			if t.Status == model.TaskOpen && other.Status == model.TaskOpen && model.WaitsFor(t.Stage, t.Kind, st.Key, other.Kind) {
				out = append(out, waited{other, st.Label, broughtWords[other.Kind].In(l)})
			}
		}
	}
	return out
}

// judgement is what the rules say of what is judged. Where the task asks the stage's
// own questions, what they say of answers that are still to come is left out: it is
// said where the answer is missing. Before the first answer nothing has an outcome.
func (p *taskPage) judgement(book *rulebook.Book) *api.JudgementNote {
	if p.Kind == model.TaskPrepare && p.Status == model.TaskOpen {
		return nil // it is said beside the text
	}
	if p.TaskView.Judgement == nil || p.Questionnaire != string(p.Stage) {
		return p.TaskView.Judgement
	}
	begun := slices.ContainsFunc(askedOnce(p.TaskView), func(q api.QuestionNote) bool { return q.Answered })
	j := *p.TaskView.Judgement
	j.Rules = slices.DeleteFunc(slices.Clone(j.Rules), func(r api.FiredRule) bool {
		rule, known := book.Rule(r.ID)
		if !begun && known && strings.HasSuffix(rule.Group, "_outcome") {
			return true
		}
		return slices.ContainsFunc(j.Hindrances, func(h api.HindranceNote) bool { return h.ID == r.ID && h.Pointer != "" })
	})
	return &j
}

// readJudged reads the assessments that the task judges, as they were handed in.
func (s *site) readJudged(v *visit, p *taskPage) error {
	read := func(path string, stage model.StageKey) ([]section, *findings, error) {
		if !strings.Contains(path, "/assessments/") { // else it names a revision as well
			return nil, nil, nil
		}
		var a api.AssessmentDraft
		if err := v.get(path+"&form=false", nil, &a); err != nil {
			return nil, nil, err
		}
		f := s.findingsOf(v, stage, &a.Judgement)
		if a.Statement != nil {
			f.Statement = a.Statement.In(v.lang)
		}
		book, ok := v.book.Assessment(string(stage))
		answers, err := rulebook.ReadAnswers(a.Answers)
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
		p.draft, err = v.getTagged("/cases/"+p.CaseID+"/assessments/"+url.PathEscape(string(p.Stage))+"?form=false", nil)
		return err
	}
	written, found, err := read(p.Read, p.Stage)
	if err != nil {
		return err
	}
	p.Written, p.Found = written, p.Found.stating(found)
	if p.Joint != nil {
		p.JointWritten, found, err = read(strings.TrimPrefix(p.Joint.Review, base), p.Joint.Stage)
		p.JointFound = s.findingsOf(v, p.Joint.Stage, p.Joint.Judgement).stating(found)
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
		if p.Stage == model.StageInfoOwner && d.Stage == model.StageCISO && passes(d.Outcome) && p.Approved == nil {
			if p.Approved, err = v.approved(d); err != nil {
				return err
			}
		}
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

// approved is what a review says that may be used, and with what.
func (v *visit) approved(d api.DecisionItem) ([]line, error) {
	book, known := v.book.Assessment(string(d.Stage))
	answers, err := rulebook.ReadAnswers(d.Answers)
	if !known || err != nil {
		return nil, err
	}
	var out []line
	for _, id := range []string{"approved_max_ipl", "approved_uses", "not_approved_uses"} {
		f, ok := book.Field(id)
		if !ok {
			continue
		}
		l, given := reader{book: book, lang: v.lang}.line(f, at(answers, id))
		if level, isLevel := at(answers, id).(float64); isLevel {
			l.Text = protection(v.book, int(level), v.lang)
		}
		if given {
			out = append(out, l)
		}
	}
	return out, nil
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
	var remarks api.Page[api.RemarkItem]
	err := v.get(path+"/remarks", url.Values{"status": {"open"}, "stage": {string(p.Stage)}, "limit": {"100"}}, &remarks)
	head := caseHead{CaseStatus: *p.Case, on: v.on(*p.Case)}
	p.Remarks = nil
	for _, r := range remarks.Items {
		p.Remarks = append(p.Remarks, v.remarkOf(head, r))
	}
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
	answers, err := rulebook.ReadAnswers(text.Answers)
	p.judged.book, p.judged.part, p.judged.answers = v.book, rulebook.PartIntake, answers
	add := func(label lang.Text, text string) {
		p.Summary = append(p.Summary, line{Label: label.In(v.lang), Text: text})
	}
	r := reader{book: v.book, lang: v.lang}
	for _, id := range summaryFields {
		if f, ok := v.book.Field(id); ok {
			if l, given := r.line(f, at(answers, id)); given {
				p.Summary = append(p.Summary, l)
			}
		}
	}
	if p.Case.Tier != "" {
		add(lang.Text{SV: "Prövningens nivå", EN: "Tier of the assessment"}, v.book.Label("tier", string(p.Case.Tier)).In(v.lang))
	}
	if p.Case.IPL != nil {
		add(lang.Text{SV: "Informationsskyddsnivå", EN: "Information protection level"}, protection(v.book, *p.Case.IPL, v.lang))
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

// conditionPointer begins the pointers of a decision's conditions.
const conditionPointer = "/conditions/"
