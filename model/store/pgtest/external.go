//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// lockClass is the first half of the advisory lock that each process holds on
// a server that is not its own; the second half is its digits. So the next
// process can tell which databases were left behind.
const lockClass = 0x51055

// useServer makes databases on the server that databaseURL names, after it has
// dropped those of processes that are gone.
func useServer(databaseURL string) (*server, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	base, err := url.Parse(databaseURL)
	if err != nil || (base.Scheme != "postgres" && base.Scheme != "postgresql") {
		return nil, errors.New(URLVariable + " must be a postgres:// URL")
	}
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", URLVariable, err)
	}
	s := newServer(base)
	s.alive = conn
	if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1, $2)", lockClass, lockKey(s.digits)); err != nil {
		return nil, err
	}
	return s, s.dropStale(ctx)
}

func (s *server) dropStale(ctx context.Context) error {
	rows, _ := s.alive.Query(ctx, `SELECT datname, substr(datname, $1, 8) FROM pg_database WHERE datname ~ $2`,
		len(namePrefix)+1, "^"+namePrefix+"[0-9a-f]{8}_[0-9]+("+engineSuffix+")?$")
	type found struct{ Name, Digits string }
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[found])
	if err != nil {
		return err
	}
	for _, database := range all {
		if database.Digits == s.digits {
			continue
		}
		if err := s.dropIfStale(ctx, database.Name, lockKey(database.Digits)); err != nil {
			return fmt.Errorf("drop a database of an earlier run: %w", err)
		}
	}
	return nil
}

// dropIfStale drops a database if nobody holds the lock of its process.
func (s *server) dropIfStale(ctx context.Context, name string, key int32) error {
	var gone bool
	if err := s.alive.QueryRow(ctx, "SELECT pg_try_advisory_lock($1, $2)", lockClass, key).Scan(&gone); err != nil || !gone {
		return err
	}
	_, err := s.alive.Exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
	_, unlockErr := s.alive.Exec(ctx, "SELECT pg_advisory_unlock($1, $2)", lockClass, key)
	return errors.Join(err, unlockErr)
}

// lockKey is eight hexadecimal digits as a number.
func lockKey(digits string) int32 {
	n, _ := strconv.ParseUint(digits, 16, 32) // the names were matched for digits
	return int32(n)
}
