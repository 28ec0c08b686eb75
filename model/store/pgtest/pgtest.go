//go:build unix

// Package pgtest gives a test a PostgreSQL database of its own.
//
// The first test of a process that asks for one starts a throw-away server
// from the installed binaries; it ends with the process, however that ends,
// and leaves nothing behind. The schema is migrated once, into a template that
// every further database is a copy of. With SLUSS_TEST_POSTGRES_URL set, the
// databases are made on that server instead.
//
// It is for tests only and imports the standard library and pgx.
package pgtest

import (
	"context"
	"errors"
	"os"
	"sync"
	"testing"
	"time"
)

// URLVariable is the environment variable that names a server to use instead
// of starting one: the URL of a database on it, of a role that may create
// others.
const URLVariable = "SLUSS_TEST_POSTGRES_URL"

// Migrate brings the empty database at url to the schema that a test wants.
type Migrate func(ctx context.Context, url string) error

// Option is a choice for NewDatabase.
type Option func(*options)

type options struct{ durable bool }

// Durable asks for a server as it is installed, which writes to disk as one in use
// does, for measurements. The usual one takes little memory and is told not to wait
// for the disk.
func Durable() Option { return func(o *options) { o.durable = true } }

// NewDatabase makes a database for the test and returns its URL, which names a
// superuser on a loopback port. The database holds what migrate made of an
// empty one, or nothing if migrate is nil, and is dropped when the test ends,
// whoever is still connected to it. Each migrate runs once in a process and
// must do the same whenever it is called; closures of one function literal
// count as one.
//
// Where no PostgreSQL is installed the test is skipped, and fails if the
// environment says CI=true.
func NewDatabase(t testing.TB, migrate Migrate, opts ...Option) string {
	t.Helper()
	url, drop, err := Create(t.Context(), migrate, opts...)
	if err != nil {
		unavailable(t, err)
	}
	t.Cleanup(func() {
		if err := drop(); err != nil {
			t.Errorf("postgres for tests: drop database: %v", err)
		}
	})
	return url
}

// engineSuffix is what the name of the database ends in that a program makes beside
// the one that it was given; it is dropped with it.
const engineSuffix = "_engine"

func unavailable(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, ErrNotInstalled) && os.Getenv("CI") != "true" {
		t.Skipf("*** NOT TESTED against PostgreSQL: %v; install it or set %s ***", err, URLVariable)
	}
	t.Fatalf("postgres for tests: %v", err)
}

// Create is NewDatabase for a program that measures and is no test: it returns
// the URL and what drops the database. The error is ErrNotInstalled where no
// PostgreSQL is found.
func Create(ctx context.Context, migrate Migrate, opts ...Option) (databaseURL string, drop func() error, err error) {
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	s, err := sharedServer(o)
	if err != nil {
		return "", nil, err
	}
	name, err := s.create(ctx, migrate)
	if err != nil {
		return "", nil, err
	}
	return s.url(name), func() error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		for _, gone := range []string{name, name + engineSuffix} {
			if err := s.exec(ctx, "DROP DATABASE IF EXISTS %s WITH (FORCE)", gone); err != nil {
				return err
			}
		}
		return nil
	}, nil
}

// One server of each kind for the whole process.
var shared [2]struct {
	once   sync.Once
	server *server
	err    error
}

func sharedServer(o options) (*server, error) {
	url := os.Getenv(URLVariable)
	one := &shared[0]
	if o.durable && url == "" {
		one = &shared[1]
	}
	one.once.Do(func() {
		if url != "" {
			one.server, one.err = useServer(url)
		} else {
			one.server, one.err = startServer(o)
		}
	})
	return one.server, one.err
}
