//go:build !slim

package apitest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// beside are the acts beside the review itself: other units, existing tools, and
// rejections that are looked at again.
var beside = []struct {
	name string
	play func(office)
}{
	{"GV-26 a unit that declined is not covered", office.unitsAnswer},
	{"GV-13 no rule is overridden", office.noRuleIsOverridden},
	{"existing tools meanwhile", office.existingToolsMeanwhile},
	{"a rejection is looked at again", office.rejectionLookedAtAgain},
	{"a rejection is overridden", office.rejectionOverridden},
	{"a rejection is looked at in time", office.rejectionLookedAtInTime}, // moves the clock
}

// TestBesideTheReview plays them on both databases.
func TestBesideTheReview(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			for _, b := range beside {
				t.Run(b.name, func(t *testing.T) { b.play(o.in(t)) })
			}
		})
	}
}

// unit adds a unit and a person in it, who is its information owner where named is
// true. It returns the unit's id.
func (o office) unit(code, handle string, named bool) string {
	o.T.Helper()
	ctx := o.T.Context()
	must := func(err error) {
		o.T.Helper()
		if err != nil {
			o.T.Fatal(err)
		}
	}
	u := store.Unit{OrgID: apitest.Org, ID: model.NewID(), Code: code, Name: lang.Text{SV: "Nämnden för " + code, EN: code}, ControllerType: "public_authority"}
	must(o.Store.PutUnit(ctx, u))
	p := store.Person{OrgID: apitest.Org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: u.ID, Roles: []model.Role{model.RoleInformationOwner}}
	must(o.Store.AddPerson(ctx, p, o.Clock.Now()))
	secret, hash := authn.NewSecret()
	must(o.Store.AddToken(ctx, store.Token{
		OrgID: apitest.Org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: o.Clock.Now(), ExpiresAt: o.Clock.Now().AddDate(1, 0, 0),
	}))
	o.Tokens[handle], o.People[handle] = secret, p.ID
	if named {
		u.InformationOwnerID = p.ID
		must(o.Store.PutUnit(ctx, u))
	}
	return u.ID
}

// units are the other units of a case as its status shows them, by code.
func (o office) units(id string) map[string]m {
	o.T.Helper()
	out := map[string]m{}
	for _, u := range o.status(id)["units"].([]any) {
		out[u.(m)["code"].(string)] = u.(m)
	}
	return out
}

// toolOf is what the register says of a case, nil where it says nothing.
func (o office) toolOf(id string) m {
	o.T.Helper()
	var list struct {
		Items []m `json:"items"`
	}
	o.Get("auditor", "/register?limit=100").Want(http.StatusOK).Into(&list)
	i := slices.IndexFunc(list.Items, func(e m) bool { return e["case_id"] == id })
	if i < 0 {
		return nil
	}
	return list.Items[i]
}

func (o office) entryUnits(id string) []string {
	o.T.Helper()
	var codes []string
	for _, u := range o.toolOf(id)["units"].([]any) {
		codes = append(codes, u.(m)["code"].(string))
	}
	return codes
}

