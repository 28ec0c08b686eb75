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
	reads
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

// readColleagues reads who has which role in the unit of each person: the people
// whom Sluss finds in the intake.
func (d *database) readColleagues(ctx context.Context) error {
	rows, err := d.read.QueryContext(ctx, `SELECT a.id, r.role, r.person_id FROM people a
		JOIN people b ON b.org_id = a.org_id AND b.unit_id = a.unit_id
		JOIN person_roles r ON r.org_id = b.org_id AND r.person_id = b.id`)
	if err != nil {
		return err
	}
	defer rows.Close()
	d.colleagues = map[string]map[string]string{}
	for rows.Next() {
		var of, role, person string
		if err := rows.Scan(&of, &role, &person); err != nil {
			return err
		}
		if d.colleagues[of] == nil {
			d.colleagues[of] = map[string]string{}
		}
		d.colleagues[of][role] = person
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

	addCommand, lockCase, findCommand, rewriteCase, updateCase, answerCommand              *sql.Stmt
	addCase, addPart, addAuthor, addPeople, addPerson, addProduct, freeze, number, addEval *sql.Stmt
	addStages, putStage, closeTask, cancelled, addDecision, addConditions                  *sql.Stmt

	addTasks, addDeadlines, addMessages [2]*sql.Stmt // by batch of tasks
	addNews                             [2]*sql.Stmt // to one, and to all of an approval
	addFacts                            [2]*sql.Stmt // one, and those of an intake
	addEvents                           [2]*sql.Stmt // by how many more than one
	addSalts                            [3]*sql.Stmt // by how many more than one
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
		{&d.tasks, d.read, `SELECT id, stage, kind, status, scope_hash FROM tasks WHERE org_id = ? AND case_id = ? ORDER BY opened_at, id`},
		{&d.answer, d.read, `SELECT status, answer FROM commands WHERE org_id = ? AND id = ?`},

		{&d.addCommand, d.write, insert("commands", 1, "org_id", "id", "request_key", "case_id", "kind", "actor_id",
			"body_hash", "payload", "evaluation", "evaluated_on", "state", "status", "answer", "created_at", "done_at", "acked_at")},
		{&d.lockCase, d.write, `SELECT state, seq, version, last_hash FROM cases WHERE org_id = ? AND id = ?` + lock},
		{&d.findCommand, d.write, `SELECT state, actor_id, payload FROM commands WHERE org_id = ? AND id = ?` + lock},
		{&d.rewriteCase, d.write, `UPDATE cases SET registry_no = ?, revision = 1, outcome = 'proceed', tier = 'T2', mode = 'parallel',
			ipl = 1, ai_act_class = 'minimal', service_times = ?, search = ?, state = ?, seq = ?, version = ?, last_hash = ?,
			open_before_use = ?, updated_at = ? WHERE org_id = ? AND id = ?`},
		{&d.updateCase, d.write, `UPDATE cases SET state = ?, seq = ?, version = ?, last_hash = ?, open_before_use = ?, updated_at = ?
			WHERE org_id = ? AND id = ?`},
		{&d.answerCommand, d.write, `UPDATE commands SET state = 'done', status = 200, answer = ?, done_at = ? WHERE org_id = ? AND id = ?`},

		{&d.addCase, d.write, insert("cases", 1, "org_id", "id", "state", "seq", "version", "last_hash", "title", "project_owner_id",
			"unit_id", "rulebook_id", "rulebook_version", "rulebook_digest", "profile", "revision", "outcome", "tier", "mode",
			"ai_act_class", "target", "hard_stops", "blockers", "service_times", "conditions", "open_before_use", "returns_count",
			"search", "created_at", "updated_at")},
		{&d.addPart, d.write, insert("parts", 1, "org_id", "case_id", "part", "revision", "answers", "hash", "saved_by", "saved_at")},
		{&d.addAuthor, d.write, insert("assessment_authors", 1, "org_id", "case_id", "stage", "person_id") + " ON CONFLICT DO NOTHING"},
		{&d.addPeople, d.write, insert("case_people", 4, "org_id", "case_id", "person_id", "role", "source")},
		{&d.addPerson, d.write, insert("case_people", 1, "org_id", "case_id", "person_id", "role", "source") + " ON CONFLICT DO NOTHING"},
		{&d.addProduct, d.write, insert("case_products", 1, "org_id", "case_id", "supplier", "product")},
		{&d.freeze, d.write, `INSERT INTO revisions (org_id, case_id, part, revision, answers, hash, submitted_by, submitted_at)
			SELECT org_id, case_id, part, revision, answers, hash, ?, ? FROM parts WHERE org_id = ? AND case_id = ? AND part = ?`},
		{&d.number, d.write, `INSERT INTO registry_numbers (org_id, year, last) VALUES (?, ?, 1)
			ON CONFLICT (org_id, year) DO UPDATE SET last = registry_numbers.last + 1 RETURNING last`},
		{&d.addEval, d.write, insert("evaluations", 1, "org_id", "case_id", "version", "revision", "evaluated_on", "rulebook_digest", "facts_hash", "result")},
		{&d.addStages, d.write, insert("stages", len(stages), "org_id", "case_id", "stage", "requirement", "raised", "status", "result", "scope_hash", "started_at")},
		{&d.putStage, d.write, insert("stages", 1, "org_id", "case_id", "stage", "requirement", "raised", "status", "result", "scope_hash",
			"part_hash", "part_revision", "done_at") + ` ON CONFLICT (org_id, case_id, stage) DO UPDATE SET status = EXCLUDED.status,
			result = EXCLUDED.result, part_hash = EXCLUDED.part_hash, part_revision = EXCLUDED.part_revision, done_at = EXCLUDED.done_at`},
		{&d.addTasks[atSubmission], d.write, insert("tasks", len(tasks[atSubmission]), taskColumns...)},
		{&d.addTasks[atHandIn], d.write, insert("tasks", len(tasks[atHandIn]), taskColumns...)},
		{&d.addDeadlines[atSubmission], d.write, insert("deadlines", len(tasks[atSubmission]), deadlineColumns...)},
		{&d.addDeadlines[atHandIn], d.write, insert("deadlines", len(tasks[atHandIn]), deadlineColumns...)},
		{&d.addMessages[atSubmission], d.write, insert("outbox", len(tasks[atSubmission]), messageColumns...)},
		{&d.addMessages[atHandIn], d.write, insert("outbox", len(tasks[atHandIn]), messageColumns...)},
		{&d.addNews[0], d.write, insert("outbox", 1, newsColumns...)},
		{&d.addNews[1], d.write, insert("outbox", len(toldOfApproval), newsColumns...)},
		{&d.addFacts[0], d.write, insert("case_facts", 1, factColumns...)},
		{&d.addFacts[1], d.write, insert("case_facts", len(intakeFacts), factColumns...)},
		{&d.closeTask, d.write, `UPDATE tasks SET status = 'done', outcome = ?, closed_at = ?
			WHERE org_id = ? AND case_id = ? AND stage = ? AND kind = ? AND round = 1`},
		{&d.cancelled, d.write, `UPDATE deadlines SET cancelled_at = ? WHERE org_id = ? AND id = ? AND fired_at IS NULL AND cancelled_at IS NULL`},
		{&d.addDecision, d.write, insert("decisions", 1, "org_id", "id", "case_id", "task_id", "kind", "stage", "outcome", "decider_id",
			"role", "revision", "scope_hash", "motivation", "reason_codes", "path_forward_text", "decision_authority", "answers",
			"report_to_board", "command_id", "decided_at")},
		{&d.addConditions, d.write, insert("conditions", len(conditions), "org_id", "id", "case_id", "decision_id", "stage", "template",
			"text_sv", "text_en", "source_rule", "owner_role", "verifier_role", "verification", "consequence", "due_kind", "due_date",
			"months", "status", "evidence_note", "created_at")},
		{&d.addEvents[0], d.write, insert("events", 1, eventColumns...)},
		{&d.addEvents[1], d.write, insert("events", 2, eventColumns...)},
		{&d.addSalts[0], d.write, insert("event_salts", 1, saltColumns...)},
		{&d.addSalts[1], d.write, insert("event_salts", 2, saltColumns...)},
		{&d.addSalts[2], d.write, insert("event_salts", 3, saltColumns...)},
	} {
		if *p.to, err = p.db.PrepareContext(ctx, d.placeholders(p.text)); err != nil {
			return err
		}
	}
	return d.prepareReads(ctx)
}

