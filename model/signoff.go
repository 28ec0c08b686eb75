package model

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
	for _, need := range []struct {
		stage StageKey
		rule  string
	}{
		{StageLegalBasis, "SG-02"},
		{StageSecrecy, "SG-02"},
		{StageDPIA, "SG-03"},
		{StageAgentRisk, "SG-04"},
		{StageEnvironment, "SG-05"},
		{StageFRIA, "SG-06"},
		{StageDerogation, "SG-06"},
		{StageCamera, "SG-06"},
		{StageManager, "T-16"},
	} {
		if st := s.Stage(need.stage); st != nil && st.Undecided() {
			gaps = append(gaps, need.rule)
		}
	}
	return gaps
}
