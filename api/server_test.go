package api

import (
	"log/slog"

	"sluss/model/clock"
	"sluss/model/rulebook"
)

// testServer is a server without a record: it knows its routes.
func testServer() *server {
	return newServer(Options{Book: rulebook.Default(), Clock: clock.System, Log: slog.New(slog.DiscardHandler)})
}
