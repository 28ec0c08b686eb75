package assess

import (
	"reflect"
	"testing"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// TestKept: what is kept is what would be judged again, of the assessment asked about.
func TestKept(t *testing.T) {
	t.Parallel()
	k := Keep(2)
	for range 2 {
		for _, stage := range []string{"legal_basis", "dpia", "agent_risk", "dpia", "ciso", "info_owner"} {
			a, _ := workedCase(t, stage, "wc-5b", nil, m{"ciso_max_ipl": 2})
			want, err := Assess(stage, a)
			if err != nil {
				t.Fatal(err)
			}
			a, err = k.Once(a)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := k.Assess(stage, a); err != nil || !reflect.DeepEqual(got, want) {
				t.Errorf("%s: %+v, want %+v, %v", stage, got, want, err)
			}
		}
	}
	if n := k.judgements.Len(); n != 2 {
		t.Errorf("%d judgements are kept, want 2", n)
	}
}

// TestKeptByEverything: what differs in anything that it is judged by is another
// assessment, also in a field that somebody adds one day.
func TestKeptByEverything(t *testing.T) {
	t.Parallel()
	plain := Assessed{Book: rulebook.Default()}
	keys := map[digest]string{}
	add := func(what, stage string, a Assessed) {
		t.Helper()
		key, err := keyOf(stage, a)
		if err != nil {
			t.Fatal(err)
		}
		if as, known := keys[key]; known {
			t.Errorf("%s: kept as %s is", what, as)
		}
		keys[key] = what
	}
	add("plain", "dpia", plain)
	add("stage", "ciso", plain)
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Assessed]()) {
		if !f.IsExported() {
			continue
		}
		a := plain
		field := reflect.ValueOf(&a).Elem().FieldByIndex(f.Index)
		switch field.Interface().(type) {
		case *rulebook.Book:
			field.Set(reflect.ValueOf(&rulebook.Book{Digest: "another"}))
		case calendar.Date:
			field.Set(reflect.ValueOf(calendar.NewDate(2026, 11, 23)))
		case string:
			field.SetString("x")
		case map[string]any:
			field.Set(reflect.ValueOf(map[string]any{"x": "y"}))
		case map[string]map[string]any:
			field.Set(reflect.ValueOf(map[string]map[string]any{"x": {"y": "z"}}))
		default:
			t.Fatalf("%s: no other value is known for a %s", f.Name, f.Type)
		}
		add(f.Name, "dpia", a)
	}
}
