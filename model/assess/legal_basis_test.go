package assess_test

import (
	"maps"
	"path/filepath"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

type legalFile struct {
	Base    map[string]any `json:"base"`
	Vectors []struct {
		ID        string         `json:"id"`
		Overrides map[string]any `json:"overrides"`
		Expected  any            `json:"expected"`
	} `json:"vectors"`
}

func (f *legalFile) facts(overrides map[string]any) map[string]any {
	out := maps.Clone(f.Base)
	maps.Copy(out, overrides)
	return out
}

func TestLegalBasisVectors(t *testing.T) {
	t.Parallel()
	var file legalFile
	readJSON(t, "testdata/vectors/legal-basis.json", &file)
	for _, v := range file.Vectors {
		t.Run(v.ID, func(t *testing.T) {
			t.Parallel()
			for _, facts := range []map[string]any{file.facts(v.Overrides), v.Overrides} {
				got, rules, err := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
				if err != nil || len(rules) == 0 {
					t.Fatal(err, rules)
				}
				equalJSON(t, got, v.Expected)
			}
		})
	}
}

func TestLegalBasisOfWorkedCases(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/cases/*.json")
	if err != nil || len(paths) == 0 {
		t.Fatal("no worked cases")
	}
	for _, path := range paths {
		var wc struct {
			Inputs   map[string]any `json:"legal_inputs"`
			Expected any            `json:"expected_legal"`
		}
		readJSON(t, path, &wc)
		if wc.Inputs == nil {
			continue // stopped before the check
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			t.Parallel()
			got, _, err := assess.LegalBasis(rulebook.Default(), "", wc.Inputs, day(t, "2026-11-23"))
			if err != nil {
				t.Fatal(err)
			}
			equalJSON(t, got, wc.Expected)
		})
	}
}
