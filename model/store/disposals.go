package store

import (
	"context"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type disposalRow struct {
	bun.BaseModel  `bun:"table:disposals,alias:d"`
	OrgID          string               `bun:"org_id,pk"`
	ID             string               `bun:"id,pk"`
	Kind           string               `bun:"kind"`
	CaseID         string               `bun:"case_id,nullzero"`
	PersonID       string               `bun:"person_id,nullzero"`
	CommentID      string               `bun:"comment_id,nullzero"`
	Due            string               `bun:"due"`
	RulebookDigest string               `bun:"rulebook_digest"`
	Status         model.DisposalStatus `bun:"status"`
	ProposedBy     string               `bun:"proposed_by"`
	ProposedAt     time.Time            `bun:"proposed_at"`
	Reason         string               `bun:"reason"`
	FirstBy        string               `bun:"first_by,nullzero"`
	FirstAs        model.Role           `bun:"first_as"`
	FirstAt        time.Time            `bun:"first_at,nullzero"`
	ClosedBy       string               `bun:"closed_by,nullzero"`
	ClosedAs       model.Role           `bun:"closed_as"`
	ClosedAt       time.Time            `bun:"closed_at,nullzero"`
	ClosingReason  string               `bun:"closing_reason"`
	Removed        int                  `bun:"removed"`

	RegistryNo string `bun:"registry_no,scanonly"`
}

// Disposal is something that is to be disposed of, or was (rulebook 9.6, GDPR 17).
type Disposal struct {
	OrgID, ID string
	// Kind is a rule of retention, model.DisposalPerson or model.DisposalComment.
	Kind string
	// CaseID and RegistryNo are empty for a person, PersonID and CommentID for what
	// belongs to a case as a whole.
	CaseID, RegistryNo, PersonID, CommentID string
	// Due is the day in Sweden, 2006-01-02, on which its time came or somebody asked.
	Due, RulebookDigest string
	Status              model.DisposalStatus
	// ProposedBy is model.System for what the program has proposed.
	ProposedBy string
	ProposedAt time.Time
	Reason     string
	// FirstBy is the first of the two persons, ClosedBy who disposed of it or kept it.
	FirstBy, ClosedBy string
	FirstAs, ClosedAs model.Role
	FirstAt, ClosedAt time.Time
	ClosingReason     string
	// Removed counts the rows whose text is gone.
	Removed int
}

func (r *disposalRow) disposal() Disposal {
	return Disposal{
		OrgID: r.OrgID, ID: r.ID, Kind: r.Kind, CaseID: r.CaseID, RegistryNo: r.RegistryNo, PersonID: r.PersonID,
		CommentID: r.CommentID, Due: r.Due, RulebookDigest: r.RulebookDigest, Status: r.Status,
		ProposedBy: r.ProposedBy, ProposedAt: r.ProposedAt.UTC(), Reason: r.Reason,
		FirstBy: r.FirstBy, FirstAs: r.FirstAs, FirstAt: utc(r.FirstAt),
		ClosedBy: r.ClosedBy, ClosedAs: r.ClosedAs, ClosedAt: utc(r.ClosedAt), ClosingReason: r.ClosingReason, Removed: r.Removed,
	}
}

func (r *disposalRow) codes() *model.DisposalCodes {
	return &model.DisposalCodes{
		ID: r.ID, Kind: r.Kind, FirstBy: r.FirstBy, PersonID: r.PersonID, CommentID: r.CommentID, Removed: r.Removed,
	}
}

// Retention is a rule by which something of a case is disposed of.
type Retention struct {
	OrgID string
	// Kind is the rule, Removes what it disposes of (rulebook.Removable).
	Kind    string
	Removes []string
	// Before is the time before which a case must have been decommissioned.
	Before time.Time
	// Due and RulebookDigest stand in what is proposed.
	Due, RulebookDigest string
}

// held says by which rows a case still holds what can be disposed of.
var held = map[string]string{
	"comments":          "SELECT 1 FROM comments x WHERE x.org_id = c.org_id AND x.case_id = c.id AND x.text <> ''",
	"conditions":        "SELECT 1 FROM conditions x WHERE x.org_id = c.org_id AND x.case_id = c.id AND x.text_sv <> ''",
	"reminders":         "SELECT 1 FROM messages x WHERE x.org_id = c.org_id AND x.case_id = c.id",
	"evidence":          "SELECT 1 FROM attachments x WHERE x.org_id = c.org_id AND x.case_id = c.id AND x.sha256 <> '' AND " + isEvidence,
	"camera_assessment": "SELECT 1 FROM revisions x WHERE x.org_id = c.org_id AND x.case_id = c.id AND x.part = 'camera_assessment' AND x.answers <> '{}'",
}

// isEvidence tells the files of the security review and of conditions from others.
const isEvidence = "(x.condition_id IS NOT NULL OR x.part = 'ciso')"

// ProposeDisposals proposes to dispose of what a rule of retention says, in every
// case whose time has come and that still holds something of it, once a case. It
// returns how many it proposed. Several processes may do so at once.
func (s *Store) ProposeDisposals(ctx context.Context, r Retention, now time.Time) (int, error) {
	now = clock.Normalise(now)
	total := 0
	for {
		var ids []string
		q := s.read.NewSelect().TableExpr("cases AS c").ColumnExpr("c.id").
			Where("c.org_id = ? AND c.state IN (?)", r.OrgID, bun.List([]model.CaseState{model.Decommissioned, model.Archived})).
			Where("EXISTS (SELECT 1 FROM events e WHERE e.org_id = c.org_id AND e.case_id = c.id AND e.kind = ? AND e.at < ?)",
				model.EventDecommissioned, r.Before).
			Where("NOT EXISTS (SELECT 1 FROM disposals d WHERE d.org_id = c.org_id AND d.case_id = c.id AND d.kind = ?)", r.Kind).
			WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
				for _, what := range r.Removes {
					q = q.WhereOr("EXISTS (" + held[what] + ")")
				}
				return q
			}).Order("c.id").Limit(maxPage)
		if err := s.find(ctx, q, &ids); err != nil || len(ids) == 0 {
			return total, err
		}
		rows := make([]disposalRow, len(ids))
		for i, id := range ids {
			rows[i] = disposalRow{
				OrgID: r.OrgID, ID: model.NewID(), Kind: r.Kind, CaseID: id, Due: r.Due, RulebookDigest: r.RulebookDigest,
				Status: model.DisposalProposed, ProposedBy: model.System, ProposedAt: now,
			}
		}
		err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
			return insert(ctx, s, q, "ON CONFLICT DO NOTHING", rows...)
		})
		if err != nil {
			return total, err
		}
		total += len(ids)
	}
}

