package authn

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"sluss/model/clock"
	"sluss/model/store"
)

// sessions keeps sessions by hash.
type sessions map[string]*store.Session

func (m sessions) BeginSession(_ context.Context, n store.Session, hash, before string, now time.Time) error {
	delete(m, before)
	n.CreatedAt, n.SeenAt = now, now
	m[hash] = &n
	return nil
}

func (m sessions) PersonBySession(_ context.Context, hash string, seenSince, now time.Time) (store.Person, store.Session, error) {
	n := m[hash]
	if n == nil || n.SeenAt.Before(seenSince) || !n.ExpiresAt.After(now) {
		return store.Person{}, store.Session{}, store.ErrNotFound
	}
	return store.Person{OrgID: n.OrgID, ID: n.PersonID}, *n, nil
}

func (m sessions) SeeSession(_ context.Context, _, id string, now time.Time) error {
	for _, n := range m {
		if n.ID == id {
			n.SeenAt = now
		}
	}
	return nil
}

func (m sessions) EndSession(_ context.Context, hash string) error {
	delete(m, hash)
	return nil
}

func (m sessions) EndSessions(_ context.Context, _, person string) error {
	for hash, n := range m {
		if n.PersonID == person {
			delete(m, hash)
		}
	}
	return nil
}

// browser keeps the cookies of one person.
type browser struct {
	t      *testing.T
	cookie *http.Cookie
}

func (b *browser) request() *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if b.cookie != nil {
		r.AddCookie(b.cookie)
	}
	return r
}

func (b *browser) take(do func(w http.ResponseWriter, r *http.Request) error) {
	b.t.Helper()
	w := httptest.NewRecorder()
	if err := do(w, b.request()); err != nil {
		b.t.Fatal(err)
	}
	for _, c := range w.Result().Cookies() {
		if b.cookie = c; c.MaxAge < 0 {
			b.cookie = nil
		}
	}
}

func TestSessions(t *testing.T) {
	t.Parallel()
	now := clock.At(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	kept := sessions{}
	s := Sessions{Store: kept, Clock: now}
	karin := store.Person{OrgID: "o", ID: "karin"}
	begin := func(b *browser) {
		b.take(func(w http.ResponseWriter, r *http.Request) error {
			return s.Begin(w, r, karin, Proof{Method: MethodLink})
		})
	}
	in := func(b *browser) bool {
		t.Helper()
		p, n, err := s.Person(b.request())
		if err != nil && !errors.Is(err, ErrNoSession) {
			t.Fatal(err)
		}
		return err == nil && p.ID == "karin" && n.Method == MethodLink
	}

	b := &browser{t: t}
	if in(b) {
		t.Error("signed in without a cookie")
	}
	begin(b)
	c := b.cookie
	if c.Name != "__Host-sluss" || !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 {
		t.Errorf("cookie %+v", c)
	}
	if _, ok := kept[Hash(c.Value)]; !ok || !in(b) {
		t.Error("not signed in, or the record has the secret itself")
	}
	before := *b
	begin(b)
	if in(&before) || !in(b) {
		t.Error("the secret is not changed when somebody signs in")
	}
	for range 3 { // busy enough
		now.Advance(SessionIdle)
		if !in(b) {
			t.Fatal("ended while in use")
		}
	}
	now.Advance(SessionIdle + time.Microsecond)
	if in(b) {
		t.Error("lasts without a request")
	}
	begin(b)
	for left := SessionLife; left > 0; left -= SessionIdle {
		if !in(b) {
			t.Fatal("ended before its time")
		}
		now.Advance(min(SessionIdle, left))
	}
	if in(b) {
		t.Error("lasts for ever")
	}

	begin(b)
	other := &browser{t: t}
	begin(other)
	was := *b
	b.take(s.End)
	if b.cookie != nil || in(&was) || !in(other) {
		t.Error("signing out ends another session than the browser's")
	}
	begin(b)
	b.take(func(w http.ResponseWriter, r *http.Request) error { return s.EndAll(w, r, karin) })
	if in(other) || len(kept) != 0 {
		t.Error("signing out everywhere leaves a session")
	}
	b.take(s.End) // without a session
}

func TestSessionCookies(t *testing.T) {
	t.Parallel()
	secret, hash := NewSecret()
	now := clock.At(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	kept := sessions{hash: {PersonID: "p", SeenAt: now.Now(), ExpiresAt: now.Now().Add(time.Hour)}}
	for _, test := range []struct {
		name   string
		plain  bool
		header string
		want   bool
	}{
		{"the cookie", false, "__Host-sluss=" + secret, true},
		{"on loopback", true, "sluss=" + secret, true},
		{"without the prefix", false, "sluss=" + secret, false},
		{"two of them", false, "__Host-sluss=" + secret + "; __Host-sluss=" + secret, false},
		{"a token's form only", false, "__Host-sluss=" + secret[:20], false},
	} {
		r := httptest.NewRequest(http.MethodGet, "/?sluss="+secret, nil)
		r.Header.Set("Cookie", test.header)
		_, _, err := Sessions{Store: kept, Clock: now, Plain: test.plain}.Person(r)
		if (err == nil) != test.want || err != nil && !errors.Is(err, ErrNoSession) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
