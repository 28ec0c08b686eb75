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

// readCase also returns what the actor is in the case.
func (s *Service) readCase(ctx context.Context, a model.Actor, id string) (store.Case, []model.Role, error) {
	c, err := s.store.Case(ctx, a.OrgID, id)
	if err != nil {
		return store.Case{}, nil, err
	}
	people, err := s.store.CasePeople(ctx, a.OrgID, id)
	if err != nil {
		return store.Case{}, nil, err
	}
	var functions []model.Role
	for _, p := range people {
		if p.PersonID == a.PersonID {
			functions = append(functions, p.Role)
		}
	}
	reader := access.ReaderOf(a)
	if reader.ReadsCase(c.State, functions) {
		return c, functions, nil
	}
	tasks, err := s.store.CaseTasks(ctx, a.OrgID, id)
	if err != nil {
		return store.Case{}, nil, err
	}
	if slices.ContainsFunc(tasks, func(t store.Task) bool { return reader.ReadsTask(t.Role, t.AssigneeID) }) {
		return c, functions, nil
	}
	return store.Case{}, nil, store.ErrNotFound
}

// isOwner reports whether the functions include the project owner's.
func isOwner(functions []model.Role) bool {
	return slices.Contains(functions, model.RoleProjectOwner)
}
