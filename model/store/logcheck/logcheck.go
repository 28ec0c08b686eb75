package logcheck

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"sluss/model/audit"
	"sluss/model/store"
)

// Kind says what is wrong.
type Kind string

// What can be wrong.
const (
	// Unsound is a case or an incident whose events are not what was sealed, or whose
	// rows are not what they add up to. Detail says which, Event where it shows.
	Unsound Kind = "unsound"
	// Unreadable is a case or an incident that cannot be read.
	Unreadable Kind = "unreadable"
	// EventMissing is an event that is in the tree and nowhere else.
	EventMissing Kind = "event_missing"
	// EventDiffers is an event that is not the one that is in the tree.
	EventDiffers Kind = "event_differs"
	// LeafMissing is a leaf that is not in the tree, though later ones are.
	LeafMissing Kind = "leaf_missing"
	// TreeDiffers is a hash of the tree that is not what its leaves give.
	TreeDiffers Kind = "tree_differs"
	// CutOff is a checkpoint of a tree that was larger than the one that is here: the
	// events from Event on are gone, of which nobody knows any more which they were.
	CutOff Kind = "cut_off"
	// NotAsSigned is a checkpoint of which the tree here is no continuation: of the
	// events from leaf From, which is Event, to leaf Size, without it, one or more are
	// not those that were signed.
	NotAsSigned Kind = "not_as_signed"
)

// Event is a place in the log.
type Event struct {
	// ChainID is the case or the incident, "" where that is not known, and Seq the
	// number of its event, 0 where that is not known.
	ChainID string `json:"case_id,omitempty"`
	Seq     int64  `json:"seq,omitempty"`
	// Leaf is its number in the tree, -1 for what is not in it.
	Leaf int64 `json:"leaf"`
	// At is when it was written, UTC; zero where that is not known.
	At time.Time `json:"at,omitzero"`
}

// Finding is something that is wrong with the log.
type Finding struct {
	Kind  Kind  `json:"kind"`
	Event Event `json:"event"`
	// Detail says more, in codes and numbers.
	Detail string `json:"detail,omitempty"`
	// From and Size are sizes of trees, of NotAsSigned and CutOff.
	From int64 `json:"from,omitempty"`
	Size int64 `json:"size,omitempty"`
	// Last is the last event before those that are gone, of CutOff.
	Last *Event `json:"last,omitempty"`
}

// Report is what was found.
type Report struct {
	OrgID  string `json:"org_id"`
	Chains int    `json:"chains"`
	// Events counts the events that cases and incidents say they have, TreeSize those
	// that are leaves.
	Events   int64     `json:"events"`
	TreeSize int64     `json:"tree_size"`
	Findings []Finding `json:"findings"`
	// More counts the findings beyond MaxFindings.
	More int `json:"more,omitempty"`
	// Checkpoints counts those that were compared; Proven is the size of the largest
	// that the tree is a continuation of. Of the events up to it, nothing was changed
	// since it was signed if there are no findings.
	Checkpoints int   `json:"checkpoints"`
	Proven      int64 `json:"proven"`
	// Unproven counts the events after that, and First is the first of them.
	Unproven int64  `json:"unproven"`
	First    *Event `json:"first_unproven,omitempty"`
}

// MaxFindings is how many findings a report lists.
const MaxFindings = 1000

// Verify verifies the log of an organisation. The checkpoints are those of its tree
// that were kept elsewhere, their signatures checked, in any order. An error means
// that the record could not be read to the end.
func Verify(ctx context.Context, st *store.Store, orgID string, checkpoints []audit.Checkpoint) (Report, error) {
	v := &verifying{
		ctx: ctx, st: st, checkpoints: slices.SortedFunc(slices.Values(checkpoints), bySize),
		Report: Report{OrgID: orgID, Findings: []Finding{}, Checkpoints: len(checkpoints)},
	}
	// The tree first: what becomes a leaf meanwhile is not missed in it.
	if err := v.tree(); err != nil {
		return v.Report, err
	}
	if err := v.chains(st.Heads, st.VerifyCase); err != nil {
		return v.Report, err
	}
	if err := v.chains(st.IncidentHeads, st.VerifyIncident); err != nil {
		return v.Report, err
	}
	if err := v.chains(st.OrganisationHeads, st.VerifyOrganisation); err != nil {
		return v.Report, err
	}
	return v.Report, v.tail()
}

func bySize(a, b audit.Checkpoint) int { return cmp.Compare(a.Size, b.Size) }

