package store_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sluss/migrations"
	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

func TestHealth(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB, int) *store.Store{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1)
			h, err := s.Health(t.Context())
			if err != nil || h.Applied != migrations.Newest() || h.Newest != h.Applied || !h.Latest.IsZero() {
				t.Errorf("of an empty record %+v, %v", h, err)
			}
			if (name == "postgres") != (time.Since(h.Now).Abs() < time.Minute) {
				t.Errorf("the clock says %v", h.Now)
			}
			w := storetest.NewWorld(t, s)
			w.Submitted(model.StageManager)
			if h, err = s.Health(t.Context()); err != nil || !h.Latest.Equal(w.Clock.Now()) {
				t.Errorf("changed at %v, want %v, %v", h.Latest, w.Clock.Now(), err)
			}
		})
	}
}

// Grants knows the tables that roles.sql names, and sees both an owner and a role that
// lacks something.
func TestGrants(t *testing.T) {
	t.Parallel()
	g, err := openSQLite(t, 1).Grants(t.Context())
	if err != nil || g.Missing != nil || g.Loose != nil {
		t.Errorf("on SQLite %+v, %v", g, err)
	}
	if g, err = openStore(t, asApp(t), 1).Grants(t.Context()); err != nil || g.Missing != nil || g.Loose != nil {
		t.Errorf("as roles.sql has it %+v, %v", g, err)
	}
	owner := pgtest.NewDatabase(t, migrate)
	s := openStore(t, owner, 1)
	if g, err = s.Grants(t.Context()); err != nil || g.Missing != nil || !slices.Equal(g.Loose, logTables(t)) {
		t.Errorf("of the owner %+v, want %v, %v", g, logTables(t), err)
	}
	conn, err := pgx.Connect(t.Context(), owner)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), "CREATE TABLE later (id TEXT)"); err != nil {
		t.Fatal(err)
	}
	as := owner + map[bool]string{true: "&", false: "?"}[strings.Contains(owner, "?")] + "role=pg_monitor" // which may read statistics and nothing else
	poor, err := store.Connect(t.Context(), store.Options{URL: as, MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = poor.Close() })
	if g, err = poor.Grants(t.Context()); err != nil || len(g.Missing) < 50 || !slices.Contains(g.Missing, "later") || g.Loose != nil {
		t.Errorf("of a role with nothing %+v, %v", g, err)
	}
}

// logTables are the tables of which roles.sql takes back what changes rows.
func logTables(t *testing.T) []string {
	t.Helper()
	script, err := os.ReadFile("../../deploy/postgres/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`REVOKE UPDATE, DELETE ON ([a-z_, ]+) FROM`).FindSubmatch(script)
	if found == nil {
		t.Fatal("roles.sql takes nothing back")
	}
	tables := strings.Split(string(found[1]), ", ")
	slices.Sort(tables)
	return tables
}
