package act

import (
	"context"
	"sync"
	"time"

	"sluss/model"
)

const (
	// perCase is how many acts on one case are on their way at once: below the
	// ten updates in flight that any Temporal server allows.
	perCase = 8
	// gateWait is how long an act waits for a place before it is refused as too
	// many.
	gateWait = time.Second
	// inAll is how many acts are on their way at once. More would only stand in
	// line inside the engine, where waiting counts against its time limits.
	inAll = 32
	// allWait is how long an act waits for its turn among all before it is
	// refused as too many.
	allWait = 20 * time.Second
)

// gates keep the number of acts on their way small, to one case and in all.
type gates struct {
	all  chan struct{}
	mu   sync.Mutex
	open map[string]*gate
}

type gate struct {
	places chan struct{}
	users  int
}

func newGates() *gates {
	return &gates{all: make(chan struct{}, inAll), open: make(map[string]*gate)}
}

// enter waits for a place at the case's gate and then for a turn among all. It
// refuses with CodeBusy when none comes in time; otherwise leave must be called.
func (g *gates) enter(ctx context.Context, caseID string) (leave func(), err error) {
	at := g.use(caseID)
	if err := take(ctx, at.places, gateWait); err != nil {
		g.unuse(caseID)
		return nil, err
	}
	if err := take(ctx, g.all, allWait); err != nil {
		<-at.places
		g.unuse(caseID)
		return nil, err
	}
	return func() { <-g.all; <-at.places; g.unuse(caseID) }, nil
}

// take waits for one of the places.
func take(ctx context.Context, places chan<- struct{}, wait time.Duration) error {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-t.C:
		return model.Refuse(model.CodeBusy)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gates) use(caseID string) *gate {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.open[caseID]
	if at == nil {
		at = &gate{places: make(chan struct{}, perCase)}
		g.open[caseID] = at
	}
	at.users++
	return at
}

func (g *gates) unuse(caseID string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	at := g.open[caseID]
	if at.users--; at.users == 0 {
		delete(g.open, caseID)
	}
}

// flights let callers who carry the same command share one trip.
type flights struct {
	mu   sync.Mutex
	open map[string]*flight
}

type flight struct {
	done   chan struct{}
	result result
}

type result struct {
	answer Answer
	err    error
}

func newFlights() *flights { return &flights{open: make(map[string]*flight)} }

// join waits for the trip under way for a command, or makes one. Whoever does not
// live to see its end is told that the command is pending.
func (f *flights) join(ctx context.Context, commandID string, trip func() result) result {
	mine := &flight{done: make(chan struct{}), result: result{err: model.Refuse(model.CodePending)}}
	f.mu.Lock()
	other := f.open[commandID]
	if other == nil {
		f.open[commandID] = mine
	}
	f.mu.Unlock()
	if other != nil {
		select {
		case <-other.done:
			return other.result
		case <-ctx.Done():
			return mine.result
		}
	}
	defer func() {
		f.mu.Lock()
		delete(f.open, commandID)
		f.mu.Unlock()
		close(mine.done)
	}()
	mine.result = trip()
	return mine.result
}
