package api_test

import (
	"maps"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"sluss/api"
)

// TestPreviewLegalBasis asks for every vector, with all facts and with those that
// differ from the defaults, and for what is not among the facts.
func TestPreviewLegalBasis(t *testing.T) {
	t.Parallel()
	var file struct {
		Base    m `json:"base"`
		Vectors []struct {
			ID        string `json:"id"`
			Overrides m      `json:"overrides"`
			Expected  any    `json:"expected"`
		} `json:"vectors"`
	}
	readVectors(t, "../model/assess/testdata/vectors/legal-basis.json", &file)
	h := open(t, api.Options{})
	h.Unchanged(func() {
		for _, v := range file.Vectors {
			facts := maps.Clone(file.Base)
			maps.Copy(facts, v.Overrides)
			for _, given := range []m{facts, v.Overrides} {
				if got, rules := h.preview("legal-basis", given); !reflect.DeepEqual(got, v.Expected) || len(rules) == 0 {
					t.Errorf("%s:\n got %v\nwant %v", v.ID, got, v.Expected)
				}
			}
		}
	})
	for pointer, facts := range map[string]m{
		"/facts/basis":         {"basis": "g"},
		"/facts/minimised":     {"minimised": "yes"},
		"/facts/third_country": {"third_country": true},
		"/facts/colour":        {"colour": "red"},
	} {
		body := h.do(call{"POST", "/previews/legal-basis", "employee", m{"facts": facts}, ""}).Want(http.StatusUnprocessableEntity).Body.String()
		if !strings.Contains(body, `"pointer":"`+pointer+`"`) {
			t.Errorf("%s: %s", pointer, body)
		}
	}
}
