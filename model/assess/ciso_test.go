package assess

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"sluss/model/rulebook"
)

type m = map[string]any

// reviewOf is a review of a case with the given answers of the intake.
func reviewOf(requirement string, intake, answers, process m) Assessed {
	return Assessed{Book: rulebook.Default(), Today: reviewDay, Requirement: requirement,
		Intake: intake, Answers: answers, Process: process}
}

// allYes answers every item of the check list with yes.
func allYes(t testing.TB) m {
	t.Helper()
	book, ok := rulebook.Default().Assessment("ciso")
	if !ok {
		t.Fatal("no assessment ciso")
	}
	out := m{"approved_max_ipl": 0, "approved_uses": []any{"utkast"}, "not_approved_uses": []any{}}
	for _, f := range book.Fields() {
		if isItem(f) {
			out[f.ID] = m{"answer": "yes", "evidence": "avtal"}
		}
	}
	return out
}

// item is an answer to an item with all that goes with it.
func item(answer string) m {
	return m{"answer": answer, "evidence": "avtal", "note": "saknas"}
}

func with(base m, changes m) m {
	out := maps.Clone(base)
	maps.Copy(out, changes)
	return out
}

func cisoOf(t testing.TB, a Assessed) (Judgement, CISOJudgement) {
	t.Helper()
	j, err := ciso(a)
	if err != nil {
		t.Fatal(err)
	}
	return j, j.Result.(CISOJudgement)
}

// mustOf tells which items are a must.
func mustOf(r CISOJudgement) map[string]bool {
	out := map[string]bool{}
	for _, i := range r.Items {
		out[i.ID] = i.Must
	}
	return out
}

// The facts with which the conditions of the check list are tried.
var (
	open  = m{"info_k": 0, "personal_data": "none", "secrecy": "no"}
	agent = m{"kind": "ai_agent", "agent": m{"side_effects": "none"}}
)

// TestMustBothWays: every item is a must exactly when rulebook 8 says so.
func TestMustBothWays(t *testing.T) {
	t.Parallel()
	level := func(k int) m { return m{"info_k": k, "openly_publishable": false} }
	pd := m{"personal_data": "account_only"}
	secret := m{"secrecy": "unsure"}
	direct := m{"external_facing": "direct_interaction"}
	rag := m{"service_category": "search_rag"}
	hosted := m{"account_type": "self_hosted"}
	writes := m{"agent_traits": []any{"writes_to_systems"}}
	develop := m{"use_types": []any{"develop"}}
	tests := []struct {
		items  string
		always bool // M without a condition
		must   []m  // each makes it a must
		should []m  // none of these does
	}{
		{"A1 A3 A4 D2 E4 F4 H6 H8 H9 J1", false, nil, []m{open, level(3), pd, secret, direct, rag, hosted, writes, develop, agent}},
		{"A2 B1 B2 C1 D1 E1 G1 G2 G3 I1 I2", true, []m{open, level(3), pd}, nil},
		{"B3 F1", false, []m{level(1), level(2), level(3), secret}, []m{open, pd, direct, agent}},
		{"B4 F2", false, []m{pd, {"personal_data": "incidental"}, {"personal_data": "yes"}}, []m{open, level(3), secret, agent}},
		{"B5 E2 E3 J2", false, []m{level(2), level(3), {"personal_data": "yes"}, {"protection_worthy": true}}, []m{open, level(1), pd, agent}},
		{"C2", false, []m{pd, secret, {"secrecy": "yes"}}, []m{open, level(2), agent}},
		{"F3", false, []m{secret, {"secrecy": "yes"}}, []m{open, level(3), pd, agent}},
		{"H1", false, []m{direct, rag, agent}, []m{open, level(3), hosted, develop, {"external_facing": "published_output"}}},
		{"H2", false, []m{level(2), agent}, []m{open, level(1), direct, rag}},
		{"H3", false, []m{hosted}, []m{open, level(3), agent, {"account_type": "inhouse_developed"}}},
		{"H4", false, []m{writes, {"kind": "ai_agent", "agent": m{"side_effects": "internal_reversible"}}}, []m{open, level(3), agent, rag}},
		{"H5", false, []m{rag}, []m{open, level(3), agent, direct}},
		{"H7", false, []m{agent}, []m{open, level(3), writes, rag}},
		{"H10", false, []m{develop, rag}, []m{open, level(3), agent, direct}},
	}
	seen := map[string]bool{}
	for _, tt := range tests {
		for _, id := range strings.Fields(tt.items) {
			seen[id] = true
			for want, cases := range map[bool][]m{true: tt.must, false: tt.should} {
				for _, intake := range cases {
					_, r := cisoOf(t, reviewOf("full", intake, nil, nil))
					if got := mustOf(r)[id]; got != want {
						t.Errorf("%s with %v: must %v, want %v", id, intake, got, want)
					}
				}
			}
		}
	}
	_, r := cisoOf(t, reviewOf("full", open, nil, nil))
	if len(r.Items) != 38 || len(seen) != 38 {
		t.Errorf("%d items, %d tried, want 38", len(r.Items), len(seen))
	}
}

