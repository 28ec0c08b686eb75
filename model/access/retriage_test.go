package access_test

import (
	"errors"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

func TestAnswersRetriages(t *testing.T) {
	t.Parallel()
	roles := func(r ...model.Role) []model.Role { return r }
	for name, test := range map[string]struct {
		roles, functions []model.Role
		role             model.Role
		rule             string
	}{
		"the CISO":                                    {roles(model.RoleCISO), nil, model.RoleCISO, ""},
		"the administrator":                           {roles(model.RoleAdministrator), nil, model.RoleAdministrator, ""},
		"the information owner":                       {roles(model.RoleInformationOwner), roles(model.RoleInformationOwner), model.RoleInformationOwner, ""},
		"the information owner of another case":       {roles(model.RoleInformationOwner), nil, "", "RA-07"},
		"the DPO":                                     {roles(model.RoleDPO), nil, "", "RA-07"},
		"the DPO as administrator":                    {roles(model.RoleDPO, model.RoleAdministrator), nil, "", "SOD-02"},
		"the manager":                                 {roles(model.RoleManager), roles(model.RoleManager), "", "RA-07"},
		"the project owner":                           {roles(model.RoleUser), roles(model.RoleProjectOwner), "", "RA-07"},
		"the project owner as administrator":          {roles(model.RoleAdministrator), roles(model.RoleProjectOwner), "", "SOD-01"},
		"the project owner as CISO":                   {roles(model.RoleCISO), roles(model.RoleProjectOwner), "", "SOD-01"},
		"a project owner elsewhere, as administrator": {roles(model.RoleAdministrator, model.RoleProjectOwner), nil, model.RoleAdministrator, ""},
		"the system owner as CISO":                    {roles(model.RoleCISO), roles(model.RoleSystemOwner), "", "SOD-03"},
		"the auditor":                                 {roles(model.RoleAuditor), nil, "", "RA-07"},
		"nobody":                                      {nil, nil, "", "RA-07"},
	} {
		role, err := access.AnswersRetriages(model.Actor{Roles: test.roles}, access.Object{Functions: test.functions})
		got := ""
		var refused *model.Refusal
		if errors.As(err, &refused) {
			role, got = "", refused.Rules[0]
		}
		if role != test.role || got != test.rule {
			t.Errorf("%s: %s %s, want %s %s", name, role, got, test.role, test.rule)
		}
	}
}
