package storetest

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/store"
)

// An administrator gives a task to somebody else, with a reason, whom nothing keeps
// from it, and who is told (SOD-06).
func testReassign(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	admin := w.Person("adam", model.RoleAdministrator)
	second := w.Person("elin", model.RoleEnvironmentReviewer)
	id := w.Submitted(model.StageEnvironment)
	task := w.Task(id, model.StageEnvironment, model.TaskDecision)
	give := func(by, from, to string) error {
		r := store.Reassignment{OrgID: w.Org, TaskID: task.ID, ActorID: by, From: from, Reason: "Elsa är ledig."}
		if to != "" {
			p, err := w.Store.Person(w.ctx(), w.Org, to)
			w.must(err)
			r.To = p.Actor()
			r.To.Roles = nil // what somebody is, is read anew
		}
		return w.Store.Reassign(w.ctx(), r, w.Clock.Now())
	}
	refused := func(what string, err error, want *model.Refusal) {
		t.Helper()
		if err == nil || err.Error() != want.Error() {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	w.must(w.Store.AssignTask(w.ctx(), w.Org, task.ID, w.Environment, "", w.Environment, w.Clock.Now()))
	both := w.Person("alma", model.RoleAdministrator, model.RoleEnvironmentReviewer)
	dpo := w.Person("dag", model.RoleDPO, model.RoleEnvironmentReviewer)
	for what, to := range map[string]struct {
		id   string
		want *model.Refusal
	}{
		"to the project owner":         {w.Owner, model.Refuse(model.CodeSegregation, "SOD-01")},
		"to a reviewer who is DPO":     {dpo, model.Refuse(model.CodeSegregation, "SOD-02")},
		"to themselves":                {admin, model.Refuse(model.CodeSegregation, "SOD-06")},
		"to an administrator":          {both, model.Refuse(model.CodeSegregation, "SOD-06")},
		"to somebody without the role": {w.CISO, model.Refuse(model.CodeForbidden)},
		"to whoever has it":            {w.Environment, model.Refuse(model.CodeUnchanged, "SOD-06")},
	} {
		refused(what, give(admin, w.Environment, to.id), to.want)
	}
	refused("by somebody else", give(w.CISO, w.Environment, second), model.Refuse(model.CodeForbidden))
	refused("when somebody has taken it", give(admin, "", second), model.Refuse(model.CodeStale))
	w.must(give(admin, w.Environment, second))
	task = w.Task(id, model.StageEnvironment, model.TaskDecision)
	if task.AssigneeID != second {
		t.Errorf("the task is %s's", task.AssigneeID)
	}
	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	last := events[len(events)-1]
	if last.Kind != string(model.EventTaskReassigned) || last.ActorID != admin || last.Commitments["reason"] == "" {
		t.Errorf("the last event: %+v", last)
	}
	_, err = w.Store.AddressMessages(w.ctx(), false, 1000, w.Clock.Now())
	w.must(err)
	told, err := w.Store.Messages(w.ctx(), store.MessageFilter{OrgID: w.Org})
	w.must(err)
	if !slices.ContainsFunc(told, func(m store.Message) bool {
		return m.PersonID == second && m.TaskID == task.ID && m.Kind == model.MessageAssigned
	}) {
		t.Errorf("%s is not told: %+v", second, told)
	}
	w.Verify(id)

	// What was given away is not answered any more, and back to nobody it is open.
	former := w.Decide(id, w.Environment, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified)
	w.Refuse(id, former, model.CodeTaskTaken)
	w.must(give(admin, second, ""))
	w.Do(id, former)
	refused("when it is answered", give(admin, "", second), model.Refuse(model.CodeTaskClosed))
}
