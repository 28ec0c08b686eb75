//go:build !slim

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	historypb "go.temporal.io/api/history/v1"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/failpoint"
	"sluss/workflows/contract"
)

// healed is how soon after a restart's ready line everything has to agree, in the
// middle of many restarts, and stuck is when it has to in any of them: a machine may
// have other work.
const (
	healed = 5 * time.Second
	stuck  = 20 * time.Second
)

// victim is an act in whose middle the program dies, and what the next person
// does when it is back.
type victim struct {
	name string
	// until brings a case to where the act is next, call is the act and user who
	// sends it.
	until func(*aCase)
	call  func(*aCase) (user string, call client.Call)
	// next is what another person does to the same case afterwards.
	next func(*aCase)
}

var victims = []victim{
	{
		name:  "submit",
		until: func(*aCase) {},
		call:  func(c *aCase) (string, client.Call) { return c.owner(), c.submission() },
		next:  func(c *aCase) { c.decide(model.StageManager, model.TaskEndorse, model.OutcomeEndorse) },
	},
	{
		name:  "decide",
		until: func(c *aCase) { c.submit() },
		call: func(c *aCase) (string, client.Call) {
			t := c.task(model.StageManager, model.TaskEndorse)
			return c.team.who(t.Role), t.answer(model.OutcomeEndorse)
		},
		next: func(c *aCase) { c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeNotSecret) },
	},
	{
		name:  "hand in",
		until: func(c *aCase) { c.submit() },
		call: func(c *aCase) (string, client.Call) {
			t := c.task(model.StageLegalBasis, model.TaskPrepare)
			return c.team.who(t.Role), t.answer(model.OutcomeHandedIn)
		},
		next: func(c *aCase) { c.decide(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports) },
	},
}

// TestCrash kills the program at every place where an act is half done. After the
// restart the act is there exactly once, whether its sender comes back or not:
// rows, log and process agree, and the next person can go on. Outside CI one act dies at
// each place, and every other sender comes back.
func TestCrash(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{mortal: true})
		type run struct {
			c      *aCase
			victim victim
			place  string
			retry  bool
		}
		var runs []run
		for i, v := range victims {
			for n, place := range failpoint.Places() {
				if !inCI(true, (i+n)%len(victims) == 0) {
					continue
				}
				for _, retry := range inCI([]bool{false, true}, []bool{len(runs)%2 == 0}) {
					c := w.open(teamOf(len(runs)), intake(t, minutes))
					v.until(c)
					runs = append(runs, run{c, v, place, retry})
				}
			}
		}
		bystanders := make([]*aCase, len(runs))
		for n := range bystanders {
			bystanders[n] = w.open(teamOf(len(runs)+n), intake(t, spelling))
		}
		var others, recoveries, heals []time.Duration
		for n, r := range runs {
			name := fmt.Sprintf("%s, %s, retry %v", r.victim.name, r.place, r.retry)
			user, call := r.victim.call(r.c)
			before := r.c.view().Version
			w.arm(r.place)
			if a, err := w.try(user, call); err == nil {
				t.Fatalf("%s: answered %d %s", name, a.Status, a.Body)
			}
			w.server.died()
			died := time.Now()

			w.start(launch{mortal: true})
			bystanders[n].submit()
			others = append(others, time.Since(died))
			if r.retry {
				if got := w.must(user, call); got.Version != before+1 {
					t.Errorf("%s: tried again, the receipt is %+v", name, got)
				}
			}
			heals = append(heals, w.agrees(name, r.c, before+1))
			r.victim.next(r.c)
			recoveries = append(recoveries, time.Since(died))
			if !r.retry {
				// Who comes back only now gets the same answer as ever.
				if got := w.must(user, call); got.Version != before+1 {
					t.Errorf("%s: tried again late, the receipt is %+v", name, got)
				}
			}
		}
		w.stopAndCheck()
		if m := median(heals); m > healed {
			t.Errorf("everything agrees %s after a restart in the middle of %d, want %s", m, len(heals), healed)
		}
		t.Logf("%d kills at %d places; from death to an accepted act on another case: median %s, longest %s; on the same case by the next person: median %s, longest %s",
			len(runs), len(failpoint.Places()), median(others), slices.Max(others), median(recoveries), slices.Max(recoveries))
	})
}

// arm has the running mortal build die at a place.
func (w *world) arm(place string) {
	w.t.Helper()
	resp, err := wire.Post(w.server.address+"/failpoint/"+place, "", nil)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusOK {
		w.t.Fatalf("%s is not armed: %d %v", place, resp.StatusCode, err)
	}
}

