package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// How a person came to have a role.
const (
	sourceNamed        = "named" // by the case's intake
	sourceActed        = "acted" // by acting in the case
	sourceOrganisation = ""      // in the organisation; never kept with a case
)

// subjectOwner is the subject of the deadline for the owner's answer to a
// return.
const subjectOwner = "project_owner"

// takeSubmission freezes the revision, gives the case its number when it is new,
// and takes over what the intake says about it.
func (r *recorder) takeSubmission(ctx context.Context) error {
	sub := r.command.Payload.Submission
	if sub == nil {
		return nil
	}
	if err := r.freeze(ctx, sub.Part); err != nil {
		return err
	}
	if r.c.RegistryNo == "" {
		var err error
		if r.c.RegistryNo, err = r.takeNumber(ctx); err != nil {
			return err
		}
	}
	r.rewritten = true
	r.c.Title, r.c.UnitID, r.c.Revision = sub.Title, sub.UnitID, sub.Revision
	r.c.Search = searchText(r.c.Title, r.c.RegistryNo)
	if err := r.namePeople(ctx, sub.People); err != nil {
		return err
	}
	return r.noteActor(ctx, model.RoleProjectOwner)
}

// takeEvaluation takes over what triage says, of a submission or of a decision
// that changes the facts of triage (T-34).
func (r *recorder) takeEvaluation(ctx context.Context) error {
	e := r.command.Evaluation
	if e == nil || r.command.Payload.Submission == nil && !e.Replan {
		return nil
	}
	times, err := json.Marshal(e.ServiceTimes)
	if err != nil {
		return fmt.Errorf("service times: %w", err)
	}
	r.rewritten = true
	ipl := e.IPL
	r.c.Outcome, r.c.IPL, r.c.AIActClass = e.Plan.Outcome, &ipl, e.AIActClass
	r.c.RulebookID, r.c.RulebookVersion, r.c.RulebookDigest = e.RulebookID, e.RulebookVersion, e.RulebookDigest
	r.c.Profile, r.c.ServiceTimes = e.Profile, string(times)
	return insert(ctx, r.store, r.q, "", evaluationRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, Version: r.c.Version, Revision: e.Revision, EvaluatedOn: e.On,
		RulebookDigest: e.RulebookDigest, FactsHash: e.FactsHash, Result: jsonText(e.Result),
	})
}

// takeRaise gives the tasks of a raised stage the time that it now has (T-31).
func (r *recorder) takeRaise(context.Context) error {
	p := r.command.Payload.Raise
	if p == nil {
		return nil
	}
	times, err := r.serviceTimes()
	if err != nil {
		return err
	}
	for subject, days := range p.ServiceTimes {
		times[subject] = days
	}
	text, err := json.Marshal(times)
	r.rewritten, r.c.ServiceTimes = true, string(text)
	return err
}

// freeze keeps the draft of a part as a submitted revision. A revision that was
// submitted before and came back stays as it is.
func (r *recorder) freeze(ctx context.Context, part string) error {
	return r.store.exec(ctx, r.q, `INSERT INTO revisions
		(org_id, case_id, part, revision, answers, hash, submitted_by, submitted_at)
		SELECT org_id, case_id, part, revision, answers, hash, ?, ? FROM parts
		WHERE org_id = ? AND case_id = ? AND part = ?
		ON CONFLICT (org_id, case_id, part, revision) DO NOTHING`,
		r.command.ActorID, r.now, r.c.OrgID, r.c.ID, part)
}

// takeNumber takes the next registry number of the year (rulebook 9.1).
func (r *recorder) takeNumber(ctx context.Context) (string, error) {
	year := r.today().Year()
	var row struct {
		Last int64 `bun:"last"`
	}
	err := get(ctx, r.store, r.q, &row, `INSERT INTO registry_numbers (org_id, year, last) VALUES (?, ?, 1)
		ON CONFLICT (org_id, year) DO UPDATE SET last = registry_numbers.last + 1 RETURNING last`,
		r.c.OrgID, year)
	return fmt.Sprintf("SL %d-%d", year, row.Last), err
}

