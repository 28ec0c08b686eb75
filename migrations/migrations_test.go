package migrations_test

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // driver "sqlite"

	"sluss/migrations"
	"sluss/model/store/pgtest"
)

// A released file never changes: whoever has applied it would have another
// schema than a new installation. A new file gets its line with
// sha256sum */*.sql.
func TestReleasedFilesAreUnchanged(t *testing.T) {
	t.Parallel()
	released, err := os.ReadFile("checksums.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range compare(t, os.DirFS("."), string(released)) {
		t.Error(problem)
	}
}

func TestAChangedReleasedFileIsRefused(t *testing.T) {
	t.Parallel()
	released, err := os.ReadFile("checksums.txt")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(".")); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "sqlite", "20261121000001_record.tx.up.sql")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func() error{
		"changed": func() error { return os.WriteFile(name, append(text, '\n'), 0o600) },
		"removed": func() error { return os.Remove(name) },
		"added":   func() error { return os.WriteFile(name+".sql", text, 0o600) },
	} {
		if err := change(); err != nil {
			t.Fatal(err)
		}
		if len(compare(t, os.DirFS(dir), string(released))) == 0 {
			t.Errorf("a file was %s and nobody noticed", what)
		}
		if err := os.WriteFile(name, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// compare returns what is wrong with the SQL files, given what was released.
func compare(t *testing.T, files fs.FS, released string) (problems []string) {
	t.Helper()
	sums := map[string]string{}
	for line := range strings.Lines(released) {
		sum, name, _ := strings.Cut(strings.TrimSpace(line), "  ")
		sums[name] = sum
	}
	names, err := fs.Glob(files, "*/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(text)
		switch want, ok := sums[name]; {
		case !ok:
			problems = append(problems, name+" has no line in checksums.txt")
		case want != hex.EncodeToString(sum[:]):
			problems = append(problems, name+" was released and has changed: write a new migration")
		}
		delete(sums, name)
	}
	for name := range sums {
		problems = append(problems, name+" was released and is gone")
	}
	return problems
}

func TestBothDatabasesHaveTheSameMigrations(t *testing.T) {
	t.Parallel()
	names := func(folder string) string {
		files, err := filepath.Glob(folder + "/*")
		if err != nil || len(files) == 0 {
			t.Fatalf("no migrations for %s: %v", folder, err)
		}
		for i, f := range files {
			files[i] = filepath.Base(f)
			if !strings.HasSuffix(f, ".tx.up.sql") {
				t.Errorf("%s does not run in one transaction", f)
			}
		}
		return strings.Join(files, "\n")
	}
	if lite, pg := names("sqlite"), names("postgres"); lite != pg {
		t.Errorf("SQLite has\n%s\nPostgreSQL has\n%s", lite, pg)
	}
}

func openSQLite(t *testing.T) *bun.DB {
	t.Helper()
	return open(t, "sqlite", "file:"+filepath.Join(t.TempDir(), "record.db"))
}

func open(t *testing.T, driver, dsn string, o ...bun.DBOption) *bun.DB {
	t.Helper()
	conn, err := sql.Open(driver, dsn)
	if err != nil {
		t.Fatal(err)
	}
	conn.SetMaxOpenConns(1) // a migration asks for no second connection
	t.Cleanup(func() { conn.Close() })
	if driver == "pgx" {
		return bun.NewDB(conn, pgdialect.New(), o...)
	}
	return bun.NewDB(conn, sqlitedialect.New(), o...)
}

func onBoth(t *testing.T, test func(t *testing.T, db *bun.DB)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		test(t, openSQLite(t))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		test(t, open(t, "pgx", pgtest.NewDatabase(t, nil)))
	})
}

func TestUp(t *testing.T) {
	onBoth(t, func(t *testing.T, db *bun.DB) {
		ctx := t.Context()
		for range 2 {
			if err := migrations.Up(ctx, db); err != nil {
				t.Fatal(err)
			}
		}
		if n, err := migrations.Pending(ctx, db); err != nil || n != 0 {
			t.Errorf("pending %d, %v", n, err)
		}
		if n := count(t, db, "bun_migrations"); n != len(glob(t)) {
			t.Errorf("%d migrations noted, want %d", n, len(glob(t)))
		}
		if n := count(t, db, "bun_migration_locks"); n != 0 {
			t.Errorf("%d locks left", n)
		}
	})
}

