package assess

// The judgements of the stages, for the tests of this package.
var (
	JudgeLegalBasis        = legalBasis
	JudgeSecrecy           = secrecy
	JudgeDerogation        = derogationReview
	JudgeCamera            = cameraAssessment
	JudgeWorkerInformation = workerInformation
	JudgeEUDatabase        = euDatabase
	JudgeAILabel           = aiLabel
	JudgeAdoption          = adoption
)
