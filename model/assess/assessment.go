package assess

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// Assessed is an assessment with everything that it is judged by.
type Assessed struct {
	Book    *rulebook.Book
	Profile string
	Today   calendar.Date
	// Requirement is how much of the stage is asked for.
	Requirement string
	// Intake holds the answers of the intake and System the facts of triage that
	// nobody is asked for, as in Facts.
	Intake, System map[string]any
	// Answers are those of the assessment itself.
	Answers map[string]any
	// Tasks holds the answers that came with the decisions on the stage's tasks,
	// by kind of task; in a decision, its own are among them.
	Tasks map[string]map[string]any
	// Process holds what the case's process knows and a stage's rules read, such
	// as dpo_advice. A book takes of it what it declares as system facts.
	Process map[string]any

	taken *taken
	clean *clean
}

// clean keeps the answers in their one form while one assessment is judged, by the part
// whose they are.
type clean struct {
	of    *rulebook.Book
	parts map[string]cleaned
}

type cleaned struct {
	answers map[string]any
	faults  []rulebook.Problem
}

// normalise is the book's, of the assessment's own answers.
func (a Assessed) normalise(book *rulebook.Book, part string) (map[string]any, []rulebook.Problem) {
	if a.clean == nil || a.clean.of != book {
		return book.Normalise(part, a.Answers)
	}
	c, known := a.clean.parts[part]
	if !known {
		c.answers, c.faults = book.Normalise(part, a.Answers)
		a.clean.parts[part] = c
	}
	return maps.Clone(c.answers), slices.Clone(c.faults)
}

// taken keeps what stages take over from the intake and its triage, which stays the
// same while the assessments are judged.
type taken struct {
	book  *rulebook.Book
	key   digest // zero where it is not kept
	mu    sync.Mutex
	from  *rulebook.Giver
	facts map[string]map[string]any
}

// Once returns the assessment so that what it takes over from the intake is
// computed once, however often it is judged, and however many stages' assessments are
// made from it by a change of what is not Book, Profile, Today, Intake or System. Those
// must not change after it.
func (a Assessed) Once() Assessed {
	a.taken = &taken{book: a.Book, facts: map[string]map[string]any{}}
	return a
}

// Judgement is what the rules say of an assessment.
type Judgement struct {
	// Outcome is what the answers come to; empty where only people decide.
	Outcome string `json:"outcome,omitempty"`
	// Problems stand in the way of handing the assessment in.
	Problems []rulebook.Problem `json:"-"`
	// Hindrances stand in the way of outcomes of the stage's tasks.
	Hindrances []Hindrance `json:"hindrances,omitempty"`
	// Conditions follow from the answers and are set when the stage is passed.
	Conditions []Condition `json:"conditions,omitempty"`
	// Rules are those that fired.
	Rules []Fired `json:"rules"`
	// Result is everything that was computed, in the stage's own form.
	Result any `json:"result,omitempty"`
	// HeadConfirms is the rule by which the unit's head has to confirm the
	// decision, or empty.
	HeadConfirms string `json:"head_confirms,omitempty"`
}

// Hindrance is why a task cannot be answered with an outcome.
type Hindrance struct {
	// Task is the kind of task, as model.TaskKind.
	Task string `json:"task"`
	// Outcomes are those that are refused.
	Outcomes []string `json:"outcomes"`
	// Rule is the id of the rule that refuses.
	Rule string `json:"rule"`
	// Pointer is the answer behind it, if there is one.
	Pointer string    `json:"pointer,omitempty"`
	Text    lang.Text `json:"text"`
	Source  string    `json:"source"`
}

