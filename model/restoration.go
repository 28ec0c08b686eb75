package model

import "sluss/model/lang"

// Codes of a record that was put back from a backup and is not in use.
const (
	// CodeRestored says that the record was restored and waits for the approval of a
	// second administrator.
	CodeRestored Code = "restored"
	// CodeUnverified says that the restored record has not been verified, or was found
	// wrong.
	CodeUnverified Code = "restoration_unverified"
)

// RestorationStatus is how far people have come with a restoration.
type RestorationStatus string

// A restoration is verified again by the program before it may be approved.
const (
	RestorationChecking RestorationStatus = "checking"
	RestorationWrong    RestorationStatus = "wrong"
	RestorationWaiting  RestorationStatus = "waiting"
	RestorationApproved RestorationStatus = "approved"
	// RestorationReplaced is one that nobody approved before the next.
	RestorationReplaced RestorationStatus = "replaced"
)

// Label names the status.
func (s RestorationStatus) Label() lang.Text { return restorationLabels[s] }

var restorationLabels = map[RestorationStatus]lang.Text{
	RestorationChecking: {SV: "Kontrolleras", EN: "Being verified"},
	RestorationWrong:    {SV: "Stämmer inte", EN: "Found wrong"},
	RestorationWaiting:  {SV: "Kontrollerad, väntar på en andra person", EN: "Verified, waits for a second person"},
	RestorationApproved: {SV: "Godkänd", EN: "Approved"},
	RestorationReplaced: {SV: "Ersatt av en senare", EN: "Replaced by a later one"},
}

// The events of an organisation when its record is put back from a backup, and when
// a second person has approved that it is used.
const (
	EventRestored            EventKind = "restored"
	EventRestorationApproved EventKind = "restoration_approved"
)

// RestorationCodes is what an event says of a restoration. Where the two persons are
// another organisation's, the actor is System.
type RestorationCodes struct {
	ID string `json:"id"`
	// BackupAt is when the backup was made (RFC 3339), "" where that is not known.
	BackupAt string `json:"backup_at,omitempty"`
	// RestoredBy is the first of the two.
	RestoredBy string `json:"restored_by,omitempty"`
	// TreeSize is how many events the organisation's tree had, Kept how many the largest
	// checkpoint had that was kept elsewhere; where Kept is larger, somebody has accepted
	// that the rest is gone.
	TreeSize int64 `json:"tree_size,omitempty"`
	Kept     int64 `json:"kept,omitempty"`
}
