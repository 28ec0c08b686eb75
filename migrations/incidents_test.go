package migrations_test

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	_ "modernc.org/sqlite"
)

var createIndex = regexp.MustCompile(`CREATE (?:UNIQUE )?INDEX (\w+)\s+ON (\w+)`)

// dropIndex finds the name of an index that goes.
var dropIndex = regexp.MustCompile(`(?m)^DROP INDEX (\w+)`)

// The migration of incidents makes the tasks anew on SQLite and lets messages
// belong to no case. What was there is there afterwards, every index too, and the
// file is sound.
func TestIncidentsKeepTasksAndMessages(t *testing.T) {
	t.Parallel()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "record.db")+"?_pragma=foreign_keys(1)")
	if err != nil {
		t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = db.Close() })
	do := func(statement string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%v in %.200s", err, statement)
		}
	}
	files, err := filepath.Glob("sqlite/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	indexes := map[string]string{}
	for _, file := range files {
		if filepath.Base(file) == "20261123000004_incidents.tx.up.sql" {
			do(`INSERT INTO organisations VALUES ('o', 'O', 'strictest', '2026-11-22 10:00:00+00:00');
				INSERT INTO units (org_id, id, code, name_sv, name_en, controller_type) VALUES ('o', 'u', 'u', 'U', 'U', 'public_authority');
				INSERT INTO people (org_id, id, handle, name, unit_id, created_at) VALUES ('o', 'p', 'p', 'P', 'u', '2026-11-22 10:00:00+00:00');
				INSERT INTO cases (org_id, id, state, seq, version, last_hash, title, project_owner_id, unit_id, rulebook_id, rulebook_version,
					rulebook_digest, profile, revision, outcome, tier, mode, ai_act_class, target, hard_stops, blockers, service_times, conditions,
					open_before_use, returns_count, search, created_at, updated_at)
					VALUES ('o', 'c', 'DRAFT', 1, 0, '', 'T', 'p', 'u', 'r', '1', 'd', 's', 0, '', '', '', '', '', '', '', '{}', 0, 0, 0, '', '', '');
				INSERT INTO tasks VALUES ('o', 't', 'c', 'manager', 'endorse', 1, 'manager', 'open', '', 'p', 1, 's', '2026-11-22 10:00:00+00:00', NULL, NULL);
				INSERT INTO outbox (org_id, id, case_id, seq, kind, created_at) VALUES ('o', 'm', 'c', 1, 'task_opened', '2026-11-22 10:00:00+00:00')`)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range dropIndex.FindAllSubmatch(text, -1) {
			delete(indexes, string(m[1]))
		}
		for _, m := range createIndex.FindAllSubmatch(text, -1) {
			indexes[string(m[1])] = string(m[2])
		}
		do("BEGIN;" + string(text) + ";COMMIT")
	}
	have := map[string]string{}
	rows, err := db.QueryContext(t.Context(), "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, table string
		if err := rows.Scan(&name, &table); err != nil {
			t.Fatal(err)
		}
		have[name] = table
	}
	if err := rows.Err(); err != nil || !maps.Equal(have, indexes) {
		t.Errorf("indexes %v, want %v: %v", have, indexes, err)
	}
	do("INSERT INTO outbox (org_id, id, case_id, seq, kind, created_at) VALUES ('o', 'n', NULL, 1, 'incident', '2026-11-22 10:00:00+00:00')")
	for query, want := range map[string]string{
		"PRAGMA integrity_check": "ok",
		"SELECT case_id || stage || kind || assignee_id || round FROM tasks WHERE org_id = 'o' AND id = 't'": "cmanagerendorsep1",
		"SELECT group_concat(COALESCE(case_id, '-'), '') FROM (SELECT case_id FROM outbox ORDER BY id)":      "c-",
		"SELECT COUNT(*) FROM pragma_foreign_key_check":                                                      "0",
	} {
		var got string
		if err := db.QueryRowContext(t.Context(), query).Scan(&got); err != nil || got != want {
			t.Errorf("%s: %q, want %q: %v", query, got, want, err)
		}
	}
}
