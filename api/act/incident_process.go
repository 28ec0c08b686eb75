package act

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sluss/model"
	"sluss/model/store"
	"sluss/workflows/contract"
)

// deliverToIncident sends an act to an incident's process, with the version that
// its sender has seen.
func (s *Service) deliverToIncident(ctx context.Context, c model.Command, version int64) (run string, err error) {
	if version == unread {
		snap, err := s.store.IncidentSnapshot(ctx, c.OrgID, c.CaseID)
		if err != nil {
			return "", err
		}
		version = snap.Version
	}
	return s.update(ctx, incidentTarget(c.OrgID, c.CaseID), contract.ActUpdate, c.ID, incidentActOf(c, version))
}

func incidentTarget(orgID, id string) target {
	return target{
		contract.IncidentWorkflowID(id), contract.IncidentWorkflow, contract.IncidentInput{OrgID: orgID, IncidentID: id},
	}
}

// incidentActOf is the message that a command becomes: codes and times only.
func incidentActOf(c model.Command, version int64) contract.IncidentAct {
	a := contract.IncidentAct{CommandID: c.ID, Kind: c.Kind, Version: version}
	p := c.Payload.Incident
	if p == nil {
		return a
	}
	a.Facts = p.Facts
	if d := p.Decision; d != nil {
		a.Task, a.Outcome, a.SignificantAt, a.Serious = &d.Task, d.Outcome, d.SignificantAt, d.Serious
	}
	return a
}

// syncIncidents makes the incidents reload themselves from the record whose process
// may not know of what was recorded before the given time, or misses a deadline.
func (s *Service) syncIncidents(ctx context.Context, recorded time.Time) {
	before := s.clock.Now()
	incidents, err := s.store.IncidentsToSync(ctx, recorded, before.Add(-lateFor), batch)
	if err != nil {
		s.log.WarnContext(ctx, "incidents not read", slog.String("class", classOf(err)))
		return
	}
	each(ctx, incidents, func(ctx context.Context, i store.IncidentRef) {
		if err := s.reload(ctx, incidentTarget(i.OrgID, i.IncidentID)); err != nil {
			s.log.WarnContext(ctx, "incident not reloaded", slog.String("incident_id", i.IncidentID), slog.String("class", classOf(err)))
			return
		}
		known := []store.CaseRef{{OrgID: i.OrgID, CaseID: i.IncidentID}} // as its commands name it
		if err := s.store.Acknowledge(ctx, known, before, s.clock.Now()); err != nil {
			s.log.WarnContext(ctx, "reload not noted", slog.String("class", classOf(err)))
		}
	})
}

// askCase is how an incident's decision reaches the case that it concerns. It is
// called again until it answers, always with the same request, so that the case
// acts once.
type askCase func(ctx context.Context, r Request, a store.IncidentAsks, in CaseAct) (Answer, error)

// askedOfCases are the acts of cases that incidents ask for: to suspend the use
// (T-23), and to assess again (RA-06). The case's present version counts as the one
// that was read: the decision is about the use, not about a page.
func (s *Service) askedOfCases() map[model.IncidentCaseAct]askCase {
	return map[model.IncidentCaseAct]askCase{
		model.AskSuspension: func(ctx context.Context, r Request, a store.IncidentAsks, in CaseAct) (Answer, error) {
			return s.Suspend(ctx, r, a.CaseID, Suspension{CaseAct: in})
		},
		model.AskReassessment: func(ctx context.Context, r Request, a store.IncidentAsks, in CaseAct) (Answer, error) {
			return s.ReportChange(ctx, r, a.CaseID, Change{CaseAct: in, Triggers: a.Triggers, Stages: a.Stages})
		},
	}
}

// askNow asks the case of one incident at once, after a decision that wants
// something of it. What goes wrong is asked again in passing.
func (s *Service) askNow(ctx context.Context, orgID, incidentID string) {
	asked, err := s.store.CaseActs(ctx, orgID, incidentID)
	if err != nil {
		return
	}
	for _, a := range asked {
		if a.DoneAt.IsZero() {
			s.askOne(ctx, a)
		}
	}
}

// askCases asks every case that has not answered yet for what an incident wants of
// it. What a case refuses is noted with its code and not asked again.
func (s *Service) askCases(ctx context.Context) {
	waiting, err := s.store.WaitingCaseActs(ctx, batch)
	if err != nil {
		s.log.WarnContext(ctx, "waiting acts of incidents not read", slog.String("class", classOf(err)))
		return
	}
	each(ctx, waiting, s.askOne)
}

// askOne asks one case.
func (s *Service) askOne(ctx context.Context, a store.IncidentAsks) {
	outcome, again := outcomeOfAsking(s.askInName(ctx, a))
	if again {
		return
	}
	if err := s.store.AnswerCaseAct(ctx, a, outcome, s.clock.Now()); err != nil {
		s.log.WarnContext(ctx, "answer of a case not noted", slog.String("incident_id", a.IncidentID), slog.String("class", classOf(err)))
	}
}

// askInName asks for what an incident wants of its case, in the name of the person whose
// decision it is.
func (s *Service) askInName(ctx context.Context, a store.IncidentAsks) error {
	p, err := s.store.Person(ctx, a.OrgID, a.PersonID)
	if err != nil {
		return err
	}
	c, err := s.caseOf(ctx, a.OrgID, a.CaseID)
	if err != nil {
		return err
	}
	r := Request{Actor: p.Actor(), Path: "/incidents/" + a.IncidentID + "/" + string(a.Kind), Key: a.RequestKey, Body: a.RequestKey}
	_, err = s.caseActs[a.Kind](ctx, r, a, CaseAct{Reason: a.Reason, IfVersion: c.Version})
	return err
}

// outcomeOfAsking is what a case has answered: done, or the code of its refusal.
// again is true when nothing is known about it, or the case has moved meanwhile.
func outcomeOfAsking(err error) (outcome string, again bool) {
	var wrong *Invalid
	var hindered *Hindered
	switch code := model.CodeOf(err); {
	case err == nil:
		return string(model.OutcomeDone), false
	case errors.As(err, &wrong):
		return string(model.CodeInvalid), false
	case errors.As(err, &hindered):
		return string(model.CodeGuard), false
	case errors.Is(err, store.ErrNotFound):
		return string(model.CodeNotFound), false
	case code == "", code == model.CodePending, code == model.CodeBusy, code == model.CodeStale:
		return "", true
	default:
		return string(code), false
	}
}
