//go:build !slim

package apitest_test

import (
	"maps"
	"net/http"
	"reflect"
	"slices"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// friday is ten o'clock in Sweden before a weekend.
var friday = time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC)

// TestIncidents goes through rulebook 9.5 on both databases.
func TestIncidents(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			o.Clock.Set(friday)
			o.companies()
			for _, test := range []struct {
				name string
				run  func(office)
			}{
				{"GV-20", office.breachAtTen},
				{"visibility", office.incidentReaders},
				{"segregation", office.dpoNeverDecides},
				{"not to notify", office.notToNotify},
				{"stop decision", office.stopDecision},
				{"cybersecurity", office.cybersecurity},
				{"corrections", office.corrections},
				{"closing", office.closing},
				{"refusals", office.refusedReports},
				{"secrecy", office.reportsTellNothing},
			} {
				t.Run(test.name, func(t *testing.T) { test.run(o.in(t)) })
			}
		})
	}
}

// companies adds two companies, one of which the Cybersecurity Act covers.
func (o office) companies() {
	o.T.Helper()
	for code, covered := range map[string]bool{"bolaget": false, "energi": true} {
		err := o.Store.PutUnit(o.T.Context(), store.Unit{
			OrgID: apitest.Org, ID: model.NewID(), Code: code, Name: lang.Text{SV: code, EN: code}, ControllerType: "municipal_company",
			InformationOwnerID: o.People["other"], CSLCovered: covered,
		})
		if err != nil {
			o.T.Fatal(err)
		}
	}
}

func (o office) report(as string, changes m) apitest.Answer {
	o.T.Helper()
	body := m{"category": "data_leak", "severity": "low", "personal_data": "no", "description": "Hemlig beskrivning"}
	maps.Copy(body, changes)
	return o.Do(apitest.Call{Method: http.MethodPost, Path: "/incidents", As: as, Body: body, Header: apitest.Key()})
}

// reported reports an incident and returns its path.
func (o office) reported(as string, changes m) string {
	o.T.Helper()
	return "/incidents/" + o.report(as, changes).Want(http.StatusCreated).Object()["incident_id"].(string)
}

// incidentTasks are the tasks of an incident as somebody reads it, by kind, the
// latest last.
func (o office) incidentTasks(as, incident string) map[string]m {
	o.T.Helper()
	out := map[string]m{}
	for _, t := range o.Get(as, incident).Want(http.StatusOK).Object()["tasks"].([]any) {
		out[t.(m)["kind"].(string)] = t.(m)
	}
	return out
}

// answer answers the task of a kind.
func (o office) answer(as, incident, kind string, body m) apitest.Answer {
	o.T.Helper()
	task, ok := o.incidentTasks("auditor", incident)[kind]
	if !ok {
		o.T.Fatalf("there is no task %s", kind)
	}
	sent := m{"revision": task["revision"], "motivation": "Därför."}
	maps.Copy(sent, body)
	return o.post(as, "/tasks/"+task["task_id"].(string)+"/decision", task["etag"].(string), sent)
}

// breachAtTen is GV-20: reported at 10:00 on day 0, IMY is due on day 3 at 10:00,
// and those in charge are told at once.
func (o office) breachAtTen() {
	id := o.report("employee", m{"personal_data": "yes"}).Want(http.StatusCreated).Object()["incident_id"].(string)
	tasks := o.incidentTasks("ciso", "/incidents/"+id)
	if due := tasks["breach_notification"]["due"]; due != "2027-01-18T09:00:00Z" {
		o.T.Errorf("IMY is due %v", due)
	}
	if who := tasks["breach_notification"]["assignee"].(m)["id"]; who != o.People["info"] {
		o.T.Errorf("the notification is %v's", who)
	}
	if told := o.Told(id, "incident"); !slices.Equal(told, []string{"ciso", "dpo", "info"}) {
		o.T.Errorf("told at once: %v", told)
	}
	quiet := o.report("employee", nil).Want(http.StatusCreated).Object()["incident_id"].(string)
	if told := o.Told(quiet, "incident"); len(told) > 0 {
		o.T.Errorf("told of what can wait: %v", told)
	}
	unsure := o.report("employee", m{"personal_data": "unsure", "aware_at": "2027-01-15T09:30:00+01:00"}).Want(http.StatusCreated).Object()["incident_id"].(string)
	if due := o.incidentTasks("ciso", "/incidents/"+unsure)["breach_notification"]["due"]; due != "2027-01-18T08:30:00Z" {
		o.T.Errorf("IMY is due %v", due)
	}
}

