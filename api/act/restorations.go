package act

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/logcheck"
)

// restorationEvery is how often a record that was put back is looked at until it is
// approved: whether it can be verified now, and whether another process knows that it
// has been approved.
const restorationEvery = 2 * time.Second

// restored is a record that was put back from a backup and waits for a second person.
// The zero value is one of which nothing waits.
type restored struct {
	mu     sync.Mutex
	id     string
	status model.RestorationStatus
	// findings are what is wrong with it.
	findings []lang.Text
}

func (x *restored) set(id string, status model.RestorationStatus, findings []lang.Text) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.id, x.status, x.findings = id, status, findings
}

// of is how far people have come with a restoration that waits.
func (x *restored) of(id string) (model.RestorationStatus, []lang.Text) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.id != id {
		return model.RestorationChecking, nil
	}
	return x.status, x.findings
}

// LoadRestoration looks whether the record was put back from a backup and waits for a
// second person. As long as it does, Waits is true and nobody is to be served.
func (s *Service) LoadRestoration(ctx context.Context) error {
	r, err := s.store.WaitingRestoration(ctx)
	if errors.Is(err, store.ErrNotFound) {
		s.restored.set("", "", nil)
		return nil
	}
	if err == nil {
		s.restored.set(r.ID, model.RestorationChecking, nil)
	}
	return err
}

// Waits reports whether the record waits for the approval of a second person.
func (s *Service) Waits() bool {
	s.restored.mu.Lock()
	defer s.restored.mu.Unlock()
	return s.restored.id != ""
}

// AwaitRestoration verifies the record that was put back, gives every case its process,
// and returns when a second person has approved that it is used. It returns at once
// when nothing waits, and an error when the context ends before.
func (s *Service) AwaitRestoration(ctx context.Context) error {
	for s.Waits() {
		if id := s.restored.waiting(); id != "" {
			if err := s.checkRestoration(ctx, id); err != nil && ctx.Err() == nil {
				s.log.WarnContext(ctx, "restored record not verified yet", slog.String("class", classOf(err)))
			}
		}
		select {
		case <-time.After(restorationEvery):
		case <-ctx.Done():
			return ctx.Err()
		}
		r, err := s.store.WaitingRestoration(ctx)
		if errors.Is(err, store.ErrNotFound) {
			s.restored.set("", "", nil)
		} else if status, findings := s.restored.of(r.ID); err == nil {
			s.restored.set(r.ID, status, findings)
		}
	}
	return nil
}

// waiting is the id of what has to be verified.
func (x *restored) waiting() string {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.status != model.RestorationChecking {
		return ""
	}
	return x.id
}

// checkRestoration verifies every log, and then compares every case with its process. Of
// these a record that was put back has none, unless the Temporal server stands outside:
// it still has those of what was done after the backup.
func (s *Service) checkRestoration(ctx context.Context, id string) error {
	orgs, err := s.store.Organisations(ctx)
	if err != nil {
		return err
	}
	var findings []lang.Text
	for _, org := range orgs {
		r, err := logcheck.Verify(ctx, s.store, org.ID, nil)
		if err != nil {
			return err
		}
		for _, f := range r.Findings {
			findings = append(findings, f.Text())
		}
	}
	if len(findings) > 0 {
		s.log.ErrorContext(ctx, "restored record is wrong", slog.Int("faults", len(findings)))
		s.restored.set(id, model.RestorationWrong, findings)
		return nil
	}
	for _, org := range orgs {
		r, err := s.reconcile(ctx, org.ID, "", whoeverMoved, endless)
		if err != nil {
			return err
		}
		if r.Failed > 0 {
			return model.Refuse(model.CodeUnavailable)
		}
		if err := s.endOthers(ctx, org.ID); err != nil {
			return err
		}
	}
	s.log.InfoContext(ctx, "restored record is verified and waits for approval")
	s.restored.set(id, model.RestorationWaiting, nil)
	return nil
}

// Restoration is a restoration, how far people have come with it, and what is wrong.
type Restoration struct {
	store.Restoration
	Status   model.RestorationStatus
	Findings []lang.Text
}

// Restorations lists the restorations that the actor's organisation has seen, the newest
// first, to those who administer and who audit.
func (s *Service) Restorations(ctx context.Context, a model.Actor) ([]Restoration, error) {
	if err := access.Anywhere(a, access.Administer, access.Execute, access.Read); err != nil {
		return nil, err
	}
	all, err := s.store.Restorations(ctx, a.OrgID)
	out := make([]Restoration, len(all))
	for i, r := range all {
		out[i] = s.standingOf(r, i == 0)
	}
	return out, err
}

// standingOf says how far people have come with a restoration, the last or one before.
func (s *Service) standingOf(r store.Restoration, last bool) Restoration {
	out := Restoration{Restoration: r, Status: model.RestorationReplaced}
	switch {
	case r.ApprovedBy != "":
		out.Status = model.RestorationApproved
	case last:
		out.Status, out.Findings = s.restored.of(r.ID)
	}
	return out
}

// ApproveRestoration lets a record be used that somebody else has put back from a
// backup. It refuses who did, and what has not been verified or was found wrong.
func (s *Service) ApproveRestoration(ctx context.Context, r Request, id string) (Restoration, error) {
	if err := access.Anywhere(r.Actor, access.Administer, access.Execute); err != nil {
		return Restoration{}, err
	}
	_, err := s.noted(ctx, r, "", "approve_restoration", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.fresh(r.Actor); err != nil {
			return model.EvidenceReceipt{}, err
		}
		found, err := s.store.Restoration(ctx, r.Actor.OrgID, id)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		status, _ := s.restored.of(id)
		if found.ApprovedBy == "" && found.RestoredBy != r.Actor.PersonID && status != model.RestorationWaiting {
			return model.EvidenceReceipt{}, model.Refuse(model.CodeUnverified)
		}
		return s.store.ApproveRestoration(ctx, id, c, s.clock.Now())
	})
	if err != nil {
		return Restoration{}, err
	}
	if err := s.LoadRestoration(context.WithoutCancel(ctx)); err != nil {
		return Restoration{}, err
	}
	found, err := s.store.Restoration(ctx, r.Actor.OrgID, id)
	return s.standingOf(found, true), err
}
