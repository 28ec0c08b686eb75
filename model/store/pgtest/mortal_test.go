//go:build unix

package pgtest

import (
	"context"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
)

// TestServerCanBeKilled: what was committed is there when the server is started again,
// however it ended, and sessions of before are not.
func TestServerCanBeKilled(t *testing.T) {
	t.Parallel()
	NewDatabase(t, nil) // skips where there is no PostgreSQL
	port, err := freePort()
	if err != nil {
		t.Fatal(err)
	}
	s := NewServer(t, port)
	url := s.NewDatabase(migrateNothing)
	for name, dies := range map[string]func(){
		"killed":           func() { s.Kill(); s.Start() },
		"stopped at once":  func() { s.StopAtOnce(); s.Start() },
		"a session killed": func() { s.KillSession(databaseIn(t, url)) },
	} {
		before, err := pgx.Connect(t.Context(), url)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := before.Exec(t.Context(), "CREATE TABLE IF NOT EXISTS kept (how TEXT); INSERT INTO kept VALUES ('"+name+"')"); err != nil {
			t.Fatal(err)
		}
		dies()
		if before.Ping(t.Context()) == nil {
			t.Errorf("%s: a session of before goes on", name)
		}
		_ = before.Close(context.Background())
		if got := query[int](t, connect(t, url), "SELECT count(*)::int FROM kept WHERE how = '"+name+"'"); got != 1 {
			t.Errorf("%s: what was committed is there %d times", name, got)
		}
	}
	address := s.cluster.address(port).Host
	s.Kill()
	if conn, err := net.Dial("tcp", address); err == nil {
		_ = conn.Close()
		t.Error("a killed server answers")
	}
}

func databaseIn(t *testing.T, databaseURL string) string {
	t.Helper()
	config, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		t.Fatal(err)
	}
	return config.Database
}
