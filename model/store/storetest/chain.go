package storetest

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
)

// The salts open the commitments of the events to what the rows say.
func testSalts(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis)
	condition := Condition(model.DueBeforeUse)
	act := w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReject, condition)
	w.Do(id, act)

	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	for _, e := range events {
		want := store.Happened{Seq: e.Seq, Kind: model.EventKind(e.Kind), ActorID: e.ActorID, At: e.At}
		if got, _, err := w.Store.Happened(w.ctx(), w.Org, id, e.Seq); err != nil || got != want {
			t.Errorf("event %d is %+v, want %+v, %v", e.Seq, got, want, err)
		}
	}
	if _, _, err := w.Store.Happened(w.ctx(), w.Org, id, int64(len(events))+1); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an event that is to come: %v", err)
	}
	salts, err := w.Store.Salts(w.ctx(), w.Org, id)
	w.must(err)
	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	answers, err := audit.Canonicalise(decisions[0].Answers)
	w.must(err)
	written, err := audit.CanonicalJSON(condition)
	w.must(err)
	texts := map[string]string{
		"1/part_hash":          "h1",
		"2/part_hash":          "h1",
		"2/title":              "Chattbot för bygglov",
		"4/motivation":         decisions[0].Motivation,
		"4/path_forward_text":  decisions[0].PathForwardText,
		"4/decision_authority": decisions[0].DecisionAuthority,
		"4/answers":            string(answers),
		"4/conditions.0":       string(written),
	}
	commitments := 0
	for _, e := range events {
		commitments += len(e.Commitments)
	}
	if len(salts) != len(texts) || commitments != len(texts) {
		t.Errorf("%d salts for %d commitments, want %d", len(salts), commitments, len(texts))
	}
	for _, s := range salts {
		text, ok := texts[fmt.Sprintf("%d/%s", s.Seq, s.Field)]
		commitment := events[s.Seq-1].Commitments[s.Field]
		if !ok || !audit.Opens(commitment, s.Salt, text) {
			t.Errorf("event %d, %s: does not open to %q", s.Seq, s.Field, text)
		}
		if audit.Opens(commitment, s.Salt, text+" ") {
			t.Errorf("event %d, %s: opens to another text", s.Seq, s.Field)
		}
	}
	for _, secret := range []string{"bygglov", "Underlaget", "biträdesavtal", "gallringen"} {
		if strings.Contains(toJSON(events), secret) {
			t.Errorf("the events say %q", secret)
		}
	}
}

// Drafts, assignments and process steps on one case at the same time leave one
// chain without gaps.
func testConcurrentActs(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	task := w.Task(id, model.StageManager, model.TaskEndorse)
	var group sync.WaitGroup
	var plain, steps atomic.Int64
	for range 4 {
		group.Go(func() { // takes the task and gives it back
			for range 10 {
				if w.Store.AssignTask(w.ctx(), w.Org, task.ID, w.Manager, w.Manager, "", w.Clock.Now()) == nil {
					plain.Add(1)
				}
				if w.Store.AssignTask(w.ctx(), w.Org, task.ID, w.Manager, "", w.Manager, w.Clock.Now()) == nil {
					plain.Add(1)
				}
			}
		})
		group.Go(func() { // moves the process on, adopting what others have done
			act := Act{Kind: model.ActVerifyCondition, Actor: w.Owner, Step: func(s *model.Snapshot) []model.Step {
				return []model.Step{{Event: model.EventConditionMet, State: s.State}}
			}}
			for range 10 {
				c, snap := w.Command(id, act), w.Snapshot(id)
				for {
					r, err := w.Store.Record(w.ctx(), w.Transition(id, snap, c.ID, act), w.Clock.Now())
					if err != nil {
						t.Errorf("record: %v", err)
						return
					}
					if r.Mismatch == nil {
						steps.Add(1)
						break
					}
					snap = *r.Mismatch
				}
			}
		})
		group.Go(func() {
			for i := range 10 {
				d := w.draft(id, 0, fmt.Sprint("utkast ", i))
				d.Part, d.States = "dpia", []model.CaseState{model.ManagerReview}
				if part, err := w.Store.Part(w.ctx(), w.Org, id, d.Part); err == nil {
					d.IfRevision = part.Revision
				}
				d.Hash = model.NewID()
				if _, err := w.Store.SaveDraft(w.ctx(), d, w.Clock.Now()); err == nil {
					plain.Add(1)
				} else if model.CodeOf(err) != model.CodeStale {
					t.Errorf("save: %v", err)
				}
			}
		})
	}
	group.Wait()
	c := w.Case(id)
	// Nobody's write is lost, and nobody's event without its row.
	if steps.Load() != 40 || c.Version != 41 {
		t.Errorf("%d steps, version %d", steps.Load(), c.Version)
	}
	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 1000)
	w.must(err)
	w.must(audit.VerifyChain(events))
	assigned := 0
	for _, e := range events {
		if k := model.EventKind(e.Kind); k == model.EventTaskClaimed || k == model.EventTaskReleased || k == model.EventDraftSaved {
			assigned++
		}
	}
	// An assignment that stands already succeeds without an event.
	if int64(len(events)) != c.Seq || int64(assigned) > plain.Load() || c.Seq != 3+40+int64(assigned) {
		t.Errorf("%d events, seq %d, %d plain acts, %d of their events", len(events), c.Seq, plain.Load(), assigned)
	}
	w.Verify(id)
}

