package access_test

import (
	"slices"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

// rulebook is section 10 written down once more, for the rows of the table that have
// one there: a line for each role that has a cell.
var rulebook = map[access.Permission]string{
	access.Draft:          "project_owner CE own, manager R own, information_owner R own, system_owner R own, administrator R all, auditor R all, user C all",
	access.Submission:     "project_owner X own",
	access.ReadCase:       "project_owner R own, manager R own, information_owner R own, system_owner R own, dpo R all, ciso R all, legal_counsel R all, environment_reviewer R assigned, registrar R all, administrator R all, auditor R all",
	access.ReadLog:        "project_owner R own, manager R own, information_owner R own, system_owner R own, dpo R all, ciso R all, legal_counsel R all, registrar R all, administrator R all, auditor R all",
	access.RaiseStage:     "information_owner X own, dpo AX all, ciso X all, legal_counsel X all, auditor R all",
	access.InterimUse:     "information_owner D own, dpo A all, ciso D all, administrator R all, auditor R all",
	access.Consultation:   "project_owner E own, information_owner DX own, dpo AX all, legal_counsel A all, administrator R all, auditor R all",
	access.Verify:         "project_owner E own, information_owner D own, system_owner E own, dpo A all, ciso D all, legal_counsel D all, environment_reviewer D all, administrator R all, auditor R all",
	access.Activate:       "system_owner X own, auditor R all",
	access.Decommission:   "system_owner X own, auditor R all",
	access.Suspend:        "information_owner X own, system_owner A own, dpo A all, ciso X all, administrator X all, auditor R all",
	access.Override:       "dpo A all, ciso A all, legal_counsel A all, auditor R all, unit_head D unit",
	access.LeadIncident:   "information_owner D own, system_owner E own, dpo A all, ciso E all, legal_counsel A all, registrar R all, administrator R all, auditor R all",
	access.StandingAdvice: "dpo A all, auditor R all",
}

func TestMatrixIsTheRulebook(t *testing.T) {
	t.Parallel()
	for p, cells := range rulebook {
		want := map[model.Role]string{}
		for cell := range strings.SplitSeq(cells, ", ") {
			role, what, _ := strings.Cut(cell, " ")
			want[model.Role(role)] = what
		}
		for _, role := range model.Roles() {
			may, reach := access.Of(p, role)
			got := strings.TrimSpace(may + " " + string(reach))
			// What the rulebook has no column for follows from the duties.
			beyond := want[role] == "" && (role == model.RoleCoordinator || role == model.RoleUnitHead)
			if got != want[role] && !beyond {
				t.Errorf("%s, %s: %q, want %q", p, role, got, want[role])
			}
		}
	}
}

// What holds of every row: the auditor only reads, the DPO never decides (SOD-02), a
// function held case by case reaches the cases in which it is held, and every rule that
// a refusal names has words.
func TestRows(t *testing.T) {
	t.Parallel()
	if n := len(access.Permissions()); n < len(rulebook) {
		t.Fatalf("%d rows", n)
	}
	for _, p := range access.Permissions() {
		for _, role := range model.Roles() {
			may, reach := access.Of(p, role)
			switch {
			case role == model.RoleAuditor && may != "" && may != access.Read:
				t.Errorf("%s: the auditor may %s", p, may)
			case role == model.RoleDPO && strings.Contains(may, access.Decide):
				t.Errorf("%s: the DPO decides", p)
			case role.PerCase() && may != "" && reach != access.ReachOwn && p != access.Suppliers:
				t.Errorf("%s: %s reaches %s", p, role, reach)
			case (may == "") != (reach == access.ReachNone):
				t.Errorf("%s: %s may %q of %q", p, role, may, reach)
			}
		}
		_, err := access.As(model.Actor{}, access.Object{}, p, access.Execute)
		if model.CodeOf(err) != model.CodeForbidden {
			t.Errorf("%s: nobody may: %v", p, err)
		}
	}
}

// As finds a function where the table says so, and nowhere else: each role alone, in
// a case of theirs and in another.
func TestAs(t *testing.T) {
	t.Parallel()
	letters := []string{access.Create, access.Edit, access.Read, access.Advise, access.Decide, access.Execute}
	for _, p := range access.Permissions() {
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}, HeadOf: []string{"school"}}
			may, reach := access.Of(p, role)
			for _, letter := range letters {
				mine, err := access.As(a, access.Object{Functions: []model.Role{role}, UnitID: "school"}, p, letter)
				if got := err == nil; got != strings.Contains(may, letter) || got && mine != role {
					t.Errorf("%s: %s may %s in a case of theirs: %v", p, role, letter, err)
				}
				want := strings.Contains(may, letter) && !role.PerCase() && role != model.RoleUnitHead && reach != access.ReachOwn
				if got := access.Can(a, access.Object{UnitID: "care"}, p, letter); got != want {
					t.Errorf("%s: %s may %s in a case of others: %v", p, role, letter, got)
				}
			}
		}
	}
}

