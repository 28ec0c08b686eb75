package access

import (
	"slices"

	"sluss/model"
)

// ReadsLog reports whether the actor may read the whole log of the organisation
// (rulebook 10, "Read audit log": all).
func ReadsLog(a model.Actor) bool {
	return slices.ContainsFunc([]model.Role{
		model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleRegistrar, model.RoleAdministrator, model.RoleAuditor,
	}, a.Has)
}

// ReadsCaseLog reports whether the actor may read the log of a case in which they
// have the given functions (rulebook 10, "Read audit log": own).
func ReadsCaseLog(a model.Actor, functions []model.Role) bool {
	return ReadsLog(a) || slices.ContainsFunc([]model.Role{
		model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner,
	}, func(r model.Role) bool { return slices.Contains(functions, r) })
}
