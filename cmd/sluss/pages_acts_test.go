//go:build !slim

package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// does fills in the form of an errand on its page, confirms where that is asked for,
// and returns where it leads.
func (v visitor) does(path string, answers map[string]any) string {
	v.Helper()
	page := v.get(path)
	form := hidden(page)
	for name, value := range answers {
		enter(form, name, value)
	}
	if !strings.Contains(page, "På nästa sida bekräftar du") {
		return v.post(path, form, http.StatusSeeOther)
	}
	sure := v.post(path, form, http.StatusOK)
	if !strings.Contains(sure, `class="sure"`) {
		v.Fatalf("%s does not ask once more: %s", path, sure)
	}
	form = hidden(sure)
	form.Set("do", "send")
	return v.post(path, form, http.StatusSeeOther)
}

// finds checks that words stand in a page.
func (v visitor) finds(page string, words ...string) {
	v.Helper()
	for _, word := range words {
		if !strings.Contains(page, word) {
			_, after, _ := strings.Cut(page, "<main")
			v.Errorf("no %q in %.1500s", word, regexp.MustCompile(`<[^>]*>|\s+`).ReplaceAllString(after, " "))
		}
	}
}

// gallery looks at pages in a browser, each once, where there is one.
type gallery struct {
	*testing.T
	w    *world
	look func(user, path, name string)
}

func newGallery(t *testing.T, w *world) gallery {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil && os.Getenv("CI") != "true" {
		return gallery{t, w, func(string, string, string) {}}
	}
	chrome, windows, opened := chromium(t), map[string]*browser{}, map[string]time.Time{}
	seen := map[string]bool{}
	return gallery{t, w, func(user, path, name string) {
		if seen[name] {
			return
		}
		seen[name] = true
		for _, lang := range []string{"sv", "en"} {
			b := windows[user+lang]
			if b == nil || time.Since(opened[user+lang]) > time.Minute { // a window has its time
				b = window(t, chrome, w, lang)
				windows[user+lang], opened[user+lang] = b, time.Now()
				b.signIn(user)
			}
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			b.open(path + sep + "lang=" + lang)
			for _, width := range []int64{1200, 320} {
				if lang == "en" && width < 1200 {
					continue // Swedish words are the longer ones
				}
				shot := fmt.Sprintf("%s-%s-%d", name, lang, width)
				b.wide(width)
				b.accessible(shot)
				b.picture(shot)
			}
			b.wide(1200)
		}
	}}
}

// TestActsOnPages takes an approved case through its life by its pages alone, with
// scripts off: conditions are met and verified, the tool comes into use, is
// suspended, used again, changed, renewed and decommissioned, each by the people
// whose that is. Every page is looked at in a browser once.
func TestActsOnPages(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	p := &pagesWalk{T: t, w: w, gallery: newGallery(t, w), people: map[string]visitor{}}
	p.keepsSuppliers()
	p.advises()
	p.raisesAndWithdraws()
	p.aCase = w.open(demoTeam, intake(t, minutes))
	p.isApproved()
	p.meetsConditions()
	p.comesIntoUse()
	p.keepsRecords()
	p.stopsAndGoesOn()
	p.changes()
	p.renews()
	p.ends()
}

// pagesWalk is a case that people take through its life on its pages.
type pagesWalk struct {
	*testing.T
	*aCase
	w       *world
	gallery gallery
	people  map[string]visitor
}

func (p *pagesWalk) as(user string) visitor {
	p.Helper()
	if _, ok := p.people[user]; !ok {
		p.people[user] = p.w.visitor(p.T, user)
	}
	return p.people[user]
}

func (p *pagesWalk) look(user, path, name string) {
	p.Helper()
	p.gallery.look(user, path, name)
}

// acts does an act on the case, after a look at its page, and reads the receipt.
func (p *pagesWalk) acts(user, act string, answers map[string]any) {
	p.Helper()
	path := p.path("/acts/" + act)
	if page := p.as(user).get(p.path("")); !strings.Contains(page, `href="`+path+`"`) {
		p.Errorf("%s is not offered %s: %s", user, act, page)
	}
	p.look(user, path, "act-"+act)
	to := p.as(user).does(path, answers)
	p.as(user).finds(p.as(user).get(to), "Referens: händelse")
	if act == "activate" {
		p.look(user, to, "act-done") // they are all alike
	}
}

