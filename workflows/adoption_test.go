package workflows

import (
	"testing"

	"sluss/model"
	"sluss/workflows/contract"
)

// covering is the plan of a case that covers other units.
func covering(p *model.Plan, units ...string) *model.Plan {
	p.Covered = units
	return p
}

func (w *walk) notAsked() {
	w.t.Helper()
	if st := w.s.Stage(model.StageAdoption); st != nil && hasOpenTask(st) {
		w.t.Fatalf("units are asked: %+v", st)
	}
}

// Each unit is asked once legal basis and impact assessment stand, and holds
// nothing up (S7).
func TestUnitsAreAsked(t *testing.T) {
	t.Parallel()
	w := start(t)
	w.do(submit(covering(sequentialPlan(), "u1", "u2")))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.notAsked()
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.notAsked()
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.is(model.CISOReview)
	w.open(model.StageAdoption, "adopt:u1 1", "adopt:u2 1")

	w.happened(w.do(w.on(model.StageAdoption, model.TaskAdopt("u1"), model.OutcomeAdoptStricter)), model.EventAdopted)
	w.do(w.on(model.StageCISO, model.TaskDecision, model.OutcomeApprove))
	w.do(w.on(model.StageInfoOwner, model.TaskDecision, model.OutcomeAccept))
	w.do(contract.Act{Kind: model.ActActivate})
	w.is(model.Active) // u2 has said nothing

	// Its time passes, and it may still answer.
	w.happened(w.fire("adoption.adopt:u2", model.DeadlineDue), model.EventDeadlineFired)
	w.fire("adoption.adopt:u2", model.DeadlineEscalation)
	w.open(model.StageAdoption, "adopt:u2 1")
	w.happened(w.do(w.on(model.StageAdoption, model.TaskAdopt("u2"), model.OutcomeDecline)), model.EventDecided)
	w.stands(model.StageAdoption, model.StageDone, model.OutcomeDone)

	// A unit that a later change adds is asked too; who has answered on the same
	// texts is not.
	again := func(scope string, units ...string) {
		t.Helper()
		changed := covering(sequentialPlan(), units...)
		changed.Stages[1].Scope = scope
		act := reportedChange(changed)
		act.Reopen = []model.StageKey{model.StageLegalBasis}
		w.do(act)
		w.is(model.Reassessment)
		w.notAsked()
		w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	}
	same := w.s.Stage(model.StageLegalBasis).Scope
	again(same, "u1", "u2", "u3")
	w.open(model.StageAdoption, "adopt:u3 1")

	// On another text of the legal basis every unit is asked again, the one that
	// declined too, and once.
	again("l2", "u1", "u2", "u3")
	w.open(model.StageAdoption, "adopt:u1 2", "adopt:u2 2", "adopt:u3 2")
	w.do(w.on(model.StageAdoption, model.TaskAdopt("u1"), model.OutcomeDecline))
	w.do(w.on(model.StageAdoption, model.TaskAdopt("u2"), model.OutcomeAdopt))
	w.open(model.StageAdoption, "adopt:u3 2")
	again("l2", "u1", "u2")
	w.stands(model.StageAdoption, model.StageDone, model.OutcomeDone)
}

// While what a unit would adopt is assessed again, nobody is asked; a unit that is
// left out is not asked any more, and nobody in a case that has ended.
func TestUnitsAreAskedAnew(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := covering(sequentialPlan(), "u1", "u2")
	w.do(submit(p))
	w.do(w.on(model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	stale := w.on(model.StageAdoption, model.TaskAdopt("u1"), model.OutcomeAdopt)

	changed := covering(sequentialPlan(), "u1")
	changed.Stages[1].Scope = "l2"
	w.do(submit(changed))
	w.notAsked()
	w.refused(stale, model.CodeTaskClosed)
	w.do(w.on(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	w.do(w.on(model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
	w.open(model.StageAdoption, "adopt:u1 2")
	w.refused(stale, model.CodeStale)
	w.do(contract.Act{Kind: model.ActWithdraw})
	w.notAsked()
}

// A case without personal data has nothing to wait for; a private licence waits for
// its approval (T-33).
func TestUnitsAreAskedAtOnceWhereNothingIsToBeAssessed(t *testing.T) {
	t.Parallel()
	w := start(t)
	p := covering(plan(model.T1, model.Parallel,
		required(model.StageManager, model.Required, "m1"), required(model.StageCISO, model.Light, "c1")), "u1")
	p.Blockers = []string{"RT-16"}
	p.Stages = append(p.Stages, required(model.StageInfoOwner, model.Required, "i1"))
	w.do(submit(p))
	w.notAsked()
	p.Blockers = nil
	w.do(submit(p))
	w.open(model.StageAdoption, "adopt:u1 1")
}
