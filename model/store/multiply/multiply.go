// Package multiply copies the cases of a record until there are many, with all that
// belongs to them, in the database itself: a million cases in minutes. It is for
// measurements and tests of what lists, pages and the waiting of many cases cost. The
// copies are rows that nobody acted for: their logs do not verify.
//
// Tests and the programs that measure import it, nothing else does.
package multiply

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"
)

// Options say how many copies there will be and how they differ.
type Options struct {
	// Copies is how many copies each case gets.
	Copies int
	// Tables are those whose rows are copied, "cases" first; nil means all of Tables.
	Tables []string
	// Hands are sets of ids of people and units, each in the same order. What is in
	// the hands of the first set is, in copy n, in those of set n modulo their number.
	Hands [][]string
	// Only narrows the rows of a table that are copied, by a condition in SQL. The table
	// hands has the ids of the first set in its column old.
	Only map[string]string
	// Stay are tables whose copies stay in the hands of the first set.
	Stay []string
	// States are given to some copies instead of their own, to one of twenty-five
	// each: those to which time alone leads, or a rare decision.
	States []string
}

// Tables are those with rows that belong to one case, each after those it refers to,
// but for commands, messages and the salts of the log.
var Tables = []string{
	"cases", "case_people", "parts", "revisions", "evaluations", "stages", "tasks", "decisions", "conditions", "deadlines", "events",
	"case_facts", "case_products", "register_entries",
}

// Cases copies every case of the record at a URL (sqlite:FILE or postgres://…). Copy n
// has its times n minutes earlier, another id, title and registry number, and otherwise
// what its case has. On PostgreSQL the user must be allowed to leave out triggers.
func Cases(ctx context.Context, url string, o Options) error {
	file, onSQLite := strings.CutPrefix(url, "sqlite:")
	driver, source := "pgx", url
	if onSQLite {
		driver, source = "sqlite", "file:"+file+"?_time_format=sqlite"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1) // temporary tables belong to a connection
	c := &copier{Options: o, db: db, sqlite: onSQLite}
	if err := c.all(ctx); err != nil {
		return fmt.Errorf("copy cases: %w", err)
	}
	return nil
}

type copier struct {
	Options
	db     *sql.DB
	sqlite bool
	// ids are all ids of cases and of what belongs to them, hands those of the first
	// set of people and units.
	ids, hands map[string]bool
}

func (c *copier) all(ctx context.Context) error {
	prepare := []string{"CREATE TEMPORARY TABLE hands (turn INTEGER, old TEXT, new TEXT, PRIMARY KEY (turn, old))"}
	var finish []string
	if c.sqlite {
		prepare = append(prepare, "PRAGMA synchronous = OFF", "PRAGMA cache_size = -200000")
	} else {
		prepare = append(prepare, "SET session_replication_role = replica")
		finish = append(finish, "VACUUM ANALYZE") // as the server itself does soon after so many rows
	}
	if err := c.exec(ctx, prepare...); err != nil {
		return err
	}
	if err := c.handsTable(ctx); err != nil {
		return err
	}
	tables := c.Tables
	if tables == nil {
		tables = Tables
	}
	originals := make([]original, len(tables))
	c.ids = map[string]bool{}
	for i, table := range tables {
		var err error
		if originals[i], err = c.read(ctx, table); err != nil {
			return fmt.Errorf("%s: %w", table, err)
		}
	}
	for _, o := range originals {
		if err := c.exec(ctx, c.insert(o)); err != nil {
			return fmt.Errorf("%s: %w", o.table, err)
		}
	}
	return c.exec(ctx, finish...)
}

func (c *copier) exec(ctx context.Context, statements ...string) error {
	for _, s := range statements {
		if _, err := c.db.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.200s: %w", s, err)
		}
	}
	return nil
}

