// Package activities is everything by which the process of a case touches the
// world: reading and writing the record. It imports model, model/store and the
// Temporal SDK, and is registered under the names of workflows/contract.
package activities

import (
	"context"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/worker"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
	"sluss/workflows/contract"
)

// Activities are the activities of cases and incidents.
type Activities struct {
	Store *store.Store
	Clock clock.Clock
	// Took is told how long an activity took and what came of it; nil tells nobody.
	Took func(activity string, took time.Duration, err error)
}

// Register makes the activities known to a worker.
func (a *Activities) Register(r worker.ActivityRegistry) {
	r.RegisterActivityWithOptions(timed(a, contract.LoadCase, a.LoadCase), activity.RegisterOptions{Name: contract.LoadCase})
	r.RegisterActivityWithOptions(timed(a, contract.RecordTransition, a.RecordTransition), activity.RegisterOptions{Name: contract.RecordTransition})
	r.RegisterActivityWithOptions(timed(a, contract.LoadIncident, a.LoadIncident), activity.RegisterOptions{Name: contract.LoadIncident})
	r.RegisterActivityWithOptions(timed(a, contract.RecordIncident, a.RecordIncident), activity.RegisterOptions{Name: contract.RecordIncident})
}

// timed is an activity that tells how long it took.
func timed[In, Out any](a *Activities, name string, do func(context.Context, In) (Out, error)) func(context.Context, In) (Out, error) {
	if a.Took == nil {
		return do
	}
	return func(ctx context.Context, in In) (Out, error) {
		began := time.Now()
		out, err := do(ctx, in)
		a.Took(name, time.Since(began), err)
		return out, err
	}
}

// LoadCase reads the snapshot from which a process starts, continues or
// recovers. A case that does not exist is a snapshot that says so.
func (a *Activities) LoadCase(ctx context.Context, in contract.CaseInput) (model.Snapshot, error) {
	return a.Store.Snapshot(ctx, in.OrgID, in.CaseID)
}

// RecordTransition writes one step of the process. It may be called again with
// the same transition: the second call finds the first one's answer.
func (a *Activities) RecordTransition(ctx context.Context, t model.Transition) (model.Recorded, error) {
	return a.Store.Record(ctx, t, a.Clock.Now())
}

// LoadIncident reads the snapshot from which an incident's process starts,
// continues or recovers. One that does not exist is a snapshot that says so.
func (a *Activities) LoadIncident(ctx context.Context, in contract.IncidentInput) (model.IncidentSnapshot, error) {
	return a.Store.IncidentSnapshot(ctx, in.OrgID, in.IncidentID)
}

// RecordIncident writes one step of an incident. A second call with the same step
// finds the first one's answer.
func (a *Activities) RecordIncident(ctx context.Context, t model.IncidentTransition) (model.IncidentRecorded, error) {
	return a.Store.RecordIncident(ctx, t, a.Clock.Now())
}
