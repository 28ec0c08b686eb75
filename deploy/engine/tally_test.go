//go:build !slim

package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

// The tests' workflow counts what it is sent until it is told to finish. It uses
// what cases use: updates with local activities, timers, continue as new.
const (
	tallyWorkflow = "tally"
	addUpdate     = "add"
	finishSignal  = "finish"
)

// tallyState is what a run hands to the next.
type tallyState struct {
	Total int
	Runs  int
}

func tally(ctx workflow.Context, state tallyState) (tallyState, error) {
	state.Runs++
	mutex := workflow.NewMutex(ctx)
	err := workflow.SetUpdateHandler(ctx, addUpdate, func(ctx workflow.Context, n int) (int, error) {
		if err := mutex.Lock(ctx); err != nil {
			return 0, err
		}
		defer mutex.Unlock()
		ctx = workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{StartToCloseTimeout: 2 * time.Second})
		if err := workflow.ExecuteLocalActivity(ctx, sum, state.Total, n).Get(ctx, &state.Total); err != nil {
			return 0, err
		}
		return state.Total, nil
	})
	if err != nil {
		return state, err
	}

	finished := false
	workflow.Go(ctx, func(ctx workflow.Context) {
		finished = workflow.GetSignalChannel(ctx, finishSignal).Receive(ctx, nil)
	})
	full := func() bool { return workflow.GetInfo(ctx).GetContinueAsNewSuggested() }
	err = workflow.Await(ctx, func() bool { return (finished || full()) && workflow.AllHandlersFinished(ctx) })
	if err != nil || finished {
		return state, err
	}
	return state, workflow.NewContinueAsNewError(ctx, tallyWorkflow, state)
}

func sum(_ context.Context, a, b int) (int, error) { return a + b, nil }

// nap sleeps once and says when it had begun.
const napWorkflow = "nap"

func nap(ctx workflow.Context, d time.Duration) (time.Time, error) {
	begun := workflow.Now(ctx)
	return begun, workflow.Sleep(ctx, d)
}

// work runs a worker on a task queue of its own until stop is called.
func work(c client.Client, queue string) (stop func(), err error) {
	w := worker.New(c, queue, worker.Options{MaxConcurrentWorkflowTaskPollers: 10})
	w.RegisterWorkflowWithOptions(tally, workflow.RegisterOptions{Name: tallyWorkflow})
	w.RegisterWorkflowWithOptions(nap, workflow.RegisterOptions{Name: napWorkflow})
	if err := w.Start(); err != nil {
		return nil, err
	}
	return w.Stop, nil
}

// newQueue starts a worker that stops with the test, and returns its task queue.
func newQueue(t testing.TB, c client.Client) string {
	t.Helper()
	queue := uuid.NewString()
	stop, err := work(c, queue)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return queue
}

// add sends one update to the tally with the given id, starting it if need be.
func add(ctx context.Context, c client.Client, id, queue string, n int) (total int, err error) {
	start := c.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID:                       id,
		TaskQueue:                queue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, tallyWorkflow, tallyState{})
	handle, err := c.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateName:   addUpdate,
			Args:         []any{n},
			WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return 0, err
	}
	return total, handle.Get(ctx, &total)
}

// finish ends the tally and returns what it counted.
func finish(t testing.TB, c client.Client, id string) tallyState {
	t.Helper()
	if err := c.SignalWorkflow(t.Context(), id, "", finishSignal, nil); err != nil {
		t.Fatal(err)
	}
	var state tallyState
	if err := c.GetWorkflow(t.Context(), id, "").Get(t.Context(), &state); err != nil {
		t.Fatal(err)
	}
	return state
}
