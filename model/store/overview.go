package store

import (
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
)

// Queue is how much waits for a role.
type Queue struct {
	Role model.Role
	// Open counts the open tasks, Overdue those whose time is over, and Free those
	// that nobody has.
	Open, Overdue, Free int
	// Oldest is when the task was opened that has waited longest.
	Oldest time.Time
}

// Queues counts the open tasks that a filter leaves by the role that answers them, in
// no order. It is for filters that are not about one person's tasks.
//
// Each part has an index with all that is counted: the tasks that are no advice on a
// DPIA, which are most, and that advice where it stands alone (AD-02).
func (s *Store) Queues(ctx context.Context, f TaskFilter, now time.Time) ([]Queue, error) {
	f.Status = model.TaskOpen
	rest := s.tasksOf(f).Where("(t.stage <> ? OR t.kind <> ?)", model.StageDPIA, model.TaskAdvice)
	advice := s.tasksOf(f).Where("t.stage = ? AND t.kind = ?", model.StageDPIA, model.TaskAdvice).Where("NOT "+standsWith, model.StageLegalBasis)
	for _, part := range []*bun.SelectQuery{rest, advice} {
		part.ColumnExpr(`t.role, MIN(t.opened_at) AS oldest, COUNT(*) AS open, COUNT(*) - COUNT(t.assignee_id) AS free,
			SUM(CASE WHEN t.due_at < ? THEN 1 ELSE 0 END) AS overdue`, now).GroupExpr("t.role")
	}
	var rows []struct {
		Role    model.Role `bun:"role"`
		Open    int        `bun:"open"`
		Overdue int        `bun:"overdue"`
		Free    int        `bun:"free"`
		Oldest  time.Time  `bun:"oldest"`
	}
	err := s.find(counting(ctx), s.read.NewSelect().ColumnExpr("q.*").
		TableExpr("(SELECT * FROM (?) AS rest UNION ALL SELECT * FROM (?) AS advice) AS q", rest, advice), &rows)
	var queues []Queue
	for _, r := range rows {
		i := slices.IndexFunc(queues, func(q Queue) bool { return q.Role == r.Role })
		if i < 0 {
			i, queues = len(queues), append(queues, Queue{Role: r.Role, Oldest: utc(r.Oldest)})
		}
		q := &queues[i]
		q.Open, q.Overdue, q.Free = q.Open+r.Open, q.Overdue+r.Overdue, q.Free+r.Free
		if r.Oldest.Before(q.Oldest) {
			q.Oldest = utc(r.Oldest)
		}
	}
	return queues, err
}

// CasesByState counts the cases that Cases lists by their state.
func (s *Store) CasesByState(ctx context.Context, f CaseFilter) (map[model.CaseState]int, error) {
	ctx = counting(ctx)
	q, _, err := s.casesQuery(ctx, f)
	if err != nil {
		return nil, err
	}
	var rows []struct {
		State model.CaseState `bun:"state"`
		N     int             `bun:"n"`
	}
	err = s.find(ctx, q.Model((*caseRow)(nil)).ColumnExpr("c.state, COUNT(*) AS n").GroupExpr("c.state"), &rows)
	counts := make(map[model.CaseState]int, len(rows))
	for _, r := range rows {
		counts[r.State] = r.N
	}
	return counts, err
}
