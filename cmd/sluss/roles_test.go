//go:build !slim

package main

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"sluss/model"
)

// roles are the URLs of a world in PostgreSQL for the roles of deploy/postgres/roles.sql:
// the program's, which cannot change the log, and the engine's, which owns its database.
type roles struct{ app, engine string }

// withRoles sets the roles up as the script says. A server has one set of roles for all
// databases, so here they have names of their own.
func withRoles(w *world) roles {
	w.t.Helper()
	script, err := os.ReadFile("../../deploy/postgres/roles.sql")
	if err != nil {
		w.t.Fatal(err)
	}
	end := strings.ToLower(rand.Text())
	app, login, engine, password := "sluss_app_"+end, "sluss_"+end, "sluss_engine_"+end, rand.Text()
	run := func(statement string) { // on a connection of its own, which nobody has ended meanwhile
		w.t.Helper()
		if _, err := connection(w.t, w.url).Exec(context.Background(), statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}
	w.t.Cleanup(func() {
		run("DROP OWNED BY " + app)
		w.inDatabases("DROP DATABASE " + w.engineName() + " WITH (FORCE)")
		run("DROP ROLE " + login + ", " + app + ", " + engine)
	})
	run(strings.ReplaceAll(string(script), "sluss_app", app))
	run("CREATE ROLE " + login + " LOGIN PASSWORD '" + password + "' IN ROLE " + app)
	run("CREATE ROLE " + engine + " LOGIN PASSWORD '" + password + "'")
	w.inDatabases("CREATE DATABASE " + w.engineName() + " OWNER " + engine)
	w.inDatabases("REVOKE CONNECT ON DATABASE " + w.engineName() + " FROM PUBLIC")
	s := settings{databaseURL: w.url}
	return roles{as(w.t, w.url, login, password), as(w.t, s.engineURL(), engine, password)}
}

// as is a URL for another role.
func as(t testing.TB, raw, role, password string) string {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, password)
	return u.String()
}

// TestRolesApart runs everything in one process under two roles, neither of which can
// look at the other's database.
func TestRolesApart(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	r := withRoles(w)
	for role, database := range map[string]string{r.app: r.engine, r.engine: r.app} {
		there, err := url.Parse(database)
		if err != nil {
			t.Fatal(err)
		}
		mine, err := url.Parse(role)
		if err != nil {
			t.Fatal(err)
		}
		there.User = mine.User
		conn, err := pgx.Connect(t.Context(), there.String())
		if err == nil {
			_ = conn.Close(t.Context())
		}
		if err == nil || !strings.Contains(err.Error(), "permission denied for database") {
			t.Errorf("%s in %s: %v", mine.User.Username(), there.Path, err)
		}
	}
	w.start(launch{more: []string{"--database-url", r.app, "--engine-database-url", r.engine}})
	c := w.open(teamOf(0), intake(t, minutes))
	c.submit()
	c.passUntil(model.Approved)
	w.stopAndCheck()
}
