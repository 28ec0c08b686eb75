package store

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model/audit"
)

// The tree of an organisation is filled behind the acts' backs: an event is
// written with its act, and becomes a leaf a little later. What a crash leaves out
// is taken up at the next time, and a leaf's key keeps it from being there twice.

// TreeSize returns how many events of an organisation are leaves of its tree.
func (s *Store) TreeSize(ctx context.Context, orgID string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var row struct {
		Size int64 `bun:"size"`
	}
	err := get(ctx, s, direct{s.read.DB}, &row, "SELECT COALESCE(MAX(leaf) + 1, 0) AS size FROM tree_leaves WHERE org_id = ?", orgID)
	return row.Size, over(ctx, err)
}

// Tree returns the tree of an organisation as it stands.
func (s *Store) Tree(ctx context.Context, orgID string) (*audit.Tree, error) {
	size, err := s.TreeSize(ctx, orgID)
	if err != nil {
		return nil, err
	}
	edge, err := s.TreeHashes(ctx, orgID).ReadHashes(audit.EdgeIndexes(size))
	if err != nil {
		return nil, err
	}
	return audit.TreeOf(size, edge)
}

// TreeHashes reads the stored hashes of an organisation's tree. Those that are not
// there are an error that is ErrNotFound.
func (s *Store) TreeHashes(ctx context.Context, orgID string) tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]audit.TreeHash, error) {
		out := make([]audit.TreeHash, len(indexes))
		for i, at := range indexes { // some twenty for a million events
			row, err := one[treeHashRow](ctx, s, "org_id = ? AND idx = ?", orgID, at)
			if err != nil {
				return nil, fmt.Errorf("hash %d of the tree: %w", at, err)
			}
			if out[i], err = tlog.ParseHash(row.Hash); err != nil {
				return nil, fmt.Errorf("hash %d of the tree: %w", at, ErrValue)
			}
		}
		return out, nil
	})
}

// waitingChain is a chain with events that are not in the tree.
type waitingChain struct {
	ID string `bun:"id"`
	// Grown is the number of the last event that is in the tree, Log says whose chain it
	// is: a case, an incident, or the organisation itself.
	Grown int64  `bun:"grown"`
	Log   string `bun:"log"`
}

// waitingChains lists the chains that have changed at or after the given time and
// have events outside the tree, those that changed first first, then by id.
func (s *Store) waitingChains(ctx context.Context, orgID string, since time.Time, limit int) ([]waitingChain, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	const chains = `SELECT c.id, c.updated_at, c.seq, COALESCE((SELECT MAX(l.seq) FROM tree_leaves l
		WHERE l.org_id = c.org_id AND l.chain_id = c.id), 0) AS grown, `
	const own = `SELECT c.id, (SELECT MAX(e.at) FROM organisation_events e WHERE e.org_id = c.id) AS updated_at,
		COALESCE((SELECT MAX(e.seq) FROM organisation_events e WHERE e.org_id = c.id), 0) AS seq,
		COALESCE((SELECT MAX(l.seq) FROM tree_leaves l WHERE l.org_id = c.id AND l.chain_id = c.id), 0) AS grown, `
	var rows []waitingChain
	err := list(ctx, s, direct{s.read.DB}, &rows, `SELECT id, grown, log FROM (`+
		chains+`'case' AS log FROM cases c WHERE c.org_id = ? AND c.updated_at >= ? UNION ALL `+
		chains+`'incident' AS log FROM incidents c WHERE c.org_id = ? AND c.updated_at >= ? UNION ALL `+
		own+`'organisation' AS log FROM organisations c WHERE c.id = ?) AS all_chains
		WHERE seq > grown ORDER BY updated_at, id LIMIT ?`, orgID, since, orgID, since, orgID, limit)
	return rows, over(ctx, err)
}

// TreeWaits reports whether chains that have changed at or after the given time
// have events outside the tree.
func (s *Store) TreeWaits(ctx context.Context, orgID string, since time.Time) (bool, error) {
	waiting, err := s.waitingChains(ctx, orgID, since, 1)
	return len(waiting) > 0, err
}

