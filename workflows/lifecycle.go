package workflows

import (
	"cmp"
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// transition is a decided step together with the snapshot that it leads to.
type transition struct {
	model.Transition
	after model.Snapshot
}

// lifecycle is a case in the middle of a step: a copy of its snapshot that the
// step changes, and the events that it will leave behind.
type lifecycle struct {
	model.Snapshot
	steps []model.Step
}

func begin(s model.Snapshot) *lifecycle { return &lifecycle{Snapshot: s.Clone()} }

// step notes an event that leaves the case in its present state.
func (l *lifecycle) step(event model.EventKind, rules ...string) {
	l.steps = append(l.steps, model.Step{Event: event, Rules: rules, State: l.State})
}

func (l *lifecycle) finish(before model.Snapshot, kind model.ActKind, commandID string) transition {
	return transition{
		Transition: model.Transition{
			CommandID: commandID,
			Kind:      kind,
			Expect:    before.Version,
			Steps:     l.steps,
			Changes:   model.Diff(before, l.Snapshot),
		},
		after: l.Snapshot,
	}
}

// decide is the lifecycle: what an act makes of a case, or why it is refused. It
// changes nothing.
func decide(s model.Snapshot, a contract.Act) (transition, *model.Refusal) {
	l := begin(s)
	var refused *model.Refusal
	switch a.Kind {
	case model.ActSubmit:
		refused = l.submit(a)
	case model.ActHandIn:
		refused = l.handIn(a)
	case model.ActCorrect:
		refused = l.correct()
	case model.ActDecide:
		refused = l.decideTasks(a)
	case model.ActWithdraw:
		refused = l.withdraw()
	case model.ActVerifyCondition:
		refused = l.verifyCondition(a)
	case model.ActWaive:
		refused = l.waiveCondition()
	case model.ActActivate:
		refused = l.activate()
	case model.ActReExamine:
		refused = l.askForAnotherLook()
	case model.ActRaiseStage:
		refused = l.raiseStage(a)
	case model.ActArchive:
		refused = l.archive()
	case model.ActSuspend:
		refused = l.suspend(a)
	case model.ActResume:
		refused = l.resume(a)
	case model.ActReportChange:
		refused = l.reportChange(a)
	case model.ActRenew:
		refused = l.renew(a)
	case model.ActDecommission:
		refused = l.decommission()
	case model.ActConsult:
		refused = l.consult(a)
	case model.ActExtendTask:
		refused = l.extendTask(a)
	case model.ActExtendCondition:
		refused = l.noteCondition(model.EventConditionExtended)
	case model.ActInterim:
		refused = l.allowInterim(a)
	case model.ActOverride:
		refused = l.proposeOverride(a)
	default:
		refused = model.Refuse(model.CodeStateConflict)
	}
	if refused != nil {
		return transition{}, refused
	}
	l.askUnits()
	t := l.finish(s, a.Kind, a.CommandID)
	t.Task, t.Joint = a.Task, a.Joint
	return t, nil
}

// decideTasks takes a reviewer's answer, to both parts of a task that has two:
// the DPO's advice (AD-02).
func (l *lifecycle) decideTasks(a contract.Act) *model.Refusal {
	if a.Joint != nil && (a.Task == nil || a.Task.Kind != model.TaskAdvice || a.Joint.Kind != model.TaskAdvice) {
		return model.Refuse(model.CodeInvalid, "AD-02")
	}
	refused := l.answer(a)
	if refused != nil || a.Joint == nil {
		return refused
	}
	second := a
	second.Task, second.Outcome, second.Joint = a.Joint, a.JointOutcome, nil
	return l.answer(second)
}

// answer takes a reviewer's answer to a task: advice, pass, return or reject.
func (l *lifecycle) answer(a contract.Act) *model.Refusal {
	if a.Task == nil {
		return model.Refuse(model.CodeStateConflict)
	}
	spec, known := model.Stage(a.Task.Stage)
	stage := l.Stage(a.Task.Stage)
	if !known || stage == nil {
		return model.Refuse(model.CodeTaskClosed)
	}
	task := stage.Task(a.Task.Kind)
	switch {
	case task != nil && task.Round > a.Task.Round && task.Status == model.TaskOpen:
		return model.Refuse(model.CodeStale) // the answer is about a text that has changed
	case task == nil || task.Round != a.Task.Round || task.Status != model.TaskOpen:
		return model.Refuse(model.CodeTaskClosed)
	}
	offer, _ := spec.Task(a.Task.Kind)
	if !offer.Offers(a.Outcome) {
		return model.Refuse(model.CodeInvalid)
	}
	task.Status, task.Outcome = model.TaskDone, a.Outcome

	switch {
	case a.Task.Kind == model.TaskPrepare:
		return model.Refuse(model.CodeStateConflict) // an assessment is handed in, not decided
	case a.Task.Stage == model.StageAdoption:
		return l.adopted(a.Outcome)
	case a.Task.Stage == model.StageReconsideration, a.Task.Stage == model.StageOverride:
		return l.lookAgain(stage, a)
	case a.Task.Kind == model.TaskAdvice, a.Task.Kind == model.TaskStatement:
		l.step(model.EventAdvised)
		return nil
	case a.Task.Kind == model.TaskSecondReading:
		return l.readAgain(stage, a.Outcome)
	case a.Task.Stage == model.StageReExamination:
		return l.reExamined(stage, a.Outcome)
	case a.Task.Stage == model.StageStopDecision:
		return l.decideStop(stage, a.Outcome)
	case a.Task.Stage == model.StageReview:
		return l.reviewed(stage, a)
	case a.Task.Stage == model.StageFollowUp, a.Task.Stage == model.StageMeeting:
		return l.noteDone(stage, a.Outcome)
	case a.Outcome == model.OutcomeReturn:
		return l.giveBack(stage, a)
	case a.Task.Stage == model.StageTriageCheck:
		return l.confirmOutOfScope(stage)
	case a.Task.Stage == model.StageInfoOwner && l.awaitsLicenceApproval():
		return l.decidePrivateLicence(stage, a)
	case a.Outcome == model.OutcomeReject:
		return l.reject(stage)
	case a.Outcome == model.OutcomePriorConsultation:
		return l.decideConsultation(stage, a)
	}
	return l.pass(spec, stage, a)
}

// pass counts a positive answer. The stage is done when the last of its tasks
// is answered, unless its guard refuses or another reviewer has returned it.
func (l *lifecycle) pass(spec model.StageSpec, stage *model.StageState, a contract.Act) *model.Refusal {
	if refused := l.guard(spec, stage, a); refused != nil {
		return refused
	}
	l.Conditions += a.Conditions
	if a.Head && a.Task.Kind != model.TaskHead {
		reopen(stage, model.TaskHead)
	}
	if stage.Status == model.StageReturned || hasOpenTask(stage) {
		l.step(model.EventDecided)
		return nil
	}
	stage.Status, stage.Result = model.StageDone, weakest(spec, stage)
	return l.advance(passRules[spec.Key], a)
}

// passRules names the transition of rulebook 9.2 that a passed stage takes.
var passRules = map[model.StageKey]string{
	model.StageManager:     "T-08",
	model.StageLegalBasis:  "T-09",
	model.StageSecrecy:     "T-09",
	model.StageDPIA:        "T-10",
	model.StageAgentRisk:   "T-13",
	model.StageFRIA:        "T-14",
	model.StageEnvironment: "T-15",
	model.StageCISO:        "T-16",
	model.StageInfoOwner:   "T-17",
}

// guard asks the stage's own file whether its result may stand.
func (l *lifecycle) guard(spec model.StageSpec, stage *model.StageState, a contract.Act) *model.Refusal {
	switch spec.Key {
	case model.StageLegalBasis:
		return l.guardLegalBasis(stage)
	case model.StageCamera:
		return l.guardCamera(stage)
	case model.StageDPIA:
		return l.guardImpactAssessment(stage, a)
	case model.StageFRIA:
		return l.guardFundamentalRights(stage)
	case model.StageCISO:
		return l.guardSignoff(a)
	case model.StageInfoOwner:
		return l.guardOwnerDecision(a)
	}
	return nil
}

// weakest is the result of a stage: the outcome of its deciding task, or, where
// several reviewers decide the same question, the one that stands last in the
// list of outcomes, which runs from the freest to the most restricted.
func weakest(spec model.StageSpec, stage *model.StageState) model.Outcome {
	deciding := spec.Tasks[len(spec.Tasks)-1]
	worst := -1
	for _, task := range spec.Tasks {
		if t := stage.Task(task.Kind); t != nil && t.Status == model.TaskDone {
			worst = max(worst, slices.Index(deciding.Outcomes, t.Outcome))
		}
	}
	if worst < 0 {
		return ""
	}
	return deciding.Outcomes[worst]
}

// advance opens what may open now and moves the case to its earliest undecided
// stage. With none left the case is approved, if the rules still let it
// (rulebook 9.3).
func (l *lifecycle) advance(rule string, a contract.Act) *model.Refusal {
	var rules []string
	if rule != "" {
		rules = []string{rule}
	}
	if l.Target != "" || !l.State.UnderReview() {
		l.step(model.EventDecided, rules...)
		return nil
	}
	l.openStages()
	if _, undecided := l.earliestUndecided(); undecided {
		l.showEarliest()
		l.step(model.EventDecided, rules...)
		return nil
	}
	if refused := approvable(a.Plan); refused != nil {
		return refused
	}
	l.step(model.EventDecided, rules...)
	if l.InUse.Approved {
		return l.reassessed(a)
	}
	l.State = model.Approved
	if l.Conditions > 0 {
		l.State = model.ApprovedCond
	}
	l.openBeforeUse()
	l.step(model.EventApproved, rules...)
	return nil
}

// openStages opens each waiting stage of the review whose turn it is: at once in
// parallel mode, after every earlier step in sequential mode.
func (l *lifecycle) openStages() {
	if l.awaitsLicenceApproval() {
		l.openOwner() // and nothing else before it (T-33)
		return
	}
	for _, spec := range model.Stages() {
		st := l.Stage(spec.Key)
		if st == nil || !spec.Reviews() || st.Status != model.StageWaiting {
			continue
		}
		if l.Mode == model.Sequential && !l.doneBefore(spec.Step) {
			return
		}
		l.open(spec, st)
	}
}

func (l *lifecycle) openBeforeUse() {
	for _, spec := range model.Stages() {
		if st := l.Stage(spec.Key); st != nil && spec.BeforeUse() && st.Status == model.StageWaiting {
			l.open(spec, st)
		}
	}
}

// open opens a stage, or settles it when it needs no person.
func (l *lifecycle) open(spec model.StageSpec, st *model.StageState) {
	cancelOpen(st)
	st.Status, st.Result, st.Part, st.Advice = model.StageOpen, "", "", ""
	l.assessmentGone(st)
	if outcome, settled := model.SettledOutcome(spec.Key, st.Requirement, l.Tier); settled {
		st.Status, st.Result = model.StageDone, outcome
		return
	}
	if st.Assess {
		reopen(st, model.TaskPrepare)
		return
	}
	for _, task := range spec.Tasks {
		reopen(st, task.Kind)
	}
}

func hasOpenTask(st *model.StageState) bool {
	return slices.ContainsFunc(st.Tasks, func(t model.TaskState) bool { return t.Status == model.TaskOpen })
}

// reopen opens a task in a round of its own.
func reopen(st *model.StageState, kind model.TaskKind) {
	t := st.Task(kind)
	if t == nil {
		st.Tasks = append(st.Tasks, model.TaskState{Kind: kind})
		t = &st.Tasks[len(st.Tasks)-1]
	}
	*t = model.TaskState{Kind: kind, Round: t.Round + 1, Status: model.TaskOpen}
}

func (l *lifecycle) doneBefore(step int) bool {
	for _, spec := range model.Stages() {
		st := l.Stage(spec.Key)
		if st != nil && spec.Reviews() && spec.Step < step && st.Undecided() {
			return false
		}
	}
	return true
}

// earliestUndecided is the stage whose state the case shows: while a private
// licence waits for the information owner's approval, that one's (T-33).
func (l *lifecycle) earliestUndecided() (model.StageSpec, bool) {
	if l.awaitsLicenceApproval() {
		return model.Stage(model.StageInfoOwner)
	}
	for _, spec := range model.Stages() {
		if st := l.Stage(spec.Key); st != nil && spec.Reviews() && st.Undecided() {
			return spec, true
		}
	}
	return model.StageSpec{}, false
}

// show lets the case stand at a stage. A case in use that is assessed again is in
// reassessment all the while (T-25), unless the authority is consulted (T-11).
func (l *lifecycle) show(spec model.StageSpec) {
	l.State = spec.State
	switch {
	case spec.Key == model.StageDPIA && l.InUse.Consultation != "":
		l.State = model.PriorConsultation
	case l.InUse.Approved:
		l.State = model.Reassessment
	}
}

// showEarliest lets a case that does not wait for its owner stand at its earliest
// undecided stage.
func (l *lifecycle) showEarliest() {
	if first, ok := l.earliestUndecided(); ok && l.Target == "" {
		l.show(first)
	}
}

// done reports whether the stage was passed or never asked for.
func (l *lifecycle) done(key model.StageKey) bool {
	st := l.Stage(key)
	return st == nil || !st.Undecided()
}

// approvable asks the triage of the day of decision: no hard stop, no open
// blocker (rulebook 9.3, SG-06). A decision that turns out to be the one that
// approves, and was sent without triage, goes back to be evaluated.
func approvable(plan *model.Plan) *model.Refusal {
	switch {
	case plan == nil:
		return model.Refuse(model.CodeReevaluate)
	case len(plan.HardStops) > 0:
		return model.Refuse(model.CodeGuard, append([]string{"SG-06"}, plan.HardStops...)...)
	case len(plan.Blockers) > 0:
		return model.Refuse(model.CodeGuard, append([]string{"SG-06"}, plan.Blockers...)...)
	}
	return nil
}

// giveBack returns the case to its owner, or an assessment to those who prepared
// it (T-18). Other stages keep what they have; the returned task opens again with
// the next submission. A case that waits for its owner goes on waiting when an
// assessment is returned too.
func (l *lifecycle) giveBack(stage *model.StageState, a contract.Act) *model.Refusal {
	target := cmp.Or(a.Target, targetIntake)
	if target != targetIntake {
		st := l.Stage(model.StageKey(target))
		switch {
		case stage.Key == model.StageTriageCheck:
			return model.Refuse(model.CodeInvalid, "T-06") // only new facts change what triage says
		case st == nil || !st.Assess || !begun(st.Status):
			return model.Refuse(model.CodeInvalid, "T-18")
		case st.Key == model.StageDPIA && l.InUse.Consultation != "":
			return model.Refuse(model.CodeStateConflict, "T-12") // the authority has that text before it
		}
		st.Status, st.Result = model.StageReturned, ""
		if !st.Asks(model.TaskPrepare) {
			reopen(st, model.TaskPrepare)
		}
	}
	if stage.Returns >= maxReturns {
		return model.Refuse(model.CodeGuard, "L-28")
	}
	stage.Returns++
	meet := stage.Returns == maxReturns
	stage.Status, stage.Result = model.StageReturned, ""
	switch {
	case !l.InUse.Approved:
		l.State = model.Returned
	case l.State == model.Triaged:
		l.State = model.Reassessment // a case in use goes on being assessed
	}
	if l.Target != targetIntake {
		l.Target = target
	}
	if meet {
		l.openAside(model.StageMeeting)
	}
	l.step(model.EventReturned, "T-18")
	return nil
}

// maxReturns is how often a stage may be returned. The last return calls a
// meeting, and after it the reviewer passes or rejects the case (rulebook 9.2,
// L-28).
const maxReturns = 3

// reject ends the case (T-20). In T3 a second person reads the rejection first
// (SOD-05).
func (l *lifecycle) reject(stage *model.StageState) *model.Refusal {
	if l.Tier == model.T3 {
		reopen(stage, model.TaskSecondReading)
		l.step(model.EventDecided, "T-20", "SOD-05")
		return nil
	}
	return l.endRejected(stage)
}

// readAgain takes the second reader's answer: the rejection stands, or the
// reviewer decides once more.
func (l *lifecycle) readAgain(stage *model.StageState, o model.Outcome) *model.Refusal {
	if o == model.OutcomeConfirm {
		return l.endRejected(stage)
	}
	for i := range stage.Tasks {
		if stage.Tasks[i].Outcome == model.OutcomeReject {
			reopen(stage, stage.Tasks[i].Kind)
		}
	}
	l.step(model.EventDecided, "SOD-05")
	return nil
}

func (l *lifecycle) endRejected(stage *model.StageState) *model.Refusal {
	stage.Status, stage.Result = model.StageDone, model.OutcomeReject
	l.cancelTasks()
	l.InUse.EndInterim()
	l.State, l.Target = model.Rejected, ""
	l.step(model.EventRejected, "T-20")
	return nil
}

// raiseStage lets a reviewer ask for more than triage did (T-31). What had been
// begun is done again; a stage is never lowered.
func (l *lifecycle) raiseStage(a contract.Act) *model.Refusal {
	st := l.Stage(a.Stage)
	spec, known := model.Stage(a.Stage)
	if !l.State.UnderReview() || !known || st == nil {
		return model.Refuse(model.CodeStateConflict, "T-31")
	}
	to, ok := model.Raised(st.Requirement)
	if !ok || a.Requirement != to {
		return model.Refuse(model.CodeGuard, "T-31")
	}
	begun := st.Status != model.StageWaiting
	st.Requirement, st.Raised = to, true
	st.Assess = st.Assess || a.Assess
	if begun {
		l.open(spec, st)
		l.reopenControllersDecision()
	}
	l.showEarliest()
	l.step(model.EventStageRaised, "T-31")
	return nil
}

// archive closes a case that has come to its end (T-30).
func (l *lifecycle) archive() *model.Refusal {
	switch l.State {
	case model.Rejected, model.Withdrawn, model.RejectedAuto, model.Decommissioned:
	default:
		return model.Refuse(model.CodeStateConflict, "T-30")
	}
	if l.lookedAt() {
		return model.Refuse(model.CodeStateConflict, "T-30")
	}
	l.cancelTasks()
	l.State = model.Archived
	l.step(model.EventArchived, "T-30")
	return nil
}

// withdraw ends the case at its owner's wish (T-21).
func (l *lifecycle) withdraw() *model.Refusal {
	if !l.State.BeforeUse() || l.InUse.Approved {
		return model.Refuse(model.CodeStateConflict, "T-21")
	}
	l.cancelTasks()
	l.InUse.EndInterim()
	l.State, l.Target = model.Withdrawn, ""
	l.step(model.EventWithdrawn, "T-21")
	return nil
}

// withdrawSilently ends a returned case whose owner has not answered (T-32).
func (l *lifecycle) withdrawSilently() {
	if l.State != model.Returned {
		return
	}
	l.cancelTasks()
	l.InUse.EndInterim()
	l.State, l.Target = model.Withdrawn, ""
	l.step(model.EventWithdrawn, "T-32")
}

// cancelTasks ends all work that is under way.
func (l *lifecycle) cancelTasks() {
	l.InUse.Consultation = ""
	for i := range l.Stages {
		cancelOpen(&l.Stages[i])
	}
}

func cancelOpen(st *model.StageState) {
	for i := range st.Tasks {
		if st.Tasks[i].Status == model.TaskOpen {
			st.Tasks[i].Status = model.TaskCancelled
		}
	}
}
