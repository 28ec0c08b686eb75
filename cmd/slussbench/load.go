//go:build linux && !slim

package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"sluss/api/client"
	"sluss/model"
)

//go:embed case.json
var caseAnswers []byte

//go:embed forms.json
var formAnswers []byte

// forms are the answers that come with the decisions and the assessment of the
// legal basis, by stage and kind of task.
var forms = sync.OnceValues(func() (all map[string]map[string]any, err error) {
	err = json.Unmarshal(formAnswers, &all)
	return all, err
})

// formOf returns the answers that a task asks for, or nil.
func formOf(stage model.StageKey, kind model.TaskKind) (map[string]any, error) {
	all, err := forms()
	return all[string(stage)+"."+string(kind)], err
}

// walk is the way of the measured case from submission to approval: five
// decisions, the data protection officer's advice among them.
var walk = []struct {
	stage   model.StageKey
	kind    model.TaskKind
	role    model.Role
	outcome model.Outcome
}{
	{model.StageManager, model.TaskEndorse, model.RoleManager, model.OutcomeEndorse},
	{model.StageLegalBasis, model.TaskAdvice, model.RoleDPO, model.OutcomeSupports},
	{model.StageLegalBasis, model.TaskDecision, model.RoleInformationOwner, model.OutcomeLawful},
	{model.StageSecrecy, model.TaskDecision, model.RoleLegalCounsel, model.OutcomeNotSecret},
	{model.StageCISO, model.TaskDecision, model.RoleCISO, model.OutcomeApprove},
}

const motivation = "Uppgiften är prövad mot riktlinjerna. Underlaget räcker, och de risker som beskrivs är hanterade i avtalet."

// sample is what one program did in one round with so many clients.
type sample struct {
	cases, decisions        int
	opening, deciding       time.Duration
	openingCPU, decidingCPU time.Duration
	latencies               []time.Duration // of the decisions
}

// add joins what was done in two turns of a round.
func (s sample) add(t sample) sample {
	return sample{
		s.cases + t.cases, s.decisions + t.decisions, s.opening + t.opening, s.deciding + t.deciding,
		s.openingCPU + t.openingCPU, s.decidingCPU + t.decidingCPU, slices.Concat(s.latencies, t.latencies),
	}
}

// load takes n cases through a server: first all are opened and submitted, then
// all are decided, so that the processor time of each can be told apart. The
// assessment that reviewers wait for is handed in between and is not measured.
func (b *bench) load(ctx context.Context, s *server, clients, n int) (sample, error) {
	cases := make([]*openCase, n)
	latencies := make([][]time.Duration, n)
	opening, openingCPU, err := b.timed(s, fmt.Sprintf("opening-%d", clients), func() error {
		return together(ctx, clients, len(cases), func(ctx context.Context, worker, i int) (err error) {
			cases[i], err = s.seats[worker].open(ctx)
			return err
		})
	})
	if err != nil {
		return sample{}, fmt.Errorf("open and submit: %w", err)
	}
	if err := together(ctx, clients, len(cases), func(ctx context.Context, _, i int) error { return cases[i].prepare(ctx) }); err != nil {
		return sample{}, err
	}
	deciding, decidingCPU, err := b.timed(s, fmt.Sprintf("deciding-%d", clients), func() error {
		return together(ctx, clients, len(cases), func(ctx context.Context, _, i int) (err error) {
			latencies[i], err = cases[i].decide(ctx)
			return err
		})
	})
	if err != nil {
		return sample{}, fmt.Errorf("decide: %w", err)
	}
	for _, c := range cases {
		s.finished = append(s.finished, c.id)
	}
	return sample{
		cases: len(cases), decisions: len(cases) * len(walk), opening: opening, deciding: deciding,
		openingCPU: openingCPU, decidingCPU: decidingCPU, latencies: slices.Concat(latencies...),
	}, nil
}

// warmUp takes one case for each client through, so that nothing is done for the
// first time.
func (s *server) warmUp(ctx context.Context, clients int) error {
	return together(ctx, clients, clients, func(ctx context.Context, worker, _ int) error {
		c, err := s.seats[worker].open(ctx)
		if err == nil {
			err = c.prepare(ctx)
		}
		if err == nil {
			_, err = c.decide(ctx)
		}
		return err
	})
}

// timed returns how long fn takes and the processor time that the server spends
// meanwhile.
func (b *bench) timed(s *server, name string, fn func() error) (elapsed, cpu time.Duration, err error) {
	end, err := b.startProfile(s, name)
	if err != nil {
		return 0, 0, err
	}
	before, err := s.cpu()
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	if err := fn(); err != nil {
		return 0, 0, err
	}
	elapsed = time.Since(began)
	after, err := s.cpu()
	return elapsed, after - before, errors.Join(err, end())
}

