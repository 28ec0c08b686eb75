//go:build !slim

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/rulebook"
)

// TestAdministrationPages shows the pages of the administration, empty and full.
func TestAdministrationPages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	windows := map[string]*browser{}
	look := func(name, user, path string) {
		t.Helper()
		b := windows[user]
		if b == nil {
			b = window(t, chrome, w, "sv")
			b.signIn(user)
			b.wide(320)
			windows[user] = b
		}
		b.open(path)
		b.accessible(name)
		b.picture(name)
	}
	look("administration-empty", "administrator", "/administration")
	look("administration-queues-empty", "administrator", "/administration/queues?overdue=true")
	look("administration-statistics-empty", "administrator", "/administration/statistics")
	look("administration-retriages-empty", "administrator", "/administration/retriages")
	look("administration-disposals-empty", "registrar", "/administration/disposals")
	look("delegations-empty", "ciso", "/delegations")

	approved := w.open(demoTeam, intake(t, spelling))
	approved.submit()
	approved.passUntil(model.Approved)
	c := w.open(demoTeam, intake(t, transcription))
	c.submit()
	w.open(demoTeam, intake(t, minutes))
	manager := w.taskOf("manager", c.id)
	w.erase("user")
	number := strings.ReplaceAll(approved.view().RegistryNo, " ", "+")
	for part := range slices.Chunk([]place{
		{"administration", "administrator", "/administration"},
		{"administration-queues", "administrator", "/administration/queues"},
		{"administration-task", "administrator", "/administration/tasks/" + manager},
		{"administration-statistics", "administrator", "/administration/statistics"},
		{"administration-people", "administrator", "/administration/people"},
		{"administration-units", "administrator", "/administration/units"},
		{"administration-rulebooks", "administrator", "/administration/rulebooks"},
		{"administration-rulebook", "administrator", "/administration/rulebooks/se-kommun?profile=lidkoping"},
		{"administration-rules", "user", "/administration/rulebooks/se-kommun/rules?q=HS-0"},
		{"administration-log-proof", "auditor", "/administration/log?case=" + number},
		{"administration-messages", "administrator", "/administration/messages"},
		{"administration-disposals", "registrar", "/administration/disposals"},
		{"administration-services", "administrator", "/administration/services"},
		{"administration-restorations", "auditor", "/administration/restorations"},
		{"delegation", "ciso", "/delegations/new"},
		{"absences", "ciso", "/absences"},
		{"absence", "administrator", "/absences/new"},
	}, 3) {
		show(t, chrome, w, part) // few at a time: a window has its time
	}
	clear(windows)
	look("administration-head", "unit_head", "/administration")
	look("administration-queues-person", "dpo", "/administration/queues?status=all&assignee="+w.idOf("manager"))
	look("administration-task-refused", "administrator", "/administration/tasks/"+manager+"?to="+w.idOf("dpo"))
	look("administration-task-read", "dpo", "/administration/tasks/"+manager)
	look("administration-statistics-wrong", "administrator", "/administration/statistics?from=2026-12-01&to=2026-01-01")
	look("administration-report", "dpo", "/administration/yearly-report")
	look("administration-overrides", "ciso", "/administration/overrides")
	look("administration-people-none", "administrator", "/administration/people?q=ingen+alls")
	look("administration-person", "administrator", "/administration/people/manager")
	look("administration-questions", "user", "/administration/rulebooks/se-kommun/questions?section=E")
	look("administration-log", "auditor", "/administration/log")
	look("administration-log-wrong", "auditor", "/administration/log?case=SL+1900-1")
	look("administration-reconciliation", "administrator", "/administration/reconciliation")
}

// TestAdministrationInABrowser does on the pages what they are for: hands a task over
// and gives it more time, appoints a deputy, disposes of what two people have said,
// publishes a rulebook and answers what it means, and reconciles.
func TestAdministrationInABrowser(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	as := func(user string) *browser {
		b := window(t, chrome, w, "sv")
		b.signIn(user)
		return b
	}
	signoff := w.open(demoTeam, intake(t, spelling))
	signoff.submit()
	signoff.passUntil(model.CISOReview)
	b := as("administrator")
	b.handsOver()
	b.appoints()
	b.letsAProgramIn()
	w.erase("user")
	as("registrar").disposes("Förslaget stämmer med begäran.", "Ta bort för alltid")

	signoff.passUntil(model.Approved)
	proposal := w.propose(t, "2026.12", "triage-3-stops.yaml", "when: info_protection_level == 4", "when: info_protection_level >= 0")
	as("ciso").seesProposal(proposal)
	b = as("administrator")
	b.publishes(proposal)
	b.answersRetriage()
	b.reconciles()
}

