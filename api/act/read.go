package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// ReadCase returns a case that the actor may read. Another organisation's case,
// and one that the actor may not know of, are not found.
func (s *Service) ReadCase(ctx context.Context, a model.Actor, id string) (store.Case, error) {
	c, _, err := s.readCase(ctx, a, id)
	return c, err
}

// ReadLog returns a case whose log the actor may read (rulebook 10, "Read audit log").
func (s *Service) ReadLog(ctx context.Context, a model.Actor, id string) (store.Case, error) {
	c, on, err := s.readCase(ctx, a, id)
	if err == nil {
		_, err = access.As(a, on, access.ReadLog, access.Read)
	}
	return c, err
}

// Rights returns a case that the actor may read and what their rights in it depend on.
func (s *Service) Rights(ctx context.Context, a model.Actor, id string) (store.Case, access.Object, error) {
	return s.readCase(ctx, a, id)
}

// readCase also returns what the actor's rights in the case depend on.
func (s *Service) readCase(ctx context.Context, a model.Actor, id string) (store.Case, access.Object, error) {
	c, err := s.caseOf(ctx, a.OrgID, id)
	if err != nil {
		return store.Case{}, access.Object{}, err
	}
	on := access.Object{UnitID: c.UnitID}
	if on.Functions, on.Apart, err = s.store.Functions(ctx, a.OrgID, id, a.PersonID); err != nil {
		return store.Case{}, access.Object{}, err
	}
	reader := access.ReaderOf(a)
	if reader.ReadsCase(c.State, on) {
		return c, on, nil
	}
	tasks, err := s.store.CaseTasks(ctx, a.OrgID, id)
	if err != nil {
		return store.Case{}, access.Object{}, err
	}
	if slices.ContainsFunc(tasks, func(t store.Task) bool {
		return reader.ReadsTask(t.Key.Kind, t.Role, t.AssigneeID) || t.Status == model.TaskOpen && reader.ReadsFor(on, id, t.Key.Kind, t.Role, t.AssigneeID)
	}) {
		return c, on, nil
	}
	return store.Case{}, access.Object{}, store.ErrNotFound
}

// acting reads a case for an act on it as a whole, and returns the function in which the
// actor may do it.
func (s *Service) acting(ctx context.Context, a model.Actor, caseID string, in CaseAct, p access.Permission, does ...string) (store.Case, model.Role, error) {
	c, on, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return c, "", err
	}
	role, err := access.As(a, on, p, does...)
	if err == nil && c.Version != in.IfVersion {
		err = model.Refuse(model.CodeStale)
	}
	return c, role, err
}
