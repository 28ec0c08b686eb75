package workflows

import (
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// reportChange assesses a case in use again, as far as what has changed asks for
// (T-25, rulebook 9.4): the stages that the triggers name, and those whose scope
// another text of the intake has changed. The use goes on meanwhile unless it is
// suspended.
func (l *lifecycle) reportChange(a contract.Act) *model.Refusal {
	switch l.State {
	case model.Active, model.Suspended, model.Expired:
	case model.Approved, model.ApprovedCond:
		return l.reviewAgain(a)
	default:
		if !l.AssessedAgain() {
			return model.Refuse(model.CodeStateConflict, "T-25")
		}
	}
	return l.reassess(a, model.EventChangeReported, append([]string{"T-25"}, a.Rules...)...)
}

// reviewAgain takes a case that is approved and not yet in use back to its reviewers,
// because the law or the guidelines have come to ask for something else (RA-07). An
// approval holds only while all that is asked for has passed and no rule stops the case
// (rulebook 9.3): it goes the way of a case that is sent in again (T-19), on the text
// that stands.
func (l *lifecycle) reviewAgain(a contract.Act) *model.Refusal {
	switch {
	case !slices.Contains(a.Rules, "RA-07"):
		return model.Refuse(model.CodeStateConflict, "T-25")
	case a.Plan == nil:
		return model.Refuse(model.CodeReevaluate)
	}
	l.step(model.EventChangeReported, append([]string{"T-19"}, a.Rules...)...)
	l.takePlan(a.Plan, a.Reopen...)
	return nil
}

// renew assesses a case again because its approval runs out or has run out (T-28).
// Where nothing has changed, the CISO's glance is all.
func (l *lifecycle) renew(a contract.Act) *model.Refusal {
	if l.State != model.Active && l.State != model.Expired {
		return model.Refuse(model.CodeStateConflict, "T-28")
	}
	return l.reassess(a, model.EventRenewalRequested, "T-28")
}

// reassess opens stages of a case in use again. What makes a rule stop the case is
// put before the CISO, who decides about the use; the case cannot pass while it
// stands.
func (l *lifecycle) reassess(a contract.Act, event model.EventKind, rules ...string) *model.Refusal {
	if a.Plan == nil || len(a.Plan.Stages) == 0 && a.Plan.Outcome != model.StoppedByRule {
		return model.Refuse(model.CodeReevaluate)
	}
	if l.overtakesConsultation(a.Plan) {
		return model.Refuse(model.CodeStateConflict, "T-12")
	}
	l.State, l.Target = model.Reassessment, ""
	l.step(event, rules...)
	l.takeTriage(a.Plan)
	if len(a.Plan.HardStops) > 0 && l.InUse.Allowed(l.State) {
		l.proposeStop(append([]string{"T-23"}, a.Plan.HardStops...)...)
	}
	if len(a.Plan.Stages) > 0 {
		l.reopenChanged(a.Plan)
	}
	l.reopenNamed(a.Reopen)
	l.openStages()
	if _, open := l.earliestUndecided(); !open || !a.Unchanged {
		l.reopenControllersDecision()
	}
	l.showEarliest()
	return nil
}

func (l *lifecycle) takeTriage(p *model.Plan) {
	l.Tier, l.Mode = p.Tier, p.Mode
	l.HardStops, l.Blockers, l.Covered = p.HardStops, p.Blockers, p.Covered
}

// reopenNamed opens decided stages of the review again.
func (l *lifecycle) reopenNamed(keys []model.StageKey) {
	for _, key := range keys {
		spec, _ := model.Stage(key)
		if st := l.Stage(key); st != nil && spec.Reviews() && st.Status == model.StageDone {
			l.open(spec, st)
		}
	}
}

// reassessed ends an assessment anew (T-26): the use goes on, with the validity of
// the new decision. It is suspended where it was, and where the decision asks for
// something before use (CO-01).
func (l *lifecycle) reassessed(a contract.Act) *model.Refusal {
	l.openBeforeUse()
	l.State, l.InUse.Expired, l.InUse.Word = model.Active, false, ""
	switch {
	case a.HoldsUse || l.OpenBeforeUse > 0 || !l.beforeUseDone():
		l.InUse.Suspended = true
		l.State = model.Suspended
		l.step(model.EventReassessed, "T-26", "CO-01")
		return nil
	case l.InUse.Suspended:
		l.State = model.Suspended
	}
	l.step(model.EventReassessed, "T-26")
	return nil
}

// reviewIsDue asks the information owner to look at the approval again (RA-08).
func (l *lifecycle) reviewIsDue() {
	if !l.InUse.Approved || l.State.HasEnded() {
		return
	}
	if st := l.Stage(model.StageReview); st == nil || st.Status != model.StageOpen {
		l.openAside(model.StageReview)
	}
	l.step(model.EventReviewDue, "RA-08")
}

// reviewed takes the answer to a review (rulebook 5.7). Anything but "unchanged"
// assesses the case again.
func (l *lifecycle) reviewed(stage *model.StageState, a contract.Act) *model.Refusal {
	stage.Status, stage.Result = model.StageDone, a.Outcome
	if a.Outcome == model.OutcomeUnchanged || l.State == model.Expired {
		l.step(model.EventReviewed, "RA-08")
		return nil
	}
	if l.State != model.Active && l.State != model.Suspended && !l.AssessedAgain() {
		return model.Refuse(model.CodeStateConflict, "RA-08")
	}
	return l.reassess(a, model.EventReviewed, "T-25", "RA-08")
}
