package workflows

import (
	"fmt"
	"slices"
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// assessed is a stage of a plan whose assessment is handed in.
func assessed(key model.StageKey, r model.Requirement, scope string) model.PlanStage {
	p := required(key, r, scope)
	p.Assess = true
	return p
}

// assessedPlan is a case whose legal basis and DPIA are prepared, all at once.
func assessedPlan() *model.Plan {
	return plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m1"),
		assessed(model.StageLegalBasis, model.Required, "l1"),
		assessed(model.StageDPIA, model.Required, "d1"),
		required(model.StageCISO, model.Full, "c1"),
		required(model.StageInfoOwner, model.Required, "i1"),
	)
}

func handIn(stage model.StageKey, part string) contract.Act {
	return contract.Act{Kind: model.ActHandIn, Stage: stage, Part: part}
}

// open lists the open tasks of a stage as "kind round".
func (w *walk) open(stage model.StageKey, want ...string) {
	w.t.Helper()
	w.s.Sort()
	var got []string
	if st := w.s.Stage(stage); st != nil {
		for _, t := range st.Tasks {
			if t.Status == model.TaskOpen {
				got = append(got, fmt.Sprintf("%s %d", t.Kind, t.Round))
			}
		}
	}
	if !slices.Equal(got, want) {
		w.t.Fatalf("%s has the open tasks %v, want %v", stage, got, want)
	}
}

func (w *walk) stands(stage model.StageKey, status model.StageStatus, result model.Outcome) {
	w.t.Helper()
	if st := w.s.Stage(stage); st.Status != status || st.Result != result {
		w.t.Fatalf("%s is %s with the result %q, want %s %q", stage, st.Status, st.Result, status, result)
	}
}

// reviewing is a case whose two assessments are with their reviewers.
func reviewing(t *testing.T) *walk {
	t.Helper()
	w := start(t)
	w.do(submit(assessedPlan()))
	w.do(handIn(model.StageLegalBasis, "a"))
	w.do(handIn(model.StageDPIA, "a"))
	return w
}

// passed answers the advice and the decision of a stage.
func (w *walk) passed(stage model.StageKey, o model.Outcome) {
	w.t.Helper()
	w.do(w.on(stage, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(stage, model.TaskDecision, o))
}

func TestStageWaitsForItsAssessment(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(assessedPlan()))
	w.open(model.StageLegalBasis, "prepare 1")
	w.refused(w.on(model.StageLegalBasis, model.TaskPrepare, model.OutcomeHandedIn), model.CodeStateConflict)
	steps := w.do(handIn(model.StageLegalBasis, "a"))
	if len(steps) != 1 || steps[0].Event != model.EventHandedIn || !slices.Equal(steps[0].Rules, []string{"T-19"}) {
		t.Fatalf("steps %+v", steps)
	}
	w.open(model.StageLegalBasis, "advice 1", "decision 1")
	w.refused(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful), model.CodeGuard, "LB-R19")
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)
}

func TestHandInIsRefused(t *testing.T) {
	t.Parallel()
	p := assessedPlan()
	p.Mode = model.Sequential
	beginning := func(t *testing.T) *walk { w := start(t); w.do(submit(p)); return w }
	for name, tt := range map[string]struct {
		begin func(*testing.T) *walk
		act   contract.Act
		code  model.Code
	}{
		"a draft":                          {start, handIn(model.StageLegalBasis, "a"), model.CodeStateConflict},
		"a stage that has not begun":       {beginning, handIn(model.StageDPIA, "a"), model.CodeStateConflict},
		"a stage without an assessment":    {reviewing, handIn(model.StageManager, "a"), model.CodeStateConflict},
		"a stage that is not asked for":    {reviewing, handIn(model.StageFRIA, "a"), model.CodeStateConflict},
		"a stage that nobody knows":        {reviewing, handIn("dance", "a"), model.CodeStateConflict},
		"no stage":                         {reviewing, handIn("", "a"), model.CodeStateConflict},
		"the text that the reviewers have": {reviewing, handIn(model.StageDPIA, "a"), model.CodeUnchanged},
		"no text":                          {reviewing, handIn(model.StageDPIA, ""), model.CodeInvalid},
		"a statement where nobody gives one": {reviewing, contract.Act{
			Kind: model.ActHandIn, Stage: model.StageDPIA, Part: "b", Advice: contract.AdviceCoordinator,
		}, model.CodeInvalid},
		"an approved case": {func(t *testing.T) *walk {
			w := reviewing(t)
			w.approve()
			return w
		}, handIn(model.StageDPIA, "b"), model.CodeStateConflict},
		"a case stopped by rule": {func(t *testing.T) *walk {
			w := reviewing(t)
			w.do(submit(stopped("HS-02")))
			return w
		}, handIn(model.StageDPIA, "b"), model.CodeStateConflict},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := tt.begin(t)
			var rules []string
			if tt.code != "" {
				rules = []string{"T-19"}
			}
			w.refused(tt.act, tt.code, rules...)
		})
	}
}

