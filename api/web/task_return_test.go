package web

import (
	"testing"

	"sluss/api"
	"sluss/model/lang"
)

// Whoever sends a case back says why and how it can pass before confirming.
func TestReturnsSayWhyBeforeTheyAreConfirmed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		form   decisionForm
		faults int
	}{
		{"nothing", decisionForm{}, 2},
		{"a way alone", decisionForm{PathForward: "Skriv texten till klienterna."}, 1},
		{"an empty way", decisionForm{PathForward: " ", OwnReason: "oklart"}, 1},
		{"a reason of one's own", decisionForm{PathForward: "Skriv texten.", OwnReason: "oklart"}, 0},
		{"a reason of the rules", decisionForm{PathForward: "Skriv texten.", Likely: []choice{{"LB-R17", "", true}}}, 0},
		{"a reason not chosen", decisionForm{PathForward: "Skriv texten.", Reasons: []choice{{"LB-R17", "", false}}}, 1},
	} {
		for _, requires := range [][]string{{"reason_codes", "path_forward_text"}, nil} {
			f := test.form
			f.Wrong = map[string]string{}
			f.Outcomes = []outcomeChoice{{OutcomeChoice: api.OutcomeChoice{Requires: requires}, Chosen: true}}
			want := test.faults
			if requires == nil {
				want = 0
			}
			if lacks := f.lacksWay(lang.SV); lacks != (want > 0) || len(f.Faults) != want || len(f.Wrong) != want {
				t.Errorf("%s, needs %v: %v, %v", test.name, requires, lacks, f.Faults)
			}
		}
	}
}
