package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// decideConsultation takes the information owner's decision to ask the supervisory
// authority, because a high risk remains (T-11, DP-32, GDPR 36(1)). It needs what
// every decision on the DPIA needs. The stage stays open and asks nobody: the
// processing must not begin, and where it has begun it stops at once (PC-01).
func (l *lifecycle) decideConsultation(stage *model.StageState, a contract.Act) *model.Refusal {
	if refused := l.guardImpactAssessment(stage, a); refused != nil {
		return refused
	}
	if stage.Status != model.StageOpen || hasOpenTask(stage) {
		return model.Refuse(model.CodeStateConflict, "T-11") // another text is being written
	}
	l.InUse.Consultation = model.ConsultationDecided
	l.InUse.Consultations++
	l.showEarliest()
	l.step(model.EventDecided, "T-11", "DP-32")
	l.stopForConsultation(a.StopUse)
	return nil
}

// stopForConsultation stops a use that has been approved, ends one that is allowed
// meanwhile (EX-01), and puts one that has begun without approval before those who
// can stop it (DP-32).
func (l *lifecycle) stopForConsultation(begun bool) {
	switch {
	case l.InUse.Approved:
		if !l.InUse.Suspended && !l.InUse.Expired {
			l.stopUse("T-23", "DP-32")
		}
		l.InUse.Word = ""
	case begun:
		l.openAside(model.StageStopUse)
		l.step(model.EventSuspensionProposed, "T-23", "DP-32")
	}
	l.InUse.Interim, l.InUse.InterimWord = false, ""
}

// consult takes an event of the consultation in its order (rulebook 5.6). When and
// by whom is checked where the record is.
func (l *lifecycle) consult(a contract.Act) *model.Refusal {
	next, refused := l.InUse.Consultation.After(a.Consult)
	if refused != nil {
		return refused
	}
	l.InUse.Consultation = next
	var rules []string
	switch {
	case next == "":
		rules = []string{"T-12"}
		l.openStage(model.StageDPIA)
	case a.Consult == model.ConsultSubmitted:
		rules = []string{"T-11"}
	}
	l.showEarliest()
	l.step(model.EventConsultation, rules...)
	return nil
}

// openStage opens a stage anew: its assessment is written, advised on and decided
// again (PC-04).
func (l *lifecycle) openStage(key model.StageKey) {
	spec, _ := model.Stage(key)
	if st := l.Stage(key); st != nil {
		l.open(spec, st)
	}
}

// endPeriod notes that the authority's time is over without its advice. Silence is
// not approval: the controller says how to go on (PC-03).
func (l *lifecycle) endPeriod() {
	if l.InUse.Consultation == model.ConsultationRunning {
		l.InUse.Consultation = model.ConsultationOver
	}
}

// overtakesConsultation reports whether triage would open the DPIA anew while the
// authority has it before it. The consultation is withdrawn first (T-12).
func (l *lifecycle) overtakesConsultation(p *model.Plan) bool {
	st := l.Stage(model.StageDPIA)
	if l.InUse.Consultation == "" || st == nil || p == nil || len(p.Stages) == 0 {
		return false
	}
	want, asked := wanted(p, model.StageDPIA, st)
	_, changed := differs(st, want)
	return !asked || changed
}

// assessmentGone ends the consultation when the DPIA that it was about no longer
// stands.
func (l *lifecycle) assessmentGone(st *model.StageState) {
	if st.Key == model.StageDPIA {
		l.InUse.Consultation = ""
	}
}
