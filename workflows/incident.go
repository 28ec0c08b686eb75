package workflows

import (
	"go.temporal.io/sdk/workflow"

	"sluss/model"
	"sluss/workflows/contract"
)

// Incident carries one incident from its report until it is closed (rulebook 9.5).
// It lives as Case does: it can always load itself from the record, takes one step
// at a time, and waits with one timer for its earliest deadline.
func Incident(ctx workflow.Context, in contract.IncidentInput) error {
	i := &incidentRun{in: in, mutex: workflow.NewMutex(ctx)}
	if err := i.setup(ctx); err != nil {
		return err
	}
	return i.run(ctx)
}

// incidentRun is one run of an incident. Everything in state can be read again
// from the record.
type incidentRun struct {
	in    contract.IncidentInput
	mutex workflow.Mutex
	state model.IncidentSnapshot

	loaded   bool
	draining bool
	timer    timer
}

// setup registers the handlers before anything blocks.
func (i *incidentRun) setup(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, contract.StateQuery, func() (model.IncidentSnapshot, error) {
		return i.state, nil
	})
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, contract.ActUpdate, i.act,
		workflow.UpdateHandlerOptions{Validator: i.validate})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.SyncUpdate, i.sync,
		workflow.UpdateHandlerOptions{Validator: i.refuseWhileDraining})
}

func (i *incidentRun) run(ctx workflow.Context) error {
	if err := i.load(ctx); err != nil {
		return err
	}
	i.loaded = true
	for {
		if err := i.waitForSomethingToDo(ctx); err != nil {
			return err
		}
		switch {
		case i.hasEnded(ctx):
			return nil
		case i.historyIsLong(ctx):
			return i.continueAsNew(ctx)
		case i.timer.expired():
			i.fireDueDeadline(ctx)
		default:
			i.timer.rearm(ctx, i.state.Next)
		}
	}
}

func (i *incidentRun) waitForSomethingToDo(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool {
		return i.hasEnded(ctx) || i.historyIsLong(ctx) || i.timer.expired() || i.timer.isLate(i.state.Next)
	})
}

// hasEnded reports whether the incident is closed, or its report was refused, and
// nobody waits for an answer.
func (i *incidentRun) hasEnded(ctx workflow.Context) bool {
	return i.state.State != model.IncidentOpen && workflow.AllHandlersFinished(ctx)
}

func (i *incidentRun) historyIsLong(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

func (i *incidentRun) continueAsNew(ctx workflow.Context) error {
	i.draining = true
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	if err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, contract.IncidentWorkflow, i.in)
}

// validate refuses, without a trace in the history, what is impossible in the
// state that the sender has seen too.
func (i *incidentRun) validate(_ workflow.Context, a contract.IncidentAct) error {
	if i.draining {
		return contract.RefusalError(model.Refuse(model.CodeDraining))
	}
	if !i.loaded || a.Version != i.state.Version {
		return nil
	}
	if _, refused := decideIncident(i.state, a); refused != nil {
		return contract.RefusalError(refused)
	}
	return nil
}

func (i *incidentRun) refuseWhileDraining(workflow.Context) error {
	if i.draining {
		return contract.RefusalError(model.Refuse(model.CodeDraining))
	}
	return nil
}

func (i *incidentRun) act(ctx workflow.Context, a contract.IncidentAct) (contract.Done, error) {
	unlock, err := i.lock(ctx)
	if err != nil {
		return contract.Done{}, err
	}
	defer unlock()
	refused, err := i.step(ctx, a)
	if err != nil {
		return contract.Done{}, err
	}
	if refused != nil {
		return contract.Done{}, contract.RefusalError(refused)
	}
	return contract.Done{Version: i.state.Version}, nil
}

// step decides an act and has it recorded. Where the record knows more than this
// run, its snapshot is adopted and the act is decided once more.
func (i *incidentRun) step(ctx workflow.Context, a contract.IncidentAct) (*model.Refusal, error) {
	for range maxAdoptions {
		t, refused := decideIncident(i.state, a)
		if refused != nil && a.Version == i.state.Version {
			return refused, nil
		}
		if refused != nil {
			before := i.state.Version
			if err := i.load(ctx); err != nil {
				return nil, err
			}
			if i.state.Version == before {
				return refused, nil
			}
			continue
		}
		adopted, refused, err := i.record(ctx, t)
		if err != nil || refused != nil || !adopted {
			return refused, err
		}
	}
	return model.Refuse(model.CodeStale), nil
}

func (i *incidentRun) sync(ctx workflow.Context) (contract.Done, error) {
	unlock, err := i.lock(ctx)
	if err != nil {
		return contract.Done{}, err
	}
	defer unlock()
	if err := i.load(ctx); err != nil {
		return contract.Done{}, err
	}
	return contract.Done{Version: i.state.Version}, nil
}

// lock waits until the incident is loaded and no other step is under way.
func (i *incidentRun) lock(ctx workflow.Context) (func(), error) {
	if err := workflow.Await(ctx, func() bool { return i.loaded }); err != nil {
		return nil, err
	}
	if err := i.mutex.Lock(ctx); err != nil {
		return nil, err
	}
	return i.mutex.Unlock, nil
}

func (i *incidentRun) load(ctx workflow.Context) error {
	var s model.IncidentSnapshot
	if err := touch(ctx, contract.LoadIncident, i.in, &s); err != nil {
		return err
	}
	if s.Version >= i.state.Version {
		i.state = s
	}
	return nil
}

// record has a step written and takes over what became of it, as a case does.
func (i *incidentRun) record(ctx workflow.Context, t incidentTransition) (adopted bool, refused *model.Refusal, err error) {
	t.OrgID, t.IncidentID = i.in.OrgID, i.in.IncidentID
	var r model.IncidentRecorded
	if err := touch(ctx, contract.RecordIncident, t.IncidentTransition, &r); err != nil {
		return false, nil, err
	}
	switch {
	case r.Mismatch != nil:
		i.state = *r.Mismatch
		return true, nil, nil
	case r.Refused != nil:
		return false, r.Refused, nil
	case r.Replayed:
		return false, nil, i.load(ctx)
	}
	i.state = t.after
	i.state.Version, i.state.Next = r.Version, r.Next
	return false, nil, nil
}

// fireDueDeadline records the earliest deadline when its time has come. It wakes
// people and decides nothing for them.
func (i *incidentRun) fireDueDeadline(ctx workflow.Context) {
	i.timer = timer{}
	unlock, err := i.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	next := i.state.Next
	if next == nil || workflow.Now(ctx).Before(next.At) {
		return
	}
	_, refused, err := i.record(ctx, incidentFallsDue(i.state, *next))
	stands := i.state.Next != nil && i.state.Next.ID == next.ID
	if stands || err != nil || refused != nil {
		i.timer.arm(ctx, next.At, tryAgainAfter)
	}
}
