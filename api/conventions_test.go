package api_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/store"
)

// TestRefusedRequests is every way in which a request can be wrong before the
// rules of a case are asked. None of them leaves a trace.
func TestRefusedRequests(t *testing.T) {
	t.Parallel()
	whole := open(t, api.Options{})
	id := whole.Draft("owner", map[string]any{"title": "Ett ärende"})
	aCase, nobodys := "/cases/"+id, "/cases/"+model.NewID()
	decision := "/tasks/" + model.NewID() + "/decision"
	etag0, etag1 := "If-Match: \"0\"\n", "If-Match: \"1\"\n"
	large := `{"answers": {"summary": "` + strings.Repeat("å", 600_000) + `"}}`
	const waiver = `{"reason": "r", "decision_authority": "d"}`
	tests := []struct {
		name string
		call
		status  int
		code    string
		pointer string // of the one fault, "" for no faults
	}{
		{"no token", call{"GET", "/cases", "", nil, ""}, 401, "unauthenticated", ""},
		{"another scheme", call{"GET", "/cases", "", nil, "Authorization: Basic Zm9vOmJhcg=="}, 401, "unauthenticated", ""},
		{"no such token", call{"GET", "/cases", "", nil, "Authorization: Bearer sluss_" + strings.Repeat("a", 43)}, 401, "unauthenticated", ""},
		{"no token on an unknown path", call{"GET", "/nothing", "", nil, ""}, 404, "not_found", ""},

		{"unknown path", call{"GET", "/nothing", "owner", nil, ""}, 404, "not_found", ""},
		{"trailing slash", call{"GET", "/cases/", "owner", nil, ""}, 404, "not_found", ""},
		{"double slash", call{"GET", "/api/v1//cases", "owner", nil, ""}, 404, "not_found", ""},
		{"dots", call{"GET", "/api/v1/x/../cases", "owner", nil, ""}, 404, "not_found", ""},
		{"no id", call{"GET", "/cases/1", "owner", nil, ""}, 404, "not_found", ""},
		{"id in capitals", call{"GET", "/cases/" + strings.ToUpper(id), "owner", nil, ""}, 404, "not_found", ""},
		{"no such case", call{"GET", nobodys, "owner", nil, ""}, 404, "not_found", ""},
		{"somebody else's draft", call{"GET", aCase, "other", nil, ""}, 404, "not_found", ""},
		{"another organisation's case", call{"GET", aCase, "stranger", nil, ""}, 404, "not_found", ""},
		{"another organisation's case as administrator", call{"GET", aCase + "/intake", "strange_admin", nil, ""}, 404, "not_found", ""},
		{"no such task", call{"GET", "/tasks/" + model.NewID(), "dpo", nil, ""}, 404, "not_found", ""},
		{"no such revision", call{"GET", aCase + "/revisions/1", "owner", nil, ""}, 404, "not_found", ""},
		{"no such rulebook", call{"GET", "/rulebooks/se-stat", "owner", nil, ""}, 404, "not_found", ""},
		{"no such questionnaire", call{"GET", "/rulebooks/se-kommun/questionnaires/x", "owner", nil, ""}, 404, "not_found", ""},
		{"no such preview", call{"POST", "/previews/horoscope", "owner", "{}", ""}, 404, "not_found", ""},

		{"no such stage", call{"GET", aCase + "/assessments/dance", "owner", nil, ""}, 404, "not_found", ""},
		{"a stage without an assessment", call{"GET", aCase + "/assessments/re_examination", "owner", nil, ""}, 404, "not_found", ""},
		{"a stage that the case does not have", call{"GET", aCase + "/assessments/dpia", "owner", nil, ""}, 404, "not_found", ""},
		{"the assessment of another's draft", call{"GET", aCase + "/assessments/manager", "other", nil, ""}, 404, "not_found", ""},
		{"an assessment before the case is submitted", call{"POST", aCase + "/submissions", "owner", `{"stage": "dpia", "revision": 1}`, etag0 + key()}, 404, "not_found", ""},
		{"no such condition to waive", call{"POST", aCase + "/conditions/" + model.NewID() + "/waiver", "owner", waiver, etag0 + key()}, 404, "not_found", ""},
		{"no such advice", call{"POST", "/advice/" + model.NewID() + "/withdrawal", "dpo", nil, key()}, 404, "not_found", ""},

		{"unknown method", call{"DELETE", aCase, "owner", nil, ""}, 405, "method_not_allowed", ""},
		{"made up method", call{"BREW", "/cases", "owner", nil, ""}, 405, "method_not_allowed", ""},
		{"options", call{"OPTIONS", "/cases", "owner", nil, ""}, 405, "method_not_allowed", ""},

		{"another content type", call{"POST", "/cases", "owner", "{}", key() + "\nContent-Type: text/plain"}, 415, "unsupported_media_type", ""},
		{"a form", call{"POST", "/cases", "owner", "a=b", key() + "\nContent-Type: application/x-www-form-urlencoded"}, 415, "unsupported_media_type", ""},
		{"another charset", call{"POST", "/cases", "owner", "{}", key() + "\nContent-Type: application/json; charset=latin1"}, 415, "unsupported_media_type", ""},
		{"too large", call{"POST", "/cases", "owner", large, key()}, 413, "payload_too_large", ""},
		{"broken JSON", call{"POST", "/cases", "owner", `{"answers": `, key()}, 400, "malformed", ""},
		{"a name twice", call{"POST", "/cases", "owner", `{"answers": {}, "answers": {}}`, key()}, 400, "malformed", ""},
		{"a null character", call{"POST", "/cases", "owner", `{"answers": {"title": "a\u0000b"}}`, key()}, 400, "malformed", ""},
		{"invalid UTF-8", call{"POST", "/cases", "owner", "{\"answers\": {\"title\": \"\xff\"}}", key()}, 400, "malformed", ""},
		{"no body", call{"POST", aCase + "/withdrawal", "owner", nil, etag0 + key()}, 400, "malformed", ""},
		{"a null character in the query", call{"GET", "/cases?q=%00", "owner", nil, ""}, 400, "malformed", ""},
		{"half an escape in the query", call{"GET", "/cases?q=%C3", "owner", nil, ""}, 400, "malformed", ""},

		{"no key", call{"POST", "/cases", "owner", "{}", ""}, 400, "idempotency_key_missing", ""},
		{"an empty key", call{"POST", "/cases", "owner", "{}", "Idempotency-Key:  "}, 400, "idempotency_key_missing", ""},
		{"a long key", call{"POST", "/cases", "owner", "{}", "Idempotency-Key: " + strings.Repeat("k", 256)}, 400, "idempotency_key_missing", ""},
		{"no key to decide", call{"POST", decision, "dpo", "{}", etag1}, 400, "idempotency_key_missing", ""},
		{"no precondition to save", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, ""}, 428, "precondition_required", ""},
		{"no precondition to submit", call{"POST", aCase + "/submissions", "owner", "{}", key()}, 428, "precondition_required", ""},
		{"no precondition to decide", call{"POST", decision, "dpo", "{}", key()}, 428, "precondition_required", ""},
		{"no precondition to claim", call{"PUT", "/tasks/" + model.NewID() + "/assignment", "dpo", "{}", ""}, 428, "precondition_required", ""},
		{"no key to give advice", call{"POST", "/advice", "dpo", advice(""), ""}, 400, "idempotency_key_missing", ""},
		{"no key to waive", call{"POST", aCase + "/conditions/" + model.NewID() + "/waiver", "ciso", waiver, etag0}, 400, "idempotency_key_missing", ""},
		{"no precondition to save an assessment", call{"PUT", aCase + "/assessments/dpia", "owner", `{"answers": {}}`, ""}, 428, "precondition_required", ""},
		{"no precondition to waive", call{"POST", aCase + "/conditions/" + model.NewID() + "/waiver", "ciso", waiver, key()}, 428, "precondition_required", ""},
		{"any version of an assessment", call{"PUT", aCase + "/assessments/dpia", "owner", `{"answers": {}}`, "If-Match: *"}, 412, "stale", ""},
		{"any version", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, "If-Match: *"}, 412, "stale", ""},
		{"a weak tag", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, `If-Match: W/"1"`}, 412, "stale", ""},
		{"no tag", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, `If-Match: 1`}, 412, "stale", ""},
		{"a number written otherwise", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, `If-Match: "01"`}, 412, "stale", ""},
		{"an old tag", call{"PUT", aCase + "/intake", "owner", `{"answers": {}}`, `If-Match: "7"`}, 412, "stale", ""},
		{"an old version", call{"POST", aCase + "/withdrawal", "owner", `{"reason": "r"}`, etag1 + key()}, 412, "stale", ""},
		{"an old revision", call{"POST", aCase + "/submissions", "owner", `{"stage": "intake", "revision": 9}`, etag0 + key()}, 412, "stale", ""},

		{"may not open", call{"POST", "/cases", "dpo", "{}", key()}, 403, "forbidden", ""},
		{"the auditor writes nothing", call{"POST", "/cases", "auditor", "{}", key()}, 403, "forbidden", ""},
		{"not the owner", call{"PUT", aCase + "/intake", "admin", `{"answers": {}}`, etag1}, 403, "forbidden", ""},
		{"not the owner withdraws", call{"POST", aCase + "/withdrawal", "admin", `{"reason": "r"}`, etag0 + key()}, 403, "forbidden", ""},
		{"not the system owner", call{"POST", aCase + "/activation", "owner", nil, etag0 + key()}, 403, "forbidden", ""},

		{"only administrators reconcile", call{"POST", "/reconciliations", "owner", nil, key()}, 403, "forbidden", ""},
		{"no key to reconcile", call{"POST", "/reconciliations", "admin", nil, ""}, 400, "idempotency_key_missing", ""},
		{"reconcile after no case", call{"POST", "/reconciliations", "admin", `{"after": "x"}`, key()}, 422, "invalid", "/after"},
		{"only the DPO gives standing advice", call{"POST", "/advice", "legal", advice(""), key()}, 403, "forbidden", ""},
		{"only the DPO withdraws it", call{"POST", "/advice/" + model.NewID() + "/withdrawal", "admin", nil, key()}, 403, "forbidden", ""},

		{"an assessment without answers", call{"PUT", aCase + "/assessments/dpia", "owner", `{}`, etag0}, 422, "invalid", "/answers"},
		{"a waiver without a reason", call{"POST", aCase + "/conditions/" + model.NewID() + "/waiver", "ciso", `{"reason": "", "decision_authority": "d"}`, etag0 + key()}, 422, "invalid", "/reason"},
		{"a waiver without authority", call{"POST", aCase + "/conditions/" + model.NewID() + "/waiver", "ciso", `{"reason": "r"}`, etag0 + key()}, 422, "invalid", "/decision_authority"},
		{"advice without words", call{"POST", "/advice", "dpo", advice(`"text": ""`), key()}, 422, "invalid", "/text"},
		{"advice against", call{"POST", "/advice", "dpo", advice(`"value": "advises_against"`), key()}, 422, "invalid", "/value"},
		{"advice on much personal data", call{"POST", "/advice", "dpo", advice(`"scope": {"personal_data": ["yes"], "max_ipl": 1, "data_subject_groups": []}`), key()}, 422, "invalid", "/scope/personal_data/0"},
		{"advice on more than there is", call{"POST", "/advice", "dpo", advice(`"scope": {"personal_data": ["incidental"], "max_ipl": 9, "data_subject_groups": []}`), key()}, 422, "invalid", "/scope/max_ipl"},
		{"advice until no day", call{"POST", "/advice", "dpo", advice(`"valid_until": "2027-02-30"`), key()}, 422, "invalid", "/valid_until"},
		{"advice for ever", call{"POST", "/advice", "dpo", advice(`"valid_until": "2040-01-01"`), key()}, 422, "invalid", "/valid_until"},
		{"advice that has ended", call{"POST", "/advice", "dpo", advice(`"valid_until": "2026-01-01"`), key()}, 422, "invalid", "/valid_until"},
		{"half a second part", call{"POST", decision, "dpo", `{"outcome": "supports", "revision": 1, "joint": {"revision": 1}}`, etag1 + key()}, 422, "invalid", "/joint/outcome"},
		{"a second part on nothing", call{"POST", decision, "dpo", `{"outcome": "supports", "revision": 1, "joint": {"outcome": "supports", "revision": 0}}`, etag1 + key()}, 422, "invalid", "/joint/revision"},
		{"answers of a decision that are a list", call{"POST", decision, "dpo", `{"outcome": "supports", "revision": 1, "answers": []}`, etag1 + key()}, 422, "invalid", "/answers"},

		{"unknown member", call{"POST", "/cases", "owner", `{"answer": {}}`, key()}, 422, "invalid", "/answer"},
		{"a member in other case", call{"POST", "/cases", "owner", `{"Answers": {}}`, key()}, 422, "invalid", "/Answers"},
		{"unknown answer", call{"POST", "/cases", "owner", `{"answers": {"tittle": "x"}}`, key()}, 422, "invalid", "/answers/tittle"},
		{"an answer of another type", call{"PUT", aCase + "/intake", "owner", `{"answers": {"info_k": "high"}}`, etag1}, 422, "invalid", "/answers/info_k"},
		{"an answer outside its values", call{"PUT", aCase + "/intake", "owner", `{"answers": {"kind": "robot"}}`, etag1}, 422, "invalid", "/answers/kind"},
		{"an unknown person", call{"PUT", aCase + "/intake", "owner", `{"answers": {"manager_id": "nobody"}}`, etag1}, 422, "invalid", "/answers/manager_id"},
		{"another organisation's person", call{"PUT", aCase + "/intake", "owner", `{"answers": {"manager_id": "stranger"}}`, etag1}, 422, "invalid", "/answers/manager_id"},
		{"answers that are no object", call{"PUT", aCase + "/intake", "owner", `{"answers": []}`, etag1}, 422, "invalid", "/answers"},
		{"no answers", call{"PUT", aCase + "/intake", "owner", `{}`, etag1}, 422, "invalid", "/answers"},
		{"null for answers", call{"PUT", aCase + "/intake", "owner", `{"answers": null}`, etag1}, 422, "invalid", "/answers"},
		{"no object", call{"PUT", aCase + "/intake", "owner", `[]`, etag1}, 422, "invalid", ""},
		{"no reason", call{"POST", aCase + "/withdrawal", "owner", `{"reason": ""}`, etag0 + key()}, 422, "invalid", "/reason"},
		{"a long reason", call{"POST", aCase + "/withdrawal", "owner", `{"reason": "` + strings.Repeat("å", 4001) + `"}`, etag0 + key()}, 422, "invalid", "/reason"},
		{"another stage", call{"POST", aCase + "/submissions", "owner", `{"stage": "dance", "revision": 1}`, etag0 + key()}, 422, "invalid", "/stage"},
		{"a stage that nobody prepares", call{"POST", aCase + "/submissions", "owner", `{"stage": "ciso", "revision": 1}`, etag0 + key()}, 422, "invalid", "/stage"},
		{"revision 0", call{"POST", aCase + "/submissions", "owner", `{"stage": "intake", "revision": 0}`, etag0 + key()}, 422, "invalid", "/revision"},
		{"half a revision", call{"POST", aCase + "/submissions", "owner", `{"stage": "intake", "revision": 1.5}`, etag0 + key()}, 422, "invalid", "/revision"},
		{"a code with a space", call{"POST", decision, "dpo", `{"outcome": "return", "revision": 1, "reason_codes": ["a b"]}`, etag1 + key()}, 422, "invalid", "/reason_codes/0"},
		{"a code twice", call{"POST", decision, "dpo", `{"outcome": "return", "revision": 1, "reason_codes": ["a", "a"]}`, etag1 + key()}, 422, "invalid", "/reason_codes"},
		{"a condition without owner", call{"POST", decision, "dpo", `{"outcome": "approve_with_conditions", "revision": 1, "conditions": [
			{"text_sv": "t", "verification": "v", "consequence": "c", "due_kind": "before_use"}]}`, etag1 + key()}, 422, "invalid", "/conditions/0/owner_role"},
		{"a date that does not exist", call{"POST", decision, "dpo", `{"outcome": "approve_with_conditions", "revision": 1, "conditions": [
			{"text_sv": "t", "owner_role": "manager", "verification": "v", "consequence": "c", "due_kind": "date", "due_date": "2026-02-30"}]}`, etag1 + key()}, 422, "invalid", "/conditions/0/due_date"},
		{"nobody to assign to", call{"PUT", "/tasks/" + model.NewID() + "/assignment", "dpo", `{}`, etag1}, 422, "invalid", "/assignee"},
		{"nobody in particular to assign to", call{"PUT", "/tasks/" + model.NewID() + "/assignment", "dpo", `{"assignee": ""}`, etag1}, 422, "invalid", "/assignee"},
		{"a condition that is not met", call{"POST", aCase + "/conditions/" + model.NewID() + "/verification", "info", `{"outcome": "waived", "evidence_note": "n"}`, etag0 + key()}, 422, "invalid", "/outcome"},

		{"unknown parameter", call{"GET", "/cases?sate=DRAFT", "owner", nil, ""}, 422, "invalid", "/sate"},
		{"a parameter where there are none", call{"GET", "/me?x=1", "owner", nil, ""}, 422, "invalid", "/x"},
		{"a parameter where nobody signs in", call{"GET", "/api-info?x=1", "", nil, ""}, 422, "invalid", "/x"},
		{"a year beyond the calendar", call{"GET", "/overrides?year=3000", "admin", nil, ""}, 422, "invalid", "/year"},
		{"a yearly report beyond the calendar", call{"GET", "/yearly-report?year=3000", "admin", nil, ""}, 422, "invalid", "/year"},
		{"a broken query for the contract", call{"GET", "/openapi.json?%zz", "", nil, ""}, 400, "malformed", ""},
		{"unknown state", call{"GET", "/cases?state=draft", "owner", nil, ""}, 422, "invalid", "/state"},
		{"unknown stage", call{"GET", "/cases?stage=first", "owner", nil, ""}, 422, "invalid", "/stage"},
		{"unknown role", call{"GET", "/tasks?role=boss", "owner", nil, ""}, 422, "invalid", "/role"},
		{"no code", call{"GET", "/cases?hard_stop=HS%2001", "owner", nil, ""}, 422, "invalid", "/hard_stop"},
		{"a long question", call{"GET", "/cases?q=" + strings.Repeat("q", 201), "owner", nil, ""}, 422, "invalid", "/q"},
		{"unknown tier", call{"GET", "/cases?tier=T9", "owner", nil, ""}, 422, "invalid", "/tier"},
		{"unknown unit", call{"GET", "/cases?org_unit=x", "owner", nil, ""}, 422, "invalid", "/org_unit"},
		{"no time", call{"GET", "/cases?due_before=soon", "owner", nil, ""}, 422, "invalid", "/due_before"},
		{"no truth value", call{"GET", "/cases?overdue=perhaps", "owner", nil, ""}, 422, "invalid", "/overdue"},
		{"limit 0", call{"GET", "/cases?limit=0", "owner", nil, ""}, 422, "invalid", "/limit"},
		{"limit 101", call{"GET", "/cases?limit=101", "owner", nil, ""}, 422, "invalid", "/limit"},
		{"limit in words", call{"GET", "/tasks?limit=many", "owner", nil, ""}, 422, "invalid", "/limit"},
		{"offset beyond", call{"GET", "/cases?offset=10001", "owner", nil, ""}, 422, "invalid", "/offset"},
		{"offset below", call{"GET", "/cases?offset=-1", "owner", nil, ""}, 422, "invalid", "/offset"},
		{"a made up cursor", call{"GET", "/cases?cursor=abc", "owner", nil, ""}, 422, "invalid", "/cursor"},
		{"half a revision in the path", call{"GET", aCase + "/revisions/x", "owner", nil, ""}, 422, "invalid", "/revision"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := house{new(apitest.House)}
			*h.House = *whole.House
			h.T = t
			h.Unchanged(func() {
				for _, language := range []string{"sv", "en"} {
					c := test.call
					c.header += "\nAccept-Language: " + language
					p := h.do(c).Problem(test.status, test.code)
					checkFaults(t, p, test.pointer)
				}
			})
		})
	}
}

