package logcheck_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"golang.org/x/mod/sumdb/tlog"
	_ "modernc.org/sqlite" // the driver "sqlite"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
	"sluss/model/store/logcheck"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// tampering is a record with a log, of which two checkpoints were kept elsewhere,
// and somebody who can do everything with its database.
type tampering struct {
	*storetest.World
	t  *testing.T
	db *sql.DB
	// one and two are cases, and incident is an incident. Two has got its last event
	// and late has come after the second checkpoint.
	one, two, incident, late string
	checkpoints              []audit.Checkpoint
}

func newTampering(t *testing.T, url string) *tampering {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	x := &tampering{World: storetest.NewWorld(t, s), t: t}
	driver, source := "pgx", url
	path, lite := strings.CutPrefix(url, "sqlite:")
	if lite {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	if x.db, err = sql.Open(driver, source); err != nil {
		t.Fatal(err)
	}
	x.db.SetMaxOpenConns(1)
	t.Cleanup(func() { _ = x.db.Close() })
	x.one, x.two = x.Submitted(model.StageLegalBasis), x.Submitted(model.StageLegalBasis)
	x.sign()
	x.Do(x.one, x.Decide(x.one, x.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	x.incident = x.ReportIncident(x.one)
	x.sign()
	x.Do(x.two, x.Decide(x.two, x.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	x.late = x.Draft()
	x.GrowTree(100)
	x.freeHands(lite)
	return x
}

func (x *tampering) sign() {
	x.GrowTree(100)
	tree, err := x.Store.Tree(x.t.Context(), x.Org)
	if err != nil {
		x.t.Fatal(err)
	}
	x.checkpoints = append(x.checkpoints, audit.Checkpoint{Size: tree.Size(), Root: tree.Root()})
}

// freeHands takes away what keeps the log as it is.
func (x *tampering) freeHands(lite bool) {
	if !lite {
		x.do("SET session_replication_role = replica") // no triggers, no references
		return
	}
	x.do("PRAGMA foreign_keys = 0")
	for _, table := range []string{"events", "incident_events", "tree_leaves", "tree_hashes"} {
		x.do("DROP TRIGGER " + table + "_no_update")
		x.do("DROP TRIGGER " + table + "_no_delete")
	}
}

// do runs a statement, with $1 for its first argument, which must change something.
func (x *tampering) do(statement string, args ...any) {
	x.t.Helper()
	res, err := x.db.ExecContext(context.Background(), statement, args...)
	if err != nil {
		x.t.Fatalf("%v in %s", err, statement)
	}
	if n, err := res.RowsAffected(); len(args) > 0 && (n == 0 || err != nil) {
		x.t.Fatalf("%s changed nothing, %v", statement, err)
	}
}

// rewrite changes the events of a case and calculates every hash of the chain anew.
func (x *tampering) rewrite(caseID string, change func(events []audit.Event) []audit.Event) {
	x.t.Helper()
	events := change(x.Chains([]string{caseID}, nil)[caseID])
	x.do("DELETE FROM events WHERE case_id = $1", caseID)
	prev := audit.Genesis
	for i := range events {
		e := &events[i]
		e.CaseID, e.Seq = caseID, int64(i)+1
		if err := e.Seal(prev); err != nil {
			x.t.Fatal(err)
		}
		prev = e.Hash
		commitments, err := json.Marshal(e.Commitments)
		if err != nil {
			x.t.Fatal(err)
		}
		x.do(`INSERT INTO events (org_id, case_id, seq, kind, actor_id, command_id, at, rulebook_digest, data, commitments, prev_hash, hash)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`, e.OrgID, e.CaseID, e.Seq, e.Kind, e.ActorID, e.CommandID,
			e.At.Format("2006-01-02 15:04:05.999999+00:00"), e.RulebookDigest, string(e.Data), string(commitments), e.PrevHash, e.Hash)
	}
	x.do("UPDATE cases SET seq = $1, last_hash = $2 WHERE id = $3", len(events), prev, caseID)
}

// regrow makes the tree anew, over the events that are there, in the order of the
// leaves that are left.
func (x *tampering) regrow() {
	x.t.Helper()
	rows, err := x.db.QueryContext(x.t.Context(), `SELECT e.hash FROM tree_leaves l JOIN (
		SELECT case_id AS id, seq, hash FROM events UNION ALL SELECT incident_id, seq, hash FROM incident_events) e
		ON e.id = l.chain_id AND e.seq = l.seq ORDER BY l.leaf`)
	if err != nil {
		x.t.Fatal(err)
	}
	tree, n := new(audit.Tree), 0
	var hashes []string
	for rows.Next() {
		var h string
		if err := rows.Scan(&h); err != nil {
			x.t.Fatal(err)
		}
		n++
		for _, stored := range tree.Add(audit.LeafHash(h)) {
			hashes = append(hashes, stored.String())
		}
	}
	if err := rows.Close(); err != nil {
		x.t.Fatal(err)
	}
	x.do("DELETE FROM tree_hashes WHERE org_id = $1", x.Org)
	for i, h := range hashes {
		x.do("INSERT INTO tree_hashes (org_id, idx, hash) VALUES ($1, $2, $3)", x.Org, i, h)
	}
}

func (x *tampering) verify() logcheck.Report {
	x.t.Helper()
	r, err := logcheck.Verify(x.t.Context(), x.Store, x.Org, x.checkpoints)
	if err != nil {
		x.t.Fatal(err)
	}
	return r
}

func reject(events []audit.Event) []audit.Event {
	last := &events[len(events)-1]
	last.Data = json.RawMessage(strings.Replace(string(last.Data), "supports", "advises_against", 1))
	return events
}

// place names an event for a test: a case and a number.
type place func(x *tampering) (chain string, seq int64)

func inOne(seq int64) place { return func(x *tampering) (string, int64) { return x.one, seq } }
func inTwo(seq int64) place { return func(x *tampering) (string, int64) { return x.two, seq } }

// The log of these tests: case one has 4 events and case two 4, of which 3 each are
// in the first checkpoint; the incident and the draft have one each.
var tamperings = []struct {
	name string
	do   func(x *tampering)
	// kind is found, at the event.
	kind logcheck.Kind
	at   place
	// from and size are the sizes between which something is not as signed.
	from, size int64
}{
	{name: "an event is updated", kind: logcheck.Unsound, at: inOne(2), do: func(x *tampering) {
		x.do("UPDATE events SET actor_id = $1 WHERE case_id = $2 AND seq = 2", x.CISO, x.one)
	}},
	{name: "an event is updated, and its hash", kind: logcheck.EventDiffers, at: inOne(4), do: func(x *tampering) {
		x.rewrite(x.one, reject)
	}},
	{name: "an incident's event is updated", kind: logcheck.Unsound, at: func(x *tampering) (string, int64) { return x.incident, 1 }, do: func(x *tampering) {
		x.do("UPDATE incident_events SET actor_id = $1 WHERE incident_id = $2", x.CISO, x.incident)
	}},
	{name: "an incident's event is deleted", kind: logcheck.EventMissing, at: func(x *tampering) (string, int64) { return x.incident, 1 }, do: func(x *tampering) {
		x.do("DELETE FROM incident_events WHERE incident_id = $1", x.incident)
	}},
	{name: "an event is deleted", kind: logcheck.EventMissing, at: inOne(2), do: func(x *tampering) {
		x.do("DELETE FROM events WHERE case_id = $1 AND seq = 2", x.one)
	}},
	{name: "the last event is deleted, and the row tells of none", kind: logcheck.EventMissing, at: inOne(4), do: func(x *tampering) {
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { return events[:3] })
	}},
	{name: "an event in the middle is deleted, and the chain closed", kind: logcheck.EventDiffers, at: inOne(2), do: func(x *tampering) {
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { return slices.Delete(events, 1, 2) })
	}},
	{name: "an event is inserted", kind: logcheck.Unsound, at: inOne(5), do: func(x *tampering) {
		x.do(`INSERT INTO events SELECT org_id, case_id, 5, kind, actor_id, command_id, at, rulebook_digest, data, commitments, prev_hash, hash
			FROM events WHERE case_id = $1 AND seq = 2`, x.one)
	}},
	{name: "an event is inserted, and the chain closed", kind: logcheck.EventDiffers, at: inOne(3), do: func(x *tampering) {
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { return slices.Insert(events, 2, events[1]) })
	}},
	{name: "two events are exchanged", kind: logcheck.Unsound, at: inOne(2), do: func(x *tampering) {
		x.do("UPDATE events SET seq = 5 - seq + 1000 WHERE case_id = $1 AND seq IN (2, 3)", x.one)
		x.do("UPDATE events SET seq = seq - 1000 WHERE case_id = $1 AND seq > 1000", x.one)
	}},
	{name: "two events are exchanged, and the chain closed", kind: logcheck.EventDiffers, at: inOne(2), do: func(x *tampering) {
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { events[1], events[2] = events[2], events[1]; return events })
	}},
	{name: "events of two cases are exchanged", kind: logcheck.Unsound, at: inOne(2), do: func(x *tampering) {
		x.do("UPDATE events SET case_id = 'x' WHERE case_id = $1 AND seq = 2", x.one)
		x.do("UPDATE events SET case_id = $1 WHERE case_id = $2 AND seq = 2", x.one, x.two)
		x.do("UPDATE events SET case_id = $1 WHERE case_id = 'x'", x.two)
	}},
	{name: "events of two cases are exchanged, and the chains closed", kind: logcheck.EventDiffers, at: inTwo(2), do: func(x *tampering) {
		other := x.Chains([]string{x.one, x.two}, nil)
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { events[1] = other[x.two][1]; return events })
		x.rewrite(x.two, func(events []audit.Event) []audit.Event { events[1] = other[x.one][1]; return events })
	}},
	{name: "a case is deleted", kind: logcheck.EventMissing, at: inTwo(1), do: func(x *tampering) {
		x.do("DELETE FROM events WHERE case_id = $1", x.two)
		x.do("DELETE FROM cases WHERE id = $1", x.two)
	}},
	{name: "the end of everything is cut off", kind: logcheck.CutOff, at: func(*tampering) (string, int64) { return "", 0 }, size: 8, do: func(x *tampering) {
		x.do("DELETE FROM tree_leaves WHERE leaf >= $1", 6)
		x.do("DELETE FROM tree_hashes WHERE idx >= $1", tlog.StoredHashIndex(0, 6))
		x.rewrite(x.one, func(events []audit.Event) []audit.Event { return events[:3] })
		x.rewrite(x.two, func(events []audit.Event) []audit.Event { return events[:3] })
		for _, table := range []string{"task_deadlines", "incident_events", "incident_event_salts"} {
			x.do("DELETE FROM "+table+" WHERE incident_id = $1", x.incident)
		}
		x.do("DELETE FROM incidents WHERE id = $1", x.incident)
		x.do("DELETE FROM cases WHERE id = $1", x.late)
		x.do("DELETE FROM events WHERE case_id = $1", x.late)
	}},
	{name: "the tail is rewritten with valid hashes, and the tree", kind: logcheck.NotAsSigned, from: 6, size: 8,
		at: func(x *tampering) (string, int64) { return x.one, 4 }, do: func(x *tampering) {
			x.rewrite(x.one, reject)
			x.regrow()
		}},
	{name: "an event is deleted everywhere, and the tree is made anew", kind: logcheck.NotAsSigned, from: 0, size: 6,
		at: inOne(1), do: func(x *tampering) {
			x.rewrite(x.one, func(events []audit.Event) []audit.Event { return slices.Delete(events, 1, 2) })
			x.do("DELETE FROM tree_leaves WHERE chain_id = $1 AND seq = 4", x.one)
			x.do("UPDATE tree_leaves SET leaf = -leaf WHERE org_id = $1 AND leaf > 6", x.Org)
			x.do("UPDATE tree_leaves SET leaf = -leaf - 1 WHERE org_id = $1 AND leaf < 0", x.Org)
			x.regrow()
		}},
	{name: "two leaves are exchanged, and the tree is made anew", kind: logcheck.NotAsSigned, from: 0, size: 6,
		at: inOne(2), do: func(x *tampering) {
			x.do("UPDATE tree_leaves SET leaf = 1000 WHERE org_id = $1 AND leaf = 0", x.Org)
			x.do("UPDATE tree_leaves SET leaf = 0 WHERE org_id = $1 AND leaf = 1", x.Org)
			x.do("UPDATE tree_leaves SET leaf = 1 WHERE org_id = $1 AND leaf = 1000", x.Org)
			x.regrow()
		}},
	{name: "a leaf is deleted", kind: logcheck.LeafMissing, at: func(*tampering) (string, int64) { return "", 0 }, do: func(x *tampering) {
		x.do("DELETE FROM tree_leaves WHERE org_id = $1 AND leaf = 3", x.Org)
	}},
	{name: "a leaf is deleted, and its hash", kind: logcheck.LeafMissing, at: func(*tampering) (string, int64) { return "", 0 }, do: func(x *tampering) {
		x.do("DELETE FROM tree_leaves WHERE org_id = $1 AND leaf = 3", x.Org)
		x.do("DELETE FROM tree_hashes WHERE org_id = $1 AND idx = $2", x.Org, tlog.StoredHashIndex(0, 3))
	}},
	{name: "a leaf stands for another event", kind: logcheck.EventDiffers, at: inOne(2), do: func(x *tampering) {
		x.do("UPDATE tree_leaves SET seq = 1000 - seq WHERE org_id = $1 AND chain_id = $2 AND seq < 3", x.Org, x.one)
		x.do("UPDATE tree_leaves SET seq = seq - 997 WHERE org_id = $1 AND chain_id = $2 AND seq > 900", x.Org, x.one)
	}},
	{name: "a hash of the tree is changed", kind: logcheck.TreeDiffers, at: inTwo(1), do: func(x *tampering) {
		x.do("UPDATE tree_hashes SET hash = $1 WHERE idx = $2", audit.LeafHash("x").String(), tlog.StoredHashIndex(2, 0))
	}},
	{name: "the hash of a leaf is changed", kind: logcheck.EventDiffers, at: inTwo(1), do: func(x *tampering) {
		x.do("UPDATE tree_hashes SET hash = $1 WHERE idx = $2", audit.LeafHash("x").String(), tlog.StoredHashIndex(0, 3))
	}},
	{name: "a hash of the tree is deleted", kind: logcheck.TreeDiffers, at: inOne(2), do: func(x *tampering) {
		x.do("DELETE FROM tree_hashes WHERE idx = $1", tlog.StoredHashIndex(1, 0))
	}},
	{name: "the tree is deleted", kind: logcheck.CutOff, at: func(*tampering) (string, int64) { return "", 0 }, size: 8, do: func(x *tampering) {
		x.do("DELETE FROM tree_leaves WHERE org_id = $1", x.Org)
		x.do("DELETE FROM tree_hashes WHERE org_id = $1", x.Org)
	}},
	{name: "a row says something else", kind: logcheck.Unsound, at: inOne(4), do: func(x *tampering) {
		x.do("UPDATE cases SET state = 'ACTIVE' WHERE id = $1", x.one)
	}},
	{name: "commitments cannot be read", kind: logcheck.Unsound, at: inOne(4), do: func(x *tampering) {
		x.do("UPDATE events SET commitments = '{' WHERE case_id = $1 AND seq = 2", x.one)
	}},
}

