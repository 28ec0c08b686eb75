package storetest

import (
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

func (w *World) deadlines(caseID string) map[string]store.Deadline {
	w.Helper()
	rows, err := w.Store.Deadlines(w.ctx(), w.Org, caseID)
	w.must(err)
	out := map[string]store.Deadline{}
	for _, d := range rows {
		out[d.ID] = d
	}
	return out
}

// A deadline fires once, not before its time, and after an outage late.
func testDeadlines(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	next := w.Snapshot(id).Next
	advice := model.DeadlineID(id, "legal_basis.advice", model.DeadlineDue, 1)
	decision := model.DeadlineID(id, "legal_basis.decision", model.DeadlineDue, 1)
	if next == nil || next.ID != advice {
		t.Fatalf("next %v", next)
	}
	early := func(deadline string) {
		t.Helper()
		seq := w.Case(id).Seq
		if r, _ := w.Try(id, w.Fire(deadline)); !r.Replayed || w.Case(id).Seq != seq {
			t.Errorf("%+v, and %d events", r, w.Case(id).Seq-seq)
		}
	}
	w.Clock.Set(next.At.Add(-time.Microsecond))
	early(advice)
	early("no such deadline")

	w.Clock.Set(next.At.Add(10 * time.Second))
	r := w.Do(id, w.Fire(advice))
	if r.Version != 2 || r.Next == nil || r.Next.ID != decision {
		t.Errorf("recorded %+v", r)
	}
	early(advice) // a second time

	w.Clock.Set(r.Next.At.Add(store.LateAfter + time.Microsecond))
	if r := w.Do(id, w.Fire(decision)); r.Next != nil {
		t.Errorf("recorded %+v", r)
	}
	all := w.deadlines(id)
	if all[advice].Late || !all[decision].Late || all[advice].FiredAt.IsZero() || !all[decision].FiredAt.Equal(w.Clock.Now()) {
		t.Errorf("deadlines %+v", all)
	}
	if got := w.eventKinds(id); !slices.Equal(got, []string{"created", "submitted", "triaged", "deadline_fired", "deadline_fired"}) {
		t.Errorf("events %v", got)
	}
	// The tasks stay open, and their answer cancels nothing that has fired.
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	if d := w.deadlines(id)[advice]; !d.CancelledAt.IsZero() {
		t.Errorf("deadline %+v", d)
	}
}

func testDeadlineIsCancelled(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	advice := model.DeadlineID(id, "legal_basis.advice", model.DeadlineDue, 1)
	r := w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	if r.Next == nil || r.Next.ID != model.DeadlineID(id, "legal_basis.decision", model.DeadlineDue, 1) {
		t.Errorf("recorded %+v", r)
	}
	if d := w.deadlines(id)[advice]; !d.CancelledAt.Equal(w.Clock.Now()) || !d.FiredAt.IsZero() {
		t.Errorf("deadline %+v", d)
	}
	w.Clock.Advance(1000 * time.Hour)
	if r, _ := w.Try(id, w.Fire(advice)); !r.Replayed {
		t.Errorf("a cancelled deadline fired: %+v", r)
	}
	late, err := w.Store.CasesWithLateDeadlines(w.ctx(), w.Clock.Now(), 10)
	w.must(err)
	if want := (store.CaseRef{OrgID: w.Org, CaseID: id}); !slices.Contains(late, want) {
		t.Errorf("late cases %v", late)
	}
	w.Do(id, w.Fire(model.DeadlineID(id, "legal_basis.decision", model.DeadlineDue, 1)))
	late, err = w.Store.CasesWithLateDeadlines(w.ctx(), w.Clock.Now(), 10)
	w.must(err)
	if len(late) != 0 {
		t.Errorf("late cases %v", late)
	}
}

// The owner gets a time to answer each return. Another return while it runs
// gives no new one.
func testReplyDeadline(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	reply := func(round int) string { return model.DeadlineID(id, "project_owner", model.DeadlineReply, round) }

	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	first := w.deadlines(id)[reply(1)]
	if !first.DueAt.Equal(time.Date(2027, 1, 11, 22, 59, 59, 0, time.UTC)) {
		t.Errorf("reply until %v", first.DueAt)
	}
	w.Clock.Advance(time.Hour)
	w.Do(id, w.Submit(id, Plan("s1", model.StageLegalBasis)))
	if d := w.deadlines(id)[reply(1)]; !d.CancelledAt.Equal(w.Clock.Now()) {
		t.Errorf("after the answer %+v", d)
	}
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	if _, ok := w.deadlines(id)[reply(2)]; !ok || w.Case(id).ReturnsCount != 2 {
		t.Errorf("no second reply deadline: %v", w.deadlines(id))
	}
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	if next := w.Snapshot(id).Next; next != nil {
		t.Errorf("a withdrawn case waits for %v", next)
	}
}
