package idp

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// ErrNoProvider says that there is no provider of a name at which people sign in.
var ErrNoProvider = errors.New("no such provider")

// ErrDeclined says that a provider sent somebody back without having signed them in.
var ErrDeclined = errors.New("not signed in at the provider")

// Choice is a provider at which people can sign in to the pages.
type Choice struct {
	Name  string
	Label lang.Text
}

// Choices are the providers at which people can sign in to the pages.
func (ps *Providers) Choices() (out []Choice) {
	for _, p := range ps.list {
		if p.SignIn != nil {
			out = append(out, Choice{p.Name, p.Label})
		}
	}
	return out
}

func (ps *Providers) named(name string) (*provider, error) {
	for _, p := range ps.list {
		if p.SignIn != nil && p.Name == name {
			return p, nil
		}
	}
	return nil, ErrNoProvider
}

// SignIn is one sign-in in one browser, from leaving for the provider to coming back.
type SignIn struct {
	// Provider is the provider's name.
	Provider string
	// Secret is known to that browser only. The state, the nonce and the verifier of
	// PKCE come of it, so that a code is of use where it was asked for and nowhere else.
	Secret string
	// Back is the address to which the provider sends people back.
	Back string
}

// derived is a value that only who has the secret can know.
func (n SignIn) derived(what string) string {
	mac := hmac.New(sha256.New, []byte(n.Secret))
	mac.Write([]byte(what + "\x00" + n.Provider))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Leave returns the address at the provider where a sign-in goes on (the authorization
// code flow of OpenID Connect Core 1.0, section 3.1, with PKCE, RFC 7636). fresh asks
// the provider to let the person show anew who they are, as the installation asks for
// before final decisions.
func (ps *Providers) Leave(ctx context.Context, n SignIn, fresh bool) (string, error) {
	p, err := ps.named(n.Provider)
	if err != nil {
		return "", err
	}
	client, _, err := p.oauth(ctx, n)
	if err != nil {
		return "", err
	}
	options := []oauth2.AuthCodeOption{
		oauth2.S256ChallengeOption(n.derived("verifier")), oidc.Nonce(n.derived("nonce")),
	}
	if fresh && ps.stepUp != nil {
		options = append(options, oauth2.SetAuthURLParam("prompt", "login"), // not every provider heeds max_age
			oauth2.SetAuthURLParam("max_age", strconv.Itoa(int(ps.stepUp.MaxAge.Seconds()))))
		if len(ps.stepUp.ACR) > 0 {
			options = append(options, oauth2.SetAuthURLParam("acr_values", strings.Join(ps.stepUp.ACR, " ")))
		}
	}
	return client.AuthCodeURL(n.derived("state"), options...), nil
}

// Return takes the query with which a provider sent somebody back, and returns who they
// are and how they proved it. ErrDeclined, an authn.Refused and a model.Refusal say why
// nobody is signed in.
func (ps *Providers) Return(ctx context.Context, n SignIn, query url.Values) (store.Person, authn.Proof, error) {
	p, err := ps.named(n.Provider)
	if err != nil {
		return store.Person{}, authn.Proof{}, err
	}
	client, met, err := p.oauth(ctx, n)
	if err != nil {
		return store.Person{}, authn.Proof{}, err
	}
	from := query.Get("iss") // RFC 9207
	switch {
	case n.Secret == "" || subtle.ConstantTimeCompare([]byte(query.Get("state")), []byte(n.derived("state"))) != 1:
		return store.Person{}, authn.Proof{}, ErrDeclined
	case from != p.Issuer && (from != "" || met.namesItself):
		return store.Person{}, authn.Proof{}, refuse(reasonIssuer)
	case query.Get("code") == "" || query.Get("error") != "":
		return store.Person{}, authn.Proof{}, ErrDeclined
	}
	ctx, cancel := context.WithTimeout(oidc.ClientContext(ctx, p.client), askTime)
	defer cancel()
	tokens, err := client.Exchange(ctx, query.Get("code"), oauth2.VerifierOption(n.derived("verifier")))
	var answered *oauth2.RetrieveError
	switch {
	case errors.As(err, &answered) && answered.Response.StatusCode < 500:
		return store.Person{}, authn.Proof{}, ErrDeclined
	case err != nil: // it may quote the answer
		return store.Person{}, authn.Proof{}, model.Refuse(model.CodeUnavailable)
	}
	raw, _ := tokens.Extra("id_token").(string)
	c, err := ps.idToken(ctx, p, raw, n.derived("nonce"))
	if err != nil {
		return store.Person{}, authn.Proof{}, away(err)
	}
	who, proof, err := ps.person(ctx, p, c)
	if proof.At.IsZero() {
		proof.At = time.Unix(0, 0).UTC() // the provider does not say when: long ago
	}
	return who, proof, err
}

// idToken reads the ID token of a sign-in.
func (ps *Providers) idToken(ctx context.Context, p *provider, raw, nonce string) (*claims, error) {
	token, c, err := parse(raw)
	if err != nil {
		return nil, err
	}
	if err := p.check(ctx, token, c, []string{p.SignIn.ClientID}, ps.Clock.Now()); err != nil {
		return nil, err
	}
	return c, p.checkID(token, c, nonce)
}

// oauth is this program as a client of the provider.
func (p *provider) oauth(ctx context.Context, n SignIn) (*oauth2.Config, *metadata, error) {
	met, err := p.metadata(ctx)
	if err != nil {
		return nil, nil, away(err)
	}
	o := &oauth2.Config{
		ClientID: p.SignIn.ClientID, Endpoint: met.endpoint, RedirectURL: n.Back,
		Scopes: append([]string{oidc.ScopeOpenID}, p.SignIn.Scopes...),
	}
	if p.SignIn.SecretFile != "" {
		secret, err := os.ReadFile(p.SignIn.SecretFile) // each time: it may have been replaced
		if err != nil {
			return nil, nil, errors.New("the file with the client's secret cannot be read")
		}
		o.ClientSecret = strings.TrimSpace(string(secret))
	}
	return o, met, nil
}

// SignOut returns the address at which somebody who signed in in this way signs out at
// the provider too (OpenID Connect RP-Initiated Logout 1.0), "" when there is none.
// The provider sends them back to the address back.
func (ps *Providers) SignOut(method, back string) string {
	name, _ := strings.CutPrefix(method, authn.MethodOIDC+":")
	p, err := ps.named(name)
	if err != nil {
		return ""
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.met == nil || p.met.endSession == "" {
		return ""
	}
	u, err := url.Parse(p.met.endSession)
	if err != nil {
		return ""
	}
	q := u.Query()
	q.Set("client_id", p.SignIn.ClientID)
	q.Set("post_logout_redirect_uri", back)
	u.RawQuery = q.Encode()
	return u.String()
}
