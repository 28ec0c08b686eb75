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

// LeadsIncident returns the function in which the actor may correct and close an
// incident: as its information owner, which is whoever leads it or, while nobody
// does, everybody with that role, or as the CISO. leadID is "" for nobody. The DPO
// never does (GDPR 38(6)).
func LeadsIncident(a model.Actor, leadID string) (model.Role, error) {
	role := model.Role("")
	switch {
	case leadID == a.PersonID, leadID == "" && a.Has(model.RoleInformationOwner):
		role = model.RoleInformationOwner
	case a.Has(model.RoleCISO):
		role = model.RoleCISO
	}
	switch rule := Conflict(nil, a.Roles, role); {
	case rule != "":
		return "", model.Refuse(model.CodeSegregation, rule)
	case a.Has(model.RoleDPO):
		return "", model.Refuse(model.CodeSegregation, "SOD-02")
	case role == "":
		return "", forbidden(matrix[LeadIncident].rule)
	}
	return role, nil
}
