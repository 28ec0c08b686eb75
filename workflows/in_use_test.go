package workflows

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// inUse is a T3 case that has come into use.
func inUse(t *testing.T) *walk {
	w := start(t)
	w.toCISO()
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Approved)
	w.do(contract.Act{Kind: model.ActActivate})
	w.is(model.Active)
	return w
}

func (w *walk) fire(subject string, kind model.DeadlineKind) []model.Step {
	w.t.Helper()
	tr := fallDue(w.s, model.Due{ID: model.DeadlineID("c", subject, kind, 1)})
	folded := w.s.Clone()
	folded.Apply(tr.Changes)
	w.s = tr.after
	w.s.Version++
	return tr.Steps
}

func suspendAs(role model.Role) contract.Act { return contract.Act{Kind: model.ActSuspend, Role: role} }

func resumeAs(role model.Role) contract.Act {
	return contract.Act{Kind: model.ActResume, Role: role, Plan: &model.Plan{Outcome: model.Proceed}}
}

func events(steps []model.Step) []model.EventKind {
	var kinds []model.EventKind
	for _, s := range steps {
		kinds = append(kinds, s.Event)
	}
	return kinds
}

func (w *walk) happened(steps []model.Step, want ...model.EventKind) {
	w.t.Helper()
	if got := events(steps); !slices.Equal(got, want) {
		w.t.Fatalf("events %v, want %v", got, want)
	}
}

// The use is resumed by two functions, and not while something stands in its way
// (T-24).
func TestSuspendedUseIsResumedByTwo(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.refused(resumeAs(model.RoleCISO), model.CodeStateConflict, "T-24")
	w.do(suspendAs(model.RoleCISO))
	w.is(model.Suspended)
	w.refused(suspendAs(model.RoleCISO), model.CodeStateConflict, "T-23")

	stopped := resumeAs(model.RoleCISO)
	stopped.Plan = &model.Plan{HardStops: []string{"HS-02"}}
	w.refused(stopped, model.CodeGuard, "SG-06", "HS-02")
	stopped.Plan = nil
	w.refused(stopped, model.CodeReevaluate)
	w.s.Lapsed = 1
	w.refused(resumeAs(model.RoleCISO), model.CodeConditionsOpen, "CO-02")
	w.s.Lapsed, w.s.OpenBeforeUse = 0, 1
	w.refused(resumeAs(model.RoleCISO), model.CodeConditionsOpen, "CO-01")
	w.s.OpenBeforeUse = 0

	w.happened(w.do(resumeAs(model.RoleInformationOwner)), model.EventResumptionAgreed)
	w.is(model.Suspended)
	w.refused(resumeAs(model.RoleInformationOwner), model.CodeUnchanged, "T-24")
	w.happened(w.do(resumeAs(model.RoleCISO)), model.EventResumed)
	w.is(model.Active)

	// A word does not outlive the suspension that it was about.
	w.do(suspendAs(model.RoleInformationOwner))
	w.do(resumeAs(model.RoleCISO))
	w.do(reportedChange(sequentialPlan()))
	w.do(resumeAs(model.RoleInformationOwner))
	w.is(model.Reassessment)
	if !w.s.InUse.Allowed(w.s.State) {
		t.Fatalf("use %+v", w.s.InUse)
	}
}

// The DPO recommends and the system owner requests; the CISO decides (T-23).
func TestSuspensionIsProposed(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.do(suspendAs(model.RoleDPO)), model.EventSuspensionProposed)
	w.is(model.Active)
	w.refused(suspendAs(model.RoleSystemOwner), model.CodeUnchanged, "T-23")
	w.do(w.on(model.StageStopDecision, model.TaskStop, model.OutcomeKeepInUse))
	w.is(model.Active)
	w.do(suspendAs(model.RoleSystemOwner))
	w.open(model.StageStopDecision, "stop 2")
	w.happened(w.do(w.on(model.StageStopDecision, model.TaskStop, model.OutcomeSuspend)), model.EventSuspended)
	w.is(model.Suspended)

	// Whoever may suspend does not wait for the proposal.
	w = inUse(t)
	w.do(suspendAs(model.RoleDPO))
	w.do(suspendAs(model.RoleAdministrator))
	w.is(model.Suspended)
	w.stands(model.StageStopDecision, model.StageDone, model.OutcomeSuspend)
}

