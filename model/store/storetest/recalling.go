package storetest

import (
	"errors"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/store"
)

// A request that recalls reads every row once, until it writes something itself.
func testRecalling(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	before := w.Case(id)
	ctx := store.Recalling(w.ctx())
	title := func() string {
		c, err := w.Store.Case(ctx, w.Org, id)
		if err != nil {
			t.Fatal(err)
		}
		return c.Title
	}
	if got := title(); got != before.Title {
		t.Fatalf("first: %q", got)
	}
	if _, err := w.Store.SaveDraft(w.ctx(), w.draft(id, 1, "Andras text"), w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := title(); got != before.Title {
		t.Errorf("after somebody else has written: %q", got)
	}
	if c := w.Case(id); c.Title != "Andras text" {
		t.Errorf("another request: %q", c.Title)
	}
	if _, err := w.Store.SaveDraft(ctx, w.draft(id, 2, "Egen text"), w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := title(); got != "Egen text" {
		t.Errorf("after it has written itself: %q", got)
	}
}

// What is recalled is told by what was asked, is not spoilt by its readers, and may be
// that there is no such row.
func testRecalledLists(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id, other := w.Draft(), w.Draft()
	ctx := store.Recalling(w.ctx())
	if _, err := w.Store.Part(ctx, w.Org, id, "dpia"); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("no part: %v", err)
	}
	d := w.draft(id, 0, "Konsekvensbedömning")
	d.Part = "dpia"
	if _, err := w.Store.SaveDraft(w.ctx(), d, w.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Store.Part(ctx, w.Org, id, "dpia"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("no part, again: %v", err)
	}
	people := func(caseID string) []model.CasePerson {
		people, err := w.Store.CasePeople(ctx, w.Org, caseID)
		if err != nil || len(people) == 0 {
			t.Fatalf("people %v, %v", people, err)
		}
		return people
	}
	first := people(id)
	kept := slices.Clone(first)
	first[0].PersonID = "spoilt"
	if again := people(id); !slices.Equal(again, kept) {
		t.Errorf("%v, and before %v", again, kept)
	}
	names := func(ids ...string) map[string]string {
		names, err := w.Store.Names(ctx, w.Org, ids)
		if err != nil {
			t.Fatal(err)
		}
		return names
	}
	owner := kept[0].PersonID
	for range 2 { // some of whom are known, and one whom there is not
		if got := names(owner, w.CISO, "nobody"); len(got) != 2 || got[owner] == "" || got[w.CISO] == "" {
			t.Errorf("names %v", got)
		}
	}
	if got := names(w.CISO); len(got) != 1 {
		t.Errorf("names %v", got)
	}
	if got, err := w.Store.Names(ctx, "another", []string{owner}); err != nil || len(got) != 0 {
		t.Errorf("in another organisation: %v, %v", got, err)
	}
	if a, err := w.Store.Case(ctx, w.Org, id); err != nil || a.ID != id {
		t.Errorf("%+v, %v", a, err)
	}
	if b, err := w.Store.Case(ctx, w.Org, other); err != nil || b.ID != other {
		t.Errorf("%+v, %v", b, err)
	}
	if _, err := w.Store.Case(ctx, "another", id); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("in another organisation: %v", err)
	}
}
