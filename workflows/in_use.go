package workflows

import (
	"slices"

	"sluss/model"
)

// verifyCondition notes that a condition is met. Which condition and who may say
// so is checked where the row is.
func (l *lifecycle) verifyCondition() *model.Refusal { return l.noteCondition(model.EventConditionMet) }

func (l *lifecycle) noteCondition(event model.EventKind) *model.Refusal {
	if !slices.Contains([]model.CaseState{model.Approved, model.ApprovedCond, model.Active, model.Suspended}, l.State) && !l.State.UnderReview() {
		return model.Refuse(model.CodeStateConflict)
	}
	l.step(event)
	return nil
}

// waiveCondition notes the word of one of the two who may waive a condition
// together (CO-04).
func (l *lifecycle) waiveCondition() *model.Refusal { return l.noteCondition(model.EventWaiverGiven) }

// activate brings an approved case into use (T-22), when every condition before
// use is met (CO-01) and the stages before use are done (rulebook 3.8).
func (l *lifecycle) activate() *model.Refusal {
	if l.State != model.Approved && l.State != model.ApprovedCond {
		return model.Refuse(model.CodeStateConflict, "T-22")
	}
	if l.OpenBeforeUse > 0 {
		return model.Refuse(model.CodeConditionsOpen, "CO-01")
	}
	for _, spec := range model.Stages() {
		if spec.BeforeUse() && !l.done(spec.Key) {
			return model.Refuse(model.CodeGuard, "T-22")
		}
	}
	l.State = model.Active
	l.step(model.EventActivated, "T-22")
	return nil
}
