package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"golang.org/x/sync/errgroup"

	"sluss/activities"
	"sluss/api"
	"sluss/api/act"
	"sluss/api/anchor"
	"sluss/api/authn"
	"sluss/api/authn/idp"
	"sluss/api/metrics"
	"sluss/api/notify"
	"sluss/api/traces"
	"sluss/api/web"
	"sluss/cmd/heap"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/backup"
	"sluss/model/store/blobs"
	"sluss/workflows"
	"sluss/workflows/contract"
)

// shutdownTime is how long requests that are under way may take to finish when the
// program is asked to stop: longer than an act waits for its answer.
const shutdownTime = act.DefaultWait + 3*time.Second

func serve(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	return serveWith(ctx, "serve", "Run everything in one process: pages, API, worker and engine.", (*app).start, args, stdout, stderr)
}

// serveWith runs a command that answers requests until it is asked to stop.
func serveWith(ctx context.Context, name, about string, start func(*app, context.Context) error,
	args []string, stdout, stderr io.Writer) error {
	var s settings
	rest, err := s.parse(name, about, args, stderr)
	if err != nil {
		return err
	}
	if err := flagsOnly(name, rest, stderr); err != nil {
		return err
	}
	heap.Roomy()
	a := newApp(s, name, stderr)
	if s.providers != "" {
		if a.identities, err = readProviders(s.providers); err != nil {
			return err
		}
	}
	err = start(a, ctx)
	if err == nil && a.service.Waits() {
		fmt.Fprintf(stdout, "Sluss was restored from a backup and waits for another administrator (sluss restore approve) on %s\n", a.address())
		err = a.wait(ctx, a.opened)
	}
	if err == nil && ctx.Err() == nil {
		err = a.announce(ctx, stdout)
	}
	if err == nil {
		err = a.wait(ctx, nil)
	}
	return errors.Join(err, a.stop())
}

// app is the running program. Its parts start in the order of the fields and
// stop the other way round.
type app struct {
	settings settings
	log      *slog.Logger
	clock    clock.Clock

	lock     *os.File
	store    *store.Store
	files    *blobs.Blobs
	engine   engine
	temporal client.Client
	worker   worker.Worker
	// polls is what the worker calls itself at the engine.
	polls   string
	service *act.Service
	// identities are the providers of identities, none where people have local
	// accounts only.
	identities idp.Config
	// cursors signs the cursors of lists, alike in all processes that share a key.
	cursors []byte
	// background ends what runs beside the requests, and opened is closed when it begins:
	// after the approval of a record that was put back from a backup.
	background func()
	opened     chan struct{}
	listener   net.Listener
	server     *http.Server
	// metrics counts what the process does, metricsServer serves them, where it does.
	metrics       *metrics.Metrics
	metricsServer *http.Server
	// traces follow what the process does, nil where nobody asks for it.
	traces *traces.Traces
	failed chan error
}

// newApp is the program that runs as a command.
func newApp(s settings, command string, stderr io.Writer) *app {
	return &app{
		settings: s, log: s.logger(stderr), clock: clock.System, metrics: metrics.New(version(), command), failed: make(chan error, 2),
	}
}

// fail ends the program because a part of it, which runs beside the others, has failed.
func (a *app) fail(err error) {
	select {
	case a.failed <- err:
	default: // it is ending already
	}
}

// engine is the in-process Temporal server, which slim builds do not have.
type engine interface {
	ClientOptions() client.Options
	Done() <-chan struct{}
	Err() error
	Close() error
}

func (a *app) start(ctx context.Context) error {
	if a.settings.temporal.address != "" {
		return errors.New("sluss serve runs a Temporal server of its own: --temporal-address is for sluss api and sluss worker")
	}
	if err := a.openFolder(ownFolder); err != nil {
		return err
	}
	if err := a.listen(); err != nil {
		return err
	}
	if err := a.openStores(ctx); err != nil {
		return err
	}
	if err := a.settle(ctx); err != nil {
		return err
	}
	o := a.engine.ClientOptions()
	o.Logger = sdklog.NewStructuredLogger(quiet(a.log))
	if err := a.followed(ctx, &o); err != nil {
		return err
	}
	var err error
	if a.temporal, err = client.DialContext(ctx, o); err != nil {
		return fmt.Errorf("connect to the engine: %w", err)
	}
	if err := a.startWorker(); err != nil {
		return err
	}
	return a.startServer(ctx)
}

