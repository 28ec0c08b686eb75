//go:build !slim

package main

import (
	"sync"
	"time"
)

// entry is one request with a key and what its sender was told.
type entry struct {
	User, Path, Key string
	Status          int
	Body            []byte
	Err             error
	// Asked and Told are when it was sent and answered, where somebody took the time.
	Asked, Told time.Time
}

// done reports whether the sender was told that it was done.
func (e entry) done() bool { return e.Err == nil && e.Status < 300 }

// refused reports whether the sender was told that it was not and will not be.
func (e entry) refused() bool { return e.Err == nil && e.Status >= 400 && e.Status < 500 }

// journal is what the clients know: everything that they asked for under a key
// and the answers they got. What is neither done nor refused is unknown.
type journal struct {
	mu      sync.Mutex
	entries []entry
	seen    []reading
}

// reading is what somebody read of a case: the version at which it stands.
type reading struct {
	caseID      string
	version     int64
	asked, told time.Time
}

func (j *journal) read(r reading) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.seen = append(j.seen, r)
}

func (j *journal) note(e entry) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, e)
}

// byRequest groups what is known by request.
func (j *journal) byRequest() map[entryKey][]entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := map[entryKey][]entry{}
	for _, e := range j.entries {
		k := entryKey{e.User, e.Path, e.Key}
		all[k] = append(all[k], e)
	}
	return all
}

// entryKey names a request for good.
type entryKey struct{ User, Path, Key string }

// done counts the requests whose senders have been told that they are done.
func (j *journal) done() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	n := 0
	for _, e := range j.entries {
		if e.done() {
			n++
		}
	}
	return n
}
