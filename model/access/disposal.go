package access

import "sluss/model"

// DisposesOf returns the role in which the actor may propose, approve or decline to
// dispose of records (rulebook 9.6, 10): the registrar, who keeps the archive, or the
// administrator. The auditor writes nothing (SOD-09).
func DisposesOf(a model.Actor) (model.Role, bool) {
	if a.Has(model.RoleAuditor) {
		return "", false
	}
	for _, r := range []model.Role{model.RoleRegistrar, model.RoleAdministrator} {
		if a.Has(r) {
			return r, true
		}
	}
	return "", false
}

// ReadsDisposals reports whether the actor may read what is disposed of: everybody
// who reads the whole log (rulebook 10, "Read audit log").
func ReadsDisposals(a model.Actor) bool {
	for _, r := range []model.Role{
		model.RoleRegistrar, model.RoleAdministrator, model.RoleAuditor, model.RoleDPO, model.RoleLegalCounsel, model.RoleCISO,
	} {
		if a.Has(r) {
			return true
		}
	}
	return false
}
