package workflows

import (
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/workflows/contract"
)

func consult(e model.ConsultationEvent) contract.Act {
	return contract.Act{Kind: model.ActConsult, Consult: e}
}

func (w *walk) consulted(want model.ConsultationState, events ...model.ConsultationEvent) {
	w.t.Helper()
	for _, e := range events {
		w.do(consult(e))
	}
	if w.s.InUse.Consultation != want {
		w.t.Fatalf("the consultation is %q, want %q", w.s.InUse.Consultation, want)
	}
}

// consultedPlan is a case in which the DPIA comes before the CISO.
func consultedPlan(mode model.Mode) *model.Plan {
	p := plan(model.T3, mode,
		required(model.StageManager, model.Required, "m1"),
		required(model.StageLegalBasis, model.Required, "l1"),
		required(model.StageDPIA, model.Required, "d1"),
		required(model.StageCISO, model.Full, "c1"),
		required(model.StageInfoOwner, model.Required, "i1"),
	)
	p.Stages[2].Assess = true
	return p
}

func (w *walk) handInDPIA(part string) {
	w.t.Helper()
	w.do(contract.Act{Kind: model.ActHandIn, Stage: model.StageDPIA, Part: part})
}

func (w *walk) adviseDPIA() {
	w.t.Helper()
	w.do(w.on(model.StageDPIA, model.TaskAdvice, model.OutcomeSupportsWithRemarks))
}

// toDecision takes a case to the decision on its DPIA.
func (w *walk) toDecision(mode model.Mode) {
	w.t.Helper()
	w.do(submit(consultedPlan(mode)))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.is(model.DPIA)
	w.handInDPIA("p1")
	w.adviseDPIA()
}

// consulting is a case whose information owner has decided to consult the authority.
func consulting(t *testing.T, mode model.Mode) *walk {
	w := start(t)
	w.toDecision(mode)
	w.happened(w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation)), model.EventDecided)
	w.is(model.PriorConsultation)
	w.stands(model.StageDPIA, model.StageOpen, "")
	return w
}

// The consultation runs, stands still and ends; its end leads back to the DPIA,
// which begins anew and passes once the risk is lower (T-11, T-12, PC-04).
func TestPriorConsultation(t *testing.T) {
	t.Parallel()
	for _, mode := range []model.Mode{model.Sequential, model.Parallel} {
		w := consulting(t, mode)
		w.refused(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeAcceptable), model.CodeTaskClosed)
		w.consulted(model.ConsultationRunning, model.ConsultSubmitted, model.ConsultReceived, model.ConsultExtensionNotified)
		w.consulted(model.ConsultationSuspended, model.ConsultInfoRequested)
		w.consulted(model.ConsultationRunning, model.ConsultInfoDelivered)
		w.consulted(model.ConsultationRunning, model.ConsultPowersUsed)
		w.is(model.PriorConsultation)
		w.consulted("", model.ConsultAdviceReceived)
		w.is(model.DPIA)
		w.open(model.StageDPIA, "prepare 2")
		w.handInDPIA("p2")
		w.adviseDPIA()
		w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeAcceptable))
		w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
		w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
		w.is(model.Approved)
	}
}

// A risk that is still high after the advice is rejected or consulted on once more
// (PC-04).
func TestSecondConsultation(t *testing.T) {
	t.Parallel()
	w := consulting(t, model.Sequential)
	w.consulted("", model.ConsultSubmitted, model.ConsultReceived, model.ConsultAdviceReceived)
	w.handInDPIA("p1") // the same text is judged anew
	w.adviseDPIA()
	w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation))
	w.is(model.PriorConsultation)
	if w.s.InUse.Consultations != 2 {
		t.Errorf("%d consultations", w.s.InUse.Consultations)
	}
	w.consulted("", model.ConsultWithdrawn)
	w.is(model.DPIA)
	w.handInDPIA("p1")
	w.adviseDPIA()
	w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeReject))
	w.do(w.on(model.StageDPIA, model.TaskSecondReading, model.OutcomeConfirm))
	w.is(model.Rejected)
}

