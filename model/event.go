package model

// EventData is what an event of a case says: ids, codes and numbers, never a
// text that somebody wrote. The events of a case, folded, give its rows again;
// model/replay does that.
type EventData struct {
	State CaseState `json:"state,omitempty"`
	// Rules are the transitions of rulebook 9.2 and the rules behind the event.
	Rules []string `json:"rules,omitempty"`
	// Version stands in the last event of a process step: the case's new one.
	Version int64 `json:"version,omitempty"`

	// What caused the event.
	TaskID     string       `json:"task_id,omitempty"`
	Task       *TaskKey     `json:"task,omitempty"`
	Joint      *TaskKey     `json:"joint,omitempty"`
	Outcome    Outcome      `json:"outcome,omitempty"`
	Reasons    []string     `json:"reason_codes,omitempty"`
	DecisionID string       `json:"decision_id,omitempty"`
	Part       string       `json:"part,omitempty"`
	Revision   int          `json:"revision,omitempty"`
	RegistryNo string       `json:"registry_no,omitempty"`
	People     []CasePerson `json:"people,omitempty"`
	Deadline   string       `json:"deadline,omitempty"`
	// Role is the function in which the actor acted, where there was a choice, and
	// Until the new last day of a task or a condition that was given more time.
	Role Role `json:"role,omitempty"`
	// For is for whom the actor acted, as their deputy.
	For         *OnBehalf    `json:"for,omitempty"`
	ConditionID string       `json:"condition_id,omitempty"`
	Until       string       `json:"until,omitempty"`
	Late        bool         `json:"late,omitempty"`
	Assignee    string       `json:"assignee_id,omitempty"`
	Triage      *TriageCodes `json:"triage,omitempty"`
	Register    string       `json:"register_entry_id,omitempty"`
	// Consultation is what happened in a prior consultation.
	Consultation *ConsultationCodes `json:"consultation,omitempty"`
	// Evidence is a file, a remark, a comment or a record.
	Evidence *EvidenceCodes `json:"evidence,omitempty"`
	Retriage *RetriageCodes `json:"retriage,omitempty"`
	Disposal *DisposalCodes `json:"disposal,omitempty"`
	// Restoration stands in events of the organisation as a whole.
	Restoration *RestorationCodes `json:"restoration,omitempty"`

	// What a process step changed; in its last event.
	Changes   *Changes     `json:"changes,omitempty"`
	Opened    []OpenedTask `json:"opened,omitempty"`
	Due       []Due        `json:"due,omitempty"`
	Cancelled []string     `json:"cancelled,omitempty"`
	// Moved are deadlines that fall due at another time than they were set to.
	Moved      []Due            `json:"moved,omitempty"`
	Conditions []ConditionCodes `json:"conditions,omitempty"`

	// Incident is what a step of an incident changed.
	Incident *IncidentCodes `json:"incident,omitempty"`
}

// IncidentCodes is what an event of an incident says beside its cause. The events
// of an incident, folded, give its snapshot again.
type IncidentCodes struct {
	Task    *IncidentTaskKey `json:"task,omitempty"`
	Changes *IncidentChanges `json:"changes,omitempty"`
	// Opened are the ids of the tasks that Changes opens, in their order.
	Opened []string `json:"opened,omitempty"`
	// CaseID is the case that the incident concerns or has asked something of, and
	// Asked what it asked for.
	CaseID string          `json:"case_id,omitempty"`
	Asked  IncidentCaseAct `json:"asked,omitempty"`
}

// IncidentCaseAct is what an incident asks of the case that it concerns.
type IncidentCaseAct string

// To stop the use (T-23), and to assess again (RA-06).
const (
	AskSuspension   IncidentCaseAct = "suspend"
	AskReassessment IncidentCaseAct = "reassess"
)

// OpenedTask is a task that was opened, with its id.
type OpenedTask struct {
	ID string `json:"id"`
	TaskKey
}

// ConditionCodes is a condition as it stands after an event.
type ConditionCodes struct {
	ID      string          `json:"id"`
	Status  ConditionStatus `json:"status"`
	DueKind DueKind         `json:"due_kind"`
	// Template is true for a condition that the rules add to every approval on
	// the case's facts; it does not count as a reviewer's condition.
	Template bool `json:"template,omitempty"`
	// Lapsed is true for a condition that has been overdue for so long that it
	// stops the use (CO-02).
	Lapsed bool `json:"lapsed,omitempty"`
}

// Counts reports whether the condition is one that a stage has set and that
// stands.
func (c ConditionCodes) Counts() bool { return !c.Template && c.Status != ConditionReplaced }

// KeepsFromUse reports whether the condition keeps its case from use (CO-01).
func (c ConditionCodes) KeepsFromUse() bool {
	return c.DueKind == DueBeforeUse && c.Status.Unmet()
}

// Stops reports whether the condition stops the use of its case (CO-02).
func (c ConditionCodes) Stops() bool { return c.Lapsed && c.Status.Unmet() }

// TriageCodes is the result of triage in codes.
type TriageCodes struct {
	On         string              `json:"on"`
	FactsHash  string              `json:"facts_hash"`
	Outcome    string              `json:"outcome"`
	IPL        int                 `json:"ipl"`
	AIActClass string              `json:"ai_act_class"`
	HardStops  []string            `json:"hard_stops,omitempty"`
	Blockers   []string            `json:"blockers,omitempty"`
	Skipped    map[StageKey]string `json:"not_required,omitempty"`
}
