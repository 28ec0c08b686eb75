package assess_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// dice makes random facts from the declarations of the rulebook.
type dice struct {
	*rand.Rand
	b *rulebook.Book
}

func newDice(seed uint64) dice {
	return dice{rand.New(rand.NewPCG(seed, 7)), rulebook.Default()}
}

// facts are complete facts, as JSON gives them; each differs from its default with the given
// probability.
func (d dice) facts(file *triageFile, change float64) plainFacts {
	out := plainFacts(maps.Clone(file.Base))
	agent := maps.Clone(file.AgentBase)
	for _, f := range d.b.FactList() {
		if d.Float64() >= change {
			continue
		}
		v := d.value(f)
		if id, ok := trimPrefix(f.ID, "agent."); ok {
			agent[id] = v
			continue
		}
		out[f.ID] = v
	}
	if d.IntN(3) > 0 {
		out["agent"] = agent
	}
	return out
}

func trimPrefix(s, prefix string) (string, bool) {
	if len(s) > len(prefix) && s[:len(prefix)] == prefix {
		return s[len(prefix):], true
	}
	return s, false
}

func (d dice) value(f *rulebook.Fact) any {
	switch f.Type {
	case "bool":
		return d.IntN(2) == 0
	case "int":
		if f.ID == "agent.autonomy_level" {
			return float64(1 + d.IntN(5))
		}
		return float64(d.IntN(5))
	case "number":
		return []any{0.0, 1999.9, 2000.0, 25000.0}[d.IntN(4)]
	case "date":
		return d.date(f.Nullable)
	case "str":
		return []any{"given", nil, ""}[d.IntN(3)]
	}
	e, _ := d.b.Enum(f.Enum)
	if f.Type == "enum" {
		return e.Values[d.IntN(len(e.Values))].ID
	}
	set := []any{}
	for range d.IntN(4) {
		v := e.Values[d.IntN(len(e.Values))].ID
		if !slices.Contains(set, any(v)) {
			set = append(set, v)
		}
	}
	return set
}

// date is a day around the dates of the law.
func (d dice) date(nullable bool) any {
	days := []any{"2026-11-23", "2027-12-01", "2027-12-02", "2027-12-03", "2030-08-01", "2030-08-02", "2020-01-01"}
	if nullable {
		days = append(days, nil)
	}
	return days[d.IntN(len(days))]
}

// TestTriageEqualsThePlainModel compares triage with a second implementation
// over thousands of random facts.
func TestTriageEqualsThePlainModel(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	d := newDice(20261123)
	outcomes := map[string]int{}
	for n := range 6000 {
		facts := d.facts(&file, []float64{0.03, 0.1, 0.25, 0.6}[n%4])
		got, err := assess.Triage(rulebook.Default(), "", facts, calendar.Date{})
		if err != nil {
			t.Fatal(err)
		}
		outcomes[got.Outcome+" "+got.Tier]++
		if g, w := plain(t, got.TriageResult), plain(t, plainTriage(facts)); !reflect.DeepEqual(g, w) {
			raw, _ := json.Marshal(facts)
			gb, _ := json.Marshal(g)
			wb, _ := json.Marshal(w)
			t.Fatalf("facts %s\n got %s\nwant %s", raw, gb, wb)
		}
	}
	t.Log(outcomes)
}

// TestVectorsOfThePlainModel: the second implementation passes the vectors as
// well, so that the two do not share a misreading of them.
func TestVectorsOfThePlainModel(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	for _, v := range file.Vectors {
		facts := plain(t, file.facts(v.Overrides)).(map[string]any)
		equalJSON(t, plainTriage(facts), v.Expected)
	}
}

// TestMoreIsNeverLess: more confidential information, a sensitive category or
// more autonomy never lowers the protection level, the tier or what a stage
// requires.
func TestMoreIsNeverLess(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	d := newDice(1)
	raises := map[string]func(plainFacts) bool{
		"info_k": func(f plainFacts) bool {
			k := f.num("info_k")
			f["info_k"] = k + 1
			return k < 4
		},
		"special_categories": func(f plainFacts) bool {
			f["special_categories"] = append(slices.Clone(f["special_categories"].([]any)), "health")
			return true
		},
		"autonomy_level": func(f plainFacts) bool {
			agent := f.agent()
			if agent == nil || agent.num("autonomy_level") >= 5 {
				return false
			}
			agent = maps.Clone(agent)
			agent["autonomy_level"] = agent.num("autonomy_level") + 1
			f["agent"] = map[string]any(agent)
			return true
		},
	}
	for name, raise := range raises {
		for n := range 1000 {
			before := d.facts(&file, []float64{0.05, 0.3}[n%2])
			before["infers_outputs"] = true
			after := maps.Clone(before)
			if !raise(after) {
				continue
			}
			low, err := assess.Triage(rulebook.Default(), "", before, calendar.Date{})
			if err != nil {
				t.Fatal(err)
			}
			high, err := assess.Triage(rulebook.Default(), "", after, calendar.Date{})
			if err != nil {
				t.Fatal(err)
			}
			if less := lower(low.TriageResult, high.TriageResult); less != "" {
				raw, _ := json.Marshal(before)
				t.Fatalf("raising %s lowers %s of %s", name, less, raw)
			}
		}
	}
}

