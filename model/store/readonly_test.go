package store_test

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

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
