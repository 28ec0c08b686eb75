package storetest

import (
	"encoding/json"
	"fmt"
	"slices"

	"sluss/model"
)

// A small lifecycle, enough to bring cases into every shape that the record must
// hold. The real one lives in workflows and is tested there.

// ServiceTimes are the working days that tasks get in this world.
var ServiceTimes = map[string]int{
	"manager.endorse": 5, "legal_basis.advice": 7, "legal_basis.decision": 10, "dpia.advice": 10,
	"ciso.decision": 5, "project_owner.reply": 30,
}

// Plan is a triage that asks for the given stages, all with the same scope.
func Plan(scope string, stages ...model.StageKey) model.Plan {
	p := model.Plan{Outcome: model.Proceed, Tier: model.T2, Mode: model.Sequential}
	for _, key := range stages {
		p.Stages = append(p.Stages, model.PlanStage{Key: key, Requirement: model.Required, Scope: scope})
	}
	return p
}

// Evaluation is the rules' answer of today about a revision of the intake.
func (w *World) Evaluation(revision int, hash string, p model.Plan) *model.Evaluation {
	return &model.Evaluation{
		On: w.Today(), RulebookID: "se-kommun", RulebookVersion: "2026.11", RulebookDigest: "d1",
		Profile: "strictest", Revision: revision, PartHash: hash, FactsHash: "f1", Plan: p, IPL: 2, AIActClass: "minimal",
		ServiceTimes: ServiceTimes, Result: json.RawMessage(`{"outcome":"proceed"}`),
	}
}

// Named are the people whom the intake names.
func (w *World) Named() []model.CasePerson {
	return []model.CasePerson{
		{Role: model.RoleManager, PersonID: w.Manager},
		{Role: model.RoleInformationOwner, PersonID: w.InfoOwner},
		{Role: model.RoleSystemOwner, PersonID: w.SystemOwner},
	}
}

// Submit submits the draft of the intake as it stands, with a triage that asks
// for the plan.
func (w *World) Submit(caseID string, p model.Plan) Act {
	w.Helper()
	part, err := w.Store.Part(w.ctx(), w.Org, caseID, "intake")
	w.must(err)
	return Act{
		Kind: model.ActSubmit, Actor: w.Owner,
		Payload: model.Payload{Submission: &model.Submission{
			Part: "intake", Revision: part.Revision, Title: "Chattbot för bygglov", UnitID: w.Unit, People: w.Named(),
		}},
		Evaluation: w.Evaluation(part.Revision, part.Hash, p),
		Step:       func(s *model.Snapshot) []model.Step { return submit(s, p) },
	}
}

// Submitted returns a case that was just submitted.
func (w *World) Submitted(stages ...model.StageKey) string {
	w.Helper()
	id := w.Draft()
	w.Do(id, w.Submit(id, Plan("s1", stages...)))
	return id
}

// SubmittedAbout returns a case that was just submitted, of which the answers say
// something.
func (w *World) SubmittedAbout(facts []model.Fact, stages ...model.StageKey) string {
	w.Helper()
	id := w.Draft()
	act := w.Submit(id, Plan("s1", stages...))
	sub := act.Payload.Submission
	sub.Facts, sub.Supplier, sub.Product = facts, "Talverket i Norden AB", "Samtalsnot 4"
	w.Do(id, act)
	return id
}

// Decide answers an open task.
func (w *World) Decide(caseID, actor string, stage model.StageKey, kind model.TaskKind, outcome model.Outcome,
	conditions ...model.NewCondition) Act {
	w.Helper()
	t := w.Task(caseID, stage, kind)
	return Act{
		Kind: model.ActDecide, Actor: actor, Task: &t.Key,
		Payload: model.Payload{Decision: &model.Decision{
			TaskID: t.ID, Task: t.Key, TaskETag: t.ETag(), Outcome: outcome, Revision: t.Revision,
			Motivation: "Underlaget räcker för beslut.", ReasonCodes: []string{"R-01", "R-02"},
			PathForwardText: "Komplettera med en beskrivning av gallringen.", DecisionAuthority: "Delegationsordning 4.2",
			Conditions: conditions, Answers: json.RawMessage(`{"a": 1.50, "b": [true, null]}`),
		}},
		Step: func(s *model.Snapshot) []model.Step { return answer(s, t.Key, outcome) },
	}
}

