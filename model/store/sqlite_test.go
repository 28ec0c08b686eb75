package store_test

import (
	"log/slog"
	"path/filepath"
	"testing"

	"sluss/model/store"
	"sluss/model/store/storetest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunAll(t, openSQLite)
}

func openSQLite(t testing.TB, maxConns int) *store.Store {
	t.Helper()
	return openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"), maxConns)
}

func openStore(t testing.TB, url string, maxConns int) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		URL: url, MaxConns: maxConns, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}
