package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"sluss/model"
	"sluss/model/calendar"
)

// How a person came to have a role.
const (
	sourceNamed        = "named"  // by the case's intake
	sourceActed        = "acted"  // by acting in the case
	sourceDeputy       = "deputy" // by acting in the case for somebody else; it keeps apart and gives no right
	sourceFormer       = "former" // by having been the case's project owner; it keeps apart and gives no right
	sourceOrganisation = ""       // in the organisation; never kept with a case
)

func (r *recorder) changeStages(ctx context.Context) error {
	rows := make([]stageRow, len(r.t.Changes.Stages))
	for i, st := range r.t.Changes.Stages {
		rows[i] = stageRow{
			OrgID: r.c.OrgID, CaseID: r.c.ID, Stage: st.Key, Requirement: st.Requirement, Raised: st.Raised,
			Status: st.Status, Result: st.Result, ScopeHash: st.Scope,
			Assess: st.Assess, PartHash: st.Part, Advice: st.Advice, Returns: st.Returns,
		}
		if h := r.command.Payload.HandIn; h != nil && h.Stage == st.Key {
			rows[i].PartRevision = h.Revision
		}
		switch st.Status {
		case model.StageOpen:
			rows[i].StartedAt = r.now
		case model.StageDone:
			rows[i].DoneAt = r.now
		}
	}
	return insert(ctx, r.store, r.q, `ON CONFLICT (org_id, case_id, stage) DO UPDATE SET
		requirement = EXCLUDED.requirement, raised = EXCLUDED.raised, status = EXCLUDED.status, result = EXCLUDED.result,
		scope_hash = EXCLUDED.scope_hash, assess = EXCLUDED.assess, part_hash = EXCLUDED.part_hash, advice = EXCLUDED.advice, returns = EXCLUDED.returns,
		part_revision = CASE WHEN EXCLUDED.part_hash = '' OR EXCLUDED.part_revision > 0
			THEN EXCLUDED.part_revision ELSE stages.part_revision END,
		started_at = COALESCE(EXCLUDED.started_at, stages.started_at),
		done_at = EXCLUDED.done_at`, rows...)
}

// closeTasks closes what was answered or cancelled, and what told of it is read.
func (r *recorder) closeTasks(ctx context.Context) error {
	var closed []string
	for _, t := range r.t.Changes.Closed {
		var task taskRef
		err := get(ctx, r.store, r.q, &task, `UPDATE tasks SET status = ?, outcome = ?, closed_at = ?
			WHERE org_id = ? AND case_id = ? AND stage = ? AND kind = ? AND round = ? RETURNING id`,
			t.Status, t.Outcome, r.now, r.c.OrgID, r.c.ID, t.Stage, t.Kind, t.Round)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("task %s of %s: %w", t.Kind, t.Stage, ErrNotFound)
		}
		if err != nil {
			return err
		}
		closed = append(closed, task.ID)
	}
	return r.store.readAnswered(ctx, r.q, r.c.OrgID, r.c.ID, closed, r.now)
}

// openTasks opens tasks, each with its person where the intake names one, its
// service time and a message to whom it concerns.
func (r *recorder) openTasks(ctx context.Context) error {
	keys := r.t.Changes.Opened
	if len(keys) == 0 {
		return nil
	}
	tasks := make([]taskRow, len(keys))
	for i, k := range keys {
		t, err := r.newTask(ctx, k)
		if err != nil {
			return err
		}
		if days, ok := r.daysFor(k); ok {
			last := calendar.Swedish.AddWorkingDays(r.today(), days)
			t.DueAt = r.setTaskTime(k.Subject(), k.Round, 0, last)
		}
		tasks[i] = t
		r.opened = append(r.opened, model.OpenedTask{ID: t.ID, TaskKey: k})
		r.tellTask(model.MessageAssigned, t)
	}
	return insert(ctx, r.store, r.q, "", tasks...)
}

