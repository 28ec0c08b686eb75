package access

import (
	"slices"

	"sluss/model"
)

// Reach says which cases an actor may read.
type Reach string

// The reaches of rulebook 10: every case of the organisation, or only those in
// which the actor has a function or a task.
const (
	ReachAll Reach = "all"
	ReachOwn Reach = "own"
)

// CasesReach returns which cases the actor may read (rulebook 10, "Read case").
func CasesReach(a model.Actor) Reach {
	for _, r := range []model.Role{
		model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleRegistrar,
		model.RoleAdministrator, model.RoleAuditor, model.RoleCoordinator, model.RoleUnitHead,
	} {
		if a.Has(r) {
			return ReachAll
		}
	}
	return ReachOwn
}

// PoolRoles returns the actor's roles whose tasks lie open to everybody who has
// the role until somebody takes them.
func PoolRoles(a model.Actor) []model.Role {
	return slices.DeleteFunc(slices.Clone(a.Roles), func(r model.Role) bool {
		return r == model.RoleProjectOwner || r == model.RoleUser
	})
}

// Reader says which cases one person may read (rulebook 10, "Read case" and
// "Create/edit draft"). Whoever reads one case asks ReadsCase and ReadsTask;
// lists are narrowed by the same condition where they are stored.
type Reader struct {
	PersonID string
	// All is true for those who read every case that has been sent in, Drafts
	// for those who read what nobody has sent in yet, too.
	All, Drafts bool
	// Pool are the roles whose tasks the person may take while they are nobody's.
	Pool []model.Role
}

// ReaderOf returns what the actor may read.
func ReaderOf(a model.Actor) Reader {
	return Reader{
		PersonID: a.PersonID,
		All:      CasesReach(a) == ReachAll,
		Drafts:   a.Has(model.RoleAdministrator) || a.Has(model.RoleAuditor),
		Pool:     PoolRoles(a),
	}
}

// ReadsCase reports whether the reader may read a case in the given state in
// which they have the given functions. What it does not allow, a task may: see
// ReadsTask.
func (r Reader) ReadsCase(state model.CaseState, functions []model.Role) bool {
	return len(functions) > 0 || r.All && (r.Drafts || state != model.Draft)
}

// ReadsTask reports whether a task of the given role and person, "" for nobody,
// lets the reader read its case, also once it is closed.
func (r Reader) ReadsTask(role model.Role, assigneeID string) bool {
	return assigneeID == r.PersonID || assigneeID == "" && slices.Contains(r.Pool, role)
}

// CanOpenCase reports whether the actor may open a case: project owners and
// every member of staff, but not those who must stay outside (SOD-02, SOD-09).
func CanOpenCase(a model.Actor) bool {
	if a.Has(model.RoleDPO) || a.Has(model.RoleAuditor) {
		return false
	}
	return a.Has(model.RoleProjectOwner) || a.Has(model.RoleUser)
}

// CanVerify reports whether the actor may close conditions (rulebook 10, "Close
// condition"): the verifier whom the condition names, or the roles that verify.
func CanVerify(a model.Actor, verifier model.Role) bool {
	if verifier != "" {
		return a.Has(verifier)
	}
	for _, r := range []model.Role{
		model.RoleInformationOwner, model.RoleCISO, model.RoleLegalCounsel, model.RoleEnvironmentReviewer,
	} {
		if a.Has(r) {
			return true
		}
	}
	return false
}
