//go:build !slim

package main

import (
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
)

// manyOpen is how many open cases there are at a start that is measured.
var manyOpen = inCI(1000, 200)

// How soon the program should be ready, on an empty folder and with a thousand
// open cases. On a machine that is busy with other tests that, and whatever else is
// waited for, may take so many times longer.
const (
	readyEmpty = 1500 * time.Millisecond
	readyFull  = 2 * time.Second
	underLoad  = 5
)

// TestReadyTime measures the time from the start to the ready line: the median of
// three starts. It does not run beside the other tests of this package.
func TestReadyTime(t *testing.T) {
	var empty []time.Duration
	for range 3 {
		w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
		s := w.start(launch{demo: true})
		empty = append(empty, s.ready)
		s.stop()
	}
	w := onSQLite(t)
	w.start(launch{})
	began := time.Now()
	openMany(w, manyOpen)
	opened := time.Since(began)
	w.server.stop()
	var full []time.Duration
	for range 3 {
		s := w.start(launch{})
		full = append(full, s.ready)
		s.stop()
	}
	t.Logf("ready on an empty folder after %s, with %d open cases after %s; opened and submitted in %s",
		median(empty), manyOpen, median(full), opened)
	if m := median(empty); m > underLoad*readyEmpty {
		t.Errorf("ready on an empty folder after %s, want %s", m, readyEmpty)
	}
	if m := median(full); m > underLoad*readyFull {
		t.Errorf("ready with %d open cases after %s, want %s", manyOpen, m, readyFull)
	}
	w.start(launch{})
	w.stopAndCheck()
}

func median(d []time.Duration) time.Duration {
	d = slices.Sorted(slices.Values(d))
	return d[len(d)/2]
}

// openMany opens and submits cases with many clients at once.
func openMany(w *world, n int) {
	w.t.Helper()
	answers := intake(w.t, spelling)
	var left atomic.Int64
	left.Store(int64(n))
	var wg sync.WaitGroup
	for i := range 32 {
		wg.Go(func() {
			owner := teamOf(i).who(model.RoleProjectOwner)
			for left.Add(-1) >= 0 && !w.t.Failed() {
				a, err := w.try(owner, w.openCall(answers))
				if err != nil || a.Status != 201 {
					w.t.Errorf("open: %d %s %v", a.Status, a.Body, err)
					return
				}
				var r model.Receipt
				_ = a.Decode(&r) // a broken receipt shows in the next request
				submit := client.Call{
					Method: "POST", Path: v1 + "/cases/" + r.CaseID + "/submissions", Key: client.NewKey(), IfMatch: a.ETag(),
					Body: map[string]any{"stage": "intake", "revision": 1},
				}
				for range 5 {
					if a, err = w.try(owner, submit); err != nil || a.Status != 503 { // which it is when the machine is busy
						break
					}
				}
				if err != nil || a.Status != 200 {
					w.t.Errorf("submit: %d %s %v", a.Status, a.Body, err)
				}
			}
		})
	}
	wg.Wait()
}
