//go:build !slim

package engine

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"

	"go.temporal.io/server/common/log"
	"go.temporal.io/server/common/log/tag"
)

// usual are the beginnings of warnings that every start of the engine brings and
// that ask for nothing.
var usual = []string{
	"HTTP API port has not been set.",
}

// logs are where records of the engine go.
type logs struct {
	server  *slog.Logger
	clients *slog.Logger
	hushed  atomic.Bool
}

// newLogs returns logs that pass on to out what is of at least the given level.
func newLogs(out *slog.Logger, level slog.Leveler) *logs {
	l := &logs{}
	l.clients = slog.New(gate{out.Handler(), func(at slog.Level) bool {
		return at >= level.Level() && !l.hushed.Load()
	}})
	l.server = l.clients.With("source", "engine")
	return l
}

// hush ends the logs. A server that is being closed, or has failed, complains
// only about what follows from that.
func (l *logs) hush() { l.hushed.Store(true) }

// gate lets through the levels that open says.
type gate struct {
	slog.Handler
	open func(slog.Level) bool
}

func (g gate) Enabled(ctx context.Context, level slog.Level) bool {
	return g.open(level) && g.Handler.Enabled(ctx, level)
}

func (g gate) WithAttrs(attrs []slog.Attr) slog.Handler {
	return gate{g.Handler.WithAttrs(attrs), g.open}
}

func (g gate) WithGroup(name string) slog.Handler {
	return gate{g.Handler.WithGroup(name), g.open}
}

// logger is the server's logger on top of slog.
type logger struct {
	out     *slog.Logger
	fatal   func(error) // must not return
	damaged func()
}

var (
	_ log.Logger     = (*logger)(nil)
	_ log.WithLogger = (*logger)(nil)
)

func (l *logger) Debug(msg string, tags ...tag.Tag) { l.write(slog.LevelDebug, msg, tags) }
func (l *logger) Info(msg string, tags ...tag.Tag)  { l.write(slog.LevelInfo, msg, tags) }

func (l *logger) Warn(msg string, tags ...tag.Tag) {
	isUsual := func(prefix string) bool { return strings.HasPrefix(msg, prefix) }
	if !slices.ContainsFunc(usual, isUsual) {
		l.write(slog.LevelWarn, msg, tags)
	}
}

// Error also listens for damage of the store, which reaches the server as an
// error among others that it tries again and again.
func (l *logger) Error(msg string, tags ...tag.Tag) {
	l.write(slog.LevelError, msg, tags)
	if err := errorIn(tags); err != nil && reportsDamage(err) {
		l.damaged()
	}
}

// DPanic is a panic in development only.
func (l *logger) DPanic(msg string, tags ...tag.Tag) { l.Error(msg, tags...) }

// Panic logs and panics: the server recovers from its panics where it can.
func (l *logger) Panic(msg string, tags ...tag.Tag) {
	l.Error(msg, tags...)
	panic(msg)
}

// Fatal logs and calls fatal with the message and the error behind it, if any.
func (l *logger) Fatal(msg string, tags ...tag.Tag) {
	l.Error(msg, tags...)
	cause := errors.New(msg)
	if err := errorIn(tags); err != nil {
		cause = fmt.Errorf("%s: %w", msg, err)
	}
	l.fatal(cause)
}

// With returns a logger that adds tags to each of its records.
func (l *logger) With(tags ...tag.Tag) log.Logger {
	child := *l
	child.out = slog.New(l.out.Handler().WithAttrs(attributes(tags)))
	return &child
}

func (l *logger) write(level slog.Level, msg string, tags []tag.Tag) {
	if ctx := context.Background(); l.out.Enabled(ctx, level) {
		l.out.LogAttrs(ctx, level, msg, attributes(tags)...)
	}
}

func attributes(tags []tag.Tag) []slog.Attr {
	attrs := make([]slog.Attr, len(tags))
	for i, t := range tags {
		attrs[i] = slog.Any(t.Key(), t.Value())
	}
	return attrs
}

// errorIn returns the first error among tags, or nil. A tag's Value would only
// be its text.
func errorIn(tags []tag.Tag) error {
	for _, t := range tags {
		if z, ok := t.(tag.ZapTag); ok {
			if err, ok := z.Field().Interface.(error); ok {
				return err
			}
		}
	}
	return nil
}
