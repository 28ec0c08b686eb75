//go:build !slim

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"time"

	historypb "go.temporal.io/api/history/v1"

	"sluss/model/failpoint"
)

// damage is something that is done to a running program, and undone before the next.
type damage struct {
	name string
	fits func(way) bool // what it can be done to
	do   func(*scenario, *rand.Rand)
}

func anyWay(way) bool         { return true }
func onPostgreSQL(w way) bool { return w.postgres }
func asOne(w way) bool        { return !w.cluster }
func asMany(w way) bool       { return w.cluster }

var damages = slices.Concat(damagesOfOne, damagesOfMany, []damage{
	{"answers lost", anyWay, func(s *scenario, r *rand.Rand) {
		front := s.fronts[r.IntN(len(s.fronts))]
		front.deaf.Store(true)
		s.lasts(r, time.Second)
		front.deaf.Store(false)
	}},
	{"backed up meanwhile", anyWay, (*scenario).backUp},
	{"a case's row held", anyWay, (*scenario).holdRow},
	{"database cut off", onPostgreSQL, func(s *scenario, r *rand.Rand) {
		for range 1 + r.IntN(5) {
			s.back.cut()
			s.lasts(r, 300*time.Millisecond)
		}
	}},
	{"database slow", onPostgreSQL, func(s *scenario, r *rand.Rand) {
		s.back.delay.Store(int64(time.Duration(20+r.IntN(400)) * time.Millisecond))
		s.lasts(r, 3*time.Second)
		s.back.delay.Store(0)
	}},
	{"database's answers lost", onPostgreSQL, func(s *scenario, r *rand.Rand) { s.back.deafFor(s, r) }},
	{"sessions ended by the database", onPostgreSQL, func(s *scenario, _ *rand.Rand) { s.endSessions() }},
	{"database server killed", onPostgreSQL, func(s *scenario, r *rand.Rand) {
		s.database.Kill()
		s.lasts(r, 3*time.Second)
		s.database.Start()
	}},
	{"database server stopped at once", onPostgreSQL, func(s *scenario, r *rand.Rand) {
		s.database.StopAtOnce()
		s.lasts(r, 3*time.Second)
		s.database.Start()
	}},
	{"a session of the database killed", onPostgreSQL, func(s *scenario, _ *rand.Rand) {
		s.database.KillSession(pathOf(s.t, s.w.url))
	}},
	{"taken to the next release and back", asOne, (*scenario).toNextAndBack},
	{"releases side by side", asMany, (*scenario).mixReleases},
})

func (s *scenario) endSessions() {
	s.w.inDatabases("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" + pathOf(s.t, s.w.url) + "'")
}

// damagesOfOne are what is done where everything runs in one process.
var damagesOfOne = []damage{
	{"killed", asOne, func(s *scenario, _ *rand.Rand) {
		s.w.server.kill()
		s.restart(launch{mortal: true})
	}},
	{"killed at a failpoint", asOne, (*scenario).failpoint},
	{"killed at a failpoint", asOne, (*scenario).failpoint}, // twice as often as others
	{"stopped in order", asOne, func(s *scenario, _ *rand.Rand) {
		s.w.server.stop()
		s.restart(launch{mortal: true})
	}},
	{"frozen", asOne, func(s *scenario, r *rand.Rand) { s.freeze(r, s.w.server) }},
	{"an attempt hangs", asOne, func(s *scenario, r *rand.Rand) {
		s.w.server.kill()
		s.restart(launch{mortal: true, hang: true})
		s.lasts(r, 4*time.Second)
	}},
	{"engine's store fails", asOne, (*scenario).failStore},
	{"engine lost", asOne, func(s *scenario, _ *rand.Rand) {
		s.w.server.kill()
		s.w.loseEngine()
		s.restart(launch{mortal: true})
	}},
}

// deafFor loses what is answered for a while.
func (p *proxy) deafFor(s *scenario, r *rand.Rand) {
	p.deaf.Store(true)
	s.lasts(r, time.Second)
	p.deaf.Store(false)
	p.cut()
}

