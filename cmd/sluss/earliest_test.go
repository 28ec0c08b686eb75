//go:build !slim

package main

import (
	"context"
	"database/sql"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store/pgtest"
)

// TestEarliestRecord takes up a record that the program filled when there was one
// migration, with cases in every state they could be in: what was written stays as it
// was, every case that was under way comes to its end, and everything agrees.
func TestEarliestRecord(t *testing.T) {
	t.Parallel()
	for name, make := range map[string]func(*testing.T) *world{"SQLite": earliestOnSQLite, "PostgreSQL": earliestOnPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			takeUp(make(t))
		})
	}
}

func earliestOnSQLite(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	text, err := os.ReadFile(filepath.Join("testdata", "earliest-record.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db := w.database()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	return w
}

// earliestOnPostgres has the same rows in the tables that the first migration made
// there.
func earliestOnPostgres(t *testing.T) *world {
	t.Helper()
	from := earliestOnSQLite(t).database()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.url = pgtest.NewDatabase(t, func(ctx context.Context, url string) error {
		text, err := os.ReadFile(filepath.Join("..", "..", "migrations", "postgres", "20261121000001_record.tx.up.sql"))
		if err != nil {
			return err
		}
		db, err := sql.Open("pgx", url)
		if err != nil {
			return err
		}
		defer db.Close()
		_, err = db.ExecContext(ctx, string(text)+`;
			CREATE TABLE bun_migrations (id BIGSERIAL PRIMARY KEY, name VARCHAR, group_id BIGINT, migrated_at TIMESTAMPTZ NOT NULL DEFAULT current_timestamp);
			INSERT INTO bun_migrations (name, group_id) VALUES ('20261121000001', 1)`)
		return err
	})
	db := w.database()
	defer db.Close()
	tables := columnsOf(t, db)
	if _, err := db.ExecContext(t.Context(), "SET session_replication_role = replica"); err != nil { // no triggers, no references
		t.Fatal(err)
	}
	for table, of := range tables {
		if err := copyRows(t.Context(), db, from, table, of); err != nil {
			t.Fatalf("%s: %v", table, err)
		}
	}
	return w
}

// dbColumn is a column of a table in PostgreSQL.
type dbColumn struct{ name, kind string }

func columnsOf(t *testing.T, db *sql.DB) map[string][]dbColumn {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), `SELECT table_name, column_name, udt_name FROM information_schema.columns
		WHERE table_schema = current_schema() AND table_name NOT LIKE 'bun_%' ORDER BY table_name, ordinal_position`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns := map[string][]dbColumn{}
	for rows.Next() {
		var table string
		var c dbColumn
		if err := rows.Scan(&table, &c.name, &c.kind); err != nil {
			t.Fatal(err)
		}
		columns[table] = append(columns[table], c)
	}
	if err := rows.Err(); err != nil || len(columns) == 0 {
		t.Fatalf("%d tables, %v", len(columns), err)
	}
	return columns
}

// copyRows copies the rows of a table from SQLite to PostgreSQL, each value as text, but
// for those that the migration has written there.
func copyRows(ctx context.Context, db, from *sql.DB, table string, of []dbColumn) error {
	var names, read, write []string
	for n, c := range of {
		names = append(names, c.name)
		if c.kind == "bytea" {
			read = append(read, `'\x' || hex(`+c.name+`)`)
		} else {
			read = append(read, "CAST("+c.name+" AS TEXT)")
		}
		write = append(write, fmt.Sprintf("CAST($%d::text AS %s)", n+1, c.kind))
	}
	into := fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s) ON CONFLICT DO NOTHING", table, strings.Join(names, ", "), strings.Join(write, ", "))
	rows, err := from.QueryContext(ctx, "SELECT "+strings.Join(read, ", ")+" FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		values, to := make([]any, len(of)), make([]any, len(of))
		for n := range values {
			to[n] = &values[n]
		}
		if err := rows.Scan(to...); err != nil {
			return err
		}
		if _, err := db.ExecContext(ctx, into, values...); err != nil {
			return err
		}
	}
	return rows.Err()
}

// takeUp goes on with the earliest record.
func takeUp(w *world) {
	t := w.t
	w.start(launch{demo: true})
	check := w.checker()
	const log = "SELECT case_id || ' ' || seq || ' ' || hash FROM events ORDER BY case_id, seq"
	before, err := check.column(log)
	if err != nil || len(before) != 70 {
		t.Fatalf("%d events, %v", len(before), err)
	}
	ended := map[model.CaseState]int{}
	for _, id := range check.cases() {
		c := &aCase{w: w, team: demoTeam, id: id}
		d, _ := c.draft()
		c.intake = d.Answers
		state := c.view().State
		switch state {
		case model.Approved, model.Rejected, model.RejectedAuto:
			ended[state]++
			continue
		case model.Draft:
			c.startLater()
			c.submit()
		}
		c.finish()
	}
	if ended[model.Approved] != 3 || ended[model.Rejected] != 1 || ended[model.RejectedAuto] != 1 {
		t.Errorf("had ended: %v", ended)
	}
	after, err := check.column(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("changed: %s", line)
		}
	}
	w.stopAndCheck()
}

// finish takes a case from what was there before stages had assessments to its approval.
// What a decision rests on is asked now and was not then: where that stands in the way,
// the stage goes back to the owner once.
func (c *aCase) finish() {
	c.w.t.Helper()
	returned := map[model.StageKey]bool{}
	for {
		if now := c.view().State; now == model.Approved || now == model.ApprovedCond {
			return
		}
		first := c.openTasks()[0]
		a, err := c.w.try(c.team.who(first.Role), first.answer(first.freest()))
		switch {
		case err == nil && a.Status == http.StatusOK:
		case err == nil && a.Status == http.StatusConflict && !returned[first.Stage]:
			returned[first.Stage] = true
			c.decide(first.Stage, first.Kind, model.OutcomeReturn)
			c.startLater()
			c.submit()
		default:
			c.w.t.Fatalf("%s %s: %d %s, %v", first.Stage, first.Kind, a.Status, a.Body, err)
		}
	}
}

// startLater changes the draft: its start lies ahead, whatever today is.
func (c *aCase) startLater() {
	c.w.t.Helper()
	c.edit(map[string]any{"planned_start": time.Now().AddDate(0, 3, 0).Format(time.DateOnly)})
}