// namePeople replaces the people whom the intake names and gives them the open
// tasks of their roles.
func (r *recorder) namePeople(ctx context.Context, people []model.CasePerson) error {
	before, err := r.namedBefore(ctx)
	if err != nil {
		return err
	}
	r.named = sortedPeople(people)
	if slices.Equal(before, r.named) {
		return nil
	}
	err = r.store.exec(ctx, r.q, "DELETE FROM case_people WHERE org_id = ? AND case_id = ? AND source = ?",
		r.c.OrgID, r.c.ID, sourceNamed)
	if err != nil {
		return err
	}
	rows := make([]casePersonRow, len(r.named))
	for i, p := range r.named {
		rows[i] = casePersonRow{OrgID: r.c.OrgID, CaseID: r.c.ID, PersonID: p.PersonID, Role: p.Role, Source: sourceNamed}
	}
	if err := insert(ctx, r.store, r.q, "", rows...); err != nil {
		return err
	}
	return r.reassign(ctx)
}

// reassign gives open tasks to the people who are named for their roles now. The
// tasks are picked here and not in SQL: SQLite would look through the open tasks
// of all cases.
func (r *recorder) reassign(ctx context.Context) error {
	var tasks []taskRow
	err := list(ctx, r.store, r.q, &tasks, "SELECT id, role, status, assignee_id FROM tasks WHERE org_id = ? AND case_id = ?",
		r.c.OrgID, r.c.ID)
	if err != nil {
		return err
	}
	for _, t := range tasks {
		i := slices.IndexFunc(r.named, func(p model.CasePerson) bool { return p.Role == t.Role })
		if t.Status != model.TaskOpen || i < 0 || r.named[i].PersonID == t.AssigneeID {
			continue
		}
		err := r.store.exec(ctx, r.q, "UPDATE tasks SET assignee_id = ? WHERE org_id = ? AND id = ?",
			r.named[i].PersonID, r.c.OrgID, t.ID)
		if err != nil {
			return err
		}
	}
	return nil
}

// namedBefore returns the people whom the last submitted intake names.
func (r *recorder) namedBefore(ctx context.Context) ([]model.CasePerson, error) {
	involved, err := r.people(ctx)
	var named []model.CasePerson
	for _, p := range involved {
		if p.Source == sourceNamed {
			named = append(named, model.CasePerson{Role: p.Role, PersonID: p.PersonID})
		}
	}
	return sortedPeople(named), err
}

func sortedPeople(people []model.CasePerson) []model.CasePerson {
	sorted := slices.SortedFunc(slices.Values(people), func(a, b model.CasePerson) int {
		return strings.Compare(string(a.Role)+" "+a.PersonID, string(b.Role)+" "+b.PersonID)
	})
	return slices.Compact(sorted)
}

// takeDecision writes down who decided what and why, and the conditions that
// come with it.
func (r *recorder) takeDecision(ctx context.Context) error {
	p := r.command.Payload
	row := decisionRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Kind: string(r.t.Kind), DeciderID: r.command.ActorID,
		Role: r.actingRole(), Revision: r.c.Revision, Answers: "{}",
		CommandID: r.command.ID, DecidedAt: r.now,
	}
	switch {
	case p.Decision != nil:
		d := p.Decision
		row.TaskID, row.Stage, row.Outcome = r.task.ID, r.task.Stage, d.Outcome
		row.Revision, row.ScopeHash = d.Revision, r.task.ScopeHash
		row.Motivation, row.ReasonCodes, row.PathForwardText = d.Motivation, d.ReasonCodes, d.PathForwardText
		row.DecisionAuthority, row.Answers = d.DecisionAuthority, jsonText(d.Answers)
	case p.Raise != nil:
		row.Stage, row.Outcome, row.Motivation = p.Raise.Stage, model.Outcome(p.Raise.Requirement), p.Reason
	case p.Submission != nil, p.Verification != nil, r.deadline != nil:
		return nil
	default:
		row.Motivation = p.Reason
	}
	r.decisionID, r.outcome = row.ID, row.Outcome
	if err := insert(ctx, r.store, r.q, "", row); err != nil {
		return err
	}
	if err := r.noteActor(ctx, row.Role); err != nil {
		return err
	}
	if p.Decision == nil {
		return nil
	}
	return r.addConditions(ctx, p.Decision.Conditions)
}

// jsonText is a JSON value as it is kept: nothing is the empty object.
func jsonText(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}

