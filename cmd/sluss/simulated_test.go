//go:build !slim

package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/activities"
	"sluss/api"
	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
	"sluss/workflows"
)

// simulation is a world in this process whose time is skipped: the API, the acts,
// the record and the workflows are the real ones, the engine is the test
// environment of the SDK, which carries cases and incidents on one clock. While the
// script of a test acts, time stands still; it passes when the script waits.
type simulation struct {
	*world
	env   *testsuite.TestWorkflowEnvironment
	store *store.Store
	asks  chan ask
	// begins is called when a process that is being started begins, before its code
	// runs.
	begins func()
}

// ask is what the script wants of the environment's own thread: to send an update
// to a process, to let time pass, or to end.
type ask struct {
	update  *client.UpdateWorkflowOptions
	process process
	until   time.Time
	over    bool
	done    chan error
}

// process is a workflow as it is started where there is none.
type process struct {
	ID, Workflow string
	Input        any
}

// carriesAll is the workflow that the environment runs: it starts the processes,
// as its children, for the environment runs no other beside it.
func carriesAll(ctx workflow.Context) error {
	err := workflow.SetUpdateHandler(ctx, startUpdate, func(ctx workflow.Context, p process) error {
		ctx = workflow.WithWorkflowID(ctx, p.ID)
		return workflow.ExecuteChildWorkflow(ctx, p.Workflow, p.Input).GetChildWorkflowExecution().Get(ctx, nil)
	})
	if err != nil {
		return err
	}
	ctx.Done().Receive(ctx, nil)
	return ctx.Err()
}

const startUpdate = "start"

// simulate runs the script of a test in a world whose time is skipped.
func simulate(t *testing.T, w *world, script func(*simulation)) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &simulation{world: w, env: suite.NewTestWorkflowEnvironment(), asks: make(chan ask), begins: func() {}}
	s.env.SetStartTime(time.Now())
	s.env.SetTestTimeout(5 * time.Minute)
	s.env.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: time.Minute}) // the machine may be busy
	s.open(t)

	over := make(chan struct{})
	go func() {
		defer close(over)
		defer s.ask(ask{over: true})
		script(s)
	}()
	s.env.RegisterDelayedCallback(func() { s.carry(<-s.asks) }, 0)
	s.env.ExecuteWorkflow(carriesAll)
	<-over
	var cancelled *temporal.CanceledError // the script is over
	if err := s.env.GetWorkflowError(); err != nil && !errors.As(err, &cancelled) {
		t.Errorf("the engine ended: %v", err)
	}
}

// Now implements clock.Clock.
func (s *simulation) Now() time.Time { return s.env.Now() }

func (s *simulation) open(t *testing.T) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	var err error
	s.store, err = store.Open(ctx, store.Options{URL: s.recordURL(), MaxConns: 4})
	must(err)
	t.Cleanup(func() { _ = s.store.Close() })
	people, err := s.store.People(ctx, org)
	must(err)
	for _, p := range people {
		secret, hash := authn.NewSecret()
		must(s.store.AddToken(ctx, store.Token{
			OrgID: org, ID: model.NewID(), PersonID: p.ID, Label: "simulated", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: s.Now(), ExpiresAt: s.Now().AddDate(20, 0, 0),
		}))
		s.tokens[p.Handle] = secret
	}
	files, err := blobs.OpenFolder(t.TempDir())
	must(err)
	t.Cleanup(func() { _ = files.Close() })

	workflows.Register(s.env)
	(&activities.Activities{Store: s.store, Clock: s}).Register(s.env)
	s.env.SetOnChildWorkflowStartedListener(func(*workflow.Info, workflow.Context, converter.EncodedValues) { s.begins() })
	s.env.SetOnChildWorkflowCompletedListener(func(p *workflow.Info, _ converter.EncodedValue, err error) {
		if err != nil {
			t.Errorf("%s ended: %v", p.WorkflowExecution.ID, err)
		}
	})

	log := slog.New(slog.DiscardHandler)
	service := act.New(act.Options{
		Store: s.store, Temporal: simulatedEngine{s: s}, Book: rulebook.Default(), Clock: s, Log: log,
		Attachments: files, Wait: time.Minute,
	})
	web := httptest.NewServer(api.Handler(api.Options{
		Act: service, Store: s.store, Book: rulebook.Default(), Clock: s, Log: log, Version: "test",
		Limits: api.Limits{Person: 1e6, Address: 1e6},
	}))
	t.Cleanup(web.Close)
	s.base = web.URL
	s.server = &server{t: t, output: &output{}}
}

