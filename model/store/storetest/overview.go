package storetest

import (
	"maps"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// How things stand is counted as the lists hold it, of one organisation.
func testOverview(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	other.Submitted(model.StageManager)
	w.Draft()
	w.Submitted(model.StageManager, model.StageCISO)
	first := w.Task(w.Submitted(model.StageManager), model.StageManager, model.TaskEndorse)
	began := first.OpenedAt
	w.Clock.Advance(24 * time.Hour)
	id := w.Submitted(model.StageManager, model.StageCISO)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	signoff := w.Task(id, model.StageCISO, model.TaskDecision)

	everything := store.TaskFilter{OrgID: w.Org}
	queues := func(f store.TaskFilter) map[model.Role]store.Queue {
		found, err := w.Store.Queues(w.ctx(), f, w.Clock.Now())
		w.must(err)
		by := map[model.Role]store.Queue{}
		for _, q := range found {
			by[q.Role] = q
		}
		if len(by) != len(found) {
			t.Errorf("a role twice in %v", found)
		}
		return by
	}
	now := queues(everything)
	if q := now[model.RoleManager]; q.Open != 2 || q.Free != 0 || q.Overdue != 0 || q.Oldest.After(began) {
		t.Errorf("the managers' %+v, opened at %v", q, began)
	}
	if q := now[model.RoleCISO]; q.Open != 1 || q.Oldest != signoff.OpenedAt {
		t.Errorf("the CISO's %+v", q)
	}
	w.must(w.Store.AssignTask(w.ctx(), w.Org, signoff.ID, w.CISO, signoff.AssigneeID, "", w.Clock.Now()))
	w.Clock.Advance(90 * 24 * time.Hour)
	later := queues(everything)
	if q := later[model.RoleCISO]; q.Free != 1 || q.Overdue != 1 {
		t.Errorf("released and late: %+v", q)
	}
	if q := queues(store.TaskFilter{OrgID: w.Org, Role: model.RoleManager}); len(q) != 1 || q[model.RoleManager].Overdue != 2 {
		t.Errorf("of the managers alone %v", q)
	}

	// Of a task with two parts one is counted, and a part that stands alone.
	before := queues(everything)[model.RoleDPO].Open
	w.bothAdvised()
	w.advised(model.StageDPIA)
	w.advised(model.StageLegalBasis)
	if q := queues(everything)[model.RoleDPO]; q.Open != before+3 || q.Free != before+3 || q.Overdue != 0 {
		t.Errorf("of the DPO's advice on three cases, %d before: %+v", before, q)
	}
	w.Clock.Advance(90 * 24 * time.Hour)
	if q := queues(everything)[model.RoleDPO]; q.Open != before+3 || q.Overdue != before+3 {
		t.Errorf("the same, late: %+v", q)
	}

	states := func(f store.CaseFilter) map[model.CaseState]int {
		counts, err := w.Store.CasesByState(w.ctx(), f)
		w.must(err)
		return counts
	}
	want := map[model.CaseState]int{model.Draft: 1, model.ManagerReview: 2, model.CISOReview: 1, model.LegalReview: 2, model.DPIA: 1}
	if got := states(store.CaseFilter{OrgID: w.Org}); !maps.Equal(got, want) {
		t.Errorf("cases by state %v", got)
	}
	reader := access.Reader{PersonID: w.CISO, All: true}
	delete(want, model.Draft)
	if got := states(store.CaseFilter{OrgID: w.Org, Reader: &reader}); !maps.Equal(got, want) {
		t.Errorf("cases that the CISO reads %v", got)
	}
	if got := states(store.CaseFilter{OrgID: model.NewID()}); len(got) != 0 {
		t.Errorf("of nobody %v", got)
	}
}