type verifying struct {
	Report
	ctx         context.Context
	st          *store.Store
	checkpoints []audit.Checkpoint

	grown audit.Tree
	// forked is true once a checkpoint was found that does not fit.
	forked bool
	// outside is the first event of a chain that is not in the tree.
	outside *Event
}

func (v *verifying) found(f Finding) {
	if len(v.Findings) == MaxFindings {
		v.More++
		return
	}
	v.Findings = append(v.Findings, f)
}

// page is how many rows are read at once.
const page = 1000

// tree walks over the leaves and makes the tree of their hashes anew.
func (v *verifying) tree() error {
	hashes := storedHashes{v: v}
	v.compare()
	for {
		leaves, err := v.st.TreeLeaves(v.ctx, v.OrgID, v.grown.Size(), page)
		if err != nil || len(leaves) == 0 {
			return errors.Join(err, v.rest(&hashes))
		}
		for _, l := range leaves {
			for v.grown.Size() < l.Leaf {
				whole, err := v.gap(&hashes)
				if err != nil || !whole {
					return errors.Join(err, v.leafless())
				}
			}
			if err := v.leaf(l, &hashes); err != nil {
				return err
			}
		}
	}
}

// gap goes past a leaf that is missing, if what is kept of the tree has its hash.
func (v *verifying) gap(hashes *storedHashes) (bool, error) {
	e := Event{Leaf: v.grown.Size()}
	v.found(Finding{Kind: LeafMissing, Event: e})
	kept, ok, err := hashes.at(tlog.StoredHashIndex(0, e.Leaf))
	if err != nil || !ok {
		return false, err
	}
	return true, v.add(e, kept, hashes)
}

// leafless ends the walk at a gap behind which no tree can be made.
func (v *verifying) leafless() (err error) {
	v.TreeSize, err = v.st.TreeSize(v.ctx, v.OrgID)
	if len(v.checkpoints) > 0 {
		v.notAsSigned(v.checkpoints[0].Size)
	}
	return err
}

// leaf compares a leaf with its event and with what is kept of the tree, and adds
// it. What is kept counts: so it is the event that is found to differ, and the
// checkpoints that say whether what is kept was what was signed.
func (v *verifying) leaf(l store.TreeLeaf, hashes *storedHashes) error {
	e := eventOf(l)
	kept, ok, err := hashes.at(tlog.StoredHashIndex(0, l.Leaf))
	if err != nil {
		return err
	}
	if !ok {
		v.found(Finding{Kind: TreeDiffers, Event: e})
		kept = audit.LeafHash(l.EventHash)
	}
	switch {
	case l.EventHash == "":
		v.found(Finding{Kind: EventMissing, Event: e})
	case audit.LeafHash(l.EventHash) != kept:
		v.found(Finding{Kind: EventDiffers, Event: e})
	}
	return v.add(e, kept, hashes)
}

func eventOf(l store.TreeLeaf) Event {
	e := Event{ChainID: l.ChainID, Seq: l.Seq, Leaf: l.Leaf}
	if !l.At.IsZero() {
		e.At = l.At.UTC()
	}
	return e
}

// add adds a leaf, compares the hashes above it with those that are kept, and the
// tree with the checkpoints of its size.
func (v *verifying) add(e Event, leaf audit.TreeHash, hashes *storedHashes) error {
	for i, want := range v.grown.Add(leaf)[1:] {
		inner, ok, err := hashes.at(tlog.StoredHashIndex(0, e.Leaf) + int64(i) + 1)
		if err != nil {
			return err
		}
		if !ok || inner != want {
			v.found(Finding{Kind: TreeDiffers, Event: e})
		}
	}
	v.TreeSize = v.grown.Size()
	v.compare()
	return nil
}

// rest is what is kept of the tree beyond its last leaf, and the checkpoints beyond.
func (v *verifying) rest(hashes *storedHashes) error {
	_, more, err := hashes.next()
	if more {
		v.found(Finding{Kind: TreeDiffers, Event: Event{Leaf: v.TreeSize}})
	}
	v.cutOff()
	return err
}

// compare compares the tree with the checkpoints of its present size.
func (v *verifying) compare() {
	for len(v.checkpoints) > 0 && v.checkpoints[0].Size == v.grown.Size() {
		if c := v.checkpoints[0]; c.Root == v.grown.Root() {
			v.Proven = c.Size
		} else {
			v.notAsSigned(c.Size)
		}
		v.checkpoints = v.checkpoints[1:]
	}
}

// notAsSigned tells of the first checkpoint that does not fit, which says most.
func (v *verifying) notAsSigned(size int64) {
	if !v.forked {
		v.found(Finding{Kind: NotAsSigned, From: v.Proven, Size: size})
	}
	v.forked = true
}