// Of several functions the one counts that nothing keeps apart, and a rule that keeps
// them apart is named before the row's.
func TestAsSeveral(t *testing.T) {
	t.Parallel()
	roles := func(r ...model.Role) []model.Role { return r }
	for name, test := range map[string]struct {
		roles, functions []model.Role
		p                access.Permission
		does             string
		want             string
	}{
		"the CISO who administers suspends as the administrator": {roles(model.RoleCISO, model.RoleAdministrator), nil, access.Suspend, access.Execute, "administrator"},
		"and does not resume":                 {roles(model.RoleCISO, model.RoleAdministrator), nil, access.Resume, access.Execute, "segregation_of_duties (SOD-06)"},
		"the CISO of their own case":          {roles(model.RoleCISO), roles(model.RoleProjectOwner), access.Resume, access.Execute, "segregation_of_duties (SOD-01)"},
		"the CISO who operates":               {roles(model.RoleCISO), roles(model.RoleSystemOwner), access.Waive, access.Decide, "segregation_of_duties (SOD-03)"},
		"the information owner who is DPO":    {roles(model.RoleDPO), roles(model.RoleInformationOwner), access.Resume, access.Execute, "segregation_of_duties (SOD-02)"},
		"the system owner who audits":         {roles(model.RoleAuditor), roles(model.RoleSystemOwner), access.Activate, access.Execute, "segregation_of_duties (SOD-09)"},
		"the auditor":                         {roles(model.RoleAuditor), nil, access.Archive, access.Execute, "forbidden (T-30)"},
		"the auditor who is CISO, to read":    {roles(model.RoleAuditor, model.RoleCISO), nil, access.ReadLog, access.Read, "ciso"},
		"the manager, with the owner's right": {nil, roles(model.RoleManager), access.Activate, access.Execute, "forbidden (T-22)"},
	} {
		role, err := access.As(model.Actor{Roles: test.roles}, access.Object{Functions: test.functions}, test.p, test.does)
		got := string(role)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// Who may answer and be given a task.
func TestAnswers(t *testing.T) {
	t.Parallel()
	roles := func(r ...model.Role) []model.Role { return r }
	for name, test := range map[string]struct {
		roles, functions []model.Role
		kind             model.TaskKind
		role             model.Role
		assignee         string
		answers, has     string
	}{
		"a task of their role":               {roles(model.RoleCISO), nil, "", model.RoleCISO, "", "", ""},
		"a task of theirs":                   {roles(model.RoleCISO), nil, "", model.RoleCISO, "me", "", ""},
		"somebody else's":                    {roles(model.RoleCISO), nil, "", model.RoleCISO, "you", "task_taken", ""},
		"theirs, after the role was revoked": {roles(model.RoleUser), nil, "", model.RoleCISO, "me", "forbidden", "forbidden"},
		"theirs as whom the case names":      {roles(model.RoleUser), roles(model.RoleManager), "", model.RoleManager, "me", "", ""},
		"of another role":                    {roles(model.RoleCISO), nil, "", model.RoleLegalCounsel, "", "forbidden", "forbidden"},
		"the administrator's, a reviewer's":  {roles(model.RoleAdministrator), nil, "", model.RoleLegalCounsel, "", "SOD-06", "SOD-06"},
		"given to an administrator":          {roles(model.RoleAdministrator), nil, "", model.RoleManager, "me", "SOD-06", "SOD-06"},
		"an administrator who is legal":      {roles(model.RoleAdministrator, model.RoleLegalCounsel), nil, "", model.RoleLegalCounsel, "", "SOD-06", "SOD-06"},
		"an administrator's own":             {roles(model.RoleAdministrator), nil, "", model.RoleAdministrator, "", "", ""},
		"the owner's own case":               {roles(model.RoleEnvironmentReviewer), roles(model.RoleProjectOwner), "", model.RoleEnvironmentReviewer, "me", "SOD-01", "SOD-01"},
		"the DPO, the environment's":         {roles(model.RoleDPO, model.RoleEnvironmentReviewer), nil, "", model.RoleEnvironmentReviewer, "", "SOD-02", "SOD-02"},
		"the auditor":                        {roles(model.RoleAuditor), nil, "", model.RoleCISO, "", "SOD-09", "SOD-09"},
		"what their unit is asked":           {roles(model.RoleInformationOwner), nil, model.TaskAdopt("school"), model.RoleInformationOwner, "", "", ""},
		"what another unit is asked":         {roles(model.RoleInformationOwner), nil, model.TaskAdopt("care"), model.RoleInformationOwner, "", "L-08", "L-08"},
		"of the unit that they head":         {roles(model.RoleUnitHead), nil, "", model.RoleUnitHead, "", "", ""},
		"of a project owner, who may not":    {roles(model.RoleProjectOwner), nil, "", model.RoleProjectOwner, "", "forbidden", "forbidden"},
		"a member of staff":                  {roles(model.RoleUser), nil, "", model.RoleUser, "", "forbidden", "forbidden"},
	} {
		a := model.Actor{PersonID: "me", UnitID: "school", Roles: test.roles, HeadOf: []string{"school"}}
		on := access.Object{Functions: test.functions, UnitID: "school"}
		for what, err := range map[string]struct {
			got  error
			want string
		}{
			"answers":  {access.Answers(a, on, test.kind, test.role, test.assignee), test.answers},
			"may have": {access.MayHave(a, on, test.kind, test.role), test.has},
		} {
			got := ""
			if err.got != nil {
				got = err.got.Error()
			}
			if (err.want == "") != (got == "") || !strings.Contains(got, err.want) {
				t.Errorf("%s: %s %q, want %q", name, what, got, err.want)
			}
		}
	}
	a := model.Actor{PersonID: "me", Roles: []model.Role{model.RoleUnitHead}, HeadOf: []string{"school"}}
	if err := access.Answers(a, access.Object{UnitID: "care"}, "", model.RoleUnitHead, ""); model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("the head of another unit answers: %v", err)
	}
}

// Who closes a condition (rulebook 8.2, 10, SOD-04).
func TestCanVerify(t *testing.T) {
	t.Parallel()
	for _, owner := range model.Roles() {
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}, HeadOf: []string{"school"}}
			on := access.Object{Functions: []model.Role{role}, UnitID: "school"}
			decides := slices.Contains([]model.Role{
				model.RoleInformationOwner, model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer,
			}, role)
			as, err := access.CanVerify(a, on, owner, "")
			if (err == nil) != (decides && role != owner) || err == nil && as != role {
				t.Errorf("%s verifies what %s has to meet: %v", role, owner, err)
			}
			if _, err := access.CanVerify(a, on, owner, model.RoleCISO); (err == nil) != (role == model.RoleCISO && owner != role) {
				t.Errorf("%s verifies for the CISO what %s has to meet: %v", role, owner, err)
			}
		}
	}
}

