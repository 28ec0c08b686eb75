package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/audit"
)

// Incident is an incident as the record has it. Description, ToolName and Lessons
// are what people wrote.
type Incident struct {
	OrgID, ID       string
	State           model.IncidentState
	Seq, Version    int64
	Category        string
	Facts           model.IncidentFacts
	ReporterID      string
	LeadID          string
	CaseID          string
	RegisterEntryID string
	ToolName        string
	Description     string
	ExternalRef     string
	OccurredAt      time.Time // zero when unknown
	ReportedAt      time.Time
	UpdatedAt       time.Time
	ClosedAt        time.Time
	Lessons         string
}

func (r *incidentRow) incident() (Incident, error) {
	i := Incident{
		OrgID: r.OrgID, ID: r.ID, State: r.State, Seq: r.Seq, Version: r.Version, Category: r.Category,
		ReporterID: r.ReporterID, LeadID: r.LeadID, CaseID: r.CaseID, RegisterEntryID: r.RegisterEntryID, ToolName: r.ToolName,
		Description: r.Description, ExternalRef: r.ExternalRef, OccurredAt: utc(r.OccurredAt), ReportedAt: r.ReportedAt.UTC(),
		UpdatedAt: r.UpdatedAt.UTC(), ClosedAt: utc(r.ClosedAt), Lessons: r.Lessons,
	}
	if err := json.Unmarshal([]byte(r.Facts), &i.Facts); err != nil {
		return i, fmt.Errorf("read the facts of an incident: %w", err)
	}
	return i, nil
}

// Incident returns an incident of the organisation.
func (s *Store) Incident(ctx context.Context, orgID, id string) (Incident, error) {
	row, err := one[incidentRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return Incident{}, err
	}
	return row.incident()
}

// IncidentFilter narrows a list of incidents.
type IncidentFilter struct {
	OrgID    string
	State    model.IncidentState
	Severity model.IncidentSeverity
	CaseID   string
	// ForPerson, where it is not empty, leaves what concerns a person: their own
	// reports, what they have a task in or have decided, and what concerns a case that
	// they are information owner or system owner of.
	ForPerson string
	// Deputy are the delegations by which the person may answer for others: what has an
	// open task that they are for concerns them, too.
	Deputy []model.Deputyship
	// Limit is at most 1,000, which 0 means too.
	Limit, Offset int64
}

