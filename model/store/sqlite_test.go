package store_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

func TestSQLite(t *testing.T) {
	t.Parallel()
	storetest.RunAll(t, openSQLite)
}

func openSQLite(t testing.TB, maxConns int) *store.Store {
	t.Helper()
	return openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"), maxConns)
}

func openStore(t testing.TB, url string, maxConns int) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{
		URL: url, MaxConns: maxConns, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// Values are not in what a connection keeps, and it keeps a bounded number: what it
// has let go is asked anew.
func TestSQLiteKeepsTextsWithoutValues(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, 1)
	w := storetest.NewWorld(t, s)
	id := w.Draft()
	title := w.Case(id).Title
	for _, q := range []string{title, "O'Brien?", `100 % \ "a" -- $1 :b @c`, "åäö 🙂"} {
		n, err := s.CountCases(t.Context(), store.CaseFilter{OrgID: w.Org, Query: q}, 10)
		if err != nil || n > 0 != (q == title) {
			t.Errorf("%q: %d cases, %v", q, n, err)
		}
	}
	for upTo := range int64(300) {
		n, err := s.CountCases(t.Context(), store.CaseFilter{OrgID: w.Org}, upTo+1)
		if err != nil || n != 1 {
			t.Fatalf("%d cases, %v", n, err)
		}
	}
	for range 2 {
		if c, err := s.Case(t.Context(), w.Org, id); err != nil || c.Title != title {
			t.Errorf("%+v, %v", c, err)
		}
	}
	kept, err := s.Kept(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(kept) > 2*256 || len(kept) < 256 {
		t.Errorf("%d statements are kept", len(kept))
	}
	for _, text := range kept {
		if strings.Contains(text, w.Org) || strings.Contains(text, "Brien") {
			t.Errorf("a value is kept: %s", text)
		}
	}
}

// What the path of the file asks of the driver is really in force, on every
// connection.
func TestSQLitePragmas(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, 3)
	pragma := func(rows func(context.Context, string) ([]string, error), name, want string) {
		t.Helper()
		got, err := rows(t.Context(), "PRAGMA "+name)
		if err != nil || !slices.Equal(got, []string{want}) {
			t.Errorf("%s is %v, want %s, %v", name, got, want, err)
		}
	}
	for range 2 {
		pragma(s.WriterRows, "journal_mode", "wal")
		pragma(s.WriterRows, "synchronous", "2")
		pragma(s.WriterRows, "foreign_keys", "1")
		pragma(s.WriterRows, "busy_timeout", "5000")
		pragma(s.WriterRows, "query_only", "0")
		pragma(s.Rows, "query_only", "1")
		pragma(s.Rows, "busy_timeout", "5000")
		pragma(s.Rows, "journal_mode", "wal")
	}
	var group sync.WaitGroup
	for range 12 { // more than there are connections
		group.Go(func() { pragma(s.Rows, "query_only", "1") })
	}
	group.Wait()
	if s.WriteConns() != 1 {
		t.Errorf("%d connections write", s.WriteConns())
	}
}

func TestSQLiteFile(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"record.db", "50 % av allt?.db", "a#b&c=d+e.db", "åäö.db"} {
		path := filepath.Join(t.TempDir(), name)
		w := storetest.NewWorld(t, openStore(t, "sqlite:"+path, 2))
		w.Snapshot(w.Draft())
		info, err := os.Stat(path)
		if err != nil {
			t.Errorf("the record is elsewhere: %v", err)
			continue
		}
		if info.Mode().Perm() != 0o600 || info.Size() == 0 {
			t.Errorf("%s has the mode %v and %d bytes", name, info.Mode(), info.Size())
		}
	}
	for _, url := range []string{
		"sqlite:", "sqlite::memory:", "sqlite:" + filepath.Join(t.TempDir(), "no", "folder.db"), "mysql://x", "",
		"postgres://user:hemlig@127.0.0.1:1/x?sslmode=nonsense",
	} {
		s, err := store.Open(t.Context(), store.Options{URL: url})
		if err == nil {
			t.Errorf("%s was opened: %v", url, s.Close())
		} else if strings.Contains(err.Error(), "hemlig") {
			t.Errorf("the error gives the password away: %v", err)
		}
	}
}

