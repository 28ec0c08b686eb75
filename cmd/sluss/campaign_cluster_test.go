//go:build !slim

package main

import (
	"errors"
	"io/fs"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sluss/deploy/engine/enginetest"
	"sluss/model/failpoint"
)

// fleet is what a scenario runs beside a Temporal server: two api and two worker
// processes on one record and one data folder.
type fleet struct {
	*cluster
	s             *scenario
	apis, workers *crew
}

// crew are the processes of one command.
type crew struct {
	command string
	members [2]*server
	place   [2][]string // the flags of each
	// temporal stands between all of them and the Temporal server.
	temporal *proxy
}

// assemble makes the world of a cluster. Nothing but the Temporal server runs in it yet.
func (s *scenario) assemble() {
	s.t.Helper()
	var w *world
	w, s.database = onMortal(s.t)
	c := newCluster(w, enginetest.ExternalOptions{
		Path: filepath.Join(s.t.TempDir(), "temporal.db"), HistoryCountSuggestContinueAsNew: 60,
	})
	s.w = c.world
	s.w.employ()
	s.back = newProxy(s.t, hostOf(s.t, c.record))
	c.record = s.back.replaceIn(s.t, c.record)
	s.fleet = &fleet{cluster: c, s: s, apis: &crew{command: "api"}, workers: &crew{command: "worker"}}
	for _, crew := range s.fleet.crews() {
		crew.temporal = newProxy(s.t, c.temporal)
		for i := range crew.place {
			crew.place[i] = []string{"--temporal-address", crew.temporal.address(), "--database-conns", "4"}
		}
	}
	for i := range s.fleet.apis.place {
		at := fixedAddress(s.t)
		s.fleet.apis.place[i] = append(append(s.fleet.apis.place[i], s.keeping()...), at...)
		s.fronts = append(s.fronts, newProxy(s.t, at[1]))
	}
}

func (f *fleet) crews() []*crew { return []*crew{f.workers, f.apis} }

// start prepares the Temporal server and starts everybody.
func (f *fleet) start() {
	if out, err := f.slim("temporal", "setup"); err != nil {
		f.t.Fatalf("%v\n%s", err, out)
	}
	for _, crew := range f.crews() {
		for i := range crew.members {
			f.spawn(crew, i, launch{})
		}
	}
	for _, crew := range f.crews() {
		for _, member := range crew.members {
			member.works()
		}
	}
}

// spawn starts a member of a crew and does not wait.
func (f *fleet) spawn(c *crew, i int, l launch) *server {
	built := slimMortal
	if l.next {
		built = nextSlimMortal
	}
	s := f.run(binary(f.t, built), l.environment(), append(append([]string{c.command}, f.flags()...), c.place[i]...)...)
	if c.members[i] = s; c == f.apis && i == 0 {
		f.server = s // whose log is shown
	}
	return s
}

// restart starts a member anew, after a while in which the other one has all the work.
func (f *fleet) restart(r *rand.Rand, c *crew, i int, l launch) {
	f.s.lasts(r, time.Second)
	f.spawn(c, i, l).works()
}

// lose takes everything that the Temporal server knows from it, while nobody works.
func (f *fleet) lose() {
	for _, crew := range f.crews() {
		for _, member := range crew.members {
			member.kill()
		}
	}
	f.running.kill()
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(f.options.Path + suffix); err != nil && !errors.Is(err, fs.ErrNotExist) {
			f.t.Fatal(err)
		}
	}
	f.startTemporal()
	f.start()
}

// stopAndCheck stops everybody but the Temporal server, and checks what they leave.
func (f *fleet) stopAndCheck() (*checker, *engineRoom) {
	for _, crew := range f.crews() {
		for _, member := range crew.members {
			member.stop()
		}
	}
	check := f.checker()
	check.recordHolds()
	room := check.roomOf(f.clientOptions())
	check.processesHold(room)
	return check, room
}

