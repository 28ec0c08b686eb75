package store_test

import (
	"database/sql"
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// A record that is opened to be read is read while somebody writes, and never
// written, begun or brought up to date.
func TestReadOnly(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") },
		"postgres": func(t *testing.T) string { return pgtest.NewDatabase(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := place(t)
			open := func(readOnly bool) (*store.Store, error) {
				s, err := store.Connect(t.Context(), store.Options{URL: url, MaxConns: 2, ReadOnly: readOnly})
				if err == nil {
					t.Cleanup(func() { _ = s.Close() })
				}
				return s, err
			}
			if _, err := open(true); err == nil || name == "sqlite" && !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a record that is not there: %v", err)
			}
			writer, err := store.Open(t.Context(), store.Options{URL: url, MaxConns: 2})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = writer.Close() })
			w := storetest.NewWorld(t, writer)
			reader, err := open(true)
			if err != nil {
				t.Fatal(err)
			}
			id := w.Draft()
			if c, err := reader.Case(t.Context(), w.Org, id); err != nil || c.ID != id {
				t.Errorf("read %+v, %v", c, err)
			}
			_, err = reader.PutRegisterEntry(t.Context(), w.Org, "", w.Entry(id, "Chattbot"), w.Clock.Now())
			if err == nil || !strings.Contains(strings.ToLower(err.Error()), "read") {
				t.Errorf("written: %v", err)
			}
		})
	}
}

// TestReadyTriesToWriteNowAndThen: whether the record can be written is tried when it has
// not been for a while, and at once when something could not be written.
func TestReadyTriesToWriteNowAndThen(t *testing.T) {
	t.Parallel()
	for name, place := range map[string]func(*testing.T) (driver, dsn, url string){
		"sqlite": func(t *testing.T) (string, string, string) {
			path := filepath.Join(t.TempDir(), "record.db")
			return "sqlite", path, "sqlite:" + path
		},
		"postgres": func(t *testing.T) (string, string, string) {
			url := pgtest.NewDatabase(t, migrate)
			return "pgx", url, url
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			driver, dsn, url := place(t)
			s, err := store.Open(t.Context(), store.Options{URL: url, MaxConns: 2})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			rows, err := sql.Open(driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = rows.Close() })
			change := func(statement string) {
				t.Helper()
				if _, err := rows.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
			written := func() (at string) {
				t.Helper()
				if err := rows.QueryRowContext(t.Context(), "SELECT CAST(expires_at AS TEXT) FROM leases WHERE name = 'ready'").Scan(&at); err != nil {
					t.Fatal(err)
				}
				return at
			}
			ready := func(want bool) {
				t.Helper()
				if err := s.Ready(t.Context()); (err == nil) != want {
					t.Errorf("ready: %v", err)
				}
			}
			ready(true)
			first := written()
			for range 5 {
				ready(true)
			}
			if written() != first {
				t.Error("every question writes")
			}
			s.Unproven()
			ready(true)
			if written() == first {
				t.Error("nothing is written when the proof is old")
			}

			change("ALTER TABLE leases RENAME TO elsewhere")
			ready(true) // nobody can know yet
			s.Unproven()
			ready(false)
			change("ALTER TABLE elsewhere RENAME TO leases")
			ready(true)
			change("ALTER TABLE leases RENAME TO elsewhere")
			if _, err := s.Lease(t.Context(), "any", "me", time.Now(), time.Now()); err == nil {
				t.Error("written where there is nothing")
			}
			ready(false)
		})
	}
}
