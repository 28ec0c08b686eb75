//go:build !slim

package apitest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/api"
	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model/audit"
	"sluss/model/calendar"
	"sluss/workflows"
	"sluss/workflows/contract"
)

type m = map[string]any

// office is a house whose cases are carried by a real engine.
type office struct {
	*apitest.House
	// record says where another house of the same kind keeps its record.
	record func(testing.TB) string
}

// in gives the office to a test of its own.
func (o office) in(t *testing.T) office {
	return office{o.In(t), o.record}
}

func openOffice(t *testing.T) office {
	t.Helper()
	return officeOn(t, enginetest.Shared(t))
}

// officeOn opens an office whose cases are carried by an engine of its own.
func officeOn(t *testing.T, e *engine.Engine) office {
	t.Helper()
	c := enginetest.Client(t, e)
	h := apitest.Open(t, api.Options{}, c)
	w := worker.New(c, contract.TaskQueue, activities.WorkerOptions(h.Store.WriteConns()))
	workflows.Register(w)
	(&activities.Activities{Store: h.Store, Clock: h.Clock}).Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return office{h, apitest.RecordFile}
}

// answers are the answers of a complete intake that break no rule, with changes.
func (o office) answers(parts []string, changes m) m {
	o.T.Helper()
	text, err := os.ReadFile("../../model/rulebook/testdata/intakes.json")
	if err != nil {
		o.T.Fatal(err)
	}
	var file map[string]json.RawMessage
	if err := json.Unmarshal(text, &file); err != nil {
		o.T.Fatal(err)
	}
	out := m{}
	for _, part := range parts {
		var answers m
		if err := json.Unmarshal(file[part], &answers); err != nil {
			o.T.Fatal(err)
		}
		maps.Copy(out, answers)
	}
	for field, handle := range map[string]string{
		"project_owner_id": "owner", "manager_id": "manager", "accountable_person_id": "manager",
		"information_owner_id": "info", "system_owner_id": "system",
	} {
		out[field] = handle
	}
	out["org_unit_id"], out["covered_unit_ids"] = "namnden", []string{"namnden"}
	out["planned_start"] = calendar.Today(o.Clock.Now()).AddDays(7).String()
	maps.Copy(out, changes)
	return out
}

// post does an act on a case or a task.
func (o office) post(as, path, etag string, body any) apitest.Answer {
	o.T.Helper()
	return o.Do(apitest.Call{Method: http.MethodPost, Path: path, As: as, Body: body, Header: "If-Match: " + etag + "\n" + apitest.Key()})
}

// submitted opens a case and sends it in.
func (o office) submitted(parts []string, changes m) (id string) {
	o.T.Helper()
	id = o.Draft("owner", o.answers(parts, changes))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	return id
}

func (o office) status(id string) m {
	o.T.Helper()
	return o.Get("owner", "/cases/"+id).Want(http.StatusOK).Object()
}

// etag is the present entity tag of something.
func (o office) etag(as, path string) string {
	o.T.Helper()
	return o.Get(as, path).Want(http.StatusOK).Header().Get("ETag")
}

// task is the path of the open task of a stage and kind.
func (o office) task(id, stage, kind string) string {
	o.T.Helper()
	for _, s := range o.status(id)["stages"].([]any) {
		if s := s.(m); s["key"] == stage {
			for _, t := range s["tasks"].([]any) {
				if t := t.(m); t["kind"] == kind && t["status"] == "open" {
					return "/tasks/" + t["task_id"].(string)
				}
			}
		}
	}
	o.T.Fatalf("no open task %s.%s", stage, kind)
	return ""
}

// decide answers a task as it stands, with its form filled in.
func (o office) decide(as, task string, body m) apitest.Answer {
	o.T.Helper()
	return o.Decide(as, task, body, nil)
}