func (o office) incidentReaders() {
	incident := o.reported("employee", m{"personal_data": "yes"})
	for as, want := range map[string]int{
		"employee": 200, "ciso": 200, "dpo": 200, "admin": 200, "auditor": 200, "info": 200,
		"owner": 404, "legal": 404, "head": 404, "stranger": 404, "strange_admin": 404,
	} {
		o.Get(as, incident).Want(want)
		listed := false
		for _, i := range o.Get(as, "/incidents?limit=100").Want(http.StatusOK).Object()["items"].([]any) {
			listed = listed || "/incidents/"+i.(m)["incident_id"].(string) == incident
		}
		if listed != (want == 200) {
			o.T.Errorf("%s: listed %v, read %d", as, listed, want)
		}
		o.Get(as, incident+"/events").Want(want)
		task := o.incidentTasks("ciso", incident)["breach_notification"]["task_id"].(string)
		o.Get(as, "/tasks/"+task).Want(want)
		inbox := o.Get(as, "/tasks?limit=100").Want(http.StatusOK).Object()["items"].([]any)
		for _, t := range inbox {
			o.Get(as, "/tasks/"+t.(m)["task_id"].(string)).Want(http.StatusOK)
		}
	}
}

// The DPO advises and never decides (SOD-02, GDPR 38(6)); nor does anybody whose
// task it is not.
func (o office) dpoNeverDecides() {
	incident := o.reported("employee", m{"personal_data": "yes", "severity": "critical"})
	for _, kind := range []string{"breach_notification", "assess_risk", "stop_decision", "acknowledge"} {
		outcome := m{"breach_notification": "notified", "assess_risk": "risk", "stop_decision": "keep_in_use", "acknowledge": "done"}[kind]
		p := o.answer("dpo", incident, kind, m{"outcome": outcome}).Problem(http.StatusForbidden, "segregation_of_duties")
		if !slices.Equal(ruleIDs(p), []string{"SOD-02"}) {
			o.T.Errorf("%s: %v", kind, ruleIDs(p))
		}
	}
	p := o.answer("admin", incident, "stop_decision", m{"outcome": "keep_in_use"}).Problem(http.StatusForbidden, "segregation_of_duties")
	if !slices.Equal(ruleIDs(p), []string{"SOD-06"}) {
		o.T.Errorf("rules %v", ruleIDs(p))
	}
	o.answer("owner", incident, "breach_notification", m{"outcome": "notified"}).Problem(http.StatusNotFound, "not_found")
	o.post("dpo", incident+"/corrections", `"1"`, m{"reason": "x", "severity": "low"}).Problem(http.StatusForbidden, "segregation_of_duties")
	o.post("dpo", incident+"/closing", `"1"`, m{"lessons": "x"}).Problem(http.StatusForbidden, "segregation_of_duties")
	o.answer("dpo", incident, "advice", m{"outcome": "advises_notification"}).Want(http.StatusOK)
}

