package store

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	otelcodes "go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"sluss/migrations"
)

// follow begins a span for a statement that is part of a request or an activity which
// is followed, and returns what ends it. The span knows the operation, the table, how
// long it took and the class of an error: never the text, into which bun writes values.
func follow(ctx context.Context, system, statement string) (context.Context, func(error) error) {
	if !trace.SpanFromContext(ctx).IsRecording() {
		return ctx, func(err error) error { return err }
	}
	operation, table := aboutStatement(statement)
	ctx, span := otel.Tracer("sluss").Start(ctx, strings.TrimSpace(operation+" "+table), trace.WithSpanKind(trace.SpanKindClient),
		trace.WithAttributes(attribute.String("db.system.name", system), attribute.String("db.operation.name", operation),
			attribute.String("db.collection.name", table)))
	return ctx, func(err error) error {
		if err != nil {
			inner := err
			for next := errors.Unwrap(inner); next != nil; next = errors.Unwrap(inner) {
				inner = next
			}
			span.SetAttributes(attribute.String("error.type", fmt.Sprintf("%T", inner)))
			span.SetStatus(otelcodes.Error, "")
		}
		span.End()
		return err
	}
}

// system is what OpenTelemetry calls the database.
func (s *Store) system() string {
	if s.postgres {
		return "postgresql"
	}
	return "sqlite"
}

// operations are what a statement can begin with; others are "OTHER".
var operations = map[string]bool{
	"SELECT": true, "INSERT": true, "UPDATE": true, "DELETE": true, "WITH": true, "BATCH": true, "TRANSACTION": true,
}

var tableOf = regexp.MustCompile(`(?:FROM|INTO|UPDATE)\s+"?([a-z_]+)"?`)

// aboutStatement is what a statement does, and to which of the record's tables: the
// first that it names. A word that is none of them is left out, for it may be a value's.
func aboutStatement(statement string) (operation, table string) {
	operation, _, _ = strings.Cut(strings.TrimSpace(statement), " ")
	if !operations[operation] {
		operation = "OTHER"
	}
	if found := tableOf.FindStringSubmatch(statement); found != nil && migrations.Tables()[found[1]] {
		table = found[1]
	}
	return operation, table
}
