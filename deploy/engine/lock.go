//go:build !slim

package engine

import (
	"context"
	"database/sql"
	"fmt"
)

// fileLock keeps other processes from running an engine on the same file: two
// would take the shard from each other. It is an exclusive transaction on an
// empty database next to the file: the operating system ends it with the
// process, and SQLite knows how to lock on every system.
type fileLock struct {
	db   *sql.DB
	conn *sql.Conn
}

// lockFile takes the lock of the file at path, or returns ErrInUse.
func lockFile(ctx context.Context, path string) (*fileLock, error) {
	db, err := sql.Open("sqlite", dsn(path+".lock"))
	if err != nil {
		return nil, fmt.Errorf("lock engine file: %w", err)
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("lock engine file: %w", nameBusy(err))
	}
	lock := &fileLock{db: db, conn: conn}
	if _, err := conn.ExecContext(ctx, `BEGIN EXCLUSIVE`); err != nil {
		lock.release()
		return nil, fmt.Errorf("lock engine file: %w", nameBusy(err))
	}
	return lock, nil
}

// release gives the lock back. A nil lock is nothing to release.
func (l *fileLock) release() {
	if l != nil {
		_ = l.conn.Close()
		_ = l.db.Close()
	}
}
