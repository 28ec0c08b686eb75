package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// InUse returns a case that is in use, without the decisions that lead there.
func (w *World) InUse() string {
	w.Helper()
	id := w.Submitted(model.StageManager)
	w.Do(id, w.Plain(model.ActActivate, w.SystemOwner, model.EventActivated, model.Active))
	return id
}

// stopped is a new triage of a case that has come to be stopped by a rule.
func (w *World) stopped(caseID, digest, law string) store.Retriage {
	w.Helper()
	last, err := w.Store.LastTriage(w.ctx(), w.Org, caseID)
	w.must(err)
	return store.Retriage{
		OrgID: w.Org, CaseID: caseID, Before: last, RulebookID: "se-kommun", RulebookVersion: "2027.12", RulebookDigest: digest,
		Law: law, On: w.Today(), Reasons: []string{"aia_art49_3"}, Proposal: model.ProposeSuspension,
		Differences: []model.Difference{
			{Kind: model.DiffersHardStop, Name: "HS-12", After: "holds", Rules: []string{"HS-12"}},
			{Kind: model.DiffersTier, Before: "T3", After: "T4", Rules: []string{"TI-4", "HS-12"}},
		},
		Result: json.RawMessage(`{"outcome":"rejected_auto"}`),
	}
}

// addRetriage keeps a new triage that must be new, and reads it.
func (w *World) addRetriage(r store.Retriage) store.Retriage {
	w.Helper()
	added, err := w.Store.AddRetriage(w.ctx(), r, w.Clock.Now())
	w.must(err)
	if !added {
		w.Fatal("the new triage was not kept")
	}
	w.Verify(r.CaseID)
	found, err := w.Store.Retriages(w.ctx(), store.RetriageFilter{OrgID: w.Org, CaseID: r.CaseID, Limit: 1})
	w.must(err)
	return found[0]
}

// due are the cases of the world that are to be triaged again.
func (w *World) due(digest, law string) []string {
	w.Helper()
	ids := []string{}
	f := store.TriageFilter{OrgID: w.Org, States: model.TriagedAgain(), RulebookDigest: digest, Law: law, Limit: 2}
	for {
		refs, err := w.Store.CasesToTriage(w.ctx(), f)
		w.must(err)
		if len(refs) == 0 {
			return ids
		}
		for _, ref := range refs {
			ids = append(ids, ref.CaseID)
		}
		f.After = refs[len(refs)-1].CaseID
	}
}

// A case is due until it has been triaged by the rulebook since the last date of
// the law, when its answers were sent in or again.
func testRetriageDue(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.Draft()
	w.Submitted(model.StageManager)
	ids := []string{w.InUse(), w.InUse(), w.InUse()}
	slices.Sort(ids)
	want := func(digest, law string, want ...string) {
		t.Helper()
		if got := w.due(digest, law); !slices.Equal(got, want) {
			t.Errorf("by %s since %s: %v, want %v", digest, law, got, want)
		}
	}
	want("d1", "2026-11-23")
	want("d1", "")
	want("d1", "2027-12-02", ids...)
	want("d2", "", ids...)
	want("", "", ids...) // all of them

	none := w.stopped(ids[1], "d1", "2027-12-02")
	none.Differences, none.Proposal = nil, ""
	before := w.Case(ids[1])
	if r := w.addRetriage(none); r.Status != model.RetriageUnchanged || w.Case(ids[1]).Seq != before.Seq {
		t.Errorf("a triage without a difference: %+v", r)
	}
	want("d1", "2027-12-02", ids[0], ids[2])
	want("d1", "2028-08-02", ids...)
	want("d2", "2027-12-02", ids...)
}

// What is kept of a new triage is what was found, with an event that tells of it.
func testRetriage(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.InUse()
	first, err := w.Store.LastTriage(w.ctx(), w.Org, id)
	if err != nil || first.Version != 1 || first.On != w.Today() || first.RulebookDigest != "d1" {
		t.Fatalf("the first triage %+v, %v", first, err)
	}
	w.Clock.Advance(400 * 24 * time.Hour)
	in := w.stopped(id, "d2", "2027-12-02")
	before := w.Case(id)
	got := w.addRetriage(in)
	in.ID, in.Status, in.CreatedAt, in.State, in.RegistryNo = got.ID, model.RetriageOpen, w.Clock.Now(), model.Active, before.RegistryNo
	in.Before.Result = nil
	if toJSON(got) != toJSON(in) {
		t.Errorf("kept %s\nof %s", toJSON(got), toJSON(in))
	}
	after := w.Case(id)
	kinds := w.eventKinds(id)
	if after.Version != before.Version || after.State != model.Active || kinds[len(kinds)-1] != string(model.EventRetriaged) {
		t.Errorf("the case was moved from %s to %s, events %v", toJSON(before), toJSON(after), kinds)
	}
	last, err := w.Store.LastTriage(w.ctx(), w.Org, id)
	if err != nil || last.Version != 1 || last.On != in.On || last.RulebookDigest != "d2" || string(last.Result) == string(first.Result) {
		t.Errorf("the last triage %+v, %v", last, err)
	}
}