func (p *pagesWalk) keepsSuppliers() {
	p.Helper()
	admin := p.as("administrator")
	p.look("administrator", "/suppliers", "suppliers-none")
	p.look("administrator", "/suppliers/new", "supplier-new")
	form := hidden(admin.get("/suppliers/new"))
	form.Set("a.name", "Ordförråd AB")
	admin.finds(admin.post("/suppliers/new", form, http.StatusUnprocessableEntity), "Land: ", "Ordförråd AB")
	to := admin.does("/suppliers/new", map[string]any{"a.name": "Ordförråd AB", "a.country": "Sverige", "a.dpa_recheck_due": time.Now().AddDate(0, 2, 0).Format(time.DateOnly)})
	at, _, _ := strings.Cut(to, "?")
	admin.finds(admin.get(to), "Ordförråd AB", "Sparat")
	admin.does(at+"/change", map[string]any{"a.name": "Ordförråd AB", "a.country": "Norge"})
	admin.finds(admin.get(at), "Norge", "Sverige", "Version 1")
	p.look("administrator", at, "supplier")
	p.look("administrator", at+"/change", "supplier-change")
	p.look("dpo", "/suppliers", "suppliers")
	if page := p.as("dpo").get("/suppliers"); strings.Contains(page, "/suppliers/new") {
		p.Error("the DPO is offered to add a supplier")
	}
}

func (p *pagesWalk) advises() {
	p.Helper()
	p.look("dpo", "/advice", "advice-none")
	p.look("dpo", "/advice/new", "advice-new")
	until := time.Now().AddDate(1, 0, 0).Format(time.DateOnly)
	p.as("dpo").does("/advice/new", map[string]any{
		"title": "Inloggningsuppgifter", "value": "supports", "text": "Behandlingen är begränsad till inloggning.",
		"scope.personal_data": []string{"account_only"}, "scope.max_ipl": 1, "scope.data_subject_groups": []string{"employees"}, "valid_until": until,
	})
	page := p.as("dpo").get("/advice")
	p.as("dpo").finds(page, "Inloggningsuppgifter", "Anställda", until)
	p.look("dpo", "/advice", "advice")
	_, after, _ := strings.Cut(page, `href="/advice/`)
	for strings.HasPrefix(after, "new") {
		_, after, _ = strings.Cut(after, `href="/advice/`)
	}
	withdrawal, _, _ := strings.Cut(after, `"`)
	p.look("dpo", "/advice/"+withdrawal, "advice-withdraw")
	p.as("dpo").does("/advice/"+withdrawal, nil)
	p.as("project_owner").finds(p.as("project_owner").get("/advice"), "Återkallat", "Inget generellt råd gäller nu.")
}

// raisesAndWithdraws has more asked of a stage of a case that is then withdrawn.
func (p *pagesWalk) raisesAndWithdraws() {
	p.Helper()
	p.aCase = p.w.open(demoTeam, intake(p.T, minutes))
	p.submit()
	p.acts("ciso", "raise-stage", map[string]any{"stage": "environment", "reason": "Volymen är stor."})
	p.acts("project_owner", "withdraw", map[string]any{"reason": "Behovet finns inte längre."})
	p.is(model.Withdrawn)
	p.acts("registrar", "archive", map[string]any{"reason": "Avslutat."})
	p.is(model.Archived)
	p.look("project_owner", p.path("/acts/withdraw"), "act-not-now")
}

// isApproved has the case approved with conditions of every kind.
func (p *pagesWalk) isApproved() {
	p.Helper()
	p.submit()
	p.passUntil(model.CISOReview)
	task := p.task(model.StageCISO, model.TaskDecision)
	call := task.answer(model.OutcomeApproveWithConditions)
	dated := map[string]any{
		"text_sv": "Återläsning av säkerhetskopian är provad.", "text_en": "Restoring the backup has been tried.", "source_rule": "KLASSA",
		"owner_role": "system_owner", "verifier_role": "ciso", "verification": "Protokoll visas.", "consequence": "Användningen stoppas.",
		"due_kind": "date", "due_date": time.Now().AddDate(0, 0, 20).Format(time.DateOnly),
	}
	body := call.Body.(map[string]any)
	body["conditions"] = append(body["conditions"].([]any), dated)
	p.w.must("ciso", call)
	p.passUntil(model.Approved)
}

