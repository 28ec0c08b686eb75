package store

import (
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/lang"
)

type organisationRow struct {
	bun.BaseModel `bun:"table:organisations"`
	ID            string    `bun:"id,pk"`
	Name          string    `bun:"name"`
	Profile       string    `bun:"profile"`
	CreatedAt     time.Time `bun:"created_at"`
}

type unitRow struct {
	bun.BaseModel      `bun:"table:units"`
	OrgID              string `bun:"org_id,pk"`
	ID                 string `bun:"id,pk"`
	Code               string `bun:"code"`
	NameSV             string `bun:"name_sv"`
	NameEN             string `bun:"name_en"`
	ParentID           string `bun:"parent_id,nullzero"`
	ControllerType     string `bun:"controller_type"`
	Profile            string `bun:"profile,nullzero"`
	ManagerID          string `bun:"manager_id,nullzero"`
	InformationOwnerID string `bun:"information_owner_id,nullzero"`
	SystemOwnerID      string `bun:"system_owner_id,nullzero"`
	CSLCovered         bool   `bun:"csl_covered"`
}

type personRow struct {
	bun.BaseModel `bun:"table:people"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	Handle        string    `bun:"handle"`
	Name          string    `bun:"name"`
	UnitID        string    `bun:"unit_id"`
	Email         string    `bun:"email"`
	Language      lang.Lang `bun:"language"`
	CreatedAt     time.Time `bun:"created_at"`
	DisabledAt    time.Time `bun:"disabled_at,nullzero"`
	Kind          string    `bun:"kind"`
	PerMinute     int       `bun:"per_minute"`
}

type identityRow struct {
	bun.BaseModel `bun:"table:identities"`
	OrgID         string    `bun:"org_id,pk"`
	Issuer        string    `bun:"issuer,pk"`
	Subject       string    `bun:"subject,pk"`
	PersonID      string    `bun:"person_id"`
	CreatedAt     time.Time `bun:"created_at,nullzero"`
	ClaimsAt      time.Time `bun:"claims_at,nullzero"`
}

type personRoleRow struct {
	bun.BaseModel `bun:"table:person_roles"`
	OrgID         string     `bun:"org_id,pk"`
	PersonID      string     `bun:"person_id,pk"`
	Role          model.Role `bun:"role,pk"`
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	PersonID      string    `bun:"person_id"`
	Label         string    `bun:"label"`
	Purpose       string    `bun:"purpose"`
	Hash          string    `bun:"hash"`
	CreatedAt     time.Time `bun:"created_at"`
	ExpiresAt     time.Time `bun:"expires_at"`
	RevokedAt     time.Time `bun:"revoked_at,nullzero"`
}

type sessionRow struct {
	bun.BaseModel `bun:"table:sessions"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	PersonID      string    `bun:"person_id"`
	Hash          string    `bun:"hash"`
	Method        string    `bun:"method"`
	ACR           string    `bun:"acr"`
	AMR           string    `bun:"amr"`
	ProvedAt      time.Time `bun:"proved_at"`
	CreatedAt     time.Time `bun:"created_at"`
	SeenAt        time.Time `bun:"seen_at"`
	ExpiresAt     time.Time `bun:"expires_at"`
}

type passwordRow struct {
	bun.BaseModel `bun:"table:passwords"`
	OrgID         string    `bun:"org_id,pk"`
	PersonID      string    `bun:"person_id,pk"`
	Hash          string    `bun:"hash"`
	SetAt         time.Time `bun:"set_at"`
}

