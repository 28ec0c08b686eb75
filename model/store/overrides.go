package store

import (
	"context"
	"time"

	"sluss/model"
)

// Overriding is a rejection by the CISO that the controller has decided to set
// aside (OV-02), for the yearly report (OV-03).
type Overriding struct {
	Decision
	CaseID     string
	RegistryNo string
	CaseTitle  string
	UnitID     string
	// ConfirmedBy and ConfirmedAt are the second person's word, with which the
	// override holds (SOD-05); empty and zero before it.
	ConfirmedBy string
	ConfirmedAt time.Time
}

// Overrides lists the decisions to override that fell from one time on and before
// another, the earliest first. Those that the second person has set aside are not
// confirmed.
func (s *Store) Overrides(ctx context.Context, orgID string, from, to time.Time) ([]Overriding, error) {
	var rows []struct {
		decisionRow `bun:",extend"`
		RegistryNo  string `bun:"registry_no"`
		CaseTitle   string `bun:"case_title"`
		UnitID      string `bun:"unit_id"`
	}
	err := s.find(ctx, s.read.NewSelect().TableExpr("decisions AS d").
		ColumnExpr("d.*, c.registry_no, c.title AS case_title, c.unit_id").
		Join("JOIN cases AS c ON c.org_id = d.org_id AND c.id = d.case_id").
		Where("d.org_id = ? AND d.stage = ? AND d.outcome IN (?, ?, ?) AND d.decided_at >= ?", orgID, model.StageOverride,
			model.OutcomeOverride, model.OutcomeConfirm, model.OutcomeSetAside, from).
		OrderExpr("d.decided_at, d.id"), &rows)
	var out []Overriding
	open := map[string]int{} // by case, the decision that the second person answers
	for _, r := range rows {
		switch i, waits := open[r.CaseID]; {
		case r.Outcome == model.OutcomeOverride && r.DecidedAt.Before(to):
			open[r.CaseID] = len(out)
			out = append(out, Overriding{Decision: r.toDecision(), CaseID: r.CaseID, RegistryNo: r.RegistryNo, CaseTitle: r.CaseTitle, UnitID: r.UnitID})
		case waits && r.Outcome == model.OutcomeConfirm:
			out[i].ConfirmedBy, out[i].ConfirmedAt = r.DeciderID, r.DecidedAt.UTC()
			delete(open, r.CaseID)
		default:
			delete(open, r.CaseID)
		}
	}
	return out, err
}