func TestLateConditionStopsTheUse(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.fire("condition.c1", model.DeadlineDue), model.EventDeadlineFired)
	w.is(model.Active)
	w.happened(w.fire("condition.c1", model.DeadlineLapse), model.EventDeadlineFired, model.EventSuspended)
	w.is(model.Suspended)

	// Before use there is nothing to stop, but the case cannot come into use.
	w = start(t)
	w.toCISO()
	w.fire("condition.c1", model.DeadlineLapse)
	w.is(model.CISOReview)
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.s.Lapsed = 1
	w.refused(contract.Act{Kind: model.ActActivate}, model.CodeConditionsOpen, "CO-02")
}

// A recurring condition opens a task of its own each time, which its verification
// settles too (CO-03).
func TestConditionComesBack(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.fire("condition.c1", model.DeadlineRecur), model.EventDeadlineFired, model.EventConditionDue)
	w.fire("condition.c2", model.DeadlineRecur)
	w.open(model.StageFollowUp, "condition:c1 1", "condition:c2 1")
	w.do(w.on(model.StageFollowUp, model.TaskFollowUp("c1"), model.OutcomeDone))
	w.open(model.StageFollowUp, "condition:c2 1")
	w.do(contract.Act{Kind: model.ActVerifyCondition, Condition: "c2"})
	w.stands(model.StageFollowUp, model.StageDone, model.OutcomeDone)
	w.fire("condition.c1", model.DeadlineRecur)
	w.open(model.StageFollowUp, "condition:c1 2")
	w.do(contract.Act{Kind: model.ActDecommission})
	w.is(model.Decommissioned)
	if hasOpenTask(w.s.Stage(model.StageFollowUp)) {
		t.Error("a task is open in a case that has ended")
	}
	w.happened(w.fire("condition.c1", model.DeadlineRecur), model.EventDeadlineFired)
}

func TestApprovalRunsOut(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.fire(model.SubjectValidity, model.DeadlineNotice), model.EventDeadlineFired)
	w.is(model.Active)
	w.happened(w.fire(model.SubjectValidity, model.DeadlineExpiry), model.EventDeadlineFired, model.EventExpired)
	w.is(model.Expired)

	// One that is suspended when its time ends is not resumed into use.
	w = inUse(t)
	w.do(suspendAs(model.RoleCISO))
	w.fire(model.SubjectValidity, model.DeadlineExpiry)
	w.is(model.Suspended)
	w.do(resumeAs(model.RoleCISO))
	w.do(resumeAs(model.RoleInformationOwner))
	w.is(model.Expired)

	// One that is being assessed again goes on with that, but not with the use.
	w = inUse(t)
	w.do(reportedChange(sequentialPlan()))
	w.fire(model.SubjectValidity, model.DeadlineExpiry)
	w.is(model.Reassessment)
	if w.s.InUse.Allowed(w.s.State) {
		t.Error("the use goes on after the end of the approval")
	}
}

func TestDecommission(t *testing.T) {
	t.Parallel()
	for _, state := range model.CaseStates() {
		s := model.Snapshot{Found: true, State: state, InUse: model.InUse{Approved: true}}
		tr, refused := decide(s, contract.Act{Kind: model.ActDecommission})
		may := slices.Contains([]model.CaseState{model.Active, model.Suspended, model.Expired}, state)
		if may != (refused == nil) || may && tr.after.State != model.Decommissioned {
			t.Errorf("in %s: %v", state, refused)
		}
	}
}

