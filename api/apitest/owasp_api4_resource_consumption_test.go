//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
)

// TestOWASPAPI4ResourceConsumption attacks what requests may cost (OWASP API4:2023):
// every list and every body has its bound, and so has everybody's minute.
func TestOWASPAPI4ResourceConsumption(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	large := `{"reason": "` + strings.Repeat("a", 1<<20) + `"}`
	lists, bodies := 0, 0
	for _, call := range everyOperation(t, func(path string) string { return anyID(newlyFilled.Replace(path)) }) {
		call.As = "admin"
		for _, p := range call.Parameters {
			if p.Name != "limit" || strings.Contains(call.template, "{") {
				continue
			}
			lists++
			for query, pointer := range map[string]string{
				"?limit=101": "/limit", "?limit=-1": "/limit", "?limit=1000000000000": "/limit", "?offset=10001": "/offset", "?cursor=" + strings.Repeat("A", 2000): "/cursor",
			} {
				a := h.Get(call.As, call.Path+query)
				if a.Code == http.StatusForbidden {
					continue
				}
				if p := a.Problem(http.StatusUnprocessableEntity, "invalid"); p.Errors[0].Pointer != pointer {
					t.Errorf("%s%s: %+v", call.Path, query, p.Errors)
				}
			}
		}
		if call.RequestBody != nil && call.RequestBody.Content["application/json"].Schema != nil {
			bodies++
			call.Body = large
			h.Do(call.Call).Problem(http.StatusRequestEntityTooLarge, "payload_too_large")
		}
	}
	if lists < 12 || bodies < 40 {
		t.Errorf("only %d lists and %d bodies", lists, bodies)
	}
}

// TestOWASPAPI4Flood: whoever has used up their minute is refused before anything is
// read or written, and nobody else is.
func TestOWASPAPI4Flood(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{Limits: api.Limits{Person: 20, Address: 20}}, nil)
	open := func(as string) apitest.Answer {
		return h.Do(apitest.Call{Method: http.MethodPost, Path: "/cases", As: as, Body: m{"answers": m{}}, Header: apitest.Key()})
	}
	opened := 0
	for range 60 {
		if a := open("owner"); a.Code == http.StatusCreated {
			opened++
		} else if a.Problem(http.StatusTooManyRequests, "too_many_requests"); a.Header().Get("Retry-After") == "" {
			t.Error("nobody says when to come back")
		}
	}
	if opened != 20 || h.Counts()["cases"] != 20 {
		t.Errorf("%d were let through, %d cases", opened, h.Counts()["cases"])
	}
	open("other").Want(http.StatusCreated)
	for range 60 { // guesses at tokens count for the address, whichever token it is
		h.Do(apitest.Call{Method: http.MethodGet, Path: "/me", Header: "Authorization: Bearer guess\nX-Forwarded-For: 192.0.2.7"})
	}
	h.Do(apitest.Call{Method: http.MethodGet, Path: "/me", Header: "X-Forwarded-For: 192.0.2.8\nForwarded: for=192.0.2.9\nX-Real-IP: 192.0.2.10"}).
		Problem(http.StatusTooManyRequests, "too_many_requests")
	open("other").Want(http.StatusCreated)
	h.Clock.Advance(time.Minute)
	open("owner").Want(http.StatusCreated)
}
