// Package authntest is a provider of identities for tests: it publishes what a real one
// publishes, signs whatever a test asks for, takes people through the code flow, and
// counts what it is asked. It can lose its keys, and go away.
package authntest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss/model/clock"
)

// What the provider knows of its one client.
const (
	Audience = "api://sluss"
	ClientID = "sluss-pages"
	Secret   = "a-secret-of-the-client"
)

// M is what a token says.
type M = map[string]any

// Provider is a provider of identities on this machine.
type Provider struct {
	T testing.TB
	// Issuer is its name for itself.
	Issuer string
	Clock  clock.Clock
	// Claims are added to the ID tokens of the code flow, for whoever signs in next.
	Claims M

	server *httptest.Server
	mu     sync.Mutex
	keys   []key
	count  int
	down   bool
	asked  map[string]int
	codes  map[string]grant
	// EndSession is what was last asked of its sign-out page.
	endSession url.Values
}

type key struct {
	id      string
	alg     jose.SignatureAlgorithm
	private crypto.Signer
}

// grant is what a code stands for.
type grant struct {
	query  url.Values
	claims M
}

// New starts a provider that signs with ES256 and goes by a clock.
func New(t testing.TB, c clock.Clock) *Provider {
	p := &Provider{T: t, Clock: c, asked: map[string]int{}, codes: map[string]grant{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /realm/.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /realm/keys", p.publish)
	mux.HandleFunc("GET /realm/authorize", p.authorize)
	mux.HandleFunc("POST /realm/token", p.token)
	mux.HandleFunc("GET /realm/logout", p.logout)
	p.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.asked[r.URL.Path]++
		p.mu.Unlock()
		if down {
			http.Error(w, "away", http.StatusServiceUnavailable)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(p.server.Close)
	p.Issuer = p.server.URL + "/realm"
	p.Rotate(jose.ES256)
	return p
}

// Rotate replaces the keys by a fresh one for an algorithm.
func (p *Provider) Rotate(alg jose.SignatureAlgorithm) {
	p.T.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.keys = nil
	p.add(alg)
}

// Add adds a key, with which is signed from now on.
func (p *Provider) Add(alg jose.SignatureAlgorithm) {
	p.T.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.add(alg)
}

func (p *Provider) add(alg jose.SignatureAlgorithm) {
	p.T.Helper()
	var private crypto.Signer
	var err error
	switch alg {
	case jose.RS256:
		private, err = rsa.GenerateKey(rand.Reader, 2048)
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.EdDSA:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	default:
		err = fmt.Errorf("no keys for %s", alg)
	}
	if err != nil {
		p.T.Fatal(err)
	}
	p.count++
	p.keys = append(p.keys, key{fmt.Sprintf("key-%d", p.count), alg, private})
}

// SetDown lets the provider go away or come back.
func (p *Provider) SetDown(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// AskedForKeys counts how often its keys were asked for, also while it was away, for
// it is asked for its addresses first.
func (p *Provider) AskedForKeys() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked["/realm/.well-known/openid-configuration"]
}

// EndedSession is what its sign-out page was last asked, nil for nothing.
func (p *Provider) EndedSession() url.Values {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.endSession
}

// PublicKey is the key with which tokens are signed, as it publishes it.
func (p *Provider) PublicKey() jose.JSONWebKey {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.keys[len(p.keys)-1].public()
}

func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.alg), Use: "sig"}
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	answer(w, M{
		"issuer": p.Issuer, "jwks_uri": p.Issuer + "/keys", "authorization_endpoint": p.Issuer + "/authorize",
		"token_endpoint": p.Issuer + "/token", "end_session_endpoint": p.Issuer + "/logout",
		"authorization_response_iss_parameter_supported": true,
		"code_challenge_methods_supported":               []string{"S256"},
		"id_token_signing_alg_values_supported":          []string{"RS256", "ES256", "EdDSA"},
	})
}

// publish publishes the keys, and among them some that nobody here understands.
func (p *Provider) publish(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := []any{M{"kty": "new", "kid": "key-of-tomorrow"}, M{"kty": "oct", "kid": "shared", "k": "c2hhcmVk"}}
	for _, k := range p.keys {
		keys = append(keys, k.public())
	}
	answer(w, M{"keys": keys})
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // the client has gone
}

// Access is what an access token for a person says: it holds for five minutes. A value
// of nil leaves the claim out.
func (p *Provider) Access(subject string, more M) M {
	now := p.Clock.Now()
	return with(M{
		"iss": p.Issuer, "sub": subject, "aud": Audience, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(),
		"client_id": "a-client", "jti": rand.Text(),
	}, more)
}

// with adds claims to others and takes those away that are nil.
func with(c, more M) M {
	maps.Copy(c, more)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}

// AccessToken is a signed access token (RFC 9068).
func (p *Provider) AccessToken(subject string, more M) string {
	return p.Sign(M{"typ": "at+jwt"}, p.Access(subject, more))
}

// Sign signs claims with the newest key. The header may add to the usual one, or
// replace what is there.
func (p *Provider) Sign(header, claims M) string {
	p.T.Helper()
	return p.SignText(header, p.text(claims))
}

// SignText is Sign for claims as they are written.
func (p *Provider) SignText(header M, claims string) string {
	p.T.Helper()
	p.mu.Lock()
	k := p.keys[len(p.keys)-1]
	p.mu.Unlock()
	return p.compact(k.private, k.alg, with(M{"alg": string(k.alg), "kid": k.id}, header), claims)
}

// Forge signs claims with a key that the provider does not have, under the id of one
// that it has unless the header says otherwise.
func (p *Provider) Forge(header, claims M) string {
	p.T.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.T.Fatal(err)
	}
	jwk := jose.JSONWebKey{Key: private.Public(), KeyID: "forged", Algorithm: "ES256", Use: "sig"}
	if header["jwk"] != nil {
		header["jwk"] = jwk
	}
	return p.compact(private, jose.ES256, with(M{"alg": "ES256", "kid": p.PublicKey().KeyID}, header), p.text(claims))
}

// compact writes the token out by hand, for a header may hold what no library writes.
func (p *Provider) compact(private crypto.Signer, alg jose.SignatureAlgorithm, header M, claims string) string {
	p.T.Helper()
	signed := part(p.text(header)) + "." + part(claims)
	digest := sha256.Sum256([]byte(signed))
	var signature []byte
	var err error
	switch alg {
	case jose.RS256:
		signature, err = private.Sign(rand.Reader, digest[:], crypto.SHA256)
	case jose.ES256:
		r, s, signErr := ecdsa.Sign(rand.Reader, private.(*ecdsa.PrivateKey), digest[:])
		if err = signErr; err == nil {
			signature = append(r.FillBytes(make([]byte, 32)), s.FillBytes(make([]byte, 32))...)
		}
	case jose.EdDSA:
		signature, err = private.Sign(rand.Reader, []byte(signed), crypto.Hash(0))
	}
	if err != nil {
		p.T.Fatal(err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature)
}

// Unsigned is a token whose signature is what a test makes of it.
func (p *Provider) Unsigned(header, claims M, sign func(signed string) []byte) string {
	p.T.Helper()
	signed := part(p.text(header)) + "." + part(p.text(claims))
	return signed + "." + base64.RawURLEncoding.EncodeToString(sign(signed))
}

func (p *Provider) text(v any) string {
	p.T.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		p.T.Fatal(err)
	}
	return string(text)
}

func part(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
