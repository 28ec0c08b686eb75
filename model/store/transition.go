package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/clock"
	"sluss/model/failpoint"
)

// Record writes a transition, in one transaction: it locks the case, looks the
// command up, compares the version, checks what only the record knows, and then
// writes the rows, the events, the new version and the command's answer.
//
// A command that has been recorded before, by an attempt that was given up and
// committed all the same, is answered without writing. A refusal ends the
// command in the same transaction. So does, in a second one, what the record can
// never hold: trying again would not help, and the case would wait for ever. An
// error means that nothing is known to have been written, and that trying again
// is harmless.
func (s *Store) Record(ctx context.Context, t model.Transition, now time.Time) (model.Recorded, error) {
	now = clock.Normalise(now)
	var out model.Recorded
	err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
		r := &recorder{store: s, q: q, t: t, now: now}
		var err error
		if out, err = r.record(ctx); err != nil {
			return err
		}
		failpoint.Hit(failpoint.BeforeCommit)
		return nil
	})
	refused := refusedBy(err)
	if refused != nil && t.Kind != model.ActFireDeadline {
		s.log.ErrorContext(ctx, "command cannot be recorded", slog.String("case_id", t.CaseID),
			slog.String("command_id", t.CommandID), slog.String("class", err.Error()))
		out, err = s.refuseHopeless(ctx, t, refused)
	}
	if err != nil {
		return model.Recorded{}, fmt.Errorf("record transition: %w", err)
	}
	failpoint.Hit(failpoint.AfterCommit)
	return out, nil
}

// refusedBy is the refusal of what the record will never hold, however often it is
// tried, or nil.
func refusedBy(err error) *model.Refusal {
	var refused *model.Refusal
	switch {
	case errors.As(err, &refused):
		return refused
	case hopeless(err):
		return model.Refuse(model.CodeInvalid)
	}
	return nil
}

func (s *Store) refuseHopeless(ctx context.Context, t model.Transition, refused *model.Refusal) (out model.Recorded, err error) {
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		r := &recorder{store: s, q: q, t: t}
		var over bool
		if out, over, err = r.lock(ctx); err != nil || over {
			return err
		}
		out, err = r.refuse(ctx, refused)
		return err
	})
	return out, err
}

// recorder is one attempt at recording a transition.
type recorder struct {
	store *Store
	q     queryer
	t     model.Transition
	now   time.Time

	c        *caseRow
	command  model.Command
	task     *taskRow
	joint    *taskRow
	deadline *deadlineRow
	involved []involvedRow
	journal  journal
	// rewritten is true when the case's row changes in what is not the process's.
	rewritten bool

	// What the events will say.
	decisionID string
	jointID    string
	outcome    model.Outcome
	named      []model.CasePerson
	conditions []conditionRow
	// waivedByOther is true when the other of the two has waived the condition.
	waivedByOther bool
	registerID    string
	consulted     *model.ConsultationCodes
	opened        []model.OpenedTask
	due           []model.Due
	cancelled     []string

	// times are those that the rules give the case, by name.
	times     map[string]int
	deadlines []deadlineRow
	messages  []outboxRow
}

func (r *recorder) record(ctx context.Context) (model.Recorded, error) {
	out, over, err := r.lock(ctx)
	if err != nil || over {
		return out, err
	}
	if r.c.Version != r.t.Expect {
		snap, err := r.store.snapshotOf(ctx, r.q, r.c)
		return model.Recorded{Mismatch: &snap}, err
	}
	refused, err := r.check(ctx)
	if err != nil {
		return model.Recorded{}, err
	}
	if refused != nil {
		return r.refuse(ctx, refused)
	}
	if err := r.write(ctx); err != nil {
		return model.Recorded{}, err
	}
	next, err := r.store.nextDeadline(ctx, r.q, r.c.OrgID, r.c.ID)
	return model.Recorded{
		Version: r.c.Version, Conditions: r.c.Conditions, OpenBeforeUse: r.c.OpenBeforeUse, Lapsed: r.c.Lapsed, Next: next,
	}, err
}

