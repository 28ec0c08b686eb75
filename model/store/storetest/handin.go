package storetest

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
)

// stage returns a stage as the record has it.
func (w *World) stage(caseID string, key model.StageKey) store.Stage {
	w.Helper()
	stages, err := w.Store.CaseStages(w.ctx(), w.Org, caseID)
	w.must(err)
	i := slices.IndexFunc(stages, func(st store.Stage) bool { return st.Key == key })
	if i < 0 {
		w.Fatalf("case %s has no stage %s", caseID, key)
	}
	return stages[i]
}

// openTasks lists the open tasks of a stage as "kind round", in the order of the
// table of stages.
func (w *World) openTasks(caseID string, key model.StageKey) []string {
	w.Helper()
	snap := w.Snapshot(caseID)
	var open []string
	for _, t := range snap.Stage(key).Tasks {
		if t.Status == model.TaskOpen {
			open = append(open, fmt.Sprintf("%s %d", t.Kind, t.Round))
		}
	}
	return open
}

func (w *World) opens(caseID string, key model.StageKey, want ...string) {
	w.Helper()
	if got := w.openTasks(caseID, key); !slices.Equal(got, want) {
		w.Errorf("%s has the open tasks %v, want %v", key, got, want)
	}
}

// A stage with an assessment waits for it. What is handed in is frozen, and the
// reviewers answer on exactly that.
func testHandIn(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis, model.StageDPIA)))
	w.opens(id, model.StageLegalBasis, "prepare 1")
	prepare := w.Task(id, model.StageLegalBasis, model.TaskPrepare)
	if prepare.Role != model.RoleLegalCounsel || prepare.ETag() != "1.open.s1" || prepare.Revision != 1 {
		t.Errorf("prepare %+v", prepare)
	}
	if st := w.stage(id, model.StageLegalBasis); !st.Assess || st.PartRevision != 0 || st.PartHash != "" {
		t.Errorf("before: %+v", st)
	}
	w.Write(id, w.Legal, model.StageLegalBasis, "Utkast")
	draft := w.Write(id, w.Owner, model.StageLegalBasis, "Artikel 6.1 e")
	w.Clock.Advance(time.Hour)
	r := w.Do(id, w.HandIn(id, w.Legal, model.RoleLegalCounsel, model.StageLegalBasis, ""))
	if r.Version != 2 || r.Next == nil || r.Next.ID != model.DeadlineID(id, "legal_basis.advice", model.DeadlineDue, 1) {
		t.Errorf("recorded %+v", r)
	}
	w.opens(id, model.StageLegalBasis, "advice 1", "decision 1")
	for _, kind := range []model.TaskKind{model.TaskAdvice, model.TaskDecision} {
		if task := w.Task(id, model.StageLegalBasis, kind); task.ETag() != "1.open.s1."+draft.Hash || task.Revision != 2 {
			t.Errorf("%s judges %s of revision %d", kind, task.ETag(), task.Revision)
		}
	}
	if st := w.stage(id, model.StageLegalBasis); st.PartRevision != 2 || st.PartHash != draft.Hash || st.Scope != "s1" {
		t.Errorf("after: %+v", st)
	}
	closed, err := w.Store.Task(w.ctx(), w.Org, prepare.ID)
	w.must(err)
	if closed.Status != model.TaskDone || closed.Outcome != model.OutcomeHandedIn || !closed.ClosedAt.Equal(w.Clock.Now()) {
		t.Errorf("prepare %+v", closed)
	}
	frozen, err := w.Store.Revisions(w.ctx(), w.Org, id, string(model.StageLegalBasis))
	w.must(err)
	if len(frozen) != 1 || frozen[0].Revision != 2 || frozen[0].Hash != draft.Hash || frozen[0].SavedBy != w.Legal {
		t.Errorf("frozen %+v", frozen)
	}
	acted, err := w.Store.ActedPeople(w.ctx(), w.Org, id)
	w.must(err)
	if !slices.Contains(acted, model.CasePerson{Role: model.RoleLegalCounsel, PersonID: w.Legal}) {
		t.Errorf("acted %v", acted)
	}
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	if len(decisions) != 0 {
		t.Errorf("handing in decides: %+v", decisions)
	}
	w.opensTo(id, "assessment_handed_in", "part_hash", draft.Hash)
}

