package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/failpoint"
)

// RecordIncident writes a step of an incident, in one transaction, as Record does
// for a case: it locks the incident, looks the command up, compares the version,
// and writes the row, the event, tasks and deadlines, messages and the command's
// answer. A command that was recorded before is answered without writing.
func (s *Store) RecordIncident(ctx context.Context, t model.IncidentTransition, now time.Time) (model.IncidentRecorded, error) {
	now = clock.Normalise(now)
	var out model.IncidentRecorded
	err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
		r := &incidentRecorder{store: s, q: q, t: t, now: now}
		var err error
		if out, err = r.record(ctx); err != nil {
			return err
		}
		failpoint.Hit(failpoint.BeforeCommit)
		return nil
	})
	refused := refusedBy(err)
	if refused != nil && t.Kind != model.ActFireDeadline {
		s.log.ErrorContext(ctx, "command cannot be recorded", slog.String("incident_id", t.IncidentID),
			slog.String("command_id", t.CommandID), slog.String("class", err.Error()))
		out = model.IncidentRecorded{Refused: refused}
		_, err = s.EndCommand(ctx, t.OrgID, t.CommandID)
	}
	if err != nil {
		return model.IncidentRecorded{}, fmt.Errorf("record incident: %w", err)
	}
	failpoint.Hit(failpoint.AfterCommit)
	return out, nil
}

// incidentRecorder is one attempt at recording a step of an incident.
type incidentRecorder struct {
	store *Store
	q     queryer
	t     model.IncidentTransition
	now   time.Time

	// i is the incident, found is false before its report is written.
	i        *incidentRow
	found    bool
	facts    model.IncidentFacts
	times    map[string]int
	command  model.Command
	task     *taskRow
	deadline *taskDeadlineRow

	// What the event will say.
	decisionID string
	opened     []string
	due        []model.Due
	cancelled  []string
	asked      model.IncidentCaseAct
	// told is true when those in charge had been told before the step.
	told bool

	deadlines []taskDeadlineRow
	messages  []outboxRow
}

func (r *incidentRecorder) record(ctx context.Context) (model.IncidentRecorded, error) {
	out, over, err := r.lock(ctx)
	if err != nil || over {
		return out, err
	}
	if r.i.Version != r.t.Expect || r.found == (r.t.Kind == model.ActReportIncident) {
		snap, err := r.store.incidentSnapshot(ctx, r.q, r.i, r.found)
		return model.IncidentRecorded{Mismatch: &snap}, err
	}
	refused, err := r.check(ctx)
	if err != nil {
		return model.IncidentRecorded{}, err
	}
	if refused != nil {
		_, err := r.store.endCommand(ctx, r.q, r.t.OrgID, r.t.CommandID)
		return model.IncidentRecorded{Refused: refused}, err
	}
	if err := r.write(ctx); err != nil {
		return model.IncidentRecorded{}, err
	}
	next, err := r.store.nextTaskDeadline(ctx, r.q, r.i.OrgID, r.i.ID)
	return model.IncidentRecorded{Version: r.i.Version, Next: next}, err
}

// lock locks the incident where there is one, and then reads the command, or the
// deadline, that the step comes from. A report holds its command's row alone.
func (r *incidentRecorder) lock(ctx context.Context) (out model.IncidentRecorded, over bool, err error) {
	r.i, err = r.store.selectIncident(ctx, r.q, r.t.OrgID, r.t.IncidentID, r.store.forUpdate())
	switch {
	case err == nil:
		r.found = true
		if err := r.read(); err != nil {
			return out, false, err
		}
	case !errors.Is(err, sql.ErrNoRows):
		return out, false, err
	case r.t.Kind == model.ActFireDeadline:
		return model.IncidentRecorded{Mismatch: &model.IncidentSnapshot{}}, true, nil // nobody waits, and its process shall end
	default:
		r.i = &incidentRow{OrgID: r.t.OrgID, ID: r.t.IncidentID, LastHash: audit.Genesis}
	}
	if r.t.Kind == model.ActFireDeadline {
		return r.findDeadline(ctx)
	}
	return r.findCommand(ctx)
}

func (r *incidentRecorder) read() error {
	if err := json.Unmarshal([]byte(r.i.Facts), &r.facts); err != nil {
		return fmt.Errorf("facts of an incident: %w", err)
	}
	if err := json.Unmarshal([]byte(r.i.Times), &r.times); err != nil {
		return fmt.Errorf("times of an incident: %w", err)
	}
	r.told = r.facts.AtOnce()
	return nil
}

