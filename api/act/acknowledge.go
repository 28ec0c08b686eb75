package act

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sluss/model/clock"
	"sluss/model/store"
)

// flushEvery is how often acknowledgements are written. One that is lost in a
// crash costs a reload of the case, nothing else.
const flushEvery = time.Second

// acknowledger gathers the commands that processes have acknowledged and notes
// them in batches, outside the way of an act.
type acknowledger struct {
	store *store.Store
	clock clock.Clock
	log   *slog.Logger

	mu      sync.Mutex
	waiting map[string][]string
}

func newAcknowledger(s *store.Store, c clock.Clock, log *slog.Logger) *acknowledger {
	return &acknowledger{store: s, clock: c, log: log, waiting: make(map[string][]string)}
}

func (a *acknowledger) add(orgID, commandID string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.waiting[orgID] = append(a.waiting[orgID], commandID)
}

// run writes acknowledgements until the context ends, and then once more.
func (a *acknowledger) run(ctx context.Context) {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			a.flush(ctx)
		case <-ctx.Done():
			a.flush(context.WithoutCancel(ctx))
			return
		}
	}
}

func (a *acknowledger) flush(ctx context.Context) {
	a.mu.Lock()
	batch := a.waiting
	a.waiting = make(map[string][]string)
	a.mu.Unlock()
	for orgID, ids := range batch {
		if err := a.store.AcknowledgeCommands(ctx, orgID, ids, a.clock.Now()); err != nil {
			a.log.WarnContext(ctx, "acknowledgements not written", slog.Any("error", err))
		}
	}
}