// daysFor is how many working days a task has: its own, or those of its stage.
func (r *recorder) daysFor(k model.TaskKey) (int, bool) {
	days, ok := r.times[k.Subject()]
	if !ok {
		days, ok = r.times[string(k.Stage)]
	}
	return days, ok
}

func (r *recorder) newTask(ctx context.Context, k model.TaskKey) (taskRow, error) {
	stage, _ := model.Stage(k.Stage)
	spec, known := stage.Task(k.Kind)
	if !known {
		return taskRow{}, fmt.Errorf("task %s: %w", k.Subject(), ErrValue)
	}
	judged, err := r.judgedBy(ctx, k)
	if err != nil {
		return taskRow{}, err
	}
	if id, ok := k.Kind.Condition(); ok {
		c, err := r.condition(ctx, id)
		if err != nil {
			return taskRow{}, err
		}
		spec.Role = c.OwnerRole
	}
	assignee, err := "", error(nil)
	if unit, ok := k.Kind.Unit(); ok {
		assignee, err = r.ownerOf(ctx, unit)
	} else {
		assignee, err = r.namedFor(ctx, spec.Role)
	}
	if err == nil {
		assignee, err = r.present(ctx, spec.Role, assignee)
	}
	return taskRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Stage: k.Stage, Kind: k.Kind, Round: k.Round,
		Role: spec.Role, Status: model.TaskOpen, AssigneeID: assignee, Revision: judged.revision,
		ScopeHash: judged.scope, OpenedAt: r.now,
	}, err
}

// judged is what a task is about: the hash of all that it depends on, and the
// revision to read, of the stage's assessment where it has one and otherwise of
// the intake.
type judged struct {
	scope    string
	revision int
}

func (r *recorder) judgedBy(ctx context.Context, k model.TaskKey) (judged, error) {
	row, err := r.stageAfter(ctx, k.Stage)
	if err != nil {
		return judged{}, err
	}
	if row.PartHash == "" || k.Kind == model.TaskPrepare {
		return judged{row.ScopeHash, r.c.Revision}, nil
	}
	return judged{row.ScopeHash + "." + row.PartHash, row.PartRevision}, nil
}

// stageAfter returns what a stage depends on after the transition.
func (r *recorder) stageAfter(ctx context.Context, key model.StageKey) (stageRow, error) {
	h := r.command.Payload.HandIn
	for _, st := range r.t.Changes.Stages {
		switch {
		case st.Key != key:
		case st.Part == "":
			return stageRow{ScopeHash: st.Scope}, nil
		case h != nil && h.Stage == key:
			return stageRow{ScopeHash: st.Scope, PartHash: st.Part, PartRevision: h.Revision}, nil
		}
	}
	row := stageRow{}
	err := get(ctx, r.store, r.q, &row, `SELECT scope_hash, part_hash, part_revision FROM stages
		WHERE org_id = ? AND case_id = ? AND stage = ?`, r.c.OrgID, r.c.ID, key)
	return row, err
}

// namedFor returns the person whom the intake names for a role, or "".
func (r *recorder) namedFor(ctx context.Context, role model.Role) (string, error) {
	named := r.named
	if r.command.Payload.Submission == nil {
		var err error
		if named, err = r.namedBefore(ctx); err != nil {
			return "", err
		}
	}
	for _, p := range named {
		if p.Role == role {
			return p.PersonID, nil
		}
	}
	return "", nil
}

// present is who gets a task of a role in the case that would go to a person.
func (r *recorder) present(ctx context.Context, role model.Role, personID string) (string, error) {
	return r.store.present(ctx, r.q, taskOf{r.c.OrgID, r.c.ID, r.c.UnitID, role}, personID, r.now)
}

// readTimes reads the times that the rules give the case.
func (r *recorder) readTimes(context.Context) error {
	if err := json.Unmarshal([]byte(r.c.ServiceTimes), &r.times); err != nil {
		return fmt.Errorf("service times: %w", err)
	}
	if r.times == nil {
		r.times = map[string]int{}
	}
	return nil
}
