package assess

import "sluss/model"

// DerogationJudgement is what the review of the 6(3) derogation comes to.
type DerogationJudgement struct {
	// HighRisk says that the derogation does not hold: the case then counts as
	// high-risk and its stages are settled anew (rulebook 3.8).
	HighRisk bool `json:"high_risk"`
}

// derogationReview judges the review of the derogation of Article 6(3) AIA,
// which legal counsel prepares and the information owner decides.
func derogationReview(a Assessed) (Judgement, error) {
	book, e, j, err := a.examine(string(model.StageDerogation))
	if err != nil {
		return Judgement{}, err
	}
	j.Outcome = e.String("derogation_outcome")
	j.Hindrances = refusals(book, e, "fails", taskDecision, string(model.OutcomePass))
	j.Rules = append(allFired(e, "fails"), fired(e, e.First("derogation_outcome")))
	j.Result = DerogationJudgement{HighRisk: j.Outcome == resultFail}
	return j, e.Err()
}
