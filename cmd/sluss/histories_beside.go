//go:build !slim

package main

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// unitsAsked pins the question to other units whether they adopt, one of which
// answers late.
func unitsAsked(r *pathRun) error {
	return all(
		func() error {
			return r.act(contract.Act{Kind: model.ActSubmit, Plan: &model.Plan{
				Outcome: model.Proceed, Tier: model.T2, Mode: model.Parallel, Covered: []string{"unit-1", "unit-2"}, Stages: []model.PlanStage{
					{Key: model.StageManager, Requirement: model.Required, Scope: "m"},
					{Key: model.StageLegalBasis, Requirement: model.Required, Scope: "l"},
					{Key: model.StageCISO, Requirement: model.Light, Scope: "c"},
				},
			}})
		},
		r.decides(model.StageLegalBasis, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 1, model.OutcomeLawful),
		r.decides(model.StageAdoption, model.TaskAdopt("unit-1"), 1, model.OutcomeAdopt),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.decides(model.StageCISO, model.TaskDecision, 1, model.OutcomeApprove),
		r.acting(model.ActActivate),
		r.decides(model.StageAdoption, model.TaskAdopt("unit-2"), 1, model.OutcomeDecline),
	)
}

func (r *pathRun) allows(role model.Role) func() error {
	return func() error {
		return r.act(contract.Act{Kind: model.ActInterim, Role: role, Plan: &model.Plan{Outcome: model.Proceed, InUse: true}})
	}
}

// interimUse pins the words of the two who allow an existing tool meanwhile, and
// the approval that takes their place.
func interimUse(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"), r.allows(model.RoleCISO), r.allows(model.RoleInformationOwner),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse),
		r.acting(model.ActWithdraw),
	)
}

// rejectionReopened pins a rejection that the head of the unit has looked at again.
func rejectionReopened(r *pathRun) error {
	return all(func() error { return rejected(r) }, r.acting(model.ActReExamine),
		r.decides(model.StageReconsideration, model.TaskReviewLegal, 1, model.OutcomeSupports),
		r.decides(model.StageReconsideration, model.TaskReviewSecurity, 1, model.OutcomeAdvisesAgainst),
		r.decides(model.StageReconsideration, model.TaskDecision, 1, model.OutcomeReopen),
		r.decides(model.StageCISO, model.TaskDecision, 2, model.OutcomeApprove),
	)
}

// rejectionOverridden pins a rejection that the controller sets aside.
func rejectionOverridden(r *pathRun) error {
	return all(func() error { return rejected(r) },
		func() error {
			return r.act(contract.Act{Kind: model.ActOverride, Role: model.RoleUnitHead, Plan: &model.Plan{Outcome: model.Proceed}})
		},
		r.decides(model.StageOverride, model.TaskAdvice, 1, model.OutcomeSupports),
		r.decides(model.StageOverride, model.TaskReviewSecurity, 1, model.OutcomeAdvisesAgainst),
		r.decides(model.StageOverride, model.TaskDecision, 1, model.OutcomeOverride),
		r.decides(model.StageOverride, model.TaskSecondReading, 1, model.OutcomeConfirm),
		r.decides(model.StageInfoOwner, model.TaskDecision, 1, model.OutcomeAccept),
	)
}
