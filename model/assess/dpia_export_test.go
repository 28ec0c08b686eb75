package assess

// The judgements of the impact assessments, for the tests.
var (
	DPIAStage = dpia
	FRIAStage = fria
)
