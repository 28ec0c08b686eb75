package assess

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// workedCase is a worked case with the answers of one of its reviews.
func workedCase(t testing.TB, stage, name string, intake, process m) (Assessed, m) {
	t.Helper()
	var wc struct {
		Intake   m `json:"intake_overrides"`
		Env      m `json:"env_inputs"`
		Register m `json:"register"`
		Triage   struct {
			Stages map[string]string `json:"stages"`
		} `json:"expected_triage"`
	}
	read := func(path string, parse func([]byte, any) error, into any) {
		raw, err := os.ReadFile(path)
		if err == nil {
			err = parse(raw, into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	read(filepath.Join("testdata", "cases", name+".json"), json.Unmarshal, &wc)
	answers := m{}
	read(filepath.Join("../../cmd/sluss/examples", name, stage+".yaml"), yaml.Unmarshal, &answers)
	workloads, ok := wc.Env["parts"].([]any)
	if !ok {
		workloads = []any{wc.Env}
	}
	env := m{"workloads": workloads}
	maps.Copy(env, intake)
	given := with(wc.Intake, m{"env": env, "user_groups": []any{"employees"}})
	a := reviewOf(wc.Triage.Stages[stage], given, answers, process)
	a.Profile, _ = wc.Intake["policy_profile"].(string)
	return a, wc.Register
}

// TestWorkedCases: the answers of every review of a worked case are complete and
// nothing refuses the outcome that it has.
func TestWorkedCases(t *testing.T) {
	t.Parallel()
	justified := m{"justification": strings.Repeat("Behovet är beskrivet. ", 5), "alternatives": []any{"mindre modell", "befintlig bild"}, "limits": m{"kwh_year": 5000}}
	tests := []struct {
		stage, name, outcome string
		judge                func(Assessed) (Judgement, error)
		intake, process      m
	}{
		{"manager", "wc-1", "endorse", manager, nil, m{"final_decision": true}},
		{"manager", "wc-2", "endorse", manager, nil, nil},
		{"manager", "wc-4", "endorse", manager, nil, m{"final_decision": true}},
		{"manager", "wc-5b", "endorse", manager, nil, nil},
		{"environment", "wc-1", "justified_with_limits", environment, justified, nil},
		{"environment", "wc-4", "justified_with_limits", environment, justified, nil},
		{"ciso", "wc-1", "approve_with_conditions", ciso, nil, m{"work_impact": "minor"}},
		{"ciso", "wc-2", "approve_with_conditions", ciso, nil, m{"work_impact": "important", "mbl_status": "concluded"}},
		{"ciso", "wc-4", "approve_with_conditions", ciso, nil, nil},
		{"ciso", "wc-5b", "approve_with_conditions", ciso, nil, m{"work_impact": "minor"}},
		{"info_owner", "wc-2", "accept", infoOwner, nil, m{"ciso_max_ipl": 3, "dpia_residual": "medium"}},
		{"info_owner", "wc-5b", "accept", infoOwner, nil, m{"ciso_max_ipl": 2, "dpia_residual": "low", "agent_result": "pass_with_conditions"}},
	}
	for _, tt := range tests {
		t.Run(tt.stage+" "+tt.name, func(t *testing.T) {
			t.Parallel()
			a, register := workedCase(t, tt.stage, tt.name, tt.intake, tt.process)
			j, err := tt.judge(a)
			if err != nil || len(j.Problems) > 0 {
				t.Fatal(err, missing(j.Problems))
			}
			for _, h := range j.Hindrances {
				if slices.Contains(h.Outcomes, tt.outcome) {
					t.Errorf("%s is refused by %s", tt.outcome, h.Rule)
				}
			}
			for _, id := range []string{"approved_max_ipl", "approved_uses", "not_approved_uses"} {
				if v, stated := a.Answers[id]; stated && !alike(v, register[id]) {
					t.Errorf("%s is %v, in the register %v", id, v, register[id])
				}
			}
		})
	}
}

// alike compares what YAML and JSON give.
func alike(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// BenchmarkAssess judges reviews of a worked case, and asks for judgements that are kept.
func BenchmarkAssess(b *testing.B) {
	for _, stage := range []string{"legal_basis", "dpia", "agent_risk", "ciso", "info_owner"} {
		b.Run(stage, func(b *testing.B) {
			a, _ := workedCase(b, stage, "wc-5b", nil, m{"ciso_max_ipl": 2})
			a = a.Once()
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Assess(stage, a); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(stage+" kept", func(b *testing.B) {
			a, _ := workedCase(b, stage, "wc-5b", nil, m{"ciso_max_ipl": 2})
			k := Keep(1)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := k.Assess(stage, a); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
