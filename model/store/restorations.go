package store

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

type restorationRow struct {
	bun.BaseModel `bun:"table:restorations"`
	OrgID         string    `bun:"org_id,pk"`
	ID            string    `bun:"id,pk"`
	BackupAt      time.Time `bun:"backup_at,nullzero"`
	TreeSize      int64     `bun:"tree_size"`
	Kept          int64     `bun:"kept"`
	RestoredBy    string    `bun:"restored_by"`
	RestoredAt    time.Time `bun:"restored_at"`
	ApprovedBy    string    `bun:"approved_by,nullzero"`
	ApprovedAt    time.Time `bun:"approved_at,nullzero"`
}

// Restoration is the putting back of the record from a backup. It concerns the whole
// record; both persons are of one organisation, whose row it is.
type Restoration struct {
	OrgID, ID string
	// BackupAt is when the backup was made, zero where that is not known.
	BackupAt time.Time
	// TreeSize is how many events the organisation's tree had, and Kept how many the
	// largest of its checkpoints had that was kept elsewhere, 0 for none.
	TreeSize, Kept         int64
	RestoredBy, ApprovedBy string
	RestoredAt, ApprovedAt time.Time
}

func (r *restorationRow) restoration() Restoration {
	return Restoration{
		OrgID: r.OrgID, ID: r.ID, BackupAt: utc(r.BackupAt), TreeSize: r.TreeSize, Kept: r.Kept,
		RestoredBy: r.RestoredBy, RestoredAt: r.RestoredAt.UTC(), ApprovedBy: r.ApprovedBy, ApprovedAt: utc(r.ApprovedAt),
	}
}

// Restored is what somebody notes of a record that has been put back.
type Restored struct {
	OrgID, By string
	BackupAt  time.Time
	// Trees says of each organisation how far its log goes.
	Trees map[string]RestoredTree
}

// RestoredTree is the size of a tree that was put back, and of its largest checkpoint
// that was kept elsewhere, 0 for none.
type RestoredTree struct{ Size, Kept int64 }

// AddRestoration notes that the record was put back from a backup, with an event in
// each organisation's log. From now on it waits for a second person. Whoever was signed
// in when the backup was made is not any more.
func (s *Store) AddRestoration(ctx context.Context, n Restored, now time.Time) (Restoration, error) {
	now = clock.Normalise(now)
	own := n.Trees[n.OrgID]
	row := restorationRow{
		OrgID: n.OrgID, ID: model.NewID(), BackupAt: n.BackupAt, TreeSize: own.Size, Kept: own.Kept, RestoredBy: n.By, RestoredAt: now,
	}
	place, err := s.place(ctx)
	if err != nil {
		return Restoration{}, err
	}
	return row.restoration(), s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, s, q, "", row); err != nil {
			return err
		}
		if err := errors.Join(s.putPlace(ctx, q, place), s.exec(ctx, q, "DELETE FROM sessions")); err != nil {
			return err
		}
		return s.tellOfRestoration(ctx, q, row, model.EventRestored, n.By, "", now, n.Trees)
	})
}

// tellOfRestoration leaves an event in the log of each organisation.
func (s *Store) tellOfRestoration(ctx context.Context, q queryer, r restorationRow, kind model.EventKind, actorID, commandID string,
	now time.Time, trees map[string]RestoredTree) error {
	var orgs []organisationRow
	if err := list(ctx, s, q, &orgs, "SELECT id FROM organisations ORDER BY id"); err != nil {
		return err
	}
	for _, org := range orgs {
		tree := trees[org.ID]
		codes := &model.RestorationCodes{ID: r.ID, TreeSize: tree.Size, Kept: tree.Kept}
		if !r.BackupAt.IsZero() {
			codes.BackupAt = r.BackupAt.UTC().Format(time.RFC3339)
		}
		actor, command := model.System, ""
		if org.ID == r.OrgID {
			actor, command, codes.RestoredBy = actorID, commandID, r.RestoredBy
		}
		if err := s.addOrganisationEvent(ctx, q, org.ID, kind, actor, command, now, model.EventData{Restoration: codes}); err != nil {
			return err
		}
	}
	return nil
}

// lastRestoration is where the one that counts is: it replaces those before it.
const lastRestoration = " FROM restorations ORDER BY restored_at DESC, id DESC LIMIT 1"

// WaitingRestoration returns the restoration that waits for a second person, or
// ErrNotFound.
func (s *Store) WaitingRestoration(ctx context.Context) (Restoration, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var row restorationRow
	err := get(ctx, s, direct{s.read.DB}, &row, "SELECT "+columns[restorationRow](s)+lastRestoration)
	if errors.Is(err, sql.ErrNoRows) || err == nil && row.ApprovedBy != "" {
		return Restoration{}, ErrNotFound
	}
	return row.restoration(), over(ctx, err)
}

// Restorations lists those of an organisation, the newest first.
func (s *Store) Restorations(ctx context.Context, orgID string) ([]Restoration, error) {
	var rows []restorationRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).Order("restored_at DESC", "id DESC").Limit(maxPage))
	out := make([]Restoration, len(rows))
	for i := range rows {
		out[i] = rows[i].restoration()
	}
	return out, err
}

// Restoration returns one of an organisation's.
func (s *Store) Restoration(ctx context.Context, orgID, id string) (Restoration, error) {
	r, err := one[restorationRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	return r.restoration(), err
}

// ApproveRestoration says that the record is to be used, as the second person, with an
// event in each organisation's log. It refuses the person who restored it, and what
// does not wait. The command is stored as done; it names the organisation and the
// person.
func (s *Store) ApproveRestoration(ctx context.Context, id string, c model.Command, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	receipt := model.EvidenceReceipt{RestorationID: id, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var row, last restorationRow
		err := get(ctx, s, q, &row, "SELECT "+columns[restorationRow](s)+" FROM restorations WHERE org_id = ? AND id = ?"+s.forUpdate(), c.OrgID, id)
		if err != nil {
			return err
		}
		if err := get(ctx, s, q, &last, "SELECT id"+lastRestoration); err != nil {
			return err
		}
		switch {
		case row.ApprovedBy != "" || last.ID != row.ID:
			return model.Refuse(model.CodeStateConflict)
		case row.RestoredBy == c.ActorID:
			return model.Refuse(model.CodeSegregation)
		}
		if err := s.insertDone(ctx, q, c, receipt, now); err != nil {
			return err
		}
		row.ApprovedBy, row.ApprovedAt = c.ActorID, now
		if err := update(ctx, s, q, &row); err != nil {
			return err
		}
		trees := map[string]RestoredTree{row.OrgID: {Size: row.TreeSize, Kept: row.Kept}}
		return s.tellOfRestoration(ctx, q, row, model.EventRestorationApproved, c.ActorID, c.ID, now, trees)
	})
}
