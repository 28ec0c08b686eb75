package workflows

import (
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// activate brings an approved case into use (T-22), when every condition before
// use is met (CO-01), none has run out (CO-02) and the stages before use are done
// (rulebook 3.8).
func (l *lifecycle) activate() *model.Refusal {
	if l.State != model.Approved && l.State != model.ApprovedCond {
		return model.Refuse(model.CodeStateConflict, "T-22")
	}
	if refused := l.mayBeUsed("T-22"); refused != nil {
		return refused
	}
	l.State = model.Active
	l.InUse.Approved = true
	l.InUse.EndInterim()
	l.step(model.EventActivated, "T-22")
	return nil
}

// mayBeUsed refuses use while a condition or a stage stands in its way.
func (l *lifecycle) mayBeUsed(rule string) *model.Refusal {
	switch {
	case l.OpenBeforeUse > 0:
		return model.Refuse(model.CodeConditionsOpen, "CO-01")
	case l.Lapsed > 0:
		return model.Refuse(model.CodeConditionsOpen, "CO-02")
	case !l.beforeUseDone():
		return model.Refuse(model.CodeGuard, rule)
	}
	return nil
}

func (l *lifecycle) beforeUseDone() bool {
	for _, spec := range model.Stages() {
		if spec.BeforeUse() && !l.done(spec.Key) {
			return false
		}
	}
	return true
}

// suspend forbids the use for now (T-23). Who may not suspend proposes it to the
// CISO.
func (l *lifecycle) suspend(a contract.Act) *model.Refusal {
	if !l.InUse.Allowed(l.State) {
		return model.Refuse(model.CodeStateConflict, "T-23")
	}
	switch a.Role {
	case model.RoleCISO, model.RoleInformationOwner, model.RoleAdministrator:
		l.stopUse(append([]string{"T-23"}, a.Rules...)...)
	default:
		if st := l.Stage(model.StageStopDecision); st != nil && st.Status == model.StageOpen {
			return model.Refuse(model.CodeUnchanged, "T-23")
		}
		l.proposeStop(append([]string{"T-23"}, a.Rules...)...)
	}
	return nil
}

// stopUse suspends the use. A case that is being assessed again goes on with that.
func (l *lifecycle) stopUse(rules ...string) {
	if l.State == model.Active {
		l.State = model.Suspended
	}
	l.InUse.Suspended, l.InUse.Word = true, ""
	if st := l.Stage(model.StageStopDecision); st != nil && st.Status == model.StageOpen {
		cancelOpen(st)
		st.Status, st.Result = model.StageDone, model.OutcomeSuspend
	}
	l.step(model.EventSuspended, rules...)
}

// proposeStop asks the CISO to decide whether the use is suspended.
func (l *lifecycle) proposeStop(rules ...string) {
	if st := l.Stage(model.StageStopDecision); st == nil || st.Status != model.StageOpen {
		l.openAside(model.StageStopDecision)
	}
	l.step(model.EventSuspensionProposed, rules...)
}

// decideStop takes the CISO's answer to a proposal.
func (l *lifecycle) decideStop(stage *model.StageState, o model.Outcome) *model.Refusal {
	stage.Status, stage.Result = model.StageDone, o
	if o == model.OutcomeSuspend && l.InUse.Allowed(l.State) {
		l.stopUse("T-23")
		return nil
	}
	l.step(model.EventDecided, "T-23")
	return nil
}

// resume lets a suspended case be used again, once the CISO and the information
// owner have both said so and the cause is gone: no condition stands in the way,
// and the rules of the day stop nothing (T-24).
func (l *lifecycle) resume(a contract.Act) *model.Refusal {
	if l.InUse.Consultation != "" {
		return model.Refuse(model.CodeGuard, "PC-01")
	}
	if !l.InUse.Suspended || l.State != model.Suspended && l.State != model.Reassessment {
		return model.Refuse(model.CodeStateConflict, "T-24")
	}
	if refused := l.mayBeUsed("T-24"); refused != nil {
		return refused
	}
	if refused := approvable(a.Plan); refused != nil {
		return refused
	}
	switch l.InUse.Word {
	case "":
		l.InUse.Word = a.Role
		l.step(model.EventResumptionAgreed, "T-24")
		return nil
	case a.Role:
		return model.Refuse(model.CodeUnchanged, "T-24") // the other one's word is missing
	}
	l.InUse.Suspended, l.InUse.Word = false, ""
	switch {
	case l.State == model.Reassessment:
	case l.InUse.Expired:
		l.State = model.Expired
	default:
		l.State = model.Active
	}
	l.step(model.EventResumed, "T-24")
	return nil
}

// lapse stops the use because a condition has been overdue for too long (CO-02).
func (l *lifecycle) lapse() {
	if l.InUse.Allowed(l.State) {
		l.stopUse("T-23", "CO-02")
	}
}

// expire ends the use because the approval has run out (T-27), or the interim use
// of an existing tool (EX-01).
func (l *lifecycle) expire(due model.Due) {
	if due.Subject() == model.SubjectInterim {
		l.interimIsOver()
		return
	}
	switch {
	case l.State == model.Active:
		l.State = model.Expired
	case l.State == model.Suspended, l.AssessedAgain():
	default:
		return
	}
	l.InUse.Expired = true
	l.step(model.EventExpired, "T-27")
}

// decommission ends the use for good (T-29).
func (l *lifecycle) decommission() *model.Refusal {
	switch l.State {
	case model.Active, model.Suspended, model.Expired:
	default:
		return model.Refuse(model.CodeStateConflict, "T-29")
	}
	l.cancelTasks()
	l.State, l.Target = model.Decommissioned, ""
	l.InUse = model.InUse{Approved: true, Consultations: l.InUse.Consultations}
	l.step(model.EventDecommissioned, "T-29")
	return nil
}

// verifyCondition notes that a condition is met. Which condition and who may say
// so is checked where the row is. The task to meet it once more is done with that
// (CO-03).
func (l *lifecycle) verifyCondition(a contract.Act) *model.Refusal {
	if refused := l.noteCondition(model.EventConditionMet); refused != nil {
		return refused
	}
	st := l.Stage(model.StageFollowUp)
	if st == nil {
		return nil
	}
	if t := st.Task(model.TaskFollowUp(a.Condition)); t != nil && t.Status == model.TaskOpen {
		t.Status, t.Outcome = model.TaskDone, model.OutcomeDone
		settleFollowUp(st)
	}
	return nil
}

func (l *lifecycle) noteCondition(event model.EventKind) *model.Refusal {
	inUse := []model.CaseState{model.Approved, model.ApprovedCond, model.Active, model.Suspended, model.Expired}
	if !slices.Contains(inUse, l.State) && !l.State.UnderReview() {
		return model.Refuse(model.CodeStateConflict)
	}
	l.step(event)
	return nil
}

// waiveCondition notes the word of one of the two who may waive a condition
// together (CO-04).
func (l *lifecycle) waiveCondition() *model.Refusal { return l.noteCondition(model.EventWaiverGiven) }

// conditionComesBack opens the task to meet a condition once more (CO-03).
func (l *lifecycle) conditionComesBack(due model.Due) {
	id, ok := model.ConditionOf(due.Subject())
	if !ok || !l.InUse.Approved || l.State.HasEnded() {
		return
	}
	st := l.aside(model.StageFollowUp)
	st.Status, st.Result = model.StageOpen, ""
	reopen(st, model.TaskFollowUp(id))
	l.Sort()
	l.step(model.EventConditionDue, "CO-03")
}

// noteDone takes the answer to a task that decides nothing about the case.
func (l *lifecycle) noteDone(stage *model.StageState, o model.Outcome) *model.Refusal {
	settleFollowUp(stage)
	if stage.Status == model.StageDone {
		stage.Result = o
	}
	l.step(model.EventDecided)
	return nil
}

func settleFollowUp(stage *model.StageState) {
	if !hasOpenTask(stage) {
		stage.Status, stage.Result = model.StageDone, model.OutcomeDone
	}
}

// extendTask gives an open task more time. Nothing else changes: not what it asks,
// nor who has it.
func (l *lifecycle) extendTask(a contract.Act) *model.Refusal {
	if a.Task == nil {
		return model.Refuse(model.CodeInvalid)
	}
	st := l.Stage(a.Task.Stage)
	if st == nil || !st.Asks(a.Task.Kind) || st.Task(a.Task.Kind).Round != a.Task.Round {
		return model.Refuse(model.CodeTaskClosed)
	}
	l.step(model.EventTaskExtended)
	return nil
}
