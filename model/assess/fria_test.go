package assess_test

import (
	"maps"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// friaAnswers answers the six points: some in words, the others by reference.
func friaAnswers() map[string]any {
	return map[string]any{
		"a": map[string]any{"sections": []any{"D1"}},
		"b": map[string]any{"text": "Varje arbetsdag från mars 2030, omkring 4 000 gånger per år."},
		"c": map[string]any{"sections": []any{"D1", "D4"}},
		"d": map[string]any{"sections": []any{"D4"}, "text": "Barn kan få sin berättelse återgiven fel."},
		"e": map[string]any{"text": "Handläggaren granskar varje utkast och kan alltid bortse från det."},
		"f": map[string]any{"text": "Klagomål tas emot av enhetschefen, som kan stoppa tjänsten samma dag."},
	}
}

func TestFRIA(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		change   func(answers map[string]any)
		sections []any
		advice   any
		problems []string
		refused  bool
	}{
		{"complete", func(map[string]any) {}, []any{"D1", "D4"}, "supports", []string{}, false},
		{"a point missing", func(a map[string]any) { delete(a, "f") }, []any{"D1", "D4"}, "supports", []string{"FRIA-01 /f/text"}, true},
		{"a point too short", func(a map[string]any) { a["f"] = map[string]any{"text": "Chefen."} }, []any{"D1", "D4"}, "supports", nil, true},
		{"an empty reference", func(a map[string]any) { a["f"] = map[string]any{"sections": []any{}} }, []any{"D1", "D4"}, "supports", []string{"FRIA-01 /f/text"}, true},
		{"a section without content", func(map[string]any) {}, []any{"D1"}, "supports", []string{"FRIA-02 /c/sections", "FRIA-02 /d/sections"}, true},
		{"no impact assessment", func(map[string]any) {}, nil, "supports", []string{"FRIA-02 /a/sections", "FRIA-02 /c/sections", "FRIA-02 /d/sections"}, true},
		{"no such section", func(a map[string]any) { a["a"] = map[string]any{"sections": []any{"D11"}} }, []any{"D1", "D4"}, "supports", nil, true},
		{"no advice", func(map[string]any) {}, []any{"D1", "D4"}, nil, []string{}, true},
		{"advice not in time", func(map[string]any) {}, []any{"D1", "D4"}, "not_given_in_time", []string{}, false},
		{"nothing", func(a map[string]any) { clear(a) }, []any{"D1"}, "supports", []string{
			"FRIA-01 /a/text", "FRIA-01 /b/text", "FRIA-01 /c/text", "FRIA-01 /d/text", "FRIA-01 /e/text", "FRIA-01 /f/text"}, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			answers := friaAnswers()
			test.change(answers)
			process := map[string]any{"dpo_advice": test.advice}
			if test.sections != nil {
				process["dpia_sections"] = test.sections
			}
			j, err := assess.FRIAStage(assess.Assessed{Book: rulebook.Default(), Today: dpiaDay, Answers: answers, Process: process})
			if err != nil {
				t.Fatal(err)
			}
			if got := found(j.Problems); test.problems != nil && !slices.Equal(got, test.problems) {
				t.Errorf("problems %q, want %q", got, test.problems)
			}
			if test.problems == nil && len(j.Problems) == 0 {
				t.Error("no problem")
			}
			if refuses(j.Hindrances, "done") != test.refused || j.Outcome != "done" {
				t.Errorf("%s, refused %q", j.Outcome, refusedDPIA(j.Hindrances))
			}
		})
	}
}

// TestFRIANotification: the duty to notify follows the legal calendar (AIA 27(3)).
func TestFRIANotification(t *testing.T) {
	t.Parallel()
	for day, want := range map[string]string{"2026-11-23": "not_yet_binding", "2027-12-01": "not_yet_binding", "2027-12-02": "binding"} {
		j, err := assess.FRIAStage(assess.Assessed{Book: rulebook.Default(), Today: calendar.MustParseDate(day), Answers: friaAnswers()})
		if err != nil {
			t.Fatal(err)
		}
		r := j.Result.(assess.FRIAResult)
		if r.Notification != want || !maps.EqualFunc(r.References, map[string][]string{"a": {"D1"}, "c": {"D1", "D4"}, "d": {"D4"}}, slices.Equal) {
			t.Errorf("%s: %+v", day, r)
		}
		if len(j.Rules) == 0 || !j.Rules[0].Text.Complete() {
			t.Errorf("%s: rules %+v", day, j.Rules)
		}
	}
}
