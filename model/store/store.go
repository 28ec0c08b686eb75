package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"

	"sluss/migrations"
)

// Options says where the record is and how many connections it may use.
type Options struct {
	// URL is "sqlite:<path of a file>" or a PostgreSQL URL.
	URL string
	// MaxConns bounds the connections to PostgreSQL and the readers of SQLite,
	// which always has one writer. 0 means 16.
	MaxConns int
	// ReadOnly opens a record that is there and writes nothing to it, also while
	// somebody else does. Its schema must be the program's.
	ReadOnly bool
	// anySchema leaves it at that.
	anySchema bool
	// Log hears of what should never happen, without values; nil for
	// slog.Default.
	Log *slog.Logger
}

// Store is the record. It is safe for concurrent use.
type Store struct {
	write, read *bun.DB
	postgres    bool
	conns       int
	texts       texts
	log         *slog.Logger
	maxRead     time.Duration
	proof       proof
}

// maxRead is how long one view of the record may be held. On SQLite a reader
// keeps the log of changes from being folded into the file, on PostgreSQL it
// keeps old rows from being cleaned up.
const maxRead = 5 * time.Second

// Open connects to the record and brings its schema up to date.
func Open(ctx context.Context, o Options) (*Store, error) {
	s, err := Connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := migrations.Up(ctx, s.write); err != nil {
		return nil, errors.Join(notMigrated(err), s.Close())
	}
	return s, nil
}

// Connect connects to the record and leaves its schema as it is.
func Connect(ctx context.Context, o Options) (*Store, error) {
	if o.MaxConns == 0 {
		o.MaxConns = 16
	}
	s := &Store{conns: o.MaxConns, log: o.Log, maxRead: maxRead}
	if s.log == nil {
		s.log = slog.Default()
	}
	var err error
	if path, ok := strings.CutPrefix(o.URL, "sqlite:"); ok {
		err = s.openSQLite(path, o.ReadOnly)
	} else {
		err = s.openPostgres(o.URL, o.ReadOnly)
	}
	if err != nil {
		return nil, fmt.Errorf("open the record: %w", err)
	}
	if err := s.write.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the record: %w", translate(err)), s.Close())
	}
	if o.ReadOnly && !o.anySchema {
		if err := s.current(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	return s, nil
}

// Examine connects to a record that is there and writes nothing to it, whatever its
// schema. Health tells of it; nothing else is to be asked before that has been looked at.
func Examine(ctx context.Context, o Options) (*Store, error) {
	o.ReadOnly, o.anySchema = true, true
	return Connect(ctx, o)
}

// openSQLite opens one connection that writes and a pool that only reads. Every
// transaction of the writer takes the write lock at once: a transaction that
// reads first and then writes would otherwise fail under load.
func (s *Store) openSQLite(path string, readOnly bool) error {
	if path == "" || strings.HasPrefix(path, ":memory:") {
		return errors.New("sqlite: must be followed by the path of a file")
	}
	flags := os.O_RDWR | os.O_CREATE
	if readOnly {
		flags = os.O_RDONLY
	}
	// The record holds personal data: nobody else may read a new file.
	file, err := os.OpenFile(path, flags, 0o600)
	if err != nil {
		return err
	}
	if err := file.Close(); err != nil {
		return err
	}
	const wait = "busy_timeout(5000)"
	dsn := func(v url.Values) sqliteConnector {
		v.Set("_time_format", "sqlite")
		return sqliteConnector{"file:" + uriEscaper.Replace(path) + "?" + v.Encode()}
	}
	writer := dsn(url.Values{
		"_txlock": {"immediate"},
		// recursive_triggers: what is replaced is deleted, which triggers may refuse.
		"_pragma": {wait, "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)", "recursive_triggers(1)"},
	})
	reader := dsn(url.Values{"_pragma": {wait, "query_only(1)"}})
	s.read = bun.NewDB(openDB(reader, s.conns), sqlitedialect.New())
	if s.write = s.read; !readOnly {
		s.write = bun.NewDB(openDB(writer, 1), sqlitedialect.New())
	}
	return nil
}

// uriEscaper keeps what has a meaning in a URI out of the path of a file.
var uriEscaper = strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23")

func (s *Store) openPostgres(dsn string, readOnly bool) error {
	if !strings.HasPrefix(dsn, "postgres://") && !strings.HasPrefix(dsn, "postgresql://") {
		return errors.New("the URL must start with sqlite: or postgres://")
	}
	config, err := pgx.ParseConfig(dsn)
	if err != nil {
		return errors.New("the PostgreSQL URL cannot be read")
	}
	// bun doubles quotes and nothing else: with the old meaning of backslashes
	// a text could break out of its literal.
	config.RuntimeParams["standard_conforming_strings"] = "on"
	// Times are read as text, in the one form that the driver knows.
	config.RuntimeParams["timezone"] = "UTC"
	config.RuntimeParams["datestyle"] = "ISO"
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	if config.RuntimeParams["application_name"] == "" {
		config.RuntimeParams["application_name"] = "sluss"
	}
	s.postgres = true
	s.write = bun.NewDB(openDB(newPostgresConnector(*config), s.conns), pgdialect.New())
	s.read = s.write
	return nil
}

// Close closes every connection.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// WriteConns returns how many transactions can write at the same time.
func (s *Store) WriteConns() int {
	if s.postgres {
		return s.conns
	}
	return 1
}

// current returns an error unless the schema is the program's.
func (s *Store) current(ctx context.Context) error {
	pending, err := migrations.Pending(ctx, s.read)
	if err != nil {
		return translate(err)
	}
	if pending > 0 {
		return fmt.Errorf("%w: %d migrations are missing", ErrSchema, pending)
	}
	return nil
}

// UnlockMigrations removes the lock that an interrupted migration left behind.
func (s *Store) UnlockMigrations(ctx context.Context) error {
	return translate(migrations.Unlock(ctx, s.write))
}

// over translates the error of something that is over. Where the context ended
// first that is the reason, whatever the driver makes of it.
func over(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return translate(err)
}

// forUpdate ends a query that locks the row it reads. SQLite holds its one write
// lock already.
func (s *Store) forUpdate() string {
	if s.postgres {
		return " FOR UPDATE"
	}
	return ""
}