func (r *incidentRecorder) findCommand(ctx context.Context) (out model.IncidentRecorded, over bool, err error) {
	var row commandRow
	err = get(ctx, r.store, r.q, &row, "SELECT "+columns[commandRow](r.store)+` FROM commands
		WHERE org_id = ? AND id = ? AND case_id = ?`+r.store.forUpdate(), r.t.OrgID, r.t.CommandID, r.t.IncidentID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.IncidentRecorded{Refused: model.Refuse(model.CodeEnded)}, true, nil
	case err != nil:
		return out, false, err
	case row.isDone():
		return model.IncidentRecorded{Replayed: true}, true, nil
	}
	r.command, err = row.command()
	return out, false, err
}

func (r *incidentRecorder) findDeadline(ctx context.Context) (out model.IncidentRecorded, over bool, err error) {
	r.deadline = new(taskDeadlineRow)
	err = get(ctx, r.store, r.q, r.deadline, "SELECT "+columns[taskDeadlineRow](r.store)+` FROM task_deadlines
		WHERE org_id = ? AND id = ? AND incident_id = ?`, r.t.OrgID, r.t.Deadline, r.t.IncidentID)
	switch d := r.deadline; {
	case errors.Is(err, sql.ErrNoRows):
		return model.IncidentRecorded{Replayed: true}, true, nil
	case err != nil:
		return out, false, err
	case !d.waits(r.now):
		return model.IncidentRecorded{Replayed: true}, true, nil
	}
	r.command = model.Command{OrgID: r.t.OrgID, ID: r.t.CommandID, ActorID: model.System}
	return out, false, nil
}

// waits reports whether the deadline has fallen due and nobody has said so.
func (d *taskDeadlineRow) waits(now time.Time) bool {
	return d.FiredAt.IsZero() && d.CancelledAt.IsZero() && !d.DueAt.After(now)
}

// check asks what only the record can say: that the actor has seen what stands, and
// that the task is the actor's.
func (r *incidentRecorder) check(ctx context.Context) (*model.Refusal, error) {
	p := r.command.Payload
	switch {
	case r.deadline != nil:
		return nil, nil
	case p.Incident == nil:
		return model.Refuse(model.CodeInvalid), nil
	case p.IfVersion != nil && *p.IfVersion != r.i.Version:
		return model.Refuse(model.CodeStale), nil
	case p.Incident.Correction != nil:
		return r.store.holdsNow(ctx, r.q, r.i.OrgID, r.command.ActorID, p.Incident.Correction.Role)
	case p.Incident.Closing != nil:
		return r.store.holdsNow(ctx, r.q, r.i.OrgID, r.command.ActorID, p.Incident.Closing.Role)
	case p.Incident.Decision == nil:
		return nil, nil
	}
	d := p.Incident.Decision
	t, err := r.store.taskElsewhere(ctx, r.q, r.i.OrgID, d.TaskID)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return model.Refuse(model.CodeNotFound), nil
	case err != nil:
		return nil, err
	case t.IncidentID != r.i.ID, r.t.Task == nil, t.incidentKey() != *r.t.Task, t.Status != model.TaskOpen:
		return model.Refuse(model.CodeTaskClosed), nil
	case t.AssigneeID != "" && t.AssigneeID != r.inName(d):
		return model.Refuse(model.CodeTaskTaken), nil
	case model.TaskETag(t.Round, t.Status, t.ScopeHash) != d.TaskETag:
		return model.Refuse(model.CodeStale), nil
	}
	r.task = t
	if d.For != nil {
		return r.store.checkDelegation(ctx, r.q, d.For, r.command.ActorID, t, t.UnitID, r.now)
	}
	return r.store.holdsNow(ctx, r.q, r.i.OrgID, r.command.ActorID, t.Role)
}

// inName is in whose name the actor decides.
func (r *incidentRecorder) inName(d *model.IncidentDecision) string {
	if d != nil && d.For != nil {
		return d.For.PersonID
	}
	return r.command.ActorID
}

func (t *taskRow) incidentKey() model.IncidentTaskKey {
	return model.IncidentTaskKey{Kind: t.Kind, Unit: t.UnitID, Round: t.Round}
}

