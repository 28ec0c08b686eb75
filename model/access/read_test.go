package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// readsAll are the roles that read every case (rulebook 10, "Read case"), and
// whether their "Create/edit draft" has an R.
var readsAll = map[model.Role]bool{
	model.RoleDPO: false, model.RoleCISO: false, model.RoleLegalCounsel: false, model.RoleRegistrar: false,
	model.RoleCoordinator: false, model.RoleUnitHead: false, model.RoleAdministrator: true, model.RoleAuditor: true,
}

func TestReader(t *testing.T) {
	t.Parallel()
	for _, role := range model.Roles() {
		r := access.ReaderOf(model.Actor{PersonID: "me", Roles: []model.Role{role}})
		drafts, all := readsAll[role]
		pool := role != model.RoleProjectOwner && role != model.RoleUser
		for _, test := range []struct {
			name      string
			got, want bool
		}{
			{"a case", r.ReadsCase(model.CISOReview, nil), all},
			{"a draft", r.ReadsCase(model.Draft, nil), drafts},
			{"a draft of their own", r.ReadsCase(model.Draft, []model.Role{model.RoleProjectOwner}), true},
			{"a case in which they act", r.ReadsCase(model.Archived, []model.Role{model.RoleManager}), true},
			{"by a task of theirs", r.ReadsTask(model.RoleCISO, "me"), true},
			{"by a task of their role that is nobody's", r.ReadsTask(role, ""), pool},
			{"by a task of their role that is somebody else's", r.ReadsTask(role, "you"), false},
			{"by a task of another role", r.ReadsTask("another", ""), false},
		} {
			if test.got != test.want {
				t.Errorf("%s reads %s: %v", role, test.name, test.got)
			}
		}
	}
}
