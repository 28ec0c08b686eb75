//go:build !slim

package main

import (
	"context"
	"errors"

	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/testsuite"
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
	"sluss/workflows/contract"
)

// simulation is a world in this process whose time is skipped: the API, the acts,
// the record and the workflow are the real ones, the engine is the test
// environment of the SDK. It carries one case. While the script of a test acts,
// time stands still; it passes when the script waits.
type simulation struct {
	*world
	env   *testsuite.TestWorkflowEnvironment
	store *store.Store
	asks  chan ask
	// ended is closed when the workflow has ended: the case is archived.
	ended chan struct{}
}

// ask is what the script wants of the environment's own thread: to send an update,
// to let time pass, or to end.
type ask struct {
	update *client.UpdateWorkflowOptions
	input  contract.CaseInput
	until  time.Time
	over   bool
	done   chan error
}

// simulate runs the script of a test in a world whose time is skipped.
func simulate(t *testing.T, w *world, script func(*simulation)) {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	suite.SetLogger(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)))
	s := &simulation{world: w, env: suite.NewTestWorkflowEnvironment(), asks: make(chan ask), ended: make(chan struct{})}
	s.env.SetStartTime(time.Now())
	s.env.SetTestTimeout(5 * time.Minute)
	s.open(t)

	over := make(chan struct{})
	go func() {
		defer close(over)
		defer s.ask(ask{over: true})
		script(s)
	}()
	first := <-s.asks
	if first.update == nil {
		t.Fatal("the script submits no case")
	}
	s.env.RegisterDelayedCallback(func() { s.carry(first) }, 0)
	s.env.ExecuteWorkflow(contract.CaseWorkflow, first.input)
	close(s.ended)
	<-over
	var cancelled *temporal.CanceledError // the script is over
	if err := s.env.GetWorkflowError(); err != nil && !errors.As(err, &cancelled) {
		t.Errorf("the workflow ended: %v", err)
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

	s.env.RegisterWorkflowWithOptions(workflows.Case, workflow.RegisterOptions{Name: contract.CaseWorkflow})
	a := &activities.Activities{Store: s.store, Clock: s}
	s.env.RegisterActivityWithOptions(a.LoadCase, activity.RegisterOptions{Name: contract.LoadCase})
	s.env.RegisterActivityWithOptions(a.RecordTransition, activity.RegisterOptions{Name: contract.RecordTransition})

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
		s.env.UpdateWorkflow(a.update.UpdateName, a.update.UpdateID, &testsuite.TestUpdateCallback{
			OnReject: then, OnComplete: func(_ any, err error) { then(err) },
		}, a.update.Args...)
	default:
		s.env.RegisterDelayedCallback(func() { then(nil) }, max(a.until.Sub(s.env.Now()), 0))
	}
}

// until lets time pass. Whatever falls due meanwhile happens at its time.
func (s *simulation) until(at time.Time) {
	_ = s.ask(ask{until: at})
}

// errEnded is what an act on an archived case gets from the engine.
var errEnded = errors.New("the workflow has ended")

// ask hands something to the environment's thread and waits until it is done.
func (s *simulation) ask(a ask) error {
	a.done = make(chan error, 1)
	select {
	case s.asks <- a:
	case <-s.ended:
		return errEnded
	}
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

// NewWithStartWorkflowOperation implements client.Client: the case that is to be
// started is the one of the simulation.
func (e simulatedEngine) NewWithStartWorkflowOperation(_ client.StartWorkflowOptions, _ any, args ...any) client.WithStartWorkflowOperation {
	return simulatedStart{input: args[0].(contract.CaseInput)}
}

type simulatedStart struct {
	client.WithStartWorkflowOperation
	input contract.CaseInput
}

// UpdateWithStartWorkflow implements client.Client.
func (e simulatedEngine) UpdateWithStartWorkflow(_ context.Context, o client.UpdateWithStartWorkflowOptions) (client.WorkflowUpdateHandle, error) {
	err := e.s.ask(ask{update: &o.UpdateOptions, input: o.StartWorkflowOperation.(simulatedStart).input})
	return simulatedHandle{err: err}, nil
}

type simulatedHandle struct {
	client.WorkflowUpdateHandle
	err error
}

// Get implements client.WorkflowUpdateHandle.
func (h simulatedHandle) Get(context.Context, any) error { return h.err }
