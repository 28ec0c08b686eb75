package web_test

import (
	"fmt"
	"html"
	"net/http"
	"strings"
	"testing"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// A report has the headings of the rulebook in their order, says of a draft that it
// is one, and is for those who read the case.
func TestReportOfADraft(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := h.Draft("owner", map[string]any{"title": "Ett <b>ärende", "purpose_text": "Det här är varför vi vill ha verktyget."})
	b := h.signedIn(t, "owner")
	for _, l := range []lang.Lang{lang.SV, lang.EN} {
		page := b.get("/cases/"+draft+"/report?lang="+string(l)).want(t, http.StatusOK, "Ett &lt;b&gt;ärende", "Det här är varför vi vill ha verktyget.").body
		spec, _ := rulebook.ReportOn(rulebook.PartIntake)
		for _, heading := range spec.Headings {
			_, after, found := strings.Cut(page, html.EscapeString(heading.Text.In(l))+"</h2>")
			if !found {
				t.Fatalf("no heading %q after the one before", heading.Text.In(l))
			}
			page = after
		}
	}
	b.get("/cases/"+draft+"/report?lang=sv").want(t, http.StatusOK, "ett utkast som inte är inlämnat")
	b.get("/cases/"+draft+"/assessments/ciso/report").want(t, http.StatusNotFound)
	b.get("/cases/"+draft+"/assessments/nothing/report").want(t, http.StatusNotFound)
	h.signedIn(t, "employee").get("/cases/"+draft+"/report").want(t, http.StatusNotFound)
}

// A report tells of the entry of its own case, however many there are with a registry
// number that begins alike.
func TestReportFindsItsEntry(t *testing.T) {
	t.Parallel()
	h := open(t)
	draft := h.Draft("owner", map[string]any{"title": "Samtalsnot"})
	enter := func(caseID, tool string, n int) {
		h.tool(t, func(e *model.RegisterEntry) {
			e.CaseID, e.Tool, e.RegistryNo = caseID, tool, fmt.Sprintf("SL 2026-%d", n)
		})
	}
	b := h.signedIn(t, "owner")
	b.get("/cases/"+draft+"/report").want(t, http.StatusOK, "Verktyget står inte i registret än.")
	for n := range 30 {
		enter("", fmt.Sprintf("Annat verktyg %d", n), 10+n)
	}
	enter(draft, "Vårt verktyg", 1)
	if page := b.get("/cases/"+draft+"/report").want(t, http.StatusOK, "Vårt verktyg").body; strings.Contains(page, "Annat verktyg") {
		t.Error("the report tells of another tool")
	}
}