// handsTable writes down who has the copies of a turn instead of whom.
func (c *copier) handsTable(ctx context.Context) error {
	c.hands = map[string]bool{}
	for turn, set := range c.Hands {
		for i, id := range c.Hands[0] {
			c.hands[id] = true
			if _, err := c.db.ExecContext(ctx, "INSERT INTO hands (turn, old, new) VALUES ($1, $2, $3)", turn, id, set[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// original is a table's rows of the cases that there are, in a temporary table, with
// the values of each column that are not empty.
type original struct {
	table   string
	columns []string
	values  [][]any
}

// read keeps the rows of a table that belong to cases, and notes the ids in them.
func (c *copier) read(ctx context.Context, table string) (o original, err error) {
	o.table = table
	key := "case_id"
	if table == "cases" {
		key = "id"
	}
	rowsOf := fmt.Sprintf("SELECT * FROM %s WHERE %s IN (SELECT id FROM cases)", table, key)
	if only := c.Only[table]; only != "" {
		rowsOf += " AND " + only
	}
	if err := c.exec(ctx, "CREATE TEMPORARY TABLE old_"+table+" AS "+rowsOf); err != nil {
		return o, err
	}
	rows, err := c.db.QueryContext(ctx, rowsOf)
	if err != nil {
		return o, err
	}
	defer rows.Close()
	if o.columns, err = rows.Columns(); err != nil {
		return o, err
	}
	o.values = make([][]any, len(o.columns))
	for rows.Next() {
		row, dest := make([]any, len(o.columns)), make([]any, len(o.columns))
		for i := range dest {
			dest[i] = &row[i]
		}
		if err := rows.Scan(dest...); err != nil {
			return o, err
		}
		for i, v := range row {
			if v != nil && v != "" {
				o.values[i] = append(o.values[i], v)
			}
			if id, isText := v.(string); isText && (o.columns[i] == "id" || o.columns[i] == "outbox_id") {
				c.ids[id] = true
			}
		}
	}
	return o, rows.Err()
}

// insert is the statement that writes all copies of a table's rows.
func (c *copier) insert(o original) string {
	values := make([]string, len(o.columns))
	for i, column := range o.columns {
		values[i] = c.copyOf(o, i, "o."+column)
	}
	copies := fmt.Sprintf("generate_series(1, %d) AS copies(n)", c.Copies)
	with := ""
	if c.sqlite {
		with = fmt.Sprintf("WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < %d) ", c.Copies)
		copies = "copies"
	}
	return fmt.Sprintf("%sINSERT INTO %s (%s) SELECT %s FROM %s CROSS JOIN old_%s AS o",
		with, o.table, strings.Join(o.columns, ", "), strings.Join(values, ", "), copies, o.table)
}

// copyOf is what stands in column i of copy n.
func (c *copier) copyOf(o original, i int, was string) string {
	switch column := o.columns[i]; {
	case len(o.values[i]) == 0:
		return was
	case o.table == "cases" && column == "state" && len(c.States) > 0:
		return c.state(was)
	case column == "title", column == "search":
		return was + " || ' ' || n"
	case slices.Contains([]string{"registry_no", "request_key", "command_id"}, column):
		return "CASE WHEN " + was + " = '' THEN '' ELSE " + was + " || '/' || n END"
	case every(o.values[i], c.belongs):
		return "CASE WHEN " + was + " = '' THEN '' ELSE " + c.hex() + " || substr(" + was + ", 9) END"
	case !slices.Contains(c.Stay, o.table) && slices.ContainsFunc(o.values[i], func(v any) bool { id, _ := v.(string); return c.hands[id] }):
		return fmt.Sprintf("COALESCE((SELECT new FROM hands WHERE turn = n %% %d AND old = %s), %s)", len(c.Hands), was, was)
	case every(o.values[i], func(v any) bool { _, is := v.(time.Time); return is }):
		return c.earlier(was)
	}
	return was
}

// belongs reports whether a value is the id of a case or of what belongs to one, or
// begins with one.
func (c *copier) belongs(v any) bool {
	text, _ := v.(string)
	id, _, _ := strings.Cut(text, "/")
	return c.ids[id]
}

func every(values []any, is func(any) bool) bool {
	return !slices.ContainsFunc(values, func(v any) bool { return !is(v) })
}

// hex is n in eight digits, with which the ids of copy n begin.
func (c *copier) hex() string {
	if c.sqlite {
		return "printf('%08x', n)"
	}
	return "lpad(to_hex(n), 8, '0')"
}

// earlier is a time n minutes before.
func (c *copier) earlier(was string) string {
	if c.sqlite {
		return fmt.Sprintf("strftime('%%Y-%%m-%%d %%H:%%M:%%S', substr(%[1]s, 1, 19), '-' || n || ' minutes') || substr(%[1]s, 20)", was)
	}
	return was + " - n * interval '1 minute'"
}

// state gives some copies another state; a draft stays one.
func (c *copier) state(was string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "CASE WHEN %s = 'DRAFT' THEN %s", was, was)
	for i, s := range c.States {
		fmt.Fprintf(&b, " WHEN n %% 25 = %d THEN '%s'", i, s)
	}
	return b.String() + " ELSE " + was + " END"
}
