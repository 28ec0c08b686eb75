// Package migrations holds the database schema, one folder of SQL for each
// database, and applies it. Migrations only go forward. A released file never
// changes: checksums.txt lists the SHA-256 of each and a test compares. It may
// import bun.
package migrations

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/migrate"
)

//go:embed sqlite/*.sql postgres/*.sql
var files embed.FS

// ErrLocked says that another process is migrating, or did so and was interrupted:
// then Unlock helps.
var ErrLocked = errors.New("the schema is locked for a migration: if no other process is migrating, run `sluss migrate unlock`")

// FailedError says which migration failed. Nothing of it is left behind; those before it
// are made.
type FailedError struct {
	Name string // as bun_migrations has it
	Err  error
}

func (e *FailedError) Error() string {
	return "migration " + e.Name + " failed and left nothing behind: " + e.Err.Error()
}

func (e *FailedError) Unwrap() error { return e.Err }

// Up applies what is missing. It returns ErrLocked or a FailedError when that is why it
// could not. Where nothing is missing it only reads, so that a role that may not create
// tables can call it.
func Up(ctx context.Context, db *bun.DB) error {
	m, err := migrator(db)
	if err != nil {
		return err
	}
	if pending, err := missing(ctx, m); err == nil && pending == 0 {
		return nil
	}
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	pending, err := missing(ctx, m)
	if err != nil || pending == 0 {
		return err
	}
	if err := m.Lock(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrLocked, err)
	}
	group, err := m.Migrate(ctx)
	if made := group.Migrations; err != nil && len(made) > 0 {
		err = &FailedError{Name: made[len(made)-1].Name, Err: err}
	}
	return errors.Join(err, m.Unlock(ctx))
}

// Pending returns how many migrations are missing: 0 when the schema is current.
func Pending(ctx context.Context, db *bun.DB) (int, error) {
	m, err := migrator(db)
	if err != nil {
		return 0, err
	}
	return missing(ctx, m)
}

// Applied returns the name of the newest migration that a database has been
// through, "" for none.
func Applied(ctx context.Context, db *bun.DB) (string, error) {
	var name string
	err := db.NewSelect().Table("bun_migrations").ColumnExpr("COALESCE(MAX(name), '')").Scan(ctx, &name)
	if err != nil {
		return "", fmt.Errorf("read applied migrations: %w", err)
	}
	return name, nil
}

// Newest returns the name of the newest migration that this program knows.
func Newest() string {
	entries, err := fs.ReadDir(files, "sqlite")
	if err != nil {
		panic(err) // the folder is embedded
	}
	name, _, _ := strings.Cut(entries[len(entries)-1].Name(), "_")
	return name
}

var created = regexp.MustCompile(`CREATE TABLE (\w+)`)

// Tables are the names of the tables that the migrations make.
var Tables = sync.OnceValue(func() map[string]bool {
	tables := map[string]bool{}
	entries, err := fs.Glob(files, "sqlite/*.sql")
	if err != nil {
		panic(err) // the pattern is sound
	}
	for _, name := range entries {
		text, err := files.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded
		}
		for _, found := range created.FindAllSubmatch(text, -1) {
			tables[string(found[1])] = true
		}
	}
	return tables
})

// Unlock removes the lock that an interrupted migration has left behind.
func Unlock(ctx context.Context, db *bun.DB) error {
	m, err := migrator(db)
	if err != nil {
		return err
	}
	if err := m.Init(ctx); err != nil {
		return fmt.Errorf("prepare migrations: %w", err)
	}
	return m.Unlock(ctx)
}

func missing(ctx context.Context, m *migrate.Migrator) (int, error) {
	all, err := m.MigrationsWithStatus(ctx)
	if err != nil {
		return 0, fmt.Errorf("read applied migrations: %w", err)
	}
	return len(all.Unapplied()), nil
}

func migrator(db *bun.DB) (*migrate.Migrator, error) {
	folder := "sqlite"
	if db.Dialect().Name() == dialect.PG {
		folder = "postgres"
	}
	sub, err := fs.Sub(files, folder)
	if err != nil {
		return nil, err
	}
	m := migrate.NewMigrations()
	if err := m.Discover(sub); err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return migrate.NewMigrator(db, m, migrate.WithMarkAppliedOnSuccess(true),
		migrate.WithUpsert(true), migrate.AfterMigration(markApplied)), nil
}

// markApplied notes a migration in the transaction that makes it. bun notes it
// once more afterwards; without this, a process that died in between would leave
// a schema that can neither be used nor migrated.
func markApplied(ctx context.Context, tx bun.IConn, m *migrate.Migration) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO bun_migrations (name, group_id, migrated_at) VALUES (?, ?, ?)",
		m.Name, m.GroupID, time.Now().UTC())
	return err
}
