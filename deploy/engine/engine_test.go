//go:build !slim

package engine_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
)

func TestUpdateWithStart(t *testing.T) {
	t.Parallel()
	c := enginetest.Client(t, enginetest.Shared(t))
	id, queue := uuid.NewString(), newQueue(t, c)

	for i, want := range []int{1, 3, 6} {
		if got, err := add(t.Context(), c, id, queue, i+1); err != nil || got != want {
			t.Fatalf("update %d: got %d, %v, want %d", i+1, got, err, want)
		}
	}
	if got, want := finish(t, c, id), (tallyState{Total: 6, Runs: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// The settings reach the workflows.
func TestWorkflowTaskTimeout(t *testing.T) {
	t.Parallel()
	c := enginetest.Client(t, enginetest.Shared(t))
	id, queue := uuid.NewString(), newQueue(t, c)
	if _, err := add(t.Context(), c, id, queue, 1); err != nil {
		t.Fatal(err)
	}
	described, err := c.DescribeWorkflowExecution(t.Context(), id, "")
	if err != nil {
		t.Fatal(err)
	}
	if got := described.GetExecutionConfig().GetDefaultWorkflowTaskTimeout().AsDuration(); got != 5*time.Second {
		t.Errorf("got %s, want 5s", got)
	}
}

// Sixty updates at once are more than the server's default of ten in flight.
func TestConcurrentUpdates(t *testing.T) {
	t.Parallel()
	c := enginetest.Client(t, enginetest.Shared(t))
	id, queue := uuid.NewString(), newQueue(t, c)

	const updates = 60
	var wg sync.WaitGroup
	begin := make(chan struct{})
	for range updates {
		wg.Go(func() {
			<-begin
			if _, err := add(t.Context(), c, id, queue, 1); err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	wg.Wait()
	if got := finish(t, c, id).Total; got != updates {
		t.Errorf("got %d, want %d", got, updates)
	}
}

func TestContinueAsNewIsSuggested(t *testing.T) {
	t.Parallel()
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{HistoryCountSuggestContinueAsNew: 30}))
	id, queue := uuid.NewString(), newQueue(t, c)

	const updates = 12
	for range updates {
		if _, err := add(t.Context(), c, id, queue, 1); err != nil {
			t.Fatal(err)
		}
	}
	got := finish(t, c, id)
	if got.Total != updates || got.Runs < 2 {
		t.Errorf("got %+v, want a total of %d from several runs", got, updates)
	}
}

func TestNamespace(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "engine.db")
	tests := []struct {
		name    string
		options engine.Options
		want    time.Duration
	}{
		{"new", engine.Options{Path: path}, 7 * 24 * time.Hour},
		{"there already", engine.Options{Path: path}, 7 * 24 * time.Hour},
		{"other retention", engine.Options{Path: path, RetentionDays: 30}, 30 * 24 * time.Hour},
		{"second namespace", engine.Options{Path: path, Namespace: "other"}, 7 * 24 * time.Hour},
		{"in memory", engine.Options{}, 7 * 24 * time.Hour},
	}
	for _, tt := range tests { // in this order, on one file
		e := enginetest.Start(t, tt.options)
		c := enginetest.Client(t, e)
		got, err := c.WorkflowService().DescribeNamespace(t.Context(), &workflowservice.DescribeNamespaceRequest{
			Namespace: e.ClientOptions().Namespace,
		})
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		if retention := got.Config.WorkflowExecutionRetentionTtl.AsDuration(); retention != tt.want {
			t.Errorf("%s: retention %s, want %s", tt.name, retention, tt.want)
		}
		c.Close()
		if err := e.Close(); err != nil {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

// Nothing is listed, neither while a workflow runs nor after it, and a workflow
// is described all the same.
func TestNothingIsListed(t *testing.T) {
	t.Parallel()
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
	id, queue := uuid.NewString(), newQueue(t, c)

	nothing := func(when string) {
		t.Helper()
		list, err := c.ListWorkflow(t.Context(), &workflowservice.ListWorkflowExecutionsRequest{Query: "WorkflowType = 'tally'"})
		if err != nil || len(list.GetExecutions()) != 0 {
			t.Errorf("%s: listed %v, %v", when, list, err)
		}
		count, err := c.CountWorkflow(t.Context(), &workflowservice.CountWorkflowExecutionsRequest{})
		if err != nil || count.GetCount() != 0 {
			t.Errorf("%s: counted %v, %v", when, count, err)
		}
		described, err := c.DescribeWorkflowExecution(t.Context(), id, "")
		if err != nil || described.GetWorkflowExecutionInfo().GetType().GetName() != tallyWorkflow {
			t.Errorf("%s: described %v, %v", when, described, err)
		}
	}
	if _, err := add(t.Context(), c, id, queue, 1); err != nil {
		t.Fatal(err)
	}
	nothing("while it runs")
	finish(t, c, id)
	nothing("when it is closed")

	_, err := c.DescribeWorkflowExecution(t.Context(), uuid.NewString(), "")
	if notFound := new(serviceerror.NotFound); !errors.As(err, &notFound) {
		t.Errorf("a workflow that does not exist: %v", err)
	}
}

func TestOpenTimerOutlivesRestart(t *testing.T) {
	t.Parallel()
	o := engine.Options{Path: filepath.Join(t.TempDir(), "engine.db")}
	id, queue := uuid.NewString(), uuid.NewString()
	const length = 1500 * time.Millisecond

	first := enginetest.Start(t, o)
	c := enginetest.Client(t, first)
	stop, err := work(c, queue)
	if err != nil {
		t.Fatal(err)
	}
	if err := startNap(t.Context(), c, id, queue, length); err != nil {
		t.Fatal(err)
	}
	stop()
	c.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	finishNap(t, o, id, queue, length)
}

// Damage that comes or shows only while the engine runs ends it, and the next
// start begins anew.
func TestDamageWhileRunning(t *testing.T) {
	t.Parallel()
	o := engine.Options{Path: filepath.Join(t.TempDir(), "engine.db"), Logger: slog.New(slog.DiscardHandler)}
	e := enginetest.Start(t, o)
	c := enginetest.Client(t, e)
	queue := newQueue(t, c)
	if _, err := add(t.Context(), c, uuid.NewString(), queue, 1); err != nil {
		t.Fatal(err)
	}
	junkAfterFirstPage(t, o.Path)

	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for e.Err() == nil && ctx.Err() == nil {
		short, cancel := context.WithTimeout(ctx, time.Second)
		_, _ = add(short, c, uuid.NewString(), queue, 1)
		cancel()
	}
	if err := e.Err(); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Fatalf("the engine goes on: %v", err)
	}
	_ = e.Close() // which may report that parts of the server no longer answer

	c = enginetest.Client(t, enginetest.Start(t, o))
	if _, err := add(t.Context(), c, uuid.NewString(), newQueue(t, c), 1); err != nil {
		t.Errorf("after the next start: %v", err)
	}
}

// junkAfterFirstPage brings the database into one file and overwrites all of it
// but the first page.
func junkAfterFirstPage(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `PRAGMA busy_timeout = 5000; PRAGMA wal_checkpoint(TRUNCATE)`); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	const page = 4096
	if _, err := f.WriteAt(bytes.Repeat([]byte("junk"), int(info.Size()-page)/4), page); err != nil {
		t.Fatal(err)
	}
}

func TestDoneAfterClose(t *testing.T) {
	t.Parallel()
	e := enginetest.Start(t, engine.Options{})
	select {
	case <-e.Done():
		t.Fatal("done before close")
	default:
	}
	for range 2 {
		if err := e.Close(); err != nil {
			t.Fatal(err)
		}
	}
	<-e.Done()
	if err := e.Err(); err != nil {
		t.Errorf("after close: %v", err)
	}
	if c, err := client.Dial(e.ClientOptions()); err == nil {
		c.Close()
		t.Error("a closed engine answers")
	}
}

func TestStartRefuses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	tests := []struct {
		name    string
		options engine.Options
		want    string
	}{
		{"folder does not exist", engine.Options{Path: filepath.Join(dir, "missing", "engine.db")}, "unable to open database file"},
		{"path is a folder", engine.Options{Path: dir}, "is a directory"},
		{"negative retention", engine.Options{RetentionDays: -1}, "negative"},
		{"negative event count", engine.Options{HistoryCountSuggestContinueAsNew: -1}, "negative"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e, err := engine.Start(t.Context(), tt.options)
			if err == nil {
				_ = e.Close()
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

// A path may hold what has a meaning in a data source name.
func TestUnusualPath(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "a b?c#d%20å&mode=memory", "engine.db")
	if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	enginetest.Start(t, engine.Options{Path: path})
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() == 0 || info.Mode().Perm() != 0o600 {
		t.Errorf("file of %d bytes with mode %o", info.Size(), info.Mode().Perm())
	}
}

// The standard variables for the product's own traces are not the server's: this
// value would keep it from starting.
func TestTraceVariablesAreIgnored(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "console")
	enginetest.Start(t, engine.Options{})
}
