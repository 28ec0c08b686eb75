//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

var migrations atomic.Int32

func migrate(ctx context.Context, url string) error {
	migrations.Add(1)
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, "CREATE TABLE canal (lock text PRIMARY KEY); INSERT INTO canal VALUES ('Berg')")
	return err
}

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func query[T any](t *testing.T, conn *pgx.Conn, sql string) T {
	t.Helper()
	var v T
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

func TestEachTestHasItsOwnCopy(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	seen := map[string]bool{}
	t.Run("all", func(t *testing.T) {
		for i := range 12 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				url := NewDatabase(t, migrate)
				mu.Lock()
				if seen[url] {
					t.Errorf("%s was given out twice", url)
				}
				seen[url] = true
				mu.Unlock()
				conn := connect(t, url)
				if _, err := conn.Exec(t.Context(), "INSERT INTO canal VALUES ('Borenshult')"); err != nil {
					t.Fatal(err)
				}
				if n := query[int](t, conn, "SELECT count(*) FROM canal"); n != 2 {
					t.Errorf("%d rows, want the migrated one and our own", n)
				}
			})
		}
	})
	if n := migrations.Load(); n != 1 {
		t.Errorf("migrated %d times, want once", n)
	}
}

func TestWithoutMigration(t *testing.T) {
	t.Parallel()
	conn := connect(t, NewDatabase(t, nil))
	if n := query[int](t, conn, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"); n != 0 {
		t.Errorf("%d tables, want none", n)
	}
}

func TestDatabaseIsDroppedAtTheEnd(t *testing.T) {
	t.Parallel()
	var url string
	var stillOpen *pgx.Conn
	t.Run("user", func(t *testing.T) {
		url = NewDatabase(t, nil)
		var err error
		if stillOpen, err = pgx.Connect(context.Background(), url); err != nil {
			t.Fatal(err)
		}
	})
	defer stillOpen.Close(context.Background())
	if err := stillOpen.Ping(t.Context()); err == nil {
		t.Error("the connection outlives the database")
	}
	_, err := pgx.Connect(t.Context(), url)
	var pgErr *pgconn.PgError
	const noSuchDatabase = "3D000"
	if !errors.As(err, &pgErr) || pgErr.Code != noSuchDatabase {
		t.Errorf("connecting gives %v, want that the database does not exist", err)
	}
}

func TestFailedMigrationIsToldToEverybody(t *testing.T) {
	t.Parallel()
	s := newServer(ownServer(t, options{}).base)
	broken := errors.New("broken")
	calls := 0
	migrate := func(context.Context, string) error { calls++; return broken }
	for range 2 {
		if _, err := s.create(t.Context(), migrate); !errors.Is(err, broken) {
			t.Errorf("create = %v, want %v", err, broken)
		}
	}
	if calls != 1 {
		t.Errorf("migrated %d times, want once", calls)
	}
}

func TestDurability(t *testing.T) {
	t.Parallel()
	for want, opts := range map[string][]Option{"off": nil, "on": {Durable()}} {
		conn := connect(t, NewDatabase(t, nil, opts...))
		for _, setting := range []string{"fsync", "synchronous_commit", "full_page_writes"} {
			if os.Getenv(URLVariable) != "" {
				break // not our settings
			}
			if got := query[string](t, conn, "SHOW "+setting); got != want {
				t.Errorf("%s is %s, want %s", setting, got, want)
			}
		}
	}
}

func TestServerIsNotForOthers(t *testing.T) {
	t.Parallel()
	s := ownServer(t, options{})
	conn := connect(t, s.base.String())
	if got := query[string](t, conn, "SHOW listen_addresses"); got != "127.0.0.1" {
		t.Errorf("listens on %s", got)
	}
	guess := *s.base
	guess.User = url.UserPassword(superuser, "postgres")
	if _, err := pgx.Connect(t.Context(), guess.String()); err == nil {
		t.Error("any password will do")
	}
	guess.User = url.User(superuser)
	if _, err := pgx.Connect(t.Context(), guess.String()); err == nil {
		t.Error("no password is needed")
	}
}