// agrees requires that a case comes to stand at a version: no act pending, log and
// rows and process alike. It returns how long after the server was ready that was.
func (w *world) agrees(name string, c *aCase, version int64) time.Duration {
	w.t.Helper()
	check := w.checker()
	defer check.close()
	ready := w.server.output.began.Add(w.server.ready)
	eventually(w.t, stuck-time.Since(ready), func(ctx context.Context) error {
		if err := check.settled(); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if err := check.caseHolds(c.id); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		if s, err := check.st.Snapshot(ctx, org, c.id); err != nil || s.Version != version {
			return fmt.Errorf("%s: version %d, want %d: %w", name, s.Version, version, err)
		}
		if err := check.knows(ctx, c.id, w.process); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	return time.Since(ready)
}

// process asks the process of a case, through a running mortal build, what it
// knows.
func (w *world) process(ctx context.Context, id string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, w.server.address+"/process/"+id, nil)
	if err != nil {
		return nil, err
	}
	resp, err := wire.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%d %s", resp.StatusCode, body)
	}
	return body, err
}

// TestCrashWhileADeadlineFires kills the program while it records that a deadline
// has fallen due. The deadline fires once all the same.
func TestCrashWhileADeadlineFires(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{mortal: true})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		w.server.stop()
		subjects := map[string]string{failpoint.BeforeCommit: "manager.endorse", failpoint.AfterCommit: "secrecy.decision"}
		var all []string
		for place, subject := range subjects {
			id := model.DeadlineID(c.id, subject, model.DeadlineReminder, 1)
			check := w.checker()
			asSet := check.deadlines()[id].due
			check.fallDue(id, time.Now().Add(-10*time.Minute))
			check.close()
			w.spawn(launch{failpoint: place}).died()

			w.start(launch{mortal: true})
			all = append(all, id)
			check = w.checker()
			eventually(t, 20*time.Second, func(context.Context) error {
				if fired := check.fired(c.id); !slices.Equal(fired, all) {
					return fmt.Errorf("fired %v, want %v", fired, all)
				}
				return nil
			})
			check.close()
			w.server.stop()
			check = w.checker()
			check.fallDue(id, at(t, asSet)) // the log knows the time that was set
			check.close()
		}
		w.start(launch{mortal: true})
		c.pass()
		w.stopAndCheck()
	})
}

// TestKillUnderLoad kills the program three times while many clients work. Who
// was not answered asks again under the same key: nothing that was acknowledged
// is lost and nothing is done twice.
func TestKillUnderLoad(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		place := fixedAddress(t)
		// Cases continue as new in the middle of their reviews, too.
		w.start(launch{longAfter: 20, more: place})
		const clients, kills = 16, 3
		st := &stubborn{t: t, w: w, acknowledged: make(chan struct{}, 4096)}
		var wg sync.WaitGroup
		for n := range clients {
			wg.Go(func() { st.work(teamOf(n)) })
		}
		var back []time.Duration
		for range kills {
			for range 3 * clients {
				<-st.acknowledged
			}
			w.server.kill()
			died := time.Now()
			w.start(launch{longAfter: 20, more: place})
			<-st.acknowledged
			back = append(back, time.Since(died))
		}
		st.enough.Store(true)
		wg.Wait()
		t.Logf("%d kills under %d clients: %d acts, %d answers lost and asked for again; back after %v",
			kills, clients, st.acts.Load(), st.lost.Load(), back)
		if st.lost.Load() == 0 {
			t.Error("no answer was lost: nothing was tried")
		}
		w.stopAndCheck()
	})
}

// stubborn are clients that ask again until they are answered.
type stubborn struct {
	t            *testing.T
	w            *world
	acknowledged chan struct{}
	enough       atomic.Bool
	acts, lost   atomic.Int64

	mu sync.Mutex
	// decided is how long each decision took, from its first sending to its answer.
	decided []time.Duration
}

// work takes cases from opening to approval until it is enough.
func (s *stubborn) work(g team) {
	for !s.enough.Load() && !s.t.Failed() {
		a := s.ask(g.who(model.RoleProjectOwner), s.w.openCall(intake(s.t, minutes)))
		var r model.Receipt
		if err := a.Decode(&r); err != nil {
			s.t.Errorf("open: %d %s", a.Status, a.Body)
			return
		}
		c := &aCase{w: s.w, team: g, id: r.CaseID, intake: intake(s.t, minutes)}
		s.ask(c.owner(), client.Call{
			Method: "POST", Path: v1 + c.path("/submissions"), Key: client.NewKey(), IfMatch: a.ETag(),
			Body: map[string]any{"stage": "intake", "revision": 1},
		})
		for range 6 {
			list := s.ask(c.owner(), client.Call{Method: "GET", Path: v1 + c.path("/tasks?limit=100")})
			var tasks struct {
				Items []openTask `json:"items"`
			}
			if err := list.Decode(&tasks); err != nil || len(inOrder(tasks.Items)) == 0 {
				s.t.Errorf("tasks: %d %s", list.Status, list.Body)
				return
			}
			first := inOrder(c.having(tasks.Items))[0]
			call := client.Call{}
			if first.Kind == model.TaskPrepare {
				call = first.submissionOf(s.ask)
			} else {
				call = first.answer(first.freest())
			}
			s.ask(c.team.who(first.Role), call)
		}
	}
}