// write writes everything that the step changes.
func (r *incidentRecorder) write(ctx context.Context) error {
	r.i.Version++
	for _, step := range []func(context.Context) error{
		r.takeReport, r.takeFacts, r.takeCorrection, r.takeClosing, r.writeIncident, r.takeDecision,
		r.closeTasks, r.moveTasks, r.openTasks, r.fireDeadline, r.writeDeadlines, r.tellThoseInCharge,
		r.writeEvent, r.sendMessages, r.updateIncident, r.answerCommand,
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (r *incidentRecorder) payload() model.IncidentPayload {
	if p := r.command.Payload.Incident; p != nil {
		return *p
	}
	return model.IncidentPayload{}
}

func (r *incidentRecorder) takeReport(ctx context.Context) error {
	p := r.payload().Report
	if p == nil {
		return nil
	}
	times, err := json.Marshal(p.Times)
	if err != nil {
		return fmt.Errorf("times: %w", err)
	}
	r.times = p.Times
	i := r.i
	i.State, i.RulebookDigest, i.Category, i.Times = model.IncidentOpen, p.RulebookDigest, p.Category, string(times)
	i.ReporterID, i.CaseID, i.RegisterEntryID, i.ToolName = r.command.ActorID, p.CaseID, p.RegisterEntryID, p.ToolName
	i.Description, i.ExternalRef, i.OccurredAt, i.ReportedAt = p.Description, p.ExternalRef, p.OccurredAt, r.now
	if i.LeadID, err = r.caseOwner(ctx); err != nil || i.LeadID != "" || r.t.Changes.Facts == nil {
		return err
	}
	for _, u := range r.t.Changes.Facts.Units {
		if i.LeadID, err = r.store.unitOwner(ctx, r.q, i.OrgID, u.ID); err != nil || i.LeadID != "" {
			return err
		}
	}
	return nil
}

// caseOwner returns the information owner of the case that the incident concerns,
// or "".
func (r *incidentRecorder) caseOwner(ctx context.Context) (string, error) {
	if r.i.CaseID == "" {
		return "", nil
	}
	var rows []casePersonRow
	err := list(ctx, r.store, r.q, &rows, `SELECT person_id FROM case_people
		WHERE org_id = ? AND case_id = ? AND role = ? AND source = ? ORDER BY person_id LIMIT 1`,
		r.i.OrgID, r.i.CaseID, model.RoleInformationOwner, sourceNamed)
	if err != nil || len(rows) == 0 {
		return "", err
	}
	return rows[0].PersonID, nil
}

func (r *incidentRecorder) takeFacts(context.Context) error {
	if f := r.t.Changes.Facts; f != nil {
		r.facts = *f
	}
	text, err := json.Marshal(r.facts)
	if err != nil {
		return fmt.Errorf("facts: %w", err)
	}
	r.i.Facts, r.i.Severity = string(text), r.facts.Severity
	return nil
}

func (r *incidentRecorder) takeCorrection(context.Context) error {
	p := r.payload().Correction
	if p == nil {
		return nil
	}
	for _, change := range []struct {
		to   *string
		from *string
	}{{&r.i.Category, p.Category}, {&r.i.Description, p.Description}, {&r.i.ExternalRef, p.ExternalRef}} {
		if change.from != nil {
			*change.to = *change.from
		}
	}
	if p.OccurredAt != nil {
		r.i.OccurredAt = *p.OccurredAt
	}
	return nil
}

// takeClosing ends the incident and, where its lessons ask for that, has the case
// assessed again (RA-06).
func (r *incidentRecorder) takeClosing(ctx context.Context) error {
	p := r.payload().Closing
	if p == nil {
		return nil
	}
	r.i.State, r.i.Lessons, r.i.ClosedAt = model.IncidentClosed, p.Lessons, r.now
	if len(p.Triggers) == 0 || r.i.CaseID == "" {
		return nil
	}
	stages := make(codes, len(p.Stages))
	for n, key := range p.Stages {
		stages[n] = string(key)
	}
	return r.askCase(ctx, model.AskReassessment, p.Lessons, p.Triggers, stages)
}

// askCase notes what the incident asks of its case, in the name of whose decision that is. It is asked for until the case
// has answered, under one request key, so that it happens once.
func (r *incidentRecorder) askCase(ctx context.Context, kind model.IncidentCaseAct, reason string, triggers, stages codes) error {
	r.asked = kind
	return insert(ctx, r.store, r.q, "ON CONFLICT (org_id, incident_id, kind) DO NOTHING", incidentCaseActRow{
		OrgID: r.i.OrgID, IncidentID: r.i.ID, Kind: kind, CaseID: r.i.CaseID, PersonID: r.inName(r.payload().Decision),
		RequestKey: r.command.ID, Reason: reason, Triggers: triggers, Stages: stages, AskedAt: r.now,
	})
}

// writeIncident writes the row of a new incident, to which tasks and events refer.
func (r *incidentRecorder) writeIncident(ctx context.Context) error {
	if r.found {
		return nil
	}
	r.i.UpdatedAt = r.now
	return insert(ctx, r.store, r.q, "", *r.i)
}

func (r *incidentRecorder) takeDecision(ctx context.Context) error {
	d := r.payload().Decision
	if d == nil {
		return nil
	}
	r.decisionID = model.NewID()
	if d.Outcome == model.OutcomeSuspend && r.i.CaseID != "" {
		if err := r.askCase(ctx, model.AskSuspension, d.Motivation, nil, nil); err != nil {
			return err
		}
	}
	row := taskDecisionRow{
		OrgID: r.i.OrgID, ID: r.decisionID, TaskID: r.task.ID, IncidentID: r.i.ID, Outcome: d.Outcome,
		DeciderID: r.command.ActorID, Role: r.task.Role, Motivation: d.Motivation, DecisionAuthority: d.DecisionAuthority,
		Answers: jsonText(d.Answers), CommandID: r.command.ID, DecidedAt: r.now,
	}
	row.by(d.For)
	return insert(ctx, r.store, r.q, "", row)
}

func (r *incidentRecorder) writeEvent(ctx context.Context) error {
	data := model.EventData{
		Rules: r.t.Rules, Version: r.i.Version, DecisionID: r.decisionID, Due: r.due, Cancelled: r.cancelled,
		Incident: &model.IncidentCodes{Task: r.t.Task, Changes: &r.t.Changes, Opened: r.opened, CaseID: r.i.CaseID, Asked: r.asked},
	}
	if d := r.deadline; d != nil {
		data.Deadline, data.Late, data.TaskID = d.ID, d.Late, d.TaskID
	}
	if d := r.payload().Decision; d != nil {
		data.TaskID, data.Outcome, data.For = d.TaskID, d.Outcome, d.For
	}
	slices.Sort(r.cancelled)
	texts, err := r.texts()
	if err != nil {
		return err
	}
	return r.store.addIncidentEvent(ctx, r.q, r.i, r.t.Event, r.command.ActorID, r.t.CommandID, r.now, data, texts)
}

// texts are what the actor wrote. Only commitments to them enter the chain.
func (r *incidentRecorder) texts() (map[string]string, error) {
	p := r.payload()
	switch {
	case p.Report != nil:
		return map[string]string{
			"description": p.Report.Description, "tool_name": p.Report.ToolName, "external_incident_ref": p.Report.ExternalRef,
		}, nil
	case p.Correction != nil:
		correction, err := audit.CanonicalJSON(p.Correction)
		if err != nil {
			return nil, fmt.Errorf("correction: %w", errors.Join(err, ErrValue))
		}
		return map[string]string{"correction": string(correction)}, nil
	case p.Decision != nil:
		return textsOf(&model.Decision{
			Motivation: p.Decision.Motivation, DecisionAuthority: p.Decision.DecisionAuthority, Answers: p.Decision.Answers,
		})
	case p.Closing != nil:
		return map[string]string{"lessons": p.Closing.Lessons}, nil
	}
	return nil, nil
}

// addIncidentEvent puts an event behind the incident's chain, whose new end is the
// caller's to write with the row.
func (s *Store) addIncidentEvent(ctx context.Context, q queryer, i *incidentRow, kind model.EventKind, actorID, commandID string,
	now time.Time, data model.EventData, texts map[string]string) error {
	end := chain{i.OrgID, i.ID, i.RulebookDigest, i.Seq, i.LastHash}
	e, salts, err := end.seal(kind, actorID, commandID, now, data, texts)
	if err != nil {
		return err
	}
	i.Seq, i.LastHash = end.seq, end.last
	row := incidentEventRow{
		OrgID: e.OrgID, IncidentID: e.CaseID, Seq: e.Seq, Kind: e.Kind, ActorID: e.ActorID, CommandID: e.CommandID, At: e.At,
		RulebookDigest: e.RulebookDigest, Data: e.Data, Commitments: e.Commitments, PrevHash: e.PrevHash, Hash: e.Hash,
	}
	if err := insert(ctx, s, q, "", row); err != nil {
		return err
	}
	rows := make([]incidentSaltRow, len(salts))
	for n, x := range salts {
		rows[n] = incidentSaltRow{OrgID: x.OrgID, IncidentID: x.CaseID, Seq: x.Seq, Field: x.Field, Salt: x.Salt}
	}
	return insert(ctx, s, q, "", rows...)
}

func (r *incidentRecorder) updateIncident(ctx context.Context) error {
	r.i.UpdatedAt = r.now
	return update(ctx, r.store, r.q, r.i)
}

// answerCommand stores the answer that every later request for this command gets.
func (r *incidentRecorder) answerCommand(ctx context.Context) error {
	if r.deadline != nil {
		return nil
	}
	receipt := model.Receipt{
		IncidentID: r.i.ID, IncidentState: r.i.State, Version: r.i.Version, Seq: r.i.Seq, DecisionID: r.decisionID,
		RecordedAt: r.now.Format(time.RFC3339Nano),
	}
	status := 200
	if r.t.Kind == model.ActReportIncident {
		status = 201
	}
	if r.task != nil {
		receipt.TaskID = r.task.ID
	}
	answer, err := json.Marshal(receipt)
	if err != nil {
		return fmt.Errorf("answer: %w", err)
	}
	return r.store.execOne(ctx, r.q, `UPDATE commands SET state = 'done', status = ?, answer = ?, done_at = ?
		WHERE org_id = ? AND id = ?`, status, string(answer), r.now, r.command.OrgID, r.command.ID)
}
