package assess

import (
	"sluss/model"
	"sluss/model/rulebook"
)

// SecrecyJudgement is what the secrecy assessment comes to (rulebook 4.3). The
// provisions go to the register of approved tools.
type SecrecyJudgement struct {
	Applies             bool     `json:"applies"`
	PermittedProvisions []string `json:"permitted_provisions"`
	ExcludedInformation string   `json:"excluded_information"`
}

// secrecy judges the secrecy assessment, which legal counsel answers with the
// decision. The outcome secret_not_permitted leaves return and reject only.
func secrecy(a Assessed) (Judgement, error) {
	stage := string(model.StageSecrecy)
	book, e, j, err := a.examine(stage)
	if err != nil {
		return Judgement{}, err
	}
	j.Outcome = e.String("secrecy_outcome")
	j.Hindrances = append(refusals(book, e, "not_secret_refused", taskDecision, string(model.OutcomeNotSecret)),
		refusals(book, e, "permitted_refused", taskDecision, string(model.OutcomeSecretPermitted))...)
	j.Rules = append(allFired(e, "not_secret_refused", "permitted_refused"), fired(e, e.First("secrecy_outcome")))
	shown := SecrecyJudgement{Applies: e.Bool("secrecy_applies"), PermittedProvisions: []string{}}
	if j.Outcome == string(model.OutcomeSecretPermitted) {
		answers, _ := a.normalise(book, stage)
		shown.PermittedProvisions = append(shown.PermittedProvisions, texts(answers["permitted_provisions"])...)
		shown.ExcludedInformation = written(answers["excluded_information"])
	}
	j.Result = shown
	return j, e.Err()
}

// examine opens a stage's book and begins its judgement with what stands in the
// way of handing in the part that is named like the stage.
func (a Assessed) examine(stage string) (*rulebook.Book, *rulebook.Evaluation, Judgement, error) {
	problems, err := a.problems(stage, stage)
	if err != nil {
		return nil, nil, Judgement{}, err
	}
	book, e, err := a.open(stage)
	return book, e, Judgement{Problems: problems, Rules: []Fired{}}, err
}
