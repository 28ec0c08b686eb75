package storetest

import (
	"encoding/json"
	"errors"
	"slices"

	"sluss/model"
	"sluss/model/store"
)

// The part of the small lifecycle that is about assessments: a stage waits for its
// text, the text is handed in, and its reviewers answer.

// Values of model.HandIn.Advice, as the process knows them.
const (
	standing    = "standing"
	coordinator = "coordinator"
)

// Assessed is a triage that asks for stages with an assessment, all with the same
// scope.
func Assessed(scope string, stages ...model.StageKey) model.Plan {
	p := Plan(scope, stages...)
	for i, st := range p.Stages {
		spec, _ := model.Stage(st.Key)
		p.Stages[i].Assess = len(spec.Prepare) > 0
	}
	return p
}

// Write saves the next text of a stage's assessment and returns the draft.
func (w *World) Write(caseID, actor string, stage model.StageKey, text string) store.Part {
	w.Helper()
	d := w.draft(caseID, 0, text)
	d.Part, d.ActorID, d.States = string(stage), actor, model.CaseStates()
	part, err := w.Store.Part(w.ctx(), w.Org, caseID, d.Part)
	if !errors.Is(err, store.ErrNotFound) {
		w.must(err)
		d.IfRevision = part.Revision
	}
	_, err = w.Store.SaveDraft(w.ctx(), d, w.Clock.Now())
	w.must(err)
	part, err = w.Store.Part(w.ctx(), w.Org, caseID, d.Part)
	w.must(err)
	return part
}

// HandIn hands in the draft of a stage's assessment as it stands.
func (w *World) HandIn(caseID, actor string, role model.Role, stage model.StageKey, advice string) Act {
	w.Helper()
	part, err := w.Store.Part(w.ctx(), w.Org, caseID, string(stage))
	w.must(err)
	return Act{
		Kind: model.ActHandIn, Actor: actor,
		Payload: model.Payload{HandIn: &model.HandIn{
			Stage: stage, Revision: part.Revision, Hash: part.Hash, Advice: advice, Role: role,
		}},
		Step: func(s *model.Snapshot) []model.Step { return handIn(s, stage, part.Hash, advice) },
	}
}

// HandedIn returns a case whose first stage has an assessment that was handed in.
func (w *World) HandedIn(stages ...model.StageKey) string {
	w.Helper()
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", stages...)))
	w.Write(id, w.Owner, stages[0], "Första texten")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, stages[0], ""))
	return id
}

// DecideBoth answers the advice on the legal basis and on the DPIA with one act.
func (w *World) DecideBoth(caseID, actor string, first, second model.Outcome) Act {
	w.Helper()
	a := w.Decide(caseID, actor, model.StageLegalBasis, model.TaskAdvice, first)
	b := w.Decide(caseID, actor, model.StageDPIA, model.TaskAdvice, second)
	a.Joint, a.Payload.Joint = b.Task, b.Payload.Decision
	a.Payload.Joint.Motivation = "Riskerna är väl beskrivna."
	a.Step = func(s *model.Snapshot) []model.Step {
		return append(answer(s, *a.Task, first), answer(s, *b.Task, second)...)
	}
	return a
}

// DecideForHead answers a task with a decision that the head of the unit has to
// confirm.
func (w *World) DecideForHead(caseID, actor string, stage model.StageKey, kind model.TaskKind, outcome model.Outcome,
	conditions ...model.NewCondition) Act {
	w.Helper()
	a := w.Decide(caseID, actor, stage, kind, outcome, conditions...)
	a.Payload.Decision.Head, a.Payload.Decision.Deviates = true, true
	a.Step = func(s *model.Snapshot) []model.Step {
		openTask(s.Stage(stage), model.TaskHead)
		return answer(s, *a.Task, outcome)
	}
	return a
}

// Waive gives the word of one of the two who waive a condition together.
func (w *World) Waive(actor string, role model.Role, conditionID string) Act {
	return Act{
		Kind: model.ActWaive, Actor: actor,
		Payload: model.Payload{Waiver: &model.Waiver{
			ConditionID: conditionID, Role: role, Reason: "Risken är borta.", DecisionAuthority: "Delegationsordning 4.3",
		}},
		Step: func(s *model.Snapshot) []model.Step {
			return []model.Step{{Event: model.EventWaiverGiven, State: s.State}}
		},
	}
}

// Approving adds today's evaluation with the conditions that every approval
// carries.
func (w *World) Approving(caseID string, a Act, templates ...model.NewCondition) Act {
	w.Helper()
	a.Evaluation = w.Evaluation(w.Case(caseID).Revision, "h1", Plan("s1"))
	a.Evaluation.Templates = templates
	return a
}

// Template is a condition that the rules add to an approval.
func Template(rule string, due model.DueKind) model.NewCondition {
	c := Condition(due)
	c.SourceRule, c.TextSV, c.TextEN, c.DueDate, c.Months = rule, "Utbildning ges.", "Training is given.", "", 12
	c.OwnerRole, c.VerifierRole = model.RoleSystemOwner, model.RoleDPO
	return c
}

func handIn(s *model.Snapshot, stage model.StageKey, part, advice string) []model.Step {
	st := s.Stage(stage)
	if t := st.Task(model.TaskPrepare); t.Status == model.TaskOpen {
		t.Status, t.Outcome = model.TaskDone, model.OutcomeHandedIn
	}
	if st.Part == part {
		reopenReturned(st)
	} else {
		st.Part = part
		openReview(st, advice)
	}
	st.Status, st.Result = model.StageOpen, ""
	if s.Target == string(stage) {
		s.Target = ""
		advance(s)
	}
	return []model.Step{{Event: model.EventHandedIn, Rules: []string{"T-19"}, State: s.State}}
}

func openReview(st *model.StageState, advice string) {
	cancelStage(st)
	st.Advice = ""
	spec, _ := model.Stage(st.Key)
	for _, task := range spec.Tasks {
		switch {
		case task.Kind == model.TaskAdvice && advice == standing:
			st.Advice = model.OutcomeStandingAdvice
		case task.Kind == model.TaskAdvice && advice == coordinator:
			openTask(st, model.TaskStatement)
		default:
			openTask(st, task.Kind)
		}
	}
}

func reopenReturned(st *model.StageState) {
	spec, _ := model.Stage(st.Key)
	for _, t := range slices.Clone(st.Tasks) {
		kind := t.Kind
		if kind == model.TaskHead {
			kind = spec.Tasks[len(spec.Tasks)-1].Kind
		}
		if now := st.Task(kind); t.Outcome == model.OutcomeReturn && now.Status != model.TaskOpen {
			openTask(st, kind)
		}
	}
	st.Status = model.StageOpen
}

// standingAdvice is advice for a class of cases, and its command.
func (w *World) standingAdvice() (store.StandingAdvice, model.Command) {
	a := store.StandingAdvice{
		OrgID: w.Org, ID: model.NewID(), GivenBy: w.DPO, Title: "Konton i kontorsprogram", Text: "Behandlingen är begränsad.",
		Value: model.OutcomeSupportsWithRemarks, ValidUntil: "2028-11-22", GivenAt: w.Clock.Now(),
		Scope: store.AdviceScope{PersonalData: []string{"account_only"}, MaxIPL: 1, Supplier: "Örjans AI AB", Groups: []string{"employees"}},
	}
	return a, w.adviceCommand("give_advice", a)
}

func (w *World) adviceCommand(kind model.ActKind, of any) model.Command {
	body, err := json.Marshal(of)
	w.must(err)
	return model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: kind, ActorID: w.DPO, BodyHash: string(body[:8]),
	}
}
