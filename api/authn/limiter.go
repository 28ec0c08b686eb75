package authn

import (
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// Limiter lets a number of tries through for each key: all at once if need be,
// and then one by one as time passes. The zero value is ready for use.
type Limiter struct {
	mu    sync.Mutex
	by    map[string]*rate.Limiter
	swept time.Time
}

// Take counts one of so many tries in a time. It returns how long to wait when
// there have been too many.
func (l *Limiter) Take(key string, tries int, in time.Duration, now time.Time) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	of := l.by[key]
	if of == nil || of.Burst() != tries {
		of = rate.NewLimiter(rate.Limit(float64(tries)/in.Seconds()), tries)
		l.by[key] = of
	}
	r := of.ReserveN(now, 1)
	wait := r.DelayFrom(now)
	if wait > 0 {
		r.CancelAt(now)
	}
	return wait
}

// Forget gives a key all its tries again.
func (l *Limiter) Forget(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, key)
}

// sweep forgets, once a minute, the keys that have been quiet for long enough
// to have all their tries again.
func (l *Limiter) sweep(now time.Time) {
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