// TestItemsAsked: light asks the eleven items, full all, inherit what the
// reviewed tool does not answer.
func TestItemsAsked(t *testing.T) {
	t.Parallel()
	light := []any{"A1", "A2", "B1", "B2", "B3", "C1", "C2", "D1", "D2", "F1"}
	tests := []struct {
		requirement string
		inherited   []any
		want        string
	}{
		{"light", nil, "A1 A2 B1 B2 B3 C1 C2 D1 D2 F1 I1"},
		{"inherit", light, "I1"},
		{"inherit", append(slices.Clone(light), "I1"), "I1"}, // confirmed all the same
		{"inherit", light[:4], "B3 C1 C2 D1 D2 F1 I1"},
		{"full", light, "A3 A4 B4 B5 E1 E2 E3 E4 F2 F3 F4 G1 G2 G3 H1 H2 H3 H4 H5 H6 H7 H8 H9 H10 I1 I2 J1 J2"},
		{"full", []any{"E1", "G1", "H1", "I1", "J1"}, "A1 A2 A3 A4 B1 B2 B3 B4 B5 C1 C2 D1 D2 E1 E2 E3 E4 F1 F2 F3 F4 G1 G2 G3 H1 H2 H3 H4 H5 H6 H7 H8 H9 H10 I1 I2 J1 J2"},
	}
	for _, tt := range tests {
		j, r := cisoOf(t, reviewOf(tt.requirement, nil, m{"approved_max_ipl": 0, "approved_uses": []any{"utkast"}, "not_approved_uses": []any{}}, m{"inherited": tt.inherited}))
		var asked, named []string
		for _, i := range r.Items {
			if i.Asked {
				asked, named = append(asked, i.ID), append(named, "CI-01 /"+i.ID+"/answer")
			}
		}
		if got := strings.Join(asked, " "); got != tt.want {
			t.Errorf("%s, inherited %v: asked %s", tt.requirement, tt.inherited, got)
		}
		slices.Sort(named)
		if got := missing(j.Problems); !slices.Equal(got, named) {
			t.Errorf("%s: problems %v, want %v", tt.requirement, got, named)
		}
	}
}

