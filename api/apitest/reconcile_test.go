//go:build !slim

package apitest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	taskqueuepb "go.temporal.io/api/taskqueue/v1"
	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/activities"
	"sluss/api"
	"sluss/api/act"
	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/model/rulebook"
	"sluss/workflows"
	"sluss/workflows/contract"
)

// works starts a worker on an engine, which writes to the office's record. stop
// may be called before the test ends.
func (o office) works(c client.Client, carry func(worker.WorkflowRegistry)) (stop func()) {
	o.T.Helper()
	w := worker.New(c, contract.TaskQueue, activities.WorkerOptions(o.Store.WriteConns()))
	carry(w)
	(&activities.Activities{Store: o.Store, Clock: o.Clock}).Register(w)
	if err := w.Start(); err != nil {
		o.T.Fatal(err)
	}
	stopped := false
	stop = func() {
		if !stopped {
			w.Stop()
		}
		stopped = true
	}
	o.T.Cleanup(stop)
	return stop
}

// served gives the office's record an API on another engine, whose processes know
// nothing of it yet.
func (o office) served(c client.Client) office {
	h := *o.House
	h.Log = &apitest.Log{}
	log := slog.New(slog.NewJSONHandler(h.Log, nil))
	h.Act = act.New(act.Options{
		Store: o.Store, Temporal: c, Book: rulebook.Default(), Clock: o.Clock, Log: log, Wait: time.Minute,
		ReconcileEvery: 100 * time.Millisecond, Replay: workflows.Replay,
	})
	h.Handler = api.Handler(api.Options{
		Act: h.Act, Store: o.Store, Book: rulebook.Default(), Clock: o.Clock, Log: log, Version: "test",
		Limits: api.Limits{Person: 1e6, Address: 1e6},
	})
	return office{&h, o.record}
}

// reconciled is what a reconciliation finds, from the first case to the last.
func (o office) reconciled() act.Reconciliation {
	o.T.Helper()
	var r act.Reconciliation
	o.Do(apitest.Call{Method: http.MethodPost, Path: "/reconciliations", As: "admin", Header: apitest.Key()}).
		Want(http.StatusOK).Into(&r)
	return r
}

// carried is what has a process of its own: cases, or incidents.
type carried struct {
	workflow   string
	workflowID func(id string) string
	input      func(id string) any
	path       string
	// begin makes one, end makes one that has no process, and lose has its row say
	// that its last step was not taken.
	begin func(office) (id string)
	end   func(office)
	lose  func(o office, id string)
	// steps are taken on it, one after the other.
	steps [2]func(o office, id string)
}

var carriedCases = carried{
	workflow: contract.CaseWorkflow, workflowID: contract.CaseWorkflowID, path: "/cases/",
	input: func(id string) any { return contract.CaseInput{OrgID: apitest.Org, CaseID: id} },
	begin: func(o office) string { return o.submitted([]string{"base"}, nil) },
	end:   func(o office) { o.Draft("owner", o.answers([]string{"base"}, nil)) },
	lose:  func(o office, id string) { o.LoseVersion(id) },
	steps: [2]func(office, string){
		func(o office, id string) {
			o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
		},
		func(o office, id string) {
			o.decide("ciso", o.task(id, "ciso", "decision"), m{
				"outcome": "approve_with_conditions", "conditions": []m{condition(nil)},
			}).Want(http.StatusOK)
		},
	},
}

