//go:build !slim

package engine

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

const (
	// lockNumber names the advisory lock in the engine's own database.
	lockNumber = applicationID

	// lockWait is how long a start waits for the lock of a process that was killed,
	// whose connection PostgreSQL has not noticed to be gone.
	lockWait = 5 * time.Second
	lockPoll = 50 * time.Millisecond
)

// databaseLock keeps other processes from running an engine on the same database:
// two would take the shards from each other. PostgreSQL ends it with the connection.
type databaseLock struct {
	database database
	conn     *pgx.Conn
	released context.Context
	end      context.CancelFunc
	watching sync.WaitGroup
}

// lock takes the lock of the database, or returns ErrInUse.
func (d database) lock(ctx context.Context) (*databaseLock, error) {
	l := &databaseLock{database: d}
	l.released, l.end = context.WithCancel(context.WithoutCancel(ctx))
	var err error
	if l.conn, err = l.take(ctx); err != nil {
		l.end()
		return nil, err
	}
	return l, nil
}

// take connects and takes the lock.
func (l *databaseLock) take(ctx context.Context) (*pgx.Conn, error) {
	conn, err := l.database.connect(ctx)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(lockWait); ; {
		var mine bool
		err := conn.QueryRow(ctx, "SELECT pg_try_advisory_lock($1)", lockNumber).Scan(&mine)
		switch {
		case err == nil && mine:
			return conn, nil
		case err == nil && time.Now().After(until):
			err = ErrInUse
		}
		if err != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
			return nil, err
		}
		time.Sleep(lockPoll)
	}
}

// watch takes the lock again when its connection is lost, as when PostgreSQL is
// started anew. The engine ends when another process has taken it meanwhile.
func (l *databaseLock) watch(e *Engine) {
	for {
		// Nobody notifies: it returns when the connection is lost, or no longer needed.
		_, _ = l.conn.WaitForNotification(l.released)
		if l.released.Err() != nil {
			return
		}
		conn, err := l.takeAgain()
		if err != nil {
			if l.released.Err() == nil {
				e.end(err)
			}
			return
		}
		l.conn = conn
	}
}

// takeAgain tries until the lock is held, released, or somebody else's.
func (l *databaseLock) takeAgain() (*pgx.Conn, error) {
	for {
		conn, err := l.take(l.released)
		if err == nil || errors.Is(err, ErrInUse) || l.released.Err() != nil {
			return conn, err
		}
		time.Sleep(lockPoll)
	}
}

// release gives the lock back.
func (l *databaseLock) release() {
	l.end()
	l.watching.Wait()
	_ = l.conn.Close(context.Background())
}
