package anchor_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sluss/api/anchor"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

func onBoth(t *testing.T, test func(t *testing.T, w *storetest.World)) {
	t.Parallel()
	for name, url := range map[string]func(t *testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") },
		"postgres": func(t *testing.T) string { return pgtest.NewDatabase(t, nil) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := store.Open(t.Context(), store.Options{URL: url(t)})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = s.Close() })
			test(t, storetest.NewWorld(t, s))
		})
	}
}

func newAnchor(w *storetest.World, key audit.Key, keepers ...anchor.Keeper) *anchor.Anchor {
	return anchor.New(anchor.Options{
		Store: w.Store, Clock: w.Clock, Log: slog.New(slog.DiscardHandler), Key: key, Keepers: keepers, Every: 10 * time.Minute,
	})
}

// What a process that died has left is taken up by another when its lease is over.
func TestFill(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		cases := make([]string, 50) // more events than one batch takes
		for i := range cases {
			cases[i] = w.Submitted(model.StageManager)
		}
		if mine, err := w.Store.Lease(t.Context(), "tree", "died", w.Clock.Now(), w.Clock.Now().Add(time.Minute)); err != nil || !mine {
			t.Fatal(mine, err)
		}
		if _, err := w.Store.GrowTree(t.Context(), w.Org, time.Time{}, 7); err != nil {
			t.Fatal(err)
		}
		a := newAnchor(w, audit.NewKey())
		fill := func(want int64) {
			t.Helper()
			if err := a.Fill(t.Context()); err != nil {
				t.Fatal(err)
			}
			if n, err := w.Store.TreeSize(t.Context(), w.Org); err != nil || n != want {
				t.Fatalf("%d leaves, want %d, %v", n, want, err)
			}
		}
		fill(7)
		w.Clock.Advance(time.Minute)
		fill(150)
		w.TreeHolds(w.Chains(cases, nil))

		// At once by many, and again when there is something new.
		cases = append(cases, w.Submitted(model.StageManager), w.Draft())
		var group sync.WaitGroup
		for range 4 {
			group.Go(func() {
				if err := newAnchor(w, audit.NewKey()).Fill(t.Context()); err != nil {
					t.Errorf("fill: %v", err)
				}
			})
		}
		group.Wait()
		fill(154)
		w.TreeHolds(w.Chains(cases, nil))
	})
}

