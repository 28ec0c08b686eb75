package model

import "sluss/model/lang"

// RulebookState is how far a version of the rulebook has come (SOD-07).
type RulebookState string

// A version is proposed by one person and published by another, or withdrawn. A
// published one stays published; the last of them is in force.
const (
	RulebookProposed  RulebookState = "proposed"
	RulebookPublished RulebookState = "published"
	RulebookWithdrawn RulebookState = "withdrawn"
)

// RulebookStates lists every state of a version.
func RulebookStates() []RulebookState {
	return []RulebookState{RulebookProposed, RulebookPublished, RulebookWithdrawn}
}

// Label returns what the state is called.
func (s RulebookState) Label() lang.Text { return rulebookLabels[s] }

var rulebookLabels = map[RulebookState]lang.Text{
	RulebookProposed:  {SV: "Föreslagen", EN: "Proposed"},
	RulebookPublished: {SV: "Publicerad", EN: "Published"},
	RulebookWithdrawn: {SV: "Återtagen", EN: "Withdrawn"},
}

// CodeVersionTaken says that a version of the rulebook of that name is there
// already. A version never changes: a change is a new version.
const CodeVersionTaken Code = "version_taken"
