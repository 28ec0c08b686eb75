package act

import (
	"context"
	"errors"
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/store"
)

// Checkpoint is a signed checkpoint of an organisation's tree, and the public key
// that it is checked with.
type Checkpoint struct {
	audit.Checkpoint
	Signed      []byte
	VerifierKey string
}

// Checkpoint signs the tree as it stands, for those who read the whole log.
func (s *Service) Checkpoint(ctx context.Context, a model.Actor) (Checkpoint, error) {
	if !access.ReadsLog(a) {
		return Checkpoint{}, model.Refuse(model.CodeForbidden)
	}
	tree, err := s.store.Tree(ctx, a.OrgID)
	if err != nil {
		return Checkpoint{}, err
	}
	return s.sign(a.OrgID, tree.Size(), tree.Root()), nil
}

func (s *Service) sign(orgID string, size int64, root audit.TreeHash) Checkpoint {
	signer := s.key.Signer(orgID)
	return Checkpoint{
		Checkpoint: audit.Checkpoint{Origin: signer.Name(), Size: size, Root: root},
		Signed:     signer.Checkpoint(size, root), VerifierKey: signer.VerifierKey(),
	}
}

// signAt signs the tree as it was when it had the given size.
func (s *Service) signAt(ctx context.Context, orgID string, size int64) (Checkpoint, error) {
	root, err := tlog.TreeHash(size, s.store.TreeHashes(ctx, orgID))
	if err != nil {
		return Checkpoint{}, err
	}
	return s.sign(orgID, size, root), nil
}

// EventPlace names an event: a case or an incident, and the number in its log.
type EventPlace struct {
	CaseID, IncidentID string
	Seq                int64
}

// Inclusion proves that an event is in a tree.
type Inclusion struct {
	Checkpoint
	Leaf      int64
	EventHash string
	Proof     tlog.RecordProof
}

// ProveInclusion proves that an event is in the tree that had the given size, or in
// the present one for 0, to those who read the log that the event is in. It refuses
// with CodeNotInTree when the event is not. The tree has at most so many leaves:
// beyond, the answer is ErrTreeSize.
func (s *Service) ProveInclusion(ctx context.Context, a model.Actor, e EventPlace, size int64) (Inclusion, error) {
	chain, err := s.readableLog(ctx, a, e)
	if err != nil {
		return Inclusion{}, err
	}
	if size, err = s.treeSize(ctx, a.OrgID, size); err != nil {
		return Inclusion{}, err
	}
	leaves, err := s.store.ChainLeaves(ctx, a.OrgID, chain)
	if err != nil {
		return Inclusion{}, err
	}
	i := slices.IndexFunc(leaves, func(l store.TreeLeaf) bool { return l.Seq == e.Seq })
	if i < 0 || leaves[i].Leaf >= size {
		return Inclusion{}, model.Refuse(model.CodeNotInTree)
	}
	out := Inclusion{Leaf: leaves[i].Leaf, EventHash: leaves[i].EventHash}
	if out.Proof, err = tlog.ProveRecord(size, out.Leaf, s.store.TreeHashes(ctx, a.OrgID)); err != nil {
		return Inclusion{}, err
	}
	out.Checkpoint, err = s.signAt(ctx, a.OrgID, size)
	return out, err
}

// readableLog returns the id of the case or the incident whose log the actor may
// read and which has the event.
func (s *Service) readableLog(ctx context.Context, a model.Actor, e EventPlace) (string, error) {
	if e.IncidentID != "" {
		i, err := s.ReadIncident(ctx, a, e.IncidentID)
		switch {
		case err != nil:
			return "", err
		case !access.ReadsLog(a):
			return "", model.Refuse(model.CodeForbidden)
		case e.Seq > i.Seq:
			return "", store.ErrNotFound
		}
		return i.ID, nil
	}
	c, err := s.ReadLog(ctx, a, e.CaseID)
	if err == nil && e.Seq > c.Seq {
		err = store.ErrNotFound
	}
	return c.ID, err
}

// ErrTreeSize says that the tree is not as large as it was asked about.
var ErrTreeSize = errors.New("the tree has not had that size")

// treeSize returns the size that a proof is asked for, the present one for 0.
func (s *Service) treeSize(ctx context.Context, orgID string, asked int64) (int64, error) {
	size, err := s.store.TreeSize(ctx, orgID)
	switch {
	case err != nil:
		return 0, err
	case asked > size:
		return 0, ErrTreeSize
	case asked > 0:
		return asked, nil
	}
	return size, nil
}

// Consistency proves that a tree has grown out of a smaller one.
type Consistency struct {
	Checkpoint
	From  int64
	Proof tlog.TreeProof
}

// ProveConsistency proves that the tree that had the size to, or the present one
// for 0, has all leaves of the one that had the size from, in their order, to those
// who read the whole log. It fails with ErrTreeSize for sizes that the tree has not
// had, or that are the wrong way round.
func (s *Service) ProveConsistency(ctx context.Context, a model.Actor, from, to int64) (Consistency, error) {
	if !access.ReadsLog(a) {
		return Consistency{}, model.Refuse(model.CodeForbidden)
	}
	to, err := s.treeSize(ctx, a.OrgID, to)
	if err != nil {
		return Consistency{}, err
	}
	if from > to {
		return Consistency{}, ErrTreeSize
	}
	out := Consistency{From: from}
	if out.Proof, err = tlog.ProveTree(to, from, s.store.TreeHashes(ctx, a.OrgID)); err != nil {
		return Consistency{}, err
	}
	out.Checkpoint, err = s.signAt(ctx, a.OrgID, to)
	return out, err
}
