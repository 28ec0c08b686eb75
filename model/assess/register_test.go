package assess_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"sluss/model"
	"sluss/model/assess"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// example reads the whole intake of a worked case, in the types that JSON has.
func example(t testing.TB, name string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../cmd/sluss/examples", name+".yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var written any
	if err := yaml.Unmarshal(raw, &written); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(written)
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]any{}
	if err := json.Unmarshal(text, &answers); err != nil {
		t.Fatal(err)
	}
	return answers
}

// approved is a worked case on the day when it is approved, with the scope that
// it expects in the information owner's decision.
func approved(t testing.TB, name string) (assess.RegisterInput, registered) {
	t.Helper()
	var want struct {
		Facts struct {
			Profile string `json:"policy_profile"`
		} `json:"intake_overrides"`
		Legal struct {
			Outcome string `json:"outcome"`
		} `json:"expected_legal"`
		Agent struct {
			Result string `json:"result"`
		} `json:"expected_agent"`
		Register registered `json:"register"`
	}
	readJSON(t, filepath.Join("../../cmd/sluss/testdata/cases", name+".json"), &want)
	in := assess.RegisterInput{
		Book: rulebook.Default(), CaseID: "c1", RegistryNo: "SL 2026-7", Intake: example(t, name),
		Outcomes: map[string]string{"legal_basis": want.Legal.Outcome, "agent_risk": want.Agent.Result, "secrecy": "not_secret"},
		Answers: map[string]map[string]any{"info_owner": {
			"approved_uses": want.Register.Uses, "not_approved_uses": want.Register.NotUses,
			"approved_max_ipl": float64(want.Register.MaxIPL),
		}},
		Units:   []model.RegisterUnit{{UnitID: "u1", RopaRef: "A 30:14"}},
		Unit:    lang.Text{SV: "Nämnden", EN: "The board"},
		People:  []assess.RegisterPerson{{model.RoleSystemOwner, "p1", "Sten Storm"}, {model.RoleManager, "p2", "Maja Mark"}},
		Decided: day(t, "2026-11-23"),
	}
	if strings.HasPrefix(want.Register.Secrecy, "approved") {
		in.Outcomes["secrecy"] = "secret_permitted"
		in.Answers["secrecy"] = map[string]any{"permitted_provisions": in.Intake["secrecy_provisions"]}
	}
	today := day(t, "2026-11-23")
	s, err := assess.Submit(in.Book, want.Facts.Profile, "", in.Intake, nil, today)
	if err != nil {
		t.Fatal(err)
	}
	in.Triage = s.Classification
	return in, want.Register
}

// registered is what a worked case expects of its entry.
type registered struct {
	MaxIPL   int             `json:"approved_max_ipl"`
	Personal model.DataScope `json:"personal_data"`
	Secrecy  string          `json:"secrecy"`
	Special  string          `json:"special_categories"`
	Uses     []any           `json:"approved_uses"`
	NotUses  []any           `json:"not_approved_uses"`
	Months   int             `json:"valid_months"`
}

var shortProvision = regexp.MustCompile(`^(.*) (\d+):(.+)$`)

// said is a list as the worked cases write it.
func said(list []string, label func(string) string) string {
	if len(list) == 0 {
		return "not_approved"
	}
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = label(v)
	}
	return "approved: " + strings.Join(words, ", ")
}

