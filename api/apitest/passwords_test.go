//go:build !slim

package apitest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

// TestPasswordChange: a person changes their own password, is signed out everywhere else,
// and nobody can try passwords this way.
func TestPasswordChange(t *testing.T) {
	onBothRecords(t, func(t *testing.T, h *apitest.House) {
		const old, next = "fem små båtar i en sluss", "sex små båtar i en sluss"
		hash, err := authn.HashPassword(old)
		if err != nil {
			t.Fatal(err)
		}
		ciso, err := h.Store.Person(t.Context(), apitest.Org, "ciso")
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Store.SetPassword(t.Context(), apitest.Org, ciso.ID, hash, h.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		session := func(secret string) string {
			n := store.Session{OrgID: apitest.Org, ID: model.NewID(), PersonID: ciso.ID, Method: authn.MethodPassword, ProvedAt: h.Clock.Now(), ExpiresAt: h.Clock.Now().Add(time.Hour)}
			if err := h.Store.BeginSession(t.Context(), n, secret, "", h.Clock.Now()); err != nil {
				t.Fatal(err)
			}
			return n.ID
		}
		here := session("here")
		session("elsewhere")
		change := func(as string, body any) apitest.Answer {
			return h.Do(apitest.Call{As: as, Method: http.MethodPut, Path: "/me/password", Body: body})
		}
		h.Unchanged(func() {
			for pointer, body := range map[string]m{
				"/old": {"old": "gissat lösenord", "new": next}, "/new": {"old": old, "new": "kort"},
			} {
				p := change("ciso", body).Problem(http.StatusUnprocessableEntity, "invalid")
				if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
					t.Errorf("%s: %+v", pointer, p.Errors)
				}
			}
			change("ciso", m{"old": old, "new": old}).Problem(http.StatusUnprocessableEntity, "invalid")
			change("owner", m{"old": old, "new": next}).Problem(http.StatusUnprocessableEntity, "invalid") // who has no password
			change("", m{"old": old, "new": next}).Problem(http.StatusUnauthorized, "unauthenticated")
		})

		body, err := json.Marshal(m{"old": old, "new": next})
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequestWithContext(authn.WithPerson(t.Context(), ciso, authn.Proof{SessionID: here}), http.MethodPut, "/api/v1/me/password", bytes.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := httptest.NewRecorder()
		h.Handler.ServeHTTP(w, r)
		if w.Code != http.StatusNoContent {
			t.Fatalf("%d: %s", w.Code, w.Body)
		}
		for secret, want := range map[string]error{"here": nil, "elsewhere": store.ErrNotFound} {
			if _, _, err := h.Store.PersonBySession(t.Context(), secret, h.Clock.Now(), h.Clock.Now()); !errors.Is(err, want) {
				t.Errorf("the session %s: %v", secret, err)
			}
		}
		change("ciso", m{"old": next, "new": old}).Want(http.StatusNoContent)
		if _, _, err := h.Store.PersonBySession(t.Context(), "here", h.Clock.Now(), h.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a session outlived a change by token: %v", err)
		}
		last := change("ciso", m{"old": next, "new": next + "!"})
		for range 20 {
			if last.Code != http.StatusUnprocessableEntity {
				break
			}
			last = change("ciso", m{"old": next, "new": next + "!"})
		}
		last.Problem(http.StatusTooManyRequests, "too_many_requests")
		if last.Header().Get("Retry-After") == "" {
			t.Error("nothing says when to try again")
		}
		if log := h.Log.String(); strings.Contains(log, "båtar") || strings.Count(log, `"password changed"`) != 2 {
			t.Error("the log of what happened to the password")
		}
	})
}
