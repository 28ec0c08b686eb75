package access_test

import (
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
			want := false
			for _, r := range allowed {
				want = want || r == role
			}
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			if got := access.KeepsRecord(a, []model.Role{role}, kind); got != want {
				t.Errorf("%s keeps %s: %v", role, kind, got)
			}
			if got := access.KeepsRecord(a, nil, kind); got && role.PerCase() {
				t.Errorf("%s keeps %s of a case that is not theirs", role, kind)
			}
			a.Roles = append(a.Roles, model.RoleAuditor)
			if access.KeepsRecord(a, []model.Role{role}, kind) {
				t.Errorf("an auditor who is %s keeps %s (SOD-09)", role, kind)
			}
		}
	}
	for _, role := range model.Roles() {
		a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
		if got := access.ReadsSuppliers(a); got != (role != model.RoleUser) {
			t.Errorf("%s reads suppliers: %v", role, got)
		}
		_, all := readsAll[role]
		if got := access.ReadsStatistics(a); got != all {
			t.Errorf("%s reads statistics: %v", role, got)
		}
	}
}
