//go:build !slim

package apitest_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"testing"
	"time"

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
	log := slog.New(slog.NewJSONHandler(o.Log, nil))
	h.Act = act.New(act.Options{
		Store: o.Store, Temporal: c, Book: rulebook.Default(), Clock: o.Clock, Log: log, Wait: 6 * time.Second,
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

// earlier is a process as a program of old wrote it: it sleeps before it loads.
// Its history cannot be replayed by the present one.
func earlier(ctx workflow.Context, _ contract.CaseInput) error {
	err := workflow.SetQueryHandler(ctx, contract.StateQuery, func() (model.Snapshot, error) { return model.Snapshot{}, nil })
	if err != nil {
		return err
	}
	return workflow.Sleep(ctx, 24*time.Hour)
}

func asEarlier(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(earlier, workflow.RegisterOptions{Name: contract.CaseWorkflow})
}

// begins starts a process of a case and waits until it has begun.
func begins(t *testing.T, c client.Client, id string) {
	t.Helper()
	run, err := c.ExecuteWorkflow(t.Context(), client.StartWorkflowOptions{
		ID: contract.CaseWorkflowID(id), TaskQueue: contract.TaskQueue,
	}, contract.CaseWorkflow, contract.CaseInput{OrgID: apitest.Org, CaseID: id})
	if err == nil {
		_, err = c.QueryWorkflow(t.Context(), run.GetID(), "", contract.StateQuery)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// version is what the process of a case knows.
func version(ctx context.Context, c client.Client, id string) (int64, error) {
	var s model.Snapshot
	v, err := c.QueryWorkflow(ctx, contract.CaseWorkflowID(id), "", contract.StateQuery)
	if err != nil {
		return 0, err
	}
	return s.Version, v.Get(&s)
}

// TestReconcile brings the processes of cases out of step in every way: two engines
// carry the same record, and each knows what went through it.
func TestReconcile(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			first := ownOffice(t, record)
			c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
			second := first.served(c)
			stop := second.works(c, workflows.Register)
			endorse := func(o office, id string) {
				t.Helper()
				o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
			}

			missing, closed := first.submitted([]string{"base"}, nil), second.submitted([]string{"base"}, nil)
			behind, ahead := second.submitted([]string{"base"}, nil), second.submitted([]string{"base"}, nil)
			fine, sleeping, failing := second.submitted([]string{"base"}, nil), first.submitted([]string{"base"}, nil), first.submitted([]string{"base"}, nil)
			second.Draft("owner", second.answers([]string{"base"}, nil)) // has no process
			if err := c.TerminateWorkflow(t.Context(), contract.CaseWorkflowID(closed), "", "test"); err != nil {
				t.Fatal(err)
			}
			endorse(first, behind)
			endorse(second, ahead)
			second.LoseVersion(ahead)
			stop()

			stop = second.works(c, asEarlier)
			begins(t, c, sleeping)
			begins(t, c, failing)
			stop()
			second.works(c, workflows.Register)
			wakeUp(t, c, failing)

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
				if v, err := version(t.Context(), c, id); err != nil || fmt.Sprint(v) != fmt.Sprint(second.status(id)["version"]) {
					t.Errorf("%s: the process knows version %d, %v; the row is %v", name, v, err, second.status(id)["version"])
				}
				if id == behind || id == ahead { // the manager has answered
					second.decide("ciso", second.task(id, "ciso", "decision"), m{
						"outcome": "approve_with_conditions", "conditions": []m{condition(nil)},
					}).Want(http.StatusOK)
				} else {
					endorse(second, id)
				}
			}
		})
	}
}

// wakeUp gives a process something to do and waits until it has failed at it.
func wakeUp(t *testing.T, c client.Client, id string) {
	t.Helper()
	if err := c.SignalWorkflow(t.Context(), contract.CaseWorkflowID(id), "", "any", nil); err != nil {
		t.Fatal(err)
	}
	for until := time.Now().Add(time.Minute); ; time.Sleep(100 * time.Millisecond) {
		d, err := c.DescribeWorkflowExecution(t.Context(), contract.CaseWorkflowID(id), "")
		if err != nil || time.Now().After(until) {
			t.Fatalf("the process does not fail: %v, %v", d.GetPendingWorkflowTask(), err)
		}
		if d.GetPendingWorkflowTask().GetAttempt() > 3 {
			return
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