// Every way of changing the log that is tried is found, and the event is named.
func TestTampering(t *testing.T) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") },
		"postgres": func(t *testing.T) string { return pgtest.NewDatabase(t, migrate) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			t.Run("nothing (the control)", func(t *testing.T) {
				t.Parallel()
				x := newTampering(t, url(t))
				r := x.verify()
				if len(r.Findings) > 0 || r.Chains != 4 || r.Events != 10 || r.TreeSize != 10 || r.Checkpoints != 2 || r.Proven != 8 || r.Unproven != 2 {
					t.Errorf("%+v", r)
				}
				if f := r.First; f == nil || f.ChainID != x.two && f.ChainID != x.late || f.Leaf != 8 || f.At.IsZero() {
					t.Errorf("the first that cannot be proven is %+v", f)
				}
			})
			for _, test := range tamperings {
				t.Run(test.name, func(t *testing.T) {
					t.Parallel()
					x := newTampering(t, url(t))
					if r := x.verify(); len(r.Findings) > 0 {
						t.Fatalf("before anything was done: %+v", r)
					}
					test.do(x)
					r := x.verify()
					chain, seq := test.at(x)
					if !slices.ContainsFunc(r.Findings, func(f logcheck.Finding) bool {
						return f.Kind == test.kind && f.Event.ChainID == chain && f.Event.Seq == seq && f.From <= test.size &&
							(test.size == 0 || f.Size == test.size) && (test.from == 0 || f.From == test.from)
					}) {
						t.Errorf("want %s at event %d of %s, found %s", test.kind, seq, chain, said(r))
					}
				})
			}
		})
	}
}

