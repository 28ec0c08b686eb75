package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// allowInterim takes the word of the information owner or the CISO that an existing
// tool may be used while it is being assessed (EX-01). It takes both; that they say
// the same and are two people is checked where the first word is kept. No rule may
// stop the case on the day.
func (l *lifecycle) allowInterim(a contract.Act) *model.Refusal {
	switch {
	case !l.State.UnderReview() || l.InUse.Approved:
		return model.Refuse(model.CodeStateConflict, "EX-01")
	case l.InUse.Interim:
		return model.Refuse(model.CodeUnchanged, "EX-01")
	case a.Plan == nil:
		return model.Refuse(model.CodeReevaluate)
	case !a.Plan.InUse:
		return model.Refuse(model.CodeGuard, "EX-01")
	case len(a.Plan.HardStops) > 0:
		return model.Refuse(model.CodeGuard, append([]string{"EX-01"}, a.Plan.HardStops...)...)
	}
	switch l.InUse.InterimWord {
	case "":
		l.InUse.InterimWord = a.Role
		l.step(model.EventInterimAgreed, "EX-01")
		return nil
	case a.Role:
		return model.Refuse(model.CodeUnchanged, "EX-01") // the other one's word is missing
	}
	l.InUse.Interim, l.InUse.InterimWord = true, ""
	l.step(model.EventInterimAllowed, "EX-01")
	return nil
}

// interimIsOver ends the use that was allowed meanwhile: no decision has come in
// time (EX-01).
func (l *lifecycle) interimIsOver() {
	if l.InUse.Interim {
		l.InUse.EndInterim()
		l.step(model.EventInterimEnded, "EX-01")
	}
}
