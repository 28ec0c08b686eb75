package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"sluss/model"
)

// Service says what is particular to the account of a program, such as a gateway
// in front of AI tools. Such an account has no role and no function in any case,
// and can be named nowhere.
type Service struct {
	// PerMinute is how many requests it may make in a minute, 0 for the usual
	// number.
	PerMinute int
}

// The kinds of accounts.
const (
	kindPerson  = "person"
	kindService = "service"
)

// PutService adds a service account, or gives the one of that handle another unit
// and limit, and returns its id. A ConflictError says that a person has the handle.
func (s *Store) PutService(ctx context.Context, orgID, handle, unitID string, v Service, now time.Time) (string, error) {
	var row struct {
		ID string `bun:"id"`
	}
	err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := get(ctx, s, q, &row, `INSERT INTO people (org_id, id, handle, name, unit_id, created_at, kind, per_minute)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT (org_id, handle) DO UPDATE SET unit_id = EXCLUDED.unit_id, per_minute = EXCLUDED.per_minute
			WHERE people.kind = 'service' RETURNING id`,
			orgID, model.NewID(), handle, handle, unitID, now, kindService, v.PerMinute)
		if errors.Is(err, sql.ErrNoRows) {
			return &ConflictError{"people"}
		}
		return err
	})
	return row.ID, err
}

// Services lists the service accounts of an organisation by handle.
func (s *Store) Services(ctx context.Context, orgID string) ([]Person, error) {
	var rows []personRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).
		Where("org_id = ? AND disabled_at IS NULL AND kind = ?", orgID, kindService).Order("handle"))
	out := make([]Person, len(rows))
	for i, r := range rows {
		out[i] = Person{
			OrgID: r.OrgID, ID: r.ID, Handle: r.Handle, Name: r.Name, UnitID: r.UnitID, Service: &Service{PerMinute: r.PerMinute},
		}
	}
	return out, err
}
