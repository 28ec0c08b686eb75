//go:build !slim

package apitest_test

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// questions are the cases that the questions of rulebook 9.12 are about.
type questions struct {
	office
	// used is in use, with a record of each kind; advised goes on against advice,
	// with sensitive data in another country; rejected was rejected without a word
	// of the power to decide; bound has a dated condition; wide covers two units.
	used, advised, rejected, bound, wide string
}

// TestQuestions puts the questions and filters of rulebook 9.12 over HTTP, on both
// databases.
func TestQuestions(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := openQuestions(ownOffice(t, record))
			for what, play := range map[string]func(questions){
				"filters": questions.filters, "register": questions.registerFilters, "who asks": questions.answered,
				"complaints": questions.complaints, "figures": questions.figures,
			} {
				t.Run(what, func(t *testing.T) {
					b := a
					b.office = a.in(t)
					play(b)
				})
			}
		})
	}
}

func openQuestions(o office) questions {
	o.T.Helper()
	a := questions{office: o}
	culture := store.Unit{
		OrgID: apitest.Org, ID: model.NewID(), Code: "kultur", Name: lang.Text{SV: "Kulturnämnden", EN: "Culture"}, ControllerType: "board",
		ManagerID: o.People["manager"], InformationOwnerID: o.People["info"], SystemOwnerID: o.People["system"],
	}
	if err := o.Store.PutUnit(o.T.Context(), culture); err != nil {
		o.T.Fatal(err)
	}
	a.used = o.personal(m{
		"provider_name": "Talverket i Norden AB", "product_name": "Samtalsnot 4", "model_names": []string{"Modell X"},
		"sub_processors": []m{{"name": "Östra Molnet AB", "country": "Sverige", "personal_data": true}},
	})
	o.Drive(a.used, apitest.Answering{})
	o.MeetConditions(a.used)
	o.post("system", "/cases/"+a.used+"/activation", o.etag("owner", "/cases/"+a.used), m{}).Want(http.StatusOK)
	for kind, answers := range kept {
		o.keep("ciso", a.used, kind, answers).Want(http.StatusCreated)
	}
	supplier := m{
		"name": "Talverket i Norden AB", "country": "Sverige", "incident_contact": "jour@talverket.example", "csl_covered": "yes",
		"dpa_version": "2.1", "dpf_check_date": "2026-11-01", "dpf_recheck_due": "2027-05-01",
	}
	o.note("admin", "/suppliers", m{"answers": supplier}).Want(http.StatusCreated)

	a.advised = o.personal(m{
		"special_categories": []string{"health"}, "data_subject_groups": []string{"suppliers"},
		"storage_location": "adequacy_country", "transfer_mechanism": "adequacy",
	})
	o.Drive(a.advised, apitest.Answering{Leave: []string{"legal_basis.advice", "legal_basis.decision"}})
	o.decide("dpo", o.task(a.advised, "legal_basis", "advice"), m{"outcome": "advises_against", "motivation": "Ändamålet är för vitt."}).Want(http.StatusOK)

	a.rejected = o.personal(nil)
	o.HandIn("legal", a.rejected, "legal_basis", nil)
	task := o.task(a.rejected, "legal_basis", "decision")
	o.post("info", task+"/decision", o.etag("info", task), m{
		"outcome": "reject", "revision": o.Get("info", task).Object()["current_revision"], "motivation": "Stödet saknas.", "reason_codes": []string{"LB-R01"},
		"path_forward_text": "Begränsa ändamålet till frågor utan personuppgifter.",
	}).Want(http.StatusOK)
	entry := model.RegisterEntry{
		CaseID: a.rejected, Status: model.RegisterInterim, Tool: "Tillfälligt", Kind: "ai_service", PersonalData: model.DataApproved,
		Units: []model.RegisterUnit{{UnitID: o.Unit}}, ValidUntil: "2027-02-21", ApprovedUses: []string{"anteckningar"},
	}
	if _, err := o.Store.PutRegisterEntry(o.T.Context(), apitest.Org, "", entry, o.Clock.Now()); err != nil {
		o.T.Fatal(err)
	}
	a.bound = o.submitted([]string{"base"}, nil)
	o.toCISO(a.bound, nil)
	o.decide("ciso", o.task(a.bound, "ciso", "decision"), m{
		"outcome": "approve_with_conditions", "conditions": []m{condition(m{"due_kind": "date", "due_date": "2030-01-31"})},
	}).Want(http.StatusOK)
	a.wide = o.personal(m{"covered_unit_ids": []string{"namnden", "kultur"}})
	return a
}

