package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// guardImpactAssessment lets the DPIA be decided once the DPO has advised (D7 in
// DP-20) and the legal basis stands (rulebook 9.1). Only a presumed DPIA can be
// waived (DP-07).
func (l *lifecycle) guardImpactAssessment(st *model.StageState, a contract.Act) *model.Refusal {
	if refused := advised(st, "DP-20"); refused != nil {
		return refused
	}
	if a.Outcome == model.OutcomeWaived && st.Requirement != model.Presumed {
		return model.Refuse(model.CodeGuard, "DP-07")
	}
	if !l.done(model.StageLegalBasis) {
		return model.Refuse(model.CodeGuard, "T-10")
	}
	return nil
}
