package model

import "slices"

// Stages of tasks that belong to no stage of a case.
const (
	// StageIncident is the stage of an incident's tasks (rulebook 9.5),
	// StageYearly that of those that come back (rulebook 9.4).
	StageIncident StageKey = "incident"
	StageYearly   StageKey = "yearly"
)

// The tasks of an incident (rulebook 9.5), beside TaskAdvice, the DPO's.
const (
	TaskAcknowledge     TaskKind = "acknowledge"
	TaskStopDecision    TaskKind = "stop_decision"
	TaskAssessRisk      TaskKind = "assess_risk"
	TaskBreachNotice    TaskKind = "breach_notification"
	TaskInformPersons   TaskKind = "inform_persons"
	TaskCSLSignificance TaskKind = "csl_significance"
	TaskCSLWarning      TaskKind = "csl_warning"
	TaskCSLNotification TaskKind = "csl_notification"
	TaskCSLFinalReport  TaskKind = "csl_final_report"
	TaskInformProvider  TaskKind = "inform_provider"
	TaskInformAuthority TaskKind = "inform_authority"
	TaskSeriousIncident TaskKind = "serious_incident_report"
	TaskPolicyReview    TaskKind = "policy_review"
	TaskUnitOverride    TaskKind = "unit_override"
	TaskLegacyPlan      TaskKind = "legacy_plan"
)

// What people answer to these tasks.
const (
	OutcomeRiskUnlikely         Outcome = "risk_unlikely"
	OutcomeRisk                 Outcome = "risk"
	OutcomeRiskHigh             Outcome = "risk_high"
	OutcomeNotified             Outcome = "notified"
	OutcomeNotifiedPartially    Outcome = "notified_partially"
	OutcomeNotToNotify          Outcome = "decision_not_to_notify"
	OutcomeInformed             Outcome = "informed"
	OutcomeNotInformed          Outcome = "not_informed"
	OutcomeSignificant          Outcome = "significant"
	OutcomeSignificanceUnsure   Outcome = "significance_unsure"
	OutcomeNotSignificant       Outcome = "not_significant"
	OutcomeProviderUnreachable  Outcome = "provider_unreachable"
	OutcomeOwnProvider          Outcome = "own_provider"
	OutcomeAdvisesNotice        Outcome = "advises_notification"
	OutcomeAdvisesAgainstNotice Outcome = "advises_no_notification"
	OutcomePlanFull             Outcome = "full_requirements"
	OutcomePlanDecommission     Outcome = "decommission"
)

// IncidentTaskSpec says who answers a task of an incident, and with what.
type IncidentTaskSpec struct {
	TaskSpec
	// PerUnit is true for a task that each affected unit has of its own: every
	// controller answers for itself (GDPR 4(7), 33(1)).
	PerUnit bool
	// Law is true for a duty by law: when its time is over the administrator, the
	// CISO and the DPO are told.
	Law bool
	// Authority lists the outcomes that name the delegation they rest on, Reasons
	// those that need a motivation (GDPR 33(5)).
	Authority, Reasons []Outcome
}

