package store_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// statements returns every statement of the record, prepared or written by bun with
// its values. On SQLite nearly all are prepared.
func statements(t *testing.T, s *store.Store, w *storetest.World, more func()) (prepared, written []string) {
	t.Helper()
	s.Watch(func(query string) {
		for _, verb := range []string{"SELECT", "UPDATE", "DELETE"} {
			if strings.HasPrefix(query, verb) && !strings.Contains(query, "bun_migration") {
				written = append(written, query)
			}
		}
	})
	storetest.UseEverything(w)
	more()
	prepared, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(prepared) < 30 || len(prepared)+len(written) < 50 {
		t.Fatalf("only %d statements are prepared and %d written", len(prepared), len(written))
	}
	return prepared, written
}

// tables are those that grow.
var tables = []string{
	"cases", "case_people", "parts", "revisions", "evaluations", "stages", "tasks", "decisions", "conditions",
	"deadlines", "events", "event_salts", "commands", "outbox", "messages", "register_entries", "retriages",
	"case_facts", "records", "tree_leaves", "tree_hashes",
}

// mayScan are the statements that look through a whole table or a whole
// organisation, for a reason.
func mayScan(query string) bool {
	for _, reason := range []string{
		`FROM "organisations"`,                           // there are few
		"SELECT org_id, id AS case_id FROM cases",        // once, when the program starts
		`FROM "units"`, `FROM "people"`, `FROM "tokens"`, // all of an organisation
		`FROM "person_roles"`,
		"LIMIT 10) AS matching", // stops after ten rows
	} {
		if strings.Contains(query, reason) {
			return true
		}
	}
	return false
}

// No statement looks through a table for what an index could find.
func TestSQLiteUsesIndexes(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"), 2)
	prepared, written := statements(t, c.Store, c.World, c.readAll)
	for _, query := range append(prepared, written...) {
		plan, err := c.Store.Rows(t.Context(), "EXPLAIN QUERY PLAN "+strings.ReplaceAll(query, "?", "'x'"))
		if err != nil {
			t.Errorf("%v: %s", err, query)
		}
		for _, step := range plan {
			table, ok := strings.CutPrefix(step, "SCAN ")
			if ok && slices.Contains(append(tables, "c", "t", "p", "e", "r", "m", "d", "x"), table) && !mayScan(query) {
				t.Errorf("%s:\n%s", step, query)
			}
		}
	}
}

// PostgreSQL reads a small table whole, so it is told not to where it can help it.
func TestPostgresUsesIndexes(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, pgtest.NewDatabase(t, migrate), 20)
	_, written := statements(t, c.Store, c.World, c.readAll)
	if _, err := c.Store.Rows(t.Context(), "SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	for _, query := range written {
		plan, err := c.Store.Rows(t.Context(), "EXPLAIN "+query)
		if err != nil {
			t.Errorf("%v: %s", err, query)
		}
		for _, step := range plan {
			if strings.Contains(step, "Seq Scan on ") && !mayScan(query) {
				t.Errorf("%s:\n%s", strings.TrimSpace(step), query)
			}
		}
	}
}

// What has changed in a register is found by the number of the change. Until
// PostgreSQL has looked at a table it takes any index of an organisation for as
// good as the next, and would read the whole register at every change.
func TestPostgresFindsRegisterChanges(t *testing.T) {
	t.Parallel()
	s := openPostgres(t, 1)
	w := storetest.NewWorld(t, s)
	for i := range 20 {
		if _, err := s.PutRegisterEntry(t.Context(), w.Org, "", w.Entry("", strconv.Itoa(i)), w.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.RegisterChangedAfter(t.Context(), w.Org, 1); err != nil {
		t.Fatal(err)
	}
	kept, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(kept, func(query string) bool { return strings.Contains(query, "change > $2") })
	if i < 0 {
		t.Fatal("the question is not prepared")
	}
	explain := "EXPLAIN " + strings.NewReplacer("$1", "'"+w.Org+"'", "$2", "1").Replace(kept[i])
	if _, err := s.Rows(t.Context(), "SET enable_seqscan = off"); err != nil { // for it reads a small table whole
		t.Fatal(err)
	}
	plan, err := s.Rows(t.Context(), explain)
	if err != nil || !strings.Contains(plan[0], "register_entries_change_idx") {
		t.Errorf("%v, %v", plan, err)
	}
}

// bun's statements are all different: PostgreSQL must not be made to keep them.
func TestPostgresPreparesOnlyWhatRepeats(t *testing.T) {
	t.Parallel()
	s := openPostgres(t, 1)
	w := storetest.NewWorld(t, s)
	storetest.UseEverything(w)
	before, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	storetest.UseEverything(storetest.NewWorld(t, s))
	after, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(before) < 30 || len(after) != len(before) {
		t.Errorf("%d statements are prepared, then %d", len(before), len(after))
	}
	for _, text := range after {
		if strings.Contains(text, w.Org) || strings.Contains(text, `"`) {
			t.Errorf("a statement of bun's is prepared: %s", text)
		}
	}
}
