package model

import "slices"

// signoffNeed is a stage that is decided first, and the guard that asks for it.
type signoffNeed struct {
	stage StageKey
	rule  string
}

// signoffNeeds are the stages that are decided before the CISO clears a case, each
// with the guard that asks for it (rulebook 8.3, T-16).
var signoffNeeds = []signoffNeed{
	{StageLegalBasis, "SG-02"},
	{StageSecrecy, "SG-02"},
	{StageDPIA, "SG-03"},
	{StageAgentRisk, "SG-04"},
	{StageEnvironment, "SG-05"},
	{StageFRIA, "SG-06"},
	{StageDerogation, "SG-06"},
	{StageCamera, "SG-06"},
	{StageManager, "T-16"},
}

// WaitsFor reports whether a decision on a stage waits for an open task of the same
// case: for the assessment of its stage and the advice on it, and that of the CISO for
// every stage which the guards ask for (rulebook 4, 5.2, 8.3).
func WaitsFor(stage StageKey, kind TaskKind, other StageKey, open TaskKind) bool {
	switch {
	case kind != TaskDecision:
		return false
	case stage == StageCISO:
		return slices.ContainsFunc(signoffNeeds, func(n signoffNeed) bool { return n.stage == other })
	}
	return stage == other && (open == TaskPrepare || open == TaskAdvice || open == TaskStatement)
}

// SignoffGaps lists the guards that keep the CISO from clearing a case as its
// stages stand (rulebook 8.3, T-16): advice that is missing and stages that are
// not decided. Hard stops and blockers are asked of triage on the day.
func (s *Snapshot) SignoffGaps() []string {
	var gaps []string
	for _, key := range []StageKey{StageLegalBasis, StageDPIA} {
		if st := s.Stage(key); st != nil && st.Undecided() && !st.Advised() {
			gaps = append(gaps, "SG-01")
			break
		}
	}
	for _, need := range signoffNeeds {
		if st := s.Stage(need.stage); st != nil && st.Undecided() {
			gaps = append(gaps, need.rule)
		}
	}
	return gaps
}