func (o office) notToNotify() {
	incident := o.reported("employee", m{"personal_data": "yes"})
	not := m{"outcome": "decision_not_to_notify", "decision_authority": "Delegationsordningen 3.1"}
	p := o.answer("info", incident, "breach_notification", not).Problem(http.StatusConflict, "guard")
	if !slices.Equal(ruleIDs(p), []string{"INC-01"}) {
		o.T.Errorf("rules %v", ruleIDs(p))
	}
	o.answer("info", incident, "assess_risk", m{"outcome": "risk_unlikely"}).Want(http.StatusOK)
	for _, missing := range []m{{"motivation": ""}, {"decision_authority": ""}} {
		body := maps.Clone(not)
		maps.Copy(body, missing)
		o.answer("info", incident, "breach_notification", body).Problem(http.StatusUnprocessableEntity, "invalid")
	}
	o.answer("info", incident, "breach_notification", not).Want(http.StatusOK)
	seen := o.Get("info", incident).Object()
	if seen["risk_assessment"] != "unlikely" || len(seen["decisions"].([]any)) != 2 {
		o.T.Errorf("incident %v", seen)
	}
}

// inUse is a case in use.
func (o office) inUse() (id string) {
	o.T.Helper()
	id = o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
	o.intoUse(id)
	return id
}

// The CISO decides on a stop within four hours; the case of the incident is
// suspended by that (T-23), and assessed again by its lessons (RA-06).
func (o office) stopDecision() {
	caseID := o.inUse()
	incident := o.reported("employee", m{"severity": "high", "case_id": caseID})
	task := o.incidentTasks("ciso", incident)["stop_decision"]
	if task["due"] != "2027-01-15T13:00:00Z" {
		o.T.Errorf("due %v", task["due"])
	}
	asked := func(incident, kind, outcome string) {
		o.T.Helper()
		for _, x := range o.Get("ciso", incident).Object()["asked"].([]any) {
			if x := x.(m); x["kind"] == kind && x["outcome"] == outcome && x["case_id"] != "" {
				return
			}
		}
		o.T.Errorf("%s was not answered %s: %v", kind, outcome, o.Get("ciso", incident).Object()["asked"])
	}
	o.answer("ciso", incident, "stop_decision", m{"outcome": "suspend", "motivation": ""}).Problem(http.StatusUnprocessableEntity, "invalid")
	o.answer("ciso", incident, "stop_decision", m{"outcome": "suspend"}).Want(http.StatusOK)
	o.answer("ciso", incident, "stop_decision", m{"outcome": "keep_in_use"}).Problem(http.StatusConflict, "task_closed")
	asked(incident, "suspend", "done")
	if state := o.status(caseID)["state"]; state != "SUSPENDED" {
		o.T.Errorf("the case is %v", state)
	}
	if found := o.Get("info", "/incidents?case_id="+caseID).Want(http.StatusOK).Object()["items"].([]any); len(found) != 1 {
		o.T.Errorf("the case has the incidents %v", found)
	}
	o.answer("admin", incident, "acknowledge", m{"outcome": "done"}).Want(http.StatusOK)
	o.answer("info", incident, "assess_risk", m{"outcome": "risk"}).Want(http.StatusOK)
	o.answer("ciso", incident, "csl_significance", m{"outcome": "not_significant"}).Want(http.StatusOK)
	o.post("ciso", incident+"/closing", o.etag("ciso", incident), m{"lessons": "Lärdom.", "triggers": []string{"RA-06"}}).Want(http.StatusOK)
	asked(incident, "reassess", "done")
	if state := o.status(caseID)["state"]; state != "REASSESSMENT" && state != "CISO_REVIEW" {
		o.T.Errorf("the case is %v", state)
	}

	reviewed := o.reported("owner", m{"severity": "high", "case_id": o.submitted([]string{"base"}, nil)})
	o.answer("ciso", reviewed, "stop_decision", m{"outcome": "suspend"}).Want(http.StatusOK)
	asked(reviewed, "suspend", "state_conflict") // it is not in use
}

