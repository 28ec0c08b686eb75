package store

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
)

var likeEscaper = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// Task is a task as the record has it.
type Task struct {
	OrgID, ID string
	// CaseID is "" for a task that belongs to no case: to an incident, or to the
	// year. UnitID is the unit that such a task concerns, and AboutCaseID the case.
	CaseID      string
	IncidentID  string
	UnitID      string
	AboutCaseID string

	Key        model.TaskKey
	Role       model.Role
	Status     model.TaskStatus
	Outcome    model.Outcome
	AssigneeID string
	// Revision is the revision of the intake that stood when the task opened.
	Revision  int
	ScopeHash string
	OpenedAt  time.Time
	DueAt     time.Time
	ClosedAt  time.Time
	// CaseTitle, CaseState and CaseUpdatedAt are filled in lists, and ViewedAt for a
	// person: when they first opened the task, zero while they have not.
	CaseTitle     string
	CaseState     model.CaseState
	CaseUpdatedAt time.Time
	ViewedAt      time.Time
}

// ETag is the task's entity tag.
func (t Task) ETag() string { return model.TaskETag(t.Key.Round, t.Status, t.ScopeHash) }

func (r *taskRow) toTask() Task {
	return Task{
		OrgID: r.OrgID, ID: r.ID, CaseID: r.CaseID, IncidentID: r.IncidentID, UnitID: r.UnitID, AboutCaseID: r.AboutCaseID,
		Key:  model.TaskKey{Stage: r.Stage, Kind: r.Kind, Round: r.Round},
		Role: r.Role, Status: r.Status, Outcome: r.Outcome, AssigneeID: r.AssigneeID, Revision: r.Revision,
		ScopeHash: r.ScopeHash, OpenedAt: r.OpenedAt.UTC(), DueAt: utc(r.DueAt), ClosedAt: utc(r.ClosedAt),
	}
}

// utc keeps the zero time zero, which a database may return in another zone.
func utc(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC()
}

// Task returns a task of the organisation.
func (s *Store) Task(ctx context.Context, orgID, id string) (Task, error) {
	r, err := one[taskRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return Task{}, err
	}
	return r.toTask(), nil
}

// LatestTask returns the latest round of a stage's task among those of a case, or
// nil.
func LatestTask(tasks []Task, stage model.StageKey, kind model.TaskKind) *Task {
	var latest *Task
	for i := range tasks {
		t := &tasks[i]
		if t.Key.Stage == stage && t.Key.Kind == kind && (latest == nil || t.Key.Round > latest.Key.Round) {
			latest = t
		}
	}
	return latest
}

