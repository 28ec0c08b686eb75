package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"sluss/migrations"
	"sluss/model"
)

// What both databases say in their own words. A context that ended is still
// context.Canceled or context.DeadlineExceeded.
var (
	// ErrNotFound says that there is no such row, or none in this organisation.
	ErrNotFound = errors.New("not found")
	// ErrReference says that a row was to refer to one that is not there.
	ErrReference = errors.New("refers to what does not exist")
	// ErrValue says that a value is missing or cannot be kept.
	ErrValue = errors.New("a value that the record cannot hold")
	// ErrReadOnly says that the record can be read but not written at present.
	ErrReadOnly = errors.New("the record is read-only")
	// ErrSchema says that the schema is older than the program.
	ErrSchema = errors.New("the schema is behind")
)

// ConflictError says that a row already stands where one was to be written.
type ConflictError struct {
	// On names the table.
	On string
}

func (e *ConflictError) Error() string { return "conflict on " + e.On }

// IsConflict reports whether err is a ConflictError.
func IsConflict(err error) bool {
	var c *ConflictError
	return errors.As(err, &c)
}

// hopeless reports whether the same write would fail again, however often it is
// tried: it is not the record's state that is wrong but what was to be written.
func hopeless(err error) bool {
	return IsConflict(err) || errors.Is(err, ErrReference) || errors.Is(err, ErrValue) || errors.Is(err, ErrNotFound)
}

// translate turns what a driver says into what it means. The driver's own text
// may quote values and is kept out of the error.
func translate(err error) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case errors.As(err, &pg):
		return translatePostgres(pg)
	case errors.As(err, &lite):
		return translateSQLite(lite)
	case strings.Contains(err.Error(), "failed to encode args["): // by pgx, with the value
		return ErrValue
	case strings.HasPrefix(err.Error(), "sql: Scan error"), strings.HasPrefix(err.Error(), "parsing time"):
		return errors.New("a column holds what cannot be read")
	}
	return err
}

// notMigrated says why the schema could not be brought up to date.
func notMigrated(err error) error {
	var failed *migrations.FailedError
	because := translate(err)
	switch {
	case errors.As(err, &failed):
		return &migrations.FailedError{Name: failed.Name, Err: because}
	case errors.Is(err, migrations.ErrLocked):
		return fmt.Errorf("%w (%w)", migrations.ErrLocked, because)
	}
	return because
}

// translatePostgres goes by the classes of SQLSTATE.
func translatePostgres(e *pgconn.PgError) error {
	switch {
	case e.Code == "23505": // unique_violation
		return &ConflictError{On: e.TableName}
	case e.Code == "23503": // foreign_key_violation
		return ErrReference
	case e.Code == "23514" && apartIn(e.Message) != nil: // check_violation, of ours
		return apartIn(e.Message)
	case strings.HasPrefix(e.Code, "22"), strings.HasPrefix(e.Code, "23"): // data exception, integrity
		return ErrValue
	case e.Code == "25006": // read_only_sql_transaction
		return ErrReadOnly
	case e.Code == "57014": // query_canceled
		return context.Canceled
	}
	return fmt.Errorf("postgresql error %s", e.Code)
}

func translateSQLite(e *sqlite.Error) error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		const before = "constraint failed: " // then table.column, table.column
		text := e.Error()
		table, _, _ := strings.Cut(text[strings.LastIndex(text, before)+len(before):], ".")
		return &ConflictError{On: table}
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return ErrReference
	case sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH:
		return ErrValue
	case sqlite3.SQLITE_INTERRUPT:
		return context.Canceled
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_CONSTRAINT:
		if refused := apartIn(e.Error()); refused != nil {
			return refused
		}
		return ErrValue
	case sqlite3.SQLITE_READONLY:
		return ErrReadOnly
	}
	return fmt.Errorf("sqlite error %d (%s)", e.Code(), sqlite.ErrorCodeString[e.Code()&0xff])
}

// apartRule is what the record itself says when it keeps duties apart: the rule of
// rulebook 10, and nothing of the row.
var apartRule = regexp.MustCompile(`segregation of duties ([A-Z]+-[0-9]+)`)

// apartIn returns the refusal in what a driver says, or nil. The program has checked
// before; this is what the record has kept from being written all the same.
func apartIn(text string) error {
	if m := apartRule.FindStringSubmatch(text); m != nil {
		return model.Refuse(model.CodeSegregation, m[1])
	}
	if strings.Contains(text, "no delegation holds") {
		return model.Refuse(model.CodeDelegationOver)
	}
	return nil
}
