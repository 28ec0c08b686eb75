package workflows

import (
	"reflect"
	"slices"
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// walk is a case under test: each act is decided and taken over, and what the
// transition changes must fold to what the lifecycle holds.
type walk struct {
	t *testing.T
	s model.Snapshot
}

func start(t *testing.T) *walk {
	return &walk{t: t, s: model.Snapshot{Found: true, State: model.Draft}}
}

func (w *walk) do(a contract.Act) []model.Step {
	w.t.Helper()
	a.Version = w.s.Version
	tr, refused := decide(w.s, a)
	if refused != nil {
		w.t.Fatalf("%s %v %s: refused %v", a.Kind, a.Task, a.Outcome, refused)
	}
	folded := w.s.Clone()
	folded.Apply(tr.Changes)
	want := tr.after.Clone()
	want.Sort()
	want.Conditions, folded.Conditions = 0, 0
	if !reflect.DeepEqual(normal(folded), normal(want)) {
		w.t.Fatalf("%s: the changes fold to\n%+v\nbut the case is\n%+v", a.Kind, folded, want)
	}
	w.s = tr.after
	w.s.Version++
	return tr.Steps
}

// normal makes empty and missing lists the same.
func normal(s model.Snapshot) model.Snapshot {
	if len(s.HardStops) == 0 {
		s.HardStops = nil
	}
	if len(s.Blockers) == 0 {
		s.Blockers = nil
	}
	if len(s.Covered) == 0 {
		s.Covered = nil
	}
	return s
}

func (w *walk) refused(a contract.Act, code model.Code, rules ...string) {
	w.t.Helper()
	a.Version = w.s.Version
	_, refused := decide(w.s, a)
	if refused == nil || refused.Code != code || !slices.Equal(refused.Rules, rules) {
		w.t.Fatalf("%s %s: got %v, want %s %v", a.Kind, a.Outcome, refused, code, rules)
	}
}

func (w *walk) is(state model.CaseState) {
	w.t.Helper()
	if w.s.State != state {
		w.t.Fatalf("the case is %s, want %s", w.s.State, state)
	}
}

// on is the answer to the open task of a kind.
func (w *walk) on(stage model.StageKey, kind model.TaskKind, o model.Outcome) contract.Act {
	w.t.Helper()
	st := w.s.Stage(stage)
	if st == nil || st.Task(kind) == nil {
		w.t.Fatalf("there is no task %s.%s", stage, kind)
	}
	return contract.Act{
		Kind: model.ActDecide, Outcome: o, Target: targetIntake,
		Task: &model.TaskKey{Stage: stage, Kind: kind, Round: st.Task(kind).Round},
		Plan: &model.Plan{Outcome: model.Proceed},
	}
}

func submit(p *model.Plan) contract.Act { return contract.Act{Kind: model.ActSubmit, Plan: p} }

func plan(tier model.Tier, mode model.Mode, stages ...model.PlanStage) *model.Plan {
	return &model.Plan{Outcome: model.Proceed, Tier: tier, Mode: mode, Stages: stages}
}

func required(key model.StageKey, r model.Requirement, scope string) model.PlanStage {
	return model.PlanStage{Key: key, Requirement: r, Scope: scope}
}

// sequentialPlan is a T3 case with personal data.
func sequentialPlan() *model.Plan {
	return plan(model.T3, model.Sequential,
		required(model.StageManager, model.Required, "m1"),
		required(model.StageLegalBasis, model.Required, "l1"),
		required(model.StageEnvironment, model.Light, "e1"),
		required(model.StageCISO, model.Full, "c1"),
		required(model.StageInfoOwner, model.Required, "i1"),
	)
}

func (w *walk) toCISO() {
	w.do(submit(sequentialPlan()))
	w.is(model.ManagerReview)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.LegalReview)
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupportsWithRemarks))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.is(model.CISOReview)
}

