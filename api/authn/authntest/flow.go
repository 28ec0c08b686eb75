package authntest

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"maps"
	"net/http"
	"net/url"
	"time"
)

// authorize signs in whoever Claims are about, without asking, and sends a code back.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != ClientID || q.Get("code_challenge_method") != "S256" ||
		q.Get("code_challenge") == "" || q.Get("state") == "" || q.Get("nonce") == "" {
		http.Error(w, "not a request for a code with PKCE, state and nonce", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grant{q, maps.Clone(p.Claims)}
	p.mu.Unlock()
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusSeeOther)
}

// token gives an ID token for a code, once, to the client that shows what it was asked
// for with.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, basic := r.BasicAuth()
	if !basic {
		id, secret = r.PostFormValue("client_id"), r.PostFormValue("client_secret")
	}
	p.mu.Lock()
	g, known := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	p.mu.Unlock()
	challenge := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !known || id != ClientID || secret != Secret || r.PostFormValue("redirect_uri") != g.query.Get("redirect_uri") ||
		base64.RawURLEncoding.EncodeToString(challenge[:]) != g.query.Get("code_challenge") {
		w.WriteHeader(http.StatusBadRequest)
		answer(w, M{"error": "invalid_grant"})
		return
	}
	now := p.Clock.Now()
	claims := with(M{
		"iss": p.Issuer, "aud": ClientID, "iat": now.Unix(), "exp": now.Add(5 * time.Minute).Unix(), "nonce": g.query.Get("nonce"),
	}, g.claims)
	answer(w, M{"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": p.Sign(M{"typ": "JWT"}, claims)})
}

// logout ends nothing, for there is no session here, and sends back where it is asked to.
func (p *Provider) logout(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.endSession = r.URL.Query()
	p.mu.Unlock()
	http.Redirect(w, r, r.URL.Query().Get("post_logout_redirect_uri"), http.StatusSeeOther)
}
