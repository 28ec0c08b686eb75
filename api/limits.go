package api

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limits are how many requests are let through in a minute.
type Limits struct {
	// Person is for everybody who has signed in, Address for an address that
	// requests come from without a token that holds.
	Person, Address int
}

// DefaultLimits are the limits that clients may rely on.
var DefaultLimits = Limits{Person: 1000, Address: 100}

// limiters count requests by person and by address.
type limiters struct {
	person, address limiter
}

func newLimiters(l Limits) *limiters {
	return &limiters{person: limiter{perMinute: l.Person}, address: limiter{perMinute: l.Address}}
}

// limiter lets a number of requests through in a minute for each key: all at
// once if need be, and then one by one as time passes.
type limiter struct {
	perMinute int

	mu    sync.Mutex
	by    map[string]*rate.Limiter
	swept time.Time
}

// take counts one request. It returns how long to wait when there have been too
// many.
func (l *limiter) take(key string, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	of := l.by[key]
	if of == nil {
		of = rate.NewLimiter(rate.Limit(float64(l.perMinute)/time.Minute.Seconds()), l.perMinute)
		l.by[key] = of
	}
	r := of.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// sweep forgets, once a minute, the keys that have been quiet for long enough
// to have their whole minute again.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < time.Minute && l.by != nil {
		return
	}
	l.swept = now
	if l.by == nil {
		l.by = make(map[string]*rate.Limiter)
	}
	for key, of := range l.by {
		if of.TokensAt(now) >= float64(l.perMinute) {
			delete(l.by, key)
		}
	}
}