// approve answers every task of a case until it is approved.
func (w *walk) approve() {
	w.t.Helper()
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.passed(model.StageDPIA, model.OutcomeAcceptable)
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Approved)
}

// Two who hand in the same text at once: the second finds it with the reviewers. A
// decision that meets a new text is stale.
func TestRacesWithAHandIn(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(assessedPlan()))
	first, second := handIn(model.StageLegalBasis, "a"), handIn(model.StageLegalBasis, "a")
	w.do(first)
	w.refused(second, model.CodeUnchanged, "T-19")

	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	late := w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	w.do(handIn(model.StageLegalBasis, "b"))
	w.refused(late, model.CodeStale)
	w.open(model.StageLegalBasis, "advice 2", "decision 2")
	w.refused(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful), model.CodeGuard, "LB-R19")

	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.do(handIn(model.StageLegalBasis, "c")) // after the decision
	w.stands(model.StageLegalBasis, model.StageOpen, "")
	w.open(model.StageLegalBasis, "advice 3", "decision 3")
}

// An assessment that comes back unchanged keeps the answers of those who did not
// return it.
func TestReturnToAStageAndBack(t *testing.T) {
	t.Parallel()
	back := func(w *walk, kind model.TaskKind) {
		a := w.on(model.StageAgentRisk, kind, model.OutcomeReturn)
		a.Target = string(model.StageAgentRisk)
		w.do(a)
	}
	p := plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		assessed(model.StageAgentRisk, model.Required, "a"),
		required(model.StageCISO, model.Full, "c"))
	w := start(t)
	w.do(submit(p))
	w.do(handIn(model.StageAgentRisk, "a"))
	w.do(w.on(model.StageAgentRisk, model.TaskBenefit, model.OutcomeConfirmed))
	back(w, model.TaskReviewLegal)
	w.is(model.Returned)
	w.open(model.StageAgentRisk, "prepare 2", "review_security 1")
	w.do(w.on(model.StageAgentRisk, model.TaskReviewSecurity, model.OutcomePass))
	w.stands(model.StageAgentRisk, model.StageReturned, "")
	w.do(handIn(model.StageAgentRisk, "a"))
	w.is(model.ManagerReview)
	w.open(model.StageAgentRisk, "review_legal 2")
	w.do(w.on(model.StageAgentRisk, model.TaskReviewLegal, model.OutcomePassWithConditions))
	w.stands(model.StageAgentRisk, model.StageDone, model.OutcomePassWithConditions)

	// Another text begins anew.
	w.do(handIn(model.StageAgentRisk, "b"))
	back(w, model.TaskReviewSecurity)
	back(w, model.TaskReviewLegal) // a second reviewer returns it too
	w.open(model.StageAgentRisk, "prepare 3", "benefit 2")
	w.do(handIn(model.StageAgentRisk, "c"))
	w.open(model.StageAgentRisk, "benefit 3", "review_legal 4", "review_security 3")
}

// A stage that is returned by one of its reviewers is not done when the others
// have passed it.
func TestReturnedStageIsNotPassedByTheOthers(t *testing.T) {
	t.Parallel()
	p := plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		required(model.StageAgentRisk, model.Required, "a"),
		required(model.StageCISO, model.Full, "c"))
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageAgentRisk, model.TaskReviewLegal, model.OutcomeReturn))
	w.do(w.on(model.StageAgentRisk, model.TaskBenefit, model.OutcomeConfirmed))
	w.do(w.on(model.StageAgentRisk, model.TaskReviewSecurity, model.OutcomePass))
	w.stands(model.StageAgentRisk, model.StageReturned, "")
	w.do(submit(p))
	w.open(model.StageAgentRisk, "review_legal 2")
}