type caseRow struct {
	bun.BaseModel   `bun:"table:cases,alias:c"`
	OrgID           string          `bun:"org_id,pk"`
	ID              string          `bun:"id,pk"`
	RegistryNo      string          `bun:"registry_no,nullzero"`
	State           model.CaseState `bun:"state"`
	Seq             int64           `bun:"seq"`
	Version         int64           `bun:"version"`
	LastHash        string          `bun:"last_hash"`
	Title           string          `bun:"title"`
	ProjectOwnerID  string          `bun:"project_owner_id"`
	UnitID          string          `bun:"unit_id"`
	RulebookID      string          `bun:"rulebook_id"`
	RulebookVersion string          `bun:"rulebook_version"`
	RulebookDigest  string          `bun:"rulebook_digest"`
	Profile         string          `bun:"profile"`
	Revision        int             `bun:"revision"`
	Outcome         string          `bun:"outcome"`
	Tier            model.Tier      `bun:"tier"`
	Mode            model.Mode      `bun:"mode"`
	IPL             *int            `bun:"ipl"`
	AIActClass      string          `bun:"ai_act_class"`
	Target          string          `bun:"target"`
	HardStops       codes           `bun:"hard_stops"`
	Blockers        codes           `bun:"blockers"`
	ServiceTimes    string          `bun:"service_times"`
	Conditions      int             `bun:"conditions"`
	OpenBeforeUse   int             `bun:"open_before_use"`
	Lapsed          int             `bun:"lapsed"`
	ReturnsCount    int             `bun:"returns_count"`
	InUse           string          `bun:"in_use"`
	ValidUntil      string          `bun:"valid_until"`
	InterimUntil    string          `bun:"interim_until"`
	Covered         codes           `bun:"covered"`
	Search          string          `bun:"search"`
	CreatedAt       time.Time       `bun:"created_at"`
	UpdatedAt       time.Time       `bun:"updated_at"`
}

type casePersonRow struct {
	bun.BaseModel `bun:"table:case_people"`
	OrgID         string     `bun:"org_id,pk"`
	CaseID        string     `bun:"case_id,pk"`
	PersonID      string     `bun:"person_id,pk"`
	Role          model.Role `bun:"role,pk"`
	Source        string     `bun:"source,pk"`
}

type partRow struct {
	bun.BaseModel `bun:"table:parts"`
	OrgID         string    `bun:"org_id,pk"`
	CaseID        string    `bun:"case_id,pk"`
	Part          string    `bun:"part,pk"`
	Revision      int       `bun:"revision"`
	Answers       string    `bun:"answers"`
	Hash          string    `bun:"hash"`
	SavedBy       string    `bun:"saved_by"`
	SavedAt       time.Time `bun:"saved_at"`
}

type revisionRow struct {
	bun.BaseModel `bun:"table:revisions"`
	OrgID         string    `bun:"org_id,pk"`
	CaseID        string    `bun:"case_id,pk"`
	Part          string    `bun:"part,pk"`
	Revision      int       `bun:"revision,pk"`
	Answers       string    `bun:"answers"`
	Hash          string    `bun:"hash"`
	SubmittedBy   string    `bun:"submitted_by"`
	SubmittedAt   time.Time `bun:"submitted_at"`
}

type evaluationRow struct {
	bun.BaseModel  `bun:"table:evaluations"`
	OrgID          string `bun:"org_id,pk"`
	CaseID         string `bun:"case_id,pk"`
	Version        int64  `bun:"version,pk"`
	Revision       int    `bun:"revision"`
	EvaluatedOn    string `bun:"evaluated_on"`
	RulebookDigest string `bun:"rulebook_digest"`
	FactsHash      string `bun:"facts_hash"`
	Result         string `bun:"result"`
}

type stageRow struct {
	bun.BaseModel `bun:"table:stages"`
	OrgID         string            `bun:"org_id,pk"`
	CaseID        string            `bun:"case_id,pk"`
	Stage         model.StageKey    `bun:"stage,pk"`
	Requirement   model.Requirement `bun:"requirement"`
	Raised        bool              `bun:"raised"`
	Status        model.StageStatus `bun:"status"`
	Result        model.Outcome     `bun:"result"`
	ScopeHash     string            `bun:"scope_hash"`
	Assess        bool              `bun:"assess"`
	PartHash      string            `bun:"part_hash"`
	PartRevision  int               `bun:"part_revision"`
	Advice        model.Outcome     `bun:"advice"`
	Returns       int               `bun:"returns"`
	StartedAt     time.Time         `bun:"started_at,nullzero"`
	DoneAt        time.Time         `bun:"done_at,nullzero"`
}

