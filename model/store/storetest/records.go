package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// text is what a record says.
func recordText(name, due string, facts ...model.Fact) store.RecordText {
	answers, err := json.Marshal(map[string]string{"name": name, "due": due})
	if err != nil {
		panic(err) // texts
	}
	return store.RecordText{Answers: answers, Name: name, Due: due, Facts: facts}
}

func (w *World) addRecord(caseID string, kind model.RecordKind, text store.RecordText) string {
	w.Helper()
	receipt, err := w.Store.AddRecord(w.ctx(), w.noting(caseID, w.CISO), kind, text, w.Clock.Now())
	w.must(err)
	if caseID != "" {
		w.Verify(caseID)
	}
	return receipt.RecordID
}

// Every version of a record is kept, each with its event, which commits to what it
// says and says nothing of it.
func testRecords(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id, elsewhere := w.Submitted(model.StageManager), w.Submitted(model.StageManager)
	began := w.Clock.Now()
	first := recordText("Hemlig modell", "2027-01-31", factsOf(model.FactModelEndOfLife, "2027-01-31")...)
	record := w.addRecord(id, model.RecordModelVersion, first)
	event, found := w.opened(id, map[string]string{"answers": string(first.Answers)})
	if len(found) != 1 || event.Kind != string(model.EventRecordSaved) || strings.Contains(toJSON(event), "emlig") ||
		!strings.Contains(string(event.Data), record) {
		t.Errorf("event %s, committed to %v", toJSON(event), found)
	}
	before := store.CaseFilter{FactsBefore: factsOf(model.FactModelEndOfLife, "2027-02-01")}
	w.finds("end of life", before, id)
	w.finds("end of life on the day", store.CaseFilter{FactsBefore: factsOf(model.FactModelEndOfLife, "2027-01-31")})

	w.Clock.Advance(time.Hour)
	change := store.RecordChange{
		OrgID: w.Org, CaseID: id, ID: record, IfVersion: 1, ActorID: w.SystemOwner, RecordText: recordText("Ny modell", ""),
	}
	for range 2 { // the same again changes nothing
		version, err := w.Store.ChangeRecord(w.ctx(), change, w.Clock.Now())
		if err != nil || version != 2 {
			t.Fatalf("version %d, %v", version, err)
		}
		w.Verify(id)
		change.IfVersion = 2
	}
	w.finds("no longer at an end", before)
	versions, err := w.Store.RecordVersions(w.ctx(), w.Org, record)
	w.must(err)
	want := []store.Record{
		{OrgID: w.Org, ID: record, Kind: model.RecordModelVersion, CaseID: id, Version: 2, Answers: change.Answers,
			SavedBy: w.SystemOwner, SavedAt: w.Clock.Now()},
		{OrgID: w.Org, ID: record, Kind: model.RecordModelVersion, CaseID: id, Version: 1, Answers: first.Answers,
			Due: "2027-01-31", SavedBy: w.CISO, SavedAt: began, Until: w.Clock.Now()},
	}
	if toJSON(versions) != toJSON(want) {
		t.Errorf("versions %s\nwant %s", toJSON(versions), toJSON(want))
	}
	if r, err := w.Store.RecordByID(w.ctx(), w.Org, id, record); err != nil || r.Version != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	w.recordRefusals(change, elsewhere)

	test := w.addRecord(id, model.RecordSecurityTest, recordText("Test", "2026-12-01"))
	earlier := w.addRecord(id, model.RecordModelVersion, recordText("äldre", "2026-12-24"))
	w.addRecord(elsewhere, model.RecordSecurityTest, recordText("Test", "2026-12-01"))
	for _, test := range []struct {
		store.RecordFilter
		want []string
	}{
		{store.RecordFilter{CaseID: id}, []string{record, earlier, test}},
		{store.RecordFilter{CaseID: id, Kind: model.RecordModelVersion}, []string{record, earlier}},
		{store.RecordFilter{CaseID: id, DueBefore: "2026-12-24"}, []string{test}},
		{store.RecordFilter{CaseID: id, DueBefore: "2026-12-25"}, []string{earlier, test}},
		{store.RecordFilter{}, nil},
	} {
		w.listsRecords(test.RecordFilter, test.want...)
	}
}

func (w *World) listsRecords(f store.RecordFilter, want ...string) {
	w.Helper()
	f.OrgID = w.Org
	records, err := w.Store.Records(w.ctx(), f)
	w.must(err)
	var got []string
	for _, r := range records {
		got = append(got, r.ID)
	}
	if !slices.Equal(got, want) {
		w.Errorf("%+v: %v, want %v", f, got, want)
	}
}

