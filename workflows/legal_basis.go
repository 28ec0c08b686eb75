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
	if !hasAdvice(st) {
		return model.Refuse(model.CodeGuard, rule)
	}
	return nil
}

// hasAdvice reports whether the stage has its advice on the text that stands. While
// somebody is asked for it, what was said before was about another text.
func hasAdvice(st *model.StageState) bool {
	if st.Assess && st.Part == "" || isOpen(st, model.TaskAdvice) || isOpen(st, model.TaskStatement) {
		return false
	}
	return st.Advised()
}
