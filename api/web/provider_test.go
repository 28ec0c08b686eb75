package web_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn/authntest"
	"sluss/api/authn/idp"
	"sluss/api/web"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// providerHouse is a house whose people can sign in at a provider.
type providerHouse struct {
	house
	idp *authntest.Provider
	// asking makes the API ask for a fresh sign-in, whatever it is asked.
	asking *atomic.Bool
}

// ServeHTTP is the API.
func (h providerHouse) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !h.asking.Load() {
		h.Handler.ServeHTTP(w, r)
		return
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"status":401,"code":"` + string(model.CodeStepUp) + `"}`))
}

func openWithProvider(t *testing.T) providerHouse {
	t.Helper()
	h := apitest.Open(t, api.Options{}, nil)
	p := authntest.New(t, h.Clock)
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte(authntest.Secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewJSONHandler(h.Log, nil))
	providers := idp.New(idp.Config{
		Providers: []idp.ProviderConfig{{
			Name: "kommunen", Label: lang.Text{SV: "Logga in med kommunens konto", EN: "Sign in with your account"}, Issuer: p.Issuer,
			Organisation: apitest.Org, SignIn: &idp.SignInConfig{ClientID: authntest.ClientID, SecretFile: secret, Scopes: []string{"profile"}},
			People: idp.PeopleConfig{Subject: "sub", Create: true, Name: "name"}, Units: idp.UnitsConfig{Default: "namnden"},
			Roles: &idp.RolesConfig{Claim: "roles", Map: map[string][]model.Role{"dpo": {model.RoleDPO}, "admin": {model.RoleAdministrator}}, Default: []model.Role{model.RoleUser}},
		}},
		StepUp: &access.StepUp{MaxAge: 15 * time.Minute, ACR: []string{"loa3"}},
	}, idp.Options{Store: h.Store, Clock: h.Clock, Log: log})
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	opened := providerHouse{house{h, base}, p, new(atomic.Bool)}
	server.Config.Handler = web.Handler(web.Options{API: apitest.Handed(t, opened), Store: h.Store, Books: h.Act, Clock: h.Clock, Log: log, BaseURL: base, Providers: providers})
	server.Start()
	t.Cleanup(server.Close)
	p.Claims = authntest.M{"sub": "nina-0001", "name": "Nina Nilsson", "roles": []string{"dpo"}, "auth_time": h.Clock.Now().Unix(), "acr": "loa3"}
	return opened
}

// away follows a browser to the provider and returns where it is sent back to.
func (b *browser) away(to string) string {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, to, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	s := b.do(r).want(b.t, http.StatusSeeOther)
	return strings.TrimPrefix(s.location, b.base)
}

func TestSignInAtProvider(t *testing.T) {
	t.Parallel()
	h := openWithProvider(t)
	b := h.browser(t)
	b.get("/sign-in?next=/messages").want(t, http.StatusOK, "Logga in med kommunens konto", `href="/sign-in/kommunen?next=%2fmessages"`)
	left := b.get("/sign-in/kommunen?next=/messages").want(t, http.StatusSeeOther)
	asked, err := url.Parse(left.location)
	if err != nil {
		t.Fatal(err)
	}
	q := asked.Query()
	if !strings.HasPrefix(left.location, h.idp.Issuer+"/authorize?") || q.Get("redirect_uri") != h.url+"/sign-in/kommunen/callback" ||
		q.Get("scope") != "openid profile" || q.Get("code_challenge_method") != "S256" || q.Has("max_age") {
		t.Errorf("asked %v", q)
	}
	back := b.away(left.location)
	in := b.get(back).want(t, http.StatusSeeOther)
	if in.location != "/messages" {
		t.Errorf("led to %s", in.location)
	}
	b.get("/me").want(t, http.StatusOK, "Nina Nilsson", "Dataskyddsombud")
	// The code, the state and the cookie are of use once.
	b.get(back).want(t, http.StatusUnauthorized, "Inloggningen blev inte klar")

	fresh := b.get("/sign-in/kommunen?fresh=1").want(t, http.StatusSeeOther)
	if !strings.Contains(fresh.location, "max_age=900") || !strings.Contains(fresh.location, "prompt=login") || !strings.Contains(fresh.location, "acr_values=loa3") {
		t.Errorf("asked %s", fresh.location)
	}

	out := b.post("/sign-out").want(t, http.StatusOK, "Du är utloggad")
	ends, ok := strings.CutPrefix(out.header.Get("Refresh"), "0; url=")
	if !ok || !strings.HasPrefix(ends, h.idp.Issuer+"/logout?") {
		t.Fatalf("led to %q", ends)
	}
	if got := b.away(ends); got != "/sign-in" {
		t.Errorf("the provider sends back to %s", got)
	}
	if got := h.idp.EndedSession(); got.Get("client_id") != authntest.ClientID || got.Get("post_logout_redirect_uri") != h.url+"/sign-in" {
		t.Errorf("the provider was told %v", got)
	}
	if got := b.get("/me"); got.status != http.StatusSeeOther {
		t.Errorf("signed out, status %d", got.status)
	}
	for _, personal := range []string{"Nilsson", "nina-0001", "eyJ"} {
		if strings.Contains(h.Log.String(), personal) {
			t.Errorf("%s is in the log", personal)
		}
	}
}

// What comes back from the provider signs nobody in but whom it was asked for, in the
// browser that asked.
func TestSignInAtProviderRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claims authntest.M
		// change changes what comes back.
		change func(h providerHouse, b *browser, back *url.URL)
		status int
		words  string
	}{
		"another state":            {nil, query("state", "x"), 401, "blev inte klar"},
		"no state":                 {nil, query("state", ""), 401, "blev inte klar"},
		"another code":             {nil, query("code", "x"), 401, "blev inte klar"},
		"no code":                  {nil, query("code", ""), 401, "blev inte klar"},
		"the person declined":      {nil, query("error", "access_denied"), 401, "blev inte klar"},
		"another issuer":           {nil, query("iss", "https://evil.example"), 401, "blev inte klar"},
		"no issuer":                {nil, query("iss", ""), 401, "blev inte klar"},
		"another browser":          {nil, func(h providerHouse, b *browser, _ *url.URL) { b.http.Jar = h.browser(b.t).http.Jar }, 401, "blev inte klar"},
		"another sign-in":          {nil, func(_ providerHouse, b *browser, _ *url.URL) { b.get("/sign-in/kommunen") }, 401, "blev inte klar"},
		"the provider is away":     {nil, func(h providerHouse, _ *browser, _ *url.URL) { h.idp.SetDown(true) }, 503, "svarar inte"},
		"another provider":         {nil, func(_ providerHouse, _ *browser, back *url.URL) { back.Path = "/sign-in/other/callback" }, 404, ""},
		"another nonce":            {authntest.M{"nonce": "x"}, nil, 401, "blev inte klar"},
		"no nonce":                 {authntest.M{"nonce": nil}, nil, 401, "blev inte klar"},
		"for another client":       {authntest.M{"aud": "another"}, nil, 401, "blev inte klar"},
		"for several":              {authntest.M{"aud": []string{authntest.ClientID, "another"}}, nil, 401, "blev inte klar"},
		"for another party":        {authntest.M{"azp": "another"}, nil, 401, "blev inte klar"},
		"another provider's token": {authntest.M{"iss": "https://evil.example"}, nil, 401, "blev inte klar"},
		"expired":                  {authntest.M{"exp": 1}, nil, 401, "blev inte klar"},
		"an access token":          {authntest.M{"typ": "Bearer"}, nil, 401, "blev inte klar"},
		"roles kept apart":         {authntest.M{"roles": []string{"dpo", "admin"}}, nil, 403, "SOD-02"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := openWithProvider(t)
			for claim, v := range test.claims {
				h.idp.Claims[claim] = v
			}
			b := h.browser(t)
			back, err := url.Parse(b.away(b.get("/sign-in/kommunen").want(t, http.StatusSeeOther).location))
			if err != nil {
				t.Fatal(err)
			}
			if test.change != nil {
				test.change(h, b, back)
			}
			h.Unchanged(func() { b.get(back.String()).want(t, test.status, test.words) })
			if got := b.get("/me"); got.status != http.StatusSeeOther {
				t.Errorf("somebody is signed in: %d", got.status)
			}
		})
	}
}

func query(name, value string) func(providerHouse, *browser, *url.URL) {
	return func(_ providerHouse, _ *browser, back *url.URL) {
		q := back.Query()
		if q.Set(name, value); value == "" {
			q.Del(name)
		}
		back.RawQuery = q.Encode()
	}
}

// Nobody is led to another site, and no other site sends anybody off.
func TestProviderLeadsNowhereElse(t *testing.T) {
	t.Parallel()
	h := openWithProvider(t)
	for _, next := range []string{"https://evil.example/", "//evil.example", `/\evil.example`, "javascript:alert(1)", "/a\r\nb"} {
		b := h.browser(t)
		left := b.get("/sign-in/kommunen?"+url.Values{"next": {next}}.Encode()).want(t, http.StatusSeeOther)
		if in := b.get(b.away(left.location)).want(t, http.StatusSeeOther); in.location != "/" {
			t.Errorf("%q led to %q", next, in.location)
		}
	}
	b := h.browser(t)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, h.url+"/sign-in/kommunen", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	if got := b.do(r).want(t, http.StatusOK); got.header.Get("Set-Cookie") != "" {
		t.Error("another site began a sign-in")
	}
	b.get("/sign-in/unknown").want(t, http.StatusNotFound)
}

// Who is blocked is out at once, and a session does not come back with the person.
func TestBlockedInMidSession(t *testing.T) {
	t.Parallel()
	h := openWithProvider(t)
	b := h.browser(t)
	in := func() shown {
		return b.get(b.away(b.get("/sign-in/kommunen").want(t, http.StatusSeeOther).location))
	}
	in().want(t, http.StatusSeeOther)
	b.get("/me").want(t, http.StatusOK)
	p, err := h.Store.PersonByIdentity(t.Context(), apitest.Org, h.idp.Issuer, "nina-0001")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Store.BlockPerson(t.Context(), apitest.Org, p.ID, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/me"); got.status != http.StatusSeeOther {
		t.Errorf("blocked and in: %d", got.status)
	}
	in().want(t, http.StatusUnauthorized, "spärrat")
	if err := h.Store.UnblockPerson(t.Context(), apitest.Org, p.ID); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/me"); got.status != http.StatusSeeOther {
		t.Errorf("the session came back: %d", got.status)
	}
	in().want(t, http.StatusSeeOther)
	if err := h.Store.UnlinkIdentity(t.Context(), apitest.Org, h.idp.Issuer, "nina-0001"); err != nil {
		t.Fatal(err)
	}
	if got := b.get("/me"); got.status != http.StatusSeeOther {
		t.Errorf("unlinked and in: %d", got.status)
	}
}

// Who decides on a sign-in that is too old is asked to sign in again, and led back.
func TestFreshSignInIsAskedFor(t *testing.T) {
	t.Parallel()
	h := openWithProvider(t)
	b := h.browser(t)
	in := func(path string) shown {
		return b.get(b.away(b.get(path).want(t, http.StatusSeeOther).location))
	}
	in("/sign-in/kommunen").want(t, http.StatusSeeOther)
	h.asking.Store(true)
	b.post("/messages/"+model.NewID()+"/read").want(t, http.StatusUnauthorized, "Visa igen vem du är", "fresh=1")
	b.post("/tasks/"+model.NewID(), "motivation", "En lång text", "do", "send").
		want(t, http.StatusUnauthorized, "Visa igen vem du är", `name="motivation" value="En lång text"`, "Skicka igen", `target="_blank"`)
	h.asking.Store(false)
	if got := in("/sign-in/kommunen?fresh=1&next=/messages").want(t, http.StatusSeeOther); got.location != "/messages" {
		t.Errorf("led back to %s", got.location)
	}
	b.get("/messages").want(t, http.StatusOK)
}
