package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// Who reads which cases (rulebook 10, "Read case"), and whether their "Create/edit
// draft" has an R.
func TestReader(t *testing.T) {
	t.Parallel()
	all := map[model.Role]bool{
		model.RoleDPO: false, model.RoleCISO: false, model.RoleLegalCounsel: false, model.RoleRegistrar: false,
		model.RoleCoordinator: false, model.RoleAdministrator: true, model.RoleAuditor: true,
	}
	for _, role := range model.Roles() {
		r := access.ReaderOf(model.Actor{PersonID: "me", UnitID: "school", Roles: []model.Role{role}, HeadOf: []string{"school", "kitchen"}})
		drafts, reads := all[role]
		head := role == model.RoleUnitHead
		pool := role != model.RoleProjectOwner && role != model.RoleUser && !head
		in := func(unit string, functions ...model.Role) access.Object {
			return access.Object{Functions: functions, UnitID: unit}
		}
		for _, test := range []struct {
			name      string
			got, want bool
		}{
			{"a case", r.ReadsCase(model.CISOReview, in("care")), reads},
			{"a case of the unit below theirs", r.ReadsCase(model.CISOReview, in("kitchen")), reads || head},
			{"a draft", r.ReadsCase(model.Draft, in("school")), drafts},
			{"a draft of their own", r.ReadsCase(model.Draft, in("care", model.RoleProjectOwner)), true},
			{"a case in which they act", r.ReadsCase(model.Archived, in("care", model.RoleManager)), true},
			{"by a task of theirs", r.ReadsTask(model.TaskDecision, model.RoleCISO, "me"), true},
			{"by a task of their role that is nobody's", r.ReadsTask(model.TaskDecision, role, ""), pool},
			{"by a task of their role that is somebody else's", r.ReadsTask(model.TaskDecision, role, "you"), false},
			{"by a task of another role", r.ReadsTask(model.TaskDecision, "another", ""), false},
			{"by what their unit is asked", r.ReadsTask(model.TaskAdopt("school"), role, ""), pool},
			{"by what another unit is asked", r.ReadsTask(model.TaskAdopt("care"), role, ""), false},
		} {
			if test.got != test.want {
				t.Errorf("%s reads %s: %v", role, test.name, test.got)
			}
		}
	}
}

// The head of a unit reads no case of others because they have a second role that
// reads only what is its own.
func TestReaderOfSeveral(t *testing.T) {
	t.Parallel()
	a := model.Actor{PersonID: "me", Roles: []model.Role{model.RoleUnitHead, model.RoleManager}, HeadOf: []string{"school"}}
	if r := access.ReaderOf(a); r.All || len(r.Units) != 1 {
		t.Errorf("%+v", r)
	}
	a.Roles = append(a.Roles, model.RoleCISO)
	if r := access.ReaderOf(a); !r.All || r.Drafts {
		t.Errorf("%+v", r)
	}
}

func TestCanOpenCase(t *testing.T) {
	t.Parallel()
	for _, role := range model.Roles() {
		opens := role == model.RoleProjectOwner || role == model.RoleUser
		if err := access.CanOpenCase(model.Actor{Roles: []model.Role{role}}); (err == nil) != opens {
			t.Errorf("%s opens a case: %v", role, err)
		}
		kept := role == model.RoleDPO || role == model.RoleAuditor
		if err := access.CanOpenCase(model.Actor{Roles: []model.Role{role, model.RoleUser}}); (err == nil) == kept {
			t.Errorf("%s who is a member of staff opens a case: %v", role, err)
		}
	}
}