// The timers of the Cybersecurity Act run for the units that it covers.
func (o office) cybersecurity() {
	incident := o.reported("employee", m{"affected_unit_ids": []string{"bolaget"}})
	if tasks := o.incidentTasks("ciso", incident); tasks["csl_significance"] != nil {
		o.T.Errorf("a company that is not covered has %v", tasks)
	}
	for _, unit := range []string{"energi", "namnden"} {
		incident = o.reported("employee", m{"affected_unit_ids": []string{unit}})
		if due := o.incidentTasks("ciso", incident)["csl_significance"]["due"]; due != "2027-01-16T09:00:00Z" {
			o.T.Errorf("%s: significance is due %v", unit, due)
		}
	}
	o.answer("info", incident, "csl_significance", m{"outcome": "significant"}).Want(http.StatusForbidden)
	o.answer("ciso", incident, "csl_significance", m{"outcome": "significant", "answers": m{"significant_at": "2027-01-16T09:00:00Z"}}).
		Problem(http.StatusUnprocessableEntity, "invalid") // it lies ahead
	o.answer("ciso", incident, "csl_significance", m{"outcome": "significance_unsure"}).Want(http.StatusOK)
	tasks := o.incidentTasks("ciso", incident)
	if tasks["csl_warning"]["due"] != "2027-01-16T09:00:00Z" || tasks["csl_notification"]["due"] != "2027-01-18T09:00:00Z" {
		o.T.Errorf("due %v and %v", tasks["csl_warning"]["due"], tasks["csl_notification"]["due"])
	}
	o.answer("ciso", incident, "csl_notification", m{"outcome": "done"}).Want(http.StatusOK)
	if due := o.incidentTasks("ciso", incident)["csl_final_report"]["due"]; due != "2027-02-15T22:59:59Z" {
		o.T.Errorf("the final report is due %v", due)
	}
}

// A correction has a reason, makes open pages stale, and moves what counts from it.
func (o office) corrections() {
	incident := o.reported("employee", m{"personal_data": "yes"})
	tag := o.etag("info", incident)
	page := o.incidentTasks("info", incident)["breach_notification"]
	o.post("info", incident+"/corrections", tag, m{"aware_at": "2027-01-15T07:00:00Z"}).Problem(http.StatusUnprocessableEntity, "invalid")
	o.post("info", incident+"/corrections", tag, m{"reason": "x", "csl_significant": "yes"}).Problem(http.StatusForbidden, "forbidden")
	o.post("employee", incident+"/corrections", tag, m{"reason": "x", "severity": "high"}).Problem(http.StatusForbidden, "forbidden")
	o.post("info", incident+"/corrections", `"7"`, m{"reason": "x", "severity": "high"}).Problem(http.StatusPreconditionFailed, "stale")
	body := m{"reason": "Loggen visar det.", "aware_at": "2027-01-15T07:00:00Z", "severity": "critical", "risk_assessment": "high",
		"affected_unit_ids": []string{"namnden", "bolaget"}}
	o.post("info", incident+"/corrections", tag, body).Want(http.StatusOK)
	var due []any
	for _, t := range o.Get("info", incident).Object()["tasks"].([]any) {
		if t := t.(m); t["kind"] == "breach_notification" {
			due = append(due, t["due"])
		}
	}
	if !slices.Equal(due, []any{"2027-01-18T07:00:00Z", "2027-01-18T07:00:00Z"}) {
		o.T.Errorf("IMY is due %v", due)
	}
	for _, kind := range []string{"stop_decision", "inform_persons"} {
		if o.incidentTasks("info", incident)[kind] == nil {
			o.T.Errorf("%s is missing", kind)
		}
	}
	o.post("info", "/tasks/"+page["task_id"].(string)+"/decision", page["etag"].(string), m{"outcome": "notified", "revision": page["revision"]}).
		Problem(http.StatusPreconditionFailed, "stale")
}

