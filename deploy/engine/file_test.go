//go:build !slim

package engine

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

var silent = slog.New(slog.DiscardHandler)

// newFile returns the path of a new engine file with some rows.
func newFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "engine.db")
	if created, err := prepareFile(t.Context(), path, silent); !created || err != nil {
		t.Fatalf("new file: %t, %v", created, err)
	}
	change(t, path,
		`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i < 500)
		 INSERT INTO history_node (shard_id, tree_id, branch_id, node_id, txn_id, data, data_encoding)
		 SELECT 1, 't', 'b', i, i, zeroblob(1000), 'x' FROM n`,
		`PRAGMA wal_checkpoint(TRUNCATE)`)
	return path
}

// change executes statements on the file.
func change(t *testing.T, path string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, stmt := range statements {
		if _, err := db.ExecContext(t.Context(), stmt); err != nil {
			t.Fatalf("%s: %v", stmt, err)
		}
	}
}

// readAll returns the number of history nodes, having looked at each.
func readAll(t *testing.T, path string) (n int, err error) {
	t.Helper()
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRowContext(t.Context(), `SELECT count(*) FROM history_node WHERE length(data) > 0`).Scan(&n)
	return n, err
}

// overwrite puts junk into the file.
func overwrite(t *testing.T, path string, offset, size int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte("junk"), int(size/4)), offset); err != nil {
		t.Fatal(err)
	}
}

func damageMiddle(t *testing.T, path string) {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	overwrite(t, path, info.Size()/2/4096*4096, 16*4096)
}

func TestUnusableFileIsReplaced(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(t *testing.T, path string)
		reason string
	}{
		{"not a database", func(t *testing.T, path string) { overwrite(t, path, 0, 4096) }, "damaged"},
		{"damaged in the middle", damageMiddle, "damaged"},
		{"cut off", func(t *testing.T, path string) {
			if err := os.Truncate(path, 5*4096); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"a few bytes", func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("hello"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"older schema", func(t *testing.T, path string) {
			change(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion()-1))
		}, "schema"},
		{"newer schema", func(t *testing.T, path string) {
			change(t, path, fmt.Sprintf(`PRAGMA user_version = %d`, schemaVersion()+1))
		}, "schema"},
		{"marked", func(t *testing.T, path string) {
			if err := markDamaged(path); err != nil {
				t.Fatal(err)
			}
		}, "damaged"},
		{"sound, but of no use to the server", func(t *testing.T, path string) {
			change(t, path, `INSERT INTO cluster_metadata_info VALUES (0, 'active', x'ff', 'Proto3', 1)`)
		}, "cluster"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := newFile(t)
			tt.change(t, path)

			var out bytes.Buffer
			e, err := Start(t.Context(), Options{Path: path, Logger: slog.New(slog.NewTextHandler(&out, nil))})
			if err != nil {
				t.Fatal(err)
			}
			if err := e.Close(); err != nil {
				t.Error(err)
			}
			if n, err := readAll(t, path); n != 0 || err != nil {
				t.Errorf("the new file has %d rows, %v", n, err)
			}
			kept, _ := filepath.Glob(path + ".unusable-*Z")
			if len(kept) != 1 {
				t.Fatalf("kept %v", kept)
			}
			if log := out.String(); !strings.Contains(log, "level=WARN") || !strings.Contains(log, tt.reason) || !strings.Contains(log, kept[0]) {
				t.Errorf("log: %s", log)
			}
		})
	}
}

func TestSoundFileIsKept(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	for range 2 {
		if created, err := prepareFile(t.Context(), path, silent); created || err != nil {
			t.Fatalf("prepare: %t, %v", created, err)
		}
	}
	if n, err := readAll(t, path); n != 500 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
}

// A start that was killed before the schema was written leaves an empty database.
func TestEmptyFileIsFilled(t *testing.T) {
	t.Parallel()
	for name, statements := range map[string][]string{
		"no bytes":  nil,
		"no tables": {`PRAGMA journal_mode = WAL`},
	} {
		path := filepath.Join(t.TempDir(), "engine.db")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		change(t, path, statements...)
		if created, err := prepareFile(t.Context(), path, silent); !created || err != nil {
			t.Errorf("%s: %t, %v", name, created, err)
		}
	}
}

// Somebody else's database, such as the application's, must never be replaced.
func TestForeignFileIsRefused(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	change(t, path, `CREATE TABLE cases (id TEXT)`, `PRAGMA user_version = 11`)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	e, err := Start(t.Context(), Options{Path: path, Logger: silent})
	if err == nil {
		_ = e.Close()
	}
	if !errors.Is(err, ErrForeignFile) {
		t.Fatalf("got %v", err)
	}
	after, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, after) {
		t.Error("the file was changed")
	}
}

func TestLockIsExclusive(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "engine.db")
	first, err := lockFile(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFile(t.Context(), path); !errors.Is(err, ErrInUse) {
		t.Errorf("second lock: %v", err)
	}
	first.release()
	again, err := lockFile(t.Context(), path)
	if err != nil {
		t.Fatalf("after release: %v", err)
	}
	again.release()
}

// A database that somebody holds with another program is in use as well.
func TestHeldDatabaseIsInUse(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	db, err := sql.Open("sqlite", dsn(path, "locking_mode(EXCLUSIVE)"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), `BEGIN EXCLUSIVE`); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Options{Path: path, Logger: silent}); !errors.Is(err, ErrInUse) {
		t.Errorf("got %v, want ErrInUse", err)
	}
	if kept, _ := filepath.Glob(path + ".unusable-*"); len(kept) != 0 {
		t.Errorf("moved aside: %v", kept)
	}
}

// A start that fails for another reason than the file's content leaves it.
func TestFailedStartKeepsTheFile(t *testing.T) {
	t.Parallel()
	path := newFile(t)
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	if _, err := Start(ctx, Options{Path: path, Logger: silent}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if n, err := readAll(t, path); n != 500 || err != nil {
		t.Errorf("%d rows, %v", n, err)
	}
	if kept, _ := filepath.Glob(path + ".unusable-*"); len(kept) != 0 {
		t.Errorf("moved aside: %v", kept)
	}
}
