// Package contract is what the API and the workers share: the names on the
// wire, the identifiers of workflows and the messages they exchange. It may
// import model. Messages only ever grow: a field is never renamed or removed
// while a case that knows it can be open.
package contract

import "sluss/model"

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
	// Task and Outcome belong to a decision.
	Task    *model.TaskKey `json:"task,omitempty"`
	Outcome model.Outcome  `json:"outcome,omitempty"`
	// Target is where a return goes: "intake" or a stage.
	Target string `json:"target,omitempty"`
	// Stage and Requirement are what a reviewer raises (T-31).
	Stage       model.StageKey    `json:"stage,omitempty"`
	Requirement model.Requirement `json:"requirement,omitempty"`
	// Conditions is the number of conditions that the decision sets.
	Conditions int `json:"conditions,omitempty"`
	// Plan is what triage asks for: of the revision that is submitted, or, when
	// a decision approves, of the approved revision on the day of the decision
	// (rulebook 9.3).
	Plan *model.Plan `json:"plan,omitempty"`
}

// Done answers an act.
type Done struct {
	Version int64 `json:"version"`
}
