package store

import (
	"context"
	"errors"

	"github.com/uptrace/bun"
)

type placeRow struct {
	bun.BaseModel `bun:"table:record_place"`
	ID            int    `bun:"id,pk"`
	Place         string `bun:"place"`
}

// ErrMoved says that the record is in another database than when it was last in use:
// it was put back from a backup, or moved, with the database's own tools.
var ErrMoved = errors.New("the record was put back or moved with the database's own tools")

// Settle notes where the record is, the first time, and returns ErrMoved when it is
// somewhere else than before. A file of SQLite does not tell; there the folder's mark
// does (model/store/backup).
func (s *Store) Settle(ctx context.Context) error {
	here, err := s.place(ctx)
	if err != nil || here == "" {
		return err
	}
	before, err := one[placeRow](ctx, s, "id = 1")
	switch {
	case errors.Is(err, ErrNotFound):
		return s.inTx(ctx, func(ctx context.Context, q queryer) error { return s.putPlace(ctx, q, here) })
	case err != nil:
		return err
	case before.Place != here:
		return ErrMoved
	}
	return nil
}

// place names the database: a restored dump is in a database with another number, or
// in another cluster. Replicas that take over keep both. It is "" for SQLite.
func (s *Store) place(ctx context.Context) (string, error) {
	if !s.postgres {
		return "", nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var row placeRow
	err := get(ctx, s, direct{s.read.DB}, &row, `SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || oid::text AS place
		FROM pg_database WHERE datname = current_database()`)
	return row.Place, over(ctx, err)
}

func (s *Store) putPlace(ctx context.Context, q queryer, place string) error {
	if place == "" {
		return nil
	}
	return s.exec(ctx, q, "INSERT INTO record_place (id, place) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET place = EXCLUDED.place", place)
}