// TestCISOGuards runs the guard vectors of rulebook 9.10 that belong to the
// CISO's review, and what else may refuse an approval.
func TestCISOGuards(t *testing.T) {
	t.Parallel()
	yes := allYes(t)
	internal := m{"info_k": 2, "openly_publishable": false}
	personal := m{"personal_data": "incidental", "openly_publishable": false, "info_k": 1}
	both := func(rule string) []string { return []string{rule + " approve", rule + " approve_with_conditions"} }
	tests := []struct {
		name             string
		intake           m
		answers, process m
		want             []string
	}{
		{"nothing", nil, nil, nil, nil},
		{"GV-05", nil, nil, m{"guards": []any{"SG-06"}}, both("SG-06")},
		{"GV-06", internal, m{"F1": item("no")}, nil, both("F1")},
		{"GV-07", personal, m{"B4": item("partly")}, m{"conditions_for": []any{"B4"}}, []string{"B4 approve"}},
		{"partly without a condition", personal, m{"B4": item("partly")}, m{"conditions_for": []any{"F1"}}, both("B4")},
		{"partly where it is a should", nil, m{"B4": item("partly")}, nil, nil},
		{"no where it is a should", nil, m{"B4": item("no")}, nil, nil},
		{"not applicable", nil, m{"A2": item("not_applicable")}, nil, nil},
		{"GV-22", nil, nil, m{"work_impact": "important", "mbl_status": "called"}, both("SG-08")},
		{"unsure", nil, nil, m{"work_impact": "unsure", "mbl_status": "not_needed"}, both("SG-08")},
		{"concluded", nil, nil, m{"work_impact": "important", "mbl_status": "concluded"}, nil},
		{"minor", nil, nil, m{"work_impact": "minor"}, nil},
		{"workers informed", nil, nil, m{"worker_information": "required"}, both("SG-08")},
		{"camera at a workplace", m{"camera": true}, nil, m{"camera_place": "workplace"}, both("SG-08")},
		{"camera in a square", m{"camera": true}, nil, m{"camera_place": "public_area"}, nil},
		{"no camera", nil, nil, m{"camera_place": "workplace"}, nil},
		{"4a", m{"annex_iii_points": []any{"4a"}}, nil, nil, both("SG-08")},
		{"4b", m{"annex_iii_points": []any{"4b"}}, nil, m{"mbl_status": "called"}, both("SG-08")},
		{"5a", m{"annex_iii_points": []any{"5a"}}, nil, nil, nil},
		{"all guards", nil, nil, m{"guards": []any{"SG-01", "SG-07"}}, append(both("SG-01"), both("SG-07")...)},
		{"level too high", nil, m{"approved_max_ipl": 1}, nil, both("CI-08")},
		{"level lowered", internal, m{"approved_max_ipl": 1}, nil, nil},
		{"no use", nil, m{"approved_uses": []any{}}, nil, both("CI-09")},
		{"use in both lists", nil, m{"not_approved_uses": []any{"utkast"}}, nil, both("CI-10")},
	}
	for _, tt := range tests {
		j, _ := cisoOf(t, reviewOf("full", tt.intake, with(yes, tt.answers), tt.process))
		if got := refused(j.Hindrances); !slices.Equal(got, tt.want) && len(got)+len(tt.want) > 0 {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		for _, h := range j.Hindrances {
			if !h.Text.Complete() || h.Source == "" || h.Task != "decision" {
				t.Errorf("%s: %+v is not complete", tt.name, h)
			}
		}
	}
}

// TestItemsNeedTheirWords: a yes to a must needs evidence, every other answer
// a note, and an item that applies cannot be left out.
func TestItemsNeedTheirWords(t *testing.T) {
	t.Parallel()
	yes := allYes(t)
	tests := []struct {
		intake, answers m
		want            []string
	}{
		{nil, nil, []string{}},
		{nil, m{"A2": m{"answer": "yes"}}, []string{"CI-02 /A2/evidence"}},
		{nil, m{"A1": m{"answer": "yes"}}, []string{}},
		{nil, m{"A1": m{"answer": "no"}}, []string{"CI-03 /A1/note"}},
		{nil, m{"A1": m{"evidence": "x"}}, []string{"CI-01 /A1/answer"}},
		{nil, m{"A1": m{"answer": "maybe"}}, []string{"CI-01 /A1/answer", "V-01 /A1/answer"}},
		{nil, m{"I1": item("not_applicable")}, []string{"CI-04 /I1/answer"}},
		{nil, m{"G3": item("not_applicable")}, []string{}},
		{m{"info_t": 2}, m{"G3": item("not_applicable")}, []string{"CI-04 /G3/answer"}},
		{m{"service_category": "search_rag"}, m{"H5": item("not_applicable")}, []string{"CI-04 /H5/answer"}},
		{nil, m{"approved_uses": nil}, []string{"V-01 /approved_uses"}},
		{nil, m{"not_approved_uses": nil}, []string{"V-01 /not_approved_uses"}},
		{nil, m{"approved_max_ipl": nil}, []string{"V-01 /approved_max_ipl"}},
		{nil, m{"Z9": item("yes")}, []string{"V-01 /Z9"}},
	}
	for _, tt := range tests {
		j, _ := cisoOf(t, reviewOf("full", tt.intake, with(yes, tt.answers), nil))
		if got := missing(j.Problems); !slices.Equal(got, tt.want) {
			t.Errorf("%v: %v, want %v", tt.answers, got, tt.want)
		}
	}
}

// randomIntake draws what the check list depends on.
func randomIntake(r *rand.Rand) m {
	pick := func(words ...string) string { return words[r.IntN(len(words))] }
	flip := func() bool { return r.IntN(3) == 0 }
	in := m{
		"info_k": r.IntN(4), "info_r": r.IntN(4), "info_t": r.IntN(4), "openly_publishable": flip(),
		"personal_data": pick("none", "account_only", "incidental", "yes"), "secrecy": pick("no", "no", "yes", "unsure"),
		"protection_worthy": flip(), "criminal_data": r.IntN(9) == 0, "highly_personal": r.IntN(9) == 0,
		"external_facing":  pick("none", "published_output", "direct_interaction"),
		"service_category": pick("chatbot", "search_rag", "translation"),
		"account_type":     pick("organisation_licence", "self_hosted", "inhouse_developed", "private_licence", "free_public"),
		"storage_location": pick("eu_eea", "sweden", "third_country"), "third_country_access": pick("no", "yes", "unknown"),
		"external_model_or_hosting": flip(), "camera": flip(), "kind": pick("ai_service", "ai_agent"),
		"agent":     m{"side_effects": pick("none", "internal_reversible", "external_irreversible")},
		"use_types": []any{"support_tool"}, "agent_traits": []any{}, "annex_iii_points": []any{},
	}
	if flip() {
		in["use_types"] = []any{"develop", "support_tool"}
	}
	if flip() {
		in["agent_traits"] = []any{"writes_to_systems"}
		if flip() {
			in["agent_traits"] = []any{"acts_autonomously", "writes_to_systems"}
		}
	}
	if flip() {
		in["annex_iii_points"] = []any{pick("4a", "4b", "5a", "2a")}
	}
	return in
}

// reviewModel judges the check list another way than the rulebook does.
type reviewModel struct {
	ipl                                 int
	pd, secret, agent, rag, writes, dev bool
	direct, hosted, external, third     bool
	in                                  m
}

func modelOf(in m) reviewModel {
	str := func(id string) string { s, _ := in[id].(string); return s }
	has := func(id, w string) bool { return slices.Contains(in[id].([]any), any(w)) }
	k := in["info_k"].(int)
	r := reviewModel{in: in, pd: str("personal_data") != "none", secret: str("secrecy") != "no",
		rag: str("service_category") == "search_rag", dev: has("use_types", "develop"),
		direct: str("external_facing") == "direct_interaction", hosted: str("account_type") == "self_hosted"}
	r.agent = str("kind") == "ai_agent" || has("agent_traits", "acts_autonomously") && has("agent_traits", "writes_to_systems")
	r.writes = has("agent_traits", "writes_to_systems") || r.agent && in["agent"].(m)["side_effects"] != "none"
	r.external = !slices.Contains([]string{"self_hosted", "inhouse_developed"}, str("account_type")) || in["external_model_or_hosting"].(bool)
	r.third = str("storage_location") == "third_country" || str("third_country_access") == "yes"
	switch {
	case k == 3 || in["criminal_data"].(bool) || in["highly_personal"].(bool) || r.secret || in["protection_worthy"].(bool):
		r.ipl = 3
	case k == 2 || str("personal_data") == "yes":
		r.ipl = 2
	case k == 1 || str("personal_data") == "incidental" || !in["openly_publishable"].(bool):
		r.ipl = 1
	}
	return r
}

var modelItems = strings.Fields("A1 A2 A3 A4 B1 B2 B3 B4 B5 C1 C2 D1 D2 E1 E2 E3 E4 F1 F2 F3 F4 G1 G2 G3 H1 H2 H3 H4 H5 H6 H7 H8 H9 H10 I1 I2 J1 J2")

func (r reviewModel) must(id string) bool {
	switch id {
	case "A2", "B1", "B2", "C1", "D1", "E1", "G1", "G2", "G3", "I1", "I2":
		return true
	case "B3", "F1":
		return r.ipl >= 1
	case "B4", "F2":
		return r.pd
	case "B5", "E2", "E3", "J2":
		return r.ipl >= 2
	case "C2":
		return r.pd || r.secret
	case "F3":
		return r.secret
	case "H1":
		return r.direct || r.rag || r.agent
	case "H2":
		return r.ipl >= 2 || r.agent
	case "H3":
		return r.hosted
	case "H4":
		return r.writes
	case "H5":
		return r.rag
	case "H7":
		return r.agent
	case "H10":
		return r.dev || r.rag
	}
	return false
}

func (r reviewModel) cannotLeaveOut(id string) bool {
	account, _ := r.in["account_type"].(string)
	switch id {
	case "C1", "G1", "I1":
		return true
	case "F1", "B3":
		return r.ipl >= 1 && r.external
	case "F2":
		return r.pd && r.external && account != "private_licence" && account != "free_public"
	case "F3":
		return r.secret && r.external
	case "C2":
		return r.third && (r.pd || r.secret)
	case "G3":
		return r.in["info_r"].(int) >= 2 || r.in["info_t"].(int) >= 2
	case "H1":
		return r.direct || r.rag || r.agent
	case "H5":
		return r.rag
	case "H7":
		return r.agent
	}
	return false
}

func (r reviewModel) asked(id, requirement string, inherited []string) bool {
	light := strings.Contains(" A1 A2 B1 B2 B3 C1 C2 D1 D2 F1 I1 ", " "+id+" ")
	taken := slices.Contains(inherited, id) && strings.Contains("ABCDF", id[:1])
	return (light || requirement == "full") && !taken
}

// TestMustsAgainstModel compares which items are a must, and which cannot be left
// out, with a model written in plain Go on 20,000 random facts.
func TestMustsAgainstModel(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("ciso")
	dice := rand.New(rand.NewPCG(9, 2))
	flip := func() bool { return dice.IntN(2) == 0 }
	for range 20000 {
		in := randomIntake(dice)
		r := modelOf(in)
		r.ipl, r.pd, r.agent, r.external, r.third = dice.IntN(5), flip(), flip(), flip(), flip()
		effects := in["agent"].(m)["side_effects"]
		r.writes = slices.Contains(in["agent_traits"].([]any), any("writes_to_systems")) || r.agent && effects != "none"
		facts := m{"info_protection_level": r.ipl, "pd": r.pd, "is_agent": r.agent, "external_provider": r.external,
			"third_country": r.third, "agent": m{"side_effects": effects}}
		for _, id := range []string{"secrecy", "external_facing", "service_category", "account_type", "agent_traits", "use_types", "info_r", "info_t"} {
			facts[id] = in[id]
		}
		e, problems := book.Triage("", facts, reviewDay)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		applies := e.Words("must_apply")
		for _, id := range modelItems {
			f, _ := book.Field(id)
			if got := e.Must(f); got != r.must(id) {
				t.Fatalf("%s with %v: must %v", id, facts, got)
			}
			if got := slices.Contains(applies, id); got != r.cannotLeaveOut(id) {
				t.Fatalf("%s with %v: cannot be left out %v", id, facts, got)
			}
		}
	}
}

// TestCISOAgainstModel compares the whole judgement with the model on random
// cases.
func TestCISOAgainstModel(t *testing.T) {
	t.Parallel()
	const workers, cases = 4, 750
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			dice := rand.New(rand.NewPCG(8, uint64(w)))
			for range cases {
				if msg := compareCISO(dice); msg != "" {
					t.Error(msg)
					return
				}
			}
		})
	}
	wg.Wait()
}

