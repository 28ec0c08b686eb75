package model

// InUse is what the process knows of a case's use beside its state, in codes. A
// case that is assessed again may be used meanwhile unless its use is suspended
// or its approval has run out (T-23, T-25, T-27).
type InUse struct {
	// Approved is true once the case has come into use: a review after that is an
	// assessment anew, which ends where it began (T-26).
	Approved  bool `json:"approved,omitempty"`
	Suspended bool `json:"suspended,omitempty"`
	Expired   bool `json:"expired,omitempty"`
	// Word is the role of the first of the two who agree to resume the use (T-24).
	Word Role `json:"word,omitempty"`
	// Interim is true while an existing tool may be used during its assessment
	// (EX-01), InterimWord the role of the first of the two who allow that.
	Interim     bool `json:"interim,omitempty"`
	InterimWord Role `json:"interim_word,omitempty"`
	// Consultation is how far the prior consultation has come, "" without one, and
	// Consultations counts those that were decided on.
	Consultation  ConsultationState `json:"consultation,omitempty"`
	Consultations int               `json:"consultations,omitempty"`
}

// Allowed reports whether the use of a case in the state goes on.
func (u InUse) Allowed(s CaseState) bool {
	return (s == Active || s == Reassessment) && !u.Suspended && !u.Expired
}

// EndInterim ends the interim use of an existing tool, and the word of the first
// of the two who allow it (EX-01).
func (u *InUse) EndInterim() { u.Interim, u.InterimWord = false, "" }

// ConsultationState is how far a prior consultation has come (GDPR 36, rulebook
// 5.6).
type ConsultationState string

// The states of a consultation. While it is suspended the authority waits for
// information and the period stands still.
const (
	ConsultationDecided   ConsultationState = "decided"
	ConsultationSubmitted ConsultationState = "submitted"
	ConsultationRunning   ConsultationState = "running"
	ConsultationSuspended ConsultationState = "suspended"
	ConsultationOver      ConsultationState = "consultation_period_ended"
)
