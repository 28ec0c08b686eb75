package bundle_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/audit/bundle"
)

// small is a bundle with one event, which is the whole tree.
func small(t testing.TB, s *audit.Signer) []byte {
	t.Helper()
	salt := make([]byte, audit.SaltSize)
	data, err := json.Marshal(model.EventData{State: model.Draft})
	if err != nil {
		t.Fatal(err)
	}
	e := audit.Event{
		OrgID: "o", CaseID: "c", Seq: 1, Kind: string(model.EventCreated), ActorID: "p", At: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC),
		Data: data, Commitments: map[string]string{"part_hash": audit.Commit(salt, "h")},
	}
	if err := e.Seal(audit.Genesis); err != nil {
		t.Fatal(err)
	}
	tree := new(audit.Tree)
	tree.Add(audit.LeafHash(e.Hash))
	var b bytes.Buffer
	w := bundle.NewWriter(&b, bundle.Manifest{
		Program: "test", MadeAt: e.At, OrgID: "o", CaseID: "c", Origin: s.Name(), VerifierKey: s.VerifierKey(), RulebookDigest: "d",
	})
	for _, err := range []error{
		w.Log(bundle.Log{
			Events: []audit.Event{e}, Salts: []bundle.Salt{{Seq: 1, Field: "part_hash", Salt: hex.EncodeToString(salt)}},
			Proofs: []bundle.Proof{{Seq: 1}}, Checkpoint: s.Checkpoint(1, tree.Root()),
		}),
		w.Rows("cases", []map[string]any{{
			"id": "c", "org_id": "o", "state": model.Draft, "seq": 1, "version": 0, "last_hash": e.Hash, "rulebook_digest": "d",
		}}),
		w.Rows("conditions", nil), w.Rows("stages", nil), w.Rows("decisions", nil), w.Rows("revisions", nil),
		w.Rows("attachments", nil), w.Rows("comments", nil), w.Rows("remarks", nil),
		w.People(map[string]string{"p": "Namn"}),
		w.Attachment(strings.Repeat("ab", 32), strings.NewReader("x")),
		w.Close(s),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestSmall(t *testing.T) {
	t.Parallel()
	s := audit.NewKey().Signer("o")
	file := small(t, s)
	r := bundle.Verify(bytes.NewReader(file), int64(len(file)), s.VerifierKey())
	if len(r.Findings) > 0 || r.Events != 1 || r.Included != 1 || r.Drafts != 1 {
		t.Errorf("%+v", r)
	}
}

// FuzzVerify gives the reader anything. It says what is wrong, and never takes for
// genuine what is not the file that was signed, but for what a ZIP archive may have
// around its files.
func FuzzVerify(f *testing.F) {
	s := audit.NewKey().Signer("o")
	genuine := small(f, s)
	f.Add(genuine)
	f.Add(genuine[:len(genuine)/2])
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, file []byte) {
		r := bundle.Verify(bytes.NewReader(file), int64(len(file)), s.VerifierKey())
		if len(r.Findings) == 0 && (r.Manifest.CaseID != "c" || r.Events != 1 || r.Included != 1) {
			t.Errorf("taken for genuine: %+v", r)
		}
	})
}

// FuzzContents gives the reader events and rows that are signed.
func FuzzContents(f *testing.F) {
	s := audit.NewKey().Signer("o")
	f.Add([]byte(`{"changes":{"opened":[{"stage":"ciso","kind":"decision"}],"stages":null},"version":1}`), []byte(`[{"id":"c"}]`))
	f.Add([]byte(`null`), []byte(`[null]`))
	f.Fuzz(func(t *testing.T, data, rows []byte) {
		e := audit.Event{OrgID: "o", CaseID: "c", Seq: 1, Kind: "x", At: time.Unix(0, 0), Data: data}
		if e.Seal(audit.Genesis) != nil {
			return
		}
		var table []map[string]any
		if json.Unmarshal(rows, &table) != nil {
			return
		}
		var b bytes.Buffer
		w := bundle.NewWriter(&b, bundle.Manifest{OrgID: "o", CaseID: "c", Origin: s.Name(), VerifierKey: s.VerifierKey()})
		_ = w.Log(bundle.Log{Events: []audit.Event{e}, Proofs: []bundle.Proof{{Seq: 1}}, Checkpoint: s.Checkpoint(1, audit.LeafHash(e.Hash))})
		for _, name := range []string{"cases", "conditions", "stages", "decisions", "revisions", "attachments", "comments", "remarks"} {
			_ = w.Rows(name, table)
		}
		if err := w.Close(s); err != nil {
			t.Fatal(err)
		}
		bundle.Verify(bytes.NewReader(b.Bytes()), int64(b.Len()), s.VerifierKey())
	})
}
