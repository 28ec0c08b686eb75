package act

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"regexp"
	"slices"
	"time"
	"unicode/utf8"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/blobs"
)

// Content is what a file holds.
type Content interface {
	io.Reader
	io.ReaderAt
	io.Seeker
}

// NewAttachment is a file that somebody wants to attach, to a place in a part of
// the case or to a condition.
type NewAttachment struct {
	// Part is intake or a stage, Pointer a JSON Pointer (RFC 6901) into its
	// answers, "" for the whole part.
	Part, Pointer string
	ConditionID   string
	Note          string
	FileName      string
	Content       Content
}

// The longest texts beside a file, in characters.
const (
	maxNote    = 4000
	maxPointer = 500
)

// AddAttachment attaches a file. Who may: the project owner, reviewers with an
// open task, and for a condition whoever has to meet it. The content is stored
// first and the row with its event after; content without row is harmless.
func (s *Service) AddAttachment(ctx context.Context, r Request, caseID string, in NewAttachment) (model.EvidenceReceipt, error) {
	if s.attachments == nil {
		return model.EvidenceReceipt{}, model.Refuse(model.CodeUnavailable)
	}
	hash, size, err := blobs.Hash(in.Content)
	if err != nil {
		return model.EvidenceReceipt{}, fmt.Errorf("read an attachment: %w", err)
	}
	r.Body = map[string]string{
		"part": in.Part, "pointer": in.Pointer, "condition_id": in.ConditionID, "note": in.Note,
		"file_name": in.FileName, "sha256": hash,
	}
	return s.noted(ctx, r, caseID, "add_attachment", func(c model.Command) (model.EvidenceReceipt, error) {
		n, err := s.checkAttachment(ctx, r.Actor, caseID, in, size)
		if err != nil {
			return model.EvidenceReceipt{}, err
		}
		if _, err := in.Content.Seek(0, io.SeekStart); err != nil {
			return model.EvidenceReceipt{}, fmt.Errorf("read an attachment: %w", err)
		}
		n.Size, n.SHA256, n.Command = size, hash, c
		var receipt model.EvidenceReceipt
		err = s.attachments.Put(ctx, r.Actor.OrgID, hash, in.Content, func() (err error) {
			receipt, err = s.store.AddAttachment(ctx, n, s.clock.Now())
			return err
		})
		return receipt, err
	})
}

// noted does, once for each request, what puts something beside a case. write
// authorises and checks; it is called only for a request that has not been made
// before.
func (s *Service) noted(ctx context.Context, r Request, caseID string, kind model.ActKind,
	write func(model.Command) (model.EvidenceReceipt, error)) (model.EvidenceReceipt, error) {
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return model.EvidenceReceipt{}, err
	}
	receipt, err := s.notedBefore(ctx, r.Actor.OrgID, requestKey, bodyHash)
	if !errors.Is(err, store.ErrNotFound) {
		return receipt, err
	}
	receipt, err = write(model.Command{
		OrgID: r.Actor.OrgID, ID: model.NewID(), RequestKey: requestKey, CaseID: caseID, Kind: kind,
		ActorID: r.Actor.PersonID, BodyHash: bodyHash,
	})
	if store.IsConflict(err) { // the same request at the same time
		return s.notedBefore(ctx, r.Actor.OrgID, requestKey, bodyHash)
	}
	return receipt, err
}

// notedBefore gives the answer again that a request got the first time, or
// store.ErrNotFound.
func (s *Service) notedBefore(ctx context.Context, orgID, requestKey, bodyHash string) (receipt model.EvidenceReceipt, err error) {
	known, err := s.store.CommandByKey(ctx, orgID, requestKey)
	if err != nil {
		return receipt, err
	}
	if known.BodyHash != bodyHash {
		return receipt, model.Refuse(model.CodeKeyReused)
	}
	return receipt, json.Unmarshal(known.Answer, &receipt)
}

// checkAttachment authorises an attachment, and looks at its form and at what the
// file is.
func (s *Service) checkAttachment(ctx context.Context, a model.Actor, caseID string, in NewAttachment, size int64) (store.NewAttachment, error) {
	n := store.NewAttachment{Part: in.Part, Pointer: in.Pointer, ConditionID: in.ConditionID, Note: in.Note}
	_, on, err := s.readCase(ctx, a, caseID)
	if err != nil {
		return n, err
	}
	if err := invalid(attachmentFaults(in, size)); err != nil {
		return n, err
	}
	if in.ConditionID != "" {
		err = s.mayShowEvidence(ctx, a, on, caseID, in.ConditionID)
	} else {
		err = s.mayAttach(ctx, a, on, caseID)
	}
	if err != nil {
		return n, err
	}
	if size > blobs.MaxSize {
		return n, model.Refuse(model.CodeAttachmentTooLarge)
	}
	n.MediaType, n.FileName, err = blobs.Identify(in.Content, size, in.FileName)
	if errors.Is(err, blobs.ErrType) {
		return n, model.Refuse(model.CodeAttachmentType)
	}
	return n, err
}