// incidentTasks is the table of an incident's tasks in the order in which they
// arise (rulebook 9.5). The DPO advises and never decides (GDPR 38(6), 39).
var incidentTasks = []IncidentTaskSpec{
	{TaskSpec: TaskSpec{TaskAcknowledge, RoleAdministrator, []Outcome{OutcomeDone}}},
	{
		TaskSpec: TaskSpec{TaskStopDecision, RoleCISO, []Outcome{OutcomeSuspend, OutcomeKeepInUse}},
		Reasons:  []Outcome{OutcomeSuspend, OutcomeKeepInUse},
	},
	{
		TaskSpec: TaskSpec{TaskAssessRisk, RoleInformationOwner, []Outcome{OutcomeRiskUnlikely, OutcomeRisk, OutcomeRiskHigh}},
		Reasons:  []Outcome{OutcomeRiskUnlikely, OutcomeRisk, OutcomeRiskHigh},
	},
	{TaskSpec: TaskSpec{TaskAdvice, RoleDPO, []Outcome{OutcomeAdvisesNotice, OutcomeAdvisesAgainstNotice}}},
	{
		TaskSpec: TaskSpec{TaskBreachNotice, RoleInformationOwner, []Outcome{OutcomeNotified, OutcomeNotifiedPartially, OutcomeNotToNotify}},
		PerUnit:  true, Law: true,
		Authority: []Outcome{OutcomeNotToNotify}, Reasons: []Outcome{OutcomeNotToNotify},
	},
	{
		TaskSpec: TaskSpec{TaskInformPersons, RoleInformationOwner, []Outcome{OutcomeInformed, OutcomeNotInformed}},
		PerUnit:  true, Law: true, Reasons: []Outcome{OutcomeNotInformed},
	},
	{
		TaskSpec: TaskSpec{TaskCSLSignificance, RoleCISO, []Outcome{OutcomeSignificant, OutcomeSignificanceUnsure, OutcomeNotSignificant}},
		Reasons:  []Outcome{OutcomeNotSignificant},
	},
	{TaskSpec: TaskSpec{TaskCSLWarning, RoleCISO, []Outcome{OutcomeDone}}, Law: true},
	{TaskSpec: TaskSpec{TaskCSLNotification, RoleCISO, []Outcome{OutcomeDone}}, Law: true},
	{TaskSpec: TaskSpec{TaskCSLFinalReport, RoleCISO, []Outcome{OutcomeDone}}, Law: true},
	{
		TaskSpec: TaskSpec{TaskInformProvider, RoleInformationOwner, []Outcome{OutcomeInformed, OutcomeProviderUnreachable, OutcomeOwnProvider}},
		Law:      true,
	},
	{TaskSpec: TaskSpec{TaskInformAuthority, RoleInformationOwner, []Outcome{OutcomeDone}}, Law: true},
	{TaskSpec: TaskSpec{TaskSeriousIncident, RoleInformationOwner, []Outcome{OutcomeDone}}, Law: true},
}

// IncidentTasks returns the table of an incident's tasks. The caller must not
// change it.
func IncidentTasks() []IncidentTaskSpec { return incidentTasks }

// IncidentTaskOf returns the specification of an incident's task.
func IncidentTaskOf(kind TaskKind) (IncidentTaskSpec, bool) {
	i := slices.IndexFunc(incidentTasks, func(t IncidentTaskSpec) bool { return t.Kind == kind })
	if i < 0 {
		return IncidentTaskSpec{}, false
	}
	return incidentTasks[i], true
}

// YearlyTask is a task that comes back every year (rulebook 9.4, "Scheduled
// tasks"). Rule is its id there.
type YearlyTask struct {
	TaskSpec
	Rule string
}

// yearlyTasks are PR-01 to PR-03 of rulebook 9.4.
var yearlyTasks = []YearlyTask{
	{TaskSpec{TaskPolicyReview, RoleCISO, []Outcome{OutcomeDone}}, "PR-01"},
	{TaskSpec{TaskUnitOverride, RoleUnitHead, []Outcome{OutcomeDone}}, "PR-02"},
	{TaskSpec{TaskLegacyPlan, RoleSystemOwner, []Outcome{OutcomePlanFull, OutcomePlanDecommission}}, "PR-03"},
}

// YearlyTasks returns the tasks that come back. The caller must not change it.
func YearlyTasks() []YearlyTask { return yearlyTasks }

// YearlyTaskOf returns a task that comes back.
func YearlyTaskOf(kind TaskKind) (YearlyTask, bool) {
	i := slices.IndexFunc(yearlyTasks, func(t YearlyTask) bool { return t.Kind == kind })
	if i < 0 {
		return YearlyTask{}, false
	}
	return yearlyTasks[i], true
}

// TaskSpecOf returns what a task asks for, whether it belongs to a stage of a
// case, to an incident, or to nothing but the year.
func TaskSpecOf(k TaskKey) (TaskSpec, bool) {
	switch k.Stage {
	case StageIncident:
		t, ok := IncidentTaskOf(k.Kind)
		return t.TaskSpec, ok
	case StageYearly:
		t, ok := YearlyTaskOf(k.Kind)
		return t.TaskSpec, ok
	}
	stage, _ := Stage(k.Stage)
	return stage.Task(k.Kind)
}
