package act

import (
	"context"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// Assign claims a task for the actor, or releases it when claim is false.
func (s *Service) Assign(ctx context.Context, a model.Actor, taskID string, claim bool) (store.Task, error) {
	t, err := s.ReadTask(ctx, a, taskID)
	if err != nil {
		return store.Task{}, err
	}
	if !access.Takes(a, t.Key.Kind, t.Role, t.UnitID) {
		return store.Task{}, model.Refuse(model.CodeForbidden)
	}
	if t.Role.PerCase() {
		return store.Task{}, model.Refuse(model.CodeStateConflict)
	}
	expect, assignee := "", a.PersonID
	if !claim {
		expect, assignee = a.PersonID, ""
	}
	if err := s.store.AssignTask(ctx, a.OrgID, taskID, a.PersonID, expect, assignee, s.clock.Now()); err != nil {
		return store.Task{}, err
	}
	return s.store.Task(ctx, a.OrgID, taskID)
}