// bun and the driver write times in the same form, and its texts sort as the
// times do.
func TestSQLiteTimesSortAsText(t *testing.T) {
	t.Parallel()
	s := openSQLite(t, 1)
	w := storetest.NewWorld(t, s)
	times := []time.Time{time.Date(999, 12, 31, 23, 59, 59, 0, time.UTC)}
	for _, second := range []int{0, 1, 59} {
		for _, micro := range []int{0, 1, 9, 10, 99, 100, 101, 999, 1000, 1001, 9999, 10000, 99999, 100000, 100001, 500000, 999990, 999999} {
			times = append(times, time.Date(2026, 11, 21, 20, 15, second, micro*1000, time.FixedZone("", -5*3600)))
		}
	}
	times = append(times, time.Date(9999, 1, 1, 0, 0, 0, 999999999, time.UTC))
	for i, at := range times {
		token := store.Token{OrgID: w.Org, ID: fmt.Sprintf("%03d", i), PersonID: w.DPO, Hash: model.NewID(), CreatedAt: at, ExpiresAt: at}
		command := model.Command{OrgID: w.Org, ID: token.ID, RequestKey: model.NewID()}
		if err := errors.Join(s.AddToken(t.Context(), token), s.AddCommand(t.Context(), command, at)); err != nil {
			t.Fatal(err)
		}
	}
	texts := func(table string) []string {
		t.Helper()
		rows, err := s.Rows(t.Context(), "SELECT typeof(created_at) || ' ' || created_at FROM "+table+" WHERE id < '999' ORDER BY id")
		if err != nil || len(rows) != len(times) {
			t.Fatalf("%d rows, %v", len(rows), err)
		}
		return rows
	}
	byBun, byDriver := texts("tokens"), texts("commands")
	if !slices.Equal(byBun, byDriver) {
		t.Errorf("bun writes\n%s\nthe driver\n%s", strings.Join(byBun, "\n"), strings.Join(byDriver, "\n"))
	}
	if !slices.IsSorted(byDriver) {
		t.Errorf("not in order:\n%s", strings.Join(byDriver, "\n"))
	}
	if want := "text 2026-11-22 01:15:00.00001+00:00"; byDriver[4] != want {
		t.Errorf("%s, want %s", byDriver[4], want)
	}
}

// Two programs, one of them twice, write to the same file with 64 writers each.
// None of them hears of a lock.
func TestSQLiteManyWriters(t *testing.T) {
	t.Parallel()
	url := "sqlite:" + filepath.Join(t.TempDir(), "record.db")
	openStore(t, url, 1)
	other := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestWriterProcess$", "-test.v")
	other.Env = append(os.Environ(), writerVariable+"="+url)
	var said bytes.Buffer
	other.Stdout, other.Stderr = &said, &said
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 2 {
		s := openStore(t, url, 8)
		group.Go(func() { manyWriters(t, s) })
	}
	group.Wait()
	if err := other.Wait(); err != nil {
		t.Errorf("the other process: %v\n%s", err, said.String())
	}
}

const writerVariable = "SLUSS_TEST_WRITER"

func TestWriterProcess(t *testing.T) {
	if url := os.Getenv(writerVariable); url != "" {
		manyWriters(t, openStore(t, url, 8))
	}
}

func manyWriters(t *testing.T, s *store.Store) {
	w := storetest.NewWorld(t, s)
	var group sync.WaitGroup
	for range 64 {
		group.Go(func() {
			n := w.NewCase()
			if _, err := s.CreateCase(t.Context(), n, w.Clock.Now()); err != nil {
				t.Errorf("create: %v", err)
				return
			}
			act := w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn)
			c := model.Command{OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: n.ID, Kind: act.Kind, ActorID: w.Owner}
			if err := s.AddCommand(t.Context(), c, w.Clock.Now()); err != nil {
				t.Errorf("add: %v", err)
				return
			}
			snap, err := s.Snapshot(t.Context(), w.Org, n.ID)
			if err != nil {
				t.Errorf("read: %v", err)
				return
			}
			if r, err := s.Record(t.Context(), w.Transition(n.ID, snap, c.ID, act), w.Clock.Now()); err != nil || r.Version != 1 {
				t.Errorf("record: %+v, %v", r, err)
			}
			if err := s.VerifyCase(t.Context(), w.Org, n.ID); err != nil {
				t.Errorf("verify: %v", err)
			}
		})
	}
	group.Wait()
}

