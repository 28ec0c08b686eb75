package act

import (
	"context"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
)

// Raise is a reviewer's wish for more of a stage than triage asks for.
type Raise struct {
	Stage       model.StageKey
	Requirement model.Requirement
	CaseAct
}

// RaiseStage asks for more of a stage than triage does (T-31), the DPO as advice. A
// stage is never lowered.
func (s *Service) RaiseStage(ctx context.Context, r Request, caseID string, in Raise) (Answer, error) {
	return s.do(ctx, r, model.ActRaiseStage, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.RaiseStage, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		spec, _ := model.Stage(in.Stage)
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason,
			Raise: &model.Raise{
				Stage: in.Stage, Requirement: in.Requirement, Role: role,
				Assess:       isPrepared(s.bookOf(c), spec, in.Requirement, c.Tier),
				ServiceTimes: stageTimes(s.bookOf(c), in.Stage, string(in.Requirement), string(c.Tier)),
			},
		}}, nil
	})
}

// closeAfter is how many working days a case that a rule stopped stays open for
// correction before it can be archived (T-30).
const closeAfter = 60

// Archive closes a case that has come to its end (T-30).
func (s *Service) Archive(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.do(ctx, r, model.ActArchive, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.acting(ctx, r.Actor, caseID, in, access.Archive, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		last := calendar.Swedish.AddWorkingDays(calendar.Today(c.UpdatedAt), closeAfter)
		if c.State == model.RejectedAuto && calendar.Today(s.clock.Now()).Before(last) {
			return prepared{}, model.Refuse(model.CodeGuard, "T-30")
		}
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason}}, nil
	})
}
