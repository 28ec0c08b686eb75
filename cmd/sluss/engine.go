//go:build !slim

package main

import (
	"context"
	"log/slog"

	inprocess "sluss/deploy/engine"
)

func startEngine(ctx context.Context, path string, log *slog.Logger) (engine, error) {
	e, err := inprocess.Start(ctx, mortalEngine(inprocess.Options{Path: path, Logger: log}))
	if err != nil {
		return nil, err
	}
	return e, nil
}