// erase asks, as the administrator, for the erasure of one of the demo's people.
func (w *world) erase(user string) {
	w.t.Helper()
	w.succeeds("administrator", client.Call{Method: "POST", Path: v1 + "/disposals", Key: client.NewKey(), Body: map[string]any{
		"person_id": w.idOf(user), "reason": "Har slutat och begär att få sina uppgifter raderade."}})
}

// idOf is the id of one of the demo's people.
func (w *world) idOf(user string) string {
	w.t.Helper()
	var p api.PersonView
	w.get("administrator", "/people/"+user, &p)
	return p.ID
}

// propose proposes the program's rulebook with one change, as the CISO, and returns its
// id in addresses.
func (w *world) propose(t *testing.T, version, file, old, changed string) string {
	t.Helper()
	dir := changedRulebook(t, file, old, changed)
	files, err := rulebook.ReadFiles(os.DirFS(filepath.Dir(dir)), filepath.Base(dir))
	if err != nil {
		t.Fatal(err)
	}
	files["rulebook.yaml"] = strings.Replace(files["rulebook.yaml"], `version: "2026.11"`, `version: "`+version+`"`, 1)
	call := client.Call{Method: "POST", Path: v1 + "/rulebooks", Key: client.NewKey(), Body: map[string]any{
		"files": files, "reason": "Inget verktyg ska användas med skyddad information."}}
	var last string
	for range 3 { // every rule is searched, which a busy machine does not do in a client's time
		a, err := w.try("ciso", call)
		if err == nil && a.Status < 300 {
			return "se-kommun-" + version
		}
		last = fmt.Sprintf("%d %s %v", a.Status, a.Body, err)
	}
	t.Fatalf("the rulebook is not proposed: %s", last)
	return ""
}

// handsOver gives the CISO's task more time, gives it to the CISO and back to the role.
func (b *browser) handsOver() {
	b.Helper()
	b.open("/administration/queues?role=ciso")
	b.sees("1 uppgift", "Ingen har tagit den")
	b.press(".list .first a")
	b.sees("Lämna över till någon annan", "Ge mer tid")
	b.fill("until", time.Now().AddDate(0, 0, 30).Format(time.DateOnly))
	b.write("reason", "Underlaget kom sent.")
	b.press("button[value=extend]")
	b.sees("Uppgiften har fått mer tid.")
	b.accessible("more time")
	b.picture("administration-task-extended-sv")

	b.fill("to", b.w.idOf("ciso"))
	b.press("main form .button")
	b.sees("Ny person: Cecilia Ciso", "Inga regler om åtskilda uppgifter hindrar det.")
	b.accessible("hand over")
	b.picture("administration-task-sure-sv")
	b.write("reason", "Har bett om uppgiften.")
	b.press("button[value=hand]")
	b.sees("Uppgiften är överlämnad.", "Cecilia Ciso, ")

	b.fill("to", "-")
	b.press("main form .button")
	b.sees("Uppgiften går tillbaka till rollen")
	b.accessible("hand back")
	b.picture("administration-task-back-sv")
	b.write("reason", "Är på tjänsteresa.")
	b.press("button[value=hand]")
	b.sees("Uppgiften är överlämnad.", "ingen har tagit den")
}

// appoints lets the CISO have a deputy, and gets it wrong first.
func (b *browser) appoints() {
	b.Helper()
	b.open("/delegations/new")
	b.press("button[value=check]")
	b.sees("Det här behöver du rätta")
	b.accessible("no deputy")
	b.picture("delegation-faults-sv")
	b.fill("from", b.w.idOf("ciso"))
	b.fill("to", b.w.idOf("legal_counsel"))
	b.choose("roles", "Informationssäkerhetsansvarig")
	b.write("reason", "Semester.")
	b.press("button[value=check]")
	b.sees("Julia Jurist svarar för Cecilia Ciso")
	b.accessible("deputy")
	b.picture("delegation-sure-sv")
	b.press("button[value=send]")
	b.sees("Ersättaren är utsedd", "Julia Jurist svarar för Cecilia Ciso", "Gäller nu", "Semester.")
}

