package assess

import (
	"sluss/model"
	"sluss/model/rulebook"
)

// ManagerJudgement is what the manager's assessment comes to (rulebook 3.8).
type ManagerJudgement struct {
	// Final says that the endorsement is the controller's decision, on condition
	// that the CISO approves (T-16, DA-01).
	Final bool `json:"final"`
	// NegotiationNeeded says that the CISO's approval will wait for a negotiation
	// that is not concluded (SG-08). It does not stand in the way of endorsing.
	NegotiationNeeded bool   `json:"negotiation_needed"`
	WorkImpact        string `json:"work_impact"`
	MBLStatus         string `json:"mbl_status"`
	ProcurementRoute  string `json:"procurement_route"`
}

// ruleNegotiation tells the manager that the negotiation has to be concluded
// before the CISO approves.
const ruleNegotiation = "S0-05"

// manager judges the manager's form (S0; rulebook 3.8, 9.2 T-08).
func manager(a Assessed) (Judgement, error) {
	stage := string(model.StageManager)
	book, e, err := a.open(stage)
	if err != nil {
		return Judgement{}, err
	}
	problems, err := a.problems(stage, stage)
	if err != nil {
		return Judgement{}, err
	}
	return Judgement{
		Problems:   problems,
		Hindrances: refusals(book, e, "endorse_refused", string(model.TaskEndorse), string(model.OutcomeEndorse)),
		Rules:      allFired(e, "endorse_refused", "manager_notes"),
		Result: ManagerJudgement{
			Final:             e.Bool("final_decision"),
			NegotiationNeeded: holds(e, "manager_notes", ruleNegotiation),
			WorkImpact:        e.String("work_impact"),
			MBLStatus:         e.String("mbl_status"),
			ProcurementRoute:  e.String("procurement_route"),
		},
	}, e.Err()
}

// holds reports whether a rule of a list holds.
func holds(e *rulebook.Evaluation, list, id string) bool {
	for _, r := range e.All(list) {
		if r.ID == id {
			return true
		}
	}
	return false
}
