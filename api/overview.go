package api

import (
	"context"
	"encoding/json"
	"maps"
	"net/http"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// Overview is how things stand now: the cases by state, and what waits for each role.
type Overview struct {
	AsOf   time.Time    `json:"as_of" doc:"when it was counted: up to ten times as long ago as the counting took, where that was long"`
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
	seen, err := s.standing(ctx, cases, tasks)
	if err != nil {
		return nil, err
	}
	counts := maps.Clone(seen.value.cases)
	if r := cases.Reader; r.All && !r.Drafts {
		drafts := store.CaseFilter{OrgID: cases.OrgID, OwnerID: r.PersonID, State: model.Draft}
		own, err := s.Store.CasesByState(ctx, drafts)
		if err != nil {
			return nil, err
		}
		maps.Copy(counts, own)
	}
	l := languageOf(ctx)
	out := Overview{AsOf: s.Clock.Now().Add(-time.Since(seen.at)).UTC(), Cases: []StateCount{}, Queues: []QueueItem{}}
	for _, st := range model.CaseStates() {
		if n := counts[st]; n > 0 {
			out.Cases = append(out.Cases, StateCount{st, stateWords[st].In(l), n})
		}
	}
	for _, role := range model.Roles() {
		for _, q := range seen.value.queues {
			if q.Role == role {
				out.Queues = append(out.Queues, QueueItem{role, role.Label().In(l), q.Open, q.Overdue, q.Free, q.Oldest})
			}
		}
	}
	return &overviewOutput{out}, nil
}

// standing is what the lists of cases and of tasks hold, counted.
type standing struct {
	cases  map[model.CaseState]int
	queues []store.Queue
}

// standing counts once for all who read the same: whoever reads every case reads what
// all others do who read that, but for the drafts that are their own.
func (s *server) standing(ctx context.Context, cases store.CaseFilter, tasks store.TaskFilter) (worked[standing], error) {
	reader := *cases.Reader
	if reader.All {
		reader = access.Reader{All: true, Drafts: reader.Drafts}
	}
	cases.Reader = &reader
	if tasks.ForPerson == "" && !tasks.CasesOnly {
		tasks.Person, tasks.Pool = "", nil
	}
	key, err := json.Marshal([]any{cases, tasks})
	if err != nil {
		return worked[standing]{}, err
	}
	return s.stands.get(ctx, string(key), func(ctx context.Context) (out standing, err error) {
		if out.cases, err = s.Store.CasesByState(ctx, cases); err != nil {
			return out, err
		}
		out.queues, err = s.Store.Queues(ctx, tasks, s.Clock.Now())
		return out, err
	})
}
