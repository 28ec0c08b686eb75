package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	_ "modernc.org/sqlite"             // driver "sqlite"

	"sluss/model"
	"sluss/model/store/storetest"
)

// floor is what recording a decision costs at least: the same statements on the
// same rows, written by hand through prepared statements of database/sql, with
// all values at hand before the transaction begins.
type floor struct {
	db       *sql.DB
	stmts    map[string]*sql.Stmt
	postgres bool
	// sample are the texts that the record writes for such a decision.
	sample struct{ data, commitments, answer string }
}

// The statements of the floor, by name, as PostgreSQL takes them.
var floorStatements = map[string]string{
	"case": `SELECT registry_no, state, seq, version, last_hash, title, project_owner_id, unit_id, rulebook_id,
		rulebook_version, rulebook_digest, profile, revision, outcome, tier, mode, ipl, ai_act_class, target,
		hard_stops, blockers, service_times, conditions, open_before_use, returns_count, search, created_at, updated_at
		FROM cases WHERE org_id = $1 AND id = $2 FOR UPDATE`,
	"command": `SELECT request_key, kind, actor_id, body_hash, payload, evaluation, evaluated_on, state, status, answer, created_at
		FROM commands WHERE org_id = $1 AND id = $2 AND case_id = $3 FOR UPDATE`,
	"task": `SELECT stage, kind, round, role, status, outcome, assignee_id, revision, scope_hash, opened_at, due_at
		FROM tasks WHERE org_id = $1 AND id = $2 AND case_id = $3`,
	"people": `SELECT person_id, role, source FROM case_people WHERE org_id = $1 AND case_id = $2
		UNION ALL SELECT person_id, role, '' FROM person_roles WHERE org_id = $1 AND person_id = $3`,
	"decision": insertText("decisions", `org_id, id, case_id, task_id, kind, stage, outcome, decider_id, role, revision,
		scope_hash, motivation, reason_codes, path_forward_text, decision_authority, answers, command_id, decided_at`, 1),
	"person": insertText("case_people", "org_id, case_id, person_id, role, source", 1),
	"stages": insertText("stages", "org_id, case_id, stage, requirement, raised, status, result, scope_hash, started_at, done_at", 2) +
		` ON CONFLICT (org_id, case_id, stage) DO UPDATE SET requirement = EXCLUDED.requirement, raised = EXCLUDED.raised,
		status = EXCLUDED.status, result = EXCLUDED.result, scope_hash = EXCLUDED.scope_hash,
		started_at = COALESCE(EXCLUDED.started_at, stages.started_at), done_at = EXCLUDED.done_at`,
	"close": `UPDATE tasks SET status = $1, outcome = $2, closed_at = $3
		WHERE org_id = $4 AND case_id = $5 AND stage = $6 AND kind = $7 AND round = $8`,
	"tasks": insertText("tasks", `org_id, id, case_id, stage, kind, round, role, status, outcome, assignee_id, revision,
		scope_hash, opened_at, due_at, closed_at`, 2),
	"outbox":    insertText("outbox", "org_id, id, case_id, seq, kind, task_id, created_at, sent_at", 2),
	"deadlines": insertText("deadlines", "org_id, id, case_id, subject, kind, round, due_at, fired_at, cancelled_at, late", 2),
	"cancel": `UPDATE deadlines SET cancelled_at = $1 WHERE org_id = $2 AND id IN ($3)
		AND fired_at IS NULL AND cancelled_at IS NULL RETURNING id`,
	"event": insertText("events", `org_id, case_id, seq, kind, actor_id, command_id, at, rulebook_digest, data, commitments,
		prev_hash, hash`, 1),
	"salts": insertText("event_salts", "org_id, case_id, seq, field, salt", 4),
	"update": `UPDATE cases SET state = $1, seq = $2, version = $3, last_hash = $4, tier = $5, mode = $6, target = $7,
		hard_stops = $8, blockers = $9, conditions = $10, open_before_use = $11, returns_count = $12, updated_at = $13
		WHERE org_id = $14 AND id = $15`,
	"answer": `UPDATE commands SET state = 'done', status = 200, answer = $1, done_at = $2 WHERE org_id = $3 AND id = $4`,
	"next": `SELECT id, due_at FROM deadlines WHERE org_id = $1 AND case_id = $2 AND fired_at IS NULL
		AND cancelled_at IS NULL ORDER BY due_at, id LIMIT 1`,
	"add": insertText("commands", `org_id, id, request_key, case_id, kind, actor_id, body_hash, payload, evaluation,
		evaluated_on, state, status, answer, created_at, done_at, acked_at`, 1),
}

func insertText(table, columns string, rows int) string {
	n := strings.Count(columns, ",") + 1
	values := make([]string, rows)
	for r := range values {
		marks := make([]string, n)
		for i := range marks {
			marks[i] = fmt.Sprintf("$%d", r*n+i+1)
		}
		values[r] = "(" + strings.Join(marks, ", ") + ")"
	}
	return "INSERT INTO " + table + " (" + columns + ") VALUES " + strings.Join(values, ", ")
}

