// Package clock is where the time of day comes from.
//
// Whoever needs to know what time it is takes a Clock, so that a test can
// stand on any day it likes. Every clock here answers in UTC and in whole
// microseconds: that is what both databases keep, so a time that has been
// stored and read back is still equal to the one that was made.
//
// It imports the standard library only.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time, always in UTC and truncated to microseconds.
type Clock interface {
	Now() time.Time
}

// System is the clock of the machine.
var System Clock = system{}

type system struct{}

func (system) Now() time.Time { return Normalise(time.Now()) }

// Normalise gives t in UTC, truncated to microseconds and without the
// monotonic reading, which would make two equal times compare as different.
func Normalise(t time.Time) time.Time {
	return t.Round(0).UTC().Truncate(time.Microsecond)
}

// Manual is a clock that stands still until somebody moves it. It is safe for
// concurrent use.
type Manual struct {
	mu  sync.Mutex
	now time.Time
}

// At returns a clock that stands at t.
func At(t time.Time) *Manual { return &Manual{now: Normalise(t)} }

// Now returns the time that the clock was last set to.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t, which may lie in the past.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = Normalise(t)
}

// Advance moves the clock by d, backwards when d is negative, and returns the
// new time.
func (m *Manual) Advance(d time.Duration) time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = Normalise(m.now.Add(d))
	return m.now
}