// Plain is an act of the owner's that only moves the case to a state.
func (w *World) Plain(kind model.ActKind, actor string, event model.EventKind, to model.CaseState) Act {
	return Act{
		Kind: kind, Actor: actor, Payload: model.Payload{Reason: "Behovet finns inte längre."},
		Step: func(s *model.Snapshot) []model.Step {
			if !to.UnderReview() {
				cancel(s)
				s.Target = ""
			}
			s.State = to
			return []model.Step{{Event: event, State: to}}
		},
	}
}

// Raise asks for more of a stage, as the CISO.
func (w *World) Raise(stage model.StageKey, to model.Requirement) Act {
	return Act{
		Kind: model.ActRaiseStage, Actor: w.CISO,
		Payload: model.Payload{Reason: "Uppgifterna är känsliga.", Raise: &model.Raise{
			Stage: stage, Requirement: to, Role: model.RoleCISO, ServiceTimes: map[string]int{string(stage) + ".decision": 20},
		}},
		Step: func(s *model.Snapshot) []model.Step {
			st := s.Stage(stage)
			if st.Requirement, st.Raised = to, true; st.Status != model.StageWaiting {
				openStage(st)
			}
			return []model.Step{{Event: model.EventStageRaised, Rules: []string{"T-31"}, State: s.State}}
		},
	}
}

// VerifyCondition says that a condition is met or waived.
func (w *World) VerifyCondition(actor, conditionID string, outcome model.ConditionStatus) Act {
	return Act{
		Kind: model.ActVerifyCondition, Actor: actor,
		Payload: model.Payload{Verification: &model.Verification{
			ConditionID: conditionID, Outcome: outcome, EvidenceNote: "Avtalet är tecknat.",
		}},
		Step: func(s *model.Snapshot) []model.Step {
			return []model.Step{{Event: model.EventConditionMet, State: s.State}}
		},
	}
}

// Fire lets a deadline fire.
func (w *World) Fire(id string) Act {
	return Act{
		Kind: model.ActFireDeadline, Deadline: id,
		Step: func(s *model.Snapshot) []model.Step {
			return []model.Step{{Event: model.EventDeadlineFired, State: s.State}}
		},
	}
}

// Condition is a condition that a decision can set.
func Condition(due model.DueKind) model.NewCondition {
	return model.NewCondition{
		TextSV: "Teckna biträdesavtal.", TextEN: "Sign a processing agreement.", SourceRule: "LB-R07",
		OwnerRole: model.RoleProjectOwner, VerifierRole: model.RoleDPO, Verification: "document",
		Consequence: "not_in_use", DueKind: due, DueDate: "2027-01-31",
	}
}

func submit(s *model.Snapshot, p model.Plan) []model.Step {
	s.Tier, s.Mode, s.Target = p.Tier, p.Mode, ""
	s.HardStops, s.Blockers = p.HardStops, p.Blockers
	steps := []model.Step{{Event: model.EventSubmitted, Rules: []string{"T-02"}, State: model.Submitted}}
	if p.Outcome == model.StoppedByRule {
		cancel(s)
		s.State = model.RejectedAuto
		return append(steps, model.Step{Event: model.EventTriaged, State: model.Triaged},
			model.Step{Event: model.EventStopped, Rules: p.HardStops, State: s.State})
	}
	for _, want := range p.Stages {
		st := s.Stage(want.Key)
		if st == nil {
			s.Stages = append(s.Stages, model.StageState{
				Key: want.Key, Requirement: want.Requirement, Status: model.StageWaiting, Scope: want.Scope, Assess: want.Assess,
			})
			continue
		}
		changed := st.Scope != want.Scope || st.Assess != want.Assess
		st.Scope, st.Requirement, st.Assess = want.Scope, want.Requirement, want.Assess
		switch {
		case st.Status == model.StageWaiting:
		case changed, st.Status == model.StageReturned && !st.Assess:
			openStage(st)
		case st.Status == model.StageReturned:
			reopenReturned(st)
		}
	}
	for i := range s.Stages {
		asked := slices.ContainsFunc(p.Stages, func(ps model.PlanStage) bool { return ps.Key == s.Stages[i].Key })
		if !asked {
			closeStage(&s.Stages[i])
		}
	}
	s.Sort()
	advance(s)
	return append(steps, model.Step{Event: model.EventTriaged, Rules: []string{"T-03", "T-04"}, State: s.State})
}