// together has workers take the items 0 to n-1 and stops at the first error.
func together(ctx context.Context, workers, n int, fn func(ctx context.Context, worker, item int) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	items := make(chan int, n)
	for i := range n {
		items <- i
	}
	close(items)
	var wg sync.WaitGroup
	for worker := range workers {
		wg.Go(func() {
			for i := range items {
				if ctx.Err() != nil {
					return
				}
				if err := fn(ctx, worker, i); err != nil {
					cancel(err)
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// seat is a set of people, one for each role in the walk, with the unit whose
// cases they have. Each client has one, so that nobody asks more often than
// people may.
type seat struct {
	people map[model.Role]*client.Client
	draft  map[string]any
}

// openCase is a case that waits for its decisions.
type openCase struct {
	id    string
	by    *seat
	etag  string
	tasks []openTask
}

type openTask struct {
	ID    string         `json:"task_id"`
	Stage model.StageKey `json:"stage"`
	Kind  model.TaskKind `json:"kind"`
	ETag  string         `json:"etag"`
}

func draftOf(unit string, start time.Time) (map[string]any, error) {
	var answers map[string]any
	if err := json.Unmarshal(caseAnswers, &answers); err != nil {
		return nil, err
	}
	answers["org_unit_id"], answers["covered_unit_ids"] = unit, []string{unit}
	answers["planned_start"] = start.Format(time.DateOnly)
	return map[string]any{"answers": answers}, nil
}

// draftOnly opens a draft.
func (s *seat) draftOnly(ctx context.Context) (*openCase, error) {
	var receipt struct {
		CaseID string `json:"case_id"`
	}
	draft, err := s.people[model.RoleProjectOwner].Do(ctx, client.Call{Method: "POST", Path: "/api/v1/cases", Body: s.draft, Key: client.NewKey()}, &receipt)
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	return &openCase{id: receipt.CaseID, by: s, etag: draft.ETag()}, nil
}

// open opens a draft, submits it and looks at the tasks that it has then.
func (s *seat) open(ctx context.Context) (*openCase, error) {
	c, err := s.draftOnly(ctx)
	if err != nil {
		return nil, err
	}
	submitted, err := s.people[model.RoleProjectOwner].Do(ctx, client.Call{
		Method: "POST", Path: "/api/v1/cases/" + c.id + "/submissions", IfMatch: c.etag, Key: client.NewKey(),
		Body: map[string]any{"stage": "intake", "revision": 1},
	}, nil)
	if err != nil {
		return nil, fmt.Errorf("submit: %w", err)
	}
	c.etag = submitted.ETag()
	return c, c.look(ctx)
}

// look lists the tasks that the case has.
func (c *openCase) look(ctx context.Context) error {
	var list struct {
		Items []openTask `json:"items"`
	}
	owner := c.by.people[model.RoleProjectOwner]
	if _, err := owner.Do(ctx, client.Call{Method: "GET", Path: "/api/v1/cases/" + c.id + "/tasks"}, &list); err != nil {
		return fmt.Errorf("list tasks: %w", err)
	}
	c.tasks = list.Items
	return nil
}

// prepare hands in the assessment of the legal basis, which opens the tasks of its
// reviewers.
func (c *openCase) prepare(ctx context.Context) error {
	const stage = model.StageLegalBasis
	answers, err := formOf(stage, model.TaskPrepare)
	if err != nil {
		return err
	}
	counsel := c.by.people[model.RoleLegalCounsel]
	_, err = counsel.Do(ctx, client.Call{
		Method: "PUT", Path: "/api/v1/cases/" + c.id + "/assessments/" + string(stage), IfMatch: `"0"`,
		Body: map[string]any{"answers": answers},
	}, nil)
	if err != nil {
		return fmt.Errorf("save the assessment: %w", err)
	}
	_, err = counsel.Do(ctx, client.Call{
		Method: "POST", Path: "/api/v1/cases/" + c.id + "/submissions", IfMatch: c.etag, Key: client.NewKey(),
		Body: map[string]any{"stage": stage, "revision": 1},
	}, nil)
	if err != nil {
		return fmt.Errorf("hand in the assessment: %w", err)
	}
	return c.look(ctx)
}

// decide answers the tasks of the case one after the other and returns how long
// each answer took.
func (c *openCase) decide(ctx context.Context) ([]time.Duration, error) {
	return c.decideFirst(ctx, len(walk))
}

// decideFirst answers the first tasks of the case.
func (c *openCase) decideFirst(ctx context.Context, steps int) ([]time.Duration, error) {
	took := make([]time.Duration, steps)
	for n, step := range walk[:steps] {
		i := slices.IndexFunc(c.tasks, func(t openTask) bool { return t.Stage == step.stage && t.Kind == step.kind })
		if i < 0 {
			return nil, fmt.Errorf("the case has no task %s %s", step.stage, step.kind)
		}
		body := map[string]any{"outcome": step.outcome, "revision": 1, "motivation": motivation}
		answers, err := formOf(step.stage, step.kind)
		if err != nil {
			return nil, err
		}
		if answers != nil {
			body["answers"] = answers
		}
		var receipt struct {
			State model.CaseState `json:"state"`
		}
		began := time.Now()
		_, err = c.by.people[step.role].Do(ctx, client.Call{
			Method: "POST", Path: "/api/v1/tasks/" + c.tasks[i].ID + "/decision", IfMatch: c.tasks[i].ETag, Key: client.NewKey(),
			Body: body,
		}, &receipt)
		if err != nil {
			return nil, fmt.Errorf("decide %s %s: %w", step.stage, step.kind, err)
		}
		took[n] = time.Since(began)
		if n == len(walk)-1 && receipt.State != model.Approved {
			return nil, fmt.Errorf("after the last decision the case is %s", receipt.State)
		}
	}
	return took, nil
}