// A reviewer may ask for another stage's assessment. Unchanged, that stage stands
// as it did, and the reviewer goes on.
func TestReturnForAnotherStagesAssessment(t *testing.T) {
	t.Parallel()
	ask := func(w *walk, target string) contract.Act {
		a := w.on(model.StageCISO, model.TaskDecision, model.OutcomeReturn)
		a.Target = target
		return a
	}
	w := reviewing(t)
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.passed(model.StageDPIA, model.OutcomeAcceptableMeasures)
	for _, target := range []string{string(model.StageManager), string(model.StageFRIA), "dance"} {
		w.refused(ask(w, target), model.CodeInvalid, "T-18")
	}
	w.do(ask(w, string(model.StageDPIA)))
	w.is(model.Returned)
	w.stands(model.StageDPIA, model.StageReturned, "")
	w.open(model.StageCISO)
	w.do(handIn(model.StageLegalBasis, "other")) // not what was asked for
	w.is(model.Returned)
	w.do(handIn(model.StageDPIA, "a"))
	w.is(model.ManagerReview)
	w.stands(model.StageDPIA, model.StageDone, model.OutcomeAcceptableMeasures)
	w.open(model.StageCISO, "decision 2")

	w.do(ask(w, string(model.StageDPIA)))
	w.do(handIn(model.StageDPIA, "b"))
	w.open(model.StageDPIA, "advice 2", "decision 2")
	w.open(model.StageCISO, "decision 3")
}

// A stage that has not begun cannot be asked for its assessment.
func TestReturnForAStageThatHasNotBegun(t *testing.T) {
	t.Parallel()
	p := assessedPlan()
	p.Mode = model.Sequential
	w := start(t)
	w.do(submit(p))
	a := w.on(model.StageManager, model.TaskEndorse, model.OutcomeReturn)
	a.Target = string(model.StageDPIA)
	w.refused(a, model.CodeInvalid, "T-18")
}

// A case that waits for its intake goes on waiting when an assessment comes back.
func TestReturnToIntakeAndToAStage(t *testing.T) {
	t.Parallel()
	for _, intakeFirst := range []bool{true, false} {
		w := reviewing(t)
		toStage := w.on(model.StageDPIA, model.TaskDecision, model.OutcomeReturn)
		toStage.Target = string(model.StageDPIA)
		toIntake := w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn)
		if intakeFirst {
			w.do(toIntake)
			w.do(toStage)
		} else {
			w.do(toStage)
			w.do(toIntake)
		}
		w.do(handIn(model.StageDPIA, "a"))
		w.is(model.Returned)
		if w.s.Target != targetIntake {
			t.Fatalf("target %q", w.s.Target)
		}
		w.open(model.StageDPIA, "advice 1", "decision 2")
		w.do(submit(assessedPlan()))
		w.is(model.ManagerReview)
		w.open(model.StageLegalBasis, "advice 1", "decision 2")
	}
}