func answer(s *model.Snapshot, key model.TaskKey, outcome model.Outcome) []model.Step {
	st := s.Stage(key.Stage)
	t := st.Task(key.Kind)
	t.Status, t.Outcome = model.TaskDone, outcome
	switch {
	case outcome == model.OutcomeReturn:
		st.Status, st.Result = model.StageReturned, ""
		s.State, s.Target = model.Returned, "intake"
		if st.Assess {
			s.Target = string(st.Key)
			openTask(st, model.TaskPrepare)
		}
		return []model.Step{{Event: model.EventReturned, Rules: []string{"T-18"}, State: s.State}}
	case outcome == model.OutcomeReject:
		st.Status, st.Result = model.StageDone, outcome
		cancel(s)
		s.State, s.Target = model.Rejected, ""
		return []model.Step{{Event: model.EventRejected, Rules: []string{"T-20"}, State: s.State}}
	case slices.ContainsFunc(st.Tasks, func(t model.TaskState) bool { return t.Status == model.TaskOpen }):
		return []model.Step{{Event: model.EventAdvised, State: s.State}}
	}
	st.Status, st.Result = model.StageDone, outcome
	steps := []model.Step{{Event: model.EventDecided, State: s.State}}
	if s.State == model.Returned {
		return steps
	}
	if advance(s); s.State == model.Approved {
		steps = append(steps, model.Step{Event: model.EventApproved, State: s.State})
	}
	return steps
}

// advance opens the next stage in order, or in parallel all of them, and approves
// when none is left.
func advance(s *model.Snapshot) {
	s.State = model.Approved
	for i := range s.Stages {
		st := &s.Stages[i]
		if !st.Undecided() {
			continue
		}
		if st.Status == model.StageWaiting {
			openStage(st)
		}
		if s.State == model.Approved {
			spec, _ := model.Stage(st.Key)
			s.State = spec.State
		}
		if s.Mode != model.Parallel {
			return
		}
	}
}

func openStage(st *model.StageState) {
	spec, _ := model.Stage(st.Key)
	cancelStage(st)
	st.Status, st.Result, st.Part, st.Advice = model.StageOpen, "", "", ""
	if st.Assess {
		openTask(st, model.TaskPrepare)
		return
	}
	for _, task := range spec.Tasks {
		openTask(st, task.Kind)
	}
}

// openTask opens a task in its next round.
func openTask(st *model.StageState, kind model.TaskKind) {
	opened := model.TaskState{Kind: kind, Round: 1, Status: model.TaskOpen}
	if t := st.Task(kind); t != nil {
		opened.Round = t.Round + 1
		*t = opened
	} else {
		st.Tasks = append(st.Tasks, opened)
	}
}

func closeStage(st *model.StageState) {
	*st = model.StageState{Key: st.Key, Requirement: model.NotRequired, Status: model.StageNotRequired, Tasks: st.Tasks}
	cancelStage(st)
}

func cancel(s *model.Snapshot) {
	for i := range s.Stages {
		cancelStage(&s.Stages[i])
	}
}

func cancelStage(st *model.StageState) {
	for i := range st.Tasks {
		if st.Tasks[i].Status == model.TaskOpen {
			st.Tasks[i].Status = model.TaskCancelled
		}
	}
}

// SaveDraft writes the next text of the intake and returns its revision.
func (w *World) SaveDraft(caseID, text string) int {
	w.Helper()
	part, err := w.Store.Part(w.ctx(), w.Org, caseID, "intake")
	w.must(err)
	revision, err := w.Store.SaveDraft(w.ctx(), w.draft(caseID, part.Revision, text), w.Clock.Now())
	w.must(err)
	return revision
}

func answersOf(text string) json.RawMessage {
	return json.RawMessage(fmt.Sprintf(`{"title":%q}`, text))
}
