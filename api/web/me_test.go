package web_test

import (
	"html"
	"net/http"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/api/authn"
)

func TestShortcutsAreSwitchedOff(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "owner")
	b.get("/me").want(t, http.StatusOK, "<body data-keys>", "Stäng av genvägarna")
	b.post("/keyboard", "keys", "off", "back", "/me").want(t, http.StatusSeeOther)
	if page := b.get("/me").want(t, http.StatusOK, "Slå på genvägarna").body; strings.Contains(page, "data-keys") {
		t.Error("the shortcuts are still on")
	}
	b.post("/keyboard", "keys", "on", "back", "https://example.org").want(t, http.StatusSeeOther)
	b.get("/").want(t, http.StatusOK, "<body data-keys>")
	b.post("/keyboard", "keys", "x").want(t, http.StatusNotFound)
}

// A password is changed by who has it, and stands in no page and no log.
func TestChangePassword(t *testing.T) {
	t.Parallel()
	h := open(t)
	const old, next = "sju sjösjuka sjömän", "åtta åldriga ålar"
	hash, err := authn.HashPassword(old)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Store.SetPassword(t.Context(), apitest.Org, h.People["ciso"], hash, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	b := h.browser(t)
	b.post("/sign-in", "org", apitest.Org, "user", "ciso", "password", old).want(t, http.StatusSeeOther)
	b.get("/me").want(t, http.StatusOK, "Byt lösenord")
	b.get("/me/password").want(t, http.StatusOK, "Minst 15 tecken")
	for _, form := range [][]string{{"old", "fel", "new", next}, {"old", old, "new", "kort"}, {"old", old, "new", old}, {}} {
		page := b.post("/me/password", form...).want(t, http.StatusUnprocessableEntity, "Det här behöver du rätta")
		if strings.Contains(page.body, old) || strings.Contains(page.body, next) {
			t.Error("a password stands in the page")
		}
	}
	if got := b.post("/me/password", "old", old, "new", next).want(t, http.StatusSeeOther); got.location != "/me?changed" {
		t.Errorf("leads to %s", got.location)
	}
	b.get("/me?changed").want(t, http.StatusOK, "Lösenordet är bytt")
	b.post("/sign-out").want(t, http.StatusSeeOther)
	if got := b.post("/me/password", "old", next, "new", old); got.status != http.StatusSeeOther || strings.Contains(got.body, next) {
		t.Errorf("signed out: %d", got.status)
	}
	b.post("/sign-in", "org", apitest.Org, "user", "ciso", "password", next).want(t, http.StatusSeeOther)
	if log := h.Log.String(); strings.Contains(log, old) || strings.Contains(log, next) {
		t.Error("the log has a password")
	}
}

// Whoever writes in one section is not in the way of who writes in another, and what
// is written in the same one is not lost.
func TestTwoWriters(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := h.Draft("owner", map[string]any{"title": "Före", "human_channel": "x"})
	first, second := h.signedIn(t, "owner"), h.signedIn(t, "owner")
	path := "/cases/" + draft + "/intake?section="
	form := func(section string, b *browser, more ...string) []string {
		page := b.get(path+section).want(t, http.StatusOK).body
		return append([]string{"etag", hiddenIn(t, page, "etag"), "base", hiddenIn(t, page, "base"), "do", "stay"}, more...)
	}
	mine := form("A", first, "asked", "title", "a.title", "Min titel")
	theirs := form("B", second, "asked", "kind", "a.kind", "ai_system")
	second.post(path+"B", theirs...).want(t, http.StatusSeeOther)
	first.post(path+"A", mine...).want(t, http.StatusSeeOther)
	first.get("/cases/"+draft+"/intake").want(t, http.StatusOK, "Min titel", "AI-system")
	second.post(path+"A", mine...).want(t, http.StatusPreconditionFailed, "Någon annan har skrivit här samtidigt", "Spara mina svar")
}

// hiddenIn is a hidden input of a page.
func hiddenIn(t *testing.T, page, name string) string {
	t.Helper()
	_, after, found := strings.Cut(page, `name="`+name+`" value="`)
	if !found {
		t.Fatalf("no %s in %s", name, page)
	}
	value, _, _ := strings.Cut(after, `"`)
	return html.UnescapeString(value)
}