// kept are the records beside the case in use, by kind.
var kept = map[string]m{
	"model_version": {"name": "Modell Y", "version": "4.1", "end_of_life": "2027-01-31", "last_change": "Ny träning."},
	"sub_processor": {"supplier": "Talverket i Norden AB", "name": "Norra Lagret AB", "country": "Finland"},
	"system_asset": {
		"cmdb_id": "CI-1", "permissions": []string{"mail.read"}, "service_account": "svc-samtal", "credential_expiry": "2027-02-28",
		"egress": []string{"api.talverket.example"}, "mcp_servers": []string{"arkiv 1.2"}, "keys_where": "KMS", "own_key": true,
	},
	"log_destination": {"platform": "Loggplattformen", "retention": "180 dagar", "sample_checked_at": "2026-11-02"},
	"security_test":   {"test_kind": "penetration", "tested_at": "2026-10-01", "open_issues": "Två, se DI-2026-7.", "retest_due": "2027-10-01"},
	"stop_contact":    {"name": "Jouren", "role": "Driftledare", "telephone": "0500-100", "hours": "dygnet runt", "supplier_suspended": "Anteckningar görs för hand."},
	"information_set": {"name": "Mötesanteckningar", "info_k": 2, "info_r": 1, "info_t": 1, "klassa_ref": "KL-7", "classified_on": "2026-09-01"},
	"usage":           {"month": "2026-11-01", "requests": 1200, "cost": 4100.5, "users_with_access": 40, "users_in_groups": 38},
}

func (o office) keep(as, id, kind string, answers m) apitest.Answer {
	o.T.Helper()
	return o.note(as, "/cases/"+id+"/records", m{"kind": kind, "answers": answers})
}

// found are the cases that somebody's list shows with a filter.
func (o office) found(as, path, filter, value, key string) []string {
	o.T.Helper()
	var l struct {
		Items []m `json:"items"`
	}
	o.Get(as, path+"?limit=100&"+url.Values{filter: {value}}.Encode()).Want(http.StatusOK).Into(&l)
	var ids []string
	for _, item := range l.Items {
		id, _ := item[key].(string)
		ids = append(ids, id)
	}
	return ids
}

// answerOf is an answer of a stage's assessment.
func (o office) answerOf(id, stage, question string) string {
	o.T.Helper()
	answers := o.Get("dpo", "/cases/"+id+"/assessments/"+stage).Want(http.StatusOK).Object()["answers"].(m)
	value, _ := answers[question].(string)
	return value
}

func (o office) resultOf(id, stage string) string {
	o.T.Helper()
	for _, s := range o.status(id)["stages"].([]any) {
		if s := s.(m); s["key"] == stage {
			result, _ := s["result"].(string)
			return result
		}
	}
	return ""
}