// NewErasure is what a person asks to have erased: somebody, or a comment on a case.
// Who asks is the first of the two who are needed.
type NewErasure struct {
	PersonID  string
	CommentID string
	As        model.Role
	Reason    string
	// Due is the day in Sweden, 2006-01-02.
	Due, RulebookDigest string
	// Command is stored as done. It names the asking person and, for a comment, the
	// case.
	Command model.Command
}

// AddErasure notes what somebody asks to have erased. It returns ErrNotFound for
// a comment that the case does not have and for somebody unknown, and refuses what
// is asked for or done already.
func (s *Store) AddErasure(ctx context.Context, n NewErasure, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	c := n.Command
	row := disposalRow{
		OrgID: c.OrgID, ID: model.NewID(), Kind: model.DisposalPerson, CaseID: c.CaseID, PersonID: n.PersonID, CommentID: n.CommentID,
		Due: n.Due, RulebookDigest: n.RulebookDigest, Status: model.DisposalApproved, ProposedBy: c.ActorID, ProposedAt: now,
		Reason: n.Reason, FirstBy: c.ActorID, FirstAs: n.As, FirstAt: now,
	}
	if n.CommentID != "" {
		row.Kind = model.DisposalComment
	}
	receipt := model.EvidenceReceipt{CaseID: c.CaseID, DisposalID: row.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return receipt, err
	}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := s.erasable(ctx, q, row); err != nil {
			return err
		}
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		return insert(ctx, s, q, "", row)
	})
}