// reportedChange is a change that names S1 and S5, as a new supplier does (RA-04).
func reportedChange(p *model.Plan) contract.Act {
	return contract.Act{
		Kind: model.ActReportChange, Plan: p, Rules: []string{"RA-04"},
		Reopen: []model.StageKey{model.StageLegalBasis, model.StageCISO},
	}
}

// A change opens the stages that it names and the controller's decision, and no
// other (rulebook 9.4, 9.13). The use goes on meanwhile (T-25, T-26).
func TestChangeOpensWhatItNames(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.do(reportedChange(sequentialPlan())), model.EventChangeReported)
	w.is(model.Reassessment)
	w.open(model.StageLegalBasis, "advice 2", "decision 2")
	w.open(model.StageCISO, "decision 2")
	w.open(model.StageInfoOwner, "decision 2")
	w.stands(model.StageManager, model.StageDone, model.OutcomeEndorse)
	w.stands(model.StageEnvironment, model.StageDone, model.OutcomeLightOK)
	if !w.s.InUse.Allowed(w.s.State) {
		t.Fatal("the use does not go on")
	}
	w.refused(contract.Act{Kind: model.ActWithdraw}, model.CodeStateConflict, "T-21")
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-01")

	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.is(model.Reassessment)
	w.happened(w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept)), model.EventDecided, model.EventReassessed)
	w.is(model.Active)
}

// A change of the intake opens what its scope touches, also where the trigger
// names nothing.
func TestChangedIntakeOpensItsScope(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	p := sequentialPlan()
	p.Stages[0].Scope = "m2"
	w.do(contract.Act{Kind: model.ActReportChange, Plan: p, Rules: []string{"RA-07"}})
	w.open(model.StageManager, "endorse 2")
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)
	w.open(model.StageInfoOwner, "decision 2")
}

// A return asks the owner, and the case stays in reassessment; the owner's answer
// goes on from there. A rejection ends the use (T-26).
func TestReassessmentIsReturnedAndRejected(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.do(reportedChange(sequentialPlan()))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	w.is(model.Reassessment)
	if w.s.Target != targetIntake {
		t.Fatalf("waits for %q", w.s.Target)
	}
	w.fire(model.SubjectOwner, model.DeadlineSilence)
	w.is(model.Reassessment) // silence withdraws no tool that is in use
	p := sequentialPlan()
	p.Stages[1].Scope = "l2"
	w.do(submit(p))
	w.is(model.Reassessment)
	w.open(model.StageLegalBasis, "advice 3", "decision 3")
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReject))
	w.do(w.on(model.StageLegalBasis, model.TaskSecondReading, model.OutcomeConfirm))
	w.is(model.Rejected)
}

// What makes a rule stop a case in use is decided by the CISO, and the case cannot
// pass while it stands (T-23, rulebook 9.3).
func TestHardStopInUseIsPutBeforeTheCISO(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	p := sequentialPlan()
	p.Outcome, p.HardStops = model.StoppedByRule, []string{"HS-12"}
	w.happened(w.do(reportedChange(p)), model.EventChangeReported, model.EventSuspensionProposed)
	w.is(model.Reassessment)
	w.open(model.StageStopDecision, "stop 1")
	w.do(w.on(model.StageStopDecision, model.TaskStop, model.OutcomeSuspend))
	w.is(model.Reassessment)
	if w.s.InUse.Allowed(w.s.State) {
		t.Fatal("the use goes on")
	}
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	approve := w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove)
	approve.Plan.HardStops = []string{"HS-12"}
	w.refused(approve, model.CodeGuard, "SG-06", "HS-12")
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Suspended) // passing again does not resume a use that people have stopped
}

// A decision that leaves something to be done before use stops the use until it is
// done (CO-01).
func TestReassessmentThatAsksForMoreBeforeUse(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.do(contract.Act{Kind: model.ActRenew, Plan: sequentialPlan(), Unchanged: true, Reopen: []model.StageKey{model.StageCISO}})
	a := w.on(model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions)
	a.HoldsUse = true
	w.do(a)
	w.is(model.Suspended)
	w.do(resumeAs(model.RoleCISO))
	w.do(resumeAs(model.RoleInformationOwner))
	w.is(model.Active)
}