// noteActor remembers in which function a person has acted in the case, for the
// segregation of duties.
func (r *recorder) noteActor(ctx context.Context, role model.Role) error {
	involved, err := r.people(ctx)
	if err != nil || slices.Contains(involved, involvedRow{r.command.ActorID, role, sourceActed}) {
		return err
	}
	return insert(ctx, r.store, r.q, "", casePersonRow{
		OrgID: r.c.OrgID, CaseID: r.c.ID, PersonID: r.command.ActorID, Role: role, Source: sourceActed,
	})
}

func (r *recorder) addConditions(ctx context.Context, conditions []model.NewCondition) error {
	for _, c := range conditions {
		r.conditions = append(r.conditions, conditionRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, DecisionID: r.decisionID, Stage: r.task.Stage,
			TextSV: c.TextSV, TextEN: c.TextEN, SourceRule: c.SourceRule, OwnerRole: c.OwnerRole,
			VerifierRole: c.VerifierRole, Verification: c.Verification, Consequence: c.Consequence,
			DueKind: c.DueKind, DueDate: c.DueDate, Status: model.ConditionOpen, CreatedAt: r.now,
		})
		r.c.Conditions++
		if c.DueKind == model.DueBeforeUse {
			r.c.OpenBeforeUse++
		}
	}
	return insert(ctx, r.store, r.q, "", r.conditions...)
}

// takeVerification marks a condition as met or waived.
func (r *recorder) takeVerification(ctx context.Context) error {
	v := r.command.Payload.Verification
	if v == nil {
		return nil
	}
	c := &r.conditions[0]
	c.Status, c.EvidenceNote, c.VerifiedBy, c.VerifiedAt = v.Outcome, v.EvidenceNote, r.command.ActorID, r.now
	if c.DueKind == model.DueBeforeUse {
		r.c.OpenBeforeUse--
	}
	return update(ctx, r.store, r.q, c)
}

// LateAfter is how long after its time a deadline counts as fired late: it was
// not a timer's ordinary delay, the process was away.
const LateAfter = time.Minute

func (r *recorder) fireDeadline(ctx context.Context) error {
	if r.deadline == nil {
		return nil
	}
	r.deadline.FiredAt = r.now
	r.deadline.Late = r.now.Sub(r.deadline.DueAt) > LateAfter
	return update(ctx, r.store, r.q, r.deadline)
}

