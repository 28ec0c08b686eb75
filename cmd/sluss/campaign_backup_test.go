//go:build !slim

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"sluss/api/anchor"
	"sluss/model/audit"
)

// copyOf is a backup that was made while clients worked, and the world in which it is
// to be restored, whose clients know what they had been told when it was begun.
type copyOf struct {
	there *world
	file  string
}

// backUp makes a backup beside the program. A record in PostgreSQL is backed up with
// that database's own tools; nobody attaches anything here.
func (s *scenario) backUp(*rand.Rand) {
	b := &copyOf{s.w.elsewhere(), filepath.Join(s.t.TempDir(), "backup")}
	var out string
	var err error
	if s.on.postgres {
		out, err = postgresTool("pg_dump", "--format=custom", "--file="+b.file, s.w.url)
	} else {
		out, err = s.w.program("backup", "--data-dir", s.w.dir, "--to", b.file)
	}
	if err != nil {
		s.t.Errorf("%v\n%s", err, out)
		return
	}
	s.backup = b
}

func postgresTool(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).CombinedOutput()
	return string(out), err
}

// putBack reads the dump of a record in PostgreSQL into a new database.
func (s *scenario) putBack() {
	there := s.backup.there
	there.url = s.w.anotherDatabase("")
	if out, err := postgresTool("pg_restore", "--exit-on-error", "--dbname="+there.url, s.backup.file); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
}

// gone is what a restoration says of events that a checkpoint has and the backup has not.
var gone = regexp.MustCompile(`a checkpoint has (\d+) events, the tree has (\d+)`)

// comesBack restores the backup elsewhere, where all that clients had been told by then
// is there, and which says how much of the log is missing.
func (s *scenario) comesBack(now *checker) {
	if s.backup == nil {
		return
	}
	key, err := anchor.OwnKeyAt(ownKey(s.w.dir))
	if err != nil {
		s.t.Fatal(err)
	}
	verifier := key.Signer(org).VerifierKey()
	kept := []string{"--checkpoints", s.checkpoints, "--verifier-key", verifier}
	there := s.backup.there
	if s.on.postgres {
		s.putBack()
	}
	out, err := there.restore("adam", s.backup.file, kept...)
	told := gone.FindStringSubmatch(out)
	switch largest := largestIn(s.t, s.checkpoints, verifier); {
	case err == nil && told == nil: // nothing was done after it
	case err == nil || told == nil || told[1] != strconv.FormatInt(largest, 10):
		s.t.Errorf("restored, with %d events kept elsewhere: %v\n%s", largest, err, out)
		return
	default:
		there.dir += "-again" // the first folder stays as it is, marked as not verified; a record in PostgreSQL is the same
		if out, err = there.restore("adam", s.backup.file, append(kept, "--accept-loss")...); err != nil {
			s.t.Errorf("%v\n%s", err, out)
			return
		}
	}
	check := there.checker()
	acts := func(c *checker) []string {
		ids, err := c.column("SELECT id FROM commands WHERE state = 'done'")
		if err != nil {
			c.t.Fatal(err)
		}
		return ids
	}
	missing := slices.DeleteFunc(acts(now), func(id string) bool { return slices.Contains(acts(check), id) })
	check.close()
	if named := s.named(told); len(missing) > named {
		s.t.Errorf("%d acts are missing, and the restoration names %d events", len(missing), named)
	}
	goesOn := func() { there.waits(launch{mortal: true}) }
	ends := func() { there.stopAndCheck() }
	if s.fleet != nil {
		goesOn, ends = s.fleet.onRestored(there)
	}
	goesOn()
	there.approve("eva")
	there.open(teamOf(int(s.seed)), intake(s.t, minutes)).submit()
	check = there.checker()
	s.total.longest("longest until nothing was pending after a restoration, ms",
		int(eventually(s.t, convergence, func(context.Context) error { return check.settled() }).Milliseconds()))
	ends()
	s.total.add("backups restored", 1)
	s.total.add("acts that a backup had not, named as missing", len(missing))
}

// named is how many events a restoration has said are missing.
func (s *scenario) named(told []string) int {
	if told == nil {
		return 0
	}
	kept, errKept := strconv.Atoi(told[1])
	has, errHas := strconv.Atoi(told[2])
	if errKept != nil || errHas != nil {
		s.t.Fatalf("%v, %v", errKept, errHas)
	}
	return kept - has
}

// keepsAll waits until a checkpoint of everything has been taken to where no backup is.
func (s *scenario) keepsAll() {
	if s.backup == nil {
		return
	}
	key, err := anchor.OwnKeyAt(ownKey(s.w.dir))
	if err != nil {
		s.t.Fatal(err)
	}
	check := s.w.checker()
	defer check.close()
	eventually(s.t, 90*time.Second, func(ctx context.Context) error { // a lease of who was killed lasts a minute
		waits, err := check.st.TreeWaits(ctx, org, time.Time{})
		if err != nil || waits {
			return fmt.Errorf("events wait for the tree, %w", err)
		}
		tree, err := check.st.Tree(ctx, org)
		if err == nil && tree.Size() != largestIn(s.t, s.checkpoints, key.Signer(org).VerifierKey()) {
			err = fmt.Errorf("no checkpoint of %d events is kept", tree.Size())
		}
		return err
	})
}

// largestIn is how many events the last checkpoint in a file has, 0 if there is none.
func largestIn(t testing.TB, file, verifier string) (size int64) {
	t.Helper()
	text, err := os.ReadFile(file)
	if os.IsNotExist(err) {
		return 0
	}
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range audit.SplitNotes(text) {
		if c, err := audit.OpenCheckpoint(one, verifier); err == nil { // the last may be under way
			size = max(size, c.Size)
		}
	}
	return size
}
