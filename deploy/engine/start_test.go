//go:build !slim

package engine

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// The server calls a taken port fatal. It must come back as an error that Start
// can see, so that it tries other ports.
func TestTakenPortIsAnError(t *testing.T) {
	t.Parallel()
	for i, service := range services {
		taken, err := net.Listen("tcp", loopback(0))
		if err != nil {
			t.Fatal(err)
		}
		defer taken.Close()

		e, _, _ := newTestEngine(t, "", nil)
		if e.ports, err = freePorts(len(services)); err != nil {
			t.Fatal(err)
		}
		e.ports[i] = taken.Addr().(*net.TCPAddr).Port
		if e.credentials, err = newCredentials(); err != nil {
			t.Fatal(err)
		}
		err = e.launch()
		if !errors.Is(err, syscall.EADDRINUSE) || !strings.Contains(err.Error(), "listener") {
			t.Errorf("%s: got %v", service, err)
		}
	}
}

// Whenever a start is given up, the next one finds everything in order.
func TestStartGivenUp(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "engine.db")
	for wait := range 8 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(wait)*10*time.Millisecond)
		e, err := Start(ctx, Options{Path: path, Logger: silent})
		cancel()
		switch {
		case err == nil:
			_ = e.Close()
		case !errors.Is(err, context.DeadlineExceeded):
			t.Errorf("given up after %d ms: %v", wait*10, err)
		}
	}
	e, err := Start(t.Context(), Options{Path: path, Logger: silent})
	if err != nil {
		t.Fatal(err)
	}
	_ = e.Close()
	if kept, _ := filepath.Glob(path + ".unusable-*"); len(kept) != 0 {
		t.Errorf("moved aside: %v", kept)
	}
}
