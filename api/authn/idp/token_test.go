package idp

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"sluss/api/authn"
	"sluss/api/authn/authntest"
	"sluss/model/clock"
)

// meet makes a provider at run time, without a record.
func meet(t testing.TB, p *authntest.Provider, c clock.Clock) *provider {
	t.Helper()
	ps := New(Config{Providers: []ProviderConfig{{
		Name: "test", Issuer: p.Issuer, API: &APIConfig{Audiences: []string{authntest.Audience}, TokenType: typeJWT, Scope: "use"},
		SignIn: &SignInConfig{ClientID: authntest.ClientID},
	}}}, Options{Clock: c, Log: slog.New(slog.DiscardHandler)})
	return ps.list[0]
}

// judge reads a token as the API does, up to the record.
func (p *provider) judge(ctx context.Context, raw string, now time.Time) (*claims, error) {
	token, c, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if err := p.check(ctx, token, c, p.API.Audiences, now); err != nil {
		return nil, err
	}
	return c, p.checkAccess(token, c)
}

// FuzzToken holds every text to being refused, but for those that say what the provider
// has signed, and to being refused in a word that repeats nothing of it.
func FuzzToken(f *testing.F) {
	c := clock.At(time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC))
	idp := authntest.New(f, c)
	p := meet(f, idp, c)
	good := idp.AccessToken("nina", authntest.M{"scope": "use", "jti": "1"})
	if _, err := p.judge(f.Context(), good, c.Now()); err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(idp.Forge(authntest.M{"jwk": true}, idp.Access("nina", nil)))
	f.Add(idp.Sign(authntest.M{"typ": "JWT", "crit": []string{"b64"}, "b64": false}, idp.Access("nina", nil)))
	f.Add(idp.Unsigned(authntest.M{"alg": "none"}, idp.Access("nina", nil), func(string) []byte { return nil }))
	f.Add("..")
	f.Add(`{"payload":"","signatures":[{}]}`)
	f.Fuzz(func(t *testing.T, raw string) {
		said, err := p.judge(t.Context(), raw, c.Now())
		var refused *authn.Refused
		switch {
		case err == nil && said.all["jti"] != "1":
			t.Fatalf("accepted: %q", raw)
		case err != nil && !errors.As(err, &refused):
			t.Fatalf("%q: %v", raw, err)
		case err != nil && (len(refused.Reason) > 20 || len(raw) > 20 && strings.Contains(err.Error(), raw)):
			t.Fatalf("the reason tells of the token: %v", err)
		}
	})
}

// FuzzClaims reads any claims, and what they come to, without an end that is not
// foreseen.
func FuzzClaims(f *testing.F) {
	f.Add(`{"iss":"a","sub":"b","aud":["c"],"exp":1,"realm_access":{"roles":["x"]},"_claim_names":{"groups":"y"}}`, "/realm_access/roles")
	f.Add(`{"aud":1e999,"exp":-1}`, "groups")
	f.Add(`{"exp":9e18,"name":"\u0000\ud800"}`, "/")
	f.Fuzz(func(t *testing.T, payload, claim string) {
		c, err := readClaims([]byte(payload))
		if err != nil {
			return
		}
		for _, at := range []time.Time{c.expires, c.issued, c.notBefore, c.signedIn} {
			if !at.IsZero() && (at.Year() < 1970 || at.Year() > 9999) {
				t.Fatalf("a time of %v", at)
			}
		}
		(&RolesConfig{Claim: claim}).of(c)
		name, handle := nameOf(c.text(claim)), handleOf(c.text(claim))
		if strings.ContainsAny(name+handle, "\x00\n\r\t") || len(handle) > maxHandle || len([]rune(name)) > maxName {
			t.Fatalf("%q and %q", name, handle)
		}
	})
}

// TestProviderMisbehaves: what a provider may answer that is not meant well costs nobody
// more than a while, and gives nothing away.
func TestProviderMisbehaves(t *testing.T) {
	t.Parallel()
	c := clock.At(time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC))
	good := authntest.New(t, c)
	var issuer string
	elsewhere := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, good.Issuer+"/.well-known/openid-configuration", http.StatusFound)
	}
	says := func(keys string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			if r.URL.Path == "/keys" {
				_, _ = w.Write([]byte(keys))
				return
			}
			_, _ = w.Write([]byte(`{"issuer":"` + issuer + `","jwks_uri":"` + issuer + `/keys","authorization_endpoint":"` + issuer +
				`/a","token_endpoint":"` + issuer + `/t"}`))
		}
	}
	for name, serve := range map[string]http.HandlerFunc{
		"leads elsewhere": elsewhere,
		"no end":          says(`{"keys":["` + strings.Repeat("a", 2<<20)),
		"too many keys":   says(`{"keys":[` + strings.Repeat(`{},`, maxKeys) + `{}]}`),
		"no keys":         says(`{"keys":[]}`),
		"no JSON":         says(`<html>`),
		"a shared key":    says(`{"keys":[{"kty":"oct","k":"c2hhcmVk"}]}`),
		"a private key": says(`{"keys":[{"kty":"EC","crv":"P-256","kid":"1","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",
			"y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","d":"870MB6gfuTJ4HtUnUvYMyJpr5eUZNP4Bk43bVdj3eAE"}]}`),
		"an address without TLS": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write([]byte(`{"issuer":"` + issuer + `","jwks_uri":"http://idp.example/keys","authorization_endpoint":"` + issuer +
				`/a","token_endpoint":"` + issuer + `/t"}`))
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(serve)
			defer server.Close()
			issuer = server.URL
			p := meet(t, good, c)
			p.Issuer = issuer
			raw := good.AccessToken("nina", authntest.M{"iss": issuer, "scope": "use"})
			if _, err := p.judge(t.Context(), raw, c.Now()); !errors.Is(err, errAway) {
				t.Errorf("it is judged: %v", err)
			}
			if err := p.keys.ready(t.Context()); !errors.Is(err, errAway) {
				t.Errorf("it is ready: %v", err)
			}
		})
	}
}

// Who waits for a provider that hangs goes when they no longer want to.
func TestWaitingEnds(t *testing.T) {
	t.Parallel()
	hang := make(chan struct{})
	defer close(hang)
	k := &keys{clock: clock.System, fetch: func(context.Context) ([]jose.JSONWebKey, error) {
		<-hang
		return nil, errAway
	}}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := k.suiting(ctx, "a", jose.ES256); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSuits(t *testing.T) {
	t.Parallel()
	idp := authntest.New(t, clock.System)
	for _, signed := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA} {
		idp.Rotate(signed)
		key := idp.PublicKey()
		key.Algorithm = ""
		for _, alg := range []jose.SignatureAlgorithm{jose.RS256, jose.ES256, jose.EdDSA, jose.PS256, jose.HS256, jose.RS512, ""} {
			if got := suits(key, alg); got != (alg == signed) {
				t.Errorf("a key for %s and %s: %v", signed, alg, got)
			}
		}
		key.Use = "enc"
		if suits(key, signed) {
			t.Errorf("a key for encryption signs %s", signed)
		}
	}
}
