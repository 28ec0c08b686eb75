package storetest

import (
	"errors"
	"maps"
	"sync"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
)

// GrowTree fills the tree of the organisation, in batches of the given size.
func (w *World) GrowTree(batch int) (added int) {
	w.Helper()
	for {
		n, err := w.Store.GrowTree(w.ctx(), w.Org, time.Time{}, batch)
		w.must(err)
		if n == 0 {
			return added
		}
		added += n
	}
}

// TreeHolds checks that every event of the given chains, and nothing else, is in
// the tree once, and that the stored hashes are those of its leaves.
func (w *World) TreeHolds(chains map[string][]audit.Event) {
	w.Helper()
	waiting := maps.Clone(chains)
	leaves, err := w.Store.TreeLeaves(w.ctx(), w.Org, 0, 10_000)
	w.must(err)
	tree, stored := new(audit.Tree), []audit.TreeHash{}
	for i, l := range leaves {
		left := waiting[l.ChainID]
		if l.Leaf != int64(i) || len(left) == 0 || left[0].Seq != l.Seq || left[0].Hash != l.EventHash || !left[0].At.Equal(l.At) {
			w.Fatalf("leaf %d is %+v, not the next event of its chain", i, l)
		}
		waiting[l.ChainID] = left[1:]
		stored = append(stored, tree.Add(audit.LeafHash(l.EventHash))...)
	}
	for id, left := range waiting {
		if len(left) > 0 {
			w.Errorf("event %d of %s is not in the tree", left[0].Seq, id)
		}
	}
	indexes := make([]int64, len(stored))
	for i := range indexes {
		indexes[i] = int64(i)
	}
	kept, err := w.Store.TreeHashes(w.ctx(), w.Org).ReadHashes(indexes)
	w.must(err)
	for i := range kept {
		if kept[i] != stored[i] {
			w.Errorf("hash %d is %v, want %v", i, kept[i], stored[i])
		}
	}
	if _, err := w.Store.TreeHashes(w.ctx(), w.Org).ReadHashes([]int64{int64(len(stored))}); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("there are more hashes than the leaves have: %v", err)
	}
	now, err := w.Store.Tree(w.ctx(), w.Org)
	w.must(err)
	if now.Size() != tree.Size() || now.Root() != tree.Root() {
		w.Errorf("the tree has %d leaves and the root %v, want %d and %v", now.Size(), now.Root(), tree.Size(), tree.Root())
	}
}

// Chains reads the events of cases and incidents.
func (w *World) Chains(cases, incidents []string) map[string][]audit.Event {
	w.Helper()
	chains := map[string][]audit.Event{}
	for _, id := range cases {
		events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 10_000)
		w.must(err)
		chains[id] = events
	}
	for _, id := range incidents {
		events, err := w.Store.IncidentEvents(w.ctx(), w.Org, id)
		w.must(err)
		chains[id] = events
	}
	return chains
}

// Every event of a case, a draft and an incident becomes a leaf, in batches that
// may end in the middle of a chain, and what was proven once stays provable.
func testTree(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	empty, err := w.Store.Tree(w.ctx(), w.Org)
	w.must(err)
	if empty.Size() != 0 || w.GrowTree(10) != 0 {
		t.Errorf("the tree of nothing has %d leaves", empty.Size())
	}
	cases := []string{w.Draft(), w.Submitted(model.StageLegalBasis), w.Submitted(model.StageManager)}
	incidents := []string{w.ReportIncident("")}
	w.GrowTree(4)
	w.TreeHolds(w.Chains(cases, incidents))
	before, err := w.Store.Tree(w.ctx(), w.Org)
	w.must(err)

	w.Do(cases[1], w.Decide(cases[1], w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	incidents = append(incidents, w.ReportIncident(cases[1]))
	if w.GrowTree(100) == 0 {
		t.Error("new events do not become leaves")
	}
	w.TreeHolds(w.Chains(cases, incidents))
	after, err := w.Store.Tree(w.ctx(), w.Org)
	w.must(err)
	r := w.Store.TreeHashes(w.ctx(), w.Org)
	consistent, err := tlog.ProveTree(after.Size(), before.Size(), r)
	w.must(err)
	w.must(tlog.CheckTree(consistent, after.Size(), after.Root(), before.Size(), before.Root()))
	leaves, err := w.Store.ChainLeaves(w.ctx(), w.Org, cases[1])
	w.must(err)
	for _, l := range leaves {
		included, err := tlog.ProveRecord(after.Size(), l.Leaf, r)
		w.must(err)
		w.must(tlog.CheckRecord(included, after.Size(), after.Root(), l.Leaf, audit.LeafHash(l.EventHash)))
	}
	if len(leaves) != len(w.Chains(cases, nil)[cases[1]]) {
		t.Errorf("the case has %d leaves", len(leaves))
	}

	// What has not changed since a time is not looked at.
	w.Do(cases[1], w.Decide(cases[1], w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	if n, err := w.Store.GrowTree(w.ctx(), w.Org, w.Clock.Now().Add(time.Second), 10); n != 0 || err != nil {
		t.Errorf("%d events of chains that have not changed since, %v", n, err)
	}
	if n, err := w.Store.GrowTree(w.ctx(), w.Org, w.Clock.Now(), 10); n == 0 || err != nil {
		t.Errorf("%d events of chains that have changed since, %v", n, err)
	}
}

// Many who fill the tree at the same time leave one tree. Who comes late hears of a
// conflict and has added nothing.
func testTreeGrownAtOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	cases := make([]string, 6)
	for i := range cases {
		cases[i] = w.Submitted(model.StageManager)
	}
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for {
				n, err := w.Store.GrowTree(w.ctx(), w.Org, time.Time{}, 3)
				if err != nil && !store.IsConflict(err) {
					t.Errorf("grow: %v", err)
				}
				if err == nil && n == 0 {
					return
				}
			}
		})
	}
	group.Wait()
	w.TreeHolds(w.Chains(cases, nil))
}
