package model

// What people put beside the answers of a case: files, remarks, comments and
// records. None of it moves the process.

// The events that tell of it. What was written, the names of files and the
// hashes of their content are committed to and stand in no event.
const (
	EventAttachmentAdded   EventKind = "attachment_added"
	EventAttachmentRemoved EventKind = "attachment_removed"
	EventRemarkAdded       EventKind = "remark_added"
	EventRemarkAnswered    EventKind = "remark_answered"
	EventCommentAdded      EventKind = "comment_added"
	EventRecordSaved       EventKind = "record_saved"
)

// Why a file is not taken, or not handed out.
const (
	CodeAttachmentTooLarge Code = "attachment_too_large"
	CodeAttachmentType     Code = "attachment_type"
	// CodeAttachmentDamaged says that a stored file is gone, or is not the one
	// that was attached.
	CodeAttachmentDamaged Code = "attachment_damaged"
)

// EvidenceCodes is what an event says of a file, a remark, a comment or a record.
type EvidenceCodes struct {
	AttachmentID string `json:"attachment_id,omitempty"`
	ConditionID  string `json:"condition_id,omitempty"`
	MediaType    string `json:"media_type,omitempty"`
	Size         int64  `json:"size,omitempty"` // in bytes

	RemarkID string       `json:"remark_id,omitempty"`
	Stage    StageKey     `json:"stage,omitempty"`
	Question string       `json:"question_id,omitempty"`
	Role     Role         `json:"role,omitempty"`
	Severity Severity     `json:"severity,omitempty"`
	Status   RemarkStatus `json:"status,omitempty"`

	CommentID string `json:"comment_id,omitempty"`

	RecordID      string     `json:"record_id,omitempty"`
	RecordKind    RecordKind `json:"record_kind,omitempty"`
	RecordVersion int        `json:"record_version,omitempty"`
}

// Severity says how much a remark weighs.
type Severity string

// A remark asks for a change, proposes one, or only notes something.
const (
	SeverityToFix      Severity = "to_fix"
	SeverityImprovable Severity = "improvable"
	SeverityAcceptable Severity = "acceptable"
)

// RemarkStatus is how far a remark has come (rulebook 9.12).
type RemarkStatus string

// A remark is open until it is answered, one by one (AD-05); its answer follows
// it or says why it is not followed.
const (
	RemarkOpen        RemarkStatus = "open"
	RemarkAnswered    RemarkStatus = "answered"
	RemarkNotFollowed RemarkStatus = "not_followed"
)

// RemarkStatuses lists every status of a remark.
func RemarkStatuses() []RemarkStatus {
	return []RemarkStatus{RemarkOpen, RemarkAnswered, RemarkNotFollowed}
}

// EvidenceReceipt is the answer to what was put beside a case: its id and where
// it stands in the case's log.
type EvidenceReceipt struct {
	CaseID        string `json:"case_id"`
	AttachmentID  string `json:"attachment_id,omitempty"`
	SHA256        string `json:"sha256,omitempty" doc:"hash of the content, in hexadecimal digits"`
	RemarkID      string `json:"remark_id,omitempty"`
	CommentID     string `json:"comment_id,omitempty"`
	RetriageID    string `json:"retriage_id,omitempty"`
	RecordID      string `json:"record_id,omitempty"`
	DisposalID    string `json:"disposal_id,omitempty"`
	RulebookID    string `json:"rulebook_id,omitempty" doc:"id of the version"`
	DelegationID  string `json:"delegation_id,omitempty"`
	AbsenceID     string `json:"absence_id,omitempty"`
	RestorationID string `json:"restoration_id,omitempty"`
	ServiceID     string `json:"service_id,omitempty"`
	TokenID       string `json:"token_id,omitempty"`
	Seq           int64  `json:"seq,omitempty" doc:"absent for what belongs to no case"`
	RecordedAt    string `json:"recorded_at"`
}

// TakesEvidence reports whether something may be put beside a case in this
// state: until it has ended.
func (s CaseState) TakesEvidence() bool {
	switch s {
	case Rejected, Withdrawn, Decommissioned, Archived:
		return false
	}
	return true
}
