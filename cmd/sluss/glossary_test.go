package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// TestEveryNameIsExplained looks up all that can stand in a message or a file.
func TestEveryNameIsExplained(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	names := []string{"reasons", "agent", "/agent", "/agent/tools", "/env/workloads/0/grid", "/answers/title", "L-28", "pd", "param.test_days"}
	for _, f := range b.Fields() {
		names = append(names, f.ID, f.Pointer())
		for _, item := range f.Items {
			names = append(names, f.ID+"."+item.ID, f.Pointer()+"/0/"+item.ID)
		}
	}
	for _, r := range b.Rules() {
		names = append(names, r.ID)
	}
	for _, r := range model.ProcessRules() {
		names = append(names, r.ID)
	}
	for _, e := range b.Enums() {
		for _, v := range e.Values {
			names = append(names, v.ID)
		}
	}
	for _, p := range b.Profiles() {
		names = append(names, p.ID)
	}
	for _, s := range model.Stages() {
		if slices.ContainsFunc(b.Stages(), func(x *rulebook.Stage) bool { return x.Key == string(s.Key) }) {
			names = append(names, string(s.Key))
		}
	}
	for _, w := range api.Words() {
		names = append(names, w.Code)
	}
	for _, l := range lang.Languages() {
		for _, name := range names {
			var text, object strings.Builder
			if err := (glossary{b, l, false, &text}).show(name); err != nil || len(strings.Fields(text.String())) < 2 {
				t.Errorf("%s, %s: %v\n%s", name, l, err, text.String())
			}
			if strings.Contains(text.String(), "%!") {
				t.Errorf("%s, %s:\n%s", name, l, text.String())
			}
			if l == lang.SV {
				if err := (glossary{b, l, true, &object}).show(name); err != nil || !json.Valid([]byte(object.String())) {
					t.Errorf("%s as JSON: %v\n%s", name, err, object.String())
				}
			}
		}
	}
}

// TestEveryKindHasWords: terms say in both languages what they are and mean.
func TestEveryKindHasWords(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	g := glossary{b, lang.SV, false, io.Discard}
	for _, term := range append(append(g.all(), g.derived("agent")...), append(g.derived("pd"), g.reasons())...) {
		if !kindWords[term.Kind].Complete() {
			t.Errorf("%s: the kind %q has no words", term.ID, term.Kind)
		}
		if !term.Text.Complete() && len(term.Terms) == 0 {
			t.Errorf("%s (%s) says nothing", term.ID, term.Kind)
		}
	}
	for _, f := range b.Fields() {
		if !typeWords[f.Type].Complete() {
			t.Errorf("%s: the type %s has no words", f.ID, f.Type)
		}
	}
}

// TestExamplesAreAnswers reads the example of every question, of the intake and of
// the stages, as a file of answers.
func TestExamplesAreAnswers(t *testing.T) {
	t.Parallel()
	for _, b := range append(rulebook.Default().Assessments(), rulebook.Default()) {
		for _, l := range lang.Languages() {
			for _, f := range b.Fields() {
				for _, part := range append([]*rulebook.Field{nil}, f.Items...) {
					exampleIsAnswer(t, b, l, f, part)
				}
			}
		}
	}
}

// exampleIsAnswer reads the example of a question, or of a part of it.
func exampleIsAnswer(t *testing.T, b *rulebook.Book, l lang.Lang, f, part *rulebook.Field) {
	t.Helper()
	asked, parents := f, []*rulebook.Field(nil)
	if part != nil {
		asked, parents = part, []*rulebook.Field{f}
	}
	text := glossary{b, l, false, io.Discard}.sample(asked, parents)
	file := filepath.Join(t.TempDir(), "answers.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	if err := readAnswers(b, file, &answers); err != nil {
		t.Fatalf("%s.%s: %v\n%s", b.ID, f.ID, err, text)
	}
	if _, problems := b.Normalise(f.Part, answers); len(problems) > 0 && !f.System {
		t.Errorf("%s.%s: %v\n%s", b.ID, f.ID, problems, text)
	}
	if part != nil && !strings.Contains(text, part.ID+":") {
		t.Errorf("%s.%s.%s is not in its example:\n%s", b.ID, f.ID, part.ID, text)
	}
}