// Where nothing has changed, the CISO's glance renews an approval (T-28).
func TestRenewal(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.fire(model.SubjectValidity, model.DeadlineExpiry)
	w.is(model.Expired)
	w.do(contract.Act{Kind: model.ActRenew, Plan: sequentialPlan(), Unchanged: true, Reopen: []model.StageKey{model.StageCISO}})
	w.is(model.Reassessment)
	if w.s.InUse.Allowed(w.s.State) {
		t.Fatal("an approval that has run out is used while it is renewed")
	}
	w.stands(model.StageInfoOwner, model.StageDone, model.OutcomeAccept)
	w.happened(w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove)), model.EventDecided, model.EventReassessed)
	w.is(model.Active)

	changed := sequentialPlan()
	changed.Stages[1].Scope = "l2"
	w.do(contract.Act{Kind: model.ActRenew, Plan: changed, Reopen: []model.StageKey{model.StageCISO}})
	w.open(model.StageLegalBasis, "advice 2", "decision 2")
	w.open(model.StageCISO, "decision 3")
	w.open(model.StageInfoOwner, "decision 2")
}

// A review that finds nothing changed leaves the case alone; any other answer
// assesses it again (rulebook 5.7, RA-08).
func TestScheduledReview(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.happened(w.fire(model.SubjectReview, model.DeadlineReview), model.EventDeadlineFired, model.EventReviewDue)
	w.is(model.Active)
	w.happened(w.do(w.on(model.StageReview, model.TaskReview, model.OutcomeUnchanged)), model.EventReviewed)
	w.is(model.Active)
	w.fire(model.SubjectReview, model.DeadlineReview)
	a := w.on(model.StageReview, model.TaskReview, model.OutcomeUpdated)
	a.Plan, a.Reopen = sequentialPlan(), []model.StageKey{model.StageCISO}
	w.do(a)
	w.is(model.Reassessment)
	w.open(model.StageCISO, "decision 2")
	w.stands(model.StageReview, model.StageDone, model.OutcomeUpdated)
}

// A stage is returned three times; then people meet, and the reviewer passes or
// rejects (L-28).
func TestThirdReturnCallsAMeeting(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(sequentialPlan()))
	for range maxReturns {
		if st := w.s.Stage(model.StageMeeting); st != nil {
			t.Fatal("a meeting before the third return")
		}
		w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		w.is(model.Returned)
		if st := w.s.Stage(model.StageMeeting); st != nil {
			w.open(model.StageMeeting, "meeting 1")
			w.do(w.on(model.StageMeeting, model.TaskMeeting, model.OutcomeDone))
			w.is(model.Returned)
		}
		w.do(submit(sequentialPlan()))
	}
	w.refused(w.on(model.StageManager, model.TaskEndorse, model.OutcomeReturn), model.CodeGuard, "L-28")
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.LegalReview)
}

// Silence withdraws a returned case and no other (T-32).
func TestSilenceWithdraws(t *testing.T) {
	t.Parallel()
	for _, state := range model.CaseStates() {
		tr := fallDue(model.Snapshot{Found: true, State: state}, model.Due{ID: "c/project_owner/silence/1"})
		want := state
		if state == model.Returned {
			want = model.Withdrawn
		}
		if tr.after.State != want {
			t.Errorf("%s becomes %s", state, tr.after.State)
		}
	}
}

func TestTaskIsExtended(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(sequentialPlan()))
	extend := func(round int) contract.Act {
		return contract.Act{Kind: model.ActExtendTask, Task: &model.TaskKey{Stage: model.StageManager, Kind: model.TaskEndorse, Round: round}}
	}
	w.happened(w.do(extend(1)), model.EventTaskExtended)
	w.do(extend(1))
	w.is(model.ManagerReview)
	w.refused(extend(2), model.CodeTaskClosed)
	w.refused(contract.Act{Kind: model.ActExtendTask}, model.CodeInvalid)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.refused(extend(1), model.CodeTaskClosed)
}

