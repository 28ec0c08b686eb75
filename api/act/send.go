package act

import (
	"context"
	"errors"
	"log/slog"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"sluss/model"
	"sluss/model/failpoint"
	"sluss/model/store"
	"sluss/workflows/contract"
)

const (
	// retryEvery is the pause before an act is sent again to a case that is
	// about to continue as new, and before a row is looked at again.
	retryEvery = 50 * time.Millisecond
	// maxEvaluations bounds how often one act is evaluated anew because the day
	// or the text changed under it.
	maxEvaluations = 3
	// taskTimeout is how long a case waits for a worker that has died in the
	// middle of its first act, before another one takes over. Four fifths of it
	// have to be longer than the attempt at recording within a task.
	taskTimeout = 3 * time.Second
)

// carry sends a stored command until it is recorded or refused, or until the
// deadline, and answers from its row. Callers who carry the same command at the
// same time share one trip. version is that of the case as it was read for the
// command, or unread.
func (s *Service) carry(ctx context.Context, c model.Command, version int64, deadline time.Time) (Answer, error) {
	failpoint.Hit(failpoint.CommandStored)
	ctx, cancel := context.WithDeadline(ctx, deadline)
	defer cancel()
	trip := s.resend.join(ctx, c.ID, func() result {
		answer, err := s.travel(ctx, c, version)
		return result{answer, err}
	})
	failpoint.Hit(failpoint.BeforeAnswer)
	return trip.answer, trip.err
}

func (s *Service) travel(ctx context.Context, c model.Command, version int64) (Answer, error) {
	for range maxEvaluations {
		run, refused := s.deliver(ctx, c, version)
		if refused != nil && refused.Code == model.CodeReevaluate {
			renewed, err := s.renew(ctx, c)
			if errors.Is(err, errAgain) {
				return Answer{}, err
			}
			if err != nil {
				return s.settle(ctx, c, err)
			}
			c, version = renewed, unread
			continue
		}
		if refused != nil {
			return s.settle(ctx, c, refused)
		}
		answer, err := s.await(ctx, c, run)
		if !errors.Is(err, errAhead) {
			return answer, err
		}
		version = unread
	}
	return s.settle(ctx, c, model.Refuse(model.CodeStale))
}

// deliver sends the act to the case until it is decided or nobody waits any more.
// It returns the refusal, or the run that says that the act was recorded, "" when
// nothing is known about it.
func (s *Service) deliver(ctx context.Context, c model.Command, version int64) (run string, refused *model.Refusal) {
	for ; ; version = unread {
		run, err := s.deliverOnce(ctx, c, version)
		if err == nil {
			return run, nil
		}
		refused := contract.RefusalIn(err)
		if refused != nil && refused.Code != model.CodeDraining {
			return "", refused
		}
		if refused == nil {
			s.log.WarnContext(ctx, "act not confirmed", slog.String("case_id", c.CaseID),
				slog.String("command_id", c.ID), slog.String("class", classOf(err)))
			if s.isOver(ctx, c) {
				return "", nil
			}
		}
		if !pause(ctx, retryEvery) {
			return "", nil
		}
	}
}

// deliverOnce sends the act with the version of the case, or of the incident, that
// its sender has seen, and returns the run that took it.
func (s *Service) deliverOnce(ctx context.Context, c model.Command, version int64) (run string, err error) {
	if c.Kind.OfIncident() {
		return s.deliverToIncident(ctx, c, version)
	}
	if version == unread {
		found, err := s.caseOf(ctx, c.OrgID, c.CaseID)
		if err != nil {
			return "", err
		}
		version = found.Version
	}
	return s.update(ctx, caseTarget(c.OrgID, c.CaseID), contract.ActUpdate, c.ID, actOf(c, version))
}

// target is a workflow that an update is sent to, and how it is started where
// there is none.
type target struct {
	id, workflow string
	input        any
}

func caseTarget(orgID, caseID string) target {
	return target{contract.CaseWorkflowID(caseID), contract.CaseWorkflow, contract.CaseInput{OrgID: orgID, CaseID: caseID}}
}

// isOver reports whether a command has been recorded or ended, whatever its
// sender was told.
func (s *Service) isOver(ctx context.Context, c model.Command) bool {
	done, _, _, err := s.store.Outcome(ctx, c.OrgID, c.ID)
	return errors.Is(err, store.ErrNotFound) || err == nil && done
}

// targetOf is the process that a command is sent to.
func targetOf(c model.Command) target {
	if c.Kind.OfIncident() {
		return incidentTarget(c.OrgID, c.CaseID)
	}
	return caseTarget(c.OrgID, c.CaseID)
}

// update sends an update to a process, starts it first where there is none, and returns
// the run that took it: a lost process comes back at its first touch.
func (s *Service) update(ctx context.Context, p target, name, id string, args ...any) (run string, err error) {
	start := s.temporal.NewWithStartWorkflowOperation(client.StartWorkflowOptions{
		ID:                       p.id,
		TaskQueue:                contract.TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enumspb.WORKFLOW_ID_REUSE_POLICY_ALLOW_DUPLICATE,
		WorkflowTaskTimeout:      taskTimeout,
	}, p.workflow, p.input)
	handle, err := s.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
		StartWorkflowOperation: start,
		UpdateOptions: client.UpdateWorkflowOptions{
			UpdateID: id, UpdateName: name, Args: args, WaitForStage: client.WorkflowUpdateStageCompleted,
		},
	})
	if err != nil {
		return "", err
	}
	return handle.RunID(), handle.Get(ctx, nil)
}