// erasable finds what is to be erased, and refuses it when it is asked for already.
func (s *Store) erasable(ctx context.Context, q queryer, d disposalRow) error {
	var before []disposalRow
	err := list(ctx, s, q, &before, `SELECT id FROM disposals WHERE org_id = ? AND kind = ? AND status <> ?
		AND COALESCE(person_id, '') = ? AND COALESCE(comment_id, '') = ?`, d.OrgID, d.Kind, model.DisposalKept, d.PersonID, d.CommentID)
	switch {
	case err != nil:
		return err
	case len(before) > 0:
		return model.Refuse(model.CodeUnchanged)
	case d.Kind == model.DisposalComment:
		var comment commentRow
		return get(ctx, s, q, &comment, "SELECT id FROM comments WHERE org_id = ? AND case_id = ? AND id = ?", d.OrgID, d.CaseID, d.CommentID)
	}
	var person personRow
	return get(ctx, s, q, &person, "SELECT id FROM people WHERE org_id = ? AND id = ?", d.OrgID, d.PersonID)
}

// DisposalFilter narrows a list of disposals. Empty fields do not narrow it.
type DisposalFilter struct {
	OrgID, ID, CaseID, Kind string
	Status                  model.DisposalStatus
	// Limit is at most 1,000, which 0 means too.
	Limit, Offset int64
	// After continues behind one, by the time at which it was proposed and its id.
	After *DisposalCursor
}

// DisposalCursor is a place in a list of disposals, the newest first.
type DisposalCursor struct {
	ProposedAt time.Time `json:"t"`
	ID         string    `json:"i"`
}

// Disposals lists disposals, the newest first.
func (s *Store) Disposals(ctx context.Context, f DisposalFilter) ([]Disposal, error) {
	var rows []disposalRow
	q := s.disposalsQuery(f).Model(&rows).ColumnExpr("d.*").ColumnExpr("c.registry_no").
		Order("d.proposed_at DESC", "d.id DESC").Limit(page(f.Limit)).Offset(f.Offset)
	if f.After != nil {
		q = q.Where("(d.proposed_at, d.id) < (?, ?)", f.After.ProposedAt, f.After.ID)
	}
	if err := s.find(ctx, q); err != nil {
		return nil, err
	}
	out := make([]Disposal, len(rows))
	for i := range rows {
		out[i] = rows[i].disposal()
	}
	return out, nil
}

// CountDisposals counts what Disposals lists, up to the given number.
func (s *Store) CountDisposals(ctx context.Context, f DisposalFilter, upTo int64) (int, error) {
	inner := s.disposalsQuery(f).Model((*disposalRow)(nil)).ColumnExpr("1").Limit(upTo)
	var n int
	err := s.find(ctx, s.read.NewSelect().TableExpr("(?) AS matching", inner).ColumnExpr("COUNT(*)"), &n)
	return n, err
}

func (s *Store) disposalsQuery(f DisposalFilter) *bun.SelectQuery {
	q := s.read.NewSelect().Join("LEFT JOIN cases AS c ON c.org_id = d.org_id AND c.id = d.case_id").Where("d.org_id = ?", f.OrgID)
	for column, value := range map[string]string{"id": f.ID, "case_id": f.CaseID, "kind": f.Kind, "status": string(f.Status)} {
		if value != "" {
			q = q.Where("d."+column+" = ?", value)
		}
	}
	return q
}

// Disposal returns one disposal.
func (s *Store) Disposal(ctx context.Context, orgID, id string) (Disposal, error) {
	found, err := s.Disposals(ctx, DisposalFilter{OrgID: orgID, ID: id, Limit: 1})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Disposal{}, err
	}
	return found[0], nil
}
