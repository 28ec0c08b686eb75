package web_test

import (
	"net/http"
	"strings"
	"testing"

	"sluss/model"
)

// The pages of the administration and who may read them: each is shown to whom the API
// lets read what it is about, in both languages, and refused to others.
func TestAdministrationIsForWhomTheAPILets(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.Draft("owner", map[string]any{"title": "Ett utkast"})
	const all = "admin dpo head employee"
	for path, may := range map[string]string{
		"/administration": all, "/administration/queues": all, "/administration/people": all, "/administration/people/dpo": all,
		"/administration/units": all, "/administration/rulebooks": all, "/administration/rulebooks/se-kommun": all,
		"/administration/rulebooks/se-kommun?profile=lidkoping": all, "/administration/rulebooks/se-kommun/rules?q=HS-01": all,
		"/administration/rulebooks/se-kommun/questions": all, "/administration/rulebooks/se-kommun/questions?part=environment": all,
		"/administration/rulebooks/se-kommun/act/publication": all, "/delegations": all, "/delegations?all=true": all, "/delegations/new": all,
		"/administration/retriages": all, "/administration/retriages?status=": all,
		"/administration/statistics": "admin dpo", "/administration/yearly-report": "admin dpo", "/administration/overrides": "admin dpo",
		"/administration/rulebooks/se-kommun/impact": "admin dpo", "/administration/log": "admin dpo", "/administration/disposals": "admin dpo",
		"/administration/messages": "admin",
	} {
		for _, user := range strings.Fields(all) {
			b, want := h.signedIn(t, user), http.StatusForbidden
			if strings.Contains(may, user) {
				want = http.StatusOK
			}
			for _, lang := range []string{"sv", "en"} {
				sep := "?"
				if strings.Contains(path, "?") {
					sep = "&"
				}
				if got := b.get(path + sep + "lang=" + lang); got.status != want {
					t.Errorf("%s as %s in %s: %d, want %d", path, user, lang, got.status, want)
				}
			}
		}
	}
}

// The settings of the rulebook are in words of one language, and what the law sets is
// marked as such.
func TestSettingsInWords(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "employee")
	const path = "/administration/rulebooks/se-kommun"
	b.get(path+"?profile=lidkoping").want(t, http.StatusOK, "<strong>Dataskyddsombud</strong>", "<strong>Stärka analysförmågan, ", "<strong>0,1</strong>",
		"<strong>72</strong></td><td role=\"cell\" data-label=\"Källa\">GDPR 33(1), gdpr_omnibus <span class=\"tag\">Lag</span>",
		"utan onödigt dröjsmål; egen inställning <span class=\"tag\">Kan ändras</span>", "AIA skäl 177")
	b.get(path+"?profile=linkoping").want(t, http.StatusOK, "<strong>Dataskydds-/informationssäkerhetssamordnare</strong>")
	b.get(path+"?lang=en").want(t, http.StatusOK, "<strong>Data protection officer</strong>", "<strong>Better analysis, ", "<strong>0.1</strong>",
		"without undue delay; own setting", "AIA recital 177")
}

// What is wrong with a filter is told above the list, with the filters as they were,
// and what is done on a page is refused there in the words of the API.
func TestAdministrationTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "admin")
	b.get("/administration/queues?role=boss").want(t, http.StatusUnprocessableEntity, "Något behöver rättas", "Bara försenade")
	b.get("/administration/statistics?from=2026-12-01&to=2026-01-01").want(t, http.StatusUnprocessableEntity, "Perioden slutar innan den börjar", `value="2026-12-01"`)
	b.get("/administration/people?q=namn+ciso").want(t, http.StatusOK, "Namn ciso_2", "Rensa urvalet")
	b.get("/administration/people?q=%3Cb%3E").want(t, http.StatusOK, "Ingen person passar urvalet.", `value="&lt;b&gt;"`)
	auditor := h.signedIn(t, "auditor")
	auditor.get("/administration/log?case=SL+1").want(t, http.StatusOK, "inget ärende med det diarienumret")
	auditor.get("/delegations").want(t, http.StatusOK, "Ingen svarar för någon annan just nu.")
	for _, path := range []string{"/administration/disposals?answer=x", "/administration/retriages?answer=x", "/administration/people/nobody", "/administration/rulebooks/none"} {
		b.get(path).want(t, http.StatusNotFound)
	}
	b.post("/administration/messages", "message", model.NewID(), "key", "k").want(t, http.StatusNotFound, "E-post")
	b.post("/delegations", "do", "check", "to", h.People["dpo"], "roles", "ciso", "from", h.People["ciso"], "from_day", "2026-11-23", "until_day", "2026-11-24", "reason", "Semester").
		want(t, http.StatusForbidden, "SOD-02", `value="2026-11-23"`)
	b.post("/delegations", "do", "check", "to", h.People["dpo"], "roles", "manager", "from", h.People["ciso"], "from_day", "2026-11-23", "until_day", "2026-11-24", "reason", "Semester").
		want(t, http.StatusUnprocessableEntity, "Namn ciso har inte alla rollerna. Välj bland: Informationssäkerhetsansvarig (CISO).")
	for _, path := range []string{"/delegations/new?from=", "/absences/new?person="} {
		b.get(path+h.People["ciso"]).want(t, http.StatusOK, `<option value="`+h.People["ciso"]+`" selected>`)
	}
	if b.get("/administration/reconciliation").status != http.StatusOK || h.signedIn(t, "dpo").get("/administration/reconciliation").status != http.StatusNotFound {
		t.Error("who reconciles")
	}
}

// Somebody notes that they are away on pages: they get it wrong, see what it means,
// note it and end it.
func TestAbsenceOnPages(t *testing.T) {
	t.Parallel()
	h := open(t)
	b := h.signedIn(t, "dpo")
	b.get("/absences").want(t, http.StatusOK, "Du har ingen frånvaro antecknad.", "Anmäl frånvaro")
	b.get("/absences/new").want(t, http.StatusOK, "Vem svarar under tiden?")
	day := h.Clock.Now().AddDate(0, 0, 3).Format("2006-01-02")
	b.post("/absences", "do", "check", "from_day", day, "until_day", "").want(t, http.StatusUnprocessableEntity, "Det här behöver du rätta", `href="#until_day"`)
	b.post("/absences", "do", "check", "from_day", day, "until_day", day, "deputy", h.People["ciso"]).want(t, http.StatusForbidden)
	b.post("/absences", "do", "check", "from_day", day, "until_day", day).want(t, http.StatusOK, "är borta från", "Ingen ersättare", `name="until_day" value="`+day+`"`)
	if got := b.post("/absences", "do", "send", "key", "k1", "from_day", day, "until_day", day); got.location != "/absences?done=made" {
		t.Fatalf("noted: %d to %q: %s", got.status, got.location, got.body)
	}
	page := b.get("/absences?done=made").want(t, http.StatusOK, "Frånvaron är antecknad.", "Kommande", day).body
	_, after, _ := strings.Cut(page, `action="/absences/`)
	id, _, _ := strings.Cut(after, "/")
	h.signedIn(t, "ciso").post("/absences/"+id+"/end", "key", "k2").want(t, http.StatusNotFound)
	h.signedIn(t, "admin").get("/absences").want(t, http.StatusOK, "Namn dpo")
	b.post("/absences/"+id+"/end", "key", "k3").want(t, http.StatusSeeOther)
	b.get("/absences?all=true").want(t, http.StatusOK, "Avslutad")
}
