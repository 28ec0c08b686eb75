//go:build !slim

package main

import (
	"testing"

	"google.golang.org/protobuf/proto"
)

// What a submission and five decisions may leave in the engine.
const (
	maxEvents = 50
	maxBytes  = 16 << 10
)

// TestCost counts what seven acts leave in a case's history: the engine's work and
// its file grow with it.
func TestCost(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		acts := 1
		for c.view().State.UnderReview() {
			c.pass()
			acts++
		}
		if acts != 7 {
			t.Fatalf("the case took %d acts, want 7", acts)
		}
		_, room := w.stopAndCheck()
		events := room.history(t, c.id)
		size := 0
		for _, e := range events {
			size += proto.Size(e)
		}
		t.Logf("seven acts left %d events and %d bytes of history", len(events), size)
		if len(events) > maxEvents || size > maxBytes {
			t.Errorf("seven acts left %d events and %d bytes, at most %d and %d are allowed", len(events), size, maxEvents, maxBytes)
		}
	})
}