// Incidents lists incidents, the latest report first.
func (s *Store) Incidents(ctx context.Context, f IncidentFilter) ([]Incident, error) {
	var rows []incidentRow
	err := s.find(ctx, s.incidentsQuery(f).Model(&rows).Order("i.reported_at DESC", "i.id DESC").Limit(page(f.Limit)).Offset(f.Offset))
	if err != nil {
		return nil, err
	}
	out := make([]Incident, len(rows))
	for n := range rows {
		if out[n], err = rows[n].incident(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// CountIncidents counts what Incidents lists, up to the given number.
func (s *Store) CountIncidents(ctx context.Context, f IncidentFilter, upTo int64) (int, error) {
	var n int
	part := s.incidentsQuery(f).Model((*incidentRow)(nil)).ColumnExpr("1").Limit(upTo)
	err := s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").TableExpr("(?) AS matching", part), &n)
	return n, err
}

func (s *Store) incidentsQuery(f IncidentFilter) *bun.SelectQuery {
	q := s.read.NewSelect().Where("i.org_id = ?", f.OrgID)
	if f.State != "" {
		q = q.Where("i.state = ?", f.State)
	}
	if f.Severity != "" {
		q = q.Where("i.severity = ?", f.Severity)
	}
	if f.CaseID != "" {
		q = q.Where("i.case_id = ?", f.CaseID)
	}
	if p := f.ForPerson; p != "" {
		text, args := `i.reporter_id = ?
			OR EXISTS (SELECT 1 FROM tasks AS t WHERE t.org_id = i.org_id AND t.incident_id = i.id AND t.assignee_id = ?)
			OR EXISTS (SELECT 1 FROM case_people AS p WHERE p.org_id = i.org_id AND p.case_id = i.case_id AND p.person_id = ?
				AND p.role IN (?, ?))
			OR EXISTS (SELECT 1 FROM task_decisions AS w WHERE w.org_id = i.org_id AND w.incident_id = i.id AND w.decider_id = ?)`,
			[]any{p, p, p, model.RoleInformationOwner, model.RoleSystemOwner, p}
		for _, d := range f.Deputy {
			for _, c := range deputyConditions(d) {
				text += " OR EXISTS (SELECT 1 FROM tasks AS t WHERE t.org_id = i.org_id AND t.incident_id = i.id AND t.status = 'open' AND " + c.text + ")"
				args = append(args, c.args...)
			}
		}
		q = q.Where("("+text+")", args...)
	}
	return q
}

// IncidentConcerns reports whether an incident concerns a person, as the filter
// ForPerson does.
func (s *Store) IncidentConcerns(ctx context.Context, i Incident, personID string) (bool, error) {
	if i.ReporterID == personID {
		return true, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []struct {
		PersonID string `bun:"person_id"`
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, `SELECT assignee_id AS person_id FROM tasks
		WHERE org_id = ? AND incident_id = ? AND assignee_id = ?
		UNION SELECT decider_id FROM task_decisions WHERE org_id = ? AND incident_id = ? AND decider_id = ?
		UNION SELECT person_id FROM case_people WHERE org_id = ? AND case_id = ? AND person_id = ? AND role IN (?, ?)`,
		i.OrgID, i.ID, personID, i.OrgID, i.ID, personID, i.OrgID, i.CaseID, personID, model.RoleInformationOwner, model.RoleSystemOwner)
	return len(rows) > 0, over(ctx, err)
}

// IncidentTasks lists the tasks of an incident in the order in which they opened.
func (s *Store) IncidentTasks(ctx context.Context, orgID, incidentID string) ([]Task, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	rows, err := s.incidentTasks(ctx, direct{s.read.DB}, orgID, incidentID)
	tasks := make([]Task, len(rows))
	for i := range rows {
		tasks[i] = rows[i].toTask()
	}
	return tasks, over(ctx, err)
}

// TaskDecision is the answer to a task that belongs to no case.
type TaskDecision struct {
	ID, TaskID string
	Outcome    model.Outcome
	DeciderID  string
	// For is for whom it was decided, by a deputy, or nil.
	For               *model.OnBehalf
	Role              model.Role
	Motivation        string
	DecisionAuthority string
	Answers           json.RawMessage
	DecidedAt         time.Time
}

// IncidentDecisions lists the answers to an incident's tasks in their order.
func (s *Store) IncidentDecisions(ctx context.Context, orgID, incidentID string) ([]TaskDecision, error) {
	return s.taskDecisions(ctx, "org_id = ? AND incident_id = ?", orgID, incidentID)
}

// TaskDecision returns the answer to a task that belongs to no case.
func (s *Store) TaskDecision(ctx context.Context, orgID, taskID string) (TaskDecision, error) {
	found, err := s.taskDecisions(ctx, "org_id = ? AND task_id = ?", orgID, taskID)
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return TaskDecision{}, err
	}
	return found[0], nil
}

func (s *Store) taskDecisions(ctx context.Context, where string, args ...any) ([]TaskDecision, error) {
	var rows []taskDecisionRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where(where, args...).Order("decided_at", "id"))
	out := make([]TaskDecision, len(rows))
	for i, r := range rows {
		out[i] = TaskDecision{
			ID: r.ID, TaskID: r.TaskID, Outcome: r.Outcome, DeciderID: r.DeciderID, Role: r.Role, Motivation: r.Motivation,
			DecisionAuthority: r.DecisionAuthority, Answers: json.RawMessage(r.Answers), DecidedAt: r.DecidedAt.UTC(),
		}
		if r.ForID != "" {
			out[i].For = &model.OnBehalf{PersonID: r.ForID, DelegationID: r.DelegationID}
		}
	}
	return out, err
}

// TaskDeadlines lists the deadlines of a task that belongs to no case, the earliest
// due first.
func (s *Store) TaskDeadlines(ctx context.Context, orgID, taskID string) ([]Deadline, error) {
	var rows []taskDeadlineRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ? AND task_id = ?", orgID, taskID).Order("due_at", "id"))
	out := make([]Deadline, len(rows))
	for i, d := range rows {
		out[i] = Deadline{
			ID: d.ID, Subject: d.TaskID, Kind: d.Kind, DueAt: d.DueAt.UTC(), FiredAt: utc(d.FiredAt),
			CancelledAt: utc(d.CancelledAt), Late: d.Late,
		}
	}
	return out, err
}

// selectIncident reads an incident's row, and locks it with s.forUpdate() as lock.
func (s *Store) selectIncident(ctx context.Context, q queryer, orgID, id, lock string) (*incidentRow, error) {
	i := new(incidentRow)
	return i, get(ctx, s, q, i, "SELECT "+columns[incidentRow](s)+" FROM incidents WHERE org_id = ? AND id = ?"+lock, orgID, id)
}

// IncidentSnapshot reads what the process of an incident needs to know. An incident
// that does not exist gives the zero snapshot.
func (s *Store) IncidentSnapshot(ctx context.Context, orgID, id string) (model.IncidentSnapshot, error) {
	var snap model.IncidentSnapshot
	err := s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		i, err := s.selectIncident(ctx, q, orgID, id, "")
		if err != nil {
			return err
		}
		snap, err = s.incidentSnapshot(ctx, q, i, true)
		return err
	})
	if errors.Is(err, ErrNotFound) || errors.Is(err, sql.ErrNoRows) {
		return model.IncidentSnapshot{}, nil
	}
	return snap, err
}

