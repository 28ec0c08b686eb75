package workflows

import (
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// guardOwnerDecision lets the information owner accept once the CISO has cleared
// the review (T-17, rulebook 9.3).
func (l *lifecycle) guardOwnerDecision(a contract.Act) *model.Refusal {
	if !l.done(model.StageCISO) {
		return model.Refuse(model.CodeGuard, "T-17")
	}
	return approvable(a.Plan)
}

// awaitsLicenceApproval reports whether the information owner has to approve a
// private licence before anything else (RT-16).
func (l *lifecycle) awaitsLicenceApproval() bool {
	return slices.Contains(l.Blockers, "RT-16")
}

// openOwner opens S6, whatever its place, unless it is open.
func (l *lifecycle) openOwner() {
	spec, _ := model.Stage(model.StageInfoOwner)
	if st := l.Stage(model.StageInfoOwner); st != nil && st.Status != model.StageOpen {
		l.open(spec, st)
	}
}

// decidePrivateLicence takes the information owner's first answer: approval
// closes RT-16 and opens the review (T-34), refusal makes the rules stop the case
// (HS-07, T-05). Triage has been run with that answer.
func (l *lifecycle) decidePrivateLicence(stage *model.StageState, a contract.Act) *model.Refusal {
	if a.Plan == nil || len(a.Plan.Stages) == 0 {
		return model.Refuse(model.CodeGuard, "RT-16")
	}
	stage.Status, stage.Result = model.StageDone, a.Outcome
	l.step(model.EventDecided, "T-34")
	l.takePlan(a.Plan)
	if st := l.Stage(model.StageInfoOwner); a.Plan.OwnerLast && st != nil && st.Status == model.StageDone {
		st.Status, st.Result = model.StageWaiting, ""
	}
	return nil
}
