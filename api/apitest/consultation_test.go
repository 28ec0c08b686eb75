//go:build !slim

package apitest_test

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model/calendar"
)

// TestConsultations takes prior consultations over the API on both databases. The
// days of their events lie between the decision and today.
func TestConsultations(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			lower := o.consulting()
			o.decisionNeedsHighRisk()
			id := o.consulting()
			decided := calendar.Today(o.Clock.Now())
			o.Clock.Advance(150 * 24 * time.Hour)
			o.consultationRefused(id, decided)
			o.consultationRuns(id, decided)
			o.consultationWithdrawn(lower)
		})
	}
}

// consulting is a case whose information owner has decided to consult the authority.
func (o office) consulting() (id string) {
	o.T.Helper()
	id = o.personal(nil)
	path := "/cases/" + id
	o.Drive(id, apitest.Answering{
		Own: map[string]map[string]any{"dpia": highRisk}, Leave: []string{"dpia.decision", "ciso.decision", "info_owner.decision"},
	})
	// GV-21: nobody submits a request that has not been decided on.
	for _, as := range []string{"dpo", "info"} {
		o.refused(id, http.StatusConflict, "guard", "T-11", func() apitest.Answer {
			return o.consult(as, id, m{"event": "submitted", "date": calendar.Today(o.Clock.Now()).String(), "package": wholePackage})
		})
	}
	task := o.task(id, "dpia", "decision")
	p := o.Decide("info", task, m{"outcome": "prior_consultation", "answers": m{"decision_authority": nil}}, m{"decision_authority": nil}).
		Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/decision_authority" || p.Errors[0].Code != "DA-01" {
		o.T.Errorf("without a delegation: %+v", p.Errors)
	}
	o.post("info", task+"/decision", o.etag("info", task), m{
		"outcome": "prior_consultation", "revision": o.revisionOf("info", task), "decision_authority": "Delegationsordning 7.1",
		"motivation": "Risken är hög också med åtgärderna.",
	}).Want(http.StatusOK)
	status := o.status(id)
	if status["state"] != "PRIOR_CONSULTATION" {
		o.T.Fatalf("the case is %v", status["state"])
	}
	if now := o.standing(id); now["clock"] != "decided" || now["round"] != 1.0 || now["due"] != nil {
		o.T.Errorf("consultation %v", now)
	}
	for as, may := range map[string]bool{"info": true, "dpo": true, "owner": false, "ciso": false} {
		allowed := o.Get(as, path).Want(http.StatusOK).Object()["allowed"].([]any)
		if got := slices.ContainsFunc(allowed, func(a any) bool { return a.(m)["act"] == "record_consultation" }); got != may {
			o.T.Errorf("%s may record an event: %v", as, got)
		}
	}
	// The owner may write a better solution meanwhile, and hands it in afterwards.
	allowed := status["allowed"].([]any)
	if !slices.ContainsFunc(allowed, func(a any) bool { return a.(m)["act"] == "edit_intake" }) {
		o.T.Errorf("the owner may %v", allowed)
	}
	return id
}

func (o office) revisionOf(as, task string) int {
	o.T.Helper()
	var view api.TaskView
	o.Get(as, task).Want(http.StatusOK).Into(&view)
	return view.Current
}

// standing is the prior consultation as the status shows it.
func (o office) standing(id string) m {
	o.T.Helper()
	now, _ := o.status(id)["prior_consultation"].(m)
	return now
}

func (o office) consult(as, id string, body m) apitest.Answer {
	o.T.Helper()
	return o.post(as, "/cases/"+id+"/prior-consultation/events", o.etag("auditor", "/cases/"+id), body)
}

var wholePackage = m{"responsibilities": true, "purposes_and_means": true, "measures": true, "dpo_contact": true, "dpia": true}

// decisionNeedsHighRisk: where no high risk remains there is nothing to consult on
// (DP-32).
func (o office) decisionNeedsHighRisk() {
	id := o.personal(nil)
	o.Drive(id, apitest.Answering{Leave: []string{"dpia.decision", "ciso.decision", "info_owner.decision"}})
	task := o.task(id, "dpia", "decision")
	var view api.TaskView
	o.Get("info", task).Want(http.StatusOK).Into(&view)
	for _, c := range view.Outcomes {
		if c.Outcome == "prior_consultation" && !slices.Contains(c.Refused, "DP-32") {
			o.T.Errorf("the outcome is offered: %+v", c)
		}
	}
	o.refused(id, http.StatusConflict, "guard", "DP-32", func() apitest.Answer {
		return o.Decide("info", task, m{"outcome": "prior_consultation", "decision_authority": "Delegationsordning 7.1"}, nil)
	})
}

