package access

import "sluss/model"

// CanVerify reports whether the actor may close a condition of a case (rulebook 10,
// "Close condition"): the verifier whom the condition names, "" for the roles that
// verify. owner is the role that has to meet it and never verifies it (SOD-04).
func CanVerify(a model.Actor, o Object, owner, verifier model.Role) (model.Role, error) {
	if Holds(a, o, owner) {
		return "", model.Refuse(model.CodeSegregation, "SOD-04")
	}
	if verifier == "" {
		return As(a, o, Verify, Decide)
	}
	if rule := Conflict(o.counted(), a.Roles, verifier); rule != "" {
		return "", model.Refuse(model.CodeSegregation, rule)
	}
	if !Holds(a, o, verifier) {
		return "", forbidden(matrix[Verify].rule)
	}
	return verifier, nil
}

// ShowsEvidence reports whether the actor may attach evidence to a condition that
// the given role has to meet (rulebook 10, "Close condition").
func ShowsEvidence(a model.Actor, o Object, owner model.Role) bool {
	return !a.Has(model.RoleAuditor) && (Holds(a, o, model.RoleProjectOwner) || Holds(a, o, owner))
}
