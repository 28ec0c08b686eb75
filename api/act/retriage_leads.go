package act

import (
	"context"

	"sluss/model/store"
)

// What a new triage leads to in the process of its case. A triage itself moves no
// case: these two are where it meets those who do.

// reportLegalChange reports the accepted differences of a new triage as a change of
// the case with the trigger RA-07 (T-25), in the name of the person who accepts
// them. It comes before the acceptance is noted and may come twice: its request is
// to have a key of its own that follows from the triage's id.
func (s *Service) reportLegalChange(context.Context, Request, store.Retriage, RetriageAnswer) error {
	return nil
}

// proposeSuspension puts the proposal to suspend a case before the CISO (T-23,
// GV-14). It comes again at every turn while the triage is open, and may find the
// proposal made or the case no longer in use.
func (s *Service) proposeSuspension(context.Context, store.Retriage) error {
	return nil
}