// recordRefusals tries what must not be written, and what no other case or
// organisation may find.
func (w *World) recordRefusals(good store.RecordChange, elsewhere string) {
	w.Helper()
	ended := w.Submitted(model.StageManager)
	kept := w.addRecord(ended, model.RecordUsage, recordText("2026-11-01", ""))
	w.Do(ended, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	for name, test := range map[string]struct {
		change func(*store.RecordChange)
		is     func(error) bool
	}{
		"not read":                   {func(c *store.RecordChange) { c.IfVersion = 1 }, coded(model.CodeStale)},
		"another case's":             {func(c *store.RecordChange) { c.CaseID = elsewhere }, is(store.ErrNotFound)},
		"as if it were no case's":    {func(c *store.RecordChange) { c.CaseID = "" }, is(store.ErrNotFound)},
		"another organisation's":     {func(c *store.RecordChange) { c.OrgID = model.NewID() }, is(store.ErrNotFound)},
		"a record that is not there": {func(c *store.RecordChange) { c.ID = model.NewID() }, is(store.ErrNotFound)},
		"of a case that has ended":   {func(c *store.RecordChange) { c.CaseID, c.ID, c.IfVersion = ended, kept, 1 }, coded(model.CodeStateConflict)},
	} {
		c := good
		c.RecordText = recordText("Något annat", "")
		test.change(&c)
		if _, err := w.Store.ChangeRecord(w.ctx(), c, w.Clock.Now()); !test.is(err) {
			w.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.Store.AddRecord(w.ctx(), w.noting(ended, w.CISO), model.RecordUsage, recordText("x", ""), w.Clock.Now()); !coded(model.CodeStateConflict)(err) {
		w.Errorf("a record of a case that has ended: %v", err)
	}
	if r, err := w.Store.RecordByID(w.ctx(), model.NewID(), good.CaseID, good.ID); !errors.Is(err, store.ErrNotFound) {
		w.Errorf("another organisation reads %+v, %v", r, err)
	}
	if versions, err := w.Store.RecordVersions(w.ctx(), model.NewID(), good.ID); err != nil || len(versions) > 0 {
		w.Errorf("another organisation reads %d versions, %v", len(versions), err)
	}
}

// A supplier is kept for the organisation, and the same request makes it once.
func testSuppliers(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	second, first := w.addRecord("", model.RecordSupplier, recordText("Östra Molnet", "2027-01-01")),
		w.addRecord("", model.RecordSupplier, recordText("Talverket", ""))
	other.addRecord("", model.RecordSupplier, recordText("Annan", ""))
	w.listsRecords(store.RecordFilter{Kind: model.RecordSupplier}, first, second)
	w.listsRecords(store.RecordFilter{Kind: model.RecordSupplier, DueBefore: "2027-01-02"}, second)
	c := w.noting("", w.Owner)
	for i := range 2 {
		_, err := w.Store.AddRecord(w.ctx(), c, model.RecordSupplier, recordText("Två gånger", ""), w.Clock.Now())
		if i == 0 && err != nil || i == 1 && !store.IsConflict(err) {
			t.Errorf("time %d: %v", i+1, err)
		}
	}
	version, err := w.Store.ChangeRecord(w.ctx(), store.RecordChange{
		OrgID: w.Org, ID: first, IfVersion: 1, ActorID: w.Owner, RecordText: recordText("Åtalverket", ""),
	}, w.Clock.Now())
	if err != nil || version != 2 {
		t.Errorf("version %d, %v", version, err)
	}
}

// useRecords does what UseEverything does for records.
func (w *World) useRecords(caseID string) error {
	ctx, s := w.ctx(), w.Store
	id := w.addRecord(caseID, model.RecordSecurityTest, recordText("Test", "2026-12-01", factsOf(model.FactRetestDue, "2026-12-01")...))
	_, changed := s.ChangeRecord(ctx, store.RecordChange{
		OrgID: w.Org, CaseID: caseID, ID: id, IfVersion: 1, ActorID: w.CISO, RecordText: recordText("Test 2", ""),
	}, w.Clock.Now())
	w.addRecord("", model.RecordSupplier, recordText("Talverket", ""))
	_, listed := s.Records(ctx, store.RecordFilter{OrgID: w.Org, CaseID: caseID, Kind: model.RecordSecurityTest, DueBefore: "2027-01-01"})
	_, suppliers := s.Records(ctx, store.RecordFilter{OrgID: w.Org, Kind: model.RecordSupplier})
	_, versions := s.RecordVersions(ctx, w.Org, id)
	_, one := s.RecordByID(ctx, w.Org, caseID, id)
	_, statistics := s.Statistics(ctx, w.Org, store.Period{From: w.Clock.Now().Add(-time.Hour), Until: w.Clock.Now()}, w.Clock.Now())
	return errors.Join(changed, listed, suppliers, versions, one, statistics)
}
