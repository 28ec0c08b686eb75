package access_test

import (
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// Who proposes, publishes and reads proposals, by the row "Configure rulebook" of
// rulebook 10 and SOD-02, SOD-09.
func TestRulebooks(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		roles                      []model.Role
		proposes, publishes, reads bool
		rule                       string
	}{
		{[]model.Role{model.RoleAdministrator}, true, true, true, ""},
		{[]model.Role{model.RoleCISO}, true, false, true, ""},
		{[]model.Role{model.RoleLegalCounsel}, true, false, true, ""},
		{[]model.Role{model.RoleEnvironmentReviewer}, true, false, true, ""},
		{[]model.Role{model.RoleDPO}, true, false, true, "SOD-02"},
		{[]model.Role{model.RoleDPO, model.RoleAdministrator}, true, false, true, "SOD-02"},
		{[]model.Role{model.RoleAuditor}, false, false, true, "SOD-09"},
		{[]model.Role{model.RoleAuditor, model.RoleAdministrator}, false, false, true, "SOD-09"},
		{[]model.Role{model.RoleProjectOwner, model.RoleManager, model.RoleInformationOwner, model.RoleSystemOwner,
			model.RoleRegistrar, model.RoleUnitHead, model.RoleCoordinator, model.RoleUser}, false, false, false, ""},
	} {
		a := model.Actor{Roles: tt.roles}
		as, proposes := access.ProposesRulebooks(a)
		rule, publishes := access.PublishesRulebooks(a)
		if proposes != tt.proposes || proposes != (as != "") || publishes != tt.publishes || rule != tt.rule || access.ReadsProposals(a) != tt.reads {
			t.Errorf("%v: proposes %v as %q, publishes %v (%s), reads %v", tt.roles, proposes, as, publishes, rule, access.ReadsProposals(a))
		}
	}
}
