//go:build !slim

package apitest_test

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/pgtest"
)

var (
	machineSeed  = flag.Uint64("machine.seed", 1, "what the lives of cases are drawn from")
	machineSteps = flag.Int("machine.steps", inCI(full, 4_000), "how many steps the lives of cases have in all")
)

const (
	// batches of lives run beside each other, without waiting in the line of parallel
	// tests: they are the longest.
	batches = 4
	// fewest is how often each transition has to be taken, in a full run.
	fewest = 50
	full   = 20_000
)

// inCI is the first number where what comes into main is tried, and the second
// where somebody waits for the answer.
func inCI(thorough, quick int) int {
	if os.Getenv("CI") == "true" {
		return thorough
	}
	return quick
}

// transitions are those of rulebook 9.2 that a case can take before it is in use.
var transitions = []string{
	"T-01", "T-02", "T-03", "T-04", "T-05", "T-06", "T-07", "T-07a", "T-08", "T-09", "T-10", "T-13", "T-14", "T-15", "T-16", "T-17",
	"T-18", "T-19", "T-20", "T-21", "T-22", "T-30", "T-31", "T-33", "T-34",
}

// reasonsToRefuse are the codes of the process; each has to be met.
var reasonsToRefuse = []model.Code{
	model.CodeStateConflict, model.CodeGuard, model.CodeStale, model.CodeForbidden, model.CodeSegregation, model.CodeTaskClosed,
	model.CodeTaskTaken, model.CodeConditionsOpen, model.CodeUnchanged, model.CodeInvalid, model.CodeNotFound, model.CodeKeyReused,
	model.CodeKeyMissing, model.CodePreconditionRequired, "malformed",
}

// tally counts what the lives of a batch have met.
type tally struct {
	steps, cases   int
	rules          map[string]int
	events, states map[string]int
	refused        map[model.Code]int
	// forms are answers that were taken, from which the next form begins.
	forms map[string]fields
	stuck map[string]int
}

func newTally() *tally {
	return &tally{
		rules: map[string]int{}, events: map[string]int{}, states: map[string]int{}, refused: map[model.Code]int{},
		forms: map[string]fields{}, stuck: map[string]int{},
	}
}

func (t *tally) add(other *tally) {
	t.steps, t.cases = t.steps+other.steps, t.cases+other.cases
	count(t.rules, other.rules)
	count(t.events, other.events)
	count(t.states, other.states)
	count(t.refused, other.refused)
	count(t.stuck, other.stuck)
}

func count[K comparable](into, from map[K]int) {
	for k, n := range from {
		into[k] += n
	}
}

// rarest is the transition that was taken least, among those that are wanted.
func (t *tally) rarest() string {
	return slices.MinFunc(wanted, func(a, b string) int { return t.rules[a] - t.rules[b] })
}

// wanted are the transitions that a life may have as its goal: the others come by
// themselves.
var wanted = []string{
	"T-05", "T-06", "T-07", "T-07a", "T-09", "T-10", "T-13", "T-14", "T-15", "T-16", "T-17", "T-18", "T-19", "T-20", "T-21", "T-22", "T-30", "T-31", "T-33", "T-34",
}

// TestMachine drives a running server by random lives of cases, with acts that are
// allowed and acts that are not, by everybody. After each step the case is compared
// with what the rulebook says of it. A tenth of the steps is on PostgreSQL. The same
// seed gives the same lives.
func TestMachine(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		sum := liveThrough(t, openLive(t, apitest.RecordFile(t)), *machineSteps-*machineSteps/10)
		sum.report(t)
		if *machineSteps >= full {
			sum.complete(t)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		record := pgtest.NewDatabase(t, func(ctx context.Context, url string) error {
			s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
			if err != nil {
				return err
			}
			return s.Close()
		})
		liveThrough(t, openLive(t, record), *machineSteps/10).report(t)
	})
}