type taskRow struct {
	bun.BaseModel `bun:"table:tasks"`
	OrgID         string           `bun:"org_id,pk"`
	ID            string           `bun:"id,pk"`
	CaseID        string           `bun:"case_id,nullzero"`
	IncidentID    string           `bun:"incident_id,nullzero"`
	UnitID        string           `bun:"unit_id,nullzero"`
	AboutCaseID   string           `bun:"about_case_id,nullzero"`
	Stage         model.StageKey   `bun:"stage"`
	Kind          model.TaskKind   `bun:"kind"`
	Round         int              `bun:"round"`
	Role          model.Role       `bun:"role"`
	Status        model.TaskStatus `bun:"status"`
	Outcome       model.Outcome    `bun:"outcome"`
	AssigneeID    string           `bun:"assignee_id,nullzero"`
	Revision      int              `bun:"revision"`
	ScopeHash     string           `bun:"scope_hash"`
	OpenedAt      time.Time        `bun:"opened_at"`
	DueAt         time.Time        `bun:"due_at,nullzero"`
	ClosedAt      time.Time        `bun:"closed_at,nullzero"`
}

type decisionRow struct {
	bun.BaseModel     `bun:"table:decisions"`
	OrgID             string         `bun:"org_id,pk"`
	ID                string         `bun:"id,pk"`
	CaseID            string         `bun:"case_id"`
	TaskID            string         `bun:"task_id,nullzero"`
	Kind              string         `bun:"kind"`
	Stage             model.StageKey `bun:"stage"`
	Outcome           model.Outcome  `bun:"outcome"`
	DeciderID         string         `bun:"decider_id"`
	ForID             string         `bun:"for_id,nullzero"`
	DelegationID      string         `bun:"delegation_id,nullzero"`
	Role              model.Role     `bun:"role"`
	Revision          int            `bun:"revision"`
	ScopeHash         string         `bun:"scope_hash"`
	Motivation        string         `bun:"motivation"`
	ReasonCodes       codes          `bun:"reason_codes"`
	PathForwardText   string         `bun:"path_forward_text"`
	DecisionAuthority string         `bun:"decision_authority"`
	Answers           string         `bun:"answers"`
	Deviates          bool           `bun:"deviates"`
	ReportToBoard     bool           `bun:"report_to_board"`
	CommandID         string         `bun:"command_id"`
	DecidedAt         time.Time      `bun:"decided_at"`
}

type conditionRow struct {
	bun.BaseModel `bun:"table:conditions"`
	OrgID         string                `bun:"org_id,pk"`
	ID            string                `bun:"id,pk"`
	CaseID        string                `bun:"case_id"`
	DecisionID    string                `bun:"decision_id"`
	Stage         model.StageKey        `bun:"stage"`
	TaskKind      model.TaskKind        `bun:"task_kind"`
	Template      bool                  `bun:"template"`
	TextSV        string                `bun:"text_sv"`
	TextEN        string                `bun:"text_en"`
	SourceRule    string                `bun:"source_rule"`
	OwnerRole     model.Role            `bun:"owner_role"`
	VerifierRole  model.Role            `bun:"verifier_role"`
	Verification  string                `bun:"verification"`
	Consequence   string                `bun:"consequence"`
	DueKind       model.DueKind         `bun:"due_kind"`
	DueDate       string                `bun:"due_date"`
	Months        int                   `bun:"months"`
	Status        model.ConditionStatus `bun:"status"`
	EvidenceNote  string                `bun:"evidence_note"`
	VerifiedBy    string                `bun:"verified_by,nullzero"`
	VerifiedAt    time.Time             `bun:"verified_at,nullzero"`
	Extended      bool                  `bun:"extended"`
	Lapsed        bool                  `bun:"lapsed"`
	Round         int                   `bun:"round"`
	CreatedAt     time.Time             `bun:"created_at"`
}

