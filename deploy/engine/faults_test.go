//go:build !slim

package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"

	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
)

// An engine whose store fails now and then goes on, and one whose store always fails
// does not even start.
func TestStoreFaults(t *testing.T) {
	t.Parallel()
	soon, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	if e, err := engine.Start(soon, engine.Options{StoreFaults: 1}); err == nil {
		_ = e.Close()
		t.Error("an engine whose store always fails has started")
	}
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{StoreFaults: 0.1, StoreFaultsSeed: 1}))
	queue := newQueue(t, c)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	for range 20 {
		_, err := add(ctx, c, uuid.NewString(), queue, 1)
		for err != nil && ctx.Err() == nil {
			_, err = add(ctx, c, uuid.NewString(), queue, 1)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