func compareCISO(r *rand.Rand) string {
	in := randomIntake(r)
	model := modelOf(in)
	requirement := []string{"light", "full", "full", "inherit"}[r.IntN(4)]
	answers := m{"approved_max_ipl": r.IntN(4), "approved_uses": []any{"a"}, "not_approved_uses": []any{}}
	var inherited, covered []string
	var want, problems []string
	for _, id := range modelItems {
		if r.IntN(6) == 0 {
			inherited = append(inherited, id)
		}
		if r.IntN(4) == 0 {
			covered = append(covered, id)
		}
		given := m{}
		answer := []string{"", "yes", "yes", "yes", "partly", "no", "not_applicable"}[r.IntN(7)]
		evidence, note := r.IntN(4) > 0, r.IntN(4) > 0
		if answer != "" {
			given["answer"] = answer
		}
		if evidence {
			given["evidence"] = "e"
		}
		if note {
			given["note"] = "n"
		}
		if len(given) > 0 {
			answers[id] = given
		}
		must := model.must(id)
		switch {
		case answer == "" && model.asked(id, requirement, inherited):
			problems = append(problems, "CI-01 /"+id+"/answer")
		case answer == "yes" && must && !evidence:
			problems = append(problems, "CI-02 /"+id+"/evidence")
		case answer != "" && answer != "yes" && !note:
			problems = append(problems, "CI-03 /"+id+"/note")
		}
		if answer == "not_applicable" && model.cannotLeaveOut(id) {
			problems = append(problems, "CI-04 /"+id+"/answer")
		}
		switch {
		case must && answer == "no":
			want = append(want, id+" approve", id+" approve_with_conditions")
		case must && answer == "partly":
			want = append(want, id+" approve")
			if !slices.Contains(covered, id) {
				want = append(want, id+" approve_with_conditions")
			}
		}
	}
	if answers["approved_max_ipl"].(int) > model.ipl {
		want = append(want, "CI-08 approve", "CI-08 approve_with_conditions")
	}
	process := m{"inherited": inherited, "conditions_for": covered,
		"work_impact":        []string{"none", "minor", "important", "unsure"}[r.IntN(4)],
		"mbl_status":         []string{"not_needed", "called", "concluded"}[r.IntN(3)],
		"camera_place":       []string{"none", "workplace", "home"}[r.IntN(3)],
		"worker_information": []string{"not_required", "not_required", "required"}[r.IntN(3)],
	}
	points := in["annex_iii_points"].([]any)
	negotiate := process["work_impact"] == "important" || process["work_impact"] == "unsure" || process["worker_information"] == "required" ||
		in["camera"].(bool) && process["camera_place"] == "workplace" || slices.Contains(points, any("4a")) || slices.Contains(points, any("4b"))
	if negotiate && process["mbl_status"] != "concluded" {
		want = append(want, "SG-08 approve", "SG-08 approve_with_conditions")
	}
	j, err := ciso(reviewOf(requirement, in, answers, process))
	if err != nil {
		return err.Error()
	}
	slices.Sort(want)
	slices.Sort(problems)
	if got := refused(j.Hindrances); !slices.Equal(got, want) {
		return fmt.Sprintf("%v %v: refused %v, want %v", in, answers, got, want)
	}
	if got := missing(j.Problems); !slices.Equal(got, problems) {
		return fmt.Sprintf("%s %v: problems %v, want %v", requirement, answers, got, problems)
	}
	return ""
}

