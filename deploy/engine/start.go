//go:build !slim

package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"go.opentelemetry.io/otel/sdk/trace"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/temporal"
	"go.uber.org/fx"
)

// startAttempts bounds how often Start begins again because another process
// took one of the ports between choosing it and listening on it.
const startAttempts = 3

// Start starts a server and returns when it answers, that is when a client made
// from ClientOptions can start workflows. ctx bounds the start only, not the
// life of the engine. A start that is given up is undone first, because the
// server cannot be interrupted while it starts, some tens of milliseconds.
//
// A file that cannot be used because of its content is renamed to
// "<path>.unusable-<time>" and replaced, with a warning in the log. ErrInUse is
// returned when another process has the file open, ErrForeignFile when it is a
// database of something else; the file is then left alone. ErrInUse is returned, too,
// when another process runs an engine on the database; the schema of a database is
// set up and brought up to date.
func Start(ctx context.Context, o Options) (*Engine, error) {
	o, err := o.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("start engine: %w", err)
	}
	limitWorkflowCache()

	start := startOnFreePorts
	switch {
	case o.Path != "":
		start = startLocked
	case o.onDatabase():
		start = startOnDatabase
	}
	e, err := start(ctx, o)
	switch {
	case err == nil:
		return e, nil
	case ctx.Err() != nil: // not everything below says so when it was given up
		return nil, fmt.Errorf("start engine: %w (%w)", ctx.Err(), err)
	default:
		return nil, fmt.Errorf("start engine: %w", err)
	}
}

// limitWorkflowCache bounds the cache of workflow runs that all workers of the
// process share. It takes effect when the first worker starts.
var limitWorkflowCache = sync.OnceFunc(func() {
	worker.SetStickyWorkflowCacheSize(stickyCacheSize)
})

// startLocked starts an engine on its file, under the file's lock.
func startLocked(ctx context.Context, o Options) (*Engine, error) {
	path, err := absolute(o.Path)
	if err != nil {
		return nil, err
	}
	o.Path = path
	lock, err := lockFile(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	e, err := startOnFile(ctx, o)
	if err != nil {
		lock.release()
		return nil, err
	}
	e.lock = lock
	return e, nil
}

// startOnFile starts an engine on its file. When the server cannot use a file
// that looked sound, but can use a new one, the file was to blame and the new
// one stays; otherwise the old one is put back.
func startOnFile(ctx context.Context, o Options) (*Engine, error) {
	created, err := prepareFile(ctx, o.Path, o.Logger)
	if err != nil {
		return nil, err
	}
	e, err := startOnFreePorts(ctx, o)
	if err == nil || created || ctx.Err() != nil {
		return e, err
	}

	kept, moveErr := moveAside(o.Path, time.Now())
	if moveErr != nil {
		return nil, err
	}
	if _, newErr := openFile(ctx, o.Path); newErr == nil {
		if e, newErr = startOnFreePorts(ctx, o); newErr == nil {
			warnReplaced(o.Logger, kept, err.Error())
			return e, nil
		}
	}
	return nil, errors.Join(err, moveFiles(kept, o.Path))
}

// startOnFreePorts runs the server on ports that are free.
func startOnFreePorts(ctx context.Context, o Options) (*Engine, error) {
	for attempt := 1; ; attempt++ {
		e, err := run(ctx, o)
		if err == nil {
			return e, nil
		}
		if attempt == startAttempts || !errors.Is(err, syscall.EADDRINUSE) {
			return nil, err
		}
	}
}

// run builds a server, starts it and waits until it answers.
func run(ctx context.Context, o Options) (*Engine, error) {
	ports, err := freePorts(len(services))
	if err != nil {
		return nil, err
	}
	creds, err := newCredentials()
	if err != nil {
		return nil, err
	}
	e := &Engine{
		options:     o,
		ports:       ports,
		credentials: creds,
		log:         newLogs(o.Logger, o.LogLevel),
		ended:       make(chan struct{}),
	}
	if err := e.launch(); err != nil {
		return nil, err
	}
	if err := e.waitUntilReady(ctx); err != nil {
		_ = e.Close()
		return nil, err
	}
	return e, nil
}

// launch builds and starts the server on a goroutine of its own, which never
// comes back when the server meets a fatal error on it.
func (e *Engine) launch() error {
	result := make(chan error, 1)
	go func() {
		err := e.build()
		if err == nil {
			err = e.server.Start()
		}
		result <- err
	}()
	select {
	case err := <-result:
		return err
	case <-e.Done():
		return e.Err()
	}
}

// build puts the server together.
func (e *Engine) build() error {
	store := e.options.sqlConfig()
	if err := createNamespace(store, e.options); err != nil {
		return err
	}
	server, err := temporal.NewServerFx(
		fx.Options(temporal.TopLevelModule, noSpans),
		serverOptions(e, serverConfig(config.DataStore{SQL: store, FaultInjection: Faults(e.options.StoreFaults, e.options.StoreFaultsSeed)}, e.options.shards(), e.ports))...,
	)
	if err != nil {
		return err
	}
	e.server = server
	return nil
}

// noSpans keeps the server from exporting its own spans wherever the standard
// environment variables say, which are there for the product and not for it.
var noSpans = fx.Replace([]trace.SpanExporter{})