// filters: each finds the case that it should, for those who may read it, and not
// by another value.
func (a questions) filters() {
	for filter, test := range map[string]struct{ id, value, other string }{
		"supplier":                   {a.used, "TALVERKET I NORDEN AB", "Talverket"},
		"product":                    {a.used, "samtalsnot 4", "Samtalsnot"},
		"model":                      {a.used, "modell y", "Modell Z"},
		"sub_processor":              {a.used, "norra lagret ab", "Norra"},
		"storage_location":           {a.advised, "adequacy_country", "sweden"},
		"transfer_mechanism":         {a.advised, "adequacy", "scc_with_tia"},
		"legal_ground":               {a.used, a.answerOf(a.used, "legal_basis", "LB-03"), "d"},
		"art9_ground":                {a.advised, a.answerOf(a.advised, "legal_basis", "LB-08"), "a"},
		"dpia_result":                {a.used, a.resultOf(a.used, "dpia"), "waived"},
		"special_category":           {a.advised, "health", "religious"},
		"data_subject_group":         {a.advised, "suppliers", "children_pupils"},
		"dpo_advice":                 {a.advised, "advises_against", "not_given_in_time"},
		"decision_authority_missing": {a.rejected, "true", ""},
		"unit_adopted":               {a.used, "namnden", "kultur"},
		"unit_not_adopted":           {a.wide, "kultur", ""},
		"ropa_ref_missing":           {a.rejected, "true", ""},
		"model_end_of_life_before":   {a.used, "2027-02-01", "2027-01-31"},
		"tested_at_before":           {a.used, "2026-10-02", "2026-10-01"},
		"retest_due_before":          {a.used, "2027-10-02", "2027-10-01"},
		"credential_expiry_before":   {a.used, "2027-03-01", "2027-02-28"},
		"interim_until_before":       {a.rejected, "2027-02-22", "2027-02-21"},
		"condition_due_before":       {a.bound, "2030-02-01", "2026-01-01"},
	} {
		if got := a.found("dpo", "/cases", filter, test.value, "case_id"); !slices.Contains(got, test.id) {
			a.T.Errorf("%s=%s finds %v, without %s", filter, test.value, got, test.id)
		}
		if got := a.found("other", "/cases", filter, test.value, "case_id"); len(got) > 0 {
			a.T.Errorf("%s=%s finds %v for somebody who may not read them", filter, test.value, got)
		}
		if test.other == "" {
			continue
		}
		if got := a.found("dpo", "/cases", filter, test.other, "case_id"); slices.Contains(got, test.id) {
			a.T.Errorf("%s=%s finds %s too", filter, test.other, test.id)
		}
	}
	if got := a.found("dpo", "/cases", "deviated", "true", "case_id"); len(got) > 0 {
		a.T.Errorf("decisions against advice: %v", got)
	}
	until := a.status(a.used)["valid_until"].(string)
	if got := a.found("dpo", "/cases", "valid_until_before", until, "case_id"); slices.Contains(got, a.used) {
		a.T.Errorf("an approval that ends on %s ends before it", until)
	}
	if got := a.found("dpo", "/cases", "valid_until_before", "2090-01-01", "case_id"); !slices.Contains(got, a.used) || slices.Contains(got, a.wide) {
		a.T.Errorf("approvals that end before 2090: %v", got)
	}
	for filter, value := range map[string]string{
		"legal_ground": "z", "storage_location": "moon", "dpo_advice": "maybe", "dpia_result": "fine", "unit_adopted": "nowhere",
		"retest_due_before": "2027-02-30", "condition_due_before": "soon", "special_category": "%",
	} {
		for _, path := range []string{"/cases", "/register"} {
			p := a.Get("dpo", path+"?"+url.Values{filter: {value}}.Encode()).Problem(http.StatusUnprocessableEntity, "invalid")
			if len(p.Errors) != 1 || p.Errors[0].Pointer != "/"+filter {
				a.T.Errorf("%s?%s=%s: %+v", path, filter, value, p.Errors)
			}
		}
	}
}

// registerFilters: what the register does not show finds entries only of cases that
// the reader may read, and nothing without a token.
func (a questions) registerFilters() {
	for filter, test := range map[string]struct {
		id, value string
		everybody bool
	}{
		"model": {a.used, "Modell X", false}, "sub_processor": {a.used, "Östra Molnet AB", false},
		"retest_due_before": {a.used, "2027-10-02", false}, "unit_adopted": {a.used, "namnden", true},
		"unit_not_adopted": {a.used, "kultur", true}, "ropa_ref_missing": {a.rejected, "true", true},
		"case_id": {a.used, a.used, true}, "interim_until_before": {a.rejected, "2027-02-22", true}, "decision_authority_missing": {a.rejected, "true", false},
	} {
		if got := a.found("dpo", "/register", filter, test.value, "case_id"); !slices.Contains(got, test.id) {
			a.T.Errorf("%s=%s finds %v", filter, test.value, got)
		}
		if got := a.found("employee", "/register", filter, test.value, "case_id"); slices.Contains(got, test.id) != test.everybody {
			a.T.Errorf("%s=%s finds %v for an employee", filter, test.value, got)
		}
		a.Get("", "/register?"+url.Values{"organisation": {apitest.Org}, filter: {test.value}}.Encode()).
			Problem(http.StatusUnprocessableEntity, "invalid")
	}
	for id, want := range map[string][]string{a.used: {a.used}, a.rejected: {a.rejected}, a.bound: nil, model.NewID(): nil, "%": nil} {
		if got := a.found("employee", "/register", "case_id", id, "case_id"); !slices.Equal(got, want) {
			a.T.Errorf("of case %s: %v, want %v", id, got, want)
		}
	}
	if got := a.found("stranger", "/register", "case_id", a.used, "case_id"); len(got) > 0 {
		a.T.Errorf("another organisation finds %v", got)
	}
}

