package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
)

type rulebookRow struct {
	bun.BaseModel `bun:"table:rulebooks,alias:r"`
	OrgID         string     `bun:"org_id,pk"`
	ID            string     `bun:"id,pk"`
	RulebookID    string     `bun:"rulebook_id"`
	Version       string     `bun:"version"`
	Digest        string     `bun:"digest"`
	TitleSV       string     `bun:"title_sv"`
	TitleEN       string     `bun:"title_en"`
	Turn          int64      `bun:"turn,nullzero"`
	ProposedBy    string     `bun:"proposed_by,nullzero"`
	ProposedAs    model.Role `bun:"proposed_as"`
	ProposedAt    time.Time  `bun:"proposed_at"`
	Reason        string     `bun:"reason"`
	PublishedBy   string     `bun:"published_by,nullzero"`
	PublishedAt   time.Time  `bun:"published_at,nullzero"`
	WithdrawnBy   string     `bun:"withdrawn_by,nullzero"`
	WithdrawnAt   time.Time  `bun:"withdrawn_at,nullzero"`
}

// rulebookContentRow is the row with its content, which is large and only read on
// its own.
type rulebookContentRow struct {
	rulebookRow `bun:",extend"`
	Content     []byte `bun:"content"`
}

// Rulebook is a version of the rulebook of an organisation, without its content.
type Rulebook struct {
	OrgID, ID string
	// RulebookID, Version, Digest and Title are what the content says of itself.
	RulebookID, Version, Digest string
	Title                       lang.Text
	// Turn counts the published versions of the organisation, from 1; 0 before.
	Turn int
	// ProposedBy and PublishedBy are two people; both are "" for what came with the
	// program.
	ProposedBy string
	ProposedAs model.Role
	ProposedAt time.Time
	Reason     string

	PublishedBy, WithdrawnBy string
	PublishedAt, WithdrawnAt time.Time
}

// State is how far the version has come.
func (r Rulebook) State() model.RulebookState {
	switch {
	case !r.WithdrawnAt.IsZero():
		return model.RulebookWithdrawn
	case r.Turn > 0:
		return model.RulebookPublished
	}
	return model.RulebookProposed
}

func (r rulebookRow) rulebook() Rulebook {
	return Rulebook{
		OrgID: r.OrgID, ID: r.ID, RulebookID: r.RulebookID, Version: r.Version, Digest: r.Digest,
		Title: lang.Text{SV: r.TitleSV, EN: r.TitleEN}, Turn: int(r.Turn),
		ProposedBy: r.ProposedBy, ProposedAs: r.ProposedAs, ProposedAt: r.ProposedAt.UTC(), Reason: r.Reason,
		PublishedBy: r.PublishedBy, PublishedAt: utc(r.PublishedAt), WithdrawnBy: r.WithdrawnBy, WithdrawnAt: utc(r.WithdrawnAt),
	}
}

// NewRulebook is a version of the rulebook that is to be kept.
type NewRulebook struct {
	RulebookID, Version, Digest string
	Title                       lang.Text
	// Content is what RulebookContent returns again.
	Content []byte
	// As is the role in which somebody proposes it.
	As     model.Role
	Reason string
}

func (n NewRulebook) row(orgID string, now time.Time) rulebookContentRow {
	return rulebookContentRow{Content: n.Content, rulebookRow: rulebookRow{
		OrgID: orgID, ID: model.NewID(), RulebookID: n.RulebookID, Version: n.Version, Digest: n.Digest,
		TitleSV: n.Title.SV, TitleEN: n.Title.EN, ProposedAs: n.As, ProposedAt: now, Reason: n.Reason,
	}}
}

// EnterRulebook puts the rulebook that comes with the program in force for an
// organisation, and reports whether it did. It does nothing once the organisation
// has had that content, or has published a version of its own: from then on the one
// of the program is proposed like any other (SOD-07).
func (s *Store) EnterRulebook(ctx context.Context, orgID string, n NewRulebook, now time.Time) (entered bool, err error) {
	now = clock.Normalise(now)
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		last, err := s.lastTurn(ctx, q, orgID)
		if err != nil {
			return err
		}
		var had rulebookRow
		err = get(ctx, s, q, &had, `SELECT id FROM rulebooks WHERE org_id = ? AND turn IS NOT NULL
			AND (digest = ? OR proposed_by IS NOT NULL) LIMIT 1`, orgID, n.Digest)
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		row := n.row(orgID, now)
		row.Turn, row.PublishedAt = last+1, now
		entered = true
		return insert(ctx, s, q, "", row)
	})
	return entered && err == nil, err
}

