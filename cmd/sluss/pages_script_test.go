//go:build !slim

package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// waits polls until a script in the page says that something is so.
func (b *browser) waits(what, script string) {
	b.Helper()
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if eval[bool](b, script) {
			return
		}
	}
	b.Fatalf("never %s on %s:\n%s", what, eval[string](b, "location.pathname"), b.text())
}

// says waits for the line that tells whether a draft is saved.
func (b *browser) says(words string) {
	b.Helper()
	b.waits(words, fmt.Sprintf(`document.querySelector("[data-status]").textContent.includes(%q)`, words))
}

// has waits until the record has an answer in a draft.
func (c *aCase) has(field, words string) {
	c.w.t.Helper()
	var got any
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		d, _ := c.draft()
		if got = d.Answers[field]; strings.Contains(fmt.Sprint(got), words) {
			return
		}
	}
	c.w.t.Fatalf("%s is %v without %s", field, got, words)
}

// TestDraftsSaveThemselves writes in a draft and presses nothing: what is written is
// saved, what the answers lead to is shown, and whatever comes between, another
// writer or the end of the session, no text is lost.
func TestDraftsSaveThemselves(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	c := w.open(demoTeam, intake(t, bookingAgent))
	b := window(t, chrome, w, "sv")
	b.signIn("project_owner")
	section := c.path("/intake") + "?section="

	b.open(section + "A")
	b.write("a-summary", " Mer text.")
	b.says("Sparad ")
	c.has("summary", "Mer text.")
	b.accessible("a draft that has saved itself")
	b.picture("draft-saved-sv")
	b.write("a-summary", " Och mer.") // on the entity tag that the first left
	c.has("summary", "Och mer.")

	t.Run("what the answers lead to", func(t *testing.T) {
		b.T = t
		b.open(section + "E")
		before := eval[string](b, `document.querySelector("[data-part=outlook]").innerText`)
		b.choose("a-personal_data", "Nej")
		b.says("Sparad ")
		if after := eval[string](b, `document.querySelector("[data-part=outlook]").innerText`); before == after {
			t.Errorf("still %s", after)
		}
		asked := eval[int](b, `document.querySelectorAll("[data-question]").length`)
		b.choose("a-personal_data", "Ja")
		b.says("Svaren ledde till fler frågor")
		if more := eval[int](b, `document.querySelectorAll("[data-question]").length`); more <= asked {
			t.Errorf("%d questions of %d", more, asked)
		}
		b.accessible("questions that followed")
	})

	t.Run("two writers", func(t *testing.T) {
		b.T = t
		b.open(section + "A")
		c.edit(map[string]any{"human_channel": "Kundcenter på telefon"}) // in another section
		eval[string](b, `document.querySelector("#a-title").value = ""`)
		b.write("a-title", "Min titel")
		b.says("Sparad ")
		c.has("title", "Min titel")
		c.has("human_channel", "Kundcenter på telefon")
		c.edit(map[string]any{"title": "Deras titel"})
		b.write("a-title", " igen")
		b.says("någon annan har skrivit här samtidigt")
		b.sees("Deras titel", "Spara mina svar", "Ta den andras svar")
		b.accessible("two writers")
		b.picture("draft-conflict-script-sv")
		c.has("title", "Deras titel")
		if got := eval[string](b, `document.querySelector("#a-title").value`); got != "Min titel igen" {
			t.Errorf("the form has %q", got)
		}
		b.press("[data-conflict] button")
		c.has("title", "Min titel igen")
	})

	t.Run("two people on the same page", func(t *testing.T) {
		c := w.open(demoTeam, intake(t, bookingAgent))
		c.submit()
		ours, theirs := window(t, chrome, w, "sv"), window(t, chrome, w, "sv")
		ours.signIn("project_owner")
		theirs.signIn("legal_counsel")
		section := ours.sections(c.path("/assessments/legal_basis"))[0]
		ours.open(section)
		theirs.open(section)
		field := eval[string](ours, `document.querySelector("main textarea").id`)
		ours.write(field, "Projektägarens ord.")
		ours.says("Sparad ")
		theirs.write(field, "Juristens ord.")
		theirs.says("någon annan har skrivit här samtidigt")
		theirs.sees("Projektägarens ord.", "Spara mina svar", "Ta den andras svar")
		theirs.press("[data-conflict] button")
		ours.open(section)
		if got := eval[string](ours, `document.querySelector("main textarea").value`); got != "Juristens ord." {
			t.Errorf("kept is %q", got)
		}
	})

	t.Run("the session ends", func(t *testing.T) {
		b := window(t, chrome, w, "sv")
		b.signIn("project_owner")
		b.open(section + "A")
		b.do(chromedp.WaitReady("#a-summary"))
		eval[bool](b, `fetch("/sign-out", {method: "POST"}).then(r => true)`)
		b.write("a-summary", " Det här får inte försvinna.")
		b.says("du har loggats ut")
		b.accessible("signed out while writing")
		b.picture("draft-signed-out-sv")
		_, code, _ := strings.Cut(w.link("project_owner"), "code=")
		eval[bool](b, fmt.Sprintf(`fetch("/sign-in", {method: "POST", body: new URLSearchParams({code: %q})})
			.then(() => window.dispatchEvent(new Event("focus"))).then(() => true)`, code)) // in another tab
		b.says("Sparad ")
		c.has("summary", "Det här får inte försvinna.")
	})

	t.Run("leaving at once", func(t *testing.T) {
		b := window(t, chrome, w, "sv")
		b.signIn("project_owner")
		b.open(section + "A")
		b.write("a-summary", " I sista stund.")
		b.open("/")
		c.has("summary", "I sista stund.")
		b.open(section + "A")
		b.write("a-summary", " Nästa avsnitt.")
		b.press(".contents a")
		c.has("summary", "Nästa avsnitt.")
	})
}

