package workflows

import "sluss/model"

// guardLegalBasis lets the information owner decide on the legal basis once the
// DPO has advised (LB-R19; the DPO advises and never decides, GDPR 38–39).
func (l *lifecycle) guardLegalBasis(st *model.StageState) *model.Refusal {
	return advised(st, "LB-R19")
}

// guardCamera lets the camera assessment be decided once the DPO has advised
// (rulebook 3.8).
func (l *lifecycle) guardCamera(st *model.StageState) *model.Refusal {
	return advised(st, "LB-R19")
}

// advised refuses, by the given rule, while the stage's advice is missing.
func advised(st *model.StageState, rule string) *model.Refusal {
	if !st.Advised() {
		return model.Refuse(model.CodeGuard, rule)
	}
	return nil
}