func TestSequentialCaseIsApprovedAndActivated(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	if st := w.s.Stage(model.StageEnvironment); st.Result != model.OutcomeLightOK {
		t.Fatalf("light environment review: %+v", st)
	}
	approve := w.on(model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions)
	approve.Conditions = 2
	w.do(approve)
	w.is(model.OwnerDecision)
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.ApprovedCond)

	w.s.OpenBeforeUse = 1
	w.refused(contract.Act{Kind: model.ActActivate}, model.CodeConditionsOpen, "CO-01")
	w.do(contract.Act{Kind: model.ActVerifyCondition})
	w.s.OpenBeforeUse = 0
	w.do(contract.Act{Kind: model.ActActivate})
	w.is(model.Active)
	w.refused(contract.Act{Kind: model.ActWithdraw}, model.CodeStateConflict, "T-21")
}

func TestAdviceComesBeforeTheDecision(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(sequentialPlan()))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.refused(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful), model.CodeGuard, "LB-R19")
}

func TestParallelStagesOpenTogetherAndWaitWithTheirDecision(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := sequentialPlan()
	p.Tier, p.Mode = model.T2, model.Parallel
	w.do(submit(p))
	w.is(model.ManagerReview)
	for _, key := range []model.StageKey{model.StageManager, model.StageLegalBasis, model.StageCISO, model.StageInfoOwner} {
		if st := w.s.Stage(key); st.Status != model.StageOpen {
			t.Errorf("%s is %s", key, st.Status)
		}
	}
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-01")
	w.refused(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept), model.CodeGuard, "T-17")
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-02")
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.is(model.ManagerReview)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.CISOReview)
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Approved)
}

func TestReturnKeepsWhatWasReviewed(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReturn))
	w.is(model.Returned)
	if w.s.Target != targetIntake {
		t.Fatalf("target %q", w.s.Target)
	}
	w.do(submit(sequentialPlan()))
	w.is(model.CISOReview)
	st := w.s.Stage(model.StageCISO)
	if st.Status != model.StageOpen || st.Task(model.TaskDecision).Round != 2 {
		t.Fatalf("the returned stage: %+v", st)
	}
	if st := w.s.Stage(model.StageLegalBasis); st.Status != model.StageDone {
		t.Fatalf("a stage whose scope did not change: %+v", st)
	}
}

func TestResubmissionReopensExactlyWhatChanged(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	changed := sequentialPlan()
	changed.Stages[1].Scope = "l2"
	w.do(submit(changed))
	w.is(model.LegalReview)
	for key, want := range map[model.StageKey]model.StageStatus{
		model.StageManager: model.StageDone, model.StageLegalBasis: model.StageOpen,
		model.StageCISO: model.StageOpen, model.StageInfoOwner: model.StageWaiting,
	} {
		if got := w.s.Stage(key).Status; got != want {
			t.Errorf("%s is %s, want %s", key, got, want)
		}
	}
	if r := w.s.Stage(model.StageCISO).Task(model.TaskDecision).Round; r != 1 {
		t.Errorf("the CISO's open task was opened again: round %d", r)
	}
	w.refused(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove), model.CodeGuard, "SG-01")
}

func TestControllersDecisionFallsWithAnyStage(t *testing.T) {
	t.Parallel()
	p := plan(model.T1, model.Parallel,
		required(model.StageManager, model.Required, "m1"),
		required(model.StageCISO, model.Light, "c1"),
	)
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.CISOReview)
	changed := plan(model.T1, model.Parallel, p.Stages[0], required(model.StageCISO, model.Light, "c2"))
	w.do(submit(changed))
	w.is(model.ManagerReview)
}

func TestStageThatIsNoLongerRequiredIsClosed(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	without := sequentialPlan()
	without.Stages = slices.Delete(without.Stages, 4, 5)
	w.do(submit(without))
	if st := w.s.Stage(model.StageInfoOwner); st.Status != model.StageNotRequired {
		t.Fatalf("info_owner: %+v", st)
	}
	w.do(submit(sequentialPlan()))
	if st := w.s.Stage(model.StageInfoOwner); st.Status != model.StageWaiting {
		t.Fatalf("info_owner required again: %+v", st)
	}
}

func stopped(stops ...string) *model.Plan {
	return &model.Plan{Outcome: model.StoppedByRule, Tier: model.T4, Mode: model.Sequential, HardStops: stops}
}

