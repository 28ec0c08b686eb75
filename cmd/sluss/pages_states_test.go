//go:build !slim

package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"sluss/model"
	"sluss/model/store"
)

// addYearly gives the CISO a review of the year, in whatever month the test runs.
func (w *world) addYearly(t *testing.T) {
	t.Helper()
	var me struct {
		ID string `json:"id"`
	}
	w.get("ciso", "/me", &me)
	st, err := store.Open(t.Context(), store.Options{URL: w.recordURL()})
	if err != nil {
		t.Fatal(err)
	}
	defer st.Close()
	now := time.Now()
	_, err = st.AddYearlyTask(t.Context(), store.NewYearlyTask{
		OrgID: org, Kind: model.TaskPolicyReview, Role: model.RoleCISO, AssigneeID: me.ID, Year: now.Year() + 1, DueAt: now.Add(20 * 24 * time.Hour),
	}, now)
	if err != nil {
		t.Fatal(err)
	}
}

// looksAtAFault looks at what people are shown while the record cannot answer.
func (w *world) looksAtAFault(t *testing.T, chrome context.Context) {
	t.Helper()
	db := w.database()
	rename := func(from, to string) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "ALTER TABLE "+from+" RENAME TO "+to); err != nil {
			t.Fatal(err)
		}
	}
	rename("standing_advice", "standing_advice_away")
	defer rename("standing_advice_away", "standing_advice")
	for lang, words := range map[string]string{"sv": "Sidan kunde inte visas", "en": "The page could not be shown"} {
		b := window(t, chrome, w, lang)
		b.signIn("user")
		b.open("/advice?lang=" + lang)
		b.sees(words)
		b.looks("failed")
	}
}

// looksAtRefusals looks at what people are shown whose page cannot be shown or whose
// form could not be sent. The last of them shuts the address out for a minute.
func (w *world) looksAtRefusals(t *testing.T, chrome context.Context) {
	t.Helper()
	for _, lang := range []string{"sv", "en"} {
		b := window(t, chrome, w, lang)
		b.signIn("user")
		eval[bool](b, `fetch("/language", {method: "POST", body: new URLSearchParams({lang: "`+lang+`", back: "/"})}).then(() => true)`)
		b.open("/administration/messages")
		b.sees(map[string]string{"sv": "Det gick inte", "en": "That was not possible"}[lang])
		b.looks("refused")

		b.open("/cases/new")
		eval[bool](b, `fetch("/sign-out", {method: "POST"}).then(() => true)`)
		b.write("title", "Det här ska finnas kvar")
		b.press("main form .button")
		b.sees(map[string]string{"sv": "Det du skrev finns kvar", "en": "What you wrote is still here"}[lang])
		b.looks("unsent")
		if kept := eval[string](b, `document.querySelector("input[name=title]").value`); kept != "Det här ska finnas kvar" {
			t.Errorf("kept is %q", kept)
		}

		b.signIn("user")
		b.open("/cases/new")
		b.eval(`document.querySelector("#title").value = "x".repeat(1200000)`)
		b.press("main form .button")
		b.sees(map[string]string{"sv": "Formuläret är för stort", "en": "The form is too large"}[lang])
		b.looks("too-large")

		b.do(chromedp.Navigate(`data:text/html,<form method="post" action="` + w.base + `/cases?lang=` + lang + `"><button>x</button></form>`))
		b.press("button")
		b.sees(map[string]string{"sv": "Formuläret kom från en annan webbplats", "en": "The form came from another site"}[lang])
		b.looks("foreign")
	}
	for lang, words := range map[string]string{"sv": "För många förfrågningar", "en": "Too many requests"} {
		b := window(t, chrome, w, lang)
		for tries := 0; tries < 5 && !strings.Contains(b.text(), words); tries++ { // the minute may just end
			w.floods(t)
			b.open("/sign-in?lang=" + lang)
		}
		b.sees(words)
		b.looks("too-many")
	}
}

// floods asks for pages until the address is shut out.
func (w *world) floods(t *testing.T) {
	t.Helper()
	for range 500 {
		resp, err := wire.Get(w.base + "/sign-in")
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if resp.StatusCode == http.StatusTooManyRequests {
			return
		}
	}
	t.Error("nobody is shut out")
}
