//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// TestOWASPAPI9Inventory attacks what nobody remembers (OWASP API9:2023): every
// operation of the contract is served, one version of it, and nothing beside it. That
// the served contract is the one in the repository is TestContract.
func TestOWASPAPI9Inventory(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	for _, call := range everyOperation(t, func(path string) string { return anyID(newlyFilled.Replace(path)) }) {
		call.As = "admin"
		if a := h.Do(call.Call); a.Code == http.StatusMethodNotAllowed || a.Code == http.StatusNotFound && !strings.Contains(call.template, "{") {
			t.Errorf("%s is not served: %d", call.OperationID, a.Code)
		}
		for _, other := range []string{"/api/v0", "/api/v2", "/api/internal", "/api/V1", "/api"} {
			c := call.Call
			c.Path = other + strings.TrimPrefix(c.Path, "/api/v1")
			if !strings.HasPrefix(call.template, "/api/v1") {
				continue
			}
			if a := h.Do(c); a.Code != http.StatusNotFound {
				t.Errorf("%s %s is answered with %d", c.Method, c.Path, a.Code)
			}
		}
	}
	for _, path := range []string{
		"/api/v1", "/api/v1/", "/api/v1/docs", "/api/v1/openapi.yaml", "/api/v1/openapi-3.0.json", "/api/v1/swagger", "/api/v1/schemas/CaseStatus.json",
		"/api/v1/debug/pprof/", "/api/v1/metrics", "/api/v1/graphql", "/api/v1/admin", "/api/v1/cases.json", "/api/v1/cases/", "/api/v1/.env",
	} {
		h.Get("admin", path).Problem(http.StatusNotFound, "not_found")
	}
	info := h.Get("", "/api-info").Want(http.StatusOK).Object()
	if info["status"] != "active" || info["version"] != api.Version || info["documentation"] != "/api/v1/openapi.json" {
		t.Errorf("api-info %v", info)
	}
}
