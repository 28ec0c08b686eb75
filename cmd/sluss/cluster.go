package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"sluss/api"
	"sluss/model/store"
)

// Beside an external Temporal server and PostgreSQL run any number of `sluss api` and
// `sluss worker`. Who does what, and why several may:
//
//   - An act belongs to its command row, whoever sends it: the same update id again is
//     the same update, and the transaction looks the command up under the lock of the
//     case's row. The re-driver, which sends again what was left behind, runs in every
//     api process for that reason, and so do the deadlines of yearly tasks, the second
//     triage and the proposals to dispose, each of which is one row that is there once.
//   - The outbox, the tree over the log and its checkpoints are for one api process at
//     a time, by a lease in the record (store.Lease) that the next one gets when it
//     expires. The hourly comparison of cases with their processes is too; the one at
//     the start everybody makes.
//   - Rulebooks, the register's index and the limits of requests are each process's
//     own, and read the record anew when it has changed.
//   - A worker runs processes and records their steps, and nothing else: it needs no
//     folder, no mail server and no key.
//   - Nobody migrates: `sluss migrate` does, before the first process of a new version.
//
// The api processes share one data folder, which holds the attached files and the key
// of checkpoints.

func serveAPI(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return serveWith(ctx, "api", "Run the pages and the API beside a Temporal server, on a record in PostgreSQL. Run any number of them, and of sluss worker.",
		(*app).startAPI, args, stdout, stderr)
}

// startAPI starts what answers requests, and what runs beside them.
func (a *app) startAPI(ctx context.Context) error {
	if err := a.settings.inCluster("api"); err != nil {
		return err
	}
	if err := a.openFolder(sharedFolder); err != nil {
		return err
	}
	if err := a.listen(); err != nil {
		return err
	}
	var err error
	if a.files, err = a.settings.attachments(); err != nil {
		return err
	}
	if err := a.joinCluster(ctx); err != nil {
		return err
	}
	return a.startServer(ctx)
}

func runWorker(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse("worker", "Run the processes of cases beside a Temporal server, on a record in PostgreSQL. Run any number of them, and of sluss api.", args, stderr, s.observe.ofWorker)
	if err != nil {
		return err
	}
	if err := flagsOnly("worker", rest, stderr); err != nil {
		return err
	}
	a := newApp(s, "worker", stderr)
	if err = a.startWork(ctx); err == nil {
		fmt.Fprintln(stdout, "Sluss works on cases")
		err = a.wait(ctx, nil)
	}
	return errors.Join(err, a.stop())
}

func (a *app) startWork(ctx context.Context) error {
	if err := a.settings.inCluster("worker"); err != nil {
		return err
	}
	if err := a.joinCluster(ctx); err != nil {
		return err
	}
	worker.SetStickyWorkflowCacheSize(cachedProcesses)
	if err := a.startWorker(); err != nil {
		return err
	}
	a.serveMetrics(api.HealthHandler(api.Options{Ready: a.workerReady, Clock: a.clock, Log: a.log}))
	return nil
}

// cachedProcesses is how many processes a worker keeps in memory between their steps.
const cachedProcesses = 500

// inCluster checks what every process beside an external Temporal server needs.
func (s *settings) inCluster(command string) error {
	switch {
	case s.demo:
		return errors.New("--demo is for sluss serve")
	case !strings.HasPrefix(s.databaseURL, "postgres"):
		return fmt.Errorf("sluss %s needs --database-url postgres://…: a file of SQLite is for sluss serve", command)
	}
	return nil
}

// joinCluster opens a record whose schema is the program's, and connects to the
// Temporal server.
func (a *app) joinCluster(ctx context.Context) error {
	var err error
	if a.store, err = store.Connect(ctx, store.Options{URL: a.settings.recordURL(), MaxConns: a.settings.maxConns}); err != nil {
		return err
	}
	if err := a.store.Ready(ctx); err != nil {
		return fmt.Errorf("the record is not ready, perhaps because sluss migrate has to be run first: %w", err)
	}
	if err := a.settle(ctx); err != nil {
		return err
	}
	var o client.Options
	if err := a.followed(ctx, &o); err != nil {
		return err
	}
	a.temporal, err = a.settings.temporal.connect(ctx, a.log, o.Interceptors...)
	return err
}
