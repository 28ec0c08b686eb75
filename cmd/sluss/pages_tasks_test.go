//go:build !slim

package main

import (
	"context"
	"fmt"
	"slices"
	"testing"

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
	look := lookout(t, chrome, w)
	seen := map[string]bool{}
	for _, name := range []string{assistantForAll, caseNotes, playground, proposingAgent} {
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
			}
			l.answer(next)
		}
	}
	if len(seen) < 18 {
		t.Errorf("only %d kinds of task: %v", len(seen), seen)
	}
}

// lookout looks at pages, each person in windows of their own.
func lookout(t *testing.T, chrome context.Context, w *world) func(user, path, name string) {
	windows := map[string]*browser{}
	return func(user, path, name string) {
		t.Helper()
		for lang, widths := range map[string][]int64{"sv": {1200, 320}, "en": {1200}} {
			b := windows[user+lang]
			if b == nil {
				b = window(t, chrome, w, lang)
				windows[user+lang] = b
				b.signIn(user)
			}
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
