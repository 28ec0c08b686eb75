//go:build !slim

package apitest_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
)

// TestLawChanges lets the date come on which public deployers register their
// high-risk systems in the EU database, with two systems in use that nobody has
// registered (GV-14), on both databases.
func TestLawChanges(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ownOffice(t, record).lawChanges()
		})
	}
}

// TestLawChangesBeforeUse lets a date of the law pass over approved cases that are not
// in use yet: what is accepted takes them back to their reviewers (RA-07, T-19), or
// stops them (T-05).
func TestLawChangesBeforeUse(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ownOffice(t, record).lawChangesBeforeUse()
		})
	}
}

func (o office) lawChangesBeforeUse() {
	t := o.T
	stopped := o.approvedHighRisk(nil)
	path := "/cases/" + stopped
	o.refused(stopped, http.StatusConflict, "state_conflict", "T-25", func() apitest.Answer {
		return o.post("ciso", path+"/changes", o.etag("ciso", path), m{"triggers": []string{"RA-04"}, "reason": "Ny leverantör."})
	})
	o.post("ciso", path+"/changes", o.etag("ciso", path), m{"triggers": []string{"RA-07"}, "stages": []string{"fria"}, "reason": "Ny vägledning."}).
		Want(http.StatusOK)
	if s := o.status(stopped); s["state"] != "FRIA" {
		t.Errorf("to be assessed again, and the case is %v", s["state"])
	}
	o.Drive(stopped, apitest.Answering{Own: map[string]map[string]any{"manager": negotiated}})
	if s := o.status(stopped); !strings.HasPrefix(s["state"].(string), "APPROVED") {
		t.Errorf("assessed again, and the case is %v", s["state"])
	}
	o.verify(stopped)
	o.Clock.Set(time.Date(2027, 12, 1, 23, 0, 0, 0, time.UTC))
	if n := o.retriage(); n != 1 {
		t.Errorf("%d cases were triaged again", n)
	}
	accept := func(id string, body m) {
		t.Helper()
		found := o.retriages("admin", "?status=open&case="+id)
		if len(found) != 1 || found[0].Proposal != "" || !strings.HasPrefix(string(found[0].State), "APPROVED") {
			t.Fatalf("open: %+v", found)
		}
		o.Do(apitest.Call{
			Method: http.MethodPost, Path: "/retriages/" + found[0].RetriageID + "/acceptance", As: "ciso", Body: body, Header: apitest.Key(),
		}).Want(http.StatusOK)
		if left := o.retriages("admin", "?status=open&case="+id); len(left) > 0 {
			t.Errorf("still open: %+v", left)
		}
		o.verify(id)
	}
	accept(stopped, m{"reason": "Leverantören har inte registrerat."})
	if s := o.status(stopped); s["state"] != "REJECTED_AUTO" || !slices.Contains(s["hard_stops"].([]any), any("HS-12")) {
		t.Errorf("the case is %v because of %v", s["state"], s["hard_stops"])
	}
	o.post("system", path+"/activation", o.etag("owner", path), m{}).Problem(http.StatusConflict, "state_conflict")
	if n := o.retriage(); n != 0 {
		t.Errorf("%d cases were triaged once more", n)
	}
}

// highRisk brings a high-risk system into use that is not registered.
func (o office) highRisk(changes m) (id string) {
	o.T.Helper()
	id = o.approvedHighRisk(changes)
	o.MeetConditions(id)
	o.post("system", "/cases/"+id+"/activation", o.etag("owner", "/cases/"+id), m{}).Want(http.StatusOK)
	return id
}

// approvedHighRisk is one that is approved and not in use yet.
func (o office) approvedHighRisk(changes m) (id string) {
	o.T.Helper()
	facts := o.vectors().facts("TV-22", m{"eu_db_registered": "no", "market_date": "unknown"}) // its decision_date is nobody's answer
	for field, v := range changes {
		facts[field] = v
	}
	id = o.Draft("owner", o.intakeOf(facts))
	o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
	o.Drive(id, apitest.Answering{Own: map[string]map[string]any{"manager": negotiated}})
	return id
}

// retriages lists new triages.
func (o office) retriages(as, query string) []api.RetriageItem {
	o.T.Helper()
	var l struct {
		Items []api.RetriageItem `json:"items"`
	}
	o.Get(as, "/retriages"+query).Want(http.StatusOK).Into(&l)
	return l.Items
}

// retriage looks at the law and says how many cases were triaged again.
func (o office) retriage() int {
	o.T.Helper()
	n, err := o.Act.Retriage(o.T.Context())
	if err != nil {
		o.T.Fatal(err)
	}
	return n
}

