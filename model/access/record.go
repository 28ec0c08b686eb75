package access

import (
	"slices"

	"sluss/model"
)

// KeepsRecord reports whether the actor may write a kind of record: beside a case in
// which they have the given functions its system owner, its information owner and
// the CISO, of complaints the DPO too, and of suppliers the administrator (rulebook
// 9.12 and 10). The auditor writes nothing (SOD-09).
func KeepsRecord(a model.Actor, functions []model.Role, kind model.RecordKind) bool {
	switch {
	case a.Has(model.RoleAuditor):
		return false
	case kind == model.RecordSupplier:
		return a.Has(model.RoleAdministrator)
	case kind == model.RecordComplaint && a.Has(model.RoleDPO):
		return true
	}
	return a.Has(model.RoleCISO) || slices.Contains(functions, model.RoleSystemOwner) ||
		slices.Contains(functions, model.RoleInformationOwner)
}

// ReadsSuppliers reports whether the actor may read what is kept of suppliers:
// everybody with a part in the review of cases.
func ReadsSuppliers(a model.Actor) bool {
	return a.Has(model.RoleProjectOwner) || len(PoolRoles(a)) > 0
}

// ReadsStatistics reports whether the actor may read the statistics of rulebook 9.9:
// whoever may read every case may count them.
func ReadsStatistics(a model.Actor) bool { return CasesReach(a) == ReachAll }
