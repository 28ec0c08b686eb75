package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"modernc.org/sqlite"
)

// A statement that has arguments is prepared once on each connection and kept,
// so its text must be one of a small number that the program knows. bun's
// statements have none, because bun writes the values into the text: they are
// all different and PostgreSQL never prepares them. What find asks SQLite has them
// apart, so that it repeats: SQLite keeps whatever it is asked to select until it has
// not been asked for long. pgx does the first on its own, SQLite's driver the second;
// what is missing is added here.

// postgresConnector connects to PostgreSQL.
type postgresConnector struct{ driver.Connector }

func newPostgresConnector(config pgx.ConnConfig) driver.Connector {
	return postgresConnector{stdlib.GetConnector(config)}
}

func (c postgresConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return postgresConn{conn.(*stdlib.Conn)}, nil
}

type postgresConn struct{ *stdlib.Conn }

// QueryContext sends a query without arguments in one message. pgx would
// prepare it first and keep it.
func (c postgresConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	ctx, end := follow(ctx, "postgresql", query)
	defer func() { end(err) }()
	if len(args) == 0 {
		args = []driver.NamedValue{{Ordinal: 1, Value: pgx.QueryExecModeSimpleProtocol}}
	}
	return c.Conn.QueryContext(ctx, query, args)
}

func (c postgresConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (res driver.Result, err error) {
	ctx, end := follow(ctx, "postgresql", query)
	defer func() { end(err) }()
	return c.Conn.ExecContext(ctx, query, args)
}

// sqliteConnector connects to a SQLite file.
type sqliteConnector struct{ dsn string }

func (c sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	conn, err := c.Driver().Open(c.dsn)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{rawSQLiteConn: conn.(rawSQLiteConn), kept: map[string]*keptStmt{}}, nil
}

func (c sqliteConnector) Driver() driver.Driver { return &sqlite.Driver{} }

// rawSQLiteConn and rawSQLiteStmt are what SQLite's driver offers.
type (
	rawSQLiteConn interface {
		driver.Conn
		driver.ConnBeginTx
		driver.ConnPrepareContext
		driver.ExecerContext
		driver.QueryerContext
		driver.Pinger
		driver.SessionResetter
		driver.Validator
	}
	rawSQLiteStmt interface {
		driver.Stmt
		driver.StmtExecContext
		driver.StmtQueryContext
	}
)

type sqliteConn struct {
	rawSQLiteConn
	kept map[string]*keptStmt
	uses int64
}

// keptStmt is a prepared statement and when it was last used, counted in uses of the
// connection.
type keptStmt struct {
	rawSQLiteStmt
	used int64
}

// maxKept is how many statements a connection keeps: about 20 kB each.
const maxKept = 256

func (c *sqliteConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (res driver.Result, err error) {
	ctx, end := follow(ctx, "sqlite", query)
	defer func() { end(err) }()
	if len(args) == 0 {
		return c.rawSQLiteConn.ExecContext(ctx, query, args)
	}
	stmt, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.ExecContext(ctx, args)
}

func (c *sqliteConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (rows driver.Rows, err error) {
	ctx, end := follow(ctx, "sqlite", query)
	defer func() { end(err) }()
	if len(args) == 0 && !strings.HasPrefix(query, "SELECT ") {
		return c.rawSQLiteConn.QueryContext(ctx, query, args)
	}
	stmt, err := c.keep(ctx, query)
	if err != nil {
		return nil, err
	}
	return stmt.QueryContext(ctx, args)
}

// keep returns the prepared statement of a text. Its result must be read to the
// end before the same text is used again.
func (c *sqliteConn) keep(ctx context.Context, query string) (rawSQLiteStmt, error) {
	c.uses++
	if stmt, ok := c.kept[query]; ok {
		stmt.used = c.uses
		return stmt, nil
	}
	prepared, err := c.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	if len(c.kept) >= maxKept {
		if err := c.letGo(); err != nil {
			return nil, errors.Join(err, prepared.Close())
		}
	}
	stmt := &keptStmt{prepared.(rawSQLiteStmt), c.uses}
	c.kept[query] = stmt
	return stmt, nil
}

// letGo closes the statement that has not been used for the longest time.
func (c *sqliteConn) letGo() error {
	var oldest string
	for query, stmt := range c.kept {
		if oldest == "" || stmt.used < c.kept[oldest].used {
			oldest = query
		}
	}
	stmt := c.kept[oldest]
	delete(c.kept, oldest)
	return stmt.Close()
}

func (c *sqliteConn) Close() error {
	var errs []error
	for _, stmt := range c.kept {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, c.rawSQLiteConn.Close())...)
}

func openDB(c driver.Connector, conns int) *sql.DB {
	db := sql.OpenDB(c)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db
}
