package access

import (
	"slices"

	"sluss/model"
)

// CasesReach returns which cases the actor may read, at most (rulebook 10, "Read
// case").
func CasesReach(a model.Actor) Reach {
	reach := ReachOwn
	for _, c := range matrix[ReadCase].cells {
		switch {
		case !a.Has(c.role):
		case c.reach == ReachAll:
			return ReachAll
		case c.reach == ReachUnit:
			reach = ReachUnit
		}
	}
	return reach
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
	// Units are those whose cases the person reads once they have been sent in.
	Units []string
	// Pool are the roles whose tasks the person may take while they are nobody's,
	// UnitID is the unit for which the person answers what units are asked (S7).
	Pool   []model.Role
	UnitID string
	// For are the delegations by which the person reads the cases of the open tasks that
	// they may answer for others.
	For []model.Deputyship
}

// ReadsFor reports whether an open task lets the reader read its case as a deputy.
func (r Reader) ReadsFor(o Object, caseID string, kind model.TaskKind, role model.Role, assigneeID string) bool {
	d, void := DeputyFor(model.Actor{PersonID: r.PersonID, Deputy: r.For}, o, caseID, kind, role, assigneeID)
	return d != nil && void == nil
}

// ReaderOf returns what the actor may read.
func ReaderOf(a model.Actor) Reader {
	reach := CasesReach(a)
	r := Reader{PersonID: a.PersonID, UnitID: a.UnitID, All: reach == ReachAll, For: a.Deputy}
	if reach == ReachUnit {
		r.Units = a.HeadOf
	}
	r.Drafts = slices.ContainsFunc(matrix[Draft].cells, func(c cell) bool {
		return c.may == Read && c.reach == ReachAll && a.Has(c.role)
	})
	// What waits for the head of a unit is read with the unit.
	r.Pool = slices.DeleteFunc(PoolRoles(a), func(role model.Role) bool { return role == model.RoleUnitHead })
	return r
}

// ReadsCase reports whether the reader may read a case in which they have the
// functions of the object and that is in the given state. What it does not allow, a
// task may: see ReadsTask.
func (r Reader) ReadsCase(state model.CaseState, o Object) bool {
	switch {
	case len(o.Functions) > 0, len(o.Apart) > 0:
		return true
	case state == model.Draft:
		return r.All && r.Drafts
	}
	return r.All || slices.Contains(r.Units, o.UnitID)
}

// ReadsTask reports whether a task of the given kind, role and person, "" for nobody,
// lets the reader read its case, also once it is closed.
func (r Reader) ReadsTask(kind model.TaskKind, role model.Role, assigneeID string) bool {
	if assigneeID != "" {
		return assigneeID == r.PersonID
	}
	unit, asked := kind.Unit()
	return slices.Contains(r.Pool, role) && (!asked || unit == r.UnitID)
}

// CanOpenCase reports whether the actor may open a case, of which they become the
// project owner: project owners and every member of staff, but not those who must
// stay outside (SOD-02, SOD-09). The refusal says which rule keeps them out.
func CanOpenCase(a model.Actor) error {
	if rule := Conflict(nil, a.Roles, model.RoleProjectOwner); rule != "" {
		return model.Refuse(model.CodeForbidden, rule)
	}
	return Anywhere(a, Draft, Create)
}