// Whoever changes the rows behind the program's back is found out.
func TestVerifyFindsTampering(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "record.db")
	s := openStore(t, "sqlite:"+path, 1)
	w := storetest.NewWorld(t, s)
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete"); err != nil {
		t.Fatal(err)
	}
	for _, change := range []string{
		"UPDATE cases SET state = 'ACTIVE' WHERE id = ?",
		"UPDATE cases SET version = version + 1 WHERE id = ?",
		"UPDATE cases SET seq = seq - 1 WHERE id = ?",
		"UPDATE cases SET last_hash = prev_hash FROM events WHERE cases.id = ? AND events.case_id = cases.id",
		"UPDATE cases SET tier = 'T1' WHERE id = ?",
		"UPDATE cases SET open_before_use = 0 WHERE id = ?",
		"UPDATE stages SET result = 'lawful' WHERE case_id = ?",
		"UPDATE stages SET scope_hash = 's9' WHERE case_id = ?",
		"DELETE FROM stages WHERE case_id = ? AND stage = 'ciso'",
		"UPDATE tasks SET outcome = 'advises_against' WHERE case_id = ? AND kind = 'advice'",
		"UPDATE tasks SET status = 'open' WHERE case_id = ? AND kind = 'advice'",
		"UPDATE decisions SET outcome = 'reject' WHERE case_id = ? AND role <> 'dpo'", // advice cannot be changed at all
		"DELETE FROM decisions WHERE case_id = ?",
		"UPDATE conditions SET status = 'met' WHERE case_id = ?",
		"DELETE FROM conditions WHERE case_id = ?",
		"UPDATE deadlines SET due_at = '2030-01-01 00:00:00+00:00' WHERE case_id = ?",
		"UPDATE deadlines SET fired_at = due_at WHERE case_id = ? AND fired_at IS NULL AND cancelled_at IS NULL",
		"UPDATE deadlines SET cancelled_at = NULL WHERE case_id = ?",
		"UPDATE events SET actor_id = 'x' WHERE case_id = ? AND seq = 2",
		"UPDATE events SET data = replace(data, 'lawful', 'reject') WHERE case_id = ?",
		"UPDATE events SET at = '2026-11-23 09:15:00+00:00' WHERE case_id = ? AND seq = 1",
		"UPDATE events SET commitments = '{}' WHERE case_id = ? AND seq = 4",
		"DELETE FROM events WHERE case_id = ? AND seq = 1",
		"DELETE FROM events WHERE case_id = ? AND seq = (SELECT MAX(seq) FROM events)",
	} {
		id := w.Submitted(model.StageLegalBasis, model.StageCISO)
		w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
			storetest.Condition(model.DueBeforeUse)))
		res, err := db.Exec(change, id)
		if err != nil {
			t.Fatalf("%s: %v", change, err)
		}
		if n, err := res.RowsAffected(); n == 0 || err != nil {
			t.Errorf("%s: changed %d rows, %v", change, n, err)
		}
		if err := s.VerifyCase(t.Context(), w.Org, id); err == nil {
			t.Errorf("nobody notices: %s", change)
		}
	}
}

func TestReadOnlyIsSaidTheSameWay(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := open(t, 1).WriteWhileReading(t.Context()); !errors.Is(err, store.ErrReadOnly) {
				t.Error(err)
			}
		})
	}
}

// A view of the record is given up when its time is over, and its connection can
// be used again.
func TestReadsAreGivenUp(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := open(t, 1)
			for range 2 {
				start := time.Now()
				if err := s.SlowRead(t.Context(), 50*time.Millisecond); !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				if took := time.Since(start); took > 5*time.Second {
					t.Errorf("it took %v", took)
				}
			}
			if err := s.Ready(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
}

// Lists, counts and other reads never wait for the one connection that writes.
func TestSQLiteReadsBesideTheWriter(t *testing.T) {
	t.Parallel()
	c := newCrowd(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"), 3)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	tasks, err := c.Store.Tasks(ctx, store.TaskFilter{OrgID: c.Org, Limit: 1})
	if err != nil || len(tasks) == 0 {
		t.Fatalf("tasks %v, %v", tasks, err)
	}
	look := func() error { return c.Store.SeeTask(ctx, c.Org, c.DPO, tasks[0].ID, c.Clock.Now()) }
	if err := look(); err != nil {
		t.Fatal(err)
	}
	err = c.Store.WhileWriting(ctx, func() {
		c.readAll()
		c.Case(c.caseID)
		c.Snapshot(c.caseID)
		c.Verify(c.caseID)
		for _, read := range []func() error{
			look,
			func() error { _, err := c.Store.CountCases(ctx, store.CaseFilter{OrgID: c.Org}, 10); return err },
			func() error { _, err := c.Store.CountTasks(ctx, store.TaskFilter{OrgID: c.Org}, 10); return err },
			func() error { _, err := c.Store.People(ctx, c.Org); return err },
			func() error { _, err := c.Store.Events(ctx, c.Org, c.caseID, 0, 10); return err },
			func() error { _, err := c.Store.PendingCommands(ctx, c.Clock.Now(), 10); return err },
		} {
			if err := read(); err != nil {
				t.Error(err)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}