func TestStopByRuleCanBeCorrected(t *testing.T) {
	t.Parallel()
	w := start(t)
	steps := w.do(submit(stopped("HS-02")))
	w.is(model.RejectedAuto)
	var events []model.EventKind
	for _, s := range steps {
		events = append(events, s.Event)
	}
	if want := []model.EventKind{model.EventSubmitted, model.EventTriaged, model.EventStopped}; !slices.Equal(events, want) {
		t.Fatalf("events %v", events)
	}
	w.do(contract.Act{Kind: model.ActCorrect})
	w.is(model.Returned)
	w.do(submit(sequentialPlan()))
	w.is(model.ManagerReview)
	if len(w.s.HardStops) != 0 {
		t.Fatalf("hard stops %v", w.s.HardStops)
	}
}

func TestStopOfAToolInUseReachesThoseInCharge(t *testing.T) {
	t.Parallel()
	p := stopped("HS-06")
	p.InUse = true
	w := start(t)
	w.do(submit(p))
	w.do(w.on(model.StageStopUse, model.TaskStopUnit, model.OutcomeDone))
	w.do(w.on(model.StageStopUse, model.TaskStopSecurity, model.OutcomeDone))
	w.is(model.RejectedAuto)
	if st := w.s.Stage(model.StageStopUse); st.Status != model.StageDone {
		t.Fatalf("stop: %+v", st)
	}
	w.do(submit(sequentialPlan()))
	w.is(model.ManagerReview)
}

func TestProhibitedPracticeNeedsAPerson(t *testing.T) {
	t.Parallel()
	for _, stop := range []string{"HS-01", "HS-08"} {
		w := start(t)
		w.do(submit(stopped(stop)))
		w.refused(contract.Act{Kind: model.ActCorrect}, model.CodeGuard, "T-07a", stop)
		w.refused(submit(sequentialPlan()), model.CodeGuard, "T-07a", stop)
	}
}

func TestStopDuringReviewCancelsOpenTasks(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	w.do(submit(stopped("HS-02")))
	w.is(model.RejectedAuto)
	for _, st := range w.s.Stages {
		for _, task := range st.Tasks {
			if task.Status == model.TaskOpen {
				t.Errorf("%s.%s is open", st.Key, task.Kind)
			}
		}
	}
	w.do(submit(sequentialPlan()))
	w.is(model.CISOReview)
}

func TestApprovalNeedsTodaysRules(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		plan  *model.Plan
		code  model.Code
		rules []string
	}{
		"not evaluated": {nil, model.CodeReevaluate, nil},
		"hard stop":     {&model.Plan{HardStops: []string{"HS-12"}}, model.CodeGuard, []string{"SG-06", "HS-12"}},
		"open blocker":  {&model.Plan{Blockers: []string{"RT-01"}}, model.CodeGuard, []string{"SG-06", "RT-01"}},
	} {
		w := start(t)
		w.toCISO()
		approve := w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove)
		approve.Plan = tt.plan
		t.Run(name, func(t *testing.T) { w.t = t; w.refused(approve, tt.code, tt.rules...) })
	}
}

// After a resubmission any stage may be decided last. Only then does its decision
// need triage.
func TestLastDecisionOfAnyStageNeedsTodaysRules(t *testing.T) {
	t.Parallel()
	w := start(t)
	stages := func(legal string) *model.Plan {
		return plan(model.T2, model.Parallel,
			required(model.StageManager, model.Required, "m"),
			required(model.StageLegalBasis, model.Required, legal),
			required(model.StageCISO, model.Full, "c"),
			required(model.StageInfoOwner, model.Required, "i"))
	}
	decide := func(stage model.StageKey, o model.Outcome) contract.Act {
		a := w.on(stage, model.TaskDecision, o)
		a.Plan = nil
		return a
	}
	w.do(submit(stages("l")))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(decide(model.StageLegalBasis, model.OutcomeLawful))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))

	w.do(submit(stages("other")))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.refused(decide(model.StageLegalBasis, model.OutcomeLawful), model.CodeReevaluate)
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.is(model.Approved)
}

func TestRejectAndWithdrawEndTheCase(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toCISO()
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.is(model.CISOReview)
	w.do(w.on(model.StageCISO, model.TaskSecondReading, model.OutcomeSetAside))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.do(w.on(model.StageCISO, model.TaskSecondReading, model.OutcomeConfirm))
	w.is(model.Rejected)
	w.refused(submit(sequentialPlan()), model.CodeStateConflict, "T-19")
	w.do(contract.Act{Kind: model.ActArchive})
	w.is(model.Archived)

	w = start(t)
	w.toCISO()
	w.do(contract.Act{Kind: model.ActWithdraw})
	w.is(model.Withdrawn)
	w.refused(contract.Act{Kind: model.ActWithdraw}, model.CodeStateConflict, "T-21")
}

