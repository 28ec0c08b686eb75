// Package access says who may do what (rulebook 10): pure functions over roles,
// without storage. It imports model only.
//
// The matrix is the one table of rights. As and Can ask it about an act on a case,
// Anywhere about what belongs to no case, Reader about what may be read. Conflict
// keeps functions apart.
package access

import (
	"slices"

	"sluss/model"
)

// Conflict says which rule of segregation forbids a person who already has the
// given functions in the case, and the given roles in the organisation, to act
// in one more function. It returns "" when nothing does.
//
// SOD-01, SOD-02, SOD-03, SOD-06 and SOD-09 of rulebook 10; GDPR article 38(6) for
// the DPO.
func Conflict(functions, roles []model.Role, acting model.Role) string {
	for _, has := range functions {
		if rule := apart(has, acting); rule != "" {
			return rule
		}
		if rule := apart(acting, has); rule != "" {
			return rule
		}
	}
	for _, has := range roles {
		switch {
		case has == model.RoleDPO && neverDPO[acting], acting == model.RoleDPO && neverDPO[has]:
			return "SOD-02"
		case has == model.RoleAuditor && acting != model.RoleAuditor && acting != "":
			return "SOD-09"
		}
	}
	if slices.Contains(roles, model.RoleAdministrator) && reviewers[acting] {
		return "SOD-06"
	}
	return ""
}

// apart compares two functions in one case in one direction.
func apart(a, b model.Role) string {
	switch a {
	case model.RoleProjectOwner:
		switch b {
		case model.RoleManager, model.RoleInformationOwner, model.RoleDPO,
			model.RoleCISO, model.RoleEnvironmentReviewer:
			return "SOD-01"
		}
	case model.RoleDPO:
		if neverDPO[b] {
			return "SOD-02"
		}
	case model.RoleCISO:
		if b == model.RoleSystemOwner {
			return "SOD-03"
		}
	}
	return ""
}

// neverDPO are the functions that a DPO never has for the same controller
// (SOD-02): those that the rule names, and the one that decides beside them. Opening
// a case is among them, reading and reporting are not.
var neverDPO = map[model.Role]bool{
	model.RoleProjectOwner:        true,
	model.RoleManager:             true,
	model.RoleInformationOwner:    true,
	model.RoleSystemOwner:         true,
	model.RoleLegalCounsel:        true,
	model.RoleCISO:                true,
	model.RoleEnvironmentReviewer: true,
	model.RoleUnitHead:            true,
	model.RoleAdministrator:       true,
}

// reviewers are the roles in the organisation whose tasks an administrator cannot
// complete (SOD-06), also one who has the role beside the administration. Whom a case
// names for a function acts in it by that and not as the administrator.
var reviewers = map[model.Role]bool{
	model.RoleDPO:                 true,
	model.RoleCISO:                true,
	model.RoleLegalCounsel:        true,
	model.RoleEnvironmentReviewer: true,
	model.RoleCoordinator:         true,
	model.RoleUnitHead:            true,
}
