package workflows

import (
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

func interimAs(role model.Role) contract.Act {
	return contract.Act{Kind: model.ActInterim, Role: role, Plan: &model.Plan{Outcome: model.Proceed, InUse: true}}
}

// allowedMeanwhile is an existing tool under review that may be used meanwhile.
func allowedMeanwhile(t *testing.T) *walk {
	w := start(t)
	w.do(submit(sequentialPlan()))
	w.do(interimAs(model.RoleInformationOwner))
	w.happened(w.do(interimAs(model.RoleCISO)), model.EventInterimAllowed)
	return w
}

func (w *walk) register(want model.RegisterStatus) {
	w.t.Helper()
	if got := model.RegisterStatusOf(w.s.State, w.s.InUse); got != want {
		w.t.Fatalf("the register says %q, want %q (%s, %+v)", got, want, w.s.State, w.s.InUse)
	}
}

// The information owner and the CISO allow it together, of a tool that is in use,
// that is under review and that no rule stops (EX-01).
func TestInterimUseIsAllowedByTwo(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.refused(interimAs(model.RoleCISO), model.CodeStateConflict, "EX-01")
	w.do(submit(sequentialPlan()))
	a := interimAs(model.RoleCISO)
	a.Plan = &model.Plan{Outcome: model.Proceed}
	w.refused(a, model.CodeGuard, "EX-01") // a tool that nobody uses yet
	a.Plan = &model.Plan{InUse: true, HardStops: []string{"HS-02"}}
	w.refused(a, model.CodeGuard, "EX-01", "HS-02")
	a.Plan = nil
	w.refused(a, model.CodeReevaluate)

	w.happened(w.do(interimAs(model.RoleCISO)), model.EventInterimAgreed)
	w.register("")
	w.refused(interimAs(model.RoleCISO), model.CodeUnchanged, "EX-01")
	w.do(submit(sequentialPlan())) // the word was about another text
	w.do(interimAs(model.RoleCISO))
	w.happened(w.do(interimAs(model.RoleInformationOwner)), model.EventInterimAllowed)
	w.register(model.RegisterInterim)
	w.is(model.ManagerReview)
	w.refused(interimAs(model.RoleCISO), model.CodeUnchanged, "EX-01")
	w.refused(interimAs(model.RoleCISO), model.CodeUnchanged, "EX-01")

	w = inUse(t)
	w.refused(interimAs(model.RoleCISO), model.CodeStateConflict, "EX-01")
}

func TestInterimUseEnds(t *testing.T) {
	t.Parallel()
	w := allowedMeanwhile(t)
	w.happened(w.fire(model.SubjectInterim, model.DeadlineNotice), model.EventDeadlineFired)
	w.register(model.RegisterInterim)
	w.happened(w.fire(model.SubjectInterim, model.DeadlineExpiry), model.EventDeadlineFired, model.EventInterimEnded)
	w.register("")
	w.is(model.ManagerReview)

	for name, end := range map[string]func(w *walk){
		"withdrawn": func(w *walk) { w.do(contract.Act{Kind: model.ActWithdraw}) },
		"stopped by a rule": func(w *walk) {
			w.do(submit(&model.Plan{
				Outcome: model.StoppedByRule, Tier: model.T4, Mode: model.Sequential, HardStops: []string{"HS-02"}, InUse: true,
			}))
		},
		"rejected": func(w *walk) {
			w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeReject))
			w.do(w.on(model.StageManager, model.TaskSecondReading, model.OutcomeConfirm))
		},
	} {
		w := allowedMeanwhile(t)
		if end(w); w.s.InUse != (model.InUse{}) {
			t.Errorf("%s: %+v", name, w.s.InUse)
		}
	}

	// The approval takes its place.
	w = allowedMeanwhile(t)
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.register(model.RegisterInterim)
	w.do(contract.Act{Kind: model.ActActivate})
	w.register(model.RegisterActive)
	w.happened(w.fire(model.SubjectInterim, model.DeadlineExpiry), model.EventDeadlineFired)
}