// Every event in every state: what the order allows moves the consultation, and
// everything else is refused and changes nothing.
func TestOrderOfConsultation(t *testing.T) {
	t.Parallel()
	type states = []model.ConsultationState
	const (
		decided, submitted = model.ConsultationDecided, model.ConsultationSubmitted
		running, suspended = model.ConsultationRunning, model.ConsultationSuspended
		over               = model.ConsultationOver
	)
	allowed := map[model.ConsultationEvent]states{
		model.ConsultSubmitted:         {decided},
		model.ConsultReceived:          {submitted},
		model.ConsultExtensionNotified: {running, suspended, over},
		model.ConsultInfoRequested:     {running, over},
		model.ConsultInfoDelivered:     {suspended},
		model.ConsultAdviceReceived:    {running, suspended, over}, // GV-18
		model.ConsultPowersUsed:        {submitted, running, suspended, over},
		model.ConsultWithdrawn:         {decided, submitted, running, suspended, over},
		model.ConsultPeriodEnded:       {over},
	}
	back := []model.ConsultationEvent{model.ConsultAdviceReceived, model.ConsultWithdrawn, model.ConsultPeriodEnded}
	base := consulting(t, model.Sequential).s
	for _, e := range append(model.ConsultationEvents(), model.ConsultDecided, "another") {
		for _, state := range (states{"", decided, submitted, running, suspended, over}) {
			w := &walk{t: t, s: base.Clone()}
			w.s.InUse.Consultation = state
			switch may := slices.Contains(allowed[e], state); {
			case may:
				w.do(consult(e))
				if (w.s.State == model.DPIA) != slices.Contains(back, e) {
					t.Errorf("%s in %q leads to %s", e, state, w.s.State)
				}
			case e == model.ConsultSubmitted && state == "":
				w.refused(consult(e), model.CodeGuard, "T-11") // GV-21
			default:
				w.refused(consult(e), model.CodeStateConflict, "T-12")
			}
		}
	}
}

// The authority's time ends: nothing is decided, and people say how to go on
// (PC-03). A letter that comes to light afterwards lets it run again.
func TestConsultationPeriodEnds(t *testing.T) {
	t.Parallel()
	w := consulting(t, model.Sequential)
	w.consulted(model.ConsultationRunning, model.ConsultSubmitted, model.ConsultReceived)
	w.happened(w.fire(model.SubjectConsultation, model.DeadlinePeriodEnd), model.EventDeadlineFired)
	w.is(model.PriorConsultation)
	w.consulted(model.ConsultationOver)
	w.consulted(model.ConsultationRunning, model.ConsultExtensionNotified)
	w.fire(model.SubjectConsultation, model.DeadlinePeriodEnd)
	w.consulted(model.ConsultationSuspended, model.ConsultInfoRequested)
	w.fire(model.SubjectConsultation, model.DeadlinePeriodEnd)
	w.consulted(model.ConsultationSuspended)
	w.consulted(model.ConsultationRunning, model.ConsultInfoDelivered)
	w.fire(model.SubjectConsultation, model.DeadlinePeriodEnd)
	w.consulted("", model.ConsultPeriodEnded)
	w.is(model.DPIA)
	w.open(model.StageDPIA, "prepare 2")
}

// The decision needs the DPO's advice, the legal basis and a text that nobody is
// writing anew.
func TestDecisionToConsult(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(consultedPlan(model.Parallel)))
	w.handInDPIA("p1")
	w.refused(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation), model.CodeGuard, "DP-20")
	w.adviseDPIA()
	w.refused(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation), model.CodeGuard, "T-10")
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	back := w.on(model.StageManager, model.TaskEndorse, model.OutcomeReturn)
	back.Target = string(model.StageDPIA)
	w.do(back)
	w.refused(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation), model.CodeStateConflict, "T-11")
}

