package access

import (
	"slices"

	"sluss/model"
)

// RemarksAs returns the function in which the actor may make a remark on a stage
// of a case: one that has a task in the stage, or the DPO's, who monitors everything
// (GDPR article 39(1)(b)). The refusal names the rule that keeps functions apart
// where that is the reason.
func RemarksAs(a model.Actor, o Object, stage model.StageSpec) (model.Role, error) {
	roles := []model.Role{model.RoleDPO}
	for _, t := range stage.Tasks {
		if t.Role != model.RoleProjectOwner {
			roles = append(roles, t.Role)
		}
	}
	return firstApart(a, o, roles)
}

// WritesAs returns the function in which the actor writes the assessment of a stage:
// one of those who prepare it, or of the deciders where nobody does.
func WritesAs(a model.Actor, o Object, stage model.StageSpec) (model.Role, error) {
	roles := stage.Prepare
	if len(roles) == 0 {
		for _, t := range stage.Tasks {
			roles = append(roles, t.Role)
		}
	}
	return firstApart(a, o, roles)
}

// firstApart returns the first of the roles that the actor has for the case and that
// nothing keeps apart from another.
func firstApart(a model.Actor, o Object, roles []model.Role) (model.Role, error) {
	apart := ""
	for _, role := range roles {
		if !Holds(a, o, role) {
			continue
		}
		rule := Conflict(o.counted(), a.Roles, role)
		if rule == "" {
			return role, nil
		}
		apart = rule
	}
	if apart != "" {
		return "", model.Refuse(model.CodeSegregation, apart)
	}
	return "", model.Refuse(model.CodeForbidden)
}

// AnswersRemarks reports whether the actor may answer the remarks on a stage: the
// project owner and the information owner of the case, for the controller, and
// whoever prepares the stage (rulebook 4, AD-05, and 10).
func AnswersRemarks(a model.Actor, o Object, stage model.StageSpec) bool {
	if a.Has(model.RoleAuditor) {
		return false
	}
	return Holds(a, o, model.RoleProjectOwner) || Holds(a, o, model.RoleInformationOwner) ||
		slices.ContainsFunc(stage.Prepare, func(r model.Role) bool { return Holds(a, o, r) })
}

// Writes reports whether the actor may write anything beside a case that they read:
// everybody but the auditor (SOD-09).
func Writes(a model.Actor) error {
	if a.Has(model.RoleAuditor) {
		return model.Refuse(model.CodeForbidden, "SOD-09")
	}
	return nil
}
