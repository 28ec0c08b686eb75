package store

import "context"

// headOf lists the units that a head of a unit looks after: their own and those
// below it, and those that have no head above them, which every head looks after.
func (s *Store) headOf(ctx context.Context, orgID, unitID string) ([]string, error) {
	var rows []struct {
		ID string `bun:"id"`
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, `WITH RECURSIVE
		led(id) AS (SELECT p.unit_id FROM person_roles r
			JOIN people p ON p.org_id = r.org_id AND p.id = r.person_id AND p.disabled_at IS NULL
			WHERE r.org_id = ? AND r.role = 'unit_head'
			UNION SELECT u.id FROM units u JOIN led ON u.parent_id = led.id WHERE u.org_id = ?),
		mine(id) AS (SELECT u.id FROM units u WHERE u.org_id = ? AND u.id = ?
			UNION SELECT u.id FROM units u JOIN mine ON u.parent_id = mine.id WHERE u.org_id = ?)
		SELECT id FROM units WHERE org_id = ? AND (id IN (SELECT id FROM mine) OR id NOT IN (SELECT id FROM led)) ORDER BY id`,
		orgID, orgID, orgID, unitID, orgID, orgID)
	ids := make([]string, len(rows))
	for i, r := range rows {
		ids[i] = r.ID
	}
	return ids, err
}