// CaseTasks lists all tasks of a case in the order in which they were opened.
func (s *Store) CaseTasks(ctx context.Context, orgID, caseID string) ([]Task, error) {
	rows, err := many[taskRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY opened_at, id", orgID, caseID)
	tasks := make([]Task, len(rows))
	for i := range rows {
		tasks[i] = rows[i].toTask()
	}
	return tasks, err
}

// FirstTask tells of the open task of a case that is due first whom it waits for.
type FirstTask struct {
	CaseID     string         `bun:"case_id"`
	Stage      model.StageKey `bun:"stage"`
	Role       model.Role     `bun:"role"`
	AssigneeID string         `bun:"assignee_id,nullzero"`
	DueAt      time.Time      `bun:"due_at,nullzero"`
}

// WaitingTasks returns the open task of each of some cases that is due first, by
// case; one without a due date comes after those that have one.
func (s *Store) WaitingTasks(ctx context.Context, orgID string, caseIDs []string) (map[string]FirstTask, error) {
	out := map[string]FirstTask{}
	if len(caseIDs) == 0 {
		return out, nil
	}
	which, ids := s.oneOf(caseIDs)
	// The index of what is due is kept out: it holds the open tasks of everybody.
	rows, err := selected[FirstTask](ctx, s, "SELECT case_id, stage, role, assignee_id, due_at FROM tasks WHERE org_id = ? AND case_id "+which+
		" AND status || '' = 'open' ORDER BY due_at IS NULL, due_at, opened_at, id", append([]any{orgID}, ids...)...)
	for _, r := range rows {
		if _, known := out[r.CaseID]; !known {
			r.DueAt = utc(r.DueAt)
			out[r.CaseID] = r
		}
	}
	return out, err
}

// TaskFilter narrows a list of tasks.
type TaskFilter struct {
	OrgID  string
	Status model.TaskStatus
	// For leaves the tasks that a person may answer: assigned to them, or
	// assigned to nobody and of one of their roles.
	ForPerson string
	ForRoles  []model.Role
	// ForUnit is the person's unit: what another unit is asked is not theirs to
	// answer (S7). HeadOf are the units that they are the head of.
	ForUnit string
	HeadOf  []string
	// Deputy are the delegations by which they may answer for others.
	Deputy []model.Deputyship
	// Free leaves of these only those that are assigned to nobody.
	Free bool
	// Others leaves the tasks in the cases in which Person has a function that are
	// somebody else's, or nobody's and of none of the roles in Pool.
	Others bool
	// CasesOnly leaves out the tasks that belong to no case and are not the
	// person's, of whoever reads every case but not every incident.
	CasesOnly bool
	Person    string
	Pool      []model.Role
	// AssigneeID and Role narrow further.
	AssigneeID string
	Role       model.Role
	OverdueAt  time.Time
	// AwayAt leaves those of somebody who is away at a time and for whom no deputy
	// answers them.
	AwayAt time.Time
	// Latest lists what was closed last first, and leaves only what was closed.
	Latest bool
	// Limit is at most 1,000, which 0 means too.
	Limit  int64
	Offset int64
	// After continues behind a row.
	After *TaskCursor

	// few is true for a person who has a function in few cases.
	few bool
}

// fewCases is in how many cases somebody has a function whose list of what waits for
// others is made of these cases. Whoever has more finds it soon in the order of the
// list.
const fewCases = 300

// noteFew notes whether the person has few cases, which is recalled: a list and its
// count ask it.
func (s *Store) noteFew(ctx context.Context, f *TaskFilter) (err error) {
	if !f.Others {
		return nil
	}
	f.few, err = Recall(ctx, "few cases of "+f.OrgID+" "+f.Person, func() (bool, error) {
		var n int
		err := s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").TableExpr(`(SELECT 1 FROM case_people
			WHERE org_id = ? AND person_id = ? LIMIT ?) AS own`, f.OrgID, f.Person, fewCases+1), &n)
		return n <= fewCases, err
	})
	return err
}

// TaskCursor is a place in a list of tasks, which is sorted by due date, with
// those that have none at the end, and then by id; or, the latest first, by when
// they were closed and by id.
type TaskCursor struct {
	// DueAt is zero for a task without a due date.
	DueAt    time.Time `json:"d"`
	ClosedAt time.Time `json:"c,omitzero"`
	ID       string    `json:"i"`
}

// order is what a list is sorted by, in a table of tasks.
func (f TaskFilter) order(table string) string {
	order := "due_at NULLS LAST, id"
	if f.Latest {
		order = "closed_at DESC, id DESC"
	}
	return table + "." + strings.Replace(order, ", ", ", "+table+".", 1)
}

// behind leaves what comes after the cursor.
func (f TaskFilter) behind(q *bun.SelectQuery) *bun.SelectQuery {
	c := f.After
	switch {
	case c == nil:
		return q
	case f.Latest:
		return q.Where("(t.closed_at, t.id) < (?, ?)", c.ClosedAt, c.ID)
	case c.DueAt.IsZero():
		return q.Where("t.due_at IS NULL AND t.id > ?", c.ID)
	}
	return q.Where("((t.due_at, t.id) > (?, ?) OR t.due_at IS NULL)", c.DueAt, c.ID)
}

// Tasks lists tasks, the earliest due first and those without a due date last, or
// the latest closed first.
func (s *Store) Tasks(ctx context.Context, f TaskFilter) ([]Task, error) {
	var rows []struct {
		taskRow       `bun:",extend"`
		CaseTitle     string          `bun:"case_title"`
		CaseState     model.CaseState `bun:"case_state"`
		CaseUpdatedAt time.Time       `bun:"case_updated_at,nullzero"`
		ViewedAt      time.Time       `bun:"viewed_at,nullzero"`
	}
	limit := page(f.Limit)
	if err := s.noteFew(ctx, &f); err != nil {
		return nil, err
	}
	// Each part of what a person may answer stands in order in an index of its
	// own; the page lies within the beginnings of all parts.
	var parts []any
	for _, part := range s.taskParts(f) {
		parts = append(parts, f.behind(part).ColumnExpr("t.*").OrderExpr(f.order("t")).Limit(limit+f.Offset))
	}
	err := s.find(ctx, s.read.NewSelect().TableExpr("("+union(len(parts))+") AS whole", parts...).
		ColumnExpr("whole.*, COALESCE(c.title, '') AS case_title, COALESCE(c.state, '') AS case_state, c.updated_at AS case_updated_at, v.viewed_at").
		Join("LEFT JOIN cases AS c ON c.org_id = whole.org_id AND c.id = whole.case_id").
		Join("LEFT JOIN task_views AS v ON v.org_id = whole.org_id AND v.person_id = ? AND v.task_id = whole.id", f.Person).
		OrderExpr(f.order("whole")).Limit(limit).Offset(f.Offset), &rows)
	tasks := make([]Task, len(rows))
	for i := range rows {
		tasks[i] = rows[i].toTask()
		tasks[i].CaseTitle, tasks[i].CaseState = rows[i].CaseTitle, rows[i].CaseState
		tasks[i].CaseUpdatedAt, tasks[i].ViewedAt = utc(rows[i].CaseUpdatedAt), utc(rows[i].ViewedAt)
	}
	return tasks, err
}

// CountTasks counts what Tasks lists, up to the given number.
func (s *Store) CountTasks(ctx context.Context, f TaskFilter, upTo int64) (int, error) {
	if err := s.noteFew(ctx, &f); err != nil {
		return 0, err
	}
	var parts []any
	for _, part := range s.taskParts(f) {
		parts = append(parts, part.ColumnExpr("1").Limit(upTo))
	}
	var n int
	err := s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").TableExpr("("+union(len(parts))+") AS matching", parts...), &n)
	return min(n, int(upTo)), err
}

// union puts queries together, each of which may have its own order and limit.
func union(n int) string {
	return "SELECT * FROM (?) AS part" + strings.Repeat(" UNION ALL SELECT * FROM (?) AS part", n-1)
}

// taskParts are the tasks that a filter leaves, in parts that have none in
// common: those of the person, and those of nobody for each of the roles.
func (s *Store) taskParts(f TaskFilter) []*bun.SelectQuery {
	if f.ForPerson == "" {
		return []*bun.SelectQuery{s.tasksQuery(f)}
	}
	var parts []*bun.SelectQuery
	if !f.Free || len(f.ForRoles) == 0 {
		parts = append(parts, s.tasksQuery(f).Where("t.assignee_id = ?", f.ForPerson))
	}
	for i, role := range f.ForRoles {
		if !slices.Contains(f.ForRoles[:i], role) {
			text, args := openTo(role, f.ForUnit, f.HeadOf)
			parts = append(parts, s.tasksQuery(f).Where(text, args...))
		}
	}
	if len(f.Deputy) > 0 {
		every := f
		every.CasesOnly = false
		parts = append(parts, f.notOwn(f.asDeputy(s.tasksQuery(every))))
	}
	return parts
}

// openTo is the condition that a task of a role is nobody's and open to somebody of a
// unit, who is the head of others.
func openTo(role model.Role, unitID string, headOf []string) (string, []any) {
	text := "t.role = ? AND t.assignee_id IS NULL AND (t.stage <> ? OR t.kind = ?)"
	args := []any{role, model.StageAdoption, model.TaskAdopt(unitID)}
	if role == model.RoleUnitHead {
		heads := bun.List(append(slices.Clone(headOf), ""))
		text += ` AND (t.unit_id IN (?) OR EXISTS (SELECT 1 FROM cases AS h
			WHERE h.org_id = t.org_id AND h.id = t.case_id AND h.unit_id IN (?)))`
		args = append(args, heads, heads)
	}
	return text, args
}

// notOwn leaves out what the person has or may take in their own name.
func (f TaskFilter) notOwn(q *bun.SelectQuery) *bun.SelectQuery {
	q = q.Where("(t.assignee_id IS NULL OR t.assignee_id <> ?)", f.ForPerson)
	for _, role := range f.ForRoles {
		text, args := openTo(role, f.ForUnit, f.HeadOf)
		q = q.Where("NOT COALESCE("+text+", FALSE)", args...)
	}
	return q
}

// asDeputy leaves the open tasks that the person may answer for others, but for those
// of the cases in which what they are makes the delegation void.
func (f TaskFilter) asDeputy(q *bun.SelectQuery) *bun.SelectQuery {
	q = q.Where("t.status = 'open'").Where(notVoid, f.ForPerson)
	return q.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
		for _, d := range f.Deputy {
			for _, c := range deputyConditions(d) {
				q = q.WhereOr(c.text, c.args...)
			}
		}
		return q
	})
}

// notVoid keeps a deputy from the cases in which they have, or have acted in, a function
// that must be apart from the task's.
const notVoid = `NOT EXISTS (SELECT 1 FROM case_people AS vp JOIN role_conflicts AS vk ON vk.role = vp.role AND vk.other = t.role
	WHERE vp.org_id = t.org_id AND vp.case_id = t.case_id AND vp.person_id = ?)`

type sqlCondition struct {
	text string
	args []any
}

// deputyConditions are those of the tasks that one delegation is for, a condition for
// each role: access.DeputyFor in SQL.
func deputyConditions(d model.Deputyship) []sqlCondition {
	out := make([]sqlCondition, len(d.Roles))
	for i, role := range d.Roles {
		text, args := "t.role = ? AND t.assignee_id = ?", []any{role, d.For.PersonID}
		if d.For.Has(role) {
			free, more := openTo(role, d.For.UnitID, d.For.HeadOf)
			text, args = "("+text+" OR "+free+")", append(args, more...)
		}
		if d.CaseID != "" {
			text, args = text+" AND t.case_id = ?", append(args, d.CaseID)
		}
		if d.UnitID != "" {
			text += " AND (t.case_id IS NULL AND t.unit_id = ? OR EXISTS (SELECT 1 FROM cases AS du WHERE du.org_id = t.org_id AND du.id = t.case_id AND du.unit_id = ?))"
			args = append(args, d.UnitID, d.UnitID)
		}
		out[i] = sqlCondition{"(" + text + ")", args}
	}
	return out
}

func (s *Store) tasksQuery(f TaskFilter) *bun.SelectQuery {
	// The second part of a task that has two stands with the first (AD-02).
	return s.tasksOf(f).Where("(t.stage <> ? OR t.kind <> ? OR t.status <> ? OR NOT "+standsWith+")",
		model.StageDPIA, model.TaskAdvice, model.TaskOpen, model.StageLegalBasis)
}

// standsWith is the condition that the case of a task t has the same task in a stage.
const standsWith = `EXISTS (SELECT 1 FROM tasks AS o
	WHERE o.org_id = t.org_id AND o.case_id = t.case_id AND o.stage = ? AND o.kind = t.kind AND o.status = t.status` + oneByOne + `)`

// oneByOne ends what an EXISTS selects that is to be looked up for one row after the
// other. PostgreSQL would otherwise rather read once what all rows might need: the tasks
// of everybody, for the few rows of a page.
const oneByOne = " LIMIT 1 OFFSET 0"

// tasksOf selects the tasks that a filter leaves, with both parts of one that has two.
func (s *Store) tasksOf(f TaskFilter) *bun.SelectQuery {
	q := s.read.NewSelect().Where("t.org_id = ?", f.OrgID)
	if f.few {
		// SQLite is held to this order: first the person's cases, which the limit makes
		// it find by the person, and then their tasks.
		q = q.TableExpr(`(SELECT DISTINCT case_id FROM (SELECT case_id FROM case_people WHERE org_id = ? AND person_id = ? LIMIT ?) AS of) AS own
			CROSS JOIN tasks AS t`, f.OrgID, f.Person, fewCases).Where("t.case_id = own.case_id")
	} else {
		q = q.TableExpr("tasks AS t")
	}
	if f.CasesOnly {
		pool := append([]model.Role{""}, f.Pool...)
		q = q.Where("(t.case_id IS NOT NULL OR t.assignee_id = ? OR t.assignee_id IS NULL AND t.role IN (?))", f.Person, bun.List(pool))
	}
	if f.Free {
		q = q.Where("t.assignee_id IS NULL")
	}
	if f.Others {
		if !f.few {
			q = q.Where("EXISTS (SELECT 1 FROM case_people AS p WHERE p.org_id = t.org_id AND p.case_id = t.case_id AND p.person_id = ?)", f.Person)
		}
		q = q.Where("(t.assignee_id <> ? OR t.assignee_id IS NULL AND t.role NOT IN (?))", f.Person, bun.List(append([]model.Role{""}, f.Pool...)))
	}
	if f.Latest {
		q = q.Where("t.closed_at IS NOT NULL")
	}
	if f.Status != "" {
		q = q.Where("t.status = ?", f.Status)
	}
	if f.AssigneeID != "" {
		q = q.Where("t.assignee_id = ?", f.AssigneeID)
	}
	if f.Role != "" {
		q = q.Where("t.role = ?", f.Role)
	}
	if !f.AwayAt.IsZero() {
		q = q.Where("t.assignee_id IN (SELECT aw.person_id FROM absences AS aw WHERE aw.org_id = ? AND "+holds("aw", "?", "?")+")", f.OrgID, f.AwayAt, f.AwayAt).
			Where("NOT "+answeredTask, f.AwayAt, f.AwayAt)
	}
	if !f.OverdueAt.IsZero() {
		q = q.Where("t.due_at < ?", f.OverdueAt)
	}
	return q
}

// SeeTask notes that a person has opened a task. The first time stands, and to look
// again writes nothing.
func (s *Store) SeeTask(ctx context.Context, orgID, personID, taskID string, now time.Time) error {
	seen, err := many[taskViewRow](ctx, s, "org_id = ? AND person_id = ? AND task_id = ?", orgID, personID, taskID)
	if err != nil || len(seen) > 0 {
		return err
	}
	return over(ctx, s.exec(ctx, direct{s.write.DB}, `INSERT INTO task_views (org_id, person_id, task_id, viewed_at)
		VALUES (?, ?, ?, ?) ON CONFLICT (org_id, person_id, task_id) DO NOTHING`, orgID, personID, taskID, now))
}

// Decision is a decision as the record has it.
type Decision struct {
	ID        string
	TaskID    string
	Kind      string
	Stage     model.StageKey
	Outcome   model.Outcome
	DeciderID string
	// For is for whom it was decided, by a deputy, or nil.
	For               *model.OnBehalf
	Role              model.Role
	Revision          int
	ScopeHash         string
	Motivation        string
	ReasonCodes       []string
	PathForwardText   string
	DecisionAuthority string
	Answers           json.RawMessage
	// Deviates is true for a decision against advice, ReportToBoard for one that
	// has to be reported to the board (DA-01).
	Deviates      bool
	ReportToBoard bool
	DecidedAt     time.Time
}

// Decisions lists the decisions of a case in their order.
func (s *Store) Decisions(ctx context.Context, orgID, caseID string) ([]Decision, error) {
	rows, err := many[decisionRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY decided_at, id", orgID, caseID)
	decisions := make([]Decision, len(rows))
	for i, r := range rows {
		decisions[i] = r.toDecision()
	}
	return decisions, err
}

func (r *decisionRow) toDecision() Decision {
	var behalf *model.OnBehalf
	if r.ForID != "" {
		behalf = &model.OnBehalf{PersonID: r.ForID, DelegationID: r.DelegationID}
	}
	return Decision{
		For: behalf, ID: r.ID, TaskID: r.TaskID, Kind: r.Kind, Stage: r.Stage, Outcome: r.Outcome, DeciderID: r.DeciderID,
		Role: r.Role, Revision: r.Revision, ScopeHash: r.ScopeHash, Motivation: r.Motivation, ReasonCodes: r.ReasonCodes,
		PathForwardText: r.PathForwardText, DecisionAuthority: r.DecisionAuthority, Answers: json.RawMessage(r.Answers),
		Deviates: r.Deviates, ReportToBoard: r.ReportToBoard, DecidedAt: r.DecidedAt.UTC(),
	}
}

// Condition is a condition as the record has it.
type Condition struct {
	ID         string
	CaseID     string
	DecisionID string
	Stage      model.StageKey
	TaskKind   model.TaskKind
	// Template is true for a condition that the rules add to every approval.
	Template     bool
	TextSV       string
	TextEN       string
	SourceRule   string
	OwnerRole    model.Role
	VerifierRole model.Role
	Verification string
	Consequence  string
	DueKind      model.DueKind
	DueDate      string
	Months       int
	Status       model.ConditionStatus
	EvidenceNote string
	VerifiedBy   string
	VerifiedAt   time.Time
	CreatedAt    time.Time
}

// Conditions lists the conditions of a case in the order in which they were set.
func (s *Store) Conditions(ctx context.Context, orgID, caseID string) ([]Condition, error) {
	rows, err := many[conditionRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY created_at, id", orgID, caseID)
	conditions := make([]Condition, len(rows))
	for i, r := range rows {
		conditions[i] = Condition{
			ID: r.ID, CaseID: r.CaseID, DecisionID: r.DecisionID, Stage: r.Stage, TaskKind: r.TaskKind, Template: r.Template, TextSV: r.TextSV, TextEN: r.TextEN,
			SourceRule: r.SourceRule, OwnerRole: r.OwnerRole, VerifierRole: r.VerifierRole,
			Verification: r.Verification, Consequence: r.Consequence, DueKind: r.DueKind, DueDate: r.DueDate, Months: r.Months,
			Status: r.Status, EvidenceNote: r.EvidenceNote, VerifiedBy: r.VerifiedBy,
			VerifiedAt: utc(r.VerifiedAt), CreatedAt: r.CreatedAt.UTC(),
		}
	}
	return conditions, err
}

// Waiver is the word of one of the two who waive a condition together (CO-04).
type Waiver struct {
	ConditionID       string
	Role              model.Role
	PersonID          string
	Reason            string
	DecisionAuthority string
	WaivedAt          time.Time
}

// Waivers lists who has said that conditions of a case need not be met, in the order
// in which they said so.
func (s *Store) Waivers(ctx context.Context, orgID, caseID string) ([]Waiver, error) {
	rows, err := many[waiverRow](ctx, s, `org_id = ? AND condition_id IN (SELECT id FROM conditions WHERE org_id = ? AND case_id = ?)
		ORDER BY waived_at, role`, orgID, orgID, caseID)
	waivers := make([]Waiver, len(rows))
	for i, r := range rows {
		waivers[i] = Waiver{r.ConditionID, r.Role, r.PersonID, r.Reason, r.DecisionAuthority, r.WaivedAt.UTC()}
	}
	return waivers, err
}

// Stage is a stage as the record has it.
type Stage struct {
	Key         model.StageKey
	Requirement model.Requirement
	// Raised is true when a reviewer asked for more than triage did (T-31).
	Raised bool
	Status model.StageStatus
	Result model.Outcome
	// Assess is true when the stage has an assessment, PartRevision the revision
	// of it that the reviewers have, 0 while none was handed in.
	Assess       bool
	PartRevision int
	// PartHash and Scope are the hashes of that revision and of what else the
	// stage depends on.
	PartHash, Scope string
	// Advice is advice that stands without a task (AD-03).
	Advice    model.Outcome
	StartedAt time.Time
	DoneAt    time.Time
}

// CaseStages lists the stages of a case in their order.
func (s *Store) CaseStages(ctx context.Context, orgID, caseID string) ([]Stage, error) {
	rows, err := many[stageRow](ctx, s, "org_id = ? AND case_id = ?", orgID, caseID)
	if err != nil {
		return nil, err
	}
	var stages []Stage
	for _, spec := range model.Stages() {
		for _, r := range rows {
			if r.Stage == spec.Key {
				stages = append(stages, Stage{
					Key: r.Stage, Requirement: r.Requirement, Raised: r.Raised, Status: r.Status, Result: r.Result,
					Assess: r.Assess, PartRevision: r.PartRevision, PartHash: r.PartHash, Scope: r.ScopeHash, Advice: r.Advice,
					StartedAt: utc(r.StartedAt), DoneAt: utc(r.DoneAt),
				})
			}
		}
	}
	return stages, nil
}

// Deadline is a deadline as the record has it.
type Deadline struct {
	ID          string
	Subject     string
	Kind        model.DeadlineKind
	Round       int
	DueAt       time.Time
	FiredAt     time.Time
	CancelledAt time.Time
	Late        bool
}

// Deadlines lists all deadlines of a case, the earliest due first.
func (s *Store) Deadlines(ctx context.Context, orgID, caseID string) ([]Deadline, error) {
	rows, err := many[deadlineRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY due_at, id", orgID, caseID)
	deadlines := make([]Deadline, len(rows))
	for i, r := range rows {
		deadlines[i] = Deadline{
			ID: r.ID, Subject: r.Subject, Kind: r.Kind, Round: r.Round, DueAt: r.DueAt.UTC(),
			FiredAt: utc(r.FiredAt), CancelledAt: utc(r.CancelledAt), Late: r.Late,
		}
	}
	return deadlines, err
}
