package audit_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluss/model/audit"
)

// chain seals a log of n events for a case.
func chain(t testing.TB, caseID string, n int) []audit.Event {
	t.Helper()
	at := time.Date(2027, 1, 11, 9, 30, 0, 0, time.UTC)
	prev := audit.Genesis
	events := make([]audit.Event, n)
	for i := range events {
		e := audit.Event{
			OrgID: "org-1", CaseID: caseID, Seq: int64(i + 1), Kind: "task_decided", ActorID: "person-7",
			CommandID: fmt.Sprintf("command-%d", i+1), At: at.Add(time.Duration(i) * 90 * time.Minute),
			RulebookDigest: "9f2c",
			Data:           json.RawMessage(fmt.Sprintf(`{"stage":"legal_basis","outcome":"pass","round":%d}`, i)),
			Commitments:    map[string]string{"motivation": audit.Commit(make([]byte, audit.SaltSize), "Godkänt.")},
		}
		if err := e.Seal(prev); err != nil {
			t.Fatal(err)
		}
		prev = e.Hash
		events[i] = e
	}
	return events
}

func TestSealedChainVerifies(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 50} {
		if err := audit.VerifyChain(chain(t, "case-1", n)); err != nil {
			t.Errorf("%d events: %v", n, err)
		}
	}
}

func TestTampering(t *testing.T) {
	t.Parallel()
	type events = []audit.Event
	other := chain(t, "case-2", 6)
	rehash := func(e audit.Event) audit.Event { // as somebody would who knows the format
		if err := e.Seal(e.PrevHash); err != nil {
			t.Fatal(err)
		}
		return e
	}
	tests := []struct {
		name   string
		tamper func(events) events
		seq    int64
		reason audit.Reason
	}{
		{"update the data", func(e events) events { e[2].Data = json.RawMessage(`{"outcome":"fail"}`); return e }, 3, audit.Changed},
		{"update the actor", func(e events) events { e[2].ActorID = "person-8"; return e }, 3, audit.Changed},
		{"update the kind", func(e events) events { e[0].Kind = "task_returned"; return e }, 1, audit.Changed},
		{"update the command", func(e events) events { e[5].CommandID = ""; return e }, 6, audit.Changed},
		{"update the rulebook", func(e events) events { e[2].RulebookDigest = "9f2d"; return e }, 3, audit.Changed},
		{"update the time", func(e events) events { e[2].At = e[2].At.Add(time.Microsecond); return e }, 3, audit.Changed},
		{"update the time by less than is kept", func(e events) events { e[2].At = e[2].At.Add(1); return e }, 3, audit.Changed},
		{"update a commitment", func(e events) events { e[2].Commitments["motivation"] = strings.Repeat("0", 64); return e }, 3, audit.Changed},
		{"add a commitment", func(e events) events { e[2].Commitments["name"] = ""; return e }, 3, audit.Changed},
		{"delete the commitments", func(e events) events { e[2].Commitments = nil; return e }, 3, audit.Changed},
		{"delete the data", func(e events) events { e[2].Data = nil; return e }, 3, audit.Changed},
		{"break the data", func(e events) events { e[2].Data = json.RawMessage(`{"a":1,"a":2}`); return e }, 3, audit.Changed},
		{"update the hash", func(e events) events { e[2].Hash = strings.Repeat("0", 64); return e }, 3, audit.Changed},
		{"write the hash in capitals", func(e events) events { e[5].Hash = strings.ToUpper(e[5].Hash); return e }, 6, audit.Changed},
		{"update and hash anew", func(e events) events { e[2].ActorID = "person-8"; e[2] = rehash(e[2]); return e }, 4, audit.WrongPrev},
		{"update the previous hash", func(e events) events { e[2].PrevHash = e[0].Hash; return e }, 3, audit.WrongPrev},
		{"previous hash of no length", func(e events) events { e[0].PrevHash = ""; return e }, 1, audit.WrongPrev},
		{"delete the first", func(e events) events { return e[1:] }, 2, audit.Gap},
		{"delete one", func(e events) events { return slices.Delete(e, 2, 3) }, 4, audit.Gap},
		{"cut out the middle", func(e events) events { return slices.Delete(e, 1, 5) }, 6, audit.Gap},
		{"delete one and renumber", func(e events) events {
			e = slices.Delete(e, 2, 3)
			for i := range e {
				e[i].Seq = int64(i + 1)
			}
			return e
		}, 3, audit.WrongPrev},
		{"delete the first and renumber", func(e events) events {
			e = e[1:]
			for i := range e {
				e[i].Seq = int64(i + 1)
			}
			return e
		}, 1, audit.WrongPrev},
		{"insert a copy", func(e events) events { return slices.Insert(e, 3, e[2]) }, 3, audit.Repeated},
		{"insert a new one", func(e events) events {
			forged := e[3]
			forged.Kind = "case_approved"
			return slices.Insert(e, 3, rehash(forged))
		}, 4, audit.Repeated},
		{"insert a new one and renumber", func(e events) events {
			forged := e[3]
			forged.Kind = "case_approved"
			e = slices.Insert(e, 3, rehash(forged))
			for i := range e {
				e[i].Seq = int64(i + 1)
			}
			return e
		}, 5, audit.WrongPrev},
		{"append one that does not follow", func(e events) events {
			forged := e[5]
			forged.Seq = 7
			return append(e, rehash(forged))
		}, 7, audit.WrongPrev},
		{"swap two", func(e events) events { e[1], e[2] = e[2], e[1]; return e }, 3, audit.Reordered},
		{"swap two and their numbers", func(e events) events {
			e[1], e[2] = e[2], e[1]
			e[1].Seq, e[2].Seq = 2, 3
			return e
		}, 2, audit.WrongPrev},
		{"turn round", func(e events) events { slices.Reverse(e); return e }, 6, audit.Reordered},
		{"number below one", func(e events) events { e[0].Seq = 0; return e }, 0, audit.Repeated},
		{"swap with another case", func(e events) events { e[2] = other[2]; return e }, 3, audit.ForeignCase},
		{"swap with another case and relabel", func(e events) events { e[2] = other[2]; e[2].CaseID = "case-1"; return e }, 3, audit.WrongPrev},
		{"swap the first with another case", func(e events) events { e[0] = other[0]; e[0].CaseID = "case-1"; return e }, 1, audit.Changed},
		{"the tail of another case", func(e events) events { return append(e[:3], other[3:]...) }, 4, audit.ForeignCase},
		{"move to another organisation", func(e events) events { e[4].OrgID = "org-2"; return e }, 5, audit.ForeignCase},
		{"relabel the whole log", func(e events) events {
			for i := range e {
				e[i].CaseID = "case-2"
			}
			return e
		}, 1, audit.Changed},
	}
	for _, test := range tests {
		tampered := test.tamper(chain(t, "case-1", 6))
		err := audit.VerifyChain(tampered)
		var wrong *audit.ChainError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v, want a *ChainError", test.name, err)
			continue
		}
		if wrong.Seq != test.seq || wrong.Reason != test.reason || wrong.Want != int64(wrong.Index)+1 {
			t.Errorf("%s: %+v, want event %d: %s", test.name, *wrong, test.seq, test.reason)
		}
		if tampered[wrong.Index].Seq != wrong.Seq {
			t.Errorf("%s: index %d holds event %d, not %d", test.name, wrong.Index, tampered[wrong.Index].Seq, wrong.Seq)
		}
	}
}

