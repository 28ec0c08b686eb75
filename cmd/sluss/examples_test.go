package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// The examples, worked cases written out as whole intakes.
const (
	assistantForAll = "wc-1"  // T3: a general assistant, information that is not open
	caseNotes       = "wc-2"  // T3: drafts of case notes in social services
	fallCamera      = "wc-3"  // T3: a camera in elderly care, on which the authority is consulted
	playground      = "wc-4"  // T2: published images
	orderingAgent   = "wc-5a" // stopped by HS-05
	proposingAgent  = "wc-5b" // T3: the same agent, built anew
)

func examples() []string {
	return []string{assistantForAll, caseNotes, fallCamera, playground, orderingAgent, proposingAgent}
}

// example reads the answers of an example as the command line sends them. Its
// start lies ahead, whatever today is.
func example(t testing.TB, name string) map[string]any {
	t.Helper()
	written := map[string]any{}
	if err := readAnswers(rulebook.Default(), filepath.Join("examples", name+".yaml"), &written); err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	asJSON(t, written, &answers)
	answers["planned_start"] = daysAhead(90)
	return answers
}

// daysAhead is the day so many days from today in Sweden.
func daysAhead(n int) string { return calendar.Today(time.Now()).AddDays(n).String() }

// asJSON brings a value into the types that JSON has.
func asJSON(t testing.TB, from, to any) {
	t.Helper()
	text, err := json.Marshal(from)
	if err == nil {
		err = json.Unmarshal(text, to)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// workedCase is what is expected of an example.
type workedCase struct {
	Title struct {
		SV string `json:"sv"`
	} `json:"title"`
	Facts struct {
		Profile string `json:"policy_profile"`
	} `json:"intake_overrides"`
	Triage any `json:"expected_triage"`
	Energy *struct {
		KWh   float64 `json:"kwh_year"`
		Total float64 `json:"co2e_total_kg"`
	} `json:"expected_env"`
}

func worked(t testing.TB, name string) workedCase {
	t.Helper()
	var c workedCase
	readJSON(t, filepath.Join("testdata", "cases", name+".json"), &c)
	return c
}

// TestExamples holds the examples to the rulebook: nothing is missing, no rule
// stops the submission, and triage says what the worked case expects.
func TestExamples(t *testing.T) {
	t.Parallel()
	if files, err := filepath.Glob("examples/*.yaml"); err != nil || len(files) != len(examples()) {
		t.Errorf("examples holds %v (%v), the tests know %v", files, err, examples())
	}
	for _, name := range examples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answers, want := example(t, name), worked(t, name)
			got := submitted(t, want.Facts.Profile, answers, nil, calendar.Today(time.Now()))
			if got.Form != "full" || answers["title"] != want.Title.SV {
				t.Errorf("%q in the form %s", answers["title"], got.Form)
			}
			sameResult(t, got.TriageResult, want.Triage)
			if e := want.Energy; e != nil && (got.Footprint.KWhYear != e.KWh || got.Footprint.CO2eTotalKg != e.Total) {
				t.Errorf("footprint %+v, want %+v", got.Footprint, *e)
			}
		})
	}
}

// submitted judges answers as a submission and requires that nothing is wrong.
func submitted(t testing.TB, profile string, answers, system map[string]any, today calendar.Date) assess.Submission {
	t.Helper()
	s, err := assess.Submit(rulebook.Default(), profile, "", answers, system, today)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range s.Problems {
		t.Errorf("%s %s: %s", p.Code, p.Pointer, p.Text.SV)
	}
	return s
}

// sameResult compares a triage with the one expected, field by field.
func sameResult(t testing.TB, got, want any) {
	t.Helper()
	var g, w map[string]any
	asJSON(t, got, &g)
	asJSON(t, want, &w)
	for field := range maps.Keys(w) {
		if !reflect.DeepEqual(g[field], w[field]) {
			t.Errorf("%s is %v, want %v", field, g[field], w[field])
		}
	}
	for field := range maps.Keys(g) {
		if _, expected := w[field]; !expected {
			t.Errorf("%s is not expected", field)
		}
	}
}

// triageVectors are facts and the triage that they lead to.
type triageVectors struct {
	Base      map[string]any `json:"base"`
	AgentBase map[string]any `json:"agent_base"`
	Vectors   []triageVector `json:"vectors"`
}

type triageVector struct {
	ID        string         `json:"id"`
	Overrides map[string]any `json:"overrides"`
	Expected  any            `json:"expected"`
}

func readVectors(t testing.TB) triageVectors {
	t.Helper()
	var f triageVectors
	readJSON(t, "../../model/assess/testdata/triage.json", &f)
	return f
}

// vector finds a vector by its id.
func (f triageVectors) vector(t testing.TB, id string) triageVector {
	t.Helper()
	i := slices.IndexFunc(f.Vectors, func(v triageVector) bool { return v.ID == id })
	if i < 0 {
		t.Fatalf("no vector %s", id)
	}
	return f.Vectors[i]
}

