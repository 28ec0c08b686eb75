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
