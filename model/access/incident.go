package access

import (
	"slices"

	"sluss/model"
)

// ReadsAllIncidents reports whether the actor reads every incident of the
// organisation, and every task that belongs to no case (rulebook 9.5, 10). Others
// read what concerns them.
func ReadsAllIncidents(a model.Actor) bool {
	return slices.ContainsFunc([]model.Role{
		model.RoleCISO, model.RoleDPO, model.RoleAdministrator, model.RoleAuditor,
	}, a.Has)
}
