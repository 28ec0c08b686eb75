//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

// public are the operations that need no token. What is added here is open to
// everybody on the network.
var public = []string{"get-api-info", "get-livez", "get-openapi", "get-readyz", "get-register-entry", "list-register"}

// TestOWASPAPI2Authentication attacks authentication (OWASP API2:2023): every
// operation but the public ones is refused without a token and with one that is
// invented, revoked, expired, meant for something else or carried in another place.
func TestOWASPAPI2Authentication(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	token := func(purpose string, expires time.Time) (id, secret string) {
		secret, hash := authn.NewSecret()
		id = model.NewID()
		if err := h.Store.AddToken(t.Context(), store.Token{
			OrgID: apitest.Org, ID: id, PersonID: h.People["admin"], Purpose: purpose, Hash: hash, CreatedAt: h.Clock.Now(), ExpiresAt: expires,
		}); err != nil {
			t.Fatal(err)
		}
		return id, secret
	}
	later := h.Clock.Now().Add(time.Hour)
	revoked, revokedSecret := token(store.PurposeAPI, later)
	_, expired := token(store.PurposeAPI, h.Clock.Now().Add(time.Second))
	_, link := token("sign_in", later)
	if err := h.Store.RevokeToken(t.Context(), apitest.Org, revoked, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	h.Clock.Advance(2 * time.Second)
	valid := h.Tokens["admin"]
	invented, _ := authn.NewSecret()
	bearer := func(secret string) string { return "Authorization: Bearer " + secret + "\n" }
	var open []string
	for _, call := range everyOperation(t, func(path string) string { return anyID(newlyFilled.Replace(path)) }) {
		if call.open() {
			open = append(open, call.OperationID)
			continue
		}
		for name, header := range map[string]string{
			"nothing": "", "invented": bearer(invented), "revoked": bearer(revokedSecret), "expired": bearer(expired), "of a link": bearer(link),
			"in a cookie": "Cookie: token=" + valid + "\n", "another scheme": "Authorization: Basic " + valid + "\n",
			"its hash": bearer(authn.Hash(valid)), "cut": bearer(valid[:len(valid)-1]), "in other letters": bearer(strings.ToUpper(valid)),
			"a JWT of no algorithm": bearer("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9."),
		} {
			c := call.Call
			c.Header += header
			a := h.Do(c)
			if a.Code != http.StatusUnauthorized || !strings.HasPrefix(a.Header().Get("WWW-Authenticate"), "Bearer") {
				t.Errorf("%s with a token that is %s: %d", call.OperationID, name, a.Code)
			}
		}
	}
	if slices.Sort(open); !slices.Equal(open, public) {
		t.Errorf("open to everybody are %v", open)
	}
	h.Get("", "/me?access_token="+valid).Problem(http.StatusUnauthorized, "unauthenticated")
	h.Get("admin", "/me").Want(http.StatusOK)
}
