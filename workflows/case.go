package workflows

import (
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"

	"sluss/model"
	"sluss/workflows/contract"
)

// Case carries one case from its submission until it is archived. It ends when
// the record says that the case has no process, and continues as new when its
// history has grown long; both times with every act answered.
func Case(ctx workflow.Context, in contract.CaseInput) error {
	c := &caseRun{in: in, mutex: workflow.NewMutex(ctx)}
	if err := c.setup(ctx); err != nil {
		return err
	}
	return c.run(ctx)
}

// Register makes the workflows known to a worker.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflowWithOptions(Case, workflow.RegisterOptions{Name: contract.CaseWorkflow})
	r.RegisterWorkflowWithOptions(Incident, workflow.RegisterOptions{Name: contract.IncidentWorkflow})
}

// caseRun is one run of a case. Everything in state can be read again from the
// record; nothing lives only here.
type caseRun struct {
	in    contract.CaseInput
	mutex workflow.Mutex
	state model.Snapshot

	loaded   bool
	draining bool
	timer    timer
}

// setup registers the handlers before anything blocks, so that the first act
// finds them.
func (c *caseRun) setup(ctx workflow.Context) error {
	err := workflow.SetQueryHandler(ctx, contract.StateQuery, func() (model.Snapshot, error) {
		return c.state, nil
	})
	if err != nil {
		return err
	}
	err = workflow.SetUpdateHandlerWithOptions(ctx, contract.ActUpdate, c.act,
		workflow.UpdateHandlerOptions{Validator: c.validate})
	if err != nil {
		return err
	}
	return workflow.SetUpdateHandlerWithOptions(ctx, contract.SyncUpdate, c.sync,
		workflow.UpdateHandlerOptions{Validator: c.refuseWhileDraining})
}

func (c *caseRun) run(ctx workflow.Context) error {
	if err := c.load(ctx); err != nil {
		return err
	}
	c.loaded = true
	for {
		if err := c.waitForSomethingToDo(ctx); err != nil {
			return err
		}
		switch {
		case c.hasEnded(ctx):
			return nil
		case c.historyIsLong(ctx):
			return c.continueAsNew(ctx)
		case c.timer.expired():
			c.fireDueDeadline(ctx)
		default:
			c.timer.rearm(ctx, c.state.Next)
		}
	}
}

func (c *caseRun) waitForSomethingToDo(ctx workflow.Context) error {
	return workflow.Await(ctx, func() bool {
		return c.hasEnded(ctx) || c.historyIsLong(ctx) || c.timer.expired() || c.timer.isLate(c.state.Next)
	})
}

// hasEnded reports whether the record knows no process for this case and nobody
// waits for an answer: the case was archived, or its submission was refused.
func (c *caseRun) hasEnded(ctx workflow.Context) bool {
	carried := c.state.Found && c.state.State.HasProcess()
	return !carried && workflow.AllHandlersFinished(ctx)
}

func (c *caseRun) historyIsLong(ctx workflow.Context) bool {
	return workflow.GetInfo(ctx).GetContinueAsNewSuggested()
}

// continueAsNew refuses new acts, which their senders repeat, lets the accepted
// ones finish and starts over with nothing but the case's id.
func (c *caseRun) continueAsNew(ctx workflow.Context) error {
	c.draining = true
	err := workflow.Await(ctx, func() bool { return workflow.AllHandlersFinished(ctx) })
	if err != nil {
		return err
	}
	return workflow.NewContinueAsNewError(ctx, contract.CaseWorkflow, c.in)
}

// validate refuses, without a trace in the history, what is impossible in the
// state that the sender has seen too. Everything else is left to the handler.
func (c *caseRun) validate(_ workflow.Context, a contract.Act) error {
	if c.draining {
		return contract.RefusalError(model.Refuse(model.CodeDraining))
	}
	if !c.loaded || a.Version != c.state.Version {
		return nil
	}
	if _, refused := decide(c.state, a); refused != nil {
		return contract.RefusalError(refused)
	}
	return nil
}

