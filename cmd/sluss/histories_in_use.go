//go:build !slim

package main

import (
	"fmt"
	"time"

	"sluss/model"
	"sluss/workflows/contract"
)

// inUsePaths are the ways of a case through time and through its use.
func inUsePaths() []path {
	return []path{
		{name: "reminder-and-due-fire", walk: remindedAndDue},
		{name: "overdue-after-an-outage", walk: overdueAfterOutage},
		{name: "earlier-deadline", walk: earlierDeadline},
		{name: "silence-withdraws", walk: silenceWithdraws},
		{name: "third-return-calls-a-meeting", walk: thirdReturn},
		{name: "task-extended", walk: taskExtended},
		{name: "suspended-and-resumed-by-two", walk: suspendedAndResumed},
		{name: "suspension-proposed-and-kept", walk: proposedAndKept},
		{name: "change-against-a-rule-suspends", walk: changeAgainstRule},
		{name: "condition-lapses", walk: conditionLapses},
		{name: "condition-comes-back", walk: conditionComesBack},
		{name: "approval-expires", walk: approvalExpires},
		{name: "renewed-unchanged", walk: renewedUnchanged},
		{name: "renewal-asks-for-more-before-use", walk: renewalHoldsUse},
		{name: "change-reassessed", walk: changeReassessed},
		{name: "review-unchanged", walk: reviewUnchanged},
		{name: "review-updated", walk: reviewUpdated},
		{name: "decommissioned-and-archived", walk: decommissioned},
	}
}

// soon is how far ahead a deadline is set that the path waits for: long enough for
// the timer to be armed before it.
const soon = 200 * time.Millisecond

// fires sets a deadline and waits until it has fired. The process is not made to
// reload: what follows rests on what it made of the deadline itself.
func (r *pathRun) fires(subject string, kind model.DeadlineKind, round int) func() error {
	return func() error {
		r.rec.addDue(model.DeadlineID(r.id, subject, kind, round), time.Now().Add(soon))
		if err := r.sync(); err != nil {
			return err
		}
		r.waitUntilFired()
		return nil
	}
}

// is keeps a recording from missing its point: the case stands where the path says.
func (r *pathRun) is(want model.CaseState) func() error {
	return func() error {
		if got := r.rec.state(); got != want {
			return fmt.Errorf("the case is %s, want %s", got, want)
		}
		return nil
	}
}

func (r *pathRun) sends(a contract.Act) func() error { return func() error { return r.act(a) } }

func (r *pathRun) suspends(as model.Role) func() error {
	return r.sends(contract.Act{Kind: model.ActSuspend, Role: as})
}

func (r *pathRun) resumes(as model.Role) func() error {
	return r.sends(contract.Act{Kind: model.ActResume, Role: as, Plan: &model.Plan{Outcome: model.Proceed}})
}

// resumed is the word of both who have to agree (T-24).
func (r *pathRun) resumed() error {
	return all(r.resumes(model.RoleInformationOwner), r.is(model.Suspended), r.resumes(model.RoleCISO))
}

// toUse brings a case into use.
func (r *pathRun) toUse() error { return all(func() error { return straight(r) }, r.is(model.Active)) }

func (r *pathRun) signsOff(round int, o model.Outcome) func() error {
	return r.decides(model.StageCISO, model.TaskDecision, round, o)
}

// remindedAndDue pins two deadlines of a task, one after the other, and that the
// task can still be answered.
func remindedAndDue(r *pathRun) error {
	task := model.Subject(model.StageManager, model.TaskEndorse)
	r.rec.setDue(model.DeadlineID(r.id, task, model.DeadlineReminder, 1), time.Now().Add(soon))
	r.rec.addDue(model.DeadlineID(r.id, task, model.DeadlineDue, 1), time.Now().Add(10*soon))
	return all(r.submits(model.Sequential, "1"), r.untilFired, r.is(model.ManagerReview),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeEndorse), r.is(model.LegalReview))
}

// overdueAfterOutage pins deadlines that fell due while nothing ran: they fire at
// once and in their order.
func overdueAfterOutage(r *pathRun) error {
	task := model.Subject(model.StageManager, model.TaskEndorse)
	r.rec.setDue(model.DeadlineID(r.id, task, model.DeadlineReminder, 1), time.Now().Add(-time.Hour))
	r.rec.addDue(model.DeadlineID(r.id, task, model.DeadlineDue, 1), time.Now().Add(-time.Minute))
	return all(r.submits(model.Sequential, "1"), r.untilFired, r.is(model.ManagerReview))
}

