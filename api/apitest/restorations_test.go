//go:build !slim

package apitest_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model/store"
)

// restoredHouse is a house of its own whose record was put back by somebody, and has
// not been verified since.
func restoredHouse(t *testing.T, record func(testing.TB) string) (*apitest.House, string) {
	t.Helper()
	h := apitest.OpenAt(t, record(t), api.Options{}, nil)
	r, err := h.Store.AddRestoration(t.Context(), store.Restored{
		OrgID: apitest.Org, By: h.People["registrar"], Trees: map[string]store.RestoredTree{apitest.Org: {Size: 2, Kept: 5}},
	}, h.Clock.Now())
	if err == nil {
		err = h.Act.LoadRestoration(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return h, r.ID
}

// A record that was put back answers nobody, and is approved by a second administrator
// after it has been verified, and not before.
func TestRestorations(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h, id := restoredHouse(t, record)
			approve := func(as string) apitest.Answer {
				return h.Do(apitest.Call{Method: http.MethodPost, Path: "/restorations/" + id + "/approval", As: as, Header: apitest.Key()})
			}
			standing := func() m {
				return h.Get("auditor", "/restorations").Want(http.StatusOK).Object()["items"].([]any)[0].(m)
			}
			refused := func() {
				t.Helper()
				for _, path := range []string{"/me", "/cases", "/readyz"} {
					h.Get("owner", path).Problem(http.StatusServiceUnavailable, "restored")
				}
				h.Get("owner", "/livez").Want(http.StatusOK)
				h.Get("owner", "/restorations").Problem(http.StatusForbidden, "forbidden")
				h.Unchanged(func() {
					approve("owner").Problem(http.StatusForbidden, "forbidden")
					approve("strange_admin").Problem(http.StatusNotFound, "not_found")
				})
			}
			refused()
			h.Unchanged(func() { approve("admin").Problem(http.StatusConflict, "restoration_unverified") })
			if now := standing(); now["status"] != "checking" || now["kept"] != 5.0 || now["restored_by"].(m)["id"] != h.People["registrar"] {
				t.Errorf("before it was verified: %v", now)
			}
			opened := make(chan error, 1)
			go func() { opened <- h.Act.AwaitRestoration(t.Context()) }()
			for standing()["status"] != "waiting" {
				time.Sleep(20 * time.Millisecond)
			}
			refused()
			select {
			case err := <-opened:
				t.Fatalf("opened before the approval: %v", err)
			default:
			}
			if now := approve("admin").Want(http.StatusOK).Object(); now["status"] != "approved" || now["approved_by"].(m)["id"] != h.People["admin"] {
				t.Errorf("approved: %v", now)
			}
			h.Get("owner", "/me").Want(http.StatusOK)
			if err := <-opened; err != nil {
				t.Error(err)
			}
			approve("admin").Problem(http.StatusConflict, "state_conflict")
		})
	}
}

// What was found wrong is named and is approved by nobody.
func TestRestorationFoundWrong(t *testing.T) {
	t.Parallel()
	h, id := restoredHouse(t, apitest.RecordFile)
	h.SpoilLog()
	ctx, cancel := context.WithCancel(t.Context())
	opened := make(chan error, 1)
	go func() { opened <- h.Act.AwaitRestoration(ctx) }()
	var now m
	for now["status"] != "wrong" {
		time.Sleep(20 * time.Millisecond)
		now = h.Get("auditor", "/restorations").Want(http.StatusOK).Object()["items"].([]any)[0].(m)
	}
	if found := now["findings"].([]any); len(found) != 1 || !strings.HasPrefix(found[0].(string), "händelse 1 i "+apitest.Org) {
		t.Errorf("%v", now)
	}
	h.Unchanged(func() {
		h.Do(apitest.Call{Method: http.MethodPost, Path: "/restorations/" + id + "/approval", As: "admin", Header: apitest.Key()}).
			Problem(http.StatusConflict, "restoration_unverified")
	})
	cancel()
	if err := <-opened; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
