package api

import (
	"encoding/json"
	"net/http/httptest"
	"reflect"
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
		{"a body with values of any type", AssessmentDraft{}, true},
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

// A value of any type is handed over as a reader of its JSON has it.
func TestPlain(t *testing.T) {
	t.Parallel()
	for _, v := range []any{
		nil, true, "a", 3, int64(1e15), 2.5, []string{}, []string{"a", "b"},
		[]any{int64(1), []string{"a"}}, map[string]any{"a": int64(1), "b": []any{map[string]any{"c": 2}}},
	} {
		text, err := json.Marshal(v)
		var read any
		if err != nil || json.Unmarshal(text, &read) != nil {
			t.Fatalf("%v: %v", v, err)
		}
		if made := plain(v); !reflect.DeepEqual(made, read) {
			t.Errorf("%v is handed over as %#v, and its JSON is read as %#v", v, made, read)
		}
	}
}
