package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model"
)

// Adopters lists the units that have answered that they adopt what the case came
// to (S7), among those that it covers, with what each has decided. The answer of one
// that is asked again stands until its time has passed: then silence is none
// (rulebook 3.7).
func (s *Store) Adopters(ctx context.Context, orgID, caseID string, now time.Time) ([]model.RegisterUnit, error) {
	var units []model.RegisterUnit
	err := s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, orgID, caseID, "")
		if err != nil {
			return err
		}
		units, err = s.adopters(ctx, q, c, c.Covered, now)
		return err
	})
	return units, err
}

func (s *Store) adopters(ctx context.Context, q queryer, c *caseRow, covered []string, now time.Time) ([]model.RegisterUnit, error) {
	var rows []struct {
		Kind    model.TaskKind   `bun:"kind"`
		Status  model.TaskStatus `bun:"status"`
		DueAt   time.Time        `bun:"due_at,nullzero"`
		Outcome model.Outcome    `bun:"outcome"`
		Answers string           `bun:"answers"`
	}
	err := list(ctx, s, q, &rows, `SELECT t.kind, t.status, t.due_at, COALESCE(d.outcome, '') AS outcome, COALESCE(d.answers, '') AS answers
		FROM tasks AS t LEFT JOIN decisions AS d ON d.org_id = t.org_id AND d.task_id = t.id
		WHERE t.org_id = ? AND t.case_id = ? AND t.stage = ? ORDER BY t.round`, c.OrgID, c.ID, model.StageAdoption)
	if err != nil {
		return nil, err
	}
	said := map[string]model.RegisterUnit{}
	for _, r := range rows {
		id, _ := r.Kind.Unit()
		silent := r.Status == model.TaskOpen && !r.DueAt.IsZero() && !now.Before(r.DueAt)
		if r.Outcome != "" || silent {
			delete(said, id)
		}
		if !r.Outcome.Adopts() {
			continue
		}
		var answers struct {
			RopaRef    string `json:"ropa_ref"`
			Conditions string `json:"adoption_conditions"`
		}
		if err := json.Unmarshal([]byte(r.Answers), &answers); err != nil {
			return nil, fmt.Errorf("read the answers of a unit")
		}
		said[id] = model.RegisterUnit{UnitID: id, RopaRef: answers.RopaRef, Conditions: answers.Conditions}
	}
	var units []model.RegisterUnit
	for _, id := range covered {
		if u, ok := said[id]; ok && id != c.UnitID {
			units = append(units, u)
		}
	}
	return units, nil
}

// withAdopters are the unit that opened the case, which stands first, and those
// that have adopted. They are read under the lock of the case: an entry that was
// composed before another unit answered does not leave that one out.
func (r *recorder) withAdopters(ctx context.Context, units []model.RegisterUnit) ([]model.RegisterUnit, error) {
	covered := r.c.Covered
	if r.t.Changes.Covered != nil {
		covered = *r.t.Changes.Covered
	}
	adopters, err := r.store.adopters(ctx, r.q, r.c, covered, r.now)
	return append(slices.Clone(units[:min(len(units), 1)]), adopters...), err
}

// changesAdopters reports whether a unit has answered, or has let its time pass.
func (r *recorder) changesAdopters() bool {
	switch {
	case r.task != nil:
		return r.task.Stage == model.StageAdoption
	case r.deadline != nil:
		return r.deadline.Kind == model.DeadlineDue && strings.HasPrefix(r.deadline.Subject, string(model.StageAdoption)+".")
	}
	return false
}

// checkUnit lets a unit's question be answered by a person of that unit, where
// nobody is named as its information owner (L-08).
func (r *recorder) checkUnit(ctx context.Context) (*model.Refusal, error) {
	unit, ok := r.task.Kind.Unit()
	if !ok || r.task.AssigneeID != "" {
		return nil, nil
	}
	asked := r.command.ActorID
	if d := r.command.Payload.Decision; d.For != nil {
		asked = d.For.PersonID
	}
	var p personRow
	err := get(ctx, r.store, r.q, &p, "SELECT unit_id FROM people WHERE org_id = ? AND id = ?", r.c.OrgID, asked)
	if err == nil && p.UnitID != unit {
		return model.Refuse(model.CodeForbidden, "L-08"), nil
	}
	return nil, err
}

// ownerOf returns the information owner of a unit, or "" where none is named.
func (r *recorder) ownerOf(ctx context.Context, unitID string) (string, error) {
	var u unitRow
	err := get(ctx, r.store, r.q, &u, "SELECT information_owner_id FROM units WHERE org_id = ? AND id = ?", r.c.OrgID, unitID)
	return u.InformationOwnerID, err
}
