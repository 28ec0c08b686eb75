package store

import (
	"context"
	"sync/atomic"
	"time"

	"sluss/model/clock"
)

// provenFor is how long one write proves that the record can be written.
const provenFor = 15 * time.Second

// proof is when the record was last written for certain, until a transaction fails.
type proof struct{ at atomic.Pointer[time.Time] }

// note takes what came of a write.
func (p *proof) note(err error) {
	if err != nil {
		p.at.Store(nil)
		return
	}
	now := time.Now()
	p.at.Store(&now)
}

func (p *proof) holds() bool {
	at := p.at.Load()
	return at != nil && time.Since(*at) < provenFor
}

// Ready returns an error unless the schema is current (ErrSchema) and the record can
// be written (ErrReadOnly), which is tried when nothing has shown it for 15 seconds.
func (s *Store) Ready(ctx context.Context) error {
	if err := s.current(ctx); err != nil {
		return err
	}
	if s.proof.holds() {
		return nil
	}
	now := clock.Normalise(time.Now())
	_, err := s.Lease(ctx, "ready", "", now, now) // a row that changes: a full disk is noticed, too
	return err
}
