package assess_test

import (
	"errors"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// legalFacts are facts as JSON gives them.
type legalFacts map[string]any

func (f legalFacts) yes(name string) bool               { b, _ := f[name].(bool); return b }
func (f legalFacts) word(name string) string            { s, _ := f[name].(string); return s }
func (f legalFacts) none(name string) bool              { return f.word(name) == "" || f.word(name) == "none" }
func (f legalFacts) one(name string, of ...string) bool { return slices.Contains(of, f.word(name)) }

// plainLegal is the legal basis check written again, as a table from a rule to
// how grave it is: 0 does not fire, 1 a condition, 2 a change, 3 no basis.
func plainLegal(f legalFacts) (string, []string) {
	if f.word("personal_data") == "none" {
		return "not_applicable", []string{}
	}
	grave := map[string]int{}
	at := func(rule string, severity int, when bool) {
		if when {
			grave[rule] = max(grave[rule], severity)
		}
	}
	authority := f.word("controller") == "public_authority"
	special, solely := f.yes("special_categories"), f.yes("adm_solely")
	at("LB-R01", 3, f.none("basis"))
	if f.word("basis") == "f" {
		if authority && f.yes("performing_public_task") {
			at("LB-R02", 3, true)
		} else {
			at("LB-R03", 2, !f.yes("lia_done"))
		}
	}
	at("LB-R04", 2, f.one("basis", "c", "e") && f.word("law_reference") == "")
	at("LB-R05", 3, f.word("basis") == "a" && (!f.yes("consent_freely_given") || !f.yes("consent_withdrawable")))
	at("LB-R06", 3, f.word("necessity") == "no")
	at("LB-R06", 3, f.yes("less_intrusive_exists"))
	at("LB-R06", 2, f.word("necessity") == "unclear")
	at("LB-R07", 2, !f.yes("minimised"))
	if special {
		at("LB-R08", 3, f.none("art9_ground"))
		at("LB-R09", 2, f.one("art9_ground", "b", "g", "h", "i", "j") && f.word("art9_law_reference") == "")
		at("LB-R10", 3, f.word("art9_ground") == "h" && !f.yes("professional_secrecy"))
		at("LB-R22", 2, f.yes("compilation_or_search") && !f.yes("search_ban_assessed"))
	}
	at("LB-R11", 3, f.yes("criminal_data") && !authority && !f.yes("criminal_law_support"))
	if solely {
		at("LB-R12", 3, f.none("art22_exception"))
		at("LB-R23", 3, special && !f.one("art9_ground", "a", "g"))
	}
	if f.word("purpose_relation") == "new" {
		at("LB-R13", 2, f["compatible"] == nil)
		at("LB-R13", 3, f["compatible"] == false)
	}
	if f.yes("secrecy_applies") && f.yes("external_provider") {
		at("LB-R14", map[string]int{"not_permitted": 3, "not_assessed": 2, "not_applicable": 2, "other_exception": 1}[f.word("osl_10_2a")],
			f.word("osl_10_2a") != "permitted")
	}
	at("LB-R15", 2, f.yes("transfer_third_country") && !f.yes("transfer_mechanism_ok"))
	at("LB-R16", 1, f.yes("external_provider") && !f.yes("processor_agreement"))
	at("LB-R17", 1, !f.yes("information_updated"))
	at("LB-R18", 1, f.yes("extra_consent_required") && !f.yes("extra_consent_obtained"))
	at("LB-R19", 2, f["dpo_advice"] == nil && (f.word("requirement") != "short" || !f.yes("advice_satisfied")))
	at("LB-R20", 2, f.word("dpo_advice") == "advises_against" && !f.yes("decision_follows_dpo") && !f.yes("deviation_reasons"))
	at("LB-R21", 2, f.yes("personal_identity_number") && !f.yes("identity_number_support"))
	worst := 0
	for _, severity := range grave {
		worst = max(worst, severity)
	}
	outcome := []string{"lawful", "lawful_with_conditions", "needs_change", "no_legal_basis"}[worst]
	return outcome, append([]string{}, slices.Sorted(maps.Keys(grave))...)
}

// randomLegal makes complete facts; each differs from the base with the given
// probability.
func randomLegal(d *rand.Rand, base map[string]any, change float64) legalFacts {
	book, _ := rulebook.Default().Assessment("legal_basis")
	out := legalFacts(maps.Clone(base))
	for _, f := range book.FactList() {
		if f.System && f.Default == nil || d.Float64() >= change {
			continue
		}
		var choices []any
		switch f.Type {
		case "bool":
			choices = []any{true, false}
		case "enum":
			e, _ := book.Enum(f.Enum)
			for _, v := range e.Values {
				choices = append(choices, v.ID)
			}
		default:
			choices = []any{"lag", ""}
		}
		if f.Nullable {
			choices = append(choices, nil)
		}
		out[f.ID] = choices[d.IntN(len(choices))]
	}
	return out
}

func legalBase(t testing.TB) map[string]any {
	t.Helper()
	var file legalFile
	readJSON(t, "testdata/vectors/legal-basis.json", &file)
	file.Base["requirement"], file.Base["advice_satisfied"] = "required", false
	return file.Base
}

func TestLegalBasisEqualsThePlainModel(t *testing.T) {
	t.Parallel()
	base, d := legalBase(t), rand.New(rand.NewPCG(20261121, 4))
	outcomes, fired := map[string]int{}, map[string]int{}
	for n := range 24000 {
		facts := randomLegal(d, base, []float64{0.03, 0.08, 0.2, 0.6}[n%4])
		got, _, err := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
		if err != nil {
			t.Fatal(err)
		}
		outcome, codes := plainLegal(facts)
		if got.Outcome != outcome || !slices.Equal(got.Codes, codes) {
			t.Fatalf("facts %v\n got %v\nwant %s %v", facts, got, outcome, codes)
		}
		outcomes[outcome]++
		for _, c := range codes {
			fired[c]++
		}
	}
	t.Log(outcomes, fired)
	if len(outcomes) != 5 || len(fired) != 23 {
		t.Errorf("%d outcomes and %d rules were seen", len(outcomes), len(fired))
	}
}

func TestVectorsOfThePlainLegalModel(t *testing.T) {
	t.Parallel()
	var file legalFile
	readJSON(t, "testdata/vectors/legal-basis.json", &file)
	for _, v := range file.Vectors {
		outcome, codes := plainLegal(file.facts(v.Overrides))
		equalJSON(t, assess.LegalBasisResult{Outcome: outcome, Codes: codes}, v.Expected)
	}
}

var gravity = []string{"not_applicable", "lawful", "lawful_with_conditions", "needs_change", "no_legal_basis"}

// TestWorseFactsAreNeverMoreLawful: from any facts, setting one to its worse value
// never gives a better outcome and takes no rule away that is not about it.
func TestWorseFactsAreNeverMoreLawful(t *testing.T) {
	t.Parallel()
	worse := map[string]any{
		"less_intrusive_exists": true, "minimised": false, "special_categories": true, "professional_secrecy": false,
		"criminal_data": true, "criminal_law_support": false, "adm_solely": true, "secrecy_applies": true,
		"transfer_third_country": true, "transfer_mechanism_ok": false, "processor_agreement": false,
		"information_updated": false, "extra_consent_required": true, "extra_consent_obtained": false,
		"personal_identity_number": true, "identity_number_support": false, "compilation_or_search": true,
		"search_ban_assessed": false, "lia_done": false, "consent_freely_given": false, "consent_withdrawable": false,
		"necessity": "no", "basis": nil, "law_reference": nil, "art9_law_reference": nil, "art22_exception": nil,
		"external_provider": true, "purpose_relation": "new", "deviation_reasons": false, "decision_follows_dpo": false,
		"dpo_advice": nil, "advice_satisfied": false, "osl_10_2a": "not_permitted",
	}
	base, d := legalBase(t), rand.New(rand.NewPCG(5, 5))
	check := func(facts legalFacts) assess.LegalBasisResult {
		r, _, err := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	for n := range 300 {
		facts := randomLegal(d, base, []float64{0.05, 0.2, 0.5}[n%3])
		before := check(facts)
		for name, v := range worse {
			changed := maps.Clone(facts)
			changed[name] = v
			if name == "dpo_advice" && facts[name] == "advises_against" || name == "basis" && !facts.none("basis") && facts.word("basis") != "e" {
				continue // not the same ground or advice made worse, but another
			}
			after := check(changed)
			if slices.Index(gravity, after.Outcome) < slices.Index(gravity, before.Outcome) {
				t.Fatalf("%s = %v makes %s %s: %v", name, v, before.Outcome, after.Outcome, facts)
			}
		}
	}
}

func TestLegalFactsThatDoNotFit(t *testing.T) {
	t.Parallel()
	for name, facts := range map[string]map[string]any{
		"unknown name":              {"colour": "red"},
		"unknown value":             {"basis": "g"},
		"another kind":              {"minimised": "yes"},
		"null where it is no value": {"minimised": nil},
		"a name of the intake":      {"third_country": true},
		"an alias of the intake":    {"intake_secrecy": "yes"},
		"a name that is computed":   {"compatibility_tested": true},
		"what only the case knows":  {"decided_outcome": "lawful"},
	} {
		_, _, err := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
		var wrong *assess.InputError
		if !errors.As(err, &wrong) || len(wrong.Problems) != 1 || wrong.Problems[0].Pointer == "" || !wrong.Problems[0].Text.Complete() {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := assess.LegalBasis(rulebook.Default(), "nobody", nil, day(t, "2026-11-23")); err == nil {
		t.Error("an unknown profile is taken")
	}
}

// TestLegalBasisIsPure: the facts given are not changed and the result does not
// depend on what was asked before.
func TestLegalBasisIsPure(t *testing.T) {
	t.Parallel()
	facts := map[string]any{"purpose_relation": "new", "compatible": false}
	want := maps.Clone(facts)
	first, _, _ := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
	second, _, _ := assess.LegalBasis(rulebook.Default(), "", facts, day(t, "2026-11-23"))
	if !reflect.DeepEqual(first, second) || !reflect.DeepEqual(facts, want) {
		t.Error(first, second, facts)
	}
}
