package store

import (
	"context"
	"time"

	"sluss/model"
)

// Statistics are the figures of rulebook 9.9.
type Statistics struct {
	// Submitted counts the cases that were sent in, Returned those of them that
	// came back at least once, and Rejected those that a person or a rule has
	// stopped, by reason code or hard stop: a case counts once for each code.
	Submitted, Returned, Rejected int
	RejectedBy                    map[string]int
	// Stages are the stages that some case has been through.
	Stages []StageTime
	// Overdue counts the open tasks that are overdue, by role.
	Overdue map[model.Role]int
	// Active counts the tools that may be used and are not interim; their footprint
	// is of a year.
	Active              int
	KWhYear, CO2eKgYear float64
}

// StageTime says how long a stage takes, from its opening to its decision.
type StageTime struct {
	Stage model.StageKey
	// Done counts how often it was done, Hours is the median, in whole hours.
	Done, Hours int
}

// Period bounds statistics: cases count that were opened in it, and stages that
// were done in it. What is overdue and what is in use is as of now. Zero times do
// not bound it.
type Period struct{ From, Until time.Time }

// in adds the period to a statement.
func (p Period) in(text, column string, args []any) (string, []any) {
	if !p.From.IsZero() {
		text, args = text+" AND "+column+" >= ?", append(args, p.From)
	}
	if !p.Until.IsZero() {
		text, args = text+" AND "+column+" < ?", append(args, p.Until)
	}
	return text, args
}

// Statistics counts what the organisation's cases have come to, in one view of the
// record.
func (s *Store) Statistics(ctx context.Context, orgID string, p Period, now time.Time) (Statistics, error) {
	var out Statistics
	err := s.inReadTx(counting(ctx), func(ctx context.Context, q queryer) error {
		for _, count := range []func(context.Context, queryer, string, Period, *Statistics) error{
			s.countSubmitted, s.countRejected, s.timeStages, s.sumFootprint,
		} {
			if err := count(ctx, q, orgID, p, &out); err != nil {
				return err
			}
		}
		return s.countOverdue(ctx, q, orgID, now, &out)
	})
	return out, err
}

func (s *Store) countSubmitted(ctx context.Context, q queryer, orgID string, p Period, out *Statistics) error {
	text, args := p.in(`SELECT COUNT(*) AS submitted, COALESCE(SUM(CASE WHEN returns_count > 0 THEN 1 ELSE 0 END), 0) AS returned
		FROM cases WHERE org_id = ? AND revision > 0`, "created_at", []any{orgID})
	var row struct {
		Submitted int `bun:"submitted"`
		Returned  int `bun:"returned"`
	}
	err := get(ctx, s, q, &row, text, args...)
	out.Submitted, out.Returned = row.Submitted, row.Returned
	return err
}

// countRejected counts the cases that a reviewer has rejected, unless the rejection
// was set aside, and those that a rule has stopped.
func (s *Store) countRejected(ctx context.Context, q queryer, orgID string, p Period, out *Statistics) error {
	type row struct {
		CaseID string `bun:"case_id"`
		Codes  codes  `bun:"codes"`
	}
	rejected, args := p.in(`SELECT d.case_id, d.reason_codes AS codes FROM decisions d
		JOIN cases c ON c.org_id = d.org_id AND c.id = d.case_id
		WHERE d.org_id = ? AND d.outcome = 'reject' AND c.state IN (?, ?)`, "c.created_at",
		[]any{orgID, model.Rejected, model.Archived})
	var rows, stopped []row
	if err := list(ctx, s, q, &rows, rejected, args...); err != nil {
		return err
	}
	byRule, args := p.in(`SELECT id AS case_id, hard_stops AS codes FROM cases WHERE org_id = ? AND state = ?`, "created_at",
		[]any{orgID, model.RejectedAuto})
	if err := list(ctx, s, q, &stopped, byRule, args...); err != nil {
		return err
	}
	out.RejectedBy = map[string]int{}
	cases, counted := map[string]bool{}, map[[2]string]bool{}
	for _, r := range append(rows, stopped...) {
		cases[r.CaseID] = true
		for _, code := range r.Codes {
			if key := [2]string{r.CaseID, code}; !counted[key] {
				counted[key] = true
				out.RejectedBy[code]++
			}
		}
	}
	out.Rejected = len(cases)
	return nil
}

// timeStages finds the median of each stage. Stages that need no person never
// open, and are left out.
func (s *Store) timeStages(ctx context.Context, q queryer, orgID string, p Period, out *Statistics) error {
	hours := "CAST(ROUND((julianday(done_at) - julianday(started_at)) * 1440) AS INTEGER) / 60"
	if s.postgres {
		hours = "CAST(ROUND(EXTRACT(EPOCH FROM done_at - started_at) / 60) AS BIGINT) / 60"
	}
	text, args := p.in("SELECT stage, "+hours+` AS hours, COUNT(*) AS n FROM stages
		WHERE org_id = ? AND status = 'done' AND started_at IS NOT NULL AND done_at IS NOT NULL`, "done_at", []any{orgID})
	var rows []struct {
		Stage model.StageKey `bun:"stage"`
		Hours int            `bun:"hours"`
		N     int            `bun:"n"`
	}
	if err := list(ctx, s, q, &rows, text+" GROUP BY 1, 2 ORDER BY 1, 2", args...); err != nil {
		return err
	}
	for from := 0; from < len(rows); {
		t, to := StageTime{Stage: rows[from].Stage}, from
		for ; to < len(rows) && rows[to].Stage == t.Stage; to++ {
			t.Done += rows[to].N
		}
		nth := func(n int) int { // the n-th shortest time, from 0
			for _, r := range rows[from:to] {
				if n -= r.N; n < 0 {
					return r.Hours
				}
			}
			return 0
		}
		t.Hours = (nth((t.Done-1)/2) + nth(t.Done/2)) / 2
		out.Stages, from = append(out.Stages, t), to
	}
	return nil
}

func (s *Store) sumFootprint(ctx context.Context, q queryer, orgID string, _ Period, out *Statistics) error {
	var row struct {
		N    int     `bun:"n"`
		KWh  float64 `bun:"kwh"`
		CO2e float64 `bun:"co2e"`
	}
	err := get(ctx, s, q, &row, `SELECT COUNT(*) AS n, COALESCE(SUM(kwh_year), 0.0) AS kwh, COALESCE(SUM(co2e_kg_year), 0.0) AS co2e
		FROM register_entries WHERE org_id = ? AND status = ? AND until IS NULL`, orgID, model.RegisterActive)
	out.Active, out.KWhYear, out.CO2eKgYear = row.N, row.KWh, row.CO2e
	return err
}

func (s *Store) countOverdue(ctx context.Context, q queryer, orgID string, now time.Time, out *Statistics) error {
	var rows []struct {
		Role model.Role `bun:"role"`
		N    int        `bun:"n"`
	}
	// Role by role: an index has them apart, and each by when it is due.
	args := []any{orgID, model.TaskOpen, now}
	for _, r := range model.Roles() {
		args = append(args, r)
	}
	err := list(ctx, s, q, &rows, `SELECT role, COUNT(*) AS n FROM tasks
		WHERE org_id = ? AND status = ? AND due_at < ? AND role IN (`+marks(len(model.Roles()))+`) GROUP BY role`, args...)
	out.Overdue = map[model.Role]int{}
	for _, r := range rows {
		out.Overdue[r.Role] = r.N
	}
	return err
}