// openFolder makes the data folder and locks it, for this process or for all that
// share it, unless it was restored and not verified.
func (a *app) openFolder(whose folderUse) (err error) {
	if err := os.MkdirAll(a.settings.dataDir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	if a.lock, err = lockFolder(a.settings.dataDir, whose); err != nil {
		return err
	}
	return backup.Unverified(a.settings.dataDir)
}

func (a *app) listen() (err error) {
	if a.listener, err = net.Listen("tcp", a.settings.listen); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// settle makes sure that the record is where it was.
func (a *app) settle(ctx context.Context) error {
	err := a.store.Settle(ctx)
	if errors.Is(err, store.ErrMoved) {
		return fmt.Errorf("%w: verify it with sluss restore --database-url", err)
	}
	return err
}

// openStores opens the record and the folder of attached files, and starts the
// engine, at the same time.
func (a *app) openStores(ctx context.Context) error {
	g, gctx := errgroup.WithContext(ctx)
	g.Go(func() (err error) {
		a.store, err = store.Open(gctx, store.Options{URL: a.settings.recordURL(), MaxConns: a.settings.maxConns})
		return err
	})
	g.Go(func() (err error) {
		a.files, err = a.settings.attachments()
		return err
	})
	g.Go(func() (err error) {
		a.engine, err = startEngine(ctx, a.settings, a.log)
		return err
	})
	g.Go(func() error {
		rulebook.Default()
		return nil
	})
	return g.Wait()
}

func (a *app) startWorker() error {
	worker.SetBinaryChecksum(version()) // otherwise the program hashes itself, a quarter of a second
	o := activities.WorkerOptions(a.store.WriteConns())
	a.polls = fmt.Sprintf("sluss %d %s", os.Getpid(), model.NewID())
	o.Identity = a.polls
	o.OnFatalError = func(err error) { a.fail(fmt.Errorf("the worker ended: %w", err)) }
	a.worker = worker.New(a.temporal, contract.TaskQueue, mortalOptions(o))
	workflows.Register(a.worker)
	(&activities.Activities{Store: a.store, Clock: a.clock, Took: a.metrics.Took}).Register(a.worker)
	if err := a.worker.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	return nil
}

func (a *app) startServer(ctx context.Context) error {
	a.serveMetrics(nil)
	key, err := a.settings.checkpoint.key(a.settings.dataDir)
	if err != nil {
		return err
	}
	keepers, err := a.settings.checkpoint.keepers()
	if err != nil {
		return err
	}
	anchor := anchor.New(anchor.Options{
		Store: a.store, Clock: a.clock, Log: a.log, Key: key, Keepers: keepers, Every: a.settings.checkpoint.every,
	})
	a.cursors = key.Derived("sluss cursors of lists")
	a.service = act.New(act.Options{
		StepUp: a.identities.StepUp,
		Store:  a.store, Temporal: a.temporal, Book: rulebook.Default(), Clock: a.clock, Log: a.log,
		Attachments: a.files, Key: key, Version: version(), Meter: a.metrics,
		ReconcileEvery: a.settings.reconcileEvery, Replay: workflows.Replay,
	})
	a.watch(anchor.Age)
	if err := a.service.LoadRulebooks(ctx); err != nil {
		return err
	}
	mailer, err := a.settings.mailer()
	if err != nil {
		return err
	}
	drainer := notify.New(notify.Options{
		Store: a.store, Clock: a.clock, Log: a.log, Mail: mailer, BaseURL: cmp.Or(a.settings.baseURL, a.address()),
	})
	if err := a.service.LoadRestoration(ctx); err != nil {
		return err
	}
	a.runBeside(ctx, a.service.Run, drainer.Run, anchor.Run)

	mux := http.NewServeMux()
	a.mortalRoutes(mux)
	// They are asked for nothing before somebody comes from them.
	providers := idp.New(a.identities, idp.Options{Store: a.store, Clock: a.clock, Log: a.log})
	passwords := authn.NewPasswords(a.store, a.clock)
	jsonAPI := a.api(providers, passwords)
	for _, at := range []string{"/api/", "/livez", "/readyz"} {
		mux.Handle(at, jsonAPI)
	}
	mux.Handle("/", web.Handler(web.Options{
		API: jsonAPI, Store: a.store, Book: rulebook.Default(), Books: a.service, Clock: a.clock, Log: a.log, BaseURL: cmp.Or(a.settings.baseURL, a.address()),
		Providers: providers, Passwords: passwords, Answered: a.metrics.Page, Waits: a.service.Waits,
	}))
	a.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      60 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	go func() {
		if err := a.server.Serve(a.listener); !errors.Is(err, http.ErrServerClosed) {
			a.fail(fmt.Errorf("serve: %w", err))
		}
	}()
	return nil
}

// runBeside runs parts of the program beside the requests, once nothing waits for
// approval any more.
func (a *app) runBeside(ctx context.Context, parts ...func(context.Context)) {
	background, cancel := context.WithCancel(context.WithoutCancel(ctx))
	a.opened = make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		if a.service.AwaitRestoration(background) != nil {
			return
		}
		close(a.opened)
		for _, run := range parts {
			running.Go(func() { run(background) })
		}
	})
	a.background = func() { cancel(); running.Wait() }
}

