//go:build !slim

package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model/failpoint"
)

// A campaign drives the program with clients that do what people do and what they
// must not do, breaks it while they work, heals it, and then has the checkers read
// what the clients were told, the record, the processes and their histories. What a
// seed decides is the same each time; when things happen is not.
//
//	go test ./cmd/sluss -run Campaign -campaign.seeds 200 -timeout 0
//	go test ./cmd/sluss -run Campaign/SQLite/17 -campaign.seed 17
var (
	campaignSeeds = flag.Int("campaign.seeds", 0, "`number` of seeds, from 1 on, on each database; 0 means 20 where CI=true and 2 elsewhere")
	campaignSeed  = flag.Uint64("campaign.seed", 0, "the only `seed`")
)

func TestCampaign(t *testing.T) {
	t.Parallel()
	seeds := []uint64{*campaignSeed}
	if *campaignSeed == 0 {
		n := *campaignSeeds
		if n == 0 {
			n = 2
			if os.Getenv("CI") == "true" {
				n = 20
			}
		}
		seeds = seeds[:0]
		for s := range n {
			seeds = append(seeds, uint64(s+1))
		}
	}
	for name, make := range map[string]func(testing.TB) *world{"SQLite": onSQLite, "PostgreSQL": onPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			total := newTally()
			t.Cleanup(func() { total.report(t, name, len(seeds)) })
			for _, seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					newScenario(t, make(t), seed, total).run()
				})
			}
		})
	}
}

// scenario is one seed: a world, the clients in it and what is done to it.
type scenario struct {
	t    *testing.T
	w    *world
	seed uint64
	// front stands between the clients and the program, back between the program and
	// PostgreSQL, nil where there is none.
	front, back *proxy
	place       []string // the flags of the program
	over        atomic.Bool
	total       *tally
}

// clientsAtOnce is how many clients a scenario has, damagesEach how much damage is done.
const (
	clientsAtOnce = 5
	damagesEach   = 4
)

func newScenario(t *testing.T, w *world, seed uint64, total *tally) *scenario {
	s := &scenario{t: t, w: w, seed: seed, total: total, place: append(fixedAddress(t), "--database-conns", "4")}
	s.front = newProxy(t, s.place[1])
	if w.url != "" {
		s.back = newProxy(t, hostOf(t, w.url))
		s.place = append(s.place, "--database-url", s.back.replaceIn(t, w.url))
	}
	return s
}

// random is what the seed decides for one part of the scenario.
func (s *scenario) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, part)) }

func (s *scenario) run() {
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("again: go test ./cmd/sluss -run '%s' -campaign.seed %d", s.t.Name(), s.seed)
		}
	})
	s.w.start(launch{mortal: true, longAfter: 60, more: s.place})
	var clients sync.WaitGroup
	defer clients.Wait() // whatever ends the scenario
	defer s.over.Store(true)
	for n := range clientsAtOnce {
		clients.Go(func() { newPlayer(s, n).play() })
	}
	r := s.random(1 << 32)
	for n := range damagesEach {
		<-time.After(time.Duration(200+r.IntN(600)) * time.Millisecond)
		s.breakSomething(r, n)
	}
	<-time.After(300 * time.Millisecond)
	s.over.Store(true)
	clients.Wait()
	if s.t.Failed() {
		return
	}
	s.converges()
	check, room := s.w.stopAndCheck()
	s.replays(check, room)
	s.tampers(r)
}

// tally counts what happened in all scenarios on one database. What never happened
// has not been tried.
type tally struct {
	mu       sync.Mutex
	n        map[string]int
	recovery []time.Duration
}

func newTally() *tally { return &tally{n: map[string]int{}} }

func (l *tally) add(what string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n[what] += n
}

// longest keeps the largest number.
func (l *tally) longest(what string, n int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.n[what] = max(l.n[what], n)
}

func (l *tally) recovered(after time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.recovery = append(l.recovery, after)
}

// report logs the figures of a campaign, and fails what was never tried in one that
// is long enough to have tried it.
func (l *tally) report(t *testing.T, name string, seeds int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []string{fmt.Sprintf("%s: %d seeds", name, seeds)}
	for _, what := range slices.Sorted(maps.Keys(l.n)) {
		lines = append(lines, fmt.Sprintf("  %-45s %6d", what, l.n[what]))
	}
	if slices.Sort(l.recovery); len(l.recovery) > 0 {
		at := func(p int) time.Duration { return l.recovery[(len(l.recovery)-1)*p/100].Round(time.Millisecond) }
		lines = append(lines, fmt.Sprintf("  from the end of a fault to the next act done: p50 %s, p95 %s, longest %s", at(50), at(95), at(100)))
	}
	t.Log(strings.Join(lines, "\n"))
	if seeds < 20 || t.Failed() {
		return
	}
	for _, what := range l.expected(name) {
		if l.n[what] == 0 {
			t.Errorf("%s: never happened", what)
		}
	}
}

// expected is what a long campaign has to have met.
func (l *tally) expected(name string) []string {
	want := []string{"answered: done", "answered: refused", "answered: unknown", "unknown: asked again", "unknown: never asked again",
		"histories replayed"}
	if name == "SQLite" {
		want = append(want, "tampering: tried")
	}
	for _, place := range failpoint.Places() {
		want = append(want, "died at "+place)
	}
	for _, f := range damages {
		if name != "SQLite" || !f.postgres {
			want = append(want, "fault: "+f.name)
		}
	}
	for _, m := range moves {
		want = append(want, "tried: "+m.name)
	}
	return want
}