// damagesOfMany are what is done to the processes of a cluster.
var damagesOfMany = append(append(
	damagesOf(func(f *fleet) *crew { return f.apis }, "an api process", "the api processes"),
	damagesOf(func(f *fleet) *crew { return f.workers }, "a worker", "the workers")...),
	damage{"a process killed at a failpoint", asMany, (*scenario).failpointOfMany},
	damage{"an attempt of a worker hangs", asMany, func(s *scenario, r *rand.Rand) {
		i := r.IntN(2)
		s.fleet.workers.members[i].kill()
		s.fleet.restart(r, s.fleet.workers, i, launch{hang: true})
		s.lasts(r, 4*time.Second)
	}},
	damage{"Temporal server killed", asMany, func(s *scenario, r *rand.Rand) {
		s.fleet.running.kill()
		s.lasts(r, time.Second)
		s.fleet.startTemporal()
	}},
	damage{"Temporal server's store fails", asMany, (*scenario).failStoreBeside},
	damage{"Temporal server frozen", asMany, func(s *scenario, r *rand.Rand) { s.freeze(r, s.fleet.running) }},
	damage{"all killed and the Temporal server's state lost", asMany, func(s *scenario, _ *rand.Rand) { s.fleet.lose() }},
)

// damagesOf are what is done to one of a crew, and to the way from all of them to the
// Temporal server.
func damagesOf(crew func(*fleet) *crew, one, all string) []damage {
	return []damage{
		{one + " killed", asMany, func(s *scenario, r *rand.Rand) {
			i := r.IntN(2)
			crew(s.fleet).members[i].kill()
			s.fleet.restart(r, crew(s.fleet), i, launch{})
		}},
		{one + " stopped in order", asMany, func(s *scenario, r *rand.Rand) {
			i := r.IntN(2)
			crew(s.fleet).members[i].stop()
			s.fleet.restart(r, crew(s.fleet), i, launch{})
		}},
		{one + " frozen", asMany, func(s *scenario, r *rand.Rand) { s.freeze(r, crew(s.fleet).members[r.IntN(2)]) }},
		{"what Temporal answers " + all + " lost", asMany, func(s *scenario, r *rand.Rand) { crew(s.fleet).temporal.deafFor(s, r) }},
	}
}

// failpointOfMany lets one of the processes that pass a place die at it, while the other
// goes on.
func (s *scenario) failpointOfMany(r *rand.Rand) {
	place, crew, i := s.deadly(), s.fleet.workers, r.IntN(2)
	if place == failpoint.CommandStored || place == failpoint.BeforeAnswer {
		crew = s.fleet.apis
	}
	crew.members[i].kill()
	s.dies(s.fleet.spawn(crew, i, launch{failpoint: place}), place)
	s.fleet.restart(r, crew, i, launch{})
}

// failStoreBeside lets the Temporal server's store fail now and then.
func (s *scenario) failStoreBeside(r *rand.Rand) {
	f, share := s.fleet, storeFaults[s.lap%len(storeFaults)]
	anew := func(share float64) {
		f.running.kill()
		f.options.StoreFaults, f.options.StoreFaultsSeed = share, int64(s.seed)
		f.startTemporal()
	}
	some, err := strconv.ParseFloat(share, 64)
	if err != nil {
		s.t.Fatal(err)
	}
	anew(some)
	s.worksMeanwhile(r, share, f.running)
	anew(0)
}

// onRestored returns how an api and a worker are started on a record that was restored,
// beside the Temporal server that knows what was done after the backup, and how they are
// stopped and checked.
func (c cluster) onRestored(there *world) (start, stop func()) {
	login, err := url.Parse(c.record)
	if err != nil {
		c.t.Fatal(err)
	}
	password, _ := login.User.Password()
	c.world, c.record = there, as(c.t, there.url, login.User.Username(), password)
	run := func(command string, more ...string) *server {
		return c.run(binary(c.t, slimMortal), nil, append(append([]string{command}, c.flags()...), more...)...)
	}
	var worker *server
	start = func() {
		worker = run("worker")
		there.waitsFor(run("api", fixedAddress(c.t)...))
		worker.works()
	}
	return start, func() {
		check := c.checker()
		c.knowsAll(check)
		there.server.stop()
		check.recordHolds()
		worker.stop()
	}
}

// tail is the ends of the logs of all processes, for messages.
func (f *fleet) tail() string {
	var b strings.Builder
	for _, crew := range f.crews() {
		for _, member := range crew.members {
			b.WriteString(crew.command + ":\n" + member.output.tail())
		}
	}
	return b.String()
}
