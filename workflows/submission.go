package workflows

import (
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// targetIntake is the target of a return that asks for new facts.
const targetIntake = "intake"

// submit hands the case to the reviewers, the first time (T-02, T-03) or again
// (T-19, T-07a). Triage has been evaluated by the sender; here it becomes open
// stages, or a stop by rule.
func (l *lifecycle) submit(a contract.Act) *model.Refusal {
	if a.Plan == nil {
		return model.Refuse(model.CodeInvalid)
	}
	if l.overtakesConsultation(a.Plan) {
		return model.Refuse(model.CodeStateConflict, "T-12")
	}
	rules := []string{"T-02"}
	switch {
	case l.State == model.Draft:
	case l.State == model.RejectedAuto:
		if refused := l.correct(); refused != nil {
			return refused
		}
		rules = []string{"T-19"}
	case l.State.UnderReview() || l.State == model.Triaged:
		rules = []string{"T-19"}
	default:
		return model.Refuse(model.CodeStateConflict, "T-19")
	}
	if l.State == model.Draft {
		l.State = model.Submitted
	}
	l.step(model.EventSubmitted, rules...)
	l.takePlan(a.Plan)
	return nil
}

// correct takes a stopped case back to its owner (T-07a). Only a person can say
// that a prohibited practice or security-protected information was a mistake
// (T-07).
func (l *lifecycle) correct() *model.Refusal {
	if l.State != model.RejectedAuto {
		return model.Refuse(model.CodeStateConflict, "T-07a")
	}
	for _, stop := range []string{"HS-01", "HS-08"} {
		if slices.Contains(l.HardStops, stop) {
			return model.Refuse(model.CodeGuard, "T-07a", stop)
		}
	}
	l.State, l.Target = model.Returned, targetIntake
	l.step(model.EventCorrected, "T-07a")
	return nil
}

// takePlan makes the stages what triage asks for, opens the named ones again, and moves
// the case on.
func (l *lifecycle) takePlan(p *model.Plan, reopen ...model.StageKey) {
	approved := l.State == model.Approved || l.State == model.ApprovedCond
	l.Tier, l.Mode, l.Target = p.Tier, p.Mode, ""
	l.HardStops, l.Blockers, l.Covered = p.HardStops, p.Blockers, p.Covered
	l.InUse.InterimWord = "" // it was about another text
	l.State = model.Triaged
	switch p.Outcome {
	case model.StoppedByRule:
		if l.InUse.Approved {
			l.proposeStop(l.HardStops...)
			l.State = model.Reassessment
			l.showEarliest()
			return
		}
		l.stop(p.InUse)
		return
	case model.OutOfScope:
		l.askForConfirmation()
		return
	}
	l.reopenChanged(p)
	l.reopenNamed(reopen)
	l.goOn()
	if approved {
		l.reopenControllersDecision() // on what has come to be
		l.showEarliest()
	}
	rule := "T-04"
	if l.awaitsLicenceApproval() {
		rule = "T-33"
	}
	l.step(model.EventTriaged, "T-03", rule)
}

// goOn opens what may open now. With nothing left to decide, the controller decides
// anew, on what is left.
func (l *lifecycle) goOn() {
	l.openStages()
	if _, undecided := l.earliestUndecided(); !undecided {
		l.reopenControllersDecision()
	}
	l.showEarliest()
}

// stop ends the review because a rule says so (T-05). It is not a decision: the
// owner may correct the facts. A tool that is in use already has to be stopped by
// the head of the unit and the CISO.
func (l *lifecycle) stop(inUse bool) {
	l.step(model.EventTriaged, "T-03")
	l.breakOff()
	l.State = model.RejectedAuto
	if inUse {
		l.openAside(model.StageStopUse)
	}
	l.step(model.EventStopped, append([]string{"T-05"}, l.HardStops...)...)
}

// breakOff ends the work on every stage. What was not decided begins anew if the
// case comes back.
func (l *lifecycle) breakOff() {
	l.cancelTasks()
	l.InUse.EndInterim()
	for i := range l.Stages {
		if l.Stages[i].Undecided() {
			l.Stages[i].Status = model.StageWaiting
		}
	}
}

// askForConfirmation lets an administrator confirm that a case is not about AI
// (T-06).
func (l *lifecycle) askForConfirmation() {
	l.breakOff()
	l.openAside(model.StageTriageCheck)
	l.step(model.EventTriaged, "T-03", "TR-01")
}

// confirmOutOfScope closes a case that is not about AI (T-06).
func (l *lifecycle) confirmOutOfScope(stage *model.StageState) *model.Refusal {
	stage.Status, stage.Result = model.StageDone, model.OutcomeConfirm
	l.State = model.Archived
	l.step(model.EventArchived, "T-06")
	return nil
}

// askForAnotherLook lets people look at a stop by rule (T-07), or at a rejection
// (OV-01).
func (l *lifecycle) askForAnotherLook() *model.Refusal {
	if l.State == model.Rejected {
		return l.askForReconsideration()
	}
	return l.askForReExamination()
}

// askForReExamination lets people look at a stop by rule (T-07).
func (l *lifecycle) askForReExamination() *model.Refusal {
	st := l.Stage(model.StageReExamination)
	if l.State != model.RejectedAuto || st != nil && st.Status == model.StageOpen {
		return model.Refuse(model.CodeStateConflict, "T-07")
	}
	l.openAside(model.StageReExamination)
	l.step(model.EventReExamination, "T-07")
	return nil
}

// reExamined takes one answer to the re-examination. Both legal counsel and
// administrator have to uphold the error; then the owner corrects the intake and
// triage runs again. For a prohibited practice, legal counsel states with the
// same answer that it is none.
func (l *lifecycle) reExamined(stage *model.StageState, o model.Outcome) *model.Refusal {
	switch {
	case o == model.OutcomeStopStands:
		cancelOpen(stage)
		stage.Status, stage.Result = model.StageDone, o
		l.step(model.EventDecided, "T-07")
	case slices.ContainsFunc(stage.Tasks, func(t model.TaskState) bool { return t.Status == model.TaskOpen }):
		l.step(model.EventDecided, "T-07")
	default:
		stage.Status, stage.Result = model.StageDone, o
		l.State, l.Target = model.Returned, targetIntake
		l.step(model.EventCorrected, "T-07")
	}
	return nil
}

// openAside opens one of the stages that triage itself leads to.
func (l *lifecycle) openAside(key model.StageKey) {
	spec, _ := model.Stage(key)
	l.open(spec, l.aside(key))
	l.Sort()
}

// aside returns a stage that triage does not ask for, so that it can be opened.
func (l *lifecycle) aside(key model.StageKey) *model.StageState {
	st := l.Stage(key)
	if st == nil {
		l.Stages = append(l.Stages, model.StageState{Key: key})
		st = &l.Stages[len(l.Stages)-1]
	}
	st.Requirement = model.Required
	return st
}

// reopenChanged compares the stages with the plan. A stage whose scope or
// requirement changed opens again if it had been started; a returned stage opens
// the task that returned it; what triage no longer asks for is closed, unless a
// reviewer raised it; the controller's decision falls with any of them (rulebook
// 9.13).
func (l *lifecycle) reopenChanged(p *model.Plan) {
	reopened := false
	for _, spec := range model.Stages() {
		st := l.Stage(spec.Key)
		want, asked := wanted(p, spec.Key, st)
		switch {
		case !asked && st == nil, spec.InUse(), spec.Key == model.StageMeeting:
		case spec.Key == model.StageStopUse && l.InUse.Consultation != "": // stands with the consultation (DP-32)
		case !asked:
			l.close(st)
		case st == nil:
			l.Stages = append(l.Stages, model.StageState{
				Key: want.Key, Requirement: want.Requirement, Scope: want.Scope, Assess: want.Assess,
				Status: model.StageWaiting,
			})
			reopened = reopened || spec.Reviews()
		default:
			if l.follow(spec, st, want) {
				reopened = true
			}
		}
	}
	l.Sort()
	if reopened {
		l.reopenControllersDecision()
	}
}

// wanted is what a plan asks of a stage, st as the case has it or nil. A stage that
// a reviewer has raised goes on although triage does not ask for it.
func wanted(p *model.Plan, key model.StageKey, st *model.StageState) (want model.PlanStage, asked bool) {
	raised := st != nil && st.Raised
	i := slices.IndexFunc(p.Stages, func(s model.PlanStage) bool { return s.Key == key })
	switch {
	case i >= 0:
		return p.Stages[i], raised || p.Stages[i].Requirement != model.NotRequired
	case raised:
		return model.PlanStage{Key: key, Requirement: st.Requirement, Scope: st.Scope, Assess: st.Assess}, true
	}
	return model.PlanStage{}, false
}

// close ends a stage that is no longer required.
func (l *lifecycle) close(st *model.StageState) {
	st.Requirement, st.Status, st.Result, st.Scope = model.NotRequired, model.StageNotRequired, "", ""
	st.Assess, st.Part, st.Advice = false, "", ""
	cancelOpen(st)
	l.assessmentGone(st)
}

// follow brings one stage in line with the plan and reports whether something has
// to be done that was not asked for before, or has to be done again.
func (l *lifecycle) follow(spec model.StageSpec, st *model.StageState, want model.PlanStage) bool {
	want, changed := differs(st, want)
	st.Requirement, st.Scope, st.Assess = want.Requirement, want.Scope, want.Assess
	switch {
	case st.Status == model.StageNotRequired:
		st.Status = model.StageWaiting
		return spec.Reviews()
	case begun(st.Status) && changed:
		l.open(spec, st)
		return true
	case st.Status == model.StageReturned:
		l.reopenReturned(spec, st)
	}
	return false
}

// differs is what the plan asks of a stage, which is never less than what a reviewer
// has raised it to, and whether that is something else than before.
func differs(st *model.StageState, want model.PlanStage) (model.PlanStage, bool) {
	if st.Raised {
		want.Requirement, want.Assess = st.Requirement, want.Assess || st.Assess
	}
	return want, st.Scope != want.Scope || st.Requirement != want.Requirement || st.Assess != want.Assess
}

// reopenReturned opens the tasks again that returned the stage and keeps the
// answers of the others: nothing reviewed is wiped. What the head of the unit
// returned is decided again. A stage that another one returned stands as it did.
func (l *lifecycle) reopenReturned(spec model.StageSpec, st *model.StageState) {
	st.Status = model.StageOpen
	if st.Asks(model.TaskPrepare) {
		return // the assessment has to be handed in first
	}
	for _, t := range slices.Clone(st.Tasks) {
		if t.Outcome != model.OutcomeReturn {
			continue
		}
		kind := t.Kind
		if kind == model.TaskHead {
			kind = spec.Tasks[len(spec.Tasks)-1].Kind
		}
		if !st.Asks(kind) {
			reopen(st, kind)
		}
	}
	if !hasOpenTask(st) {
		st.Status, st.Result = model.StageDone, weakest(spec, st)
	}
}

// reopenControllersDecision reopens the decision that rests on all stages: the
// information owner's, or the manager's where that is the final one.
func (l *lifecycle) reopenControllersDecision() {
	key := model.StageInfoOwner
	if st := l.Stage(key); st == nil || st.Status == model.StageNotRequired {
		key = model.StageManager
	}
	spec, _ := model.Stage(key)
	if st := l.Stage(key); st != nil && st.Status == model.StageDone {
		l.open(spec, st)
	}
}
