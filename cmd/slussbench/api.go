//go:build linux && !slim

package main

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"

	"sluss/api"
	"sluss/api/act"
	"sluss/cmd/slussbench/floor"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// runAPI serves the API of Sluss as `sluss serve` does, but for the limits of
// requests in a minute, which a few clients at full speed would meet, and the
// engine, which reading and drafts do not touch.
func runAPI(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := floorOptions("api", args, stderr)
	if err != nil {
		return err
	}
	url := o.DatabaseURL
	if url == "" {
		url = "sqlite:" + filepath.Join(o.DataDir, "record.db")
	}
	st, err := store.Connect(ctx, store.Options{URL: url, MaxConns: o.Conns})
	if err != nil {
		return err
	}
	defer st.Close()
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	book := rulebook.Default()
	service := act.New(act.Options{Store: st, Book: book, Clock: clock.System, Log: log, Key: audit.NewKey()})
	if err := service.LoadRulebooks(ctx); err != nil {
		return err
	}
	const endless = 1 << 40
	handler := api.Handler(api.Options{
		Act: service, Store: st, Book: book, Clock: clock.System, Log: log, Version: "bench", CursorKey: []byte("bench"),
		Limits: api.Limits{Person: endless, Address: endless, Service: endless},
	})
	return floor.Serve(ctx, "The API", handler, stdout)
}
