package act

import (
	"context"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
)

// stuckAfter is how often a workflow task is tried before it is looked into why. A
// worker that died costs one attempt.
const stuckAfter = 3

// cannotGoOn reports whether a process that does not answer tries the same task again
// and again because the program cannot replay its history. One whose history can be
// replayed is slow, as everything is on a machine that has too much to do, and goes on
// by itself: how often a task was tried says nothing of why.
func (s *Service) cannotGoOn(ctx context.Context, p target) bool {
	if s.replays == nil {
		return false
	}
	now, found, err := s.look(ctx, p)
	if err != nil || found != inStep || now.attempt <= stuckAfter {
		return false
	}
	h, err := s.history(ctx, p, now.run)
	return err == nil && s.replays(h) != nil
}

// history is what a run of a process has been through.
func (s *Service) history(ctx context.Context, p target, run string) (*historypb.History, error) {
	ctx, cancel := context.WithTimeout(ctx, askFor)
	defer cancel()
	h := &historypb.History{}
	for events := s.temporal.GetWorkflowHistory(ctx, p.id, run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		if err != nil {
			return nil, err
		}
		h.Events = append(h.Events, e)
	}
	return h, nil
}

// breaks reports whether a failure is that of a process whose history the program
// cannot replay, or that panics. The SDK calls it a panic too when a busy machine has
// not let a process run for a second (TMPRL1101).
func breaks(f *failurepb.Failure) bool {
	switch f.GetApplicationFailureInfo().GetType() {
	case "PanicError", "historyMismatchError", "unknownSdkFlagError":
		return !strings.Contains(f.GetMessage(), "TMPRL1101")
	}
	return false
}