// lock locks the case and then reads the command, or the deadline, that the
// transition comes from. over is true when there is nothing left to do.
func (r *recorder) lock(ctx context.Context) (out model.Recorded, over bool, err error) {
	r.c, err = r.store.selectCase(ctx, r.q, r.t.OrgID, r.t.CaseID, r.store.forUpdate())
	switch {
	case errors.Is(err, sql.ErrNoRows) && r.t.Kind == model.ActFireDeadline:
		return model.Recorded{Mismatch: &model.Snapshot{}}, true, nil // nobody waits, and its process shall end
	case errors.Is(err, sql.ErrNoRows):
		return model.Recorded{Refused: model.Refuse(model.CodeEnded)}, true, nil
	case err != nil:
		return out, false, err
	case r.t.Kind == model.ActFireDeadline:
		return r.findDeadline(ctx)
	}
	return r.findCommand(ctx)
}

// findCommand holds the command's row: nobody may end it or send it under
// another id while it is being recorded.
func (r *recorder) findCommand(ctx context.Context) (out model.Recorded, over bool, err error) {
	var row commandRow
	err = get(ctx, r.store, r.q, &row, "SELECT "+columns[commandRow](r.store)+` FROM commands
		WHERE org_id = ? AND id = ? AND case_id = ?`+r.store.forUpdate(), r.t.OrgID, r.t.CommandID, r.t.CaseID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Recorded{Refused: model.Refuse(model.CodeEnded)}, true, nil
	case err != nil:
		return out, false, err
	case row.isDone():
		return model.Recorded{Replayed: true}, true, nil
	}
	r.command, err = row.command()
	return out, false, err
}

func (r *recorder) findDeadline(ctx context.Context) (out model.Recorded, over bool, err error) {
	r.deadline = new(deadlineRow)
	err = get(ctx, r.store, r.q, r.deadline, "SELECT "+columns[deadlineRow](r.store)+` FROM deadlines
		WHERE org_id = ? AND id = ? AND case_id = ?`, r.t.OrgID, r.t.Deadline, r.t.CaseID)
	switch d := r.deadline; {
	case errors.Is(err, sql.ErrNoRows):
		return model.Recorded{Replayed: true}, true, nil
	case err != nil:
		return out, false, err
	case !d.FiredAt.IsZero(), !d.CancelledAt.IsZero(), d.DueAt.After(r.now):
		return model.Recorded{Replayed: true}, true, nil
	}
	r.command = model.Command{OrgID: r.t.OrgID, ID: r.t.CommandID, CaseID: r.t.CaseID, ActorID: model.System}
	return out, false, nil
}

// refuse ends the command, so that it can never be recorded later and its key is
// free again. A command whose evaluation is too old stays: its sender evaluates
// again.
func (r *recorder) refuse(ctx context.Context, refused *model.Refusal) (model.Recorded, error) {
	if refused.Code != model.CodeReevaluate {
		if _, err := r.store.endCommand(ctx, r.q, r.t.OrgID, r.t.CommandID); err != nil {
			return model.Recorded{}, err
		}
	}
	return model.Recorded{Refused: refused}, nil
}