// The owner may answer a return of an assessment with the intake: the assessment
// has to be handed in all the same, and unchanged keeps the other answers.
func TestIntakeBeforeTheReturnedAssessment(t *testing.T) {
	t.Parallel()
	w := reviewing(t)
	w.do(w.on(model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	a := w.on(model.StageDPIA, model.TaskDecision, model.OutcomeReturn)
	a.Target = string(model.StageDPIA)
	w.do(a)
	w.do(submit(assessedPlan()))
	w.is(model.ManagerReview)
	w.open(model.StageDPIA, "prepare 2")
	w.do(handIn(model.StageDPIA, "a"))
	w.open(model.StageDPIA, "decision 2")
}

// New facts ask for the assessment again; a stage that gets one waits for it.
func TestChangedScopeAsksForTheAssessmentAgain(t *testing.T) {
	t.Parallel()
	w := reviewing(t)
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	changed := assessedPlan()
	changed.Stages[1].Scope = "l2"
	w.do(submit(changed))
	w.open(model.StageLegalBasis, "prepare 2")
	if st := w.s.Stage(model.StageLegalBasis); st.Part != "" {
		t.Fatalf("the stage keeps %q", st.Part)
	}
	w.open(model.StageDPIA, "advice 1", "decision 1")
	w.do(handIn(model.StageLegalBasis, "a"))
	w.open(model.StageLegalBasis, "advice 2", "decision 2")

	without := assessedPlan()
	without.Stages[1].Scope = "l2"
	without.Stages[2].Assess = false
	w.do(submit(without))
	w.open(model.StageDPIA, "advice 2", "decision 2")
	w.do(submit(changed))
	w.open(model.StageDPIA, "prepare 2")

	gone := slices.Delete(assessedPlan().Stages, 2, 3)
	w.do(submit(plan(model.T2, model.Parallel, gone...)))
	if st := w.s.Stage(model.StageDPIA); st.Assess || st.Part != "" || st.Status != model.StageNotRequired {
		t.Fatalf("no longer asked for: %+v", st)
	}
}

// The controller's decision falls with a text that changes, not with one that is
// explained.
func TestControllersDecisionFallsWithAnAssessment(t *testing.T) {
	t.Parallel()
	p := plan(model.T1, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		assessed(model.StageLegalBasis, model.Short, "l"),
		required(model.StageCISO, model.Light, "c"))
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(handIn(model.StageLegalBasis, "a"))
	w.stands(model.StageManager, model.StageDone, model.OutcomeEndorse)
	a := w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn)
	a.Target = string(model.StageLegalBasis)
	w.do(a)
	w.do(handIn(model.StageLegalBasis, "a"))
	w.stands(model.StageManager, model.StageDone, model.OutcomeEndorse)
	a.Task.Round = 2
	w.do(a)
	w.do(handIn(model.StageLegalBasis, "b"))
	w.open(model.StageManager, "endorse 2")
}

// What the last stage left to decide is no longer asked for, the controller
// decides on what is left.
func TestNothingLeftToDecideIsForTheController(t *testing.T) {
	t.Parallel()
	p := plan(model.T1, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		assessed(model.StageLegalBasis, model.Short, "l"),
		required(model.StageCISO, model.Light, "c"))
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(handIn(model.StageLegalBasis, "a"))
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.do(submit(plan(model.T1, model.Parallel, p.Stages[:2]...)))
	w.is(model.ManagerReview)
	w.open(model.StageManager, "endorse 2")
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.Approved)
}

// A case that turns out not to be about AI, and then to be, has its reviewers
// again.
func TestConfirmationDuringReviewLeavesNobodyWithoutATask(t *testing.T) {
	t.Parallel()
	w := reviewing(t)
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.do(submit(&model.Plan{Outcome: model.OutOfScope, Tier: model.T1, Mode: model.Parallel}))
	w.is(model.Triaged)
	w.do(w.on(model.StageTriageCheck, model.TaskConfirmation, model.OutcomeReturn))
	w.do(submit(assessedPlan()))
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)
	w.open(model.StageDPIA, "prepare 2")
	w.open(model.StageCISO, "decision 2")
}

// The DPO's task with two parts is answered at once (AD-02).
func TestJointAdvice(t *testing.T) {
	t.Parallel()
	w := reviewing(t)
	joint := w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports)
	second := w.on(model.StageDPIA, model.TaskAdvice, model.OutcomeAdvisesAgainst)
	joint.Joint, joint.JointOutcome = second.Task, second.Outcome

	for name, change := range map[string]func(*contract.Act){
		"an outcome that is none":   func(a *contract.Act) { a.JointOutcome = model.OutcomeApprove },
		"advice and a decision":     func(a *contract.Act) { a.Joint = w.on(model.StageDPIA, model.TaskDecision, "").Task },
		"a decision and advice":     func(a *contract.Act) { a.Task = w.on(model.StageDPIA, model.TaskDecision, "").Task },
		"the second part by itself": func(a *contract.Act) { a.Task = nil },
	} {
		a := joint
		change(&a)
		a.Version = w.s.Version
		if _, refused := decide(w.s, a); refused == nil || refused.Code != model.CodeInvalid {
			t.Errorf("%s: %v", name, refused)
		}
	}
	same := joint
	same.Joint, same.JointOutcome = joint.Task, model.OutcomeSupports
	w.refused(same, model.CodeTaskClosed)

	steps := w.do(joint)
	if len(steps) != 2 || steps[0].Event != model.EventAdvised || steps[1].Event != model.EventAdvised {
		t.Fatalf("steps %+v", steps)
	}
	w.open(model.StageLegalBasis, "decision 1")
	w.open(model.StageDPIA, "decision 1")
	if o := w.s.Stage(model.StageDPIA).Task(model.TaskAdvice).Outcome; o != model.OutcomeAdvisesAgainst {
		t.Fatalf("the second part says %s", o)
	}
	w.refused(joint, model.CodeTaskClosed)
}

