//go:build !slim

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/deploy/engine/enginetest"
	"sluss/model"
)

// The release after this one, as it may be: its schema has one migration more, and its
// cases reload before each act, which their histories say. Both are built with
// failpoints.
var (
	nextMortal     = sync.OnceValues(func() (string, error) { return buildNext("sluss-next", "failpoint") })
	nextSlimMortal = sync.OnceValues(func() (string, error) { return buildNext("sluss-next-slim", "slim failpoint") })
)

// The act of a case as it is, and as the next release has it.
const (
	actNow  = "	defer unlock()\n\n	refused, err := c.step(ctx, a)\n"
	actNext = `	defer unlock()

	if workflow.GetVersion(ctx, "reload-before-act", workflow.DefaultVersion, 1) == 1 {
		if err := c.load(ctx); err != nil {
			return contract.Done{}, err
		}
	}
	refused, err := c.step(ctx, a)
`
)

// buildNext builds the program from the source that is here with what the next release
// changes laid over it.
func buildNext(name, tags string) (string, error) {
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		return "", err
	}
	now := filepath.Join(root, "workflows", "case.go")
	text, err := os.ReadFile(now)
	if err != nil {
		return "", err
	}
	if strings.Count(string(text), actNow) != 1 {
		return "", fmt.Errorf("%s has no act to change", now)
	}
	next := filepath.Join(scratch, name+"-case.go")
	if err := os.WriteFile(next, []byte(strings.Replace(string(text), actNow, actNext, 1)), 0o600); err != nil {
		return "", err
	}
	migration := filepath.Join(root, "cmd", "sluss", "testdata", "next-release", "migration.sql")
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {
		now: next,
		filepath.Join(root, "migrations", "sqlite", "20991231000001_next.tx.up.sql"):   migration,
		filepath.Join(root, "migrations", "postgres", "20991231000001_next.tx.up.sql"): migration,
	}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(scratch, name+"-overlay.json")
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		return "", err
	}
	return build(name, "-tags", tags, "-overlay", file)
}

// migrateToNext takes the record to the next release's schema. Before that its migration
// fails, and finds that somebody else migrates, which both change nothing.
func (w *world) migrateToNext() {
	w.t.Helper()
	migrate := func(more ...string) (string, error) {
		return w.tell(nextMortal, append([]string{"migrate", "--data-dir", w.dir, "--database-url", w.url}, more...)...)
	}
	w.execute("CREATE TABLE next_notes (id TEXT)") // the migration's, but for its columns
	if out, err := migrate(); err == nil || !strings.Contains(out, "migration 20991231000001 failed and left nothing behind") {
		w.t.Errorf("migrated with a table in the way: %v\n%s", err, out)
	}
	w.execute("DROP TABLE next_notes")
	if w.isNext() {
		w.t.Error("a migration that failed is noted")
	}
	w.execute("INSERT INTO bun_migration_locks (table_name) VALUES ('bun_migrations')")
	if out, err := migrate(); err == nil || !strings.Contains(out, "run `sluss migrate unlock`") {
		w.t.Errorf("migrated although another process does: %v\n%s", err, out)
	}
	if out, err := migrate("unlock"); err != nil {
		w.t.Errorf("%v\n%s", err, out)
	}
	if out, err := migrate(); err != nil {
		w.t.Errorf("%v\n%s", err, out)
	}
	if w.next = w.isNext(); !w.next {
		w.t.Error("the migration is not noted")
	}
}

// isNext reports whether the record has been through the next release's migration.
func (w *world) isNext() bool {
	w.t.Helper()
	check := w.checker()
	defer check.close()
	found, err := check.column("SELECT name FROM bun_migrations WHERE name = '20991231000001'")
	if err != nil {
		w.t.Fatal(err)
	}
	return len(found) > 0
}

// execute runs a statement beside the program.
func (w *world) execute(statement string) {
	w.t.Helper()
	db := w.database()
	defer db.Close()
	if _, err := db.ExecContext(w.t.Context(), statement); err != nil {
		w.t.Fatal(err)
	}
}

// toNextAndBack stops the program, has the next release go on for a while, and then this
// one again.
func (s *scenario) toNextAndBack(r *rand.Rand) {
	s.leaves(r, s.w.server)
	if !s.w.next {
		s.w.migrateToNext()
	}
	s.restart(launch{next: true})
	s.works(r, "done by the next release")
	s.leaves(r, s.w.server)
	s.restart(launch{mortal: true})
}

// leaves ends a process, in order or not.
func (s *scenario) leaves(r *rand.Rand, process *server) {
	if r.IntN(2) == 0 {
		process.kill()
		return
	}
	process.stop()
}

// works counts what is done for a while.
func (s *scenario) works(r *rand.Rand, what string) {
	before := s.w.journal.done()
	<-time.After(time.Second)
	s.lasts(r, 3*time.Second)
	s.total.add(what, s.w.journal.done()-before)
}