// actOf is the message that a command becomes: codes only.
func actOf(c model.Command, version int64) contract.Act {
	a := contract.Act{CommandID: c.ID, Kind: c.Kind, Version: version, Exact: c.Payload.IfVersion != nil}
	if d := c.Payload.Decision; d != nil {
		a.Task, a.Outcome, a.Target, a.Head = &d.Task, d.Outcome, d.Target, d.Head
		a.Conditions, a.StopUse = len(d.Conditions)-d.Replaces, d.StopUse
	}
	if d := c.Payload.Joint; d != nil {
		a.Joint, a.JointOutcome = &d.Task, d.Outcome
	}
	if r := c.Payload.Raise; r != nil {
		a.Stage, a.Requirement, a.Assess = r.Stage, r.Requirement, r.Assess
	}
	if h := c.Payload.HandIn; h != nil {
		a.Stage, a.Part, a.Advice = h.Stage, h.Hash[:model.ScopeLen], h.Advice
	}
	if v := c.Payload.Verification; v != nil {
		a.Condition = v.ConditionID
	}
	if x := c.Payload.Consult; x != nil {
		a.Consult = x.Event
	}
	if x := c.Payload.Extension; x != nil {
		a.Task = x.Task
	}
	p := c.Payload
	a.Role, a.Rules, a.Reopen, a.Unchanged, a.HoldsUse = p.Role, p.Rules, p.Reopen, p.Unchanged, p.HoldsUse
	if e := c.Evaluation; e != nil {
		plan := e.Plan
		if c.Payload.Submission == nil && !e.Replan {
			plan = model.Plan{Outcome: plan.Outcome, HardStops: plan.HardStops, Blockers: plan.Blockers, InUse: plan.InUse}
		}
		a.Plan = &plan
	}
	return a
}

// classOf names the kind of an error, without what it says.
func classOf(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "timeout"
	case errors.Is(err, context.Canceled):
		return "cancelled"
	}
	var app *temporal.ApplicationError
	if errors.As(err, &app) {
		return "application"
	}
	return "engine"
}

// settle ends a refused command before anybody is answered. When it turns out to
// be recorded after all, its answer holds.
func (s *Service) settle(ctx context.Context, c model.Command, refused error) (Answer, error) {
	ended, err := s.store.EndCommand(ctx, c.OrgID, c.ID)
	if err != nil {
		return Answer{}, model.Refuse(model.CodePending)
	}
	if ended {
		return Answer{}, refused
	}
	_, status, answer, err := s.store.Outcome(ctx, c.OrgID, c.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return Answer{}, s.orAgain(ctx, c, refused)
	case err != nil:
		return Answer{}, model.Refuse(model.CodePending)
	}
	return answerOf(status, answer)
}

// orAgain is what a command was refused with, unless another process goes on with the
// same request under another id: then nothing is refused yet.
func (s *Service) orAgain(ctx context.Context, c model.Command, refused error) error {
	_, err := s.store.CommandByKey(ctx, c.OrgID, c.RequestKey)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return refused
	case err != nil:
		return model.Refuse(model.CodePending)
	}
	return errAgain
}

// errAhead says that a process which knew of an act that the record has not is ended: the
// act is sent again.
var errAhead = errors.New("the process was ahead of the record")

// await reads the answer from the command's row until the caller's time is over. What a
// run says it has recorded, "" for none, is in the record, unless that was put back from
// before: then the run is ended, as in reconcile.
func (s *Service) await(ctx context.Context, c model.Command, run string) (Answer, error) {
	for {
		done, status, answer, err := s.store.Outcome(ctx, c.OrgID, c.ID)
		switch {
		case err == nil && done:
			if run != "" {
				s.acks.add(c.OrgID, c.ID)
			}
			return answerOf(status, answer)
		case errors.Is(err, store.ErrNotFound):
			return Answer{}, errAgain
		case err == nil && run != "":
			s.log.WarnContext(ctx, "act not in the record", slog.String("case_id", c.CaseID), slog.String("command_id", c.ID))
			if s.end(ctx, targetOf(c), run, ahead) == nil {
				return Answer{}, errAhead
			}
		}
		if !pause(ctx, retryEvery) {
			return Answer{}, model.Refuse(model.CodePending)
		}
	}
}

// renew evaluates a command again whose evaluation is of another day or another
// text, and gives it a new id to be sent under. It returns errAgain when another
// process has done so or ended the command.
func (s *Service) renew(ctx context.Context, c model.Command) (model.Command, error) {
	e, err := s.reevaluate(ctx, c)
	if err != nil {
		return c, err
	}
	id := model.NewID()
	switch err := s.store.RenewCommand(ctx, c.OrgID, c.ID, id, e); {
	case errors.Is(err, store.ErrNotFound):
		return c, errAgain
	case err != nil:
		return c, err
	}
	c.ID, c.Evaluation = id, e
	return c, nil
}

// pause waits and reports whether there is time left.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}
