package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/calendar"
)

type interimRow struct {
	bun.BaseModel     `bun:"table:interim_approvals"`
	OrgID             string     `bun:"org_id,pk"`
	ID                string     `bun:"id,pk"`
	CaseID            string     `bun:"case_id"`
	Role              model.Role `bun:"role"`
	PersonID          string     `bun:"person_id"`
	AllowedUntil      string     `bun:"allowed_until"`
	IPL               int        `bun:"ipl"`
	Uses              string     `bun:"uses"`
	Reason            string     `bun:"reason"`
	DecisionAuthority string     `bun:"decision_authority"`
	GivenAt           time.Time  `bun:"given_at"`
}

func (r *interimRow) terms() (model.InterimTerms, error) {
	t := model.InterimTerms{AllowedUntil: r.AllowedUntil, IPL: r.IPL}
	if err := json.Unmarshal([]byte(r.Uses), &t.Uses); err != nil {
		return t, fmt.Errorf("read the uses of an interim approval")
	}
	return t, nil
}

// InterimApproval is the word of one of the two who allow the use of an existing
// tool while it is being assessed (EX-01).
type InterimApproval struct {
	model.InterimTerms
	Role              model.Role
	PersonID          string
	Reason            string
	DecisionAuthority string
	GivenAt           time.Time
}

// InterimApprovals lists the words that were given in a case, the first first.
func (s *Store) InterimApprovals(ctx context.Context, orgID, caseID string) ([]InterimApproval, error) {
	rows, err := many[interimRow](ctx, s, "org_id = ? AND case_id = ? ORDER BY given_at, id", orgID, caseID)
	if err != nil {
		return nil, err
	}
	out := make([]InterimApproval, len(rows))
	for i, r := range rows {
		terms, err := r.terms()
		if err != nil {
			return nil, err
		}
		out[i] = InterimApproval{terms, r.Role, r.PersonID, r.Reason, r.DecisionAuthority, r.GivenAt.UTC()}
	}
	return out, nil
}

// checkInterim lets two people allow the use of an existing tool on the same terms,
// once (EX-01).
func (r *recorder) checkInterim(ctx context.Context) (*model.Refusal, error) {
	terms := r.command.Payload.Interim
	switch {
	case terms == nil:
		return nil, nil
	case r.c.InterimUntil != "":
		return model.Refuse(model.CodeGuard, "EX-01"), nil
	case !r.happens(model.EventInterimAllowed):
		return nil, nil
	}
	var first interimRow
	err := get(ctx, r.store, r.q, &first, "SELECT "+columns[interimRow](r.store)+` FROM interim_approvals
		WHERE org_id = ? AND case_id = ? ORDER BY given_at DESC, id DESC LIMIT 1`, r.c.OrgID, r.c.ID)
	if err != nil {
		return nil, err
	}
	agreed, err := first.terms()
	switch {
	case err != nil:
		return nil, err
	case first.PersonID == r.command.ActorID:
		return model.Refuse(model.CodeSegregation, "EX-01"), nil
	case !agreed.Same(*terms):
		return model.Refuse(model.CodeGuard, "EX-01"), nil
	}
	return nil, nil
}

// takeInterim keeps the word of one of the two, and sets with the second how long
// the use goes on, with a notice before its end.
func (r *recorder) takeInterim(ctx context.Context) error {
	p := r.command.Payload
	if p.Interim == nil {
		return nil
	}
	uses, err := json.Marshal(p.Interim.Uses)
	if err != nil {
		return fmt.Errorf("uses: %w", err)
	}
	err = insert(ctx, r.store, r.q, "", interimRow{
		OrgID: r.c.OrgID, ID: model.NewID(), CaseID: r.c.ID, Role: p.Role, PersonID: r.command.ActorID,
		AllowedUntil: p.Interim.AllowedUntil, IPL: p.Interim.IPL, Uses: string(uses), Reason: p.Reason,
		DecisionAuthority: p.DecisionAuthority, GivenAt: r.now,
	})
	if err != nil || !r.happens(model.EventInterimAllowed) {
		return err
	}
	last, err := calendar.ParseDate(p.Interim.AllowedUntil)
	if err != nil {
		return fmt.Errorf("end of interim use: %w", ErrValue)
	}
	r.c.InterimUntil = p.Interim.AllowedUntil
	r.setExpiry(deadlineRow{Subject: model.SubjectInterim, Round: int(r.c.Version)}, last,
		notice{model.DeadlineNotice, model.TimeInterimNotice})
	return nil
}
