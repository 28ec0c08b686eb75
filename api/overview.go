package api

import (
	"context"
	"net/http"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
)

// Overview is how things stand now: the cases by state, and what waits for each role.
type Overview struct {
	Cases  []StateCount `json:"cases" nullable:"false" doc:"the cases that I may read, by state; states without cases are left out"`
	Queues []QueueItem  `json:"queues" nullable:"false" doc:"the open tasks that I may read, by the role that answers them; roles without tasks are left out"`
}

// StateCount is how many cases are in a state.
type StateCount struct {
	State model.CaseState `json:"state"`
	Label string          `json:"label"`
	Cases int             `json:"cases"`
}

// QueueItem is what waits for a role.
type QueueItem struct {
	Role    model.Role `json:"role"`
	Label   string     `json:"label"`
	Open    int        `json:"open" doc:"open tasks"`
	Overdue int        `json:"overdue" doc:"of them, those whose time is over"`
	Free    int        `json:"free" doc:"of them, those that nobody has"`
	Oldest  time.Time  `json:"oldest" doc:"when the task was opened that has waited longest"`
}

type overviewOutput struct{ Body Overview }

func (s *server) overviewRoutes() {
	add(s, route{
		id: "get-overview", method: http.MethodGet, path: "/overview", tag: tagService, errors: []int{http.StatusForbidden},
		summary: "How things stand now: cases by state, and open tasks by role (rulebook 9.9)",
	}, s.overview)
}

// overview counts what the lists of cases and of tasks hold for the reader.
func (s *server) overview(ctx context.Context, _ *empty) (*overviewOutput, error) {
	if err := access.Anywhere(authn.Actor(ctx), access.Statistics, access.Read); err != nil {
		return nil, err
	}
	cases, err := s.caseFilter(ctx, CaseFilters{})
	if err != nil {
		return nil, err
	}
	tasks, err := s.taskFilter(ctx, TaskFilters{})
	if err != nil {
		return nil, err
	}
	counts, err := s.Store.CasesByState(ctx, cases)
	if err != nil {
		return nil, err
	}
	queues, err := s.Store.Queues(ctx, tasks, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	l, out := languageOf(ctx), Overview{Cases: []StateCount{}, Queues: []QueueItem{}}
	for _, st := range model.CaseStates() {
		if n := counts[st]; n > 0 {
			out.Cases = append(out.Cases, StateCount{st, stateWords[st].In(l), n})
		}
	}
	for _, role := range model.Roles() {
		for _, q := range queues {
			if q.Role == role {
				out.Queues = append(out.Queues, QueueItem{role, role.Label().In(l), q.Open, q.Overdue, q.Free, q.Oldest})
			}
		}
	}
	return &overviewOutput{out}, nil
}
