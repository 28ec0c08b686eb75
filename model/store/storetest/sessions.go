package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// begin begins a session of a person that lasts eight hours.
func (w *World) begin(person, hash, before string) store.Session {
	w.Helper()
	now := w.Clock.Now()
	n := store.Session{
		OrgID: w.Org, ID: model.NewID(), PersonID: person, Method: "oidc", ACR: "loa3", AMR: []string{"pwd", "otp"},
		ProvedAt: now.Add(-time.Second), ExpiresAt: now.Add(8 * time.Hour),
	}
	w.must(w.Store.BeginSession(w.ctx(), n, hash, before, now))
	return n
}

func testSessions(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	start := w.Clock.Now()
	who := func(hash string, seenSince, at time.Time) string {
		p, _, err := w.Store.PersonBySession(w.ctx(), hash, seenSince, at)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		return p.ID
	}
	hash := func(n string) string { return n + w.Org }
	first := w.begin(w.CISO, hash("1"), "")
	p, got, err := w.Store.PersonBySession(w.ctx(), hash("1"), start, start)
	w.must(err)
	if p.Handle != "cilla" || !slices.Equal(p.Roles, []model.Role{model.RoleCISO}) || got.ID != first.ID || got.Method != "oidc" ||
		got.ACR != "loa3" || !slices.Equal(got.AMR, first.AMR) || !got.ProvedAt.Equal(first.ProvedAt) || !got.SeenAt.Equal(start) {
		t.Errorf("%+v in %+v", p, got)
	}
	for _, test := range []struct {
		name          string
		hash          string
		seenSince, at time.Time
		want          string
	}{
		{"to the last moment", hash("1"), start, first.ExpiresAt.Add(-time.Microsecond), w.CISO},
		{"expired", hash("1"), start, first.ExpiresAt, ""},
		{"not seen for too long", hash("1"), start.Add(time.Microsecond), start, ""},
		{"another secret", hash("2"), start, start, ""},
		{"no secret", "", start, start, ""},
	} {
		if got := who(test.hash, test.seenSince, test.at); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	later := start.Add(time.Minute)
	w.must(w.Store.SeeSession(w.ctx(), w.Org, first.ID, later))
	w.must(w.Store.SeeSession(w.ctx(), w.Org, first.ID, start)) // the slower of two requests
	if who(hash("1"), later, later) != w.CISO {
		t.Error("a session that was seen is forgotten")
	}

	w.begin(w.CISO, hash("2"), hash("1")) // signed in again in the same browser
	w.begin(w.CISO, hash("3"), hash("none"))
	w.begin(w.Manager, hash("4"), "")
	if who(hash("1"), start, start) != "" || who(hash("2"), start, start) != w.CISO {
		t.Error("the session before is not replaced")
	}
	w.must(w.Store.EndSession(w.ctx(), hash("2")))
	w.must(w.Store.EndSession(w.ctx(), hash("2")))
	if who(hash("2"), start, start) != "" || who(hash("3"), start, start) != w.CISO {
		t.Error("another session than the one was ended")
	}
	w.must(w.Store.EndSessions(w.ctx(), w.Org, w.CISO))
	if who(hash("3"), start, start) != "" || who(hash("4"), start, start) != w.Manager {
		t.Error("other sessions than the person's were ended")
	}
	w.Clock.Advance(9 * time.Hour)
	w.begin(w.CISO, hash("4"), "") // no conflict: the one that has expired is gone
	if who(hash("4"), start, w.Clock.Now()) != w.CISO {
		t.Error("no new session")
	}
}

func testPasswords(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	now := w.Clock.Now()
	if h, err := w.Store.Password(w.ctx(), w.Org, w.CISO); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a password that nobody has set: %q, %v", h, err)
	}
	for _, hash := range []string{"first", "second"} {
		w.begin(w.CISO, hash+w.Org, "")
		w.must(w.Store.SetPassword(w.ctx(), w.Org, w.CISO, hash, now))
		if h, err := w.Store.Password(w.ctx(), w.Org, w.CISO); err != nil || h != hash {
			t.Errorf("%q, %v", h, err)
		}
		if _, _, err := w.Store.PersonBySession(w.ctx(), hash+w.Org, now, now); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session outlived the password: %v", err)
		}
	}
	if _, err := w.Store.Password(w.ctx(), w.Org, w.Manager); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("somebody else got it: %v", err)
	}
	kept := w.begin(w.CISO, "kept"+w.Org, "")
	w.begin(w.CISO, "other"+w.Org, "")
	w.begin(w.Manager, "manager"+w.Org, "")
	if err := w.Store.ChangePassword(w.ctx(), w.Org, w.CISO, "first", "third", kept.ID, now); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("changed from one that it is not any more: %v", err)
	}
	w.must(w.Store.ChangePassword(w.ctx(), w.Org, w.CISO, "second", "third", kept.ID, now))
	if h, err := w.Store.Password(w.ctx(), w.Org, w.CISO); err != nil || h != "third" {
		t.Errorf("changed: %q, %v", h, err)
	}
	for hash, want := range map[string]bool{"kept": true, "other": false, "manager": true} {
		if _, _, err := w.Store.PersonBySession(w.ctx(), hash+w.Org, now, now); (err == nil) != want {
			t.Errorf("the session %s after the change: %v", hash, err)
		}
	}
	w.must(w.Store.SetPassword(w.ctx(), w.Org, w.CISO, "", now))
	if h, err := w.Store.Password(w.ctx(), w.Org, w.CISO); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken away: %q, %v", h, err)
	}
	if err := w.Store.SetPassword(w.ctx(), w.Org, model.NewID(), "x", now); !errors.Is(err, store.ErrReference) {
		t.Errorf("of nobody: %v", err)
	}
}