var carriedIncidents = carried{
	workflow: contract.IncidentWorkflow, workflowID: contract.IncidentWorkflowID, path: "/incidents/",
	input: func(id string) any { return contract.IncidentInput{OrgID: apitest.Org, IncidentID: id} },
	begin: func(o office) string {
		return strings.TrimPrefix(o.reported("ciso", m{"severity": "high", "personal_data": "yes"}), "/incidents/")
	},
	end: func(o office) {
		incident := o.reported("ciso", m{"affected_unit_ids": []string{"bolaget"}})
		o.answer("admin", incident, "acknowledge", m{"outcome": "done"}).Want(http.StatusOK)
		o.answer("other", incident, "assess_risk", m{"outcome": "risk_unlikely"}).Want(http.StatusOK)
		o.post("ciso", incident+"/closing", o.etag("ciso", incident), m{"lessons": "Inga."}).Want(http.StatusOK)
	},
	lose: func(o office, id string) { o.LoseIncidentVersion(id) },
	steps: [2]func(office, string){
		func(o office, id string) {
			o.answer("ciso", "/incidents/"+id, "csl_significance", m{"outcome": "significant"}).Want(http.StatusOK)
		},
		func(o office, id string) {
			o.answer("info", "/incidents/"+id, "assess_risk", m{"outcome": "risk_high"}).Want(http.StatusOK)
		},
	},
}

// earlier is a process as a program of old wrote it: it sleeps before it loads.
// Its history cannot be replayed by the present one.
func earlier(ctx workflow.Context, _ any) error {
	err := workflow.SetQueryHandler(ctx, contract.StateQuery, func() (m, error) { return m{}, nil })
	if err != nil {
		return err
	}
	return workflow.Sleep(ctx, 24*time.Hour)
}

func (k carried) asEarlier(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(earlier, workflow.RegisterOptions{Name: k.workflow})
}

// starts starts a process and waits until it has begun.
func (k carried) starts(t *testing.T, c client.Client, id string) {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: k.workflowID(id), TaskQueue: contract.TaskQueue,
	}, k.workflow, k.input(id))
	if err == nil {
		_, err = c.QueryWorkflow(t.Context(), run.GetID(), "", contract.StateQuery)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// version is what a process knows.
func (k carried) version(ctx context.Context, c client.Client, id string) (int64, error) {
	var s struct {
		Version int64 `json:"version"`
	}
	v, err := c.QueryWorkflow(ctx, k.workflowID(id), "", contract.StateQuery)
	if err == nil {
		err = v.Get(&s)
	}
	return s.Version, err
}

// TestReconcile brings the processes of cases and of incidents out of step in every
// way: two engines carry the same record, and each knows what went through it.
func TestReconcile(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		for kind, k := range map[string]carried{"cases": carriedCases, "incidents": carriedIncidents} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				k.outOfStep(t, record)
			})
		}
	}
}

func (k carried) outOfStep(t *testing.T, record func(testing.TB) string) {
	first := ownOffice(t, record)
	first.companies()
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
	second := first.served(c)
	stop := second.works(c, workflows.Register)

	missing, closed := k.begin(first), k.begin(second)
	behind, ahead := k.begin(second), k.begin(second)
	fine, sleeping, failing := k.begin(second), k.begin(first), k.begin(first)
	k.end(second)
	if err := c.TerminateWorkflow(t.Context(), k.workflowID(closed), "", "test"); err != nil {
		t.Fatal(err)
	}
	k.steps[0](first, behind)
	k.steps[0](second, ahead)
	k.lose(second, ahead)
	stop()

	stop = second.works(c, k.asEarlier)
	k.starts(t, c, sleeping)
	k.starts(t, c, failing)
	stop()
	second.works(c, workflows.Register)
	wakeUp(t, c, k.workflowID(failing))

	got := second.reconciled()
	if want := (act.Reconciliation{Checked: 7, Missing: 1, Closed: 1, Behind: 1, Ahead: 1, Stuck: 2}); got != want {
		t.Errorf("found %+v, want %+v", got, want)
	}
	if again := second.reconciled(); again != (act.Reconciliation{Checked: 7}) {
		t.Errorf("the second time found %+v", again)
	}
	for name, id := range map[string]string{
		"missing": missing, "closed": closed, "behind": behind, "ahead": ahead, "fine": fine, "sleeping": sleeping, "failing": failing,
	} {
		row := second.Get("admin", k.path+id).Want(http.StatusOK).Object()["version"]
		if v, err := k.version(t.Context(), c, id); err != nil || fmt.Sprint(v) != fmt.Sprint(row) {
			t.Errorf("%s: the process knows version %d, %v; the row is %v", name, v, err, row)
		}
		if id == behind || id == ahead { // the first step has been taken
			k.steps[1](second, id)
		} else {
			k.steps[0](second, id)
		}
	}
	if left := second.reconciled(); left != (act.Reconciliation{Checked: 7}) {
		t.Errorf("after another step found %+v", left)
	}
}

