package model

import (
	"encoding/json"
	"slices"
	"time"
)

// Payload is what an act carries besides codes: the texts and references that
// stay in the record and never enter a process.
type Payload struct {
	// IfVersion is the version of the case that the act requires, where the act
	// concerns the case as a whole.
	IfVersion    *int64        `json:"if_version,omitempty"`
	Submission   *Submission   `json:"submission,omitempty"`
	Decision     *Decision     `json:"decision,omitempty"`
	Verification *Verification `json:"verification,omitempty"`
	Raise        *Raise        `json:"raise,omitempty"`
	HandIn       *HandIn       `json:"hand_in,omitempty"`
	Waiver       *Waiver       `json:"waiver,omitempty"`
	// Role is the function in which the actor acts, where the act leaves a choice.
	Role Role `json:"role,omitempty"`
	// Rules are the triggers behind a change, or the reasons of a suspension.
	Rules []string `json:"rules,omitempty"`
	// Reopen are the stages that a change opens again (rulebook 9.4).
	Reopen []StageKey `json:"reopen,omitempty"`
	// Unchanged is true for a renewal in which nothing has changed (T-28).
	Unchanged bool       `json:"unchanged,omitempty"`
	Extension *Extension `json:"extension,omitempty"`
	Consult   *Consult   `json:"consult,omitempty"`
	// HoldsUse is true when a decision about a case in use leaves a condition open
	// that has to be met before use (CO-01).
	HoldsUse bool `json:"holds_use,omitempty"`
	// Interim is the word of one of the two who allow the use of an existing tool
	// meanwhile (EX-01).
	Interim *InterimTerms `json:"interim,omitempty"`
	// DecisionAuthority is the delegation that an act on the case rests on (DA-01).
	DecisionAuthority string `json:"decision_authority,omitempty"`
	// Answers are those of a form that comes with the act.
	Answers json.RawMessage `json:"answers,omitempty"`
	// Register is the entry that an activation writes (T-22), or another act that
	// changes what the register says.
	Register *RegisterEntry `json:"register,omitempty"`
	// Joint is the second part of an answer to a task that has two (AD-02).
	Joint  *Decision `json:"joint,omitempty"`
	Reason string    `json:"reason,omitempty"`
	// Incident is an act on an incident.
	Incident *IncidentPayload `json:"incident,omitempty"`
}

// IncidentPayload is what an act on an incident carries besides codes. Facts are
// the incident's after a report or a correction; one of the others is set.
type IncidentPayload struct {
	Facts      *IncidentFacts      `json:"facts,omitempty"`
	Report     *IncidentReport     `json:"report,omitempty"`
	Correction *IncidentCorrection `json:"correction,omitempty"`
	Decision   *IncidentDecision   `json:"decision,omitempty"`
	Closing    *IncidentClosing    `json:"closing,omitempty"`
}

// IncidentReport is what somebody has reported (rulebook 9.5).
type IncidentReport struct {
	Category        string    `json:"category"`
	Description     string    `json:"description"`
	CaseID          string    `json:"case_id,omitempty"`
	RegisterEntryID string    `json:"register_entry_id,omitempty"`
	ToolName        string    `json:"tool_name,omitempty"`
	ExternalRef     string    `json:"external_incident_ref,omitempty"`
	OccurredAt      time.Time `json:"occurred_at,omitzero"` // zero when unknown
	// Times are those that the rules give the incident, by name.
	Times          map[string]int `json:"times"`
	RulebookDigest string         `json:"rulebook_digest"`
}

// IncidentCorrection changes facts of an incident, with a reason. What is nil
// stays as it is.
type IncidentCorrection struct {
	Reason      string     `json:"reason"`
	Category    *string    `json:"category,omitempty"`
	Description *string    `json:"description,omitempty"`
	ExternalRef *string    `json:"external_incident_ref,omitempty"`
	OccurredAt  *time.Time `json:"occurred_at,omitempty"`
	Role        Role       `json:"role"`
}

// IncidentDecision is the answer to a task of an incident.
type IncidentDecision struct {
	TaskID string          `json:"task_id"`
	Task   IncidentTaskKey `json:"task"`
	// TaskETag is the entity tag of the task that the decider has read.
	TaskETag          string          `json:"task_etag"`
	Outcome           Outcome         `json:"outcome"`
	Motivation        string          `json:"motivation,omitempty"`
	DecisionAuthority string          `json:"decision_authority,omitempty"`
	Answers           json.RawMessage `json:"answers,omitempty"`
	// SignificantAt is since when the incident is known to be significant, and
	// Serious what kind of serious incident it is; they belong to the tasks that
	// decide so.
	SignificantAt time.Time       `json:"significant_at,omitzero"`
	Serious       SeriousIncident `json:"serious,omitempty"`
	// For is for whom a deputy decides, nil for whoever decides in their own name.
	For *OnBehalf `json:"for,omitempty"`
}

