package assess_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

func agentRisk(t testing.TB, inputs map[string]any) (assess.AgentRiskResult, []assess.Fired) {
	t.Helper()
	got, rules, err := assess.AgentRisk(rulebook.Default(), "", inputs, day(t, "2026-11-23"))
	if err != nil {
		t.Fatal(err)
	}
	return got, rules
}

func agentBook(t testing.TB) *rulebook.Book {
	t.Helper()
	book, ok := rulebook.Default().Assessment("agent_risk")
	if !ok {
		t.Fatal("no assessment of agents")
	}
	return book
}

type agentFile struct {
	Vectors []struct {
		ID       string         `json:"id"`
		Inputs   map[string]any `json:"inputs"`
		Expected any            `json:"expected"`
	} `json:"vectors"`
}

func TestAgentRiskVectors(t *testing.T) {
	t.Parallel()
	var file agentFile
	readJSON(t, "testdata/vectors/agent-risk.json", &file)
	if len(file.Vectors) == 0 {
		t.Fatal("no vectors")
	}
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			got, rules := agentRisk(t, v.Inputs)
			equalJSON(t, got, v.Expected)
			if len(rules) == 0 {
				t.Error("no rules")
			}
		})
	}
}

func TestAgentRiskOfWorkedCase(t *testing.T) {
	t.Parallel()
	var wc struct {
		Inputs   map[string]any `json:"agent_inputs"`
		Expected any            `json:"expected_agent"`
	}
	readJSON(t, "testdata/cases/wc-5b.json", &wc)
	got, _ := agentRisk(t, wc.Inputs)
	equalJSON(t, got, wc.Expected)
}

// TestVectorsOfThePlainAgentModel: the second implementation passes the vectors
// too, so that the two do not share a misreading of them.
func TestVectorsOfThePlainAgentModel(t *testing.T) {
	t.Parallel()
	var file agentFile
	readJSON(t, "testdata/vectors/agent-risk.json", &file)
	for _, v := range file.Vectors {
		equalJSON(t, plainAgentRisk(plainInputs(v.Inputs)), v.Expected)
	}
}

// plainInputs reads the inputs of a vector.
func plainInputs(v map[string]any) plainAgentInputs {
	flag := func(name string, otherwise bool) bool {
		if x, ok := v[name].(bool); ok {
			return x
		}
		return otherwise
	}
	number := func(name string) int { return int(v[name].(float64)) }
	in := plainAgentInputs{
		autonomy: number("autonomy_level"), ipl: number("ipl"), persons: number("persons_affected"), benefit: number("benefit"),
		sideEffects: v["side_effects"].(string), untrusted: flag("untrusted_input", false),
		external: flag("autonomous_external_action", false), approval: flag("per_action_approval", true),
		traceability: flag("traceability", true), responsibility: flag("responsibility", true), humanControl: flag("human_control", true),
		planned: map[string]bool{}, answers: map[string]int{},
	}
	answers := v["answers"].(map[string]any)
	for _, q := range plainQuestions {
		x, ok := answers[q.id]
		if !ok {
			x = answers["default"]
		}
		n, ok := x.(float64)
		if in.answers[q.id] = int(n); !ok {
			in.answers[q.id] = -1
		}
	}
	planned, _ := v["planned_as_condition"].([]any)
	for _, id := range planned {
		in.planned[id.(string)] = true
	}
	return in
}

// randomAgent makes inputs; mood is how good the answers are, from 0 to 1.
func randomAgent(d *rand.Rand, mood float64) plainAgentInputs {
	effects := slices.Sorted(maps.Keys(plainSideEffects))
	in := plainAgentInputs{
		autonomy: 1 + d.IntN(5), ipl: d.IntN(5), persons: d.IntN(4), benefit: 1 + d.IntN(5),
		sideEffects: effects[d.IntN(len(effects))], untrusted: d.IntN(2) == 0, external: d.IntN(2) == 0,
		approval: d.IntN(3) > 0, traceability: d.IntN(12) > 0, responsibility: d.IntN(12) > 0, humanControl: d.IntN(12) > 0,
		planned: map[string]bool{}, answers: map[string]int{},
	}
	for _, q := range plainQuestions {
		in.planned[q.id] = d.IntN(4) == 0
		switch {
		case q.na && d.IntN(4) == 0:
			in.answers[q.id] = -1
		case d.Float64() < mood:
			in.answers[q.id] = d.IntN(2)
		default:
			in.answers[q.id] = d.IntN(4)
		}
	}
	return in
}

var agentMoods = []float64{1, 0.98, 0.95, 0.9, 0.6, 0.2, 0}

