package workflows

import (
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// rejectedBy is a case that a stage's reviewer has rejected.
func rejectedBy(t *testing.T, p *model.Plan, stage model.StageKey, kind model.TaskKind) *walk {
	w := start(t)
	w.do(submit(p))
	for _, step := range []contract.Act{
		{Task: &model.TaskKey{Stage: model.StageManager, Kind: model.TaskEndorse}, Outcome: model.OutcomeEndorse},
		{Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskAdvice}, Outcome: model.OutcomeSupports},
		{Task: &model.TaskKey{Stage: model.StageLegalBasis, Kind: model.TaskDecision}, Outcome: model.OutcomeLawful},
	} {
		if step.Task.Stage == stage && step.Task.Kind == kind {
			break
		}
		w.do(w.on(step.Task.Stage, step.Task.Kind, step.Outcome))
	}
	w.do(w.on(stage, kind, model.OutcomeReject))
	if w.s.State != model.Rejected {
		w.do(w.on(stage, model.TaskSecondReading, model.OutcomeConfirm))
	}
	w.is(model.Rejected)
	return w
}

func rejectedByCISO(t *testing.T) *walk {
	return rejectedBy(t, sequentialPlan(), model.StageCISO, model.TaskDecision)
}

func (w *walk) heard(stage model.StageKey, kinds ...model.TaskKind) {
	w.t.Helper()
	for _, kind := range kinds {
		if st := w.s.Stage(stage); st.Asks(model.TaskDecision) {
			w.t.Fatalf("%s is decided before everybody is heard", stage)
		}
		w.happened(w.do(w.on(stage, kind, model.OutcomeAdvisesAgainst)), model.EventAdvised)
	}
}

var reExamine = contract.Act{Kind: model.ActReExamine}

// The head of the unit looks at a rejection after hearing the CISO and legal
// counsel; it stands, or whoever rejected decides once more (OV-01).
func TestRejectionIsLookedAtAgain(t *testing.T) {
	t.Parallel()
	w := rejectedByCISO(t)
	w.happened(w.do(reExamine), model.EventReconsideration)
	w.refused(reExamine, model.CodeStateConflict, "OV-01")
	w.refused(contract.Act{Kind: model.ActArchive}, model.CodeStateConflict, "T-30")
	w.heard(model.StageReconsideration, model.TaskReviewLegal, model.TaskReviewSecurity)
	w.do(w.on(model.StageReconsideration, model.TaskDecision, model.OutcomeUphold))
	w.is(model.Rejected)
	w.refused(reExamine, model.CodeUnchanged, "OV-01")

	w = rejectedByCISO(t)
	w.do(reExamine)
	w.heard(model.StageReconsideration, model.TaskReviewSecurity, model.TaskReviewLegal)
	w.happened(w.do(w.on(model.StageReconsideration, model.TaskDecision, model.OutcomeReopen)), model.EventReopened)
	w.is(model.CISOReview)
	w.open(model.StageCISO, "decision 2")
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)

	// Another rejection may be looked at too.
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.do(w.on(model.StageCISO, model.TaskSecondReading, model.OutcomeConfirm))
	w.do(reExamine)
	w.open(model.StageReconsideration, "review_security 2", "review_legal 2")
}

// What the rejection had cut off in other stages begins anew.
func TestOtherStagesGoOnAfterAReopening(t *testing.T) {
	t.Parallel()
	p := sequentialPlan()
	p.Tier, p.Mode = model.T2, model.Parallel
	w := start(t)
	w.do(submit(covering(p, "u1")))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.is(model.Rejected)
	w.do(reExamine)
	w.heard(model.StageReconsideration, model.TaskReviewSecurity, model.TaskReviewLegal)
	w.do(w.on(model.StageReconsideration, model.TaskDecision, model.OutcomeReopen))
	w.is(model.ManagerReview)
	w.open(model.StageManager, "endorse 2")
	w.open(model.StageLegalBasis, "advice 2", "decision 2")
	w.open(model.StageCISO, "decision 2")
	w.notAsked()

	// A rejection before the advice had come begins the stage anew.
	w = start(t)
	w.do(submit(p))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReject))
	w.do(reExamine)
	w.heard(model.StageReconsideration, model.TaskReviewSecurity, model.TaskReviewLegal)
	w.do(w.on(model.StageReconsideration, model.TaskDecision, model.OutcomeReopen))
	if st := w.s.Stage(model.StageLegalBasis); !st.Asks(model.TaskAdvice) || !st.Asks(model.TaskDecision) {
		t.Fatalf("%+v", st)
	}
}

// overrideBy is the proposal on a day on which no rule stops the case.
var overrideBy = contract.Act{Kind: model.ActOverride, Role: model.RoleUnitHead, Plan: &model.Plan{Outcome: model.Proceed}}