// unitsAnswer: each unit is asked through its own people, and the register covers
// those that adopt.
func (o office) unitsAnswer() {
	t := o.T
	school := o.unit("skola", "skolans", true)
	care := o.unit("vard", "vardens", false)
	culture := o.unit("kultur", "kulturens", true)
	id := o.personal(m{"covered_unit_ids": []string{"namnden", school, "vard", culture}})
	o.Get("skolans", "/cases/"+id).Problem(http.StatusNotFound, "not_found")
	ask := []string{"adoption.adopt:" + school, "adoption.adopt:" + care, "adoption.adopt:" + culture}
	o.HandIn("legal", id, "legal_basis", m{"LB-01": []string{"Nämnden", "Skola", "Vård", "Kultur"}})
	o.Drive(id, apitest.Answering{Leave: slices.Concat(ask, []string{"ciso.decision", "info_owner.decision"})})
	units := o.units(id)
	if len(units) != 3 || units["skola"]["asked"] != true || units["vard"]["adopted"] != false || units["kultur"]["due"] == nil {
		t.Fatalf("units %v", units)
	}

	task := func(unit string) string { return o.task(id, "adoption", "adopt:"+unit) }
	for as, want := range map[string]int{"skolans": 1, "vardens": 1, "info": 0} {
		n := len(slices.DeleteFunc(o.inbox(as, id), func(x m) bool { return x["stage"] != "adoption" }))
		if n != want {
			t.Errorf("%s is asked %d times", as, n)
		}
	}
	adopt := m{"outcome": "adopt", "decision_authority": "Delegationsordning 3.1"}
	o.refused(id, http.StatusForbidden, "forbidden", "L-08", func() apitest.Answer { return o.Decide("kulturens", task(care), adopt, nil) })
	o.Decide("vardens", task(school), adopt, nil).Problem(http.StatusForbidden, "task_taken")
	wrong := m{"adoption": "decline", "decision_authority": "3.1", "report_to_board": false}
	etag := o.etag("skolans", task(school))
	p := o.post("skolans", task(school)+"/decision", etag, m{"outcome": "adopt", "revision": 1, "answers": wrong}).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/answers/adoption" {
		t.Errorf("another answer than the outcome: %+v", p.Errors)
	}
	o.Decide("skolans", task(school), m{"outcome": "adopt_stricter", "decision_authority": "3.1"}, m{
		"ropa_ref": "S 12", "adoption_conditions": "Bara lärare i gymnasiet.",
	}).Want(http.StatusOK)
	o.Decide("kulturens", task(culture), m{"outcome": "decline", "decision_authority": "3.1"}, nil).Want(http.StatusOK)

	o.Drive(id, apitest.Answering{Leave: ask})
	o.activate(id)
	if got := o.entryUnits(id); !slices.Equal(got, []string{"namnden", "skola"}) {
		t.Errorf("the register covers %v", got)
	}
	// Who answered for a unit has no function in the case of another.
	o.post("skolans", "/cases/"+id+"/suspension", o.etag("auditor", "/cases/"+id), m{"reason": "Nej."}).Problem(http.StatusForbidden, "forbidden")
	// A late answer counts; what was asked for stands in the register.
	o.Decide("vardens", task(care), adopt, m{"ropa_ref": "V 7"}).Want(http.StatusOK)
	if got := o.entryUnits(id); !slices.Equal(got, []string{"namnden", "skola", "vard"}) {
		t.Errorf("the register covers %v", got)
	}
	if u := o.toolOf(id)["units"].([]any)[1].(m); u["ropa_ref"] != "S 12" || u["conditions"] != "Bara lärare i gymnasiet." {
		t.Errorf("the school's terms: %v", u)
	}
	if u := o.units(id); u["kultur"]["outcome"] != "decline" || u["kultur"]["adopted"] != false || u["vard"]["adopted"] != true {
		t.Errorf("units %v", u)
	}
	for unit, want := range map[string]string{"skola": "allowed_with_conditions", "kultur": "denied"} {
		if a := o.answersCheck(id, unit, want); strings.Contains(a, "Bara lärare i gymnasiet.") != (unit == "skola") {
			t.Errorf("%s has to know %s", unit, a)
		}
	}
	o.verify(id)
	o.unitsAnswerAnew(id, ask)
}

// unitsAnswerAnew: another legal basis is put before every unit, whatever it has said;
// what it said stands until it answers or its time is over.
func (o office) unitsAnswerAnew(id string, ask []string) {
	t, path := o.T, "/cases/"+id
	o.post("owner", path+"/changes", o.etag("owner", path), m{"triggers": []string{"RA-04"}, "reason": "Ny leverantör."}).Want(http.StatusOK)
	o.HandIn("legal", id, "legal_basis", m{"LB-01": []string{"Nämnden", "Skola", "Vård", "Kultur"}, "LB-04": "skollagen (2010:800) 10 kap."})
	o.Drive(id, apitest.Answering{Leave: ask})
	u := o.units(id)
	for _, unit := range []string{"skola", "vard", "kultur"} {
		if u[unit]["asked"] != true || u[unit]["adopted"] != (unit != "kultur") {
			t.Errorf("%s: %v", unit, u[unit])
		}
	}
	if got := o.entryUnits(id); !slices.Equal(got, []string{"namnden", "skola", "vard"}) {
		t.Errorf("while units are asked again the register covers %v", got)
	}
	o.Decide("skolans", o.task(id, "adoption", strings.TrimPrefix(ask[0], "adoption.")), m{"outcome": "decline", "decision_authority": "3.1"}, nil).Want(http.StatusOK)
	if got := o.entryUnits(id); !slices.Equal(got, []string{"namnden", "vard"}) {
		t.Errorf("after the school has declined the register covers %v", got)
	}
	o.answersCheck(id, "skola", "denied")
	o.verify(id)
}

