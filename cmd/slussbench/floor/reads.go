//go:build linux && !slim

package floor

import (
	"context"
	"database/sql"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// reads are the statements that read a case as it stands, and the list of cases.
// They read the rows that Sluss reads for the same answers.
type reads struct {
	caseByID, unit, people, lastEvent, stages, caseTasks, deadlines, evaluation, approvals, covered, conditions, complaints *sql.Stmt

	firstPage, waiting, names *sql.Stmt
}

func (d *database) prepareReads(ctx context.Context) (err error) {
	columns := `id, registry_no, title, state, unit_id, project_owner_id, version, seq, revision, outcome, tier, mode, ipl, ai_act_class, target,
		hard_stops, blockers, returns_count, rulebook_id, rulebook_version, rulebook_digest, profile, open_before_use, created_at, updated_at`
	for _, p := range []struct {
		to   **sql.Stmt
		text string
	}{
		{&d.caseByID, `SELECT ` + columns + ` FROM cases WHERE org_id = ? AND id = ?`},
		{&d.unit, `SELECT id, code, name_sv FROM units WHERE org_id = ? AND id = ?`},
		{&d.people, `SELECT DISTINCT c.role, c.person_id, p.name FROM case_people c JOIN people p ON p.org_id = c.org_id AND p.id = c.person_id
			WHERE c.org_id = ? AND c.case_id = ? ORDER BY c.role, c.person_id`},
		{&d.lastEvent, `SELECT seq, kind, actor_id, at FROM events WHERE org_id = ? AND case_id = ? ORDER BY seq DESC LIMIT 1`},
		{&d.stages, `SELECT stage, requirement, status, result, started_at, done_at FROM stages WHERE org_id = ? AND case_id = ?`},
		{&d.caseTasks, `SELECT id, stage, kind, round, role, status, outcome, assignee_id, due_at FROM tasks WHERE org_id = ? AND case_id = ? ORDER BY opened_at, id`},
		{&d.deadlines, `SELECT subject, kind, due_at FROM deadlines WHERE org_id = ? AND case_id = ? AND fired_at IS NULL AND cancelled_at IS NULL
			ORDER BY due_at LIMIT 1`},
		{&d.evaluation, `SELECT result FROM evaluations WHERE org_id = ? AND case_id = ? ORDER BY version DESC LIMIT 1`},
		{&d.approvals, `SELECT role, person_id FROM interim_approvals WHERE org_id = ? AND case_id = ?`},
		{&d.covered, `SELECT value, source FROM case_facts WHERE org_id = ? AND case_id = ? AND name = 'covered_unit'`},
		{&d.conditions, `SELECT id, status FROM conditions WHERE org_id = ? AND case_id = ?`},
		{&d.complaints, `SELECT id, kind FROM records WHERE org_id = ? AND case_id = ? AND kind = 'complaint' AND until IS NULL`},
		{&d.firstPage, `SELECT ` + columns + ` FROM cases WHERE org_id = ? AND state <> 'DRAFT' ORDER BY updated_at DESC, id DESC LIMIT 51`},
		{&d.waiting, `SELECT id, stage, kind, round, role, status, outcome, assignee_id, due_at, case_id FROM tasks
			WHERE org_id = ? AND status = 'open' AND case_id IN (` + marks(50) + `) ORDER BY opened_at, id`},
		{&d.names, `SELECT id, name FROM people WHERE org_id = ? AND id IN (` + marks(50) + `)`},
	} {
		if *p.to, err = d.read.PrepareContext(ctx, d.placeholders(p.text)); err != nil {
			return err
		}
	}
	return nil
}

// caseRow is a row of the table of cases.
type caseRow struct {
	ID              string          `json:"case_id"`
	RegistryNo      *string         `json:"registry_no,omitempty"`
	Title           string          `json:"title"`
	State           string          `json:"state"`
	UnitID          string          `json:"org_unit_id"`
	OwnerID         string          `json:"project_owner_id"`
	Version         int64           `json:"version"`
	Seq             int64           `json:"seq"`
	Revision        int             `json:"revision"`
	Outcome         string          `json:"outcome"`
	Tier            string          `json:"tier"`
	Mode            string          `json:"mode"`
	IPL             *int            `json:"ipl"`
	AIActClass      string          `json:"ai_act_class"`
	Target          string          `json:"target"`
	HardStops       string          `json:"hard_stops"`
	Blockers        string          `json:"blockers"`
	ReturnsCount    int             `json:"returns_count"`
	RulebookID      string          `json:"rulebook_id"`
	RulebookVersion string          `json:"rulebook_version"`
	RulebookDigest  string          `json:"rulebook_digest"`
	Profile         string          `json:"profile"`
	OpenBeforeUse   int             `json:"open_before_use"`
	CreatedAt       time.Time       `json:"created_at"`
	UpdatedAt       time.Time       `json:"updated_at"`
	Waiting         *taskRow        `json:"waiting,omitempty"`
	Unit            []unitRow       `json:"org_unit,omitempty"`
	People          []personRow     `json:"people,omitempty"`
	LastEvent       []eventRow      `json:"last_event,omitempty"`
	Stages          []stageRow      `json:"stages,omitempty"`
	Tasks           []taskRow       `json:"tasks,omitempty"`
	Deadline        []deadlineRow   `json:"next_deadline,omitempty"`
	Triage          json.RawMessage `json:"triage,omitempty"`
	Approvals       []pair          `json:"interim_use,omitempty"`
	Covered         []pair          `json:"units,omitempty"`
	Conditions      []pair          `json:"conditions,omitempty"`
	Complaints      []pair          `json:"complaints,omitempty"`
}

func (c *caseRow) places() []any {
	return []any{&c.ID, &c.RegistryNo, &c.Title, &c.State, &c.UnitID, &c.OwnerID, &c.Version, &c.Seq, &c.Revision, &c.Outcome, &c.Tier, &c.Mode,
		&c.IPL, &c.AIActClass, &c.Target, &c.HardStops, &c.Blockers, &c.ReturnsCount, &c.RulebookID, &c.RulebookVersion, &c.RulebookDigest,
		&c.Profile, &c.OpenBeforeUse, &c.CreatedAt, &c.UpdatedAt}
}

type (
	unitRow   struct{ ID, Code, Name string }
	personRow struct{ Role, ID, Name string }
	eventRow  struct {
		Seq         int64
		Kind, Actor string
		At          time.Time
	}
	stageRow struct {
		Key, Requirement, Status, Result string
		Started, Done                    *time.Time
	}
	taskRow struct {
		ID, Stage, Kind string
		Round           int
		Role, Status    string
		Outcome         string
		Assignee        *string
		Due             *time.Time
		caseID          string
		Name            string `json:",omitempty"`
	}
	deadlineRow struct {
		Subject, Kind string
		Due           time.Time
	}
	pair struct{ A, B string }
)

func (t *taskRow) places() []any {
	return []any{&t.ID, &t.Stage, &t.Kind, &t.Round, &t.Role, &t.Status, &t.Outcome, &t.Assignee, &t.Due}
}

// all reads the rows of a statement.
func all[T any](ctx context.Context, stmt *sql.Stmt, places func(*T) []any, args ...any) ([]T, error) {
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []T
	for rows.Next() {
		var row T
		if err := rows.Scan(places(&row)...); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, rows.Err()
}

func pairs(p *pair) []any { return []any{&p.A, &p.B} }

// read gives a case as it stands.
func (s *server) read(r *http.Request, p person) (answer, error) {
	ctx, d, id := r.Context(), s.db, r.PathValue("case")
	cases, err := all(ctx, d.caseByID, (*caseRow).places, p.org, id)
	if err != nil || len(cases) == 0 {
		return answer{status: http.StatusNotFound}, err
	}
	c := &cases[0]
	for _, step := range []func() error{
		func() (err error) {
			c.Unit, err = all(ctx, d.unit, func(u *unitRow) []any { return []any{&u.ID, &u.Code, &u.Name} }, p.org, c.UnitID)
			return
		},
		func() (err error) {
			c.People, err = all(ctx, d.people, func(p *personRow) []any { return []any{&p.Role, &p.ID, &p.Name} }, p.org, id)
			return
		},
		func() (err error) {
			c.LastEvent, err = all(ctx, d.lastEvent, func(e *eventRow) []any { return []any{&e.Seq, &e.Kind, &e.Actor, &e.At} }, p.org, id)
			return
		},
		func() (err error) {
			c.Stages, err = all(ctx, d.stages, func(s *stageRow) []any {
				return []any{&s.Key, &s.Requirement, &s.Status, &s.Result, &s.Started, &s.Done}
			}, p.org, id)
			return
		},
		func() (err error) { c.Tasks, err = all(ctx, d.caseTasks, (*taskRow).places, p.org, id); return },
		func() (err error) {
			c.Deadline, err = all(ctx, d.deadlines, func(d *deadlineRow) []any { return []any{&d.Subject, &d.Kind, &d.Due} }, p.org, id)
			return
		},
		func() error {
			results, err := all(ctx, d.evaluation, func(s *string) []any { return []any{s} }, p.org, id)
			if len(results) > 0 {
				c.Triage = json.RawMessage(results[0])
			}
			return err
		},
		func() (err error) { c.Approvals, err = all(ctx, d.approvals, pairs, p.org, id); return },
		func() (err error) { c.Covered, err = all(ctx, d.covered, pairs, p.org, id); return },
		func() (err error) { c.Conditions, err = all(ctx, d.reads.conditions, pairs, p.org, id); return },
		func() (err error) { c.Complaints, err = all(ctx, d.complaints, pairs, p.org, id); return },
	} {
		if err := step(); err != nil {
			return answer{}, err
		}
	}
	return answer{http.StatusOK, quote(c.Version), c}, nil
}

// firstPageOf gives the fifty cases that changed last, with what each waits for.
func (s *server) firstPageOf(r *http.Request, p person) (answer, error) {
	ctx, d := r.Context(), s.db
	cases, err := all(ctx, d.firstPage, (*caseRow).places, p.org)
	if err != nil {
		return answer{}, err
	}
	cases = cases[:min(len(cases), 50)]
	ids := []any{p.org}
	for _, c := range cases {
		ids = append(ids, c.ID)
	}
	waiting, err := all(ctx, d.waiting, func(t *taskRow) []any { return append(t.places(), &t.caseID) }, padded(ids)...)
	if err != nil {
		return answer{}, err
	}
	first, people := map[string]*taskRow{}, []any{p.org}
	for i, t := range waiting {
		if f := first[t.caseID]; f == nil || t.Due != nil && (f.Due == nil || t.Due.Before(*f.Due)) {
			first[t.caseID] = &waiting[i]
		}
	}
	for _, t := range first {
		if t.Assignee != nil && !slices.Contains(people, any(*t.Assignee)) {
			people = append(people, *t.Assignee)
		}
	}
	names, err := all(ctx, d.names, pairs, padded(people)...)
	if err != nil {
		return answer{}, err
	}
	for i := range cases {
		if t := first[cases[i].ID]; t != nil {
			cases[i].Waiting = t
			for _, n := range names {
				if t.Assignee != nil && n.A == *t.Assignee {
					t.Name = n.B
				}
			}
		}
	}
	return answer{http.StatusOK, "", map[string]any{"items": cases}}, nil
}

// padded fills the places of a statement that takes an organisation and fifty ids.
func padded(args []any) []any {
	for len(args) < 51 {
		args = append(args, "")
	}
	return args
}
