package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// readsLog is the row "Read audit log" of rulebook 10.
var readsLog = map[model.Role]string{
	model.RoleProjectOwner: "own", model.RoleManager: "own", model.RoleInformationOwner: "own", model.RoleSystemOwner: "own",
	model.RoleDPO: "all", model.RoleCISO: "all", model.RoleLegalCounsel: "all", model.RoleRegistrar: "all",
	model.RoleAdministrator: "all", model.RoleAuditor: "all",
}

func TestReadsLog(t *testing.T) {
	t.Parallel()
	for _, role := range model.Roles() {
		a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
		if got, want := access.ReadsLog(a), readsLog[role] == "all"; got != want {
			t.Errorf("%s reads the whole log: %v", role, got)
		}
		if got, want := access.ReadsCaseLog(a, nil), readsLog[role] == "all"; got != want {
			t.Errorf("%s of the organisation reads the log of a case: %v", role, got)
		}
		user := model.Actor{PersonID: "me", Roles: []model.Role{model.RoleUser}}
		if got, want := access.ReadsCaseLog(user, []model.Role{role}), readsLog[role] == "own"; got != want {
			t.Errorf("whoever is %s in a case reads its log: %v", role, got)
		}
	}
}
