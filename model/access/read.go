package access

import (
	"slices"

	"sluss/model"
)

// Reach says which cases an actor may read.
type Reach string

// The reaches of rulebook 10: every case of the organisation, or only those in
// which the actor has a function or a task.
const (
	ReachAll Reach = "all"
	ReachOwn Reach = "own"
)

// CasesReach returns which cases the actor may read (rulebook 10, "Read case").
func CasesReach(a model.Actor) Reach {
	for _, r := range []model.Role{
		model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleRegistrar,
		model.RoleAdministrator, model.RoleAuditor, model.RoleCoordinator, model.RoleUnitHead,
	} {
		if a.Has(r) {
			return ReachAll
		}
	}
	return ReachOwn
}

// PoolRoles returns the actor's roles whose tasks lie open to everybody who has
// the role until somebody takes them.
func PoolRoles(a model.Actor) []model.Role {
	return slices.DeleteFunc(slices.Clone(a.Roles), func(r model.Role) bool {
		return r == model.RoleProjectOwner || r == model.RoleUser
	})
}

// CanOpenCase reports whether the actor may open a case: project owners and
// every member of staff, but not those who must stay outside (SOD-02, SOD-09).
func CanOpenCase(a model.Actor) bool {
	if a.Has(model.RoleDPO) || a.Has(model.RoleAuditor) {
		return false
	}
	return a.Has(model.RoleProjectOwner) || a.Has(model.RoleUser)
}

// CanVerify reports whether the actor may close conditions (rulebook 10, "Close
// condition"): the verifier whom the condition names, or the roles that verify.
func CanVerify(a model.Actor, verifier model.Role) bool {
	if verifier != "" {
		return a.Has(verifier)
	}
	for _, r := range []model.Role{
		model.RoleInformationOwner, model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer,
	} {
		if a.Has(r) {
			return true
		}
	}
	return false
}
