package access_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// Who writes which record: each role alone, where it is a function as the person
// whom the case names.
func TestKeepsRecord(t *testing.T) {
	t.Parallel()
	writers := map[model.RecordKind][]model.Role{
		model.RecordSupplier:  {model.RoleAdministrator},
		model.RecordComplaint: {model.RoleSystemOwner, model.RoleInformationOwner, model.RoleCISO, model.RoleDPO},
	}
	for _, kind := range append(model.CaseRecords(), model.RecordSupplier) {
		allowed, ok := writers[kind]
		if !ok {
			allowed = []model.Role{model.RoleSystemOwner, model.RoleInformationOwner, model.RoleCISO}
		}
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			mine := access.Object{Functions: []model.Role{role}}
			if got := access.KeepsRecord(a, mine, kind); (got == nil) != slices.Contains(allowed, role) {
				t.Errorf("%s keeps %s: %v", role, kind, got)
			}
			if got := access.KeepsRecord(a, access.Object{}, kind); got == nil && role.PerCase() {
				t.Errorf("%s keeps %s of a case that is not theirs", role, kind)
			}
			a.Roles = append(a.Roles, model.RoleAuditor)
			if access.KeepsRecord(a, mine, kind) == nil {
				t.Errorf("an auditor who is %s keeps %s (SOD-09)", role, kind)
			}
		}
	}
}