// opensTo expects that the latest event of a kind commits to a text.
func (w *World) opensTo(caseID, kind, field, text string) {
	w.Helper()
	events, err := w.Store.Events(w.ctx(), w.Org, caseID, 0, 10_000)
	w.must(err)
	salts, err := w.Store.Salts(w.ctx(), w.Org, caseID)
	w.must(err)
	for _, e := range slices.Backward(events) {
		if e.Kind != kind {
			continue
		}
		i := slices.IndexFunc(salts, func(s store.Salt) bool { return s.Seq == e.Seq && s.Field == field })
		if i < 0 || !audit.Opens(e.Commitments[field], salts[i].Salt, text) {
			w.Errorf("%s %d does not commit to its %s", kind, e.Seq, field)
		}
		return
	}
	w.Errorf("there is no event %s", kind)
}

// A changed text makes all reviewers begin anew, in rounds that carry it.
func testHandInAgain(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.HandedIn(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	late := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	draft := w.Write(id, w.Owner, model.StageLegalBasis, "En annan text")
	if st := w.stage(id, model.StageLegalBasis); st.PartRevision != 1 {
		t.Errorf("a draft reached the reviewers: %+v", st)
	}
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.opens(id, model.StageLegalBasis, "advice 2", "decision 2")
	if task := w.Task(id, model.StageLegalBasis, model.TaskDecision); task.ETag() != "2.open.s1."+draft.Hash || task.Revision != 2 {
		t.Errorf("task %+v", task)
	}
	if d := w.deadlines(id)[model.DeadlineID(id, "legal_basis.decision", model.DeadlineDue, 1)]; d.CancelledAt.IsZero() {
		t.Errorf("the earlier round's time runs: %+v", d)
	}
	r, _ := w.Try(id, late)
	if r.Refused == nil || r.Refused.Code != model.CodeTaskClosed {
		t.Errorf("an answer to the text before: %+v", r)
	}
	w.Verify(id)
}

func testHandInRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
	blind := Act{
		Kind: model.ActHandIn, Actor: w.Owner,
		Payload: model.Payload{HandIn: &model.HandIn{Stage: model.StageLegalBasis, Revision: 1, Hash: "h", Role: model.RoleProjectOwner}},
		Step:    func(s *model.Snapshot) []model.Step { return handIn(s, model.StageLegalBasis, "h", "") },
	}
	w.Refuse(id, blind, model.CodeNotFound) // nobody has written anything
	w.Write(id, w.Owner, model.StageLegalBasis, "Text")
	for _, test := range []struct {
		name   string
		change func(*Act)
		code   model.Code
		rules  []string
	}{
		{"an older revision", func(a *Act) { a.Payload.HandIn.Revision = 0 }, model.CodeStale, nil},
		{"a revision to come", func(a *Act) { a.Payload.HandIn.Revision = 2 }, model.CodeStale, nil},
		{"another text", func(a *Act) { a.Payload.HandIn.Hash = "h0" }, model.CodeStale, nil},
		{"another version of the case", func(a *Act) { a.Payload.IfVersion = new(int64) }, model.CodeStale, nil},
		{"another stage's text", func(a *Act) { a.Payload.HandIn.Stage = model.StageDPIA }, model.CodeNotFound, nil},
		{"the DPO as owner", func(a *Act) { a.Actor = w.DPO }, model.CodeSegregation, []string{"SOD-02"}},
		{"the decider as owner", func(a *Act) { a.Actor = w.InfoOwner }, model.CodeSegregation, []string{"SOD-01"}},
	} {
		t.Log(test.name)
		act := w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")
		test.change(&act)
		w.Refuse(id, act, test.code, test.rules...)
	}
	unread := w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")
	w.Write(id, w.Legal, model.StageLegalBasis, "En kollegas text") // after the owner had read it
	w.Refuse(id, unread, model.CodeStale)
	w.opens(id, model.StageLegalBasis, "prepare 1")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
}

func testHandInReplay(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
	w.Write(id, w.Owner, model.StageLegalBasis, "Text")
	act := w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")
	before := w.Snapshot(id)
	r, c := w.Try(id, act)
	if r.Version != 2 {
		t.Fatalf("recorded %+v", r)
	}
	for _, snap := range []model.Snapshot{before, w.Snapshot(id)} {
		if again := w.Record(w.Transition(id, snap, c.ID, act)); !again.Replayed {
			t.Errorf("again: %+v", again)
		}
	}
	w.opens(id, model.StageLegalBasis, "advice 1", "decision 1")
	w.Verify(id)
}