// answersCheck asks the register whether a unit may use the tool of a case (GV-26).
func (o office) answersCheck(id, unit, want string) (reasons string) {
	o.T.Helper()
	use := o.toolOf(id)["approved_uses"].([]any)[0]
	a := o.Do(apitest.Call{Method: http.MethodPost, Path: "/register/check", As: "employee", Body: m{
		"tool_id": id, "use": use, "information_level": 0, "org_unit": unit,
	}}).Want(http.StatusOK).Object()
	reasons = fmt.Sprint(a["reasons"])
	adopts := !strings.Contains(reasons, "unit_not_adopting")
	if !strings.HasPrefix(a["answer"].(string), want) || adopts != (want != "denied") {
		o.T.Errorf("%s may use it: %v", unit, a)
	}
	return reasons
}

func (o office) verify(id string) {
	o.T.Helper()
	if err := o.Store.VerifyCase(o.T.Context(), apitest.Org, id); err != nil {
		o.T.Error(err)
	}
}

var override = m{
	"reason": "Nyttan för de boende väger tyngre.", "decision_authority": "Nämndens reglemente 4 §", "uses": []string{"utkast till texter"},
}

// noRuleIsOverridden (GV-13): what a rule stops is not the CISO's to reject, nor the
// head's to override.
func (o office) noRuleIsOverridden() {
	for _, stop := range []string{"HS-05", "HS-01"} {
		var id string
		if stop == "HS-05" {
			answers := o.intakeOf(o.vectors().facts("TV-29", nil))
			id = o.Draft("owner", answers)
			o.post("owner", "/cases/"+id+"/submissions", `"0"`, m{"stage": "intake", "revision": 1}).Want(http.StatusOK)
		} else {
			id = o.submitted([]string{"base"}, m{"art5_flags": []string{"a"}})
		}
		o.refused(id, http.StatusConflict, "guard", stop, func() apitest.Answer { return o.overrides("head", id) })
		o.refused(id, http.StatusConflict, "guard", "OV-02", func() apitest.Answer { return o.overrides("head", id) })
		o.refused(id, http.StatusForbidden, "forbidden", "OV-02", func() apitest.Answer { return o.overrides("ciso", id) })
	}
}

func (o office) overrides(as, id string) apitest.Answer {
	o.T.Helper()
	return o.post(as, "/cases/"+id+"/override", o.etag("auditor", "/cases/"+id), override)
}

func (o office) may(as, id string) []string {
	o.T.Helper()
	var acts []string
	for _, a := range o.Get(as, "/cases/"+id).Want(http.StatusOK).Object()["allowed"].([]any) {
		acts = append(acts, a.(m)["act"].(string))
	}
	return acts
}

