package store

import (
	"context"
	"maps"
	"slices"

	"github.com/uptrace/bun"
)

// Kept returns the statements that are prepared on the connection that writes,
// and on one that reads.
func (s *Store) Kept(ctx context.Context) (texts []string, err error) {
	for _, db := range []*bun.DB{s.write, s.read} {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		if s.postgres {
			err = conn.NewRaw("SELECT statement FROM pg_prepared_statements").Scan(ctx, &texts)
			return texts, err
		}
		err = conn.Raw(func(c any) error {
			texts = append(texts, slices.Collect(maps.Keys(c.(*sqliteConn).kept))...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// Watch calls a function with every statement that bun writes from now on.
func (s *Store) Watch(f func(query string)) {
	same := s.read == s.write
	s.write = s.write.WithQueryHook(watcher(f))
	if same {
		s.read = s.write
	} else {
		s.read = s.read.WithQueryHook(watcher(f))
	}
}

type watcher func(string)

func (w watcher) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	w(e.Query)
	return ctx
}

func (watcher) AfterQuery(context.Context, *bun.QueryEvent) {}

// Rows runs a query and returns its rows, one text for each.
func (s *Store) Rows(ctx context.Context, query string) ([]string, error) {
	rows, err := s.read.DB.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		last := *values[len(values)-1].(*any)
		if text, ok := last.(string); ok {
			out = append(out, text)
		}
	}
	return out, rows.Err()
}
