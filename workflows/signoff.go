package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// guardSignoff is the list of what a CISO's approval needs (rulebook 8.3): the
// advice, every other stage's result, no hard stop and no open blocker.
func (l *lifecycle) guardSignoff(a contract.Act) *model.Refusal {
	for _, key := range []model.StageKey{model.StageLegalBasis, model.StageDPIA} {
		st := l.Stage(key)
		if st != nil && st.Undecided() && !st.Answered(model.TaskAdvice) {
			return model.Refuse(model.CodeGuard, "SG-01")
		}
	}
	for _, need := range []struct {
		stage model.StageKey
		rule  string
	}{
		{model.StageLegalBasis, "SG-02"},
		{model.StageSecrecy, "SG-02"},
		{model.StageDPIA, "SG-03"},
		{model.StageAgentRisk, "SG-04"},
		{model.StageEnvironment, "SG-05"},
		{model.StageFRIA, "SG-06"},
		{model.StageDerogation, "SG-06"},
		{model.StageCamera, "SG-06"},
		{model.StageManager, "T-16"},
	} {
		if !l.done(need.stage) {
			return model.Refuse(model.CodeGuard, need.rule)
		}
	}
	return approvable(a.Plan)
}
