package access

import (
	"slices"

	"sluss/model"
)

// Apart says which rule forbids one person to hold all of the roles in the
// organisation, or returns "" (SOD-02 of rulebook 10). The other rules keep roles
// apart case by case, or one role from acting at all.
func Apart(roles []model.Role) string {
	if slices.Contains(roles, model.RoleDPO) && slices.ContainsFunc(roles, func(r model.Role) bool { return neverDPO[r] }) {
		return "SOD-02"
	}
	return ""
}