// write writes everything that the transition changes.
func (r *recorder) write(ctx context.Context) error {
	if len(r.t.Steps) == 0 || r.joint != nil && len(r.t.Steps) == 1 {
		return fmt.Errorf("a transition without events: %w", ErrValue)
	}
	r.journal = journal{c: r.c, actorID: r.command.ActorID, commandID: r.t.CommandID, at: r.now}
	r.c.Version++
	for _, step := range []func(context.Context) error{
		r.readTimes, r.cancelDeadlines, r.takeSubmission, r.takeProduct, r.takeEvaluation, r.takeRaise, r.takeHandIn, r.takeDecision, r.noteActor, r.takeFacts,
		r.addTemplates, r.dropConditions, r.takeVerification, r.takeWaiver, r.takeExtension, r.takeConsultation, r.fireDeadline,
		r.comeIntoUse, r.takeInterim, r.takeRegister, r.changeStages, r.closeTasks, r.openTasks, r.setReplyDeadline,
		r.tellNews, r.writeDeadlines, r.sendMessages, r.writeEvents, r.updateCase, r.answerCommand,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *recorder) today() calendar.Date { return calendar.Today(r.now) }

// actingRole is the function in which the command's actor acts, or "" where the
// act needs none.
func (r *recorder) actingRole() model.Role {
	d := r.command.Payload.Decision
	switch {
	case d != nil && d.Role != "":
		return d.Role
	case r.task != nil:
		return r.task.Role
	case r.command.Payload.Raise != nil:
		return r.command.Payload.Raise.Role
	case r.command.Payload.HandIn != nil:
		return r.command.Payload.HandIn.Role
	case r.command.Payload.Waiver != nil:
		return r.command.Payload.Waiver.Role
	case r.command.Payload.Role != "":
		return r.command.Payload.Role
	case r.t.Kind == model.ActActivate:
		return model.RoleSystemOwner
	case r.t.Kind == model.ActArchive:
		return model.RoleRegistrar
	case r.t.Kind == model.ActVerifyCondition, r.t.Kind == model.ActFireDeadline:
		return ""
	}
	return model.RoleProjectOwner
}

// updateCase writes the case's row with its new version and the end of its
// chain, and the rest of it where that has changed too.
func (r *recorder) updateCase(ctx context.Context) error {
	c, ch := r.c, r.t.Changes
	if ch.State != "" {
		c.State = ch.State
	}
	if ch.Tier != "" {
		c.Tier = ch.Tier
	}
	if ch.Mode != "" {
		c.Mode = ch.Mode
	}
	if ch.Target != nil {
		c.Target = *ch.Target
	}
	if ch.HardStops != nil {
		c.HardStops = *ch.HardStops
	}
	if ch.Blockers != nil {
		c.Blockers = *ch.Blockers
	}
	if ch.Covered != nil {
		c.Covered = *ch.Covered
	}
	if ch.InUse != nil {
		text, err := json.Marshal(ch.InUse)
		if err != nil {
			return fmt.Errorf("in use: %w", err)
		}
		c.InUse = string(text)
	}
	c.UpdatedAt = r.now
	if r.rewritten {
		return update(ctx, r.store, r.q, c)
	}
	return r.store.execOne(ctx, r.q, `UPDATE cases SET state = ?, seq = ?, version = ?, last_hash = ?, tier = ?, mode = ?,
		target = ?, hard_stops = ?, blockers = ?, conditions = ?, open_before_use = ?, lapsed = ?, returns_count = ?,
		in_use = ?, valid_until = ?, interim_until = ?, covered = ?, updated_at = ?
		WHERE org_id = ? AND id = ?`, c.State, c.Seq, c.Version, c.LastHash, c.Tier, c.Mode,
		c.Target, c.HardStops, c.Blockers, c.Conditions, c.OpenBeforeUse, c.Lapsed, c.ReturnsCount,
		c.InUse, c.ValidUntil, c.InterimUntil, c.Covered, c.UpdatedAt, c.OrgID, c.ID)
}

// answerCommand stores the answer that every later request for this command
// gets. A deadline has no command.
func (r *recorder) answerCommand(ctx context.Context) error {
	if r.deadline != nil {
		return nil
	}
	receipt := model.Receipt{
		CaseID: r.c.ID, RegistryNo: r.c.RegistryNo, State: r.c.State, Version: r.c.Version, Seq: r.c.Seq,
		DecisionID: r.decisionID, RecordedAt: r.now.Format(time.RFC3339Nano),
	}
	if r.task != nil {
		receipt.TaskID = r.task.ID
	}
	if len(r.conditions) == 1 && r.task == nil {
		receipt.ConditionID = r.conditions[0].ID
	}
	answer, err := json.Marshal(receipt)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return r.store.execOne(ctx, r.q, `UPDATE commands SET state = 'done', status = 200, answer = ?, done_at = ?
		WHERE org_id = ? AND id = ?`, string(answer), r.now, r.command.OrgID, r.command.ID)
}
