package store

import (
	"context"
	"time"

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
func (s *Store) Queues(ctx context.Context, f TaskFilter, now time.Time) ([]Queue, error) {
	f.Status = "" // said in the words of the index that the queues are counted by
	var rows []struct {
		Role    model.Role `bun:"role"`
		Open    int        `bun:"open"`
		Overdue int        `bun:"overdue"`
		Free    int        `bun:"free"`
		Oldest  time.Time  `bun:"oldest"`
	}
	err := s.find(ctx, s.tasksQuery(f).Where("t.status || '' = 'open'").ColumnExpr("t.role, COUNT(*) AS open, MIN(t.opened_at) AS oldest").
		ColumnExpr("SUM(CASE WHEN t.due_at < ? THEN 1 ELSE 0 END) AS overdue", now).
		ColumnExpr("SUM(CASE WHEN t.assignee_id IS NULL THEN 1 ELSE 0 END) AS free").GroupExpr("t.role"), &rows)
	queues := make([]Queue, len(rows))
	for i, r := range rows {
		queues[i] = Queue{r.Role, r.Open, r.Overdue, r.Free, utc(r.Oldest)}
	}
	return queues, err
}

// CasesByState counts the cases that Cases lists by their state.
func (s *Store) CasesByState(ctx context.Context, f CaseFilter) (map[model.CaseState]int, error) {
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