// Of many answers to one task exactly one is recorded.
func testOneWinner(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	act := w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	snap := w.Snapshot(id)
	const senders = 16
	transitions := make([]model.Transition, senders)
	for i := range transitions {
		transitions[i] = w.Transition(id, snap, w.Command(id, act).ID, act)
	}
	var group sync.WaitGroup
	var recorded, mismatched atomic.Int64
	for _, transition := range transitions {
		for range 2 { // each twice, as after a lost answer
			group.Go(func() {
				r, err := w.Store.Record(w.ctx(), transition, w.Clock.Now())
				switch {
				case err != nil:
					t.Errorf("record: %v", err)
				case r.Mismatch != nil:
					mismatched.Add(1)
				case !r.Replayed && r.Refused == nil:
					recorded.Add(1)
				}
			})
		}
	}
	group.Wait()
	if recorded.Load() != 1 || mismatched.Load() != 2*(senders-1) {
		t.Errorf("%d recorded, %d told what stands", recorded.Load(), mismatched.Load())
	}
	for _, transition := range transitions {
		r := w.Record(w.Transition(id, w.Snapshot(id), transition.CommandID, Act{
			Kind: act.Kind, Task: act.Task, Step: func(s *model.Snapshot) []model.Step { return []model.Step{{State: s.State}} },
		}))
		if !r.Replayed && (r.Refused == nil || r.Refused.Code != model.CodeTaskClosed) {
			t.Errorf("a loser, decided anew: %+v", r)
		}
	}
	if decisions, err := w.Store.Decisions(w.ctx(), w.Org, id); err != nil || len(decisions) != 1 {
		t.Errorf("%d decisions, %v", len(decisions), err)
	}
	w.Verify(id)
}

// SeedVariable names the environment variable that repeats a random walk.
const SeedVariable = "SLUSS_TEST_SEED"

// newSeed returns a seed that the log tells how to repeat.
func newSeed(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	if s, err := strconv.ParseUint(os.Getenv(SeedVariable), 10, 64); err == nil {
		seed = s
	}
	t.Logf("%s=%d", SeedVariable, seed)
	return seed
}