// mayAttach lets the project owner and reviewers with an open task attach to the
// parts of a case.
func (s *Service) mayAttach(ctx context.Context, a model.Actor, on access.Object, caseID string) error {
	if access.Can(a, on, access.Draft, access.Edit) {
		return nil
	}
	tasks, err := s.store.CaseTasks(ctx, a.OrgID, caseID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(tasks, func(t store.Task) bool { return MayAnswer(a, on, t) }) {
		return nil
	}
	return model.Refuse(model.CodeForbidden)
}

// mayShowEvidence lets those attach to a condition who have to meet it.
func (s *Service) mayShowEvidence(ctx context.Context, a model.Actor, on access.Object, caseID, conditionID string) error {
	conditions, err := s.store.Conditions(ctx, a.OrgID, caseID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(conditions, func(c store.Condition) bool { return c.ID == conditionID })
	switch {
	case i < 0:
		return invalid([]rulebook.Problem{{Pointer: "/condition_id", Code: "unknown_condition", Text: textUnknownCondition}})
	case !access.ShowsEvidence(a, on, conditions[i].OwnerRole):
		return model.Refuse(model.CodeForbidden)
	}
	return nil
}

// pointerForm is a JSON Pointer (RFC 6901).
var pointerForm = regexp.MustCompile(`^(/([^/~]|~[01])*)*$`)

var (
	textUnknownCondition = lang.Text{
		SV: "Ärendet har inget sådant villkor. Ange villkorets id.", EN: "The case has no such condition. Give the condition's id."}
	textPartOrCondition = lang.Text{
		SV: "Ange part (intake eller ett steg) eller condition_id: vad filen hör till.",
		EN: "Give part (intake or a stage) or condition_id: what the file belongs to."}
	textNotBoth = lang.Text{
		SV: "Ange antingen en del av ärendet eller ett villkor.", EN: "Give either a part of the case or a condition."}
	textPointer = lang.Text{
		SV: "Skriv en JSON Pointer till ett svar i delen, till exempel /risks/0, med högst 500 tecken.",
		EN: "Write a JSON Pointer to an answer of the part, such as /risks/0, of at most 500 characters."}
	textNote      = lang.Text{SV: "Skriv högst 4\u00a0000 tecken.", EN: "Write at most 4,000 characters."}
	textEmptyFile = lang.Text{SV: "Filen är tom. Välj en fil med innehåll.", EN: "The file is empty. Choose one that holds something."}
)

// attachmentFaults applies the rules of form.
func attachmentFaults(in NewAttachment, size int64) []rulebook.Problem {
	var out []rulebook.Problem
	add := func(pointer, code string, text lang.Text) {
		out = append(out, rulebook.Problem{Pointer: pointer, Code: code, Text: text})
	}
	_, isStage := model.Stage(model.StageKey(in.Part))
	switch {
	case in.ConditionID != "" && (in.Part != "" || in.Pointer != ""):
		add("/condition_id", "excluded", textNotBoth)
	case in.ConditionID == "" && in.Part != store.Intake && !isStage:
		add("/part", "oneof", textPartOrCondition)
	}
	if utf8.RuneCountInString(in.Pointer) > maxPointer || !pointerForm.MatchString(in.Pointer) {
		add("/pointer", "pointer", textPointer)
	}
	if utf8.RuneCountInString(in.Note) > maxNote {
		add("/note", "max", textNote)
	}
	if size == 0 {
		add("/file", "empty", textEmptyFile)
	}
	return out
}

// Attachments lists the files of a case that the actor may read.
func (s *Service) Attachments(ctx context.Context, a model.Actor, caseID string) ([]store.Attachment, error) {
	if _, err := s.ReadCase(ctx, a, caseID); err != nil {
		return nil, err
	}
	return s.store.Attachments(ctx, a.OrgID, caseID)
}

// OpenAttachment returns a file of a case that the actor may read, verified
// against its hash. A file that is gone or has changed is refused and logged.
func (s *Service) OpenAttachment(ctx context.Context, a model.Actor, caseID, id string) (store.Attachment, io.ReadCloser, error) {
	if s.attachments == nil {
		return store.Attachment{}, nil, model.Refuse(model.CodeUnavailable)
	}
	if _, err := s.ReadCase(ctx, a, caseID); err != nil {
		return store.Attachment{}, nil, err
	}
	attachment, err := s.store.Attachment(ctx, a.OrgID, caseID, id)
	if err != nil {
		return store.Attachment{}, nil, err
	}
	if !attachment.RemovedAt.IsZero() {
		return store.Attachment{}, nil, store.ErrNotFound
	}
	content, err := s.attachments.Open(ctx, a.OrgID, attachment.SHA256)
	if errors.Is(err, blobs.ErrDamaged) {
		s.log.LogAttrs(ctx, slog.LevelError, "an attachment is damaged",
			slog.String("case_id", caseID), slog.String("attachment_id", id))
		return store.Attachment{}, nil, model.Refuse(model.CodeAttachmentDamaged)
	}
	return attachment, content, err
}

// RemoveAttachment takes away a file that the actor has attached, until a
// reviewer may have judged by it.
func (s *Service) RemoveAttachment(ctx context.Context, a model.Actor, caseID, id string) error {
	if _, err := s.ReadCase(ctx, a, caseID); err != nil {
		return err
	}
	if err := access.Writes(a); err != nil {
		return err
	}
	return s.store.RemoveAttachment(ctx, a.OrgID, caseID, id, a.PersonID, s.clock.Now())
}

// orphanAge is how old content must be before it counts as left behind: far older
// than any request.
const orphanAge = 24 * time.Hour

// SweepAttachments removes the content to which no attachment refers, such as
// that of a request that ended between content and row, and returns how much
// there was.
func (s *Service) SweepAttachments(ctx context.Context) (removed int, err error) {
	if s.attachments == nil {
		return 0, nil
	}
	// Files are stamped by the system's clock, whatever clock the service has.
	return s.attachments.Sweep(ctx, time.Now().Add(-orphanAge), s.store.ReferredContent)
}