func TestUnknownNamesLeadOn(t *testing.T) {
	t.Parallel()
	for name, near := range map[string]string{
		"provider_retention": "provider_retention_days", "HS-2": "HS-02", "perpose_text": "purpose_text",
		"/agent/tool": "agent.tools", "retention": "retention_sets", "T-99": "T-09", "lindkoping": "linkoping", "agnet": "agent",
		"goal_confirmed": "manager.goal_confirmed",
	} {
		_, _, err := sluss(t, "rulebook", "show", name)
		if err == nil || !strings.Contains(err.Error(), near) || !strings.Contains(err.Error(), "`sluss rulebook show`") {
			t.Errorf("%s: %v, want it to propose %s", name, err, near)
		}
	}
}

func TestDistance(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"", "åä", 2}, {"hs-02", "hs-2", 1}, {"kitten", "sitting", 3}, {"lås", "las", 1}} {
		if got := distance(tt.a, tt.b); got != tt.want || got != distance(tt.b, tt.a) {
			t.Errorf("from %q to %q: %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

// TestYesAndNo: a file may say yes in words where the question is one of yes or no,
// and nowhere else.
func TestYesAndNo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]any{
		"generative: ja":       true,
		"generative: Nej":      false,
		"generative: yes":      true,
		"generative: no":       false,
		"generative: true":     true,
		"generative: kanske":   "kanske",
		`generative: "ja"`:     "ja",
		`{"generative": "ja"}`: "ja",
		"E-1: ja":              "ja",
		"secrecy: no":          "no",
		"title: nej":           "nej",
		"agent: {tools: [{reversible: ja, name: ja}]}": "map[tools:[map[name:ja reversible:true]]]",
	} {
		file := filepath.Join(t.TempDir(), "answers.yaml")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		answers := map[string]any{}
		if err := readAnswers(rulebook.Default(), file, &answers); err != nil {
			t.Fatal(err)
		}
		for _, got := range answers {
			if m, ok := got.(map[string]any); ok {
				got = fmt.Sprint(m)
			}
			if got != want {
				t.Errorf("%s is %v (%[2]T), want %v", text, got, want)
			}
		}
	}
}

// TestFaultsAreSorted: what is wrong comes first, what is missing below the heading
// of its section, and each by name and label.
func TestFaultsAreSorted(t *testing.T) {
	t.Parallel()
	faults := []client.Fault{
		{Pointer: "/answers/AT-1", Message: "m", Missing: true},
		{Pointer: "/answers/agent/tools/0/name", Message: "m", Missing: true},
		{Pointer: "/answers/purpose_text", Message: "m", Missing: true},
		{Pointer: "/answers/summary", Message: "m", Missing: true},
		{Pointer: "/answers/title", Message: "För kort.", Code: "V-01"},
		{Pointer: "/answers/unheard", Message: "m", Missing: true},
	}
	for l, words := range map[lang.Lang][]string{
		lang.SV: {
			"(1)", "title: För kort. (V-01)", "(5)", "A. Ärende och organisation (2)", "summary", "Kort beskrivning", "purpose_text",
			"H. Agent (1)", "agent.tools.0.name", "Verktyg: Namn", "N. Intyganden (1)", "AT-1", "unheard", "sluss rulebook show",
		},
		lang.EN: {"(1)", "title", "(5)", "A. Case and organisation (2)", "summary", "Summary", "H. Agent (1)", "N. Attestations (1)"},
	} {
		text := faultsText(faults, rulebook.Default(), l)
		for _, word := range words {
			_, rest, found := strings.Cut(text, word)
			if !found {
				t.Fatalf("%s: %q is missing or stands too early:\n%s", l, word, faultsText(faults, rulebook.Default(), l))
			}
			text = rest
		}
	}
	for pointer, near := range map[string]string{
		"/answers/titel": "title", "/answers/perpose_text": "purpose_text", "/answers/agent/tool": "agent.tools",
		"/answers/title": "", "/answers/agent": "", "/answers/agent/tools/0/name": "", "/motivation": "",
	} {
		if got := meant(pointer, rulebook.Default(), lang.EN); (got == "") != (near == "") || !strings.Contains(got, near) {
			t.Errorf("%s: %q, want it to propose %q", pointer, got, near)
		}
	}
	if text := faultsText(nil, rulebook.Default(), lang.SV); text != "" {
		t.Errorf("of no faults is said: %s", text)
	}
}

func TestLanguageIsChecked(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"case list", "unit list", "person list", "task list", "rulebook show"} {
		_, _, err := sluss(t, append(strings.Fields(command), "--lang", "de")...)
		if err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), "--lang") {
			t.Errorf("%s: %v", command, err)
		}
	}
}