// The controller sets the CISO's rejection aside after hearing the CISO and the DPO,
// with the word of a second person (OV-02, SOD-05).
func TestRejectionIsOverridden(t *testing.T) {
	t.Parallel()
	w := rejectedByCISO(t)
	w.happened(w.do(overrideBy), model.EventOverrideProposed)
	w.refused(overrideBy, model.CodeStateConflict, "OV-02")
	w.refused(reExamine, model.CodeStateConflict, "OV-01")
	w.heard(model.StageOverride, model.TaskReviewSecurity, model.TaskAdvice)

	stopped := w.on(model.StageOverride, model.TaskDecision, model.OutcomeOverride)
	stopped.Plan = &model.Plan{HardStops: []string{"HS-05"}}
	w.refused(stopped, model.CodeGuard, "OV-02", "HS-05")
	w.happened(w.do(w.on(model.StageOverride, model.TaskDecision, model.OutcomeOverride)), model.EventDecided)
	w.is(model.Rejected)
	w.do(w.on(model.StageOverride, model.TaskSecondReading, model.OutcomeSetAside))
	w.open(model.StageOverride, "decision 2")
	w.do(w.on(model.StageOverride, model.TaskDecision, model.OutcomeOverride))
	w.happened(w.do(w.on(model.StageOverride, model.TaskSecondReading, model.OutcomeConfirm)), model.EventOverridden, model.EventDecided)
	w.stands(model.StageCISO, model.StageDone, model.OutcomeOverridden)
	w.is(model.OwnerDecision)
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Approved)

	w = rejectedByCISO(t)
	w.do(overrideBy)
	w.heard(model.StageOverride, model.TaskReviewSecurity, model.TaskAdvice)
	w.do(w.on(model.StageOverride, model.TaskDecision, model.OutcomeUphold))
	w.is(model.Rejected)
	w.refused(overrideBy, model.CodeUnchanged, "OV-02")
}

// The last stage is overridden: the case is approved, if the rules of the day let it.
func TestOverrideOfTheLastStageApproves(t *testing.T) {
	t.Parallel()
	p := plan(model.T1, model.Parallel, required(model.StageManager, model.Required, "m1"), required(model.StageCISO, model.Light, "c1"))
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.do(overrideBy)
	w.heard(model.StageOverride, model.TaskAdvice, model.TaskReviewSecurity)
	w.do(w.on(model.StageOverride, model.TaskDecision, model.OutcomeOverride))
	confirm := w.on(model.StageOverride, model.TaskSecondReading, model.OutcomeConfirm)
	confirm.Plan = &model.Plan{Blockers: []string{"RT-01"}}
	w.refused(confirm, model.CodeGuard, "SG-06", "RT-01")
	confirm.Plan = nil
	w.refused(confirm, model.CodeReevaluate)
	w.happened(w.do(w.on(model.StageOverride, model.TaskSecondReading, model.OutcomeConfirm)),
		model.EventOverridden, model.EventDecided, model.EventApproved)
	w.is(model.Approved)
}

// Only a rejection by the CISO is overridden, and never what a rule stops (OV-02,
// GV-13).
func TestNotEverythingIsOverridden(t *testing.T) {
	t.Parallel()
	for _, stop := range []string{"HS-01", "HS-03", "HS-04", "HS-05", "HS-08"} {
		w := start(t)
		w.do(submit(&model.Plan{Outcome: model.StoppedByRule, HardStops: []string{stop}}))
		w.is(model.RejectedAuto)
		w.refused(overrideBy, model.CodeGuard, "OV-02", stop)

		w = rejectedByCISO(t)
		a := overrideBy
		a.Plan = &model.Plan{HardStops: []string{stop}}
		w.refused(a, model.CodeGuard, "OV-02", stop)
	}
	w := rejectedBy(t, sequentialPlan(), model.StageLegalBasis, model.TaskDecision)
	w.refused(overrideBy, model.CodeGuard, "OV-02")
	w = inUse(t)
	w.refused(overrideBy, model.CodeStateConflict, "OV-02")
	w.refused(reExamine, model.CodeStateConflict, "T-07")
}

// A use that a rejection has ended does not begin again by itself.
func TestReopenedUseStaysSuspended(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	p := sequentialPlan()
	p.Stages[3].Scope = "c2"
	w.do(reportedChange(p))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.do(w.on(model.StageCISO, model.TaskSecondReading, model.OutcomeConfirm))
	w.is(model.Rejected)
	w.do(overrideBy)
	w.heard(model.StageOverride, model.TaskAdvice, model.TaskReviewSecurity)
	w.do(w.on(model.StageOverride, model.TaskDecision, model.OutcomeOverride))
	w.do(w.on(model.StageOverride, model.TaskSecondReading, model.OutcomeConfirm))
	w.is(model.Reassessment)
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports)) // begins anew
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Suspended)
}
