package web

import (
	"net/url"
	"slices"
	"testing"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
)

// Whoever sends a case back says why and how it can pass before confirming.
func TestReturnsSayWhyBeforeTheyAreConfirmed(t *testing.T) {
	t.Parallel()
	const way, authority = "Skriv texten till klienterna och lägg den i ärendet.", "Delegationsordningen 2.4"
	back, reported := []string{"reason_codes", "path_forward_text"}, []string{"motivation", "decision_authority"}
	for _, test := range []struct {
		name     string
		form     decisionForm
		requires []string
		want     []string
	}{
		{"nothing", decisionForm{}, back, []string{"/path_forward_text", "/reason_codes"}},
		{"a way alone", decisionForm{PathForward: way}, back, []string{"/reason_codes"}},
		{"an empty way", decisionForm{PathForward: " ", OwnReason: "oklart"}, back, []string{"/path_forward_text"}},
		{"a short way", decisionForm{PathForward: "Skriv texten.", OwnReason: "oklart"}, back, []string{"/path_forward_text"}},
		{"a reason of one's own", decisionForm{PathForward: way, OwnReason: "oklart"}, back, nil},
		{"a reason of the rules", decisionForm{PathForward: way, Likely: []choice{{"LB-R17", "", true}}}, back, nil},
		{"a reason not chosen", decisionForm{PathForward: way, Reasons: []choice{{"LB-R17", "", false}}}, back, []string{"/reason_codes"}},
		{"nothing is needed", decisionForm{}, nil, nil},
		{"an incident without reasons", decisionForm{}, reported, []string{"/motivation", "/decision_authority"}},
		{"an incident with reasons", decisionForm{Motivation: "Ingen har läst filen.", Authority: authority}, reported, nil},
	} {
		got := test.form.lackingWords(outcomeChoice{OutcomeChoice: api.OutcomeChoice{Requires: test.requires}}, lang.SV)
		if !slices.Equal(pointers(got), test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func pointers(faults []client.Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.Pointer)
	}
	return out
}

// A condition that somebody has begun to write is neither sent incomplete nor dropped.
func TestConditionsAreCompleteBeforeTheyAreConfirmed(t *testing.T) {
	t.Parallel()
	whole := url.Values{"c.0.text_sv": {"Loggen visas."}, "c.0.owner_role": {"system_owner"}, "c.0.verification": {"Utdrag."}, "c.0.consequence": {"Stopp."}, "c.0.due_kind": {"before_use"}}
	with := func(name, value string) url.Values {
		form := url.Values{}
		for key, values := range whole {
			form[key] = values
		}
		form.Set(name, value)
		return form
	}
	for _, test := range []struct {
		name    string
		form    url.Values
		outcome model.Outcome
		want    []string
	}{
		{"whole", whole, model.OutcomeApproveWithConditions, nil},
		{"none", url.Values{}, model.OutcomeApproveWithConditions, nil},
		{"without a text", with("c.0.text_sv", ""), model.OutcomeApproveWithConditions, []string{"/conditions/0/text_sv"}},
		{"without a date", with("c.0.due_kind", "date"), model.OutcomeApproveWithConditions, []string{"/conditions/0/due_date"}},
		{"without months", with("c.0.due_kind", "recurring"), model.OutcomeApproveWithConditions, []string{"/conditions/0/months"}},
		{"for an approval without", whole, model.OutcomeApprove, []string{"/conditions"}},
		{"for a return", whole, model.OutcomeReturn, nil},
	} {
		if got := lackingConditions(test.outcome, conditionsOf(test.form), lang.SV); !slices.Equal(pointers(got), test.want) {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// What goes with an answer is said once more before it is sent.
func TestWhatGoesWithAnAnswer(t *testing.T) {
	t.Parallel()
	f := decisionForm{
		PathForward: "Skriv texten.", OwnReason: "oklart", Reasons: []choice{{"RT-03", "Lagringsplats okänd", true}, {"RT-04", "Okänt", false}},
		Targets: []choice{{"", "Ärendets beskrivning", true}}, Conditions: [][]control{{{Value: "Loggen visas."}}, {{}}},
	}
	for outcome, want := range map[model.Outcome][]string{
		model.OutcomeReturn:                {"Skriv texten.", "Lagringsplats okänd\noklart", "Ärendets beskrivning"},
		model.OutcomeReject:                {"Skriv texten.", "Lagringsplats okänd\noklart"},
		model.OutcomeApproveWithConditions: {"Loggen visas."},
		model.OutcomeApprove:               nil,
	} {
		var got []string
		for _, l := range f.sends(outcome, lang.SV) {
			got = append(got, l.Text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", outcome, got, want)
		}
	}
}

// A rule that only wants the person's own answer is no likely reason to send a case back.
func TestUnasked(t *testing.T) {
	t.Parallel()
	page := func(answered bool) *taskPage {
		return &taskPage{TaskView: api.TaskView{
			Judgement: &api.JudgementNote{Hindrances: []api.HindranceNote{{RuleNote: api.RuleNote{ID: "CI-09"}, Pointer: "/approved_uses"}, {RuleNote: api.RuleNote{ID: "AD-01"}}}},
			Form:      []api.QuestionNote{{ID: "approved_uses", Answered: answered}},
		}}
	}
	for _, test := range []struct {
		name, rule     string
		answered, want bool
	}{
		{"not answered", "CI-09", false, true}, {"answered", "CI-09", true, false}, {"of no question", "AD-01", false, false},
	} {
		if got := page(test.answered).unasked(test.rule); got != test.want {
			t.Errorf("%s: %t", test.name, got)
		}
	}
	if (&taskPage{}).unasked("CI-09") {
		t.Error("a task without rules")
	}
}
