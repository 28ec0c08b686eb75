//go:build linux && !slim

package floor

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// database is the record with the statements that the floor needs, prepared.
type database struct {
	write, read *sql.DB
	postgres    bool
	writers     int
	colleagues  map[string]map[string]string
	statements
}

// open opens the record as Sluss does: on SQLite one connection that writes and
// a pool that reads, on PostgreSQL one pool.
func open(ctx context.Context, o Options) (*database, error) {
	d := &database{postgres: o.DatabaseURL != "", writers: 1}
	if d.postgres {
		config, err := pgx.ParseConfig(o.DatabaseURL)
		if err != nil {
			return nil, errors.New("the PostgreSQL URL cannot be read")
		}
		config.RuntimeParams["timezone"] = "UTC"
		d.write = stdlib.OpenDB(*config)
		d.read, d.writers = d.write, o.Conns
		limit(d.write, o.Conns)
		return d, errors.Join(d.prepare(ctx), d.readColleagues(ctx))
	}
	const wait = "busy_timeout(5000)"
	path := filepath.Join(o.DataDir, "record.db")
	var err error
	d.write, err = sql.Open("sqlite", dsn(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {wait, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"},
	}))
	if err != nil {
		return nil, err
	}
	if d.read, err = sql.Open("sqlite", dsn(path, url.Values{"_pragma": {wait, "query_only(1)"}})); err != nil {
		return nil, err
	}
	limit(d.write, 1)
	limit(d.read, o.Conns)
	return d, errors.Join(d.prepare(ctx), d.readColleagues(ctx))
}

func dsn(path string, v url.Values) string {
	v.Set("_time_format", "sqlite")
	return "file:" + path + "?" + v.Encode()
}

func limit(db *sql.DB, conns int) {
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
}

// readColleagues reads who has which role in the unit of each project owner: the
// people whom Sluss finds in the intake.
func (d *database) readColleagues(ctx context.Context) error {
	rows, err := d.read.QueryContext(ctx, `SELECT o.person_id, r.role, r.person_id FROM person_roles o
		JOIN people a ON a.org_id = o.org_id AND a.id = o.person_id
		JOIN people b ON b.org_id = a.org_id AND b.unit_id = a.unit_id
		JOIN person_roles r ON r.org_id = b.org_id AND r.person_id = b.id WHERE o.role = 'project_owner'`)
	if err != nil {
		return err
	}
	defer rows.Close()
	d.colleagues = map[string]map[string]string{}
	for rows.Next() {
		var owner, role, person string
		if err := rows.Scan(&owner, &role, &person); err != nil {
			return err
		}
		if d.colleagues[owner] == nil {
			d.colleagues[owner] = map[string]string{}
		}
		d.colleagues[owner][role] = person
	}
	return rows.Err()
}

func (d *database) close() error {
	err := d.write.Close()
	if d.read != d.write {
		err = errors.Join(err, d.read.Close())
	}
	return err
}

// statements are prepared once and on each connection.
type statements struct {
	person, taskCase, tasks, answer *sql.Stmt // reads

	addCommand, lockCase, findCommand, updateCase, answerCommand                *sql.Stmt
	addCase, addPart, addPeople, addPerson, addProduct, freeze, number, addEval *sql.Stmt
	addStages, putStage, addTasks, closeTask, addDeadlines, cancelled           *sql.Stmt
	addMessages, addDecision, addEvent, addEvents, addSalt, addTwoSalts         *sql.Stmt
}