// Only four kinds of deadline do more than wake people, and none of them decides
// for a person.
func TestDeadlinesDecideNothing(t *testing.T) {
	t.Parallel()
	s := inUse(t).s
	for _, kind := range []model.DeadlineKind{
		model.DeadlineReminder, model.DeadlineReminder2, model.DeadlineDue, model.DeadlineEscalation, model.DeadlineReply,
		model.DeadlineNotice, model.DeadlineNotice2, model.DeadlineNotice3,
	} {
		tr := fallDue(s, model.Due{ID: model.DeadlineID("c", "ciso.decision", kind, 1)})
		if len(tr.Steps) != 1 || tr.Steps[0].Event != model.EventDeadlineFired || tr.Changes.State != "" ||
			tr.Changes.Stages != nil || tr.Changes.Opened != nil || tr.Changes.Closed != nil {
			t.Errorf("%s does %+v", kind, tr.Transition)
		}
	}
}

// The use goes on being assessed when an administrator does not agree that it is
// not about AI (T-06).
func TestUseThatIsAIAfterAllIsReassessed(t *testing.T) {
	t.Parallel()
	w := inUse(t)
	w.do(reportedChange(sequentialPlan()))
	w.is(model.Reassessment)
	w.do(submit(&model.Plan{Outcome: model.OutOfScope, Tier: model.T1, Mode: model.Parallel}))
	w.is(model.Triaged)
	w.do(w.on(model.StageTriageCheck, model.TaskConfirmation, model.OutcomeReturn))
	w.is(model.Reassessment)
	if w.s.Target != targetIntake {
		t.Fatalf("the case waits for %q", w.s.Target)
	}
}

// A case that is approved and not yet in use goes back to its reviewers when the law
// has come to ask for more, as if it were sent in again, and for nothing else (RA-07,
// 9.3).
func TestLawChangesBeforeUse(t *testing.T) {
	t.Parallel()
	approved := func() *walk {
		w := start(t)
		w.toCISO()
		w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
		w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
		w.is(model.Approved)
		return w
	}
	change := func(p *model.Plan, reopen ...model.StageKey) contract.Act {
		return contract.Act{Kind: model.ActReportChange, Plan: p, Rules: []string{"RA-07"}, Reopen: reopen}
	}

	w := approved()
	w.refused(reportedChange(sequentialPlan()), model.CodeStateConflict, "T-25")
	w.refused(change(nil), model.CodeReevaluate)
	more := sequentialPlan()
	more.Stages = append(more.Stages, required(model.StageFRIA, model.Required, "f1"))
	w.happened(w.do(change(more)), model.EventChangeReported, model.EventTriaged)
	w.is(model.FRIA)
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)
	w.refused(contract.Act{Kind: model.ActActivate}, model.CodeStateConflict, "T-22")
	w.do(w.on(model.StageFRIA, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageFRIA, model.TaskDecision, model.OutcomeDone))
	w.is(model.OwnerDecision)
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Approved)
	w.do(contract.Act{Kind: model.ActActivate})
	w.is(model.Active)

	w = approved()
	w.do(change(sequentialPlan(), model.StageLegalBasis))
	w.is(model.LegalReview)
	w.stands(model.StageCISO, model.StageDone, model.OutcomeApprove)

	w = approved()
	w.do(change(sequentialPlan())) // the controller decides on what the law says now
	w.is(model.OwnerDecision)

	w = approved()
	stopped := &model.Plan{Outcome: model.StoppedByRule, Tier: model.T4, Mode: model.Sequential, HardStops: []string{"HS-12"}}
	w.happened(w.do(change(stopped)), model.EventChangeReported, model.EventTriaged, model.EventStopped)
	w.is(model.RejectedAuto)
}
