//go:build !slim

package main

import (
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
)

// TestOneProcessPerFolder keeps a second program away from a folder in use.
func TestOneProcessPerFolder(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	first := w.start(launch{})
	second := w.spawn(launch{})
	second.exits(1)
	if log := second.output.log(); !strings.Contains(log, "another Sluss is running on "+w.dir) {
		t.Errorf("the second program says %q", log)
	}
	c := w.open(teamOf(0), intake(t, spelling))
	c.submit()
	first.stop()
	w.start(launch{}).stop()
}

// TestOneServerPerDatabase keeps a second program, with a folder of its own, away from
// a database in use.
func TestOneServerPerDatabase(t *testing.T) {
	t.Parallel()
	w := onPostgres(t)
	first := w.start(launch{})
	second := w.spawn(launch{more: []string{"--data-dir", t.TempDir()}})
	second.exits(1)
	if log := second.output.log(); !strings.Contains(log, "in use by the engine of another process") {
		t.Errorf("the second program says %q", log)
	}
	first.kill()
	w.start(launch{}).stop() // the lock is gone with its holder
}

// TestDemoStaysAtHome keeps the demo, in which links let everybody in, off the
// network.
func TestDemoStaysAtHome(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"0.0.0.0:0", ":0", "192.0.2.1:8080", "[::]:0", "example.org:80"} {
		w := &world{t: t, dir: t.TempDir()}
		s := w.spawn(launch{demo: true, more: []string{"--listen", address}})
		s.exits(1)
		if log := s.output.log(); !strings.Contains(log, "loopback only") {
			t.Errorf("listening on %s, the demo says %q", address, log)
		}
		left, err := os.ReadDir(w.dir)
		if err != nil || len(left) > 0 {
			t.Errorf("the refused demo left %v %v", left, err)
		}
	}
}

// TestDemoComesBack starts a demo twice on one folder: the people are the same,
// and whoever signed in the first time still gets in.
func TestDemoComesBack(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	me := func() (p struct {
		ID    string       `json:"id"`
		Roles []model.Role `json:"roles"`
	}) {
		w.get("dpo", "/me", &p)
		return p
	}
	first, tokens := me(), maps.Clone(w.tokens)
	if len(tokens) != 15 || first.ID == "" || !slices.Contains(first.Roles, model.RoleDPO) {
		t.Errorf("%d people, the data protection officer is %+v", len(tokens), first)
	}
	w.server.stop()
	w.start(launch{demo: true})
	if again := me(); again.ID != first.ID {
		t.Errorf("the data protection officer was %s and is %s", first.ID, again.ID)
	}
	if len(w.tokens) != len(tokens) || w.tokens["dpo"] == tokens["dpo"] {
		t.Errorf("%d people, was %d", len(w.tokens), len(tokens))
	}
	w.tokens = tokens
	if again := me(); again.ID != first.ID {
		t.Errorf("the earlier token lets in %s", again.ID)
	}
}

// TestStopLosesNothing asks the program to stop while requests are under way:
// what was acknowledged is there after the next start, and what was not can be
// asked for again under its key.
func TestStopLosesNothing(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		const clients = 16
		cases := make([]*aCase, clients)
		for n := range cases {
			cases[n] = w.open(teamOf(n), intake(t, minutes))
			cases[n].submit()
		}
		type asked struct {
			user string
			call client.Call
		}
		var (
			wg       sync.WaitGroup
			answered atomic.Int64
			mu       sync.Mutex
			left     []asked
		)
		underWay := make(chan struct{}, 1000)
		for n := range cases {
			cases[n].handInAll()
			open := cases[n].openTasks()
			wg.Go(func() {
				for _, task := range open[:4] {
					a := asked{cases[n].team.who(task.Role), task.answer(task.freest())}
					underWay <- struct{}{}
					got, err := w.try(a.user, a.call)
					if err != nil || got.Status >= 500 {
						mu.Lock()
						left = append(left, a)
						mu.Unlock()
						return
					}
					if got.Status != 200 {
						t.Errorf("%s as %s: %d %s", a.call.Path, a.user, got.Status, got.Body)
					}
					answered.Add(1)
				}
			})
		}
		for range clients + clients/2 {
			<-underWay
		}
		began := time.Now()
		w.server.stop()
		took := time.Since(began)
		wg.Wait()
		t.Logf("stopped in %s; %d decisions were answered, %d were cut off", took, answered.Load(), len(left))
		check := w.checker()
		if err := check.journalHolds(); err != nil {
			t.Error(err)
		}
		check.close()

		w.start(launch{})
		for _, a := range left {
			if r := w.must(a.user, a.call); r.DecisionID == "" {
				t.Errorf("asked again, the receipt is %+v", r)
			}
		}
		for _, c := range cases {
			c.passUntil(model.Approved)
		}
		w.stopAndCheck()
	})
}