func (p *pagesWalk) meetsConditions() {
	p.Helper()
	p.look("project_owner", p.path(""), "case-approved")
	p.look("project_owner", p.path("/conditions"), "conditions-owner")
	p.look("ciso", p.path("/conditions"), "conditions-verifier")
	ours := p.path("/conditions/" + p.ours().ID)
	p.as("project_owner").finds(p.as("project_owner").get(ours+"/verification"), "Du kan inte göra det här nu")
	p.look("project_owner", ours+"/evidence", "condition-evidence")
	p.look("ciso", ours+"/verification", "condition-verification")
	ciso := p.as("ciso")
	ciso.finds(ciso.post(ours+"/verification", hidden(ciso.get(ours+"/verification")), http.StatusUnprocessableEntity), "Underlag: ", "Inget har skickats.")
	for _, o := range p.conditions() {
		to := p.as(p.team.who(o.Verifier)).does(p.path("/conditions/"+o.ID+"/verification"), map[string]any{"evidence_note": "Sett."})
		ciso.finds(ciso.get(to), "Registrerat i ärendets logg")
	}
	var dated string
	var list struct {
		Items []openCondition `json:"items"`
	}
	p.w.get("ciso", p.path("/conditions?limit=100"), &list)
	for _, o := range list.Items {
		if o.Due == model.DueDate {
			dated = p.path("/conditions/" + o.ID)
		}
	}
	p.look("ciso", dated+"/extension", "condition-extension")
	form := hidden(ciso.get(dated + "/extension"))
	form.Set("until", time.Now().AddDate(1, 0, 0).Format(time.DateOnly))
	form.Set("reason", "Leverantören är försenad.")
	ciso.finds(ciso.post(dated+"/extension", form, http.StatusConflict), "CO-02", "Leverantören är försenad.")
	ciso.does(dated+"/extension", map[string]any{"until": time.Now().AddDate(0, 0, 40).Format(time.DateOnly), "reason": "Leverantören är försenad."})
	waiver := map[string]any{"reason": "Leverantören provar själv.", "decision_authority": "4.2"}
	p.look("ciso", dated+"/waiver", "condition-waiver")
	ciso.does(dated+"/waiver", waiver)
	if page := ciso.get(p.path("/conditions")); strings.Contains(page, dated+"/waiver") {
		p.Error("the CISO is offered to waive twice")
	}
	p.as("information_owner").finds(p.as("information_owner").get(p.path("/conditions")), "Har beviljat undantag", "Leverantören provar själv.")
	p.look("information_owner", p.path("/conditions"), "conditions-waived-by-one")
	p.as("information_owner").does(dated+"/waiver", waiver)
	if _, err := p.w.database().Exec("UPDATE conditions SET created_at = replace(created_at, substr(created_at, 1, 10), ?) WHERE case_id = ? AND due_kind <> 'date'",
		time.Now().AddDate(0, 0, -12).Format(time.DateOnly), p.id); err != nil {
		p.Fatal(err)
	}
	p.look("auditor", p.path("/conditions"), "conditions-settled")
}

func (p *pagesWalk) comesIntoUse() {
	p.Helper()
	if page := p.as("project_owner").get(p.path("")); strings.Contains(page, "/acts/activate") {
		p.Error("the project owner is offered to activate")
	}
	p.acts("system_owner", "activate", nil)
	p.is(model.Active)
}

func (p *pagesWalk) keepsRecords() {
	p.Helper()
	records := p.path("/records")
	p.look("system_owner", records, "records-none")
	p.look("system_owner", p.path("/new-record/stop_contact"), "record-new")
	owner := p.as("system_owner")
	contact := map[string]any{"a.name": "Sara Systemägare", "a.role": "Systemägare", "a.telephone": "0510-123 45", "a.hours": "Dygnet runt"}
	at, _, _ := strings.Cut(owner.does(p.path("/new-record/stop_contact"), contact), "?")
	contact["a.deputy"] = "Cecilia Ciso"
	owner.does(at+"/change", contact)
	p.as("ciso").does(p.path("/new-record/security_test"), map[string]any{
		"a.test_kind": "prompt_injection", "a.tested_at": time.Now().AddDate(0, 0, -3).Format(time.DateOnly), "a.retest_due": time.Now().AddDate(0, 6, 0).Format(time.DateOnly),
	})
	p.as("dpo").does(p.path("/new-record/complaint"), map[string]any{
		"a.received_at": time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "a.complaint_kind": "complaint", "a.text_ref": "SN 2026-17",
	})
	p.look("ciso", records, "records")
	p.look("system_owner", at, "record")
	p.look("system_owner", at+"/change", "record-change")
}

