package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"sluss/api"
)

// TestPreviewRiskLevel asks for the matrix of rulebook 5.4, and for what is not
// in it.
func TestPreviewRiskLevel(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	matrix := []string{"low low low medium", "low medium medium high", "low medium high very_high", "medium high very_high very_high"}
	for s, line := range matrix {
		for l, want := range strings.Fields(line) {
			got, rules := h.preview("risk-level", m{"severity": s + 1, "likelihood": l + 1})
			if fmt.Sprint(got) != fmt.Sprint(map[string]any{"level": want}) || len(rules) != 1 {
				t.Errorf("%d×%d: %v %v, want %s", s+1, l+1, got, rules, want)
			}
		}
	}
	if got, _ := h.preview("risk-level", m{"severity": 4}); fmt.Sprint(got) != "map[level:medium]" {
		t.Errorf("a likelihood left out counts as 1: %v", got)
	}
	for pointer, facts := range map[string]m{
		"/facts/severity":   {"severity": 5, "likelihood": 1},
		"/facts/likelihood": {"severity": 1, "likelihood": "stor"},
		"/facts/level":      {"level": "low"},
	} {
		body := h.do(call{"POST", "/previews/risk-level", "employee", m{"facts": facts}, ""}).Want(http.StatusUnprocessableEntity).Body.String()
		if !strings.Contains(body, `"pointer":"`+pointer+`"`) {
			t.Errorf("%s: %s", pointer, body)
		}
	}
}
