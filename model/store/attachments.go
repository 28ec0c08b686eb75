package store

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type attachmentRow struct {
	bun.BaseModel `bun:"table:attachments"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	CaseID        string    `bun:"case_id"`
	Part          string    `bun:"part"`
	Pointer       string    `bun:"pointer"`
	ConditionID   string    `bun:"condition_id,nullzero"`
	FileName      string    `bun:"file_name"`
	MediaType     string    `bun:"media_type"`
	Size          int64     `bun:"size"`
	SHA256        string    `bun:"sha256"`
	Note          string    `bun:"note"`
	AddedBy       string    `bun:"added_by"`
	AddedAt       time.Time `bun:"added_at"`
	RemovedAt     time.Time `bun:"removed_at,nullzero"`
}

// Attachment is a file that is attached to a case: to a place in one of its
// parts, or to one of its conditions. Its content is kept elsewhere, under its
// hash.
type Attachment struct {
	ID     string
	CaseID string
	// Part and Pointer, a JSON Pointer (RFC 6901) into the part's answers, are
	// empty for what belongs to a condition.
	Part, Pointer string
	ConditionID   string
	FileName      string
	MediaType     string
	// Size is in bytes, SHA256 in lower-case hexadecimal digits.
	Size      int64
	SHA256    string
	Note      string
	AddedBy   string
	AddedAt   time.Time
	RemovedAt time.Time
}

func (r *attachmentRow) toAttachment() Attachment {
	return Attachment{
		ID: r.ID, CaseID: r.CaseID, Part: r.Part, Pointer: r.Pointer, ConditionID: r.ConditionID,
		FileName: r.FileName, MediaType: r.MediaType, Size: r.Size, SHA256: r.SHA256, Note: r.Note,
		AddedBy: r.AddedBy, AddedAt: r.AddedAt.UTC(), RemovedAt: utc(r.RemovedAt),
	}
}

// NewAttachment is a file about to be attached. Its content is stored already.
type NewAttachment struct {
	Part, Pointer string
	ConditionID   string
	FileName      string
	MediaType     string
	Size          int64
	SHA256        string
	Note          string
	// Command is stored as done with the answer that it gets. It names the case
	// and the person.
	Command model.Command
}

// AddAttachment attaches a file together with its command and its event. It
// refuses when the case has ended. A ConflictError says that the request key was
// used before, ErrReference that there is no such condition.
func (s *Store) AddAttachment(ctx context.Context, n NewAttachment, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := attachmentRow{
		OrgID: n.Command.OrgID, ID: model.NewID(), CaseID: n.Command.CaseID, Part: n.Part, Pointer: n.Pointer,
		ConditionID: n.ConditionID, FileName: n.FileName, MediaType: n.MediaType, Size: n.Size, SHA256: n.SHA256,
		Note: n.Note, AddedBy: n.Command.ActorID, AddedAt: now,
	}
	note := plainNote{
		kind: model.EventAttachmentAdded,
		data: model.EventData{Part: n.Part, Evidence: &model.EvidenceCodes{
			AttachmentID: row.ID, ConditionID: n.ConditionID, MediaType: n.MediaType, Size: n.Size,
		}},
		texts:   map[string]string{"file_name": n.FileName, "note": n.Note, "pointer": n.Pointer, "sha256": n.SHA256},
		receipt: model.EvidenceReceipt{AttachmentID: row.ID, SHA256: n.SHA256},
		write:   func(ctx context.Context, q queryer) error { return insert(ctx, s, q, "", row) },
	}
	return s.note(ctx, n.Command, note, now)
}

// plainNote is something that is put beside a case: the row that write writes,
// the event that tells of it and what it is answered with.
type plainNote struct {
	kind    model.EventKind
	data    model.EventData
	texts   map[string]string
	receipt model.EvidenceReceipt
	// write may read before it writes, and refuse.
	write func(ctx context.Context, q queryer) error
}

// note writes what is put beside a case, with its event and its command, in one
// transaction. It refuses as invalid a text that no database can hold.
func (s *Store) note(ctx context.Context, c model.Command, n plainNote, now time.Time) (model.EvidenceReceipt, error) {
	receipt := n.receipt
	for _, text := range n.texts {
		if strings.ContainsRune(text, 0) {
			return receipt, model.Refuse(model.CodeInvalid)
		}
	}
	receipt.CaseID, receipt.RecordedAt = c.CaseID, now.Format(time.RFC3339Nano)
	err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
		row, err := s.selectCase(ctx, q, c.OrgID, c.CaseID, s.forUpdate())
		if err != nil {
			return err
		}
		if !row.State.TakesEvidence() {
			return model.Refuse(model.CodeStateConflict)
		}
		if err := n.write(ctx, q); err != nil {
			return err
		}
		j := journal{c: row, actorID: c.ActorID, commandID: c.ID, at: now}
		if err := j.add(n.kind, n.data, n.texts); err != nil {
			return err
		}
		receipt.Seq = row.Seq
		command, err := doneCommand(c, receipt, now)
		if err != nil {
			return err
		}
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		return s.endPlain(ctx, q, &j)
	})
	return receipt, err
}

// Attachments lists the files of a case that have not been removed, in the order
// in which they were attached.
func (s *Store) Attachments(ctx context.Context, orgID, caseID string) ([]Attachment, error) {
	var rows []attachmentRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).
		Where("org_id = ? AND case_id = ? AND removed_at IS NULL", orgID, caseID).Order("added_at", "id"))
	attachments := make([]Attachment, len(rows))
	for i := range rows {
		attachments[i] = rows[i].toAttachment()
	}
	return attachments, err
}

// Attachment returns a file of a case, also one that was removed.
func (s *Store) Attachment(ctx context.Context, orgID, caseID, id string) (Attachment, error) {
	r, err := one[attachmentRow](ctx, s, "org_id = ? AND case_id = ? AND id = ?", orgID, caseID, id)
	if err != nil {
		return Attachment{}, err
	}
	return r.toAttachment(), nil
}

// RemoveAttachment takes a file away that the actor has attached. It refuses
// another person's, and once reviewers rest on it: the case is no draft, and the
// file's part has been handed in or decided on, for the intake in any stage, or
// its condition was looked at, since. What is removed already stays so. The row
// stays, and so does the content while another row refers to it.
func (s *Store) RemoveAttachment(ctx context.Context, orgID, caseID, id, actorID string, now time.Time) error {
	now = clock.Normalise(now)
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		c, err := s.selectCase(ctx, q, orgID, caseID, s.forUpdate())
		if err != nil {
			return err
		}
		var a attachmentRow
		err = get(ctx, s, q, &a, "SELECT "+columns[attachmentRow](s)+
			" FROM attachments WHERE org_id = ? AND case_id = ? AND id = ?", orgID, caseID, id)
		switch {
		case err != nil:
			return err
		case a.AddedBy != actorID:
			return model.Refuse(model.CodeForbidden)
		case !a.RemovedAt.IsZero():
			return nil
		}
		used, err := s.restedOn(ctx, q, c, &a)
		if err != nil {
			return err
		}
		if used {
			return model.Refuse(model.CodeStateConflict)
		}
		a.RemovedAt = now
		if err := update(ctx, s, q, &a); err != nil {
			return err
		}
		j := journal{c: c, actorID: actorID, at: now}
		data := model.EventData{Part: a.Part, Evidence: &model.EvidenceCodes{AttachmentID: a.ID, ConditionID: a.ConditionID}}
		if err := j.add(model.EventAttachmentRemoved, data, nil); err != nil {
			return err
		}
		return s.endPlain(ctx, q, &j)
	})
}

// restedOn reports whether somebody may have judged by an attachment.
func (s *Store) restedOn(ctx context.Context, q queryer, c *caseRow, a *attachmentRow) (bool, error) {
	switch {
	case c.State == model.Draft:
		return false, nil
	case !c.State.TakesEvidence():
		return true, nil
	}
	if a.ConditionID != "" {
		var condition conditionRow
		err := get(ctx, s, q, &condition, "SELECT status FROM conditions WHERE org_id = ? AND id = ?", a.OrgID, a.ConditionID)
		return !condition.Status.Unmet(), err
	}
	var handedIn []revisionRow
	err := list(ctx, s, q, &handedIn, `SELECT revision FROM revisions
		WHERE org_id = ? AND case_id = ? AND part = ? AND submitted_at >= ?`, a.OrgID, a.CaseID, a.Part, a.AddedAt)
	if err != nil || len(handedIn) > 0 {
		return len(handedIn) > 0, err
	}
	var decided []decisionRow
	err = list(ctx, s, q, &decided, `SELECT stage FROM decisions
		WHERE org_id = ? AND case_id = ? AND task_id IS NOT NULL AND decided_at >= ?`, a.OrgID, a.CaseID, a.AddedAt)
	return slices.ContainsFunc(decided, func(d decisionRow) bool { return a.Part == Intake || a.Part == string(d.Stage) }), err
}

// ReferredContent returns those of the hashes that an attachment of the
// organisation refers to which has not been removed.
func (s *Store) ReferredContent(ctx context.Context, orgID string, hashes []string) (map[string]bool, error) {
	referred := make(map[string]bool, len(hashes))
	for len(hashes) > 0 {
		some := hashes[:min(len(hashes), maxPage)]
		hashes = hashes[len(some):]
		var found []string
		err := s.find(ctx, s.read.NewSelect().Model((*attachmentRow)(nil)).ColumnExpr("DISTINCT sha256").
			Where("org_id = ? AND removed_at IS NULL AND sha256 IN (?)", orgID, bun.List(some)), &found)
		if err != nil {
			return nil, err
		}
		for _, hash := range found {
			referred[hash] = true
		}
	}
	return referred, nil
}