// Of many processes that triage a case for the same, one keeps it; other answers
// and other states are no longer what was triaged.
func testRetriageOnce(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.InUse()
	r := w.stopped(id, "d2", "2027-12-02")
	var kept atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			added, err := w.Store.AddRetriage(w.ctx(), r, w.Clock.Now())
			if err != nil {
				t.Error(err)
			}
			if added {
				kept.Add(1)
			}
		})
	}
	wg.Wait()
	if n, err := w.Store.CountRetriages(w.ctx(), store.RetriageFilter{OrgID: w.Org}, 10); kept.Load() != 1 || n != 1 || err != nil {
		t.Errorf("kept %d times, %d rows, %v", kept.Load(), n, err)
	}
	w.Verify(id)
	refused := func(what string, r store.Retriage) {
		t.Helper()
		before := w.Case(r.CaseID)
		if added, err := w.Store.AddRetriage(w.ctx(), r, w.Clock.Now()); added || err != nil {
			t.Errorf("%s: %v, %v", what, added, err)
		}
		if after := w.Case(r.CaseID); toJSON(after) != toJSON(before) {
			t.Errorf("%s changed the case", what)
		}
	}
	old := w.stopped(id, "d3", "2027-12-02")
	old.Before.Version = 7
	refused("a triage of other answers", old)
	refused("a triage of a case under review", w.stopped(w.Submitted(model.StageManager), "d2", "2027-12-02"))
	ended := w.stopped(id, "d3", "2027-12-02")
	w.Do(id, w.Plain(model.ActArchive, w.Person("rut", model.RoleRegistrar), model.EventArchived, model.Archived))
	refused("a triage of a case that has ended", ended)
}

func testRetriageList(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	other.addRetriage(other.stopped(other.InUse(), "d2", "2027-12-02"))
	ids := []string{}
	cases := []string{}
	for range 3 {
		w.Clock.Advance(time.Second)
		caseID := w.InUse()
		ids, cases = append(ids, w.addRetriage(w.stopped(caseID, "d2", "2027-12-02")).ID), append(cases, caseID)
	}
	w.Clock.Advance(time.Second)
	quiet := w.stopped(cases[0], "d2", "2028-08-02")
	quiet.Differences, quiet.Proposal = nil, ""
	ids = append(ids, w.addRetriage(quiet).ID)
	slices.Reverse(ids) // the newest first
	for name, test := range map[string]struct {
		filter store.RetriageFilter
		want   []string
	}{
		"all":               {store.RetriageFilter{}, ids},
		"a case":            {store.RetriageFilter{CaseID: cases[0]}, []string{ids[0], ids[3]}},
		"open":              {store.RetriageFilter{Status: model.RetriageOpen}, ids[1:]},
		"proposed":          {store.RetriageFilter{Proposal: model.ProposeSuspension}, ids[1:]},
		"a rule":            {store.RetriageFilter{Rule: "HS-12"}, ids[1:]},
		"part of a rule":    {store.RetriageFilter{Rule: "HS-1"}, nil},
		"a wildcard":        {store.RetriageFilter{Rule: "HS_12"}, nil},
		"one":               {store.RetriageFilter{ID: ids[2]}, ids[2:3]},
		"a page":            {store.RetriageFilter{Limit: 2, Offset: 1}, ids[1:3]},
		"of an owner":       {store.RetriageFilter{Reader: &access.Reader{PersonID: w.Owner}}, ids},
		"of somebody else":  {store.RetriageFilter{Reader: &access.Reader{PersonID: w.Everybody}}, nil},
		"of who reads all":  {store.RetriageFilter{Reader: &access.Reader{PersonID: w.CISO, All: true}}, ids},
		"several":           {store.RetriageFilter{Status: model.RetriageUnchanged, Rule: "HS-12"}, nil},
		"somebody else's":   {store.RetriageFilter{CaseID: model.NewID()}, nil},
		"another status":    {store.RetriageFilter{Status: model.RetriageAccepted}, nil},
		"open, of the case": {store.RetriageFilter{Status: model.RetriageOpen, CaseID: cases[0]}, ids[3:]},
	} {
		test.filter.OrgID = w.Org
		if got := w.retriages(test.filter); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		n, err := s.CountRetriages(w.ctx(), test.filter, 100)
		if paged := test.filter.Limit > 0; err != nil || !paged && n != len(test.want) {
			t.Errorf("%s: counted %d, %v", name, n, err)
		}
	}
	at, err := s.Retriage(w.ctx(), w.Org, ids[1])
	w.must(err)
	after := store.RetriageFilter{OrgID: w.Org, After: &store.RetriageCursor{CreatedAt: at.CreatedAt, ID: at.ID}}
	if got := w.retriages(after); !slices.Equal(got, ids[2:]) {
		t.Errorf("behind the second: %v", got)
	}
	if _, err := s.Retriage(w.ctx(), other.Org, ids[1]); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation's: %v", err)
	}
}

