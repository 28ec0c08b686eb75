package store_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// settled is a database in use, of which NewDatabase makes copies as a dump that is
// read into another database does.
func settled(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	return errors.Join(s.Settle(ctx), s.Settle(ctx), s.Close())
}

// A record that was put back in another database is noticed, until somebody has noted
// that it was.
func TestSettle(t *testing.T) {
	t.Parallel()
	s := openStore(t, pgtest.NewDatabase(t, settled), 1)
	for range 2 {
		if err := s.Settle(t.Context()); !errors.Is(err, store.ErrMoved) {
			t.Errorf("in another database: %v", err)
		}
	}
	w := storetest.NewWorld(t, s)
	admin := w.Person("adam", model.RoleAdministrator)
	if _, err := s.AddRestoration(t.Context(), store.Restored{OrgID: w.Org, By: admin}, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(t.Context()); err != nil {
		t.Errorf("after it was noted: %v", err)
	}
	file := openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"), 1)
	for range 2 {
		if err := file.Settle(t.Context()); err != nil {
			t.Errorf("a file: %v", err)
		}
	}
}