// TestAgentRiskEqualsThePlainModel compares the score with a second implementation
// that knows nothing of the book.
func TestAgentRiskEqualsThePlainModel(t *testing.T) {
	t.Parallel()
	const parts, each = 4, 25_200
	for part := range parts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			d := rand.New(rand.NewPCG(20261121, uint64(part)))
			results := map[string]int{}
			for n := range each {
				in := randomAgent(d, agentMoods[n%len(agentMoods)])
				got, _ := agentRisk(t, in.asInputs())
				results[got.Result+" "+got.Level]++
				if want := plainAgentRisk(in); !reflect.DeepEqual(got, want) {
					raw, _ := json.Marshal(in.asInputs())
					t.Fatalf("inputs %s\n got %+v\nwant %+v", raw, got, want)
				}
			}
			t.Log(results)
		})
	}
}

// TestWorseIsNeverBetter: a worse answer, more autonomy, a higher protection level,
// more persons affected and further side effects never lower the level and never
// better the result.
func TestWorseIsNeverBetter(t *testing.T) {
	t.Parallel()
	d := rand.New(rand.NewPCG(7, 7))
	results := []string{"pass", "pass_with_conditions", "pass_pilot_only", "fail"}
	effects := []string{"none", "internal_reversible", "internal_irreversible", "external_reversible", "external_irreversible"}
	worse := map[string]func(in *plainAgentInputs) bool{
		"answer": func(in *plainAgentInputs) bool {
			q := plainQuestions[d.IntN(len(plainQuestions))].id
			n := in.answers[q]
			in.answers[q] = n + 1
			return n >= 0 && n < 3
		},
		"autonomy": func(in *plainAgentInputs) bool { in.autonomy++; return in.autonomy <= 5 },
		"ipl":      func(in *plainAgentInputs) bool { in.ipl++; return in.ipl <= 4 },
		"persons":  func(in *plainAgentInputs) bool { in.persons++; return in.persons <= 3 },
		"side effects": func(in *plainAgentInputs) bool {
			i := slices.Index(effects, in.sideEffects)
			in.sideEffects = effects[min(i+1, len(effects)-1)]
			return i < len(effects)-1
		},
		"untrusted": func(in *plainAgentInputs) bool { had := in.untrusted; in.untrusted = true; return !had },
		"external":  func(in *plainAgentInputs) bool { had := in.external; in.external = true; return !had },
		"approval":  func(in *plainAgentInputs) bool { had := in.approval; in.approval = false; return had },
		"plan":      func(in *plainAgentInputs) bool { in.planned = nil; return true },
		"benefit":   func(in *plainAgentInputs) bool { in.benefit--; return in.benefit >= 1 },
		"control":   func(in *plainAgentInputs) bool { had := in.humanControl; in.humanControl = false; return had },
	}
	tried := map[string]int{}
	for n := range 10_000 {
		in := randomAgent(d, agentMoods[n%4])
		was, _ := agentRisk(t, in.asInputs())
		name := slices.Sorted(maps.Keys(worse))[d.IntN(len(worse))]
		in.answers = maps.Clone(in.answers)
		if !worse[name](&in) {
			continue
		}
		tried[name]++
		now, _ := agentRisk(t, in.asInputs())
		if slices.Index(plainLevels, now.Level) < slices.Index(plainLevels, was.Level) ||
			slices.Index(results, now.Result) < slices.Index(results, was.Result) {
			raw, _ := json.Marshal(in.asInputs())
			t.Fatalf("%s: %s %s became %s %s with %s", name, was.Level, was.Result, now.Level, now.Result, raw)
		}
	}
	t.Log(tried)
}

// TestOrderOfAgentAnswers: how the same answers are written makes no difference.
func TestOrderOfAgentAnswers(t *testing.T) {
	t.Parallel()
	d := rand.New(rand.NewPCG(3, 3))
	for range 300 {
		in := randomAgent(d, 0.8)
		inputs := in.asInputs()
		want, rules := agentRisk(t, inputs)
		slices.Reverse(inputs["planned_as_condition"].([]any))
		short := map[string]any{"default": 1}
		for id, v := range inputs["answers"].(map[string]any) {
			if v != 1.0 {
				short[id] = v
			}
		}
		inputs["answers"] = short
		got, again := agentRisk(t, inputs)
		if !reflect.DeepEqual(got, want) || !reflect.DeepEqual(again, rules) {
			t.Fatalf("got %v, want %v", got, want)
		}
	}
}

