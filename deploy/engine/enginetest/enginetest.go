//go:build !slim

package enginetest

import (
	"context"
	"sync"
	"testing"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"sluss/deploy/engine"
)

// Without a name for the build the first worker reads the whole test binary to
// make one, a quarter of a second.
func init() { worker.SetBinaryChecksum("test") }

// shared starts the server of this test binary.
var shared = sync.OnceValues(func() (*engine.Engine, error) {
	return engine.Start(context.Background(), engine.Options{})
})

// Shared returns the one server in memory that all tests of this binary use. It
// ends with the process. Tests keep out of each other's way by workflow ids and
// task queues of their own.
func Shared(t testing.TB) *engine.Engine {
	t.Helper()
	e, err := shared()
	if err != nil {
		t.Fatalf("shared engine: %v", err)
	}
	if err := e.Err(); err != nil {
		t.Fatalf("shared engine has ended: %v", err)
	}
	return e
}

// Start starts a server of the test's own, which ends with the test. A test that
// ends it sooner may do so with Close.
func Start(t testing.TB, o engine.Options) *engine.Engine {
	t.Helper()
	e, err := engine.Start(t.Context(), o)
	if err != nil {
		t.Fatalf("own engine: %v", err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil && e.Err() == nil {
			t.Errorf("own engine: %v", err)
		}
		e = nil // the test keeps what it cleans up until all tests have ended
	})
	return e
}

// Client returns a client of the engine that is closed with the test.
func Client(t testing.TB, e *engine.Engine) client.Client {
	t.Helper()
	c, err := client.DialContext(t.Context(), e.ClientOptions())
	if err != nil {
		t.Fatalf("client of the engine: %v", err)
	}
	t.Cleanup(c.Close)
	return c
}
