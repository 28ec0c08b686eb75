package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type commentRow struct {
	bun.BaseModel `bun:"table:comments"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	CaseID        string    `bun:"case_id"`
	AuthorID      string    `bun:"author_id"`
	Text          string    `bun:"text"`
	CreatedAt     time.Time `bun:"created_at"`
}

// Comment is what somebody has said about a case. It asks nobody for an answer.
type Comment struct {
	ID        string
	AuthorID  string
	Text      string
	CreatedAt time.Time
}

// AddComment writes a comment together with its command, which names the case and
// the person, and its event. It refuses when the case has ended. A ConflictError
// says that the request key was used before.
func (s *Store) AddComment(ctx context.Context, c model.Command, text string, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := commentRow{OrgID: c.OrgID, ID: model.NewID(), CaseID: c.CaseID, AuthorID: c.ActorID, Text: text, CreatedAt: now}
	note := plainNote{
		kind:    model.EventCommentAdded,
		data:    model.EventData{Evidence: &model.EvidenceCodes{CommentID: row.ID}},
		texts:   map[string]string{"text": text},
		receipt: model.EvidenceReceipt{CommentID: row.ID},
		write:   func(ctx context.Context, q queryer) error { return insert(ctx, s, q, "", row) },
	}
	return s.note(ctx, c, note, now)
}

// Comments lists the comments on a case in the order in which they were made.
func (s *Store) Comments(ctx context.Context, orgID, caseID string) ([]Comment, error) {
	var rows []commentRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).
		Where("org_id = ? AND case_id = ?", orgID, caseID).Order("created_at", "id"))
	comments := make([]Comment, len(rows))
	for i, r := range rows {
		comments[i] = Comment{ID: r.ID, AuthorID: r.AuthorID, Text: r.Text, CreatedAt: r.CreatedAt.UTC()}
	}
	return comments, err
}
