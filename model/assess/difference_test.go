package assess_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// vectorFacts are the facts of a vector of triage, with changes and without its
// day.
func vectorFacts(t *testing.T, id string, changes map[string]any) map[string]any {
	t.Helper()
	text, err := os.ReadFile("testdata/triage.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Base    map[string]any `json:"base"`
		Vectors []struct {
			ID        string         `json:"id"`
			Overrides map[string]any `json:"overrides"`
		} `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	facts := file.Base
	for _, v := range file.Vectors {
		if v.ID == id {
			maps.Copy(facts, v.Overrides)
		}
	}
	maps.Copy(facts, changes)
	delete(facts, "decision_date")
	return facts
}

func triageOn(t *testing.T, facts map[string]any, day string) assess.Classification {
	t.Helper()
	c, err := assess.Triage(rulebook.Default(), "strictest", facts, calendar.MustParseDate(day))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// told puts differences on one line each.
func told(ds []model.Difference) []string {
	out := []string{}
	for _, d := range ds {
		out = append(out, fmt.Sprintf("%s %s %s→%s %v", d.Kind, d.Name, d.Before, d.After, d.Rules))
	}
	return out
}

// The same facts on two days: what the law brings, and nothing else.
func TestDifferencesBetweenDays(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	for name, test := range map[string]struct {
		changes    map[string]any
		from, to   string
		want, duty []string
	}{
		"not registered": {nil, "2026-11-23", "2027-12-02",
			[]string{"hard_stop HS-12 →holds [HS-12]", "outcome  proceed→rejected_auto [OUT-1]", "tier  T3→T4 [TIER-4]"},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]", "duty aia_art49_3 →2027-12-02 [aia_art49_3]"}},
		"the day before": {nil, "2026-11-23", "2027-12-01", []string{}, []string{}},
		"the day after":  {nil, "2027-12-02", "2027-12-03", []string{}, []string{}},
		"registered": {map[string]any{"eu_db_registered": "yes"}, "2026-11-23", "2027-12-02", []string{},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]", "duty aia_art49_3 →2027-12-02 [aia_art49_3]"}},
		"an older system": {map[string]any{"market_date": "2027-12-01"}, "2026-11-23", "2027-12-02", []string{}, []string{}},
		"one of that day": {map[string]any{"market_date": "2027-12-02", "eu_db_registered": "yes"}, "2026-11-23", "2027-12-02", []string{},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]", "duty aia_art49_3 →2027-12-02 [aia_art49_3]"}},
		"an older system that was changed": {map[string]any{"market_date": "2026-01-01", "substantial_modification": true, "eu_db_registered": "yes"},
			"2026-11-23", "2027-12-02", []string{},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]", "duty aia_art49_3 →2027-12-02 [aia_art49_3]"}},
		"an older system until its end": {map[string]any{"market_date": "2027-01-10"}, "2026-11-23", "2030-08-02",
			[]string{"hard_stop HS-12 →holds [HS-12]", "outcome  proceed→rejected_auto [OUT-1]", "tier  T3→T4 [TIER-4]", "warning W-06 holds→ [W-06]"},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]", "duty aia_art49_3 →2027-12-02 [aia_art49_3]", "duty aia_legacy_public →2030-08-02 [aia_legacy_public]"}},
		"a company": {map[string]any{"controller_type": "municipal_company", "eu_db_registered": "yes"}, "2026-11-23", "2027-12-02", []string{},
			[]string{"duty aia_annex_iii →2027-12-02 [aia_annex_iii]"}},
		"no high risk": {map[string]any{"annex_iii_points": []any{}}, "2026-11-23", "2030-08-02", []string{}, []string{}},
	} {
		facts := vectorFacts(t, "TV-22", test.changes)
		before, after := triageOn(t, facts, test.from), triageOn(t, facts, test.to)
		if got := told(assess.Differences(b, before, after)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
		duties, err := assess.Duties(b, "strictest", facts, calendar.MustParseDate(test.from), calendar.MustParseDate(test.to))
		if got := told(duties); err != nil || !slices.Equal(got, test.duty) {
			t.Errorf("%s: duties %q, want %q, %v", name, got, test.duty, err)
		}
	}
}

// Every part of a triage that is compared shows where it differs, with the rules
// behind it, and nothing shows where two are the same.
func TestDifferences(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	after := triageOn(t, vectorFacts(t, "TV-22", nil), "2026-11-23")
	if same := assess.Differences(b, after, after); len(same) != 0 {
		t.Errorf("the same differ in %q", told(same))
	}
	for name, test := range map[string]struct {
		change func(*assess.Classification)
		want   []string
	}{
		"hard stops":  {func(c *assess.Classification) { c.HardStops = []string{"HS-02"} }, []string{"hard_stop HS-02 holds→ [HS-02]"}},
		"outcome":     {func(c *assess.Classification) { c.Outcome = "proceed_with_blockers" }, []string{"outcome  proceed_with_blockers→proceed [OUT-3]"}},
		"tier":        {func(c *assess.Classification) { c.Tier = "T1" }, []string{"tier  T1→T3 [TIER-3]"}},
		"level":       {func(c *assess.Classification) { c.InfoProtectionLevel = 0 }, []string{"info_protection_level  0→2 [IPL-2]"}},
		"class":       {func(c *assess.Classification) { c.AIActClass = "minimal" }, []string{"ai_act_class  minimal→high_risk [TR-12]"}},
		"blockers":    {func(c *assess.Classification) { c.Blockers = []string{"RT-01"} }, []string{"blocker RT-01 holds→ [RT-01]"}},
		"a stage":     {func(c *assess.Classification) { c.Stages["dpia"] = "presumed" }, []string{"stage dpia presumed→required [DP-02]"}},
		"a new stage": {func(c *assess.Classification) { delete(c.Stages, "fria") }, []string{"stage fria not_required→required [ST-S3B-R]"}},
		"a stage that is gone": {func(c *assess.Classification) { c.Stages["camera_assessment"] = "required" },
			[]string{"stage camera_assessment required→not_required [ST-CA-N]"}},
		"a stage of another rulebook": {func(c *assess.Classification) { c.Stages["dance"] = "full" }, []string{"stage dance full→not_required []"}},
		"warnings":                    {func(c *assess.Classification) { c.Warnings = nil }, []string{"warning W-01 →holds [W-01]"}},
	} {
		before := after
		before.Stages = maps.Clone(after.Stages)
		test.change(&before)
		if got := told(assess.Differences(b, before, after)); !slices.Equal(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// Every kind of difference, and every value that one can have, has words in both
// languages.
func TestDifferencesHaveWords(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	values := map[model.DifferenceKind][]string{
		model.DiffersHardStop: {"", "holds"}, model.DiffersBlocker: {"", "holds"}, model.DiffersWarning: {"", "holds"},
		model.DiffersDuty: {"2027-12-02"}, model.DiffersUnread: {},
		model.DiffersOutcome: valuesOf(t, b, "outcome"), model.DiffersTier: append(valuesOf(t, b, "tier"), ""),
		model.DiffersIPL: valuesOf(t, b, "info_protection_level"), model.DiffersClass: valuesOf(t, b, "ai_act_class"),
		model.DiffersStage: valuesOf(t, b, "requirement"),
	}
	for _, kind := range model.DifferenceKinds() {
		if !kind.Label().Complete() {
			t.Errorf("%s has no words", kind)
		}
		all, ok := values[kind]
		if !ok {
			t.Errorf("%s has no values here", kind)
		}
		for _, v := range all {
			if label := assess.ValueLabel(b, kind, v); !label.Complete() || label.SV == v && len(v) > 2 && kind != model.DiffersDuty {
				t.Errorf("%s %q is called %+v", kind, v, label)
			}
		}
	}
}

func valuesOf(t *testing.T, b *rulebook.Book, enum string) (ids []string) {
	t.Helper()
	e, ok := b.Enum(enum)
	if !ok {
		t.Fatalf("no enumeration %s", enum)
	}
	for _, v := range e.Values {
		ids = append(ids, v.ID)
	}
	return ids
}
