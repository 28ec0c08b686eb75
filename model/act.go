package model

import "strings"

// ActKind names an act that moves the process of a case.
type ActKind string

// The acts that move the process (rulebook 9.2).
const (
	ActSubmit          ActKind = "submit"
	ActDecide          ActKind = "decide"
	ActCorrect         ActKind = "correct"
	ActWithdraw        ActKind = "withdraw"
	ActActivate        ActKind = "activate"
	ActVerifyCondition ActKind = "verify_condition"
	ActFireDeadline    ActKind = "fire_deadline"
	ActReExamine       ActKind = "re_examine"
	ActRaiseStage      ActKind = "raise_stage"
	ActArchive         ActKind = "archive"
	ActHandIn          ActKind = "hand_in"
	ActWaive           ActKind = "waive_condition"
	ActSuspend         ActKind = "suspend"
	ActResume          ActKind = "resume"
	ActReportChange    ActKind = "report_change"
	ActRenew           ActKind = "renew"
	ActDecommission    ActKind = "decommission"
	ActExtendTask      ActKind = "extend_task"
	ActExtendCondition ActKind = "extend_condition"
	ActConsult         ActKind = "prior_consultation"
	ActInterim         ActKind = "allow_interim_use"
	ActOverride        ActKind = "override"
)

// The acts that move the process of an incident (rulebook 9.5). Their names begin
// alike, by which their commands are told from those of cases.
const (
	ActReportIncident  ActKind = "incident_report"
	ActDecideIncident  ActKind = "incident_decide"
	ActCorrectIncident ActKind = "incident_correct"
	ActCloseIncident   ActKind = "incident_close"
)

// OfIncident reports whether the act moves an incident rather than a case: the
// command's case id is the incident's then.
func (k ActKind) OfIncident() bool { return strings.HasPrefix(string(k), "incident_") }

// Plan is what triage asks of a case, in codes: the outcome, the stages and the
// hash of what each depends on. It is at most 1 kB as JSON, and 39 bytes more for
// each unit that the case covers beside its own.
type Plan struct {
	Outcome   string      `json:"outcome"`
	Tier      Tier        `json:"tier"`
	Mode      Mode        `json:"mode"`
	HardStops []string    `json:"hard_stops,omitempty"`
	Blockers  []string    `json:"blockers,omitempty"`
	Stages    []PlanStage `json:"stages,omitempty"`
	// Covered are the ids of the units that the case covers beside its own.
	Covered []string `json:"covered,omitempty"`
	// OwnerLast is true when the information owner decides at the end even where
	// S6 came first for a private licence: agents and high risk (T-16).
	OwnerLast bool `json:"owner_last,omitempty"`
	// InUse is true when the tool is in use already: a stop then has to reach
	// those who use it (T-05).
	InUse bool `json:"in_use,omitempty"`
}

// PlanStage is one stage of a plan. Stages that are not required are left out,
// unless a reviewer has raised them: they go on, about the scope of the day.
type PlanStage struct {
	Key         StageKey    `json:"k"`
	Requirement Requirement `json:"r"`
	Scope       string      `json:"h"`
	// Assess is true when the stage has an assessment that is handed in before
	// it is reviewed.
	Assess bool `json:"a,omitempty"`
}

// ScopeLen is the number of hexadecimal digits of a scope hash that a plan and a
// stage carry: 64 bits, enough to tell revisions of one case apart. The full
// hash stands with the evaluation in the record.
const ScopeLen = 16
