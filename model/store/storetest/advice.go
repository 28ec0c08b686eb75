package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// bothAdvised returns a case in which the DPO is asked about the legal basis and
// the DPIA at once.
func (w *World) bothAdvised() string { return w.advised(model.StageLegalBasis, model.StageDPIA) }

// advised returns a case whose assessments of some stages wait for the DPO's advice.
func (w *World) advised(stages ...model.StageKey) string {
	w.Helper()
	id := w.Draft()
	p := Assessed("s1", stages...)
	p.Mode = model.Parallel
	w.Do(id, w.Submit(id, p))
	for _, stage := range stages {
		w.Write(id, w.Owner, stage, "Text om "+string(stage))
		w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, stage, ""))
	}
	return id
}

// The DPO's task with two parts is one act and two decisions (AD-02), each with an
// event of its own that commits to what was written.
func testJoint(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.bothAdvised()
	tasks, err := w.Store.Tasks(w.ctx(), store.TaskFilter{
		OrgID: w.Org, Status: model.TaskOpen, ForPerson: w.DPO, ForRoles: []model.Role{model.RoleDPO},
	})
	w.must(err)
	if len(tasks) != 1 || tasks[0].Key.Stage != model.StageLegalBasis {
		t.Errorf("the DPO's list %+v", tasks)
	}
	act := w.DecideBoth(id, w.DPO, model.OutcomeSupports, model.OutcomeAdvisesAgainst)
	r, c := w.Try(id, act)
	if r.Refused != nil || r.Version != 4 {
		t.Fatalf("recorded %+v", r)
	}
	w.Verify(id)
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	byStage := map[model.StageKey]store.Decision{}
	for _, d := range decisions {
		byStage[d.Stage] = d
	}
	first, second := byStage[model.StageLegalBasis], byStage[model.StageDPIA]
	if len(decisions) != 2 || first.Outcome != model.OutcomeSupports || second.Outcome != model.OutcomeAdvisesAgainst {
		t.Fatalf("decisions %+v", decisions)
	}
	for d, p := range map[*store.Decision]*model.Decision{&first: act.Payload.Decision, &second: act.Payload.Joint} {
		if d.DeciderID != w.DPO || d.Role != model.RoleDPO || d.TaskID != p.TaskID || d.Motivation != p.Motivation ||
			d.Revision != p.Revision || "1.open."+d.ScopeHash != p.TaskETag || !d.DecidedAt.Equal(w.Clock.Now()) {
			t.Errorf("decision %+v", d)
		}
	}
	command, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	w.must(err)
	var receipt model.Receipt
	w.must(json.Unmarshal(command.Answer, &receipt))
	if receipt.DecisionID != first.ID || receipt.TaskID != first.TaskID {
		t.Errorf("receipt %+v", receipt)
	}
	w.opens(id, model.StageLegalBasis, "decision 1")
	w.opens(id, model.StageDPIA, "decision 1")
	w.opensTo(id, "advised", "motivation", second.Motivation)

	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	told := map[string]model.Outcome{}
	for _, e := range events[len(events)-2:] {
		var d model.EventData
		w.must(json.Unmarshal(e.Data, &d))
		told[d.TaskID+" "+d.DecisionID] = d.Outcome
	}
	if told[first.TaskID+" "+first.ID] != first.Outcome || told[second.TaskID+" "+second.ID] != second.Outcome {
		t.Errorf("the events tell of %v", told)
	}
	if again := w.Record(w.Transition(id, w.Snapshot(id), c.ID, Act{
		Kind: act.Kind, Task: act.Task, Joint: act.Joint, Step: func(s *model.Snapshot) []model.Step {
			return []model.Step{{Event: model.EventAdvised, State: s.State}}
		},
	})); !again.Replayed {
		t.Errorf("again: %+v", again)
	}
}