func (p *pagesWalk) stopsAndGoesOn() {
	p.Helper()
	p.look("dpo", p.path("/acts/propose-suspension"), "act-propose-suspension")
	p.acts("ciso", "suspend", map[string]any{"reason": "Svaren innehåller personuppgifter.", "reason_codes": "HS-03"})
	p.is(model.Suspended)
	p.look("information_owner", p.path(""), "case-suspended")
	p.acts("ciso", "resume", map[string]any{"reason": "Svaren filtreras nu."})
	p.is(model.Suspended)
	if page := p.as("ciso").get(p.path("")); strings.Contains(page, "/acts/resume") || !strings.Contains(page, "Det krävs två.") {
		p.Error("the CISO is offered to resume twice")
	}
	p.acts("information_owner", "resume", map[string]any{"reason": "Svaren filtreras nu."})
	p.is(model.Active)
}

func (p *pagesWalk) changes() {
	p.Helper()
	p.edit(map[string]any{"summary": "Sammanfattar anteckningar från möten. Leverantören har bytt modell sedan i våras."})
	owner := p.as("project_owner")
	form := hidden(owner.get(p.path("/acts/report-change")))
	form.Set("reason", "Ny modell.")
	owner.finds(owner.post(p.path("/acts/report-change"), form, http.StatusUnprocessableEntity), "Vad har ändrats: ", "Ny modell.")
	p.acts("project_owner", "report-change", map[string]any{"triggers": []string{"RA-05"}, "reason": "Ny modell.", "revision": "true"})
	p.is(model.Reassessment)
	p.passUntil(model.Active)
}

// renews asks for a new term. The test moves the end of the present one.
func (p *pagesWalk) renews() {
	p.Helper()
	owner := p.as("project_owner")
	path, answers := p.path("/acts/renew"), map[string]any{"unchanged": "yes", "reason": "Vi behöver verktyget."}
	form := hidden(owner.get(path))
	for name, value := range answers {
		enter(form, name, value)
	}
	owner.finds(owner.post(path, form, http.StatusConflict), "T-28", "Vi behöver verktyget.")
	db := p.w.database()
	if _, err := db.Exec(p.w.sql("UPDATE cases SET valid_until = ? WHERE id = ?"), time.Now().AddDate(0, 0, 30).Format(time.DateOnly), p.id); err != nil {
		p.Fatal(err)
	}
	p.acts("project_owner", "renew", answers)
	p.passUntil(model.Active)
}

func (p *pagesWalk) ends() {
	p.Helper()
	list := map[string]any{"data": "exported_and_deleted", "access_removed": "true", "logs_archived": "false", "reason": "Ersätts."}
	owner, path := p.as("system_owner"), p.path("/acts/decommission")
	form := hidden(owner.get(path))
	for name, value := range list {
		enter(form, name, value)
	}
	form.Set("do", "send")
	owner.finds(owner.post(path, form, http.StatusUnprocessableEntity), "Arkivera loggarna först.", "Ersätts.")
	list["logs_archived"] = "true"
	p.acts("system_owner", "decommission", list)
	p.is(model.Decommissioned)
	p.acts("registrar", "archive", map[string]any{"reason": "Avslutat."})
	p.is(model.Archived)
}

// TestTurnedBackOnPages takes cases on the ways beside the straight one by their
// pages: interim use of a tool that is there already, a stop by rule that is
// corrected or looked at again, a rejection that is, and the consultation of the
// supervisory authority.
func TestTurnedBackOnPages(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	p := &pagesWalk{T: t, w: w, gallery: newGallery(t, w), people: map[string]visitor{}}
	p.isUsedMeanwhile()
	p.isStoppedByRule()
	p.isRejected()
	p.consultsTheAuthority()
}

func (p *pagesWalk) isUsedMeanwhile() {
	p.Helper()
	existing := intake(p.T, minutes)
	existing["case_type"] = "existing_use"
	p.aCase = p.w.open(demoTeam, existing)
	p.submit()
	terms := map[string]any{
		"allowed_until": time.Now().AddDate(0, 0, 30).Format(time.DateOnly), "ipl": "0", "uses": "Utkast till texter\nSammanfattning av öppna möten",
		"reason": "Verktyget används redan i arbetet.", "decision_authority": "4.2",
	}
	p.acts("information_owner", "allow-interim-use", terms)
	ciso, path := p.as("ciso"), p.path("/acts/allow-interim-use")
	page := ciso.get(path)
	ciso.finds(page, "Har redan sagt ja", "Verktyget används redan i arbetet.", "Sammanfattning av öppna möten")
	form := hidden(page)
	for name, value := range terms {
		enter(form, name, value)
	}
	form.Set("uses", "Allt")
	ciso.finds(ciso.post(path, form, http.StatusUnprocessableEntity), "Ni ska säga samma sak", "Allt")
	p.acts("ciso", "allow-interim-use", terms)
	ciso.finds(ciso.get(p.path("/records")), "Verktyget får användas tillfälligt till och med", "Utkast till texter")
	p.look("dpo", p.path("/records"), "records-interim")
}

