//go:build !slim

package main

import (
	"fmt"
	"strings"
	"testing"

	"sluss/model"
)

// TestPages shows every page in a browser, in both languages, wide and narrow: no
// barrier that axe-core finds, no sideways scrolling, little to load and nobody else
// asked. The pictures are for people to look at.
func TestPages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	c := w.open(demoTeam, intake(t, transcription))
	c.submit()
	draft := w.open(demoTeam, intake(t, minutes))
	task := w.taskOf("manager", c.id)

	pages := []struct{ name, user, path string }{
		{"sign-in", "", "/sign-in"},
		{"sign-in-link", "", strings.TrimPrefix(w.link("dpo"), w.base)},
		{"inbox", "manager", "/"},
		{"inbox-none", "dpo", "/"},
		{"inbox-others", "project_owner", "/?show=others"},
		{"messages", "manager", "/messages"},
		{"messages-all", "project_owner", "/messages?show=all"},
		{"me", "administrator", "/me"},
		{"case", "project_owner", "/cases/" + c.id},
		{"case-draft", "project_owner", "/cases/" + draft.id},
		{"revision", "dpo", "/cases/" + c.id + "/revisions/1"},
		{"assessment", "dpo", "/cases/" + c.id + "/assessments/legal_basis"},
		{"task", "manager", "/tasks/" + task},
		{"task-read", "dpo", "/tasks/" + task},
		{"missing", "dpo", "/nowhere"},
	}
	for _, lang := range []string{"sv", "en"} {
		windows := map[string]*browser{}
		for _, p := range pages {
			b := windows[p.user]
			if b == nil {
				b = window(t, chrome, w, lang)
				if windows[p.user] = b; p.user != "" {
					b.signIn(p.user)
				}
			}
			sep := "?"
			if strings.Contains(p.path, "?") {
				sep = "&"
			}
			b.open(p.path + sep + "lang=" + lang)
			for _, width := range []int64{1200, 320} {
				name := fmt.Sprintf("%s-%s-%d", p.name, lang, width)
				b.wide(width)
				b.accessible(name)
				b.picture(name)
			}
			b.wide(1200)
		}
	}
	first := window(t, chrome, w, "sv")
	first.open("/sign-in")
	first.light("the first page")
}

// taskOf is the open task of a case that a person has.
func (w *world) taskOf(user, caseID string) string {
	w.t.Helper()
	var l struct {
		Items []struct {
			TaskID string `json:"task_id"`
			CaseID string `json:"case_id"`
		} `json:"items"`
	}
	w.get(user, "/tasks?assignee=me&limit=100", &l)
	for _, item := range l.Items {
		if item.CaseID == caseID {
			return item.TaskID
		}
	}
	w.t.Fatalf("nothing in %s waits for %s", caseID, user)
	return ""
}

// TestDecisionInABrowser has a manager sign in, find what waits, get it wrong, put it
// right, confirm and read the receipt, by mouse and keyboard alone.
func TestDecisionInABrowser(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	c := w.open(demoTeam, intake(t, spelling))
	c.submit()

	b := window(t, chrome, w, "sv")
	b.signIn("manager")
	b.sees("Att göra", "1 uppgift", "Ny")
	if title := eval[string](b, "document.title"); title != "(1) Väntar på mig – Sluss" {
		t.Errorf("title %q", title)
	}
	b.press(".list .first a")
	b.sees("Tillstyrker du att AI-lösningen används", "Du beslutar om revision 1.")
	b.press("p.buttons .button")
	b.sees("Välj ett utfall.")
	b.accessible("no outcome")

	b.choose("outcome", "Tillstyrk")
	b.press("p.buttons .button")
	b.sees("Ditt svar: Tillstyrk", "kan inte ändras")
	b.accessible("confirm")
	b.picture("confirm-sv")
	b.press(".sure .button") // with nothing filled in
	b.sees("Det här behöver du rätta")
	b.accessible("faults")
	b.picture("faults-sv")

	for field, label := range map[string]string{
		"a-goal_confirmed": "Ja", "a-work_impact": "Nej", "a-mbl_status": "Behövs inte", "a-work_environment_risk": "Behövs inte",
		"a-procurement_route": "Avrop från ramavtal", "a-report_to_board": "Nej", "outcome": "Tillstyrk",
	} {
		b.choose(field, label)
	}
	b.write("a-training_course", "AI i vardagen")
	b.write("a-training_share", "80")
	b.write("a-decision_authority", "4.2")
	b.write("motivation", "Nyttan är tydlig.\nTexterna är öppna.")
	b.press("p.buttons .button")
	b.press(".sure .button")
	b.sees("Ställs miljökrav i inköpet: Svar saknas.") // which follows from an answer
	b.choose("a-tender_environment", "Ja")
	b.press("p.buttons .button")
	b.press(".sure .button")
	b.sees("Svaret är skickat", "Tillstyrk", "Clara Chef", "Nyttan är tydlig.", "Referens")
	b.accessible("receipt")
	b.picture("receipt-sv")
	if !strings.Contains(eval[string](b, "location.search"), "sent=1") {
		t.Error("no receipt")
	}
	b.open("/?show=done")
	b.sees("1 uppgift")
	c.is(model.CISOReview)
}
