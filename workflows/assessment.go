package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// handIn takes the assessment of a stage from those who prepared it and lets its
// reviewers begin. A text that has changed makes all of them begin anew; an
// unchanged one, handed in again after a return, keeps the answers of those who
// did not return it (T-19).
func (l *lifecycle) handIn(a contract.Act) *model.Refusal {
	spec, known := model.Stage(a.Stage)
	st := l.Stage(a.Stage)
	if !known || st == nil || !st.Assess || !l.State.UnderReview() || !begun(st.Status) {
		return model.Refuse(model.CodeStateConflict, "T-19")
	}
	if _, states := spec.Task(model.TaskStatement); a.Part == "" || a.Advice == contract.AdviceCoordinator && !states {
		return model.Refuse(model.CodeInvalid, "T-19")
	}
	if a.Stage == model.StageDPIA && l.InUse.Consultation != "" {
		return model.Refuse(model.CodeStateConflict, "T-12") // the authority has that text before it
	}
	waiting, again, unchanged := st.Asks(model.TaskPrepare), st.Part != "", st.Part == a.Part
	if !waiting && unchanged {
		return model.Refuse(model.CodeUnchanged, "T-19")
	}
	if waiting {
		prepare := st.Task(model.TaskPrepare)
		prepare.Status, prepare.Outcome = model.TaskDone, model.OutcomeHandedIn
	}
	if unchanged {
		l.reopenReturned(spec, st)
	} else {
		st.Status, st.Result, st.Part = model.StageOpen, "", a.Part
		l.openReview(spec, st, a.Advice)
	}
	if again && !unchanged {
		l.reopenControllersDecision()
	}
	if l.Target == string(a.Stage) {
		l.Target = ""
		l.reopenAllReturned()
	}
	if l.Target == "" {
		l.goOn()
	}
	l.step(model.EventHandedIn, "T-19")
	return nil
}

// reopenAllReturned lets those who returned the case for an assessment of another
// stage go on with their own.
func (l *lifecycle) reopenAllReturned() {
	for i := range l.Stages {
		st := &l.Stages[i]
		if spec, _ := model.Stage(st.Key); st.Status == model.StageReturned && !st.Asks(model.TaskPrepare) {
			l.reopenReturned(spec, st)
		}
	}
}

func begun(s model.StageStatus) bool {
	return s == model.StageOpen || s == model.StageDone || s == model.StageReturned
}

// openReview opens the tasks of those who review an assessment. Where standing
// advice covers the case, the DPO is not asked again (AD-03); a coordinator's
// statement takes the place of the advice where the profile says so (AD-04).
func (l *lifecycle) openReview(spec model.StageSpec, st *model.StageState, advice string) {
	cancelOpen(st)
	st.Advice = ""
	for _, task := range spec.Tasks {
		switch {
		case task.Kind == model.TaskAdvice && advice == contract.AdviceStanding:
			st.Advice = model.OutcomeStandingAdvice
		case task.Kind == model.TaskAdvice && advice == contract.AdviceCoordinator:
			reopen(st, model.TaskStatement)
		default:
			reopen(st, task.Kind)
		}
	}
}