// What the chain does not promise, so that nobody relies on it.
func TestCutOffEndIsNotSeen(t *testing.T) {
	t.Parallel()
	if err := audit.VerifyChain(chain(t, "case-1", 6)[:4]); err != nil {
		t.Errorf("a chain without its end: %v", err)
	}
}

func TestAnyChangeOfAnyEventShows(t *testing.T) {
	t.Parallel()
	log := chain(t, "case-1", 5)
	rapid.Check(t, func(t *rapid.T) {
		events := slices.Clone(log)
		i := rapid.IntRange(0, len(events)-1).Draw(t, "event")
		field := reflect.ValueOf(&events[i]).Elem().Field(rapid.IntRange(0, reflect.TypeFor[audit.Event]().NumField()-1).Draw(t, "field"))
		switch old := field.Interface().(type) {
		case string:
			field.SetString(rapid.String().Filter(func(s string) bool { return s != old }).Draw(t, "text"))
		case int64:
			field.SetInt(rapid.Int64().Filter(func(n int64) bool { return n != old }).Draw(t, "number"))
		case time.Time:
			field.Set(reflect.ValueOf(old.Add(time.Duration(rapid.Int64Range(1, 1<<60).Draw(t, "later")))))
		case json.RawMessage:
			field.Set(reflect.ValueOf(json.RawMessage(fmt.Sprintf(`{"n":%d}`, rapid.Int32().Draw(t, "data")))))
		case map[string]string:
			field.Set(reflect.ValueOf(map[string]string{rapid.String().Draw(t, "name"): "x"}))
		default:
			t.Fatalf("a field of type %T", old)
		}
		if audit.VerifyChain(events) == nil {
			t.Fatal("the change does not show")
		}
	})
}

