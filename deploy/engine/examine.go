package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// defaultDatabase is where a connection goes that makes another database.
	defaultDatabase = "postgres"
	// missingDatabase is the server's code for a database that is missing.
	missingDatabase = "3D000"
)

// What Examine finds of an engine's database that is not there yet.
var (
	ErrMissing    = errors.New("the engine's database is missing, and is made at the next start")
	ErrCannotMake = errors.New("the engine's database is missing, and the role may not make it")
)

// Examine connects to the database of an engine and changes nothing. It returns
// ErrMissing, or ErrCannotMake, where there is none yet. No error repeats the URL.
func Examine(ctx context.Context, url string) error {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return errors.New("the PostgreSQL URL of the engine cannot be read")
	}
	conn, err := pgx.ConnectConfig(ctx, c)
	if err == nil {
		return conn.Close(ctx)
	}
	var refused *pgconn.PgError
	if !errors.As(err, &refused) || refused.Code != missingDatabase {
		return fmt.Errorf("connect to the engine's database: %w", err)
	}
	c.Database = defaultDatabase
	if conn, err = pgx.ConnectConfig(ctx, c); err != nil {
		return ErrCannotMake
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var may bool
	err = conn.QueryRow(ctx, "SELECT rolsuper OR rolcreatedb FROM pg_roles WHERE rolname = current_user").Scan(&may)
	if err != nil || !may {
		return ErrCannotMake
	}
	return ErrMissing
}
