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
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			reviews := role == model.RoleDPO || role != model.RoleProjectOwner &&
				slices.ContainsFunc(stage.Tasks, func(s model.TaskSpec) bool { return s.Role == role })
			as, ok := access.RemarksAs(a, []model.Role{role}, stage)
			if ok != reviews || ok && as != role {
				t.Errorf("%s remarks on %s: %v as %s", role, stage.Key, ok, as)
			}
			// A role that is held case by case is not held in this one.
			if _, ok := access.RemarksAs(a, nil, stage); ok != (reviews && !role.PerCase()) {
				t.Errorf("%s of another case remarks on %s: %v", role, stage.Key, ok)
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
			if got := access.AnswersRemarks(a, nil, stage); got != want {
				t.Errorf("%s answers on %s: %v", role, stage.Key, got)
			}
			want = want || role == model.RoleProjectOwner || role == model.RoleInformationOwner
			if got := access.AnswersRemarks(a, []model.Role{role}, stage); got != want {
				t.Errorf("%s of the case answers on %s: %v", role, stage.Key, got)
			}
		}
	}
}

func TestShowsEvidence(t *testing.T) {
	t.Parallel()
	for _, owner := range model.Roles() {
		for _, role := range model.Roles() {
			a := model.Actor{PersonID: "me", Roles: []model.Role{role}}
			want := role == owner || role == model.RoleProjectOwner
			if got := access.ShowsEvidence(a, []model.Role{role}, owner); got != want {
				t.Errorf("%s shows evidence for a condition of %s: %v", role, owner, got)
			}
			if got := access.ShowsEvidence(a, nil, owner); got != (role == owner && !role.PerCase()) {
				t.Errorf("%s of another case shows evidence for a condition of %s: %v", role, owner, got)
			}
		}
	}
	for _, role := range model.Roles() {
		if got := access.Comments(model.Actor{Roles: []model.Role{role}}); got != (role != model.RoleAuditor) {
			t.Errorf("%s comments: %v", role, got)
		}
	}
}