// answered: for each question of rulebook 9.12, the request that answers it and
// what its answer holds.
func (a questions) answered() {
	used := "/cases/" + a.used
	for _, q := range []struct{ who, question, path, holds string }{
		{"dpo", "Which controllers does this decision bind?", "/register?unit_adopted=namnden", `"name":"Nämnden"`},
		{"dpo", "Which units have not adopted?", "/cases?unit_not_adopted=kultur", a.wide},
		{"dpo", "Where is it not in the Art 30 register, per unit?", "/register?ropa_ref_missing=true", a.rejected},
		{"dpo", "Which active cases use supplier X?", "/cases?state=ACTIVE&supplier=talverket+i+norden+ab", a.used},
		{"dpo", "Which rely on mechanism Y?", "/cases?transfer_mechanism=adequacy", a.advised},
		{"dpo", "Which of my remarks are unanswered?", used + "/remarks?status=open", `"items":[]`},
		{"dpo", "Where was my advice not followed, and why?", used + "/decisions", `"deviates":false`},
		{"dpo", "When was I asked, when did it lie with others?", used + "/tasks", `"kind":"advice"`},
		{"dpo", "Source, recipients and retention per data set?", used + "/revisions/1", `"retention_sets":`},
		{"dpo", "Who decided, on which delegation, to be reported to the nämnd?", used + "/decisions", `"decision_authority":`},
		{"dpo", "DPA, sub-processor list, TIA, DPF check: version, date, next check?", "/suppliers?due_before=2027-05-02", `"dpf_recheck_due":"2027-05-01"`},
		{"dpo", "Complaints and rights requests per tool?", used + "/records?kind=complaint", `"items":`},
		{"dpo", "Groups covered by standing advice?", "/advice", `"items":`},
		{"ciso", "System ids, permissions, service accounts, expiring credentials, egress and MCP servers, keys?",
			used + "/records?kind=system_asset&due_before=2027-03-01", `"service_account":"svc-samtal"`},
		{"ciso", "Model version in use, end of life, last change?", used + "/records?kind=model_version", `"end_of_life":"2027-01-31"`},
		{"ciso", "Where do the logs go, checked when?", used + "/records?kind=log_destination", `"sample_checked_at":"2026-11-02"`},
		{"ciso", "Tests: date, scope, open issues, retest due?", used + "/records?kind=security_test", `"open_issues":"Två`},
		{"ciso", "Who holds the stop button tonight?", used + "/records?kind=stop_contact", `"hours":"dygnet runt"`},
		{"ciso", "What stops if the supplier is suspended tomorrow?", used + "/records?kind=stop_contact", `"supplier_suspended":"Anteckningar`},
		{"ciso", "Conditions due this month across all cases?", "/cases?condition_due_before=2030-02-01", a.bound},
		{"ciso", "K/R/T with reference and date per information set?", used + "/records?kind=information_set", `"klassa_ref":"KL-7"`},
		{"ciso", "Supplier's incident contact and SLA, CSL-covered?", "/suppliers", `"incident_contact":"jour@talverket.example"`},
		{"ciso", "Users with access versus approved groups; volume and cost?", used + "/records?kind=usage", `"users_in_groups":38`},
		{"ciso", "Interim approvals running out?", "/register?interim_until_before=2027-02-22", a.rejected},
	} {
		if body := a.Get(q.who, q.path).Want(http.StatusOK).Body.String(); !strings.Contains(body, q.holds) {
			a.T.Errorf("%s asks: %s\n%s does not hold %s: %s", q.who, q.question, q.path, q.holds, body)
		}
	}
}

