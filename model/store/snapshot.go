package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"sluss/model"
)

// Snapshot reads what the process of a case needs to know. It is the one way by
// which a process starts, continues and recovers. A case that does not exist
// gives the zero snapshot.
func (s *Store) Snapshot(ctx context.Context, orgID, caseID string) (model.Snapshot, error) {
	var snap model.Snapshot
	err := s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, orgID, caseID, "")
		if err != nil {
			return err
		}
		snap, err = s.snapshotOf(ctx, q, c)
		return err
	})
	if errors.Is(err, ErrNotFound) {
		return model.Snapshot{}, nil
	}
	return snap, err
}

// selectCase reads a case's row, and locks it with s.forUpdate() as lock.
func (s *Store) selectCase(ctx context.Context, q queryer, orgID, id, lock string) (*caseRow, error) {
	c := new(caseRow)
	return c, get(ctx, s, q, c, "SELECT "+columns[caseRow](s)+" FROM cases WHERE org_id = ? AND id = ?"+lock, orgID, id)
}

// snapshotOf reads the stages, tasks and next deadline that belong to the case's
// row.
func (s *Store) snapshotOf(ctx context.Context, q queryer, c *caseRow) (model.Snapshot, error) {
	snap := model.Snapshot{
		Found: true, Version: c.Version, State: c.State, Tier: c.Tier, Mode: c.Mode, Target: c.Target,
		HardStops: c.HardStops, Blockers: c.Blockers, Covered: c.Covered,
		Conditions: c.Conditions, OpenBeforeUse: c.OpenBeforeUse, Lapsed: c.Lapsed,
	}
	if err := json.Unmarshal([]byte(c.InUse), &snap.InUse); err != nil {
		return snap, fmt.Errorf("in use: %w", err)
	}
	var stages []stageRow
	err := list(ctx, s, q, &stages, "SELECT "+columns[stageRow](s)+" FROM stages WHERE org_id = ? AND case_id = ?", c.OrgID, c.ID)
	if err != nil {
		return snap, err
	}
	for _, r := range stages {
		snap.Stages = append(snap.Stages, model.StageState{
			Key: r.Stage, Requirement: r.Requirement, Raised: r.Raised, Status: r.Status, Result: r.Result, Scope: r.ScopeHash,
			Assess: r.Assess, Part: r.PartHash, Advice: r.Advice, Returns: r.Returns,
		})
	}
	var tasks []taskRow
	err = list(ctx, s, q, &tasks, `SELECT stage, kind, round, status, outcome FROM tasks
		WHERE org_id = ? AND case_id = ? ORDER BY round`, c.OrgID, c.ID)
	if err != nil {
		return snap, err
	}
	for _, r := range tasks {
		st := snap.Stage(r.Stage)
		if st == nil {
			return snap, errors.New("a task without its stage")
		}
		latest := model.TaskState{Kind: r.Kind, Round: r.Round, Status: r.Status, Outcome: r.Outcome}
		if t := st.Task(r.Kind); t != nil {
			*t = latest
		} else {
			st.Tasks = append(st.Tasks, latest)
		}
	}
	snap.Sort()
	snap.Next, err = s.nextDeadline(ctx, q, c.OrgID, c.ID)
	return snap, err
}

// nextDeadline returns the earliest deadline that has neither fired nor been
// cancelled, or nil. Equal times are told apart by id, so that the order never
// changes.
func (s *Store) nextDeadline(ctx context.Context, q queryer, orgID, caseID string) (*model.Due, error) {
	var rows []deadlineRow
	err := list(ctx, s, q, &rows, `SELECT id, due_at FROM deadlines
		WHERE org_id = ? AND case_id = ? AND fired_at IS NULL AND cancelled_at IS NULL
		ORDER BY due_at, id LIMIT 1`, orgID, caseID)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	return &model.Due{ID: rows[0].ID, At: rows[0].DueAt.UTC()}, nil
}