func newFloor(t testing.TB, dsn string, writers int) *floor {
	t.Helper()
	f := &floor{stmts: map[string]*sql.Stmt{}, postgres: true}
	driver := "pgx"
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, writers, f.postgres = "sqlite", 1, false
		dsn = "file:" + path + "?" + url.Values{
			"_txlock": {"immediate"}, "_time_format": {"sqlite"},
			"_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
		}.Encode()
	}
	var err error
	if f.db, err = sql.Open(driver, dsn); err != nil {
		t.Fatal(err)
	}
	f.db.SetMaxOpenConns(writers)
	f.db.SetMaxIdleConns(writers)
	t.Cleanup(func() { f.db.Close() })
	for name, text := range floorStatements {
		if driver == "sqlite" {
			text = strings.ReplaceAll(text, " FOR UPDATE", "")
		}
		if f.stmts[name], err = f.db.Prepare(text); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
	}
	return f
}

// add stores the command.
func (f *floor) add(ctx context.Context, p *prepared) error {
	c := p.command
	_, err := f.stmts["add"].ExecContext(ctx, c.OrgID, c.ID, c.RequestKey, c.CaseID, string(c.Kind), c.ActorID, c.BodyHash,
		p.payload, p.evaluation, p.w.Today(), "pending", 0, "", p.now, nil, nil)
	return err
}

// record records the decision.
func (f *floor) record(ctx context.Context, p *prepared) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f.statements(ctx, tx, p); err != nil {
		return err
	}
	return tx.Commit()
}

func (f *floor) statements(ctx context.Context, tx *sql.Tx, p *prepared) error {
	w, c, d := p.w, p.before, p.command.Payload.Decision
	org, id, now := w.Org, p.caseID, p.now
	var firstErr error
	exec := func(name string, args ...any) {
		if firstErr == nil {
			_, firstErr = tx.StmtContext(ctx, f.stmts[name]).ExecContext(ctx, args...)
		}
	}
	query := func(name string, width int, args ...any) {
		if firstErr != nil {
			return
		}
		rows, err := tx.StmtContext(ctx, f.stmts[name]).QueryContext(ctx, args...)
		if err != nil {
			firstErr = err
			return
		}
		defer rows.Close()
		values := make([]any, width)
		for i := range values {
			values[i] = new(any)
		}
		for rows.Next() {
			if err := rows.Scan(values...); err != nil {
				firstErr = err
				return
			}
		}
		firstErr = rows.Err()
	}
	due := now.Add(240 * time.Hour)
	seq, hash := c.Seq+1, strings.Repeat("a", 64)
	advice, decision := model.StageLegalBasis, "decision"
	query("case", 28, org, id)
	query("command", 11, org, p.command.ID, id)
	query("task", 11, org, d.TaskID, id)
	query("people", 3, org, id, w.Manager)
	exec("decision", org, p.ids[0], id, d.TaskID, "decide", "manager", "endorse", w.Manager, "manager", 1, "s1", d.Motivation,
		" R-01 R-02 ", d.PathForwardText, d.DecisionAuthority, string(d.Answers), p.command.ID, now)
	exec("person", org, id, w.Manager, "manager", "acted")
	exec("stages", org, id, "manager", "required", false, "done", "endorse", "s1", nil, now,
		org, id, "legal_basis", "required", false, "open", "", "s1", now, nil)
	exec("close", "done", "endorse", now, org, id, "manager", "endorse", 1)
	exec("tasks", org, p.ids[1], id, string(advice), "advice", 1, "dpo", "open", "", nil, 1, "s1", now, due, nil,
		org, p.ids[2], id, string(advice), decision, 1, "information_owner", "open", "", w.InfoOwner, 1, "s1", now, due, nil)
	exec("outbox", org, p.ids[3], id, seq, "task_opened", p.ids[1], now, nil, org, p.ids[4], id, seq, "task_opened", p.ids[2], now, nil)
	exec("deadlines", org, p.deadlines[1], id, "legal_basis.advice", "due", 1, due, nil, nil, false,
		org, p.deadlines[2], id, "legal_basis.decision", "due", 1, due, nil, nil, false)
	query("cancel", 1, now, org, p.deadlines[0])
	exec("event", org, id, seq, "decided", w.Manager, p.command.ID, now, "d1", f.sample.data, f.sample.commitments, hash, hash)
	exec("salts", org, id, seq, "answers", hash, org, id, seq, "decision_authority", hash, org, id, seq, "motivation", hash,
		org, id, seq, "path_forward_text", hash)
	exec("update", "LEGAL_REVIEW", seq, 2, hash, string(c.Tier), string(c.Mode), "", "", "", 0, 0, 0, now, org, id)
	exec("answer", f.sample.answer, now, org, p.command.ID)
	query("next", 2, org, id)
	return firstErr
}

// settle does what PostgreSQL does on its own within a minute: it looks at how
// large the tables are. Until then it plans for empty ones.
func (f *floor) settle(t testing.TB) {
	t.Helper()
	if !f.postgres {
		return
	}
	if _, err := f.db.Exec("ANALYZE"); err != nil {
		t.Fatal(err)
	}
}

// takeSample reads what the record has written for a decision.
func (f *floor) takeSample(t testing.TB, w *storetest.World, caseID string) {
	t.Helper()
	row := f.db.QueryRow(`SELECT e.data, e.commitments, c.answer FROM events e JOIN commands c ON c.org_id = e.org_id AND c.id = e.command_id
		WHERE e.org_id = $1 AND e.case_id = $2 ORDER BY e.seq DESC LIMIT 1`, w.Org, caseID)
	if err := row.Scan(&f.sample.data, &f.sample.commitments, &f.sample.answer); err != nil {
		t.Fatal(err)
	}
}
