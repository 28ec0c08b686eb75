package workflows

import (
	"errors"
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// touch runs one of the two activities as a local activity, and as a normal one
// without end when that does not succeed at once: trouble with the database
// delays a process and never ends an act.
func touch(ctx workflow.Context, activity string, in, out any) error {
	local := workflow.WithLocalActivityOptions(ctx, workflow.LocalActivityOptions{
		StartToCloseTimeout:    1500 * time.Millisecond,
		ScheduleToCloseTimeout: 2 * time.Second,
	})
	err := workflow.ExecuteLocalActivity(local, activity, in).Get(ctx, out)
	if err == nil {
		return nil
	}
	var cancelled *temporal.CanceledError
	if errors.As(err, &cancelled) {
		return err
	}
	normal := workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 10 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval:    200 * time.Millisecond,
			BackoffCoefficient: 2,
			MaximumInterval:    5 * time.Second,
		},
	})
	return workflow.ExecuteActivity(normal, activity, in).Get(ctx, out)
}