func TestServerOfSomebodyElse(t *testing.T) {
	t.Parallel()
	NewDatabase(t, nil) // skips where there is no PostgreSQL
	// Not the shared one: what it holds would seem to be left behind.
	host, err := startServer(options{})
	if err != nil {
		t.Fatal(err)
	}
	admin := connect(t, host.base.String())
	exists := func(name string) bool {
		return query[bool](t, admin, "SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = '"+name+"')")
	}
	const stale, foreign = namePrefix + "0badcafe_1", namePrefix + "archive"
	for _, name := range []string{stale, foreign} {
		if _, err := admin.Exec(t.Context(), "CREATE DATABASE "+name); err != nil {
			t.Fatal(err)
		}
	}

	first := useOwnServer(t, host)
	if exists(stale) {
		t.Error("a database that nobody lives for was not dropped")
	}
	if !exists(foreign) {
		t.Error("a database was dropped that is none of ours")
	}
	name, err := first.create(t.Context(), migrateNothing)
	if err != nil {
		t.Fatal(err)
	}
	second := useOwnServer(t, host)
	if !exists(name) {
		t.Error("the database of a process that lives was dropped")
	}
	if err := first.alive.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the databases of a process that ended are dropped", func() bool {
		if err := second.dropStale(t.Context()); err != nil {
			t.Fatal(err)
		}
		return !exists(name) && !exists(first.templates[templateKey(migrateNothing)].name)
	})
}

func migrateNothing(context.Context, string) error { return nil }

func useOwnServer(t *testing.T, host *server) *server {
	t.Helper()
	s, err := useServer(host.base.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.alive.Close(context.Background()) })
	return s
}

func TestURLMustBeAURL(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"host=localhost dbname=postgres", "mysql://localhost/x", ":"} {
		if _, err := useServer(s); err == nil || !strings.Contains(err.Error(), URLVariable) {
			t.Errorf("useServer(%q) = %v", s, err)
		}
	}
}

// No parallel tests here: the environment is the process's.
func TestWithoutPostgreSQL(t *testing.T) {
	t.Setenv("CI", "")
	tb := &recorder{TB: t}
	tb.run(func() { unavailable(tb, ErrNotInstalled) })
	if tb.failed || !strings.Contains(tb.skipped, "NOT TESTED") || !strings.Contains(tb.skipped, URLVariable) {
		t.Errorf("at home: %+v, want a loud skip", tb)
	}
	tb = &recorder{TB: t}
	tb.run(func() { unavailable(tb, errors.New("initdb: disk full")) })
	if !tb.failed {
		t.Error("a server that does not start must fail the test")
	}
	t.Setenv("CI", "true")
	tb = &recorder{TB: t}
	tb.run(func() { unavailable(tb, ErrNotInstalled) })
	if !tb.failed || tb.skipped != "" {
		t.Errorf("in CI: %+v, want a failure", tb)
	}
}

// recorder is a test that notes how it ends.
type recorder struct {
	testing.TB
	skipped string
	failed  bool
}

func (r *recorder) run(f func()) {
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	<-done
}

func (r *recorder) Skipf(format string, args ...any) {
	r.skipped = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Fatalf(string, ...any) {
	r.failed = true
	runtime.Goexit()
}

func ownServer(t testing.TB, o options) *server {
	t.Helper()
	NewDatabase(t, nil) // skips where there is no PostgreSQL
	s, err := sharedServer(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(time.Minute)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within 30 s: %s", what)
		}
		<-tick.C
	}
}

func BenchmarkNewDatabase(b *testing.B) {
	s := ownServer(b, options{})
	for b.Loop() {
		name, err := s.create(b.Context(), migrate)
		if err != nil {
			b.Fatal(err)
		}
		if err := s.exec(b.Context(), "DROP DATABASE %s", name); err != nil {
			b.Fatal(err)
		}
	}
}