// IncidentClosing ends an incident with what was learnt. Triggers and Stages say
// what of the case is assessed again (RA-06).
type IncidentClosing struct {
	Lessons  string     `json:"lessons"`
	Triggers []string   `json:"triggers,omitempty"`
	Stages   []StageKey `json:"stages,omitempty"`
	Role     Role       `json:"role"`
}

// Submission freezes a revision of a part and names the people of the case.
type Submission struct {
	Part     string `json:"part"`
	Revision int    `json:"revision"`
	Title    string `json:"title"`
	UnitID   string `json:"unit_id"`
	Supplier string `json:"supplier,omitempty"`
	Product  string `json:"product,omitempty"`
	// People are those whom the intake names for the roles that are held case
	// by case.
	People []CasePerson `json:"people"`
	// Facts are what lists are narrowed by, as the answers say it.
	Facts []Fact `json:"facts,omitempty"`
}

// CasePerson is a person's role in one case.
type CasePerson struct {
	Role     Role   `json:"role"`
	PersonID string `json:"person_id"`
}

// Decision is a reviewer's answer to a task.
type Decision struct {
	TaskID string  `json:"task_id"`
	Task   TaskKey `json:"task"`
	// TaskETag is the entity tag of the task that the reviewer has read.
	TaskETag string  `json:"task_etag"`
	Outcome  Outcome `json:"outcome"`
	// Target is where a return goes: "intake" or a stage.
	Target            string         `json:"target,omitempty"`
	Revision          int            `json:"revision"`
	Motivation        string         `json:"motivation"`
	ReasonCodes       []string       `json:"reason_codes,omitempty"`
	PathForwardText   string         `json:"path_forward_text,omitempty"`
	DecisionAuthority string         `json:"decision_authority,omitempty"`
	Conditions        []NewCondition `json:"conditions,omitempty"`
	// Replaces is the number of conditions of an earlier answer that those of
	// this one take the place of.
	Replaces int             `json:"replaces,omitempty"`
	Answers  json.RawMessage `json:"answers,omitempty"`
	// Deviates is true when the decision goes against advice (LB-R20, DP-34),
	// and ReportToBoard when it has to be reported to the board (DA-01).
	Deviates      bool `json:"deviates,omitempty"`
	ReportToBoard bool `json:"report_to_board,omitempty"`
	// Head is true when the head of the unit has to confirm the decision.
	Head bool `json:"head,omitempty"`
	// StopUse is true when a use that has begun already must be proposed to stop
	// (DP-32).
	StopUse bool `json:"stop_use,omitempty"`
	// Role is the function in which the decider acts where it is not the task's:
	// the head of the unit notes that no advice came (AD-01), the DPO steps in
	// for the coordinator (AD-04).
	Role Role `json:"role,omitempty"`
	// For is for whom the decider decides, as their deputy.
	For *OnBehalf `json:"for,omitempty"`
}

// HandIn freezes a revision of a stage's assessment for its reviewers.
type HandIn struct {
	Stage    StageKey `json:"stage"`
	Revision int      `json:"revision"`
	// Hash is that of the text which was judged.
	Hash string `json:"hash"`
	// Advice says whose word the stage needs, as in the act that it becomes.
	Advice string `json:"advice,omitempty"`
	// Role is the function in which the preparer acts.
	Role Role `json:"role"`
	// Facts are what lists are narrowed by, as the answers say it.
	Facts []Fact `json:"facts,omitempty"`
}

// Waiver is the word of one of the two who waive a condition together (CO-04).
type Waiver struct {
	ConditionID       string `json:"condition_id"`
	Role              Role   `json:"role"`
	Reason            string `json:"reason"`
	DecisionAuthority string `json:"decision_authority,omitempty"`
}

// InterimTerms are those on which an existing tool may be used while it is being
// assessed (EX-01). Two people say the same.
type InterimTerms struct {
	// AllowedUntil is the last day in Sweden, 2006-01-02.
	AllowedUntil string `json:"allowed_until"`
	// IPL is the highest information protection level, 0 to 4.
	IPL  int      `json:"ipl"`
	Uses []string `json:"uses"`
}