func TestSealNormalisesTheTime(t *testing.T) {
	t.Parallel()
	e := audit.Event{OrgID: "org-1", CaseID: "case-1", Seq: 1,
		At: time.Date(2027, 6, 1, 12, 0, 0, 123456999, time.FixedZone("CEST", 2*60*60))}
	if err := e.Seal(audit.Genesis); err != nil {
		t.Fatal(err)
	}
	if want := time.Date(2027, 6, 1, 10, 0, 0, 123456000, time.UTC); e.At != want {
		t.Errorf("At = %v, want %v", e.At, want)
	}
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	good := audit.Event{OrgID: "org-1", CaseID: "case-1", Seq: 1, At: time.Unix(0, 0)}
	tests := map[string]struct {
		prev   string
		change func(*audit.Event)
	}{
		"no previous hash":          {"", func(*audit.Event) {}},
		"previous hash too short":   {audit.Genesis[2:], func(*audit.Event) {}},
		"previous hash in capitals": {strings.Repeat("A", 64), func(*audit.Event) {}},
		"number zero":               {audit.Genesis, func(e *audit.Event) { e.Seq = 0 }},
		"number too large":          {audit.Genesis, func(e *audit.Event) { e.Seq = 1<<53 + 1 }},
		"data that is no JSON":      {audit.Genesis, func(e *audit.Event) { e.Data = json.RawMessage(`{`) }},
		"empty data":                {audit.Genesis, func(e *audit.Event) { e.Data = json.RawMessage{} }},
		"id that is no text":        {audit.Genesis, func(e *audit.Event) { e.ActorID = "\xff" }},
		"year with five digits":     {audit.Genesis, func(e *audit.Event) { e.At = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC) }},
	}
	for name, test := range tests {
		e := good
		test.change(&e)
		before := e
		if err := e.Seal(test.prev); err == nil {
			t.Errorf("%s: sealed", name)
		}
		if !reflect.DeepEqual(e, before) {
			t.Errorf("%s: the event was changed", name)
		}
	}
}

func TestEventAsJSON(t *testing.T) {
	t.Parallel()
	events := chain(t, "case-1", 3)
	b, err := json.Marshal(events)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), `"at":"2027-01-11T09:30:00.000000Z"`) {
		t.Errorf("the time must have six digits: %s", b)
	}
	var read []audit.Event
	if err := json.Unmarshal(b, &read); err != nil || !reflect.DeepEqual(read, events) {
		t.Errorf("read back: %+v, %v", read, err)
	}
	if err := audit.VerifyChain(read); err != nil {
		t.Errorf("read back: %v", err)
	}

	// Nothing and an explicit nothing are the same, before and after.
	e := audit.Event{OrgID: "org-1", CaseID: "case-1", Seq: 1, At: time.Unix(0, 0)}
	if err := e.Seal(audit.Genesis); err != nil {
		t.Fatal(err)
	}
	if b, err = json.Marshal(e); err != nil || !strings.Contains(string(b), `"commitments":{},"data":null`) {
		t.Errorf("an event without data: %s, %v", b, err)
	}
	var again audit.Event
	if err := json.Unmarshal(b, &again); err != nil || audit.VerifyChain([]audit.Event{again}) != nil {
		t.Errorf("an event without data read back: %+v, %v", again, err)
	}
}

// A database gives back the same JSON written differently.
func TestDataMayBeWrittenDifferently(t *testing.T) {
	t.Parallel()
	events := chain(t, "case-1", 2)
	events[1].Data = json.RawMessage(` { "round" : 1.0, "outcome": "pa\u0073s", "stage": "legal_basis" } `)
	if err := audit.VerifyChain(events); err != nil {
		t.Error(err)
	}
}

var update = flag.Bool("update", false, "write testdata/golden.json anew: only for a new format with new tags")

// The format of every hash that is stored somewhere.
func TestGolden(t *testing.T) {
	t.Parallel()
	type golden struct {
		Hashes     map[string]string `json:"hashes"`
		Commitment string            `json:"commitment"`
		Events     []audit.Event     `json:"events"`
	}
	answers := map[string]any{"purpose_text": "Sammanfatta möten", "user_count": 40, "personal_data": true, "user_groups": []string{"staff"}}
	now := golden{Hashes: map[string]string{}, Events: chain(t, "case-1", 3)}
	for _, tag := range []string{audit.TagPart, audit.TagScope, audit.TagCommand, audit.TagRulebook} {
		hash, err := audit.Hash(tag, answers)
		if err != nil {
			t.Fatal(err)
		}
		now.Hashes[tag] = hash
	}
	salt := make([]byte, audit.SaltSize)
	for i := range salt {
		salt[i] = byte(i)
	}
	now.Commitment = audit.Commit(salt, "Anna Åkesson")

	const file = "testdata/golden.json"
	if *update {
		b, err := json.MarshalIndent(now, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, append(b, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var kept golden
	if err := json.Unmarshal(b, &kept); err != nil {
		t.Fatal(err)
	}
	if err := audit.VerifyChain(kept.Events); err != nil {
		t.Errorf("the kept events: %v", err)
	}
	for i := range kept.Events { // the file is indented, and with it the data
		kept.Events[i].Data, now.Events[i].Data = nil, nil
	}
	if !reflect.DeepEqual(now, kept) {
		t.Errorf("the format has changed:\n now %+v\nkept %+v", now, kept)
	}
}

func BenchmarkSeal(b *testing.B) {
	e := chain(b, "0198f1c2-7d3e-7a41-9c55-3b1f0c2d4e5f", 1)[0]
	e.Commitments["title"] = e.Commitments["motivation"]
	for b.Loop() {
		if err := e.Seal(audit.Genesis); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyChain(b *testing.B) {
	events := chain(b, "0198f1c2-7d3e-7a41-9c55-3b1f0c2d4e5f", 100)
	for b.Loop() {
		if err := audit.VerifyChain(events); err != nil {
			b.Fatal(err)
		}
	}
}
