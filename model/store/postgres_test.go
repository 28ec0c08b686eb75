package store_test

import (
	"context"
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
