package workflows

import (
	"fmt"
	"log/slog"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
)

// Replay runs today's code over the history of a process, which may be under way, and
// returns an error when the code would have done otherwise: a worker of this program
// could not go on with it. Nothing outside is touched. How long it takes does not
// matter, as the machine may be busy.
func Replay(h *historypb.History) (err error) {
	r, err := worker.NewWorkflowReplayerWithOptions(worker.WorkflowReplayerOptions{DisableDeadlockDetection: true})
	if err != nil {
		return err
	}
	defer func() {
		if p := recover(); p != nil { // as a worker does
			err = fmt.Errorf("the replay panics: %v", p)
		}
	}()
	Register(r)
	done := &historypb.History{Events: decided(h.GetEvents())}
	if len(done.Events) == 0 {
		return nil
	}
	return r.ReplayWorkflowHistory(sdklog.NewStructuredLogger(slog.New(slog.DiscardHandler)), done)
}

// decided are the events until the last task that is done, and what the code decided in
// it. The replayer compares that only where nothing comes after it; what has happened
// since is the next task's.
func decided(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
	end, open := 0, false
	for i, e := range events {
		switch e.GetEventType() {
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
			open = true
		case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_TIMER_FIRED, enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ADMITTED,
			enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED, enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED:
			open = false
		}
		if open {
			end = i + 1
		}
	}
	return events[:end]
}