// liveThrough drives cases until so many steps are done, in batches beside each
// other.
func liveThrough(t *testing.T, l *live, steps int) *tally {
	t.Helper()
	t.Logf("seed %d, %d steps", *machineSeed, steps)
	tallies := make([]*tally, batches)
	var living sync.WaitGroup
	for i := range batches {
		tallies[i] = newTally()
		living.Go(func() { t.Run(fmt.Sprint(i), func(t *testing.T) { l.batch(t, uint64(i), tallies[i], steps/batches) }) })
	}
	living.Wait()
	sum := newTally()
	for _, one := range tallies {
		sum.add(one)
	}
	return sum
}

func (l *live) batch(t *testing.T, batch uint64, counts *tally, steps int) {
	random := rand.New(rand.NewPCG(*machineSeed, batch))
	for n := 0; counts.steps < steps; n++ {
		ok := t.Run(fmt.Sprint(n), func(t *testing.T) {
			rapid.MakeFuzz(func(rt *rapid.T) { l.life(rt, counts) })(t, bits(random))
		})
		if !ok {
			t.Fatalf("seed %d, batch %d, case %d", *machineSeed, batch, n)
		}
	}
}

// bits are more than a life draws.
func bits(random *rand.Rand) []byte {
	b := make([]byte, 1<<19)
	for i := 0; i < len(b); i += 8 {
		binary.LittleEndian.PutUint64(b[i:], random.Uint64())
	}
	return b
}

// longest is how many steps a life may have.
const longest = 130

// life is one case from its first draft to its end, or until it has taken long
// enough.
func (l *live) life(t *rapid.T, counts *tally) {
	m := &machine{t: t, l: l, tally: counts}
	m.choose()
	m.open()
	for after := 0; counts.steps-m.begun < longest && after < 5; {
		if s := m.status.State; s == "ACTIVE" || s == "ARCHIVED" {
			after++ // what has ended is only tried at
			m.mischief()
			continue
		}
		switch d := m.below(100, "what next"); {
		case d < 36:
			m.advance()
		case d < 88:
			m.mischief()
		case d < 96:
			m.glance()
		case slices.Contains(reviewStates, m.status.State):
			m.edit()
			if m.chance(50, "resubmit") && m.revision != m.status.Revision {
				m.submit()
			}
		}
	}
	counts.cases++
	counts.states[string(m.status.State)]++
	m.close()
}

// choose takes an intake and a goal: mostly what is rare so far.
func (m *machine) choose() {
	m.goal = m.tally.rarest()
	if m.chance(25, "any goal") {
		m.goal = oneOf(m, "goal", wanted)
	}
	serving := slices.DeleteFunc(slices.Clone(m.l.intakes), func(i intake) bool { return !slices.Contains(i.serves, m.goal) })
	if len(serving) == 0 {
		serving = m.l.intakes
	}
	m.intake = oneOf(m, "intake", serving)
}

func (t *tally) report(test *testing.T) {
	test.Helper()
	test.Logf("%d steps in %d cases at %s", t.steps, t.cases, time.Now().Format(time.TimeOnly))
	test.Logf("transitions and rules: %s", lines(t.rules))
	test.Logf("events: %s", lines(t.events))
	test.Logf("last states: %s", lines(t.states))
	test.Logf("refusals: %s", lines(t.refused))
	if len(t.stuck) > 0 {
		test.Logf("forms that were never complete: %s", lines(t.stuck))
	}
}

func lines[K ~string](counts map[K]int) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(&b, " %s %d", k, counts[k])
	}
	return b.String()
}

// complete fails a run that has left something untried.
func (t *tally) complete(test *testing.T) {
	test.Helper()
	for _, rule := range transitions {
		if t.rules[rule] < fewest {
			test.Errorf("%s was taken %d times, want %d", rule, t.rules[rule], fewest)
		}
	}
	for _, kind := range []model.EventKind{model.EventHandedIn, model.EventConditionMet, model.EventWaiverGiven, model.EventTaskClaimed} {
		if t.events[string(kind)] < fewest {
			test.Errorf("%s happened %d times, want %d", kind, t.events[string(kind)], fewest)
		}
	}
	for _, code := range reasonsToRefuse {
		if t.refused[code] == 0 {
			test.Errorf("nothing was refused as %s", code)
		}
	}
}
