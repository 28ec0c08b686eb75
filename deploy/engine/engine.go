//go:build !slim

package engine

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
)

const (
	// DefaultNamespace is the namespace that the product's workflows live in.
	DefaultNamespace = "sluss"

	// DefaultRetentionDays is how long the history of a closed workflow is kept.
	DefaultRetentionDays = 7

	// closeTimeout bounds how long Close waits for the server's services, and
	// brokenCloseTimeout how long when the server cannot go on: parts of it then
	// never answer.
	closeTimeout       = 15 * time.Second
	brokenCloseTimeout = 3 * time.Second
)

// Options says how an Engine is run. The zero value is an engine in memory.
type Options struct {
	// Path is the SQLite file that the engine keeps its state in. It is created
	// when it does not exist; its folder must exist. Empty means in memory.
	Path string

	// DatabaseURL is the PostgreSQL database that the engine keeps its state in,
	// instead of a file. It is the engine's alone, and made when it does not exist
	// and the role may do so.
	DatabaseURL string

	// Namespace is created when it does not exist. Empty means DefaultNamespace.
	Namespace string

	// RetentionDays is how many days the history of a closed workflow is kept.
	// Zero means DefaultRetentionDays. A changed value applies to the workflows
	// that close from then on.
	RetentionDays int

	// HistoryCountSuggestContinueAsNew is the number of history events from
	// which a workflow is told to continue as new. Zero means the server's own
	// default, 4,096.
	HistoryCountSuggestContinueAsNew int

	// StoreFaults is the share, from 0 to 1, of the calls of the server's store that
	// fail, some of them after they were done, and StoreFaultsSeed decides which. They
	// are for tests; zero means none.
	StoreFaults     float64
	StoreFaultsSeed int64

	// Logger takes the server's log records. Nil means slog.Default.
	Logger *slog.Logger

	// LogLevel is the lowest level of the server's records that reaches Logger.
	// Nil means slog.LevelWarn.
	LogLevel slog.Leveler

	// database is what DatabaseURL says.
	database database
}

// onDatabase reports whether the engine keeps its state in PostgreSQL.
func (o Options) onDatabase() bool { return o.DatabaseURL != "" }

// sqlConfig is the server's data store.
func (o Options) sqlConfig() *config.SQL {
	if o.onDatabase() {
		return o.database.sqlConfig()
	}
	return sqliteConfig(o)
}

// shards is the number of parts that the histories are spread over.
func (o Options) shards() int32 {
	if o.onDatabase() {
		return postgresShards
	}
	return 1
}

// withDefaults returns o with every default filled in, or what is wrong with it.
func (o Options) withDefaults() (Options, error) {
	if o.RetentionDays < 0 {
		return o, fmt.Errorf("retention of %d days is negative", o.RetentionDays)
	}
	if o.HistoryCountSuggestContinueAsNew < 0 {
		return o, fmt.Errorf("continue-as-new from %d events is negative", o.HistoryCountSuggestContinueAsNew)
	}
	if o.Path != "" && o.DatabaseURL != "" {
		return o, errors.New("an engine has a file or a database, not both")
	}
	o.Namespace = cmp.Or(o.Namespace, DefaultNamespace)
	o.RetentionDays = cmp.Or(o.RetentionDays, DefaultRetentionDays)
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.LogLevel == nil {
		o.LogLevel = slog.LevelWarn
	}
	return o, nil
}

// retention is RetentionDays as a duration.
func (o Options) retention() time.Duration {
	return time.Duration(o.RetentionDays) * 24 * time.Hour
}

// holder keeps other processes from the engine's state until it is released.
type holder interface{ release() }

// Engine is a running Temporal server. Its methods may be called concurrently.
type Engine struct {
	options     Options
	ports       []int // as services, the frontend's first
	credentials *credentials
	log         *logs
	server      temporal.Server
	lock        holder

	closeOnce sync.Once
	closeErr  error

	damageOnce sync.Once

	endOnce sync.Once
	ended   chan struct{}
	endErr  error
}

// ClientOptions returns what a client needs to reach the engine: address,
// namespace, credentials and a logger. The caller may change its copy.
func (e *Engine) ClientOptions() client.Options {
	return client.Options{
		HostPort:          loopback(e.ports[0]),
		Namespace:         e.options.Namespace,
		ConnectionOptions: client.ConnectionOptions{TLS: e.credentials.client.Clone()},
		Logger:            sdklog.NewStructuredLogger(e.log.clients),
	}
}

// Done is closed when the engine has ended: after Close, or when the server met
// an error that it cannot go on from. Err tells which. A process that depends on
// the engine watches it and ends.
func (e *Engine) Done() <-chan struct{} { return e.ended }

// Err returns nil while the engine runs and after Close, and otherwise why the
// server could not go on.
func (e *Engine) Err() error {
	select {
	case <-e.ended:
		return e.endErr
	default:
		return nil
	}
}

// Close stops the server. Clients and workers are to be stopped first: what
// still waits for the engine is given a second and then cut off. Close may be
// called more than once and returns the first result.
func (e *Engine) Close() error {
	e.closeOnce.Do(func() {
		e.log.hush()
		e.closeErr = e.stop()
		if e.lock != nil {
			e.lock.release()
		}
		e.end(nil)
	})
	return e.closeErr
}

// stop stops the server if it has been built.
func (e *Engine) stop() error {
	if e.server == nil {
		return nil
	}
	wait := closeTimeout
	if e.Err() != nil {
		wait = brokenCloseTimeout
	}
	stopped := make(chan error, 1)
	go func() { stopped <- e.server.Stop() }()
	select {
	case err := <-stopped:
		if err != nil {
			return fmt.Errorf("stop engine: %w", err)
		}
		return nil
	case <-time.After(wait):
		return fmt.Errorf("stop engine: not stopped after %s", wait)
	}
}

// end records that the engine has ended, and why. Only the first call counts.
func (e *Engine) end(cause error) {
	e.endOnce.Do(func() {
		e.endErr = cause
		close(e.ended)
	})
}

// serverLogger is what the server logs to, and what tells the engine about the
// server's end.
func (e *Engine) serverLogger() *logger {
	return &logger{out: e.log.server, fatal: e.fatal, damaged: e.damaged}
}

// fatal is what the server's logger calls where the server expects the process
// to end. It leaves that to whoever watches Done and never returns: the server's
// code is not made for going on. (Ending the goroutine instead would run its
// deferred calls, of which some panic then.)
func (e *Engine) fatal(cause error) {
	e.end(cause)
	select {}
}

// damaged is what the server's logger calls when the store reports damage, again
// and again. The engine ends, so that the next start can replace the file.
func (e *Engine) damaged() {
	e.damageOnce.Do(func() {
		if e.options.Path != "" {
			if err := markDamaged(e.options.Path); err != nil {
				e.log.server.Error("the engine's file cannot be marked as damaged", "error", err)
			}
		}
		e.log.hush()
		e.end(errDamaged)
	})
}