// prepare prepares every statement; it is where all SQL of the floor stands.
func (d *database) prepare(ctx context.Context) (err error) {
	lock := ""
	if d.postgres {
		lock = " FOR UPDATE"
	}
	for _, p := range []struct {
		to   **sql.Stmt
		db   *sql.DB
		text string
	}{
		{&d.person, d.read, `SELECT p.org_id, p.id, p.unit_id, r.role FROM tokens t
			JOIN people p ON p.org_id = t.org_id AND p.id = t.person_id
			LEFT JOIN person_roles r ON r.org_id = p.org_id AND r.person_id = p.id
			WHERE t.hash = ? AND t.purpose = 'api' AND t.revoked_at IS NULL AND t.expires_at > ? AND p.disabled_at IS NULL`},
		{&d.taskCase, d.read, `SELECT case_id, stage, kind FROM tasks WHERE org_id = ? AND id = ?`},
		{&d.tasks, d.read, `SELECT id, stage, kind, status, scope_hash FROM tasks WHERE org_id = ? AND case_id = ? ORDER BY id`},
		{&d.answer, d.read, `SELECT status, answer FROM commands WHERE org_id = ? AND id = ?`},

		{&d.addCommand, d.write, insert("commands", 1, "org_id", "id", "request_key", "case_id", "kind", "actor_id",
			"body_hash", "payload", "evaluation", "evaluated_on", "state", "status", "answer", "created_at", "done_at", "acked_at")},
		{&d.lockCase, d.write, `SELECT state, seq, version, last_hash FROM cases WHERE org_id = ? AND id = ?` + lock},
		{&d.findCommand, d.write, `SELECT state, actor_id, payload FROM commands WHERE org_id = ? AND id = ?` + lock},
		{&d.updateCase, d.write, `UPDATE cases SET registry_no = COALESCE(?, registry_no), state = ?, seq = ?, version = ?, last_hash = ?,
			revision = 1, outcome = 'proceed', tier = 'T2', mode = 'parallel', service_times = ?, updated_at = ? WHERE org_id = ? AND id = ?`},
		{&d.answerCommand, d.write, `UPDATE commands SET state = 'done', status = 200, answer = ?, done_at = ? WHERE org_id = ? AND id = ?`},

		{&d.addCase, d.write, insert("cases", 1, "org_id", "id", "state", "seq", "version", "last_hash", "title", "project_owner_id",
			"unit_id", "rulebook_id", "rulebook_version", "rulebook_digest", "profile", "revision", "outcome", "tier", "mode",
			"ai_act_class", "target", "hard_stops", "blockers", "service_times", "conditions", "open_before_use", "returns_count",
			"search", "created_at", "updated_at")},
		{&d.addPart, d.write, insert("parts", 1, "org_id", "case_id", "part", "revision", "answers", "hash", "saved_by", "saved_at")},
		{&d.addPeople, d.write, insert("case_people", 4, "org_id", "case_id", "person_id", "role", "source")},
		{&d.addPerson, d.write, insert("case_people", 1, "org_id", "case_id", "person_id", "role", "source")},
		{&d.addProduct, d.write, insert("case_products", 1, "org_id", "case_id", "supplier", "product")},
		{&d.freeze, d.write, `INSERT INTO revisions (org_id, case_id, part, revision, answers, hash, submitted_by, submitted_at)
			SELECT org_id, case_id, part, revision, answers, hash, ?, ? FROM parts WHERE org_id = ? AND case_id = ? AND part = 'intake'`},
		{&d.number, d.write, `INSERT INTO registry_numbers (org_id, year, last) VALUES (?, ?, 1)
			ON CONFLICT (org_id, year) DO UPDATE SET last = registry_numbers.last + 1 RETURNING last`},
		{&d.addEval, d.write, insert("evaluations", 1, "org_id", "case_id", "version", "revision", "evaluated_on", "rulebook_digest", "facts_hash", "result")},
		{&d.addStages, d.write, insert("stages", len(stages), "org_id", "case_id", "stage", "requirement", "raised", "status", "result", "scope_hash", "started_at")},
		{&d.putStage, d.write, insert("stages", 1, "org_id", "case_id", "stage", "requirement", "raised", "status", "result", "scope_hash", "done_at") +
			` ON CONFLICT (org_id, case_id, stage) DO UPDATE SET status = EXCLUDED.status, result = EXCLUDED.result, done_at = EXCLUDED.done_at`},
		{&d.addTasks, d.write, insert("tasks", len(tasks), "org_id", "id", "case_id", "stage", "kind", "round", "role", "status",
			"outcome", "revision", "scope_hash", "opened_at", "due_at")},
		{&d.closeTask, d.write, `UPDATE tasks SET status = 'done', outcome = ?, closed_at = ?
			WHERE org_id = ? AND case_id = ? AND stage = ? AND kind = ? AND round = 1`},
		{&d.addDeadlines, d.write, insert("deadlines", len(tasks), "org_id", "id", "case_id", "subject", "kind", "round", "due_at", "late")},
		{&d.cancelled, d.write, `UPDATE deadlines SET cancelled_at = ? WHERE org_id = ? AND id = ? AND fired_at IS NULL AND cancelled_at IS NULL`},
		{&d.addMessages, d.write, insert("outbox", len(tasks), "org_id", "id", "case_id", "seq", "kind", "task_id", "created_at")},
		{&d.addDecision, d.write, insert("decisions", 1, "org_id", "id", "case_id", "task_id", "kind", "stage", "outcome", "decider_id",
			"role", "revision", "scope_hash", "motivation", "reason_codes", "path_forward_text", "decision_authority", "answers",
			"command_id", "decided_at")},
		{&d.addEvent, d.write, insert("events", 1, eventColumns...)},
		{&d.addEvents, d.write, insert("events", 2, eventColumns...)},
		{&d.addSalt, d.write, insert("event_salts", 1, "org_id", "case_id", "seq", "field", "salt")},
		{&d.addTwoSalts, d.write, insert("event_salts", 2, "org_id", "case_id", "seq", "field", "salt")},
	} {
		if *p.to, err = p.db.PrepareContext(ctx, d.placeholders(p.text)); err != nil {
			return err
		}
	}
	return nil
}

var eventColumns = []string{"org_id", "case_id", "seq", "kind", "actor_id", "command_id", "at", "rulebook_digest", "data",
	"commitments", "prev_hash", "hash"}

func insert(table string, rows int, columns ...string) string {
	row := "(?" + strings.Repeat(", ?", len(columns)-1) + ")"
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + row + strings.Repeat(", "+row, rows-1)
}

func (d *database) placeholders(text string) string {
	if !d.postgres {
		return text
	}
	var b strings.Builder
	for i, part := range strings.Split(text, "?") {
		if i > 0 {
			b.WriteString("$" + strconv.Itoa(i))
		}
		b.WriteString(part)
	}
	return b.String()
}