// A chain that was not seen when it changed is seen an hour later.
func TestFillLooksAtEverything(t *testing.T) {
	t.Parallel()
	s, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	w := storetest.NewWorld(t, s)
	a := newAnchor(w, audit.NewKey())
	fill := func(want int64) {
		t.Helper()
		if err := a.Fill(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.TreeSize(t.Context(), w.Org); err != nil || n != want {
			t.Fatalf("%d leaves, want %d, %v", n, want, err)
		}
	}
	fill(0)
	w.Draft() // by a process whose clock is half an hour slow
	w.Clock.Advance(30 * time.Minute)
	fill(0)
	w.Clock.Advance(30 * time.Minute)
	fill(1)
}

// collector keeps what it is given, unless it is broken.
type collector struct {
	mu     sync.Mutex
	broken bool
	notes  [][]byte
}

func (c *collector) Keep(_ context.Context, note []byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.broken {
		return errors.New("broken")
	}
	c.notes = append(c.notes, bytes.Clone(note))
	return nil
}

func (c *collector) String() string { return "collector" }

func (c *collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	note, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || c.Keep(r.Context(), note) != nil {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}

func TestCheckpoint(t *testing.T) {
	onBoth(t, func(t *testing.T, w *storetest.World) {
		key, file := audit.NewKey(), filepath.Join(t.TempDir(), "checkpoints")
		posted := new(collector)
		receiver := httptest.NewServer(posted)
		t.Cleanup(receiver.Close)
		server, err := anchor.NewServer(receiver.URL)
		if err != nil {
			t.Fatal(err)
		}
		a, other := newAnchor(w, key, anchor.File(file), server), newAnchor(w, key, anchor.File(file), server)
		kept := func(want int) {
			t.Helper()
			text, err := os.ReadFile(file)
			if err != nil && want > 0 {
				t.Fatal(err)
			}
			notes := audit.SplitNotes(text)
			if len(notes) != want || len(posted.notes) != want {
				t.Fatalf("%d kept in the file, %d by the server, want %d", len(notes), len(posted.notes), want)
			}
			if want == 0 {
				return
			}
			tree, err := w.Store.Tree(t.Context(), w.Org)
			if err != nil {
				t.Fatal(err)
			}
			for _, note := range [][]byte{notes[want-1], posted.notes[want-1]} {
				c, err := audit.OpenCheckpoint(note, key.Signer(w.Org).VerifierKey())
				if err != nil || c.Size != tree.Size() || c.Root != tree.Root() {
					t.Errorf("%+v, %v", c, err)
				}
			}
		}
		handOut := func(a *anchor.Anchor) {
			t.Helper()
			if err := a.Checkpoint(t.Context()); err != nil {
				t.Error(err)
			}
		}
		handOut(a) // there is nothing to sign yet
		kept(0)
		w.Submitted(model.StageManager)
		w.GrowTree(100)
		handOut(a) // not yet
		kept(0)
		w.Clock.Advance(10 * time.Minute)
		handOut(a)
		kept(1)
		handOut(other) // not its turn
		w.Clock.Advance(10 * time.Minute)
		handOut(a) // nothing new
		kept(1)

		// While nobody takes it, it is tried again every minute.
		w.Submitted(model.StageManager)
		w.GrowTree(100)
		posted.broken = true
		w.Clock.Advance(10 * time.Minute)
		if err := a.Checkpoint(t.Context()); err == nil {
			t.Error("nobody says that it was not kept")
		}
		posted.broken = false
		handOut(a)
		if len(posted.notes) != 1 {
			t.Error("tried again at once")
		}
		w.Clock.Advance(time.Minute)
		handOut(a)
		posted.notes = append(posted.notes, posted.notes[1]) // the file has it twice, which does no harm
		kept(3)

		// Another process takes over from one that has died.
		w.Submitted(model.StageManager)
		w.GrowTree(100)
		w.Clock.Advance(11 * time.Minute)
		handOut(other)
		kept(4)
	})
}

func TestFileAfterACrash(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkpoints")
	s := audit.NewKey().Signer("o")
	one, two := s.Checkpoint(1, audit.LeafHash("1")), s.Checkpoint(2, audit.LeafHash("2"))
	for cut := range len(one) {
		if err := os.WriteFile(path, append(bytes.Clone(two), one[:cut]...), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, note := range [][]byte{one, two} {
			if err := anchor.File(path).Keep(t.Context(), note); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		notes := audit.SplitNotes(text)
		if n := len(notes); n < 3 || !bytes.Equal(notes[0], two) || !bytes.Equal(notes[n-2], one) || !bytes.Equal(notes[n-1], two) {
			t.Errorf("cut off after %d bytes: %q", cut, text)
		}
	}
}

func TestServer(t *testing.T) {
	t.Parallel()
	for _, raw := range []string{"http://log.example/", "https://u:p@log.example/", "x"} {
		if _, err := anchor.NewServer(raw); err == nil {
			t.Errorf("%s is taken", raw)
		}
	}
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "/elsewhere", http.StatusTemporaryRedirect)
	}))
	t.Cleanup(receiver.Close)
	server, err := anchor.NewServer(receiver.URL)
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Keep(t.Context(), []byte("x")); err == nil || err.Error() != "the server answered 307" {
		t.Errorf("a redirect: %v", err)
	}
	receiver.Close()
	if err := server.Keep(t.Context(), []byte("x")); err == nil || bytes.Contains([]byte(err.Error()), []byte("http")) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestOwnKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "checkpoint.key")
	if _, err := anchor.KeyAt(path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a key that is not there: %v", err)
	}
	made, err := anchor.OwnKeyAt(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	again, err := anchor.OwnKeyAt(path)
	if err != nil || again.String() != made.String() {
		t.Errorf("another key the second time: %v", err)
	}
	if err := os.WriteFile(path, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := anchor.OwnKeyAt(path); !errors.Is(err, audit.ErrKey) {
		t.Errorf("a broken key: %v", err)
	}
}

// Processes that start at the same time on a shared folder make one key.
func TestOneKey(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "key")
	keys := make([]audit.Key, 8)
	var group sync.WaitGroup
	for i := range keys {
		group.Go(func() {
			var err error
			if keys[i], err = anchor.OwnKeyAt(path); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, key := range keys {
		if key.String() != keys[0].String() {
			t.Error("there are several keys")
		}
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("left %v %v", left, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}
