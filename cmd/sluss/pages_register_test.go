//go:build !slim

package main

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/store"
)

// registered is a world with a register: a tool in use that stands in for a decided
// case, one that is allowed for now, and one that is stopped.
type registered struct {
	*world
	// inUse is a case in use, entry the id of its entry.
	inUse                     *aCase
	entry, interim, suspended string
}

func withRegister(t *testing.T, w *world) registered {
	t.Helper()
	answers := intake(t, minutes)
	answers["covered_unit_ids"] = w.unitIDs("socialnamnden", "kommunstyrelsen")
	c := w.open(demoTeam, answers)
	c.intake = intake(t, minutes) // by which the forms of the stages are filled in
	c.submit()
	c.statesUnits("Socialnämnden", "Kommunstyrelsen")
	c.passUntil(model.Approved)
	c.activate()
	r := registered{world: w, inUse: c}
	st, err := store.Open(t.Context(), store.Options{URL: w.recordURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	o, err := st.Organisation(t.Context(), org)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := enterInitial(t.Context(), st, o, time.Now()); err != nil {
		t.Fatal(err)
	}
	own, err := st.CaseRegisterEntry(t.Context(), org, c.id)
	if err != nil {
		t.Fatal(err)
	}
	r.entry = own.ID
	found, err := st.RegisterEntries(t.Context(), store.RegisterFilter{OrgID: org, Status: model.RegisterInterim})
	if err != nil || len(found) == 0 {
		t.Fatal(found, err)
	}
	r.interim = found[0].ID
	stopped := own.Entry
	stopped.CaseID, stopped.RegistryNo, stopped.Status = "", "", model.RegisterSuspended
	stopped.Tool, stopped.Product, stopped.Supplier = "Chattbot för invånare", "Svarsboten", "Exempelbolaget AB"
	stopped.Transparency, stopped.ApprovedUses = []string{"50(1)"}, []string{"svar på vanliga frågor"}
	stopped.NotApprovedUses, stopped.ValidUntil = []string{"rådgivning i enskilda ärenden"}, calendar.Today(time.Now()).AddDays(90).String()
	stopped.Notice = lang.Text{
		SV: "Du chattar med en AI-tjänst, inte en människa. Svaren kan vara fel.",
		EN: "You are chatting with an AI service, not a person. Answers may be wrong.",
	}
	if r.suspended, err = st.PutRegisterEntry(t.Context(), org, "", stopped, time.Now()); err != nil {
		t.Fatal(err)
	}
	return r
}

// statesUnits passes what comes before the legal basis, and hands that one in with the
// boards and companies that the case covers.
func (c *aCase) statesUnits(names ...string) {
	c.w.t.Helper()
	for {
		open := c.openTasks()
		if len(open) == 0 {
			c.w.t.Fatal("nobody prepares the legal basis")
		}
		if open[0].Stage != model.StageLegalBasis || open[0].Kind != model.TaskPrepare {
			c.pass()
			continue
		}
		user, path := c.team.who(open[0].Role), v1+c.path("/assessments/"+string(model.StageLegalBasis))
		answers := open[0].form()
		answers["LB-01"] = names
		now := c.w.sent(user, client.Call{Method: http.MethodGet, Path: path})
		c.w.sent(user, client.Call{Method: http.MethodPut, Path: path, IfMatch: now.ETag(), Body: map[string]any{"answers": answers}})
		var draft struct {
			Revision int `json:"revision"`
		}
		if err := c.w.sent(user, client.Call{Method: http.MethodGet, Path: path}).Decode(&draft); err != nil {
			c.w.t.Fatal(err)
		}
		c.w.must(user, c.post("/submissions", map[string]any{"stage": model.StageLegalBasis, "revision": draft.Revision}))
		return
	}
}

// unitIDs are the ids of units by their codes.
func (w *world) unitIDs(codes ...string) []any {
	w.t.Helper()
	var l struct {
		Items []struct{ ID, Code string } `json:"items"`
	}
	w.get("project_owner", "/units?limit=100", &l)
	var ids []any
	for _, code := range codes {
		for _, u := range l.Items {
			if u.Code == code {
				ids = append(ids, u.ID)
			}
		}
	}
	return ids
}

// TestRegisterPages shows the register, the question whether a tool may be used and
// the report of an incident in a browser, and has people find their way in them.
func TestRegisterPages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	bare := window(t, chrome, w, "sv")
	bare.open("/register/public/demo?lang=sv")
	bare.sees("Inget AI-verktyg används än.")
	bare.accessible("register-public-none")
	r := withRegister(t, w)

	show(t, chrome, w, []place{
		{"register", "user", "/register"},
		{"register-reviewer", "dpo", "/register?storage_location=sweden"},
		{"register-none", "user", "/register?q=finns+inte"},
		{"register-entry", "project_owner", "/register/" + r.entry},
		{"register-entry-interim", "user", "/register/" + r.interim},
		{"register-entry-suspended", "user", "/register/" + r.suspended},
		{"register-public", "", "/register/public/demo"},
		{"register-public-tool", "", "/register/public/demo/" + r.entry},
		{"may-i-use", "user", "/may-i-use"},
		{"may-i-use-unknown", "user", "/may-i-use?tool=Hemliga+boten"},
		{"may-i-use-meant", "user", "/may-i-use?tool=bot"},
		{"may-i-use-questions", "user", "/may-i-use?entry=" + r.entry},
		{"new-case-based", "project_owner", "/cases/new?based_on=" + r.entry},
		{"incident-new", "user", "/incidents/new"},
		{"incident-new-entry", "user", "/incidents/new?entry=" + r.entry},
		{"incidents-none", "user", "/incidents"},
	})
	t.Run("may I use", r.asks)
	t.Run("already approved", r.duplicates)
	t.Run("a unit adopts", r.adopts)
	t.Run("an incident", r.reports)
	r.add(store.Organisation{ID: "grannby", Name: "Grannby kommun", Profile: "strictest"})
	show(t, chrome, w, []place{{"register-public-all", "", "/register/public"}})
	first := window(t, chrome, w, "sv")
	first.open("/register/public")
	first.sees("Grannby kommun")
	first.open("/register/public/demo")
	first.light("the public register")
}

// add has another organisation use the installation.
func (r registered) add(o store.Organisation) {
	r.t.Helper()
	st, err := store.Open(r.t.Context(), store.Options{URL: r.recordURL()})
	if err != nil {
		r.t.Fatal(err)
	}
	defer st.Close()
	if err := st.AddOrganisation(r.t.Context(), o, time.Now()); err != nil {
		r.t.Fatal(err)
	}
}

// window of its own for a part of the test.
func (r registered) window(t *testing.T, user string) *browser {
	t.Helper()
	b := window(t, chromium(t), r.world, "sv")
	b.signIn(user)
	return b
}

// looks checks a state of a page wide and narrow and takes its picture.
func (b *browser) looks(name string) {
	b.Helper()
	for _, width := range []int64{1200, 320} {
		b.wide(width)
		b.accessible(name)
		b.picture(name + "-" + b.lang + "-" + map[int64]string{1200: "1200", 320: "320"}[width])
	}
	b.wide(1200)
}

// asks has somebody ask about tools: one that may be used, one that is for others,
// and one for what it is not approved for.
func (r registered) asks(t *testing.T) {
	b := r.window(t, "user")
	b.press(`.headed a[href="/may-i-use"]`)
	b.write("tool", "Chattbot för invånare")
	b.press("main form .button")
	b.sees("Vad ska du använda det till?", "Svar på vanliga frågor", "Rådgivning i enskilda ärenden")
	b.press("main form .button") // with nothing answered
	b.sees("Det här behöver du svara på", "Vad ska du använda det till: Välj ett svar.")
	b.looks("may-i-use-faults")
	for field, label := range map[string]string{"use": "Svar på", "level": "Öppen", "personal_data": "Nej", "secrecy": "Nej"} {
		b.choose(field, label)
	}
	b.press("main form .button")
	b.sees("Nej", "Användningen är tillfälligt stoppad.", "T-23", "Gör så här i stället", "Öppna ett ärende")
	b.looks("may-i-use-no")

	b.open("/may-i-use?entry=" + r.entry)
	use := eval[string](b, `document.querySelector("#use label").innerText`)
	for field, label := range map[string]string{"use": use, "level": "Öppen", "personal_data": "Nej", "secrecy": "Nej"} {
		b.choose(field, label)
	}
	b.press("main form .button")
	b.sees("Ja", "Socialnämnden", "Läs allt om verktyget")
	if got := eval[string](b, `document.querySelector(".answer").className`); got != "answer yes" && got != "answer but" {
		t.Errorf("the answer is %q: %s", got, b.text())
	}
	b.looks("may-i-use-yes")
	b.press("form .plain[value=edit]")
	b.choose("special", "Uppgifter om hälsa")
	b.press("main form .button")
	b.sees("Nej", "Verktyget är inte godkänt för", "högre än du angav")
	b.looks("may-i-use-no-special")
}

// duplicates has somebody about to open a case for what is approved already.
func (r registered) duplicates(t *testing.T) {
	b := r.window(t, "project_owner")
	b.open("/cases/new")
	b.write("title", "En till chattbot")
	b.write("product", "Svarsboten")
	b.press("main form .button")
	b.sees("Det kan redan vara godkänt", "Chattbot för invånare", "Får inte användas", "Inget är sparat än.")
	b.looks("already")
	b.open("/cases/new?product=" + url.QueryEscape(r.product()))
	b.write("title", "Protokoll på annat håll")
	b.press("main form .button")
	b.sees("Får användas", "Använd det här", "Bygg ärendet på det")
	b.looks("already-in-use")
	other := r.window(t, "project_owner_2")
	c := r.open(demoTeam, intake(t, spelling))
	c.submit()
	other.open("/cases/new")
	other.write("title", "Stavning hos oss")
	other.write("product", c.intake["product_name"].(string))
	other.press("main form .button")
	other.sees("Någon prövar redan samma sak", c.view().RegistryNo, "Hör av dig till enheten")
	other.looks("already-similar")
	b.press(".quiet[value=anyway]")
	b.sees("Ärende och organisation")
	if got := eval[string](b, "location.pathname"); !strings.HasSuffix(got, "/intake") {
		t.Errorf("leads to %s", got)
	}
}

// product is what the case in use is about.
func (r registered) product() string {
	name, _ := r.inUse.intake["product_name"].(string)
	return name
}

// reports has somebody report an incident, and those who lead it correct and close
// it once everything is answered.
func (r registered) reports(t *testing.T) {
	b := r.window(t, "user")
	b.open("/incidents/new?entry=" + r.entry)
	b.press("main form .button") // with nothing filled in
	b.sees("Det här behöver du rätta", "Vad har hänt")
	b.looks("incident-new-faults")
	b.write("description", "Svaret visade en annan persons namn.")
	b.choose("category", "Dataläcka: ")
	for field, label := range map[string]string{"severity": "Låg", "personal_data": "Nej", "still": "Ja"} {
		b.choose(field, label)
	}
	b.write("contact", "0510-77 00 00")
	b.press("main form .button")
	b.sees("Tack. Incidenten är rapporterad.", "Referens", "Dataläcka", "Pågår fortfarande: Ja.", "0510-77 00 00", "Någon tar emot rapporten senast")
	b.looks("incident-receipt")
	path := eval[string](b, "location.pathname")
	b.open("/incidents")
	b.sees("Dataläcka", "1 incident")

	lead := r.window(t, "information_owner")
	lead.open(path)
	lead.sees("Vem gör vad, och senast när", "Rätta uppgifter", "kan avslutas när varje uppgift är besvarad")
	lead.press(`a[href$="/correction"]`)
	lead.looks("incident-correction")
	lead.press("main form .button")
	lead.sees("Det här behöver du rätta")
	lead.write("reason", "Det gällde personuppgifter.")
	lead.choose("severity", "Hög")
	lead.choose("personal_data", "Ja")
	lead.press("main form .button")
	lead.sees("timmar kvar", "Krav i lag", "IMY", "Hög")
	lead.looks("incident")
	en := window(t, chromium(t), r.world, "en")
	en.signIn("ciso")
	en.open(path)
	en.sees("Who does what, and by when", "hours left", "Required by law")
	en.looks("incident")
	en.open("/incidents")
	en.looks("incidents")

	lead.press(`.clocks a`)
	lead.sees("Incidenten", "Svaret visade en annan persons namn.")
	lead.looks("incident-task")
	lead.open(path)

	r.answersIncident(t, strings.TrimPrefix(path, "/incidents/"))
	lead.open(path)
	lead.sees("Varje uppgift är besvarad.", "Svar och beslut", "Ärendet", "gjort")
	lead.press(`a[href$="/closing"]`)
	lead.looks("incident-closing")
	lead.write("lessons", "Filtrera svaren.")
	lead.press("main form .button")
	lead.sees("kan inte öppnas igen")
	lead.looks("incident-closing-sure")
	lead.press(".sure .button")
	lead.sees("Avslutad", "Lärdomar", "Filtrera svaren.")
	lead.looks("incident-closed")
}

// answersIncident has every open task of an incident answered on its page, with
// scripts off, by the one whose it is, until there are none.
func (r registered) answersIncident(t *testing.T, id string) {
	t.Helper()
	people := map[string]visitor{}
	seen := map[model.TaskKind]bool{}
	gallery := newGallery(t, r.world)
	for range 20 {
		var v shownInTest
		r.get("ciso", "/incidents/"+id, &v)
		open := v.Tasks[:0]
		for _, task := range v.Tasks {
			if task.Status == model.TaskOpen {
				open = append(open, task)
			}
		}
		if len(open) == 0 {
			break
		}
		task := open[0]
		user := string(task.Role)
		if _, ok := people[user]; !ok {
			people[user] = r.visitor(t, user)
		}
		who, path := people[user], "/tasks/"+task.ID
		if page := who.get("/incidents/" + id); !strings.Contains(page, path) {
			t.Errorf("the incident does not lead %s to %s", user, task.Kind)
		}
		gallery.look(user, path, "incident-task-"+string(task.Kind))
		page := who.get(path)
		if seen[model.TaskStopDecision] && !strings.Contains(page, "Ska användningen stoppas tills vidare?") {
			t.Errorf("%s is asked without what has been answered so far: %s", task.Kind, page)
		}
		form := hidden(page)
		spec, _ := model.IncidentTaskOf(task.Kind)
		outcome := spec.Outcomes[0]
		if task.Kind == model.TaskAssessRisk {
			outcome = model.OutcomeRiskHigh
			form.Set("a.serious_incident", "")
		}
		if task.Kind == model.TaskCSLSignificance {
			form.Set("a.significant_at.day", "")
			form.Set("a.significant_at.time", "")
		}
		form.Set("outcome", string(outcome))
		form.Set("motivation", "Uppgifterna rör flera personer.")
		form.Set("do", "review")
		sure := hidden(who.post(path, form, http.StatusOK))
		sure.Set("do", "send")
		if to := who.post(path, sure, http.StatusSeeOther); to != path+"?sent=1" {
			t.Errorf("%s leads to %s", task.Kind, to)
		}
		if receipt := who.get(path); !strings.Contains(receipt, "Uppgifterna rör flera personer.") || !strings.Contains(receipt, "Referens") {
			t.Errorf("no receipt of %s: %s", task.Kind, receipt)
		}
		seen[task.Kind] = true
	}
	for _, kind := range []model.TaskKind{
		model.TaskAcknowledge, model.TaskStopDecision, model.TaskAssessRisk, model.TaskAdvice, model.TaskBreachNotice,
		model.TaskInformPersons, model.TaskCSLSignificance, model.TaskCSLWarning, model.TaskCSLNotification, model.TaskCSLFinalReport,
	} {
		if !seen[kind] {
			t.Errorf("%s was never asked", kind)
		}
	}
}

// adopts has another unit join the approval on stricter conditions, with scripts off,
// which those who work there then read in the register (S7, K-02).
func (r registered) adopts(t *testing.T) {
	colleague := r.visitor(t, "project_owner_2")
	if page := colleague.get("/register/" + r.entry); !strings.Contains(page, "men inte av din enhet") {
		t.Errorf("before: %s", page)
	}
	var ask openTask
	for _, task := range r.inUse.tasks() {
		if task.Stage == model.StageAdoption && task.Status == model.TaskOpen {
			ask = task
		}
	}
	if ask.ID == "" {
		t.Fatalf("no unit is asked: %v", r.inUse.tasks())
	}
	who, path := r.visitor(t, "information_owner"), "/tasks/"+ask.ID
	page := who.get(path)
	if strings.Contains(page, `name="a.adoption"`) || !strings.Contains(page, "Svara om enheten ansluter sig med strängare villkor.") {
		t.Errorf("whether the unit adopts is asked twice, or its conditions are not asked for: %s", page)
	}
	look := r.window(t, "information_owner")
	look.open(path)
	look.looks("adoption-task")
	form := hidden(page)
	for name, value := range map[string]string{
		"outcome": "adopt_stricter", "a.adoption_conditions": "Bara för nämndens sekretariat.",
		"a.ropa_ref": "A 30:9", "a.decision_authority": "4.2", "a.report_to_board": "true", "motivation": "Samma behov.", "do": "review",
	} {
		form.Set(name, value)
	}
	sure := hidden(who.post(path, form, http.StatusOK))
	sure.Set("do", "send")
	who.post(path, sure, http.StatusSeeOther)
	page = colleague.get("/register/" + r.entry)
	for _, words := range []string{"Godkännandet gäller också din enhet", "Kommunstyrelsen", "Bara för nämndens sekretariat.", "A 30:9"} {
		if !strings.Contains(page, words) {
			t.Errorf("after: no %q in %s", words, page)
		}
	}
}
