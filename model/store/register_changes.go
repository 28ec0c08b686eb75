package store

import (
	"context"
	"database/sql"
	"errors"
)

// Whoever answers from memory what the register says follows it by the number of
// its changes. The number is taken under a lock that is held until the change is
// committed, so that they are seen in their order and none is seen late, whatever
// clocks say.

type registerChange struct {
	Last int64 `bun:"last"`
}

// countRegisterChange takes the number of a change to the organisation's register
// or to its units.
func (s *Store) countRegisterChange(ctx context.Context, q queryer, orgID string) (int64, error) {
	var row registerChange
	err := get(ctx, s, q, &row, `INSERT INTO register_changes (org_id, last) VALUES (?, 1)
		ON CONFLICT (org_id) DO UPDATE SET last = register_changes.last + 1 RETURNING last`, orgID)
	return row.Last, err
}

// RegisterChange returns the number of the latest change to the organisation's
// register, or to its units, 0 where there has been none.
func (s *Store) RegisterChange(ctx context.Context, orgID string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var row registerChange
	err := get(ctx, s, direct{s.read.DB}, &row, "SELECT last FROM register_changes WHERE org_id = ?", orgID)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return row.Last, over(ctx, err)
}

// RegisterChangedAfter lists the entries that were written after a change, each as
// it stands now, in the order of their changes. After -1 these are all.
//
// The order also leads PostgreSQL to the index on it: of a table that it has not
// looked at yet it would read the organisation's whole register.
func (s *Store) RegisterChangedAfter(ctx context.Context, orgID string, change int64) ([]RegisterRecord, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []registerRow
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT "+columns[registerRow](s)+
		" FROM register_entries WHERE org_id = ? AND change > ? AND until IS NULL ORDER BY change", orgID, change)
	if err != nil {
		return nil, over(ctx, err)
	}
	return registerRecords(rows)
}