func TestLeadsIncident(t *testing.T) {
	t.Parallel()
	roles := func(r ...model.Role) []model.Role { return r }
	for name, test := range map[string]struct {
		roles []model.Role
		lead  string
		want  string
	}{
		"whoever leads it":                   {roles(model.RoleUser), "me", "information_owner"},
		"an information owner, while nobody": {roles(model.RoleInformationOwner), "", "information_owner"},
		"another information owner":          {roles(model.RoleInformationOwner), "you", "forbidden (INC-02)"},
		"the CISO":                           {roles(model.RoleCISO), "you", "ciso"},
		"the DPO":                            {roles(model.RoleDPO), "", "segregation_of_duties (SOD-02)"},
		"the DPO who leads it":               {roles(model.RoleDPO), "me", "segregation_of_duties (SOD-02)"},
		"the CISO who is DPO":                {roles(model.RoleCISO, model.RoleDPO), "you", "segregation_of_duties (SOD-02)"},
		"the auditor who leads it":           {roles(model.RoleAuditor), "me", "segregation_of_duties (SOD-09)"},
		"the auditor":                        {roles(model.RoleAuditor), "", "forbidden (INC-02)"},
	} {
		role, err := access.LeadsIncident(model.Actor{PersonID: "me", Roles: test.roles}, test.lead)
		got := string(role)
		if err != nil {
			got = err.Error()
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
