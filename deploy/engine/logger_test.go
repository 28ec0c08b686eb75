//go:build !slim

package engine

import (
	"bytes"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"

	"go.temporal.io/server/common/log/tag"
)

// newTestEngine returns an engine without a server, and what it logs.
func newTestEngine(t *testing.T, path string, level slog.Leveler) (*Engine, *logger, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	handler := slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug})
	o, err := Options{Path: path, Logger: slog.New(handler), LogLevel: level}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	e := &Engine{options: o, log: newLogs(o.Logger, o.LogLevel), ended: make(chan struct{})}
	return e, e.serverLogger(), &out
}

func TestLogLevels(t *testing.T) {
	t.Parallel()
	all := func(l *logger) {
		l.Debug("one")
		l.Info("two")
		l.Warn("three", tag.WorkflowID("w"))
		l.With(tag.ShardID(7)).Error("four", tag.Error(errors.New("bad")))
		l.DPanic("five")
		l.Warn("HTTP API port has not been set. And so on.")
	}
	tests := []struct {
		name   string
		level  slog.Leveler
		hushed bool
		want   string
	}{
		{"default", nil, false, "three four five"},
		{"debug", slog.LevelDebug, false, "one two three four five"},
		{"error", slog.LevelError, false, "four five"},
		{"closed", slog.LevelDebug, true, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, l, out := newTestEngine(t, "", tt.level)
			if tt.hushed {
				e.log.hush()
			}
			all(l)

			var got []string
			for line := range strings.Lines(out.String()) {
				if !strings.Contains(line, "source=engine") {
					t.Errorf("no source: %s", line)
				}
				_, rest, _ := strings.Cut(line, "msg=")
				got = append(got, strings.Fields(rest)[0])
			}
			if got := strings.Join(got, " "); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
			if tt.want != "" && !strings.Contains(out.String(), "shard-id=7 error=bad") {
				t.Errorf("tags are missing: %s", out)
			}
		})
	}
}

// A fatal of the server ends the engine, but not the process, and never returns.
func TestFatalEndsTheEngine(t *testing.T) {
	t.Parallel()
	e, l, out := newTestEngine(t, "", nil)
	cause := errors.New("no room")
	left := make(chan struct{})
	go func() {
		defer close(left)
		l.With(tag.ShardID(1)).Fatal("cannot serve", tag.WorkflowID("w"), tag.Error(cause))
	}()
	<-e.Done()
	if err := e.Err(); !errors.Is(err, cause) || !strings.Contains(err.Error(), "cannot serve") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(out.String(), "cannot serve") {
		t.Errorf("not logged: %s", out)
	}
	if err := e.Close(); err != nil {
		t.Errorf("close: %v", err)
	}
	if err := e.Err(); !errors.Is(err, cause) {
		t.Errorf("after close: %v", err)
	}
	select {
	case <-left:
		t.Error("fatal returned to its caller")
	default:
	}
}

func TestPanicPanics(t *testing.T) {
	t.Parallel()
	_, l, _ := newTestEngine(t, "", nil)
	defer func() {
		if recover() != "impossible" {
			t.Error("no panic")
		}
	}()
	l.Panic("impossible")
}

// Damage that the server reports ends the engine and is remembered.
func TestReportedDamageEndsTheEngine(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	damageMiddle(t, path)
	_, err := readAll(t, path)
	if err == nil {
		t.Fatal("the damage does not show")
	}

	e, l, _ := newTestEngine(t, path, nil)
	l.Error("a harmless error", tag.Error(errors.New("timeout")))
	if err := e.Err(); err != nil {
		t.Fatalf("ended by a harmless error: %v", err)
	}
	// What the server makes of it is a text.
	l.Error("store operation", tag.Error(errors.New("GetWorkflowExecution failed: "+err.Error())))
	<-e.Done()
	if !errors.Is(e.Err(), errDamaged) {
		t.Errorf("got %v", e.Err())
	}

	if created, err := prepareFile(t.Context(), path, e.options.Logger); !created || err != nil {
		t.Errorf("prepare: %t, %v", created, err)
	}
	if left, _ := filepath.Glob(path + damagedSuffix); len(left) != 0 {
		t.Error("the mark was left")
	}
}