func TestAgentInputsThatDoNotFit(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		inputs map[string]any
		want   []string
	}{
		"unknown input":     {map[string]any{"autonomi": 1}, []string{"/autonomi"}},
		"computed":          {map[string]any{"control_gap": 1}, []string{"/control_gap"}},
		"of the process":    {map[string]any{"benefit_confirmed": 1, "agent": map[string]any{}}, []string{"/agent", "/benefit_confirmed"}},
		"out of bounds":     {map[string]any{"autonomy_level": 6, "ipl": 5, "persons_affected": -1, "benefit": 0}, []string{"/autonomy_level", "/benefit", "/ipl", "/persons_affected"}},
		"no such effect":    {map[string]any{"side_effects": "all"}, []string{"/side_effects"}},
		"no truth value":    {map[string]any{"untrusted_input": "ja"}, []string{"/untrusted_input"}},
		"null":              {map[string]any{"ipl": nil}, []string{"/ipl"}},
		"planned":           {map[string]any{"planned_as_condition": []any{"RS1", "XX1"}}, []string{"/planned_as_condition/1"}},
		"answers no object": {map[string]any{"answers": []any{1}}, []string{"/answers"}},
		"answers null":      {map[string]any{"answers": nil}, []string{"/answers"}},
		"unknown question":  {map[string]any{"answers": map[string]any{"RS13": 1, "a/b": 1}}, []string{"/answers/RS13", "/answers/a~1b"}},
		"not an answer":     {map[string]any{"answers": map[string]any{"RS1": 4, "RS2": 1.5, "RS4": true, "RS5": nil, "RS7": -1}}, []string{"/answers/RS1", "/answers/RS2", "/answers/RS4", "/answers/RS5", "/answers/RS7"}},
		"not allowed NA":    {map[string]any{"answers": map[string]any{"RS1": "NA", "RS6": "NA"}}, []string{"/answers/RS1"}},
		"default":           {map[string]any{"answers": map[string]any{"default": "NA"}}, []string{"/answers/default"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, _, err := assess.AgentRisk(rulebook.Default(), "", tt.inputs, day(t, "2026-11-23"))
			var wrong *assess.InputError
			if !errors.As(err, &wrong) {
				t.Fatal(err)
			}
			var got []string
			for _, p := range wrong.Problems {
				got = append(got, p.Pointer)
				if !p.Text.Complete() || p.Code == "" {
					t.Errorf("%s without words", p.Pointer)
				}
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
	if _, _, err := assess.AgentRisk(rulebook.Default(), "nowhere", nil, day(t, "2026-11-23")); err == nil {
		t.Error("an unknown profile was taken")
	}
}

// TestAgentWithoutAnswers: a dimension of which nothing is known has the worst
// score.
func TestAgentWithoutAnswers(t *testing.T) {
	t.Parallel()
	got, _ := agentRisk(t, nil)
	if got.ControlGap != 100 || got.Result != "fail" {
		t.Errorf("without answers: %+v", got)
	}
	got, _ = agentRisk(t, map[string]any{"answers": map[string]any{"RS1": 0, "KF1": 3, "IH1": 0}})
	if want := map[string]int{"RS": 0, "KF": 100, "IH": 0}; !maps.Equal(got.DimensionScores, want) {
		t.Errorf("scores %v", got.DimensionScores)
	}
}

// TestQuestionsOfTheAgentBook compares the questionnaire with rulebook 6.3.
func TestQuestionsOfTheAgentBook(t *testing.T) {
	t.Parallel()
	book := agentBook(t)
	var got, want []plainQuestion
	controls := map[string]bool{}
	for _, f := range book.Fields() {
		if f.Weight == 0 {
			continue
		}
		na := slices.ContainsFunc(f.Items, func(item *rulebook.Field) bool { return item.Enum == "agent_answer_na" })
		got = append(got, plainQuestion{f.ID, f.Weight, f.Critical, na, f.Control})
		controls[f.Control] = true
		if f.Section != f.ID[:2] || f.Refs == "" || !f.Help.Complete() {
			t.Errorf("%s: section, refs or help", f.ID)
		}
		help := strings.Contains(f.Help.SV, "Förekommer inga beslut eller sådana åtgärder: svara 0 och hänvisa till verktygslistan.")
		if help != slices.Contains([]string{"RS2", "RS3", "KF4"}, f.ID) {
			t.Errorf("%s: help on what does not occur", f.ID)
		}
	}
	want = append(want, plainQuestions...)
	if !slices.Equal(got, want) {
		t.Errorf("questions\n got %v\nwant %v", got, want)
	}
	rules := book.List("mandatory_controls")
	if len(rules) != 16 {
		t.Errorf("%d controls", len(rules))
	}
	for _, r := range rules {
		if !controls[r.ID] || r.Condition == nil || r.Condition.Kind != "before_use" {
			t.Errorf("%s has no question or no condition before use", r.ID)
		}
	}
	if asi, _ := book.Enum("asi"); len(asi.Values) != 10 {
		t.Error("ten agentic risks are to be named")
	}
}