// On PostgreSQL every text sorts by its bytes, as on SQLite, whatever the order of the
// database is.
func TestEveryTextSortsByItsBytes(t *testing.T) {
	onBoth(t, func(t *testing.T, db *bun.DB) {
		ctx := t.Context()
		if err := migrations.Up(ctx, db); err != nil {
			t.Fatal(err)
		}
		if db.Dialect().Name() != dialect.PG {
			return
		}
		var other []string
		err := db.NewRaw(`SELECT table_name || '.' || column_name FROM information_schema.columns
			WHERE table_schema = 'public' AND data_type = 'text' AND collation_name IS DISTINCT FROM 'C'`).Scan(ctx, &other)
		if err != nil || len(other) > 0 {
			t.Errorf("in another order: %v, %v", other, err)
		}
	})
}

// A migration and the note that it was made stand or fall together.
func TestAFailedMigrationLeavesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, db *bun.DB) {
		ctx := t.Context()
		// The last table but one is in the way.
		if _, err := db.ExecContext(ctx, "CREATE TABLE commands (id TEXT)"); err != nil {
			t.Fatal(err)
		}
		var failed *migrations.FailedError
		if err := migrations.Up(ctx, db); !errors.As(err, &failed) || failed.Name != "20261121000001" {
			t.Fatalf("with a table in the way: %v", err)
		}
		if n, err := migrations.Pending(ctx, db); err != nil || n != len(glob(t)) {
			t.Errorf("pending %d, %v", n, err)
		}
		if _, err := db.ExecContext(ctx, "DROP TABLE commands"); err != nil {
			t.Fatal(err)
		}
		if err := migrations.Up(ctx, db); err != nil {
			t.Errorf("after the obstacle is gone: %v", err)
		}
	})
}

// A process may die after the migration and before bun has noted it.
func TestTheNoteIsPartOfTheMigration(t *testing.T) {
	onBoth(t, func(t *testing.T, db *bun.DB) {
		ctx := t.Context()
		func() {
			defer func() {
				if recover() == nil {
					t.Error("bun has noted nothing afterwards: this test tests nothing")
				}
			}()
			_ = migrations.Up(ctx, db.WithQueryHook(dying{}))
		}()
		if n, err := migrations.Pending(ctx, db); err != nil || n != len(glob(t))-1 {
			t.Errorf("pending %d, %v; the first has been made", n, err)
		}
		if err := migrations.Unlock(ctx, db); err != nil {
			t.Fatal(err)
		}
		if err := migrations.Up(ctx, db); err != nil {
			t.Errorf("after unlocking: %v", err)
		}
		if n := count(t, db, "bun_migrations"); n != len(glob(t)) {
			t.Errorf("%d migrations noted, want %d", n, len(glob(t)))
		}
	})
}

// dying ends the process, as far as a test can, when bun notes a migration.
type dying struct{}

func (dying) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	if strings.Contains(e.Query, "bun_migrations") && strings.Contains(e.Query, "ON CONFLICT") {
		panic("killed")
	}
	return ctx
}

func (dying) AfterQuery(context.Context, *bun.QueryEvent) {}

func TestUnlock(t *testing.T) {
	onBoth(t, func(t *testing.T, db *bun.DB) {
		ctx := t.Context()
		if err := migrations.Unlock(ctx, db); err != nil {
			t.Fatalf("on an empty database: %v", err)
		}
		if _, err := db.ExecContext(ctx, "INSERT INTO bun_migration_locks (table_name) VALUES ('bun_migrations')"); err != nil {
			t.Fatal(err)
		}
		err := migrations.Up(ctx, db)
		if !errors.Is(err, migrations.ErrLocked) {
			t.Fatalf("a locked schema was migrated, or the error does not say what helps: %v", err)
		}
		if err := migrations.Unlock(ctx, db); err != nil {
			t.Fatal(err)
		}
		if err := migrations.Up(ctx, db); err != nil {
			t.Errorf("after unlocking: %v", err)
		}
	})
}

func glob(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("sqlite/*.sql")
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func count(t *testing.T, db *bun.DB, table string) (n int) {
	t.Helper()
	if err := db.NewRaw("SELECT COUNT(*) FROM "+table).Scan(context.Background(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}