// freeze stops a process for a while: it is there and does nothing, and then goes on as
// if no time had passed.
func (s *scenario) freeze(r *rand.Rand, process *server) {
	_ = process.cmd.Process.Signal(syscall.SIGSTOP)
	s.lasts(r, 3*time.Second)
	_ = process.cmd.Process.Signal(syscall.SIGCONT)
}

// breakSomething does the n-th damage of the scenario, and notes how long it takes
// afterwards until an act is done again. Scenarios take turns, so that a few of them
// have met every kind.
func (s *scenario) breakSomething(r *rand.Rand, n int) {
	possible := slices.DeleteFunc(slices.Clone(damages), func(d damage) bool { return !d.fits(s.on) })
	turn := int(s.seed)*s.on.damages + n
	s.lap, s.kind = turn/len(possible), turn%len(possible)
	f := possible[s.kind]
	f.do(s, r)
	s.total.add("fault: "+f.name, 1)
	healed, before := time.Now(), s.w.journal.done()
	for s.w.journal.done() == before && time.Since(healed) < time.Minute && !s.t.Failed() {
		<-time.After(2 * time.Millisecond)
	}
	if s.w.journal.done() == before {
		s.t.Errorf("after %q nothing was done for a minute\n%s", f.name, s.tail())
		return
	}
	s.total.recovered(time.Since(healed))
}

// lasts waits for a while, at most so long.
func (s *scenario) lasts(r *rand.Rand, most time.Duration) {
	<-time.After(most/10 + time.Duration(r.Int64N(int64(most))))
}

func (s *scenario) restart(l launch) {
	l.longAfter, l.more = 60, s.place
	s.w.start(l)
}

// storeFaults are the shares of the calls of the engine's store that fail in turn.
var storeFaults = []string{"0.01", "0.05", "0.1"}

// failStore lets the engine's store fail now and then, whereby acts are done all the same.
func (s *scenario) failStore(r *rand.Rand) {
	share := storeFaults[s.lap%len(storeFaults)]
	s.w.server.kill()
	s.restart(launch{mortal: true, env: []string{"SLUSS_STORE_FAULTS=" + share, fmt.Sprint("SLUSS_STORE_FAULTS_SEED=", s.seed)}})
	s.worksMeanwhile(r, share, s.w.server)
	s.w.server.kill()
	s.restart(launch{mortal: true})
}

// worksMeanwhile counts what is done while the store of a process fails, and how often it
// does.
func (s *scenario) worksMeanwhile(r *rand.Rand, share string, failing *server) {
	before := s.w.journal.done()
	<-time.After(2 * time.Second)
	s.lasts(r, 4*time.Second)
	s.total.add("done while the engine's store failed, "+share, s.w.journal.done()-before)
	s.total.add("failures of the engine's store, "+share, strings.Count(failing.output.log(), "fault injection error"))
}

// deadly is the place at which it is the program's turn to die. The two kinds of damage
// that kill at a place come one after the other, and so have two places in each lap.
func (s *scenario) deadly() string {
	places := failpoint.Places()
	return places[(2*s.lap+s.kind)%len(places)]
}

// failpoint lets the program run into one of the places at which it dies.
func (s *scenario) failpoint(r *rand.Rand) {
	place := s.deadly()
	s.w.server.kill()
	dying := s.w.spawn(launch{failpoint: fmt.Sprintf("%s:%d", place, 1+r.IntN(4)), longAfter: 60, more: s.place})
	s.dies(dying, place)
	s.restart(launch{mortal: true})
}

// dies waits until a process has passed the place at which it is to die.
func (s *scenario) dies(process *server, place string) {
	select {
	case <-process.ended: // it may be before it was ready: acts of before are sent again at once
		s.total.add("died at "+place, 1)
	case <-time.After(20 * time.Second): // nobody does what passes the place
		process.kill()
	}
}

