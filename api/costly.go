package api

import (
	"context"
	"maps"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// noticed is how long work takes that is kept: whatever is quicker is done anew, so
	// that everybody sees what they have just done.
	noticed = 100 * time.Millisecond
	// toldAgain is for how many times as long as the work took its result is told again:
	// the work then takes a tenth of the time at most, however many ask.
	toldAgain = 10
)

// costly is what takes long to work out where there is very much of it. Whoever asks for
// it meanwhile waits for the same work, and what took long is told again for a while.
type costly[V any] struct {
	work  singleflight.Group
	mu    sync.Mutex
	known map[string]worked[V]
}

// worked is a result, of the time when the work began.
type worked[V any] struct {
	value     V
	at, until time.Time
}

// get returns what is known under a key, or works it out, whether or not who asked first
// still waits. Nobody may change what it returns.
func (c *costly[V]) get(ctx context.Context, key string, work func(context.Context) (V, error)) (worked[V], error) {
	if known, ok := c.recall(key); ok {
		return known, nil
	}
	w, err, _ := c.work.Do(key, func() (any, error) {
		if known, ok := c.recall(key); ok { // who was ahead has just left it
			return known, nil
		}
		began := time.Now()
		value, err := work(context.WithoutCancel(ctx))
		w := worked[V]{value: value, at: began}
		if took := time.Since(began); err == nil && took > noticed {
			w.until = time.Now().Add(toldAgain * took)
			c.keep(key, w)
		}
		return w, err
	})
	if err != nil {
		return worked[V]{}, err
	}
	return w.(worked[V]), nil
}

func (c *costly[V]) recall(key string) (worked[V], bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w, ok := c.known[key]
	return w, ok && time.Now().Before(w.until)
}

// keep keeps a result, and forgets those that are not told any more.
func (c *costly[V]) keep(key string, w worked[V]) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	maps.DeleteFunc(c.known, func(_ string, w worked[V]) bool { return now.After(w.until) })
	if c.known == nil {
		c.known = map[string]worked[V]{}
	}
	c.known[key] = w
}
