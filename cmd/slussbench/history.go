//go:build linux && !slim

package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"path/filepath"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"

	"sluss/deploy/engine"
	"sluss/workflows/contract"
)

// history is how long the history of a case is that was submitted, assessed and
// decided, on average.
type history struct {
	length
	// deciding is the part of the decisions: what comes after the assessment.
	deciding length
}

// length is how long a history is, or a part of it.
type length struct{ events, bytes float64 }

func (l *length) add(event *historypb.HistoryEvent) {
	l.events++
	l.bytes += float64(proto.Size(event))
}

func (l length) each(n float64) length { return length{l.events / n, l.bytes / n} }

// beforeDeciding is how many acts a measured case sees before its first decision: the
// submission and the assessment.
const beforeDeciding = 2

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
		acts := 0
		for events := c.GetWorkflowHistory(ctx, contract.CaseWorkflowID(id), "", false, all); events.HasNext(); {
			event, err := events.Next()
			if err != nil {
				return h, err
			}
			h.add(event)
			if acts >= beforeDeciding {
				h.deciding.add(event)
			}
			if event.EventType == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED {
				acts++
			}
		}
	}
	n := float64(len(cases))
	return history{h.each(n), h.deciding.each(n)}, nil
}
