package access_test

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
)

func TestRemarksAs(t *testing.T) {
	t.Parallel()
	for _, stage := range model.Stages() {
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}, HeadOf: []string{"school"}}
			reviews := role == model.RoleDPO || role != model.RoleProjectOwner &&
				slices.ContainsFunc(stage.Tasks, func(s model.TaskSpec) bool { return s.Role == role })
			as, err := access.RemarksAs(a, access.Object{Functions: []model.Role{role}, UnitID: "school"}, stage)
			if (err == nil) != reviews || err == nil && as != role {
				t.Errorf("%s remarks on %s: %v as %s", role, stage.Key, err, as)
			}
			// A role that is held case by case, or for a unit, is not held in this one.
			elsewhere := role.PerCase() || role == model.RoleUnitHead
			if _, err := access.RemarksAs(a, access.Object{UnitID: "care"}, stage); (err == nil) != (reviews && !elsewhere) {
				t.Errorf("%s of another case remarks on %s: %v", role, stage.Key, err)
			}
			// Nobody remarks as a reviewer on a case of their own (SOD-01).
			if role == model.RoleCISO || role == model.RoleEnvironmentReviewer {
				_, err := access.RemarksAs(a, access.Object{Functions: []model.Role{model.RoleProjectOwner}}, stage)
				if reviews && model.CodeOf(err) != model.CodeSegregation {
					t.Errorf("%s remarks on %s of their own case: %v", role, stage.Key, err)
				}
			}
		}
	}
}

func TestAnswersRemarks(t *testing.T) {
	t.Parallel()
	for _, stage := range model.Stages() {
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			want := slices.Contains(stage.Prepare, role) && !role.PerCase()
			if got := access.AnswersRemarks(a, access.Object{}, stage); got != want {
				t.Errorf("%s answers on %s: %v", role, stage.Key, got)
			}
			want = want || role == model.RoleProjectOwner || role == model.RoleInformationOwner
			mine := access.Object{Functions: []model.Role{role}}
			if got := access.AnswersRemarks(a, mine, stage); got != want {
				t.Errorf("%s of the case answers on %s: %v", role, stage.Key, got)
			}
			a.Roles = append(a.Roles, model.RoleAuditor)
			if access.AnswersRemarks(a, mine, stage) {
				t.Errorf("an auditor who is %s answers on %s (SOD-09)", role, stage.Key)
			}
		}
	}
}

func TestShowsEvidence(t *testing.T) {
	t.Parallel()
	for _, owner := range model.Roles() {
		if owner == model.RoleUnitHead || owner == model.RoleAuditor {
			continue // the first has a unit, the second no condition
		}
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			want := role == owner || role == model.RoleProjectOwner
			if got := access.ShowsEvidence(a, access.Object{Functions: []model.Role{role}}, owner); got != want {
				t.Errorf("%s shows evidence for a condition of %s: %v", role, owner, got)
			}
			if got := access.ShowsEvidence(a, access.Object{}, owner); got != (role == owner && !role.PerCase()) {
				t.Errorf("%s of another case shows evidence for a condition of %s: %v", role, owner, got)
			}
		}
	}
	for _, role := range model.Roles() {
		if got := access.Writes(model.Actor{Roles: []model.Role{role}}); (got == nil) != (role != model.RoleAuditor) {
			t.Errorf("%s writes: %v", role, got)
		}
	}
}
