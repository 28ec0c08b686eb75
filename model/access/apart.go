package access

import "sluss/model"

// Apart says which rule forbids one person to hold all of the roles in the
// organisation, or returns "" (SOD-02 of rulebook 10; the other rules hold case by
// case).
func Apart(roles []model.Role) string {
	for _, r := range roles {
		if rule := Conflict(nil, roles, r); rule != "" {
			return rule
		}
	}
	return ""
}
