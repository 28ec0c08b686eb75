package store

import (
	"context"
	"errors"
	"time"
)

// Lease gives its holder a work that one process at a time does for all, until
// the given time, and reports whether the holder has it. A holder renews its
// lease by asking again; another gets it once it has expired. Two may believe
// that they have it when their clocks disagree or one of them was stopped, so
// what is done under a lease must be harmless twice.
func (s *Store) Lease(ctx context.Context, name, holder string, now, until time.Time) (bool, error) {
	err := s.execOne(ctx, direct{s.write.DB}, `INSERT INTO leases (name, holder, expires_at) VALUES (?, ?, ?)
		ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, expires_at = EXCLUDED.expires_at
		WHERE leases.holder = EXCLUDED.holder OR leases.expires_at <= ?`, name, holder, until, now)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	s.proof.note(err)
	return err == nil, over(ctx, err)
}

// EndLease gives a lease back, so that nobody has to wait for it to expire.
func (s *Store) EndLease(ctx context.Context, name, holder string) error {
	return over(ctx, s.exec(ctx, direct{s.write.DB}, "DELETE FROM leases WHERE name = ? AND holder = ?", name, holder))
}
