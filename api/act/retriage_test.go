package act_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// onBoth runs a test in an organisation of its own on a record of its own, on
// SQLite and on PostgreSQL.
func onBoth(t *testing.T, test func(*testing.T, *storetest.World)) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") },
		"postgres": func(t *testing.T) string { return pgtest.NewDatabase(t, migrate) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st, err := store.Open(t.Context(), store.Options{URL: url(t)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = st.Close() })
			w := storetest.NewWorld(t, st)
			err = st.PutUnit(t.Context(), store.Unit{
				OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Nämnden", EN: "The board"}, ControllerType: "public_authority",
			})
			if err != nil {
				t.Fatal(err)
			}
			test(t, w)
		})
	}
}

func migrate(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	return s.Close()
}

// bookWith is the program's rulebook with texts replaced, each of which must be
// there once.
func bookWith(t *testing.T, changes ...string) *rulebook.Book {
	t.Helper()
	const root = "../../model/rulebook/data/se-kommun-2026.11"
	files := fstest.MapFS{}
	seen := make([]int, len(changes))
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(path)
		text := string(raw)
		for i := 0; i < len(changes); i += 2 {
			seen[i] += strings.Count(text, changes[i])
			text = strings.ReplaceAll(text, changes[i], changes[i+1])
		}
		rel, _ := filepath.Rel(root, path)
		files["new/"+rel] = &fstest.MapFile{Data: []byte(text)}
		return err
	})
	for i := 0; i < len(changes); i += 2 {
		if seen[i] != 1 {
			t.Fatalf("%q stands %d times in the rulebook", changes[i], seen[i])
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	b, err := rulebook.Load(files, "new")
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// stopsAll changes the rulebook so that it stops every case.
var stopsAll = [2]string{"when: info_protection_level == 4\n        source: säk", "when: info_protection_level >= 0\n        source: säk"}

func serviceOf(w *storetest.World, b *rulebook.Book, c clock.Clock) *act.Service {
	return act.New(act.Options{Store: w.Store, Book: b, Clock: c, Log: slog.New(slog.DiscardHandler)})
}

func retriages(t *testing.T, w *storetest.World) []store.Retriage {
	t.Helper()
	found, err := w.Store.Retriages(t.Context(), store.RetriageFilter{OrgID: w.Org})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// dying ends a process when it has looked at the clock so many times.
type dying struct {
	clock.Clock
	left atomic.Int64
	end  context.CancelFunc
}

func (d *dying) Now() time.Time {
	if d.left.Add(-1) == 0 {
		d.end()
	}
	return d.Clock.Now()
}

// A process that ends half-way leaves the rest to the next, and several at once
// triage each case once.
func TestRetriageGoesOn(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		const cases = 30
		for range cases {
			w.InUse()
		}
		w.Draft()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := &dying{Clock: w.Clock, end: cancel}
		c.left.Store(25)
		first, err := serviceOf(w, rulebook.Default(), c).Retriage(ctx)
		half := len(retriages(t, w))
		if err == nil || half == 0 || half == cases || first > half {
			t.Fatalf("ended after %d, with %d kept: %v", first, half, err)
		}
		var rest atomic.Int64
		var wg sync.WaitGroup
		for range 3 {
			s := serviceOf(w, rulebook.Default(), w.Clock)
			wg.Go(func() {
				n, err := s.Retriage(t.Context())
				if err != nil {
					t.Error(err)
				}
				rest.Add(int64(n))
			})
		}
		wg.Wait()
		found := retriages(t, w)
		seen := map[string]bool{}
		for _, r := range found {
			seen[r.CaseID] = true
			if err := w.Store.VerifyCase(t.Context(), w.Org, r.CaseID); err != nil {
				t.Error(err)
			}
		}
		// What was on its way when the first ended may have been kept after all.
		if n := int(rest.Load()); len(found) != cases || len(seen) != cases || n > cases-half || n == 0 {
			t.Errorf("%d of %d cases in %d rows, %d after the first %d", len(seen), cases, len(found), rest.Load(), half)
		}
		if n, err := serviceOf(w, rulebook.Default(), w.Clock).Retriage(t.Context()); n != 0 || err != nil {
			t.Errorf("%d more, %v", n, err)
		}
	})
}

// Another rulebook triages every approved case once, names itself as the reason, and
// says what it sees differently than the one before. The old one, in a process that
// still runs, leaves that alone.
func TestRetriageByAnotherRulebook(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		id := w.InUse()
		w.Do(id, w.Plain(model.ActSuspend, w.CISO, model.EventSuspended, model.Suspended))
		old := serviceOf(w, rulebook.Default(), w.Clock)
		if n, err := old.Retriage(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		changed := bookWith(t, stopsAll[0], stopsAll[1])
		next := serviceOf(w, changed, w.Clock)
		w.Clock.Advance(time.Minute)
		if n, err := next.Retriage(t.Context()); n != 1 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		found := retriages(t, w)
		if len(found) != 2 {
			t.Fatalf("%d new triages", len(found))
		}
		r := found[0]
		if r.CaseID != id || r.RulebookDigest != changed.Digest || r.Before.RulebookDigest != rulebook.Default().Digest ||
			!slices.Equal(r.Reasons, []string{model.RetriageForRulebook}) {
			t.Errorf("%+v", r)
		}
		want := model.Difference{Kind: model.DiffersHardStop, Name: "HS-08", After: "holds", Rules: []string{"HS-08"}}
		if len(r.Differences) == 0 || fmt.Sprint(r.Differences[0]) != fmt.Sprint(want) {
			t.Errorf("differences %+v, want first %+v", r.Differences, want)
		}
		for _, s := range []*act.Service{old, next, old} {
			if n, err := s.Retriage(t.Context()); n != 0 || err != nil {
				t.Errorf("%d more, %v", n, err)
			}
		}
	})
}