// A stage whose decision the head of the unit has to confirm is not done before.
// What the head returns is decided again.
func TestHeadConfirmsOrReturns(t *testing.T) {
	t.Parallel()
	against := func(w *walk) {
		a := w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
		a.Head = true
		w.do(a)
	}
	w := reviewing(t)
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeAdvisesAgainst))
	against(w)
	w.open(model.StageLegalBasis, "head_confirmation 1")
	w.refused(w.on(model.StageLegalBasis, model.TaskHead, model.OutcomeReject), model.CodeInvalid)
	w.do(w.on(model.StageLegalBasis, model.TaskHead, model.OutcomeReturn))
	w.is(model.Returned)
	w.do(submit(assessedPlan()))
	w.open(model.StageLegalBasis, "decision 2")
	against(w)
	w.open(model.StageLegalBasis, "head_confirmation 2")
	confirm := w.on(model.StageLegalBasis, model.TaskHead, model.OutcomeConfirm)
	confirm.Head = true // confirming needs no confirmation
	w.do(confirm)
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)

	// With another text the confirmation falls too, and need not be asked for.
	w.do(handIn(model.StageLegalBasis, "b"))
	w.passed(model.StageLegalBasis, model.OutcomeLawfulWithConditions)
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawfulWithConditions)

	w = reviewing(t)
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeAdvisesAgainst))
	against(w)
	w.do(handIn(model.StageLegalBasis, "b"))
	w.open(model.StageLegalBasis, "advice 2", "decision 2")
}

func TestAdviceOfAllKinds(t *testing.T) {
	t.Parallel()
	with := func(part, advice string) contract.Act {
		a := handIn(model.StageLegalBasis, part)
		a.Advice = advice
		return a
	}
	lawful := func(w *walk) contract.Act {
		return w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful)
	}

	w := start(t)
	w.do(submit(assessedPlan()))
	w.do(with("a", contract.AdviceCoordinator))
	w.open(model.StageLegalBasis, "statement 1", "decision 1")
	w.refused(lawful(w), model.CodeGuard, "LB-R19")
	w.refused(w.on(model.StageLegalBasis, model.TaskStatement, model.OutcomeNotGivenInTime), model.CodeInvalid)
	w.do(w.on(model.StageLegalBasis, model.TaskStatement, model.OutcomeSupports))
	w.do(lawful(w))

	// The coordinator's word on one text is none on the next (LB-R19), nor is the
	// DPO's.
	w.do(with("b", ""))
	w.open(model.StageLegalBasis, "advice 1", "decision 2")
	w.refused(lawful(w), model.CodeGuard, "LB-R19")
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(lawful(w))
	w.do(with("c", contract.AdviceCoordinator))
	w.refused(lawful(w), model.CodeGuard, "LB-R19")
	w.do(w.on(model.StageLegalBasis, model.TaskStatement, model.OutcomeAdvisesAgainst))
	w.do(lawful(w))

	// Standing advice needs no task, and a return does not ask for one.
	w.do(with("d", contract.AdviceStanding))
	w.open(model.StageLegalBasis, "decision 4")
	back := w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn)
	back.Target = string(model.StageLegalBasis)
	w.do(back)
	w.do(with("d", contract.AdviceStanding))
	w.open(model.StageLegalBasis, "decision 5")
	w.do(lawful(w))
	w.do(with("e", contract.AdviceStanding))
	w.do(with("f", ""))
	w.refused(lawful(w), model.CodeGuard, "LB-R19")

	// Word that none came in time is enough for the decision (AD-01).
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeNotGivenInTime))
	w.do(lawful(w))
	w.stands(model.StageLegalBasis, model.StageDone, model.OutcomeLawful)
}

