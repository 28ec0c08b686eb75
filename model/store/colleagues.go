package store

import (
	"context"

	"github.com/uptrace/bun"

	"sluss/model"
)

// Colleague is a person as somebody may name them.
type Colleague struct{ ID, Handle, Name, UnitID string }

// ColleagueFilter narrows a list of colleagues. Empty fields do not narrow it.
type ColleagueFilter struct {
	OrgID string
	// Role is one in the organisation.
	Role   model.Role
	UnitID string
}

// Colleagues lists the people of an organisation by handle. Service accounts are not
// among them. A form can name every one of them, and so they are read without what
// only one or the other is asked for: People has that.
func (s *Store) Colleagues(ctx context.Context, f ColleagueFilter) ([]Colleague, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	from, where, args := "people AS p", "p.org_id = ? AND p.disabled_at IS NULL AND p.kind = ?", []any{f.OrgID, kindPerson}
	if f.Role != "" { // few have a role, and so those are found first
		from = "person_roles AS r CROSS JOIN people AS p"
		where, args = where+" AND r.org_id = ? AND r.role = ? AND p.id = r.person_id", append(args, f.OrgID, f.Role)
	}
	if f.UnitID != "" {
		where, args = where+" AND p.unit_id = ?", append(args, f.UnitID)
	}
	rows, err := direct{s.read.DB}.QueryContext(ctx, s.placeholders("SELECT p.id, p.handle, p.name, p.unit_id FROM "+from+
		" WHERE "+where+" ORDER BY p.handle"), args...)
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
