package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// The DPO is nothing else that decides (SOD-02, rulebook 10). Every other pair of roles
// may be one person's, who is kept from using both in one case.
func TestApart(t *testing.T) {
	t.Parallel()
	for _, r := range []model.Role{
		model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner, model.RoleLegalCounsel,
		model.RoleCISO, model.RoleUnitHead, model.RoleAdministrator,
	} {
		for _, roles := range [][]model.Role{{model.RoleDPO, r}, {r, model.RoleUser, model.RoleDPO}} {
			if got := access.Apart(roles); got != "SOD-02" {
				t.Errorf("%v: %q", roles, got)
			}
		}
	}
	for _, r := range []model.Role{model.RoleDPO, model.RoleUser, model.RoleRegistrar, model.RoleCoordinator, model.RoleAuditor} {
		if got := access.Apart([]model.Role{model.RoleDPO, r}); got != "" {
			t.Errorf("the DPO as %s: %q", r, got)
		}
	}
	for _, a := range model.Roles() {
		for _, b := range model.Roles() {
			if got := access.Apart([]model.Role{a, b}); a != model.RoleDPO && b != model.RoleDPO && got != "" {
				t.Errorf("%s and %s: %q", a, b, got)
			}
		}
	}
	if got := access.Apart(nil); got != "" {
		t.Errorf("nobody: %q", got)
	}
}
