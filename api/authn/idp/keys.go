package idp

import (
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss/model/clock"
)

// How often a provider is asked for its keys, whatever the tokens that come in say.
const (
	// keysFresh is how long keys are used without asking again, so that a key that
	// the provider has withdrawn is soon trusted no more.
	keysFresh = 10 * time.Minute
	// unknownWait is the least time between two questions because of a key that is
	// not known, retryWait that while there are no keys at all.
	unknownWait = time.Minute
	retryWait   = 10 * time.Second
)

// errAway says that there are no keys yet, for the provider does not answer.
var errAway = errors.New("the provider does not answer")

// keys are the keys of a provider. Those that were fetched last go on being used for
// as long as the provider does not answer.
type keys struct {
	fetch func(context.Context) ([]jose.JSONWebKey, error)
	clock clock.Clock

	mu  sync.Mutex
	set []jose.JSONWebKey
	// fetched is when the set was fetched, asked when the provider was last asked.
	fetched, asked time.Time
	// asking is closed when the question under way has been answered.
	asking chan struct{}
}

// suiting returns the keys that a token with this key id and algorithm may be signed
// with, errAway when there are no keys at all. It asks the provider when it has to and
// may, and one question serves everybody who waits.
func (k *keys) suiting(ctx context.Context, id string, alg jose.SignatureAlgorithm) ([]jose.JSONWebKey, error) {
	found, asking := k.look(id, alg)
	if len(found) > 0 || asking == nil {
		return found, k.away(found)
	}
	select {
	case <-asking:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	found, _ = k.look(id, alg)
	return found, k.away(found)
}

// ready returns errAway when there are no keys and none can be had.
func (k *keys) ready(ctx context.Context) error {
	k.mu.Lock()
	ready := !k.fetched.IsZero()
	k.mu.Unlock()
	if ready {
		return nil
	}
	_, err := k.suiting(ctx, "", "")
	return err
}

// away tells a key that is unknown from keys that are.
func (k *keys) away(found []jose.JSONWebKey) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(found) == 0 && k.fetched.IsZero() {
		return errAway
	}
	return nil
}

// look returns what is known, and what to wait for where that is nothing.
func (k *keys) look(id string, alg jose.SignatureAlgorithm) (found []jose.JSONWebKey, asking <-chan struct{}) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, key := range k.set {
		if (id == "" || key.KeyID == id) && suits(key, alg) {
			found = append(found, key)
		}
	}
	now := k.clock.Now() // which may have been set back
	wait := unknownWait
	if k.fetched.IsZero() {
		wait = retryWait
	}
	stale := len(found) == 0 || now.Sub(k.fetched).Abs() >= keysFresh
	if stale && k.asking == nil && (k.asked.IsZero() || now.Sub(k.asked).Abs() >= wait) {
		k.asked, k.asking = now, make(chan struct{})
		go k.ask(k.asking) // for everybody, so it outlives this request
	}
	return found, k.asking
}

// ask fetches the keys and lets go on who waits for them.
func (k *keys) ask(asking chan struct{}) {
	ctx, cancel := context.WithTimeout(context.Background(), askTime)
	defer cancel()
	set, err := k.fetch(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	if err == nil {
		k.set, k.fetched = set, k.clock.Now()
	}
	k.asking = nil
	close(asking)
}

// algorithms are those that a token may be signed with, and no other: with a key that
// only the provider has.
var algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA}

// minRSA is the least size of an RSA key in bits (NIST SP 800-131A).
const minRSA = 2048

// suits reports whether a key is meant for signatures of an algorithm.
func suits(key jose.JSONWebKey, alg jose.SignatureAlgorithm) bool {
	if key.Use != "" && key.Use != "sig" || key.Algorithm != "" && key.Algorithm != string(alg) {
		return false
	}
	switch public := key.Key.(type) {
	case *rsa.PublicKey:
		return alg == jose.RS256 && public.N.BitLen() >= minRSA
	case *ecdsa.PublicKey:
		return alg == jose.ES256 && public.Curve == elliptic.P256()
	case ed25519.PublicKey:
		return alg == jose.EdDSA
	}
	return false
}

// maxKeys bounds the keys of a provider.
const maxKeys = 100

// parseKeys reads a set of keys (RFC 7517, section 5). Keys that are not understood
// are left out, as it asks for.
func parseKeys(text []byte) ([]jose.JSONWebKey, error) {
	var raw struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if json.Unmarshal(text, &raw) != nil || len(raw.Keys) > maxKeys {
		return nil, errors.New("the provider's keys cannot be read")
	}
	var set []jose.JSONWebKey
	for _, one := range raw.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(one, &key) == nil && key.IsPublic() {
			set = append(set, key)
		}
	}
	if len(set) == 0 {
		return nil, errors.New("the provider has no key that can be used")
	}
	return set, nil
}
