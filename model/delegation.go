package model

import (
	"slices"
	"time"
)

// CodeDelegationOver says that a delegation holds no more: it has ended, or whoever
// gave it has lost the role.
const CodeDelegationOver Code = "delegation_over"

// CodeAbsenceOver says that an absence is over, or was ended.
const CodeAbsenceOver Code = "absence_over"

// Delegable reports whether a role may be given to a deputy: it answers tasks. The
// owner's and the administrator's work is no task, the auditor's right to read
// everything is nobody else's, and what everybody may do needs no delegation.
func (r Role) Delegable() bool {
	return slices.Contains(Roles(), r) &&
		!slices.Contains([]Role{RoleProjectOwner, RoleAdministrator, RoleAuditor, RoleUser}, r)
}

// OnBehalf says for whom somebody acts, and by which delegation.
type OnBehalf struct {
	PersonID     string `json:"person_id"`
	DelegationID string `json:"delegation_id"`
}

// Deputyship is a delegation that holds, as the one who received it has it.
type Deputyship struct {
	DelegationID string
	// Roles are those that are delegated, but for what whoever gave it has lost.
	Roles []Role
	// For is who gave it, with those of the roles that they have in the organisation:
	// what they have by a delegation is not theirs to pass on.
	For Actor
	// CaseID and UnitID narrow it to one case and to the cases of one unit.
	CaseID, UnitID string
	// Since and Until are when it begins and when its last day has ended.
	Since, Until time.Time
}

// Covers reports whether the deputyship is for a role in a case of the given unit, or
// outside of cases, "", in what concerns the unit.
func (d Deputyship) Covers(role Role, caseID, unitID string) bool {
	return slices.Contains(d.Roles, role) && (d.CaseID == "" || d.CaseID == caseID) && (d.UnitID == "" || d.UnitID == unitID)
}

// Reaches reports whether the deputyship covers a task: it is nobody's, or it is whose
// deputy one is.
func (d Deputyship) Reaches(caseID, unitID string, role Role, assigneeID string) bool {
	return d.Covers(role, caseID, unitID) && (assigneeID == "" || assigneeID == d.For.PersonID)
}
