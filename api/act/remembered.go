package act

import (
	"context"
	"hash/maphash"
	"maps"
	"sync"
	"time"
)

// askedWithin is for how long it is believed of a process that has not moved that it
// knows what it said. The engine alone cannot tell that a worker of another version
// has come, which may not be able to go on.
const askedWithin = 24 * time.Hour

// progress is how far a process is, as the engine tells without asking it.
type progress struct {
	run    string
	events int64
	// attempt is that of a workflow task which waits or is under way, 0 for none.
	attempt int32
}

// seen is a process that said what its row says, and the row.
type seen struct {
	progress
	row uint64
	at  time.Time
}

// remembered are the processes that were in step when they were last asked. What a
// process knows follows from its history alone: as long as neither the history nor the
// row has changed it need not be asked again, and with Temporal Cloud a question is
// paid for.
type remembered struct {
	mu   sync.Mutex
	seed maphash.Seed
	by   map[string]seen // workflow id
}

func newRemembered() *remembered {
	return &remembered{seed: maphash.MakeSeed(), by: make(map[string]seen)}
}

// keep remembers a process that was so far before it was asked, and said what the row
// says.
func (m *remembered) keep(id string, p progress, row standing) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.by[id] = seen{p, m.sum(row), time.Now()}
}

// fits reports whether a process and its row are as they were remembered.
func (m *remembered) fits(id string, p progress, row standing) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	then, ok := m.by[id]
	return ok && then.progress == p && then.row == m.sum(row)
}

// forget forgets whom it was too long ago to have asked.
func (m *remembered) forget(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	maps.DeleteFunc(m.by, func(_ string, s seen) bool { return now.Sub(s.at) > askedWithin })
}

func (m *remembered) sum(row standing) uint64 { return maphash.String(m.seed, row.all) }

// stands reports whether a process that has nothing to do is where it was when it said
// what its row still says.
func (s *Service) stands(ctx context.Context, p compared, now progress) bool {
	if now.attempt > 0 {
		return false
	}
	row, err := p.row(ctx)
	return err == nil && row.lives && s.remembered.fits(p.id, now, row)
}
