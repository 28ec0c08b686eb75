//go:build unix

package pgtest

import (
	"context"
	"errors"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a PostgreSQL server of one test's own, as it is installed, which can be
// killed. It is gone when the test ends.
type Server struct {
	t       testing.TB
	cluster *cluster
	port    int
}

// NewServer starts a server on a loopback port, which should be one that nobody is given
// by chance: the server leaves it when it is killed and takes it again. Where no
// PostgreSQL is installed it does as NewDatabase does.
func NewServer(t testing.TB, port int) *Server {
	t.Helper()
	c, err := newCluster(options{durable: true})
	if err != nil {
		unavailable(t, err)
	}
	s := &Server{t, c, port}
	t.Cleanup(func() {
		s.Kill()
		if err := os.RemoveAll(c.folder); err != nil {
			t.Errorf("postgres for tests: %v", err)
		}
	})
	s.Start()
	return s
}

// NewDatabase makes a database that holds what migrate made of an empty one, and returns
// its URL, which names a superuser.
func (s *Server) NewDatabase(migrate Migrate) string {
	s.t.Helper()
	server := newServer(s.cluster.address(s.port))
	name, err := server.create(s.t.Context(), nil)
	if err == nil {
		err = migrate(s.t.Context(), server.url(name))
	}
	if err != nil {
		s.t.Fatalf("postgres for tests: %v", err)
	}
	return server.url(name)
}

// Kill kills the process that has started all others of the server (SIGKILL). These end
// when they notice; nothing is written any more that was not.
func (s *Server) Kill() { s.end(syscall.SIGKILL) }

// StopAtOnce stops the server without order (pg_ctl stop -m immediate).
func (s *Server) StopAtOnce() { s.end(syscall.SIGQUIT) }

func (s *Server) end(by syscall.Signal) {
	_ = s.cluster.process.Signal(by) // it may have ended
	<-s.cluster.ended
}

// KillSession kills the process of one session with a database (SIGKILL), whereupon the
// server ends all sessions and recovers. It returns when the server answers again.
func (s *Server) KillSession(database string) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), startTimeout)
	defer cancel()
	server := newServer(s.cluster.address(s.port))
	pid, err := server.aSession(ctx, database)
	if err != nil {
		s.t.Fatalf("postgres for tests: %v", err)
	}
	_ = syscall.Kill(pid, syscall.SIGKILL) // it may have ended
	for server.exec(ctx, "SELECT 1") != nil {
		if !s.again(ctx) {
			s.t.Fatalf("postgres for tests: it does not recover\n%s", s.cluster.logTail())
		}
	}
}

// Start starts the server again on what it has written. Those that were left of a killed
// one have ended before it answers.
func (s *Server) Start() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), startTimeout)
	defer cancel()
	for {
		err := s.cluster.run(s.port)
		if err == nil {
			return
		}
		left := errors.Is(err, errEnded) && strings.Contains(err.Error(), "shared memory")
		if !left || !s.again(ctx) {
			s.t.Fatalf("postgres for tests: %v", err)
		}
	}
}

// again waits a little, unless the time is over.
func (*Server) again(ctx context.Context) bool {
	select {
	case <-time.After(20 * time.Millisecond):
		return true
	case <-ctx.Done():
		return false
	}
}