// Facts that a rulebook cannot read are told of, and the case stays what it was.
func TestRetriageOfWhatCannotBeRead(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		if err := w.Store.PutUnit(t.Context(), store.Unit{
			OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Nämnden", EN: "The board"}, ControllerType: "unheard_of",
		}); err != nil {
			t.Fatal(err)
		}
		id := w.InUse()
		before, err := w.Store.LastTriage(t.Context(), w.Org, id)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := serviceOf(w, rulebook.Default(), w.Clock).Retriage(t.Context()); err != nil {
			t.Fatal(err)
		}
		found := retriages(t, w)
		want := []model.Difference{{Kind: model.DiffersUnread, Name: "/controller_type", Rules: []string{}}}
		if len(found) != 1 || found[0].Status != model.RetriageOpen || fmt.Sprint(found[0].Differences) != fmt.Sprint(want) {
			t.Fatalf("%+v", found)
		}
		if string(found[0].Result) != string(before.Result) {
			t.Errorf("the result became %s", found[0].Result)
		}
	})
}

// What a rulebook would mean is told of every case that is sent in and has not
// ended, and nothing is written.
func TestImpact(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		w.Draft()
		active, review := w.InUse(), w.Submitted(model.StageManager)
		gone := w.Submitted(model.StageManager)
		w.Do(gone, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
		if _, err := serviceOf(w, rulebook.Default(), w.Clock).Retriage(t.Context()); err != nil {
			t.Fatal(err)
		}
		same, err := serviceOf(w, rulebook.Default(), w.Clock).Impact(t.Context(), "", rulebook.Default())
		if err != nil || same.Examined != 2 || same.Untouched != 1 || len(same.Cases) != 1 || same.Cases[0].CaseID != review {
			t.Errorf("the rulebook in force: %+v, %v", same, err)
		}
		stop := bookWith(t, stopsAll[0], stopsAll[1])
		got, err := serviceOf(w, rulebook.Default(), w.Clock).Impact(t.Context(), w.Org, stop)
		if err != nil {
			t.Fatal(err)
		}
		if got.Examined != 2 || got.Untouched != 0 || got.RulebookDigest != stop.Digest || got.Kinds[model.DiffersHardStop] != 2 ||
			got.Kinds[model.DiffersTier] != 2 || got.Kinds[model.DiffersUnread] != 0 {
			t.Errorf("%+v", got)
		}
		for _, c := range got.Cases {
			if stopped := c.Differences[0]; stopped.Kind != model.DiffersHardStop || stopped.Name != "HS-08" || !slices.Equal(stopped.Rules, []string{"HS-08"}) {
				t.Errorf("%s: %+v", c.RegistryNo, c.Differences)
			}
			if c.RegistryNo == "" || (c.CaseID == active) != (c.Proposal == model.ProposeSuspension) {
				t.Errorf("%+v", c)
			}
		}
		if n := len(retriages(t, w)); n != 1 {
			t.Errorf("%d new triages were written", n)
		}
	})
}
