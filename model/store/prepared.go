package store

import (
	"context"
	"database/sql"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/uptrace/bun/schema"

	"sluss/model/clock"
)

// The statements of an act's way (storing, recording and answering it) and of
// signing in are prepared: bun would spend more time on writing their text than
// the database on running them. The functions in this file take constant texts
// with question marks and leave to bun what it is good at, the mapping between
// rows and structs.

// exec runs a statement that returns no rows.
func (s *Store) exec(ctx context.Context, q queryer, text string, args ...any) error {
	defer forget(ctx)
	return q.run(ctx, 0, s.placeholders(text), normalise(args)...)
}

// execOne is exec for a statement that must affect a row: it fails with
// ErrNotFound when there is none.
func (s *Store) execOne(ctx context.Context, q queryer, text string, args ...any) error {
	defer forget(ctx)
	return q.run(ctx, 1, s.placeholders(text), normalise(args)...)
}

// normalise puts times into the one form that both databases keep. SQLite's
// driver would write the zone and the nanoseconds that a time happens to have.
func normalise(args []any) []any {
	for i, arg := range args {
		if t, ok := arg.(time.Time); ok {
			args[i] = clock.Normalise(t)
		}
	}
	return args
}

// get reads one row into a struct, or returns sql.ErrNoRows.
func get[T any](ctx context.Context, s *Store, q queryer, row *T, text string, args ...any) error {
	rows, err := q.QueryContext(ctx, s.placeholders(text), normalise(args)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := s.write.ScanRow(ctx, rows, row); err != nil {
		return err
	}
	for rows.Next() { // to the end: a statement that writes must be finished
	}
	return rows.Err()
}

// one reads the row of a table that a condition selects, outside transactions.
func one[T any](ctx context.Context, s *Store, where string, args ...any) (T, error) {
	from := " FROM " + s.table(reflect.TypeFor[T]()).Name + " WHERE "
	text := "SELECT " + columns[T](s) + from + where
	return once(ctx, text, args, func() (row T, err error) {
		ctx, cancel := context.WithTimeout(ctx, s.maxRead)
		defer cancel()
		err = get(ctx, s, direct{s.read.DB}, &row, text, args...)
		return row, over(ctx, err)
	})
}

// many reads the rows of a table that a condition selects, outside transactions. The
// condition may say in which order, and how many.
func many[T any](ctx context.Context, s *Store, where string, args ...any) ([]T, error) {
	from := " FROM " + s.table(reflect.TypeFor[T]()).Name + " WHERE "
	return selected[T](ctx, s, "SELECT "+columns[T](s)+from+where, args...)
}

// selected reads the rows that a statement selects, outside transactions.
func selected[T any](ctx context.Context, s *Store, text string, args ...any) ([]T, error) {
	return onceMany(ctx, text, args, func() (rows []T, err error) {
		ctx, cancel := context.WithTimeout(ctx, s.maxRead)
		defer cancel()
		err = list(ctx, s, direct{s.read.DB}, &rows, text, args...)
		return rows, over(ctx, err)
	})
}

// list reads all rows into a slice.
func list[T any](ctx context.Context, s *Store, q queryer, dest *[]T, text string, args ...any) error {
	rows, err := q.QueryContext(ctx, s.placeholders(text), normalise(args)...)
	if err != nil {
		return err
	}
	return s.write.ScanRows(ctx, rows, dest)
}

// insert inserts rows, all at once. conflict, where it is not empty, is an ON
// CONFLICT clause.
func insert[T any](ctx context.Context, s *Store, q queryer, conflict string, rows ...T) error {
	for len(rows) > maxRows {
		if err := insert(ctx, s, q, conflict, rows[:maxRows]...); err != nil {
			return err
		}
		rows = rows[maxRows:]
	}
	if len(rows) == 0 {
		return nil
	}
	table := s.table(reflect.TypeFor[T]())
	text := s.text(textKey{table: table, kind: "insert " + conflict, n: len(rows)}, func() string {
		one := "(" + marks(len(table.Fields)) + ")"
		return "INSERT INTO " + table.Name + " (" + strings.Join(names(table.Fields), ", ") + ") VALUES " +
			one + strings.Repeat(", "+one, len(rows)-1) + " " + conflict
	})
	args := make([]any, 0, len(rows)*len(table.Fields))
	for i := range rows {
		args = appendValues(args, table.Fields, reflect.ValueOf(&rows[i]).Elem())
	}
	return s.exec(ctx, q, text, args...)
}

// maxRows bounds the rows of one statement, so that there are few texts and
// never more parameters than a database takes.
const maxRows = 16

// update writes all columns of a row but its key, and returns ErrNotFound when
// there is no such row.
func update[T any](ctx context.Context, s *Store, q queryer, row *T) error {
	table := s.table(reflect.TypeFor[T]())
	text := s.text(textKey{table: table, kind: "update"}, func() string {
		return "UPDATE " + table.Name + " SET " + strings.Join(names(table.DataFields), " = ?, ") + " = ? WHERE " +
			strings.Join(names(table.PKs), " = ? AND ") + " = ?"
	})
	v := reflect.ValueOf(row).Elem()
	args := appendValues(make([]any, 0, len(table.Fields)), table.DataFields, v)
	return s.execOne(ctx, q, text, appendValues(args, table.PKs, v)...)
}

// columns is the select list of a row.
func columns[T any](s *Store) string {
	table := s.table(reflect.TypeFor[T]())
	return s.text(textKey{table: table, kind: "columns"}, func() string {
		return strings.Join(names(table.Fields), ", ")
	})
}

// marks is a list of n question marks.
func marks(n int) string { return strings.Repeat("?, ", n-1) + "?" }

// fill makes ids the arguments of as many marks as the next power of two, so that
// there are few texts: the last id stands for what is missing.
func fill(ids []string) []any {
	n := 1
	for ; n < len(ids); n *= 2 {
	}
	args := make([]any, n)
	for i := range args {
		args[i] = ids[min(i, len(ids)-1)]
	}
	return args
}

// oneOf is the condition that what stands before it is one of some ids, with its
// arguments. PostgreSQL is given them as one, so that it plans the statement once.
func (s *Store) oneOf(ids []string) (string, []any) {
	if s.postgres {
		return "= ANY (?)", []any{ids}
	}
	args := fill(ids)
	return "IN (" + marks(len(args)) + ")", args
}

func names(fields []*schema.Field) []string {
	out := make([]string, len(fields))
	for i, f := range fields {
		out[i] = f.Name
	}
	return out
}

// appendValues appends the values of a struct's fields, NULL for zero where the
// column is nullable.
func appendValues(args []any, fields []*schema.Field, v reflect.Value) []any {
	for _, f := range fields {
		if f.NullZero && f.HasZeroValue(v) {
			args = append(args, nil)
		} else {
			args = append(args, f.Value(v).Interface())
		}
	}
	return args
}

func (s *Store) table(t reflect.Type) *schema.Table { return s.write.Table(t) }

// texts keeps what has been put together once.
type texts struct{ known sync.Map }

type textKey struct {
	table *schema.Table
	kind  string
	n     int
}

func (s *Store) text(key textKey, build func() string) string {
	if text, ok := s.texts.known.Load(key); ok {
		return text.(string)
	}
	text := build()
	s.texts.known.Store(key, text)
	return text
}

// placeholders turns question marks into what PostgreSQL takes.
func (s *Store) placeholders(text string) string {
	if !s.postgres {
		return text
	}
	return s.text(textKey{kind: text}, func() string {
		var b strings.Builder
		for i, part := range strings.Split(text, "?") {
			if i > 0 {
				b.WriteString("$" + strconv.Itoa(i))
			}
			b.WriteString(part)
		}
		return b.String()
	})
}
