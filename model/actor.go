package model

import (
	"slices"
	"time"

	"sluss/model/lang"
)

// Role is a function that a person has in the organisation or in one case
// (rulebook 10).
type Role string

// The roles of rulebook 10.
const (
	RoleProjectOwner        Role = "project_owner"
	RoleManager             Role = "manager"
	RoleInformationOwner    Role = "information_owner"
	RoleSystemOwner         Role = "system_owner"
	RoleDPO                 Role = "dpo"
	RoleCISO                Role = "ciso"
	RoleLegalCounsel        Role = "legal_counsel"
	RoleEnvironmentReviewer Role = "environment_reviewer"
	RoleRegistrar           Role = "registrar"
	RoleAdministrator       Role = "administrator"
	RoleAuditor             Role = "auditor"
	RoleCoordinator         Role = "coordinator"
	RoleUnitHead            Role = "unit_head"
	RoleUser                Role = "user"
)

// Roles lists every role in the order of rulebook 10.
func Roles() []Role {
	return []Role{
		RoleProjectOwner, RoleManager, RoleInformationOwner, RoleSystemOwner,
		RoleDPO, RoleCISO, RoleLegalCounsel, RoleEnvironmentReviewer,
		RoleRegistrar, RoleAdministrator, RoleAuditor, RoleCoordinator,
		RoleUnitHead, RoleUser,
	}
}

// Label returns what the role is called (rulebook 10).
func (r Role) Label() lang.Text {
	if t, ok := roleLabels[r]; ok {
		return t
	}
	return lang.Text{SV: string(r), EN: string(r)}
}

var roleLabels = map[Role]lang.Text{
	RoleProjectOwner:        {SV: "Projektägare", EN: "Project owner"},
	RoleManager:             {SV: "Närmaste chef", EN: "Manager"},
	RoleInformationOwner:    {SV: "Informationsägare", EN: "Information owner"},
	RoleSystemOwner:         {SV: "Systemägare", EN: "System owner"},
	RoleDPO:                 {SV: "Dataskyddsombud", EN: "Data protection officer"},
	RoleCISO:                {SV: "Informationssäkerhetsansvarig (CISO)", EN: "Chief information security officer (CISO)"},
	RoleLegalCounsel:        {SV: "Jurist", EN: "Legal counsel"},
	RoleEnvironmentReviewer: {SV: "Hållbarhetsstrateg", EN: "Sustainability reviewer"},
	RoleRegistrar:           {SV: "Registrator/arkivarie", EN: "Registrar"},
	RoleAdministrator:       {SV: "Administratör", EN: "Administrator"},
	RoleAuditor:             {SV: "Granskare", EN: "Auditor"},
	RoleCoordinator:         {SV: "Dataskydds-/informationssäkerhetssamordnare", EN: "Data protection and information security coordinator"},
	RoleUnitHead:            {SV: "Förvaltningschef/VD", EN: "Head of administration/managing director"},
	RoleUser:                {SV: "Medarbetare", EN: "Member of staff"},
}

// Actor is the authenticated person on whose behalf something is done.
type Actor struct {
	OrgID    string
	PersonID string
	UnitID   string
	Roles    []Role
	// ProvedAt is when the person last showed who they are, the zero time when that
	// is not known, and ACR how strongly, in the words of whom they showed it to
	// (OpenID Connect Core 1.0, section 2).
	ProvedAt time.Time
	ACR      string
	// HeadOf are the units that the actor is the head of, as RoleUnitHead: their own
	// and those below it, and the units that have no head above them.
	HeadOf []string
	// Deputy are the delegations by which the actor answers for others today.
	Deputy []Deputyship
}

// Has reports whether the actor holds the role.
func (a Actor) Has(r Role) bool { return slices.Contains(a.Roles, r) }

// PerCase reports whether the role is held case by case, by the person whom
// the intake names, rather than by everybody in the organisation who has it.
func (r Role) PerCase() bool {
	return slices.Contains([]Role{
		RoleProjectOwner, RoleManager, RoleInformationOwner, RoleSystemOwner,
	}, r)
}

// System is the actor id of what no person did: triage, deadlines.
const System = "system"
