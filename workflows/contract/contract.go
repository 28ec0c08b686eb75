// Package contract is what the API and the workers share: the names on the
// wire, the identifiers of workflows and the messages they exchange. It may
// import model. Messages only ever grow: a field is never renamed or removed
// while a case that knows it can be open.
package contract

import (
	"time"

	"sluss/model"
)

// Names on the wire.
const (
	Namespace = "sluss"
	TaskQueue = "cases"

	CaseWorkflow = "Case"

	// ActUpdate carries an act to the case, SyncUpdate makes it reload itself
	// from the record, StateQuery answers with its snapshot.
	ActUpdate  = "act"
	SyncUpdate = "sync"
	StateQuery = "state"

	LoadCase         = "LoadCase"
	RecordTransition = "RecordTransition"

	IncidentWorkflow = "Incident"

	LoadIncident   = "LoadIncident"
	RecordIncident = "RecordIncident"
)

// CaseWorkflowID returns the workflow id of a case.
func CaseWorkflowID(caseID string) string { return "case/" + caseID }

// CaseInput starts, continues and recovers a case: everything else is loaded.
type CaseInput struct {
	OrgID  string `json:"org_id"`
	CaseID string `json:"case_id"`
}

// Act asks a case to take a step. The texts that belong to it wait in the record
// under CommandID, which is also the id of the update.
type Act struct {
	CommandID string        `json:"command_id"`
	Kind      model.ActKind `json:"kind"`
	// Version is the case's version that the sender has seen.
	Version int64 `json:"version"`
	// Exact is true for an act on the case as a whole: it is about that version and
	// no other.
	Exact bool `json:"exact,omitempty"`
	// Task and Outcome belong to a decision.
	Task    *model.TaskKey `json:"task,omitempty"`
	Outcome model.Outcome  `json:"outcome,omitempty"`
	// Target is where a return goes: "intake" or a stage.
	Target string `json:"target,omitempty"`
	// Joint is the second part of a task, with its own outcome: the DPO advises
	// on legal basis and DPIA at once (AD-02).
	Joint        *model.TaskKey `json:"joint,omitempty"`
	JointOutcome model.Outcome  `json:"joint_outcome,omitempty"`
	// Stage and Requirement are what a reviewer raises (T-31). Assess says that
	// the raised stage has an assessment.
	Stage       model.StageKey    `json:"stage,omitempty"`
	Requirement model.Requirement `json:"requirement,omitempty"`
	Assess      bool              `json:"assess,omitempty"`
	// Part is the hash of the assessment that is handed in for Stage, and Advice
	// whose word it needs: the DPO's when empty.
	Part   string `json:"part,omitempty"`
	Advice string `json:"advice,omitempty"`
	// Head is true when the head of the unit has to confirm the decision.
	Head bool `json:"head,omitempty"`
	// Role is the function in which the sender acts, where two have to act together
	// or one only proposes (T-23, T-24).
	Role model.Role `json:"role,omitempty"`
	// Condition is the condition that a verification is about.
	Condition string `json:"condition,omitempty"`
	// Reopen are the stages that a change opens again, whatever the plan says of
	// their scope (rulebook 9.4).
	Reopen []model.StageKey `json:"reopen,omitempty"`
	// Unchanged is true for a renewal in which nothing has changed (T-28).
	Unchanged bool `json:"unchanged,omitempty"`
	// HoldsUse is true when the decision leaves a condition open that has to be met
	// before use (CO-01).
	HoldsUse bool `json:"holds_use,omitempty"`
	// Rules are the triggers behind a change and the reasons of a suspension.
	Rules []string `json:"rules,omitempty"`
	// Consult is what happened in a prior consultation (rulebook 5.6), and StopUse
	// true when the decision to ask for one concerns a use that has begun already
	// (DP-32).
	Consult model.ConsultationEvent `json:"consult,omitempty"`
	StopUse bool                    `json:"stop_use,omitempty"`
	// Conditions is the number of conditions that the decision sets, less those
	// of an earlier answer to the task that it replaces.
	Conditions int `json:"conditions,omitempty"`
	// Plan is what triage asks for: of the revision that is submitted, or, when
	// a decision approves, of the approved revision on the day of the decision
	// (rulebook 9.3).
	Plan *model.Plan `json:"plan,omitempty"`
}

// Values of Act.Advice.
const (
	// AdviceStanding: the DPO's standing advice covers the case (AD-03).
	AdviceStanding = "standing"
	// AdviceCoordinator: the coordinator's statement is enough (AD-04).
	AdviceCoordinator = "coordinator"
)

// IncidentWorkflowID returns the workflow id of an incident.
func IncidentWorkflowID(incidentID string) string { return "incident/" + incidentID }

// IncidentInput starts, continues and recovers an incident: everything else is
// loaded.
type IncidentInput struct {
	OrgID      string `json:"org_id"`
	IncidentID string `json:"incident_id"`
}

// IncidentAct asks an incident to take a step, as Act asks a case: under the same
// names of updates, with codes and times only.
type IncidentAct struct {
	CommandID string        `json:"command_id"`
	Kind      model.ActKind `json:"kind"`
	// Version is the incident's version that the sender has seen.
	Version int64 `json:"version"`
	// Facts are the incident's after a report or a correction.
	Facts *model.IncidentFacts `json:"facts,omitempty"`
	// Task and Outcome belong to a decision, and so do SignificantAt, since when
	// the incident is known to be significant, and Serious, what kind of serious
	// incident it is.
	Task          *model.IncidentTaskKey `json:"task,omitempty"`
	Outcome       model.Outcome          `json:"outcome,omitempty"`
	SignificantAt time.Time              `json:"significant_at,omitzero"`
	Serious       model.SeriousIncident  `json:"serious,omitempty"`
}

// Done answers an act.
type Done struct {
	Version int64 `json:"version"`
}
