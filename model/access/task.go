package access

import (
	"slices"

	"sluss/model"
)

// Takes reports whether a task that is nobody's lies open to the actor: one of
// their roles, and for what a unit is asked (S7, L-08) or its head has to do, of
// their unit. unitID is the unit of the task's case, or of the task where it belongs
// to none.
func Takes(a model.Actor, kind model.TaskKind, role model.Role, unitID string) bool {
	if unit, asked := kind.Unit(); asked && unit != a.UnitID {
		return false
	}
	if role == model.RoleUnitHead {
		return Holds(a, Object{UnitID: unitID}, role)
	}
	return slices.Contains(PoolRoles(a), role)
}

// Answers says whether the actor may answer a task of a role that is a person's, or
// nobody's for "". Whoever has it must have the role still, unless it is one that is
// held case by case, and nothing may keep it apart from what they are. An
// administrator completes no reviewer's task, whoever gave it to them (SOD-06).
func Answers(a model.Actor, o Object, kind model.TaskKind, role model.Role, assigneeID string) error {
	mine := assigneeID == a.PersonID
	switch {
	case !a.Has(role) && !(mine && role.PerCase()):
		return notTheirs(a, o, role)
	case mine && a.Has(model.RoleAdministrator) && !a.Has(role) && !slices.Contains(o.Functions, role):
		return model.Refuse(model.CodeSegregation, "SOD-06")
	case assigneeID == "" && !Takes(a, kind, role, o.UnitID):
		if _, asked := kind.Unit(); asked {
			return model.Refuse(model.CodeForbidden, "L-08")
		}
		return model.Refuse(model.CodeForbidden)
	case assigneeID != "" && !mine:
		return model.Refuse(model.CodeTaskTaken)
	}
	if rule := Conflict(o.counted(), a.Roles, role); rule != "" {
		return model.Refuse(model.CodeSegregation, rule)
	}
	return nil
}

// notTheirs refuses somebody who has not the task's role, with the rule that keeps
// the functions apart where there is one.
func notTheirs(a model.Actor, o Object, role model.Role) error {
	rule := Conflict(o.counted(), a.Roles, role)
	switch {
	case rule != "":
		return model.Refuse(model.CodeSegregation, rule)
	case a.Has(model.RoleAdministrator):
		return model.Refuse(model.CodeSegregation, "SOD-06")
	}
	return model.Refuse(model.CodeForbidden)
}

// MayHave says whether somebody may be given a task: one that would be open to them,
// or for which the case names them.
func MayHave(a model.Actor, o Object, kind model.TaskKind, role model.Role) error {
	if rule := Conflict(o.counted(), a.Roles, role); rule != "" {
		return model.Refuse(model.CodeSegregation, rule)
	}
	if role.PerCase() && slices.Contains(o.Functions, role) || Takes(a, kind, role, o.UnitID) {
		return nil
	}
	if unit, asked := kind.Unit(); asked && unit != a.UnitID {
		return model.Refuse(model.CodeForbidden, "L-08")
	}
	return notTheirs(a, o, role)
}