func TestRegisterOfTheWorkedCases(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"wc-1", "wc-2", "wc-4", "wc-5b"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, want := approved(t, name)
			e, missing := assess.RegisterEntry(in)
			if len(missing) > 0 {
				t.Errorf("missing %+v", missing)
			}
			secrecy := said(e.SecrecyProvisions, func(s string) string { return shortProvision.ReplaceAllString(s, "$1 $2 kap. $3 §") })
			special := said(e.SpecialCategories, func(s string) string { return map[string]string{"health": "hälsa"}[s] })
			wantSecrecy, _, _ := strings.Cut(want.Secrecy, " (")
			if e.ApprovedMaxIPL != want.MaxIPL || e.PersonalData != want.Personal || secrecy != wantSecrecy || special != want.Special {
				t.Errorf("level %d, personal data %s, secrecy %q, special categories %q; want %+v",
					e.ApprovedMaxIPL, e.PersonalData, secrecy, special, want)
			}
			if len(e.ApprovedUses) != len(want.Uses) || len(e.NotApprovedUses) != len(want.NotUses) {
				t.Errorf("uses %q and %q", e.ApprovedUses, e.NotApprovedUses)
			}
			if valid := day(t, "2026-11-23").AddMonths(want.Months).String(); e.ValidUntil != valid {
				t.Errorf("valid until %s, want %s", e.ValidUntil, valid)
			}
			if e.KWhYear == 0 || e.CO2eKgYear == 0 || e.Tool != in.Intake["title"] || e.SystemOwnerID != "p1" ||
				e.Contact != (lang.Text{SV: "Systemägare, Nämnden", EN: "System owner, The board"}) {
				t.Errorf("entry %+v", e)
			}
			if agent := name == "wc-5b"; (e.AutonomyLevel == 3) != agent {
				t.Errorf("autonomy level %d", e.AutonomyLevel)
			}
			if facing := name == "wc-4"; e.Notice.Complete() != facing {
				t.Errorf("notice %+v", e.Notice)
			}
		})
	}
}

// TestRegisterIsNeverWiderThanTheCase: no decision can approve a higher level
// than the case's, and a lower level takes what would need a higher one with it.
func TestRegisterIsNeverWiderThanTheCase(t *testing.T) {
	t.Parallel()
	scopes := model.DataScopes()
	for _, name := range []string{"wc-1", "wc-2", "wc-4", "wc-5b"} {
		before := -1
		for level := -1; level <= 5; level++ {
			in, _ := approved(t, name)
			in.Answers["ciso"] = map[string]any{"approved_max_ipl": int64(level)}
			in.Answers["info_owner"]["approved_max_ipl"] = json.Number("4")
			e, _ := assess.RegisterEntry(in)
			want := in.Triage.InfoProtectionLevel
			if level >= 0 {
				want = min(want, level)
			}
			if e.ApprovedMaxIPL != want {
				t.Errorf("%s: level %d gives %d, want %d", name, level, e.ApprovedMaxIPL, want)
			}
			if e.ApprovedMaxIPL < 3 && len(e.SpecialCategories)+len(e.SecrecyProvisions) > 0 ||
				e.ApprovedMaxIPL < 2 && e.PersonalData == model.DataApproved ||
				e.ApprovedMaxIPL < 1 && e.PersonalData == model.DataIncidentalOnly {
				t.Errorf("%s at level %d: %s %v %v", name, level, e.PersonalData, e.SpecialCategories, e.SecrecyProvisions)
			}
			now := slices.Index(scopes, e.PersonalData)
			if level >= 0 && now < before {
				t.Errorf("%s: a higher level %d narrows the scope to %s", name, level, e.PersonalData)
			}
			if level >= 0 {
				before = now
			}
		}
	}
}

