//go:build !slim

package main

import (
	"context"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

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
	w.addYearly(t)

	show(t, chrome, w, []place{
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
		{"new-case", "user", "/cases/new"},
		{"intake", "project_owner", "/cases/" + draft.id + "/intake"},
		{"intake-section", "project_owner", "/cases/" + draft.id + "/intake?section=B"},
		{"assessment", "dpo", "/cases/" + c.id + "/assessments/legal_basis"},
		{"task", "manager", "/tasks/" + task},
		{"task-read", "dpo", "/tasks/" + task},
		{"inbox-yearly", "ciso", "/"},
		{"task-yearly", "ciso", "/tasks/" + w.taskOf("ciso", "")},
		{"missing", "dpo", "/nowhere"},
	})
	first := window(t, chrome, w, "sv")
	first.open("/sign-in")
	first.light("the first page")
	w.looksAtAFault(t, chrome)
	w.looksAtRefusals(t, chrome)
}

// place is a page that is shown: by which name its pictures are known, to whom, ""
// for somebody who has not signed in, and where.
type place struct{ name, user, path string }

// show shows pages in a browser, in both languages, wide and narrow, looks for
// barriers and takes pictures. Outside CI it shows each page in one language, every
// other page in the other one: both have the same template.
func show(t *testing.T, chrome context.Context, w *world, pages []place) {
	t.Helper()
	windows := map[string]*browser{}
	for i, p := range pages {
		b := windows[p.user]
		if b == nil {
			b = window(t, chrome, w, "sv")
			if windows[p.user] = b; p.user != "" {
				b.signIn(p.user)
			}
		}
		sep := "?"
		if strings.Contains(p.path, "?") {
			sep = "&"
		}
		for n, lang := range []string{"sv", "en"} {
			if !inCI(true, i%2 == n) {
				continue
			}
			b.open(p.path + sep + "lang=" + lang)
			for _, width := range []int64{1200, 320} {
				name := fmt.Sprintf("%s-%s-%d", p.name, lang, width)
				b.wide(width)
				b.fits(name)
				b.lookForBarriers(name)
				b.picture(name)
			}
			b.closed(p.name)
			b.plain(p.name)
			b.zoomed(p.name)
			b.light(p.name)
		}
	}
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
	b.sees("Välj ett av svaren.")
	b.accessible("no outcome")

	b.choose("outcome", "Tillstyrk")
	b.press("p.buttons .button") // with nothing filled in
	b.sees("Det här behöver du rätta", "Inköpsväg: Svar saknas.")
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
	b.stays()
	b.press("p.buttons .button")
	b.sees("Ställs miljökrav i inköpet: Svar saknas.") // which follows from an answer
	b.choose("a-tender_environment", "Ja")
	b.press("p.buttons .button")
	b.sees("Ditt svar: Tillstyrk", "kan inte ändras")
	b.accessible("confirm")
	b.picture("confirm-sv")
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

// TestDraftsInABrowser opens a case, and saves every section of a whole intake and
// of an assessment once more: what is saved is what was there. Whoever comes too
// late is told what the other has written.
func TestDraftsInABrowser(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	b := window(t, chrome, w, "sv")
	b.signIn("project_owner")
	b.press(".headed a")
	b.write("title", "Transkribering i socialtjänsten")
	b.press("main form .button")
	b.sees("Ärende och organisation")
	b.accessible("new draft")
	b.write("a-summary", "Samtal skrivs ut och sammanfattas.")
	b.press(".buttons .quiet")
	b.sees("Sparat")
	b.open("/")
	b.sees("Dina ärenden att skriva klart", "Transkribering i socialtjänsten")
	b.accessible("inbox with a draft")
	b.picture("inbox-draft-sv")

	c := w.open(demoTeam, intake(t, bookingAgent))
	answers := func() map[string]any {
		var d struct {
			Answers map[string]any `json:"answers"`
		}
		w.get("project_owner", c.path("/intake"), &d)
		return d.Answers
	}
	before := answers()
	sections := b.sections(c.path("/intake"))
	if len(sections) < 8 {
		t.Fatalf("sections %v", sections)
	}
	for i, href := range sections {
		b.open(href)
		b.accessible(href)
		b.picture(fmt.Sprintf("intake-%d-sv", i))
		b.press(".buttons .quiet")
		b.sees("Sparat")
		if after := answers(); !reflect.DeepEqual(before, after) {
			t.Errorf("saving %s changed\n%v to\n%v", href, before, after)
			before = after
		}
	}

	b.open(sections[0])
	b.do(chromedp.SetValue("#a-title", "Mitt namn"))
	before["title"] = "Deras namn"
	c.edit(before)
	b.press(".buttons .button")
	b.sees("Någon annan har skrivit här samtidigt", "Deras namn")
	b.accessible("conflict")
	b.picture("conflict-sv")
	b.press(".buttons .quiet")
	if got := answers()["title"]; got != "Mitt namn" {
		t.Errorf("after a conflict the title is %q", got)
	}
	b.open(c.path("/intake"))
	b.sees("Inget saknas.", "Vad svaren leder till")
	b.accessible("overview")
	b.press("main form .button")
	b.sees("Stegen", "Chefens bedömning")
	c.is(model.ManagerReview)
	for _, stage := range []string{"agent_risk", "legal_basis"} {
		for i, href := range b.sections(c.path("/assessments/" + stage)) {
			b.open(href)
			b.accessible(href)
			b.picture(fmt.Sprintf("%s-%d-sv", stage, i))
		}
	}
}

// sections are the addresses of the sections of a text.
func (b *browser) sections(path string) []string {
	b.Helper()
	b.open(path)
	return eval[[]string](b, `[...document.querySelectorAll(".contents a")].map(a => a.pathname + a.search)`)
}
