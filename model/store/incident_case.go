package store

import (
	"context"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// IncidentAsks is what an incident asks of its case, as long as the case has not
// answered. RequestKey is the one under which it is asked, however often.
type IncidentAsks struct {
	OrgID, IncidentID string
	Kind              model.IncidentCaseAct
	CaseID            string
	// PersonID is whose decision it is.
	PersonID   string
	RequestKey string
	Reason     string
	Triggers   []string
	Stages     []model.StageKey
	// Outcome is "" until the case has answered, then "done" or the code of its
	// refusal.
	Outcome string
	AskedAt time.Time
	DoneAt  time.Time
}

func (r *incidentCaseActRow) asks() IncidentAsks {
	a := IncidentAsks{
		OrgID: r.OrgID, IncidentID: r.IncidentID, Kind: r.Kind, CaseID: r.CaseID, PersonID: r.PersonID, RequestKey: r.RequestKey,
		Reason: r.Reason, Triggers: r.Triggers, Outcome: r.Outcome, AskedAt: r.AskedAt.UTC(), DoneAt: utc(r.DoneAt),
	}
	for _, key := range r.Stages {
		a.Stages = append(a.Stages, model.StageKey(key))
	}
	return a
}

// CaseActs lists what an incident has asked of its case.
func (s *Store) CaseActs(ctx context.Context, orgID, incidentID string) ([]IncidentAsks, error) {
	return s.caseActs(ctx, "org_id = ? AND incident_id = ?", 100, orgID, incidentID)
}

// WaitingCaseActs lists what incidents of all organisations ask of cases that have
// not answered, the oldest first.
func (s *Store) WaitingCaseActs(ctx context.Context, limit int64) ([]IncidentAsks, error) {
	return s.caseActs(ctx, "done_at IS NULL", limit)
}

func (s *Store) caseActs(ctx context.Context, where string, limit int64, args ...any) ([]IncidentAsks, error) {
	var rows []incidentCaseActRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where(where, args...).Order("asked_at", "incident_id", "kind").Limit(limit))
	out := make([]IncidentAsks, len(rows))
	for i := range rows {
		out[i] = rows[i].asks()
	}
	return out, err
}

// AnswerCaseAct notes, once, what the case has answered, with an event of the
// incident.
func (s *Store) AnswerCaseAct(ctx context.Context, a IncidentAsks, outcome string, now time.Time) error {
	now = clock.Normalise(now)
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		i, err := s.selectIncident(ctx, q, a.OrgID, a.IncidentID, s.forUpdate())
		if err != nil {
			return err
		}
		var rows []incidentCaseActRow
		err = list(ctx, s, q, &rows, `UPDATE incident_case_acts SET done_at = ?, outcome = ?
			WHERE org_id = ? AND incident_id = ? AND kind = ? AND done_at IS NULL RETURNING kind`,
			now, outcome, a.OrgID, a.IncidentID, a.Kind)
		if err != nil || len(rows) == 0 {
			return err
		}
		data := model.EventData{
			Outcome: model.Outcome(outcome), Incident: &model.IncidentCodes{CaseID: a.CaseID, Asked: a.Kind},
		}
		if err := s.addIncidentEvent(ctx, q, i, model.EventCaseAnswered, model.System, "", now, data, nil); err != nil {
			return err
		}
		i.UpdatedAt = now
		return update(ctx, s, q, i)
	})
}