// Condition is a condition that the rules add to an approval (rulebook 8.2).
type Condition struct {
	// ID is the template, control, measure or rule behind it.
	ID     string    `json:"id"`
	Text   lang.Text `json:"text"`
	Source string    `json:"source"`
	// DueKind is before_use, date or recurring, DueDate the day of a dated one,
	// Months the period of one that comes back.
	DueKind string `json:"due_kind"`
	DueDate string `json:"due_date,omitempty"`
	Months  int    `json:"months,omitempty"`
	// OwnerRole fulfils it and VerifierRole, another, says that it is met
	// (SOD-04).
	OwnerRole    string    `json:"owner_role"`
	VerifierRole string    `json:"verifier_role"`
	Verification lang.Text `json:"verification"`
	Consequence  lang.Text `json:"consequence"`
	// Met says that the evidence is there already.
	Met      bool   `json:"met,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

// open gives the book of a stage's assessment, and its evaluation over what the
// intake and the process give and what has been answered.
func (a Assessed) open(stage string) (*rulebook.Book, *rulebook.Evaluation, error) {
	book, system, err := a.given(stage)
	if err != nil {
		return nil, nil, err
	}
	answers, _ := a.normalise(book, "") // what does not fit is among the problems
	maps.Copy(answers, system)          // facts are computed from what is given too
	e, faults := book.Triage(a.Profile, book.TriageFacts(answers, system), a.Today)
	if len(faults) > 0 {
		return nil, nil, fmt.Errorf("assess %s: %w", stage, &InputError{Problems: faults})
	}
	return book, e, nil
}

// given gives the book of a stage's assessment and the facts that it does not ask
// for: those that it takes over from the intake and its triage, and those of the
// process that it declares.
func (a Assessed) given(stage string) (*rulebook.Book, map[string]any, error) {
	book, ok := a.Book.Assessment(stage)
	if !ok {
		return nil, nil, fmt.Errorf("the rulebook has no assessment %s", stage)
	}
	system, err := a.takeOver(stage, book)
	if err != nil {
		return nil, nil, fmt.Errorf("assess %s: %w", stage, err)
	}
	for _, f := range book.SystemFacts() {
		if v, known := a.Process[f.ID]; known {
			system[f.ID] = v
		}
		if f.ID == "requirement" && a.Requirement != "" {
			system[f.ID] = a.Requirement
		}
	}
	return book, system, nil
}

// takeOver computes what the stage is given by the intake and its triage.
func (a Assessed) takeOver(stage string, book *rulebook.Book) (map[string]any, error) {
	if a.taken == nil {
		a = a.Once()
	}
	t := a.taken
	t.mu.Lock()
	defer t.mu.Unlock()
	if facts, known := t.facts[stage]; known {
		return maps.Clone(facts), nil
	}
	if t.from == nil {
		from, err := a.Book.Giver(a.Profile, a.Intake, Facts(a.Book, a.Intake, a.System), a.Today)
		if err != nil {
			return nil, err
		}
		t.from = from
	}
	facts, err := t.from.Give(book)
	if err == nil {
		t.facts[stage] = maps.Clone(facts)
	}
	return facts, err
}

// problems lists what stands in the way of handing in a part of a stage's
// assessment: answers that are missing or do not fit, and checks that fail.
func (a Assessed) problems(stage, part string) ([]rulebook.Problem, error) {
	book, system, err := a.given(stage)
	if err != nil {
		return nil, err
	}
	answers, found := a.normalise(book, part)
	maps.Copy(answers, system)
	for _, p := range book.Check(part, a.Profile, "", answers, a.Today) {
		if !slices.ContainsFunc(found, func(q rulebook.Problem) bool { return q.Pointer == p.Pointer }) {
			found = append(found, p)
		}
	}
	return found, nil
}

// conditionOf is the condition that a rule asks for.
func conditionOf(r *rulebook.Rule) Condition {
	c := Condition{ID: r.Code, Text: r.Text, Source: r.Source}
	if w := r.Condition; w != nil {
		c.DueKind, c.Months, c.OwnerRole, c.VerifierRole = w.Kind, w.Months, w.Owner, w.Verifier
		c.Verification, c.Consequence = w.Verification, w.Consequence
	}
	return c
}

// Assess judges the assessment of a stage.
func Assess(stage string, a Assessed) (Judgement, error) {
	judge, ok := assessments[stage]
	if !ok {
		return Judgement{}, nil
	}
	if a.taken == nil {
		a = a.Once()
	}
	if book, ok := a.Book.Assessment(stage); ok {
		a.clean = &clean{book, map[string]cleaned{}}
	}
	return judge(a)
}

// assessments judges each stage that has a form.
var assessments = map[string]func(Assessed) (Judgement, error){
	"manager":            manager,
	"legal_basis":        legalBasis,
	"secrecy":            secrecy,
	"derogation_review":  derogationReview,
	"camera_assessment":  cameraAssessment,
	"dpia":               dpia,
	"agent_risk":         agentRisk,
	"fria":               fria,
	"environment":        environment,
	"ciso":               ciso,
	"info_owner":         infoOwner,
	"worker_information": workerInformation,
	"eu_database":        euDatabase,
	"ai_label":           aiLabel,
	"adoption":           adoption,
}

// Questions lists what a part of a stage's assessment asks, with the answers so
// far.
func (a Assessed) Questions(stage, part string) ([]rulebook.Question, error) {
	book, system, err := a.given(stage)
	if err != nil {
		return nil, err
	}
	answers, _ := a.normalise(book, part)
	maps.Copy(answers, system)
	return book.Questions(part, a.Profile, "", answers, a.Today), nil
}

// Missing lists what a part still needs with the given answers.
func (a Assessed) Missing(stage, part string, answers map[string]any) ([]rulebook.Problem, error) {
	a.Answers, a.clean = answers, nil
	return a.problems(stage, part)
}
