//go:build !slim

package main

import (
	"testing"

	"sluss/model"
)

// TestReportPages shows the reports on cases in use, under review and not yet sent
// in, and the pages that explain, to people who have signed in and who have not.
func TestReportPages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	draft := w.open(demoTeam, intake(t, minutes))
	done := w.open(demoTeam, intake(t, transcription))
	done.submit()
	open := w.open(demoTeam, intake(t, bookingAgent))
	open.submit()
	done.passUntil(model.Approved)
	done.activate()

	show(t, chrome, w, []place{
		{"report-active", "auditor", done.path("/report")},
		{"report-dpia", "dpo", done.path("/assessments/dpia/report")},
		{"report-open", "ciso", open.path("/report")},
		{"report-dpia-open", "project_owner", open.path("/assessments/dpia/report")},
		{"report-draft", "project_owner", draft.path("/report")},
		{"me", "manager", "/me"},
		{"me-password", "manager", "/me/password"},
		{"help", "", "/help"},
		{"help-signed-in", "manager", "/help"},
		{"accessibility", "", "/accessibility"},
		{"privacy", "", "/privacy"},
	})

	b := window(t, chrome, w, "sv")
	b.signIn("auditor")
	b.open(done.path("/report"))
	b.sees("Ärenderapport", "Uträknat", "Skrivet", "1. Sammanfattning och beslut", "18. Regelhänvisningar och version", done.view().RegistryNo, "Textens kontrollsumma")
	for _, lost := range eval[[]string](b, `[...document.querySelectorAll(".report .block dl > div")].filter(d => !d.querySelector("dt .source")).map(d => d.innerText)`) {
		t.Errorf("a statement without a source: %s", lost)
	}
	b.open(done.path("/assessments/dpia/report"))
	b.sees("1. Sammanfattning", "9. Dataskyddsombudets råd", "13. Bilagor")
	b.light("a report")
}
