package assess

import "sluss/model"

// OwnerJudgement is what the information owner's decision comes to (rulebook
// 9.3).
type OwnerJudgement struct {
	// Level is the protection level of the case, MaxLevel the highest that the
	// decision may approve: that level, or the lower one that the CISO approved.
	Level    int `json:"info_protection_level"`
	MaxLevel int `json:"max_level"`
	// Residual is the highest remaining risk as stated.
	Residual string `json:"residual_level"`
	// ApprovedMaxIPL, ApprovedUses and NotApprovedUses go into the register.
	ApprovedMaxIPL  int      `json:"approved_max_ipl"`
	ApprovedUses    []string `json:"approved_uses"`
	NotApprovedUses []string `json:"not_approved_uses"`
	UserGroups      []string `json:"user_groups"`
}

// infoOwner judges the information owner's decision (S6; rulebook 9.2 T-17).
// Its problems stand in the way of accepting only.
func infoOwner(a Assessed) (Judgement, error) {
	stage := string(model.StageInfoOwner)
	book, e, err := a.open(stage)
	if err != nil {
		return Judgement{}, err
	}
	problems, err := a.problems(stage, stage)
	if err != nil {
		return Judgement{}, err
	}
	level := e.Int("info_protection_level")
	answers, _ := a.normalise(book, stage)
	uses := func(id string) []string {
		list, _ := answers[id].([]string)
		return append([]string{}, list...)
	}
	return Judgement{
		Problems:   problems,
		Hindrances: refusals(book, e, "accept_refused", taskDecision, string(model.OutcomeAccept)),
		Rules:      allFired(e, "accept_refused"),
		Result: OwnerJudgement{
			Level: level, MaxLevel: min(level, e.Int("ciso_max_ipl")),
			Residual:        e.String("residual_level"),
			ApprovedMaxIPL:  e.Int("approved_max_ipl"),
			ApprovedUses:    uses("approved_uses"),
			NotApprovedUses: uses("not_approved_uses"),
			UserGroups:      e.Words("user_groups"),
		},
	}, e.Err()
}
