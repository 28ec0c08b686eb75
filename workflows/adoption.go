package workflows

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"

	"sluss/model"
)

// askUnits asks the other units that the case covers whether they adopt it, once
// legal basis and impact assessment are decided, which takes the DPO's advice (S7,
// rulebook 3.8, L-08). It holds nothing up for the unit that opened the case. While
// one of the two is assessed again nobody is asked. A unit that has answered is asked
// again when it comes to another text than the one that it has answered on.
//
// Silence is no answer and needs none: a unit has not adopted until it says so, and
// its task stays open for that. What it said of the text before stands until its time
// has passed (rulebook 3.7).
func (l *lifecycle) askUnits() {
	ready := l.adoptable()
	begun := l.Stage(model.StageAdoption) != nil
	if l.State.HasEnded() || !begun && !(ready && len(l.Covered) > 0) {
		return
	}
	st := l.aside(model.StageAdoption)
	content := l.adoptedContent()
	anew := ready && st.Scope != "" && st.Scope != content
	if ready {
		st.Scope = content
	}
	for i := range st.Tasks {
		t := &st.Tasks[i]
		unit, _ := t.Kind.Unit()
		if t.Status == model.TaskOpen && !(ready && slices.Contains(l.Covered, unit)) {
			t.Status = model.TaskCancelled
		}
	}
	for _, unit := range l.Covered {
		if t := st.Task(model.TaskAdopt(unit)); ready && (t == nil || t.Status == model.TaskCancelled || anew) {
			reopen(st, model.TaskAdopt(unit))
		}
	}
	switch {
	case hasOpenTask(st):
		st.Status, st.Result = model.StageOpen, ""
	case ready:
		st.Status, st.Result = model.StageDone, model.OutcomeDone
	default:
		st.Status, st.Result = model.StageWaiting, ""
	}
	l.Sort()
}

// adoptable reports whether there is something to adopt: legal basis, impact
// assessment and the advice on them stand.
func (l *lifecycle) adoptable() bool {
	approved := []model.CaseState{model.Approved, model.ApprovedCond, model.Active, model.Suspended, model.Expired}
	stands := l.State.UnderReview() || slices.Contains(approved, l.State)
	return stands && !l.awaitsLicenceApproval() && l.done(model.StageLegalBasis) && l.done(model.StageDPIA)
}

// adoptedContent is the hash of what a unit adopts: the texts of legal basis and impact
// assessment, and what else the two depend on.
func (l *lifecycle) adoptedContent() string {
	content := ""
	for _, key := range []model.StageKey{model.StageLegalBasis, model.StageDPIA} {
		if st := l.Stage(key); st != nil {
			content += string(key) + " " + st.Scope + " " + st.Part + "\n"
		}
	}
	hash := sha256.Sum256([]byte(content))
	return hex.EncodeToString(hash[:])[:model.ScopeLen]
}

// adopted takes a unit's answer.
func (l *lifecycle) adopted(o model.Outcome) *model.Refusal {
	if o.Adopts() {
		l.step(model.EventAdopted, "L-08")
		return nil
	}
	l.step(model.EventDecided, "L-08")
	return nil
}
