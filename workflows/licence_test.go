package workflows

import (
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// While a private licence waits for its approval (T-33), nothing else becomes the
// state of the case: neither a stage that is raised nor one that was under way
// when the owner changed to the licence.
func TestPrivateLicenceStaysFirst(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(privateLicence("RT-16")))
	w.do(contract.Act{Kind: model.ActRaiseStage, Stage: model.StageCISO, Requirement: model.Full})
	w.is(model.OwnerDecision)

	w = start(t)
	w.do(submit(privateLicence()))
	w.is(model.ManagerReview)
	w.do(submit(privateLicence("RT-16")))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.OwnerDecision)
}

// A case that was rejected while its private licence waits asks for the approval
// again once the rejection is taken up.
func TestPrivateLicenceIsAskedAgainAfterARejection(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(privateLicence()))
	w.do(submit(privateLicence("RT-16")))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeReject))
	w.is(model.Rejected)
	w.do(reExamine)
	w.heard(model.StageReconsideration, model.TaskReviewSecurity, model.TaskReviewLegal)
	w.do(w.on(model.StageReconsideration, model.TaskDecision, model.OutcomeReopen))
	w.is(model.OwnerDecision)
	w.open(model.StageInfoOwner, "decision 2")
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.OwnerDecision)
	w.open(model.StageInfoOwner, "decision 2")
}
