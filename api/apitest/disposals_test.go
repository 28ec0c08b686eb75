//go:build !slim

package apitest_test

import (
	"net/http"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
)

// A comment and a person are erased by two people, and the case still verifies.
func TestErasure(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		id := h.Draft("owner", m{"title": "Ett ärende"})
		post := func(as, path string, body m) apitest.Answer {
			return h.Do(apitest.Call{As: as, Method: "POST", Path: path, Header: "Idempotency-Key: " + model.NewID(), Body: body})
		}
		comment := post("owner", "/cases/"+id+"/comments", m{"text": "Ring Kalle"}).Want(http.StatusCreated).Object()["comment_id"]
		asked := m{"case_id": id, "comment_id": comment, "reason": "Kalle ber om det"}

		for _, as := range []string{"owner", "dpo", "auditor", "legal"} {
			h.Unchanged(func() { post(as, "/disposals", asked).Problem(http.StatusForbidden, "forbidden") })
		}
		for name, body := range map[string]m{
			"nothing": {"reason": "x"}, "both": {"person_id": id, "case_id": id, "comment_id": comment, "reason": "x"},
			"no case": {"comment_id": comment, "reason": "x"}, "no reason": {"person_id": id},
		} {
			h.Unchanged(func() {
				if p := post("registrar", "/disposals", body).Problem(http.StatusUnprocessableEntity, "invalid"); len(p.Errors) != 1 {
					t.Errorf("%s: %+v", name, p.Errors)
				}
			})
		}
		h.Unchanged(func() {
			post("strange_admin", "/disposals", asked).Problem(http.StatusNotFound, "not_found")
			post("registrar", "/disposals", m{"person_id": model.NewID(), "reason": "x"}).Problem(http.StatusNotFound, "not_found")
		})

		d := post("registrar", "/disposals", asked).Want(http.StatusOK).Object()
		path := "/disposals/" + d["disposal_id"].(string)
		if d["status"] != "approved" || d["first"].(map[string]any)["id"] != h.People["registrar"] || d["source"] != "GDPR 17" {
			t.Fatalf("asked: %v", d)
		}
		h.Unchanged(func() {
			post("registrar", path+"/approval", m{"reason": "x"}).Problem(http.StatusForbidden, "segregation_of_duties")
			post("strange_admin", path+"/approval", m{"reason": "x"}).Problem(http.StatusNotFound, "not_found")
		})
		if done := post("admin", path+"/approval", m{"reason": "Prövat"}).Object(); done["status"] != "done" {
			t.Errorf("approved: %v", done)
		}
		post("admin", path+"/keeping", m{"reason": "x"}).Problem(http.StatusConflict, "state_conflict")
		var l struct{ Items []m }
		h.Get("admin", "/cases/"+id+"/comments").Into(&l)
		if l.Items[0]["text"] != "" {
			t.Errorf("the comment is left: %v", l.Items)
		}
		if err := h.Store.VerifyCase(t.Context(), apitest.Org, id); err != nil {
			t.Error(err)
		}

		// A person who owns a case that goes on is needed; one who has nothing is not.
		person := func(who string) apitest.Answer {
			d := post("admin", "/disposals", m{"person_id": h.People[who], "reason": "Har slutat"}).Want(http.StatusOK).Object()
			return post("registrar", "/disposals/"+d["disposal_id"].(string)+"/approval", m{"reason": "Prövat"})
		}
		person("owner").Problem(http.StatusConflict, "person_needed")
		person("employee").Want(http.StatusOK)
		h.Get("employee", "/me").Problem(http.StatusUnauthorized, "unauthenticated")

		h.Get("employee", "/disposals").Want(http.StatusUnauthorized)
		h.Get("other", "/disposals").Problem(http.StatusForbidden, "forbidden")
		var list struct {
			Items []m
			Total int
		}
		h.Get("auditor", "/disposals?include_total=true&limit=2").Want(http.StatusOK).Into(&list)
		if len(list.Items) != 2 || list.Total != 3 {
			t.Errorf("%d of %d disposals", len(list.Items), list.Total)
		}
		h.Get("auditor", "/disposals?kind=comment&status=done&case="+id).Want(http.StatusOK).Into(&list)
		if len(list.Items) != 1 || list.Items[0]["removed"] != 1.0 {
			t.Errorf("found %v", list.Items)
		}
	})
}
