package store

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// NewYearlyTask is a task that comes back every year (rulebook 9.4), about the
// organisation, a unit or a case.
type NewYearlyTask struct {
	OrgID  string
	Kind   model.TaskKind
	Role   model.Role
	UnitID string
	// AboutCaseID is the case that the task is about, without being one of its
	// tasks.
	AboutCaseID string
	Year        int
	// AssigneeID is "" for everybody with the role.
	AssigneeID string
	DueAt      time.Time
	// Times are the shares of the time after which people are reminded.
	Times map[string]int
}

// AddYearlyTask adds a task, its first deadline and a message, once for each kind,
// year, unit and case: what is there already stays as it is. It reports whether it
// was added.
func (s *Store) AddYearlyTask(ctx context.Context, n NewYearlyTask, now time.Time) (added bool, err error) {
	now = clock.Normalise(now)
	t := taskRow{
		OrgID: n.OrgID, ID: model.NewID(), UnitID: n.UnitID, AboutCaseID: n.AboutCaseID, Stage: model.StageYearly, Kind: n.Kind,
		Round: n.Year, Role: n.Role, Status: model.TaskOpen, AssigneeID: n.AssigneeID, Revision: 1, OpenedAt: now, DueAt: n.DueAt,
	}
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var rows []taskRow
		err := list(ctx, s, q, &rows, `SELECT id FROM tasks WHERE org_id = ? AND case_id IS NULL AND stage = ? AND kind = ? AND round = ?
			AND COALESCE(unit_id, '') = ? AND COALESCE(about_case_id, '') = ?`, n.OrgID, t.Stage, n.Kind, n.Year, n.UnitID, n.AboutCaseID)
		if err != nil || len(rows) > 0 {
			return err
		}
		if t.AssigneeID, err = s.present(ctx, q, taskOf{n.OrgID, "", n.UnitID, n.Role}, n.AssigneeID, now); err != nil {
			return err
		}
		if err := insert(ctx, s, q, "", t); err != nil {
			return err
		}
		if d := followTask(&t, now, "", 0, n.Times); d != nil {
			if err := insert(ctx, s, q, "", *d); err != nil {
				return err
			}
		}
		added = true
		return s.tellOfTask(ctx, q, model.MessageAssigned, &t, now)
	})
	if IsConflict(err) {
		return false, nil // another process was first
	}
	return added && err == nil, err
}

// tellOfTask leaves a message for whoever has a task that belongs to no case and
// no incident. Such a task has no steps to count: the time takes their place.
func (s *Store) tellOfTask(ctx context.Context, q queryer, kind model.MessageKind, t *taskRow, now time.Time, also ...model.Role) error {
	message := func(role model.Role, person string) outboxRow {
		return outboxRow{
			OrgID: t.OrgID, ID: model.NewID(), Seq: now.UnixMicro(), Kind: kind, TaskID: t.ID, Role: role, PersonID: person, CreatedAt: now,
		}
	}
	rows := []outboxRow{message("", t.AssigneeID)}
	if t.AssigneeID == "" {
		rows[0].Role = t.Role
	}
	for _, role := range also {
		rows = append(rows, message(role, ""))
	}
	return insert(ctx, s, q, "", rows...)
}

// DecideYearlyTask answers a task that comes back, with the command that it is the
// answer to. It refuses when the task is closed or somebody else's, and when the
// request key was used before it returns a ConflictError.
func (s *Store) DecideYearlyTask(ctx context.Context, c model.Command, d model.Decision, role model.Role, now time.Time) (model.Receipt, error) {
	now = clock.Normalise(now)
	receipt := model.Receipt{DecisionID: model.NewID(), TaskID: d.TaskID, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	command.Status = 200
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		var t taskRow
		err := get(ctx, s, q, &t, "SELECT "+columns[taskRow](s)+` FROM tasks
			WHERE org_id = ? AND id = ? AND case_id IS NULL AND incident_id IS NULL`+s.forUpdate(), c.OrgID, d.TaskID)
		switch {
		case err != nil:
			return err
		case t.Status != model.TaskOpen:
			return model.Refuse(model.CodeTaskClosed)
		}
		refused, err := s.mayAnswerYearly(ctx, q, &t, d.For, c.ActorID, now)
		if refused != nil || err != nil {
			return errors.Join(err, asError(refused))
		}
		t.Status, t.Outcome, t.ClosedAt = model.TaskDone, d.Outcome, now
		if err := update(ctx, s, q, &t); err != nil {
			return err
		}
		if _, err := s.cancelTaskDeadlines(ctx, q, t.OrgID, t.ID, now); err != nil {
			return err
		}
		if err := s.readAnswered(ctx, q, t.OrgID, t.ID, []string{t.ID}, now); err != nil {
			return err
		}
		row := taskDecisionRow{
			OrgID: t.OrgID, ID: receipt.DecisionID, TaskID: t.ID, Outcome: d.Outcome, DeciderID: c.ActorID, Role: role,
			Motivation: d.Motivation, DecisionAuthority: d.DecisionAuthority, Answers: jsonText(d.Answers),
			CommandID: c.ID, DecidedAt: now,
		}
		row.by(d.For)
		return insert(ctx, s, q, "", row)
	})
	return receipt, err
}