func TestAnsweredTaskIsClosed(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(sequentialPlan()))
	endorse := w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse)
	w.do(endorse)
	w.refused(endorse, model.CodeTaskClosed)
	w.refused(contract.Act{Kind: model.ActDecide}, model.CodeStateConflict)
	w.refused(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeApprove), model.CodeInvalid)
}

func TestOnlyAPresumedAssessmentCanBeWaived(t *testing.T) {
	t.Parallel()
	for _, r := range []model.Requirement{model.Required, model.Presumed} {
		w := start(t)
		w.do(submit(plan(model.T2, model.Parallel,
			required(model.StageManager, model.Required, "m"), required(model.StageDPIA, r, "d"))))
		w.do(w.on(model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
		waive := w.on(model.StageDPIA, model.TaskDecision, model.OutcomeWaived)
		if r == model.Required {
			w.refused(waive, model.CodeGuard, "DP-07")
		} else {
			w.do(waive)
		}
	}
}

func TestStagesBeforeUseHoldUpActivation(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(plan(model.T1, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		required(model.StageCISO, model.Light, "c"),
		required(model.StageAILabel, model.Required, "a"))))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.is(model.Approved)
	w.refused(contract.Act{Kind: model.ActActivate}, model.CodeGuard, "T-22")
	w.do(w.on(model.StageAILabel, model.TaskRegistration, model.OutcomeDone))
	w.do(contract.Act{Kind: model.ActActivate})
	w.is(model.Active)
}

func TestOutOfScopeIsConfirmedOrReturned(t *testing.T) {
	t.Parallel()
	outOfScope := &model.Plan{Outcome: model.OutOfScope, Tier: model.T1, Mode: model.Parallel}
	w := start(t)
	w.do(submit(outOfScope))
	w.is(model.Triaged)
	toDPIA := w.on(model.StageTriageCheck, model.TaskConfirmation, model.OutcomeReturn)
	toDPIA.Target = string(model.StageDPIA)
	w.refused(toDPIA, model.CodeInvalid, "T-06")
	w.do(w.on(model.StageTriageCheck, model.TaskConfirmation, model.OutcomeReturn))
	w.is(model.Returned)
	w.do(submit(outOfScope))
	w.is(model.Triaged)
	w.do(w.on(model.StageTriageCheck, model.TaskConfirmation, model.OutcomeConfirm))
	w.is(model.Archived)
}

func TestRejectionBelowT3NeedsOnePerson(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(plan(model.T1, model.Parallel, required(model.StageManager, model.Required, "m"))))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeReject))
	w.is(model.Rejected)
}

func TestReExaminationNeedsBothAndOpensTheWayForAProhibitedPractice(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.refused(contract.Act{Kind: model.ActReExamine}, model.CodeStateConflict, "T-07")
	w.do(submit(stopped("HS-01")))
	w.do(contract.Act{Kind: model.ActReExamine})
	w.refused(contract.Act{Kind: model.ActReExamine}, model.CodeStateConflict, "T-07")
	w.do(w.on(model.StageReExamination, model.TaskReviewLegal, model.OutcomeErrorUpheld))
	w.is(model.RejectedAuto)
	w.do(w.on(model.StageReExamination, model.TaskConfirmation, model.OutcomeErrorUpheld))
	w.is(model.Returned)
	w.do(submit(sequentialPlan()))
	w.is(model.ManagerReview)

	w = start(t)
	w.do(submit(stopped("HS-01")))
	w.do(contract.Act{Kind: model.ActReExamine})
	w.do(w.on(model.StageReExamination, model.TaskReviewLegal, model.OutcomeStopStands))
	w.is(model.RejectedAuto)
	w.do(contract.Act{Kind: model.ActReExamine})
}