type deadlineRow struct {
	bun.BaseModel `bun:"table:deadlines"`
	OrgID         string             `bun:"org_id,pk"`
	ID            string             `bun:"id,pk"`
	CaseID        string             `bun:"case_id"`
	Subject       string             `bun:"subject"`
	Kind          model.DeadlineKind `bun:"kind"`
	Round         int                `bun:"round"`
	Extension     int                `bun:"extension"`
	Since         time.Time          `bun:"since,nullzero"`
	DueAt         time.Time          `bun:"due_at"`
	FiredAt       time.Time          `bun:"fired_at,nullzero"`
	CancelledAt   time.Time          `bun:"cancelled_at,nullzero"`
	Late          bool               `bun:"late"`
}

type eventRow struct {
	bun.BaseModel  `bun:"table:events"`
	OrgID          string          `bun:"org_id,pk"`
	CaseID         string          `bun:"case_id,pk"`
	Seq            int64           `bun:"seq,pk"`
	Kind           model.EventKind `bun:"kind"`
	ActorID        string          `bun:"actor_id"`
	CommandID      string          `bun:"command_id"`
	At             time.Time       `bun:"at"`
	RulebookDigest string          `bun:"rulebook_digest"`
	Data           string          `bun:"data"`
	Commitments    string          `bun:"commitments"`
	PrevHash       string          `bun:"prev_hash"`
	Hash           string          `bun:"hash"`
}

type saltRow struct {
	bun.BaseModel `bun:"table:event_salts"`
	OrgID         string `bun:"org_id,pk"`
	CaseID        string `bun:"case_id,pk"`
	Seq           int64  `bun:"seq,pk"`
	Field         string `bun:"field,pk"`
	Salt          string `bun:"salt"`
}

type commandRow struct {
	bun.BaseModel `bun:"table:commands"`
	OrgID         string        `bun:"org_id,pk"`
	ID            string        `bun:"id,pk"`
	RequestKey    string        `bun:"request_key"`
	CaseID        string        `bun:"case_id"`
	Kind          model.ActKind `bun:"kind"`
	ActorID       string        `bun:"actor_id"`
	BodyHash      string        `bun:"body_hash"`
	Payload       string        `bun:"payload"`
	Evaluation    string        `bun:"evaluation"`
	EvaluatedOn   string        `bun:"evaluated_on"`
	State         string        `bun:"state"`
	Status        int           `bun:"status"`
	Answer        string        `bun:"answer"`
	CreatedAt     time.Time     `bun:"created_at"`
	DoneAt        time.Time     `bun:"done_at,nullzero"`
	AckedAt       time.Time     `bun:"acked_at,nullzero"`
}

type taskViewRow struct {
	bun.BaseModel `bun:"table:task_views"`
	OrgID         string    `bun:"org_id,pk"`
	PersonID      string    `bun:"person_id,pk"`
	TaskID        string    `bun:"task_id,pk"`
	ViewedAt      time.Time `bun:"viewed_at"`
}