// seesProposal reads a proposal of one's own, and what it would mean for the cases.
func (b *browser) seesProposal(id string) {
	b.Helper()
	for _, width := range []int64{320, 1200} {
		b.wide(width)
		for name, path := range map[string]string{"proposal": "", "impact": "/impact", "publish-not": "/act/publication"} {
			b.open("/administration/rulebooks/" + id + path)
			b.accessible(name)
			b.picture(fmt.Sprintf("administration-%s-sv-%d", name, width))
		}
	}
	b.open("/administration/rulebooks/" + id + "/impact")
	b.sees("Så skulle ärendena klassas", "Stopp enligt regel")
	b.open("/administration/rulebooks/" + id + "/act/publication")
	b.sees("Den som föreslår publicerar inte själv.")
}

// publishes puts a proposal in force.
func (b *browser) publishes(id string) {
	b.Helper()
	b.open("/administration/rulebooks/" + id)
	b.press(".buttons .button")
	b.sees("Publicera", "Det går inte att ångra", "Cecilia Ciso")
	b.accessible("publish")
	b.picture("administration-publish-sv")
	b.press(".buttons .button")
	b.sees("Versionen gäller nu.", "Adam Administratör")
	b.accessible("published")
	b.picture("administration-published-sv")
}

// answersRetriage waits for the approved case to be triaged again, and leaves it.
func (b *browser) answersRetriage() {
	b.Helper()
	for range 100 {
		if b.open("/administration/retriages"); strings.Contains(b.text(), "HS-08") || strings.Contains(b.text(), "Ta ställning") {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	b.sees("Stopp enligt regel", "Regelverket har ändrats")
	for _, width := range []int64{320, 1200} {
		b.wide(width)
		b.accessible("retriages")
		b.picture(fmt.Sprintf("administration-retriages-sv-%d", width))
	}
	b.press(".entries .button")
	b.sees("vad ska de nya reglerna leda till?")
	b.accessible("a retriage")
	b.picture("administration-retriage-sv")
	b.eval(`document.querySelector("main form").noValidate = true`)
	b.press("button[value=dismiss]")
	b.sees("Något behöver rättas")
	b.write("reason", "Skyddsnivån berörs inte.")
	b.press("button[value=dismiss]")
	b.sees("Antecknat: ingen åtgärd.")
}

// reconciles compares the cases with what drives them.
func (b *browser) reconciles() {
	b.Helper()
	b.open("/administration/reconciliation")
	b.press("main form .button")
	b.sees("Kontrollen är klar.", "Kontrollerade")
	b.accessible("reconciled")
	b.picture("administration-reconciled-sv")
}

// letsAProgramIn adds a service account, gets it wrong first, and makes and revokes its
// token.
func (b *browser) letsAProgramIn() {
	b.Helper()
	b.open("/administration/services")
	b.write("name", "Min gateway")
	b.fill("org_unit", "socialnamnden")
	b.press("main form .button")
	b.sees("Något behöver rättas", "a–z")
	b.accessible("no service account")
	b.fill("name", "gateway")
	b.press("main form .button")
	b.sees("Kontot är tillagt")
	b.accessible("a new service account")
	b.write("label", "AI-gateway")
	b.press("button[value=token]")
	b.sees("Nyckeln är skapad.", "en enda gång", "Gäller")
	for _, width := range []int64{320, 1200} {
		b.wide(width)
		b.accessible("a new token")
		b.picture(fmt.Sprintf("administration-token-sv-%d", width))
	}
	b.do(chromedp.Click("details summary"))
	b.press("button[value=revoke]")
	b.sees("Nyckeln är spärrad.", "Spärrad")
	b.accessible("a revoked token")
	b.picture("administration-token-revoked-sv")
}

// disposes approves the first disposal as the second person.
func (b *browser) disposes(reason, button string) {
	b.Helper()
	b.open("/administration/disposals")
	b.sees("Maja Medarbetare", "Adam Administratör")
	b.press(".entries .button")
	b.sees("Du är den andra personen", button)
	b.accessible("a disposal")
	b.picture("administration-disposal-sv")
	b.write("reason", reason)
	b.press("button[value=approve]")
	b.sees("Godkännandet är antecknat.", reason)
	b.accessible("disposed")
	b.picture("administration-disposed-sv")
}

// fill sets what a field holds.
func (b *browser) fill(field, value string) {
	b.Helper()
	if !eval[bool](b, `(() => { const e = document.getElementById("`+field+`"); if (e) { e.value = "`+value+`" } return !!e && e.value == "`+value+`" })()`) {
		b.Fatalf("no %q in %s", value, field)
	}
}

// eval runs a script for what it does.
func (b *browser) eval(script string) {
	b.Helper()
	eval[bool](b, "("+script+", true)")
}