// complaints: those who keep records of a case may note them, each version stays,
// and three in six months are told of in the status (RA-10).
func (a questions) complaints() {
	o, path := a.office, "/cases/"+a.used
	day := func(kind string) m {
		return m{"received_at": "2026-11-20", "complaint_kind": kind, "text_ref": "KS 2026/77", "answer_due": "2026-12-20"}
	}
	for _, as := range []string{"owner", "manager", "legal", "admin", "auditor"} {
		o.keep(as, a.used, "complaint", day("complaint")).Problem(http.StatusForbidden, "forbidden")
	}
	o.keep("other", a.used, "complaint", day("complaint")).Problem(http.StatusNotFound, "not_found")
	o.keep("dpo", a.used, "security_test", m{}).Problem(http.StatusForbidden, "forbidden")
	for _, as := range []string{"dpo", "ciso"} {
		o.keep(as, a.used, "complaint", day("complaint")).Want(http.StatusCreated)
	}
	o.keep("info", a.used, "complaint", day("rights_request")).Want(http.StatusCreated)
	repeated := func() any { o.T.Helper(); return o.status(a.used)["complaints"] }
	if got := repeated().(m); got["recent"] != 2.0 || got["repeated"] != false {
		o.T.Errorf("after two complaints %v", got)
	}
	third := o.keep("system", a.used, "complaint", day("complaint")).Want(http.StatusCreated).Object()["record_id"].(string)
	if got := repeated().(m); got["recent"] != 3.0 || got["repeated"] != true {
		o.T.Errorf("after three complaints %v", got)
	}

	put := func(as, etag string, answers m) apitest.Answer {
		o.T.Helper()
		return o.Do(apitest.Call{Method: http.MethodPut, Path: path + "/records/" + third, As: as, Body: m{"answers": answers}, Header: "If-Match: " + etag})
	}
	answered := day("complaint")
	maps.Copy(answered, m{"answered_at": "2026-11-22", "outcome": "Rättat."})
	o.untouched(a.used, func() {
		put("owner", `"1"`, answered).Problem(http.StatusForbidden, "forbidden")
		put("dpo", `"2"`, answered).Problem(http.StatusPreconditionFailed, "stale")
		p := put("dpo", `"1"`, m{"received_at": "i går", "weather": "fint"}).Problem(http.StatusUnprocessableEntity, "invalid")
		pointers := []string{}
		for _, f := range p.Errors {
			pointers = append(pointers, f.Pointer)
		}
		if slices.Sort(pointers); !slices.Equal(pointers, []string{"/answers/received_at", "/answers/weather"}) {
			o.T.Errorf("faults %+v", p.Errors)
		}
	})
	if got := put("dpo", `"1"`, answered).Want(http.StatusOK); got.Header().Get("ETag") != `"2"` {
		o.T.Errorf("the next version has the tag %s", got.Header().Get("ETag"))
	}
	view := o.Get("owner", path+"/records/"+third).Want(http.StatusOK).Object()
	if len(view["history"].([]any)) != 2 || view["may_edit"] != false || view["due"] != nil || view["kind_label"] == "" {
		o.T.Errorf("record %v", view)
	}
	if events := o.Get("owner", path+"/events?limit=100").Body.String(); strings.Contains(events, "KS 2026/77") || !strings.Contains(events, third) {
		o.T.Error("the events say what a record says, or do not tell of it")
	}
	if err := o.Store.VerifyCase(o.T.Context(), apitest.Org, a.used); err != nil {
		o.T.Error(err)
	}
	o.Get("other", path+"/records/"+third).Problem(http.StatusNotFound, "not_found")
	o.Get("dpo", "/suppliers/"+third).Problem(http.StatusNotFound, "not_found")
	o.Get("employee", "/suppliers").Problem(http.StatusForbidden, "forbidden")
	o.note("ciso", "/suppliers", m{"answers": m{"name": "x", "country": "y"}}).Problem(http.StatusForbidden, "forbidden")
}

// figures: those who read every case read the statistics.
func (a questions) figures() {
	s := a.Get("admin", "/statistics").Want(http.StatusOK).Object()
	if s["submitted"] != 5.0 || s["rejected"].(m)["cases"] != 1.0 || s["rejected"].(m)["share"] != 0.2 || s["active"].(m)["tools"] != 1.0 {
		a.T.Errorf("statistics %v", s)
	}
	if by := s["rejected_by"].([]any); len(by) != 1 || by[0].(m)["code"] != "LB-R01" || len(s["stages"].([]any)) == 0 {
		a.T.Errorf("statistics %v", s)
	}
	if s := a.Get("auditor", "/statistics?from=2000-01-01&to=2000-12-31").Want(http.StatusOK).Object(); s["submitted"] != 0.0 {
		a.T.Errorf("of another year %v", s)
	}
	for _, as := range []string{"owner", "employee", "manager"} {
		a.Get(as, "/statistics").Problem(http.StatusForbidden, "forbidden")
	}
	for query, pointer := range map[string]string{"from=soon": "/from", "to=2026-02-30": "/to", "from=2026-02-01&to=2026-01-31": "/to"} {
		if p := a.Get("admin", "/statistics?"+query).Problem(http.StatusUnprocessableEntity, "invalid"); p.Errors[0].Pointer != pointer {
			a.T.Errorf("%s: %+v", query, p.Errors)
		}
	}
}
