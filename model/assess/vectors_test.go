package assess_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// triageFile is the file of triage vectors.
type triageFile struct {
	Base      map[string]any `json:"base"`
	AgentBase map[string]any `json:"agent_base"`
	Vectors   []struct {
		ID        string         `json:"id"`
		Name      string         `json:"name"`
		Overrides map[string]any `json:"overrides"`
		Expected  any            `json:"expected"`
	} `json:"vectors"`
}

func readJSON(t testing.TB, path string, into any) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

// facts applies overrides to the base as the vectors ask.
func (f *triageFile) facts(overrides map[string]any) map[string]any {
	out := maps.Clone(f.Base)
	maps.Copy(out, overrides)
	if agent, ok := overrides["agent"].(map[string]any); ok {
		merged := maps.Clone(f.AgentBase)
		maps.Copy(merged, agent)
		out["agent"] = merged
	}
	return out
}

// plain is a value as JSON shows it.
func plain(t testing.TB, v any) any {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var out any
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func day(t testing.TB, s string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func equalJSON(t *testing.T, got, want any) {
	t.Helper()
	g, w := plain(t, got), plain(t, want)
	if !reflect.DeepEqual(g, w) {
		gb, _ := json.Marshal(g)
		wb, _ := json.Marshal(w)
		t.Errorf("\n got %s\nwant %s", gb, wb)
	}
}

func TestTriageVectors(t *testing.T) {
	t.Parallel()
	var file triageFile
	readJSON(t, "testdata/triage.json", &file)
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			got, err := assess.Triage(rulebook.Default(), "", file.facts(v.Overrides), calendar.Date{})
			if err != nil {
				t.Fatal(err)
			}
			equalJSON(t, got.TriageResult, v.Expected)
			// The base of the vectors is the defaults of the rulebook.
			got, err = assess.Triage(rulebook.Default(), "", v.Overrides, day(t, "2026-11-23"))
			if err != nil {
				t.Fatal(err)
			}
			equalJSON(t, got.TriageResult, v.Expected)
		})
	}
}

func TestTriageOfWorkedCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no worked cases")
	}
	for _, path := range paths {
		var wc struct {
			Overrides map[string]any `json:"intake_overrides"`
			Expected  any            `json:"expected_triage"`
		}
		readJSON(t, path, &wc)
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			got, err := assess.Triage(rulebook.Default(), "", wc.Overrides, day(t, "2026-11-23"))
			if err != nil {
				t.Fatal(err)
			}
			equalJSON(t, got.TriageResult, wc.Expected)
		})
	}
}

func TestFootprintVectors(t *testing.T) {
	t.Parallel()
	var file struct {
		Vectors []struct {
			ID       string         `json:"id"`
			Inputs   map[string]any `json:"inputs"`
			Expected any            `json:"expected"`
		} `json:"vectors"`
	}
	readJSON(t, "testdata/environment.json", &file)
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			checkFootprint(t, v.Inputs, v.Expected)
		})
	}
}

func TestFootprintOfWorkedCases(t *testing.T) {
	t.Parallel()
	paths, _ := filepath.Glob("testdata/cases/*.json")
	for _, path := range paths {
		var wc struct {
			Inputs   map[string]any `json:"env_inputs"`
			Expected any            `json:"expected_env"`
		}
		readJSON(t, path, &wc)
		if wc.Inputs == nil {
			continue
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			checkFootprint(t, wc.Inputs, wc.Expected)
		})
	}
}

func checkFootprint(t *testing.T, inputs map[string]any, expected any) {
	t.Helper()
	w, problems := assess.ReadWorkloads(rulebook.Default(), inputs)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	equalJSON(t, assess.FootprintOf(rulebook.Default(), w), expected)
}
