package authn

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"sluss/model"
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

// People finds the person behind the hash of a token; store.Store is one.
type People interface {
	PersonByToken(ctx context.Context, hash, purpose string, now time.Time) (store.Person, error)
}

// Bearer authenticates requests by their bearer token (RFC 6750). A token in
// the address or in the body is not looked at.
type Bearer struct {
	People People
	Clock  clock.Clock
}

// Person returns the person whose token the request carries, or ErrNoToken or
// ErrBadToken. Any other error is the record's.
func (b Bearer) Person(r *http.Request) (store.Person, error) {
	secret, err := tokenOf(r.Header.Values("Authorization"))
	if err != nil {
		return store.Person{}, err
	}
	p, err := b.People.PersonByToken(r.Context(), Hash(secret), store.PurposeAPI, b.Clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		return store.Person{}, ErrBadToken
	}
	return p, err
}

func tokenOf(headers []string) (string, error) {
	if len(headers) == 0 {
		return "", ErrNoToken
	}
	scheme, secret, ok := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") || !looksLikeSecret(secret) {
		return "", ErrBadToken
	}
	return secret, nil
}

// Challenge is the WWW-Authenticate header that tells why a request had no
// person (RFC 6750, section 3).
func Challenge(err error) string {
	if errors.Is(err, ErrNoToken) {
		return `Bearer realm="sluss"`
	}
	return `Bearer realm="sluss", error="invalid_token"`
}

type personKey struct{}

// WithPerson returns a context in which the person acts.
func WithPerson(ctx context.Context, p store.Person) context.Context {
	return context.WithValue(ctx, personKey{}, p)
}

// Person returns the person who acts, and false when nobody has signed in.
func Person(ctx context.Context) (store.Person, bool) {
	p, ok := ctx.Value(personKey{}).(store.Person)
	return p, ok
}

// Actor returns the person who acts as an actor. Without one it is the zero
// Actor, which belongs to no organisation and may do nothing.
func Actor(ctx context.Context) model.Actor {
	p, _ := Person(ctx)
	return p.Actor()
}