// lastTurn locks the organisation, so that versions take turns, and returns the last
// turn that was taken.
func (s *Store) lastTurn(ctx context.Context, q queryer, orgID string) (int64, error) {
	var org organisationRow
	if err := get(ctx, s, q, &org, "SELECT id FROM organisations WHERE id = ?"+s.forUpdate(), orgID); err != nil {
		return 0, err
	}
	var row struct {
		Last int64 `bun:"last"`
	}
	err := get(ctx, s, q, &row, "SELECT COALESCE(MAX(turn), 0) AS last FROM rulebooks WHERE org_id = ?", orgID)
	return row.Last, err
}

// ProposeRulebook keeps a version that somebody proposes. The command is stored as
// done; it names the organisation and the person. It refuses a version whose name
// stands for a content already.
func (s *Store) ProposeRulebook(ctx context.Context, n NewRulebook, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := n.row(c.OrgID, now)
	row.ProposedBy = c.ActorID
	receipt := model.EvidenceReceipt{RulebookID: row.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if _, err := s.lastTurn(ctx, q, c.OrgID); err != nil {
			return err
		}
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		var had rulebookRow
		err := get(ctx, s, q, &had, `SELECT id FROM rulebooks WHERE org_id = ? AND rulebook_id = ? AND version = ?
			AND withdrawn_at IS NULL LIMIT 1`, c.OrgID, n.RulebookID, n.Version)
		switch {
		case err == nil:
			return model.Refuse(model.CodeVersionTaken, "SOD-07")
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		return insert(ctx, s, q, "", row)
	})
}

// insertDone keeps a command that is done. It comes first in its transaction: the
// same request at the same time is then a conflict and not a refusal.
func (s *Store) insertDone(ctx context.Context, q queryer, c model.Command, receipt model.EvidenceReceipt, now time.Time) error {
	command, err := doneCommand(c, receipt, now)
	if err != nil {
		return err
	}
	return insert(ctx, s, q, "", command)
}

// PublishRulebook puts a proposed version in force. It refuses the person who
// proposed it (SOD-07), and a version that is published or withdrawn already.
func (s *Store) PublishRulebook(ctx context.Context, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	return s.endProposal(ctx, id, c, now, func(r *rulebookRow, last int64, now time.Time) error {
		if r.ProposedBy == c.ActorID {
			return model.Refuse(model.CodeSegregation, "SOD-07")
		}
		r.Turn, r.PublishedBy, r.PublishedAt = last+1, c.ActorID, now
		return nil
	})
}

// WithdrawRulebook takes a proposal back. It refuses a version that is published or
// withdrawn already.
func (s *Store) WithdrawRulebook(ctx context.Context, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	return s.endProposal(ctx, id, c, now, func(r *rulebookRow, _ int64, now time.Time) error {
		r.WithdrawnBy, r.WithdrawnAt = c.ActorID, now
		return nil
	})
}

func (s *Store) endProposal(ctx context.Context, id string, c model.Command, now time.Time,
	end func(r *rulebookRow, last int64, now time.Time) error) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{RulebookID: id, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		last, err := s.lastTurn(ctx, q, c.OrgID)
		if err != nil {
			return err
		}
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		var row rulebookRow
		err = get(ctx, s, q, &row, "SELECT "+columns[rulebookRow](s)+" FROM rulebooks WHERE org_id = ? AND id = ?", c.OrgID, id)
		switch {
		case err != nil:
			return err
		case row.rulebook().State() != model.RulebookProposed:
			return model.Refuse(model.CodeStateConflict, "SOD-07")
		}
		if err := end(&row, last, now); err != nil {
			return err
		}
		return update(ctx, s, q, &row)
	})
}

// Rulebooks lists the versions of the rulebook of an organisation, of every one
// when orgID is "": the newest turn first, before them those without one, newest
// first.
func (s *Store) Rulebooks(ctx context.Context, orgID string) ([]Rulebook, error) {
	var rows []rulebookRow
	q := s.read.NewSelect().Model(&rows).OrderExpr("org_id, COALESCE(turn, 9223372036854775807) DESC, proposed_at DESC, id DESC")
	if orgID != "" {
		q = q.Where("org_id = ?", orgID)
	}
	err := s.find(ctx, q)
	out := make([]Rulebook, len(rows))
	for i, r := range rows {
		out[i] = r.rulebook()
	}
	return out, err
}

// Rulebook returns one version of the rulebook of an organisation.
func (s *Store) Rulebook(ctx context.Context, orgID, id string) (Rulebook, error) {
	r, err := one[rulebookRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	return r.rulebook(), err
}

// RulebookContent returns the content of a version, or ErrNotFound when the
// organisation has none with that digest.
func (s *Store) RulebookContent(ctx context.Context, orgID, digest string) ([]byte, error) {
	r, err := one[rulebookContentRow](ctx, s, "org_id = ? AND digest = ?", orgID, digest)
	return r.Content, err
}
