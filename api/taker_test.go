package api

import (
	"net/http/httptest"
	"strings"
	"testing"
)

type takes struct {
	httptest.ResponseRecorder
	value any
}

func (w *takes) Take(v any) { w.value = v }

// A value is handed over where somebody takes it, and is the same as its JSON.
func TestAnswer(t *testing.T) {
	t.Parallel()
	for _, step := range []struct {
		about string
		value any
		taken bool
	}{
		{"a body", UnitNote{ID: "a"}, true},
		{"a list", Page[UnitNote]{}, true},
		{"answers of any type", IntakeDraft{}, false},
		{"a result of any type", AssessmentDraft{}, false},
		{"a task with one", TaskView{}, false},
		{"what others hold too", &UnitNote{ID: "a"}, false},
	} {
		w := &takes{ResponseRecorder: *httptest.NewRecorder()}
		if err := answer(&recorder{ResponseWriter: w}, step.value); err != nil {
			t.Fatal(err)
		}
		if (w.value != nil) != step.taken || (w.Body.Len() == 0) != step.taken {
			t.Errorf("%s: taken %v, written %q", step.about, w.value, w.Body)
		}
		outside := httptest.NewRecorder()
		if err := answer(&recorder{ResponseWriter: outside}, step.value); err != nil || !strings.HasPrefix(outside.Body.String(), "{") {
			t.Errorf("%s: written %q (%v)", step.about, outside.Body, err)
		}
	}
}