// What the authority has before it does not change under its hands: the request is
// withdrawn first.
func TestTextUnderConsultation(t *testing.T) {
	t.Parallel()
	w := consulting(t, model.Parallel)
	w.refused(contract.Act{Kind: model.ActHandIn, Stage: model.StageDPIA, Part: "p2"}, model.CodeStateConflict, "T-12")
	changed := consultedPlan(model.Parallel)
	changed.Stages[2].Scope = "d2"
	w.refused(submit(changed), model.CodeStateConflict, "T-12")
	without := consultedPlan(model.Parallel)
	without.Stages = slices.Delete(without.Stages, 2, 3)
	w.refused(submit(without), model.CodeStateConflict, "T-12")
	back := w.on(model.StageCISO, model.TaskDecision, model.OutcomeReturn)
	back.Target = string(model.StageDPIA)
	w.refused(back, model.CodeStateConflict, "T-12")

	other := consultedPlan(model.Parallel)
	other.Stages[0].Scope = "m2"
	w.do(submit(other)) // what the DPIA does not rest on
	w.is(model.ManagerReview)
	w.consulted(model.ConsultationSubmitted, model.ConsultSubmitted)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.is(model.PriorConsultation)

	stopped := plan(model.T3, model.Parallel)
	stopped.Outcome, stopped.HardStops = model.StoppedByRule, []string{"HS-02"}
	w.do(submit(stopped))
	w.consulted("")
	w.do(submit(changed)) // T-07a
	w.open(model.StageDPIA, "prepare 2")
}

// Another reviewer returns the case while the authority works: its answer is taken
// all the same, and the case goes on waiting for its owner.
func TestReturnedDuringConsultation(t *testing.T) {
	t.Parallel()
	w := consulting(t, model.Parallel)
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeReturn))
	w.is(model.Returned)
	w.consulted("", model.ConsultSubmitted, model.ConsultReceived, model.ConsultAdviceReceived)
	w.is(model.Returned)
	w.do(submit(consultedPlan(model.Parallel)))
	w.is(model.DPIA)
	w.open(model.StageDPIA, "prepare 2")

	w = consulting(t, model.Sequential)
	w.do(contract.Act{Kind: model.ActWithdraw})
	w.is(model.Withdrawn)
	w.consulted("")
}

// A use that has been approved stops at once (DP-32, T-23), is not resumed while
// the authority works (PC-01), and passes again into suspension (T-26, T-24).
func TestConsultationAboutUse(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toDecision(model.Sequential)
	w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeAcceptable))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.do(contract.Act{Kind: model.ActActivate})
	changed := contract.Act{
		Kind: model.ActReportChange, Plan: consultedPlan(model.Sequential), Rules: []string{"RA-01"},
		Reopen: []model.StageKey{model.StageDPIA, model.StageCISO},
	}
	w.do(changed)
	w.is(model.Reassessment)
	w.handInDPIA("p2")
	w.adviseDPIA()
	w.happened(w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation)), model.EventDecided, model.EventSuspended)
	w.is(model.PriorConsultation)
	if !w.s.InUse.Suspended {
		t.Fatal("the use goes on")
	}
	w.refused(resumeAs(model.RoleCISO), model.CodeGuard, "PC-01")
	w.refused(contract.Act{Kind: model.ActWithdraw}, model.CodeStateConflict, "T-21")
	w.do(changed)
	w.is(model.PriorConsultation)
	overtaken := changed
	overtaken.Plan = consultedPlan(model.Sequential)
	overtaken.Plan.Stages[2].Scope = "d2"
	w.refused(overtaken, model.CodeStateConflict, "T-12")
	w.fire(model.SubjectValidity, model.DeadlineExpiry)
	if !w.s.InUse.Expired {
		t.Error("the approval does not run out")
	}

	w.consulted("", model.ConsultSubmitted, model.ConsultReceived, model.ConsultAdviceReceived)
	w.is(model.Reassessment)
	w.handInDPIA("p3")
	w.adviseDPIA()
	w.do(w.on(model.StageDPIA, model.TaskDecision, model.OutcomeAcceptable))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.is(model.Suspended)
	w.do(resumeAs(model.RoleCISO))
	w.do(resumeAs(model.RoleInformationOwner))
	w.is(model.Active)
}

