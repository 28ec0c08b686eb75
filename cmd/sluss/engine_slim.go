//go:build slim

package main

import (
	"context"
	"errors"
	"log/slog"
)

func startEngine(context.Context, string, *slog.Logger) (engine, error) {
	return nil, errors.New("this build has no engine of its own: run a build without the tag slim")
}
