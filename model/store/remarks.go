package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type remarkRow struct {
	bun.BaseModel `bun:"table:remarks"`
	OrgID         string             `bun:"org_id,pk"`
	ID            string             `bun:"id,pk"`
	CaseID        string             `bun:"case_id"`
	Stage         model.StageKey     `bun:"stage"`
	QuestionID    string             `bun:"question_id"`
	AuthorID      string             `bun:"author_id"`
	AuthorRole    model.Role         `bun:"author_role"`
	Text          string             `bun:"text"`
	Severity      model.Severity     `bun:"severity"`
	Status        model.RemarkStatus `bun:"status"`
	Reply         string             `bun:"reply"`
	Reasons       string             `bun:"reasons"`
	ReplyBy       string             `bun:"reply_by,nullzero"`
	RepliedAt     time.Time          `bun:"replied_at,nullzero"`
	CreatedAt     time.Time          `bun:"created_at"`
}

// Remark is what a reviewer has remarked on a stage, and the reply (rulebook
// 9.12, AD-05).
type Remark struct {
	ID     string
	CaseID string
	Stage  model.StageKey
	// QuestionID is empty for a remark on the stage as a whole.
	QuestionID string
	AuthorID   string
	AuthorRole model.Role
	Text       string
	Severity   model.Severity
	Status     model.RemarkStatus
	Reply      string
	// Reasons say why the remark is not followed.
	Reasons   string
	ReplyBy   string
	RepliedAt time.Time
	CreatedAt time.Time
}

func (r *remarkRow) toRemark() Remark {
	return Remark{
		ID: r.ID, CaseID: r.CaseID, Stage: r.Stage, QuestionID: r.QuestionID, AuthorID: r.AuthorID,
		AuthorRole: r.AuthorRole, Text: r.Text, Severity: r.Severity, Status: r.Status, Reply: r.Reply,
		Reasons: r.Reasons, ReplyBy: r.ReplyBy, RepliedAt: utc(r.RepliedAt), CreatedAt: r.CreatedAt.UTC(),
	}
}

// NewRemark is a remark about to be made.
type NewRemark struct {
	Stage      model.StageKey
	QuestionID string
	AuthorRole model.Role
	Text       string
	Severity   model.Severity
	// Command is stored as done with the answer that it gets. It names the case
	// and the person.
	Command model.Command
}

// AddRemark makes a remark together with its command and its event. It refuses
// when the case has ended or does not have the stage. A ConflictError says that
// the request key was used before.
func (s *Store) AddRemark(ctx context.Context, n NewRemark, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := remarkRow{
		OrgID: n.Command.OrgID, ID: model.NewID(), CaseID: n.Command.CaseID, Stage: n.Stage, QuestionID: n.QuestionID,
		AuthorID: n.Command.ActorID, AuthorRole: n.AuthorRole, Text: n.Text, Severity: n.Severity,
		Status: model.RemarkOpen, CreatedAt: now,
	}
	note := plainNote{
		kind: model.EventRemarkAdded,
		data: model.EventData{Evidence: &model.EvidenceCodes{
			RemarkID: row.ID, Stage: n.Stage, Question: n.QuestionID, Role: n.AuthorRole, Severity: n.Severity,
			Status: model.RemarkOpen,
		}},
		texts:   map[string]string{"text": n.Text},
		receipt: model.EvidenceReceipt{RemarkID: row.ID},
		write: func(ctx context.Context, q queryer) error {
			if err := s.hasStage(ctx, q, row.OrgID, row.CaseID, n.Stage); err != nil {
				return err
			}
			return insert(ctx, s, q, "", row)
		},
	}
	return s.note(ctx, n.Command, note, now)
}

// hasStage refuses when a case does not have a stage, or triage says that it is
// not required.
func (s *Store) hasStage(ctx context.Context, q queryer, orgID, caseID string, stage model.StageKey) error {
	var stages []stageRow
	err := list(ctx, s, q, &stages, "SELECT requirement FROM stages WHERE org_id = ? AND case_id = ? AND stage = ?",
		orgID, caseID, stage)
	if err != nil {
		return err
	}
	if len(stages) == 0 || stages[0].Requirement == model.NotRequired {
		return model.Refuse(model.CodeStateConflict)
	}
	return nil
}

