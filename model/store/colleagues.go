package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"sluss/model"
)

// Colleague is a person as somebody may name them.
type Colleague struct{ ID, Handle, Name, UnitID string }

// Colleagues lists the people of an organisation by handle. Service accounts are not
// among them. A form can name every one of them, and so they are read without what
// only one or the other is asked for: People has that.
func (s *Store) Colleagues(ctx context.Context, orgID string) ([]Colleague, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	rows, err := direct{s.read.DB}.QueryContext(ctx, s.placeholders(`SELECT id, handle, name, unit_id FROM people
		WHERE org_id = ? AND disabled_at IS NULL AND kind = ? ORDER BY handle`), orgID, kindPerson)
	if err != nil {
		return nil, over(ctx, err)
	}
	defer rows.Close()
	var out []Colleague
	for rows.Next() {
		var c Colleague
		if err := rows.Scan(&c.ID, &c.Handle, &c.Name, &c.UnitID); err != nil {
			return nil, over(ctx, err)
		}
		out = append(out, c)
	}
	return out, over(ctx, rows.Err())
}

// RolesOf returns the roles of some people, in the order of their names.
func (s *Store) RolesOf(ctx context.Context, orgID string, people []string) (map[string][]model.Role, error) {
	var rows []personRoleRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Column("person_id", "role").Where("org_id = ?", orgID).
		Where("person_id IN (?)", bun.List(append([]string{""}, people...))).Order("role"))
	of := make(map[string][]model.Role, len(people))
	for _, r := range rows {
		of[r.PersonID] = append(of[r.PersonID], r.Role)
	}
	return of, err
}

// WithRole returns the ids of those who have a role in the organisation, sorted.
func (s *Store) WithRole(ctx context.Context, orgID string, role model.Role) ([]string, error) {
	var ids []string
	err := s.find(ctx, s.read.NewSelect().Model((*personRoleRow)(nil)).Column("person_id").Where("org_id = ? AND role = ?", orgID, role), &ids)
	slices.Sort(ids)
	return ids, err
}