// ask sends a request until it is answered. Nobody else works on these cases, so
// that the answer has to be good.
func (s *stubborn) ask(user string, call client.Call) client.Answer {
	for began := time.Now(); ; {
		a, err := s.w.try(user, call)
		saved := call.Method == http.MethodPut && a.Status == http.StatusPreconditionFailed // and its answer was lost
		if err == nil && (a.Status < 300 || saved) {
			if call.Key != "" {
				s.acts.Add(1)
				s.acknowledged <- struct{}{}
			}
			if strings.HasSuffix(call.Path, "/decision") {
				s.mu.Lock()
				s.decided = append(s.decided, time.Since(began))
				s.mu.Unlock()
			}
			return a
		}
		if err == nil && a.Status < 500 || time.Since(began) > time.Minute {
			s.t.Errorf("%s %s as %s: %d %s %v", call.Method, call.Path, user, a.Status, a.Body, err)
			return a
		}
		s.lost.Add(1)
		<-time.After(20 * time.Millisecond)
	}
}

// TestPowerCut brings the engine's file back to what it was a while ago, as a
// power cut may: the record knows more than the engine. Cases that changed of late
// are brought up to date by themselves, the others at their first touch.
func TestPowerCut(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{mortal: true})
		var ofLate, longAgo []*aCase
		for n := range 8 {
			c := w.open(teamOf(n), intake(t, minutes))
			c.submit()
			if n%2 == 0 {
				ofLate = append(ofLate, c)
			} else {
				longAgo = append(longAgo, c)
			}
		}
		w.server.stop()
		old := t.TempDir()
		w.keepEngine(old)

		w.start(launch{mortal: true})
		for n := range ofLate {
			for range n { // the first stand as they did, the others have gone on
				ofLate[n].pass()
				longAgo[n].pass()
			}
		}
		young := w.open(teamOf(8), intake(t, minutes)) // the old engine has never heard of it
		young.submit()
		ofLate = append(ofLate, young)
		w.acknowledged() // so that nothing but its age betrays the old file
		w.server.kill()
		w.loseEngine()
		w.bringEngineBack(old)
		check := w.checker()
		check.forgetChanges(longAgo...)
		check.close()

		w.start(launch{mortal: true})
		for _, c := range ofLate {
			w.agrees("power cut", c, c.view().Version)
		}
		for _, c := range slices.Concat(ofLate, longAgo) {
			c.passUntil(model.Approved)
		}
		w.stopAndCheck()
	})
}

// acknowledged waits until the program has noted that the processes know of
// everything that is recorded.
func (w *world) acknowledged() {
	w.t.Helper()
	check := w.checker()
	defer check.close()
	eventually(w.t, 10*time.Second, func(context.Context) error {
		left, err := check.column("SELECT id FROM commands WHERE kind <> 'open_case' AND acked_at IS NULL")
		if err == nil && len(left) > 0 {
			err = fmt.Errorf("%d acts are not acknowledged", len(left))
		}
		return err
	})
}

// TestAnswerOfAnActivityLost lets the attempt that records a decision commit and
// then be given up as if it had hung. The next attempt finds what it did.
func TestAnswerOfAnActivityLost(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{mortal: true})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		w.server.stop()
		w.start(launch{mortal: true, hang: true})
		task := c.task(model.StageManager, model.TaskEndorse)
		call := task.answer(model.OutcomeEndorse)
		before := c.view().Version
		eventually(t, 20*time.Second, func(context.Context) error {
			a, err := w.try(c.team.who(task.Role), call)
			if err == nil && a.Status != 200 {
				err = fmt.Errorf("%d %s", a.Status, a.Body)
			}
			return err
		})
		w.agrees("activity lost", c, before+1)
		_, room := w.stopAndCheck()
		if !slices.ContainsFunc(room.history(t, c.id), func(e *historypb.HistoryEvent) bool {
			return e.GetActivityTaskScheduledEventAttributes().GetActivityType().GetName() == contract.RecordTransition
		}) {
			t.Error("the attempt was not given up: nothing was tried")
		}
	})
}
