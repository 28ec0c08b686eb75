package store

import (
	"context"
	"fmt"
	"time"

	"sluss/model"
)

// closeTasks closes what was answered or cancelled with what waited for it, and what
// told of it is read.
func (r *incidentRecorder) closeTasks(ctx context.Context) error {
	var closed []string
	for _, c := range r.t.Changes.Closed {
		var rows []taskRef
		err := list(ctx, r.store, r.q, &rows, `UPDATE tasks SET status = ?, outcome = ?, closed_at = ?
			WHERE org_id = ? AND incident_id = ? AND kind = ? AND COALESCE(unit_id, '') = ? AND round = ? RETURNING id`,
			c.Status, c.Outcome, r.now, r.i.OrgID, r.i.ID, c.Kind, c.Unit, c.Round)
		if err != nil {
			return err
		}
		if len(rows) != 1 {
			return fmt.Errorf("task %s: %w", c.Kind, ErrNotFound)
		}
		if err := r.cancelDeadlines(ctx, rows[0].ID); err != nil {
			return err
		}
		closed = append(closed, rows[0].ID)
	}
	return r.store.readAnswered(ctx, r.q, r.i.OrgID, r.i.ID, closed, r.now)
}

func (r *incidentRecorder) cancelDeadlines(ctx context.Context, taskID string) error {
	cancelled, err := r.store.cancelTaskDeadlines(ctx, r.q, r.i.OrgID, taskID, r.now)
	r.cancelled = append(r.cancelled, cancelled...)
	return err
}

// cancelTaskDeadlines cancels what waits of a task.
func (s *Store) cancelTaskDeadlines(ctx context.Context, q queryer, orgID, taskID string, now time.Time) ([]string, error) {
	var rows []taskDeadlineRow
	err := list(ctx, s, q, &rows, `UPDATE task_deadlines SET cancelled_at = ?
		WHERE org_id = ? AND task_id = ? AND fired_at IS NULL AND cancelled_at IS NULL RETURNING id`, now, orgID, taskID)
	ids := make([]string, len(rows))
	for i, d := range rows {
		ids[i] = d.ID
	}
	return ids, err
}

// moveTasks gives the open tasks what corrected facts change: another text to
// judge, and another end of the time that counts from when something was known.
func (r *incidentRecorder) moveTasks(ctx context.Context) error {
	if !r.found || r.t.Changes.Facts == nil {
		return nil
	}
	tasks, err := r.store.incidentTasks(ctx, r.q, r.i.OrgID, r.i.ID)
	if err != nil {
		return err
	}
	for n := range tasks {
		t := &tasks[n]
		if t.Status != model.TaskOpen {
			continue
		}
		t.Revision, t.ScopeHash = int(r.i.Version), r.scope()
		due := t.DueAt
		if restsOnFacts(t.incidentKey()) {
			due = incidentDue(t.incidentKey(), r.facts, r.times, r.now)
		}
		if !due.Equal(t.DueAt) {
			t.DueAt = due
			if err := r.cancelDeadlines(ctx, t.ID); err != nil {
				return err
			}
			moved, err := r.timesMoved(ctx, t.ID)
			if err != nil {
				return err
			}
			r.setDeadline(followTask(t, r.now, "", moved, r.times))
		}
		if err := update(ctx, r.store, r.q, t); err != nil {
			return err
		}
	}
	return nil
}

// timesMoved is a number that no deadline of the task bears yet.
func (r *incidentRecorder) timesMoved(ctx context.Context, taskID string) (int, error) {
	var rows []taskDeadlineRow
	err := list(ctx, r.store, r.q, &rows, "SELECT id FROM task_deadlines WHERE org_id = ? AND task_id = ?", r.i.OrgID, taskID)
	return len(rows), err
}

// scope says which facts the open tasks are about: those of the version that last
// changed them.
func (r *incidentRecorder) scope() string { return fmt.Sprintf("v%d", r.i.Version) }

func (r *incidentRecorder) setDeadline(d *taskDeadlineRow) {
	if d == nil {
		return
	}
	r.due = append(r.due, model.Due{ID: d.ID, At: d.DueAt})
	r.deadlines = append(r.deadlines, *d)
}

// openTasks opens tasks, each with its person, its time and a message.
func (r *incidentRecorder) openTasks(ctx context.Context) error {
	var tasks []taskRow
	for _, k := range r.t.Changes.Opened {
		spec, known := model.IncidentTaskOf(k.Kind)
		if !known {
			return fmt.Errorf("task %s: %w", k.Kind, ErrValue)
		}
		t := taskRow{
			OrgID: r.i.OrgID, ID: model.NewID(), IncidentID: r.i.ID, UnitID: k.Unit, Stage: model.StageIncident, Kind: k.Kind,
			Round: k.Round, Role: spec.Role, Status: model.TaskOpen, Revision: int(r.i.Version), ScopeHash: r.scope(),
			OpenedAt: r.now, DueAt: incidentDue(k, r.facts, r.times, r.now),
		}
		holder, err := r.holderOf(ctx, spec, k.Unit)
		if err != nil {
			return err
		}
		if t.AssigneeID, err = r.store.present(ctx, r.q, taskOf{r.i.OrgID, "", k.Unit, spec.Role}, holder, r.now); err != nil {
			return err
		}
		r.setDeadline(followTask(&t, r.now, "", 0, r.times))
		r.opened = append(r.opened, t.ID)
		r.tellTask(model.MessageAssigned, &t)
		tasks = append(tasks, t)
	}
	return insert(ctx, r.store, r.q, "", tasks...)
}