// Same reports whether two people have given the same terms.
func (t InterimTerms) Same(o InterimTerms) bool {
	return t.AllowedUntil == o.AllowedUntil && t.IPL == o.IPL && slices.Equal(t.Uses, o.Uses)
}

// Extension puts off the end of a task's time, or the date of a condition.
type Extension struct {
	Task        *TaskKey `json:"task,omitempty"`
	ConditionID string   `json:"condition_id,omitempty"`
	// Until is the new last day in Sweden, 2006-01-02.
	Until string `json:"until"`
}

// NewCondition is a condition that a decision sets (rulebook 8.2).
type NewCondition struct {
	TextSV       string  `json:"text_sv"`
	TextEN       string  `json:"text_en"`
	SourceRule   string  `json:"source_rule"`
	OwnerRole    Role    `json:"owner_role"`
	VerifierRole Role    `json:"verifier_role"`
	Verification string  `json:"verification"`
	Consequence  string  `json:"consequence"`
	DueKind      DueKind `json:"due_kind"`
	DueDate      string  `json:"due_date"`
	// Months is the period of a condition that comes back.
	Months int `json:"months,omitempty"`
	// Met is true when the evidence is there already.
	Met          bool   `json:"met,omitempty"`
	EvidenceNote string `json:"evidence_note,omitempty"`
}

// Verification says that a condition is met, and on what evidence.
type Verification struct {
	ConditionID  string          `json:"condition_id"`
	Outcome      ConditionStatus `json:"outcome"`
	EvidenceNote string          `json:"evidence_note"`
}

// Raise asks for more of a stage than triage did (T-31).
type Raise struct {
	Stage       StageKey    `json:"stage"`
	Requirement Requirement `json:"requirement"`
	// ServiceTimes are the working days that the raised stage's tasks get.
	ServiceTimes map[string]int `json:"service_times,omitempty"`
	// Role is the function in which the reviewer asks.
	Role Role `json:"role"`
	// Assess is true when the raised stage has an assessment to hand in.
	Assess bool `json:"assess,omitempty"`
}

// Evaluation is the rules' answer to one revision on one day.
type Evaluation struct {
	// On is the day in Sweden, 2006-01-02, that the rules were asked.
	On string `json:"on"`
	// Profile is the profile of the guidelines that was applied.
	Profile         string `json:"profile"`
	RulebookID      string `json:"rulebook_id"`
	RulebookVersion string `json:"rulebook_version"`
	RulebookDigest  string `json:"rulebook_digest"`
	Revision        int    `json:"revision"`
	// PartHash is the hash of the answers that were evaluated.
	PartHash   string `json:"part_hash"`
	FactsHash  string `json:"facts_hash"`
	Plan       Plan   `json:"plan"`
	IPL        int    `json:"ipl"`
	AIActClass string `json:"ai_act_class"`
	// ServiceTimes are working days by subject of a task (rulebook 3.7).
	ServiceTimes map[string]int `json:"service_times,omitempty"`
	// Skipped names, for each stage that is not required, the rule that says so.
	Skipped map[StageKey]string `json:"skipped,omitempty"`
	// Replan is true when a decision changes the facts of triage, so that the
	// plan takes the place of the one that stands (T-34).
	Replan bool `json:"replan,omitempty"`
	// Result is the whole result of triage, as it is shown.
	Result json.RawMessage `json:"result,omitempty"`
	// Templates are the conditions that every approval on these facts carries
	// (rulebook 8.2), added when the case is approved.
	Templates []NewCondition `json:"templates,omitempty"`
}

// Command is an act on its way: stored before anything happens, ended with an
// answer, or deleted when it is refused.
type Command struct {
	OrgID, ID  string
	RequestKey string
	CaseID     string
	Kind       ActKind
	ActorID    string
	BodyHash   string
	Payload    Payload
	Evaluation *Evaluation
	Done       bool
	Status     int
	Answer     json.RawMessage
}

// Receipt is the answer to an act: what was recorded and where the case or the
// incident stands. A task that comes back every year belongs to neither.
type Receipt struct {
	CaseID        string        `json:"case_id,omitempty"`
	RegistryNo    string        `json:"registry_no,omitempty"`
	State         CaseState     `json:"state,omitempty"`
	IncidentID    string        `json:"incident_id,omitempty"`
	IncidentState IncidentState `json:"incident_state,omitempty"`
	Version       int64         `json:"version"`
	Seq           int64         `json:"seq"`
	DecisionID    string        `json:"decision_id,omitempty"`
	TaskID        string        `json:"task_id,omitempty"`
	ConditionID   string        `json:"condition_id,omitempty"`
	RecordedAt    string        `json:"recorded_at"`
}
