//go:build !slim

package apitest_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/apitest"
)

// TestOWASPAPI8Misconfiguration attacks what is left open by default (OWASP
// API8:2023): no method that is not declared does anything, no other site's page may
// read an answer, every answer has its headers, and a refusal tells nothing of what
// the server is made of.
func TestOWASPAPI8Misconfiguration(t *testing.T) {
	t.Parallel()
	h := apitest.Open(t, api.Options{}, nil)
	contract, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, call := range everyOperation(t, func(path string) string { return anyID(newlyFilled.Replace(path)) }) {
		call.As = "admin"
		call.Header += "Origin: https://evil.example\nAccess-Control-Request-Method: POST\n"
		for _, method := range []string{call.method, http.MethodTrace, http.MethodConnect, http.MethodOptions, "PROPFIND"} {
			c := call.Call
			c.Method = method
			a := h.Do(c)
			if err := headersFit(a.Header()); err != nil {
				t.Errorf("%s %s: %v", method, call.template, err)
			}
			for name := range a.Header() {
				if strings.HasPrefix(name, "Access-Control-") || name == "Server" || name == "Set-Cookie" {
					t.Errorf("%s %s: %s", method, call.template, name)
				}
			}
			if _, _, declared := contract.Find(method, call.Path); !declared && a.Code != http.StatusMethodNotAllowed && a.Code != http.StatusNotFound {
				t.Errorf("%s %s is answered with %d", method, call.template, a.Code)
			}
			for _, word := range []string{"goroutine", ".go:", "sqlite", "postgres", "SELECT ", "temporal"} {
				if a.Code >= 400 && strings.Contains(a.Body.String(), word) {
					t.Errorf("%s %s tells %q", method, call.template, word)
				}
			}
		}
	}
}
