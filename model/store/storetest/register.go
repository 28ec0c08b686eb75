package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// Entry is what the register could say of a tool of a case.
func (w *World) Entry(caseID, tool string) model.RegisterEntry {
	return model.RegisterEntry{
		CaseID: caseID, RegistryNo: "SL 2026-1", Status: model.RegisterActive, Public: true,
		Tool: tool, Product: "Samtalsnot 4", Supplier: "Talverket i Norden AB", Kind: "ai_service",
		Purpose: "Anteckningar från möten.", Units: []model.RegisterUnit{{UnitID: w.Unit, RopaRef: "A 30:1"}},
		ApprovedMaxIPL: 2, PersonalData: model.DataIncidentalOnly, ApprovedUses: []string{"anteckningar"},
		AIActClass: "minimal", DecisionRole: "none", HumanControl: "human_decides",
		DecisionDate: "2026-11-23", ValidUntil: "2028-11-23", SystemOwnerID: w.SystemOwner,
		Contact: lang.Text{SV: "Systemägare", EN: "System owner"}, KWhYear: 12.5, CO2eKgYear: 3.05,
	}
}

func (w *World) putEntry(id string, e model.RegisterEntry) string {
	w.Helper()
	id, err := w.Store.PutRegisterEntry(w.ctx(), w.Org, id, e, w.Clock.Now())
	w.must(err)
	return id
}