func (r *recorder) changeStages(ctx context.Context) error {
	rows := make([]stageRow, len(r.t.Changes.Stages))
	for i, st := range r.t.Changes.Stages {
		rows[i] = stageRow{
			OrgID: r.c.OrgID, CaseID: r.c.ID, Stage: st.Key, Requirement: st.Requirement, Raised: st.Raised,
			Status: st.Status, Result: st.Result, ScopeHash: st.Scope,
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
		scope_hash = EXCLUDED.scope_hash, started_at = COALESCE(EXCLUDED.started_at, stages.started_at),
		done_at = EXCLUDED.done_at`, rows...)
}

// cancelDeadlines cancels what was due of the tasks that close, and the owner's
// reply when the case goes on, as far as it was set and has not fired.
func (r *recorder) cancelDeadlines(ctx context.Context) error {
	args := []any{r.now, r.c.OrgID}
	for _, t := range r.t.Changes.Closed {
		args = append(args, model.DeadlineID(r.c.ID, t.Subject(), model.DeadlineDue, t.Round))
	}
	if target := r.t.Changes.Target; target != nil && *target == "" {
		args = append(args, model.DeadlineID(r.c.ID, subjectOwner, model.DeadlineReply, r.c.ReturnsCount))
	}
	if len(args) == 2 {
		return nil
	}
	var rows []deadlineRow
	err := list(ctx, r.store, r.q, &rows, `UPDATE deadlines SET cancelled_at = ?
		WHERE org_id = ? AND id IN (`+marks(len(args)-2)+`) AND fired_at IS NULL AND cancelled_at IS NULL
		RETURNING id`, args...)
	for _, d := range rows {
		r.cancelled = append(r.cancelled, d.ID)
	}
	slices.Sort(r.cancelled)
	return err
}

// closeTasks closes what was answered or cancelled.
func (r *recorder) closeTasks(ctx context.Context) error {
	for _, t := range r.t.Changes.Closed {
		err := r.store.execOne(ctx, r.q, `UPDATE tasks SET status = ?, outcome = ?, closed_at = ?
			WHERE org_id = ? AND case_id = ? AND stage = ? AND kind = ? AND round = ?`,
			t.Status, t.Outcome, r.now, r.c.OrgID, r.c.ID, t.Stage, t.Kind, t.Round)
		if err != nil {
			return err
		}
	}
	return nil
}

// openTasks opens tasks, each with its person where the intake names one, its
// service time and a message to whom it concerns.
func (r *recorder) openTasks(ctx context.Context) error {
	keys := r.t.Changes.Opened
	if len(keys) == 0 {
		return nil
	}
	times, err := r.serviceTimes()
	if err != nil {
		return err
	}
	tasks := make([]taskRow, len(keys))
	messages := make([]outboxRow, len(keys))
	var deadlines []deadlineRow
	for i, k := range keys {
		if tasks[i], err = r.newTask(ctx, k); err != nil {
			return err
		}
		if days, ok := times[k.Subject()]; ok {
			d := r.newDeadline(k.Subject(), model.DeadlineDue, k.Round, days)
			tasks[i].DueAt = d.DueAt
			deadlines = append(deadlines, d)
		}
		r.opened = append(r.opened, model.OpenedTask{ID: tasks[i].ID, TaskKey: k})
		messages[i] = outboxRow{
			OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Seq: r.c.Seq + 1,
			Kind: "task_opened", TaskID: tasks[i].ID, CreatedAt: r.now,
		}
	}
	if err := insert(ctx, r.store, r.q, "", tasks...); err != nil {
		return err
	}
	if err := insert(ctx, r.store, r.q, "", messages...); err != nil {
		return err
	}
	return insert(ctx, r.store, r.q, "", deadlines...)
}

func (r *recorder) newTask(ctx context.Context, k model.TaskKey) (taskRow, error) {
	stage, _ := model.Stage(k.Stage)
	spec, known := stage.Task(k.Kind)
	if !known {
		return taskRow{}, fmt.Errorf("task %s: %w", k.Subject(), ErrValue)
	}
	scope, err := r.scopeOf(ctx, k.Stage)
	if err != nil {
		return taskRow{}, err
	}
	assignee, err := r.namedFor(ctx, spec.Role)
	return taskRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Stage: k.Stage, Kind: k.Kind, Round: k.Round,
		Role: spec.Role, Status: model.TaskOpen, AssigneeID: assignee, Revision: r.c.Revision,
		ScopeHash: scope, OpenedAt: r.now,
	}, err
}

// scopeOf returns the hash of what a stage depends on, after the transition.
func (r *recorder) scopeOf(ctx context.Context, key model.StageKey) (string, error) {
	for _, st := range r.t.Changes.Stages {
		if st.Key == key {
			return st.Scope, nil
		}
	}
	var row stageRow
	err := get(ctx, r.store, r.q, &row, "SELECT scope_hash FROM stages WHERE org_id = ? AND case_id = ? AND stage = ?",
		r.c.OrgID, r.c.ID, key)
	return row.ScopeHash, err
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

func (r *recorder) serviceTimes() (map[string]int, error) {
	var times map[string]int
	if err := json.Unmarshal([]byte(r.c.ServiceTimes), &times); err != nil {
		return nil, fmt.Errorf("service times: %w", err)
	}
	if times == nil {
		times = map[string]int{}
	}
	return times, nil
}

// newDeadline ends at the end of the n-th working day from today (rulebook 3.7).
func (r *recorder) newDeadline(subject, kind string, round, workingDays int) deadlineRow {
	d := deadlineRow{
		OrgID: r.c.OrgID, ID: model.DeadlineID(r.c.ID, subject, kind, round), CaseID: r.c.ID,
		Subject: subject, Kind: kind, Round: round,
		DueAt: calendar.EndOfDay(calendar.Swedish.AddWorkingDays(r.today(), workingDays)),
	}
	r.due = append(r.due, model.Due{ID: d.ID, At: d.DueAt})
	return d
}

// setReplyDeadline gives the owner a time to answer a return.
func (r *recorder) setReplyDeadline(ctx context.Context) error {
	target := r.t.Changes.Target
	if target == nil || *target == "" || r.c.Target != "" {
		return nil // not returned, or returned already: the time runs
	}
	r.c.ReturnsCount++
	times, err := r.serviceTimes()
	if err != nil {
		return err
	}
	days, ok := times[subjectOwner+"."+model.DeadlineReply]
	if !ok {
		return nil
	}
	return insert(ctx, r.store, r.q, "", r.newDeadline(subjectOwner, model.DeadlineReply, r.c.ReturnsCount, days))
}
