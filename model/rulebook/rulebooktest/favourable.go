package rulebooktest

import "slices"

// good are the words of enumerations against which the fewest rules speak, in the
// order in which they are looked for.
var good = []any{"yes", "0", "not_needed", "low"}

// favourable are the answers against which the fewest rules speak, for questions
// whose first answer that fits is not among them.
var favourable = map[string]any{
	// Legal basis: a task carried out in the public interest, nothing new.
	"LB-02": []any{map[string]any{"step": "run", "purpose": "Sammanfatta möten"}},
	"LB-03": "e", "LB-04": "2 kap. 1 § kommunallagen", "LB-08a": "3 kap. 3 § dataskyddslagen", "LB-05a": false, "LB-08": "g", "LB-12a": "compatible", "LB-13": false, "LB-14a": false,
	"LB-15": "permitted", "LB-20": false, "LB-21": false, "LB-21a": false,
	// Secrecy: the information is public.
	"SE-1": false, "SE-5": "permitted", "SE-10": true,
	// The manager's endorsement: nothing to negotiate.
	"work_impact": "minor", "procurement_route": "avrop", "training_share": 90,
	// The environment review: what is planned is enough.
	"environment_result": "justified", "EN-07": "no",
	// What is approved.
	"approved_max_ipl": 0, "approved_uses": []any{"Utkast till texter"}, "not_approved_uses": []any{"Beslut om enskilda"},
	"KA-2": "public_area", "KA-3": false, "KA-4a": false, "DR-3a": "a", "benefit_confirmed": 3,
}

// useful are the questions that need no answer and without which a rule speaks
// against what is asked.
var useful = []string{"LB-04", "LB-08a", "pilot_accepted", "pilot_accepted_owner", "pilot_accepted_security"}

// Useful reports whether a question is to be answered though the form does not
// need it.
func Useful(id string) bool { return slices.Contains(useful, id) }

// everyOf are the lists that have a row for every value of an enumeration: the
// part of the row that names the value, and the others, the same in each.
var everyOf = map[string]struct {
	named string
	row   map[string]any
}{
	// Every risk of the catalogue is relevant, and low before anything is done.
	"risks": {"risk", map[string]any{
		"relevant": true, "sources": "Den som skriver i tjänsten.", "threats": "Någon skriver mer än vad som behövs.",
		"effects": "Uppgiften läses av fler än som behöver den.", "initial_severity": 1, "initial_likelihood": 1,
		"residual_severity": 1, "residual_likelihood": 1,
	}},
}
