//go:build !slim

package main

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	"sluss/api/client"
	"sluss/model"
	"sluss/workflows/contract"
)

// together sends requests at the same moment and returns the answers.
func together(t *testing.T, n int, send func(int) (client.Answer, error)) []client.Answer {
	t.Helper()
	answers := make([]client.Answer, n)
	gate := make(chan struct{})
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-gate
			var err error
			if answers[i], err = send(i); err != nil {
				t.Errorf("request %d: %v", i, err)
			}
		})
	}
	close(gate)
	wg.Wait()
	return answers
}

// TestOneDecisionWins lets fifty people press the button at once.
func TestOneDecisionWins(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		before := c.view().Version
		manager := c.task(model.StageManager, model.TaskEndorse)

		tally := map[int]int{}
		for _, a := range together(t, 50, func(int) (client.Answer, error) {
			return w.try(c.team.who(model.RoleManager), manager.answer(model.OutcomeEndorse))
		}) {
			tally[a.Status]++
		}
		if tally[200] != 1 || tally[200]+tally[409]+tally[412]+tally[429] != 50 {
			t.Errorf("the answers are %v, want one 200 and otherwise 409, 412 and 429", tally)
		}
		if v := c.view(); v.Version != before+1 {
			t.Errorf("the case went from version %d to %d", before, v.Version)
		}
		t.Logf("fifty decisions under keys of their own: %v", tally)
		w.stopAndCheck()
	})
}

// TestSameKeyOneEffect sends one decision fifty times at once under one key.
func TestSameKeyOneEffect(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		call := c.task(model.StageManager, model.TaskEndorse).answer(model.OutcomeEndorse)
		answers := together(t, 50, func(int) (client.Answer, error) {
			return w.try(c.team.who(model.RoleManager), call)
		})
		for i, a := range answers {
			if a.Status != 200 || !sameJSON(a.Body, answers[0].Body) {
				t.Errorf("answer %d is %d %s, the first is %s", i, a.Status, a.Body, answers[0].Body)
			}
		}
		w.stopAndCheck()
	})
}

// TestColleaguesDoNotCollide lets five reviewers answer five tasks of one case at
// once: nobody has to read again because of the others.
func TestColleaguesDoNotCollide(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, bookingAgent))
		c.submit()
		c.handInAll()
		tasks := []openTask{
			c.task(model.StageManager, model.TaskEndorse),
			c.task(model.StageLegalBasis, model.TaskAdvice),
			c.task(model.StageSecrecy, model.TaskDecision),
			c.task(model.StageAgentRisk, model.TaskBenefit),
			c.task(model.StageAgentRisk, model.TaskReviewSecurity),
		}
		for i, a := range together(t, len(tasks), func(i int) (client.Answer, error) {
			return w.try(c.team.who(tasks[i].Role), tasks[i].answer(tasks[i].freest()))
		}) {
			if a.Status != 200 {
				t.Errorf("%s: %d %s", tasks[i].Role, a.Status, a.Body)
			}
		}
		w.stopAndCheck()
	})
}

// TestLongLife lets a case continue as new again and again while its reviewers
// work: nobody is refused because of it.
func TestLongLife(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{longAfter: 25})
		c := w.open(teamOf(0), intake(t, bookingAgent))
		c.submit()
		purpose := intake(t, bookingAgent)["purpose_text"].(string)
		for round := range 7 {
			c.handInAll()
			// Everybody but one at once, some of them too early, and then the owner has
			// to look at what that one found. A stage is returned three times at most.
			found := returners[round%len(returners)]
			open := slices.DeleteFunc(c.openTasks(), func(o openTask) bool { return o.Stage == found.Stage })
			for i, a := range together(t, len(open), func(i int) (client.Answer, error) {
				return w.try(c.team.who(open[i].Role), open[i].answer(open[i].freest()))
			}) {
				if a.Status != 200 && a.Status != 409 {
					t.Errorf("%s %s: %d %s", open[i].Stage, open[i].Kind, a.Status, a.Body)
				}
			}
			c.decide(found.Stage, found.Kind, model.OutcomeReturn)
			c.edit(map[string]any{"purpose_text": fmt.Sprintf("%s Omgång %d.", purpose, round)})
			c.submit()
		}
		c.passUntil(model.Approved)
		version := c.view().Version
		_, room := w.stopAndCheck()
		runs := room.runs(t, c.id)
		t.Logf("%d acts in %d runs", version, runs)
		if runs < 4 {
			t.Errorf("the case lived in %d runs: it did not continue as new often enough to show anything", runs)
		}
	})
}