// Columns of tables into which several statements write.
var (
	taskColumns = []string{"org_id", "id", "case_id", "stage", "kind", "round", "role", "status", "outcome", "assignee_id",
		"revision", "scope_hash", "opened_at", "due_at"}
	deadlineColumns = []string{"org_id", "id", "case_id", "subject", "kind", "round", "due_at", "late"}
	messageColumns  = []string{"org_id", "id", "case_id", "seq", "kind", "task_id", "role", "person_id", "actor_id", "created_at"}
	newsColumns     = []string{"org_id", "id", "case_id", "seq", "kind", "role", "actor_id", "created_at"}
	factColumns     = []string{"org_id", "case_id", "name", "value", "source"}
	eventColumns    = []string{"org_id", "case_id", "seq", "kind", "actor_id", "command_id", "at", "rulebook_digest", "data",
		"commitments", "prev_hash", "hash"}
	saltColumns = []string{"org_id", "case_id", "seq", "field", "salt"}
)

func insert(table string, rows int, columns ...string) string {
	row := "(" + marks(len(columns)) + ")"
	return "INSERT INTO " + table + " (" + strings.Join(columns, ", ") + ") VALUES " + row + strings.Repeat(", "+row, rows-1)
}

func marks(n int) string { return "?" + strings.Repeat(", ?", n-1) }

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
