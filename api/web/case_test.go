package web

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"testing"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Whatever can stand in the log of a case is found by somebody who looks for a part
// of it, and is called something.
func TestEveryEventIsInAGroup(t *testing.T) {
	t.Parallel()
	for _, k := range model.EventKinds() {
		if k == model.EventRestored || k == model.EventRestorationApproved {
			continue // of the organisation as a whole, which has no timeline
		}
		if !slices.ContainsFunc(eventGroups, func(g eventGroup) bool { return slices.Contains(g.kinds, k) }) {
			t.Errorf("%s is in no group of the timeline", k)
		}
	}
	for _, g := range eventGroups {
		if !g.Label.Complete() || len(g.kinds) == 0 {
			t.Errorf("group %s", g.Key)
		}
	}
}

// The page has every filter that the API has, and no other.
func TestEveryFilterOfCases(t *testing.T) {
	t.Parallel()
	var there []string
	for _, g := range caseFilters {
		for _, f := range g.filters {
			there = append(there, f.name)
			if !f.label.Complete() || (f.kind == "choice") != (f.choices != nil) {
				t.Errorf("filter %s", f.name)
			}
		}
	}
	want := []string{}
	var collect func(reflect.Type)
	collect = func(of reflect.Type) {
		for i := range of.NumField() {
			if f := of.Field(i); f.Anonymous {
				collect(f.Type)
			} else if name := f.Tag.Get("query"); name != "q" {
				want = append(want, name)
			}
		}
	}
	collect(reflect.TypeFor[api.CaseFilters]())
	slices.Sort(there)
	slices.Sort(want)
	if !slices.Equal(there, want) {
		t.Errorf("the page has %v, the API %v", there, want)
	}
}

func TestDifference(t *testing.T) {
	t.Parallel()
	r := reader{book: rulebook.Default(), lang: lang.SV}
	before := map[string]any{
		"title": "Samma", "purpose_text": "Gammalt", "user_count": 3.0, "user_groups": []any{"employees"}, "summary": "Borta",
	}
	after := map[string]any{
		"title": "Samma", "purpose_text": "Nytt", "user_count": 3.0, "user_groups": []any{"employees", "residents"}, "benefit_text": "Tillagt",
	}
	got := map[string][2]string{}
	for _, sec := range r.difference(rulebook.PartIntake, before, after) {
		if sec.Title == "" {
			t.Error("a section has no title")
		}
		for _, c := range sec.Changes {
			var pair [2]string
			for i, l := range []*line{c.Before, c.After} {
				if l != nil {
					pair[i] = l.Text
				}
			}
			got[c.Label] = pair
		}
	}
	label := func(id string) string {
		f, ok := r.book.Field(id)
		if !ok {
			t.Fatalf("there is no question %s", id)
		}
		return f.Text.SV
	}
	groups, _ := r.book.Field("user_groups")
	both := r.say(groups, []any{"employees", "residents"})
	want := map[string][2]string{
		label("purpose_text"): {"Gammalt", "Nytt"},
		label("user_groups"):  {"Medarbetare", both},
		label("summary"):      {"Borta", ""},
		label("benefit_text"): {"", "Tillagt"},
	}
	for name, pair := range want {
		if got[name] != pair {
			t.Errorf("%s: %q, want %q", name, got[name], pair)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d differences, want %d: %v", len(got), len(want), got)
	}
	if same := r.difference(rulebook.PartIntake, before, before); same != nil {
		t.Errorf("a text differs from itself: %v", same)
	}
}

// books are two versions of the rulebook: one in force, one by which a case is judged.
type books struct{ inForce, old *rulebook.Book }

func (b books) Rulebook(string) *rulebook.Book { return b.inForce }

func (b books) RulebookOf(c store.Case) *rulebook.Book {
	if c.OrgID == "here" && c.RulebookDigest == "old" {
		return b.old
	}
	return b.inForce
}

// A case that was triaged by an older version of the rulebook is shown in its words.
func TestWordsOfAnOlderRulebook(t *testing.T) {
	t.Parallel()
	digest := "old"
	s := &site{Options: Options{Books: books{&rulebook.Book{Version: "2"}, &rulebook.Book{Version: "1"}}, API: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"case_id": "c", "rulebook_digest": digest})
	})}}
	for of, want := range map[string]string{"old": "1", "new": "2"} {
		digest = of
		v := &visit{site: s, r: httptest.NewRequest(http.MethodGet, "/", nil), person: &store.Person{OrgID: "here"}, book: s.Books.Rulebook("here")}
		v.api = client.Client{Base: "http://sluss", HTTP: &http.Client{Transport: inProcess{api: s.API}}}
		var c api.CaseStatus
		if err := v.getCase("c", &c); err != nil || v.book.Version != want {
			t.Errorf("a case of version %s is shown in the words of %s: %v", of, v.book.Version, err)
		}
	}
}

func TestSize(t *testing.T) {
	t.Parallel()
	for bytes, want := range map[int64]string{5: "5 byte", 1 << 10: "1 kB", 1536: "2 kB", 1 << 20: "1 MB", 25 << 20: "25 MB", 1572864: "1,5 MB"} {
		if got := sizeOf(bytes, lang.SV); got != want {
			t.Errorf("%d: %s, want %s", bytes, got, want)
		}
	}
	if got := sizeOf(5, lang.EN); got != "5 bytes" {
		t.Errorf("in English: %s", got)
	}
}

// A case that has come back says why, in the words of whoever sent it back last.
func TestReturned(t *testing.T) {
	t.Parallel()
	decisions := []api.DecisionItem{
		{DecisionID: "1", Outcome: model.OutcomeReturn}, {DecisionID: "2", Outcome: model.OutcomeReturn}, {DecisionID: "3", Outcome: model.OutcomeEndorse},
	}
	back := returned(api.CaseStatus{CaseItem: api.CaseItem{State: model.Returned}}, decisions)
	slices.Reverse(decisions)
	if back == nil || back.DecisionID != "2" {
		t.Errorf("returned by %+v", back)
	}
	if got := returned(api.CaseStatus{CaseItem: api.CaseItem{State: model.CISOReview}}, decisions); got != nil {
		t.Errorf("a case under review was returned by %+v", got)
	}
}
