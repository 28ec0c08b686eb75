package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"sluss/api"
	"sluss/model/store"
	"sluss/workflows/contract"
)

const (
	// readyWithin is how long each check of /readyz may take.
	readyWithin = 3 * time.Second
	// pollsWithin is how long ago a worker has asked for work that still counts: the
	// engine remembers it for five minutes, and one that lives asks every minute.
	pollsWithin = 2 * time.Minute
	// leastDisk is how many bytes the data folder's disk must have left, so that what is
	// under way can be written and a person still has time.
	leastDisk = 100 << 20
)

// readiness is what /readyz looks at: everything that an act needs.
type readiness struct {
	record interface{ Ready(context.Context) error }
	engine interface {
		CheckHealth(context.Context, *client.CheckHealthRequest) (*client.CheckHealthResponse, error)
		DescribeTaskQueue(context.Context, string, enumspb.TaskQueueType) (*workflowservice.DescribeTaskQueueResponse, error)
	}
	// polls is whose polls count, "" for those of any worker.
	polls string
	// caughtUp is whether what a former process left has been sent again. Nil is not
	// looked at.
	caughtUp func() bool
	// free is how many bytes the program may still write to its data folder. Nil is not
	// looked at.
	free func() (uint64, error)
	now  func() time.Time
}

func (a *app) ready(ctx context.Context) []api.ReadyCheck {
	return readiness{
		record: a.store, engine: a.temporal, caughtUp: a.service.CaughtUp, now: time.Now,
		free: func() (uint64, error) { return freeDisk(a.settings.dataDir) },
	}.checks(ctx)
}

// workerReady looks at what a worker needs, which answers nobody and has no folder.
func (a *app) workerReady(ctx context.Context) []api.ReadyCheck {
	return readiness{record: a.store, engine: a.temporal, polls: a.polls, now: time.Now}.checks(ctx)
}

// checks looks at everything at the same time.
func (r readiness) checks(ctx context.Context) []api.ReadyCheck {
	checks := []api.ReadyCheck{{Name: "database"}, {Name: "engine"}, {Name: "worker"}}
	looks := []func(context.Context) (api.ReadyCode, error){r.database, r.engineAnswers, r.workerPolls}
	if r.caughtUp != nil {
		checks, looks = append(checks, api.ReadyCheck{Name: "commands"}), append(looks, r.commands)
	}
	if r.free != nil {
		checks, looks = append(checks, api.ReadyCheck{Name: "disk"}), append(looks, r.disk)
	}
	var looking sync.WaitGroup
	for i, look := range looks {
		looking.Go(func() {
			ctx, cancel := context.WithTimeout(ctx, readyWithin)
			defer cancel()
			if code, err := look(ctx); err != nil {
				checks[i].Code, checks[i].Err = code, err
			}
		})
	}
	looking.Wait()
	return checks
}

func (r readiness) database(ctx context.Context) (api.ReadyCode, error) {
	err := r.record.Ready(ctx)
	switch {
	case errors.Is(err, store.ErrSchema):
		return api.ReadySchemaBehind, err
	case errors.Is(err, store.ErrReadOnly):
		return api.ReadyReadOnly, err
	}
	return api.ReadyUnreachable, err
}

func (r readiness) engineAnswers(ctx context.Context) (api.ReadyCode, error) {
	_, err := r.engine.CheckHealth(ctx, &client.CheckHealthRequest{})
	return api.ReadyUnreachable, err
}

// workerPolls asks the engine whether somebody takes the tasks of cases, or whether this
// worker does.
func (r readiness) workerPolls(ctx context.Context) (api.ReadyCode, error) {
	d, err := r.engine.DescribeTaskQueue(ctx, contract.TaskQueue, enumspb.TASK_QUEUE_TYPE_WORKFLOW)
	if err != nil {
		return api.ReadyUnreachable, err
	}
	for _, p := range d.GetPollers() {
		if (r.polls == "" || r.polls == p.GetIdentity()) && r.now().Sub(p.GetLastAccessTime().AsTime()) < pollsWithin {
			return "", nil
		}
	}
	return api.ReadyNoWorker, errors.New("nobody polls for cases")
}

func (r readiness) commands(context.Context) (api.ReadyCode, error) {
	if !r.caughtUp() {
		return api.ReadyCatchingUp, errors.New("what a former process left has not been sent again yet")
	}
	return "", nil
}

func (r readiness) disk(context.Context) (api.ReadyCode, error) {
	free, err := r.free()
	if err == nil && free < leastDisk {
		err = errors.New("the disk is nearly full")
	}
	return api.ReadyDiskFull, err
}

// freeDisk is how many bytes a user without privileges may still write to the disk
// that a folder is on.
func freeDisk(folder string) (uint64, error) {
	var fs syscall.Statfs_t
	if err := syscall.Statfs(folder, &fs); err != nil {
		return 0, fmt.Errorf("look at the disk: %w", err)
	}
	return uint64(fs.Bavail) * uint64(fs.Bsize), nil
}