// consultationRefused: each event in its order, by those who may, on a day that can
// be, and nothing is left of what cannot.
func (o office) consultationRefused(id string, decided calendar.Date) {
	o.T.Helper()
	day := func(n int) string { return decided.AddDays(n).String() }
	without := m{}
	for item := range wholePackage {
		without[item] = item != "dpia"
	}
	fault := func(body m, pointer, code string) {
		o.T.Helper()
		o.Unchanged(func() {
			p := o.consult("info", id, body).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != pointer || p.Errors[0].Code != code {
				o.T.Errorf("%v: %+v", body, p.Errors)
			}
		})
	}
	o.Unchanged(func() {
		for _, as := range []string{"owner", "ciso", "admin", "legal"} {
			o.consult(as, id, m{"event": "submitted", "date": day(1)}).Problem(http.StatusForbidden, "forbidden")
		}
		o.consult("dpo", id, m{"event": "withdrawn", "date": day(1)}).Problem(http.StatusForbidden, "forbidden")
		for _, e := range []string{"received", "extension_notified", "info_requested", "info_delivered", "advice_received", "powers_used", "period_ended"} {
			o.consult("info", id, m{"event": e, "date": day(1), "text": "x"}).Problem(http.StatusConflict, "state_conflict")
		}
		o.post("info", "/cases/"+id+"/prior-consultation/events", `"1"`, m{"event": "submitted", "date": day(1), "package": wholePackage}).
			Problem(http.StatusPreconditionFailed, "stale")
		o.consult("stranger", id, m{"event": "submitted", "date": day(1)}).Problem(http.StatusNotFound, "not_found")
		o.Get("stranger", "/cases/"+id+"/prior-consultation/events").Problem(http.StatusNotFound, "not_found")
	})
	fault(m{"event": "submitted", "date": day(1), "package": without}, "/package/dpia", "T-11")
	fault(m{"event": "submitted", "date": day(151), "package": wholePackage}, "/date", "impossible")
	fault(m{"event": "submitted", "date": day(-1), "package": wholePackage}, "/date", "impossible")
	fault(m{"event": "withdrawn", "date": day(1), "text": "Lösningen görs om."}, "/decision_authority", "DA-01")
	fault(m{"event": "decided", "date": day(1)}, "/event", "oneof")
}

// consultationRuns: the DPO passes on what has been decided, the clock follows each
// event, and the advice comes while it stands still (GV-18).
func (o office) consultationRuns(id string, decided calendar.Date) {
	o.T.Helper()
	t := o.T
	on := decided.AddDays
	say := func(e string, day calendar.Date) {
		t.Helper()
		o.consult("dpo", id, m{"event": e, "date": day.String(), "text": "Myndigheten skriver.", "package": wholePackage}).Want(http.StatusOK)
	}
	runs := func(clock string, due calendar.Date, suspended int) {
		t.Helper()
		now, want := o.standing(id), any(nil)
		if !due.IsZero() {
			want = calendar.Swedish.Roll(due).String()
		}
		if now["clock"] != clock || now["due"] != want || now["suspended_days"] != float64(suspended) {
			t.Errorf("consultation %v, want %s %v %d", now, clock, want, suspended)
		}
	}
	body := m{"event": "submitted", "date": on(1).String(), "package": wholePackage}
	call := apitest.Call{
		Method: http.MethodPost, Path: "/cases/" + id + "/prior-consultation/events", As: "dpo", Body: body,
		Header: "If-Match: " + o.etag("auditor", "/cases/"+id) + "\n" + apitest.Key(),
	}
	first := o.Do(call).Want(http.StatusOK)
	if again := o.Do(call).Want(http.StatusOK); again.Body.String() != first.Body.String() {
		t.Errorf("the same request is answered with %s", again.Body)
	}
	runs("submitted", calendar.Date{}, 0)
	say("received", on(4))
	runs("running", on(4+56), 0)
	say("extension_notified", on(20))
	runs("running", on(4+98), 0)
	o.refused(id, http.StatusConflict, "state_conflict", "T-12", func() apitest.Answer { // it is extended once
		return o.consult("dpo", id, m{"event": "extension_notified", "date": on(21).String(), "text": "x"})
	})
	say("info_requested", on(30))
	runs("suspended", calendar.Date{}, 0)
	p := o.consult("dpo", id, m{"event": "info_delivered", "date": on(29).String()}).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/date" {
		t.Errorf("delivered before it was asked for: %+v", p.Errors)
	}
	say("info_delivered", on(40))
	runs("running", on(4+98+10), 10)
	say("powers_used", on(41))
	say("info_requested", on(50))
	runs("suspended", calendar.Date{}, 10)
	say("advice_received", on(55))
	if status := o.status(id); status["state"] != "DPIA" || status["prior_consultation"] != nil {
		t.Errorf("after the advice the case is %v, %v", status["state"], status["prior_consultation"])
	}
	o.task(id, "dpia", "prepare")

	var page api.ConsultationPage
	o.Get("auditor", "/cases/"+id+"/prior-consultation/events").Want(http.StatusOK).Into(&page)
	if len(page.Items) != 9 || page.Items[0].Event != "decided" || page.Items[0].DecisionAuthority != "Delegationsordning 7.1" ||
		page.Items[8].Date != on(55).String() || page.Items[8].RecordedBy.ID != o.People["dpo"] || page.Items[8].EventLabel == "" {
		t.Errorf("events %+v", page.Items)
	}
	o.must(o.Store.VerifyCase(t.Context(), apitest.Org, id))
}

func (o office) must(err error) {
	o.T.Helper()
	if err != nil {
		o.T.Fatal(err)
	}
}

// consultationWithdrawn: the information owner takes the request back, with reasons
// and on a delegation, and decides anew.
func (o office) consultationWithdrawn(id string) {
	o.T.Helper()
	today := calendar.Today(o.Clock.Now()).String()
	o.consult("info", id, m{
		"event": "withdrawn", "date": today, "text": "Lösningen görs om.", "decision_authority": "Delegationsordning 7.1",
	}).Want(http.StatusOK)
	if state := o.status(id)["state"]; state != "DPIA" {
		o.T.Errorf("the case is %v", state)
	}
	o.HandIn("owner", id, "dpia", m{"risks": everyRisk(1)})
	o.Pass("dpo", o.task(id, "dpia", "advice"), nil)
	o.Pass("info", o.task(id, "dpia", "decision"), nil)
	if state := o.status(id)["state"]; state != "CISO_REVIEW" {
		o.T.Errorf("the case is %v", state)
	}
	o.must(o.Store.VerifyCase(o.T.Context(), apitest.Org, id))
}
