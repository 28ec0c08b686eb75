package web_test

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// The account of a program is added on a page, gets a token that is shown once, and
// loses it. Whoever audits reads and is offered nothing.
func TestServiceAccountsOnPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	admin, auditor := h.signedIn(t, "admin"), h.signedIn(t, "auditor")
	const list = "/administration/services"
	h.signedIn(t, "owner").get(list).want(t, http.StatusForbidden)
	if got := auditor.get(list).want(t, http.StatusOK, "Det finns inga tjänstekonton.").body; strings.Contains(got, "<form method=\"post\" action=\""+list) {
		t.Error("whoever audits is offered to add one")
	}
	add := func(name string) shown {
		return admin.post(list, "name", name, "org_unit", "mitt", "per_minute", "600", "key", "key-for-"+name)
	}
	unit := regexp.MustCompile(`<option value="([^"]+)"`).FindStringSubmatch(admin.get(list).body)[1]
	add("Min gateway").want(t, http.StatusUnprocessableEntity, "a–z", `value="Min gateway"`)
	at := admin.post(list, "name", "gateway", "org_unit", unit, "per_minute", "600", "key", "key-for-the-gateway").want(t, http.StatusSeeOther).location
	admin.get(at).want(t, http.StatusOK, "Kontot är tillagt", "Kontot har ingen nyckel.", ">600<")
	page, _, _ := strings.Cut(at, "?")
	admin.post(page, "do", "token", "label", "", "days", "90", "key", "key-without-a-label").want(t, http.StatusUnprocessableEntity)
	admin.post(page, "do", "token", "label", "AI-gateway", "days", "många", "key", "key-without-days-00").want(t, http.StatusUnprocessableEntity, `value="AI-gateway"`)
	secretOf := regexp.MustCompile(`<code class="secret">([^<]+)</code>`)
	made := admin.post(page, "do", "token", "label", "AI-gateway", "days", "90", "key", "key-of-the-token-00").want(t, http.StatusOK, "Nyckeln är skapad", "Gäller", "AI-gateway")
	found := secretOf.FindStringSubmatch(made.body)
	if found == nil || made.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("no secret, or kept: %v %s", made.header, made.body)
	}
	again := admin.post(page, "do", "token", "label", "AI-gateway", "days", "90", "key", "key-of-the-token-00").want(t, http.StatusOK, "redan visats")
	for who, body := range map[string]string{"again": again.body, "the page": admin.get(page).body, "the log": h.Log.String()} {
		if strings.Contains(body, found[1]) {
			t.Errorf("the secret is in %s", who)
		}
	}
	auditor.get(list).want(t, http.StatusOK, "1 nyckel gäller")
	if got := auditor.get(page).want(t, http.StatusOK, "AI-gateway", "Gäller").body; strings.Contains(got, `name="do"`) {
		t.Error("whoever audits is offered to revoke")
	}
	h.Tokens["gateway"] = found[1]
	h.Get("gateway", "/me").Want(http.StatusOK)
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(admin.get(page).body)[1]
	auditor.post(page, "do", "revoke", "token", token, "key", "key-of-the-auditor-0").want(t, http.StatusForbidden)
	if to := admin.post(page, "do", "revoke", "token", token, "key", "key-of-the-end-00000").want(t, http.StatusSeeOther).location; to != page+"?done=revoke" {
		t.Errorf("leads to %s", to)
	}
	admin.get(page+"?done=revoke").want(t, http.StatusOK, "Nyckeln är spärrad.", "Spärrad")
	h.Get("gateway", "/me").Want(http.StatusUnauthorized)
	admin.get(list).want(t, http.StatusOK, "Ingen nyckel gäller")
	admin.get("/administration/services/nobody").want(t, http.StatusNotFound)
}
