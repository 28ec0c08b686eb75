package workflows

import (
	"sluss/model"
	"sluss/workflows/contract"
)

// incidentTransition is a decided step together with the snapshot that it leads
// to.
type incidentTransition struct {
	model.IncidentTransition
	after model.IncidentSnapshot
}

// incidentStep is an incident in the middle of a step.
type incidentStep struct {
	model.IncidentSnapshot
	event model.EventKind
	rules []string
}

func (i *incidentStep) finish(before model.IncidentSnapshot, kind model.ActKind, commandID string) incidentTransition {
	i.Sort()
	return incidentTransition{
		IncidentTransition: model.IncidentTransition{
			CommandID: commandID, Kind: kind, Expect: before.Version, Event: i.event, Rules: i.rules,
			Changes: model.DiffIncidents(before, i.IncidentSnapshot),
		},
		after: i.IncidentSnapshot,
	}
}

// decideIncident is the life of an incident: what an act makes of it, or why it is
// refused. It changes nothing.
func decideIncident(s model.IncidentSnapshot, a contract.IncidentAct) (incidentTransition, *model.Refusal) {
	i := &incidentStep{IncidentSnapshot: s.Clone()}
	var refused *model.Refusal
	switch {
	case a.Kind == model.ActReportIncident:
		refused = i.report(a)
	case s.State != model.IncidentOpen:
		refused = model.Refuse(model.CodeStateConflict)
	case a.Kind == model.ActDecideIncident:
		refused = i.answer(a)
	case a.Kind == model.ActCorrectIncident:
		refused = i.correct(a)
	case a.Kind == model.ActCloseIncident:
		refused = i.close()
	default:
		refused = model.Refuse(model.CodeStateConflict)
	}
	if refused != nil {
		return incidentTransition{}, refused
	}
	t := i.finish(s, a.Kind, a.CommandID)
	t.Task = a.Task
	return t, nil
}

// incidentFallsDue is what a deadline that has fallen due makes of an incident:
// people are woken, nothing else.
func incidentFallsDue(s model.IncidentSnapshot, due model.Due) incidentTransition {
	i := &incidentStep{IncidentSnapshot: s.Clone(), event: model.EventDeadlineFired}
	t := i.finish(s, model.ActFireDeadline, model.DeadlineCommand(due.ID))
	t.Deadline = due.ID
	return t
}

// report opens the incident and asks for what its facts ask for.
func (i *incidentStep) report(a contract.IncidentAct) *model.Refusal {
	if i.Found || a.Facts == nil {
		return model.Refuse(model.CodeStateConflict)
	}
	i.Found, i.State, i.Facts, i.event = true, model.IncidentOpen, a.Facts.Clone(), model.EventIncidentReported
	i.ask()
	return nil
}

// correct takes over corrected facts: what they ask for is opened, what they no
// longer ask for is cancelled.
func (i *incidentStep) correct(a contract.IncidentAct) *model.Refusal {
	if a.Facts == nil {
		return model.Refuse(model.CodeInvalid)
	}
	i.Facts, i.event = a.Facts.Clone(), model.EventIncidentCorrected
	i.ask()
	return nil
}

// answer takes the answer to a task.
func (i *incidentStep) answer(a contract.IncidentAct) *model.Refusal {
	if a.Task == nil {
		return model.Refuse(model.CodeStateConflict)
	}
	spec, known := model.IncidentTaskOf(a.Task.Kind)
	t := i.Latest(a.Task.Kind, a.Task.Unit)
	switch {
	case !known, t == nil, t.Round != a.Task.Round, t.Status != model.TaskOpen:
		return model.Refuse(model.CodeTaskClosed)
	case !spec.Offers(a.Outcome):
		return model.Refuse(model.CodeInvalid)
	case a.Outcome == model.OutcomeNotToNotify && i.Facts.Risk != model.RiskUnlikely:
		return model.Refuse(model.CodeGuard, "INC-01")
	}
	t.Status, t.Outcome = model.TaskDone, a.Outcome
	i.event = model.EventDecided
	if a.Task.Kind == model.TaskAdvice {
		i.event = model.EventAdvised
	}
	i.learn(a)
	i.ask()
	return nil
}

// learn takes over what an answer says about the incident itself.
func (i *incidentStep) learn(a contract.IncidentAct) {
	switch a.Outcome {
	case model.OutcomeRiskUnlikely:
		i.Facts.Risk = model.RiskUnlikely
	case model.OutcomeRisk:
		i.Facts.Risk = model.RiskLikely
	case model.OutcomeRiskHigh:
		i.Facts.Risk = model.RiskHigh
	case model.OutcomeSignificant:
		i.Facts.Significant = model.Yes
	case model.OutcomeSignificanceUnsure:
		i.Facts.Significant = model.Unsure
	case model.OutcomeNotSignificant:
		i.Facts.Significant = model.No
	}
	if a.Task.Kind == model.TaskAssessRisk {
		i.Facts.Serious = a.Serious
	}
	if a.Task.Kind == model.TaskCSLSignificance {
		i.Facts.SignificantAt = a.SignificantAt
	}
}