func (w *World) retriages(f store.RetriageFilter) (ids []string) {
	w.Helper()
	found, err := w.Store.Retriages(w.ctx(), f)
	w.must(err)
	for _, r := range found {
		ids = append(ids, r.ID)
	}
	return ids
}

func (w *World) retriageAnswer(r store.Retriage, to model.RetriageStatus) store.RetriageAnswer {
	return store.RetriageAnswer{
		ID: r.ID, Status: to, As: model.RoleCISO, Reason: "Hemligt skäl.", Stages: []model.StageKey{model.StageCISO, model.StageFRIA},
		Command: w.noting(r.CaseID, w.CISO),
	}
}

// A new triage is answered once, and what was written about it stands in no event.
func testAnswerRetriage(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.InUse()
	r := w.addRetriage(w.stopped(id, "d2", "2027-12-02"))
	w.Clock.Advance(time.Hour)
	a := w.retriageAnswer(r, model.RetriageAccepted)
	receipt, err := w.Store.AnswerRetriage(w.ctx(), a, w.Clock.Now())
	w.must(err)
	w.Verify(id)
	got, err := w.Store.Retriage(w.ctx(), w.Org, r.ID)
	w.must(err)
	if got.Status != model.RetriageAccepted || got.AnsweredBy != w.CISO || got.AnsweredAs != model.RoleCISO || got.Reason != a.Reason ||
		!got.AnsweredAt.Equal(w.Clock.Now()) || fmt.Sprint(got.Stages) != "[ciso fria]" || receipt.RetriageID != r.ID {
		t.Errorf("answered %s, receipt %+v", toJSON(got), receipt)
	}
	event, found := w.opened(id, map[string]string{"reason": a.Reason})
	if len(found) != 1 || event.Kind != string(model.EventRetriageAnswered) || strings.Contains(toJSON(event), "emlig") {
		t.Errorf("event %s, committed to %v", toJSON(event), found)
	}
	again := w.retriageAnswer(r, model.RetriageDismissed)
	if _, err := w.Store.AnswerRetriage(w.ctx(), again, w.Clock.Now()); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("a second answer: %v", err)
	}
	again.ID = model.NewID()
	if _, err := w.Store.AnswerRetriage(w.ctx(), again, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("an answer to nothing: %v", err)
	}
	if _, err := w.Store.AnswerRetriage(w.ctx(), a, w.Clock.Now()); model.CodeOf(err) != model.CodeStateConflict && !store.IsConflict(err) {
		t.Errorf("the same request again: %v", err)
	}
}

// useRetriages calls every function for new triages.
func (w *World) useRetriages() error {
	id := w.InUse()
	r := w.addRetriage(w.stopped(id, "d2", "2027-12-02"))
	w.due("d2", "2028-08-02")
	f := store.RetriageFilter{
		OrgID: w.Org, Reader: &access.Reader{PersonID: w.Owner}, Status: model.RetriageOpen, CaseID: id, Rule: "HS-12",
		After: &store.RetriageCursor{CreatedAt: w.Clock.Now(), ID: r.ID},
	}
	_, listed := w.Store.Retriages(w.ctx(), f)
	_, all := w.Store.Retriages(w.ctx(), store.RetriageFilter{OrgID: w.Org})
	_, counted := w.Store.CountRetriages(w.ctx(), store.RetriageFilter{OrgID: w.Org}, 10)
	_, answered := w.Store.AnswerRetriage(w.ctx(), w.retriageAnswer(r, model.RetriageDismissed), w.Clock.Now())
	return errors.Join(listed, all, counted, answered)
}
