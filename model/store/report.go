package store

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"sluss/model"
)

// ReportEntry is an entry of the yearly report (rulebook 9.12).
type ReportEntry struct {
	Kind                               model.ReportKind
	CaseID, RegistryNo, CaseTitle      string
	UnitID                             string
	At                                 time.Time
	DeciderID, DecisionAuthority, Text string
	// Ref is what the entry tells of beside its case: the standing advice or the
	// condition, "" for none.
	Ref string
}

// reportRow is an entry as it is read.
type reportRow struct {
	Kind              model.ReportKind `bun:"kind"`
	CaseID            string           `bun:"case_id"`
	RegistryNo        string           `bun:"registry_no"`
	CaseTitle         string           `bun:"case_title"`
	UnitID            string           `bun:"unit_id"`
	At                time.Time        `bun:"at"`
	DeciderID         string           `bun:"decider_id"`
	DecisionAuthority string           `bun:"decision_authority"`
	Text              string           `bun:"text"`
	Ref               string           `bun:"ref"`
}

// reportQueries are the parts of the report: of which kinds each is, what it says of an
// entry, and by what time it finds it.
var reportQueries = []struct {
	kinds    []model.ReportKind
	what, at string
	from     string
}{
	{
		[]model.ReportKind{model.ReportDPIAWaived, model.ReportDPIAReused},
		`CASE x.outcome WHEN 'waived' THEN 'dpia_waived' ELSE 'dpia_reused' END AS kind, x.decider_id, x.decision_authority,
			x.motivation AS text, '' AS ref`, "x.decided_at",
		`decisions x WHERE x.stage = 'dpia' AND x.outcome IN ('waived', 'reused')`,
	}, {
		[]model.ReportKind{model.ReportStandingAdvice},
		`'standing_advice' AS kind, '' AS decider_id, '' AS decision_authority, '' AS text, r.answers AS ref`, "r.submitted_at",
		`stages x JOIN revisions r ON r.org_id = x.org_id AND r.case_id = x.case_id AND r.part = x.stage AND r.revision = x.part_revision
			WHERE x.stage = 'legal_basis' AND x.status <> 'not_required' AND x.advice = 'standing_advice'`,
	}, {
		[]model.ReportKind{model.ReportPriorConsultation},
		`'prior_consultation' AS kind, x.person_id AS decider_id, x.decision_authority, x.text, '' AS ref`, "x.recorded_at",
		`consultation_events x WHERE x.kind = 'decided'`,
	}, {
		[]model.ReportKind{model.ReportConditionWaived},
		`'condition_waived' AS kind, x.person_id AS decider_id, x.decision_authority, x.reason AS text, x.condition_id AS ref`, "d.verified_at",
		`waivers x JOIN conditions d ON d.org_id = x.org_id AND d.id = x.condition_id
			WHERE x.role = 'information_owner' AND d.status = 'waived'`,
	}, {
		[]model.ReportKind{model.ReportReview},
		`'review' AS kind, '' AS decider_id, '' AS decision_authority, '' AS text, '' AS ref`, "x.due_at",
		`deadlines x WHERE x.kind = 'review' AND x.cancelled_at IS NULL`,
	},
}

// YearlyReport lists what happened in a period that the yearly report tells of, the
// earliest first: of one kind, or of all for "". A review is listed by the day on
// which it is due.
func (s *Store) YearlyReport(ctx context.Context, orgID string, p Period, kind model.ReportKind) ([]ReportEntry, error) {
	var out []ReportEntry
	err := s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		for _, part := range reportQueries {
			if kind != "" && !slices.Contains(part.kinds, kind) {
				continue
			}
			text, args := p.in(`SELECT y.kind, y.case_id, y.at, y.decider_id, y.decision_authority, y.text, y.ref,
				c.registry_no, c.title AS case_title, c.unit_id FROM (SELECT x.org_id, x.case_id, `+
				part.what+`, `+part.at+` AS at FROM `+part.from+` AND x.org_id = ?`, part.at, []any{orgID})
			var rows []reportRow
			err := list(ctx, s, q, &rows, text+`) y JOIN cases c ON c.org_id = y.org_id AND c.id = y.case_id`, args...)
			if err != nil {
				return err
			}
			for _, r := range rows {
				out = append(out, r.entry())
			}
		}
		return nil
	})
	if err == nil && (kind == "" || kind == model.ReportOverride) {
		out, err = s.withOverrides(ctx, orgID, p, out)
	}
	out = slices.DeleteFunc(out, func(e ReportEntry) bool { return kind != "" && e.Kind != kind })
	slices.SortFunc(out, func(a, b ReportEntry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.CaseID, b.CaseID), cmp.Compare(a.Ref, b.Ref))
	})
	return out, err
}

func (r reportRow) entry() ReportEntry {
	e := ReportEntry{
		Kind: r.Kind, CaseID: r.CaseID, RegistryNo: r.RegistryNo, CaseTitle: r.CaseTitle, UnitID: r.UnitID, At: r.At.UTC(),
		DeciderID: r.DeciderID, DecisionAuthority: r.DecisionAuthority, Text: r.Text, Ref: r.Ref,
	}
	if r.Kind == model.ReportStandingAdvice {
		var answers struct {
			Advice string `json:"dpo_advice_ref"`
		}
		_ = json.Unmarshal([]byte(r.Ref), &answers) // was written as JSON
		e.Ref = answers.Advice
	}
	return e
}

// withOverrides adds the overrides that hold.
func (s *Store) withOverrides(ctx context.Context, orgID string, p Period, out []ReportEntry) ([]ReportEntry, error) {
	until := p.Until
	if until.IsZero() {
		until = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	rows, err := s.Overrides(ctx, orgID, p.From, until)
	for _, r := range rows {
		if r.ConfirmedBy != "" {
			out = append(out, ReportEntry{
				Kind: model.ReportOverride, CaseID: r.CaseID, RegistryNo: r.RegistryNo, CaseTitle: r.CaseTitle, UnitID: r.UnitID,
				At: r.DecidedAt, DeciderID: r.DeciderID, DecisionAuthority: r.DecisionAuthority, Text: r.Motivation,
			})
		}
	}
	return out, err
}
