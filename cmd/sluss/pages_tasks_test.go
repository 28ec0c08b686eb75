//go:build !slim

package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sluss/api/client"
	"sluss/model"
)

// TestTaskPages plays worked cases and looks at the page of every task before it is
// answered, and at every assessment as its reviewers read it: in Swedish wide and
// narrow, in English wide.
func TestTaskPages(t *testing.T) {
	t.Parallel()
	chrome := chromium(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	windowOf, look := lookout(t, chrome, w)
	seen := map[string]bool{}
	for _, name := range []string{assistantForAll, caseNotes, proposingAgent} {
		l := lifeOf(w, name)
		for range 40 {
			open := slices.DeleteFunc(l.tasks(), func(t openTask) bool { return t.Status != model.TaskOpen })
			if len(open) == 0 {
				break
			}
			next := slices.MinFunc(open, func(a, b openTask) int { return a.turn() - b.turn() })
			key := fmt.Sprintf("task-%s-%s", next.Stage, next.Kind)
			if !seen[key] {
				seen[key] = true
				look(l.who(next.Role), "/tasks/"+next.ID, key)
				l.lookCloser(look, windowOf, next)
			}
			l.answer(next)
		}
	}
	if len(seen) < 18 {
		t.Errorf("only %d kinds of task: %v", len(seen), seen)
	}
}

// lookCloser looks at what a task leads to: the assessment that it writes, the steps
// of an answer, and what follows a remark.
func (l aLife) lookCloser(look func(user, path, name string), windowOf func(user, lang string) *browser, next openTask) {
	l.w.t.Helper()
	user := l.who(next.Role)
	page := l.path("/assessments/" + string(next.Stage))
	switch {
	case next.Kind == model.TaskPrepare && next.Stage == model.StageDPIA:
		writer := windowOf(user, "sv")
		writer.open("/tasks/" + next.ID)
		writer.press(".start a.button")
		writer.sees("att besvara", "D1 Systematisk beskrivning")
		look(user, page+"?section=D4", "dpia-risks-none")
		l.save(user, next.Stage)
		look(user, page+"?section=D4", "dpia-risks")
		look(user, page+"?section=D4&row=0", "dpia-risk")
		look(user, page+"?section=D4&row=new&risk=R-12", "dpia-risk-new")
		look(user, page, "dpia-overview")
		b := windowOf(user, "sv")
		b.open(page + "?section=D4&row=0")
		b.choose("a-risks-0-residual_severity", "4")
		b.choose("a-risks-0-residual_likelihood", "4")
		b.press(".buttons .quiet")
		b.sees("Sparat")
		b.press("main a[href*=D4]")
		b.sees("Kvarstående risk: Mycket hög", "Förhandssamråd krävs")
		l.save(user, next.Stage) // as it was
	case next.Kind == model.TaskPrepare && next.Stage == model.StageAgentRisk:
		l.save(user, next.Stage)
		look(user, page+"?section=RS", "agent-section")
		look(user, page, "agent-overview")
	case next.Kind == model.TaskAdvice && next.Stage == model.StageLegalBasis:
		b := windowOf(user, "sv")
		b.open("/tasks/" + next.ID)
		if text := b.text(); strings.Contains(text, "råd saknas") || strings.Contains(text, "Steget kan inte godkännas") {
			b.Errorf("whoever gives the advice is told that it is missing: %s", text)
		}
		open := l.tasks()
		waits := open[slices.IndexFunc(open, func(t openTask) bool { return t.Stage == next.Stage && t.Kind == model.TaskDecision })]
		decider := windowOf(l.who(waits.Role), "sv")
		decider.open("/tasks/" + waits.ID)
		decider.sees("Steget kan inte godkännas förrän det här är klart", "Rättslig grund: råd – ")
		look(l.who(waits.Role), "/tasks/"+waits.ID, "task-that-waits")
	case next.Kind == model.TaskAdvice && next.Stage == model.StageDPIA:
		b := windowOf(user, "sv")
		b.open("/tasks/" + next.ID)
		b.do(chromedp.Click(".remark summary"))
		b.press(".remark button") // with nothing in it
		b.sees("Det här behöver du rätta")
		b.accessible("a remark with faults")
		b.write("motivation", "Läst.")
		b.write("remark-text", "Varför räcker stickprov?")
		b.do(chromedp.SetValue("#remark-question", "risks"))
		b.choose("remark-severity", "Kan förbättras")
		b.press(".remark button")
		b.sees("Synpunkten är skickad", "Varför räcker stickprov?")
		b.accessible("remark sent")
		b.picture("remark-sv-1200")
		if got := eval[string](b, "document.querySelector('#motivation').value"); got != "Läst." {
			b.Errorf("the motivation has become %q", got)
		}
		b.choose("outcome", "Avråder")
		b.press("form .buttons .button")
		b.sees("Rådet går till informationsägaren", "måste då skriva skäl", "Skicka råd till informationsägaren: Avråder")
		b.accessible("confirm advice")
		b.picture("confirm-advice-sv-1200")
		l.replyAll()
	case next.Stage == model.StageCISO:
		b := windowOf(user, "sv")
		b.open("/tasks/" + next.ID)
		b.choose("a-A1-answer", "Delvis")
		b.press(".buttons .quiet")
		b.sees("Svaren på frågorna är sparade")
		b.accessible("answers kept")
		b.picture("kept-sv-1200")
		b.open("/tasks/" + next.ID)
		if !eval[bool](b, "document.querySelector('#a-A1-answer input:checked').value == 'partly'") {
			b.Error("the answer was not kept")
		}
		b.choose("outcome", "Godkänn granskningen")
		b.press("form .buttons .button")
		b.sees("Svaret är inte skickat.", "Dataflödet är dokumenterat: Svar saknas.")
		b.accessible("a review that lacks answers")
		l.save(user, next.Stage)
		b.open("/tasks/" + next.ID)
		b.choose("outcome", "Godkänn granskningen")
		b.press("form .buttons .button")
		b.sees("Det här händer", "Skicka granskningen: Godkänn granskningen")
		b.picture("confirm-ciso-sv-1200")
	}
}

// save writes the assessment of a stage and hands nothing in.
func (l aLife) save(who string, stage model.StageKey) {
	l.w.t.Helper()
	path := l.path("/assessments/" + string(stage))
	etag := l.w.get(who, path, &struct{}{})
	a, err := l.w.try(who, client.Call{Method: "PUT", Path: v1 + path, IfMatch: etag, Body: map[string]any{"answers": l.form(string(stage))}})
	if err != nil || a.Status != 200 {
		l.w.t.Fatalf("save %s: %d %s %v", stage, a.Status, a.Body, err)
	}
}

// replyAll has the project owner reply to every remark.
func (l aLife) replyAll() {
	l.w.t.Helper()
	var open struct {
		Items []struct {
			ID string `json:"remark_id"`
		} `json:"items"`
	}
	l.w.get(l.owner(), l.path("/remarks?status=open&limit=100"), &open)
	for _, r := range open.Items {
		a, err := l.w.try(l.owner(), client.Call{
			Method: "POST", Path: v1 + l.path("/remarks/"+r.ID+"/reply"), Key: client.NewKey(), Body: map[string]any{"reply": "Vi provar fler.", "followed": true},
		})
		if err != nil || a.Status != 201 {
			l.w.t.Fatalf("reply: %d %s %v", a.Status, a.Body, err)
		}
	}
	if len(open.Items) == 0 {
		l.w.t.Error("no remark has come")
	}
}

// lookout looks at pages, each person in windows of their own.
func lookout(t *testing.T, chrome context.Context, w *world) (windowOf func(user, lang string) *browser, look func(user, path, name string)) {
	type opened struct {
		*browser
		at time.Time
	}
	windows := map[string]opened{}
	windowOf = func(user, lang string) *browser {
		o := windows[user+lang]
		if o.browser == nil || time.Since(o.at) > time.Minute { // a window has its time
			o = opened{window(t, chrome, w, lang), time.Now()}
			windows[user+lang] = o
			o.signIn(user)
		}
		return o.browser
	}
	return windowOf, func(user, path, name string) {
		t.Helper()
		for lang, widths := range map[string][]int64{"sv": {1200, 320}, "en": {1200}} {
			b := windowOf(user, lang)
			b.open(path)
			for _, width := range widths {
				b.wide(width)
				picture := fmt.Sprintf("%s-%s-%d", name, lang, width)
				b.accessible(picture)
				b.picture(picture)
			}
			b.wide(1200)
		}
	}
}