// inbox are the tasks that somebody has or may take, of one case.
func (o office) inbox(as, id string) []m {
	o.T.Helper()
	var l struct {
		Items []m `json:"items"`
	}
	o.Get(as, "/tasks?assignee=me&limit=100").Want(http.StatusOK).Into(&l)
	return slices.DeleteFunc(l.Items, func(t m) bool { return t["case_id"] != id })
}

func ruleIDs(p api.Problem) []string {
	ids := []string{}
	for _, r := range p.Rules {
		ids = append(ids, r.ID)
	}
	return ids
}

// condition is a complete condition.
func condition(changes m) m {
	c := m{
		"text_sv": "Utbilda användarna", "text_en": "Train the users", "owner_role": "system_owner", "verifier_role": "ciso",
		"verification": "Deltagarlista", "consequence": "Får inte tas i bruk", "due_kind": "before_use",
	}
	maps.Copy(c, changes)
	return c
}

// TestCases takes cases through the engine, all in one office.
func TestCases(t *testing.T) {
	o := openOffice(t)
	for name, test := range map[string]func(office){
		"from draft to use":              office.fromDraftToUse,
		"returned and sent in again":     office.returnedAndSentInAgain,
		"stopped by a rule":              office.stoppedByRule,
		"withdrawn":                      office.withdrawn,
		"raised":                         office.raised,
		"personal data":                  office.personalData,
		"the same request many times":    office.sameRequestManyTimes,
		"many requests for one decision": office.manyRequestsForOneDecision,
		"claimed and released":           office.claimedAndReleased,
		"similar cases":                  office.similarCases,
		"last decision of another stage": office.lastDecisionOfAnotherStage,
		"many submissions of one draft":  office.manySubmissionsOfOneDraft,
		"listed is what can be read":     office.listedIsWhatCanBeRead,
		"evidence":                       office.evidence,
		"what is missing is asked":       office.whatIsMissingIsAsked,
		"every stage":                    office.everyStage,
		"remarks and replies":            office.remarksAndReplies,
		"reasons of replies":             office.reasonsOfReplies,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(o.in(t))
		})
	}
}