// RemarkReply is the answer to a remark.
type RemarkReply struct {
	RemarkID string
	Reply    string
	Followed bool
	// Reasons say why the remark is not followed.
	Reasons string
	// Command is stored as done with the answer that it gets. It names the case
	// and the person.
	Command model.Command
}

// ReplyToRemark answers a remark, once, together with its command and its event.
// It refuses a second answer, one by the remark's author, and when the case has
// ended; it returns ErrNotFound when the case has no such remark. A ConflictError
// says that the request key was used before.
func (s *Store) ReplyToRemark(ctx context.Context, r RemarkReply, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	codes := &model.EvidenceCodes{RemarkID: r.RemarkID, Status: model.RemarkAnswered}
	if !r.Followed {
		codes.Status = model.RemarkNotFollowed
	}
	note := plainNote{
		kind:    model.EventRemarkAnswered,
		data:    model.EventData{Evidence: codes},
		texts:   map[string]string{"reply": r.Reply, "reasons": r.Reasons},
		receipt: model.EvidenceReceipt{RemarkID: r.RemarkID},
		write: func(ctx context.Context, q queryer) error {
			var row remarkRow
			err := get(ctx, s, q, &row, "SELECT "+columns[remarkRow](s)+" FROM remarks WHERE org_id = ? AND case_id = ? AND id = ?",
				r.Command.OrgID, r.Command.CaseID, r.RemarkID)
			switch {
			case err != nil:
				return err
			case row.AuthorID == r.Command.ActorID:
				return model.Refuse(model.CodeForbidden)
			case row.Status != model.RemarkOpen:
				return model.Refuse(model.CodeStateConflict)
			}
			codes.Stage = row.Stage
			row.Status, row.Reply, row.Reasons = codes.Status, r.Reply, r.Reasons
			row.ReplyBy, row.RepliedAt = r.Command.ActorID, now
			return update(ctx, s, q, &row)
		},
	}
	return s.note(ctx, r.Command, note, now)
}

// RemarkFilter narrows a list of remarks. Empty fields do not narrow it.
type RemarkFilter struct {
	Stage  model.StageKey
	Status model.RemarkStatus
}

// Remarks lists the remarks of a case in the order in which they were made.
func (s *Store) Remarks(ctx context.Context, orgID, caseID string, f RemarkFilter) ([]Remark, error) {
	where, args := "org_id = ? AND case_id = ?", []any{orgID, caseID}
	if f.Stage != "" {
		where, args = where+" AND stage = ?", append(args, f.Stage)
	}
	if f.Status != "" {
		where, args = where+" AND status = ?", append(args, f.Status)
	}
	rows, err := many[remarkRow](ctx, s, where+" ORDER BY created_at, id", args...)
	remarks := make([]Remark, len(rows))
	for i := range rows {
		remarks[i] = rows[i].toRemark()
	}
	return remarks, err
}

// Remark returns a remark of a case.
func (s *Store) Remark(ctx context.Context, orgID, caseID, id string) (Remark, error) {
	r, err := one[remarkRow](ctx, s, "org_id = ? AND case_id = ? AND id = ?", orgID, caseID, id)
	if err != nil {
		return Remark{}, err
	}
	return r.toRemark(), nil
}

// OpenRemarks counts the remarks on a stage of a case that nobody has answered:
// those of one role, or of everybody when role is "".
func (s *Store) OpenRemarks(ctx context.Context, orgID, caseID string, stage model.StageKey, role model.Role) (int, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	n, err := s.openRemarks(ctx, direct{s.read.DB}, orgID, caseID, stage, role)
	return n, over(ctx, err)
}

// openRemarks is OpenRemarks within a transaction.
func (s *Store) openRemarks(ctx context.Context, q queryer, orgID, caseID string, stage model.StageKey, role model.Role) (int, error) {
	text := "SELECT COUNT(*) AS n FROM remarks WHERE org_id = ? AND case_id = ? AND stage = ? AND status = ?"
	args := []any{orgID, caseID, stage, model.RemarkOpen}
	if role != "" {
		text, args = text+" AND author_role = ?", append(args, role)
	}
	var row struct {
		N int `bun:"n"`
	}
	return row.N, get(ctx, s, q, &row, text, args...)
}