func said(r logcheck.Report) string {
	text, err := json.MarshalIndent(r, "", " ")
	return fmt.Sprint(string(text), err)
}

func migrate(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	return s.Close()
}

// What was logged after the last checkpoint can be rewritten by who does everything
// right. The report says that it cannot be proven, and from where on.
func TestTailThatNobodyKeeps(t *testing.T) {
	t.Parallel()
	x := newTampering(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
	x.do("UPDATE cases SET title = 'y', search = 'y' WHERE id = $1", x.late)
	x.rewrite(x.late, func(events []audit.Event) []audit.Event { events[0].At = events[0].At.Add(time.Hour); return events })
	x.regrow()
	r := x.verify()
	if len(r.Findings) > 0 || r.Proven != 8 || r.Unproven != 2 || r.First == nil {
		t.Errorf("%s", said(r))
	}
	x.checkpoints = nil
	if r := x.verify(); len(r.Findings) > 0 || r.Proven != 0 || r.Unproven != 10 || r.First == nil || r.First.Leaf != 0 {
		t.Errorf("without any checkpoint: %s", said(r))
	}
	// Of what is not even in the tree, the first is named too.
	x.Submitted(model.StageManager)
	x.GrowTree(100)
	x.sign()
	id := x.Draft()
	if r := x.verify(); len(r.Findings) > 0 || r.Unproven != 1 || r.First == nil || r.First.ChainID != id || r.First.Seq != 1 || r.First.Leaf != -1 {
		t.Errorf("with a draft that nobody has seen: %s", said(r))
	}
}