// Of many who hand in at once one does. The others are shown what stands.
func testHandInAtOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis)))
	w.Write(id, w.Owner, model.StageLegalBasis, "Text")
	snap := w.Snapshot(id)
	var transitions []model.Transition
	for range 6 {
		for _, by := range []Act{
			w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""),
			w.HandIn(id, w.Legal, model.RoleLegalCounsel, model.StageLegalBasis, ""),
		} {
			transitions = append(transitions, w.Transition(id, snap, w.Command(id, by).ID, by))
		}
	}
	recorded, mismatched := w.recordAtOnce(transitions)
	if recorded != 1 || mismatched != len(transitions)-1 {
		t.Errorf("%d recorded, %d found the case elsewhere", recorded, mismatched)
	}
	w.opens(id, model.StageLegalBasis, "advice 1", "decision 1")
	w.Verify(id)
}

func (w *World) recordAtOnce(transitions []model.Transition) (recorded, mismatched int) {
	w.Helper()
	var group sync.WaitGroup
	var wrote, elsewhere atomic.Int64
	for _, transition := range transitions {
		group.Go(func() {
			r, err := w.Store.Record(w.ctx(), transition, w.Clock.Now())
			switch {
			case err != nil:
				w.Errorf("record: %v", err)
			case r.Mismatch != nil:
				elsewhere.Add(1)
			case r.Refused == nil && !r.Replayed:
				wrote.Add(1)
			}
		})
	}
	group.Wait()
	return int(wrote.Load()), int(elsewhere.Load())
}

// A decision and a new text that meet: one of them is first, and a decision that
// comes second does not count for a text that nobody has judged.
func testDecisionDuringHandIn(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for i := range 10 {
		id := w.HandedIn(model.StageLegalBasis)
		w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		decide := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
		draft := w.Write(id, w.Owner, model.StageLegalBasis, fmt.Sprint("En ny text ", i))
		again := w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")
		snap := w.Snapshot(id)
		c := w.Command(id, decide)
		recorded, mismatched := w.recordAtOnce([]model.Transition{
			w.Transition(id, snap, c.ID, decide), w.Transition(id, snap, w.Command(id, again).ID, again),
		})
		if recorded != 1 || mismatched != 1 {
			t.Fatalf("%d recorded, %d found the case elsewhere", recorded, mismatched)
		}
		if st := w.stage(id, model.StageLegalBasis); (st.PartHash == draft.Hash) == (st.Status == model.StageDone) {
			t.Errorf("the new text and the decision on the old one: %+v", st)
		} else if st.PartHash == draft.Hash {
			r := w.Record(w.Transition(id, w.Snapshot(id), c.ID, decide))
			if r.Refused == nil || r.Refused.Code != model.CodeTaskClosed {
				t.Errorf("the decision after the new text: %+v", r)
			}
		}
		w.Verify(id)
	}
}

// Who returns an assessment for another text decides again; who did not keeps the
// answer unless the text is another.
func testReturnToAStage(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.HandedIn(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	reply := model.DeadlineID(id, "project_owner", model.DeadlineReply, 1)
	if c := w.Case(id); c.State != model.Returned || c.Target != string(model.StageLegalBasis) || c.ReturnsCount != 1 {
		t.Errorf("case %+v", c)
	}
	w.opens(id, model.StageLegalBasis, "prepare 2")
	if task := w.Task(id, model.StageLegalBasis, model.TaskPrepare); task.ETag() != "2.open.s1" {
		t.Errorf("prepare %+v", task)
	}
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, "")) // explained, not changed
	w.opens(id, model.StageLegalBasis, "decision 2")
	if c := w.Case(id); c.State != model.LegalReview || c.Target != "" {
		t.Errorf("case %+v", c)
	}
	if d := w.deadlines(id)[reply]; d.CancelledAt.IsZero() {
		t.Errorf("the owner's time runs: %+v", d)
	}
	part := w.stage(id, model.StageLegalBasis)
	if task := w.Task(id, model.StageLegalBasis, model.TaskDecision); task.Revision != 1 || task.ETag() != "2.open.s1."+part.PartHash {
		t.Errorf("task %+v", task)
	}

	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	w.Write(id, w.Owner, model.StageLegalBasis, "En bättre text")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.opens(id, model.StageLegalBasis, "advice 2", "decision 3")
	if st := w.stage(id, model.StageLegalBasis); st.PartRevision != 2 {
		t.Errorf("stage %+v", st)
	}
	frozen, err := w.Store.Revisions(w.ctx(), w.Org, id, string(model.StageLegalBasis))
	w.must(err)
	if len(frozen) != 2 {
		t.Errorf("frozen %+v", frozen)
	}
}