// existingToolsMeanwhile: the information owner and the CISO on the same terms
// (EX-01).
func (o office) existingToolsMeanwhile() {
	t := o.T
	until := calendar.Today(o.Clock.Now()).AddDays(60)
	terms := func(changes m) m {
		body := m{
			"allowed_until": until.String(), "ipl": 0, "uses": []string{"utkast till texter"},
			"reason": "Verktyget används redan.", "decision_authority": "Delegationsordning 9",
		}
		for k, v := range changes {
			body[k] = v
		}
		return body
	}
	say := func(as, id string, body m) apitest.Answer {
		t.Helper()
		return o.post(as, "/cases/"+id+"/interim-use", o.etag("auditor", "/cases/"+id), body)
	}
	planned := o.submitted([]string{"base"}, nil)
	o.refused(planned, http.StatusConflict, "guard", "EX-01", func() apitest.Answer { return say("ciso", planned, terms(nil)) })

	id := o.submitted([]string{"base"}, m{"case_type": "existing_use"})
	for as, may := range map[string]bool{"ciso": true, "info": true, "manager": false, "owner": false} {
		if slices.Contains(o.may(as, id), "allow_interim_use") != may {
			t.Errorf("%s may allow interim use: %v", as, !may)
		}
	}
	o.refused(id, http.StatusForbidden, "forbidden", "EX-01", func() apitest.Answer { return say("manager", id, terms(nil)) })
	for pointer, body := range map[string]m{
		"/allowed_until": terms(m{"allowed_until": until.AddDays(31).String()}),
		"/ipl":           terms(m{"ipl": 1}), // above the level of the case
		"/uses/0":        terms(m{"uses": []string{" "}}),
	} {
		if p := say("ciso", id, body).Problem(http.StatusUnprocessableEntity, "invalid"); !strings.HasPrefix(pointer, p.Errors[0].Pointer) {
			t.Errorf("%s: %+v", pointer, p.Errors)
		}
	}
	say("info", id, terms(nil)).Want(http.StatusOK)
	if o.toolOf(id) != nil {
		t.Error("one word is enough")
	}
	o.refused(id, http.StatusConflict, "unchanged", "EX-01", func() apitest.Answer { return say("info", id, terms(nil)) })
	p := say("ciso", id, terms(m{"allowed_until": until.AddDays(-1).String()})).Problem(http.StatusUnprocessableEntity, "invalid")
	if len(p.Errors) != 1 || p.Errors[0].Pointer != "/allowed_until" || !strings.Contains(p.Errors[0].Message, until.String()) {
		t.Errorf("other terms: %+v", p.Errors)
	}
	say("ciso", id, terms(nil)).Want(http.StatusOK)
	entry := o.toolOf(id)
	if entry["status"] != "interim" || entry["valid_until"] != until.String() || entry["approved_max_ipl"] != 0.0 {
		t.Errorf("the register: %v", entry)
	}
	note := o.status(id)["interim_use"].(m)
	if note["allowed"] != true || note["until"] != until.String() || len(note["words"].([]any)) != 2 {
		t.Errorf("interim use: %v", note)
	}
	o.post("owner", "/cases/"+id+"/withdrawal", o.etag("owner", "/cases/"+id), m{"reason": "Slutar."}).Want(http.StatusOK)
	if entry := o.toolOf(id); entry["status"] != "ended" {
		t.Errorf("afterwards: %v", entry)
	}
	o.verify(id)
}

// rejected is a case that the CISO has rejected.
func (o office) rejected() string {
	o.T.Helper()
	id := o.submitted([]string{"base"}, nil)
	o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse", "motivation": "Behövs."}).Want(http.StatusOK)
	o.decide("ciso", o.task(id, "ciso", "decision"), m{
		"outcome": "reject", "reason_codes": []string{"unclear_purpose"}, "motivation": "Nej.",
		"path_forward_text": "Välj ett annat verktyg, med avtal och loggning som går att granska.",
	}).Want(http.StatusOK)
	return id
}

func (o office) askAgain(id string) apitest.Answer {
	o.T.Helper()
	return o.post("owner", "/cases/"+id+"/re-examination", o.etag("owner", "/cases/"+id), m{"reason": "Underlaget lästes fel."})
}

// hear lets those speak who are heard.
func (o office) hear(id, stage string, by map[string]string) {
	o.T.Helper()
	for as, kind := range by {
		task := o.task(id, stage, kind)
		o.decide(as, task, m{"outcome": "advises_against"}).Problem(http.StatusUnprocessableEntity, "invalid")
		o.decide(as, task, m{"outcome": "supports", "motivation": "Hörd."}).Want(http.StatusOK)
	}
}