// close ends the incident when every task is answered. The DPO's silence holds up
// nothing (rulebook E-7).
func (i *incidentStep) close() *model.Refusal {
	for n := range i.Tasks {
		t := &i.Tasks[n]
		switch {
		case t.Status != model.TaskOpen:
		case t.Kind == model.TaskAdvice:
			t.Status = model.TaskCancelled
		default:
			return model.Refuse(model.CodeGuard, "INC-03")
		}
	}
	i.State, i.event = model.IncidentClosed, model.EventIncidentClosed
	return nil
}

// ask opens the tasks that the facts ask for and cancels those that they no longer
// ask for.
func (i *incidentStep) ask() {
	for _, spec := range model.IncidentTasks() {
		units := []string{""}
		if spec.PerUnit {
			units = i.units()
		}
		for _, unit := range units {
			i.askFor(spec.Kind, unit)
		}
	}
}

// units are the affected units, and those that have tasks although they turned out
// not to be affected.
func (i *incidentStep) units() []string {
	var ids []string
	known := map[string]bool{}
	add := func(id string) {
		if id != "" && !known[id] {
			known[id] = true
			ids = append(ids, id)
		}
	}
	for _, u := range i.Facts.Units {
		add(u.ID)
	}
	for _, t := range i.Tasks {
		add(t.Unit)
	}
	return ids
}

func (i *incidentStep) askFor(kind model.TaskKind, unit string) {
	t, wanted := i.Latest(kind, unit), i.wants(kind, unit)
	switch {
	case !wanted && t != nil && t.Status == model.TaskOpen:
		t.Status = model.TaskCancelled
	case wanted && t == nil:
		i.open(kind, unit, 1)
	case wanted && (t.Status == model.TaskCancelled || t.Status == model.TaskDone && i.again(t)):
		i.open(kind, unit, t.Round+1)
	}
}

func (i *incidentStep) open(kind model.TaskKind, unit string, round int) {
	i.Tasks = append(i.Tasks, model.IncidentTask{
		IncidentTaskKey: model.IncidentTaskKey{Kind: kind, Unit: unit, Round: round}, Status: model.TaskOpen,
	})
}

// again reports whether an answered task has to be answered once more: what was
// notified in part is completed (GDPR 33(4)), and a decision not to notify does
// not outlive the unlikely risk that it rests on (GDPR 33(1)).
func (i *incidentStep) again(t *model.IncidentTask) bool {
	switch t.Outcome {
	case model.OutcomeNotifiedPartially:
		return true
	case model.OutcomeNotToNotify:
		return i.Facts.Risk != model.RiskUnlikely
	}
	return false
}

// wants is the table of rulebook 9.5: which facts ask for which task.
func (i *incidentStep) wants(kind model.TaskKind, unit string) bool {
	f := i.Facts
	if unit != "" && !i.affects(unit) {
		return false
	}
	switch kind {
	case model.TaskAcknowledge, model.TaskAssessRisk:
		return true
	case model.TaskStopDecision:
		return f.Severity.Grave()
	case model.TaskAdvice, model.TaskBreachNotice:
		return f.PersonalData.Possible()
	case model.TaskInformPersons:
		return f.PersonalData.Possible() && f.Risk == model.RiskHigh
	case model.TaskCSLSignificance:
		return f.CSL()
	case model.TaskCSLWarning, model.TaskCSLNotification:
		return f.CSL() && f.Significant.Possible()
	case model.TaskCSLFinalReport:
		return f.CSL() && f.Significant.Possible() && i.answered(model.TaskCSLNotification) != ""
	case model.TaskInformProvider:
		return f.HighRisk && f.Serious != ""
	case model.TaskInformAuthority:
		return f.HighRisk && f.Serious != "" && i.answered(model.TaskInformProvider) != ""
	case model.TaskSeriousIncident:
		o := i.answered(model.TaskInformProvider)
		return f.HighRisk && f.Serious != "" && (o == model.OutcomeProviderUnreachable || o == model.OutcomeOwnProvider)
	}
	return false
}

func (i *incidentStep) affects(unit string) bool {
	for _, u := range i.Facts.Units {
		if u.ID == unit {
			return true
		}
	}
	return false
}

// answered is the outcome of a task of the incident as a whole, "" while there is
// none.
func (i *incidentStep) answered(kind model.TaskKind) model.Outcome {
	if t := i.Latest(kind, ""); t != nil && t.Status == model.TaskDone {
		return t.Outcome
	}
	return ""
}
