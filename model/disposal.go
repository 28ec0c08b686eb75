package model

import "sluss/model/lang"

// DisposalPerson and DisposalComment are what a person asks to have erased (GDPR
// 17). The other kinds are the rules of retention of the rulebook, which the
// program proposes when their time has come (rulebook 9.6).
const (
	DisposalPerson  = "person"
	DisposalComment = "comment"
)

// DisposalStatus is how far people have come with a disposal.
type DisposalStatus string

// A disposal is proposed; one person approves it and a second one makes it done.
// Either may keep the record instead. Whoever asks for an erasure is the first of
// the two.
const (
	DisposalProposed DisposalStatus = "proposed"
	DisposalApproved DisposalStatus = "approved"
	DisposalDone     DisposalStatus = "done"
	DisposalKept     DisposalStatus = "kept"
)

// DisposalStatuses lists every status of a disposal.
func DisposalStatuses() []DisposalStatus {
	return []DisposalStatus{DisposalProposed, DisposalApproved, DisposalDone, DisposalKept}
}

// Label returns what the status is called.
func (s DisposalStatus) Label() lang.Text { return disposalLabels[s] }

var disposalLabels = map[DisposalStatus]lang.Text{
	DisposalProposed: {SV: "Föreslagen", EN: "Proposed"},
	DisposalApproved: {SV: "Godkänd av en person, väntar på en andra", EN: "Approved by one person, waits for a second"},
	DisposalDone:     {SV: "Gallrad", EN: "Disposed of"},
	DisposalKept:     {SV: "Behålls", EN: "Kept"},
}

// CodePersonNeeded says that a person cannot be erased while they have an open
// task, a part in a case that goes on, or a function in a unit.
const CodePersonNeeded Code = "person_needed"

// The events that stay when something is disposed of, or kept although its time
// has come. They hold no text that is gone.
const (
	EventDisposed     EventKind = "disposed"
	EventDisposalKept EventKind = "disposal_kept"
	EventPersonErased EventKind = "person_erased"
)

// DisposalCodes is what an event says of a disposal. The actor of the event is the
// second of the two persons.
type DisposalCodes struct {
	ID string `json:"id"`
	// Kind is a rule of retention, DisposalPerson or DisposalComment.
	Kind    string `json:"kind"`
	FirstBy string `json:"first_by,omitempty"`
	// PersonID and CommentID are what was erased on request.
	PersonID  string `json:"person_id,omitempty"`
	CommentID string `json:"comment_id,omitempty"`
	// Removed counts the rows whose text is gone.
	Removed int `json:"removed,omitempty"`
}

// ErasedName stands in the place of the name of a person who was erased, in either
// language.
const ErasedName = "Raderad person / erased person"
