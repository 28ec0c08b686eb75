package store

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"sluss/model"
	"sluss/model/access"
)

// addAuthor remembers that a person has written on the assessment of a stage, which
// they then do not review (SOD-08).
func (s *Store) addAuthor(ctx context.Context, q queryer, orgID, caseID, stage, personID string) error {
	return s.exec(ctx, q, `INSERT INTO assessment_authors (org_id, case_id, stage, person_id) VALUES (?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, orgID, caseID, stage, personID)
}

// keptFromTask says which rule keeps people from answering a task, the one who answers
// and for whom they do, because of what they have done in its case: a reviewer has not written what they review (SOD-08), and
// the second reader is not who rejected or overrode (SOD-05).
func (s *Store) keptFromTask(ctx context.Context, q queryer, t taskRow, people ...string) (*model.Refusal, error) {
	var row struct {
		PersonID string `bun:"person_id"`
		ForID    string `bun:"for_id"`
	}
	rule, query, args := "", "", []any{t.OrgID, t.CaseID, t.Stage}
	switch t.Kind {
	case model.TaskSecondReading:
		rule = "SOD-05"
		query = `SELECT decider_id AS person_id, COALESCE(for_id, '') AS for_id FROM decisions
			WHERE org_id = ? AND case_id = ? AND stage = ? AND outcome IN (?, ?) ORDER BY decided_at DESC, id DESC LIMIT 1`
		args = append(args, model.OutcomeReject, model.OutcomeOverride)
	case model.TaskReviewLegal, model.TaskReviewSecurity:
		rule = "SOD-08"
		query = "SELECT person_id, '' AS for_id FROM assessment_authors WHERE org_id = ? AND case_id = ? AND stage = ? AND person_id IN (" + marks(len(people)) + ")"
		for _, p := range people {
			args = append(args, p)
		}
	default:
		return nil, nil
	}
	err := get(ctx, s, q, &row, query, args...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, nil
	case err == nil && (slices.Contains(people, row.PersonID) || row.ForID != "" && slices.Contains(people, row.ForID)):
		return model.Refuse(model.CodeSegregation, rule), nil
	}
	return nil, err
}

// holdsNow refuses somebody who acts in a role outside of cases that they do not have
// any more, or that what they are in the organisation keeps them from.
func (s *Store) holdsNow(ctx context.Context, q queryer, orgID, personID string, role model.Role) (*model.Refusal, error) {
	roles, err := s.rolesOf(ctx, q, orgID, personID)
	if err != nil {
		return nil, err
	}
	if rule := access.Conflict(nil, roles, role); rule != "" {
		return model.Refuse(model.CodeSegregation, rule), nil
	}
	if !role.PerCase() && !slices.Contains(roles, role) {
		return model.Refuse(model.CodeForbidden), nil
	}
	return nil, nil
}

func (s *Store) rolesOf(ctx context.Context, q queryer, orgID, personID string) ([]model.Role, error) {
	var rows []involvedRow
	err := list(ctx, s, q, &rows, "SELECT role FROM person_roles WHERE org_id = ? AND person_id = ?", orgID, personID)
	roles := make([]model.Role, len(rows))
	for i, r := range rows {
		roles[i] = r.Role
	}
	return roles, err
}

// mayHave says whether somebody may be given a task: they have its role, or the case
// names them for it, and nothing that they are or have done keeps them from it. What
// they are is read anew.
func (s *Store) mayHave(ctx context.Context, q queryer, t taskRow, unitID string, a model.Actor) (*model.Refusal, error) {
	var err error
	if a.Roles, err = s.rolesOf(ctx, q, t.OrgID, a.PersonID); err != nil {
		return nil, err
	}
	var rows []casePersonRow
	err = list(ctx, s, q, &rows, "SELECT DISTINCT role FROM case_people WHERE org_id = ? AND case_id = ? AND person_id = ?",
		t.OrgID, t.CaseID, a.PersonID)
	if err != nil {
		return nil, err
	}
	on := access.Object{UnitID: unitID}
	for _, r := range rows {
		on.Functions = append(on.Functions, r.Role)
	}
	if err := access.MayHave(a, on, t.Kind, t.Role); err != nil {
		return refusedBy(err), nil
	}
	return s.keptFromTask(ctx, q, t, a.PersonID)
}

// asError is a refusal as an error, without the trap of a nil in an interface.
func asError(refused *model.Refusal) error {
	if refused == nil {
		return nil
	}
	return refused
}
