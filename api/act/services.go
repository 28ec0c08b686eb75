package act

import (
	"context"
	"errors"
	"log/slog"
	"regexp"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// NewService is the account of a program that somebody asks for.
type NewService struct {
	// Name is at most 64 of a–z, digits, full stop, hyphen and underscore.
	Name string
	// Unit is the id or code of the unit that the program asks for when it names none.
	Unit string
	// PerMinute is how many requests it may make in a minute, 0 for the usual number.
	PerMinute int
}

// ServiceName is what a service account may be called.
var ServiceName = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

// ServiceAccount is the account of a program, with its tokens, the newest first.
type ServiceAccount struct {
	store.Person
	Tokens []store.Token
}

// Services lists the service accounts of the actor's organisation by name, to those who
// administer and who audit.
func (s *Service) Services(ctx context.Context, a model.Actor) ([]ServiceAccount, error) {
	if err := access.Anywhere(a, access.Administer, access.Execute, access.Read); err != nil {
		return nil, err
	}
	accounts, err := s.store.Services(ctx, a.OrgID)
	if err != nil {
		return nil, err
	}
	tokens, err := s.store.ServiceTokens(ctx, a.OrgID)
	if err != nil {
		return nil, err
	}
	byAccount := map[string][]store.Token{}
	for _, t := range tokens {
		byAccount[t.PersonID] = append(byAccount[t.PersonID], t)
	}
	out := make([]ServiceAccount, len(accounts))
	for i, p := range accounts {
		out[i] = ServiceAccount{p, byAccount[p.ID]}
	}
	return out, nil
}

// ServiceByID is one of Services, or store.ErrNotFound.
func (s *Service) ServiceByID(ctx context.Context, a model.Actor, id string) (ServiceAccount, error) {
	all, err := s.Services(ctx, a)
	for _, account := range all {
		if account.ID == id {
			return account, nil
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return ServiceAccount{}, err
}

// AddService adds the account of a program, without a token.
func (s *Service) AddService(ctx context.Context, r Request, in NewService) (ServiceAccount, error) {
	if err := access.Anywhere(r.Actor, access.Administer, access.Execute); err != nil {
		return ServiceAccount{}, err
	}
	var problems []rulebook.Problem
	if !ServiceName.MatchString(in.Name) {
		problems = append(problems, serviceFault("name_form", "Använd högst 64 av a–z, siffror, punkt, bindestreck och understreck.",
			"Use at most 64 of a–z, digits, full stop, hyphen and underscore."))
	}
	unit, err := s.store.Unit(ctx, r.Actor.OrgID, in.Unit)
	if errors.Is(err, store.ErrNotFound) {
		problems = append(problems, unknownRef("org_unit"))
	} else if err != nil {
		return ServiceAccount{}, err
	}
	if err := invalid(problems); err != nil {
		return ServiceAccount{}, err
	}
	receipt, err := s.noted(ctx, r, "", "add_service", func(c model.Command) (model.EvidenceReceipt, error) {
		p := store.Person{OrgID: c.OrgID, ID: model.NewID(), Handle: in.Name, UnitID: unit.ID, Service: &store.Service{PerMinute: in.PerMinute}}
		return s.store.AddService(ctx, p, c, s.clock.Now())
	})
	if errors.Is(err, store.ErrNameTaken) {
		err = invalid([]rulebook.Problem{serviceFault("name_taken", "Namnet är upptaget.", "The name is taken.")})
	}
	if err != nil {
		return ServiceAccount{}, err
	}
	return s.ServiceByID(ctx, r.Actor, receipt.ServiceID)
}

// serviceFault is what is wrong with a name.
func serviceFault(code, sv, en string) rulebook.Problem {
	return rulebook.Problem{Pointer: "/name", Code: code, Text: lang.Text{SV: sv, EN: en}}
}

// AddServiceToken gives a service account a token that works for so many days, as
// somebody who has just shown who they are, and returns it with its secret. The same
// request once more returns no secret: only its hash is kept.
func (s *Service) AddServiceToken(ctx context.Context, r Request, id, label string, days int) (t store.Token, secret string, err error) {
	if err := access.Anywhere(r.Actor, access.Administer, access.Execute); err != nil {
		return t, "", err
	}
	receipt, err := s.noted(ctx, r, "", "add_service_token", func(c model.Command) (model.EvidenceReceipt, error) {
		if err := s.fresh(r.Actor); err != nil {
			return model.EvidenceReceipt{}, err
		}
		now := s.clock.Now()
		made, hash := authn.NewSecret()
		receipt, err := s.store.AddServiceToken(ctx, store.Token{
			OrgID: c.OrgID, ID: model.NewID(), PersonID: id, Label: label, Hash: hash, ExpiresAt: now.Add(time.Duration(days) * 24 * time.Hour),
		}, c, now)
		if err == nil {
			secret = made
			s.log.InfoContext(ctx, "service token made", slog.String("service_id", id), slog.String("token_id", receipt.TokenID), slog.String("actor_id", c.ActorID))
		}
		return receipt, err
	})
	if err != nil {
		return t, "", err
	}
	t, err = s.serviceToken(ctx, r.Actor, id, receipt.TokenID)
	return t, secret, err
}

// RevokeServiceToken makes a service account's token useless at once.
func (s *Service) RevokeServiceToken(ctx context.Context, r Request, id, tokenID string) (store.Token, error) {
	if err := access.Anywhere(r.Actor, access.Administer, access.Execute); err != nil {
		return store.Token{}, err
	}
	_, err := s.noted(ctx, r, "", "revoke_service_token", func(c model.Command) (model.EvidenceReceipt, error) {
		receipt, err := s.store.RevokeServiceToken(ctx, id, tokenID, c, s.clock.Now())
		if err == nil {
			s.log.InfoContext(ctx, "service token revoked", slog.String("service_id", id), slog.String("token_id", tokenID), slog.String("actor_id", c.ActorID))
		}
		return receipt, err
	})
	if err != nil {
		return store.Token{}, err
	}
	return s.serviceToken(ctx, r.Actor, id, tokenID)
}

func (s *Service) serviceToken(ctx context.Context, a model.Actor, id, tokenID string) (store.Token, error) {
	account, err := s.ServiceByID(ctx, a, id)
	for _, t := range account.Tokens {
		if t.ID == tokenID {
			return t, nil
		}
	}
	if err == nil {
		err = store.ErrNotFound
	}
	return store.Token{}, err
}
