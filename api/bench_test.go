package api_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/api"
)

// BenchmarkRead measures what people do most: look at a case, its draft and
// their lists; and what a form asks for while it is filled in.
func BenchmarkRead(b *testing.B) {
	h := open(b, api.Options{})
	var id string
	for range 50 {
		id = h.Draft("owner", map[string]any{"title": "Ett ärende"})
	}
	tool := h.put("", h.entry("Samtalsnot"))
	for _, c := range []call{
		{"GET", "/me", "owner", nil, ""},
		{"GET", "/cases/" + id, "owner", nil, ""},
		{"GET", "/cases/" + id + "/intake", "owner", nil, ""},
		{"GET", "/cases?limit=50", "owner", nil, ""},
		{"GET", "/tasks", "owner", nil, ""},
		{"POST", "/previews/triage", "owner", `{"facts": {"personal_data": "yes"}}`, ""},
		{"POST", "/register/check", "employee", `{"tool_id": "` + tool + `", "use": "utkast till journalanteckning", "information_level": 3}`, ""},
	} {
		b.Run(strings.ReplaceAll(c.path, id, "{id}"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				body, _ := c.body.(string)
				r := httptest.NewRequest(c.method, "/api/v1"+c.path, strings.NewReader(body))
				r.Header.Set("Authorization", "Bearer "+h.Tokens[c.as])
				r.Header.Set("Content-Type", "application/json")
				w := httptest.NewRecorder()
				h.Handler.ServeHTTP(w, r)
				if w.Code != http.StatusOK {
					b.Fatal(w.Code)
				}
			}
		})
	}
}
