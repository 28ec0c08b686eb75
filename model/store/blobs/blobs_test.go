package blobs_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/model/store/blobs"
)

// open opens content in a folder that is not there yet.
func open(t *testing.T) (*blobs.Blobs, string) {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "attachments")
	b, err := blobs.OpenFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, folder
}

func hashOf(t *testing.T, content string) string {
	t.Helper()
	hash, size, err := blobs.Hash(strings.NewReader(content))
	if err != nil || size != int64(len(content)) {
		t.Fatalf("hash of %d bytes: %v", size, err)
	}
	return hash
}

func put(t *testing.T, b *blobs.Blobs, org, content string) string {
	t.Helper()
	hash := hashOf(t, content)
	if err := b.Put(t.Context(), org, hash, strings.NewReader(content), func() error { return nil }); err != nil {
		t.Fatal(err)
	}
	return hash
}

func read(t *testing.T, b *blobs.Blobs, org, hash string) (string, error) {
	t.Helper()
	r, err := b.Open(t.Context(), org, hash)
	if err != nil {
		return "", err
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	return string(text), err
}

// files are the files in a folder, by their path below it.
func files(t *testing.T, folder string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(path, folder+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestPutAndOpen(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	const content = "Avtalet är tecknat."
	hash := put(t, b, "here", content)
	if hash != put(t, b, "here", content) || hash != put(t, b, "there", content) {
		t.Error("the same content has two hashes")
	}
	if got := files(t, folder); len(got) != 2 || got[0] != "here/"+hash || got[1] != "there/"+hash {
		t.Errorf("files %v", got)
	}
	if got, err := read(t, b, "here", hash); got != content || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	for path, mode := range map[string]os.FileMode{"": 0o700, "here": 0o700, "here/" + hash: 0o600} {
		info, err := os.Stat(filepath.Join(folder, path))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%q can be read by others: %v, %v", path, info.Mode(), err)
		}
	}
}

// The content is there before anything refers to it, and what fails to refer to
// it is heard of.
func TestContentComesFirst(t *testing.T) {
	t.Parallel()
	b, _ := open(t)
	hash, failed := hashOf(t, "x"), errors.New("no row")
	err := b.Put(t.Context(), "here", hash, strings.NewReader("x"), func() error {
		if got, err := read(t, b, "here", hash); got != "x" || err != nil {
			t.Errorf("read %q, %v", got, err)
		}
		return failed
	})
	if !errors.Is(err, failed) {
		t.Error(err)
	}
}

// What cannot be written whole leaves nothing, not even half a file.
func TestFailedPut(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	recorded := func() error {
		t.Error("something refers to content that is not there")
		return nil
	}
	broken := io.MultiReader(strings.NewReader("half"), failing{})
	if err := b.Put(t.Context(), "here", hashOf(t, "halfway"), broken, recorded); !errors.Is(err, errBroken) {
		t.Errorf("a content that cannot be read: %v", err)
	}
	if err := b.Put(t.Context(), "here", hashOf(t, "x"), strings.NewReader("y"), recorded); err == nil {
		t.Error("content is stored under another's hash")
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := b.Put(cancelled, "here", hashOf(t, "x"), strings.NewReader("x"), recorded); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if got := files(t, folder); len(got) > 0 {
		t.Errorf("left behind: %v", got)
	}
}

var errBroken = errors.New("broken")

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errBroken }

func TestDamage(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	hash := put(t, b, "here", "whole")
	path := filepath.Join(folder, "here", hash)
	for name, damage := range map[string]func() error{
		"changed":   func() error { return os.WriteFile(path, []byte("Whole"), 0o600) },
		"shortened": func() error { return os.Truncate(path, 2) },
		"emptied":   func() error { return os.Truncate(path, 0) },
		"removed":   func() error { return os.Remove(path) },
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if got, err := read(t, b, "here", hash); !errors.Is(err, blobs.ErrDamaged) || got != "" {
			t.Errorf("%s: read %q, %v", name, got, err)
		}
		put(t, b, "here", "whole") // mends it
		if got, err := read(t, b, "here", hash); got != "whole" || err != nil {
			t.Errorf("%s, and written again: %q, %v", name, got, err)
		}
	}
	if _, err := read(t, b, "there", hash); !errors.Is(err, blobs.ErrDamaged) {
		t.Errorf("another organisation's content: %v", err)
	}
}

// A file that changes after it was verified does not come to its end.
func TestDamageWhileReading(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	hash := put(t, b, "here", "whole")
	r, err := b.Open(t.Context(), "here", hash)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := os.WriteFile(filepath.Join(folder, "here", hash), []byte("Whole"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, blobs.ErrDamaged) {
		t.Errorf("read to its end: %v", err)
	}
}

func TestSweep(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	used, orphan, fresh := put(t, b, "here", "used"), put(t, b, "here", "orphan"), put(t, b, "here", "fresh")
	elsewhere := put(t, b, "there", "used")
	before := time.Now().Add(-time.Hour)
	half := filepath.Join(folder, "here", "half.1a2b.tmp") // of a program that was killed
	if err := os.WriteFile(half, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{half, filepath.Join(folder, "here", used), filepath.Join(folder, "here", orphan), filepath.Join(folder, "there", elsewhere)} {
		if err := os.Chtimes(path, before.Add(-time.Minute), before.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	referred := func(_ context.Context, org string, hashes []string) (map[string]bool, error) {
		return map[string]bool{used: org == "here"}, nil
	}
	if n, err := b.Sweep(t.Context(), before, referred); n != 3 || err != nil {
		t.Errorf("%d removed, %v; want the orphan, the half file and the other organisation's", n, err)
	}
	if got := files(t, folder); len(got) != 2 {
		t.Errorf("left %v", got)
	}
	for _, hash := range []string{used, fresh} {
		if _, err := read(t, b, "here", hash); err != nil {
			t.Error(err)
		}
	}
	if n, err := b.Sweep(t.Context(), before, referred); n != 0 || err != nil {
		t.Errorf("again: %d removed, %v", n, err)
	}
	failed := errors.New("the record is away")
	if _, err := b.Sweep(t.Context(), time.Now().Add(time.Hour), func(context.Context, string, []string) (map[string]bool, error) {
		return nil, failed
	}); !errors.Is(err, failed) {
		t.Errorf("when nobody can say what refers to it: %v", err)
	}
}

// However sweeps and attachments fall together, what is referred to is there: in one
// process, and in two that share the folder.
func TestSweepBesidePut(t *testing.T) {
	t.Parallel()
	b, folder := open(t)
	other, err := blobs.OpenFolder(folder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	for _, sweeping := range []*blobs.Blobs{b, other} {
		sweepBesidePut(t, b, sweeping)
	}
}

func sweepBesidePut(t *testing.T, b, sweeping *blobs.Blobs) {
	t.Helper()
	hash := hashOf(t, "x")
	var rows sync.Map
	referred := func(context.Context, string, []string) (map[string]bool, error) {
		_, known := rows.Load(hash)
		return map[string]bool{hash: known}, nil
	}
	for range 50 {
		rows.Clear()
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := sweeping.Sweep(t.Context(), time.Now().Add(time.Hour), referred); err != nil {
				t.Error(err)
			}
		})
		group.Go(func() {
			err := b.Put(t.Context(), "here", hash, strings.NewReader("x"), func() error {
				rows.Store(hash, true)
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
		group.Wait()
		if _, err := read(t, b, "here", hash); err != nil {
			t.Fatal(err)
		}
	}
}
