package assess

import "sluss/model"

// workerInformation judges the record that workers are informed, which the
// manager makes before use. It has no rules beyond its form.
func workerInformation(a Assessed) (Judgement, error) {
	return a.recorded(string(model.StageWorkerInformation))
}

// euDatabase judges the record of the registrations, which the system owner
// makes before use. It has no rules beyond its form.
func euDatabase(a Assessed) (Judgement, error) {
	return a.recorded(string(model.StageEUDatabase))
}

// adoption judges the answer of a unit that the case covers (S7). It has no
// rules beyond its form.
func adoption(a Assessed) (Judgement, error) { return a.recorded("adoption") }

func (a Assessed) recorded(stage string) (Judgement, error) {
	_, e, j, err := a.examine(stage)
	if err != nil {
		return Judgement{}, err
	}
	return j, e.Err()
}

// LabelJudgement is what the project owner sees with the form of the label.
type LabelJudgement struct {
	// Notices are the texts that the case calls for (rulebook 9.8), as far as the
	// intake fills them in.
	Notices []Notice `json:"notices"`
}

// aiLabel judges the record of the label or notice, which the project owner
// makes before publishing.
func aiLabel(a Assessed) (Judgement, error) {
	book, e, j, err := a.examine(string(model.StageAILabel))
	if err != nil {
		return Judgement{}, err
	}
	j.Hindrances = refusals(book, e, "label_refused", taskRegistration, string(model.OutcomeDone))
	j.Rules = allFired(e, "label_refused", "notices")
	notices, err := Notices(a, NoticeWords{})
	if err != nil {
		return Judgement{}, err
	}
	j.Result = LabelJudgement{Notices: notices}
	return j, e.Err()
}
