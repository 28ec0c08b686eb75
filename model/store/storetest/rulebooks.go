package storetest

import (
	"bytes"
	"errors"
	"slices"
	"sync"
	"testing"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// version is a version of the rulebook.
func version(name string) store.NewRulebook {
	return store.NewRulebook{
		RulebookID: "se-kommun", Version: name, Digest: "digest of " + name, Title: lang.Text{SV: "Regelverk", EN: "Rulebook"},
		Content: []byte{0, 'P', 'K', 0xff, byte(len(name))}, As: model.RoleCISO, Reason: "Ny vägledning",
	}
}

// enter puts a version of the program in force, if it is its turn.
func (w *World) enter(name string) bool {
	w.Helper()
	entered, err := w.Store.EnterRulebook(w.ctx(), w.Org, version(name), w.Clock.Now())
	w.must(err)
	return entered
}

// propose proposes a version and returns its id.
func (w *World) propose(name, actor string) string {
	w.Helper()
	r, err := w.Store.ProposeRulebook(w.ctx(), version(name), w.noting("", actor), w.Clock.Now())
	w.must(err)
	return r.RulebookID
}

// inForce is the version whose turn was last.
func (w *World) inForce() store.Rulebook {
	w.Helper()
	all, err := w.Store.Rulebooks(w.ctx(), w.Org)
	w.must(err)
	var last store.Rulebook
	for _, r := range all {
		if r.Turn > last.Turn {
			last = r
		}
	}
	return last
}

// A version is proposed by one person and published by another (SOD-07).
func testRulebooks(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	admin := w.Person("ada", model.RoleAdministrator)
	if !w.enter("1") || w.enter("1") {
		t.Error("the program's version is entered once")
	}
	id := w.propose("2", w.CISO)
	w.Clock.Advance(1)
	got, err := w.Store.Rulebook(w.ctx(), w.Org, id)
	if err != nil || got.State() != model.RulebookProposed || got.ProposedBy != w.CISO || got.ProposedAs != model.RoleCISO ||
		got.Reason != "Ny vägledning" || got.Title.EN != "Rulebook" || got.Version != "2" || got.Turn != 0 || got.ProposedAt.IsZero() {
		t.Fatalf("proposed: %+v, %v", got, err)
	}
	content, err := w.Store.RulebookContent(w.ctx(), w.Org, "digest of 2")
	if err != nil || !bytes.Equal(content, version("2").Content) {
		t.Errorf("content %q, %v", content, err)
	}
	if w.inForce().Version != "1" {
		t.Error("a proposal is in force")
	}
	for _, name := range []string{"1", "2"} {
		if _, err := w.Store.ProposeRulebook(w.ctx(), version(name), w.noting("", admin), w.Clock.Now()); model.CodeOf(err) != model.CodeVersionTaken {
			t.Errorf("proposed %s again: %v", name, err)
		}
	}
	if _, err := w.Store.PublishRulebook(w.ctx(), id, w.noting("", w.CISO), w.Clock.Now()); err == nil || err.Error() != "segregation_of_duties (SOD-07)" {
		t.Errorf("published by who proposed it: %v", err)
	}
	c := w.noting("", admin)
	_, err = w.Store.PublishRulebook(w.ctx(), id, c, w.Clock.Now())
	w.must(err)
	if known, err := w.Store.CommandByKey(w.ctx(), w.Org, c.RequestKey); err != nil || !known.Done {
		t.Errorf("the command: %+v, %v", known, err)
	}
	if _, err := w.Store.PublishRulebook(w.ctx(), id, c, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same command again: %v", err)
	}
	if r := w.inForce(); r.ID != id || r.Turn != 2 || r.PublishedBy != admin || r.PublishedAt.IsZero() || r.State() != model.RulebookPublished {
		t.Errorf("in force: %+v", r)
	}
	for _, end := range []func() (model.EvidenceReceipt, error){
		func() (model.EvidenceReceipt, error) {
			return w.Store.PublishRulebook(w.ctx(), id, w.noting("", w.Legal), w.Clock.Now())
		},
		func() (model.EvidenceReceipt, error) {
			return w.Store.WithdrawRulebook(w.ctx(), id, w.noting("", w.CISO), w.Clock.Now())
		},
	} {
		if _, err := end(); model.CodeOf(err) != model.CodeStateConflict {
			t.Errorf("ended again: %v", err)
		}
	}
	if w.enter("3") {
		t.Error("the program's version displaces what two people have published")
	}
	if _, err := w.Store.PublishRulebook(w.ctx(), model.NewID(), w.noting("", admin), w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("published what is not there: %v", err)
	}
	w.othersRulebooks(id)
}

// othersRulebooks looks from another organisation.
func (w *World) othersRulebooks(id string) {
	w.Helper()
	there := NewWorld(w.TB, w.Store)
	if all, err := w.Store.Rulebooks(w.ctx(), there.Org); err != nil || len(all) != 0 {
		w.Errorf("elsewhere: %+v, %v", all, err)
	}
	_, err := w.Store.Rulebook(w.ctx(), there.Org, id)
	_, err2 := w.Store.RulebookContent(w.ctx(), there.Org, "digest of 2")
	_, err3 := w.Store.PublishRulebook(w.ctx(), id, there.noting("", there.Legal), w.Clock.Now())
	if !errors.Is(err, store.ErrNotFound) || !errors.Is(err2, store.ErrNotFound) || !errors.Is(err3, store.ErrNotFound) {
		w.Errorf("found elsewhere: %v, %v, %v", err, err2, err3)
	}
	if !there.enter("2") || there.inForce().Turn != 1 {
		w.Error("turns are counted over organisations")
	}
}

// A proposal that was withdrawn leaves the name of its version free.
func testRulebookWithdrawn(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	first := w.propose("1", w.CISO)
	_, err := w.Store.WithdrawRulebook(w.ctx(), first, w.noting("", w.Legal), w.Clock.Now())
	w.must(err)
	got, err := w.Store.Rulebook(w.ctx(), w.Org, first)
	if err != nil || got.State() != model.RulebookWithdrawn || got.WithdrawnBy != w.Legal {
		t.Fatalf("withdrawn: %+v, %v", got, err)
	}
	if _, err := w.Store.PublishRulebook(w.ctx(), first, w.noting("", w.Legal), w.Clock.Now()); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("published what was withdrawn: %v", err)
	}
	w.Clock.Advance(1000)
	second := w.propose("1", w.CISO)
	all, err := w.Store.Rulebooks(w.ctx(), w.Org)
	w.must(err)
	if ids := []string{all[0].ID, all[1].ID}; len(all) != 2 || !slices.Equal(ids, []string{second, first}) {
		t.Errorf("listed %+v", all)
	}
}

