package api_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/model"
)

// list is a page of items.
type list struct {
	Items       []map[string]any `json:"items"`
	NextCursor  string           `json:"next_cursor"`
	Total       *int             `json:"total"`
	TotalIsMore bool             `json:"total_is_more"`
}

func (h house) list(as, path string) list {
	h.T.Helper()
	var l list
	h.Get(as, path).Want(http.StatusOK).Into(&l)
	return l
}

// all gives a member of every item.
func (l list) all(member string) []string {
	out := []string{}
	for _, item := range l.Items {
		out = append(out, fmt.Sprint(item[member]))
	}
	return out
}

func TestOpenCase(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	again := call{"POST", "/cases", "owner", `{"answers": {"title": "Ett ärende"}}`, key()}
	a := h.do(again).Want(http.StatusCreated)
	receipt := a.Object()
	id, _ := receipt["case_id"].(string)
	if a.Header().Get("Location") != "/api/v1/cases/"+id || a.Header().Get("ETag") != `"0"` || receipt["state"] != "DRAFT" {
		t.Errorf("%v %v", a.Header(), receipt)
	}
	h.Unchanged(func() {
		b := h.do(again).Want(http.StatusCreated)
		if b.Body.String() != a.Body.String() || b.Header().Get("Location") != a.Header().Get("Location") {
			t.Errorf("the same request is answered with %s", b.Body)
		}
		sorted := again
		sorted.body = "{\n \"answers\" : {\"title\":\"Ett ärende\"} }"
		h.do(sorted).Want(http.StatusCreated)
		other := again
		other.body = `{"answers": {"title": "Ett annat"}}`
		h.do(other).Problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	})
	mine := again
	mine.as = "other" // another person's key is another key
	if got := h.do(mine).Want(http.StatusCreated).Object()["case_id"]; got == id {
		t.Error("two people share a case")
	}
	h.do(call{"POST", "/cases", "employee", nil, key()}).Want(http.StatusCreated)
}

func TestCaseStatusOfADraft(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Ett ärende"})
	s := h.Get("owner", "/cases/"+id).Want(http.StatusOK).Object()
	for member, want := range map[string]any{
		"case_id": id, "title": "Ett ärende", "state": "DRAFT", "state_label": "Utkast", "version": 0.0, "profile": "strictest",
		"rulebook_id": "se-kommun", "returns_count": 0.0, "ipl": nil,
	} {
		if s[member] != want {
			t.Errorf("%s: %v, want %v", member, s[member], want)
		}
	}
	if acts := fmt.Sprint(s["allowed"]); !strings.Contains(acts, "edit_intake") || !strings.Contains(acts, "submit") || strings.Contains(acts, "activate") {
		t.Errorf("allowed: %s", acts)
	}
	if unit := s["org_unit"].(map[string]any); unit["code"] != "namnden" {
		t.Errorf("unit: %v", unit)
	}
	if acts := h.Get("admin", "/cases/"+id).Want(http.StatusOK).Object()["allowed"].([]any); len(acts) > 0 {
		t.Errorf("an administrator may %v", acts)
	}
}

// TestWhoReadsDrafts: what has not been sent in is read by its owner,
// administrators and auditors (rulebook 10), in lists as by its id.
func TestWhoReadsDrafts(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Owners"})
	h.Draft("other", map[string]any{"title": "Others"})
	for as, want := range map[string]int{
		"owner": 1, "other": 1, "admin": 2, "auditor": 2, "dpo": 0, "ciso": 0, "manager": 0, "info": 0, "employee": 0,
		"stranger": 0, "strange_admin": 0,
	} {
		l := h.list(as, "/cases?include_total=true")
		if len(l.Items) != want || *l.Total != want {
			t.Errorf("%s reads %v of %d drafts", as, l.all("title"), *l.Total)
		}
		status := http.StatusNotFound
		if slices.Contains([]string{"owner", "admin", "auditor"}, as) {
			status = http.StatusOK
		}
		for _, part := range []string{"", "/intake", "/events", "/tasks", "/conditions", "/decisions", "/revisions"} {
			h.Get(as, "/cases/"+id+part).Want(status)
		}
	}
}