// testTimes has times with every kind of fraction and zone: they come back as
// the same moment in UTC, in whole microseconds, and sort as they should.
func testTimes(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	base := time.Date(2026, 11, 23, 9, 15, 0, 0, time.UTC)
	stockholm := time.FixedZone("", 3600)
	offsets := []time.Duration{
		0, 1, 999, time.Microsecond, 9 * time.Microsecond, 10 * time.Microsecond, 11 * time.Microsecond,
		99 * time.Microsecond, 100 * time.Microsecond, 101 * time.Microsecond, time.Millisecond,
		1001 * time.Microsecond, 10 * time.Millisecond, 99*time.Millisecond + 999*time.Microsecond, 100 * time.Millisecond,
		500 * time.Millisecond, 500*time.Millisecond + time.Microsecond, 999999 * time.Microsecond, time.Second,
		time.Minute, time.Hour, 15 * time.Hour, 24 * time.Hour, 40 * 24 * time.Hour, 366 * 24 * time.Hour,
	}
	var want []string
	for i, offset := range offsets {
		now := base.Add(offset)
		if i%2 == 1 {
			now = now.In(stockholm)
		}
		n := w.NewCase()
		_, err := w.Store.CreateCase(w.ctx(), n, now)
		w.must(err)
		c := w.Case(n.ID)
		if stored := now.UTC().Truncate(time.Microsecond); c.CreatedAt != stored || c.UpdatedAt != stored {
			t.Errorf("%v came back as %v", now, c.CreatedAt)
		}
		want = append(want, n.ID)
		w.Verify(n.ID)
	}
	cases, err := w.Store.Cases(w.ctx(), store.CaseFilter{OrgID: w.Org})
	w.must(err)
	slices.Reverse(cases)
	for i, c := range cases[3:] { // the first three are of the same microsecond
		if c.ID != want[i+3] {
			t.Fatalf("case %d in order is %v, want %v", i+3, c.CreatedAt, base.Add(offsets[i+3]))
		}
	}
	// Comparisons with a time that is no column.
	id := w.Submitted(model.StageManager)
	due := w.Task(id, model.StageManager, model.TaskEndorse).DueAt
	for _, test := range []struct {
		before time.Time
		want   int
	}{
		{due, 0}, {due.Add(time.Nanosecond), 0}, {due.Add(time.Microsecond), 1}, {due.Add(time.Second), 1},
		{due.Add(-time.Second), 0}, {due.Add(time.Microsecond).In(stockholm), 1}, {due.In(stockholm), 0},
	} {
		n, err := w.Store.CountCases(w.ctx(), store.CaseFilter{OrgID: w.Org, OverdueAt: test.before}, 10)
		if err != nil || n != test.want {
			t.Errorf("overdue at %v: %d, %v", test.before, n, err)
		}
		late, err := w.Store.CasesWithLateDeadlines(w.ctx(), test.before, 10)
		if err != nil || len(late) != test.want {
			t.Errorf("late at %v: %v, %v", test.before, late, err)
		}
	}
}

// testEventsBy reads a log in both directions, and some kinds of it only.
func testEventsBy(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageLegalBasis, model.StageCISO)
	w.addRemark(w.remark(id))
	w.addRemark(w.remark(id))
	all, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	seqs := func(f store.EventFilter) []int64 {
		t.Helper()
		found, err := w.Store.EventsBy(w.ctx(), w.Org, id, f)
		w.must(err)
		out := []int64{}
		for _, e := range found {
			out = append(out, e.Seq)
		}
		return out
	}
	n := int64(len(all))
	remarks := []model.EventKind{model.EventRemarkAdded}
	for name, c := range map[string]struct {
		f    store.EventFilter
		want []int64
	}{
		"from the start":   {store.EventFilter{Limit: 2}, []int64{1, 2}},
		"after the first":  {store.EventFilter{After: 1, Limit: 1}, []int64{2}},
		"skipping one":     {store.EventFilter{Offset: 1, Limit: 1}, []int64{2}},
		"from the end":     {store.EventFilter{Latest: true, Limit: 2}, []int64{n, n - 1}},
		"before the last":  {store.EventFilter{Latest: true, After: n, Limit: 1}, []int64{n - 1}},
		"of a kind":        {store.EventFilter{Kinds: remarks, Limit: 10}, []int64{n - 1, n}},
		"of a kind, after": {store.EventFilter{Kinds: remarks, Latest: true, After: n, Limit: 10}, []int64{n - 1}},
	} {
		if got := seqs(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	for _, c := range []struct {
		kinds []model.EventKind
		want  int
	}{{nil, len(all)}, {remarks, 2}, {[]model.EventKind{model.EventArchived}, 0}} {
		if got, err := w.Store.CountEvents(w.ctx(), w.Org, id, c.kinds); got != c.want || err != nil {
			t.Errorf("%v: %d of %d, %v", c.kinds, got, c.want, err)
		}
	}
}