// Of many who publish at once one is the second person, and many versions take turns.
func testRulebooksAtOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.propose("1", w.CISO)
	people := []string{w.CISO, w.CISO, w.DPO, w.Legal, w.Environment, w.Manager}
	codes := make([]model.Code, len(people))
	var wg sync.WaitGroup
	for i, p := range people {
		wg.Go(func() {
			_, err := w.Store.PublishRulebook(w.ctx(), id, w.noting("", p), w.Clock.Now())
			if codes[i] = model.CodeOf(err); err != nil && codes[i] == "" {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(slices.DeleteFunc(slices.Clone(codes), func(c model.Code) bool { return c != "" })); n != 1 {
		t.Errorf("published %d times: %q", n, codes)
	}
	if r := w.inForce(); r.PublishedBy == w.CISO || r.Turn != 1 {
		t.Errorf("in force: %+v", r)
	}
	ids := []string{w.propose("2", w.CISO), w.propose("3", w.CISO), w.propose("4", w.CISO)}
	for _, id := range ids {
		wg.Go(func() {
			if _, err := w.Store.PublishRulebook(w.ctx(), id, w.noting("", w.Legal), w.Clock.Now()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if r := w.inForce(); r.Turn != 4 {
		t.Errorf("the last turn: %+v", r)
	}
}
