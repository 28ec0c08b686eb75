package store

import (
	"context"
	"database/sql"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// queryer runs statements, one by one or in a transaction.
type queryer interface {
	// QueryContext runs a statement and returns its rows.
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	// run runs a statement that returns no rows. It fails with ErrNotFound when
	// fewer rows than atLeast are affected.
	run(ctx context.Context, atLeast int64, query string, args ...any) error
}

// direct runs each statement when it is asked to.
type direct struct {
	db interface {
		ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
		QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	}
}

func (d direct) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	return d.db.QueryContext(ctx, query, args...)
}

func (d direct) run(ctx context.Context, atLeast int64, query string, args ...any) error {
	res, err := d.db.ExecContext(ctx, query, args...)
	if err != nil || atLeast == 0 {
		return err
	}
	rows, err := res.RowsAffected()
	if err != nil {
		return err
	}
	return enough(rows, atLeast)
}

// batched is a transaction on PostgreSQL that sends what returns no rows
// together, before the next statement that does and at the end: a transition is
// a dozen of them, and each on its own would be a trip to the server. What goes
// wrong shows when they are sent.
type batched struct {
	conn  *sql.Conn
	tx    *sql.Tx
	batch *pgx.Batch
}

func (b *batched) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	if err := b.send(ctx); err != nil {
		return nil, err
	}
	return b.tx.QueryContext(ctx, query, args...)
}

func (b *batched) run(_ context.Context, atLeast int64, query string, args ...any) error {
	b.batch.Queue(query, args...).Exec(func(tag pgconn.CommandTag) error {
		return enough(tag.RowsAffected(), atLeast)
	})
	return nil
}

// send sends what is waiting.
func (b *batched) send(ctx context.Context) error {
	if b.batch.Len() == 0 {
		return nil
	}
	batch := b.batch
	b.batch = new(pgx.Batch)
	ctx, end := follow(ctx, "postgresql", "BATCH")
	return end(b.conn.Raw(func(c any) error {
		return c.(postgresConn).Conn.Conn().SendBatch(ctx, batch).Close()
	}))
}

func enough(rows, atLeast int64) error {
	if rows < atLeast {
		return ErrNotFound
	}
	return nil
}

// inTx runs fn in one write transaction and translates what the driver says.
func (s *Store) inTx(ctx context.Context, fn func(context.Context, queryer) error) error {
	defer forget(ctx)
	ctx, end := follow(ctx, s.system(), "TRANSACTION")
	err := s.transact(ctx, fn)
	if err != nil { // perhaps a refusal, after which it costs nothing to look again
		s.proof.note(err)
	}
	return over(ctx, end(err))
}

func (s *Store) transact(ctx context.Context, fn func(context.Context, queryer) error) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	tx, err := conn.Conn.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after the commit
	if s.postgres {
		b := &batched{conn: conn.Conn, tx: tx, batch: new(pgx.Batch)}
		if err := fn(ctx, b); err != nil {
			return err
		}
		if err := b.send(ctx); err != nil {
			return err
		}
	} else if err := fn(ctx, direct{tx}); err != nil {
		return err
	}
	return tx.Commit()
}

type countingKey struct{}

// counting returns a context in which a view of the record may be held for longer. It is
// for what is counted once for many and then told again for a while: views held that long
// are then few and far between.
func counting(ctx context.Context) context.Context {
	return context.WithValue(ctx, countingKey{}, true)
}

// bounded returns a context that ends when a view of the record may be held no longer.
func (s *Store) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	allowed := s.maxRead
	if ctx.Value(countingKey{}) != nil {
		allowed *= 6
	}
	return context.WithTimeout(ctx, allowed)
}

// inReadTx runs fn on one unchanging view of the record.
func (s *Store) inReadTx(ctx context.Context, fn func(context.Context, queryer) error) error {
	ctx, cancel := s.bounded(ctx)
	defer cancel()
	o := &sql.TxOptions{ReadOnly: true}
	if s.postgres {
		o.Isolation = sql.LevelRepeatableRead
	}
	tx, err := s.read.DB.BeginTx(ctx, o)
	if err != nil {
		return over(ctx, err)
	}
	defer tx.Rollback() // nothing was written
	return over(ctx, fn(ctx, direct{tx}))
}