// earlierDeadline pins the timer that gives way to one for an earlier deadline, and
// is armed again after it.
func earlierDeadline(r *pathRun) error {
	r.rec.setDue(model.DeadlineID(r.id, model.SubjectValidity, model.DeadlineExpiry, 1), time.Now().Add(time.Hour))
	return all(r.toUse, r.fires(model.SubjectValidity, model.DeadlineNotice, 1), r.sync, r.is(model.Active))
}

func silenceWithdraws(r *pathRun) error {
	return all(r.submits(model.Sequential, "1"),
		r.decides(model.StageManager, model.TaskEndorse, 1, model.OutcomeReturn),
		r.fires(model.SubjectOwner, model.DeadlineReply, 1), r.is(model.Returned),
		r.fires(model.SubjectOwner, model.DeadlineSilence, 1), r.is(model.Withdrawn), r.acting(model.ActArchive),
	)
}

// thirdReturn pins three returns by one stage, the meeting that the last of them
// calls and that outlasts the next submission, and the answer that is left after it
// (L-28).
func thirdReturn(r *pathRun) error {
	returned := func(round int) func() error {
		return r.decides(model.StageManager, model.TaskEndorse, round, model.OutcomeReturn)
	}
	submits := r.submits(model.Sequential, "1")
	return all(submits, returned(1), submits, returned(2), submits, returned(3), r.is(model.Returned),
		submits, r.decides(model.StageMeeting, model.TaskMeeting, 1, model.OutcomeDone),
		r.decides(model.StageManager, model.TaskEndorse, 4, model.OutcomeEndorse), r.is(model.LegalReview))
}

// taskExtended pins a timer that fires at the time that was put off, finds nothing
// due and is armed for the later one.
func taskExtended(r *pathRun) error {
	task := model.TaskKey{Stage: model.StageManager, Kind: model.TaskEndorse, Round: 1}
	first := time.Now().Add(time.Second)
	r.rec.setDue(model.DeadlineID(r.id, task.Subject(), model.DeadlineDue, 1), first)
	return all(r.submits(model.Sequential, "1"),
		func() error {
			r.rec.setDue(model.DeadlineID(r.id, task.Subject(), model.DeadlineDue, 1, 1), first.Add(soon))
			return r.act(contract.Act{Kind: model.ActExtendTask, Task: &task})
		},
		r.untilFired, r.is(model.ManagerReview),
	)
}

func suspendedAndResumed(r *pathRun) error {
	return all(r.toUse, r.suspends(model.RoleCISO), r.is(model.Suspended), r.resumed, r.is(model.Active))
}

// proposedAndKept pins a suspension that the DPO recommends and the CISO declines,
// after which another may be proposed.
func proposedAndKept(r *pathRun) error {
	return all(r.toUse, r.suspends(model.RoleDPO), r.is(model.Active),
		r.decides(model.StageStopDecision, model.TaskStop, 1, model.OutcomeKeepInUse), r.is(model.Active),
		r.suspends(model.RoleSystemOwner), r.is(model.Active))
}

// changeAgainstRule pins a change that a rule would have stopped: the CISO decides
// about the use while the case is assessed again.
func changeAgainstRule(r *pathRun) error {
	change := supplierChanged()
	change.Plan.Outcome, change.Plan.HardStops = model.StoppedByRule, []string{"HS-12"}
	return all(r.toUse, r.sends(change),
		r.decides(model.StageStopDecision, model.TaskStop, 1, model.OutcomeSuspend), r.is(model.Reassessment),
		r.assessedAgain, r.resumed, r.is(model.Active))
}

// conditionLapses pins a condition that stops the use (CO-02), is met, and lets two
// people resume it.
func conditionLapses(r *pathRun) error {
	condition := model.SubjectCondition("c1")
	return all(r.toUse,
		r.fires(condition, model.DeadlineDue, 1), r.is(model.Active),
		r.fires(condition, model.DeadlineLapse, 1), r.is(model.Suspended),
		r.sends(contract.Act{Kind: model.ActVerifyCondition, Condition: "c1"}),
		r.resumed, r.is(model.Active),
	)
}

