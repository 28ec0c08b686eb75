package audit

import (
	"fmt"
	"slices"
)

// Reason says what is wrong at a place in a chain.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	ForeignCase Reason = "foreign_case" // the event belongs to another case or organisation
	Gap         Reason = "gap"          // one or more events before this one are missing
	Reordered   Reason = "reordered"    // the event that belongs here stands further back
	Repeated    Reason = "repeated"     // there was an event with this number already
	WrongPrev   Reason = "wrong_prev"   // the event does not follow the one before it
	Changed     Reason = "changed"      // the event is not what was sealed
)

// ChainError names the first event of a chain that is wrong, by its place in
// the list and the sequence number that it claims to have.
type ChainError struct {
	Index  int
	Seq    int64
	Want   int64 // the sequence number that belongs there
	Reason Reason
}

func (e *ChainError) Error() string {
	return fmt.Sprintf("event %d (place %d): %s", e.Seq, e.Want, e.Reason)
}

// VerifyChain checks that events is the log of one case from its first event
// on: numbers from 1 without gaps, every event as it was sealed and behind the
// one before it, all of the case and organisation of the first. It returns a
// *ChainError for the first event that is not.
//
// No events at all are a valid chain, and so is one whose end was cut off or
// written anew: compare the number of events and the last hash with what is
// known from elsewhere.
func VerifyChain(events []Event) error {
	prev := Genesis
	for i := range events {
		if reason := wrong(events, i, prev); reason != "" {
			return &ChainError{Index: i, Seq: events[i].Seq, Want: int64(i) + 1, Reason: reason}
		}
		prev = events[i].Hash
	}
	return nil
}

// wrong says what is wrong with event i, which follows the hash prev, or "".
func wrong(events []Event, i int, prev string) Reason {
	e, want := &events[i], int64(i)+1
	if e.CaseID != events[0].CaseID || e.OrgID != events[0].OrgID {
		return ForeignCase
	}
	if e.Seq < want {
		return Repeated
	}
	if e.Seq > want {
		if slices.ContainsFunc(events[i+1:], func(later Event) bool { return later.Seq == want }) {
			return Reordered
		}
		return Gap
	}
	if e.PrevHash != prev {
		return WrongPrev
	}
	if hash, err := e.hash(); err != nil || e.Hash != hash {
		return Changed
	}
	return ""
}
