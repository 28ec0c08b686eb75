package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
)

// OwnerChange is what an administrator decides about whose a case is (SOD-06).
type OwnerChange struct {
	OrgID, CaseID, ActorID string
	// From is whose it was when the administrator looked, To whose it becomes.
	From, To string
	Reason   model.OwnerReason
}

// ReplaceOwner makes a case somebody else's, with what waits for its project owner, and
// tells both. Whoever was its project owner before has no right in it any more, but what
// they have done keeps them from reviewing it (SOD-01). It refuses when nothing more is the
// project owner's to do, when the case is somebody else's by now, when something keeps the
// new one from it, and when whoever asks administers no more. It returns the number of the
// event.
func (s *Store) ReplaceOwner(ctx context.Context, o OwnerChange, now time.Time) (seq int64, err error) {
	now = clock.Normalise(now)
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, o.OrgID, o.CaseID, s.forUpdate())
		switch {
		case err != nil:
			return err
		case !c.State.HasOwner():
			return model.Refuse(model.CodeStateConflict)
		case c.ProjectOwnerID != o.From:
			return model.Refuse(model.CodeStale)
		case c.ProjectOwnerID == o.To:
			return model.Refuse(model.CodeUnchanged, "SOD-06")
		case o.To == o.ActorID:
			return model.Refuse(model.CodeSegregation, "SOD-06")
		}
		refused, err := s.holdsNow(ctx, q, o.OrgID, o.ActorID, model.RoleAdministrator)
		if refused == nil && err == nil {
			refused, err = s.mayOwn(ctx, q, o)
		}
		if refused != nil || err != nil {
			return errors.Join(err, asError(refused))
		}
		if err := s.takeOver(ctx, q, o); err != nil {
			return err
		}
		j := journal{c: c, actorID: o.ActorID, at: now}
		err = j.add(model.EventOwnerReplaced, model.EventData{
			Assignee: o.To, Role: model.RoleAdministrator, Rules: []string{"SOD-06"}, Reasons: []string{string(o.Reason)},
		}, nil)
		if err != nil {
			return err
		}
		seq = c.Seq
		if err := s.endPlain(ctx, q, &j); err != nil {
			return err
		}
		var told []outboxRow
		for _, personID := range []string{o.From, o.To} {
			told = append(told, outboxRow{
				OrgID: o.OrgID, ID: model.NewID(), CaseID: o.CaseID, Seq: seq, Kind: model.MessageNewOwner,
				PersonID: personID, ActorID: o.ActorID, CreatedAt: now,
			})
		}
		return insert(ctx, s, q, "", told...)
	})
	return seq, err
}

// mayOwn refuses somebody who has left, or whom what they are or have done keeps from
// being the project owner (SOD-01, SOD-02, SOD-09).
func (s *Store) mayOwn(ctx context.Context, q queryer, o OwnerChange) (*model.Refusal, error) {
	var gone []involvedRow
	err := list(ctx, s, q, &gone, "SELECT id AS person_id FROM people WHERE org_id = ? AND id = ? AND disabled_at IS NULL AND kind = 'person'",
		o.OrgID, o.To)
	if err != nil {
		return nil, err
	}
	if len(gone) == 0 {
		return model.Refuse(model.CodeInvalid), nil
	}
	roles, err := s.rolesOf(ctx, q, o.OrgID, o.To)
	if err != nil {
		return nil, err
	}
	var rows []casePersonRow
	err = list(ctx, s, q, &rows, "SELECT DISTINCT role FROM case_people WHERE org_id = ? AND case_id = ? AND person_id = ? AND role <> ?",
		o.OrgID, o.CaseID, o.To, model.RoleProjectOwner)
	functions := make([]model.Role, len(rows))
	for i, r := range rows {
		functions[i] = r.Role
	}
	if rule := access.Conflict(functions, roles, model.RoleProjectOwner); rule != "" {
		return model.Refuse(model.CodeSegregation, rule), err
	}
	return nil, err
}

// takeOver makes a case and the open tasks of its project owner somebody else's.
func (s *Store) takeOver(ctx context.Context, q queryer, o OwnerChange) error {
	var before []casePersonRow
	err := list(ctx, s, q, &before, "DELETE FROM case_people WHERE org_id = ? AND case_id = ? AND role = ? RETURNING person_id",
		o.OrgID, o.CaseID, model.RoleProjectOwner)
	if err != nil {
		return err
	}
	row := casePersonRow{OrgID: o.OrgID, CaseID: o.CaseID, PersonID: o.To, Role: model.RoleProjectOwner, Source: sourceNamed}
	rows := []casePersonRow{row}
	for _, p := range append(before, casePersonRow{PersonID: o.From}) {
		row.PersonID, row.Source = p.PersonID, sourceFormer
		if p.PersonID != o.To && !slices.Contains(rows, row) {
			rows = append(rows, row)
		}
	}
	if err := insert(ctx, s, q, "", rows...); err != nil {
		return err
	}
	err = s.exec(ctx, q, "UPDATE tasks SET assignee_id = ? WHERE org_id = ? AND case_id = ? AND role = ? AND status = 'open'",
		o.To, o.OrgID, o.CaseID, model.RoleProjectOwner)
	if err != nil {
		return err
	}
	return s.exec(ctx, q, "UPDATE cases SET project_owner_id = ? WHERE org_id = ? AND id = ?", o.To, o.OrgID, o.CaseID)
}
