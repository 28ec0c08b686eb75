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
		func(ctx context.Context, c store.Case, on access.Object, x store.Condition) (model.Payload, error) {
			role, err := access.CanVerify(r.Actor, on, x.OwnerRole, x.VerifierRole)
			p := model.Payload{Verification: &v, Role: role}
			if err != nil || c.State != model.Active {
				return p, err
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
		func(ctx context.Context, c store.Case, on access.Object, x store.Condition) (model.Payload, error) {
			p := model.Payload{Waiver: &w}
			var err error
			if w.Role, err = access.As(r.Actor, on, access.Waive, access.Decide); err != nil {
				return p, err
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
	prepare func(context.Context, store.Case, access.Object, store.Condition) (model.Payload, error)) (Answer, error) {
	return s.do(ctx, r, kind, caseID, func(ctx context.Context) (prepared, error) {
		c, on, err := s.readCase(ctx, r.Actor, caseID)
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
		payload, err := prepare(ctx, c, on, conditions[i])
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