func TestRegisterScope(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(in *assess.RegisterInput)
		check  func(e model.RegisterEntry) bool
	}{
		"no lawful ground, no personal data": {
			func(in *assess.RegisterInput) { in.Outcomes["legal_basis"] = "needs_change" },
			func(e model.RegisterEntry) bool {
				return e.PersonalData == model.DataNotApproved && e.SpecialCategories == nil
			}},
		"secrecy not permitted": {
			func(in *assess.RegisterInput) { in.Outcomes["secrecy"] = "not_secret" },
			func(e model.RegisterEntry) bool { return e.SecrecyProvisions == nil }},
		"the provisions that legal counsel permits": {
			func(in *assess.RegisterInput) {
				in.Answers["secrecy"] = map[string]any{"permitted_provisions": []any{" OSL 25:1 "}, "excluded_information": "Anbud"}
			},
			func(e model.RegisterEntry) bool {
				return slices.Equal(e.SecrecyProvisions, []string{"OSL 25:1"}) && e.SecrecyNote == "Anbud"
			}},
		"the user groups of the decision": {
			func(in *assess.RegisterInput) { in.Answers["info_owner"]["user_groups"] = []any{"interns"} },
			func(e model.RegisterEntry) bool { return slices.Equal(e.UserGroups, []string{"interns"}) }},
		"the user groups of the intake": {
			func(*assess.RegisterInput) {},
			func(e model.RegisterEntry) bool { return slices.Equal(e.UserGroups, []string{"employees"}) }},
		"account data only": {
			func(in *assess.RegisterInput) { in.Intake["personal_data"] = "account_only" },
			func(e model.RegisterEntry) bool { return e.PersonalData == model.DataAccountOnly }},
		"a use that the CISO has ruled out": {
			func(in *assess.RegisterInput) {
				in.Answers["ciso"] = map[string]any{"not_approved_uses": []any{"utkast till journalanteckning"}}
			},
			func(e model.RegisterEntry) bool {
				return len(e.ApprovedUses) == 0 && slices.Contains(e.NotApprovedUses, "utkast till journalanteckning")
			}},
		"the manager's decision where it is final": {
			func(in *assess.RegisterInput) {
				in.Answers = map[string]map[string]any{"manager": {"approved_uses": []any{"utkast"}}}
			},
			func(e model.RegisterEntry) bool { return slices.Equal(e.ApprovedUses, []string{"utkast"}) }},
		"a pilot": {
			func(in *assess.RegisterInput) { in.Outcomes["agent_risk"] = "pass_pilot_only" },
			func(e model.RegisterEntry) bool { return e.ValidUntil == "2027-05-23" }},
		"kept out of the public view": {
			func(in *assess.RegisterInput) { in.Intake["parallel_register_public"] = false },
			func(e model.RegisterEntry) bool { return !e.Public }},
		"public by default": {
			func(*assess.RegisterInput) {},
			func(e model.RegisterEntry) bool { return e.Public && e.Status == model.RegisterActive }},
		"a name in the purpose": {
			func(in *assess.RegisterInput) {
				in.Intake["purpose_text"] = "Sten Storm och Maja Mark prövar om anteckningar kan skrivas fortare, och lär andra."
			},
			func(e model.RegisterEntry) bool {
				return strings.HasPrefix(e.Purpose, "systemägare och närmaste chef prövar")
			}},
		"the registration in the EU database": {
			func(in *assess.RegisterInput) {
				in.Answers["eu_database"] = map[string]any{"EU-1": " EU-17 "}
			},
			func(e model.RegisterEntry) bool { return e.EUDatabaseID == "EU-17" }},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := approved(t, "wc-2")
			test.change(&in)
			if e, _ := assess.RegisterEntry(in); !test.check(e) {
				t.Errorf("entry %+v", e)
			}
		})
	}
}

func TestRegisterSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	tests := map[string]func(in *assess.RegisterInput){
		"system_owner_id":    func(in *assess.RegisterInput) { in.People = nil },
		"approved_uses":      func(in *assess.RegisterInput) { delete(in.Answers, "info_owner") },
		"units":              func(in *assess.RegisterInput) { in.Units = nil },
		"valid_until":        func(in *assess.RegisterInput) { in.Triage.Validity = rulebook.Validity{} },
		"secrecy_provisions": func(in *assess.RegisterInput) { delete(in.Answers, "secrecy") },
		"purpose":            func(in *assess.RegisterInput) { delete(in.Intake, "purpose_text") },
		"tool":               func(in *assess.RegisterInput) { delete(in.Intake, "title") },
		"notice":             func(in *assess.RegisterInput) { in.Intake["external_facing"] = "direct_interaction" },
		"eu_database_id": func(in *assess.RegisterInput) {
			in.Triage.Stages = maps.Clone(in.Triage.Stages)
			in.Triage.Stages["eu_database"] = "required"
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, _ := approved(t, "wc-2")
			change(&in)
			_, missing := assess.RegisterEntry(in)
			if len(missing) != 1 || missing[0].Name != name || !missing[0].Text.Complete() {
				t.Errorf("missing %+v", missing)
			}
		})
	}
}

func TestRegisterLabels(t *testing.T) {
	t.Parallel()
	for _, s := range model.RegisterStatuses() {
		if !s.Label().Complete() || s.InUse() != (s == model.RegisterActive || s == model.RegisterInterim) {
			t.Errorf("%s: %+v", s, s.Label())
		}
	}
	for _, d := range model.DataScopes() {
		if !d.Label().Complete() {
			t.Errorf("%s has no label", d)
		}
	}
}
