package act

import (
	"context"
	"log/slog"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// proposeDisposals proposes what is to be disposed of now.
func (s *Service) proposeDisposals(ctx context.Context) {
	n, err := s.ProposeDisposals(ctx)
	if err != nil {
		s.log.WarnContext(ctx, "disposals not proposed", slog.String("class", classOf(err)))
	} else if n > 0 {
		s.log.InfoContext(ctx, "disposals proposed", slog.Int("cases", n))
	}
}

// ProposeDisposals proposes to dispose of whatever the rules of retention say, in
// every organisation, as of today, and returns how many it proposed (rulebook 9.6).
// Nothing is removed before two people have said so.
func (s *Service) ProposeDisposals(ctx context.Context) (int, error) {
	orgs, err := s.store.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	now := s.clock.Now()
	today, total := calendar.Today(now), 0
	for _, org := range orgs {
		b := s.books.of(org.ID)
		for _, r := range b.Retention() {
			if len(r.Removes) == 0 {
				continue
			}
			n, err := s.store.ProposeDisposals(ctx, store.Retention{
				OrgID: org.ID, Kind: r.ID, Removes: r.Removes,
				Before: calendar.EndOfDay(today.AddMonths(-12 * b.Int(org.Profile, r.Years))),
				Due:    today.String(), RulebookDigest: b.Digest,
			}, now)
			total += n
			if err != nil {
				return total, err
			}
		}
	}
	return total, nil
}

// Erasure is what somebody asks to have erased, for a reason: a person, or a
// comment on a case.
type Erasure struct {
	PersonID          string
	CaseID, CommentID string
	Reason            string
}

// Erase asks for an erasure (GDPR 17). It takes a second person to do it.
func (s *Service) Erase(ctx context.Context, r Request, e Erasure) (store.Disposal, error) {
	as, err := access.As(r.Actor, access.Object{}, access.Dispose, access.Execute)
	if err != nil {
		return store.Disposal{}, err
	}
	receipt, err := s.noted(ctx, r, e.CaseID, "erase", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.fresh(r.Actor); err != nil {
			return model.EvidenceReceipt{}, err
		}
		now := s.clock.Now()
		return s.store.AddErasure(ctx, store.NewErasure{
			PersonID: e.PersonID, CommentID: e.CommentID, As: as, Reason: e.Reason,
			Due: calendar.Today(now).String(), RulebookDigest: s.books.of(r.Actor.OrgID).Digest, Command: c,
		}, now)
	})
	if err != nil {
		return store.Disposal{}, err
	}
	return s.store.Disposal(ctx, r.Actor.OrgID, receipt.DisposalID)
}

// AnswerDisposal says one person's word on a disposal: approves it, or keeps the
// record. The second approval, by somebody else, disposes of it.
func (s *Service) AnswerDisposal(ctx context.Context, r Request, id string, keep bool, reason string) (store.Disposal, error) {
	as, err := access.As(r.Actor, access.Object{}, access.Dispose, access.Execute)
	if err != nil {
		return store.Disposal{}, err
	}
	d, err := s.store.Disposal(ctx, r.Actor.OrgID, id)
	if err != nil {
		return d, err
	}
	what := removes(s.books.of(d.OrgID), d.Kind)
	if !keep && len(what) == 0 && d.Kind != model.DisposalPerson && d.Kind != model.DisposalComment {
		return d, model.Refuse(model.CodeStateConflict) // the rulebook does not dispose of it any more
	}
	_, err = s.noted(ctx, r, d.CaseID, "answer_disposal", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.fresh(r.Actor); err != nil && !keep {
			return model.EvidenceReceipt{}, err
		}
		return s.store.AnswerDisposal(ctx, store.DisposalAnswer{
			ID: id, Keep: keep, As: as, Reason: reason, Removes: what, Command: c,
		}, s.clock.Now())
	})
	if err != nil {
		return d, err
	}
	return s.store.Disposal(ctx, r.Actor.OrgID, id)
}

// removes is what a rule of retention disposes of.
func removes(b *rulebook.Book, kind string) []string {
	for _, r := range b.Retention() {
		if r.ID == kind {
			return r.Removes
		}
	}
	return nil
}

// Disposals lists what is or was to be disposed of, to those who read the whole log.
func (s *Service) Disposals(ctx context.Context, a model.Actor, f store.DisposalFilter) ([]store.Disposal, error) {
	if err := access.Anywhere(a, access.Dispose, access.Read); err != nil {
		return nil, err
	}
	f.OrgID = a.OrgID
	return s.store.Disposals(ctx, f)
}

// CountDisposals counts what Disposals lists, up to the given number.
func (s *Service) CountDisposals(ctx context.Context, a model.Actor, f store.DisposalFilter, upTo int64) (int, error) {
	if err := access.Anywhere(a, access.Dispose, access.Read); err != nil {
		return 0, err
	}
	f.OrgID = a.OrgID
	return s.store.CountDisposals(ctx, f, upTo)
}
