package main

import (
	"context"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"time"

	"go.temporal.io/sdk/client"

	"sluss/api/metrics"
	"sluss/api/traces"
)

// observeSettings say where those who watch over the program find its metrics.
type observeSettings struct{ metrics string }

// metricsOfWorker is where a worker serves its metrics unless told otherwise: beside
// those of an api on the same machine.
const metricsOfWorker = "127.0.0.1:9465"

func (s *observeSettings) flags(fs *flag.FlagSet) {
	fs.StringVar(&s.metrics, metricsFlag, "127.0.0.1:9464", "`address` to serve metrics for Prometheus on, and a worker's /livez and /readyz, apart from the pages; keep it where only those are who watch (empty: nowhere)")
}

const metricsFlag = "metrics-address"

// ofWorker declares what a worker has otherwise.
func (s *observeSettings) ofWorker(fs *flag.FlagSet) {
	f := fs.Lookup(metricsFlag)
	f.DefValue, s.metrics = metricsOfWorker, metricsOfWorker
}

// serveMetrics serves the metrics on a listener of their own, at once: also while a
// record waits for approval. What cannot be watched can be worked with all the same, so
// that an address which is taken is a warning. health, where it is not nil, answers
// /livez and /readyz of a process that has no other listener.
func (a *app) serveMetrics(health http.Handler) {
	if a.settings.observe.metrics == "" {
		return
	}
	listener, err := net.Listen("tcp", a.settings.observe.metrics)
	if err != nil {
		a.log.Warn("metrics are not served", slog.Any("error", err))
		return
	}
	a.log.Info("metrics are served", slog.String("address", listener.Addr().String()))
	mux := http.NewServeMux()
	mux.Handle("/", a.metrics.Handler(a.log))
	if health != nil {
		mux.Handle("/livez", health)
		mux.Handle("/readyz", health)
	}
	a.metricsServer = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       5 * time.Second,
		WriteTimeout:      15 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    8 << 10,
		ErrorLog:          slog.NewLogLogger(a.log.Handler(), slog.LevelWarn),
	}
	go func() { _ = a.metricsServer.Serve(listener) }() // until it is closed
}

// watch gives the metrics what they read when somebody asks. checkpoint is how old the
// last checkpoint is.
func (a *app) watch(checkpoint func() (time.Duration, bool)) {
	a.metrics.Watch(metrics.Sources{
		Figures: a.store.Figures, Checkpoint: checkpoint, Clock: a.clock, Log: a.log,
		FreeDisk: func() (uint64, error) { return freeDisk(a.settings.dataDir) },
	})
}

// followed begins to follow what the process does, where the environment asks for it,
// and has Temporal's client and its workers do so too.
func (a *app) followed(ctx context.Context, o *client.Options) (err error) {
	if a.traces, err = traces.Start(ctx, version(), a.log); err != nil {
		return err
	}
	o.Interceptors, err = a.traces.Interceptors()
	return err
}

// sendTraces sends what has not been sent, or leaves it: nobody waits for a collector.
func (a *app) sendTraces() {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	if err := a.traces.Stop(ctx); err != nil {
		a.log.Warn("traces not sent")
	}
}
