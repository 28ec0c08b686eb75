package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sluss/model/lang"
	"sluss/model/rulebook"
)

// TestTrace runs what tells whether every statement of the guidelines is carried
// out, with the tests that it names.
func TestTrace(t *testing.T) {
	t.Parallel()
	out, _, err := sluss(t, "rulebook", "trace", "--json")
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
	var got traced
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Statements) != 100 || len(got.Gaps) != 0 || !got.TestsChecked {
		t.Errorf("%d statements, gaps %+v, tests checked %v", len(got.Statements), got.Gaps, got.TestsChecked)
	}
}

func TestTraceReads(t *testing.T) {
	t.Parallel()
	for args, want := range map[string][]string{
		"L-19":                {"Lidköping", "L-19  Sekretess  GATE (stoppar eller hindrar), REG (står i registret)", "HS-02                Skyddsvärd information utan avtal", "1 påståenden"},
		"l-19 K-27 --lang en": {"Linköping", "        RT-13 ", "Settings\n        governance_ref_required", "2 statements"},
		"L-66 --lang en":      {"Still missing  Reporting of incidents", "1 still lack"},
		"":                    {"100 påståenden", "Fel: 0", "Regler         HS-02, HS-06, IPL-3"},
	} {
		out, _, err := sluss(t, append([]string{"rulebook", "trace"}, strings.Fields(args)...)...)
		if err != nil {
			t.Errorf("%s: %v", args, err)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%.2000s", args, w, out)
			}
		}
	}
	for id, hint := range map[string]string{"L-72": "L-7", "nothing at all": "rulebook trace"} {
		_, _, err := sluss(t, "rulebook", "trace", id)
		if err == nil || errors.Is(err, errUsage) || !strings.Contains(err.Error(), hint) {
			t.Errorf("%s: %v", id, err)
		}
	}
	for _, s := range rulebook.Statements().All() {
		c := s.CarriedBy
		for kind, names := range map[string][]string{
			"rules": c.Rules, "questions": c.Questions, "conditions": c.Conditions, "processes": c.Processes, "parameters": c.Parameters,
		} {
			for _, name := range names {
				if !meaning(kind, name).Complete() && name != "stop_use" {
					t.Errorf("%s: %s has no words", s.ID, name)
				}
			}
		}
	}
	for word, text := range traceWords {
		if !text.Complete() {
			t.Errorf("%s is not in both languages", word)
		}
	}
}

// TestTraceTellsGaps: a gap is printed and ends the command with an error.
func TestTraceTellsGaps(t *testing.T) {
	t.Parallel()
	tests, err := testsBelow("../..")
	if err != nil || !tests["sluss.TestTraceTellsGaps"] || !tests["assess.TestTriageVectors"] || tests["sluss.TestNothing"] {
		t.Errorf("%d tests found, %v", len(tests), err)
	}
	if !isProcess("T-22") || !isProcess("SOD-01") || !isProcess("ciso") || isProcess("T-99") {
		t.Error("the process is not known")
	}
	var out bytes.Buffer
	gap := traced{Gaps: []rulebook.Gap{{
		Statement: "L-01", Kind: "rule", Name: "HS-99",
		Text: lang.Text{SV: "Regeln finns inte.", EN: "There is no such rule."},
	}}}
	if err := gap.print(lang.EN, false, &out); err != nil || !strings.Contains(out.String(), "L-01 HS-99: There is no such rule.") ||
		!strings.Contains(out.String(), "Gaps: 1.") || !strings.Contains(out.String(), "not checked") {
		t.Errorf("%v: %s", err, out.String())
	}
}
