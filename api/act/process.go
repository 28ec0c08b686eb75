package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/calendar"
)

// Raise is a reviewer's wish for more of a stage than triage asks for.
type Raise struct {
	Stage       model.StageKey
	Requirement model.Requirement
	CaseAct
}

// raisers are those who may raise a stage (T-31), the DPO as advice.
var raisers = []model.Role{
	model.RoleDPO, model.RoleCISO, model.RoleLegalCounsel, model.RoleInformationOwner,
}

// RaiseStage asks for more of a stage than triage does (T-31). A stage is never
// lowered.
func (s *Service) RaiseStage(ctx context.Context, r Request, caseID string, in Raise) (Answer, error) {
	return s.do(ctx, r, model.ActRaiseStage, caseID, func(ctx context.Context) (prepared, error) {
		c, functions, err := s.readCase(ctx, r.Actor, caseID)
		if err != nil {
			return prepared{}, err
		}
		i := slices.IndexFunc(raisers, func(role model.Role) bool {
			return r.Actor.Has(role) && (!role.PerCase() || slices.Contains(functions, role))
		})
		switch {
		case i < 0:
			return prepared{}, model.Refuse(model.CodeForbidden, "T-31")
		case c.Version != in.IfVersion:
			return prepared{}, model.Refuse(model.CodeStale)
		}
		spec, _ := model.Stage(in.Stage)
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason,
			Raise: &model.Raise{
				Stage: in.Stage, Requirement: in.Requirement, Role: raisers[i],
				Assess:       s.prepared(spec, in.Requirement, c.Tier),
				ServiceTimes: s.stageTimes(in.Stage, string(in.Requirement), string(c.Tier)),
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
		c, _, err := s.readCase(ctx, r.Actor, caseID)
		switch {
		case err != nil:
			return prepared{}, err
		case !r.Actor.Has(model.RoleRegistrar):
			return prepared{}, model.Refuse(model.CodeForbidden, "T-30")
		case c.Version != in.IfVersion:
			return prepared{}, model.Refuse(model.CodeStale)
		}
		last := calendar.Swedish.AddWorkingDays(calendar.Today(c.UpdatedAt), closeAfter)
		if c.State == model.RejectedAuto && calendar.Today(s.clock.Now()).Before(last) {
			return prepared{}, model.Refuse(model.CodeGuard, "T-30")
		}
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason}}, nil
	})
}
