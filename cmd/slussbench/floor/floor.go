//go:build linux && !slim

// Package floor is the least that can carry a case: the work that Sluss cannot
// do without, and nothing else. A server with bearer tokens stores a command,
// a workflow with a mutex takes it as an update, one local activity writes in
// one transaction the rows that Sluss writes, and the answer is read from the
// command's row. It has the engine, the pools and the pragmas of Sluss and the
// same schema, and it speaks as much of the same API as a case needs.
//
// What it leaves out is what Sluss adds: the rules and their evaluation, the
// lifecycle, who may do what, forms and their checks, idempotent requests,
// deadlines that fire, recovery, and problems that can be read.
//
// It imports the engine, the Temporal SDK and the drivers, and of the product
// only the options and names that both must share.
package floor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/cmd/heap"
	"sluss/deploy/engine"
	"sluss/workflows/contract"
)

// Options say where the floor keeps its data.
type Options struct {
	// DataDir is the folder of the files on SQLite, of the record and of the engine. The
	// record must have its schema and its people.
	DataDir string
	// DatabaseURL is a PostgreSQL URL for the record, or "" for SQLite.
	DatabaseURL string
	// Conns bounds the connections to PostgreSQL and the readers of SQLite.
	Conns int
}

// Run serves the floor until the context ends, as Serve does.
func Run(ctx context.Context, o Options, stdout, stderr io.Writer) (err error) {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	db, err := open(ctx, o)
	if err != nil {
		return fmt.Errorf("open the record: %w", err)
	}
	defer func() { err = errors.Join(err, db.close()) }()

	eo := engine.Options{Logger: log}
	if o.DatabaseURL != "" {
		eo.DatabaseURL = engine.Beside(o.DatabaseURL)
	} else {
		eo.Path = filepath.Join(o.DataDir, "engine.db")
	}
	e, err := engine.Start(ctx, eo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	co := e.ClientOptions()
	co.Logger = sdklog.NewStructuredLogger(log)
	temporal, err := client.DialContext(ctx, co)
	if err != nil {
		return err
	}
	defer temporal.Close()

	worker.SetBinaryChecksum("floor")
	w := worker.New(temporal, contract.TaskQueue, activities.WorkerOptions(db.writers))
	register(w, db)
	if err := w.Start(); err != nil {
		return err
	}
	defer w.Stop()
	return Serve(ctx, "The floor", (&server{db: db, temporal: temporal, log: log}).routes(), stdout)
}

// Serve serves until the context ends, on a free port of the loopback interface that
// it prints once it is ready.
func Serve(ctx context.Context, name string, routes http.Handler, stdout io.Writer) error {
	heap.Roomy()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h := &http.Server{Handler: routes, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	fmt.Fprintf(stdout, "%s is ready on http://%s\n", name, l.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return h.Shutdown(ctx)
}
