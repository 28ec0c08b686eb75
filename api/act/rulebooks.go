package act

import (
	"context"
	"errors"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// UnsoundRulebook is a refusal of files that are no rulebook, or none that this
// program can work by. It lists every fault.
type UnsoundRulebook struct{ Faults []*rulebook.Error }

// Error gives no more than that.
func (*UnsoundRulebook) Error() string { return "the rulebook has faults" }

// ProposeRulebook keeps a version of the rulebook that somebody proposes, for another
// person to publish (SOD-07). It is loaded with every check first, which takes some
// seconds; one is checked at a time.
func (s *Service) ProposeRulebook(ctx context.Context, r Request, files rulebook.Files, reason string) (store.Rulebook, error) {
	as, may := access.ProposesRulebooks(r.Actor)
	if !may {
		return store.Rulebook{}, model.Refuse(model.CodeForbidden)
	}
	return s.notedRulebook(ctx, r, "propose_rulebook", func(c model.Command) (model.EvidenceReceipt, error) {
		b, err := s.checkRulebook(ctx, r.Actor.OrgID, files)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		n, err := newRulebook(b, files)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		n.As, n.Reason = as, reason
		return s.store.ProposeRulebook(ctx, n, c, s.clock.Now())
	})
}

// checkRulebook loads the files, and sees to it that the program and the organisation
// find in them what they ask for.
func (s *Service) checkRulebook(ctx context.Context, orgID string, files rulebook.Files) (*rulebook.Book, error) {
	s.books.checking.Lock()
	defer s.books.checking.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	b, err := files.Load()
	faults := rulebook.Errors(err)
	switch {
	case err != nil && len(faults) == 0:
		return nil, err
	case err == nil:
		faults = b.Lacks(s.books.program)
		profiles, err := s.profilesInUse(ctx, orgID)
		if err != nil {
			return nil, err
		}
		for _, id := range profiles {
			if !slices.ContainsFunc(b.Profiles(), func(p rulebook.Profile) bool { return p.ID == id }) {
				faults = append(faults, &rulebook.Error{Rule: id, Code: rulebook.CodeMissing, Msg: "the organisation uses the profile"})
			}
		}
	}
	if len(faults) > 0 {
		return nil, &UnsoundRulebook{faults}
	}
	return b, nil
}

// profilesInUse are those that the organisation and its units have chosen.
func (s *Service) profilesInUse(ctx context.Context, orgID string) ([]string, error) {
	org, err := s.store.Organisation(ctx, orgID)
	if err != nil {
		return nil, err
	}
	units, err := s.store.Units(ctx, orgID)
	out := []string{org.Profile}
	for _, u := range units {
		if u.Profile != "" && !slices.Contains(out, u.Profile) {
			out = append(out, u.Profile)
		}
	}
	return out, err
}

// PublishRulebook puts a version in force that somebody else has proposed (SOD-07).
// What is triaged from now on is triaged by it, and approved cases are triaged again
// (RA-07). Cases under review keep their version until they are.
func (s *Service) PublishRulebook(ctx context.Context, r Request, id string) (store.Rulebook, error) {
	if rule, may := access.PublishesRulebooks(r.Actor); !may && rule != "" {
		return store.Rulebook{}, model.Refuse(model.CodeSegregation, rule)
	} else if !may {
		return store.Rulebook{}, model.Refuse(model.CodeForbidden)
	}
	out, err := s.notedRulebook(ctx, r, "publish_rulebook", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.fresh(r.Actor); err != nil {
			return model.EvidenceReceipt{}, err
		}
		v, err := s.store.Rulebook(ctx, r.Actor.OrgID, id)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		if _, err := s.ReadRulebook(ctx, v); err != nil {
			return model.EvidenceReceipt{}, err
		}
		return s.store.PublishRulebook(ctx, id, c, s.clock.Now())
	})
	if err != nil {
		return out, err
	}
	return out, s.LoadRulebooks(context.WithoutCancel(ctx))
}

// WithdrawRulebook takes a proposal back, one's own or another's.
func (s *Service) WithdrawRulebook(ctx context.Context, r Request, id string) (store.Rulebook, error) {
	if _, may := access.ProposesRulebooks(r.Actor); !may {
		return store.Rulebook{}, model.Refuse(model.CodeForbidden)
	}
	return s.notedRulebook(ctx, r, "withdraw_rulebook", func(c model.Command) (model.EvidenceReceipt, error) {
		return s.store.WithdrawRulebook(ctx, id, c, s.clock.Now())
	})
}

// notedRulebook writes about a version, once for each request, and returns it.
func (s *Service) notedRulebook(ctx context.Context, r Request, kind model.ActKind,
	write func(model.Command) (model.EvidenceReceipt, error)) (store.Rulebook, error) {
	receipt, err := s.noted(ctx, r, "", kind, write)
	if err != nil {
		return store.Rulebook{}, err
	}
	return s.store.Rulebook(ctx, r.Actor.OrgID, receipt.RulebookID)
}

// Rulebooks lists the versions that the actor may read: those that are or were in
// force, and to those who propose them and to the auditor the others too.
func (s *Service) Rulebooks(ctx context.Context, a model.Actor) ([]store.Rulebook, error) {
	all, err := s.store.Rulebooks(ctx, a.OrgID)
	if err == nil && !slices.ContainsFunc(all, isPublished) { // an organisation of this moment
		if err = s.LoadRulebooks(ctx); err == nil {
			all, err = s.store.Rulebooks(ctx, a.OrgID)
		}
	}
	if !access.ReadsProposals(a) {
		all = slices.DeleteFunc(all, func(r store.Rulebook) bool { return !isPublished(r) })
	}
	return all, err
}

func isPublished(r store.Rulebook) bool { return r.State() == model.RulebookPublished }

// errUnreadable is what a version is that was kept by a program which could read it.
var errUnreadable = errors.New("the kept rulebook cannot be read")

// ReadRulebook returns the content of a version.
func (s *Service) ReadRulebook(ctx context.Context, v store.Rulebook) (*rulebook.Book, error) {
	b, err := s.books.hold(ctx, v.OrgID, v.Digest)
	if err == nil && b == nil {
		err = errUnreadable
	}
	return b, err
}

// ImpactOf says what a version would mean for the cases of the actor's organisation,
// to those who propose versions and to the auditor.
func (s *Service) ImpactOf(ctx context.Context, a model.Actor, v store.Rulebook) (Impact, error) {
	if !access.ReadsProposals(a) {
		return Impact{}, model.Refuse(model.CodeForbidden)
	}
	b, err := s.ReadRulebook(ctx, v)
	if err != nil {
		return Impact{}, err
	}
	return s.Impact(ctx, a.OrgID, b)
}
