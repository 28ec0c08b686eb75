package access

import (
	"slices"

	"sluss/model"
)

// RemarksAs returns the function in which the actor may make a remark on a stage
// of a case in which they have the given functions: one that has a task in the
// stage, or the DPO's, who monitors everything (GDPR article 39(1)(b)). ok is
// false for everybody else.
func RemarksAs(a model.Actor, functions []model.Role, stage model.StageSpec) (role model.Role, ok bool) {
	if a.Has(model.RoleDPO) {
		return model.RoleDPO, true
	}
	for _, t := range stage.Tasks {
		if t.Role != model.RoleProjectOwner && acts(a, functions, t.Role) {
			return t.Role, true
		}
	}
	return "", false
}

// AnswersRemarks reports whether the actor may answer the remarks on a stage: the
// project owner and the information owner of the case, for the controller, and
// whoever prepares the stage (rulebook 4, AD-05, and 10).
func AnswersRemarks(a model.Actor, functions []model.Role, stage model.StageSpec) bool {
	if slices.Contains(functions, model.RoleProjectOwner) || slices.Contains(functions, model.RoleInformationOwner) {
		return true
	}
	return slices.ContainsFunc(stage.Prepare, func(r model.Role) bool { return acts(a, functions, r) })
}

// acts reports whether the actor has a role in the case: as a function where it
// is held case by case, otherwise in the organisation.
func acts(a model.Actor, functions []model.Role, role model.Role) bool {
	if role.PerCase() {
		return slices.Contains(functions, role)
	}
	return a.Has(role)
}

// ShowsEvidence reports whether the actor may attach evidence to a condition that
// the given role has to meet (rulebook 10, "Close condition").
func ShowsEvidence(a model.Actor, functions []model.Role, owner model.Role) bool {
	return slices.Contains(functions, model.RoleProjectOwner) || acts(a, functions, owner)
}

// Comments reports whether the actor may comment on a case that they read:
// everybody but the auditor, who writes nothing (SOD-09).
func Comments(a model.Actor) bool { return !a.Has(model.RoleAuditor) }
