//go:build !slim

package main

import (
	"context"
	"log/slog"
	"path/filepath"

	inprocess "sluss/deploy/engine"
)

func startEngine(ctx context.Context, s settings, log *slog.Logger) (engine, error) {
	o := inprocess.Options{Logger: log}
	if o.DatabaseURL = s.engineURL(); o.DatabaseURL == "" {
		o.Path = filepath.Join(s.dataDir, "engine.db")
	}
	e, err := inprocess.Start(ctx, mortalEngine(o))
	if err != nil {
		return nil, err
	}
	return e, nil
}