func TestListCases(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{CursorKey: []byte("a key of the test's own")})
	var titles []string
	for i := range 7 {
		title := fmt.Sprintf("Ärende %d", i)
		h.Draft("owner", map[string]any{"title": title})
		titles = append([]string{title}, titles...) // the newest first
		if i%2 == 0 {
			h.Clock.Advance(time.Second) // some change in the same moment
		}
	}
	whole := h.list("owner", "/cases?limit=100&include_total=true")
	if len(whole.Items) != 7 || *whole.Total != 7 || whole.TotalIsMore || whole.NextCursor != "" {
		t.Fatalf("list %+v", whole)
	}
	want := whole.all("title")
	if want[0] != titles[0] {
		t.Errorf("the newest is %s", want[0])
	}
	for _, limit := range []int{1, 2, 3, 6, 7} {
		var got []string
		path := fmt.Sprintf("/cases?limit=%d&q=rende", limit)
		for path != "" {
			a := h.Get("owner", path).Want(http.StatusOK)
			var l list
			a.Into(&l)
			got = append(got, l.all("title")...)
			link := a.Header().Get("Link")
			if (link == "") != (l.NextCursor == "") {
				t.Fatalf("Link %q, next_cursor %q", link, l.NextCursor)
			}
			path, _, _ = strings.Cut(strings.TrimPrefix(link, "<"), ">")
		}
		if !slices.Equal(got, want) {
			t.Errorf("in pages of %d: %v, want %v", limit, got, want)
		}
		for offset := range 8 {
			if got := h.list("owner", fmt.Sprintf("/cases?limit=%d&offset=%d", limit, offset)).all("title"); !slices.Equal(got, want[offset:min(offset+limit, 7)]) {
				t.Errorf("limit %d, offset %d: %v", limit, offset, got)
			}
		}
	}
}

// TestCursorIsBound: a cursor holds for one person, one list and one set of
// filters.
func TestCursorIsBound(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for range 3 {
		h.Draft("owner", map[string]any{"title": "a"})
	}
	cursor := h.list("owner", "/cases?limit=1&q=a").NextCursor
	h.list("owner", "/cases?limit=2&q=a&cursor="+cursor)
	flipped := []byte(cursor)
	flipped[len(flipped)/2] ^= 1
	for name, c := range map[string]call{
		"another person":       {"GET", "/cases?limit=1&q=a&cursor=" + cursor, "admin", nil, ""},
		"another filter":       {"GET", "/cases?limit=1&q=b&cursor=" + cursor, "owner", nil, ""},
		"one filter less":      {"GET", "/cases?limit=1&cursor=" + cursor, "owner", nil, ""},
		"another list":         {"GET", "/tasks?cursor=" + cursor, "owner", nil, ""},
		"another organisation": {"GET", "/cases?limit=1&q=a&cursor=" + cursor, "stranger", nil, ""},
		"a changed cursor":     {"GET", "/cases?limit=1&q=a&cursor=" + string(flipped), "owner", nil, ""},
	} {
		p := h.do(c).Problem(http.StatusUnprocessableEntity, "invalid")
		if p.Errors[0].Pointer != "/cursor" {
			t.Errorf("%s: %+v", name, p.Errors)
		}
	}
	p := h.Get("owner", "/cases?limit=1&q=a&offset=1&cursor="+cursor).Problem(http.StatusUnprocessableEntity, "invalid")
	if p.Errors[0].Pointer != "/offset" {
		t.Errorf("offset and cursor: %+v", p.Errors)
	}
}

func TestCaseFilters(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	h.Draft("owner", map[string]any{"title": "Chattbot för bygglov"})
	h.Draft("owner", map[string]any{"title": "100 % säker_sökning"})
	for query, want := range map[string]int{
		"": 2, "state=DRAFT": 2, "state=ACTIVE": 0, "q=chattbot": 1, "q=%25": 1, "q=r_s": 1, "q=" + "Bygglov": 1, "tier=T1": 0,
		"org_unit=namnden": 2, "org_unit=" + h.Unit: 2, "stage=dpia": 0, "role=dpo": 0, "assignee=me": 0, "overdue=true": 0,
		"due_before=2027-01-01": 0, "due_before=2027-01-01T12:00:00%2B01:00": 0, "hard_stop=HS-01": 0, "ai_act_class=minimal": 0,
		"q=chattbot&state=DRAFT&org_unit=namnden": 1,
	} {
		l := h.list("owner", "/cases?include_total=true&"+query)
		if len(l.Items) != want || *l.Total != want {
			t.Errorf("%q finds %v", query, l.all("title"))
		}
	}
}