// GrowTree adds at most limit events to the tree of an organisation, of chains that
// have changed at or after the given time: chain by chain, those that changed first
// first, each in the order of its events. It returns how many it has added. A
// ConflictError says that somebody else was filling the tree at the same time, and
// nothing was added.
//
// Events are taken as they stand: whether they are what was written is for whoever
// verifies the log.
func (s *Store) GrowTree(ctx context.Context, orgID string, since time.Time, limit int) (int, error) {
	waiting, err := s.waitingChains(ctx, orgID, since, limit)
	if err != nil || len(waiting) == 0 {
		return 0, err
	}
	tree, err := s.Tree(ctx, orgID)
	if err != nil {
		return 0, err
	}
	var leaves []treeLeafRow
	var hashes []treeHashRow
	for _, w := range waiting {
		events, err := s.eventHashes(ctx, orgID, w, limit-len(leaves))
		if err != nil {
			return 0, err
		}
		for _, e := range events {
			leaf := treeLeafRow{OrgID: orgID, Leaf: tree.Size(), ChainID: w.ID, Seq: e.Seq}
			at := tlog.StoredHashIndex(0, leaf.Leaf)
			for i, h := range tree.Add(audit.LeafHash(e.Hash)) {
				hashes = append(hashes, treeHashRow{OrgID: orgID, Idx: at + int64(i), Hash: h.String()})
			}
			leaves = append(leaves, leaf)
		}
		if len(leaves) == limit {
			break
		}
	}
	if len(leaves) == 0 {
		return 0, nil // events that the rows tell of are gone
	}
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := insert(ctx, s, q, "", leaves...); err != nil {
			return err
		}
		return insert(ctx, s, q, "", hashes...)
	})
	if err != nil {
		return 0, err
	}
	return len(leaves), nil
}

// eventHash is the place and the hash of an event.
type eventHash struct {
	Seq  int64  `bun:"seq"`
	Hash string `bun:"hash"`
}

// eventHashes reads the events of a chain that are not in the tree, at most limit.
func (s *Store) eventHashes(ctx context.Context, orgID string, w waitingChain, limit int) ([]eventHash, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	from := map[string]string{
		"case":         "events WHERE org_id = ? AND case_id = ?",
		"incident":     "incident_events WHERE org_id = ? AND incident_id = ?",
		"organisation": "organisation_events WHERE org_id = ? AND org_id = ?",
	}[w.Log]
	var rows []eventHash
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT seq, hash FROM "+from+" AND seq > ? ORDER BY seq LIMIT ?",
		orgID, w.ID, w.Grown, limit)
	return rows, over(ctx, err)
}

// TreeLeaf is a leaf of the tree and the event that it stands for.
type TreeLeaf struct {
	Leaf int64 `bun:"leaf"`
	// ChainID is the case, the incident or the organisation, Seq the number of its event.
	ChainID string `bun:"chain_id"`
	Seq     int64  `bun:"seq"`
	// EventHash and At are the event's; there is no such event while EventHash is
	// empty.
	EventHash string    `bun:"event_hash"`
	At        time.Time `bun:"at"`
}

const selectLeaves = `SELECT l.leaf, l.chain_id, l.seq, COALESCE(e.hash, i.hash, o.hash, '') AS event_hash, COALESCE(e.at, i.at, o.at) AS at
	FROM tree_leaves l
	LEFT JOIN events e ON e.org_id = l.org_id AND e.case_id = l.chain_id AND e.seq = l.seq
	LEFT JOIN incident_events i ON i.org_id = l.org_id AND i.incident_id = l.chain_id AND i.seq = l.seq
	LEFT JOIN organisation_events o ON o.org_id = l.org_id AND o.org_id = l.chain_id AND o.seq = l.seq `

// TreeLeaves returns the leaves of an organisation's tree in their order, from the
// given one on, at most limit.
func (s *Store) TreeLeaves(ctx context.Context, orgID string, from, limit int64) ([]TreeLeaf, error) {
	return s.treeLeaves(ctx, "WHERE l.org_id = ? AND l.leaf >= ? ORDER BY l.leaf LIMIT ?", orgID, from, limit)
}

// ChainLeaves returns the leaves that the events of a case or an incident are, in
// the order of the events.
func (s *Store) ChainLeaves(ctx context.Context, orgID, chainID string) ([]TreeLeaf, error) {
	return s.treeLeaves(ctx, "WHERE l.org_id = ? AND l.chain_id = ? ORDER BY l.seq", orgID, chainID)
}

func (s *Store) treeLeaves(ctx context.Context, where string, args ...any) ([]TreeLeaf, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var leaves []TreeLeaf
	err := list(ctx, s, direct{s.read.DB}, &leaves, selectLeaves+where, args...)
	return leaves, over(ctx, err)
}

// StoredHash is a hash of the tree as it is kept.
type StoredHash struct {
	Idx  int64  `bun:"idx"`
	Hash string `bun:"hash"` // in Base64
}

// StoredHashes returns the hashes that are kept of an organisation's tree in their
// order, from the given one on, at most limit.
func (s *Store) StoredHashes(ctx context.Context, orgID string, from, limit int64) ([]StoredHash, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []StoredHash
	err := list(ctx, s, direct{s.read.DB}, &rows,
		"SELECT idx, hash FROM tree_hashes WHERE org_id = ? AND idx >= ? ORDER BY idx LIMIT ?", orgID, from, limit)
	return rows, over(ctx, err)
}
