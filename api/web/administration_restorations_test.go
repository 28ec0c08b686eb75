package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api/apitest"
	"sluss/model/store"
)

// A record that was put back is approved on a page by a second administrator. Every
// other page says what is going on, and nobody's session goes on.
func TestRestorationOnPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	before := h.signedIn(t, "owner")
	_, err := h.Store.AddRestoration(t.Context(), store.Restored{
		OrgID: apitest.Org, By: h.People["registrar"], Trees: map[string]store.RestoredTree{apitest.Org: {Size: 2, Kept: 5}},
	}, h.Clock.Now())
	if err == nil {
		err = h.Act.LoadRestoration(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	const page, waits = "/administration/restorations", "Återställd från säkerhetskopia, inte godkänd"
	for _, path := range []string{"/", "/cases", "/me", "/register/public", "/help", "/nowhere"} {
		got := before.get(path).want(t, http.StatusServiceUnavailable, waits, "Logga in som administratör")
		if got.header.Get("Retry-After") == "" || strings.Contains(got.body, `href="/cases"`) {
			t.Errorf("%s: %v %s", path, got.header, got.body)
		}
	}
	before.post("/cases", "title", "x").want(t, http.StatusServiceUnavailable, waits)
	if to := before.get(page).want(t, http.StatusSeeOther).location; to != "/sign-in?next=%2Fadministration%2Frestorations" {
		t.Errorf("leads to %s", to)
	}

	owner := h.signedIn(t, "owner")
	owner.get(page).want(t, http.StatusForbidden)
	owner.get("/").want(t, http.StatusServiceUnavailable, waits, "Till återställningen")
	h.signedIn(t, "auditor").get(page).want(t, http.StatusOK, "Kontrolleras", "ytterligare händelser fanns och är borta: 3")

	admin := h.signedIn(t, "admin")
	id := h.Get("auditor", "/restorations").Want(http.StatusOK).Object()["items"].([]any)[0].(map[string]any)["restoration_id"].(string)
	approve := func(as *browser, key string) shown { return as.post(page, "restoration", id, "key", key) }
	approve(admin, "too-early-00000000").want(t, http.StatusConflict, "Inte kontrollerat", "Visa läget igen")
	opened := make(chan error, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { opened <- h.Act.AwaitRestoration(ctx) }()
	for !strings.Contains(admin.get(page).body, "Godkänn och öppna Sluss") {
		time.Sleep(20 * time.Millisecond)
	}
	if got := h.signedIn(t, "auditor").get(page).want(t, http.StatusOK, "väntar på en andra person").body; strings.Contains(got, "Godkänn och öppna") {
		t.Error("whoever audits is offered to approve")
	}
	approve(owner, "not-their-turn-000").want(t, http.StatusForbidden)
	if to := approve(admin, "approved-0000000000").want(t, http.StatusSeeOther).location; to != page+"?done=approve" {
		t.Errorf("leads to %s", to)
	}
	admin.get(page+"?done=approve").want(t, http.StatusOK, "Sluss är öppet igen", "Godkänd", `href="/cases"`)
	owner.get("/").want(t, http.StatusOK)
	if err := <-opened; err != nil {
		t.Error(err)
	}
}