// wakeUp gives a process something to do and waits until it has failed at it.
func wakeUp(t *testing.T, c client.Client, workflowID string) {
	t.Helper()
	if err := c.SignalWorkflow(t.Context(), workflowID, "", "any", nil); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		d, err := c.DescribeWorkflowExecution(t.Context(), workflowID, "")
		if err != nil || time.Now().After(until) {
			t.Fatalf("the process does not fail: %v, %v", d.GetPendingWorkflowTask(), err)
		}
		if d.GetPendingWorkflowTask().GetAttempt() > 3 {
			return
		}
	}
}

// run is the run of a case's process that the engine has now.
func run(t *testing.T, c client.Client, id string) string {
	t.Helper()
	d, err := c.DescribeWorkflowExecution(t.Context(), contract.CaseWorkflowID(id), "")
	if err != nil {
		t.Fatal(err)
	}
	return d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
}

// breathless is the program on a machine that has so much to do that no process gets
// to run within the second that the SDK gives it.
func breathless(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(func(ctx workflow.Context, in contract.CaseInput) error {
		time.Sleep(1500 * time.Millisecond)
		return workflows.Case(ctx, in)
	}, workflow.RegisterOptions{Name: contract.CaseWorkflow})
}

// silently takes the tasks of cases and is never done with them, until the returned
// function is called.
func silently(t *testing.T, c client.Client) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	var taking sync.WaitGroup
	for range 2 {
		taking.Go(func() {
			for ctx.Err() == nil {
				polling, done := context.WithTimeout(ctx, time.Minute)
				_, _ = c.WorkflowService().PollWorkflowTaskQueue(polling, &workflowservice.PollWorkflowTaskQueueRequest{ // what comes is dropped
					Namespace: contract.Namespace, TaskQueue: &taskqueuepb.TaskQueue{Name: contract.TaskQueue}, Identity: "silent",
				})
				done()
			}
		})
	}
	return func() { cancel(); taking.Wait() }
}

// TestReconcileLeavesWhatIsSlow: on a machine that is too busy to carry processes, they
// are neither ended nor begun anew, however often their tasks were tried, and go on
// when there is room again.
func TestReconcileLeavesWhatIsSlow(t *testing.T) {
	t.Parallel()
	for name, busy := range map[string]func(*testing.T, office, client.Client) (stop func()){
		"breathless": func(_ *testing.T, o office, c client.Client) func() { return o.works(c, breathless) },
		"silent":     func(t *testing.T, _ office, c client.Client) func() { return silently(t, c) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := ownOffice(t, records["sqlite"])
			c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
			o := first.served(c)
			stop := o.works(c, workflows.Register)
			waiting, woken := carriedCases.begin(o), carriedCases.begin(o)
			runs := [2]string{run(t, c, waiting), run(t, c, woken)}
			stop()

			stop = busy(t, o, c)
			wakeUp(t, c, contract.CaseWorkflowID(woken))
			if got, want := o.reconciled(), (act.Reconciliation{Checked: 2, Failed: 2}); got != want {
				t.Errorf("found %+v, want %+v", got, want)
			}
			stop()

			o.works(c, workflows.Register)
			eventually(t, func() bool { return o.reconciled() == act.Reconciliation{Checked: 2} })
			if now := [2]string{run(t, c, waiting), run(t, c, woken)}; now != runs {
				t.Errorf("the runs were %v and are %v", runs, now)
			}
			carriedCases.steps[0](o, woken)
		})
	}
}