// facts are the facts of a vector: the base, and what it changes.
func (f triageVectors) facts(v triageVector) map[string]any {
	facts := maps.Clone(f.Base)
	maps.Copy(facts, v.Overrides)
	if agent, is := v.Overrides["agent"].(map[string]any); is {
		whole := maps.Clone(f.AgentBase)
		maps.Copy(whole, agent)
		facts["agent"] = whole
	}
	return facts
}

// unitOf is the demo's unit with a profile.
var unitOf = map[string]string{
	"strictest": "socialnamnden", "linkoping": "kommunstyrelsen", "lidkoping": "bostadsbolaget",
}

// asIntake writes facts as an intake: the answers that are facts, beside those
// of the examples.
func asIntake(t testing.TB, facts map[string]any) map[string]any {
	t.Helper()
	answers := map[string]any{}
	for _, name := range []string{playground, assistantForAll, caseNotes, proposingAgent} {
		maps.Copy(answers, example(t, name))
	}
	unit := unitOf[facts["policy_profile"].(string)]
	maps.Copy(answers, map[string]any{
		"org_unit_id": unit, "covered_unit_ids": []any{unit}, "project_owner_id": "project_owner",
		"planned_end": daysAhead(150), "AT-4": true, "dos_statement": true,
		"human_channel":            "Kontaktcenter svarar i telefon på vardagar.",
		"personal_data_categories": []any{"name"},
	})
	agent, _ := answers["agent"].(map[string]any)
	for id, v := range facts {
		f, asked := rulebook.Default().Field(id)
		switch {
		case !asked || f.System:
		case v == nil:
			delete(answers, id)
		default:
			answers[id] = v
		}
	}
	delete(answers, "agent")
	if of, is := facts["agent"].(map[string]any); is {
		maps.Copy(agent, of)
		answers["agent"] = agent
	}
	answers["procured"], answers["notice_confirmed"] = facts["procured_or_covered"], facts["notice_ready"]
	answers["env"] = map[string]any{
		"confirmed":     true,
		"justification": strings.Repeat("Bilderna behövs i samrådet. ", 5),
		"alternatives":  []any{"Handritade skisser", "Befintliga bilder"},
		"limits":        map[string]any{"images_year": 1},
		"workloads":     []any{map[string]any{"requests_year": 55900, "output_tokens": 300, "images_year": 1}}, // 50 kWh
	}
	if facts["market_date"] == nil {
		answers["market_date"] = "unknown"
	}
	insist(answers)
	return answers
}

// insist fills in what a form asks for and the vectors leave empty, with values
// that no rule looks at.
func insist(answers map[string]any) {
	empty := func(id string) bool { list, _ := answers[id].([]any); return len(list) == 0 }
	if answers["kind"] == "ai_agent" && empty("agent_traits") {
		answers["agent_traits"] = []any{"uses_tools"}
	}
	if answers["personal_data"] != "none" && empty("data_subject_groups") {
		answers["data_subject_groups"] = []any{"other"}
	}
}

// unasked are the vectors that no submission can be.
var unasked = map[string]string{
	"TV-44": "the form asks for the governance reference, so that RT-13 cannot be met by handing in",
}

// TestVectorsAsIntakes makes a submission of every triage vector: the form can ask
// for every fact, and its answers lead to the same facts and the same triage.
func TestVectorsAsIntakes(t *testing.T) {
	t.Parallel()
	file := readVectors(t)
	for _, v := range file.Vectors {
		if unasked[v.ID] != "" {
			continue
		}
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			facts := file.facts(v)
			today, err := calendar.ParseDate(facts["decision_date"].(string))
			if err != nil {
				t.Fatal(err)
			}
			answers := asIntake(t, facts)
			answers["planned_start"], answers["planned_end"] = today.String(), today.AddDays(60).String()
			got := submitted(t, facts["policy_profile"].(string), answers, map[string]any{
				"controller_type": facts["controller_type"], "info_owner_approval": facts["info_owner_approval"],
			}, today)
			insist(facts)
			for id, want := range facts {
				if fact := got.Facts[id]; !sameFact(t, fact, want) {
					t.Errorf("%s is %v, want %v", id, fact, want)
				}
			}
			sameResult(t, got.TriageResult, v.Expected)
		})
	}
}

// sameFact compares two values of a fact; the order of a set does not matter.
func sameFact(t testing.TB, a, b any) bool {
	t.Helper()
	var x, y any
	asJSON(t, a, &x)
	asJSON(t, b, &y)
	p, isSet := x.([]any)
	q, both := y.([]any)
	if !isSet || !both {
		return reflect.DeepEqual(x, y)
	}
	members := func(list []any) map[any]bool {
		set := map[any]bool{}
		for _, v := range list {
			set[v] = true
		}
		return set
	}
	return maps.Equal(members(p), members(q))
}