// An incident closes with its lessons when every task is answered, and asks for the
// case to be assessed again (RA-06).
func (o office) closing() {
	caseID := o.submitted([]string{"base"}, nil)
	incident := o.reported("owner", m{"case_id": caseID, "affected_unit_ids": []string{"bolaget"}})
	lessons := m{"lessons": "Stäng av minnet.", "triggers": []string{"RA-06"}, "stages": []string{"agent_risk"}}
	p := o.post("ciso", incident+"/closing", o.etag("ciso", incident), lessons).Problem(http.StatusConflict, "guard")
	if !slices.Equal(ruleIDs(p), []string{"INC-03"}) {
		o.T.Errorf("rules %v", ruleIDs(p))
	}
	o.answer("admin", incident, "acknowledge", m{"outcome": "done"}).Want(http.StatusOK)
	lead := "info"
	o.answer(lead, incident, "assess_risk", m{"outcome": "risk_unlikely"}).Want(http.StatusOK)
	wrong := maps.Clone(lessons)
	wrong["stages"] = []string{"dance"}
	o.post("ciso", incident+"/closing", o.etag("ciso", incident), wrong).Problem(http.StatusUnprocessableEntity, "invalid")
	o.post("ciso", incident+"/closing", o.etag("ciso", incident), lessons).Want(http.StatusOK)
	seen := o.Get("ciso", incident).Object()
	asked := seen["asked"].([]any)
	if seen["state"] != "closed" || seen["lessons"] != "Stäng av minnet." || len(asked) != 1 || asked[0].(m)["kind"] != "reassess" {
		o.T.Errorf("incident %v", seen)
	}
	o.post("ciso", incident+"/closing", o.etag("ciso", incident), lessons).Problem(http.StatusConflict, "state_conflict")
	if err := o.Store.VerifyIncident(o.T.Context(), apitest.Org, incident[len("/incidents/"):]); err != nil {
		o.T.Error(err)
	}
}

// What is wrong with a report leaves nothing behind; the same request again gives
// the same answer.
func (o office) refusedReports() {
	for name, changes := range map[string]m{
		"category": {"category": "dance"}, "severity": {"severity": "huge"}, "no description": {"description": ""},
		"future": {"aware_at": "2027-02-01T00:00:00Z"}, "unit": {"affected_unit_ids": []string{"x"}},
		"unknown field": {"dance": true}, "register": {"register_entry_id": model.NewID()},
	} {
		o.Unchanged(func() {
			if a := o.report("employee", changes); a.Code < 400 || a.Code >= 500 {
				o.T.Errorf("%s: %d", name, a.Code)
			}
		})
	}
	call := apitest.Call{Method: http.MethodPost, Path: "/incidents", As: "employee", Header: apitest.Key(), Body: m{
		"category": "cost", "severity": "low", "personal_data": "no", "description": "x",
	}}
	first := o.Do(call).Want(http.StatusCreated).Object()
	if again := o.Do(call).Want(http.StatusCreated).Object(); !maps.Equal(first, again) {
		o.T.Errorf("%v, then %v", first, again)
	}
}

// Whether there is a case is nothing that a report tells somebody who may not know: the
// answer, and what they read of it afterwards, are those of a case that does not exist.
func (o office) reportsTellNothing() {
	hidden := o.submitted([]string{"base"}, m{"org_unit_id": "bolaget"})
	told := func(as string, changes m) m {
		answer := o.report(as, changes).Want(http.StatusCreated).Object()
		seen := o.Get(as, "/incidents/"+answer["incident_id"].(string)).Want(http.StatusOK).Object()
		var kinds []any
		for _, t := range seen["tasks"].([]any) {
			kinds = append(kinds, t.(m)["kind"])
		}
		seen["tasks"], seen["answered"] = kinds, slices.Sorted(maps.Keys(answer))
		for _, own := range []string{"incident_id", "reported_at", "aware_at"} {
			delete(seen, own)
		}
		return seen
	}
	for _, changes := range []m{{"severity": "critical"}, {"personal_data": "yes", "tool_name": "Talskrivaren"}} {
		var shown [2]m
		for i, id := range []string{hidden, model.NewID()} {
			changes["case_id"] = id
			shown[i] = told("employee", changes)
			if name, given := changes["tool_name"]; !given && shown[i]["tool_name"] != id || given && shown[i]["tool_name"] != name {
				o.T.Errorf("the tool is %v", shown[i]["tool_name"])
			}
			delete(shown[i], "tool_name")
		}
		if !reflect.DeepEqual(shown[0], shown[1]) {
			o.T.Errorf("of a case that there is: %v\nof one that there is not: %v", shown[0], shown[1])
		}
	}
	if seen := told("owner", m{"case_id": hidden}); seen["case_id"] != hidden {
		o.T.Errorf("the owner's report is about %v", seen["case_id"])
	}
	if found := o.Get("ciso", "/incidents?case_id="+hidden).Object()["items"].([]any); len(found) != 1 {
		o.T.Errorf("the case has the incidents %v", found)
	}
}