// advice is standing advice as it is sent, with one member written otherwise.
func advice(change string) string {
	members := []string{
		`"title": "Skrivhjälp"`, `"text": "Inga invändningar."`, `"value": "supports"`, `"valid_until": "2027-10-31"`,
		`"scope": {"personal_data": ["incidental"], "max_ipl": 1, "data_subject_groups": ["employees"]}`,
	}
	name, _, _ := strings.Cut(change, ":")
	members = slices.DeleteFunc(members, func(m string) bool { return name != "" && strings.HasPrefix(m, name+":") })
	if change != "" {
		members = append(members, change)
	}
	return "{" + strings.Join(members, ", ") + "}"
}

func checkFaults(t *testing.T, p api.Problem, pointer string) {
	t.Helper()
	if p.Status != http.StatusUnprocessableEntity {
		if len(p.Errors) > 0 {
			t.Errorf("faults %+v", p.Errors)
		}
		return
	}
	if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer {
		t.Fatalf("faults %+v, want one at %s", p.Errors, pointer)
	}
	if f := p.Errors[0]; f.Code == "" || f.Message == "" || f.Code == "invalid" {
		t.Errorf("fault %+v", f)
	}
}

// TestFaultsAreJoined sends a body with faults that huma finds, the validator
// finds and both find: each place is named once.
func TestFaultsAreJoined(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	body := `{"outcome": 5, "revision": "two", "extra": 1, "motivation": "` + strings.Repeat("m", 4001) + `",
		"reason_codes": ["x", "x"], "conditions": [{"text_sv": ""}]}`
	p := h.do(call{"POST", "/tasks/" + model.NewID() + "/decision", "dpo", body, "If-Match: \"1\"\n" + key() + "\nAccept-Language: en"}).
		Problem(http.StatusUnprocessableEntity, "invalid")
	got := map[string]string{}
	for _, f := range p.Errors {
		if got[f.Pointer] != "" {
			t.Errorf("%s is named twice", f.Pointer)
		}
		got[f.Pointer] = f.Code
		if strings.Contains(f.Message, "two") || strings.Contains(f.Message, "mmm") {
			t.Errorf("the message repeats what was sent: %s", f.Message)
		}
	}
	for pointer, code := range map[string]string{
		"/outcome": "text", "/revision": "integer", "/extra": "unknown_name", "/motivation": "max",
		"/reason_codes": "unique", "/conditions/0/text_sv": "required", "/conditions/0/owner_role": "required",
		"/conditions/0/due_kind": "required",
	} {
		if got[pointer] != code {
			t.Errorf("%s: %q, want %q", pointer, got[pointer], code)
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	for header, want := range map[string]string{"": "sv", "en-GB, sv;q=0.5": "en", "de": "sv"} {
		a := h.do(call{"GET", "/cases/x", "owner", nil, "Accept-Language: " + header})
		p := a.Problem(http.StatusNotFound, "not_found")
		if got := a.Header().Get("Content-Language"); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
		if title := map[string]string{"sv": "Finns inte", "en": "Not found"}[want]; p.Title != title {
			t.Errorf("%q: title %q", header, p.Title)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", nil)
	for _, path := range []string{"/cases/" + id, "/cases", "/tasks", "/cases/" + id + "/intake", "/nothing"} {
		head := h.Get("owner", path).Header()
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
		} {
			if got := head.Get(name); got != want {
				t.Errorf("%s %s: %q, want %q", path, name, got, want)
			}
		}
	}
	if allow := h.do(call{"DELETE", "/cases", "owner", nil, ""}).Header().Get("Allow"); allow != "GET, HEAD, POST" {
		t.Errorf("Allow: %q", allow)
	}
	for as, want := range map[string]string{"": `Bearer realm="sluss"`, "nobody": `Bearer realm="sluss", error="invalid_token"`} {
		if got := h.Get(as, "/me").Header().Get("WWW-Authenticate"); got != want {
			t.Errorf("WWW-Authenticate: %q, want %q", got, want)
		}
	}
	if a := h.do(call{"HEAD", "/cases/" + id, "owner", nil, ""}); a.Code != http.StatusOK || a.Header().Get("ETag") != `"0"` {
		t.Errorf("HEAD: %d %v", a.Code, a.Header())
	}
}

// TestTokens: only a token for the API that holds lets somebody in.
func TestTokens(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	issue := func(purpose string, life time.Duration) store.Token {
		secret, hash := authn.NewSecret()
		token := store.Token{
			OrgID: apitest.Org, ID: model.NewID(), PersonID: h.People["owner"], Label: "test", Purpose: purpose, Hash: hash,
			CreatedAt: apitest.Monday, ExpiresAt: apitest.Monday.Add(life),
		}
		if err := h.Store.AddToken(t.Context(), token); err != nil {
			t.Fatal(err)
		}
		h.Tokens[token.ID] = secret
		return token
	}
	good, link, short := issue(store.PurposeAPI, time.Hour), issue(store.PurposeSignIn, time.Hour), issue(store.PurposeAPI, time.Minute)
	h.Get(good.ID, "/me").Want(http.StatusOK)
	h.Get(short.ID, "/me").Want(http.StatusOK)
	h.Get(link.ID, "/me").Problem(http.StatusUnauthorized, "unauthenticated")
	h.do(call{"GET", "/me?access_token=" + h.Tokens[good.ID], "", nil, ""}).Problem(http.StatusUnauthorized, "unauthenticated")
	h.Clock.Advance(time.Minute)
	h.Get(short.ID, "/me").Problem(http.StatusUnauthorized, "unauthenticated")
	if err := h.Store.RevokeToken(t.Context(), apitest.Org, good.ID, h.Clock.Now()); err != nil {
		t.Fatal(err)
	}
	h.Get(good.ID, "/me").Problem(http.StatusUnauthorized, "unauthenticated")
}

// TestBodyOfUnknownLength reads no more of a body than is allowed, also when
// nobody says how long it is.
func TestBodyOfUnknownLength(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	send := func(body io.Reader) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/api/v1/cases", struct{ io.Reader }{body})
		for name, value := range map[string]string{
			"Content-Type": "application/json", "Authorization": "Bearer " + h.Tokens["owner"], "Idempotency-Key": model.NewID(),
		} {
			r.Header.Set(name, value)
		}
		w := httptest.NewRecorder()
		h.Handler.ServeHTTP(w, r)
		return w
	}
	if w := send(strings.NewReader(`{"answers": {}}`)); w.Code != http.StatusCreated {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	h.Unchanged(func() {
		for body, code := range map[string]string{
			`{"answers": {"summary": "` + strings.Repeat("a", 2<<20): "payload_too_large",
			`{"answers": {"summary": "`:                              "malformed",
		} {
			if w := send(strings.NewReader(body)); !strings.Contains(w.Body.String(), `"code":"`+code+`"`) {
				t.Errorf("want %s: %d %s", code, w.Code, w.Body)
			}
		}
		if w := send(io.MultiReader(strings.NewReader(`{"answers"`), iotest.ErrReader(io.ErrUnexpectedEOF))); w.Code != http.StatusBadRequest {
			t.Errorf("a body that ends: %d %s", w.Code, w.Body)
		}
	})
}

// TestOpenRoutes: nothing is readable without a token but these.
func TestOpenRoutes(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	open := map[string]bool{"/api/v1/api-info": true, "/api/v1/openapi.json": true, "/livez": true, "/readyz": true}
	for path := range open {
		h.Get("", path).Want(http.StatusOK)
		h.Get("nobody", path).Want(http.StatusOK)
	}
	// The register shows what is public, and asks whose it is: TestPublicRegister.
	open["/api/v1/register"], open["/api/v1/register/{entry_id}"] = true, true
	for path, item := range declared.Paths {
		for method := range item {
			if open[path] {
				continue
			}
			path := strings.NewReplacer("{case_id}", model.NewID(), "{task_id}", model.NewID(), "{condition_id}", model.NewID(),
				"{id}", "se-kommun", "{name}", "intake", "{revision}", "1", "{stage}", "dpia").Replace(path)
			h.do(call{strings.ToUpper(method), path, "", nil, ""}).Problem(http.StatusUnauthorized, "unauthenticated")
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{Limits: api.Limits{Person: 5, Address: 3}})
	count := func(as, path string, status int) (n int) {
		for range 10 {
			a := h.Get(as, path)
			if a.Code == status {
				n++
				continue
			}
			a.Problem(http.StatusTooManyRequests, "too_many_requests")
			if after := a.Header().Get("Retry-After"); after == "" || after == "0" {
				t.Errorf("Retry-After: %q", after)
			}
		}
		return n
	}
	if n := count("owner", "/me", 200); n != 5 {
		t.Errorf("%d requests of a person let through", n)
	}
	if n := count("dpo", "/me", 200); n != 5 {
		t.Errorf("%d requests of another person let through", n)
	}
	if n := count("", "/me", 401); n != 3 {
		t.Errorf("%d requests without a token let through", n)
	}
	if n := count("nobody", "/api/v1/api-info", 200); n != 0 {
		t.Errorf("%d requests let through from an address that has none left", n)
	}
	if n := count("", "/livez", 200); n != 10 {
		t.Errorf("%d questions for health let through", n)
	}
	h.Clock.Advance(time.Minute)
	if n := count("owner", "/me", 200); n != 5 {
		t.Errorf("%d requests let through a minute later", n)
	}
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	failing := open(t, api.Options{Ready: func(context.Context) []api.ReadyCheck {
		return []api.ReadyCheck{{Name: "database"}, {Name: "engine", Code: api.ReadyUnreachable, Err: errors.New("secret detail")}}
	}})
	p := failing.Get("", "/readyz").Problem(http.StatusServiceUnavailable, "unavailable")
	if len(p.Checks) != 2 || !p.Checks[0].OK || p.Checks[1].OK || p.Checks[1].Name != "engine" || p.Checks[1].Code != api.ReadyUnreachable {
		t.Errorf("checks %+v", p.Checks)
	}
	failing.Get("", "/livez").Want(http.StatusOK)
	if strings.Contains(failing.Log.String(), "secret detail") {
		t.Error("the log quotes the error")
	}

	panicking := open(t, api.Options{Ready: func(context.Context) []api.ReadyCheck { panic("secret detail") }})
	panicking.Get("", "/readyz").Problem(http.StatusInternalServerError, "internal")
	log := panicking.Log.String()
	if strings.Contains(log, "secret detail") || !strings.Contains(log, "request panicked") {
		t.Errorf("log of a panic: %s", log)
	}
}

// TestLogHoldsNoValues sends things that must not be logged.
func TestLogHoldsNoValues(t *testing.T) {
	t.Parallel()
	h := open(t, api.Options{})
	id := h.Draft("owner", map[string]any{"title": "Hemlig titel"})
	h.Get("owner", "/cases?q=Hemlig")
	h.Get("owner", "/cases/Hemlig")
	h.do(call{"POST", "/cases/" + id + "/withdrawal", "owner", `{"reason": 5, "Hemlig": 1}`, "If-Match: \"0\"\n" + key()})
	h.do(call{"HEMLIG", "/cases", "owner", nil, ""})
	log := h.Log.String()
	for _, secret := range []string{"emlig", "EMLIG", h.Tokens["owner"], "Namn owner"} {
		if strings.Contains(log, secret) {
			t.Errorf("the log holds %q:\n%s", secret, log)
		}
	}
	if !strings.Contains(log, `"route":"POST /api/v1/cases/{case_id}/withdrawal","status":422,"code":"invalid"`) ||
		!strings.Contains(log, `"actor_id":"`+h.People["owner"]+`"`) {
		t.Errorf("log:\n%s", log)
	}
}
