package store

import (
	"context"
	"errors"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// AssignTask gives an open task to a person, or to nobody when assignee is "".
// It refuses when the task is closed, or is not the expected person's any more.
func (s *Store) AssignTask(ctx context.Context, orgID, taskID, actorID, expect, assignee string, now time.Time) error {
	return s.assignTask(ctx, orgID, taskID, actorID, nil, expect, assignee, now)
}

// AssignTaskFor is AssignTask by the deputy of whom the task becomes, or was. The
// delegation must hold for it.
func (s *Store) AssignTaskFor(ctx context.Context, orgID, taskID, actorID string, by model.OnBehalf, expect, assignee string, now time.Time) error {
	return s.assignTask(ctx, orgID, taskID, actorID, &by, expect, assignee, now)
}

func (s *Store) assignTask(ctx context.Context, orgID, taskID, actorID string, by *model.OnBehalf, expect, assignee string, now time.Time) error {
	now = clock.Normalise(now)
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		t, h, err := s.lockTask(ctx, q, orgID, taskID)
		switch {
		case err != nil:
			return err
		case t.AssigneeID == assignee:
			return nil
		case t.AssigneeID != expect:
			return model.Refuse(model.CodeTaskTaken)
		}
		if by != nil {
			refused, err := s.checkDelegation(ctx, q, by, actorID, t, h.unitID(t), now)
			if refused == nil && err == nil {
				refused, err = s.keptFromTask(ctx, q, *t, actorID, by.PersonID)
			}
			if refused != nil || err != nil {
				return errors.Join(err, asError(refused))
			}
		}
		t.AssigneeID = assignee
		if err := update(ctx, s, q, t); err != nil {
			return err
		}
		kind := model.EventTaskClaimed
		switch {
		case assignee == "":
			kind = model.EventTaskReleased
		case assignee != actorID && by == nil:
			kind = model.EventTaskReassigned
		}
		return s.noteAssignment(ctx, q, h, kind, t, model.EventData{Assignee: assignee, For: by}, actorID, "", now)
	})
}

// Reassignment is what an administrator decides about somebody else's task (SOD-06).
type Reassignment struct {
	OrgID, TaskID, ActorID string
	// To is who gets the task, without a PersonID for nobody.
	To model.Actor
	// From is who had it when the administrator looked.
	From   string
	Reason string
}

// Reassign gives an open task to somebody else, who has its role and whom nothing
// keeps from it, with the reason (SOD-06), and tells them. It refuses when the task is
// closed or somebody else's by now, and when whoever asks administers no more.
func (s *Store) Reassign(ctx context.Context, r Reassignment, now time.Time) error {
	now = clock.Normalise(now)
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		t, h, err := s.lockTask(ctx, q, r.OrgID, r.TaskID)
		switch {
		case err != nil:
			return err
		case t.AssigneeID != r.From:
			return model.Refuse(model.CodeStale)
		case t.AssigneeID == r.To.PersonID:
			return model.Refuse(model.CodeUnchanged, "SOD-06")
		}
		refused, err := s.holdsNow(ctx, q, r.OrgID, r.ActorID, model.RoleAdministrator)
		if refused == nil && err == nil && r.To.PersonID != "" {
			refused, err = s.mayHave(ctx, q, *t, h.unitID(t), r.To)
		}
		if err != nil {
			return err
		}
		if refused != nil {
			return refused
		}
		t.AssigneeID = r.To.PersonID
		if err := update(ctx, s, q, t); err != nil {
			return err
		}
		err = insert(ctx, s, q, "", reassignmentRow{
			OrgID: r.OrgID, ID: model.NewID(), TaskID: t.ID, FromID: r.From, ToID: r.To.PersonID, ByID: r.ActorID, Reason: r.Reason, ReassignedAt: now,
		})
		if err != nil {
			return err
		}
		data := model.EventData{Assignee: r.To.PersonID, Role: model.RoleAdministrator, Rules: []string{"SOD-06"}}
		return s.noteAssignment(ctx, q, h, model.EventTaskReassigned, t, data, r.ActorID, r.Reason, now)
	})
}

// MayHave says why somebody cannot be given a task, nil when they can. unitID is the
// unit of its case.
func (s *Store) MayHave(ctx context.Context, t Task, unitID string, to model.Actor) (*model.Refusal, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	row := taskRow{OrgID: t.OrgID, ID: t.ID, CaseID: t.CaseID, UnitID: t.UnitID, Stage: t.Key.Stage, Kind: t.Key.Kind, Role: t.Role}
	refused, err := s.mayHave(ctx, direct{s.read.DB}, row, unitID, to)
	return refused, over(ctx, err)
}

// holder is what a task belongs to, locked: a case, an incident, or neither.
type holder struct {
	c *caseRow
	i *incidentRow
}

// unitID is the unit of the case, or of a task that belongs to none.
func (h holder) unitID(t *taskRow) string {
	if h.c != nil {
		return h.c.UnitID
	}
	return t.UnitID
}

// lockTask locks what an open task belongs to, and the task.
func (s *Store) lockTask(ctx context.Context, q queryer, orgID, taskID string) (t *taskRow, h holder, err error) {
	t = new(taskRow)
	const byID = " FROM tasks WHERE org_id = ? AND id = ?"
	if err := get(ctx, s, q, t, "SELECT case_id, incident_id"+byID, orgID, taskID); err != nil {
		return t, h, err
	}
	switch {
	case t.CaseID != "":
		h.c, err = s.selectCase(ctx, q, orgID, t.CaseID, s.forUpdate())
	case t.IncidentID != "":
		h.i, err = s.selectIncident(ctx, q, orgID, t.IncidentID, s.forUpdate())
	}
	if err == nil {
		err = get(ctx, s, q, t, "SELECT "+columns[taskRow](s)+byID+s.forUpdate(), orgID, taskID)
	}
	if err == nil && t.Status != model.TaskOpen {
		err = model.Refuse(model.CodeTaskClosed)
	}
	return t, h, err
}

// noteAssignment writes the event of an assignment, and tells who was given the task
// by somebody else.
func (s *Store) noteAssignment(ctx context.Context, q queryer, h holder, kind model.EventKind, t *taskRow, data model.EventData, actorID, reason string, now time.Time) error {
	data.TaskID, data.Task = t.ID, &model.TaskKey{Stage: t.Stage, Kind: t.Kind, Round: t.Round}
	texts := map[string]string{"reason": reason}
	told := outboxRow{
		OrgID: t.OrgID, ID: model.NewID(), CaseID: t.CaseID, IncidentID: t.IncidentID, Kind: model.MessageAssigned,
		TaskID: t.ID, PersonID: t.AssigneeID, ActorID: actorID, CreatedAt: now,
	}
	switch {
	case h.c != nil:
		j := journal{c: h.c, actorID: actorID, at: now}
		if err := j.add(kind, data, texts); err != nil {
			return err
		}
		if err := s.endPlain(ctx, q, &j); err != nil {
			return err
		}
		told.Seq = h.c.Seq
	case h.i != nil:
		if err := s.addIncidentEvent(ctx, q, h.i, kind, actorID, "", now, data, texts); err != nil {
			return err
		}
		if err := update(ctx, s, q, h.i); err != nil {
			return err
		}
		told.Seq = h.i.Seq
	}
	if kind != model.EventTaskReassigned || t.AssigneeID == "" {
		return nil
	}
	return insert(ctx, s, q, "", told)
}