// questioned counts the questions that processes are asked.
type questioned struct {
	client.Client
	asked atomic.Int64
}

func (a *questioned) QueryWorkflowWithOptions(ctx context.Context, r *client.QueryWorkflowWithOptionsRequest) (*client.QueryWorkflowWithOptionsResponse, error) {
	a.asked.Add(1)
	return a.Client.QueryWorkflowWithOptions(ctx, r)
}

// TestReconcileAsksWhereSomethingChanged: a process whose history and row are as they
// were is not asked again, and any change is found all the same.
func TestReconcileAsksWhereSomethingChanged(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		for kind, k := range map[string]carried{"cases": carriedCases, "incidents": carriedIncidents} {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				first := ownOffice(t, record)
				c := &questioned{Client: enginetest.Client(t, enginetest.Start(t, engine.Options{}))}
				o := first.served(c)
				o.works(c.Client, workflows.Register)
				ids := []string{k.begin(o), k.begin(o), k.begin(o)}

				ctx, cancel := context.WithCancel(t.Context())
				var running sync.WaitGroup
				running.Go(func() { o.Act.Run(ctx) })
				defer running.Wait()
				defer cancel()
				passes := func(n int) { // it comes to its n-th next comparison
					t.Helper()
					done := strings.Count(o.Log.String(), "processes reconciled")
					eventually(t, func() bool { return strings.Count(o.Log.String(), "processes reconciled") >= done+n })
				}
				passes(3)
				if n := c.asked.Load(); n < 3 {
					t.Errorf("%d questions at the start, want one for each process", n)
				}
				rests := func() {
					t.Helper()
					eventually(t, func() bool { // until a comparison has found all as they were
						before := c.asked.Load()
						passes(2)
						return c.asked.Load() == before
					})
				}
				rests()
				before := c.asked.Load()
				passes(5)
				if n := c.asked.Load() - before; n != 0 {
					t.Errorf("%d questions although nothing has changed", n)
				}
				k.steps[0](o, ids[0])
				passes(2)
				if n := c.asked.Load() - before; n == 0 {
					t.Error("nobody is asked after a step")
				}
				rests()
				k.lose(o, ids[0])
				eventually(t, func() bool { return strings.Contains(o.Log.String(), `"was":"ahead"`) })
				if err := c.TerminateWorkflow(t.Context(), k.workflowID(ids[1]), "", "test"); err != nil {
					t.Fatal(err)
				}
				eventually(t, func() bool { return strings.Contains(o.Log.String(), `"was":"closed"`) })
			})
		}
	}
}

// A reconciliation belongs to one organisation, and the same request gets the same
// answer.
func TestReconcileKeepsApart(t *testing.T) {
	t.Parallel()
	o := ownOffice(t, apitest.RecordFile)
	o.submitted([]string{"base"}, nil)
	ask := func(as, key string, body any) apitest.Answer {
		return o.Do(apitest.Call{Method: http.MethodPost, Path: "/reconciliations", As: as, Body: body, Header: key})
	}
	var r act.Reconciliation
	ask("strange_admin", apitest.Key(), nil).Want(http.StatusOK).Into(&r)
	if r != (act.Reconciliation{}) {
		t.Errorf("another organisation's administrator is told %+v", r)
	}
	key := apitest.Key()
	first := ask("admin", key, nil).Want(http.StatusOK)
	o.submitted([]string{"base"}, nil)
	if again := ask("admin", key, nil).Want(http.StatusOK); again.Body.String() != first.Body.String() {
		t.Errorf("the same request is answered with %s and %s", first.Body, again.Body)
	}
	ask("admin", key, m{"after": model.NewID()}).Problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	ask("owner", key, nil).Problem(http.StatusForbidden, "forbidden")
}
