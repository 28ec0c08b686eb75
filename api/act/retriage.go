package act

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// retriageEvery is how often the law is looked at. A date of the law comes at
// midnight in Sweden; a new rulebook is looked at when it comes into force.
const retriageEvery = time.Hour

// retriageDaily triages cases again whenever the law or the rulebook has changed,
// until the context ends.
func (s *Service) retriageDaily(ctx context.Context) {
	tick := time.NewTicker(retriageEvery)
	defer tick.Stop()
	for {
		if n, err := s.Retriage(ctx); err != nil {
			s.log.WarnContext(ctx, "cases not triaged again", slog.String("class", classOf(err)))
		} else if n > 0 {
			s.log.InfoContext(ctx, "cases triaged again", slog.Int("cases", n))
		}
		select {
		case <-tick.C:
		case <-s.books.changed:
		case <-ctx.Done():
			return
		}
	}
}

// Retriage triages every approved case again that has not been since the last date
// of the law, or not by this rulebook (RA-07), and returns how many there were. What
// differs is kept for people to consider; no case is touched. Where it was
// interrupted it goes on, and several processes may do it at once.
func (s *Service) Retriage(ctx context.Context) (int, error) {
	orgs, err := s.store.Organisations(ctx)
	if err != nil {
		return 0, err
	}
	var done atomic.Int64
	for _, org := range orgs {
		book := s.books.of(org.ID)
		law := book.LawAsOf(calendar.Today(s.clock.Now()))
		f := store.TriageFilter{OrgID: org.ID, States: model.TriagedAgain(), RulebookDigest: book.Digest, Law: law, Limit: batch}
		err := s.eachCase(ctx, f, func(ctx context.Context, ref store.CaseRef) {
			switch added, err := s.retriageCase(ctx, ref, book, law); {
			case err != nil:
				s.log.WarnContext(ctx, "case not triaged again", slog.String("case_id", ref.CaseID), slog.String("class", classOf(err)))
			case added:
				done.Add(1)
			}
		})
		if err == nil {
			err = s.proposeSuspensions(ctx, org.ID)
		}
		if err != nil {
			return int(done.Load()), err
		}
	}
	return int(done.Load()), ctx.Err()
}

// eachCase calls fn for every case of the filter, a few at a time.
func (s *Service) eachCase(ctx context.Context, f store.TriageFilter, fn func(context.Context, store.CaseRef)) error {
	for ctx.Err() == nil {
		refs, err := s.store.CasesToTriage(ctx, f)
		if err != nil || len(refs) == 0 {
			return err
		}
		each(ctx, refs, fn)
		f.After = refs[len(refs)-1].CaseID
	}
	return ctx.Err()
}

func (s *Service) retriageCase(ctx context.Context, ref store.CaseRef, b *rulebook.Book, law string) (added bool, err error) {
	r, err := s.whatIf(ctx, ref, b)
	if err != nil {
		return false, err
	}
	r.Law = law
	return s.store.AddRetriage(ctx, r, s.clock.Now())
}

// whatIf compares what a rulebook says of a case today, on the answers that stand,
// with what was said last. It writes nothing.
func (s *Service) whatIf(ctx context.Context, ref store.CaseRef, b *rulebook.Book) (store.Retriage, error) {
	c, err := s.store.Case(ctx, ref.OrgID, ref.CaseID)
	if err != nil {
		return store.Retriage{}, err
	}
	c = judgedBy(c, b)
	last, err := s.store.LastTriage(ctx, c.OrgID, c.ID)
	if err != nil {
		return store.Retriage{}, err
	}
	r := store.Retriage{
		OrgID: c.OrgID, CaseID: c.ID, RegistryNo: c.RegistryNo, State: c.State, Before: last, Result: last.Result,
		RulebookID: b.ID, RulebookVersion: b.Version, RulebookDigest: b.Digest,
	}
	var before TriageResult
	if err := json.Unmarshal(last.Result, &before); err != nil {
		return r, err
	}
	since, err := calendar.ParseDate(last.On)
	if err != nil {
		return r, err
	}
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return r, err
	}
	answers, approval, err := s.answersOf(ctx, c, p)
	if err != nil {
		return r, err
	}
	j, err := s.judge(ctx, c, answers, approval)
	r.On, r.Reasons = j.today.String(), reasons(b, last, since, j.today)
	var unread *assess.InputError
	if errors.As(err, &unread) {
		r.Differences = unread.Unread()
		return r, nil
	}
	if err != nil {
		return r, err
	}
	duties, err := assess.Duties(b, j.Profile, j.facts, since, j.today)
	if err != nil {
		return r, err
	}
	r.Differences = append(assess.Differences(b, before.classification(), j.Classification), duties...)
	if c.InUse.Allowed(c.State) && slices.ContainsFunc(r.Differences, begins(model.DiffersHardStop)) {
		r.Proposal = model.ProposeSuspension
	}
	r.Result, err = json.Marshal(resultOf(j.Classification))
	return r, err
}

