package act

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Apart is a refusal because answers name one person for functions that must be
// kept apart. Problems point to those answers.
type Apart struct {
	*model.Refusal
	Problems []rulebook.Problem
}

// Unwrap returns the refusal.
func (e *Apart) Unwrap() error { return e.Refusal }

// nameFields are the answers that name a person for a function that is held case
// by case, the owner's first.
var nameFields = []struct {
	id   string
	role model.Role
}{
	{"project_owner_id", model.RoleProjectOwner},
	{"manager_id", model.RoleManager},
	{"information_owner_id", model.RoleInformationOwner},
	{"system_owner_id", model.RoleSystemOwner},
}

// keptApart refuses answers that name a person for two functions which must be
// apart (SOD-01 to SOD-03). The record asks again, under the lock of the case;
// this is to say at which answer.
func (s *Service) keptApart(ctx context.Context, c store.Case, named []model.CasePerson) error {
	acted, err := s.store.ActedPeople(ctx, c.OrgID, c.ID)
	if err != nil {
		return err
	}
	roles := map[string][]model.Role{}
	for _, n := range named {
		p, err := s.store.Person(ctx, c.OrgID, n.PersonID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		roles[n.PersonID] = p.Roles
	}
	refused := &Apart{Refusal: model.Refuse(model.CodeSegregation)}
	for _, clash := range access.Clashes(named, acted, func(id string) []model.Role { return roles[id] }) {
		refused.add(named[clash.Named].Role, clash)
	}
	if len(refused.Problems) == 0 {
		return nil
	}
	return refused
}

func (e *Apart) add(role model.Role, c access.Clash) {
	if !slices.Contains(e.Rules, c.Rule) {
		e.Rules = append(e.Rules, c.Rule)
	}
	for _, f := range nameFields {
		if f.role == role {
			e.Problems = append(e.Problems, rulebook.Problem{Pointer: "/" + f.id, Code: c.Rule, Text: apartText(c.Has, role), Source: c.Rule})
		}
	}
}

// apartText says what cannot be together and what to do, without a name.
func apartText(has, role model.Role) lang.Text {
	a, b := has.Label(), role.Label()
	return lang.Text{
		SV: fmt.Sprintf("%s och %s måste vara två olika personer. Ange någon annan här.", a.SV, b.SV),
		EN: fmt.Sprintf("%s and %s must be two different people. Name somebody else here.", a.EN, b.EN),
	}
}