// TestYearlyTasks has PR-01 and PR-02 created once, shown, answered with the form
// of the rulebook, on both databases.
func TestYearlyTasks(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := office{House: apitest.OpenAt(t, record(t), api.Options{}, nil), record: record}
			add := func(day string) int {
				t.Helper()
				at, err := time.Parse(time.DateOnly, day)
				if err != nil {
					t.Fatal(err)
				}
				o.Clock.Set(at.Add(10 * time.Hour))
				if err := o.Act.AddYearlyTasks(t.Context()); err != nil {
					t.Fatal(err)
				}
				return len(o.Get("auditor", "/tasks?limit=100").Want(http.StatusOK).Object()["items"].([]any))
			}
			for _, step := range []struct {
				day  string
				want int
			}{{"2026-10-31", 0}, {"2026-11-01", 2}, {"2026-11-20", 2}} {
				if got := add(step.day); got != step.want {
					t.Errorf("on %s there are %d tasks, want %d", step.day, got, step.want)
				}
			}
			o.answerYearly()
			if got := add("2027-11-05"); got != 2+1 { // one of the last year is open
				t.Errorf("the year after there are %d tasks", got)
			}
		})
	}
}

func (o office) answerYearly() {
	o.T.Helper()
	find := func(as, kind string) m {
		o.T.Helper()
		for _, t := range o.Get(as, "/tasks?assignee=me").Want(http.StatusOK).Object()["items"].([]any) {
			if t := t.(m); t["kind"] == kind {
				return o.Get(as, "/tasks/"+t["task_id"].(string)).Want(http.StatusOK).Object()
			}
		}
		o.T.Fatalf("%s has no task %s", as, kind)
		return nil
	}
	task := find("ciso", "policy_review")
	if task["due"] != "2026-11-30T22:59:59Z" || len(task["form"].([]any)) < 5 || task["question"] == "" || task["may_decide"] != true {
		o.T.Errorf("task %v", task)
	}
	head := find("head", "unit_override")
	if head["unit_id"] != o.Unit || head["assignee"].(m)["id"] != o.People["head"] {
		o.T.Errorf("task %v", head)
	}
	path := "/tasks/" + task["task_id"].(string)
	o.Get("owner", path).Want(http.StatusNotFound)
	answers := m{"guideline_confirmed": true, "rulebook_confirmed": true, "calendar_confirmed": true, "dpo_consulted": true}
	decide := func(as string, answers m) apitest.Answer {
		return o.post(as, path+"/decision", task["etag"].(string), m{"outcome": "done", "revision": 1, "answers": answers})
	}
	decide("ciso", answers).Problem(http.StatusUnprocessableEntity, "invalid")
	answers["legal_consulted"] = true
	decide("dpo", answers).Problem(http.StatusForbidden, "segregation_of_duties")
	decide("admin", answers).Problem(http.StatusForbidden, "segregation_of_duties")
	decide("ciso", answers).Want(http.StatusOK)
	decide("ciso", answers).Problem(http.StatusConflict, "task_closed")
}
