package web_test

import (
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/api/web"
	"sluss/model"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// house is an API with its pages on a server.
type house struct {
	*apitest.House
	url string
}

func open(t *testing.T) house {
	t.Helper()
	h := apitest.Open(t, api.Options{}, nil)
	server := httptest.NewUnstartedServer(nil)
	base := "http://" + server.Listener.Addr().String()
	server.Config.Handler = web.Handler(web.Options{
		API: apitest.Handed(t, h.Handler), Store: h.Store, Book: rulebook.Default(), Books: h.Act, Clock: h.Clock, Log: slog.New(slog.NewJSONHandler(h.Log, nil)), BaseURL: base,
		Waits: h.Act.Waits,
	})
	server.Start()
	t.Cleanup(server.Close)
	return house{h, base}
}

// browser is one person at the pages.
type browser struct {
	t    *testing.T
	base string
	http *http.Client
}

func (h house) browser(t *testing.T) *browser {
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &browser{t, h.url, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// shown is a page as a browser gets it.
type shown struct {
	status   int
	header   http.Header
	body     string
	location string
}

func (b *browser) do(r *http.Request) shown {
	b.t.Helper()
	resp, err := b.http.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		b.t.Fatal(err)
	}
	return shown{resp.StatusCode, resp.Header, string(body), resp.Header.Get("Location")}
}

func (b *browser) get(path string) shown {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.base+path, nil)
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Accept-Language", "sv")
	return b.do(r)
}

// post sends a form as a browser does, from a page of this site.
func (b *browser) post(path string, form ...string) shown {
	b.t.Helper()
	return b.postFrom("same-origin", path, form...)
}

func (b *browser) postFrom(site, path string, form ...string) shown {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	r, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.base+path, strings.NewReader(values.Encode()))
	if err != nil {
		b.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", site)
	return b.do(r)
}

func (s shown) want(t *testing.T, status int, words ...string) shown {
	t.Helper()
	if s.status != status {
		t.Fatalf("status %d, want %d: %s", s.status, status, s.body)
	}
	for _, word := range words {
		if !strings.Contains(s.body, word) {
			t.Errorf("no %q in %s", word, s.body)
		}
	}
	return s
}

// link gives a person a sign-in link and returns its code.
func (h house) link(t *testing.T, user string) string {
	t.Helper()
	secret, hash := authn.NewSecret()
	now := h.Clock.Now()
	err := h.Store.AddToken(t.Context(), store.Token{
		OrgID: apitest.Org, ID: model.NewID(), PersonID: h.People[user], Purpose: store.PurposeSignIn, Hash: hash,
		CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
	})
	if err != nil {
		t.Fatal(err)
	}
	return secret
}

// signedIn is a browser in which a person has signed in.
func (h house) signedIn(t *testing.T, user string) *browser {
	t.Helper()
	b := h.browser(t)
	b.post("/sign-in", "code", h.link(t, user)).want(t, http.StatusSeeOther)
	return b
}

func TestSignInByLink(t *testing.T) {
	t.Parallel()
	h := open(t)
	b, code := h.browser(t), h.link(t, "dpo")
	b.get("/").want(t, http.StatusOK, "<h1>Logga in</h1>", `autocomplete="current-password"`)
	if got := b.get("/messages?show=all"); got.status != http.StatusSeeOther || got.location != "/sign-in?next=%2Fmessages%3Fshow%3Dall" {
		t.Errorf("without signing in: %d to %s", got.status, got.location)
	}
	for range 2 { // a program that looks at links in mail uses none up
		b.get("/sign-in?code="+code+"&next=/messages").want(t, http.StatusOK, code, `name="next" value="/messages"`, "<h1>Logga in med länken</h1>")
	}
	b.get("/me").want(t, http.StatusSeeOther)
	if got := b.post("/sign-in", "code", code, "next", "/messages").want(t, http.StatusSeeOther); got.location != "/messages" {
		t.Errorf("leads to %s", got.location)
	}
	b.get("/").want(t, http.StatusOK, "Inget väntar på dig.", "Logga ut")
	b.get("/me").want(t, http.StatusOK, "<h1>Namn dpo</h1>", "Dataskyddsombud")
	b.get("/messages").want(t, http.StatusOK, "Du har läst alla meddelanden.")
	b.post("/sign-out").want(t, http.StatusSeeOther)
	b.get("/me").want(t, http.StatusSeeOther)

	b.post("/sign-in", "code", code[:len(code)-1]+"!").want(t, http.StatusUnauthorized, "Länken gäller inte")
	b.post("/sign-in", "code", h.Tokens["dpo"]).want(t, http.StatusUnauthorized, "Länken gäller inte") // a token of the API
	first, second := h.signedIn(t, "dpo"), h.signedIn(t, "dpo")
	ciso := h.signedIn(t, "ciso")
	first.post("/sign-out-everywhere").want(t, http.StatusSeeOther)
	second.get("/me").want(t, http.StatusSeeOther)
	ciso.get("/me").want(t, http.StatusOK)
	h.Clock.Advance(authn.SessionIdle + time.Second)
	ciso.get("/me").want(t, http.StatusSeeOther)
}

func TestSignInByPassword(t *testing.T) {
	t.Parallel()
	h := open(t)
	const password = "sju sjösjuka sjömän"
	hash, err := authn.HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Store.SetPassword(t.Context(), apitest.Org, h.People["ciso"], hash, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	b := h.browser(t)
	b.get("/sign-in").want(t, http.StatusOK, `name="org"`, `value="there"`)
	wrong := b.post("/sign-in", "org", apitest.Org, "user", "ciso", "password", "fel", "next", "/me").
		want(t, http.StatusUnauthorized, "Användarnamnet eller lösenordet stämmer inte.", `value="ciso"`, `name="next" value="/me"`)
	if strings.Contains(wrong.body, "fel\"") {
		t.Error("the password is shown")
	}
	for _, form := range [][]string{
		{"org", apitest.Elsewhere, "user", "ciso", "password", password},
		{"user", "ciso", "password", password},
		{"org", apitest.Org, "user", "dpo", "password", ""},
		{"org", apitest.Org, "user", "nobody", "password", password},
		{},
	} {
		b.post("/sign-in", form...).want(t, http.StatusUnauthorized, "Användarnamnet eller lösenordet stämmer inte.")
	}
	b.post("/sign-in", "org", apitest.Org, "user", " ciso", "password", password).want(t, http.StatusSeeOther)
	b.get("/me").want(t, http.StatusOK, "Namn ciso")
	for range 12 {
		wrong = b.post("/sign-in", "org", apitest.Org, "user", "ciso", "password", "fel")
	}
	wrong.want(t, http.StatusTooManyRequests, "för många försök")
	if log := h.Log.String(); strings.Contains(log, password) || strings.Contains(log, "Namn ciso") || !strings.Contains(log, `"msg":"sign-in refused"`) {
		t.Error("the log tells too much or too little")
	}
}

// Nothing leads away from the pages, and nothing comes in from another site.
func TestOtherSites(t *testing.T) {
	t.Parallel()
	h := open(t)
	code := h.link(t, "dpo")
	for _, next := range []string{"https://example.org/", "//example.org", "/\\example.org", "javascript:alert(1)", "x", "/\r\nSet-Cookie: a=b", ""} {
		if got := h.browser(t).post("/sign-in", "code", code, "next", next); got.location != "/" {
			t.Errorf("%q leads to %q", next, got.location)
		}
	}
	b := h.signedIn(t, "dpo")
	b.postFrom("cross-site", "/sign-out-everywhere").want(t, http.StatusForbidden, "från en annan webbplats")
	b.postFrom("same-site", "/sign-in", "code", code).want(t, http.StatusForbidden)
	b.get("/me").want(t, http.StatusOK)
	head := b.get("/").header
	csp := head.Get("Content-Security-Policy")
	for _, word := range []string{"default-src 'none'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
		if !strings.Contains(csp, word) {
			t.Errorf("no %s in %s", word, csp)
		}
	}
	if strings.Contains(csp, "unsafe") || head.Get("Cache-Control") != "no-store" || head.Get("Referrer-Policy") != "no-referrer" {
		t.Errorf("headers %v", head)
	}
}

func TestLanguage(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.browser(t)
	b.get("/sign-in").want(t, http.StatusOK, `<html lang="sv">`, "In English")
	b.get("/sign-in?lang=en").want(t, http.StatusOK, `<html lang="en">`, "På svenska")
	if got := b.post("/language", "lang", "en", "back", "/messages?show=all"); got.location != "/messages?show=all" {
		t.Errorf("back to %s", got.location)
	}
	b.get("/sign-in").want(t, http.StatusOK, `<html lang="en">`)
	b.get("/sign-in?lang=sv").want(t, http.StatusOK, `<html lang="sv">`)
	b.post("/language", "lang", "de").want(t, http.StatusNotFound)
	b.post("/language", "lang", "en", "back", "https://example.org").want(t, http.StatusSeeOther)
}

func TestMissing(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	draft := h.Draft("owner", map[string]any{"title": "Ett <b>ärende"})
	for path, status := range map[string]int{
		"/cases/" + draft: http.StatusOK, "/cases/" + model.NewID(): http.StatusNotFound, "/cases/x": http.StatusNotFound,
		"/tasks/" + model.NewID(): http.StatusNotFound, "/incidents/x": http.StatusNotFound, "/nowhere": http.StatusNotFound,
		"/assets/old/sluss.css": http.StatusNotFound, "/?at=x": http.StatusUnprocessableEntity,
	} {
		if got := b.get(path); got.status != status {
			t.Errorf("%s: %d, want %d", path, got.status, status)
		}
	}
	h.signedIn(t, "employee").get("/cases/"+draft).want(t, http.StatusNotFound, "inte får läsa")
	page := b.get("/").want(t, http.StatusOK)
	_, after, _ := strings.Cut(page.body, `rel="stylesheet" href="`)
	sheet, _, _ := strings.Cut(after, `"`)
	css := b.get(sheet).want(t, http.StatusOK, "--water")
	if css.header.Get("Cache-Control") != "public, max-age=31536000, immutable" || css.header.Get("Content-Type") != "text/css; charset=utf-8" {
		t.Errorf("headers %v", css.header)
	}
}

// Somebody whose session ends in the middle of a long text loses nothing: the page
// has it, and sends it once they have signed in again.
func TestSessionEndsWhileWriting(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	draft := h.Draft("owner", map[string]any{"title": "Före"})
	path := "/cases/" + draft + "/intake?section=A"
	_, after, _ := strings.Cut(b.get(path).want(t, http.StatusOK, "Före").body, `name="etag" value="`)
	etag, _, _ := strings.Cut(after, `"`)
	form := []string{"etag", html.UnescapeString(etag), "asked", "title", "a.title", "Efter <i>avbrottet", "do", "stay"}
	h.Clock.Advance(authn.SessionIdle + time.Second)
	b.post(path, form...).want(t, http.StatusUnauthorized, "Du har loggats ut", `name="a.title" value="Efter &lt;i&gt;avbrottet"`, `name="do" value="stay"`)
	b.post("/sign-in", "code", h.link(t, "owner")).want(t, http.StatusSeeOther)
	b.post(path, form...).want(t, http.StatusSeeOther)
	b.get(path).want(t, http.StatusOK, "Efter &lt;i&gt;avbrottet")
	b.post(path, form...).want(t, http.StatusPreconditionFailed) // on a draft that has changed
	h.signedIn(t, "employee").post(path, form...).want(t, http.StatusNotFound)
	h.signedIn(t, "auditor").post(path, form...).want(t, http.StatusSeeOther) // reads, and is shown the overview
	if got := h.browser(t).get("/cases/" + draft + "/intake"); got.status != http.StatusSeeOther {
		t.Errorf("without signing in: %d", got.status)
	}
}

// What is filled in to act on a case comes back with what is wrong with it, and a
// case that somebody else has changed meanwhile is not acted on.
func TestActIsRefused(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := h.Draft("owner", map[string]any{"title": "Rättstavning"})
	b, path := h.signedIn(t, "owner"), "/cases/"+draft+"/acts/withdraw"
	b.get("/cases/"+draft).want(t, http.StatusOK, path, "Återta ärendet")
	b.get(path).want(t, http.StatusOK, "<h1>Återta ärendet</h1>", `name="etag"`)
	b.post(path, "etag", `"1"`, "reason", " ").want(t, http.StatusUnprocessableEntity, "Skäl: Uppgiften måste fyllas i.", `href="#reason"`)
	b.post(path, "etag", `"1"`, "reason", "Behovet <i>är borta").want(t, http.StatusOK, "kan inte öppnas igen", `name="reason" value="Behovet &lt;i&gt;är borta"`)
	b.post(path, "etag", `"1"`, "reason", "Behovet är borta", "do", "edit").want(t, http.StatusOK, ">Behovet är borta</textarea>")
	b.post(path, "key", "k", "etag", `"99"`, "reason", "Behovet är borta", "do", "send").want(t, http.StatusPreconditionFailed, ">Behovet är borta</textarea>", `class="errors"`)
	b.get("/cases/"+draft+"/acts/activate").want(t, http.StatusOK, "Du kan inte göra det här nu")
	b.get("/cases/"+draft+"/acts/nothing").want(t, http.StatusNotFound)
	b.get("/cases/"+draft+"/conditions").want(t, http.StatusOK, "Ärendet har inga villkor.")
	b.get("/cases/"+draft+"/conditions/x/verification").want(t, http.StatusNotFound)
	b.get("/cases/"+draft+"/new-record/nothing").want(t, http.StatusNotFound)
	b.get("/cases/"+draft+"/prior-consultation/nothing").want(t, http.StatusNotFound)
	b.get("/suppliers/new").want(t, http.StatusOK, "Du kan inte göra det här nu")
	h.signedIn(t, "employee").get(path).want(t, http.StatusNotFound)
	h.signedIn(t, "auditor").post(path, "key", "k", "etag", `"1"`, "reason", "Behovet är borta", "do", "send").want(t, http.StatusForbidden, "T-21")
}