// returners are those who return a case to its owner in turn.
var returners = []model.TaskKey{
	{Stage: model.StageSecrecy, Kind: model.TaskDecision},
	{Stage: model.StageManager, Kind: model.TaskEndorse},
	{Stage: model.StageCISO, Kind: model.TaskDecision},
}

// runs counts how often a case has continued as new, and the run that it began
// with.
func (r *engineRoom) runs(t *testing.T, id string) int {
	t.Helper()
	run := ""
	for n := 1; ; n++ {
		events := r.c.GetWorkflowHistory(t.Context(), contract.CaseWorkflowID(id), run, false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
		first, err := events.Next()
		if err != nil {
			t.Fatal(err)
		}
		if run = first.GetWorkflowExecutionStartedEventAttributes().GetContinuedExecutionRunId(); run == "" {
			return n
		}
	}
}

// crowd is many clients at once, with what they are told.
type crowd struct {
	t      *testing.T
	w      *world
	until  time.Time
	shared *aCase

	opened, decided, contended atomic.Int64
	mu                         sync.Mutex
	tally                      map[string]int
}

// TestCrowd lets 64 clients work at once on few connections to the database:
// half of them open and submit, half decide, on cases of their own and on one
// that all of them share. SLUSS_LONG_TESTS makes it a minute.
func TestCrowd(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{more: []string{"--database-conns", "2"}})
		const clients = 64
		own := make([]*aCase, clients/2)
		for n := range own {
			own[n] = w.open(teamOf(n), intake(t, minutes))
			own[n].submit()
		}
		cr := &crowd{t: t, w: w, shared: w.open(teamOf(clients), intake(t, minutes)), tally: map[string]int{}}
		cr.shared.submit()

		length := 8 * time.Second
		if os.Getenv("SLUSS_LONG_TESTS") != "" {
			length = time.Minute
		}
		cr.until = time.Now().Add(length)
		var wg sync.WaitGroup
		for n := range own {
			wg.Go(func() { cr.open(teamOf(clients/2 + n)) })
			wg.Go(func() { cr.decide(own[n]) })
		}
		wg.Wait()
		t.Logf("%d clients in %s: %d cases opened and submitted, %d decisions on own cases, %d on the shared one: %v",
			clients, length, cr.opened.Load(), cr.decided.Load(), cr.contended.Load(), cr.tally)
		if cr.opened.Load() == 0 || cr.decided.Load() == 0 || cr.contended.Load() == 0 {
			t.Error("something was not tried at all")
		}
		w.stopAndCheck()
	})
}

func (cr *crowd) over() bool { return time.Now().After(cr.until) || cr.t.Failed() }

// open opens and submits cases until the time is over.
func (cr *crowd) open(g team) {
	answers := intake(cr.t, spelling)
	for !cr.over() {
		a, ok := cr.own(g.who(model.RoleProjectOwner), cr.w.openCall(answers))
		if !ok {
			return
		}
		var r model.Receipt
		_ = a.Decode(&r) // a broken receipt shows in the next request
		_, ok = cr.own(g.who(model.RoleProjectOwner), client.Call{
			Method: "POST", Path: v1 + "/cases/" + r.CaseID + "/submissions", Key: client.NewKey(), IfMatch: a.ETag(),
			Body: map[string]any{"stage": "intake", "revision": 1},
		})
		if !ok {
			return
		}
		cr.opened.Add(1)
	}
}

