package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// ErrNameTaken says that a person or a service account has a name already.
var ErrNameTaken = errors.New("the name is taken")

// AddService adds a service account under the id and the handle of p. It returns
// ErrNameTaken when somebody has the handle. The command is answered with its id.
func (s *Store) AddService(ctx context.Context, p Person, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{ServiceID: p.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		var row personRow
		err := get(ctx, s, q, &row, `INSERT INTO people (org_id, id, handle, name, unit_id, created_at, kind, per_minute)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (org_id, handle) DO NOTHING RETURNING id`,
			p.OrgID, p.ID, p.Handle, p.Handle, p.UnitID, now, kindService, p.Service.PerMinute)
		if errors.Is(err, sql.ErrNoRows) {
			return ErrNameTaken
		}
		return err
	})
}

// AddServiceToken gives a service account a token for the API. An account that there is
// not is not found. The command is answered with the token's id.
func (s *Store) AddServiceToken(ctx context.Context, t Token, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{ServiceID: t.PersonID, TokenID: t.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var account personRow
		err := get(ctx, s, q, &account, "SELECT id FROM people WHERE org_id = ? AND id = ? AND kind = ? AND disabled_at IS NULL"+s.forUpdate(),
			t.OrgID, t.PersonID, kindService)
		if err != nil {
			return err
		}
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		return insert(ctx, s, q, "", tokenRow{
			OrgID: t.OrgID, ID: t.ID, PersonID: t.PersonID, Label: t.Label, Purpose: PurposeAPI, Hash: t.Hash,
			CreatedAt: now, ExpiresAt: clock.Normalise(t.ExpiresAt),
		})
	})
}

// RevokeServiceToken makes a service account's token useless from now on. It refuses
// one that is revoked already.
func (s *Store) RevokeServiceToken(ctx context.Context, serviceID, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{ServiceID: serviceID, TokenID: id, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var row tokenRow
		err := get(ctx, s, q, &row, "SELECT "+columns[tokenRow](s)+` FROM tokens WHERE org_id = ? AND id = ? AND person_id =
			(SELECT id FROM people WHERE org_id = ? AND id = ? AND kind = ?)`+s.forUpdate(), c.OrgID, id, c.OrgID, serviceID, kindService)
		if err != nil {
			return err
		}
		if !row.RevokedAt.IsZero() {
			return model.Refuse(model.CodeStateConflict)
		}
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		row.RevokedAt = now
		return update(ctx, s, q, &row)
	})
}

// ServiceTokens lists the tokens of an organisation's service accounts, the newest
// first, at most 1,000.
func (s *Store) ServiceTokens(ctx context.Context, orgID string) ([]Token, error) {
	var rows []tokenRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).
		Where("person_id IN (SELECT id FROM people WHERE org_id = ? AND kind = ?)", orgID, kindService).
		Order("created_at DESC", "id DESC").Limit(maxPage))
	return tokens(rows), err
}