// carry does, on the environment's thread, what the script asks for, and waits for
// what it asks next when that is done.
func (s *simulation) carry(a ask) {
	then := func(err error) {
		a.done <- err
		s.env.RegisterDelayedCallback(func() { s.carry(<-s.asks) }, 0)
	}
	switch {
	case a.over:
		s.env.CancelWorkflow()
	case a.update != nil:
		s.send(a, then)
	default:
		s.env.RegisterDelayedCallback(func() { then(nil) }, max(a.until.Sub(s.env.Now()), 0))
	}
}

// send sends an update to a process. Where there is none it is started, and finds
// the update before its code runs.
func (s *simulation) send(a ask, then func(error)) {
	send := func() error {
		return s.env.UpdateWorkflowByID(a.process.ID, a.update.UpdateName, a.update.UpdateID, &testsuite.TestUpdateCallback{
			OnReject: then, OnComplete: func(_ any, err error) { then(err) },
		}, a.update.Args...)
	}
	if send() == nil {
		return
	}
	s.begins = func() {
		s.begins = func() {}
		if err := send(); err != nil {
			then(err)
		}
	}
	s.env.UpdateWorkflow(startUpdate, "start/"+a.update.UpdateID, &testsuite.TestUpdateCallback{
		OnReject: then, OnComplete: func(_ any, err error) {
			if err != nil {
				then(err)
			}
		},
	}, a.process)
}

// until lets time pass. Whatever falls due meanwhile happens at its time.
func (s *simulation) until(at time.Time) {
	_ = s.ask(ask{until: at})
}

// ask hands something to the environment's thread and waits until it is done.
func (s *simulation) ask(a ask) error {
	a.done = make(chan error, 1)
	s.asks <- a
	if a.over {
		return nil
	}
	return <-a.done
}

// untilDay lets time pass until noon of a day, when what happens in the morning is
// over.
func (s *simulation) untilDay(day calendar.Date) { s.until(calendar.Morning(day).Add(4 * time.Hour)) }

// today is the day in Sweden.
func (s *simulation) today() calendar.Date { return calendar.Today(s.Now()) }

// simulatedEngine is the part of the engine's client that acts use.
type simulatedEngine struct {
	client.Client
	s *simulation
}

// NewWithStartWorkflowOperation implements client.Client.
func (e simulatedEngine) NewWithStartWorkflowOperation(o client.StartWorkflowOptions, name any, args ...any) client.WithStartWorkflowOperation {
	return simulatedStart{process: process{ID: o.ID, Workflow: name.(string), Input: args[0]}}
}

type simulatedStart struct {
	client.WithStartWorkflowOperation
	process process
}

// UpdateWithStartWorkflow implements client.Client.
func (e simulatedEngine) UpdateWithStartWorkflow(_ context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	p := o.StartWorkflowOperation.(simulatedStart).process
	return simulatedHandle{err: e.s.ask(ask{update: &o.UpdateOptions, process: p}), run: p.ID}, nil
}

type simulatedHandle struct {
	client.WorkflowUpdateHandle
	err error
	run string
}

// RunID implements client.WorkflowUpdateHandle: a process has one run here, for all its life.
func (h simulatedHandle) RunID() string { return h.run }

// Get implements client.WorkflowUpdateHandle.
func (h simulatedHandle) Get(context.Context, any) error { return h.err }