// TestDraftsAreSkipped walks the list of somebody who reads all cases but no
// drafts of others, where most of the list is drafts.
func TestDraftsAreSkipped(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for i := range 130 {
		as := "owner"
		if i%13 == 0 {
			as = "coordinator"
		}
		h.Draft(as, map[string]any{"title": fmt.Sprint(i)})
		h.Clock.Advance(time.Millisecond)
	}
	var got []string
	path := "/cases?limit=3&include_total=true"
	for path != "" {
		a := h.Get("coordinator", path).Want(http.StatusOK)
		var l list
		a.Into(&l)
		if *l.Total != 10 {
			t.Errorf("total %d", *l.Total)
		}
		got = append(got, l.all("title")...)
		path, _, _ = strings.Cut(strings.TrimPrefix(a.Header().Get("Link"), "<"), ">")
	}
	want := []string{"117", "104", "91", "78", "65", "52", "39", "26", "13", "0"}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := h.list("coordinator", "/cases?limit=2&offset=7").all("title"); !slices.Equal(got, want[7:9]) {
		t.Errorf("with an offset: %v", got)
	}
}

func TestIntake(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Ett ärende"})
	a := h.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	draft := a.Object()
	answers := draft["answers"].(map[string]any)
	if a.Header().Get("ETag") != `"1"` || answers["manager_id"] != h.People["manager"] || draft["triage"] != nil {
		t.Errorf("%v %v", a.Header(), draft)
	}
	if !strings.Contains(fmt.Sprint(draft["missing"]), "/answers/purpose_text") {
		t.Errorf("missing: %v", draft["missing"])
	}

	// What was read can be written as it is, and that changes nothing.
	h.Unchanged(func() {
		h.do(call{"PUT", "/cases/" + id + "/intake", "owner", map[string]any{"answers": answers}, `If-Match: "1"`}).Want(http.StatusOK)
	})
	for k, v := range map[string]any{
		"case_type": "new", "kind": "ai_service", "agent_traits": []string{}, "account_type": "organisation_licence",
		"openly_publishable": true, "personal_data": "none", "external_facing": "none", "decision_role": "none",
		"manager_id": "manager", "org_unit_id": "namnden", "governance_ref": "DI-2026-001",
	} {
		answers[k] = v
	}
	a = h.do(call{"PUT", "/cases/" + id + "/intake", "owner", map[string]any{"answers": answers}, `If-Match: "1"`}).Want(http.StatusOK)
	draft = a.Object()
	if a.Header().Get("ETag") != `"2"` || draft["revision"] != 2.0 || draft["form"] != "short_t1" {
		t.Errorf("%v %v", a.Header(), draft)
	}
	if got := draft["answers"].(map[string]any); got["manager_id"] != h.People["manager"] || got["org_unit_id"] != h.Unit {
		t.Errorf("handles and codes become ids: %v", got)
	}
	triage, _ := draft["triage"].(map[string]any)
	if result, _ := triage["result"].(map[string]any); result["tier"] != "T1" || result["outcome"] != "proceed" {
		t.Errorf("preview of triage: %v", draft["triage"])
	}
	h.Unchanged(func() {
		h.do(call{"PUT", "/cases/" + id + "/intake", "owner", map[string]any{"answers": answers}, `If-Match: "1"`}).Problem(http.StatusPreconditionFailed, "stale")
	})
	events := h.list("owner", "/cases/"+id+"/events")
	if got := events.all("kind"); !slices.Equal(got, []string{"created", "draft_saved"}) {
		t.Errorf("events %v", got)
	}
}

// TestIncompleteSubmission: what is missing is named, in both languages, and
// nothing happens.
func TestIncompleteSubmission(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Ett ärende", "purpose_text": "För kort"})
	messages := map[string]string{}
	h.Unchanged(func() {
		for _, language := range []string{"sv", "en"} {
			p := h.do(call{"POST", "/cases/" + id + "/submissions", "owner", `{"stage": "intake", "revision": 1}`,
				"If-Match: \"0\"\n" + key() + "\nAccept-Language: " + language}).Problem(http.StatusUnprocessableEntity, "invalid")
			codes := map[string]string{}
			for _, f := range p.Errors {
				codes[f.Pointer] = f.Code
				if f.Message == "" {
					t.Errorf("%s has no message", f.Pointer)
				}
			}
			if codes["/answers/purpose_text"] != "V-04" || codes["/answers/info_k"] != "V-07" || codes["/answers/kind"] != "V-01" {
				t.Errorf("faults: %v", codes)
			}
			messages[language] = p.Errors[0].Message
		}
	})
	if messages["sv"] == messages["en"] {
		t.Errorf("messages %v", messages)
	}
}

