package act

import (
	"slices"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// fieldCovered names the units that a case covers, and fieldAdoption the question
// whether one of them adopts (S7).
const (
	fieldCovered  = "covered_unit_ids"
	fieldAdoption = "adoption"
)

// coveredUnits are the units, by id, that the answers name beside the one that
// opened the case, each once.
func coveredUnits(answers map[string]any, unitID string) []string {
	listed, _ := answers[fieldCovered].([]any)
	var out []string
	for _, v := range listed {
		if id, _ := v.(string); id != "" && id != unitID && !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// takeAdoption makes a unit's answer and the outcome one: they are asked in two
// places and say the same.
func takeAdoption(given map[string]any, o model.Outcome) error {
	if v := given[fieldAdoption]; v != nil && v != string(o) {
		return invalid([]rulebook.Problem{{Pointer: "/answers/" + fieldAdoption, Code: "V-01", Source: "3.8", Text: lang.Text{
			SV: "Svaret stämmer inte med utfallet.", EN: "The answer does not match the outcome.",
		}}})
	}
	given[fieldAdoption] = string(o)
	return nil
}
