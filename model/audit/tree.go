package audit

import (
	"fmt"
	"math/bits"

	"golang.org/x/mod/sumdb/tlog"
)

// TreeHash is a hash in the Merkle tree of RFC 6962 over the events of an
// organisation.
type TreeHash = tlog.Hash

// LeafHash is the hash with which an event stands in the tree. The content of the
// leaf is Event.Hash, as its 64 hexadecimal digits.
func LeafHash(eventHash string) TreeHash { return tlog.RecordHash([]byte(eventHash)) }

// Tree grows leaf by leaf. It holds no more than its right edge, one hash for each
// bit of its size. The zero value is the empty tree.
type Tree struct {
	size int64
	edge []TreeHash // of the complete subtrees, from the left and largest
}

// EdgeIndexes returns where the edge of a tree of the given size stands among its
// stored hashes.
func EdgeIndexes(size int64) []int64 {
	var indexes []int64
	for level := bits.Len64(uint64(size)) - 1; level >= 0; level-- {
		if size>>level&1 == 1 {
			indexes = append(indexes, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	return indexes
}

// TreeOf returns the tree of the given size whose edge is stored at EdgeIndexes.
// It fails when that is another number of hashes.
func TreeOf(size int64, edge []TreeHash) (*Tree, error) {
	if len(edge) != bits.OnesCount64(uint64(size)) {
		return nil, fmt.Errorf("a tree of %d leaves does not have %d hashes at its edge", size, len(edge))
	}
	return &Tree{size, edge}, nil
}

// Size is the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Add adds a leaf and returns the hashes that are to be stored for it, from index
// StoredHashIndex(0, leaf) on.
func (t *Tree) Add(leaf TreeHash) []TreeHash {
	stored := []TreeHash{leaf}
	for n := t.size; n&1 == 1; n >>= 1 {
		last := len(t.edge) - 1
		leaf = tlog.NodeHash(t.edge[last], leaf)
		t.edge, stored = t.edge[:last], append(stored, leaf)
	}
	t.edge = append(t.edge, leaf)
	t.size++
	return stored
}

// Root is the hash of the whole tree.
func (t *Tree) Root() TreeHash {
	if t.size == 0 {
		root, _ := tlog.TreeHash(0, nil) // the hash of nothing, which needs no reader
		return root
	}
	root := t.edge[len(t.edge)-1]
	for i := len(t.edge) - 2; i >= 0; i-- {
		root = tlog.NodeHash(t.edge[i], root)
	}
	return root
}