type reassignmentRow struct {
	bun.BaseModel `bun:"table:reassignments"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	TaskID        string    `bun:"task_id"`
	FromID        string    `bun:"from_id,nullzero"`
	ToID          string    `bun:"to_id,nullzero"`
	ByID          string    `bun:"by_id"`
	Reason        string    `bun:"reason"`
	ReassignedAt  time.Time `bun:"reassigned_at"`
}

type outboxRow struct {
	bun.BaseModel `bun:"table:outbox"`
	OrgID         string            `bun:"org_id,pk"`
	ID            string            `bun:"id,pk"`
	CaseID        string            `bun:"case_id,nullzero"`
	IncidentID    string            `bun:"incident_id,nullzero"`
	Seq           int64             `bun:"seq"`
	Kind          model.MessageKind `bun:"kind"`
	TaskID        string            `bun:"task_id,nullzero"`
	Role          model.Role        `bun:"role"`
	PersonID      string            `bun:"person_id,nullzero"`
	ActorID       string            `bun:"actor_id"`
	CreatedAt     time.Time         `bun:"created_at"`
	SentAt        time.Time         `bun:"sent_at,nullzero"`
}

type messageRow struct {
	bun.BaseModel `bun:"table:messages,alias:m"`
	OrgID         string            `bun:"org_id,pk"`
	ID            string            `bun:"id,pk"`
	OutboxID      string            `bun:"outbox_id"`
	PersonID      string            `bun:"person_id"`
	Kind          model.MessageKind `bun:"kind"`
	CaseID        string            `bun:"case_id,nullzero"`
	IncidentID    string            `bun:"incident_id,nullzero"`
	Seq           int64             `bun:"seq"`
	TaskID        string            `bun:"task_id"`
	CreatedAt     time.Time         `bun:"created_at"`
	ReadAt        time.Time         `bun:"read_at,nullzero"`
	MailState     model.MailState   `bun:"mail_state"`
	Attempts      int               `bun:"attempts"`
	NextAt        time.Time         `bun:"next_at,nullzero"`
	SentAt        time.Time         `bun:"sent_at,nullzero"`
	Failure       string            `bun:"failure"`
}

type waiverRow struct {
	bun.BaseModel     `bun:"table:waivers"`
	OrgID             string     `bun:"org_id,pk"`
	CaseID            string     `bun:"case_id"`
	ConditionID       string     `bun:"condition_id,pk"`
	Role              model.Role `bun:"role,pk"`
	PersonID          string     `bun:"person_id"`
	Reason            string     `bun:"reason"`
	DecisionAuthority string     `bun:"decision_authority"`
	WaivedAt          time.Time  `bun:"waived_at"`
}

type standingAdviceRow struct {
	bun.BaseModel `bun:"table:standing_advice"`
	OrgID         string        `bun:"org_id,pk"`
	ID            string        `bun:"id,pk"`
	GivenBy       string        `bun:"given_by"`
	Title         string        `bun:"title"`
	Text          string        `bun:"text"`
	Value         model.Outcome `bun:"value"`
	Scope         string        `bun:"scope"`
	ValidUntil    string        `bun:"valid_until"`
	GivenAt       time.Time     `bun:"given_at"`
	WithdrawnAt   time.Time     `bun:"withdrawn_at,nullzero"`
}

type incidentRow struct {
	bun.BaseModel   `bun:"table:incidents,alias:i"`
	OrgID           string                 `bun:"org_id,pk"`
	ID              string                 `bun:"id,pk"`
	State           model.IncidentState    `bun:"state"`
	Seq             int64                  `bun:"seq"`
	Version         int64                  `bun:"version"`
	LastHash        string                 `bun:"last_hash"`
	RulebookDigest  string                 `bun:"rulebook_digest"`
	Severity        model.IncidentSeverity `bun:"severity"`
	Category        string                 `bun:"category"`
	Facts           string                 `bun:"facts"`
	Times           string                 `bun:"times"`
	ReporterID      string                 `bun:"reporter_id"`
	LeadID          string                 `bun:"lead_id,nullzero"`
	CaseID          string                 `bun:"case_id,nullzero"`
	RegisterEntryID string                 `bun:"register_entry_id"`
	ToolName        string                 `bun:"tool_name"`
	Description     string                 `bun:"description"`
	ExternalRef     string                 `bun:"external_ref"`
	OccurredAt      time.Time              `bun:"occurred_at,nullzero"`
	ReportedAt      time.Time              `bun:"reported_at"`
	Lessons         string                 `bun:"lessons"`
	UpdatedAt       time.Time              `bun:"updated_at"`
	ClosedAt        time.Time              `bun:"closed_at,nullzero"`
}

type incidentEventRow struct {
	bun.BaseModel  `bun:"table:incident_events"`
	OrgID          string          `bun:"org_id,pk"`
	IncidentID     string          `bun:"incident_id,pk"`
	Seq            int64           `bun:"seq,pk"`
	Kind           model.EventKind `bun:"kind"`
	ActorID        string          `bun:"actor_id"`
	CommandID      string          `bun:"command_id"`
	At             time.Time       `bun:"at"`
	RulebookDigest string          `bun:"rulebook_digest"`
	Data           string          `bun:"data"`
	Commitments    string          `bun:"commitments"`
	PrevHash       string          `bun:"prev_hash"`
	Hash           string          `bun:"hash"`
}

type incidentSaltRow struct {
	bun.BaseModel `bun:"table:incident_event_salts"`
	OrgID         string `bun:"org_id,pk"`
	IncidentID    string `bun:"incident_id,pk"`
	Seq           int64  `bun:"seq,pk"`
	Field         string `bun:"field,pk"`
	Salt          string `bun:"salt"`
}

type incidentCaseActRow struct {
	bun.BaseModel `bun:"table:incident_case_acts"`
	OrgID         string                `bun:"org_id,pk"`
	IncidentID    string                `bun:"incident_id,pk"`
	Kind          model.IncidentCaseAct `bun:"kind,pk"`
	CaseID        string                `bun:"case_id"`
	PersonID      string                `bun:"person_id"`
	RequestKey    string                `bun:"request_key"`
	Reason        string                `bun:"reason"`
	Triggers      codes                 `bun:"triggers"`
	Stages        codes                 `bun:"stages"`
	Outcome       string                `bun:"outcome"`
	AskedAt       time.Time             `bun:"asked_at"`
	DoneAt        time.Time             `bun:"done_at,nullzero"`
}

type taskDeadlineRow struct {
	bun.BaseModel `bun:"table:task_deadlines"`
	OrgID         string             `bun:"org_id,pk"`
	ID            string             `bun:"id,pk"`
	TaskID        string             `bun:"task_id"`
	IncidentID    string             `bun:"incident_id,nullzero"`
	Kind          model.DeadlineKind `bun:"kind"`
	Since         time.Time          `bun:"since"`
	DueAt         time.Time          `bun:"due_at"`
	FiredAt       time.Time          `bun:"fired_at,nullzero"`
	CancelledAt   time.Time          `bun:"cancelled_at,nullzero"`
	Late          bool               `bun:"late"`
}

type taskDecisionRow struct {
	bun.BaseModel     `bun:"table:task_decisions"`
	OrgID             string        `bun:"org_id,pk"`
	ID                string        `bun:"id,pk"`
	TaskID            string        `bun:"task_id"`
	IncidentID        string        `bun:"incident_id,nullzero"`
	Outcome           model.Outcome `bun:"outcome"`
	DeciderID         string        `bun:"decider_id"`
	Role              model.Role    `bun:"role"`
	Motivation        string        `bun:"motivation"`
	DecisionAuthority string        `bun:"decision_authority"`
	Answers           string        `bun:"answers"`
	CommandID         string        `bun:"command_id"`
	DecidedAt         time.Time     `bun:"decided_at"`
	ForID             string        `bun:"for_id,nullzero"`
	DelegationID      string        `bun:"delegation_id,nullzero"`
}

// by notes for whom the decision is.
func (r *taskDecisionRow) by(o *model.OnBehalf) {
	if o != nil {
		r.ForID, r.DelegationID = o.PersonID, o.DelegationID
	}
}

type treeLeafRow struct {
	bun.BaseModel `bun:"table:tree_leaves"`
	OrgID         string `bun:"org_id,pk"`
	Leaf          int64  `bun:"leaf,pk"`
	ChainID       string `bun:"chain_id"`
	Seq           int64  `bun:"seq"`
}

type treeHashRow struct {
	bun.BaseModel `bun:"table:tree_hashes"`
	OrgID         string `bun:"org_id,pk"`
	Idx           int64  `bun:"idx,pk"`
	Hash          string `bun:"hash"`
}
