//go:build !slim

package apitest_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/x509"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn/authntest"
	"sluss/api/authn/idp"
	"sluss/model"
	"sluss/model/lang"
)

// known is a house for people whom a provider of identities knows. Groups become roles.
type known struct {
	*apitest.House
	idp    *authntest.Provider
	config idp.Config
}

// knowing opens a house whose people come from a provider as well. change may change
// what is configured.
func knowing(h *apitest.House, change func(*idp.ProviderConfig)) known {
	h.T.Helper()
	k := known{House: h, idp: authntest.New(h.T, h.Clock)}
	pc := idp.ProviderConfig{
		Name: "test", Label: lang.Text{SV: "Logga in", EN: "Sign in"}, Issuer: k.idp.Issuer, Organisation: apitest.Org,
		API:    &idp.APIConfig{Audiences: []string{"another-name", authntest.Audience}, TokenType: "at+jwt"},
		People: idp.PeopleConfig{Subject: "sub", Create: true, User: "preferred_username", Name: "name", Email: "email"},
		Units:  idp.UnitsConfig{Claim: "department", Map: map[string]string{"Barn och utbildning": "bun"}, Default: "namnden"},
		Roles: &idp.RolesConfig{
			Claim: "/realm_access/roles", Default: []model.Role{model.RoleUser},
			Map: map[string][]model.Role{
				"sluss-ciso": {model.RoleCISO}, "sluss-dpo": {model.RoleDPO}, "sluss-admin": {model.RoleAdministrator},
			},
		},
	}
	if change != nil {
		change(&pc)
	}
	k.config.Providers = []idp.ProviderConfig{pc}
	k.restart()
	return k
}

// restart begins anew with what is configured: no keys are known.
func (k *known) restart() {
	k.House = k.House.Knowing(idp.New(k.config, idp.Options{
		Store: k.Store, Clock: k.Clock, Log: slog.New(slog.NewJSONHandler(k.Log, nil)),
	}))
}

// me asks with a token who it is for.
func (k known) me(token string) apitest.Answer {
	k.T.Helper()
	return k.Do(apitest.Call{Method: http.MethodGet, Path: "/me", Header: "Authorization: Bearer " + token})
}

// accepted wants a token to be accepted and returns the person.
func (k known) accepted(token string) api.Me {
	k.T.Helper()
	var me api.Me
	k.me(token).Want(http.StatusOK).Into(&me)
	return me
}

// refused wants a token to be refused for a reason, which is logged without anything
// of the token.
func (k known) refused(token, reason string) {
	k.T.Helper()
	before := len(k.Log.String())
	a := k.me(token)
	a.Problem(http.StatusUnauthorized, "unauthenticated")
	if got := a.Header().Get("WWW-Authenticate"); got != `Bearer realm="sluss", error="invalid_token"` {
		k.T.Errorf("the challenge is %q", got)
	}
	log := k.Log.String()[before:]
	if reason != "" && !strings.Contains(log, `"token_refused":"`+reason+`"`) {
		k.T.Errorf("want it refused for %s, logged is\n%s", reason, log)
	}
	for part := range strings.SplitSeq(token, ".") {
		if len(part) > 8 && (strings.Contains(log, part) || strings.Contains(a.Body.String(), part)) {
			k.T.Errorf("a part of the token is in the log or in the answer: %s", part)
		}
	}
}

func holding(names ...string) m { return m{"realm_access": m{"roles": names}} }

func and(ms ...m) m {
	out := m{}
	for _, x := range ms {
		maps.Copy(out, x)
	}
	return out
}

// eachRecord runs a test in a house without an engine on each database.
func eachRecord(t *testing.T, test func(*testing.T, *apitest.House)) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, apitest.OpenAt(t, record(t), api.Options{}, nil))
		})
	}
}

// TestTokens meets tokens that are good and those that are nearly good.
func TestTokens(t *testing.T) {
	eachRecord(t, func(t *testing.T, h *apitest.House) {
		k := knowing(h, nil)
		for name, test := range tokens(k) {
			t.Run(name, func(t *testing.T) {
				k := k
				k.House = k.In(t)
				if test.reason == accepted {
					k.accepted(test.token)
					return
				}
				k.Unchanged(func() { k.refused(test.token, test.reason) })
			})
		}
	})
}

// tokenTest is a token and why it is refused, "" for no reason that is logged.
type tokenTest struct{ token, reason string }

const accepted = "accepted"