// conditionComesBack pins the task to meet a condition once more (CO-03), settled
// by its answer the first time and by a verification the second.
func conditionComesBack(r *pathRun) error {
	condition := model.SubjectCondition("c1")
	return all(r.toUse,
		r.fires(condition, model.DeadlineRecur, 1),
		r.decides(model.StageFollowUp, model.TaskFollowUp("c1"), 1, model.OutcomeDone),
		r.fires(condition, model.DeadlineRecur, 2),
		r.sends(contract.Act{Kind: model.ActVerifyCondition, Condition: "c1"}),
		r.is(model.Active),
	)
}

func (r *pathRun) expires() error {
	return all(r.toUse, r.fires(model.SubjectValidity, model.DeadlineExpiry, 1), r.is(model.Expired))
}

func approvalExpires(r *pathRun) error {
	return all(r.expires, r.sync)
}

// renewsUnchanged asks for the CISO's glance at an approval (T-28).
func (r *pathRun) renewsUnchanged() error {
	return r.act(contract.Act{
		Kind: model.ActRenew, Unchanged: true, Plan: planned(model.Sequential, "1"), Reopen: []model.StageKey{model.StageCISO},
	})
}

// renewedUnchanged pins the renewal of an approval that had run out.
func renewedUnchanged(r *pathRun) error {
	return all(r.expires, r.renewsUnchanged, r.is(model.Reassessment),
		r.signsOff(2, model.OutcomeApprove), r.is(model.Active))
}

// renewalHoldsUse pins a renewal that leaves a condition open before use (CO-01).
func renewalHoldsUse(r *pathRun) error {
	return all(r.toUse, r.renewsUnchanged,
		r.sends(contract.Act{
			Kind: model.ActDecide, Outcome: model.OutcomeApproveWithConditions, HoldsUse: true, Plan: &model.Plan{Outcome: model.Proceed},
			Task: &model.TaskKey{Stage: model.StageCISO, Kind: model.TaskDecision, Round: 2},
		}),
		r.is(model.Suspended), r.resumed, r.is(model.Active))
}

// supplierChanged is a change that asks for legal basis and sign-off again (RA-04).
func supplierChanged() contract.Act {
	return contract.Act{
		Kind: model.ActReportChange, Rules: []string{"RA-04"}, Plan: planned(model.Sequential, "1"),
		Reopen: []model.StageKey{model.StageLegalBasis, model.StageCISO},
	}
}

// assessedAgain answers what a changed supplier opens.
func (r *pathRun) assessedAgain() error {
	return all(
		r.decides(model.StageLegalBasis, model.TaskAdvice, 2, model.OutcomeSupports),
		r.decides(model.StageLegalBasis, model.TaskDecision, 2, model.OutcomeLawful),
		r.signsOff(2, model.OutcomeApprove), r.is(model.Reassessment),
		r.decides(model.StageInfoOwner, model.TaskDecision, 2, model.OutcomeAccept),
	)
}

func changeReassessed(r *pathRun) error {
	return all(r.toUse, r.sends(supplierChanged()), r.is(model.Reassessment), r.assessedAgain, r.is(model.Active))
}

func reviewUnchanged(r *pathRun) error {
	return all(r.toUse, r.fires(model.SubjectReview, model.DeadlineReview, 1),
		r.decides(model.StageReview, model.TaskReview, 1, model.OutcomeUnchanged), r.is(model.Active))
}

// reviewUpdated pins a review that opens the sign-off and with it the owner's
// decision.
func reviewUpdated(r *pathRun) error {
	return all(r.toUse, r.fires(model.SubjectReview, model.DeadlineReview, 1),
		r.sends(contract.Act{
			Kind: model.ActDecide, Outcome: model.OutcomeUpdated, Plan: planned(model.Sequential, "1"), Reopen: []model.StageKey{model.StageCISO},
			Task: &model.TaskKey{Stage: model.StageReview, Kind: model.TaskReview, Round: 1},
		}),
		r.is(model.Reassessment), r.signsOff(2, model.OutcomeApprove),
		r.decides(model.StageInfoOwner, model.TaskDecision, 2, model.OutcomeAccept), r.is(model.Active))
}

// decommissioned pins the end of a case whose next review was still to come.
func decommissioned(r *pathRun) error {
	r.rec.setDue(model.DeadlineID(r.id, model.SubjectReview, model.DeadlineReview, 1), time.Now().Add(time.Hour))
	return all(r.toUse, r.acting(model.ActDecommission), r.is(model.Decommissioned),
		r.acting(model.ActArchive), r.is(model.Archived))
}
