package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// guardSignoff is the list of what a CISO's approval needs (rulebook 8.3): the
// advice, every other stage's result, no hard stop and no open blocker.
func (l *lifecycle) guardSignoff(a contract.Act) *model.Refusal {
	if gaps := l.SignoffGaps(); len(gaps) > 0 {
		return model.Refuse(model.CodeGuard, gaps[0])
	}
	return approvable(a.Plan)
}
