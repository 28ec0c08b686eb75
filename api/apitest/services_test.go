//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
)

// The account of a program is made, gets a token that works, and loses it. The secret
// is answered once.
func TestServicesOverTheAPI(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		post := func(as, path string, body any, key string) apitest.Answer {
			return h.Do(apitest.Call{Method: http.MethodPost, Path: path, As: as, Body: body, Header: key})
		}
		name := "gw-" + model.NewID()[24:]
		body := m{"name": name, "org_unit": h.Unit, "per_minute": 600}
		h.Unchanged(func() {
			for pointer, wrong := range map[string]m{
				"/name":       {"name": "Min gateway", "org_unit": h.Unit},
				"/org_unit":   {"name": name, "org_unit": "nowhere"},
				"/per_minute": {"name": name, "org_unit": h.Unit, "per_minute": -1},
			} {
				if p := post("admin", "/services", wrong, apitest.Key()).Problem(http.StatusUnprocessableEntity, "invalid"); p.Errors[0].Pointer != pointer || p.Errors[0].Message == "" {
					t.Errorf("%v: %+v", wrong, p.Errors)
				}
			}
			taken := post("admin", "/services", m{"name": "owner", "org_unit": h.Unit}, apitest.Key()).Problem(http.StatusUnprocessableEntity, "invalid")
			if taken.Errors[0].Code != "name_taken" {
				t.Errorf("%+v", taken.Errors)
			}
			post("auditor", "/services", body, apitest.Key()).Problem(http.StatusForbidden, "forbidden")
		})
		key := apitest.Key()
		made := post("admin", "/services", body, key).Want(http.StatusCreated).Object()
		if again := post("admin", "/services", body, key).Want(http.StatusCreated).Object(); again["service_id"] != made["service_id"] {
			t.Errorf("the same request made %v and %v", made, again)
		}
		path := "/services/" + made["service_id"].(string)
		if made["name"] != name || made["per_minute"] != 600.0 || len(made["tokens"].([]any)) != 0 {
			t.Errorf("made %v", made)
		}

		for _, wrong := range []m{{"label": "x", "days": 0}, {"label": "x", "days": 367}, {"days": 1}} {
			post("admin", path+"/tokens", wrong, apitest.Key()).Problem(http.StatusUnprocessableEntity, "invalid")
		}
		h.Unchanged(func() {
			post("admin", "/services/"+h.People["owner"]+"/tokens", m{"label": "x", "days": 1}, apitest.Key()).Problem(http.StatusNotFound, "not_found")
			post("strange_admin", path+"/tokens", m{"label": "x", "days": 1}, apitest.Key()).Problem(http.StatusNotFound, "not_found")
			post("owner", path+"/tokens", m{"label": "x", "days": 1}, apitest.Key()).Problem(http.StatusForbidden, "forbidden")
		})
		key = apitest.Key()
		token := post("admin", path+"/tokens", m{"label": "AI-gateway", "days": 30}, key).Want(http.StatusCreated).Object()
		secret := token["secret"].(string)
		if again := post("admin", path+"/tokens", m{"label": "AI-gateway", "days": 30}, key).Want(http.StatusCreated).Object(); again["secret"] != nil || again["token_id"] != token["token_id"] {
			t.Errorf("the same request answers %v", again)
		}
		seen := h.Get("auditor", path).Want(http.StatusOK)
		if shown := seen.Object()["tokens"].([]any)[0].(m); shown["holds"] != true || shown["label"] != "AI-gateway" {
			t.Errorf("it has %v", shown)
		}
		if strings.Contains(seen.Body.String(), secret) || strings.Contains(h.Log.String(), secret) {
			t.Error("the secret is told again")
		}
		h.Tokens[name] = secret
		h.Get(name, "/me").Want(http.StatusOK)
		h.Get(name, "/services").Problem(http.StatusForbidden, "forbidden")
		h.Get("strange_admin", path).Problem(http.StatusNotFound, "not_found")

		revoke := func(as string) apitest.Answer {
			return post(as, path+"/tokens/"+token["token_id"].(string)+"/revocation", nil, apitest.Key())
		}
		h.Unchanged(func() {
			revoke("auditor").Problem(http.StatusForbidden, "forbidden")
			revoke("strange_admin").Problem(http.StatusNotFound, "not_found")
		})
		if ended := revoke("admin").Want(http.StatusOK).Object(); ended["holds"] != false || ended["revoked_at"] == nil {
			t.Errorf("revoked: %v", ended)
		}
		h.Get(name, "/me").Problem(http.StatusUnauthorized, "unauthenticated")
		revoke("admin").Problem(http.StatusConflict, "state_conflict")
	})
}