// announce says that the program is ready, and in a demo who can sign in.
func (a *app) announce(ctx context.Context, stdout io.Writer) error {
	address := a.address()
	if a.settings.demo {
		if err := a.demo(ctx, address, stdout); err != nil {
			return err
		}
	}
	fmt.Fprintf(stdout, "Sluss is ready on %s\n", address)
	return nil
}

// address is where the program listens.
func (a *app) address() string { return "http://" + a.listener.Addr().String() }

// wait returns when the program is asked to stop or a part of it has failed, or when
// what is waited for has come.
func (a *app) wait(ctx context.Context, until <-chan struct{}) error {
	select {
	case <-until:
		return nil
	case <-ctx.Done():
		a.log.Info("stopping")
		return nil
	case err := <-a.failed:
		return err
	case <-a.engineEnded():
		return fmt.Errorf("the engine ended: %w", a.engine.Err())
	}
}

// engineEnded is closed when the engine has ended, where the process has one.
func (a *app) engineEnded() <-chan struct{} {
	if a.engine == nil {
		return nil
	}
	return a.engine.Done()
}

// stop ends what has been started: first no new requests, then no new work.
func (a *app) stop() error {
	var errs []error
	if a.server != nil {
		ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
		defer cancel()
		err := a.server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			a.log.Warn("requests cut off", slog.Duration("after", shutdownTime)) // what was accepted is sent again by whoever comes next
			err = a.server.Close()
		}
		errs = append(errs, err)
	} else if a.listener != nil {
		errs = append(errs, a.listener.Close())
	}
	if a.metricsServer != nil {
		errs = append(errs, a.metricsServer.Close())
	}
	if a.background != nil {
		a.background()
	}
	if a.worker != nil {
		a.worker.Stop()
	}
	if a.temporal != nil {
		a.temporal.Close()
	}
	if a.engine != nil {
		errs = append(errs, a.engine.Close())
	}
	if a.store != nil {
		errs = append(errs, a.store.Close())
	}
	if a.files != nil {
		errs = append(errs, a.files.Close())
	}
	a.sendTraces()
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}

// quiet lets only warnings of the engine's client through: the rest is about the
// engine's own affairs.
func quiet(log *slog.Logger) *slog.Logger {
	return slog.New(levelHandler{log.Handler(), slog.LevelWarn})
}

type levelHandler struct {
	slog.Handler
	least slog.Level
}

func (h levelHandler) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= h.least && h.Handler.Enabled(ctx, l)
}

func (h levelHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return levelHandler{h.Handler.WithAttrs(attrs), h.least}
}

func (h levelHandler) WithGroup(name string) slog.Handler {
	return levelHandler{h.Handler.WithGroup(name), h.least}
}

func (a *app) api(providers *idp.Providers, passwords *authn.Passwords) http.Handler {
	return api.Handler(api.Options{
		Providers: providers, Passwords: passwords, StepUp: a.identities.StepUp,
		Act: a.service, Store: a.store, Book: rulebook.Default(), Clock: a.clock, Log: a.log, Version: version(),
		Ready: a.ready, Answered: a.metrics.Request, CursorKey: a.cursors,
	})
}