// holdRow keeps a lock that acts wait for, as a session that hangs does.
func (s *scenario) holdRow(r *rand.Rand) {
	db := s.w.database()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	conn, err := db.Conn(ctx)
	if err != nil {
		s.t.Error(err)
		return
	}
	defer conn.Close()
	begin := "BEGIN IMMEDIATE"
	if s.back != nil {
		begin = "BEGIN; LOCK TABLE cases IN EXCLUSIVE MODE"
	}
	if _, err := conn.ExecContext(ctx, begin); err != nil {
		s.t.Logf("the lock was not had: %v", err) // the database was busy for as long
		return
	}
	s.lasts(r, 4*time.Second)
	if _, err := conn.ExecContext(context.WithoutCancel(ctx), "ROLLBACK"); err != nil {
		s.t.Error(err)
	}
}

// convergence is how long everything may take to agree once nothing is broken.
const convergence = 60 * time.Second

// converges waits until no act is pending any more and every process knows what its
// rows say, whoever asks or does not.
func (s *scenario) converges() {
	check := s.w.checker()
	defer check.close()
	took := eventually(s.t, convergence, func(ctx context.Context) error {
		if err := check.settled(); err != nil {
			return err
		}
		for _, id := range check.cases() {
			if err := check.knows(ctx, id, s.w.process); err != nil {
				return fmt.Errorf("case %s: %w", id, err)
			}
		}
		return nil
	})
	if took > convergence {
		s.t.Errorf("everything agrees after %s, want %s", took, convergence)
	}
	s.total.longest("longest until everything agreed, ms", int(took.Milliseconds()))
}

// replays runs the history of every case through the code once more.
func (s *scenario) replays(check *checker, room *engineRoom) {
	replayer := newReplayer(s.t)
	for _, id := range check.cases() {
		snapshot, err := check.st.Snapshot(s.t.Context(), org, id)
		if err != nil {
			s.t.Error(err)
			return
		}
		if !snapshot.State.HasProcess() {
			continue
		}
		if err := replayer.ReplayWorkflowHistory(nil, &historypb.History{Events: room.history(s.t, id)}); err != nil {
			s.t.Errorf("replay of %s: %v", id, err)
		}
		s.total.add("histories replayed", 1)
	}
}

// tampers changes the log of a copy in one way that the seed chooses: it is noticed.
func (s *scenario) tampers(r *rand.Rand) {
	spoilt, unlock := &world{t: s.t, dir: s.t.TempDir(), tokens: s.w.tokens}, "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete"
	if s.on.postgres {
		spoilt, unlock = s.w.copied(), "SET session_replication_role = replica" // without triggers and references
	} else {
		copyFolder(s.t, s.w.dir, spoilt.dir)
	}
	check := spoilt.checker()
	defer check.close()
	ids, err := check.column("SELECT case_id FROM events GROUP BY case_id HAVING count(*) > 3 ORDER BY case_id")
	if err != nil || len(ids) == 0 {
		s.t.Errorf("no case with a log: %v", err)
		return
	}
	one := ids[r.IntN(len(ids))]
	change := []string{
		"DELETE FROM events WHERE case_id = ? AND seq = 2",
		"DELETE FROM events WHERE case_id = ? AND seq = (SELECT max(seq) FROM events e WHERE e.case_id = events.case_id)",
		"UPDATE events SET actor_id = actor_id || 'x' WHERE case_id = ? AND seq = 3",
		"UPDATE events SET data = '{}' WHERE case_id = ? AND seq = 2",
		"UPDATE events SET seq = 5000 - seq WHERE case_id = ? AND seq IN (2, 3)",
		"UPDATE cases SET version = version + 1 WHERE id = ?",
	}[r.IntN(6)]
	if _, err := check.db.ExecContext(s.t.Context(), unlock); err != nil {
		s.t.Fatal(err)
	}
	if _, err := check.db.ExecContext(s.t.Context(), spoilt.sql(change), one); err != nil {
		s.t.Fatalf("%s: %v", change, err)
	}
	s.total.add("tampering: tried", 1)
	if check.caseHolds(one) == nil {
		s.t.Errorf("not noticed: %s", change)
	}
}
