package model

import "sluss/model/lang"

// DifferenceKind is what two triages of a case see differently.
type DifferenceKind string

// The kinds of difference, those that weigh most first.
const (
	// DiffersUnread is an answer that the rules cannot read any more.
	DiffersUnread   DifferenceKind = "unread"
	DiffersHardStop DifferenceKind = "hard_stop"
	DiffersOutcome  DifferenceKind = "outcome"
	DiffersTier     DifferenceKind = "tier"
	DiffersIPL      DifferenceKind = "info_protection_level"
	DiffersClass    DifferenceKind = "ai_act_class"
	DiffersBlocker  DifferenceKind = "blocker"
	DiffersStage    DifferenceKind = "stage"
	DiffersWarning  DifferenceKind = "warning"
	// DiffersDuty is a date of the law that lays a duty on the case from then on.
	DiffersDuty DifferenceKind = "duty"
)

// DifferenceKinds lists every kind, those that weigh most first.
func DifferenceKinds() []DifferenceKind {
	return []DifferenceKind{
		DiffersUnread, DiffersHardStop, DiffersOutcome, DiffersTier, DiffersIPL, DiffersClass, DiffersBlocker, DiffersStage,
		DiffersWarning, DiffersDuty,
	}
}

// Label returns what the kind is called.
func (k DifferenceKind) Label() lang.Text { return differenceLabels[k] }

var differenceLabels = map[DifferenceKind]lang.Text{
	DiffersUnread:   {SV: "Svar som reglerna inte kan läsa", EN: "Answer that the rules cannot read"},
	DiffersHardStop: {SV: "Stopp enligt regel", EN: "Hard stop"},
	DiffersOutcome:  {SV: "Utfall", EN: "Outcome"},
	DiffersTier:     {SV: "Nivå", EN: "Tier"},
	DiffersIPL:      {SV: "Informationsskyddsnivå", EN: "Information protection level"},
	DiffersClass:    {SV: "Klass enligt AI-förordningen", EN: "Class under the AI Act"},
	DiffersBlocker:  {SV: "Hinder", EN: "Blocker"},
	DiffersStage:    {SV: "Steg", EN: "Stage"},
	DiffersDuty:     {SV: "Ny skyldighet", EN: "New duty"},
	DiffersWarning:  {SV: "Varning", EN: "Warning"},
}

// Difference is one thing that a later triage of a case sees differently than an
// earlier one (RA-07). It holds codes only.
type Difference struct {
	Kind DifferenceKind `json:"kind"`
	// Name is the rule that begins or ceases to hold, the stage whose requirement
	// changes, the key of the legal calendar, or the pointer of an answer. It is
	// empty for what a case has one of.
	Name string `json:"name,omitempty"`
	// Before and After are the codes of the value. Empty stands for a rule that
	// did or does not hold; a duty has its date after.
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
	// Rules are the ids of the rules behind the later value, or of the one that
	// ceased to hold.
	Rules []string `json:"rules"`
}