func (p *pagesWalk) isStoppedByRule() {
	p.Helper()
	p.aCase = p.w.open(demoTeam, intake(p.T, easyRead))
	p.submit()
	p.is(model.RejectedAuto)
	p.look("project_owner", p.path(""), "case-stopped")
	p.look("project_owner", p.path("/acts/re-examine"), "act-re-examine-stop")
	p.acts("project_owner", "correct", map[string]any{"reason": "Avtalet är tecknat nu."})
	p.is(model.Returned)
	next := p.w.idOf("project_owner_2")
	p.acts("administrator", "replace-project-owner", map[string]any{"project_owner_id": next, "reason": "left"})
	p.look("project_owner_2", p.path(""), "case-taken-over")
	former := p.as("project_owner")
	if page := former.get(p.path("")); strings.Contains(page, "/intake") && strings.Contains(page, "Till beskrivningen") {
		p.Error("the former project owner is asked to go on")
	}
	p.as("administrator").finds(p.as("administrator").get(p.path("/timeline")), "Ärendet fick en ny projektägare", "Pelle Projektägare", "Orsak: Projektägaren har slutat")
}

func (p *pagesWalk) isRejected() {
	p.Helper()
	for _, act := range []string{"re-examine", "override"} {
		p.aCase = p.w.open(demoTeam, intake(p.T, spelling))
		p.submit()
		p.passUntil(model.CISOReview)
		p.decide(model.StageCISO, model.TaskDecision, model.OutcomeReject)
		p.is(model.Rejected)
		if act == "re-examine" {
			p.acts("project_owner", act, map[string]any{"reason": "Skyddet är utbyggt sedan granskningen."})
			continue
		}
		p.acts("unit_head", act, map[string]any{
			"reason": "Nyttan för medborgarna väger tyngre än den risk som är kvar.", "uses": "Rättstavning", "decision_authority": "7.1",
		})
	}
}

func (p *pagesWalk) consultsTheAuthority() {
	p.Helper()
	l := lifeOf(p.w, fallCamera)
	l.play()
	l.is(model.PriorConsultation)
	p.aCase = l.aCase
	path, today := p.path("/prior-consultation"), calendar.Today(time.Now()).String()
	records := func(user, event string, answers map[string]any) {
		p.Helper()
		if page := p.as(user).get(path); !strings.Contains(page, path+"/"+event) {
			p.Errorf("%s is not offered to record %s: %s", user, event, page)
		}
		p.look(user, path+"/"+event, "consultation-"+event)
		answers["date"] = today
		p.as(user).finds(p.as(user).get(p.as(user).does(path+"/"+event, answers)), "Registrerat i ärendets logg")
	}
	p.look("dpo", path, "consultation-decided")
	if page := p.as("project_owner").get(path); strings.Contains(page, path+"/") {
		p.Error("the project owner is offered to record events")
	}
	dpo := p.as("dpo")
	form := hidden(dpo.get(path + "/submitted"))
	form.Set("date", today)
	form.Set("package.dpia", "true")
	dpo.finds(dpo.post(path+"/submitted", form, http.StatusUnprocessableEntity), "Behandlingens ändamål och medel: Uppgiften måste fyllas i.")
	yes := map[string]any{}
	for _, item := range []string{"responsibilities", "purposes_and_means", "measures", "dpo_contact", "dpia"} {
		yes["package."+item] = "true"
	}
	records("dpo", "submitted", yes)
	records("dpo", "received", map[string]any{})
	records("dpo", "extension_notified", map[string]any{"text": "Tiden förlängs med sex veckor."})
	records("information_owner", "info_requested", map[string]any{})
	p.look("information_owner", path, "consultation-suspended")
	records("information_owner", "info_delivered", map[string]any{})
	p.look("dpo", path, "consultation-running")
	p.look("information_owner", path+"/withdrawn", "consultation-withdrawn")
	records("dpo", "advice_received", map[string]any{"text": "Tolka bilderna i rummet."})
	p.is(model.DPIA)
	p.look("dpo", path, "consultation-over")
}
