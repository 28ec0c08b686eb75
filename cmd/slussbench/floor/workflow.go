//go:build linux && !slim

package floor

import (
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/workflows/contract"
)

// message is what an update carries: codes and ids.
type message struct {
	CommandID string `json:"command_id"`
	Kind      string `json:"kind"`
	Version   int64  `json:"version"`
	Task      string `json:"task,omitempty"` // stage/kind
	Outcome   string `json:"outcome,omitempty"`
}

// step is what the activity gets and result what it returns.
type step struct {
	contract.CaseInput
	message
}

type result struct {
	Version int64 `json:"version"`
}

// caseWorkflow answers one update after the other, each with one local activity. It
// may take its time: nothing takes over from it here, as a normal activity does in Sluss.
func caseWorkflow(ctx workflow.Context, in contract.CaseInput) error {
	mutex := workflow.NewMutex(ctx)
	err := workflow.SetUpdateHandler(ctx, contract.ActUpdate, func(ctx workflow.Context, m message) (result, error) {
		if err := mutex.Lock(ctx); err != nil {
			return result{}, err
		}
		defer mutex.Unlock()
		local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
			StartToCloseTimeout: 20 * time.Second,
		})
		var r result
		err := workflow.ExecuteLocalActivity(local, contract.RecordTransition, step{in, m}).Get(ctx, &r)
		return r, err
	})
	if err != nil {
		return err
	}
	return workflow.Await(ctx, func() bool { return false })
}

func register(w worker.Worker, db *database) {
	w.RegisterWorkflowWithOptions(caseWorkflow, workflow.RegisterOptions{Name: contract.CaseWorkflow})
	w.RegisterActivityWithOptions(db.record, activity.RegisterOptions{Name: contract.RecordTransition})
}
