package api

import (
	"cmp"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"sluss/model/store"
)

// Limits are how many requests are let through in a minute.
type Limits struct {
	// Person is for everybody who has signed in, Address for an address that
	// requests come from without a token that holds, Service for a service account
	// that has no limit of its own.
	Person, Address, Service int
}

// DefaultLimits are the limits that clients may rely on.
var DefaultLimits = Limits{Person: 1000, Address: 100, Service: 60_000}

// limiters count requests by person or service account and by address.
type limiters struct {
	Limits
	accounts, addresses limiter
}

// of counts a request of a person or a service account and returns how long to
// wait when there have been too many.
func (l *limiters) of(p store.Person, now time.Time) time.Duration {
	perMinute := l.Person
	if p.Service != nil {
		perMinute = cmp.Or(p.Service.PerMinute, l.Service)
	}
	return l.accounts.take(p.OrgID+"/"+p.ID, perMinute, now)
}

// ofAddress is of for a request without a token that holds.
func (l *limiters) ofAddress(address string, now time.Time) time.Duration {
	return l.addresses.take(address, l.Address, now)
}

// limiter lets a number of requests through in a minute for each key: all at
// once if need be, and then one by one as time passes.
type limiter struct {
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	swept time.Time
}

// take counts one request of so many in a minute. It returns how long to wait when
// there have been too many.
func (l *limiter) take(key string, perMinute int, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	of := l.by[key]
	if of == nil || of.Burst() != perMinute {
		of = rate.NewLimiter(rate.Limit(float64(perMinute)/time.Minute.Seconds()), perMinute)
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
		if of.TokensAt(now) >= float64(of.Burst()) {
			delete(l.by, key)
		}
	}
}
