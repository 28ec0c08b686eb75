package access_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// apart is rulebook 10, written down once more: which two functions one person
// must not have in a case, and by which rule.
var apart = map[[2]model.Role]string{
	{model.RoleProjectOwner, model.RoleManager}:             "SOD-01",
	{model.RoleProjectOwner, model.RoleInformationOwner}:    "SOD-01",
	{model.RoleProjectOwner, model.RoleCISO}:                "SOD-01",
	{model.RoleProjectOwner, model.RoleEnvironmentReviewer}: "SOD-01",
	{model.RoleDPO, model.RoleManager}:                      "SOD-02",
	{model.RoleDPO, model.RoleInformationOwner}:             "SOD-02",
	{model.RoleDPO, model.RoleSystemOwner}:                  "SOD-02",
	{model.RoleDPO, model.RoleLegalCounsel}:                 "SOD-02",
	{model.RoleDPO, model.RoleCISO}:                         "SOD-02",
	{model.RoleDPO, model.RoleEnvironmentReviewer}:          "SOD-02",
	{model.RoleDPO, model.RoleUnitHead}:                     "SOD-02",
	{model.RoleDPO, model.RoleAdministrator}:                "SOD-02",
	{model.RoleCISO, model.RoleSystemOwner}:                 "SOD-03",
}

// reviewing are the roles in the organisation that have reviewer tasks.
var reviewing = []model.Role{
	model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer, model.RoleCoordinator, model.RoleUnitHead,
}

func want(a, b model.Role) string {
	// A DPO who is the project owner breaks both of the first two rules.
	if a == model.RoleProjectOwner && b == model.RoleDPO || a == model.RoleDPO && b == model.RoleProjectOwner {
		return "SOD-01 or SOD-02"
	}
	return apart[[2]model.Role{a, b}] + apart[[2]model.Role{b, a}]
}

func agrees(got, want string) bool {
	return got == want || want == "SOD-01 or SOD-02" && (got == "SOD-01" || got == "SOD-02")
}

// Every pair of functions in a case, in both orders.
func TestConflictBetweenFunctions(t *testing.T) {
	t.Parallel()
	for _, has := range model.Roles() {
		for _, acting := range model.Roles() {
			got := access.Conflict([]model.Role{has}, nil, acting)
			if !agrees(got, want(has, acting)) {
				t.Errorf("%s who acts as %s: %q, want %q", has, acting, got, want(has, acting))
			}
			// Another function beside it changes nothing.
			if more := access.Conflict([]model.Role{model.RoleUser, has}, []model.Role{model.RoleUser}, acting); more != got {
				t.Errorf("%s and user who acts as %s: %q", has, acting, more)
			}
		}
	}
}

// Of the roles in the organisation those are kept apart that no case changes: the
// DPO's, for the same controller (GDPR article 38(6)), the administrator's, who
// completes no reviewer's task (SOD-06), and the auditor's, who writes nothing (SOD-09).
func TestConflictWithRoles(t *testing.T) {
	t.Parallel()
	for _, has := range model.Roles() {
		for _, acting := range model.Roles() {
			expected := ""
			switch {
			case (has == model.RoleDPO || acting == model.RoleDPO) && want(has, acting) != "":
				expected = "SOD-02"
			case has == model.RoleAuditor && acting != model.RoleAuditor:
				expected = "SOD-09"
			case has == model.RoleAdministrator && slices.Contains(reviewing, acting):
				expected = "SOD-06"
			}
			if got := access.Conflict(nil, []model.Role{has}, acting); got != expected {
				t.Errorf("a %s of the organisation who acts as %s: %q, want %q", has, acting, got, expected)
			}
		}
	}
}

func TestNoConflict(t *testing.T) {
	t.Parallel()
	for _, acting := range model.Roles() {
		if got := access.Conflict(nil, nil, acting); got != "" {
			t.Errorf("somebody who is nothing yet acts as %s: %q", acting, got)
		}
		if got := access.Conflict([]model.Role{acting}, []model.Role{acting}, acting); got != "" {
			t.Errorf("%s twice: %q", acting, got)
		}
	}
}
