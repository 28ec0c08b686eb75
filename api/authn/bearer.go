package authn

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
	"sluss/model/store"
)

// Why a request has no person.
var (
	// ErrNoToken says that the request carries no bearer token.
	ErrNoToken = errors.New("no bearer token")
	// ErrBadToken says that the token is not one, or is unknown, revoked or
	// expired, or that its person may not sign in any more.
	ErrBadToken = errors.New("bearer token not accepted")
)

// Refused says why a token of a provider was not accepted, in a word that may be
// logged: it holds nothing of the token. It is an ErrBadToken.
type Refused struct{ Reason string }

// Error gives the reason.
func (e *Refused) Error() string { return "bearer token not accepted: " + e.Reason }

// Is makes it an ErrBadToken.
func (e *Refused) Is(target error) bool { return target == ErrBadToken }

// People finds the person behind the hash of a token; store.Store is one.
type People interface {
	PersonByToken(ctx context.Context, hash, purpose string, now time.Time) (store.Person, error)
}

// Providers finds the person behind a token that a provider of identities issued,
// and how they proved to it who they are.
type Providers interface {
	Person(ctx context.Context, token string) (store.Person, Proof, error)
}

// Bearer authenticates requests by their bearer token (RFC 6750). A token in
// the address or in the body is not looked at.
type Bearer struct {
	People People
	Clock  clock.Clock
	// Providers is nil where only Sluss's own tokens are accepted.
	Providers Providers
}

// Person returns the person whose token the request carries and how they proved who
// they are, or ErrNoToken or ErrBadToken. A model.Refusal refuses a token that holds;
// any other error is the record's. Who has one of Sluss's own tokens has proved
// nothing at any time.
func (b Bearer) Person(r *http.Request) (store.Person, Proof, error) {
	secret, err := tokenOf(r.Header.Values("Authorization"))
	if err != nil {
		return store.Person{}, Proof{}, err
	}
	if b.Providers != nil && looksLikeJWT(secret) {
		return b.Providers.Person(r.Context(), secret)
	}
	if !looksLikeSecret(secret) {
		return store.Person{}, Proof{}, ErrBadToken
	}
	p, err := b.People.PersonByToken(r.Context(), Hash(secret), store.PurposeAPI, b.Clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return store.Person{}, Proof{}, ErrBadToken
	}
	return p, Proof{Method: MethodToken}, err
}

func tokenOf(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", ErrNoToken
	}
	scheme, secret, ok := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", ErrBadToken
	}
	return secret, nil
}

// maxJWT is the longest token of a provider that is read, in bytes.
const maxJWT = 16 << 10

// looksLikeJWT reports whether s has the form of a signed token (RFC 7515, section
// 7.1).
func looksLikeJWT(s string) bool { return len(s) <= maxJWT && strings.Count(s, ".") == 2 }

// Challenge is the WWW-Authenticate header that tells why a request had no
// person (RFC 6750, section 3).
func Challenge(err error) string {
	if errors.Is(err, ErrNoToken) {
		return `Bearer realm="sluss"`
	}
	return `Bearer realm="sluss", error="invalid_token"`
}

// StepUpChallenge is the WWW-Authenticate header that asks for a fresh sign-in (RFC
// 9470, section 3).
func StepUpChallenge(s *access.StepUp) string {
	if s == nil {
		return ""
	}
	challenge := fmt.Sprintf(`Bearer realm="sluss", error="insufficient_user_authentication", max_age="%d"`, int(s.MaxAge.Seconds()))
	if len(s.ACR) > 0 {
		challenge += fmt.Sprintf(`, acr_values="%s"`, strings.Join(s.ACR, " "))
	}
	return challenge
}

type personKey struct{}

// signedIn is who acts and how they proved it.
type signedIn struct {
	person store.Person
	proof  Proof
}

// WithPerson returns a context in which the person acts, having proved who they are.
func WithPerson(ctx context.Context, p store.Person, how Proof) context.Context {
	return context.WithValue(ctx, personKey{}, signedIn{p, how})
}

// WithoutPerson returns a context in which nobody acts, whoever has signed in: what
// is public is then read as the public reads it.
func WithoutPerson(ctx context.Context) context.Context {
	return context.WithValue(ctx, personKey{}, nil)
}

// Person returns the person who acts, and false when nobody has signed in.
func Person(ctx context.Context) (store.Person, bool) {
	s, ok := ctx.Value(personKey{}).(signedIn)
	return s.person, ok
}

// SessionID is the session in which the person acts, "" for a request with a token.
func SessionID(ctx context.Context) string {
	s, _ := ctx.Value(personKey{}).(signedIn)
	return s.proof.SessionID
}

// Actor returns the person who acts as an actor. Without one it is the zero
// Actor, which belongs to no organisation and may do nothing.
func Actor(ctx context.Context) model.Actor {
	s, _ := ctx.Value(personKey{}).(signedIn)
	a := s.person.Actor()
	a.ProvedAt, a.ACR = s.proof.At, s.proof.ACR
	return a
}
