package authn

import (
	"context"
	"errors"
	"net/http"
	"time"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

// How long a session lasts: at most the first without a request, and the second in
// all, so that a working day needs one. NIST SP 800-63B-4, section 2.2.3, allows
// an hour and a day at AAL2.
const (
	SessionIdle = time.Hour
	SessionLife = 12 * time.Hour
)

// seenEvery is how often at most a session notes that it is in use.
const seenEvery = time.Minute

// ErrNoSession says that a request belongs to no session: it carries none, or one
// that has ended, or whose person may not sign in any more.
var ErrNoSession = errors.New("no session")

// Ways of signing in. After MethodOIDC stand a colon and the provider's name.
const (
	MethodLink     = "link"
	MethodPassword = "password"
	MethodOIDC     = "oidc"
	MethodToken    = "token"
)

// Proof says how a person has shown who they are.
type Proof struct {
	Method string
	// ACR and AMR are the claims of an ID token (OpenID Connect Core 1.0, section
	// 2), empty for the other methods. At is its auth_time, or zero for now.
	ACR string
	AMR []string
	At  time.Time
	// SessionID is the session at the pages in which the person acts, "" outside of one.
	SessionID string
}

// ProofOf is how the person of a session has shown who they are.
func ProofOf(n store.Session) Proof {
	return Proof{Method: n.Method, ACR: n.ACR, AMR: n.AMR, At: n.ProvedAt, SessionID: n.ID}
}

// SessionStore keeps sessions; store.Store is one.
type SessionStore interface {
	BeginSession(ctx context.Context, n store.Session, hash, before string, now time.Time) error
	PersonBySession(ctx context.Context, hash string, seenSince, now time.Time) (store.Person, store.Session, error)
	SeeSession(ctx context.Context, orgID, id string, now time.Time) error
	EndSession(ctx context.Context, hash string) error
	EndSessions(ctx context.Context, orgID, personID string) error
}

// Sessions keep people signed in to the pages, by a secret in a cookie that no
// script can read and that is sent to this host only.
type Sessions struct {
	Store SessionStore
	Clock clock.Clock
	// Plain is for pages that are reached on loopback without TLS, where not every
	// browser keeps a cookie that asks for it.
	Plain bool
}

// Begin signs a person in. The browser gets a new secret, whatever it had before,
// and the session that it had ends.
func (s Sessions) Begin(w http.ResponseWriter, r *http.Request, p store.Person, how Proof) error {
	now := s.Clock.Now()
	if how.At.IsZero() {
		how.At = now
	}
	before := ""
	if had, ok := s.secret(r); ok {
		before = Hash(had)
	}
	secret, hash := NewSecret()
	err := s.Store.BeginSession(r.Context(), store.Session{
		OrgID: p.OrgID, ID: model.NewID(), PersonID: p.ID, Method: how.Method, ACR: how.ACR, AMR: how.AMR,
		ProvedAt: how.At, ExpiresAt: now.Add(SessionLife),
	}, hash, before, now)
	if err == nil {
		s.set(w, secret, 0)
	}
	return err
}

// Person returns the person whose session a request belongs to, and the session,
// or ErrNoSession. Any other error is the record's.
func (s Sessions) Person(r *http.Request) (store.Person, store.Session, error) {
	secret, ok := s.secret(r)
	if !ok {
		return store.Person{}, store.Session{}, ErrNoSession
	}
	now := s.Clock.Now()
	p, n, err := s.Store.PersonBySession(r.Context(), Hash(secret), now.Add(-SessionIdle), now)
	if errors.Is(err, store.ErrNotFound) {
		err = ErrNoSession
	}
	if err == nil && now.Sub(n.SeenAt) >= seenEvery {
		err = s.Store.SeeSession(r.Context(), n.OrgID, n.ID, now)
	}
	return p, n, err
}

// End signs the browser out.
func (s Sessions) End(w http.ResponseWriter, r *http.Request) error {
	defer s.set(w, "", -1)
	secret, ok := s.secret(r)
	if !ok {
		return nil
	}
	return s.Store.EndSession(r.Context(), Hash(secret))
}

// EndAll signs a person out of every browser.
func (s Sessions) EndAll(w http.ResponseWriter, r *http.Request, p store.Person) error {
	defer s.set(w, "", -1)
	return s.Store.EndSessions(r.Context(), p.OrgID, p.ID)
}

// name is the cookie's. With the prefix a browser takes the cookie over TLS only,
// for this host and all of its paths (RFC 6265bis, section 4.1.3.2).
func (s Sessions) name() string {
	if s.Plain {
		return "sluss"
	}
	return "__Host-sluss"
}

func (s Sessions) secret(r *http.Request) (string, bool) {
	cookies := r.CookiesNamed(s.name())
	if len(cookies) != 1 || !looksLikeSecret(cookies[0].Value) {
		return "", false
	}
	return cookies[0].Value, true
}

func (s Sessions) set(w http.ResponseWriter, secret string, maxAge int) {
	http.SetCookie(w, &http.Cookie{
		Name: s.name(), Value: secret, Path: "/", MaxAge: maxAge,
		Secure: !s.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
