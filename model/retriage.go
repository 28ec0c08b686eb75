package model

import (
	"slices"

	"sluss/model/lang"
)

// RetriageStatus is how far people have come with what a new triage of a case
// found (RA-07).
type RetriageStatus string

// A new triage that finds a difference is open until somebody accepts it, which
// leads to a reassessment, or dismisses it. One that finds none is unchanged and
// asks for nobody.
const (
	RetriageOpen      RetriageStatus = "open"
	RetriageUnchanged RetriageStatus = "unchanged"
	RetriageAccepted  RetriageStatus = "accepted"
	RetriageDismissed RetriageStatus = "dismissed"
)

// RetriageStatuses lists every status of a new triage.
func RetriageStatuses() []RetriageStatus {
	return []RetriageStatus{RetriageOpen, RetriageUnchanged, RetriageAccepted, RetriageDismissed}
}

// Label returns what the status is called.
func (s RetriageStatus) Label() lang.Text { return retriageLabels[s] }

var retriageLabels = map[RetriageStatus]lang.Text{
	RetriageOpen:      {SV: "Att ta ställning till", EN: "To be considered"},
	RetriageUnchanged: {SV: "Oförändrat", EN: "Unchanged"},
	RetriageAccepted:  {SV: "Leder till ny bedömning", EN: "Leads to a reassessment"},
	RetriageDismissed: {SV: "Lämnas utan åtgärd", EN: "No action"},
}

// Proposal is what the rules propose that a person does. Nothing is done before
// somebody has.
type Proposal string

// ProposeSuspension asks the CISO to suspend a case in use to which a hard stop has
// come to apply (T-23, GV-14).
const ProposeSuspension Proposal = "suspend"

// RetriageForRulebook is the reason of a new triage that is not a date of the legal
// calendar: the rulebook itself has changed.
const RetriageForRulebook = "rulebook"

// TriagedAgain reports whether a case in this state is triaged again when the law
// or the guidelines change (RA-07): approved and not ended. A case under review is
// triaged on the day of each decision anyway (rulebook 9.3).
func (s CaseState) TriagedAgain() bool { return slices.Contains(TriagedAgain(), s) }

// TriagedAgain lists the states of CaseState.TriagedAgain.
func TriagedAgain() []CaseState {
	return []CaseState{Approved, ApprovedCond, Active, Suspended, Reassessment, Expired}
}

// The events that tell of a new triage. What somebody wrote about it is committed
// to and stands in no event.
const (
	EventRetriaged        EventKind = "retriaged"
	EventRetriageAnswered EventKind = "retriage_answered"
)

// RetriageCodes is what an event says of a new triage.
type RetriageCodes struct {
	ID     string         `json:"id"`
	Status RetriageStatus `json:"status"`
	// On is the day in Sweden, RulebookDigest the rulebook by which it was made.
	On             string     `json:"on,omitempty"`
	RulebookDigest string     `json:"rulebook_digest,omitempty"`
	Reasons        []string   `json:"reasons,omitempty"`
	Proposal       Proposal   `json:"proposal,omitempty"`
	Role           Role       `json:"role,omitempty"`
	Stages         []StageKey `json:"stages,omitempty"`
}
