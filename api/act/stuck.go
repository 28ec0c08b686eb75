package act

import (
	"context"
	"log/slog"
	"strings"

	enumspb "go.temporal.io/api/enums/v1"
	failurepb "go.temporal.io/api/failure/v1"
	historypb "go.temporal.io/api/history/v1"
)

// stuckOn returns the run of a process that does not answer because the program cannot
// replay its history, and so tries the same task again and again; "" when it can, or
// when nobody knows. A process whose history can be replayed is slow, as everything is on
// a machine that has too much to do, and goes on by itself: that a task was tried before
// says nothing of why, for a worker may have died.
func (s *Service) stuckOn(ctx context.Context, p target) (run string) {
	if s.replays == nil {
		return ""
	}
	now, found, err := s.look(ctx, p)
	if err != nil || found != inStep || now.attempt <= 1 {
		return ""
	}
	if h, err := s.history(ctx, p, now.run); err != nil || s.replays(h) == nil {
		return ""
	}
	return now.run
}

// unstick gives a case or an incident a new process if the one that it has does not
// answer because it cannot go on, and reports whether that was so.
func (s *Service) unstick(ctx context.Context, p target) bool {
	run := s.stuckOn(ctx, p)
	if run == "" {
		return false
	}
	err := s.repair(ctx, p, run, stuck)
	s.meter.Reconciled(Reconciliation{Stuck: 1})
	s.log.WarnContext(ctx, "process could not go on", slog.String("workflow_id", p.id), slog.Bool("repaired", err == nil))
	return err == nil
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