// Every version of an entry is kept, with the time when it held; what says the
// same again is no new version.
func testRegister(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	caseID := w.Draft()
	if _, err := w.Store.CaseRegisterEntry(w.ctx(), w.Org, caseID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the entry of a case without one: %v", err)
	}
	if err := w.Store.SetRegisterStatus(w.ctx(), w.Org, caseID, model.RegisterSuspended, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the status of an entry that is not there: %v", err)
	}
	first := w.Entry(caseID, "Ångström & Öst ”anteckningar”")
	began := w.Clock.Now()
	id := w.putEntry("", first)
	w.Clock.Advance(time.Hour)
	if again := w.putEntry("", first); again != id {
		t.Errorf("the same again is entry %s, not %s", again, id)
	}
	w.must(w.Store.SetRegisterStatus(w.ctx(), w.Org, caseID, model.RegisterSuspended, w.Clock.Now()))
	stopped := w.Clock.Now()
	w.Clock.Advance(time.Hour)
	renewed := first
	renewed.ApprovedMaxIPL = 1
	if again := w.putEntry("", renewed); again != id {
		t.Errorf("the case has got a second entry")
	}

	versions, err := w.Store.RegisterVersions(w.ctx(), w.Org, id)
	w.must(err)
	suspended := first
	suspended.Status = model.RegisterSuspended
	for i, want := range []struct {
		entry        model.RegisterEntry
		since, until time.Time
	}{{renewed, w.Clock.Now(), time.Time{}}, {suspended, stopped, w.Clock.Now()}, {first, began, stopped}} {
		if len(versions) != 3 {
			t.Fatalf("%d versions, want 3", len(versions))
		}
		v := versions[i]
		if v.Version != 3-i || toJSON(v.Entry) != toJSON(want.entry) || !v.Since.Equal(want.since) || !v.Until.Equal(want.until) {
			t.Errorf("version %d: %+v, want %+v", 3-i, v, want)
		}
	}
	for name, read := range map[string]func() (store.RegisterRecord, error){
		"by id":   func() (store.RegisterRecord, error) { return w.Store.RegisterEntry(w.ctx(), w.Org, id) },
		"by case": func() (store.RegisterRecord, error) { return w.Store.CaseRegisterEntry(w.ctx(), w.Org, caseID) },
	} {
		if r, err := read(); err != nil || r.ID != id || r.Version != 3 || r.Entry.ApprovedMaxIPL != 1 {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
	}
}

// A tool that was in use before there was a case has an entry without one.
func testRegisterWithoutCase(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	interim := w.Entry("", "NotebookLM")
	interim.Status = model.RegisterInterim
	one, other := w.putEntry("", interim), w.putEntry("", interim)
	if one == other {
		t.Error("two tools without a case share an entry")
	}
	interim.ValidUntil = "2027-02-21"
	w.putEntry(one, interim)
	if r, err := w.Store.RegisterEntry(w.ctx(), w.Org, one); err != nil || r.Version != 2 || r.Entry.ValidUntil != "2027-02-21" {
		t.Errorf("%+v, %v", r, err)
	}
	if _, err := w.Store.PutRegisterEntry(w.ctx(), w.Org, model.NewID(), interim, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another version of no entry: %v", err)
	}
	stranger := w.Entry(model.NewID(), "Fritt")
	if _, err := w.Store.PutRegisterEntry(w.ctx(), w.Org, "", stranger, w.Clock.Now()); !errors.Is(err, store.ErrReference) {
		t.Errorf("an entry of no case: %v", err)
	}
}

func testRegisterList(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	second := model.NewID()
	put := func(tool string, change func(*model.RegisterEntry)) string {
		e := w.Entry(w.Draft(), tool)
		change(&e)
		return w.putEntry("", e)
	}
	notes := put("Anteckningar", func(e *model.RegisterEntry) { e.RegistryNo = "SL 2026-44" })
	var ofCase string
	images := put("bilder 100 %", func(e *model.RegisterEntry) {
		e.Supplier, e.AIActClass, ofCase = "BILDVERKET AB", "transparency", e.CaseID
	})
	hidden := put("Cykelräknare", func(e *model.RegisterEntry) {
		e.Public, e.Product = false, "Räknaren"
		e.Units = append(e.Units, model.RegisterUnit{UnitID: second})
	})
	stopped := put("Diktering", func(e *model.RegisterEntry) { e.Status = model.RegisterSuspended })
	interim := put("diktering", func(e *model.RegisterEntry) { e.Status = model.RegisterInterim })
	foreign := other.Draft()
	other.putEntry("", other.Entry(foreign, "Främmande"))

	same := []string{stopped, interim}
	slices.Sort(same) // the same name: by id
	all := []string{notes, images, hidden, same[0], same[1]}
	for name, test := range map[string]struct {
		filter store.RegisterFilter
		want   []string
	}{
		"all":               {store.RegisterFilter{}, all},
		"public":            {store.RegisterFilter{Public: true}, []string{notes, images, interim}},
		"unit":              {store.RegisterFilter{UnitID: w.Unit}, all},
		"adopting unit":     {store.RegisterFilter{UnitID: second}, []string{hidden}},
		"part of a unit":    {store.RegisterFilter{UnitID: second[:8]}, nil},
		"supplier":          {store.RegisterFilter{Supplier: "bildverket ab"}, []string{images}},
		"part of one":       {store.RegisterFilter{Supplier: "bild"}, nil},
		"product":           {store.RegisterFilter{Product: "RÄKNAREN"}, []string{hidden}},
		"case":              {store.RegisterFilter{CaseID: ofCase}, []string{images}},
		"no case":           {store.RegisterFilter{CaseID: "x"}, nil},
		"another's case":    {store.RegisterFilter{CaseID: foreign}, nil},
		"public, of a case": {store.RegisterFilter{Public: true, CaseID: ofCase}, []string{images}},
		"status":            {store.RegisterFilter{Status: model.RegisterSuspended}, []string{stopped}},
		"class":             {store.RegisterFilter{AIActClass: "transparency"}, []string{images}},
		"words":             {store.RegisterFilter{Query: "TALVERKET"}, []string{notes, hidden, same[0], same[1]}},
		"registry number":   {store.RegisterFilter{Query: "2026-44"}, []string{notes}},
		"a wildcard":        {store.RegisterFilter{Query: "100 %"}, []string{images}},
		"nothing":           {store.RegisterFilter{Query: "_nteckn"}, nil},
		"several":           {store.RegisterFilter{Public: true, Query: "bild", UnitID: w.Unit}, []string{images}},
		"public, suspended": {store.RegisterFilter{Public: true, Status: model.RegisterSuspended}, nil},
	} {
		test.filter.OrgID = w.Org
		records, err := w.Store.RegisterEntries(w.ctx(), test.filter)
		w.must(err)
		var got []string
		for _, r := range records {
			got = append(got, r.ID)
		}
		if fmt.Sprint(got) != fmt.Sprint(test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		if n, err := w.Store.CountRegisterEntries(w.ctx(), test.filter, 100); err != nil || n != len(test.want) {
			t.Errorf("%s: counted %d, %v", name, n, err)
		}
	}
	w.scroll(all)
}

// scroll reads the register in pages of two, by offset and by cursor.
func (w *World) scroll(want []string) {
	w.Helper()
	var paged, scrolled []string
	var after *store.RegisterCursor
	read := func(f store.RegisterFilter) (ids []string, last *store.RegisterCursor) {
		f.OrgID, f.Limit = w.Org, 2
		records, err := w.Store.RegisterEntries(w.ctx(), f)
		w.must(err)
		for _, r := range records {
			ids, last = append(ids, r.ID), &store.RegisterCursor{SortKey: r.SortKey, ID: r.ID}
		}
		return ids, last
	}
	for offset := int64(0); offset < int64(len(want)); offset += 2 {
		ids, _ := read(store.RegisterFilter{Offset: offset})
		paged = append(paged, ids...)
		ids, after = read(store.RegisterFilter{After: after})
		scrolled = append(scrolled, ids...)
	}
	if !slices.Equal(paged, want) || !slices.Equal(scrolled, want) {
		w.Errorf("by offset %v, by cursor %v, want %v", paged, scrolled, want)
	}
}

// cannotSee gives a case of another organisation an entry and looks for it from
// here.
func (w *World) cannotSee(owner *World, caseID string) {
	w.Helper()
	id := owner.putEntry("", owner.Entry(caseID, "Chattbot"))
	s, now := w.Store, w.Clock.Now()
	for what, err := range map[string]error{
		"entry":   func() error { _, err := s.RegisterEntry(w.ctx(), w.Org, id); return err }(),
		"of case": func() error { _, err := s.CaseRegisterEntry(w.ctx(), w.Org, caseID); return err }(),
		"status":  s.SetRegisterStatus(w.ctx(), w.Org, caseID, model.RegisterEnded, now),
		"version": func() error { _, err := s.PutRegisterEntry(w.ctx(), w.Org, id, w.Entry("", "x"), now); return err }(),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			w.Errorf("another organisation's %s: %v", what, err)
		}
	}
	if versions, err := s.RegisterVersions(w.ctx(), w.Org, id); len(versions) != 0 || err != nil {
		w.Errorf("another organisation's versions: %d, %v", len(versions), err)
	}
}

// useRegister does everything that the record can do with an entry.
func (w *World) useRegister(caseID string) error {
	id := w.putEntry("", w.Entry(caseID, "Chattbot"))
	w.putEntry(id, w.Entry(caseID, "Chattbot 2"))
	s, ctx := w.Store, w.ctx()
	f := store.RegisterFilter{
		OrgID: w.Org, Public: true, UnitID: w.Unit, Supplier: "a", Product: "b", Status: model.RegisterActive, AIActClass: "minimal",
		Query: "chatt", After: &store.RegisterCursor{SortKey: "a", ID: id},
	}
	_, listed := s.RegisterEntries(ctx, f)
	_, ofItsCase := s.RegisterEntries(ctx, store.RegisterFilter{OrgID: w.Org, CaseID: caseID})
	_, counted := s.CountRegisterEntries(ctx, store.RegisterFilter{OrgID: w.Org}, 10)
	_, versions := s.RegisterVersions(ctx, w.Org, id)
	_, entry := s.RegisterEntry(ctx, w.Org, id)
	_, ofCase := s.CaseRegisterEntry(ctx, w.Org, caseID)
	_, change := s.RegisterChange(ctx, w.Org)
	_, changed := s.RegisterChangedAfter(ctx, w.Org, -1)
	_, service := s.PutService(ctx, w.Org, "gateway", w.Unit, store.Service{}, w.Clock.Now())
	_, services := s.Services(ctx, w.Org)
	_, tokens := s.ServiceTokens(ctx, w.Org)
	return errors.Join(change, changed, service, services, tokens,
		s.SetRegisterStatus(ctx, w.Org, caseID, model.RegisterEnded, w.Clock.Now()), listed, ofItsCase, counted, versions, entry, ofCase)
}