func TestEventsPage(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", nil)
	for i := range 4 {
		h.do(call{"PUT", "/cases/" + id + "/intake", "owner", fmt.Sprintf(`{"answers": {"title": "Titel nummer %d"}}`, i),
			fmt.Sprintf("If-Match: \"%d\"", i+1)}).Want(http.StatusOK)
	}
	first := h.list("owner", "/cases/"+id+"/events?limit=2&include_total=true")
	second := h.list("owner", "/cases/"+id+"/events?limit=2&cursor="+first.NextCursor)
	third := h.list("owner", "/cases/"+id+"/events?limit=2&offset=4")
	got := slices.Concat(first.all("seq"), second.all("seq"), third.all("seq"))
	if !slices.Equal(got, []string{"1", "2", "3", "4", "5"}) || *first.Total != 5 || third.NextCursor != "" {
		t.Errorf("events %v of %d", got, *first.Total)
	}
}

func TestMe(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	me := h.Get("manager", "/me").Want(http.StatusOK).Object()
	if me["id"] != h.People["manager"] || me["user"] != "manager" || me["org_unit"] != "namnden" || fmt.Sprint(me["roles"]) != "[manager]" {
		t.Errorf("me: %v", me)
	}
	unit := me["units"].([]any)[0].(map[string]any)
	if fmt.Sprint(unit["functions"]) != "[manager]" {
		t.Errorf("unit: %v", unit)
	}
}

// TestAnotherOrganisation asks for everything about a case as somebody of
// another organisation, with ids that exist.
func TestAnotherOrganisation(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Ett ärende"})
	h.Unchanged(func() {
		for path, item := range declared.Paths {
			if !strings.Contains(path, "{case_id}") {
				continue
			}
			path := strings.NewReplacer("{case_id}", id, "{condition_id}", model.NewID(), "{revision}", "1", "{stage}", "dpia").Replace(path)
			for method := range item {
				c := call{strings.ToUpper(method), path, "strange_admin", nil, "If-Match: \"0\"\n" + key()}
				if method != "get" {
					c.body = bodyFor(path)
				}
				h.do(c).Problem(http.StatusNotFound, "not_found")
			}
		}
	})
}

// bodyFor is a body that passes the checks of form.
func bodyFor(path string) string {
	switch {
	case strings.HasSuffix(path, "/intake"), strings.Contains(path, "/assessments/"), strings.Contains(path, "/records/"):
		return `{"answers": {}}`
	case strings.HasSuffix(path, "/records"):
		return `{"kind": "usage", "answers": {}}`
	case strings.HasSuffix(path, "/submissions"):
		return `{"stage": "intake", "revision": 1}`
	case strings.HasSuffix(path, "/verification"):
		return `{"outcome": "met", "evidence_note": "n"}`
	case strings.HasSuffix(path, "/waiver"):
		return `{"reason": "r", "decision_authority": "d"}`
	case strings.HasSuffix(path, "/remarks"):
		return `{"stage": "dpia", "text": "t", "severity": "to_fix"}`
	case strings.HasSuffix(path, "/reply"):
		return `{"reply": "r", "followed": true}`
	case strings.HasSuffix(path, "/comments"):
		return `{"text": "t"}`
	case strings.HasSuffix(path, "/attachments"):
		return "" // whose case it is, is asked before the form is read
	case strings.HasSuffix(path, "/raise"):
		return `{"requirement": "required", "reason": "r"}`
	case strings.HasSuffix(path, "/project-owner"):
		return `{"project_owner_id": "p", "reason": "left"}`
	case strings.HasSuffix(path, "/extension"):
		return `{"until": "2027-01-01", "reason": "r"}`
	case strings.HasSuffix(path, "/prior-consultation/events"):
		return `{"event": "received", "date": "2026-11-02"}`
	case strings.HasSuffix(path, "/interim-use"):
		return `{"allowed_until": "2027-01-01", "ipl": 0, "uses": ["u"], "reason": "r", "decision_authority": "d"}`
	case strings.HasSuffix(path, "/override"):
		return `{"reason": "r", "decision_authority": "d", "uses": ["u"]}`
	case strings.HasSuffix(path, "/changes"):
		return `{"triggers": ["RA-04"], "reason": "r"}`
	case strings.HasSuffix(path, "/decommissioning"):
		return `{"data": "none", "access_removed": true, "logs_archived": true, "reason": "r"}`
	}
	return `{"reason": "r"}`
}
