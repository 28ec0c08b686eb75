//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"sluss/deploy/engine"
	"sluss/workflows/contract"
)

// history is how long the history of a case is that was submitted, assessed and
// decided, on average.
type history struct {
	events, bytes float64
}

// atMost is how many histories are read.
const atMost = 50

// readHistories opens the engine's state of a server that has stopped.
func readHistories(ctx context.Context, r record, cases []string) (h history, err error) {
	o := engine.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if r.database == postgres {
		o.DatabaseURL = engine.Beside(r.url)
	} else {
		o.Path = filepath.Join(r.dir, "engine.db")
	}
	e, err := engine.Start(ctx, o)
	if err != nil {
		return h, err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	c, err := client.DialContext(ctx, e.ClientOptions())
	if err != nil {
		return h, err
	}
	defer c.Close()
	cases = cases[:min(len(cases), atMost)]
	for _, id := range cases {
		all := enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT
		for events := c.GetWorkflowHistory(ctx, contract.CaseWorkflowID(id), "", false, all); events.HasNext(); {
			event, err := events.Next()
			if err != nil {
				return h, err
			}
			h.events++
			h.bytes += float64(proto.Size(event))
		}
	}
	n := float64(len(cases))
	return history{h.events / n, h.bytes / n}, nil
}