// holderOf is who has a task: the information owner of the unit, or the one who
// leads the incident; "" for everybody with the task's role.
func (r *incidentRecorder) holderOf(ctx context.Context, spec model.IncidentTaskSpec, unit string) (string, error) {
	switch {
	case spec.Role != model.RoleInformationOwner:
		return "", nil
	case unit == "":
		return r.i.LeadID, nil
	}
	if r.i.CaseID != "" {
		var rows []caseRow
		err := list(ctx, r.store, r.q, &rows, "SELECT unit_id FROM cases WHERE org_id = ? AND id = ?", r.i.OrgID, r.i.CaseID)
		if err != nil {
			return "", err
		}
		if len(rows) == 1 && rows[0].UnitID == unit && r.i.LeadID != "" {
			return r.i.LeadID, nil
		}
	}
	return r.store.unitOwner(ctx, r.q, r.i.OrgID, unit)
}

// fireDeadline notes that a deadline has fallen due, sets the one that follows it
// and wakes whom it concerns.
func (r *incidentRecorder) fireDeadline(ctx context.Context) error {
	d := r.deadline
	if d == nil {
		return nil
	}
	d.FiredAt, d.Late = r.now, r.now.Sub(d.DueAt) > LateAfter
	if err := update(ctx, r.store, r.q, d); err != nil {
		return err
	}
	t, err := r.store.taskElsewhere(ctx, r.q, r.i.OrgID, d.TaskID)
	if err != nil {
		return err
	}
	moved, err := r.timesMoved(ctx, t.ID)
	if err != nil {
		return err
	}
	r.setDeadline(followTask(t, d.Since, d.Kind, moved, r.times))
	if d.Kind != model.DeadlineDue {
		r.tellTask(model.MessageReminder, t)
		return nil
	}
	spec, _ := model.IncidentTaskOf(t.Kind)
	also := []model.Role{model.RoleAdministrator}
	if spec.Law {
		also = append(also, model.RoleCISO, model.RoleDPO)
	}
	r.tellTask(model.MessageDue, t, also...)
	return nil
}

func (r *incidentRecorder) writeDeadlines(ctx context.Context) error {
	return insert(ctx, r.store, r.q, "", r.deadlines...)
}

// tellThoseInCharge tells at once, at any hour, of an incident with personal data or
// of high severity: the CISO, the DPO, and the information owner of every affected
// unit (rulebook 9.5, GV-20). A correction that makes it one is told of too.
func (r *incidentRecorder) tellThoseInCharge(ctx context.Context) error {
	facts := r.t.Changes.Facts
	before := r.payload().Correction != nil && r.told
	if facts == nil || !facts.AtOnce() || before || r.payload().Decision != nil {
		return nil
	}
	to := []model.Recipient{{Role: model.RoleCISO}, {Role: model.RoleDPO}}
	owners := map[string]bool{}
	add := func(id string) {
		if id != "" && !owners[id] {
			owners[id] = true
			to = append(to, model.Recipient{PersonID: id})
		}
	}
	add(r.i.LeadID)
	for _, u := range facts.Units {
		owner, err := r.store.unitOwner(ctx, r.q, r.i.OrgID, u.ID)
		if err != nil {
			return err
		}
		add(owner)
	}
	if len(owners) == 0 {
		to = append(to, model.Recipient{Role: model.RoleInformationOwner})
	}
	r.tell(model.MessageIncident, "", to...)
	return nil
}

// tell leaves a message about the incident for each of the recipients, as for a
// case.
func (r *incidentRecorder) tell(kind model.MessageKind, task string, to ...model.Recipient) {
	for _, who := range to {
		r.messages = append(r.messages, outboxRow{
			OrgID: r.i.OrgID, ID: model.NewID(), IncidentID: r.i.ID, Seq: r.i.Seq + 1, Kind: kind,
			TaskID: task, Role: who.Role, PersonID: who.PersonID, ActorID: r.command.ActorID, CreatedAt: r.now,
		})
	}
}

// tellTask is tell for whoever has a task, and for everybody with further roles.
func (r *incidentRecorder) tellTask(kind model.MessageKind, t *taskRow, also ...model.Role) {
	to := []model.Recipient{{PersonID: t.AssigneeID}}
	if t.AssigneeID == "" {
		to[0].Role = t.Role
	}
	for _, role := range also {
		if role != to[0].Role {
			to = append(to, model.Recipient{Role: role})
		}
	}
	r.tell(kind, t.ID, to...)
}

func (r *incidentRecorder) sendMessages(ctx context.Context) error {
	return insert(ctx, r.store, r.q, "", r.messages...)
}

// incidentTasks reads the tasks of an incident in the order in which they opened.
func (s *Store) incidentTasks(ctx context.Context, q queryer, orgID, incidentID string) ([]taskRow, error) {
	var rows []taskRow
	err := list(ctx, s, q, &rows, "SELECT "+columns[taskRow](s)+` FROM tasks
		WHERE org_id = ? AND incident_id = ? ORDER BY opened_at, id`, orgID, incidentID)
	return rows, err
}

// taskElsewhere reads a task that belongs to no case.
func (s *Store) taskElsewhere(ctx context.Context, q queryer, orgID, id string) (*taskRow, error) {
	t := new(taskRow)
	return t, get(ctx, s, q, t, "SELECT "+columns[taskRow](s)+` FROM tasks
		WHERE org_id = ? AND id = ? AND case_id IS NULL`, orgID, id)
}