// TestTasksAskAtOnce answers a task: what follows from an answer is asked and announced
// at once, where it belongs, and neither the focus nor anything written is lost.
func TestTasksAskAtOnce(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	c := w.open(demoTeam, intake(t, spelling))
	c.submit()
	path := "/tasks/" + w.taskOf("manager", c.id)
	questions := map[string][2]string{
		"sv": {"Kallat", "Svaret ledde till fler frågor: Förhandlingens datum"},
		"en": {"Called", "The answer led to more questions: Date of the negotiation"},
	}
	for lang, words := range questions {
		t.Run(lang, func(t *testing.T) {
			b := window(t, chrome, w, lang)
			b.signIn("manager")
			b.open(path)
			value := func(field string) string {
				return eval[string](b, fmt.Sprintf("document.querySelector(%q).value", "#"+field))
			}
			shown := func(field string) string { return fmt.Sprintf("document.querySelector(%q) !== null", "#"+field) }
			b.write("motivation", "Nyttan är tydlig.")
			b.write("a-training_course", "AI i vardagen")
			if eval[bool](b, shown("a-mbl_date")) {
				t.Fatal("what follows is asked from the start")
			}
			b.do(chromedp.Focus("#a-mbl_status input"))
			b.choose("a-mbl_status", words[0])
			b.says(words[1])
			focus := eval[string](b, "document.activeElement.name")
			if focus != "a.mbl_status" || value("motivation") != "Nyttan är tydlig." || value("a-training_course") != "AI i vardagen" {
				t.Errorf("the focus is in %q, and there stands %q and %q", focus, value("motivation"), value("a-training_course"))
			}
			if !eval[bool](b, `document.querySelector("#a-mbl_status").compareDocumentPosition(document.querySelector("#a-mbl_date")) === Node.DOCUMENT_POSITION_FOLLOWING
				&& document.querySelector("[data-status]").role === "status"`) {
				t.Error("what follows does not stand below, or is not announced")
			}
			b.accessible("a task that asks more")
			b.wide(320)
			b.accessible("a task that asks more, narrow")
			b.wide(1200)
			b.picture("task-asks-" + lang)

			eval[bool](b, `(d => { d.value = "2026-11-02"; return d.dispatchEvent(new Event("change", {bubbles: true})) })(document.querySelector("#a-mbl_date"))`)
			b.press("p.buttons .button") // without an outcome
			if value("a-mbl_date") != "2026-11-02" {
				t.Error("what followed is lost on the next page")
			}
			b.accessible("a task that asks more, without an outcome")
			if got := w.questions("manager", path); strings.Contains(got, "mbl_date") {
				t.Errorf("something is kept: %s", got)
			}
		})
	}
}

// questions are the questions of a task as the record has them.
func (w *world) questions(user, path string) string {
	w.t.Helper()
	var task struct {
		Form []struct {
			ID string `json:"id"`
		} `json:"form"`
	}
	w.get(user, path, &task)
	return fmt.Sprint(task.Form)
}

// TestKeys uses the shortcuts, and switches them off.
func TestKeys(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	for range 2 {
		w.open(demoTeam, intake(t, spelling)).submit()
	}
	b := window(t, chrome, w, "sv")
	b.signIn("manager")
	at := func() string { return eval[string](b, "document.activeElement.closest('tr')?.rowIndex + ''") }
	for i, key := range []string{"j", "j", "k"} {
		b.do(chromedp.KeyEvent(key))
		if got, want := at(), []string{"1", "2", "1"}[i]; got != want {
			t.Errorf("%s leads to row %s, want %s", key, got, want)
		}
	}
	b.keyed("?", "/help")
	b.open("/me")
	b.press("button[name=keys]")
	b.sees("avstängda")
	b.open("/")
	b.do(chromedp.KeyEvent("j"))
	if got := at(); got != "undefined" {
		t.Errorf("switched off, j leads to row %s", got)
	}
	b.open("/me")
	b.press("button[name=keys]")
	b.open("/")
	b.keyed("/", "/cases")
}

// keyed presses a key that leads to another page.
func (b *browser) keyed(key, path string) {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(key)); err != nil {
		b.Fatal(err)
	}
	if got := eval[string](b, "location.pathname"); got != path {
		b.Errorf("%s leads to %s", key, got)
	}
}

// TestContentPolicy looks at what a page may do: nothing that is not its own, no
// script in the page, and no markup out of text.
func TestContentPolicy(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	b := window(t, chrome, w, "sv")
	b.open("/sign-in")
	for what, script := range map[string]string{
		"a script in the page": `(() => { const s = document.createElement("script"); document.body.append(s);
			try { s.text = "document.title = 'x'" } catch { return true } return document.title !== "x" })()`,
		"markup out of text":    `(() => { try { document.body.innerHTML = "<b>x</b>"; return false } catch (e) { return e instanceof TypeError } })()`,
		"a policy of one's own": `(() => { try { trustedTypes.createPolicy("x", {createHTML: s => s}); return false } catch { return true } })()`,
		"another host":          `fetch("http://127.0.0.1:9/").then(() => false, () => true)`,
		"a style in the page":   `(() => { document.body.setAttribute("style", "color: red"); return getComputedStyle(document.body).color !== "rgb(255, 0, 0)" })()`,
	} {
		if !eval[bool](b, script) {
			t.Errorf("the policy lets %s be", what)
		}
	}
}
