package access

import (
	"slices"

	"sluss/model"
)

// MayDelegate says why roles cannot be given to a deputy, nil when they can. gives are
// the roles in the organisation of whoever gives them, receives those of the deputy. A
// role that is held case by case needs no role in the organisation: it reaches as far as
// the cases that name its holder.
//
// A DPO gives and receives nothing that decides (SOD-02), an administrator completes
// nobody's task (SOD-06), an auditor writes nothing (SOD-09).
func MayDelegate(roles, gives, receives []model.Role) *model.Refusal {
	for _, r := range roles {
		switch rule := Conflict(nil, gives, r); {
		case !r.Delegable(), !r.PerCase() && !slices.Contains(gives, r):
			return model.Refuse(model.CodeForbidden)
		case rule != "":
			return model.Refuse(model.CodeSegregation, rule)
		}
		if rule := Conflict(nil, receives, r); rule != "" {
			return model.Refuse(model.CodeSegregation, rule)
		}
		if slices.Contains(receives, model.RoleAdministrator) {
			return model.Refuse(model.CodeSegregation, "SOD-06")
		}
	}
	return nil
}

// Delegates says whether the actor may make and end the delegations of a person: their
// own, and as administrator everybody's.
func Delegates(a model.Actor, personID string) bool {
	return a.PersonID == personID || Anywhere(a, Administer, Execute) == nil
}

// ReadsDelegations reports whether the actor reads the delegations of everybody.
func ReadsDelegations(a model.Actor) bool {
	return Anywhere(a, Administer, Execute, Read) == nil
}

// DeputyFor returns the deputyship by which the actor may answer a task of a role that
// is a person's, or nobody's for "". caseID is "" for a task that belongs to no case, and
// the object has its unit. It is nil where none is for it; the refusal is set
// where one would be, but for what the actor is in the case: there it is void (SOD-01 to
// SOD-03).
func DeputyFor(a model.Actor, o Object, caseID string, kind model.TaskKind, role model.Role, assigneeID string) (*model.Deputyship, *model.Refusal) {
	for i := range a.Deputy {
		d := &a.Deputy[i]
		if !d.Reaches(caseID, o.UnitID, role, assigneeID) || assigneeID == "" && !Takes(d.For, kind, role, o.UnitID) {
			continue
		}
		if rule := Conflict(o.counted(), a.Roles, role); rule != "" {
			return nil, model.Refuse(model.CodeSegregation, rule)
		}
		return d, nil
	}
	return nil, nil
}
