//go:build !slim

package main

import (
	"bytes"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sluss/workflows"
)

// TestHistoriesRecord records a history of each path, as is done for a release,
// and replays it. Every path that the latest release has recorded is still there.
func TestHistoriesRecord(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := histories(t.Context(), []string{"record", folder}, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range latestHistories(t) {
		text, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			t.Errorf("%v: the latest release has recorded it", err)
			continue
		}
		h, err := client.HistoryFromJSON(bytes.NewReader(text), client.HistoryJSONOptions{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		r := newReplayer(t)
		if err := r.ReplayWorkflowHistory(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)), h); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		host, err := os.Hostname()
		if err == nil && bytes.Contains(text, []byte("@"+host)) {
			t.Errorf("%s names the machine that recorded it", name)
		}
	}
}

// latestHistories lists the files of the latest release that has recorded any.
func latestHistories(t *testing.T) []string {
	t.Helper()
	releases, err := filepath.Glob("../../workflows/testdata/histories/v*")
	if err != nil || len(releases) == 0 {
		t.Fatalf("no release has recorded histories: %v", err)
	}
	entries, err := os.ReadDir(releases[len(releases)-1])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// newReplayer runs today's code over histories, on a busy machine too.
func newReplayer(t testing.TB) worker.WorkflowReplayer {
	t.Helper()
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	if err != nil {
		t.Fatal(err)
	}
	workflows.Register(r)
	return r
}
