package store_test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// asApp makes a database with the roles of deploy/postgres/roles.sql and returns
// its URL for a person who has the program's role and no other.
func asApp(t testing.TB) string {
	t.Helper()
	owner := pgtest.NewDatabase(t, migrate)
	script, err := os.ReadFile("../../deploy/postgres/roles.sql")
	if err != nil {
		t.Fatal(err)
	}
	// A server has one set of roles for all databases.
	role, login := "sluss_app_"+strings.ToLower(rand.Text()), "sluss_"+strings.ToLower(rand.Text())
	password := rand.Text()
	as := func(ctx context.Context, statements string) {
		t.Helper()
		conn, err := pgx.Connect(ctx, owner)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close(ctx)
		if _, err := conn.Exec(ctx, statements); err != nil {
			t.Fatalf("%v in %s", err, statements)
		}
	}
	for range 2 { // it can be run again
		as(t.Context(), strings.ReplaceAll(string(script), "sluss_app", role))
	}
	as(t.Context(), "CREATE ROLE "+login+" LOGIN PASSWORD '"+password+"' IN ROLE "+role)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		as(ctx, "DROP OWNED BY "+role+"; DROP ROLE "+login+"; DROP ROLE "+role)
	})
	u, err := url.Parse(owner)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(login, password)
	return u.String()
}

// The program does everything that it does under a role that can add to the log and
// not change it.
func TestPostgresAsApp(t *testing.T) {
	t.Parallel()
	storetest.RunAll(t, func(t testing.TB, maxConns int) *store.Store { return openStore(t, asApp(t), maxConns) })
}

// Without the role's privileges, nobody gets as far as the triggers.
func TestAppCannotChangeTheLog(t *testing.T) {
	t.Parallel()
	w := storetest.NewWorld(t, openStore(t, asApp(t), 0))
	id := w.Submitted(model.StageManager)
	w.GrowTree(100)
	before := w.Chains([]string{id}, nil)
	const denied = "42501" // insufficient_privilege
	for _, table := range stays {
		for _, change := range []string{
			"UPDATE " + table + " SET org_id = org_id", "DELETE FROM " + table, "TRUNCATE " + table + " CASCADE", "DROP TABLE " + table + " CASCADE",
			"ALTER TABLE " + table + " DISABLE TRIGGER ALL", "DROP TRIGGER " + table + "_stay ON " + table,
			"SET session_replication_role = replica", "CREATE TABLE mine (id TEXT)",
		} {
			err := w.Store.Write(t.Context(), change)
			if err == nil || !strings.Contains(err.Error(), denied) {
				t.Errorf("%s: %v", change, err)
			}
		}
	}
	w.TreeHolds(before)
	w.Verify(id)
}

// The database of the record is closed to others, such as the engine's role.
func TestOthersAreKeptOut(t *testing.T) {
	t.Parallel()
	u, err := url.Parse(asApp(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, u.String())
	if err != nil {
		t.Fatalf("the program is kept out: %v", err)
	}
	_ = conn.Close(ctx)

	owner := pgtest.NewDatabase(t, nil) // on the same server
	admin, err := pgx.Connect(ctx, owner)
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	role := "sluss_engine_" + strings.ToLower(rand.Text())
	if _, err := admin.Exec(ctx, "CREATE ROLE "+role+" LOGIN PASSWORD 'x'"); err != nil {
		t.Fatal(err)
	}
	defer admin.Exec(context.Background(), "DROP ROLE "+role)
	u.User = url.UserPassword(role, "x")
	conn, err = pgx.Connect(ctx, u.String())
	if err == nil {
		_ = conn.Close(ctx)
	}
	if err == nil || !strings.Contains(err.Error(), "permission denied for database") {
		t.Errorf("another role: %v", err)
	}
}
