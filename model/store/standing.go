package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// StandingAdvice is advice that the DPO gives once for a described class of cases
// (AD-03). It is never changed, only withdrawn (SOD-10).
type StandingAdvice struct {
	OrgID, ID string
	GivenBy   string
	Title     string
	Text      string
	Value     model.Outcome
	Scope     AdviceScope
	// ValidUntil is the last day, 2006-01-02, on which it can be relied on.
	ValidUntil  string
	GivenAt     time.Time
	WithdrawnAt time.Time
}

// AdviceScope describes the class of cases. An empty supplier means any.
type AdviceScope struct {
	PersonalData []string `json:"personal_data"`
	MaxIPL       int      `json:"max_ipl"`
	Supplier     string   `json:"supplier,omitempty"`
	Groups       []string `json:"data_subject_groups"`
}

// AddStandingAdvice signs advice for a class of cases, with the command that it
// answers. A ConflictError says that the request key was used before.
func (s *Store) AddStandingAdvice(ctx context.Context, a StandingAdvice, c model.Command) error {
	scope, err := json.Marshal(a.Scope)
	if err != nil {
		return fmt.Errorf("scope of advice: %w", err)
	}
	row := standingAdviceRow{
		OrgID: a.OrgID, ID: a.ID, GivenBy: a.GivenBy, Title: a.Title, Text: a.Text, Value: a.Value, Scope: string(scope),
		ValidUntil: a.ValidUntil, GivenAt: clock.Normalise(a.GivenAt),
	}
	return s.answered(ctx, c, a.ID, a.GivenAt, func(ctx context.Context, q queryer) error {
		return insert(ctx, s, q, "", row)
	})
}

// WithdrawStandingAdvice ends advice for cases that have not relied on it yet. It
// returns ErrNotFound when there is none that stands.
func (s *Store) WithdrawStandingAdvice(ctx context.Context, orgID, id string, c model.Command, now time.Time) error {
	now = clock.Normalise(now)
	return s.answered(ctx, c, id, now, func(ctx context.Context, q queryer) error {
		return s.execOne(ctx, q, `UPDATE standing_advice SET withdrawn_at = ?
			WHERE org_id = ? AND id = ? AND withdrawn_at IS NULL`, now, orgID, id)
	})
}

// answered writes something that belongs to no case together with its command,
// whose answer is the id of what was written.
func (s *Store) answered(ctx context.Context, c model.Command, id string, now time.Time, write func(context.Context, queryer) error) error {
	now = clock.Normalise(now)
	command, err := doneCommand(c, model.Receipt{DecisionID: id, RecordedAt: now.Format(time.RFC3339Nano)}, now)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		return write(ctx, q)
	})
}

// StandingAdvice returns one standing advice.
func (s *Store) StandingAdvice(ctx context.Context, orgID, id string) (StandingAdvice, error) {
	row, err := one[standingAdviceRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return StandingAdvice{}, err
	}
	return row.toAdvice()
}

// StandingAdvices lists the standing advice of the organisation, the newest first.
func (s *Store) StandingAdvices(ctx context.Context, orgID string) ([]StandingAdvice, error) {
	var rows []standingAdviceRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).Order("given_at DESC", "id"))
	if err != nil {
		return nil, err
	}
	out := make([]StandingAdvice, len(rows))
	for i, r := range rows {
		if out[i], err = r.toAdvice(); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r standingAdviceRow) toAdvice() (StandingAdvice, error) {
	a := StandingAdvice{
		OrgID: r.OrgID, ID: r.ID, GivenBy: r.GivenBy, Title: r.Title, Text: r.Text, Value: r.Value,
		ValidUntil: r.ValidUntil, GivenAt: r.GivenAt.UTC(), WithdrawnAt: utc(r.WithdrawnAt),
	}
	if err := json.Unmarshal([]byte(r.Scope), &a.Scope); err != nil {
		return a, fmt.Errorf("read the scope of advice %s", r.ID)
	}
	return a, nil
}