// lower names what is less in high than in low.
func lower(low, high assess.TriageResult) string {
	if high.InfoProtectionLevel < low.InfoProtectionLevel {
		return "the protection level"
	}
	if high.Tier < low.Tier {
		return "the tier"
	}
	for _, s := range rulebook.Default().Stages() {
		rank := func(r assess.TriageResult) int { return slices.Index(s.Values, r.Stages[s.Key]) }
		if rank(high) < rank(low) {
			return "stage " + s.Key
		}
	}
	return ""
}

// TestEveryRuleExplainsItself: each rule that fires says why, in both
// languages, with a source, and repeats no text that a person has written.
func TestEveryRuleExplainsItself(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	d := newDice(3)
	for range 500 {
		facts := d.facts(&file, 0.3)
		facts["delegation_ref"] = "skriven text"
		got, err := assess.Triage(rulebook.Default(), "", facts, calendar.Date{})
		if err != nil {
			t.Fatal(err)
		}
		fired := map[string]bool{}
		for _, r := range slices.Concat(got.Rules, got.Warnings) {
			fired[r.ID] = true
			if !r.Text.Complete() || r.Source == "" {
				t.Errorf("%s has no text or source", r.ID)
			}
			for id, v := range r.Facts {
				if v == "skriven text" {
					t.Errorf("%s repeats %s", r.ID, id)
				}
			}
		}
		for _, id := range slices.Concat(got.HardStops, got.Blockers) {
			if !fired[id] {
				t.Errorf("%s is not among the rules", id)
			}
		}
	}
}

// TestTriageIsPure: the same facts give the same result from many goroutines,
// and are left as they were.
func TestTriageIsPure(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	facts := newDice(5).facts(&file, 0.3)
	before, _ := json.Marshal(facts)
	want, err := assess.Triage(rulebook.Default(), "", facts, calendar.Date{})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan assess.Classification)
	for range 8 {
		go func() {
			got, _ := assess.Triage(rulebook.Default(), "", facts, calendar.Date{})
			done <- got
		}()
	}
	for range 8 {
		if got := <-done; !reflect.DeepEqual(got, want) {
			t.Error("the results differ")
		}
	}
	if after, _ := json.Marshal(facts); string(after) != string(before) {
		t.Error("the facts were changed")
	}
}

func TestDPIAThreshold(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	d := newDice(9)
	for range 500 {
		facts := d.facts(&file, 0.3)
		facts["infers_outputs"] = true
		whole, err := assess.Triage(rulebook.Default(), "", facts, calendar.Date{})
		if err != nil {
			t.Fatal(err)
		}
		got, answers, rules, err := assess.DPIAThreshold(rulebook.Default(), "", facts, calendar.Date{})
		if err != nil {
			t.Fatal(err)
		}
		want := whole.Stages["dpia"]
		if want == "" {
			want = "not_required"
		}
		if got.DPIA != want || !slices.Equal(got.Criteria, whole.DPIACriteria) || !slices.Equal(got.Art353, whole.Art353) {
			t.Fatalf("got %+v, want %s %v %v", got, want, whole.DPIACriteria, whole.Art353)
		}
		met := 0
		for i, a := range answers {
			if a.No != i+1 || !a.About.Text.Complete() {
				t.Errorf("answer %+v", a)
			}
			if a.Met {
				met++
			}
		}
		if len(answers) != 9 || met != len(got.Criteria) || len(rules) != met+len(got.Art353)+1 {
			t.Fatalf("%d answers, %d met, %d rules", len(answers), met, len(rules))
		}
	}
}

func TestInputErrors(t *testing.T) {
	t.Parallel()
	facts := map[string]any{"colour": "red", "agent": map[string]any{"speed": 1}}
	_, err := assess.Triage(rulebook.Default(), "", facts, day(t, "2026-11-23"))
	var in *assess.InputError
	if !errors.As(err, &in) || len(in.Problems) != 2 {
		t.Fatalf("got %v", err)
	}
	if _, _, _, err := assess.DPIAThreshold(rulebook.Default(), "nobody", nil, day(t, "2026-11-23")); !errors.As(err, &in) {
		t.Errorf("got %v", err)
	}
}