// Nothing of an answer with two parts is recorded when one of them is refused.
func testJointRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.bothAdvised()
	elsewhere := w.bothAdvised()
	for _, test := range []struct {
		name   string
		change func(*Act)
		code   model.Code
		rules  []string
	}{
		{"the second part is stale", func(a *Act) { a.Payload.Joint.TaskETag = "1.open.s0" }, model.CodeStale, nil},
		{"the first part is stale", func(a *Act) { a.Payload.Decision.TaskETag = "1.open.s0" }, model.CodeStale, nil},
		{"another case's task", func(a *Act) {
			a.Payload.Joint.TaskID = w.Task(elsewhere, model.StageDPIA, model.TaskAdvice).ID
		}, model.CodeNotFound, nil},
		{"one task for both", func(a *Act) { *a.Payload.Joint = *a.Payload.Decision }, model.CodeInvalid, nil},
		{"a part that closes nothing", func(a *Act) { a.Joint = nil }, model.CodeInvalid, nil},
		{"one event for both", func(a *Act) {
			step := a.Step
			a.Step = func(s *model.Snapshot) []model.Step { return step(s)[:1] }
		}, model.CodeInvalid, nil},
		{"somebody who decides", func(a *Act) { a.Actor = w.Owner }, model.CodeSegregation, []string{"SOD-01"}},
	} {
		t.Log(test.name)
		act := w.DecideBoth(id, w.DPO, model.OutcomeSupports, model.OutcomeSupports)
		test.change(&act)
		w.Refuse(id, act, test.code, test.rules...)
	}
	late := w.DecideBoth(id, w.DPO, model.OutcomeSupports, model.OutcomeSupports)
	w.Do(id, w.Decide(id, w.DPO, model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	late.Step = func(s *model.Snapshot) []model.Step {
		return append(answer(s, *late.Task, model.OutcomeSupports), model.Step{Event: model.EventAdvised, State: s.State})
	}
	w.Refuse(id, late, model.CodeTaskClosed)
	w.opens(id, model.StageLegalBasis, "advice 1", "decision 1")
}

// A decision that the head of the unit has to confirm does not end its stage.
func testHeadConfirms(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	head := w.Person("hanna", model.RoleUnitHead)
	id := w.HandedIn(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeAdvisesAgainst))
	w.Do(id, w.DecideForHead(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.opens(id, model.StageLegalBasis, "head_confirmation 1")
	task := w.Task(id, model.StageLegalBasis, model.TaskHead)
	part := w.stage(id, model.StageLegalBasis)
	if task.Role != model.RoleUnitHead || task.AssigneeID != "" || task.ETag() != "1.open.s1."+part.PartHash || task.Revision != 1 {
		t.Errorf("task %+v", task)
	}
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if len(decisions) != 2 || decisions[0].Deviates == decisions[1].Deviates {
		t.Errorf("decisions %+v", decisions)
	}
	w.Refuse(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskHead, model.OutcomeConfirm), model.CodeSegregation, "SOD-02")
	w.Do(id, w.Decide(id, head, model.StageLegalBasis, model.TaskHead, model.OutcomeReturn))
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.opens(id, model.StageLegalBasis, "decision 2")
	w.Do(id, w.DecideForHead(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.opens(id, model.StageLegalBasis, "head_confirmation 2")
	w.Do(id, w.Decide(id, head, model.StageLegalBasis, model.TaskHead, model.OutcomeConfirm))
	if st := w.stage(id, model.StageLegalBasis); st.Status != model.StageDone || w.Case(id).State != model.Approved {
		t.Errorf("stage %+v", st)
	}
	people, err := w.Store.ActedPeople(w.ctx(), w.Org, id)
	w.must(err)
	if !slices.Contains(people, model.CasePerson{Role: model.RoleUnitHead, PersonID: head}) {
		t.Errorf("acted %v", people)
	}
}

// The head of the unit notes the DPO's silence as the head of the unit, also on a
// task that the DPO has taken (AD-01).
func testNotGivenInTime(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	head := w.Person("hanna", model.RoleUnitHead)
	both := w.Person("dag", model.RoleDPO, model.RoleUnitHead)
	id := w.HandedIn(model.StageLegalBasis)
	note := func(by string, role model.Role) Act {
		act := w.Decide(id, by, model.StageLegalBasis, model.TaskAdvice, model.OutcomeNotGivenInTime)
		act.Payload.Decision.Role = role
		return act
	}
	task := w.Task(id, model.StageLegalBasis, model.TaskAdvice)
	w.must(w.Store.AssignTask(w.ctx(), w.Org, task.ID, w.DPO, "", w.DPO, w.Clock.Now()))
	w.Refuse(id, note(w.Everybody, ""), model.CodeTaskTaken)
	w.Refuse(id, note(both, model.RoleUnitHead), model.CodeSegregation, "SOD-02")
	w.Refuse(id, note(w.DPO, model.RoleUnitHead), model.CodeSegregation, "SOD-02")
	w.Do(id, note(head, model.RoleUnitHead))
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if len(decisions) != 1 || decisions[0].Role != model.RoleUnitHead || decisions[0].Outcome != model.OutcomeNotGivenInTime {
		t.Errorf("decisions %+v", decisions)
	}
	acted, err := w.Store.ActedPeople(w.ctx(), w.Org, id)
	w.must(err)
	for _, p := range acted {
		if p.PersonID == head && p.Role != model.RoleUnitHead {
			t.Errorf("the head of the unit acted as %s", p.Role)
		}
	}
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
}

// The coordinator's statement takes the place of the advice, and the DPO may step
// in, even when the coordinator has taken the task (AD-04).
func testStatement(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	clerk := w.Person("siv", model.RoleCoordinator)
	for _, test := range []struct {
		by   string
		role model.Role
		want model.Role
	}{{clerk, "", model.RoleCoordinator}, {w.DPO, model.RoleDPO, model.RoleDPO}} {
		id := w.Draft()
		w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
		w.Write(id, w.Owner, model.StageLegalBasis, "Text")
		w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, coordinator))
		w.opens(id, model.StageLegalBasis, "statement 1", "decision 1")
		task := w.Task(id, model.StageLegalBasis, model.TaskStatement)
		if task.Role != model.RoleCoordinator || task.Revision != 1 {
			t.Errorf("task %+v", task)
		}
		w.must(w.Store.AssignTask(w.ctx(), w.Org, task.ID, clerk, "", clerk, w.Clock.Now()))
		act := w.Decide(id, test.by, model.StageLegalBasis, model.TaskStatement, model.OutcomeSupports)
		if test.role != "" {
			w.Refuse(id, act, model.CodeTaskTaken) // in the coordinator's place
		}
		act.Payload.Decision.Role = test.role
		w.Do(id, act)
		decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
		w.must(err)
		if len(decisions) != 1 || decisions[0].Role != test.want || decisions[0].DeciderID != test.by {
			t.Errorf("decisions %+v", decisions)
		}
		// Another text asks the DPO; what the coordinator said is no answer to it.
		w.Write(id, w.Owner, model.StageLegalBasis, "En annan text")
		w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
		w.opens(id, model.StageLegalBasis, "advice 1", "decision 2")
	}
}

// Where standing advice covers the case, the stage has it without a task (AD-03).
func testStandingAdviceStands(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
	w.Write(id, w.Owner, model.StageLegalBasis, "Text")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, standing))
	w.opens(id, model.StageLegalBasis, "decision 1")
	if st := w.stage(id, model.StageLegalBasis); st.Advice != model.OutcomeStandingAdvice {
		t.Errorf("stage %+v", st)
	}
	w.Write(id, w.Owner, model.StageLegalBasis, "En text som rådet inte täcker")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.opens(id, model.StageLegalBasis, "advice 1", "decision 2")
	if st := w.stage(id, model.StageLegalBasis); st.Advice != "" {
		t.Errorf("stage %+v", st)
	}
}

