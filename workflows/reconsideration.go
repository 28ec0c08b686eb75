package workflows

import (
	"slices"

	"sluss/model"
	"sluss/workflows/contract"
)

// askForReconsideration lets the head of the unit look at a rejection, after
// hearing the CISO and legal counsel (OV-01). Whether the owner asks in time is
// checked where the day of the rejection is known.
func (l *lifecycle) askForReconsideration() *model.Refusal {
	if refused := l.mayLookAgain(model.StageReconsideration, "OV-01"); refused != nil {
		return refused
	}
	l.hear(model.StageReconsideration)
	l.step(model.EventReconsideration, "OV-01")
	return nil
}

// proposeOverride begins to set a rejection by the CISO aside: on the word of the
// head of the unit for the controller, who decides after hearing the CISO and the
// DPO (OV-02). What a rule stops is never overridden.
func (l *lifecycle) proposeOverride(a contract.Act) *model.Refusal {
	if l.State == model.RejectedAuto {
		return model.Refuse(model.CodeGuard, append([]string{"OV-02"}, l.HardStops...)...)
	}
	if refused := l.mayLookAgain(model.StageOverride, "OV-02"); refused != nil {
		return refused
	}
	if refused := l.overridable(a); refused != nil {
		return refused
	}
	l.hear(model.StageOverride)
	l.step(model.EventOverrideProposed, "OV-02")
	return nil
}

// overridable refuses an override of anything but the CISO's rejection, and of a
// case that a rule stops on the day.
func (l *lifecycle) overridable(a contract.Act) *model.Refusal {
	rejected := l.rejectedStage()
	switch {
	case rejected == nil || rejected.Key != model.StageCISO:
		return model.Refuse(model.CodeGuard, "OV-02")
	case a.Plan == nil:
		return model.Refuse(model.CodeReevaluate)
	case len(a.Plan.HardStops) > 0:
		return model.Refuse(model.CodeGuard, append([]string{"OV-02"}, a.Plan.HardStops...)...)
	}
	return nil
}

// mayLookAgain lets a rejection be looked at in one of the two ways at a time, and
// once in each.
func (l *lifecycle) mayLookAgain(key model.StageKey, rule string) *model.Refusal {
	if l.State != model.Rejected || l.rejectedStage() == nil || l.lookedAt() {
		return model.Refuse(model.CodeStateConflict, rule)
	}
	if st := l.Stage(key); st != nil && st.Result == model.OutcomeUphold {
		return model.Refuse(model.CodeUnchanged, rule)
	}
	return nil
}

// lookedAt reports whether somebody is about to look at a rejection again.
func (l *lifecycle) lookedAt() bool {
	return slices.ContainsFunc([]model.StageKey{model.StageReconsideration, model.StageOverride}, func(key model.StageKey) bool {
		st := l.Stage(key)
		return st != nil && st.Status == model.StageOpen
	})
}

// rejectedStage is the stage whose reviewer has rejected the case, or nil.
func (l *lifecycle) rejectedStage() *model.StageState {
	i := slices.IndexFunc(l.Stages, func(st model.StageState) bool { return st.Result == model.OutcomeReject })
	if i < 0 {
		return nil
	}
	return &l.Stages[i]
}

// hear opens the tasks of those who are heard first. The decision follows when all
// of them have spoken.
func (l *lifecycle) hear(key model.StageKey) {
	st := l.aside(key)
	st.Status, st.Result = model.StageOpen, ""
	spec, _ := model.Stage(key)
	for _, task := range spec.Tasks {
		if isHeard(task.Kind) {
			reopen(st, task.Kind)
		}
	}
	l.Sort()
}

func isHeard(kind model.TaskKind) bool {
	return kind == model.TaskReviewSecurity || kind == model.TaskReviewLegal || kind == model.TaskAdvice
}

// lookAgain takes an answer about a rejection: what somebody who is heard has to
// say, what the head of the unit decides, and for an override the word of the
// second person (SOD-05).
func (l *lifecycle) lookAgain(stage *model.StageState, a contract.Act) *model.Refusal {
	rule := map[model.StageKey]string{model.StageReconsideration: "OV-01", model.StageOverride: "OV-02"}[stage.Key]
	switch {
	case isHeard(a.Task.Kind):
		if !hasOpenTask(stage) {
			reopen(stage, model.TaskDecision)
		}
		l.step(model.EventAdvised, rule)
		return nil
	case a.Outcome == model.OutcomeUphold:
		stage.Status, stage.Result = model.StageDone, a.Outcome
		l.step(model.EventDecided, rule)
		return nil
	case a.Outcome == model.OutcomeReopen:
		stage.Status, stage.Result = model.StageDone, a.Outcome
		return l.reopenRejected()
	case a.Outcome == model.OutcomeSetAside:
		reopen(stage, model.TaskDecision)
		l.step(model.EventDecided, rule, "SOD-05")
		return nil
	}
	if refused := l.overridable(a); refused != nil {
		return refused
	}
	if a.Outcome == model.OutcomeOverride {
		reopen(stage, model.TaskSecondReading)
		l.step(model.EventDecided, rule, "SOD-05")
		return nil
	}
	stage.Status, stage.Result = model.StageDone, model.OutcomeOverride
	return l.override(a)
}

// reopenRejected lets whoever rejected the case decide once more (OV-01), on the
// text and the advice that stand; where the advice is missing, the stage begins
// anew.
func (l *lifecycle) reopenRejected() *model.Refusal {
	stage := l.rejectedStage()
	spec, _ := model.Stage(stage.Key)
	stage.Status, stage.Result = model.StageOpen, ""
	if _, advised := spec.Task(model.TaskAdvice); advised && !stage.Advised() {
		l.open(spec, stage)
	} else {
		decideAgain(spec, stage)
	}
	l.takeUpAgain(stage.Key)
	if st := l.Stage(model.StageOverride); st != nil {
		st.Result = "" // it was about another rejection
	}
	if first, ok := l.earliestUndecided(); ok {
		l.show(first)
	}
	l.step(model.EventReopened, "OV-01")
	return nil
}

// decideAgain opens what a rejection answered or cut off in its own stage. The
// advice stands.
func decideAgain(spec model.StageSpec, stage *model.StageState) {
	for _, task := range spec.Tasks {
		t := stage.Task(task.Kind)
		if t != nil && (t.Outcome == model.OutcomeReject || t.Status == model.TaskCancelled) && task.Kind != model.TaskAdvice {
			reopen(stage, task.Kind)
		}
	}
}

// override lets the case go on as if the CISO had cleared it. The stage keeps the
// mark.
func (l *lifecycle) override(a contract.Act) *model.Refusal {
	stage := l.rejectedStage()
	stage.Status, stage.Result = model.StageDone, model.OutcomeOverridden
	spec, _ := model.Stage(stage.Key)
	l.show(spec)
	l.takeUpAgain(stage.Key)
	l.step(model.EventOverridden, "OV-02")
	return l.advance("OV-02", a)
}

// takeUpAgain lets the other stages begin anew that the rejection had cut off. A
// use that it had ended does not begin again with that: it stays suspended until
// two people resume it (T-24).
func (l *lifecycle) takeUpAgain(rejected model.StageKey) {
	if l.InUse.Approved {
		l.InUse.Suspended = true
	}
	for i := range l.Stages {
		spec, _ := model.Stage(l.Stages[i].Key)
		if spec.Reviews() && l.Stages[i].Undecided() && spec.Key != rejected {
			l.Stages[i].Status = model.StageWaiting
		}
	}
	l.openStages()
}
