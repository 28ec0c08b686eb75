package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

func TestPostgres(t *testing.T) {
	t.Parallel()
	storetest.RunAll(t, openPostgres)
}

func openPostgres(t testing.TB, maxConns int) *store.Store {
	t.Helper()
	return openStore(t, pgtest.NewDatabase(t, migrate), maxConns)
}

func migrate(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	return s.Close()
}

// A database may be set up so that a backslash in a text ends it. bun would not
// know, so it must not matter.
func TestPostgresKeepsTextsClosed(t *testing.T) {
	t.Parallel()
	url := pgtest.NewDatabase(t, migrate)
	setup := openStore(t, url, 1)
	name, err := setup.Rows(t.Context(), "SELECT current_database()")
	if err != nil {
		t.Fatal(err)
	}
	for _, setting := range []string{"standard_conforming_strings = off", "timezone = 'Asia/Kolkata'", "datestyle = 'SQL, DMY'"} {
		if _, err := setup.Rows(t.Context(), "ALTER DATABASE "+name[0]+" SET "+setting); err != nil {
			t.Fatal(err)
		}
	}
	w := storetest.NewWorld(t, openStore(t, url, 1))
	org := store.Organisation{ID: `\`, Name: `\', now(), now()); DROP TABLE events; --`, Profile: "p"}
	if err := w.Store.AddOrganisation(t.Context(), org, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got, err := w.Store.Organisation(t.Context(), `\`); err != nil || got != org {
		t.Errorf("%+v, %v", got, err)
	}
	id := w.Draft()
	if c := w.Case(id); !c.CreatedAt.Equal(w.Clock.Now()) {
		t.Errorf("created at %v", c.CreatedAt)
	}
	w.Verify(id)
}

// A standby answers and cannot be written to.
func TestPostgresReadOnly(t *testing.T) {
	t.Parallel()
	url := pgtest.NewDatabase(t, migrate)
	w := storetest.NewWorld(t, openStore(t, url, 1))
	s, err := store.Connect(t.Context(), store.Options{URL: url + readOnly(url), MaxConns: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	n := w.NewCase()
	if _, err := s.CreateCase(t.Context(), n, w.Clock.Now()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("create: %v", err)
	}
	if err := s.Ready(t.Context()); !errors.Is(err, store.ErrReadOnly) {
		t.Errorf("ready: %v", err)
	}
	if _, err := s.Cases(t.Context(), store.CaseFilter{OrgID: w.Org}); err != nil {
		t.Errorf("read: %v", err)
	}
}

func readOnly(url string) string {
	separator := "?"
	if strings.Contains(url, "?") {
		separator = "&"
	}
	return separator + "default_transaction_read_only=on"
}
