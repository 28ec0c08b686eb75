package main

import (
	"context"
	"fmt"
	"io"

	"sluss/model/store"
)

const migrateAbout = `Bring the database schema up to date, or free it after an interrupted migration.

Usage:
  sluss migrate [flags]
  sluss migrate [flags] unlock   only when no other process is migrating`

func migrateSchema(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse("migrate", migrateAbout, args, stderr)
	if err != nil {
		return err
	}
	switch {
	case len(rest) == 0:
		st, err := migrated(ctx, s)
		if err != nil {
			return err
		}
		fmt.Fprintln(stdout, "the schema is up to date")
		return st.Close()
	case len(rest) == 1 && rest[0] == "unlock":
		st, err := store.Connect(ctx, store.Options{URL: s.recordURL(), MaxConns: s.maxConns})
		if err != nil {
			return err
		}
		defer st.Close()
		return st.UnlockMigrations(ctx)
	}
	fmt.Fprintln(stderr, migrateAbout)
	return errUsage
}