func (c *caseRun) refuseWhileDraining(workflow.Context) error {
	if c.draining {
		return contract.RefusalError(model.Refuse(model.CodeDraining))
	}
	return nil
}

// act decides a step and has it recorded. The record may know more than this
// run, after a crash or a restored engine: then its snapshot is adopted and the
// step is decided once more.
func (c *caseRun) act(ctx workflow.Context, a contract.Act) (contract.Done, error) {
	unlock, err := c.lock(ctx)
	if err != nil {
		return contract.Done{}, err
	}
	defer unlock()

	refused, err := c.step(ctx, a)
	if err != nil {
		return contract.Done{}, err
	}
	if refused != nil {
		return contract.Done{}, contract.RefusalError(refused)
	}
	return contract.Done{Version: c.state.Version}, nil
}

// maxAdoptions bounds how often one act adopts a newer snapshot. Only this
// workflow moves the case, so that once is the rule.
const maxAdoptions = 5

func (c *caseRun) step(ctx workflow.Context, a contract.Act) (*model.Refusal, error) {
	for range maxAdoptions {
		t, refused := decide(c.state, a)
		if refused != nil && a.Version == c.state.Version {
			return refused, nil
		}
		if refused != nil {
			before := c.state.Version
			if err := c.load(ctx); err != nil {
				return nil, err
			}
			switch {
			case c.state.Version != before:
			case a.Exact:
				return model.Refuse(model.CodeStale), nil // what its sender saw is gone
			default:
				return refused, nil
			}
			continue
		}
		adopted, refused, err := c.record(ctx, t)
		if err != nil || refused != nil || !adopted {
			return refused, err
		}
	}
	return model.Refuse(model.CodeStale), nil
}

// sync reloads the case from the record and writes nothing.
func (c *caseRun) sync(ctx workflow.Context) (contract.Done, error) {
	unlock, err := c.lock(ctx)
	if err != nil {
		return contract.Done{}, err
	}
	defer unlock()
	if err := c.load(ctx); err != nil {
		return contract.Done{}, err
	}
	return contract.Done{Version: c.state.Version}, nil
}

// lock waits until the case is loaded and no other step is under way.
func (c *caseRun) lock(ctx workflow.Context) (func(), error) {
	if err := workflow.Await(ctx, func() bool { return c.loaded }); err != nil {
		return nil, err
	}
	if err := c.mutex.Lock(ctx); err != nil {
		return nil, err
	}
	return c.mutex.Unlock, nil
}

func (c *caseRun) load(ctx workflow.Context) error {
	var s model.Snapshot
	if err := touch(ctx, contract.LoadCase, c.in, &s); err != nil {
		return err
	}
	if s.Version >= c.state.Version {
		c.state = s
	}
	return nil
}

// record has a transition written and takes over what became of it. adopted is
// true when the record stood elsewhere and nothing was written: the step has to
// be decided again.
func (c *caseRun) record(ctx workflow.Context, t transition) (adopted bool, refused *model.Refusal, err error) {
	t.OrgID, t.CaseID = c.in.OrgID, c.in.CaseID
	var r model.Recorded
	if err := touch(ctx, contract.RecordTransition, t.Transition, &r); err != nil {
		return false, nil, err
	}
	switch {
	case r.Mismatch != nil:
		c.state = *r.Mismatch
		return true, nil, nil
	case r.Refused != nil:
		return false, r.Refused, nil
	case r.Replayed:
		return false, nil, c.load(ctx)
	}
	c.state = t.after
	c.state.Version = r.Version
	c.state.Conditions, c.state.OpenBeforeUse, c.state.Lapsed, c.state.Next = r.Conditions, r.OpenBeforeUse, r.Lapsed, r.Next
	return false, nil, nil
}
