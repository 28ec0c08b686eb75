package idp

import (
	"context"
	"crypto/subtle"
	"slices"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"

	"sluss/api/authn"
)

// skew is how far the clock of a provider may be from ours.
const skew = time.Minute

// Why a token is refused, in words that may be logged.
const (
	reasonForm      = "form"      // no signed token, or an algorithm that is not allowed
	reasonIssuer    = "issuer"    // of a provider that is not configured
	reasonType      = "type"      // a token for another purpose
	reasonKey       = "key"       // signed with a key that the provider does not have
	reasonSignature = "signature" // changed on the way
	reasonClaims    = "claims"    // a claim that is needed is missing or cannot be read
	reasonAudience  = "audience"  // for somebody else
	reasonExpired   = "expired"
	reasonNotYet    = "not_yet_valid"
	reasonScope     = "scope"   // without the scope that opens the API
	reasonProgram   = "program" // of a program and not of a person
	reasonNonce     = "nonce"   // for another sign-in
	reasonPerson    = "person"  // of somebody who is not known here, or is blocked
	reasonLeftOut   = "left_out"
)

func refuse(reason string) error { return &authn.Refused{Reason: reason} }

// claims are what a token says. Times are zero where it says nothing.
type claims struct {
	all                                  map[string]any
	issuer, subject, azp, nonce, acr     string
	audience, amr                        []string
	expires, notBefore, issued, signedIn time.Time
}

// parse reads a signed token without looking at its signature. Addresses and keys in
// its header are not looked at, ever (jku, x5u, jwk, x5c).
func parse(raw string) (*jose.JSONWebSignature, *claims, error) {
	token, err := jose.ParseSignedCompact(raw, algorithms)
	if err != nil || len(token.Signatures) != 1 {
		return nil, nil, refuse(reasonForm)
	}
	c, err := readClaims(token.UnsafePayloadWithoutVerification())
	return token, c, err
}

// readClaims reads the claims. Names are as they are written, and none is there twice.
func readClaims(payload []byte) (*claims, error) {
	c := &claims{all: map[string]any{}}
	if json.Unmarshal(payload, &c.all) != nil {
		return nil, refuse(reasonClaims)
	}
	good := true
	text := func(name string) string {
		v, given := c.all[name]
		s, ok := v.(string)
		good = good && (ok || !given)
		return s
	}
	moment := func(name string) time.Time {
		v, given := c.all[name]
		if !given {
			return time.Time{}
		}
		n, ok := v.(float64)
		if !ok || n < 0 || n > maxMoment {
			good = false
			return time.Time{}
		}
		return time.Unix(int64(n), 0).UTC()
	}
	c.issuer, c.subject, c.azp, c.nonce, c.acr = text("iss"), text("sub"), text("azp"), text("nonce"), text("acr")
	c.audience, c.amr = texts(c.all["aud"]), texts(c.all["amr"])
	c.expires, c.notBefore, c.issued, c.signedIn = moment("exp"), moment("nbf"), moment("iat"), moment("auth_time")
	if !good {
		return nil, refuse(reasonClaims)
	}
	return c, nil
}

// maxMoment is the last second of the year 9999.
const maxMoment = 253402300799

// check looks at the signature of a token and at what every token must say: who
// issued it, to whom and for how long.
func (p *provider) check(ctx context.Context, token *jose.JSONWebSignature, c *claims, audiences []string, now time.Time) error {
	header := token.Signatures[0].Protected
	if _, extended := header.ExtraHeaders["crit"]; extended {
		return refuse(reasonForm)
	}
	found, err := p.keys.suiting(ctx, header.KeyID, jose.SignatureAlgorithm(header.Algorithm))
	switch {
	case err != nil:
		return err
	case len(found) == 0:
		return refuse(reasonKey)
	case !slices.ContainsFunc(found, func(key jose.JSONWebKey) bool {
		_, err := token.Verify(key)
		return err == nil
	}):
		return refuse(reasonSignature)
	case c.issuer != p.Issuer:
		return refuse(reasonIssuer)
	case c.subject == "" || len(c.subject) > 255 || c.expires.IsZero() || c.issued.IsZero():
		return refuse(reasonClaims)
	case !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(c.audience, a) }):
		return refuse(reasonAudience)
	case !now.Before(c.expires.Add(skew)):
		return refuse(reasonExpired)
	case now.Before(c.notBefore.Add(-skew)) || now.Before(c.issued.Add(-skew)):
		return refuse(reasonNotYet)
	}
	return nil
}

// checkAccess holds a token to being an access token for the API (RFC 9068), issued for
// a person. An ID token never is one, whatever the type in its header.
func (p *provider) checkAccess(token *jose.JSONWebSignature, c *claims) error {
	typ := typeOf(token)
	var scopes []string
	for _, some := range slices.Concat(texts(c.all["scope"]), texts(c.all["scp"])) {
		scopes = append(scopes, strings.Fields(some)...)
	}
	switch {
	case typ != typeAccessToken && typ != p.API.TokenType, c.looksLikeIDToken():
		return refuse(reasonType)
	case p.API.Scope != "" && !slices.Contains(scopes, p.API.Scope):
		return refuse(reasonScope)
	case c.isOfProgram():
		return refuse(reasonProgram)
	}
	return nil
}

// checkID holds a token to being the ID token of a sign-in by this client (OpenID
// Connect Core 1.0, section 3.1.3.7).
func (p *provider) checkID(token *jose.JSONWebSignature, c *claims, nonce string) error {
	typ := typeOf(token)
	own, _ := c.all["typ"].(string)
	switch {
	case typ != "" && typ != typeJWT, own != "" && own != "ID":
		return refuse(reasonType)
	case c.azp != "" && c.azp != p.SignIn.ClientID, c.azp == "" && len(c.audience) > 1:
		return refuse(reasonAudience)
	case subtle.ConstantTimeCompare([]byte(c.nonce), []byte(nonce)) != 1:
		return refuse(reasonNonce)
	}
	return nil
}

// typeOf is the type in the header of a token (RFC 8725, section 3.11).
func typeOf(token *jose.JSONWebSignature) string {
	typ, _ := token.Signatures[0].Protected.ExtraHeaders[jose.HeaderType].(string)
	return strings.TrimPrefix(strings.ToLower(typ), "application/")
}

// looksLikeIDToken reports whether the claims are those of an ID token: only such a one
// has a nonce or hashes of what was issued with it, and Keycloak says it in typ.
func (c *claims) looksLikeIDToken() bool {
	for _, name := range []string{"nonce", "at_hash", "c_hash", "s_hash"} {
		if _, has := c.all[name]; has {
			return true
		}
	}
	typ, given := c.all["typ"]
	return given && typ != "Bearer"
}

// isOfProgram reports whether a token was issued to a program in its own name (RFC
// 9068, section 2.2; idtyp is Entra ID's).
func (c *claims) isOfProgram() bool {
	return c.all["idtyp"] == "app" || c.subject == c.azp || c.subject == c.all["client_id"] || c.subject == c.all["appid"]
}
