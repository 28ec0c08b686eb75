//go:build !slim

package main

import (
	"bytes"
	"context"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5"
)

// What the engine remembers is in files beside a record in SQLite, and in a database
// beside one in PostgreSQL. The engine must have stopped for all of this.

// keepEngine copies the engine's state to a folder, or to a database that is named
// after its own.
func (w *world) keepEngine(to string) {
	w.t.Helper()
	if w.url != "" {
		w.inDatabases("CREATE DATABASE " + w.keptName() + " TEMPLATE " + w.engineName())
		w.t.Cleanup(func() { w.inDatabases("DROP DATABASE IF EXISTS " + w.keptName()) })
		return
	}
	for _, file := range w.engineFiles() {
		text, err := os.ReadFile(file)
		if err == nil {
			err = os.WriteFile(filepath.Join(to, filepath.Base(file)), text, 0o600)
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

// bringEngineBack puts back what was kept, where the engine's state has been lost.
func (w *world) bringEngineBack(from string) {
	w.t.Helper()
	if w.url != "" {
		w.inDatabases("ALTER DATABASE " + w.keptName() + " RENAME TO " + w.engineName())
		return
	}
	copyFolder(w.t, from, w.dir)
}

// loseEngine removes the engine's state.
func (w *world) loseEngine() {
	w.t.Helper()
	if w.url != "" {
		w.inDatabases("DROP DATABASE " + w.engineName() + " WITH (FORCE)")
		return
	}
	files := w.engineFiles()
	if len(files) == 0 {
		w.t.Fatal("the engine has no files")
	}
	for _, file := range files {
		if err := os.Remove(file); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) engineFiles() []string {
	w.t.Helper()
	files, err := filepath.Glob(filepath.Join(w.dir, "engine.db*"))
	if err != nil {
		w.t.Fatal(err)
	}
	return files
}

// engineText is everything that stands in the engine's state, as it is.
func (w *world) engineText() []byte {
	w.t.Helper()
	if w.url != "" {
		return w.engineTables()
	}
	var all []byte
	for _, file := range w.engineFiles() {
		text, err := os.ReadFile(file)
		if err != nil {
			w.t.Fatal(err)
		}
		all = append(all, text...)
	}
	return all
}

func (w *world) engineTables() []byte {
	w.t.Helper()
	ctx := w.t.Context()
	s := settings{databaseURL: w.url}
	conn := connection(w.t, s.engineURL())
	// The versions of its schema name the database, and nothing that happens in it.
	rows, _ := conn.Query(ctx, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'schema_version'")
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(tables) == 0 {
		w.t.Fatal(tables, err)
	}
	var all bytes.Buffer
	for _, table := range tables {
		if _, err := conn.PgConn().CopyTo(ctx, &all, "COPY "+table+" TO STDOUT (FORMAT binary)"); err != nil {
			w.t.Fatal(err)
		}
	}
	return all.Bytes()
}

func (w *world) engineName() string {
	w.t.Helper()
	c, err := pgx.ParseConfig(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	return pgx.Identifier{c.Database + "_engine"}.Sanitize()
}

func (w *world) keptName() string {
	w.t.Helper()
	c, err := pgx.ParseConfig(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	return pgx.Identifier{c.Database + "_kept"}.Sanitize()
}

// inDatabases runs a statement about databases.
func (w *world) inDatabases(statement string) {
	w.t.Helper()
	u, err := url.Parse(w.url)
	if err != nil {
		w.t.Fatal(err)
	}
	u.Path = "/postgres"
	if _, err := connection(w.t, u.String()).Exec(context.Background(), statement); err != nil {
		w.t.Fatalf("%s: %v", statement, err)
	}
}

// connection connects to PostgreSQL for the time of the test.
func connection(t testing.TB, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
