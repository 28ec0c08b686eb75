//go:build !slim

package main

import (
	"encoding/json"
	"fmt"
	"net/url"
	"testing"

	"sluss/model"
)

// TestWholeCaseInABrowser takes a case from its opening into use, each step by the
// person who has it, in Swedish and with scripts on: drafts save themselves, and
// questions come as they follow from the answers.
func TestWholeCaseInABrowser(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	answers := intake(t, minutes)
	people := map[string]*browser{}
	person := func(user string) *browser {
		if people[user] == nil {
			people[user] = window(t, chrome, w, "sv")
			people[user].signIn(user)
		}
		return people[user]
	}

	owner := person(demoTeam.who(model.RoleProjectOwner))
	owner.open("/cases/new")
	owner.write("title", fmt.Sprint(answers["title"]))
	owner.press("main form .button")
	c := &aCase{w: w, team: demoTeam, id: eval[string](owner, `location.pathname.split("/")[2]`), intake: answers}
	form := url.Values{}
	enter(form, "a", answers)
	owner.writes(c.path("/intake"), form)
	for answered := 0; answered < 30; answered++ {
		open := c.openTasks()
		if len(open) == 0 {
			break
		}
		next := open[0]
		b := person(demoTeam.who(next.Role))
		if next.Kind == model.TaskPrepare {
			form := url.Values{}
			enter(form, "a", next.form())
			b.writes(c.path("/assessments/"+string(next.Stage)), form)
			continue
		}
		b.answers(next)
	}
	if v := c.view(); v.State != model.Approved && v.State != model.ApprovedCond {
		t.Fatalf("the case is %s", v.State)
	}
	if len(people) < 5 {
		t.Errorf("only %d people", len(people))
	}
	c.activate()
	owner.open(c.path(""))
	owner.sees("Får användas")
	owner.open(c.path("/report"))
	owner.sees("Ärenderapport")
}

// fillIn fills in what a form shows, as somebody would who uses it, and returns what
// is asked for in a row that is not there yet.
func (b *browser) fillIn(form url.Values) []string {
	b.Helper()
	text, err := json.Marshal(form)
	if err != nil {
		b.Fatal(err)
	}
	return eval[[]string](b, fmt.Sprintf(`(() => {
		const controls = [...document.querySelectorAll("main form [name]")], more = new Set();
		for (const [name, values] of Object.entries(%s)) {
			const own = controls.filter(e => e.name === name);
			for (const e of own) {
				if (e.type === "radio" || e.type === "checkbox") {
					if (values.includes(e.value) !== e.checked && (e.type === "checkbox" || values.includes(e.value))) e.click();
				} else if (e.type !== "hidden" && e.value !== values[0]) {
					e.value = values[0];
					e.dispatchEvent(new Event("input", {bubbles: true}));
				}
			}
			const row = /^(.*)\.\d+\./.exec(name);
			if (!own.length && row) for (const e of document.querySelectorAll("button[name=more]")) if (e.value === row[1]) more.add(e.value);
		}
		return [...more];
	})()`, text))
}

// writes writes a text section by section. What is written saves itself, and what
// follows from it is answered too.
func (b *browser) writes(page string, form url.Values) {
	b.Helper()
	for range 4 {
		for _, href := range b.sections(page) {
			b.open(href)
			b.section(form)
		}
		b.open(page)
		if !eval[bool](b, `document.querySelector("button[value=send]") !== null`) {
			continue
		}
		b.press("button[value=send]")
		return
	}
	b.Fatalf("something is missing:\n%s", b.text())
}

// section answers a section until nothing more is asked.
func (b *browser) section(form url.Values) {
	b.Helper()
	const asked = `document.querySelectorAll("[data-question]").length`
	for range 6 {
		before := eval[int](b, asked)
		if more := b.fillIn(form); len(more) > 0 {
			b.press(fmt.Sprintf("button[name=more][value=%q]", more[0]))
			continue
		}
		b.press(".buttons .quiet")
		b.sees("Spara")
		if eval[int](b, asked) <= before {
			return
		}
	}
}

// answers answers a task, and what turns out to be asked as well.
func (b *browser) answers(task openTask) {
	b.Helper()
	body := task.answer(task.freest()).Body.(map[string]any)
	form := url.Values{"outcome": {fmt.Sprint(body["outcome"])}, "motivation": {fmt.Sprint(body["motivation"])}}
	if answers, ok := body["answers"].(map[string]any); ok {
		enter(form, "a", answers)
	}
	enter(form, "c", body["conditions"])
	b.open("/tasks/" + task.ID)
	for range 6 {
		if more := b.fillIn(form); len(more) > 0 {
			b.press(fmt.Sprintf("button[name=more][value=%q]", more[0]))
			continue
		}
		b.press("p.buttons .button")
		if !eval[bool](b, `document.querySelector(".sure .button") !== null`) {
			continue // more is asked
		}
		b.press(".sure .button")
		if eval[bool](b, `location.search.includes("sent=1")`) {
			b.sees("Svaret är skickat")
			return
		}
	}
	b.Fatalf("%s.%s cannot be answered:\n%s", task.Stage, task.Kind, b.text())
}
