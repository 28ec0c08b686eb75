package store

import (
	"context"
	"fmt"
	"reflect"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/replay"
)

// UnsoundError says that the rows of a case or an incident and its events do not
// fit. It names what differs, without values, and wraps an *audit.ChainError when
// it is the chain.
type UnsoundError struct{ Err error }

func (e *UnsoundError) Error() string { return e.Err.Error() }

// Unwrap implements errors.Unwrap.
func (e *UnsoundError) Unwrap() error { return e.Err }

// VerifyCase compares a case's rows with its events: the chain must hold and
// end where the row says, and the events must add up to the state, stages,
// tasks, deadlines, conditions, decisions and consultations that the rows show. It
// returns an *UnsoundError where they do not.
func (s *Store) VerifyCase(ctx context.Context, orgID, caseID string) error {
	return s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, orgID, caseID, "")
		if err != nil {
			return err
		}
		var rows []eventRow
		err = list(ctx, s, q, &rows, "SELECT "+columns[eventRow](s)+` FROM events
			WHERE org_id = ? AND case_id = ? ORDER BY seq`, orgID, caseID)
		if err != nil {
			return err
		}
		events, err := eventsOf(rows)
		if err != nil {
			return &UnsoundError{err}
		}
		folded, err := replay.Fold(events)
		if err != nil {
			return &UnsoundError{err}
		}
		if err := sameEnd(events, c.Seq, c.LastHash); err != nil {
			return err
		}
		snap, err := s.snapshotOf(ctx, q, c)
		if err != nil {
			return err
		}
		for _, check := range []func() error{
			func() error { return compareSnapshots(folded.Snapshot, snap) },
			func() error { return s.compareDeadlines(ctx, q, c, folded) },
			func() error { return s.compareConditions(ctx, q, c, folded) },
			func() error { return s.compareDecisions(ctx, q, c, folded) },
			func() error { return s.compareConsultations(ctx, q, c, folded) },
		} {
			if err := check(); err != nil {
				return err
			}
		}
		return nil
	})
}

// sameEnd compares where a log ends with what the row says of it.
func sameEnd(events []audit.Event, seq int64, hash string) error {
	var last audit.Event
	if n := len(events); n > 0 {
		last = events[n-1]
	}
	switch {
	case last.Seq != seq:
		return &UnsoundError{fmt.Errorf("the log ends at event %d, the row says %d", last.Seq, seq)}
	case last.Hash != hash:
		return &UnsoundError{fmt.Errorf("event %d is not the one that the row says is the last", seq)}
	}
	return nil
}

// compareSnapshots names the first field in which two snapshots differ. An empty
// list and none are the same.
func compareSnapshots(events, rows model.Snapshot) error {
	a, b := reflect.ValueOf(events), reflect.ValueOf(rows)
	for i := range a.NumField() {
		x, y := a.Field(i), b.Field(i)
		empty := x.Kind() == reflect.Slice && x.Len() == 0 && y.Len() == 0
		if !empty && !reflect.DeepEqual(x.Interface(), y.Interface()) {
			return differs(a.Type().Field(i).Name)
		}
	}
	return nil
}

func differs(what string) error {
	return &UnsoundError{fmt.Errorf("%s in the rows is not what the events add up to", what)}
}

func (s *Store) compareDeadlines(ctx context.Context, q queryer, c *caseRow, folded replay.Case) error {
	var rows []deadlineRow
	err := list(ctx, s, q, &rows, "SELECT "+columns[deadlineRow](s)+" FROM deadlines WHERE org_id = ? AND case_id = ?",
		c.OrgID, c.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		row := replay.Deadline{
			At: r.DueAt.UTC(), Fired: !r.FiredAt.IsZero(), Late: r.Late, Cancelled: !r.CancelledAt.IsZero(),
		}
		if d, ok := folded.Deadlines[r.ID]; !ok || d != row {
			return differs("a deadline")
		}
	}
	if len(rows) != len(folded.Deadlines) {
		return differs("the number of deadlines")
	}
	return nil
}

func (s *Store) compareConditions(ctx context.Context, q queryer, c *caseRow, folded replay.Case) error {
	var rows []conditionRow
	err := list(ctx, s, q, &rows, "SELECT id, status, due_kind, template, lapsed FROM conditions WHERE org_id = ? AND case_id = ?", c.OrgID, c.ID)
	if err != nil {
		return err
	}
	for _, codes := range conditionCodes(rows) {
		if folded.Conditions[codes.ID] != codes {
			return differs("a condition")
		}
	}
	if len(rows) != len(folded.Conditions) {
		return differs("the number of conditions")
	}
	return nil
}

func (s *Store) compareDecisions(ctx context.Context, q queryer, c *caseRow, folded replay.Case) error {
	var rows []decisionRow
	err := list(ctx, s, q, &rows, "SELECT id, outcome FROM decisions WHERE org_id = ? AND case_id = ?", c.OrgID, c.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if outcome, ok := folded.Outcomes[r.ID]; !ok || outcome != r.Outcome {
			return differs("a decision")
		}
	}
	if len(rows) != len(folded.Outcomes) {
		return differs("the number of decisions")
	}
	return nil
}

func (s *Store) compareConsultations(ctx context.Context, q queryer, c *caseRow, folded replay.Case) error {
	var rows []consultationRow
	err := list(ctx, s, q, &rows, "SELECT id, round, kind, event_date FROM consultation_events WHERE org_id = ? AND case_id = ?",
		c.OrgID, c.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if folded.Consultations[r.ID] != r.codes() {
			return differs("an event of a consultation")
		}
	}
	if len(rows) != len(folded.Consultations) {
		return differs("the number of consultation events")
	}
	return nil
}