func tokens(k known) map[string]tokenTest {
	p, now := k.idp, k.Clock.Now()
	at := func(d time.Duration) int64 { return now.Add(d).Unix() }
	access := func(more m) string { return p.AccessToken("nina", more) }
	typed := func(typ any, more m) string { return p.Sign(m{"typ": typ}, p.Access("nina", more)) }
	headed := func(header m) string { return p.Sign(and(m{"typ": "at+jwt"}, header), p.Access("nina", nil)) }
	public, err := x509.MarshalPKIXPublicKey(p.PublicKey().Key)
	if err != nil {
		k.T.Fatal(err)
	}
	shared := func(key []byte) func(string) []byte {
		return func(signed string) []byte {
			mac := hmac.New(sha256.New, key)
			mac.Write([]byte(signed))
			return mac.Sum(nil)
		}
	}
	good := access(nil)
	parts := strings.Split(good, ".")
	other := strings.Split(p.AccessToken("olga", nil), ".")
	return map[string]tokenTest{
		"good":                                  {good, accepted},
		"good, of another name in letters":      {typed("AT+JWT", nil), accepted},
		"good, with the type in full":           {typed("application/at+jwt", nil), accepted},
		"for several":                           {access(m{"aud": []string{"x", authntest.Audience}}), accepted},
		"with addresses of keys, not looked at": {headed(m{"jku": "https://evil.example/keys", "x5u": "https://evil.example/cert"}), accepted},

		"of another issuer":          {access(m{"iss": "https://evil.example"}), "issuer"},
		"issuer with a slash":        {access(m{"iss": p.Issuer + "/"}), "issuer"},
		"issuer in other letters":    {access(m{"iss": strings.ToUpper(p.Issuer)}), "issuer"},
		"no issuer":                  {access(m{"iss": nil}), "issuer"},
		"issuer that is no text":     {access(m{"iss": []string{p.Issuer}}), "claims"},
		"for another audience":       {access(m{"aud": "api://other"}), "audience"},
		"for nobody":                 {access(m{"aud": nil}), "audience"},
		"for a longer name":          {access(m{"aud": authntest.Audience + "/x"}), "audience"},
		"no subject":                 {access(m{"sub": nil}), "claims"},
		"empty subject":              {access(m{"sub": ""}), "claims"},
		"subject too long":           {access(m{"sub": strings.Repeat("s", 256)}), "claims"},
		"subject with a break":       {access(m{"sub": "nina\x00"}), "claims"},
		"no end":                     {access(m{"exp": nil}), "claims"},
		"end that is no number":      {access(m{"exp": "tomorrow"}), "claims"},
		"end beyond all years":       {access(m{"exp": 1e18}), "claims"},
		"no beginning":               {access(m{"iat": nil}), "claims"},
		"expired within the skew":    {access(m{"exp": at(-59 * time.Second)}), accepted},
		"expired":                    {access(m{"exp": at(-60 * time.Second)}), "expired"},
		"not yet, within the skew":   {access(m{"nbf": at(60 * time.Second)}), accepted},
		"not yet":                    {access(m{"nbf": at(61 * time.Second)}), "not_yet_valid"},
		"issued within the skew":     {access(m{"iat": at(60 * time.Second)}), accepted},
		"issued later":               {access(m{"iat": at(10 * time.Minute)}), "not_yet_valid"},
		"of a program":               {access(m{"client_id": "nina"}), "program"},
		"of a program, by its party": {access(m{"azp": "nina"}), "program"},
		"of a program at Entra ID":   {access(m{"idtyp": "app"}), "program"},

		"no type":                      {typed(nil, nil), "type"},
		"ID token":                     {typed("JWT", m{"aud": authntest.Audience, "nonce": "n"}), "type"},
		"ID token that says otherwise": {typed("at+jwt", m{"nonce": "n"}), "type"},
		"with the hash of an ID token": {typed("at+jwt", m{"at_hash": "h"}), "type"},
		"ID token of Keycloak":         {typed("at+jwt", m{"typ": "ID"}), "type"},
		"refresh token of Keycloak":    {typed("at+jwt", m{"typ": "Refresh"}), "type"},
		"access token of Keycloak":     {typed("at+jwt", m{"typ": "Bearer"}), accepted},
		"logout token":                 {typed("logout+jwt", nil), "type"},
		"type that is no text":         {typed(7, nil), "type"},
		"no algorithm":                 {p.Unsigned(m{"alg": "none", "typ": "at+jwt"}, p.Access("nina", nil), func(string) []byte { return nil }), "form"},
		"no algorithm, in capitals":    {p.Unsigned(m{"alg": "NONE", "typ": "at+jwt"}, p.Access("nina", nil), func(string) []byte { return nil }), "form"},
		"HS256 with the public key":    {p.Unsigned(m{"alg": "HS256", "typ": "at+jwt", "kid": p.PublicKey().KeyID}, p.Access("nina", nil), shared(public)), "form"},
		"HS256 with a shared key":      {p.Unsigned(m{"alg": "HS256", "typ": "at+jwt", "kid": "shared"}, p.Access("nina", nil), shared([]byte("shared"))), "form"},
		"RS256 by a key for ES256":     {headed(m{"alg": "RS256"}), "key"},
		"PS256":                        {headed(m{"alg": "PS256"}), "form"},
		"signed by others":             {p.Forge(m{"typ": "at+jwt"}, p.Access("nina", nil)), "signature"},
		"key of the token's own":       {p.Forge(m{"typ": "at+jwt", "jwk": true}, p.Access("nina", nil)), "signature"},
		"key of its own, by its id":    {p.Forge(m{"typ": "at+jwt", "jwk": true, "kid": "forged"}, p.Access("nina", nil)), "key"},
		"addresses of others' keys":    {p.Forge(m{"typ": "at+jwt", "kid": "forged", "jku": "https://evil.example/keys"}, p.Access("nina", nil)), "key"},
		"what nobody understands":      {headed(m{"crit": []string{"new"}, "new": true}), "form"},
		"what the library understands": {headed(m{"crit": []string{"b64"}, "b64": true}), "form"},
		"others' claims":               {parts[0] + "." + other[1] + "." + parts[2], "signature"},
		"no signature":                 {parts[0] + "." + parts[1] + ".", "signature"},
		"a claim twice":                {p.SignText(m{"typ": "at+jwt"}, `{"iss":"`+p.Issuer+`","iss":"`+p.Issuer+`"}`), "claims"},
		"claims that are a list":       {p.SignText(m{"typ": "at+jwt"}, "[]"), "claims"},
		"no base64":                    {"a.b.c", "form"},
		"longer than anybody's":        {parts[0] + "." + strings.Repeat("a", 20_000) + "." + parts[2], ""},
		"encrypted, in five parts":     {"a.b.c.d.e", ""},
	}
}