// TestHigherLevelKeepsMusts: raising the protection level never makes a must
// optional and never lets an item be left out that could not be before.
func TestHigherLevelKeepsMusts(t *testing.T) {
	t.Parallel()
	book, _ := rulebook.Default().Assessment("ciso")
	dice := rand.New(rand.NewPCG(9, 1))
	for range 5000 {
		facts := m{
			"pd": dice.IntN(2) == 0, "is_agent": dice.IntN(2) == 0, "external_provider": dice.IntN(2) == 0,
			"secrecy":          []string{"no", "yes", "unsure"}[dice.IntN(3)],
			"external_facing":  []string{"none", "direct_interaction"}[dice.IntN(2)],
			"service_category": []string{"chatbot", "search_rag"}[dice.IntN(2)],
			"account_type":     []string{"organisation_licence", "self_hosted", "free_public"}[dice.IntN(3)],
			"info_r":           dice.IntN(4), "info_t": dice.IntN(4),
		}
		before, applied := map[string]bool{}, []string{}
		for level := range 5 {
			facts["info_protection_level"] = level
			e, problems := book.Triage("", facts, reviewDay)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			for _, f := range book.Fields() {
				must := e.Must(f)
				if before[f.ID] && !must {
					t.Fatalf("%s is no must any more with %v", f.ID, facts)
				}
				before[f.ID] = must
			}
			now := e.Words("must_apply")
			for _, id := range applied {
				if !slices.Contains(now, id) {
					t.Fatalf("%s can be left out with %v", id, facts)
				}
			}
			applied = now
		}
	}
}
