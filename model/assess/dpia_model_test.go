package assess_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/rulebook"
)

// plainRisks are the triggers of rulebook 5.3 in plain Go, from the facts that the
// assessment is given.
func plainRisks(f plainFacts) []string {
	generative, agent := f.is("generative"), f.is("is_agent")
	service, audioOrVideo := f.str("service_category"), f.any("modalities", "audio", "video")
	traits := plainFacts{"traits": f["D1"].(map[string]any)["traits"]}
	memory := traits.any("traits", "keeps_memory") || f.any("agent_traits", "persistent_memory") ||
		agent && f.str("agent_memory") == "persistent" || service == "search_rag" || f.is("training_or_finetuning")
	direct := f.str("external_facing") == "direct_interaction"
	role := f.str("decision_role")
	all := []struct {
		id string
		on bool
	}{
		{"R-01", generative},
		{"R-02", f.is("external_provider") || f.is("training_or_finetuning")},
		{"R-03", traits.any("traits", "reads_external_content") || agent && f.is("agent_untrusted_input") || generative && direct},
		{"R-04", f.is("training_or_finetuning") && f.is("pd_content")},
		{"R-05", traits.any("traits", "deidentified_data")},
		{"R-06", generative},
		{"R-07", f.any("modalities", "audio") || service == "transcription" || service == "translation"},
		{"R-08", true},
		{"R-09", role != "none"},
		{"R-10", f.num("info_protection_level") >= 2},
		{"R-11", audioOrVideo || traits.any("traits", "free_text") || slices.Contains([]string{"chatbot", "text_generation", "text_analysis", "transcription"}, service)},
		{"R-12", f.is("legal_or_significant_effect")},
		{"R-13", memory},
		{"R-14", f.is("profiling_eff") || generative && f.str("personal_data") == "yes"},
		{"R-15", role == "recommendation" || role == "decisive_influence"},
		{"R-16", agent || service == "search_rag" || !direct && (service == "chatbot" || service == "text_generation")},
		{"R-17", true},
		{"R-18", f.is("third_country") || f.is("parent_company_third_country") || f.str("storage_location") == "adequacy_country"},
		{"R-19", f.is("has_sub_processors")},
		{"R-20", true},
		{"R-21", f.num("info_t") >= 2},
		{"R-22", memory},
		{"R-23", f.is("systematic_monitoring") || f.is("public_area_monitoring") || f.is("camera") || f.is("digital_care_tech") || audioOrVideo},
		{"R-24", f.is("vulnerable_persons") && direct},
		{"R-25", traits.any("traits", "protected_identity_possible") || f.any("personal_data_categories", "protected_identity") ||
			f.any("data_subject_groups", "children_pupils", "social_services_clients", "care_recipients", "patients")},
		{"R-26", f.str("secrecy") == "yes" || f.str("secrecy") == "unsure"},
		{"R-27", agent},
		{"R-28", direct || f.any("use_types", "provide_service")},
		{"R-29", f.any("modalities", "image") || audioOrVideo},
		{"R-30", f.is("person_decided_on") || agent || role != "none" && f.str("human_control") != "none"},
	}
	out := []string{}
	for _, r := range all {
		if r.on {
			out = append(out, r.id)
		}
	}
	return out
}

// randomGiven are random facts of an impact assessment, all of them given.
func randomGiven(d dice, book *rulebook.Book) plainFacts {
	out := plainFacts{"D1": map[string]any{}}
	for _, f := range book.FactList() {
		switch {
		case f.Type == "list" || f.Type == "date" || f.Type == "str", f.ID == "approach", f.ID == "tier":
		case f.ID == "D1.traits":
			out["D1"] = map[string]any{"traits": d.some(book, f.Enum)}
		case f.Type == "bool":
			out[f.ID] = d.IntN(3) == 0
		case f.Type == "int" && f.ID != "severity" && f.ID != "likelihood":
			out[f.ID] = float64(d.IntN(4))
		case f.Type == "enum":
			e, _ := book.Enum(f.Enum)
			out[f.ID] = e.Values[d.IntN(len(e.Values))].ID
		case f.Type == "multi":
			out[f.ID] = d.some(book, f.Enum)
		}
	}
	return out
}

// some is a random set of an enumeration's values, mostly small.
func (d dice) some(book *rulebook.Book, enum string) []any {
	e, _ := book.Enum(enum)
	out := []any{}
	for range d.IntN(3) {
		out = append(out, e.Values[d.IntN(len(e.Values))].ID)
	}
	return out
}

