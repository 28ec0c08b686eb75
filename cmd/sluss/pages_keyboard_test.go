//go:build !slim

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sluss/model"
)

// TestKeyboardAlone opens a case, advises on one and signs one off with Tab, Enter,
// Space, the arrows and letters, and no mouse.
func TestKeyboardAlone(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})

	owner := keyboard(t, chrome, w, "project_owner")
	owner.tabTo(`a[href="/cases/new"]`)
	owner.enters()
	owner.tabTo("#title")
	owner.types("Transkribering i socialtjänsten")
	owner.enters()
	owner.tabTo("#a-summary")
	owner.types("Samtal skrivs ut och sammanfattas.")
	owner.tabTo(".buttons .button")
	owner.enters()
	owner.sees("Transkribering i socialtjänsten")

	asked := w.open(demoTeam, intake(t, bookingAgent))
	asked.submit()
	asked.handInAll()
	dpo := keyboard(t, chrome, w, "dpo")
	dpo.answersByKeys(asked, "dpo")

	signed := w.open(demoTeam, intake(t, spelling))
	signed.submit()
	signed.passUntil(model.CISOReview)
	ciso := keyboard(t, chrome, w, "ciso")
	ciso.answersByKeys(signed, "ciso")
	signed.is(model.Approved)
}

// keyboard opens a window and signs a person in without a mouse.
func keyboard(t *testing.T, chrome context.Context, w *world, user string) *browser {
	t.Helper()
	b := window(t, chrome, w, "sv")
	b.open(strings.TrimPrefix(w.link(user), w.base))
	b.tabTo("main form .button")
	b.enters()
	return b
}

// answersByKeys answers the one task that a person has, from the inbox.
func (b *browser) answersByKeys(c *aCase, user string) {
	b.Helper()
	var task openTask
	for _, open := range c.openTasks() {
		if c.team.who(open.Role) == user {
			task = open
		}
	}
	body := task.answer(task.freest()).Body.(map[string]any)
	form := url.Values{"outcome": {fmt.Sprint(body["outcome"])}, "motivation": {fmt.Sprint(body["motivation"])}}
	if answers, ok := body["answers"].(map[string]any); ok {
		enter(form, "a", answers)
	}
	enter(form, "c", body["conditions"])
	b.tabTo(fmt.Sprintf(`.list a[href="/tasks/%s"]`, task.ID))
	b.enters()
	b.fillByKeys(form, "p.buttons .button")
	b.enters()
	b.tabTo(".sure .button")
	b.enters()
	b.sees("Svaret är skickat")
}

func (b *browser) key(key string) {
	b.Helper()
	b.do(chromedp.KeyEvent(key))
}

// types writes into what has the focus.
func (b *browser) types(text string) { b.Helper(); b.key(text) }

// enters presses Enter, which leads to another page.
func (b *browser) enters() {
	b.Helper()
	if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent(kb.Enter)); err != nil {
		b.Fatalf("enter: %v", err)
	}
}

// tabTo presses Tab until something has the focus, and sees that the focus shows.
func (b *browser) tabTo(selector string) {
	b.Helper()
	for range 500 {
		b.key(kb.Tab)
		if eval[bool](b, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			if !eval[bool](b, `getComputedStyle(document.activeElement).outlineStyle !== "none"`) {
				b.Errorf("the focus on %s does not show", selector)
			}
			return
		}
	}
	b.Fatalf("Tab never comes to %s on %s", selector, eval[string](b, "location.pathname"))
}

// focused is the control that has the focus.
type focused struct {
	Name, Type, Value string
	Checked, Done     bool
}

// fillByKeys goes through a form with Tab and answers what it is asked, until the
// focus is on the button.
func (b *browser) fillByKeys(form url.Values, button string) {
	b.Helper()
	look := fmt.Sprintf(`(() => { const e = document.activeElement; return JSON.stringify({name: e.name || "", type: e.type || "", value: e.value || "",
		checked: !!e.checked, done: e.matches(%q)}) })()`, button)
	for range 600 {
		b.key(kb.Tab)
		var at focused
		if err := json.Unmarshal([]byte(eval[string](b, look)), &at); err != nil {
			b.Fatal(err)
		}
		want, asked := form[at.Name]
		switch {
		case at.Done:
			return
		case !asked:
		case at.Type == "radio":
			b.pick(at, want[0], look)
		case at.Type == "checkbox":
			if chosen := slices.Contains(want, at.Value); chosen != at.Checked {
				b.key(" ")
			}
		case at.Type == "select-one":
			for i := 0; at.Value != want[0] && i < 50; i++ {
				b.key(kb.ArrowDown)
				_ = json.Unmarshal([]byte(eval[string](b, look)), &at) // it was read before
			}
		case at.Value == "":
			b.types(want[0])
		}
	}
	b.Fatalf("Tab never comes to %s", button)
}

// pick chooses a button of a group with Space and the arrows.
func (b *browser) pick(at focused, want, look string) {
	b.Helper()
	if at.Value == want && !at.Checked {
		b.key(" ")
		return
	}
	for i := 0; at.Value != want && i < 30; i++ {
		b.key(kb.ArrowDown)
		if err := json.Unmarshal([]byte(eval[string](b, look)), &at); err != nil {
			b.Fatal(err)
		}
	}
	if at.Value != want {
		b.Errorf("%s cannot be %s", at.Name, want)
	}
}
