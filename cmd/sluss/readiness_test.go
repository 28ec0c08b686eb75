package main

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/types/known/timestamppb"

	"sluss/api"
	"sluss/model/store"
)

// fakeEngine answers as an engine does whose last worker has asked at a time.
type fakeEngine struct {
	polled time.Time
	err    error
}

func (e fakeEngine) CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error) {
	return &client.CheckHealthResponse{}, e.err
}

func (e fakeEngine) DescribeTaskQueue(context.Context, string, enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error) {
	d := &workflowservice.DescribeTaskQueueResponse{}
	if !e.polled.IsZero() {
		d.Pollers = []*taskqueuepb.PollerInfo{{LastAccessTime: timestamppb.New(e.polled)}}
	}
	return d, e.err
}

// hanging is a record that does not answer.
type hanging struct{}

func (hanging) Ready(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

// aged is a record whose newest migration is missing.
func aged(t *testing.T) *store.Store {
	t.Helper()
	path := filepath.Join(t.TempDir(), "record.db")
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	_, err = db.Exec("DELETE FROM bun_migrations WHERE id = (SELECT MAX(id) FROM bun_migrations)")
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestReadinessNamesWhatIsWrong takes away one thing after the other that an act needs.
func TestReadinessNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	now := time.Now()
	file := func(readOnly bool) *store.Store {
		t.Helper()
		url := "sqlite:" + filepath.Join(t.TempDir(), "record.db")
		s, err := store.Open(t.Context(), store.Options{URL: url})
		if err == nil && readOnly {
			err = s.Close()
			if err == nil {
				s, err = store.Connect(t.Context(), store.Options{URL: url, ReadOnly: true})
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = s.Close() })
		return s
	}
	sound, closed := file(false), file(false)
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	working := fakeEngine{polled: now.Add(-time.Minute)}
	free := func(bytes uint64, err error) func() (uint64, error) {
		return func() (uint64, error) { return bytes, err }
	}
	for name, tt := range map[string]struct {
		change func(*readiness)
		want   map[string]api.ReadyCode
	}{
		"nothing":                {func(*readiness) {}, nil},
		"a record that is away":  {func(r *readiness) { r.record = closed }, map[string]api.ReadyCode{"database": api.ReadyUnreachable}},
		"a record that hangs":    {func(r *readiness) { r.record = hanging{} }, map[string]api.ReadyCode{"database": api.ReadyUnreachable}},
		"an old schema":          {func(r *readiness) { r.record = aged(t) }, map[string]api.ReadyCode{"database": api.ReadySchemaBehind}},
		"a record read only":     {func(r *readiness) { r.record = file(true) }, map[string]api.ReadyCode{"database": api.ReadyReadOnly}},
		"an engine that is away": {func(r *readiness) { r.engine = fakeEngine{err: errors.New("away")} }, map[string]api.ReadyCode{"engine": api.ReadyUnreachable, "worker": api.ReadyUnreachable}},
		"no worker":              {func(r *readiness) { r.engine = fakeEngine{} }, map[string]api.ReadyCode{"worker": api.ReadyNoWorker}},
		"a worker that has gone": {func(r *readiness) { r.engine = fakeEngine{polled: now.Add(-3 * time.Minute)} }, map[string]api.ReadyCode{"worker": api.ReadyNoWorker}},
		"commands left behind":   {func(r *readiness) { r.caughtUp = func() bool { return false } }, map[string]api.ReadyCode{"commands": api.ReadyCatchingUp}},
		"a full disk":            {func(r *readiness) { r.free = free(leastDisk-1, nil) }, map[string]api.ReadyCode{"disk": api.ReadyDiskFull}},
		"a disk that is away":    {func(r *readiness) { r.free = free(0, errors.New("away")) }, map[string]api.ReadyCode{"disk": api.ReadyDiskFull}},
	} {
		t.Run(name, func(t *testing.T) {
			r := readiness{
				record: sound, engine: working, caughtUp: func() bool { return true }, free: free(leastDisk, nil),
				now: func() time.Time { return now },
			}
			tt.change(&r)
			for _, c := range r.checks(t.Context()) {
				if c.Code != tt.want[c.Name] || (c.Err != nil) != (c.Code != "") {
					t.Errorf("%s: %q, %v, want %q", c.Name, c.Code, c.Err, tt.want[c.Name])
				}
			}
		})
	}
	if bytes, err := freeDisk(t.TempDir()); err != nil || bytes == 0 {
		t.Errorf("%d bytes are free, %v", bytes, err)
	}
}