func (o office) lawChanges() {
	t := o.T
	unknown, older := o.highRisk(nil), o.highRisk(m{"market_date": "2026-05-04"})
	if n := o.retriage(); n != 0 || len(o.retriages("admin", "")) != 0 {
		t.Fatalf("%d cases were triaged again and no law has changed", n)
	}
	o.Clock.Set(time.Date(2027, 12, 1, 22, 59, 0, 0, time.UTC)) // a minute before midnight in Sweden
	o.retriage()
	if found := o.retriages("admin", "?status=open"); len(found) != 0 {
		t.Errorf("before the day: %+v", found)
	}
	o.Clock.Set(time.Date(2027, 12, 1, 23, 0, 0, 0, time.UTC))
	before := map[string]m{unknown: o.status(unknown), older: o.status(older)}
	if n := o.retriage(); n != 2 {
		t.Errorf("%d cases were triaged again", n)
	}
	if n := o.retriage(); n != 0 {
		t.Errorf("%d cases were triaged once more", n)
	}
	found := o.retriages("admin", "?status=open")
	if len(found) != 1 || found[0].CaseID != unknown {
		t.Fatalf("open: %+v of %+v", found, o.retriages("admin", ""))
	}
	o.comesToBeStopped(found[0])
	o.onlyWarned(older)
	for id, steps := range map[string]float64{unknown: 1, older: 0} { // the proposal is a step
		if now := o.status(id); now["state"] != "ACTIVE" || now["version"] != before[id]["version"].(float64)+steps {
			t.Errorf("a case was moved from %v to %v %v", before[id]["version"], now["version"], now["state"])
		}
		if err := o.Store.VerifyCase(t.Context(), apitest.Org, id); err != nil {
			t.Error(err)
		}
	}
	o.retriagesAreRead(unknown)
	stop := o.task(unknown, "stop_decision", "stop")
	o.retriagesAreAnswered(found[0])
	if now := o.status(unknown); now["state"] != "REASSESSMENT" {
		t.Errorf("accepted, and the case is %v", now["state"])
	}
	o.task(unknown, "ciso", "decision")
	o.decide("ciso", stop, m{"outcome": "suspend", "motivation": "Registrering saknas."}).Want(http.StatusOK)
	if err := o.Store.VerifyCase(t.Context(), apitest.Org, unknown); err != nil {
		t.Error(err)
	}
	o.lawIsLookedAt()
}

// lawIsLookedAt by a running service without anybody asking.
func (o office) lawIsLookedAt() {
	t := o.T
	before := len(o.retriages("admin", ""))
	o.Clock.Set(time.Date(2028, 8, 2, 9, 0, 0, 0, time.UTC)) // aia_annex_i
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); o.Act.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	for deadline := time.Now().Add(time.Minute); len(o.retriages("admin", "")) < before+2; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nothing was triaged again")
		}
	}
}

// comesToBeStopped is GV-14 (a): nothing is known of the market date.
func (o office) comesToBeStopped(r api.RetriageItem) {
	t := o.T
	if r.Proposal != model.ProposeSuspension || r.State != model.Active || r.On != "2027-12-02" || r.RegistryNo == "" ||
		!slices.Equal(r.HardStops, []string{"HS-12"}) || r.AnsweredAt != nil {
		t.Errorf("%+v", r)
	}
	var reasons []string
	for _, n := range r.Reasons {
		if n.Text == "" || n.Source == "" {
			t.Errorf("the reason %s has no words or no source", n.ID)
		}
		reasons = append(reasons, n.ID)
	}
	if !slices.Equal(reasons, []string{"aia_annex_iii", "aia_art49_3"}) {
		t.Errorf("reasons %v", reasons)
	}
	got := map[string][]string{}
	for _, d := range r.Differences {
		got[string(d.Kind)] = append(got[string(d.Kind)], d.Name+" "+d.Before+"→"+d.After)
		if len(d.Rules) == 0 || d.KindLabel == "" || d.Rules[0].Text == "" {
			t.Errorf("a difference without rules or words: %+v", d)
		}
	}
	for kind, want := range map[string][]string{
		"hard_stop": {"HS-12 →holds"}, "outcome": {" proceed→rejected_auto"}, "tier": {" T3→T4"},
		"duty": {"aia_annex_iii →2027-12-02", "aia_art49_3 →2027-12-02"}, "stage": nil, "info_protection_level": nil,
	} {
		if !slices.Equal(got[kind], want) {
			t.Errorf("%s: %v, want %v", kind, got[kind], want)
		}
	}
}

// onlyWarned is GV-14 (b): the system was on the market before the date.
func (o office) onlyWarned(id string) {
	t := o.T
	found := o.retriages("admin", "?case="+id)
	if len(found) == 0 {
		t.Fatal("the older system was not triaged again")
	}
	r := found[0]
	if r.Status != model.RetriageUnchanged || r.Proposal != "" || len(r.HardStops) != 0 || len(r.Differences) != 0 ||
		!slices.Contains(r.Warnings, "W-06") {
		t.Errorf("%+v", r)
	}
}

