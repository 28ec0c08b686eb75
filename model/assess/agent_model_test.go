package assess_test

import (
	"maps"
	"math"
	"slices"

	"sluss/model/assess"
)

// plainQuestion is a question of rulebook 6.3 as the second implementation knows
// it.
type plainQuestion struct {
	id       string
	weight   int
	critical bool
	na       bool
	control  string
}

// plainQuestions are the 38 questions, written from the rulebook and not from the
// book.
var plainQuestions = []plainQuestion{
	{"RS1", 3, true, false, "MC-01"}, {"RS2", 3, true, false, "MC-02"}, {"RS3", 3, true, false, "MC-02"},
	{"RS4", 2, false, false, "MC-11"}, {"RS5", 2, false, false, "MC-03"}, {"RS6", 1, false, true, "MC-03"},
	{"RS7", 2, false, false, "MC-03"}, {"RS8", 2, false, false, "MC-12"}, {"RS9", 2, false, false, "MC-13"},
	{"RS10", 3, true, false, "MC-04"}, {"RS11", 1, false, true, "MC-14"}, {"RS12", 2, false, false, "MC-02"},

	{"KF1", 2, false, false, "MC-05"}, {"KF2", 3, true, false, "MC-06"}, {"KF3", 2, false, false, "MC-06"},
	{"KF4", 3, true, false, "MC-07"}, {"KF5", 3, true, false, "MC-08"}, {"KF6", 2, false, false, "MC-09"},
	{"KF7", 3, false, false, "MC-10"}, {"KF8", 2, false, false, "MC-06"}, {"KF9", 2, false, true, "MC-06"},
	{"KF10", 2, false, true, "MC-10"}, {"KF11", 2, false, true, "MC-06"}, {"KF12", 2, false, false, "MC-13"},
	{"KF13", 2, false, false, "MC-03"}, {"KF14", 2, false, false, "MC-15"},

	{"IH1", 3, true, false, "MC-06"}, {"IH2", 3, true, false, "MC-06"}, {"IH3", 2, false, false, "MC-06"},
	{"IH4", 3, true, false, "MC-03"}, {"IH5", 3, false, false, "MC-10"}, {"IH6", 2, false, false, "MC-11"},
	{"IH7", 2, false, true, "MC-06"}, {"IH8", 2, false, false, "MC-16"}, {"IH9", 2, false, false, "MC-03"},
	{"IH10", 1, false, true, "MC-12"}, {"IH11", 2, false, false, "MC-06"}, {"IH12", 2, false, false, "MC-13"},
}

// plainAgentInputs are the inputs of rulebook 6.4 in plain types.
type plainAgentInputs struct {
	autonomy, ipl, persons, benefit            int
	sideEffects                                string
	untrusted, external, approval              bool
	traceability, responsibility, humanControl bool
	planned                                    map[string]bool
	answers                                    map[string]int // -1 is not applicable
}

// asInputs writes them as a caller does.
func (in plainAgentInputs) asInputs() map[string]any {
	answers := map[string]any{}
	for id, n := range in.answers {
		if answers[id] = float64(n); n < 0 {
			answers[id] = "NA"
		}
	}
	planned := []any{}
	for _, q := range plainQuestions {
		if in.planned[q.id] {
			planned = append(planned, q.id)
		}
	}
	return map[string]any{
		"autonomy_level": float64(in.autonomy), "ipl": float64(in.ipl), "persons_affected": float64(in.persons),
		"benefit": float64(in.benefit), "side_effects": in.sideEffects, "untrusted_input": in.untrusted,
		"autonomous_external_action": in.external, "per_action_approval": in.approval,
		"traceability": in.traceability, "responsibility": in.responsibility, "human_control": in.humanControl,
		"planned_as_condition": planned, "answers": answers,
	}
}

var (
	plainSideEffects = map[string]int{"none": 0, "internal_reversible": 1, "internal_irreversible": 2, "external_reversible": 2, "external_irreversible": 3}
	plainLevels      = []string{"low", "medium", "high", "unacceptable"}
	plainExposures   = []string{"low", "medium", "high", "very_high"}
	// plainMatrix is level by exposure and gap.
	plainMatrix = [4][4]int{{0, 0, 1, 2}, {0, 1, 2, 3}, {1, 2, 3, 3}, {2, 3, 3, 3}}
)

// band is the first limit that n does not exceed.
func band(n int, limits ...int) int {
	for i, limit := range limits {
		if n <= limit {
			return i
		}
	}
	return len(limits)
}

// plainAgentRisk is the second implementation of rulebook 6.4. It computes in
// floating point and in another order.
func plainAgentRisk(in plainAgentInputs) assess.AgentRiskResult {
	sum, most := map[string]float64{}, map[string]float64{}
	missing, partial, controls := []string{}, []string{}, map[string]bool{}
	for _, q := range plainQuestions {
		n := in.answers[q.id]
		if n < 0 {
			continue
		}
		if n >= 2 {
			controls[q.control] = true
		}
		if q.critical && n == 3 {
			missing = append(missing, q.id)
		}
		if q.critical && n == 2 {
			partial = append(partial, q.id)
		}
		if n == 2 && in.planned[q.id] {
			n = 1
		}
		sum[q.id[:2]] += float64(q.weight * n)
		most[q.id[:2]] += float64(3 * q.weight)
	}
	gap, scores := 0, map[string]int{}
	for d, m := range most {
		score := int(math.Floor(100*sum[d]/m + 0.5 + 1e-9))
		scores[d] = score
		gap = max(gap, score)
	}
	points := in.autonomy - 1 + plainSideEffects[in.sideEffects] + in.ipl + in.persons
	exposure := band(points, 3, 7, 10)
	level := in.plainLevel(exposure, gap, len(missing), len(partial))
	ruleOf2 := in.untrusted && in.external && in.ipl >= 2
	benefit := level < 3 && in.benefit >= level+2
	control := in.traceability && in.responsibility && in.humanControl
	result := "fail"
	switch {
	case !benefit || !control:
	case level == 2:
		result = "pass_pilot_only"
	case level == 1 || len(controls) > 0:
		result = "pass_with_conditions"
	default:
		result = "pass"
	}
	return assess.AgentRiskResult{
		DimensionScores: scores, ControlGap: gap, ExposurePoints: points,
		Exposure: plainExposures[exposure], Level: plainLevels[level], CriticalMissing: missing,
		CriticalPartial: partial, RuleOf2: ruleOf2, BenefitGate: benefit, ControlGate: control,
		Result: result, RequiredControls: append([]string{}, slices.Sorted(maps.Keys(controls))...),
	}
}

// plainLevel applies the matrix and the rules that raise the level.
func (in plainAgentInputs) plainLevel(exposure, gap, missing, partial int) int {
	if missing > 0 || in.autonomy == 5 && in.persons >= 2 {
		return 3
	}
	level := plainMatrix[exposure][band(gap, 20, 40, 60)]
	if partial > 0 {
		level = max(level, 1)
		if exposure >= 2 {
			level = max(level, 2)
		}
	}
	if in.untrusted && in.external && in.ipl >= 2 {
		if !in.approval {
			return 3
		}
		level = max(level, 1)
	}
	if in.untrusted {
		switch gone := [2]bool{in.answers["KF7"] == 3, in.answers["IH5"] == 3}; {
		case gone[0] && gone[1]:
			return 3
		case gone[0] || gone[1]:
			level = max(level, 2)
		}
	}
	return level
}
