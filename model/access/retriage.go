package access

import (
	"slices"

	"sluss/model"
)

// AnswersRetriages returns the role in which the actor may say what follows from a
// new triage of a case (RA-07): the CISO, the information owner of the case, or the
// administrator. The DPO advises and does not decide (SOD-02); the case's project
// owner never says it of their own case (SOD-01), whatever else they are. ok is false
// and rule says why when nobody of these is the actor.
func AnswersRetriages(a model.Actor, functions []model.Role) (role model.Role, rule string, ok bool) {
	for _, r := range []model.Role{model.RoleCISO, model.RoleInformationOwner, model.RoleAdministrator} {
		if !acts(a, functions, r) {
			continue
		}
		if slices.Contains(functions, model.RoleProjectOwner) {
			return "", "SOD-01", false
		}
		if rule := Conflict(functions, a.Roles, r); rule != "" {
			return "", rule, false
		}
		return r, "", true
	}
	return "", "RA-07", false
}