func TestStageIsRaisedAndNeverLowered(t *testing.T) {
	t.Parallel()
	raise := func(r model.Requirement) contract.Act {
		return contract.Act{Kind: model.ActRaiseStage, Stage: model.StageDPIA, Requirement: r}
	}
	p := plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		required(model.StageDPIA, model.ThresholdOnly, "d"),
		required(model.StageCISO, model.Light, "c"))
	w := start(t)
	w.do(submit(p))
	if st := w.s.Stage(model.StageDPIA); st.Status != model.StageDone {
		t.Fatalf("a threshold screening is its own record: %+v", st)
	}
	w.refused(raise(model.Full), model.CodeGuard, "T-31")
	w.do(raise(model.Required))
	w.refused(raise(model.ThresholdOnly), model.CodeGuard, "T-31")
	st := w.s.Stage(model.StageDPIA)
	if st.Status != model.StageOpen || st.Requirement != model.Required {
		t.Fatalf("raised: %+v", st)
	}
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.DPIA)
	w.do(submit(p))
	if st := w.s.Stage(model.StageDPIA); st.Requirement != model.Required || st.Task(model.TaskAdvice).Round != 1 {
		t.Fatalf("after another triage: %+v", st)
	}
	w.do(submit(plan(model.T2, model.Parallel, p.Stages[0], p.Stages[2])))
	if st := w.s.Stage(model.StageDPIA); st.Status != model.StageOpen {
		t.Fatalf("a raised stage that triage does not ask for: %+v", st)
	}
}

// A stage that a reviewer raised goes on when triage no longer asks for it: what
// was returned is taken up again, and other facts make it begin anew (T-31).
func TestRaisedStageGoesOnWithoutTriage(t *testing.T) {
	t.Parallel()
	manager, dpia := required(model.StageManager, model.Required, "m"), required(model.StageDPIA, model.ThresholdOnly, "d")
	w := start(t)
	w.do(submit(plan(model.T2, model.Parallel, manager, dpia)))
	w.do(contract.Act{Kind: model.ActRaiseStage, Stage: model.StageDPIA, Requirement: model.Required})
	w.do(w.on(model.StageDPIA, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeReturn))
	dpia.Requirement = model.NotRequired
	w.do(submit(plan(model.T2, model.Parallel, manager, dpia)))
	w.open(model.StageDPIA, "decision 2")
	dpia.Scope = "other facts"
	w.do(submit(plan(model.T2, model.Parallel, manager, dpia)))
	w.open(model.StageDPIA, "advice 2", "decision 3")
}

func privateLicence(blockers ...string) *model.Plan {
	p := plan(model.T2, model.Parallel,
		required(model.StageManager, model.Required, "m"),
		required(model.StageCISO, model.Light, "c"),
		required(model.StageInfoOwner, model.Required, "i"))
	if len(blockers) > 0 {
		p.Outcome, p.Blockers = model.ProceedWithBlockers, blockers
	}
	return p
}

func TestPrivateLicenceIsApprovedFirst(t *testing.T) {
	t.Parallel()
	answer := func(w *walk, o model.Outcome, p *model.Plan) contract.Act {
		a := w.on(model.StageInfoOwner, model.TaskDecision, o)
		a.Plan = p
		return a
	}
	w := start(t)
	w.do(submit(privateLicence("RT-16")))
	w.is(model.OwnerDecision)
	if st := w.s.Stage(model.StageManager); st.Status != model.StageWaiting {
		t.Fatalf("the manager: %+v", st)
	}
	w.refused(answer(w, model.OutcomeAccept, &model.Plan{}), model.CodeGuard, "RT-16")
	w.do(answer(w, model.OutcomeAccept, privateLicence()))
	w.is(model.ManagerReview)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.is(model.Approved)

	w = start(t)
	w.do(submit(privateLicence("RT-16")))
	refused := stopped("HS-07")
	refused.Stages = privateLicence().Stages
	w.do(answer(w, model.OutcomeReject, refused))
	w.is(model.RejectedAuto)

	w = start(t)
	w.do(submit(privateLicence("RT-16")))
	last := privateLicence()
	last.OwnerLast = true
	w.do(answer(w, model.OutcomeAccept, last))
	w.is(model.ManagerReview)
	if st := w.s.Stage(model.StageInfoOwner); st.Undecided() == false {
		t.Fatalf("an agent's owner decides at the end too: %+v", st)
	}
}
