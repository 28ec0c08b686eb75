package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// The DPO is nothing else that decides (SOD-02); every other pair of roles may be one
// person's, who is kept from using both in one case.
func TestApart(t *testing.T) {
	t.Parallel()
	never := map[model.Role]bool{
		model.RoleProjectOwner: true, model.RoleManager: true, model.RoleInformationOwner: true, model.RoleSystemOwner: true,
		model.RoleLegalCounsel: true, model.RoleCISO: true, model.RoleEnvironmentReviewer: true, model.RoleUnitHead: true, model.RoleAdministrator: true,
	}
	for _, a := range model.Roles() {
		for _, b := range model.Roles() {
			want := ""
			if a == model.RoleDPO && never[b] || b == model.RoleDPO && never[a] {
				want = "SOD-02"
			}
			if got := access.Apart([]model.Role{a, model.RoleUser, b}); got != want {
				t.Errorf("%s and %s: %q, want %q", a, b, got, want)
			}
		}
	}
	if got := access.Apart(nil); got != "" {
		t.Errorf("nobody: %q", got)
	}
}
