package act

import (
	"context"

	"sluss/model"
	"sluss/model/store"
)

// What a new triage leads to in the process of its case: acts like any other, each
// under a key that follows from the triage, so that doing it again changes nothing.

// reportLegalChange reports the accepted differences of a new triage as a change of
// the case with the trigger RA-07 (T-25), in the name of who accepts them. It comes
// before the acceptance is noted: whoever is interrupted accepts again.
func (s *Service) reportLegalChange(ctx context.Context, r Request, t store.Retriage, in RetriageAnswer) error {
	request := Request{Actor: r.Actor, Path: "/retriages/" + t.ID + "/change", Key: t.ID, Body: t.ID}
	for range 3 {
		c, err := s.ReadCase(ctx, r.Actor, t.CaseID)
		if err != nil {
			return err
		}
		_, err = s.ReportChange(ctx, request, c.ID, Change{
			CaseAct: CaseAct{Reason: in.Reason, IfVersion: c.Version}, Triggers: []string{"RA-07"}, Stages: in.Stages,
		})
		if model.CodeOf(err) != model.CodeStale {
			return err
		}
	}
	return model.Refuse(model.CodeBusy)
}

// proposeSuspension puts the proposal to suspend a case before the CISO (T-23,
// GV-14). It is left where a proposal is before the CISO already, and where the case
// is no longer in use.
func (s *Service) proposeSuspension(ctx context.Context, t store.Retriage) error {
	request := Request{
		Actor: model.Actor{OrgID: t.OrgID, PersonID: model.System}, Path: "/retriages/" + t.ID + "/proposal", Key: t.ID, Body: t.ID,
	}
	_, err := s.do(ctx, request, model.ActSuspend, t.CaseID, func(ctx context.Context) (prepared, error) {
		c, err := s.caseOf(ctx, t.OrgID, t.CaseID)
		return prepared{version: c.Version, payload: model.Payload{Rules: newStops(t)}}, err
	})
	switch model.CodeOf(err) {
	case model.CodeUnchanged, model.CodeStateConflict:
		return nil
	}
	return err
}

// newStops are the hard stops that have come to hold.
func newStops(t store.Retriage) []string {
	var out []string
	for _, d := range t.Differences {
		if begins(model.DiffersHardStop)(d) {
			out = append(out, d.Name)
		}
	}
	return out
}
