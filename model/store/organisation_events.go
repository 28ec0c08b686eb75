package store

import (
	"context"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/audit"
)

// organisationEventRow is an event of an organisation as a whole. Its chain is in the
// form of the cases', with the organisation's id in the place of the case's.
type organisationEventRow struct {
	bun.BaseModel  `bun:"table:organisation_events"`
	OrgID          string          `bun:"org_id,pk"`
	Seq            int64           `bun:"seq,pk"`
	Kind           model.EventKind `bun:"kind"`
	ActorID        string          `bun:"actor_id"`
	CommandID      string          `bun:"command_id"`
	At             time.Time       `bun:"at"`
	RulebookDigest string          `bun:"rulebook_digest"`
	Data           string          `bun:"data"`
	Commitments    string          `bun:"commitments"`
	PrevHash       string          `bun:"prev_hash"`
	Hash           string          `bun:"hash"`
}

// addOrganisationEvent puts an event behind the organisation's chain. It locks the
// organisation. There are no texts in it.
func (s *Store) addOrganisationEvent(ctx context.Context, q queryer, orgID string, kind model.EventKind, actorID, commandID string,
	now time.Time, data model.EventData) error {
	var org organisationRow
	if err := get(ctx, s, q, &org, "SELECT id FROM organisations WHERE id = ?"+s.forUpdate(), orgID); err != nil {
		return err
	}
	var last []organisationEventRow
	err := list(ctx, s, q, &last, "SELECT seq, hash FROM organisation_events WHERE org_id = ? ORDER BY seq DESC LIMIT 1", orgID)
	if err != nil {
		return err
	}
	end := chain{orgID: orgID, id: orgID, last: audit.Genesis}
	if len(last) > 0 {
		end.seq, end.last = last[0].Seq, last[0].Hash
	}
	e, _, err := end.seal(kind, actorID, commandID, now, data, nil)
	if err != nil {
		return err
	}
	return insert(ctx, s, q, "", organisationEventRow{
		OrgID: e.OrgID, Seq: e.Seq, Kind: e.Kind, ActorID: e.ActorID, CommandID: e.CommandID, At: e.At,
		RulebookDigest: e.RulebookDigest, Data: e.Data, Commitments: e.Commitments, PrevHash: e.PrevHash, Hash: e.Hash,
	})
}

// OrganisationEvents returns the events of an organisation as a whole in their order.
// Their case id is the organisation's.
func (s *Store) OrganisationEvents(ctx context.Context, orgID string) ([]audit.Event, error) {
	var rows []organisationEventRow
	if err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).Order("seq")); err != nil {
		return nil, err
	}
	like := make([]eventRow, len(rows))
	for i, r := range rows {
		like[i] = eventRow{
			OrgID: r.OrgID, CaseID: r.OrgID, Seq: r.Seq, Kind: r.Kind, ActorID: r.ActorID, CommandID: r.CommandID, At: r.At,
			RulebookDigest: r.RulebookDigest, Data: r.Data, Commitments: r.Commitments, PrevHash: r.PrevHash, Hash: r.Hash,
		}
	}
	return eventsOf(like)
}

// OrganisationHeads is Heads for the one chain of the organisation itself, if it has
// events.
func (s *Store) OrganisationHeads(ctx context.Context, orgID, after string, _ int64) ([]Head, error) {
	if after != "" {
		return nil, nil
	}
	r, err := one[organisationEventRow](ctx, s, "org_id = ? AND seq = (SELECT MAX(seq) FROM organisation_events WHERE org_id = ?)", orgID, orgID)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	return []Head{{CaseID: orgID, Seq: r.Seq, Hash: r.Hash}}, err
}

// VerifyOrganisation verifies the chain of an organisation. That its end has been cut
// off shows in the tree. It returns an *UnsoundError when it does not hold.
func (s *Store) VerifyOrganisation(ctx context.Context, orgID, _ string) error {
	events, err := s.OrganisationEvents(ctx, orgID)
	if err != nil {
		return err
	}
	if err := audit.VerifyChain(events); err != nil {
		return &UnsoundError{err}
	}
	return nil
}
