//go:build !slim

package main

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model/failpoint"
	"sluss/model/store/pgtest"
)

// A campaign drives the program with clients that do what people do and what they
// must not do, breaks it while they work, heals it, and then has the checkers read
// what the clients were told, the record, the processes and their histories. What a
// seed decides is the same each time; when things happen is not.
//
//	go test ./cmd/sluss -run Campaign -campaign.seeds 200 -timeout 0
//	go test ./cmd/sluss -run Campaign/Cluster -campaign.seeds 20 -timeout 0
//	go test ./cmd/sluss -run Campaign/SQLite/17 -campaign.seed 17
var (
	campaignSeeds = flag.Int("campaign.seeds", 0, "`number` of seeds, from 1 on, of each way to run; 0 means a few, and more where CI=true")
	campaignSeed  = flag.Uint64("campaign.seed", 0, "the only `seed`")
)

// way is how the program runs in a campaign.
type way struct {
	name string
	// postgres is whether the record is in PostgreSQL, cluster whether several processes
	// run beside a Temporal server and not all of it in one.
	postgres, cluster bool
	// seeds is how many there are where nobody says, in CI and elsewhere, and damages how
	// much damage each of them does.
	seeds   [2]int
	damages int
}

var ways = []way{
	{name: "SQLite", seeds: [2]int{20, 1}, damages: 4},
	{name: "PostgreSQL", postgres: true, seeds: [2]int{20, 1}, damages: 4},
	{name: "Cluster", postgres: true, cluster: true, seeds: [2]int{4, 1}, damages: 5},
}

// chosen are the seeds to run.
func (on way) chosen() []uint64 {
	if *campaignSeed != 0 {
		return []uint64{*campaignSeed}
	}
	n := *campaignSeeds
	if n == 0 {
		n = inCI(on.seeds[0], on.seeds[1])
	}
	seeds := make([]uint64, n)
	for i := range seeds {
		seeds[i] = uint64(i + 1)
	}
	return seeds
}

func TestCampaign(t *testing.T) {
	t.Parallel()
	for _, on := range ways {
		t.Run(on.name, func(t *testing.T) {
			t.Parallel()
			total, seeds := newTally(), on.chosen()
			t.Cleanup(func() { total.report(t, on, len(seeds)) })
			for _, seed := range seeds {
				t.Run(fmt.Sprint(seed), func(t *testing.T) {
					t.Parallel()
					newScenario(t, on, seed, total).run()
				})
			}
		})
	}
}

// scenario is one seed: a world, the clients in it and what is done to it.
type scenario struct {
	t    *testing.T
	w    *world
	on   way
	seed uint64
	// lap counts how often all kinds of damage have had their turn before this one, which
	// is the kind-th.
	lap, kind int
	// fronts stand between the clients and each process that answers them, back between
	// the program and PostgreSQL, nil where there is none.
	fronts []*proxy
	back   *proxy
	// database is the PostgreSQL server, nil where there is none.
	database *pgtest.Server
	place    []string // the flags of the one process
	fleet    *fleet   // the processes of a cluster
	// checkpoints is the file to which checkpoints of the log are taken, and backup what
	// was backed up, if it was.
	checkpoints string
	backup      *copyOf
	over        atomic.Bool
	total       *tally
}

// clientsAtOnce is how many clients a scenario has.
const clientsAtOnce = 5

func newScenario(t *testing.T, on way, seed uint64, total *tally) *scenario {
	s := &scenario{t: t, on: on, seed: seed, total: total, checkpoints: filepath.Join(t.TempDir(), "checkpoints")}
	switch {
	case on.cluster:
		s.assemble()
		return s
	case on.postgres:
		s.w, s.database = onMortal(t)
		s.back = newProxy(t, hostOf(t, s.w.url))
		s.place = []string{"--database-url", s.back.replaceIn(t, s.w.url)}
	default:
		s.w = onSQLite(t)
	}
	s.w.employ()
	at := fixedAddress(t)
	s.fronts = []*proxy{newProxy(t, at[1])}
	s.place = slices.Concat(s.place, at, s.keeping(), []string{"--database-conns", "4"})
	return s
}

// keeping are the flags with which checkpoints of the log are kept.
func (s *scenario) keeping() []string {
	return []string{"--checkpoint-file", s.checkpoints, "--checkpoint-every", "1s"}
}

// start starts everything for the first time.
func (s *scenario) start() {
	if s.fleet != nil {
		s.fleet.start()
		return
	}
	s.restart(launch{mortal: true})
}

// stopAndCheck stops everything in order and checks it.
func (s *scenario) stopAndCheck() (*checker, *engineRoom) {
	if s.fleet != nil {
		return s.fleet.stopAndCheck()
	}
	return s.w.stopAndCheck()
}

// random is what the seed decides for one part of the scenario.
func (s *scenario) random(part uint64) *rand.Rand { return rand.New(rand.NewPCG(s.seed, part)) }

// tail is the end of what the program has logged, for messages.
func (s *scenario) tail() string {
	if s.fleet != nil {
		return s.fleet.tail()
	}
	return s.w.server.output.tail()
}

func (s *scenario) run() {
	s.t.Cleanup(func() {
		if s.t.Failed() {
			s.t.Logf("again: go test ./cmd/sluss -run '%s' -campaign.seed %d", s.t.Name(), s.seed)
		}
	})
	s.start()
	var clients sync.WaitGroup
	defer clients.Wait() // whatever ends the scenario
	defer s.over.Store(true)
	for n := range clientsAtOnce {
		clients.Go(func() { newPlayer(s, n).play() })
	}
	r := s.random(1 << 32)
	for n := range s.on.damages {
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
	s.keepsAll()
	check, room := s.stopAndCheck()
	s.replays(check, room)
	s.isLinear(check)
	room.leave()
	s.comesBack(check)
	check.close()
	s.tampers(r)
}

// tally counts what happened in all scenarios of one way. What never happened
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
func (l *tally) report(t *testing.T, on way, seeds int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	lines := []string{fmt.Sprintf("%s: %d seeds", on.name, seeds)}
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
	for _, what := range l.expected(on) {
		if l.n[what] == 0 {
			t.Errorf("%s: never happened", what)
		}
	}
}

// expected is what a long campaign has to have met.
func (l *tally) expected(on way) []string {
	want := []string{"answered: done", "answered: refused", "answered: unknown", "unknown: asked again", "unknown: never asked again",
		"histories replayed", "linear: acts and readings", "tampering: tried", "backups restored", "acts that a backup had not, named as missing", "done by the next release"}
	if on.cluster {
		want = append(want, "done by both releases side by side")
	}
	for _, share := range storeFaults {
		want = append(want, "done while the engine's store failed, "+share, "failures of the engine's store, "+share)
	}
	for _, place := range failpoint.Places() {
		want = append(want, "died at "+place)
	}
	for _, f := range damages {
		if f.fits(on) {
			want = append(want, "fault: "+f.name)
		}
	}
	for _, m := range moves {
		want = append(want, "tried: "+m.name)
	}
	return want
}
