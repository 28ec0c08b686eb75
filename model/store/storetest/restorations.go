package storetest

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
)

// A record that was put back waits for a second person, and both stay in the log of
// every organisation.
func testRestorations(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	adam, eve := w.Person("adam", model.RoleAdministrator), w.Person("eve", model.RoleAdministrator)
	if _, err := s.WaitingRestoration(w.ctx()); !errors.Is(err, store.ErrNotFound) {
		t.Fatalf("before: %v", err)
	}
	w.Submitted(model.StageManager)
	size := int64(w.GrowTree(100))
	w.Clock.Advance(time.Hour)
	restore := func() store.Restoration {
		t.Helper()
		r, err := s.AddRestoration(w.ctx(), store.Restored{
			OrgID: w.Org, By: adam, BackupAt: w.Clock.Now().Add(-time.Hour),
			Trees: map[string]store.RestoredTree{w.Org: {Size: size, Kept: size + 7}},
		}, w.Clock.Now())
		w.must(err)
		waits, err := s.WaitingRestoration(w.ctx())
		w.must(err)
		if waits != r || r.RestoredBy != adam || r.Kept != size+7 || r.ApprovedBy != "" {
			t.Fatalf("%+v waits, want %+v", waits, r)
		}
		w.Clock.Advance(time.Minute)
		return r
	}
	approve := func(id, who string) error {
		_, err := s.ApproveRestoration(w.ctx(), id, w.noting("", who), w.Clock.Now())
		return err
	}
	replaced, r := restore(), restore()
	events := w.organisationEvents()
	for who, test := range map[string]struct {
		err  error
		want model.Code
	}{
		"the same person twice": {approve(r.ID, adam), model.CodeSegregation},
		"one that was replaced": {approve(replaced.ID, eve), model.CodeStateConflict},
	} {
		if model.CodeOf(test.err) != test.want {
			t.Errorf("%s: %v", who, test.err)
		}
	}
	elsewhere := other.Person("adam", model.RoleAdministrator)
	if _, err := s.ApproveRestoration(w.ctx(), r.ID, other.noting("", elsewhere), w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("another organisation's: %v", err)
	}
	if err := approve("none", eve); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("one that there is not: %v", err)
	}
	if now := w.organisationEvents(); len(now) != len(events) {
		t.Errorf("what was refused left an event: %v", now)
	}
	w.must(approve(r.ID, eve))
	if err := approve(r.ID, eve); model.CodeOf(err) != model.CodeStateConflict {
		t.Errorf("approved twice: %v", err)
	}
	if _, err := s.WaitingRestoration(w.ctx()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("after: %v", err)
	}
	all, err := s.Restorations(w.ctx(), w.Org)
	w.must(err)
	if len(all) != 2 || all[0].ID != r.ID || all[0].ApprovedBy != eve || all[0].ApprovedAt.IsZero() || all[1].ApprovedBy != "" {
		t.Errorf("%+v", all)
	}
	if none, err := s.Restorations(w.ctx(), other.Org); err != nil || len(none) != 0 {
		t.Errorf("elsewhere: %v, %v", none, err)
	}

	last := w.organisationEvents()
	actors := []string{adam, adam, eve}
	for i, e := range last {
		var data model.EventData
		if err := json.Unmarshal(e.Data, &data); err != nil || data.Restoration == nil {
			t.Fatalf("%s, %v", e.Data, err)
		}
		want := model.RestorationCodes{ID: data.Restoration.ID, BackupAt: data.Restoration.BackupAt, RestoredBy: adam, TreeSize: size, Kept: size + 7}
		if *data.Restoration != want || want.BackupAt == "" || e.ActorID != actors[i] {
			t.Errorf("event %+v of %s, want %+v", *data.Restoration, e.ActorID, want)
		}
	}
	if len(last) != 3 || last[0].Kind != string(model.EventRestored) || last[2].Kind != string(model.EventRestorationApproved) {
		t.Errorf("events %v", last)
	}
	theirs := other.organisationEvents()
	if len(theirs) != 3 || theirs[2].ActorID != model.System || theirs[2].CommandID != "" {
		t.Errorf("elsewhere: %v", theirs)
	}
	w.GrowTree(2)
	chains := w.Chains(w.caseIDs(), nil)
	chains[w.Org] = last
	w.TreeHolds(chains)
}

// organisationEvents are the events of the organisation as a whole, which hold.
func (w *World) organisationEvents() []audit.Event {
	w.Helper()
	events, err := w.Store.OrganisationEvents(w.ctx(), w.Org)
	w.must(err)
	w.must(w.Store.VerifyOrganisation(w.ctx(), w.Org, w.Org))
	heads, err := w.Store.OrganisationHeads(w.ctx(), w.Org, "", 1)
	w.must(err)
	if n := len(events); (n > 0) != (len(heads) == 1) || n > 0 && (heads[0].Seq != int64(n) || heads[0].Hash != events[n-1].Hash) {
		w.Errorf("%d events, heads %v", n, heads)
	}
	return events
}

// caseIDs are the cases of the organisation.
func (w *World) caseIDs() (ids []string) {
	w.Helper()
	heads, err := w.Store.Heads(w.ctx(), w.Org, "", 1000)
	w.must(err)
	for _, h := range heads {
		ids = append(ids, h.CaseID)
	}
	return ids
}