func (o office) fromDraftToUse() {
	t := o.T
	id := o.Draft("owner", o.answers([]string{"base"}, nil))
	submission := apitest.Call{
		Method: http.MethodPost, Path: "/cases/" + id + "/submissions", As: "owner",
		Body: m{"stage": "intake", "revision": 1}, Header: "If-Match: \"0\"\n" + apitest.Key(),
	}
	a := o.Do(submission).Want(http.StatusOK)
	receipt := a.Object()
	if a.Header().Get("ETag") != `"1"` || receipt["state"] != "MANAGER_REVIEW" || receipt["registry_no"] == nil {
		t.Errorf("%v %v", a.Header(), receipt)
	}
	if again := o.Do(submission).Want(http.StatusOK); again.Body.String() != a.Body.String() {
		t.Errorf("the same request is answered with %s", again.Body)
	}
	submission.Body = m{"stage": "intake", "revision": 2}
	o.Do(submission).Problem(http.StatusUnprocessableEntity, "idempotency_key_reused")
	o.post("owner", "/cases/"+id+"/submissions", `"1"`, m{"stage": "intake", "revision": 1}).Problem(http.StatusConflict, "unchanged")

	s := o.status(id)
	if s["tier"] != "T1" || s["ipl"] != 0.0 || s["state_label"] != "Chefens bedömning" || s["next_deadline"] == nil || s["triage"] == nil {
		t.Errorf("status: %v", s)
	}
	for as, want := range map[string]int{"manager": 1, "ciso": 1, "dpo": 0, "owner": 0, "info": 0, "stranger": 0} {
		if got := o.inbox(as, id); len(got) != want {
			t.Errorf("inbox of %s: %v", as, got)
		}
	}
	listed := o.Get("manager", "/cases?limit=100").Want(http.StatusOK).Object()["items"].([]any)
	i := slices.IndexFunc(listed, func(item any) bool { return item.(m)["case_id"] == id })
	if waits, ok := listed[i].(m)["waiting"].(m); !ok || waits["due"] == nil || waits["stage_label"] == "" || waits["role"] != "manager" && waits["role"] != "ciso" {
		t.Errorf("in the list: %v", listed[i])
	}
	manager, ciso := o.task(id, "manager", "endorse"), o.task(id, "ciso", "decision")
	o.refusedDecisions(id, manager, ciso)

	o.decide("manager", manager, m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.decide("ciso", ciso, m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	o.intoUse(id)
	o.checkRecord(id)
}

// refusedDecisions is what nobody may decide while the manager and the CISO have
// their tasks.
func (o office) refusedDecisions(id, manager, ciso string) {
	t := o.T
	view := o.Get("manager", manager).Want(http.StatusOK).Object()
	if view["question"] == "" || view["current_revision"] != 1.0 || len(view["outcomes"].([]any)) != 3 || view["may_decide"] != true {
		t.Errorf("task: %v", view)
	}
	o.Get("manager", strings.TrimPrefix(view["review"].(string), "/api/v1")).Want(http.StatusOK)
	if view := o.Get("dpo", manager).Want(http.StatusOK).Object(); view["may_decide"] != false {
		t.Errorf("the DPO may decide: %v", view)
	}
	back := m{"outcome": "return", "reason_codes": []string{"unclear"}}
	for _, test := range []struct {
		as, task, etag string
		body           m
		status         int
		code           string
		rules          []string
	}{
		{"owner", manager, "", m{"outcome": "endorse"}, 403, "segregation_of_duties", []string{"SOD-01"}},
		{"dpo", manager, "", m{"outcome": "endorse"}, 403, "segregation_of_duties", []string{"SOD-02"}},
		{"ciso", manager, "", m{"outcome": "endorse"}, 403, "forbidden", nil},
		{"stranger", manager, `"x"`, m{"outcome": "endorse"}, 404, "not_found", nil},
		{"manager", manager, `"1.open.0000"`, m{"outcome": "endorse"}, 412, "stale", nil},
		{"manager", manager, "", m{"outcome": "endorse", "revision": 2}, 412, "stale", nil},
		{"manager", manager, "", m{"outcome": "approve"}, 422, "invalid", nil},
		{"manager", manager, "", back, 422, "invalid", nil},
		{"ciso", ciso, "", m{"outcome": "approve"}, 409, "guard", []string{"T-16"}},
		{"ciso", ciso, "", m{"outcome": "approve_with_conditions"}, 422, "invalid", nil},
		{"ciso", ciso, "", m{"outcome": "approve", "conditions": []m{condition(nil)}}, 422, "invalid", nil},
		{"ciso", ciso, "", m{"outcome": "approve_with_conditions", "conditions": []m{condition(m{"verifier_role": "ciso", "owner_role": "ciso"})}}, 422, "invalid", nil},
	} {
		etag := test.etag
		test.body["answers"] = o.Answers("auditor", test.task, nil)
		if etag == "" {
			etag = o.etag("auditor", test.task)
		}
		if test.body["revision"] == nil {
			test.body["revision"] = 1
		}
		before := o.status(id)
		p := o.post(test.as, test.task+"/decision", etag, test.body).Problem(test.status, test.code)
		if test.rules != nil && !slices.Equal(ruleIDs(p), test.rules) {
			t.Errorf("%s %v: rules %v", test.as, test.body, ruleIDs(p))
		}
		if after := o.status(id); fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("%s %v: refused, and changed the case", test.as, test.body)
		}
	}
	if p := o.decide("manager", manager, back).Problem(422, "invalid"); len(p.Errors) != 1 || p.Errors[0].Pointer != "/path_forward_text" || p.Errors[0].Code != "V-60" {
		t.Errorf("a return without a way forward: %+v", p.Errors)
	}
}

// intoUse meets the condition of an approved case and brings it into use.
func (o office) intoUse(id string) {
	t := o.T
	path := "/cases/" + id
	if s := o.status(id); s["state"] != "APPROVED_WITH_CONDITIONS" {
		t.Fatalf("state %v", s["state"])
	}
	activate := func(as string) apitest.Answer {
		t.Helper()
		return o.post(as, path+"/activation", o.etag("owner", path), m{})
	}
	p := activate("system").Problem(http.StatusConflict, "conditions_open")
	if !slices.Equal(ruleIDs(p), []string{"CO-01"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	activate("owner").Problem(http.StatusForbidden, "forbidden")

	var l struct {
		Items []m `json:"items"`
	}
	o.Get("owner", path+"/conditions").Want(http.StatusOK).Into(&l)
	verification := path + "/conditions/" + l.Items[0]["condition_id"].(string) + "/verification"
	met := m{"outcome": "met", "evidence_note": "Listan är sedd."}
	if p := o.post("system", verification, o.etag("owner", path), met).Problem(http.StatusForbidden, "segregation_of_duties"); !slices.Equal(ruleIDs(p), []string{"SOD-04"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	o.post("ciso", verification, `"0"`, met).Problem(http.StatusPreconditionFailed, "stale")
	a := o.post("ciso", verification, o.etag("owner", path), met).Want(http.StatusOK)
	if a.Object()["condition_id"] == "" {
		t.Errorf("receipt %s", a.Body)
	}
	o.post("ciso", verification, o.etag("owner", path), met).Problem(http.StatusConflict, "state_conflict")
	if n := o.MeetConditions(id); n == 0 {
		t.Error("no condition follows by rule")
	}

	if a := activate("system").Want(http.StatusOK); a.Object()["state"] != "ACTIVE" || a.Header().Get("ETag") != o.etag("owner", path) {
		t.Errorf("%s %v", a.Body, a.Header())
	}
	p = activate("system").Problem(http.StatusConflict, "state_conflict")
	if !slices.Equal(ruleIDs(p), []string{"T-22"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	o.post("owner", path+"/withdrawal", o.etag("owner", path), m{"reason": "Ångrat"}).Problem(http.StatusConflict, "state_conflict")
	o.changesOfNoKind(path)
}

// changesOfNoKind: a trigger and a stage that there are not are refused as any other
// choice is.
func (o office) changesOfNoKind(path string) {
	p := o.post("owner", path+"/changes", o.etag("owner", path), m{
		"triggers": []string{"RA-04", "RA-13"}, "stages": []string{"eu_database", "ciso", "dance"}, "reason": "Nytt avtal.",
	}).Problem(http.StatusUnprocessableEntity, "invalid")
	var got []string
	for _, e := range p.Errors {
		got = append(got, e.Pointer+" "+e.Code)
		if !strings.HasPrefix(e.Message, "Välj ett av följande: ") || strings.Contains(e.Message, "dance") {
			o.T.Errorf("%s: %s", e.Pointer, e.Message)
		}
	}
	if !slices.Equal(got, []string{"/stages/0 oneof", "/stages/2 oneof", "/triggers/1 oneof"}) {
		o.T.Errorf("errors %v", got)
	}
}

// checkRecord reads everything that a finished case has left behind.
func (o office) checkRecord(id string) {
	t := o.T
	var events struct {
		Items []audit.Event `json:"items"`
	}
	o.Get("auditor", "/cases/"+id+"/events?limit=100").Want(http.StatusOK).Into(&events)
	if err := audit.VerifyChain(events.Items); err != nil || len(events.Items) < 6 {
		t.Errorf("the log that is served: %v, %d events", err, len(events.Items))
	}
	o.checkParts(id, len(events.Items))
	for part, want := range map[string]int{"/decisions": 3, "/revisions": 1, "/tasks": 2} {
		var l struct {
			Items []m `json:"items"`
		}
		o.Get("auditor", "/cases/"+id+part).Want(http.StatusOK).Into(&l)
		if len(l.Items) != want {
			t.Errorf("%s: %v", part, l.Items)
		}
	}
	s := o.status(id)
	listed := o.Get("auditor", "/cases/"+id+"/conditions").Want(http.StatusOK).Object()["items"].([]any)
	if n := s["conditions"].(m); n["total"] != float64(len(listed)) || n["met"] != 2.0 || n["open_before_use"] != 0.0 {
		t.Errorf("conditions %v, listed %v", n, listed)
	}
}

// checkParts reads the log from its end and by kind, and texts by their part.
func (o office) checkParts(id string, events int) {
	t := o.T
	read := func(path string) (kinds []string, total float64) {
		t.Helper()
		var l struct {
			Items []struct {
				Kind string `json:"kind"`
			} `json:"items"`
			Total float64 `json:"total"`
		}
		o.Get("auditor", "/cases/"+id+path).Want(http.StatusOK).Into(&l)
		for _, e := range l.Items {
			kinds = append(kinds, e.Kind)
		}
		return kinds, l.Total
	}
	if kinds, total := read("/events?sort=latest&limit=2&include_total=true"); len(kinds) != 2 || total != float64(events) || slices.Contains(kinds, "created") {
		t.Errorf("the log from its end: %v of %v", kinds, total)
	}
	if kinds, total := read("/events?kind=created,submitted&include_total=true"); !slices.Equal(kinds, []string{"created", "submitted"}) || total != 2 {
		t.Errorf("the log by kind: %v of %v", kinds, total)
	}
	o.Get("auditor", "/cases/"+id+"/events?kind=created,dance").Problem(http.StatusUnprocessableEntity, "invalid")
	first := o.Get("auditor", "/cases/"+id+"/events?sort=latest&limit=1").Want(http.StatusOK).Object()
	rest, _ := read("/events?sort=latest&limit=100&cursor=" + first["next_cursor"].(string))
	if len(rest) != events-1 || rest[len(rest)-1] != "created" {
		t.Errorf("the log goes on with %v", rest)
	}
	o.Get("auditor", "/cases/"+id+"/events?limit=1&cursor="+first["next_cursor"].(string)).Problem(http.StatusUnprocessableEntity, "invalid")

	for path, want := range map[string]int{
		"/revisions?part=all": http.StatusOK, "/revisions?part=manager": http.StatusOK, "/revisions?part=dance": http.StatusUnprocessableEntity,
		"/revisions/1?part=intake": http.StatusOK, "/revisions/1?part=manager": http.StatusNotFound, "/revisions/1?part=all": http.StatusUnprocessableEntity,
	} {
		if a := o.Get("auditor", "/cases/"+id+path); a.Code != want {
			t.Errorf("%s: %d %s", path, a.Code, a.Body)
		}
	}
	if l := o.Get("auditor", "/cases/"+id+"/revisions?part=all").Object()["items"].([]any); len(l) != 1 || l[0].(m)["part"] != "intake" {
		t.Errorf("all texts %v", l)
	}
}

func (o office) returnedAndSentInAgain() {
	t := o.T
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{
		"outcome": "return", "reason_codes": []string{"unclear_purpose"},
		"path_forward_text": "Beskriv vilka texter som tjänsten ska användas till och vem som granskar.",
	}).Want(http.StatusOK)
	s := o.status(id)
	if s["state"] != "RETURNED" || s["target"] != "intake" || s["returns_count"] != 1.0 {
		t.Errorf("status %v", s)
	}
	draft := o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK)
	answers := draft.Object()["answers"].(m)
	answers["purpose_text"] = answers["purpose_text"].(string) + " Två redaktörer granskar varje text."
	o.Do(apitest.Call{
		Method: http.MethodPut, Path: "/cases/" + id + "/intake", As: "owner", Body: m{"answers": answers},
		Header: "If-Match: " + draft.Header().Get("ETag"),
	}).Want(http.StatusOK)
	o.post("owner", "/cases/"+id+"/submissions", o.etag("owner", "/cases/"+id), m{"stage": "intake", "revision": 2}).Want(http.StatusOK)
	view := o.Get("manager", o.task(id, "manager", "endorse")).Want(http.StatusOK).Object()
	if view["round"] != 2.0 || view["current_revision"] != 2.0 {
		t.Errorf("task %v", view)
	}
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "revision": 1}).Problem(http.StatusPreconditionFailed, "stale")
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "revision": 2}).Want(http.StatusOK)
}

func (o office) stoppedByRule() {
	t := o.T
	correct := func(id string) apitest.Answer {
		t.Helper()
		return o.post("owner", "/cases/"+id+"/corrections", o.etag("owner", "/cases/"+id), m{"reason": "Fel svar"})
	}
	forbidden := o.submitted([]string{"base"}, m{"art5_flags": []string{"a"}})
	s := o.status(forbidden)
	if s["state"] != "REJECTED_AUTO" || !slices.Contains(s["hard_stops"].([]any), any("HS-01")) {
		t.Errorf("status %v", s)
	}
	p := correct(forbidden).Problem(http.StatusConflict, "guard")
	if !slices.Equal(ruleIDs(p), []string{"T-07a", "HS-01"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	unsigned := o.submitted([]string{"base"}, m{
		"agreement_status": "none", "agreement_covers_security": nil, "agreement_covers_data_protection": nil,
		"info_k": 1, "openly_publishable": false,
	})
	if s := o.status(unsigned); s["state"] != "REJECTED_AUTO" {
		t.Fatalf("status %v", s)
	}
	s = o.status(forbidden)
	again := o.post("owner", "/cases/"+forbidden+"/re-examination", fmt.Sprintf("\"%v\"", s["version"]), m{"reason": "Det är ett missförstånd"}).Want(http.StatusOK)
	if again.Object()["state"] != "REJECTED_AUTO" || len(o.inbox("legal", forbidden)) != 1 {
		t.Errorf("re-examination: %s, inbox %v", again.Body, o.inbox("legal", forbidden))
	}
	if a := correct(unsigned).Want(http.StatusOK); a.Object()["state"] != "RETURNED" {
		t.Errorf("receipt %s", a.Body)
	}
}

func (o office) withdrawn() {
	id := o.submitted([]string{"base"}, nil)
	path := "/cases/" + id
	o.post("manager", path+"/withdrawal", o.etag("owner", path), m{"reason": "Nej"}).Problem(http.StatusForbidden, "forbidden")
	if a := o.post("owner", path+"/withdrawal", o.etag("owner", path), m{"reason": "Behövs inte"}).Want(http.StatusOK); a.Object()["state"] != "WITHDRAWN" {
		o.T.Errorf("receipt %s", a.Body)
	}
	if got := o.inbox("manager", id); len(got) > 0 {
		o.T.Errorf("tasks of a withdrawn case: %v", got)
	}
	o.post("owner", path+"/submissions", o.etag("owner", path), m{"stage": "intake", "revision": 1}).Problem(http.StatusConflict, "state_conflict")
}

// similarCases: a draft is told of cases about the same product or supplier that
// are under review, and not of those that have ended or belong to nobody yet.
func (o office) similarCases() {
	named := func(supplier, product string) m {
		return m{"provider_name": supplier, "product_name": product}
	}
	product := o.submitted([]string{"base"}, named("Slussby Data AB", "Ordbygge"))
	supplier := o.submitted([]string{"base"}, named("slussby  DATA ab", "Talbygge"))
	ended := o.submitted([]string{"base"}, named("Slussby Data AB", "Ordbygge"))
	path := "/cases/" + ended
	o.post("owner", path+"/withdrawal", o.etag("owner", path), m{"reason": "Dubblett"}).Want(http.StatusOK)
	o.Draft("owner", o.answers([]string{"base"}, named("Slussby Data AB", "Ordbygge")))

	similar := func(answers m) (ids []string) {
		id := o.Draft("owner", answers)
		for _, c := range o.Get("owner", "/cases/"+id+"/intake").Want(http.StatusOK).Object()["similar"].([]any) {
			ids = append(ids, c.(m)["case_id"].(string))
		}
		return ids
	}
	if got := similar(named("Slussby Data AB", "ORDBYGGE")); !slices.Equal(got, []string{product, supplier}) {
		o.T.Errorf("same product and supplier: %v, want %v", got, []string{product, supplier})
	}
	if got := similar(named("Annan AB", "Annat")); len(got) > 0 {
		o.T.Errorf("another product: %v", got)
	}
	if got := similar(m{"title": "Utan leverantör"}); len(got) > 0 {
		o.T.Errorf("no supplier yet: %v", got)
	}
}

// raised: a reviewer asks for more of a stage, and nobody for less (T-31).
func (o office) raised() {
	t := o.T
	id := o.submitted([]string{"base"}, nil)
	raise := func(as, stage, requirement string) apitest.Answer {
		t.Helper()
		return o.post(as, "/cases/"+id+"/stages/"+stage+"/raise", o.etag("owner", "/cases/"+id), m{"requirement": requirement, "reason": "Fler frågor"})
	}
	raise("owner", "ciso", "full").Problem(http.StatusForbidden, "forbidden")
	raise("ciso", "coffee", "full").Problem(http.StatusNotFound, "not_found")
	raise("ciso", "ciso", "full").Want(http.StatusOK)
	p := raise("ciso", "ciso", "light").Problem(http.StatusConflict, "guard")
	if !slices.Equal(ruleIDs(p), []string{"T-31"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	for _, s := range o.status(id)["stages"].([]any) {
		if s := s.(m); s["key"] == "ciso" && s["requirement"] != "full" {
			t.Errorf("stage %v", s)
		}
	}
}

// personalData: the DPO advises and never decides, and the decision waits for
// the advice.
func (o office) personalData() {
	t := o.T
	id := o.submitted([]string{"base", "personal_data"}, nil)
	o.HandIn("legal", id, "legal_basis", nil)
	decision, advice := o.task(id, "legal_basis", "decision"), o.task(id, "legal_basis", "advice")
	found := func(as, task string) string {
		return fmt.Sprint(o.Get(as, task).Want(http.StatusOK).Object()["judgement"].(m)["rules"])
	}
	if rules := found("info", decision); !strings.Contains(rules, "LB-R19") || !strings.Contains(rules, "LB-O2") {
		t.Errorf("the decision does not wait for advice: %s", rules)
	}
	if rules := found("dpo", advice); strings.Contains(rules, "LB-R19") || strings.Contains(rules, "LB-O2") {
		t.Errorf("whoever gives the advice is told that it is missing: %s", rules)
	}
	p := o.decide("info", decision, m{"outcome": "lawful"}).Problem(http.StatusConflict, "guard")
	if !slices.Equal(ruleIDs(p), []string{"LB-R19"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	p = o.decide("dpo", decision, m{"outcome": "lawful"}).Problem(http.StatusForbidden, "segregation_of_duties")
	if !slices.Equal(ruleIDs(p), []string{"SOD-02"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
	o.decide("dpo", advice, m{"outcome": "supports", "motivation": "God grund."}).Want(http.StatusOK)
	o.decide("info", decision, m{"outcome": "lawful", "decision_authority": "Delegationsordning 4.2"}).Want(http.StatusOK)
	for _, s := range o.status(id)["stages"].([]any) {
		if s := s.(m); s["key"] == "legal_basis" && (s["status"] != "done" || s["result"] != "lawful" || s["result_label"] != "Laglig") {
			t.Errorf("stage %v", s)
		}
	}
}

func (o office) sameRequestManyTimes() {
	t := o.T
	id := o.submitted([]string{"base"}, nil)
	task := o.task(id, "manager", "endorse")
	c := o.decision("manager", task, m{"outcome": "endorse"})
	bodies := o.atOnce(20, func(int) apitest.Call { return c })
	for _, a := range bodies {
		if a.Want(http.StatusOK).Body.String() != bodies[0].Body.String() {
			t.Errorf("two answers: %s and %s", a.Body, bodies[0].Body)
		}
	}
}

func (o office) manyRequestsForOneDecision() {
	t := o.T
	id := o.submitted([]string{"base"}, nil)
	task := o.task(id, "manager", "endorse")
	answers, etag := o.Answers("manager", task, nil), o.etag("manager", task)
	done := 0
	for _, a := range o.atOnce(20, func(int) apitest.Call {
		return apitest.Call{
			Method: http.MethodPost, Path: task + "/decision", As: "manager",
			Body:   m{"outcome": "endorse", "revision": 1, "answers": answers},
			Header: "If-Match: " + etag + "\n" + apitest.Key(),
		}
	}) {
		switch a.Code {
		case http.StatusOK:
			done++
		case http.StatusConflict, http.StatusPreconditionFailed, http.StatusTooManyRequests:
		default:
			t.Errorf("%d %s", a.Code, a.Body)
		}
	}
	if done != 1 {
		t.Errorf("%d of 20 decided one task", done)
	}
}

func (o office) atOnce(n int, call func(int) apitest.Call) []apitest.Answer {
	answers := make([]apitest.Answer, n)
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { answers[i] = o.Do(call(i)) })
	}
	wg.Wait()
	return answers
}

func (o office) claimedAndReleased() {
	t := o.T
	id := o.submitted([]string{"base"}, nil)
	task := o.task(id, "ciso", "decision")
	assign := func(as string, body any) apitest.Answer {
		t.Helper()
		return o.Do(apitest.Call{
			Method: http.MethodPut, Path: task + "/assignment", As: as, Body: body, Header: "If-Match: " + o.etag(as, task),
		})
	}
	assign("owner", m{"assignee": "me"}).Problem(http.StatusForbidden, "segregation_of_duties")
	a := assign("ciso", m{"assignee": "me"}).Want(http.StatusOK)
	if who := a.Object()["assignee"].(m); who["id"] != o.People["ciso"] || who["name"] != "Namn ciso" {
		t.Errorf("assignee %v", who)
	}
	assign("ciso_2", m{"assignee": "me"}).Problem(http.StatusForbidden, "task_taken")
	assign("ciso_2", m{"assignee": nil}).Problem(http.StatusForbidden, "task_taken")
	o.decide("ciso_2", task, m{"outcome": "approve"}).Problem(http.StatusForbidden, "task_taken")
	if got := o.inbox("ciso_2", id); len(got) > 0 {
		t.Errorf("the other's inbox: %v", got)
	}
	if a := assign("ciso", m{"assignee": nil}).Want(http.StatusOK); a.Object()["assignee"] != nil {
		t.Errorf("released: %s", a.Body)
	}
	assign("ciso_2", m{"assignee": "me"}).Want(http.StatusOK)
	o.Do(apitest.Call{Method: http.MethodPut, Path: task + "/assignment", As: "ciso_2", Body: `{"assignee": "me"}`, Header: `If-Match: "1.open.x"`}).
		Problem(http.StatusPreconditionFailed, "stale")
	o.Do(apitest.Call{Method: http.MethodPut, Path: o.task(id, "manager", "endorse") + "/assignment", As: "manager", Body: `{"assignee": null}`,
		Header: "If-Match: " + o.etag("manager", o.task(id, "manager", "endorse"))}).Problem(http.StatusConflict, "state_conflict")
}