// mixReleases migrates the record under the processes of this release, has one of each
// kind be of the next one for a while, then all, and then none. The workers change first:
// each api process looks, when it starts, which cases they cannot carry on.
func (s *scenario) mixReleases(r *rand.Rand) {
	if !s.w.next {
		s.w.migrateToNext()
	}
	first := r.IntN(2)
	for _, step := range []struct {
		members []int
		next    bool
		counts  string
	}{
		{[]int{first}, true, "done by both releases side by side"},
		{[]int{1 - first}, true, "done by the next release"},
		{[]int{0, 1}, false, ""},
	} {
		for _, crew := range s.fleet.crews() {
			for _, i := range step.members {
				s.leaves(r, crew.members[i])
				s.fleet.spawn(crew, i, launch{next: step.next}).works()
			}
		}
		if step.counts != "" {
			s.works(r, step.counts)
		}
	}
}

// resting is a case that stands where it can rest.
type resting struct {
	*aCase
	at restingPlace
}

// bringEach takes new cases to where they go on from, so many to each such place.
func (w *world) bringEach(of int) []resting {
	places := slices.DeleteFunc(slices.Clone(inEveryState), func(p restingPlace) bool {
		return p.touch == nil || p.state == model.Expired // which takes time
	})
	all := make([]resting, of*len(places))
	var bringing sync.WaitGroup
	atOnce := make(chan struct{}, 4)
	for n := range all {
		atOnce <- struct{}{}
		bringing.Go(func() {
			defer func() { <-atOnce }()
			p := places[n%len(places)]
			c := w.open(teamOf(n), intakeOf(w.t, p.intake))
			c.submit()
			p.bring(c)
			c.is(p.state)
			all[n] = resting{c, p}
		})
	}
	bringing.Wait()
	return all
}

// touchEach goes on with cases.
func touchEach(cases []resting) {
	for _, c := range cases {
		c.is(c.at.state)
		c.at.touch(c.aCase)
		c.is(c.at.to)
	}
}

// TestNextRelease takes more than a hundred open cases, in every state, to the next
// release and back: this one goes on with a third of them on the other's schema, the next
// one with a third, and opens others, and this one with the rest, although it cannot
// carry on the processes in which the next one did something new.
func TestNextRelease(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{mortal: true})
		for _, user := range append([]string{"administrator", "registrar"}, demoPeopleOf(example(t, fallCamera))...) {
			w.letIn(user)
		}
		cases := w.bringEach(inCI(6, 1))
		w.server.stop()
		check := w.checker()
		before := check.deadlines()
		check.close()
		w.migrateToNext()
		w.start(launch{mortal: true}) // which need not have the newest schema
		third := len(cases) / 3
		touchEach(cases[:third])
		w.server.stop()
		w.start(launch{next: true})
		touchEach(cases[third : 2*third])
		cases = append(cases, w.bringEach(1)...)
		w.server.stop()
		w.start(launch{mortal: true})
		touchEach(cases[2*third:])

		check = w.checker()
		took := eventually(t, time.Minute, func(ctx context.Context) error {
			for _, c := range cases {
				if err := check.knows(ctx, c.id, w.process); err != nil {
					return fmt.Errorf("case %s: %w", c.id, err)
				}
			}
			return nil
		})
		after := check.deadlines()
		check.close()
		for id, was := range before {
			if now, ok := after[id]; !ok || now.due != was.due || now.fired != was.fired {
				t.Errorf("deadline %s was %+v and is %+v", id, was, now)
			}
		}
		anew := strings.Count(w.server.output.log(), " was=stuck")
		t.Logf("%d open cases; back on this release, %d processes were built anew, and all agreed %s after the last act",
			len(cases), anew, took.Round(time.Millisecond))
		if anew == 0 {
			t.Error("this release could carry on everything that the next one did: the two are too alike")
		}
		w.stopAndCheck()
	})
}

// TestActFindsWhatCannotGoOn: where a worker of this release comes after one of the next,
// and nobody has looked at the cases since, the first act finds that the process cannot
// be carried on, and the case gets a new one.
func TestActFindsWhatCannotGoOn(t *testing.T) {
	t.Parallel()
	c := newCluster(onPostgres(t), enginetest.ExternalOptions{})
	if out, err := c.slim("temporal", "setup"); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.migrateToNext()
	worker := c.run(binary(t, nextSlimMortal), nil, append([]string{"worker"}, c.flags()...)...)
	worker.works()
	api := c.process("api", fixedAddress(t)...)
	c.server, c.base = api, api.address
	one := c.open(teamOf(0), intake(t, minutes))
	one.submit()
	one.decide(model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	worker.stop()
	c.process("worker")
	one.passUntil(model.Approved)
	const found = "process could not go on"
	if n := strings.Count(api.output.log(), found); n != 1 {
		t.Errorf("the log says %d times %q, want once\n%s", n, found, api.output.tail())
	}
	check := c.checker()
	check.recordHolds()
	c.knowsAll(check)
}
