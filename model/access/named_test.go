package access_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

func TestClashes(t *testing.T) {
	t.Parallel()
	owner := model.CasePerson{Role: model.RoleProjectOwner, PersonID: "olle"}
	is := func(role model.Role, person string) model.CasePerson {
		return model.CasePerson{Role: role, PersonID: person}
	}
	for name, test := range map[string]struct {
		named, acted []model.CasePerson
		roles        map[string][]model.Role
		want         []access.Clash
	}{
		"nobody": {},
		"different people": {
			named: []model.CasePerson{owner, is(model.RoleManager, "maja"), is(model.RoleInformationOwner, "maja")},
			acted: []model.CasePerson{owner},
		},
		"the owner decides": {
			named: []model.CasePerson{owner, is(model.RoleManager, "maja"), is(model.RoleInformationOwner, "olle")},
			want:  []access.Clash{{2, "SOD-01", model.RoleProjectOwner}},
		},
		"whoever opened the case decides": {
			named: []model.CasePerson{is(model.RoleProjectOwner, "oda"), is(model.RoleManager, "olle")},
			acted: []model.CasePerson{owner},
			want:  []access.Clash{{1, "SOD-01", model.RoleProjectOwner}},
		},
		"the owner everywhere": {
			named: []model.CasePerson{owner, is(model.RoleManager, "olle"), is(model.RoleInformationOwner, "olle"), is(model.RoleSystemOwner, "olle")},
			acted: []model.CasePerson{owner},
			want:  []access.Clash{{1, "SOD-01", model.RoleProjectOwner}, {2, "SOD-01", model.RoleProjectOwner}},
		},
		"the CISO operates": {
			named: []model.CasePerson{owner, is(model.RoleSystemOwner, "cilla")},
			acted: []model.CasePerson{is(model.RoleCISO, "cilla")},
			want:  []access.Clash{{1, "SOD-03", model.RoleCISO}},
		},
		"the CISO of another case operates": {
			named: []model.CasePerson{owner, is(model.RoleSystemOwner, "cilla")},
			roles: map[string][]model.Role{"cilla": {model.RoleCISO}},
		},
		"the DPO is named": {
			named: []model.CasePerson{owner, is(model.RoleInformationOwner, "doris")},
			roles: map[string][]model.Role{"doris": {model.RoleUser, model.RoleDPO}},
			want:  []access.Clash{{1, "SOD-02", model.RoleDPO}},
		},
		"an administrator may be named": {
			named: []model.CasePerson{owner, is(model.RoleManager, "adam")},
			roles: map[string][]model.Role{"adam": {model.RoleAdministrator}},
		},
	} {
		got := access.Clashes(test.named, test.acted, func(id string) []model.Role { return test.roles[id] })
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v, want %+v", name, got, test.want)
		}
	}
}
