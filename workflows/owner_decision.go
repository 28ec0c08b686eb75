package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// guardOwnerDecision lets the information owner accept once the CISO has cleared
// the review (T-17, rulebook 9.3).
func (l *lifecycle) guardOwnerDecision(a contract.Act) *model.Refusal {
	if !l.done(model.StageCISO) {
		return model.Refuse(model.CodeGuard, "T-17")
	}
	return approvable(a.Plan)
}
