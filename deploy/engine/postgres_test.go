//go:build !slim

package engine_test

import (
	"context"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model/store/pgtest"
)

// A database is made, is its engine's alone, outlives it, and can be dropped.
func TestDatabase(t *testing.T) {
	t.Parallel()
	record := pgtest.NewDatabase(t, nil)
	o := engine.Options{DatabaseURL: beside(t, record)}
	id, queue := uuid.NewString(), uuid.NewString()
	const length = 1500 * time.Millisecond

	first := enginetest.Start(t, o)
	c := enginetest.Client(t, first)
	stop, err := work(c, queue)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := add(t.Context(), c, uuid.NewString(), queue, 1); err != nil {
		t.Fatal(err)
	}
	if err := startNap(t.Context(), c, id, queue, length); err != nil {
		t.Fatal(err)
	}
	second, err := engine.Start(t.Context(), o)
	if err == nil {
		_ = second.Close()
	}
	if !errors.Is(err, engine.ErrInUse) {
		t.Errorf("a second engine: %v, want ErrInUse", err)
	}
	if n := rows(t, o.DatabaseURL, "SELECT count(*) FROM shards"); n != 4 {
		t.Errorf("%d shards, want 4", n)
	}
	t.Logf("%d connections", rows(t, o.DatabaseURL, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"))
	stop()
	c.Close()
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	finishNap(t, o, id, queue, length)
}

// When the connection with the lock is cut off the engine takes it again, and ends
// when somebody else has it.
func TestLockIsTakenAgain(t *testing.T) {
	t.Parallel()
	o := engine.Options{DatabaseURL: beside(t, pgtest.NewDatabase(t, nil))}
	e := enginetest.Start(t, o)
	conn := connect(t, o.DatabaseURL)
	first := lockHolder(t, conn, 0)
	cut(t, conn, first)
	second := lockHolder(t, conn, first)
	if err := e.Err(); err != nil {
		t.Fatal(err)
	}

	// Who waits for a lock gets it before anybody who tries.
	other := connect(t, o.DatabaseURL)
	taken := make(chan error, 1)
	go func() {
		_, err := other.Exec(t.Context(), "SELECT pg_advisory_lock($1)", 0x534c5553)
		taken <- err
	}()
	for rows(t, o.DatabaseURL, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND pid = "+
		strconv.Itoa(int(other.PgConn().PID()))) == 0 {
		time.Sleep(10 * time.Millisecond)
	}
	cut(t, conn, second)
	if err := <-taken; err != nil {
		t.Fatal(err)
	}
	select {
	case <-e.Done():
	case <-time.After(30 * time.Second):
		t.Fatal("the engine goes on without its lock")
	}
	if err := e.Err(); !errors.Is(err, engine.ErrInUse) {
		t.Errorf("ended with %v, want ErrInUse", err)
	}
}

// lockHolder waits until a connection other than the given one holds the lock of the
// database.
func lockHolder(t *testing.T, conn *pgx.Conn, other int) (pid int) {
	t.Helper()
	for range 600 {
		err := conn.QueryRow(t.Context(), `SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&pid)
		if err == nil && pid != other {
			return pid
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("nobody holds the lock")
	return 0
}

func cut(t *testing.T, conn *pgx.Conn, pid int) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), "SELECT pg_terminate_backend($1)", pid); err != nil {
		t.Fatal(err)
	}
}

// A role that may not make the database is told who may.
func TestDatabaseThatMayNotBeMade(t *testing.T) {
	t.Parallel()
	record := pgtest.NewDatabase(t, nil)
	conn := connect(t, record)
	role := "engine_" + strings.ReplaceAll(uuid.NewString(), "-", "")
	if _, err := conn.Exec(t.Context(), "CREATE ROLE "+role+" LOGIN PASSWORD 'secret'"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _, _ = conn.Exec(context.Background(), "DROP ROLE "+role) })
	u, err := url.Parse(beside(t, record))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword(role, "secret")
	_, err = engine.Start(t.Context(), engine.Options{DatabaseURL: u.String()})
	if err == nil || !strings.Contains(err.Error(), "CREATE DATABASE") || strings.Contains(err.Error(), "secret") {
		t.Errorf("started with %v", err)
	}
}

// beside names a database beside the one of a test, which goes with it.
func beside(t *testing.T, record string) string {
	t.Helper()
	u, err := url.Parse(record)
	if err != nil {
		t.Fatal(err)
	}
	u.Path += "_engine"
	return u.String()
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

// rows is the number that a statement selects.
func rows(t *testing.T, url, statement string) (n int) {
	t.Helper()
	if err := connect(t, url).QueryRow(t.Context(), statement).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