func (o office) rejectionLookedAtAgain() {
	t := o.T
	id := o.rejected()
	if !slices.Contains(o.may("owner", id), "re_examine") {
		t.Error("the owner is not offered a re-examination")
	}
	o.askAgain(id).Want(http.StatusOK)
	o.refused(id, http.StatusConflict, "state_conflict", "OV-02", func() apitest.Answer { return o.overrides("head", id) })
	o.hear(id, "reconsideration", map[string]string{"ciso": "review_security", "legal": "review_legal"})
	decision := o.task(id, "reconsideration", "decision")
	o.decide("ciso", decision, m{"outcome": "reopen", "motivation": "Ja."}).Problem(http.StatusForbidden, "forbidden")
	o.decide("head", decision, m{"outcome": "reopen", "motivation": "Avtalet finns."}).Want(http.StatusOK)
	if s := o.status(id); s["state"] != "CISO_REVIEW" {
		t.Errorf("state %v", s["state"])
	}
	o.Drive(id, apitest.Answering{})
	o.verify(id)
}

func (o office) rejectionOverridden() {
	t := o.T
	id := o.rejected()
	if !slices.Contains(o.may("head", id), "override") || slices.Contains(o.may("owner", id), "override") {
		t.Error("the override is offered to the wrong people")
	}
	o.post("head", "/cases/"+id+"/override", o.etag("auditor", "/cases/"+id), m{"reason": "Ja."}).Problem(http.StatusUnprocessableEntity, "invalid")
	o.overrides("head", id).Want(http.StatusOK)
	o.hear(id, "override", map[string]string{"ciso": "review_security", "dpo": "advice"})
	decision := o.task(id, "override", "decision")
	short := m{"outcome": "override", "motivation": "Ja."}
	if p := o.decide("head", decision, short).Problem(http.StatusUnprocessableEntity, "invalid"); len(p.Errors) != 2 {
		t.Errorf("an override without reasons: %+v", p.Errors)
	}
	o.decide("head", decision, m{
		"outcome": "override", "decision_authority": "Nämndens reglemente 4 §",
		"motivation": strings.Repeat("Nyttan för de boende väger tyngre än de brister som CISO har pekat på. ", 2),
	}).Want(http.StatusOK)
	o.decide("legal", o.task(id, "override", "second_reading"), m{"outcome": "confirm", "motivation": "Läst."}).Want(http.StatusOK)
	s := o.status(id)
	if !strings.HasPrefix(s["state"].(string), "APPROVED") {
		t.Errorf("state %v", s["state"])
	}
	for _, st := range s["stages"].([]any) {
		if st := st.(m); st["key"] == "ciso" && (st["result"] != "overridden" || st["result_label"] == "") {
			t.Errorf("the CISO's stage: %v", st)
		}
	}
	var list struct {
		Items []m `json:"items"`
	}
	o.Get("auditor", "/overrides").Want(http.StatusOK).Into(&list)
	if len(list.Items) != 1 || list.Items[0]["case_id"] != id || list.Items[0]["confirmed_by"].(m)["id"] != o.People["legal"] {
		t.Errorf("listed: %v", list.Items)
	}
	o.Get("owner", "/overrides").Problem(http.StatusForbidden, "forbidden")
	var decisions struct {
		Items []m `json:"items"`
	}
	o.Get("auditor", "/cases/"+id+"/decisions").Want(http.StatusOK).Into(&decisions)
	if !slices.ContainsFunc(decisions.Items, func(d m) bool {
		return d["stage"] == "override" && d["outcome"] == "override" && d["deviates"] == true && d["decision_authority"] != nil
	}) {
		t.Errorf("decisions: %v", decisions.Items)
	}
	o.activate(id)
	o.verify(id)
}

// rejectionLookedAtInTime: fifteen working days (OV-01).
func (o office) rejectionLookedAtInTime() {
	id := o.rejected()
	day := calendar.Swedish.AddWorkingDays(calendar.Today(o.Clock.Now()), 16)
	o.Clock.Set(calendar.Morning(day))
	o.refused(id, http.StatusConflict, "guard", "OV-01", func() apitest.Answer { return o.askAgain(id) })
	o.Clock.Set(calendar.Morning(calendar.Swedish.AddWorkingDays(day, -1)))
	o.askAgain(id).Want(http.StatusOK)
}