// A use that began before any approval is put before those who can stop it, and is
// no longer allowed meanwhile (DP-32, EX-01).
func TestConsultationAboutExistingUse(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.toDecision(model.Sequential)
	w.s.InUse.Interim = true
	a := w.on(model.StageDPIA, model.TaskDecision, model.OutcomePriorConsultation)
	a.StopUse = true
	w.happened(w.do(a), model.EventDecided, model.EventSuspensionProposed)
	w.is(model.PriorConsultation)
	w.open(model.StageStopUse, "stop_in_unit 1", "stop_security 1")
	if w.s.InUse.Interim {
		t.Error("the use is still allowed")
	}
	w.consulted(model.ConsultationSubmitted, model.ConsultSubmitted)
	w.do(submit(consultedPlan(model.Sequential)))
	w.do(w.on(model.StageStopUse, model.TaskStopUnit, model.OutcomeDone))
	w.do(w.on(model.StageStopUse, model.TaskStopSecurity, model.OutcomeDone))
	w.stands(model.StageStopUse, model.StageDone, model.OutcomeDone)
	w.is(model.PriorConsultation)
}

// The timer of a period that stands still does not end it; the one that is set when
// the time runs again does, and a person then takes the case back to the DPIA (PC-03,
// PC-05).
func TestTimeOfConsultation(t *testing.T) {
	t.Parallel()
	r := newRun(t)
	began, week := r.Now(), 7*24*time.Hour
	end := model.DeadlineID("c", model.SubjectConsultation, model.DeadlinePeriodEnd, 1)
	due := func(id string, weeks int) []model.Due {
		return []model.Due{{ID: id, At: began.Add(time.Duration(weeks) * week)}}
	}
	r.rec.snap = consulting(t, model.Sequential).s
	r.rec.snap.Version = 0
	r.rec.snap.InUse.Consultation = model.ConsultationRunning
	r.rec.due = due(end, 8)
	set := func(d time.Duration, deadlines []model.Due) {
		r.RegisterDelayedCallback(func() {
			r.rec.mu.Lock()
			defer r.rec.mu.Unlock()
			r.rec.due = deadlines
		}, d-time.Second)
	}
	set(week, nil)
	requested := r.at(week, contract.ActUpdate, act("1", 0, consult(model.ConsultInfoRequested)))
	set(9*week, due(end+".1", 16))
	delivered := r.at(9*week, contract.ActUpdate, act("2", 1, consult(model.ConsultInfoDelivered)))
	early := r.at(16*week-time.Hour, contract.ActUpdate, act("3", 2, consult(model.ConsultPeriodEnded)))
	ended := r.at(16*week+time.Hour, contract.ActUpdate, act("4", 3, consult(model.ConsultPeriodEnded)))
	r.endAt(17 * week)
	r.start()
	r.ok(requested)
	r.ok(delivered)
	if code(early.err) != string(model.CodeStateConflict) {
		t.Errorf("before its end: %+v", early)
	}
	r.ok(ended)
	if !slices.Equal(r.rec.fired, []string{end + ".1"}) {
		t.Errorf("fired %v", r.rec.fired)
	}
	if st := r.rec.snap.Stage(model.StageDPIA); !st.Asks(model.TaskPrepare) || r.rec.snap.InUse.Consultation != "" {
		t.Errorf("afterwards %+v", r.rec.snap)
	}
}