// TestTriggeredRisks compares the catalogue with rulebook 5.3 in plain Go, for
// random facts.
func TestTriggeredRisks(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("dpia")
	d, seen := newDice(11), map[string]int{}
	for range 20000 {
		facts := randomGiven(d, book)
		e, problems := book.Triage("", facts, dpiaDay)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		got, want := e.Words("triggered_risks"), plainRisks(facts)
		if !slices.Equal(got, want) {
			t.Fatalf("got %v\nwant %v\nof %v", got, want, facts)
		}
		core := []string{"R-08", "R-17", "R-20"}
		if facts.is("generative") {
			core = []string{"R-01", "R-06", "R-08", "R-17", "R-20"}
		}
		if !slices.Equal(e.Words("core_risks"), core) {
			t.Fatalf("core risks %v", e.Words("core_risks"))
		}
		for _, id := range got {
			seen[id]++
		}
	}
	if len(seen) != 30 {
		t.Errorf("%d of 30 risks were seen", len(seen))
	}
}

// TestImpactAgainstModel compares random lists of risks with rulebook 5.4 and
// 5.5 in plain Go.
func TestImpactAgainstModel(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	book, _ := b.Assessment("dpia")
	risks, _ := book.Enum("dpia_risk")
	d := rand.New(rand.NewPCG(4, 9))
	for range 20000 {
		var rows []assess.RiskRow
		highest, seen := -1, map[string]bool{}
		for range d.IntN(7) {
			row := randomRisk(d, risks.Values[d.IntN(6)].ID)
			rows = append(rows, row)
			if seen[row.Risk] {
				continue
			}
			seen[row.Risk] = true
			highest = max(highest, plainEffective(row))
		}
		r, err := assess.ImpactAssessment(b, "", rows, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		want, outcome := "", "not_assessed"
		if highest >= 0 {
			want = plainRiskLevels[highest]
			outcome = []string{"acceptable", "acceptable_with_measures", "prior_consultation_required", "prior_consultation_required"}[highest]
		}
		if r.MaxResidual != want || r.Outcome != outcome {
			t.Fatalf("got %s %s, want %s %s of %+v", r.MaxResidual, r.Outcome, want, outcome, rows)
		}
	}
}

func randomRisk(d *rand.Rand, id string) assess.RiskRow {
	relevant := d.IntN(5) > 0
	row := assess.RiskRow{Risk: id, Relevant: &relevant, InitialSeverity: d.IntN(5), InitialLikelihood: d.IntN(5),
		ResidualSeverity: d.IntN(5), ResidualLikelihood: d.IntN(5)}
	for range d.IntN(3) {
		row.Measures = append(row.Measures, assess.MeasureRow{Measure: "M-01",
			Status: []string{"in_place", "planned", ""}[d.IntN(3)], BeforeUse: d.IntN(2) == 0})
	}
	return row
}

// plainEffective is the level that counts of a risk, -1 when it is not assessed.
func plainEffective(r assess.RiskRow) int {
	if !*r.Relevant || r.InitialSeverity*r.InitialLikelihood == 0 {
		return -1
	}
	before, after := r.InitialSeverity*r.InitialLikelihood, r.ResidualSeverity*r.ResidualLikelihood
	if after == 0 {
		return plainRiskLevel(before)
	}
	if after < before {
		sound := len(r.Measures) > 0
		for _, m := range r.Measures {
			sound = sound && (m.Status == "in_place" || m.BeforeUse)
		}
		if !sound {
			return plainRiskLevel(before)
		}
	}
	return plainRiskLevel(after)
}

// TestDPIATexts: every rule, word and question of the impact assessments has both
// languages and a source, and each risk names measures of the library.
func TestDPIATexts(t *testing.T) {
	t.Parallel()
	for _, stage := range []string{"dpia", "fria"} {
		book, _ := rulebook.Default().Assessment(stage)
		for _, r := range book.Rules() {
			if !r.Text.Complete() && r.Group != "checks" || r.Source == "" {
				t.Errorf("%s: %+v", r.ID, r.Text)
			}
		}
		for _, f := range book.Fields() {
			if !f.Text.Complete() || !f.Help.Complete() || f.Source == "" {
				t.Errorf("%s has no text, help or source", f.ID)
			}
		}
	}
	book, _ := rulebook.Default().Assessment("dpia")
	measures, _ := book.Enum("dpia_measure")
	risks, _ := book.Enum("dpia_risk")
	if len(measures.Values) != 44 || len(risks.Values) != 30 || len(book.List("triggered_risks")) != 30 {
		t.Errorf("%d measures, %d risks", len(measures.Values), len(risks.Values))
	}
	for i, r := range book.List("triggered_risks") {
		if r.ID != risks.Values[i].ID || len(r.Measures) == 0 {
			t.Errorf("%s: %v", r.ID, r.Measures)
		}
		for _, m := range r.Measures {
			if !measures.Has(m) {
				t.Errorf("%s: %s is no measure", r.ID, m)
			}
		}
	}
	for _, r := range book.Rules() {
		if strings.Contains(r.Text.SV, "  ") {
			t.Errorf("%s: %q", r.ID, r.Text.SV)
		}
	}
}