// mayAnswerYearly says why somebody may not answer a task, in their own name or by a
// delegation.
func (s *Store) mayAnswerYearly(ctx context.Context, q queryer, t *taskRow, by *model.OnBehalf, actorID string, now time.Time) (*model.Refusal, error) {
	inName := actorID
	if by != nil {
		inName = by.PersonID
	}
	switch {
	case t.AssigneeID != "" && t.AssigneeID != inName:
		return model.Refuse(model.CodeTaskTaken), nil
	case by != nil:
		return s.checkDelegation(ctx, q, by, actorID, t, t.UnitID, now)
	}
	return s.holdsNow(ctx, q, t.OrgID, actorID, t.Role)
}

// FireTaskDeadlines wakes, once for each, those who have a task that belongs to
// neither a case nor an incident and whose deadline has fallen due. times are the
// shares of the time after which people are reminded. It returns how many fired.
func (s *Store) FireTaskDeadlines(ctx context.Context, times map[string]int, now time.Time, limit int64) (int, error) {
	now = clock.Normalise(now)
	var waiting []taskDeadlineRow
	err := s.find(ctx, s.read.NewSelect().Model(&waiting).
		Where("fired_at IS NULL AND cancelled_at IS NULL AND incident_id IS NULL AND due_at <= ?", now).Order("due_at", "id").Limit(limit))
	if err != nil {
		return 0, err
	}
	fired := 0
	for _, w := range waiting {
		done, err := s.fireTaskDeadline(ctx, w.OrgID, w.ID, times, now)
		if err != nil {
			return fired, err
		}
		if done {
			fired++
		}
	}
	return fired, nil
}

func (s *Store) fireTaskDeadline(ctx context.Context, orgID, id string, times map[string]int, now time.Time) (fired bool, err error) {
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var d taskDeadlineRow
		err := get(ctx, s, q, &d, "SELECT "+columns[taskDeadlineRow](s)+" FROM task_deadlines WHERE org_id = ? AND id = ?"+s.forUpdate(), orgID, id)
		if err != nil || !d.waits(now) {
			return err
		}
		d.FiredAt, d.Late = now, now.Sub(d.DueAt) > LateAfter
		if err := update(ctx, s, q, &d); err != nil {
			return err
		}
		t, err := s.taskElsewhere(ctx, q, orgID, d.TaskID)
		if err != nil {
			return err
		}
		if next := followTask(t, d.Since, d.Kind, 0, times); next != nil {
			if err := insert(ctx, s, q, "", *next); err != nil {
				return err
			}
		}
		fired = true
		if d.Kind == model.DeadlineDue {
			return s.tellOfTask(ctx, q, model.MessageDue, t, now, model.RoleAdministrator)
		}
		return s.tellOfTask(ctx, q, model.MessageReminder, t, now)
	})
	return fired && err == nil, err
}

// PeopleOfUnit lists those who have a role and belong to a unit, by handle. No unit
// means the whole organisation.
func (s *Store) PeopleOfUnit(ctx context.Context, orgID, unitID string, role model.Role) ([]string, error) {
	var ids []string
	q := s.read.NewSelect().TableExpr("people AS p").ColumnExpr("p.id").
		Join("JOIN person_roles AS r ON r.org_id = p.org_id AND r.person_id = p.id").
		Where("p.org_id = ? AND r.role = ? AND p.disabled_at IS NULL", orgID, role).OrderExpr("p.handle")
	if unitID != "" {
		q = q.Where("p.unit_id = ?", unitID)
	}
	err := s.find(ctx, q, &ids)
	return ids, err
}

// WarnedCase is a case in use whose latest triage warns of a rule, with its system
// owner, "" when none is named.
type WarnedCase struct {
	CaseID        string
	UnitID        string
	SystemOwnerID string
}

// CasesWarned lists the cases of an organisation in use whose latest triage warns
// of a rule, by id.
func (s *Store) CasesWarned(ctx context.Context, orgID, rule string) ([]WarnedCase, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []struct {
		ID       string `bun:"id"`
		UnitID   string `bun:"unit_id"`
		PersonID string `bun:"person_id"`
		Result   string `bun:"result"`
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, `SELECT c.id, c.unit_id, e.result, COALESCE((
			SELECT MIN(p.person_id) FROM case_people AS p WHERE p.org_id = c.org_id AND p.case_id = c.id
			AND p.role = ? AND p.source = ?), '') AS person_id
		FROM cases AS c JOIN evaluations AS e ON e.org_id = c.org_id AND e.case_id = c.id
		WHERE c.org_id = ? AND c.state = ? AND e.result LIKE ?
		AND e.version = (SELECT MAX(o.version) FROM evaluations AS o WHERE o.org_id = c.org_id AND o.case_id = c.id)
		ORDER BY c.id`, model.RoleSystemOwner, sourceNamed, orgID, model.Active, `%"`+rule+`"%`)
	var out []WarnedCase
	for _, r := range rows {
		if warns([]byte(r.Result), rule) {
			out = append(out, WarnedCase{r.ID, r.UnitID, r.PersonID})
		}
	}
	return out, over(ctx, err)
}

// warns reports whether the result of a triage warns of a rule.
func warns(result []byte, rule string) bool {
	var triage struct {
		Warnings []struct {
			ID string `json:"id"`
		} `json:"warnings"`
	}
	if json.Unmarshal(result, &triage) != nil {
		return false
	}
	for _, w := range triage.Warnings {
		if w.ID == rule {
			return true
		}
	}
	return false
}