// retriagesAreRead by those who may read the case, and only by them.
func (o office) retriagesAreRead(id string) {
	t := o.T
	for as, want := range map[string]int{
		"admin": 1, "ciso": 1, "dpo": 1, "auditor": 1, "info": 1, "owner": 1, "other": 0, "employee": 0, "strange_admin": 0,
	} {
		if got := o.retriages(as, "?status=open&case="+id); len(got) != want {
			t.Errorf("%s reads %d", as, len(got))
		}
	}
	for query, want := range map[string]int{
		"?rule=HS-12": 1, "?rule=HS-11": 0, "?rule=aia_art49_3": 1, "?proposal=suspend": 1, "?status=dismissed": 0, "?status=unchanged": 3,
		"?limit=1": 1,
	} {
		if got := o.retriages("admin", query); len(got) != want {
			t.Errorf("%s: %d", query, len(got))
		}
	}
	o.Get("admin", "/retriages?status=done").Problem(http.StatusUnprocessableEntity, "invalid")
	o.Get("admin", "/retriages?rule=HS%2012").Problem(http.StatusUnprocessableEntity, "invalid")
	o.Get("admin", "/retriages?cursor=AAAA").Problem(http.StatusUnprocessableEntity, "invalid")
	seen := map[string]bool{}
	next := "/api/v1/retriages?limit=1"
	for range 10 {
		var page struct {
			Items []api.RetriageItem `json:"items"`
			Next  string             `json:"next_cursor"`
		}
		o.Get("admin", next).Want(http.StatusOK).Into(&page)
		seen[page.Items[0].RetriageID] = true
		if page.Next == "" {
			break
		}
		next = "/api/v1/retriages?limit=1&cursor=" + page.Next
	}
	if all := o.retriages("admin", ""); len(seen) != len(all) {
		t.Errorf("page by page %d of %d", len(seen), len(all))
	}
}

// retriagesAreAnswered by a person with a reason, once, and never by whom it is
// kept from.
func (o office) retriagesAreAnswered(r api.RetriageItem) {
	t := o.T
	path := "/retriages/" + r.RetriageID
	answer := func(as, act string, body m) apitest.Call {
		return apitest.Call{Method: http.MethodPost, Path: path + act, As: as, Body: body, Header: apitest.Key()}
	}
	dismissal := m{"reason": "Registrerat i går."}
	o.Unchanged(func() {
		for _, test := range []struct {
			apitest.Call
			status int
			code   string
			rules  []string
		}{
			{answer("dpo", "/dismissal", dismissal), 403, "forbidden", []string{"RA-07"}},
			{answer("auditor", "/dismissal", dismissal), 403, "forbidden", []string{"RA-07"}},
			{answer("owner", "/acceptance", dismissal), 403, "forbidden", []string{"RA-07"}},
			{answer("other", "/dismissal", dismissal), 404, "not_found", nil},
			{answer("strange_admin", "/dismissal", dismissal), 404, "not_found", nil},
			{answer("ciso", "/dismissal", m{"reason": ""}), 422, "invalid", nil},
			{answer("ciso", "/acceptance", m{"reason": "r", "stages": []string{"dance"}}), 422, "invalid", nil},
			{answer("ciso", "/dismissal", m{"reason": "r", "stages": []string{"ciso"}}), 422, "invalid", nil},
			{answer("ciso", "/acceptance", m{"reason": "r", "stages": []string{"eu_database"}}), 422, "invalid", nil},
			{apitest.Call{Method: http.MethodPost, Path: path + "/dismissal", As: "ciso", Body: dismissal}, 400, "idempotency_key_missing", nil},
			{apitest.Call{Method: http.MethodPost, Path: "/retriages/" + model.NewID() + "/dismissal", As: "ciso", Body: dismissal, Header: apitest.Key()}, 404, "not_found", nil},
		} {
			p := o.Do(test.Call).Problem(test.status, test.code)
			if test.rules != nil && !slices.Equal(ruleIDs(p), test.rules) {
				t.Errorf("%s %s: rules %v", test.As, test.Path, ruleIDs(p))
			}
		}
	})
	accepted := answer("ciso", "/acceptance", m{"reason": "Leverantören har inte registrerat.", "stages": []string{"fria", "ciso"}})
	a := o.Do(accepted).Want(http.StatusOK)
	var got api.RetriageItem
	a.Into(&got)
	if got.Status != model.RetriageAccepted || got.AnsweredAs != model.RoleCISO || got.AnsweredBy == nil || len(got.Stages) != 2 {
		t.Errorf("%+v", got)
	}
	if again := o.Do(accepted).Want(http.StatusOK); again.Body.String() != a.Body.String() {
		t.Errorf("the same request is answered with %s", again.Body)
	}
	p := o.Do(answer("info", "/dismissal", dismissal)).Problem(http.StatusConflict, "state_conflict")
	if !slices.Equal(ruleIDs(p), []string{"RA-07"}) {
		t.Errorf("rules %v", ruleIDs(p))
	}
}
