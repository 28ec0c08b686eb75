//go:build !slim

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// TestAssessmentByCommand prepares an assessment on the command line alone, from a
// first answer to the hand-in, and lets the next person look at it.
func TestAssessmentByCommand(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true})
	n := newcomer{t, w}
	facts := intake(t, minutes)
	id := w.open(demoTeam, facts).id
	n.does("project_owner", "case submit "+id, "T2")
	n.does("project_owner", "assessment show "+id+" legal_bases", "legal_basis", "dpia")
	n.does("legal_counsel", "assessment show "+id+" legal_basis", "Inget är sparat", "* LB-03", "legal_basis.NAMN")
	n.does("legal_counsel", "assessment submit "+id+" legal_basis --lang en", "nothing is saved yet", "assessment save")
	n.does("legal_counsel", "assessment save "+id+" legal_basis --answer LB-3=e", "LB-03")
	n.does("legal_counsel", "assessment save "+id+" legal_basis --answer LB-03=e --lang en", "= e", "revision 1", "Answers missing")
	n.does("legal_counsel", "assessment save "+id+" legal_basis --answer LB-05a=nej --lang en", "= e", "= no", "revision 2")
	n.does("legal_counsel", "assessment submit "+id+" legal_basis --lang en", "Answers missing", "LB-01")
	n.does("dpo", "assessment save "+id+" legal_basis --answer LB-03=f --lang en", "forbidden")

	answers, err := json.Marshal(fillIn(t, facts, "legal_basis", "legal_basis"))
	if err != nil {
		t.Fatal(err)
	}
	n.does("legal_counsel", "assessment save "+id+" legal_basis --lang en --file "+n.file(string(answers)), "Nothing is missing", "assessment submit")
	n.does("legal_counsel", "assessment submit "+id+" legal_basis --lang en", "Revision 3 is with the reviewers")
	n.does("legal_counsel", "assessment show "+id+" legal_basis --json", `"handed_in_revision": 3`)

	task := someID.FindString(n.does("dpo", "task list"))
	n.does("dpo", "task show "+task+" --lang en", "--outcome supports", "revision 3")
	n.does("dpo", "task decide "+task+" --outcome supports --joint supports --lang en", "no second part")
	n.does("dpo", "task decide "+task+" --outcome supports --motivation Tydlig", "Antecknat")
	n.does("project_owner", "condition list "+id, "Inga villkor")
	n.does("ciso", "condition waive "+id+" C-EDU --reason Ja --authority 1.2", "condition list")
	n.does("user", "register list --lang en", "No tools")
}

// TestAnswersAsFlags reads answers from the command line as their questions have
// them.
func TestAnswersAsFlags(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("ciso")
	for flags, want := range map[string]string{
		"A1.answer=yes":                            "map[A1:map[answer:yes]]",
		"A1.answer=no A1.note=Nej":                 "map[A1:map[answer:no note:Nej]]",
		"A1.answer=nej":                            "map[A1:map[answer:no]]",
		"approved_max_ipl=2":                       "map[approved_max_ipl:2]",
		"approved_uses=no approved_uses=b":         "map[approved_uses:[no b]]",
		"approved_uses=[a,b]":                      "map[approved_uses:[a b]]",
		"not_approved_uses=[]":                     "map[not_approved_uses:[]]",
		"A1={answer:\u00a0yes} approved_max_ipl=x": "map[A1:map[answer:yes] approved_max_ipl:x]",
	} {
		var given answerFlags
		for flag := range strings.SplitSeq(flags, " ") {
			if err := given.Set(strings.ReplaceAll(flag, "\u00a0", " ")); err != nil {
				t.Fatal(err)
			}
		}
		answers := map[string]any{}
		if err := given.addTo(answers, book, lang.EN); err != nil || fmt.Sprint(answers) != want {
			t.Errorf("%s: %v %v, want %s", flags, answers, err, want)
		}
	}
	for flags, near := range map[string]string{"A1.anser=yes": "A1.answer", "aproved_uses=a": "approved_uses"} {
		if err := (answerFlags{flags}).addTo(map[string]any{}, book, lang.EN); err == nil || !strings.Contains(err.Error(), near) {
			t.Errorf("%s: %v, want it to propose %s", flags, err, near)
		}
	}
	if err := new(answerFlags).Set("A1"); err == nil {
		t.Error("a flag without a value is taken")
	}
}

// TestYesInEitherLanguage reads yes and no in a file as the question has them.
func TestYesInEitherLanguage(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "intake.yaml")
	if err := os.WriteFile(path, []byte("secrecy: nej\nE-1: yes\ngenerative: ja\ntitle: nej\npersonal_data: \"ja\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var answers map[string]any
	err := readAnswers(rulebook.Default(), path, &answers)
	if want := "map[E-1:ja generative:true personal_data:ja secrecy:no title:nej]"; err != nil || fmt.Sprint(answers) != want {
		t.Errorf("got %v, %v, want %s", answers, err, want)
	}
}

// TestRefusalsAreToldOnce names the questions that a rule says the same of on one line.
func TestRefusalsAreToldOnce(t *testing.T) {
	t.Parallel()
	var j shownJudgement
	if err := json.Unmarshal([]byte(`{"hindrances": [
		{"id": "DP-20", "text": "Svar saknas.", "source": "GDPR 35(7)", "outcomes": ["acceptable"], "pointer": "/D1/scope"},
		{"id": "V-01", "text": "Svar saknas.", "outcomes": ["acceptable"], "pointer": "/approach"},
		{"id": "DP-20", "text": "Svar saknas.", "source": "GDPR 35(7)", "outcomes": ["acceptable"], "pointer": "/D1/assets"}]}`), &j); err != nil {
		t.Fatal(err)
	}
	want := []string{"acceptable: DP-20 Svar saknas. [GDPR 35(7)] Se D1.scope, D1.assets", "acceptable: V-01 Svar saknas. Se approach"}
	if got := (&remote{lang: lang.SV}).hindrances(&j, map[string]bool{}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestJointOnTheCommandLine answers both parts of a task that has two, each on its
// own revision.
func TestJointOnTheCommandLine(t *testing.T) {
	t.Parallel()
	var task shownTask
	if err := json.Unmarshal([]byte(`{"stage": "legal_basis", "current_revision": 2, "joint": {"current_revision": 5}}`), &task); err != nil {
		t.Fatal(err)
	}
	r := &remote{lang: lang.EN, book: bookOf("legal_basis")}
	body, err := decisionFlags{outcome: "supports", motivation: "Tydlig.", joint: "advises_against", jointMotivation: "Riskerna saknas."}.body(r, task)
	if err != nil {
		t.Fatal(err)
	}
	want := "map[joint:map[motivation:Riskerna saknas. outcome:advises_against revision:5] motivation:Tydlig. outcome:supports revision:2]"
	if got := fmt.Sprint(body); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
