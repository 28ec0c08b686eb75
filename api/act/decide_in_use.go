package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/store"
)

// decideInUse adds to a decision about a case in use what it may come to. Any
// passing answer can be the one that ends the assessment anew (T-26): it then
// carries the triage of the day, what the register will say, and whether something
// has to be done before the use goes on (CO-01). A review that asks for more opens
// stages again (RA-08).
func (s *Service) decideInUse(ctx context.Context, c store.Case, t store.Task, d *model.Decision, p *prepared) (err error) {
	spec, _ := model.Stage(t.Key.Stage)
	overrides := t.Key.Stage == model.StageOverride && d.Outcome == model.OutcomeConfirm
	switch {
	case !c.InUse.Approved:
		return nil
	case t.Key.Stage == model.StageReview && d.Outcome != model.OutcomeUnchanged:
		return s.reviewAgain(ctx, c, d, p)
	case !overrides && (!spec.Reviews() || !passing(d.Outcome) || c.State != model.Reassessment):
		return nil
	}
	if p.evaluation == nil {
		if p.evaluation, err = s.evaluateSubmitted(ctx, c, d); err != nil {
			return err
		}
	}
	entry, _, err := s.RegisterEntry(ctx, c, Pending{Decision: d})
	if err != nil {
		return err
	}
	p.payload.Register = &entry
	p.payload.HoldsUse, err = s.holdsUse(ctx, c, d, p.evaluation.Templates)
	return err
}

// reviewAgain is a review that finds that the case has to be assessed again. A new
// DPIA is named by the reviewer, the rest by the tier.
func (s *Service) reviewAgain(ctx context.Context, c store.Case, d *model.Decision, p *prepared) (err error) {
	var named []model.StageKey
	if d.Outcome == model.OutcomeNewDPIA {
		named = []model.StageKey{model.StageDPIA}
	}
	if p.evaluation, err = s.evaluateAgain(ctx, c); err != nil {
		return err
	}
	p.payload.Reopen, err = s.reopens(ctx, c, p.evaluation, []string{"RA-08"}, named)
	return err
}

// holdsUse reports whether a condition before use is open after the decision: one
// that stands, or one that comes with it and has not been met before.
func (s *Service) holdsUse(ctx context.Context, c store.Case, d *model.Decision, templates []model.NewCondition) (bool, error) {
	standing, err := s.store.Conditions(ctx, c.OrgID, c.ID)
	if err != nil {
		return false, err
	}
	replaced := func(x store.Condition) bool { return x.Stage == d.Task.Stage && x.TaskKind == d.Task.Kind }
	for _, x := range standing {
		if x.DueKind == model.DueBeforeUse && x.Status.Unmet() && !replaced(x) {
			return true, nil
		}
	}
	for _, n := range slices.Concat(d.Conditions, templates) {
		met := slices.ContainsFunc(standing, func(x store.Condition) bool {
			return x.SourceRule == n.SourceRule && x.TextSV == n.TextSV && x.OwnerRole == n.OwnerRole &&
				(x.Status == model.ConditionMet || x.Status == model.ConditionWaived)
		})
		if n.DueKind == model.DueBeforeUse && !n.Met && !met {
			return true, nil
		}
	}
	return false, nil
}
