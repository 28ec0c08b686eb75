package access

import (
	"slices"

	"sluss/model"
)

// AnswersRetriages returns the role in which the actor may say what follows from a
// new triage of a case (RA-07). The DPO advises and does not decide (SOD-02); the
// case's project owner never says it of their own case (SOD-01), whatever else they
// are.
func AnswersRetriages(a model.Actor, o Object) (model.Role, error) {
	role, err := As(a, o, AnswerRetriage, Execute)
	if err == nil && slices.Contains(o.Functions, model.RoleProjectOwner) {
		err = model.Refuse(model.CodeSegregation, "SOD-01")
	}
	return role, err
}
