//go:build failpoint

package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"sync/atomic"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/model"
	"sluss/model/failpoint"
	"sluss/workflows/contract"
)

// mortalOptions makes the worker pass the failpoint between an act's record and
// its completion in the engine: the handler has returned, and the engine has not
// heard of it. With SLUSS_HANG=1 the first recording commits and then hangs until
// it is given up.
func mortalOptions(o worker.Options) worker.Options {
	m := &mortality{}
	m.hang.Store(os.Getenv("SLUSS_HANG") == "1")
	o.Interceptors = append(o.Interceptors, m)
	return o
}

type mortality struct {
	interceptor.WorkerInterceptorBase
	hang atomic.Bool
}

func (m *mortality) InterceptActivity(_ context.Context, next interceptor.ActivityInboundInterceptor) interceptor.ActivityInboundInterceptor {
	i := &hangingActivities{mortality: m}
	i.Next = next
	return i
}

type hangingActivities struct {
	interceptor.ActivityInboundInterceptorBase
	mortality *mortality
}

func (h *hangingActivities) ExecuteActivity(ctx context.Context, in *interceptor.ExecuteActivityInput) (any, error) {
	out, err := h.Next.ExecuteActivity(ctx, in)
	if activity.GetInfo(ctx).ActivityType.Name == contract.RecordTransition && h.mortality.hang.CompareAndSwap(true, false) {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	return out, err
}

func (m *mortality) InterceptWorkflow(_ workflow.Context, next interceptor.WorkflowInboundInterceptor) interceptor.WorkflowInboundInterceptor {
	i := &completingUpdates{}
	i.Next = next
	return i
}

type completingUpdates struct {
	interceptor.WorkflowInboundInterceptorBase
}

func (c *completingUpdates) ExecuteUpdate(ctx workflow.Context, in *interceptor.UpdateInput) (any, error) {
	out, err := c.Next.ExecuteUpdate(ctx, in)
	if in.Name == contract.ActUpdate && err == nil && !workflow.IsReplaying(ctx) {
		failpoint.Hit(failpoint.BeforeCompleted)
	}
	return out, err
}

// mortalRoutes lets a test ask the process of a case what it knows, and say where the
// program is to die.
func (a *app) mortalRoutes(mux *http.ServeMux) {
	mux.HandleFunc("POST /failpoint/{place}", func(_ http.ResponseWriter, r *http.Request) {
		failpoint.Arm(r.PathValue("place"))
	})
	mux.HandleFunc("GET /process/{case_id}", func(w http.ResponseWriter, r *http.Request) {
		var s model.Snapshot
		v, err := a.temporal.QueryWorkflow(r.Context(), contract.CaseWorkflowID(r.PathValue("case_id")), "", contract.StateQuery)
		if err == nil {
			err = v.Get(&s)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		_ = json.NewEncoder(w).Encode(s) // the test has gone
	})
}
