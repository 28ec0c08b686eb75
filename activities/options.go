package activities

import (
	"time"

	"go.temporal.io/sdk/worker"
)

// stopTime is how long a worker that is asked to stop finishes what it has begun.
const stopTime = 10 * time.Second

// WorkerOptions are the options of every worker. No more local activities run at
// once than the record can write; normal activities are the rare fallback.
func WorkerOptions(writeConns int) worker.Options {
	return worker.Options{
		MaxConcurrentWorkflowTaskPollers:        10,
		MaxConcurrentLocalActivityExecutionSize: writeConns,
		MaxConcurrentActivityExecutionSize:      max(writeConns, 2),
		MaxConcurrentActivityTaskPollers:        2,
		DisableRegistrationAliasing:             true,
		WorkerStopTimeout:                       stopTime,
	}
}
