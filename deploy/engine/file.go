//go:build !slim

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"go.temporal.io/server/common/persistence/sql/sqlplugin"
	sqliteschema "go.temporal.io/server/schema/sqlite"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	// applicationID marks a SQLite file as an engine's: "SLUS".
	applicationID = 0x534c5553

	// checkTime bounds the search for damage at the start, which reads about a
	// gigabyte a second from memory and less from a disk. What is not found in
	// time is found when the server stumbles over it.
	checkTime = 250 * time.Millisecond

	// damagedSuffix names the empty file that remembers damage for the next start.
	damagedSuffix = ".damaged"

	// damageText is SQLite's message for SQLITE_CORRUPT.
	damageText = "database disk image is malformed"
)

var (
	// ErrInUse says that another process runs an engine on the file or the database.
	ErrInUse = errors.New("it is in use by the engine of another process")

	// ErrForeignFile says that the file is a sound database of something else.
	ErrForeignFile = errors.New("the file is a database, but not an engine's")

	errDamaged = errors.New("the engine's file is damaged; the next start replaces it")
)

// unusable says why a file's content is of no use to this program.
type unusable string

func (u unusable) Error() string { return string(u) }

const damage unusable = "the file is damaged"

// prepareFile leaves a file at path that holds the schema the server expects:
// the one that is there or, when there is none or its content is of no use, a
// new one. It tells whether the file is new.
func prepareFile(ctx context.Context, path string, log *slog.Logger) (created bool, err error) {
	if created, err = openMarkedFile(ctx, path); err != nil {
		var reason unusable
		if !errors.As(err, &reason) {
			return false, fmt.Errorf("engine file: %w", nameBusy(err))
		}
		kept, err := moveAside(path, time.Now())
		if err != nil {
			return false, fmt.Errorf("engine file: %s: move aside: %w", reason, err)
		}
		warnReplaced(log, kept, string(reason))
		if created, err = openFile(ctx, path); err != nil {
			return false, fmt.Errorf("engine file: %w", nameBusy(err))
		}
	}
	return created, nil
}

func warnReplaced(log *slog.Logger, kept, reason string) {
	log.Warn("the engine's file was unusable and has been replaced",
		"source", "engine", "reason", reason, "kept_as", kept)
}

// openMarkedFile is openFile, unless the file has been marked as damaged.
func openMarkedFile(ctx context.Context, path string) (created bool, err error) {
	if _, err := os.Stat(path + damagedSuffix); err == nil {
		return false, damage
	}
	return openFile(ctx, path)
}

// openFile checks the file at path, or creates it.
func openFile(ctx context.Context, path string) (created bool, err error) {
	// Created here and not by SQLite, for the sake of its permissions, which
	// SQLite copies to the files next to it.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return false, err
	}
	if err := f.Close(); err != nil {
		return false, err
	}
	db, err := sql.Open("sqlite", dsn(path))
	if err != nil {
		return false, err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)

	empty, err := inspect(ctx, db)
	switch {
	case err != nil:
		return false, verdict(err)
	case empty:
		return true, createSchema(ctx, db)
	default:
		return false, verdict(check(ctx, db))
	}
}

// inspect tells whether the database is empty, and returns ErrForeignFile or
// unusable when it is not one that this program wrote.
func inspect(ctx context.Context, db *sql.DB) (empty bool, err error) {
	var owner, version, tables int64
	err = db.QueryRowContext(ctx, `SELECT
		(SELECT application_id FROM pragma_application_id),
		(SELECT user_version FROM pragma_user_version),
		(SELECT count(*) FROM sqlite_master)`).Scan(&owner, &version, &tables)
	switch {
	case err != nil:
		return false, err
	case tables == 0:
		return true, nil
	case owner != applicationID:
		return false, ErrForeignFile
	case version != schemaVersion():
		return false, unusable(fmt.Sprintf("its schema is version %d and not %d", version, schemaVersion()))
	default:
		return false, nil
	}
}

// check looks for damage for at most checkTime.
func check(ctx context.Context, db *sql.DB) error {
	limited, cancel := context.WithTimeout(ctx, checkTime)
	defer cancel()
	var result string
	err := db.QueryRowContext(limited, `PRAGMA quick_check(1)`).Scan(&result)
	switch {
	case limited.Err() != nil:
		return ctx.Err()
	case err != nil:
		return err
	case result != "ok":
		return damage
	default:
		return nil
	}
}

// createSchema writes the server's schema and this program's mark, all or nothing.
func createSchema(ctx context.Context, db *sql.DB) error {
	if _, err := db.ExecContext(ctx, `PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL`); err != nil {
		return err
	}
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()

	if err := sqliteschema.SetupSchemaOnDB(schemaTx{tx: tx}); err != nil {
		return err
	}
	mark := fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, schemaVersion())
	if _, err := tx.ExecContext(ctx, mark); err != nil {
		return err
	}
	return tx.Commit()
}

// schemaTx lets the server's schema be written inside one transaction. Of the
// interface only Exec is called.
type schemaTx struct {
	sqlplugin.AdminDB
	tx *sql.Tx
}

func (s schemaTx) Exec(stmt string, args ...any) error {
	_, err := s.tx.Exec(stmt, args...)
	return err
}

// schemaVersion is the version of the server's schema as one number, such as 11
// for "0.11". The server itself never looks at a file's version and never
// upgrades one.
func schemaVersion() int64 {
	var major, minor int64
	if _, err := fmt.Sscanf(sqliteschema.Version, "%d.%d", &major, &minor); err != nil {
		panic("engine: the server's schema version is " + sqliteschema.Version)
	}
	return major*1000 + minor
}

// moveAside gives the file and what belongs to it another name, and returns it.
func moveAside(path string, now time.Time) (kept string, err error) {
	kept = path + ".unusable-" + now.UTC().Format("20060102T150405.000000Z")
	if err := moveFiles(path, kept); err != nil {
		return "", err
	}
	if err := os.Remove(path + damagedSuffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	return kept, nil
}

// moveFiles renames a database with its write-ahead log and index. What is at
// the new name is replaced.
func moveFiles(from, to string) error {
	for _, suffix := range []string{"-wal", "-shm", ""} {
		err := os.Rename(from+suffix, to+suffix)
		if errors.Is(err, fs.ErrNotExist) {
			err = os.Remove(to + suffix)
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// markDamaged has the next start replace the file, whatever its check finds.
func markDamaged(path string) error {
	return os.WriteFile(path+damagedSuffix, nil, 0o600)
}

// verdict turns what SQLite says about a file's content into unusable and leaves
// other errors, such as those of the disk or of permissions, as they are.
func verdict(err error) error {
	switch resultCode(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return damage
	default:
		return err
	}
}

// reportsDamage tells whether err, which has gone through the server and may be
// a text only by now, says that the file is damaged.
func reportsDamage(err error) bool {
	return strings.Contains(err.Error(), damageText)
}

// nameBusy makes SQLite's "busy" an ErrInUse.
func nameBusy(err error) error {
	if code := resultCode(err); code == sqlite3.SQLITE_BUSY || code == sqlite3.SQLITE_LOCKED {
		return fmt.Errorf("%w (%w)", ErrInUse, err)
	}
	return err
}

// resultCode is the primary result code of SQLite in err, or 0.
func resultCode(err error) int {
	var s *sqlite.Error
	if errors.As(err, &s) {
		return s.Code() & 0xff
	}
	return 0
}
