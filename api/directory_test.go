package api_test

import (
	"net/http"
	"slices"
	"testing"

	"sluss/api"
)

// TestDirectory: everybody who is signed in sees whom and what answers can name, of
// their own organisation.
func TestDirectory(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for _, as := range []string{"employee", "dpo", "admin"} {
		units := h.list(as, "/units?limit=100")
		if !slices.Contains(units.all("code"), "namnden") || slices.Contains(units.all("profile"), "") {
			t.Errorf("%s sees the units %v", as, units.all("code"))
		}
		people := h.list(as, "/people?limit=100").all("user")
		if !slices.Contains(people, "ciso_2") || slices.Contains(people, "stranger") || !slices.IsSorted(people) {
			t.Errorf("%s sees %v", as, people)
		}
	}
	first := h.Get("owner", "/people?limit=2").Want(http.StatusOK).Object()
	if items, _ := first["items"].([]any); len(items) != 2 || first["next_cursor"] == nil {
		t.Errorf("a page of two: %v", first)
	}
	if found := h.list("owner", "/people?q=NAMN+CISO_2").all("user"); !slices.Equal(found, []string{"ciso_2"}) {
		t.Errorf("by name %v", found)
	}
	if found := h.list("owner", "/people?role=dpo&org_unit=namnden").all("user"); !slices.Contains(found, "dpo") || slices.Contains(found, "ciso") {
		t.Errorf("by role %v", found)
	}
	h.Get("owner", "/people?role=boss&org_unit=nowhere").Problem(http.StatusUnprocessableEntity, "invalid")
	var p api.PersonView
	h.Get("employee", "/people/manager").Want(http.StatusOK).Into(&p)
	if p.Name != "Namn manager" || len(p.Units) == 0 || p.OrgUnit == "" {
		t.Errorf("the manager is %+v", p)
	}
	for _, id := range []string{"stranger", "nobody"} {
		h.Get("employee", "/people/"+id).Problem(http.StatusNotFound, "not_found")
	}
	for _, path := range []string{"/units", "/people"} {
		h.Get("", path).Want(http.StatusUnauthorized)
	}
}

// TestAllIsToldAtOnce: a draft that cannot be kept is refused with everything that
// is known to be wrong, of whatever kind, and without what is only missing.
func TestAllIsToldAtOnce(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	wrong := map[string]any{
		"title": "Kort", "org_unit_id": "nowhere", "manager_id": "nobody", "generative": "kanske",
		"personal_data": "ja", "art5_flags": []string{"f"}, "emotion_recognition": false, "agent": 3, "wings": true,
	}
	want := []string{
		"/answers/agent V-01", "/answers/emotion_recognition V-14b", "/answers/generative V-01", "/answers/manager_id V-01",
		"/answers/org_unit_id V-01", "/answers/personal_data V-01", "/answers/title V-01", "/answers/wings V-01",
	}
	id := h.Draft("owner", map[string]any{"title": "Ett ärende"})
	for name, c := range map[string]call{
		"opened": {"POST", "/cases", "owner", map[string]any{"answers": wrong}, key()},
		"saved":  {"PUT", "/cases/" + id + "/intake", "owner", map[string]any{"answers": wrong}, `If-Match: "1"`},
	} {
		h.Unchanged(func() {
			p := h.do(c).Problem(http.StatusUnprocessableEntity, "invalid")
			var got []string
			for _, f := range p.Errors {
				got = append(got, f.Pointer+" "+f.Code)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s: got %v, want %v", name, got, want)
			}
		})
	}
}

// TestTheFormIsToldAsItIs: a form that was chosen is the form, whatever the answers
// would do with.
func TestTheFormIsToldAsItIs(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	first := map[string]any{
		"title": "Ett ärende", "case_type": "new", "kind": "ai_service", "agent_traits": []string{}, "account_type": "organisation_licence",
		"openly_publishable": true, "personal_data": "none", "external_facing": "none", "decision_role": "none",
	}
	for _, tt := range []struct{ chosen, form, checked string }{
		{"", "short_t1", "full"},
		{"full", "full", "full"},
		{"short_t1", "short_t1", "short_t1"},
		{"short_t2", "short_t2", "short_t2"},
	} {
		answers := map[string]any{}
		for k, v := range first {
			answers[k] = v
		}
		if tt.chosen != "" {
			answers["intake_form"] = tt.chosen
		}
		draft := h.Get("owner", "/cases/"+h.Draft("owner", answers)+"/intake").Want(http.StatusOK).Object()
		if draft["form"] != tt.form || draft["checked_form"] != tt.checked {
			t.Errorf("chosen %q: form %v, checked by %v", tt.chosen, draft["form"], draft["checked_form"])
		}
		for _, f := range draft["missing"].([]any) {
			if m := f.(map[string]any); m["code"] == "V-01" && m["missing"] != true && m["pointer"] != "/answers/title" {
				t.Errorf("%v is not said to be missing", m)
			}
		}
	}
}

// TestWords: every code that is answered can be looked up, in both languages.
func TestWords(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, w := range api.Words() {
		if w.Code == "" || !w.Text.Complete() || (w.More.SV == "") != (w.More.EN == "") {
			t.Errorf("%+v", w)
		}
		known[w.Code] = true
	}
	for _, code := range api.Codes() {
		if !known[string(code)] {
			t.Errorf("%s has no words", code)
		}
	}
	for _, code := range []string{"CISO_REVIEW", "endorse", "required", "unknown_name", "type_bool", "boolean", "enum", "code", "dpo"} {
		if !known[code] {
			t.Errorf("%s has no words", code)
		}
	}
}
