package model

import "sluss/model/lang"

// OwnerReason says why an administrator gives a case another project owner (SOD-06): in a
// code, because a reason in words would be about a person.
type OwnerReason string

// Why a case needs another project owner.
const (
	OwnerLeft  OwnerReason = "left"
	OwnerAway  OwnerReason = "away"
	OwnerMoved OwnerReason = "other_duties"
)

// OwnerReasons lists every reason.
func OwnerReasons() []OwnerReason { return []OwnerReason{OwnerLeft, OwnerAway, OwnerMoved} }

// Label returns the reason in words.
func (r OwnerReason) Label() lang.Text { return ownerReasonLabels[r] }

var ownerReasonLabels = map[OwnerReason]lang.Text{
	OwnerLeft:  {SV: "Projektägaren har slutat", EN: "The project owner has left"},
	OwnerAway:  {SV: "Projektägaren är borta en längre tid", EN: "The project owner is away for a long time"},
	OwnerMoved: {SV: "Projektägaren har fått andra uppgifter", EN: "The project owner has been given other duties"},
}