// begins finds a rule of a kind that comes to hold.
func begins(kind model.DifferenceKind) func(model.Difference) bool {
	return func(d model.Difference) bool { return d.Kind == kind && d.After != "" }
}

// classification is what a kept result says in the form in which the rules give it.
func (r TriageResult) classification() assess.Classification {
	return assess.Classification{TriageResult: r.Result, Rules: r.Rules, Warnings: r.Warnings}
}

// Standing is what a new triage says of its case, what it said before too.
func Standing(r store.Retriage) (TriageResult, error) {
	var out TriageResult
	return out, json.Unmarshal(r.Result, &out)
}

// reasons are what has changed since a triage: dates of the law that have come, and
// the rulebook.
func reasons(b *rulebook.Book, last store.Triage, since, today calendar.Date) []string {
	reasons := []string{}
	for _, d := range b.LawSince(since, today) {
		reasons = append(reasons, d.Key)
	}
	if last.RulebookDigest != b.Digest {
		reasons = append(reasons, model.RetriageForRulebook)
	}
	return reasons
}

// proposeSuspensions puts the proposals that nobody has considered yet before the
// CISO. It is done at every turn, so that none is lost with a process that ends.
func (s *Service) proposeSuspensions(ctx context.Context, orgID string) error {
	f := store.RetriageFilter{OrgID: orgID, Status: model.RetriageOpen, Proposal: model.ProposeSuspension}
	for {
		found, err := s.store.Retriages(ctx, f)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, r := range found {
			if err := s.proposeSuspension(ctx, r); err != nil {
				s.log.WarnContext(ctx, "suspension not proposed", slog.String("case_id", r.CaseID), slog.String("class", classOf(err)))
			}
		}
		last := found[len(found)-1]
		f.After = &store.RetriageCursor{CreatedAt: last.CreatedAt, ID: last.ID}
	}
}

// Retriages lists new triages of the cases that the actor may read.
func (s *Service) Retriages(ctx context.Context, a model.Actor, f store.RetriageFilter) ([]store.Retriage, error) {
	return s.store.Retriages(ctx, readBy(a, f))
}

// CountRetriages counts what Retriages lists, up to the given number.
func (s *Service) CountRetriages(ctx context.Context, a model.Actor, f store.RetriageFilter, upTo int64) (int, error) {
	return s.store.CountRetriages(ctx, readBy(a, f), upTo)
}

func readBy(a model.Actor, f store.RetriageFilter) store.RetriageFilter {
	reader := access.ReaderOf(a)
	f.OrgID, f.Reader = a.OrgID, &reader
	return f
}

// RetriageAnswer is what somebody makes of a new triage. Stages are to be assessed
// again beside those that the changed triage opens.
type RetriageAnswer struct {
	Reason string
	Stages []model.StageKey
}

// AcceptRetriage lets what a new triage found lead to a reassessment (RA-07, T-25).
func (s *Service) AcceptRetriage(ctx context.Context, r Request, id string, in RetriageAnswer) (store.Retriage, error) {
	return s.answerRetriage(ctx, r, id, model.RetriageAccepted, in)
}

// DismissRetriage notes that nothing follows from what a new triage found.
func (s *Service) DismissRetriage(ctx context.Context, r Request, id string, in RetriageAnswer) (store.Retriage, error) {
	return s.answerRetriage(ctx, r, id, model.RetriageDismissed, in)
}

func (s *Service) answerRetriage(ctx context.Context, r Request, id string, to model.RetriageStatus, in RetriageAnswer) (store.Retriage, error) {
	found, err := s.store.Retriage(ctx, r.Actor.OrgID, id)
	if err != nil {
		return store.Retriage{}, err
	}
	_, err = s.noted(ctx, r, found.CaseID, "answer_retriage", func(cmd model.Command) (model.EvidenceReceipt, error) {
		_, on, err := s.readCase(ctx, r.Actor, found.CaseID)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		role, err := access.AnswersRetriages(r.Actor, on)
		switch {
		case err != nil:
			return model.EvidenceReceipt{}, err
		case found.Status != model.RetriageOpen:
			return model.EvidenceReceipt{}, model.Refuse(model.CodeStateConflict, "RA-07")
		}
		if to == model.RetriageAccepted {
			if err := s.reportLegalChange(ctx, r, found, in); err != nil {
				return model.EvidenceReceipt{}, err
			}
		}
		return s.store.AnswerRetriage(ctx, store.RetriageAnswer{
			ID: id, Status: to, As: role, Reason: in.Reason, Stages: in.Stages, Command: cmd,
		}, s.clock.Now())
	})
	if err != nil {
		return store.Retriage{}, err
	}
	return s.store.Retriage(ctx, r.Actor.OrgID, id)
}
