//go:build !slim

package engine

import "go.temporal.io/server/common/config"

// fault is a call of the server's store that can be made to fail. A write can be done
// and fail all the same, as when its answer is lost.
type fault struct {
	store  config.DataStoreName
	method string
	writes bool
}

var storeFaults = []fault{
	{config.ExecutionStoreName, "CreateWorkflowExecution", true},
	{config.ExecutionStoreName, "UpdateWorkflowExecution", true},
	{config.ExecutionStoreName, "AppendHistoryNodes", true},
	{config.ExecutionStoreName, "GetWorkflowExecution", false},
	{config.ExecutionStoreName, "GetCurrentExecution", false},
	{config.ExecutionStoreName, "ReadHistoryBranch", false},
	{config.TaskStoreName, "CreateTasks", true},
	{config.TaskStoreName, "GetTasks", false},
}

// Faults has a server's store fail in a share of its calls, which a seed chooses. It is
// nil for none.
func Faults(share float64, seed int64) *config.FaultInjection {
	if share <= 0 {
		return nil
	}
	all := &config.FaultInjection{}
	for i, f := range storeFaults {
		kinds := []string{"Timeout", "Unavailable"}
		if f.writes {
			kinds = append(kinds, "ExecuteAndTimeout")
		}
		for _, kind := range kinds {
			all.WithError(f.store, f.method, kind, share/float64(len(kinds)))
		}
		all.WithMethodSeed(f.store, f.method, seed*100+int64(i)+1) // 0 would be the time
	}
	return all
}