// decide takes cases of its own through their reviews, and every other time
// takes part in the shared one.
func (cr *crowd) decide(c *aCase) {
	for turn := 0; !cr.over(); turn++ {
		if turn%2 == 1 {
			cr.contend()
			continue
		}
		tasks, ok := cr.openTasks(c, cr.own)
		switch {
		case !ok:
			return
		case len(tasks) == 0:
			if c, ok = cr.another(c.team); !ok {
				return
			}
		default:
			if _, ok := cr.own(c.team.who(tasks[0].Role), tasks[0].answer(tasks[0].freest())); !ok {
				return
			}
			cr.decided.Add(1)
		}
	}
}

// another opens and submits the next case to decide.
func (cr *crowd) another(g team) (*aCase, bool) {
	a, ok := cr.own(g.who(model.RoleProjectOwner), cr.w.openCall(intake(cr.t, minutes)))
	if !ok {
		return nil, false
	}
	var r model.Receipt
	_ = a.Decode(&r) // a broken receipt shows in the next request
	c := &aCase{w: cr.w, team: g, id: r.CaseID, intake: intake(cr.t, minutes)}
	_, ok = cr.own(c.owner(), client.Call{
		Method: "POST", Path: v1 + c.path("/submissions"), Key: client.NewKey(), IfMatch: a.ETag(),
		Body: map[string]any{"stage": "intake", "revision": 1},
	})
	return c, ok
}

// own sends a request about a case that nobody else works on: it has to succeed.
func (cr *crowd) own(user string, call client.Call) (client.Answer, bool) {
	a, err := cr.w.try(user, call)
	if err != nil || a.Status >= 300 {
		cr.t.Errorf("%s %s as %s: %d %s %v", call.Method, call.Path, user, a.Status, a.Body, err)
		return a, false
	}
	return a, true
}

// contend does whatever is next in the shared case: returns it or submits it
// again. Others do the same at the same time, so that a refusal is in order.
func (cr *crowd) contend() {
	tasks, ok := cr.openTasks(cr.shared, cr.common)
	if !ok {
		return
	}
	for _, t := range tasks {
		if t.Stage == model.StageManager {
			if _, ok := cr.common(cr.shared.team.who(t.Role), t.answer(model.OutcomeReturn)); ok {
				cr.contended.Add(1)
			}
			return
		}
	}
	a, ok := cr.common(cr.shared.owner(), client.Call{Method: "GET", Path: v1 + cr.shared.path("")})
	if !ok {
		return
	}
	if _, ok := cr.common(cr.shared.owner(), client.Call{
		Method: "POST", Path: v1 + cr.shared.path("/submissions"), Key: client.NewKey(), IfMatch: a.ETag(),
		Body: map[string]any{"stage": "intake", "revision": 1},
	}); ok {
		cr.contended.Add(1)
	}
}

// common sends a request about the shared case and notes the answer. Only what
// rivals and limits make of it is allowed beside success.
func (cr *crowd) common(user string, call client.Call) (client.Answer, bool) {
	a, err := cr.w.try(user, call)
	switch {
	case err != nil:
		cr.t.Errorf("%s %s: %v", call.Method, call.Path, err)
		return a, false
	case a.Status >= 300 && a.Status != http.StatusConflict && a.Status != http.StatusPreconditionFailed && a.Status != http.StatusTooManyRequests:
		cr.t.Errorf("%s %s: %d %s", call.Method, call.Path, a.Status, a.Body)
	}
	cr.mu.Lock()
	cr.tally[fmt.Sprintf("%s %d", call.Method, a.Status)]++
	cr.mu.Unlock()
	return a, a.Status < 300
}

// openTasks lists a case's open tasks in the order of the stages.
func (cr *crowd) openTasks(c *aCase, send func(string, client.Call) (client.Answer, bool)) ([]openTask, bool) {
	a, ok := send(c.owner(), client.Call{Method: "GET", Path: v1 + c.path("/tasks?limit=100")})
	if !ok {
		return nil, false
	}
	var list struct {
		Items []openTask `json:"items"`
	}
	if err := a.Decode(&list); err != nil {
		cr.t.Errorf("tasks: %v", err)
		return nil, false
	}
	return inOrder(c.having(list.Items)), true
}
