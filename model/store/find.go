package store

import (
	"context"
	"database/sql"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"
)

// find reads what one query selects, into dest or the query's model. SQLite is given
// the values apart from the text: it would spend more time on a text that it has not
// seen before than on the rows. PostgreSQL is given them within, for its plan must
// know them.
func (s *Store) find(ctx context.Context, q *bun.SelectQuery, dest ...any) error {
	if !s.postgres {
		return s.findAlike(ctx, q, dest...)
	}
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	return over(ctx, q.Scan(ctx, dest...))
}

// findAlike is find for a query that is best read in one way whatever its values: both
// databases are given them apart, and PostgreSQL plans it once.
func (s *Store) findAlike(ctx context.Context, q *bun.SelectQuery, dest ...any) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	if len(dest) == 0 {
		dest = []any{q.GetModel().Value()}
	}
	return over(ctx, s.scan(ctx, q, dest))
}

func (s *Store) scan(ctx context.Context, q *bun.SelectQuery, dest []any) error {
	values := binder{Dialect: s.read.Dialect(), numbered: s.postgres, args: new([]any)}
	text, err := q.AppendQuery(schema.NewQueryGen(values), nil)
	if err != nil {
		return err
	}
	rows, err := s.read.DB.QueryContext(ctx, string(text), *values.args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if reflect.TypeOf(dest[0]).Elem().Kind() == reflect.Slice {
		return s.read.ScanRows(ctx, rows, dest...)
	}
	if rows.Next() {
		return s.read.ScanRow(ctx, rows, dest...)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return sql.ErrNoRows
}

// binder is the database's dialect while one query is written. It writes a question
// mark, or a number, for a value and keeps the value.
type binder struct {
	schema.Dialect
	numbered bool
	args     *[]any
}

func (b binder) bind(text []byte, value string) []byte {
	*b.args = append(*b.args, value)
	if b.numbered {
		return strconv.AppendInt(append(text, '$'), int64(len(*b.args)), 10)
	}
	return append(text, '?')
}

// AppendString leaves words in the text: most are the record's own (states, kinds,
// roles), of which there are few, and an index that holds some rows only is chosen by
// them. What bun refuses to write it refuses here too.
func (b binder) AppendString(text []byte, value string) []byte {
	if isWord(value) || strings.IndexByte(value, 0) >= 0 {
		return b.Dialect.AppendString(text, value)
	}
	return b.bind(text, value)
}

// AppendTime gives a time as bun would write it.
func (b binder) AppendTime(text []byte, t time.Time) []byte {
	written := b.Dialect.AppendTime(nil, t)
	return b.bind(text, string(written[1:len(written)-1]))
}

// isWord reports whether a text is of small letters and underscores, or empty.
func isWord(text string) bool {
	for i := range len(text) {
		if c := text[i]; c != '_' && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
