package store

import (
	"testing"

	"go.opentelemetry.io/otel/trace"
)

func TestAboutStatement(t *testing.T) {
	t.Parallel()
	for statement, want := range map[string]string{
		`SELECT "c"."id" FROM "cases" AS "c" WHERE title = 'FROM glasbjork'`: "SELECT cases",
		`INSERT INTO outbox (id) VALUES (?)`:                                 "INSERT outbox",
		`UPDATE registry_numbers SET last = last WHERE org_id = ''`:          "UPDATE registry_numbers",
		`DELETE FROM leases WHERE name = ?`:                                  "DELETE leases",
		`SELECT 'UPDATE glasbjork' AS x`:                                     "SELECT ",
		`glasbjork`:                                                          "OTHER ",
		`BATCH`:                                                              "BATCH ",
		"\n\tWITH later AS (SELECT 1 FROM tasks) SELECT * FROM later":        "WITH tasks",
		`PRAGMA foreign_keys`:                                                "OTHER ",
	} {
		if operation, table := aboutStatement(statement); operation+" "+table != want {
			t.Errorf("%s is about %s %s, want %s", statement, operation, table, want)
		}
	}
}

// BenchmarkFollow is what a statement costs more when nobody follows it.
//
//	go test -run '^$' -bench Follow ./model/store
func BenchmarkFollow(b *testing.B) {
	b.ReportAllocs()
	if trace.SpanFromContext(b.Context()).IsRecording() {
		b.Fatal("somebody follows")
	}
	for b.Loop() {
		_, end := follow(b.Context(), "sqlite", "SELECT id FROM cases")
		_ = end(nil)
	}
}
