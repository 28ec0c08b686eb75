//go:build !slim

package engine

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/iancoleman/strcase"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/persistence/sql/sqlplugin/postgresql"
	"go.temporal.io/server/tools/common/schema"
	sqltool "go.temporal.io/server/tools/sql"
)

const (
	// postgresShards is the number of parts that the histories are spread over, for
	// good: another number needs a new database.
	postgresShards = 4

	// postgresConns bounds the connections of each of the three services.
	postgresConns = 8

	// schemaName is the server's schema in its embedded files.
	schemaName = "postgresql/v12/temporal"

	// The server's codes for a database that is there already, and a right that is
	// missing.
	existingDatabase = "42P04"
	missingRight     = "42501"
)

// database is where an engine keeps its state in PostgreSQL.
type database struct{ config *pgx.ConnConfig }

// parseDatabase reads a PostgreSQL URL. Its error repeats nothing of it.
func parseDatabase(url string) (database, error) {
	c, err := pgx.ParseConfig(url)
	if err != nil {
		return database{}, errors.New("the PostgreSQL URL of the engine cannot be read")
	}
	c.RuntimeParams["timezone"] = "UTC"
	if c.RuntimeParams["application_name"] == "" {
		c.RuntimeParams["application_name"] = "sluss engine"
	}
	return database{c}, nil
}

// startOnDatabase starts an engine on its database, under the database's lock. It
// makes the database when it is missing and the role may do so.
func startOnDatabase(ctx context.Context, o Options) (*Engine, error) {
	d, err := parseDatabase(o.DatabaseURL)
	if err != nil {
		return nil, err
	}
	lock, err := d.lock(ctx)
	if err != nil {
		return nil, fmt.Errorf("engine database %s: %w", d.config.Database, err)
	}
	o.database = d
	e, err := d.start(ctx, o)
	if err != nil {
		lock.release()
		return nil, fmt.Errorf("engine database %s: %w", d.config.Database, err)
	}
	e.lock = lock
	lock.watching.Go(func() { lock.watch(e) })
	return e, nil
}

func (d database) start(ctx context.Context, o Options) (*Engine, error) {
	if err := d.migrate(o); err != nil {
		return nil, err
	}
	return startOnFreePorts(ctx, o)
}

// connect connects to the database, and makes it first when it is missing.
func (d database) connect(ctx context.Context) (*pgx.Conn, error) {
	conn, err := pgx.ConnectConfig(ctx, d.config)
	if codeOf(err) != missingDatabase {
		return conn, err
	}
	if err := d.create(ctx); err != nil {
		return nil, err
	}
	return pgx.ConnectConfig(ctx, d.config)
}

func (d database) create(ctx context.Context) error {
	elsewhere := d.config.Copy()
	elsewhere.Database = defaultDatabase
	conn, err := pgx.ConnectConfig(ctx, elsewhere)
	if err != nil {
		return fmt.Errorf("it is missing, and cannot be made: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	name := pgx.Identifier{d.config.Database}.Sanitize()
	_, err = conn.Exec(ctx, "CREATE DATABASE "+name)
	switch codeOf(err) {
	case existingDatabase: // by another process, just now
		return nil
	case missingRight:
		owner := pgx.Identifier{d.config.User}.Sanitize()
		return fmt.Errorf("it is missing, and the role may not make it: let an administrator run CREATE DATABASE %s OWNER %s", name, owner)
	}
	return err
}

// migrate sets up the server's schema, or brings it up to date.
func (d database) migrate(o Options) error {
	log := (&Engine{log: newLogs(o.Logger, o.LogLevel)}).serverLogger()
	conn, err := sqltool.NewConnection(d.sqlConfig(), log)
	if err != nil {
		return err
	}
	defer conn.Close()
	if _, err := conn.ReadSchemaVersion(); err != nil {
		if err := schema.NewSetupSchemaTask(conn, &schema.SetupConfig{InitialVersion: "0.0"}, log).Run(); err != nil {
			return fmt.Errorf("set up the schema: %w", err)
		}
	}
	if err := schema.NewUpdateSchemaTask(conn, &schema.UpdateConfig{DBName: d.config.Database, SchemaName: schemaName}, log).Run(); err != nil {
		return fmt.Errorf("bring the schema up to date: %w", err)
	}
	return nil
}

// sqlConfig is the server's data store in the database.
func (d database) sqlConfig() *config.SQL {
	return &config.SQL{
		PluginName: postgresql.PluginNamePGX, DatabaseName: d.config.Database,
		MaxConns: postgresConns, MaxIdleConns: postgresConns, Connect: d.open,
	}
}

// open opens connections as the server's own plugin does, to whatever the URL says.
func (d database) open(c *config.SQL) (*sqlx.DB, error) {
	// Durations are numbers in the server's tables.
	durations := stdlib.OptionAfterConnect(func(_ context.Context, conn *pgx.Conn) error {
		conn.TypeMap().RegisterDefaultPgType(time.Duration(0), "int8")
		conn.TypeMap().RegisterDefaultPgType((*time.Duration)(nil), "int8")
		return nil
	})
	db := sqlx.NewDb(sql.OpenDB(stdlib.GetConnector(*d.config, durations)), "pgx")
	db.SetMaxOpenConns(c.MaxConns)
	db.SetMaxIdleConns(c.MaxIdleConns)
	db.MapperFunc(strcase.ToSnake)
	if err := db.Ping(); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// codeOf is PostgreSQL's code in err, or "".
func codeOf(err error) string {
	var p *pgconn.PgError
	if errors.As(err, &p) {
		return p.Code
	}
	return ""
}
