package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/store"
)

// VerifyCondition notes that a condition is met (rulebook 8.2): on the word of
// its verifier, who is never the one who has to meet it (SOD-04).
func (s *Service) VerifyCondition(ctx context.Context, r Request, caseID string, ifVersion int64, v model.Verification) (Answer, error) {
	return s.onCondition(ctx, r, model.ActVerifyCondition, caseID, v.ConditionID, ifVersion,
		func(ctx context.Context, c store.Case, functions []model.Role, x store.Condition) (model.Payload, error) {
			p := model.Payload{Verification: &v}
			apart := access.Conflict(functions, r.Actor.Roles, x.VerifierRole)
			switch {
			case holds(r.Actor, functions, x.OwnerRole):
				return p, model.Refuse(model.CodeSegregation, "SOD-04")
			case apart != "":
				return p, model.Refuse(model.CodeSegregation, apart)
			case !access.CanVerify(inCase(r.Actor, functions), x.VerifierRole):
				return p, model.Refuse(model.CodeForbidden)
			case c.State != model.Active:
				return p, nil
			}
			entry, _, err := s.RegisterEntry(ctx, c, Pending{Met: v.ConditionID}) // the register shows what is open
			p.Register = &entry
			return p, err
		})
}

// Waive gives the actor's word that a condition need not be met. It takes the
// CISO's and the information owner's, and is never possible for what a law, a
// stop or the agent rules ask (CO-04).
func (s *Service) Waive(ctx context.Context, r Request, caseID string, ifVersion int64, w model.Waiver) (Answer, error) {
	return s.onCondition(ctx, r, model.ActWaive, caseID, w.ConditionID, ifVersion,
		func(ctx context.Context, c store.Case, functions []model.Role, x store.Condition) (model.Payload, error) {
			p := model.Payload{Waiver: &w}
			switch {
			case holds(r.Actor, functions, model.RoleCISO):
				w.Role = model.RoleCISO
			case holds(r.Actor, functions, model.RoleInformationOwner):
				w.Role = model.RoleInformationOwner
			default:
				return p, model.Refuse(model.CodeForbidden, "CO-04")
			}
			if rule, ok := assess.CanWaive(x.SourceRule); !ok {
				return p, model.Refuse(model.CodeGuard, rule)
			}
			if c.State != model.Active {
				return p, nil
			}
			entry, _, err := s.RegisterEntry(ctx, c, Pending{Met: w.ConditionID}) // written with the second word
			p.Register = &entry
			return p, err
		})
}

// onCondition takes an act on one condition of a case on its way. prepare says
// whether the actor may, and what the act carries.
func (s *Service) onCondition(ctx context.Context, r Request, kind model.ActKind, caseID, conditionID string, ifVersion int64,
	prepare func(context.Context, store.Case, []model.Role, store.Condition) (model.Payload, error)) (Answer, error) {
	return s.do(ctx, r, kind, caseID, func(ctx context.Context) (prepared, error) {
		c, functions, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return prepared{}, err
		}
		conditions, err := s.store.Conditions(ctx, r.Actor.OrgID, caseID)
		if err != nil {
			return prepared{}, err
		}
		i := slices.IndexFunc(conditions, func(x store.Condition) bool { return x.ID == conditionID })
		if i < 0 {
			return prepared{}, store.ErrNotFound
		}
		payload, err := prepare(ctx, c, functions, conditions[i])
		switch {
		case err != nil:
			return prepared{}, err
		case c.Version != ifVersion:
			return prepared{}, model.Refuse(model.CodeStale)
		}
		payload.IfVersion = &ifVersion
		return prepared{version: c.Version, payload: payload}, nil
	})
}

// inCase is the actor without the roles that are held case by case and that the
// actor has in other cases only.
func inCase(a model.Actor, functions []model.Role) model.Actor {
	a.Roles = slices.DeleteFunc(slices.Clone(a.Roles), func(r model.Role) bool {
		return r.PerCase() && !slices.Contains(functions, r)
	})
	return a
}

// holds reports whether the actor has a role for the case: in it, or in the
// organisation where the role is not held case by case.
func holds(a model.Actor, functions []model.Role, role model.Role) bool {
	return slices.Contains(functions, role) || !role.PerCase() && a.Has(role)
}
