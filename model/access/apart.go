package access

import (
	"slices"

	"sluss/model"
)

// Apart says which rule forbids one person to hold all of the roles in the
// organisation, or returns "" (SOD-02 of rulebook 10). The other rules do not forbid to
// hold roles: they hold case by case, or forbid to act (SOD-06, SOD-09).
func Apart(roles []model.Role) string {
	if slices.Contains(roles, model.RoleDPO) && slices.ContainsFunc(roles, func(r model.Role) bool { return neverDPO[r] }) {
		return "SOD-02"
	}
	return ""
}