// New facts that a stage depends on ask for its assessment again, even when its
// text turns out to be the same.
func testChangedScope(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.HandedIn(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	part := w.stage(id, model.StageLegalBasis)
	w.SaveDraftDuringReview(id, "Andra uppgifter")
	w.Do(id, w.Submit(id, Assessed("s2", model.StageLegalBasis)))
	w.opens(id, model.StageLegalBasis, "prepare 2")
	if st := w.stage(id, model.StageLegalBasis); st.PartHash != "" || st.PartRevision != 0 || st.Scope != "s2" {
		t.Errorf("what was handed in stands: %+v", st)
	}
	if task := w.Task(id, model.StageLegalBasis, model.TaskPrepare); task.ETag() != "2.open.s2" || task.Revision != 2 {
		t.Errorf("prepare %+v", task)
	}
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageLegalBasis, ""))
	w.opens(id, model.StageLegalBasis, "advice 2", "decision 2")
	if st := w.stage(id, model.StageLegalBasis); st.PartHash != part.PartHash || st.PartRevision != 1 {
		t.Errorf("stage %+v", st)
	}
	if task := w.Task(id, model.StageLegalBasis, model.TaskAdvice); task.ETag() != "2.open.s2."+part.PartHash || task.Revision != 1 {
		t.Errorf("task %+v", task)
	}
	w.Do(id, w.Submit(id, Plan("s2", model.StageSecrecy))) // it is asked for no more
	if st := w.stage(id, model.StageLegalBasis); st.Status != model.StageNotRequired || st.Assess || st.PartRevision != 0 {
		t.Errorf("stage %+v", st)
	}
}

// SaveDraftDuringReview writes the next text of the intake while reviewers are at
// work.
func (w *World) SaveDraftDuringReview(caseID, text string) {
	w.Helper()
	part, err := w.Store.Part(w.ctx(), w.Org, caseID, store.Intake)
	w.must(err)
	d := w.draft(caseID, part.Revision, text)
	d.States = model.CaseStates()
	_, err = w.Store.SaveDraft(w.ctx(), d, w.Clock.Now())
	w.must(err)
}

// Whoever has handed in the agent's answers does not review them (SOD-08), be it
// an earlier text or another one than was last handed in.
func testPreparerDoesNotReview(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageAgentRisk)))
	w.Write(id, w.Legal, model.StageAgentRisk, "Svar")
	w.Do(id, w.HandIn(id, w.Legal, model.RoleProjectOwner, model.StageAgentRisk, ""))
	review := func(by string, kind model.TaskKind) Act {
		return w.Decide(id, by, model.StageAgentRisk, kind, model.OutcomePass)
	}
	w.Refuse(id, review(w.Legal, model.TaskReviewLegal), model.CodeSegregation, "SOD-08")
	w.Write(id, w.Owner, model.StageAgentRisk, "Ägarens svar")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageAgentRisk, ""))
	w.Refuse(id, review(w.Legal, model.TaskReviewLegal), model.CodeSegregation, "SOD-08")
	other := w.Person("lisa", model.RoleLegalCounsel)
	w.Do(id, review(other, model.TaskReviewLegal))
	w.Do(id, review(w.CISO, model.TaskReviewSecurity))

	// Who prepares the legal basis may well review an agent.
	id = w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageLegalBasis, model.StageAgentRisk)))
	w.Write(id, w.Legal, model.StageLegalBasis, "Text")
	w.Do(id, w.HandIn(id, w.Legal, model.RoleLegalCounsel, model.StageLegalBasis, ""))
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.Write(id, w.Owner, model.StageAgentRisk, "Svar")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageAgentRisk, ""))
	w.Do(id, review(w.Legal, model.TaskReviewLegal))
}