// Standing advice is signed once, listed with the newest first, and withdrawn,
// never changed (SOD-10).
func testStandingAdvice(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	first, command := w.standingAdvice()
	w.must(s.AddStandingAdvice(w.ctx(), first, command))
	same, _ := w.standingAdvice()
	if err := s.AddStandingAdvice(w.ctx(), same, command); !store.IsConflict(err) {
		t.Errorf("the same command again: %v", err)
	}
	w.Clock.Advance(time.Hour)
	second, again := w.standingAdvice()
	second.Scope = store.AdviceScope{PersonalData: []string{}, Groups: nil}
	w.must(s.AddStandingAdvice(w.ctx(), second, again))

	list, err := s.StandingAdvices(w.ctx(), w.Org)
	w.must(err)
	if len(list) != 2 || list[0].ID != second.ID || toJSON(list[1]) != toJSON(first) {
		t.Errorf("list\n%s, want\n%s", toJSON(list), toJSON(first))
	}
	found, err := s.CommandByKey(w.ctx(), w.Org, command.RequestKey)
	w.must(err)
	var receipt model.Receipt
	w.must(json.Unmarshal(found.Answer, &receipt))
	if !found.Done || receipt.DecisionID != first.ID {
		t.Errorf("command %+v", found)
	}

	w.Clock.Advance(time.Hour + 123*time.Nanosecond)
	end := w.adviceCommand("withdraw_advice", first.ID)
	if err := s.WithdrawStandingAdvice(w.ctx(), other.Org, first.ID, end, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation withdraws it: %v", err)
	}
	w.must(s.WithdrawStandingAdvice(w.ctx(), w.Org, first.ID, end, w.Clock.Now()))
	if err := s.WithdrawStandingAdvice(w.ctx(), w.Org, second.ID, end, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same command for another advice: %v", err)
	}
	for _, id := range []string{first.ID, model.NewID()} {
		late := w.adviceCommand("withdraw_advice", id)
		if err := s.WithdrawStandingAdvice(w.ctx(), w.Org, id, late, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what does not stand: %v", err)
		}
		if _, err := s.Command(w.ctx(), w.Org, late.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("its command is there: %v", err)
		}
	}
	got, err := s.StandingAdvice(w.ctx(), w.Org, first.ID)
	w.must(err)
	first.WithdrawnAt = w.Clock.Now().UTC().Truncate(time.Microsecond)
	if toJSON(got) != toJSON(first) {
		t.Errorf("withdrawn\n%s, want\n%s", toJSON(got), toJSON(first))
	}
	if got, err = s.StandingAdvice(w.ctx(), w.Org, second.ID); err != nil || !got.WithdrawnAt.IsZero() {
		t.Errorf("the other: %+v, %v", got, err)
	}
	if _, err := s.StandingAdvice(w.ctx(), other.Org, first.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation reads it: %v", err)
	}
	if list, err := s.StandingAdvices(w.ctx(), other.Org); err != nil || len(list) != 0 {
		t.Errorf("another organisation lists %v, %v", list, err)
	}
}
