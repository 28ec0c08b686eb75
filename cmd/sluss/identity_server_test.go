//go:build !slim

package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss/api/authn/authntest"
	"sluss/model/clock"
)

const providersFile = `
step_up: {max_age: 15m}
providers:
  - name: kommunen
    label: {sv: Logga in med kommunens konto, en: Sign in with your account}
    issuer: %s
    organisation: demo
    api: {audiences: ["%s"]}
    sign_in: {client_id: %s, client_secret_file: %s}
    people: {create: true, user: preferred_username, name: name}
    units: {default: kommunstyrelsen}
    roles: {claim: roles, default: [user], map: {ciso: [ciso]}}
`

// TestServerKnowsProviders starts the program with a provider that is away, which then
// lets somebody in at the API and at the pages: one person in both places.
func TestServerKnowsProviders(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	p := authntest.New(t, clock.System)
	p.SetDown(true)
	write := func(name, text string) string {
		path := filepath.Join(w.dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	secret := write("secret", authntest.Secret)
	file := write("providers.yaml", fmt.Sprintf(providersFile, p.Issuer, authntest.Audience, authntest.ClientID, secret))
	w.start(launch{demo: true, more: []string{"--identity-providers", file}})
	p.SetDown(false)

	claims := authntest.M{"preferred_username": "nina", "name": "Nina Nilsson", "roles": []string{"ciso"}}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/api/v1/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+p.AccessToken("nina-0001", claims))
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	ask := func(r *http.Request, words ...string) {
		t.Helper()
		answer, err := browser.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		for _, word := range words {
			if answer.StatusCode != http.StatusOK || !strings.Contains(string(body), word) {
				t.Errorf("status %d, no %q in %s", answer.StatusCode, word, body)
			}
		}
	}
	ask(r, `"user":"nina"`, `"ciso"`)

	claims["sub"] = "nina-0001"
	p.Claims = claims
	r, err = http.NewRequestWithContext(t.Context(), http.MethodGet, w.base+"/sign-in/kommunen?next=/me", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "sv")
	ask(r, "Nina Nilsson", "Informationssäkerhetsansvarig")
	people, _, err := sluss(t, "identity", "list", "--data-dir", w.dir)
	if err != nil || strings.Count(people, "nina-0001") != 1 {
		t.Errorf("%s, %v", people, err)
	}
}