func (s *Store) incidentSnapshot(ctx context.Context, q queryer, i *incidentRow, found bool) (model.IncidentSnapshot, error) {
	snap := model.IncidentSnapshot{Found: found, Version: i.Version, State: i.State}
	if !found {
		return snap, nil
	}
	if err := json.Unmarshal([]byte(i.Facts), &snap.Facts); err != nil {
		return snap, fmt.Errorf("facts of an incident: %w", err)
	}
	tasks, err := s.incidentTasks(ctx, q, i.OrgID, i.ID)
	if err != nil {
		return snap, err
	}
	for n := range tasks {
		t := &tasks[n]
		snap.Tasks = append(snap.Tasks, model.IncidentTask{IncidentTaskKey: t.incidentKey(), Status: t.Status, Outcome: t.Outcome})
	}
	snap.Sort()
	snap.Next, err = s.nextTaskDeadline(ctx, q, i.OrgID, i.ID)
	return snap, err
}

// nextTaskDeadline returns the earliest deadline of an incident that has neither
// fired nor been cancelled, or nil. Equal times are told apart by id.
func (s *Store) nextTaskDeadline(ctx context.Context, q queryer, orgID, incidentID string) (*model.Due, error) {
	var rows []taskDeadlineRow
	err := list(ctx, s, q, &rows, `SELECT id, due_at FROM task_deadlines
		WHERE org_id = ? AND incident_id = ? AND fired_at IS NULL AND cancelled_at IS NULL
		ORDER BY due_at, id LIMIT 1`, orgID, incidentID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &model.Due{ID: rows[0].ID, At: rows[0].DueAt.UTC()}, nil
}

// IncidentEvents returns the events of an incident in their order. Their case id is
// the incident's.
func (s *Store) IncidentEvents(ctx context.Context, orgID, incidentID string) ([]audit.Event, error) {
	var rows []incidentEventRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ? AND incident_id = ?", orgID, incidentID).Order("seq"))
	if err != nil {
		return nil, err
	}
	return incidentEvents(rows)
}

func incidentEvents(rows []incidentEventRow) ([]audit.Event, error) {
	like := make([]eventRow, len(rows))
	for n, r := range rows {
		like[n] = eventRow{
			OrgID: r.OrgID, CaseID: r.IncidentID, Seq: r.Seq, Kind: r.Kind, ActorID: r.ActorID, CommandID: r.CommandID, At: r.At,
			RulebookDigest: r.RulebookDigest, Data: r.Data, Commitments: r.Commitments, PrevHash: r.PrevHash, Hash: r.Hash,
		}
	}
	return eventsOf(like)
}

// VerifyIncident compares an incident's rows with its events: the chain must hold
// and end where the row says, and the events must add up to the state, facts and
// tasks that the rows show. It returns an *UnsoundError where they do not.
func (s *Store) VerifyIncident(ctx context.Context, orgID, id string) error {
	return s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		i, err := s.selectIncident(ctx, q, orgID, id, "")
		if err != nil {
			return err
		}
		var rows []incidentEventRow
		err = list(ctx, s, q, &rows, "SELECT "+columns[incidentEventRow](s)+` FROM incident_events
			WHERE org_id = ? AND incident_id = ? ORDER BY seq`, orgID, id)
		if err != nil {
			return err
		}
		events, err := incidentEvents(rows)
		if err != nil {
			return &UnsoundError{err}
		}
		if err := audit.VerifyChain(events); err != nil {
			return &UnsoundError{err}
		}
		if err := sameEnd(events, i.Seq, i.LastHash); err != nil {
			return err
		}
		folded, err := foldIncident(events)
		if err != nil {
			return &UnsoundError{err}
		}
		snap, err := s.incidentSnapshot(ctx, q, i, true)
		if err != nil {
			return err
		}
		switch {
		case snap.State != folded.State, snap.Version != folded.Version:
			return differs("the state")
		case !snap.Facts.Equal(folded.Facts):
			return differs("a fact")
		case !reflect.DeepEqual(snap.Tasks, folded.Tasks):
			return differs("a task")
		}
		return nil
	})
}

// foldIncident adds up the events of an incident.
func foldIncident(events []audit.Event) (model.IncidentSnapshot, error) {
	var snap model.IncidentSnapshot
	for _, e := range events {
		var data model.EventData
		if err := json.Unmarshal(e.Data, &data); err != nil {
			return snap, fmt.Errorf("event %d: %w", e.Seq, err)
		}
		if data.Incident != nil && data.Incident.Changes != nil {
			snap.Apply(*data.Incident.Changes)
		}
		if data.Version > 0 {
			snap.Version = data.Version
		}
	}
	return snap, nil
}

// IncidentRef names an incident across organisations.
type IncidentRef struct {
	OrgID      string `bun:"org_id"`
	IncidentID string `bun:"incident_id"`
}

// IncidentsToSync returns the incidents whose process may know less than the
// record: those with a command that was recorded before the given time and not
// acknowledged, and those with a deadline that fell due before late and has not
// fired.
func (s *Store) IncidentsToSync(ctx context.Context, before, late time.Time, limit int64) ([]IncidentRef, error) {
	return refs[IncidentRef](ctx, s, `SELECT org_id, case_id AS incident_id FROM commands
		WHERE state = 'done' AND acked_at IS NULL AND done_at < ? AND kind LIKE 'incident%'
		UNION SELECT org_id, incident_id FROM task_deadlines
		WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at < ? AND incident_id IS NOT NULL
		ORDER BY 1, 2 LIMIT ?`, before, late, limit)
}
