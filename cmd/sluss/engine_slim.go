//go:build slim

package main

import (
	"context"
	"errors"
	"log/slog"
)

func startEngine(context.Context, settings, *slog.Logger) (engine, error) {
	return nil, errors.New("this build has no engine of its own: run sluss api and sluss worker beside a Temporal server, or a build without the tag slim")
}
