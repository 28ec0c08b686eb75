package assess

import "sluss/model"

// CameraJudgement is what the camera assessment comes to.
type CameraJudgement struct {
	// Workplace says that the place is one (KA-2), which SG-08 asks for.
	Workplace bool `json:"workplace"`
	// AwaitsAdvice says that the advice of the data protection officer is still
	// needed for the decision.
	AwaitsAdvice bool `json:"awaits_advice"`
}

// cameraAssessment judges the camera assessment, which the project owner
// prepares, the data protection officer advises on and the information owner
// decides.
func cameraAssessment(a Assessed) (Judgement, error) {
	a = a.known(factAdvice)
	book, e, j, err := a.examine(string(model.StageCamera))
	if err != nil {
		return Judgement{}, err
	}
	pass, conditional := string(model.OutcomePass), string(model.OutcomePassWithConditions)
	j.Outcome = e.String("camera_outcome")
	j.Hindrances = append(refusals(book, e, "fails", taskDecision, pass, conditional), refusals(book, e, "waits", taskDecision, pass, conditional)...)
	j.Hindrances = append(j.Hindrances, refusals(book, e, listConditions, taskDecision, pass)...)
	for _, r := range e.All(listConditions) {
		j.Conditions = append(j.Conditions, conditionOf(r))
	}
	j.Rules = append(allFired(e, "fails", "waits", listConditions), fired(e, e.First("camera_outcome")))
	j.Result = CameraJudgement{Workplace: e.Bool("workplace"), AwaitsAdvice: len(e.All("waits")) > 0}
	return j, e.Err()
}
