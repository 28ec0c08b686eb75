package audit_test

import (
	"strings"
	"testing"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"

	"sluss/model/audit"
)

// stored are the hashes of a tree, by their indexes.
type stored []audit.TreeHash

func (s stored) ReadHashes(indexes []int64) ([]audit.TreeHash, error) {
	out := make([]audit.TreeHash, len(indexes))
	for i, at := range indexes {
		out[i] = s[at]
	}
	return out, nil
}

// The tree is the one of RFC 6962 as golang.org/x/mod/sumdb/tlog makes it, at
// every size, also when it goes on from its edge.
func TestTree(t *testing.T) {
	t.Parallel()
	var hashes, theirs stored
	tree := new(audit.Tree)
	for n := range int64(130) {
		root, err := tlog.TreeHash(n, hashes)
		if err != nil || tree.Root() != root || tree.Size() != n {
			t.Fatalf("%d leaves: the root is %v, want %v, %v", tree.Size(), tree.Root(), root, err)
		}
		content := strings.Repeat("a", int(n))
		more, err := tlog.StoredHashes(n, []byte(content), theirs)
		if err != nil {
			t.Fatal(err)
		}
		theirs = append(theirs, more...)
		edge, err := hashes.ReadHashes(audit.EdgeIndexes(n))
		if err != nil {
			t.Fatal(err)
		}
		if tree, err = audit.TreeOf(n, edge); err != nil {
			t.Fatal(err)
		}
		if at := tlog.StoredHashIndex(0, n); at != int64(len(hashes)) {
			t.Fatalf("leaf %d is stored at %d, want %d", n, len(hashes), at)
		}
		hashes = append(hashes, tree.Add(audit.LeafHash(content))...)
		if len(hashes) != len(theirs) || hashes[len(hashes)-1] != theirs[len(theirs)-1] {
			t.Fatalf("leaf %d: %d hashes stored, want %d", n, len(hashes), len(theirs))
		}
	}
	if _, err := audit.TreeOf(3, nil); err == nil {
		t.Error("a tree without its edge")
	}
}

func TestKey(t *testing.T) {
	t.Parallel()
	key := audit.NewKey()
	again, err := audit.ParseKey(key.String() + "\n")
	if err != nil || again.String() != key.String() || audit.NewKey().String() == key.String() {
		t.Errorf("%v", err)
	}
	made, public, err := note.GenerateKey(nil2zero{}, "example.se")
	if err != nil {
		t.Fatal(err)
	}
	other, err := audit.ParseKey(made)
	if err != nil || other.String() != made {
		t.Errorf("a key of note.GenerateKey: %v", err)
	}
	if got := other.Signer("här+nu").VerifierKey(); !strings.HasPrefix(got, "example.se/h%C3%A4r%2Bnu+") || got[len(got)-44:] != public[len(public)-44:] {
		t.Errorf("%s, %s", got, public)
	}
	for _, bad := range []string{"", "PRIVATE+KEY+x", public, made[:len(made)-4], strings.Replace(made, "example", "exempel", 1)} {
		if _, err := audit.ParseKey(bad); err != audit.ErrKey {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// nil2zero is the least random of readers.
type nil2zero struct{}

func (nil2zero) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestCheckpoint(t *testing.T) {
	t.Parallel()
	key := audit.NewKey()
	s, other := key.Signer("org"), key.Signer("another")
	root := audit.LeafHash("x")
	msg := s.Checkpoint(17, root)
	got, err := audit.OpenCheckpoint(msg, s.VerifierKey())
	if err != nil || got != (audit.Checkpoint{Origin: s.Name(), Size: 17, Root: root}) || audit.OriginOf(msg) != s.Name() {
		t.Errorf("%+v, %v", got, err)
	}
	for name, test := range map[string]struct {
		msg  string
		key  string
		want error
	}{
		"another size":       {strings.Replace(string(msg), "\n17\n", "\n18\n", 1), s.VerifierKey(), audit.ErrSignature},
		"another log's key":  {string(msg), other.VerifierKey(), audit.ErrSignature},
		"another key":        {string(msg), audit.NewKey().Signer("org").VerifierKey(), audit.ErrSignature},
		"no key":             {string(msg), "x", audit.ErrKey},
		"cut off":            {string(msg[:len(msg)-5]), s.VerifierKey(), audit.ErrSignature},
		"nothing":            {"", s.VerifierKey(), audit.ErrSignature},
		"no checkpoint":      {string(s.Note("org\nhello\n")), s.VerifierKey(), audit.ErrCheckpoint},
		"another origin":     {string(s.Note("elsewhere\n17\n" + root.String() + "\n")), s.VerifierKey(), audit.ErrCheckpoint},
		"a size with a sign": {string(s.Note(s.Name() + "\n+17\n" + root.String() + "\n")), s.VerifierKey(), audit.ErrCheckpoint},
		"a short root":       {string(s.Note(s.Name() + "\n17\nAAAA\n")), s.VerifierKey(), audit.ErrCheckpoint},
	} {
		if got, err := audit.OpenCheckpoint([]byte(test.msg), test.key); err != test.want {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, test.want)
		}
	}
}

func TestSplitNotes(t *testing.T) {
	t.Parallel()
	s := audit.NewKey().Signer("org")
	one, two := s.Checkpoint(1, audit.LeafHash("1")), s.Checkpoint(2, audit.LeafHash("2"))
	for name, file := range map[string]string{
		"one after the other": string(one) + string(two),
		"with lines between":  "\n" + string(one) + "\n\n" + string(two) + "\n",
		"the last is cut off": string(one) + string(two) + string(one[:20]),
	} {
		notes := audit.SplitNotes([]byte(file))
		if len(notes) < 2 || string(notes[0]) != string(one) || string(notes[1]) != string(two) {
			t.Errorf("%s: %q", name, notes)
			continue
		}
		for i, n := range notes {
			if _, err := audit.OpenCheckpoint(n, s.VerifierKey()); (err == nil) != (i < 2) {
				t.Errorf("%s, note %d: %v", name, i, err)
			}
		}
	}
	for cut := range len(one) {
		file := string(one) + "\n\n" + string(two[:cut]) + "\n\n\n" + string(two) + "\n\n"
		notes := audit.SplitNotes([]byte(file))
		if n := len(notes); n < 2 || string(notes[0]) != string(one) || string(notes[n-1]) != string(two) {
			t.Errorf("cut off after %d bytes: %q", cut, notes)
		}
	}
	if notes := audit.SplitNotes(nil); len(notes) != 0 {
		t.Errorf("nothing has %d notes", len(notes))
	}
}