// The CISO waits for every assessment that has to be handed in again.
func TestSignoffWaitsForAssessments(t *testing.T) {
	t.Parallel()
	w := reviewing(t)
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-01")
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.passed(model.StageDPIA, model.OutcomeAcceptable)
	changed := assessedPlan()
	changed.Stages[2].Scope = "d2"
	w.do(submit(changed))
	for _, act := range []contract.Act{
		handIn(model.StageDPIA, "a"),
		{Kind: model.ActDecide, Outcome: model.OutcomeSupports, Task: &model.TaskKey{Stage: model.StageDPIA, Kind: model.TaskAdvice, Round: 2}},
	} {
		if _, refused := decide(w.s, w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove)); refused == nil || refused.Code != model.CodeGuard {
			t.Fatalf("before %s: %v", act.Kind, refused)
		}
		w.do(act)
	}
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-03")
}

// A stage that a reviewer raises waits for the assessment that it then has.
func TestRaisedStageWaitsForItsAssessment(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		required(model.StageDPIA, model.ThresholdOnly, "d"),
		required(model.StageCISO, model.Light, "c"))))
	w.stands(model.StageDPIA, model.StageDone, model.OutcomeThresholdOnly)
	w.refused(handIn(model.StageDPIA, "a"), model.CodeStateConflict, "T-19")
	w.do(contract.Act{Kind: model.ActRaiseStage, Stage: model.StageDPIA, Requirement: model.Required, Assess: true})
	w.open(model.StageDPIA, "prepare 1")
	w.do(handIn(model.StageDPIA, "a"))
	w.open(model.StageDPIA, "advice 1", "decision 1")
}

// Conditions are met and waived where a case has some, and nowhere else (CO-04).
func TestConditionsAreNotedWhereACaseHasSome(t *testing.T) {
	t.Parallel()
	for _, state := range model.CaseStates() {
		for kind, event := range map[model.ActKind]model.EventKind{
			model.ActWaive: model.EventWaiverGiven, model.ActVerifyCondition: model.EventConditionMet,
		} {
			may := state.UnderReview() || slices.Contains([]model.CaseState{
				model.Approved, model.ApprovedCond, model.Active, model.Suspended, model.Expired,
			}, state)
			tr, refused := decide(model.Snapshot{Found: true, State: state}, contract.Act{Kind: kind})
			switch {
			case !may && (refused == nil || refused.Code != model.CodeStateConflict):
				t.Errorf("%s in %s: %v", kind, state, refused)
			case may && (refused != nil || len(tr.Steps) != 1 || tr.Steps[0].Event != event || tr.Steps[0].State != state):
				t.Errorf("%s in %s: %v, %+v", kind, state, refused, tr.Steps)
			}
		}
	}
}

// An assessment that was returned to those who prepared it, and is handed in as it
// was, lets the stage behind it begin in sequence.
func TestUnchangedHandInGoesOn(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := sequentialPlan()
	p.Stages[1].Assess = true
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(contract.Act{Kind: model.ActHandIn, Stage: model.StageLegalBasis, Part: "a"})
	w.passed(model.StageLegalBasis, model.OutcomeLawful)
	w.is(model.CISOReview)
	back := w.on(model.StageCISO, model.TaskDecision, model.OutcomeReturn)
	back.Target = string(model.StageLegalBasis)
	w.do(back)
	w.is(model.Returned)
	w.do(contract.Act{Kind: model.ActHandIn, Stage: model.StageLegalBasis, Part: "a"})
	w.is(model.CISOReview)
	w.open(model.StageCISO, "decision 2")
}

// A stage that another text asks for takes the controller's decision with it: it was
// made without it (rulebook 9.13).
func TestNewStageReopensTheControllersDecision(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(privateLicence("RT-16")))
	p := privateLicence()
	accept := w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept)
	accept.Plan = p
	w.do(accept)
	w.stands(model.StageInfoOwner, model.StageDone, model.OutcomeAccept)
	p.Stages = append(p.Stages, required(model.StageAILabel, model.Required, "l"))
	w.do(submit(p))
	w.stands(model.StageInfoOwner, model.StageDone, model.OutcomeAccept) // the label is needed before use only
	p.Stages = append(p.Stages, required(model.StageEnvironment, model.Full, "e"))
	w.do(submit(p))
	w.open(model.StageInfoOwner, "decision 2")
}