// cutOff tells of the largest checkpoint that the tree does not reach.
func (v *verifying) cutOff() {
	if n := len(v.checkpoints); n > 0 {
		v.found(Finding{Kind: CutOff, Event: Event{Leaf: v.TreeSize}, From: v.TreeSize, Size: v.checkpoints[n-1].Size})
		v.checkpoints = nil
	}
}

// chains verifies the chains of one kind, and counts their events.
func (v *verifying) chains(heads func(context.Context, string, string, int64) ([]store.Head, error),
	verify func(ctx context.Context, orgID, id string) error) error {
	for after := ""; ; {
		found, err := heads(v.ctx, v.OrgID, after, page)
		if err != nil || len(found) == 0 {
			return err
		}
		for _, h := range found {
			v.Chains++
			v.Events += h.Seq
			if err := v.chain(h, verify(v.ctx, v.OrgID, h.CaseID)); err != nil {
				return err
			}
		}
		after = found[len(found)-1].CaseID
	}
}

// chain notes what is wrong with a chain, and where the tree does not have it yet.
func (v *verifying) chain(h store.Head, problem error) error {
	var unsound *store.UnsoundError
	var broken *audit.ChainError
	e := Event{ChainID: h.CaseID, Seq: h.Seq, Leaf: -1}
	switch {
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case errors.As(problem, &broken):
		e.Seq = broken.Want
		v.found(Finding{Kind: Unsound, Event: e, Detail: string(broken.Reason)})
	case errors.As(problem, &unsound):
		v.found(Finding{Kind: Unsound, Event: e, Detail: unsound.Error()})
	case problem != nil:
		v.found(Finding{Kind: Unreadable, Event: e, Detail: problem.Error()})
	}
	if v.outside != nil {
		return nil
	}
	leaves, err := v.st.ChainLeaves(v.ctx, v.OrgID, h.CaseID)
	if err != nil {
		return err
	}
	next := int64(1)
	for _, l := range leaves {
		if l.Seq == next {
			next++
		}
	}
	if next <= h.Seq {
		v.outside = &Event{ChainID: h.CaseID, Seq: next, Leaf: -1}
	}
	return nil
}

// tail says from where on nothing can be proven.
func (v *verifying) tail() error {
	v.Unproven = max(v.Events, v.TreeSize) - v.Proven
	v.First = v.outside
	leaves, err := v.st.TreeLeaves(v.ctx, v.OrgID, v.Proven, 1)
	if err == nil && len(leaves) > 0 {
		first := eventOf(leaves[0])
		v.First = &first
	}
	return errors.Join(err, v.nameSpans())
}

// nameSpans names the events where the spans of NotAsSigned begin, and those that are
// the last before a CutOff.
func (v *verifying) nameSpans() error {
	for i, f := range v.Findings {
		leaf := f.From
		switch f.Kind {
		case NotAsSigned:
		case CutOff:
			leaf--
		default:
			continue
		}
		leaves, err := v.st.TreeLeaves(v.ctx, v.OrgID, leaf, 1)
		if err != nil {
			return err
		}
		if len(leaves) == 0 || leaves[0].Leaf != leaf {
			continue
		}
		e := eventOf(leaves[0])
		if f.Kind == CutOff {
			v.Findings[i].Last = &e
		} else {
			v.Findings[i].Event = e
		}
	}
	return nil
}

// storedHashes reads what is kept of the tree from its beginning to its end.
type storedHashes struct {
	v    *verifying
	read []store.StoredHash
	from int64
	end  bool
}

// next returns the next hash that is kept.
func (s *storedHashes) next() (store.StoredHash, bool, error) {
	if len(s.read) == 0 && !s.end {
		var err error
		if s.read, err = s.v.st.StoredHashes(s.v.ctx, s.v.OrgID, s.from, page); err != nil {
			return store.StoredHash{}, false, err
		}
		s.end = len(s.read) < page
	}
	if len(s.read) == 0 {
		return store.StoredHash{}, false, nil
	}
	return s.read[0], true, nil
}

// at returns the hash that is kept at an index, which is not smaller than those
// asked for before. It is false where there is none that can be read.
func (s *storedHashes) at(idx int64) (audit.TreeHash, bool, error) {
	for {
		h, ok, err := s.next()
		if err != nil || !ok || h.Idx > idx {
			return audit.TreeHash{}, false, err
		}
		s.read, s.from = s.read[1:], h.Idx+1
		if h.Idx == idx {
			hash, err := tlog.ParseHash(h.Hash)
			return hash, err == nil, nil
		}
	}
}
