package act

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sluss/model"
	"sluss/model/store"
	"sluss/workflows/contract"
)

const (
	redriveEvery = 30 * time.Second
	// sweepEvery is how often content is removed that no attachment refers to.
	sweepEvery = 24 * time.Hour
	// pendingFor is how old a command is before it is sent again in passing.
	pendingFor = 10 * time.Second
	// lateFor is how long a deadline may be overdue before its case is woken.
	lateFor = time.Minute
	// changedWithin is how far back cases are reloaded at start, in case the
	// engine remembers less than the record.
	changedWithin = 10 * time.Minute
	batch         = 1000
	atOnce        = 8
)

// Run sends again what was left behind: at once what a former process left, then
// every 30 seconds. Nobody's browser has to come back for a case to go on. Beside
// it every case and incident is compared with its process, at once and then again and
// again (Options.ReconcileEvery). It ends with the context.
func (s *Service) Run(ctx context.Context) {
	var wg sync.WaitGroup
	wg.Go(func() { s.acks.run(ctx) })
	wg.Go(func() { s.followRulebooks(ctx) })
	wg.Go(func() { s.retriageDaily(ctx) })
	wg.Go(func() { s.readRegisters(ctx) })
	wg.Go(func() { s.reconcileAll(ctx) })
	defer wg.Wait()

	now := s.clock.Now()
	s.redrive(ctx, now)
	s.syncCases(ctx, "changed cases", func(ctx context.Context) ([]store.CaseRef, error) {
		return s.store.CasesChangedSince(ctx, now.Add(-changedWithin), batch)
	})
	s.caughtUp.Store(ctx.Err() == nil)
	s.keepYearlyTasks(ctx)
	s.proposeDisposals(ctx)
	tick := time.NewTicker(redriveEvery)
	defer tick.Stop()
	sweep := time.NewTicker(sweepEvery)
	defer sweep.Stop()
	hourly := time.NewTicker(time.Hour)
	defer hourly.Stop()
	for {
		select {
		case <-sweep.C:
			if _, err := s.SweepAttachments(ctx); err != nil {
				s.log.WarnContext(ctx, "attachments not swept", slog.String("class", classOf(err)))
			}
		case <-hourly.C:
			s.keepYearlyTasks(ctx)
			s.proposeDisposals(ctx)
		case <-tick.C:
			s.redrive(ctx, s.clock.Now().Add(-pendingFor))
		case <-ctx.Done():
			return
		}
	}
}

// CaughtUp reports whether Run has once been through what a former process left
// behind.
func (s *Service) CaughtUp() bool { return s.caughtUp.Load() }

// redrive sends the commands again that were stored before the given time and
// have no answer, and reloads the cases and incidents whose process may be behind.
// Twice is harmless.
func (s *Service) redrive(ctx context.Context, before time.Time) {
	pending, err := s.store.PendingCommands(ctx, before, batch)
	if err != nil {
		s.log.WarnContext(ctx, "pending commands not read", slog.Any("error", err))
	}
	each(ctx, pending, func(ctx context.Context, c model.Command) {
		s.unstick(ctx, targetOf(c))
		_, err := s.carry(ctx, c, unread, time.Now().Add(s.wait))
		s.log.InfoContext(ctx, "pending command sent again", slog.String("case_id", c.CaseID),
			slog.String("command_id", c.ID), slog.String("outcome", outcomeOf(err)))
	})
	s.syncCases(ctx, "unacknowledged cases", func(ctx context.Context) ([]store.CaseRef, error) {
		cases, err := s.store.UnacknowledgedCases(ctx, before, batch)
		if err != nil {
			return nil, err
		}
		return cases, nil
	})
	s.syncCases(ctx, "cases with late deadlines", func(ctx context.Context) ([]store.CaseRef, error) {
		return s.store.CasesWithLateDeadlines(ctx, s.clock.Now().Add(-lateFor), batch)
	})
	s.syncIncidents(ctx, before)
	s.askCases(ctx)
	s.fireTaskDeadlines(ctx)
}

func outcomeOf(err error) string {
	if err == nil {
		return "recorded"
	}
	if code := model.CodeOf(err); code != "" {
		return string(code)
	}
	return "unknown"
}

// syncCases makes cases reload themselves from the record and notes that they
// know of everything recorded before.
func (s *Service) syncCases(ctx context.Context, what string, list func(context.Context) ([]store.CaseRef, error)) {
	before := s.clock.Now()
	cases, err := list(ctx)
	if err != nil {
		s.log.WarnContext(ctx, what+" not read", slog.Any("error", err))
		return
	}
	var mu sync.Mutex
	var synced []store.CaseRef
	each(ctx, cases, func(ctx context.Context, c store.CaseRef) {
		if err := s.Sync(ctx, c); err != nil {
			s.log.WarnContext(ctx, "case not reloaded", slog.String("case_id", c.CaseID), slog.String("class", classOf(err)))
			return
		}
		mu.Lock()
		defer mu.Unlock()
		synced = append(synced, c)
	})
	if err := s.store.Acknowledge(ctx, synced, before, s.clock.Now()); err != nil {
		s.log.WarnContext(ctx, "reloads not noted", slog.Any("error", err))
	}
}

// Sync makes one case reload itself from the record. Nothing is written.
func (s *Service) Sync(ctx context.Context, c store.CaseRef) error {
	return s.reload(ctx, caseTarget(c.OrgID, c.CaseID))
}

// reload makes a process reload itself, and gives way to a new one if it cannot go on.
func (s *Service) reload(ctx context.Context, p target) error {
	err := s.syncProcess(ctx, p)
	if err != nil && s.unstick(ctx, p) {
		return nil
	}
	return err
}

// syncProcess makes a process reload itself, and starts it where there is none.
func (s *Service) syncProcess(ctx context.Context, p target) error {
	ctx, cancel := context.WithTimeout(ctx, s.wait)
	defer cancel()
	for {
		_, err := s.update(ctx, p, contract.SyncUpdate, "sync/"+model.NewID())
		if refused := contract.RefusalIn(err); refused == nil || refused.Code != model.CodeDraining {
			return err
		}
		if !pause(ctx, retryEvery) {
			return ctx.Err()
		}
	}
}

// each calls fn for every item, a few at a time, until the context ends.
func each[T any](ctx context.Context, items []T, fn func(context.Context, T)) {
	var wg sync.WaitGroup
	places := make(chan struct{}, atOnce)
	for _, item := range items {
		select {
		case places <- struct{}{}:
		case <-ctx.Done():
			wg.Wait()
			return
		}
		wg.Go(func() {
			defer func() { <-places }()
			fn(ctx, item)
		})
	}
	wg.Wait()
}
