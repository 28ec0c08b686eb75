//go:build unix

package pgtest

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net/url"
	"reflect"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// Databases are named after the process that made them: namePrefix, eight
// hexadecimal digits, and a number.
const namePrefix = "sluss_test_"

// server is a running PostgreSQL and the databases of this process on it.
type server struct {
	base   *url.URL     // of a database that is there already
	digits string       // of this process, in the names of its databases
	count  atomic.Int64 // of them
	alive  *pgx.Conn    // open as long as the process lives; nil on a server of our own

	mu        sync.Mutex
	templates map[uintptr]*template // by the Migrate that made them
}

type template struct {
	once sync.Once
	name string
	err  error
}

func newServer(base *url.URL) *server {
	var id [4]byte
	rand.Read(id[:])
	return &server{base: base, digits: hex.EncodeToString(id[:]), templates: map[uintptr]*template{}}
}

// url returns the URL of a database on the server.
func (s *server) url(database string) string {
	u := *s.base
	u.Path = "/" + database
	return u.String()
}

// create makes a database and returns its name.
func (s *server) create(ctx context.Context, migrate Migrate) (string, error) {
	name := s.newName()
	if migrate == nil {
		return name, s.exec(ctx, "CREATE DATABASE %s", name)
	}
	from, err := s.template(migrate)
	if err != nil {
		return "", err
	}
	return name, s.exec(ctx, "CREATE DATABASE %s TEMPLATE %s", name, from)
}

// template returns the name of the database that migrate has made, and makes
// it at the first call.
func (s *server) template(migrate Migrate) (string, error) {
	key := templateKey(migrate)
	s.mu.Lock()
	tmpl := s.templates[key]
	if tmpl == nil {
		tmpl = &template{name: s.newName()}
		s.templates[key] = tmpl
	}
	s.mu.Unlock()
	tmpl.once.Do(func() { tmpl.err = s.fill(tmpl.name, migrate) })
	return tmpl.name, tmpl.err
}

func (s *server) fill(name string, migrate Migrate) error {
	// Not the context of the one test that happens to come first.
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if err := s.exec(ctx, "CREATE DATABASE %s", name); err != nil {
		return err
	}
	if err := migrate(ctx, s.url(name)); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	// Nothing can be copied while somebody is connected to it.
	return s.exec(ctx, "ALTER DATABASE %s ALLOW_CONNECTIONS false", name)
}

func (s *server) newName() string {
	return fmt.Sprintf("%s%s_%d", namePrefix, s.digits, s.count.Add(1))
}

// exec runs one statement about databases, whose names stand for each %s.
func (s *server) exec(ctx context.Context, statement string, names ...any) error {
	conn, err := pgx.Connect(ctx, s.base.String())
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	_, err = conn.Exec(ctx, fmt.Sprintf(statement, names...))
	return err
}

// aSession is the process of one of those connected to a database.
func (s *server) aSession(ctx context.Context, database string) (pid int, err error) {
	conn, err := pgx.Connect(ctx, s.base.String())
	if err != nil {
		return 0, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = conn.QueryRow(ctx, "SELECT pid FROM pg_stat_activity WHERE datname = $1 ORDER BY random() LIMIT 1", database).Scan(&pid)
	return pid, err
}

func templateKey(migrate Migrate) uintptr { return reflect.ValueOf(migrate).Pointer() }
