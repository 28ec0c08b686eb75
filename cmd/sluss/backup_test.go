//go:build !slim

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime/multipart"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
)

// drillCases is how many cases the drill has; SLUSS_DRILL_CASES sets another
// number, to measure with.
func drillCases(t *testing.T) int {
	n, err := strconv.Atoi(os.Getenv("SLUSS_DRILL_CASES"))
	if err != nil {
		return 24
	}
	t.Logf("a drill with %d cases", n)
	return n
}

// program runs the released program to its end, as somebody at the machine does
// beside the server.
func (w *world) program(args ...string) (string, error) {
	w.t.Helper()
	built := released
	if w.next { // only that release knows all of the record
		built = nextMortal
	}
	return w.tell(built, args...)
}

// tell runs a build of the program and returns what it says.
func (w *world) tell(built func() (string, error), args ...string) (string, error) {
	w.t.Helper()
	cmd := exec.Command(binary(w.t, built), args...)
	cmd.Env = append(withoutSettings(os.Environ()), "SLUSS_LANG=en")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// elsewhere is a world on a folder that is not there yet, whose people and clients
// are those of w. The clients know what they had been told so far.
func (w *world) elsewhere() *world {
	w.t.Helper()
	w.journal.mu.Lock()
	defer w.journal.mu.Unlock()
	other := &world{t: w.t, dir: filepath.Join(w.t.TempDir(), "restored"), tokens: w.tokens, next: w.next}
	other.journal.entries = slices.Clone(w.journal.entries)
	return other
}

// in gives a case to another world.
func (c *aCase) in(w *world) *aCase {
	there := *c
	there.w = w
	return &there
}

// office are clients who open, submit and endorse cases until they are told to
// stop, and note how long each act took.
type office struct {
	w    *world
	stop context.CancelFunc
	wg   sync.WaitGroup

	mu   sync.Mutex
	took []time.Duration
}

func (w *world) atWork(clients int) *office {
	w.t.Helper()
	ctx, stop := context.WithCancel(w.t.Context())
	c := &office{w: w, stop: stop}
	answers := intake(w.t, minutes)
	for n := range clients {
		c.wg.Go(func() {
			for ctx.Err() == nil {
				began := time.Now()
				a, err := w.try(teamOf(n).who(model.RoleProjectOwner), w.openCall(answers))
				c.note(began)
				var r model.Receipt
				if err != nil || a.Status != 201 || a.Decode(&r) != nil {
					continue // the host is gone
				}
				began = time.Now()
				_, _ = w.try(teamOf(n).who(model.RoleProjectOwner), client.Call{ // noted in the journal
					Method: "POST", Path: v1 + "/cases/" + r.CaseID + "/submissions", Key: client.NewKey(), IfMatch: `"0"`,
					Body: map[string]any{"stage": "intake", "revision": 1},
				})
				c.note(began)
				time.Sleep(50 * time.Millisecond) // people, and their limit of requests
			}
		})
	}
	return c
}

func (c *office) note(began time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.took = append(c.took, time.Since(began))
}

// lately describes how long the acts took since it was asked last.
func (c *office) lately() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	all := c.took
	c.took = nil
	if len(all) == 0 {
		return "no acts"
	}
	slices.Sort(all)
	at := func(share float64) time.Duration {
		return all[min(len(all)-1, int(share*float64(len(all))))].Round(100 * time.Microsecond)
	}
	return fmt.Sprintf("%d acts, p50 %s, p95 %s, max %s", len(all), at(0.5), at(0.95), at(1))
}

// TestBackupDrill is the day on which the machine is lost: a backup was made while
// people worked, and everything goes on from it on another.
func TestBackupDrill(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.employ()
	w.start(launch{})
	cases := make([]*aCase, drillCases(t))
	for n := range cases {
		cases[n] = w.open(teamOf(n), intake(t, minutes))
		cases[n].submit()
	}
	waiting := cases[0]
	waiting.pass()
	evidence := w.attach(waiting)

	people := w.atWork(4)
	defer people.stop()
	time.Sleep(2 * time.Second)
	t.Logf("without a backup: %s", people.lately())
	there := w.elsewhere()
	file := filepath.Join(t.TempDir(), "sluss.zip")
	began := time.Now()
	out, err := w.program("backup", "--data-dir", w.dir, "--to", file)
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("backed up in %s: %s", time.Since(began).Round(time.Millisecond), out)
	t.Logf("during the backup: %s", people.lately())
	if out, err := w.program("backup", "--data-dir", w.dir, "--to", file); err == nil || !strings.Contains(out, "exists already") {
		t.Errorf("onto a backup: %v\n%s", err, out)
	}
	people.stop()
	w.server.kill()
	people.wg.Wait()

	if out, err := w.restore("adam", file); err == nil || !strings.Contains(out, "not empty") {
		t.Errorf("into the old folder: %v\n%s", err, out)
	}
	began = time.Now()
	out, err = there.restore("adam", file)
	if err != nil || !strings.Contains(out, "Everything has been verified") {
		t.Fatalf("%v\n%s", err, out)
	}
	t.Logf("restored in %s: %s", time.Since(began).Round(time.Millisecond), out)
	began = time.Now()
	there.waits(launch{})
	there.approve("eva")
	t.Logf("verified and approved %s after the start", time.Since(began).Round(time.Millisecond))
	there.server.stop()
	there.loseEngine()
	there.goesOn(waiting.in(there), evidence)
}

// goesOn starts on a restored folder: a deadline that was set before the backup
// fires in its time although the engine has never heard of the case, and the case
// goes on.
func (w *world) goesOn(c *aCase, evidence string) {
	t := w.t
	check := w.checker()
	rows, err := check.st.Snapshot(t.Context(), org, c.id)
	if err != nil || rows.Next == nil {
		t.Fatalf("no deadline is set: %+v, %v", rows, err)
	}
	id := rows.Next.ID
	asSet := check.deadlines()[id]
	due := time.Now().Add(10 * time.Second)
	check.fallDue(id, due)
	check.forgetChanges(c)
	check.close()

	began := time.Now()
	w.start(launch{demo: true})
	t.Logf("ready %s after the start", time.Since(began).Round(time.Millisecond))
	check = w.checker()
	eventually(t, time.Minute, func(context.Context) error {
		if fired := check.fired(c.id); !slices.Equal(fired, []string{id}) {
			return fmt.Errorf("fired %v, want %s", fired, id)
		}
		return nil
	})
	if fired := at(t, check.deadlines()[id].fired); fired.Before(due.Truncate(time.Microsecond)) || fired.Sub(due) > 20*time.Second {
		t.Errorf("due at %s and fired at %s", due, fired)
	}
	c.pass()
	if a, err := w.as(c.owner()).Send(t.Context(), client.Call{Method: "GET", Path: evidence}); err != nil || a.Status != 200 || string(a.Body) != proof {
		t.Errorf("the attachment: %d %q, %v", a.Status, a.Body, err)
	}

	eventually(t, time.Minute, func(context.Context) error {
		out, err := w.program("reconcile", "--as", "administrator", "--server", w.base, "--data-dir", w.dir)
		if err == nil && strings.Count(out, "\n") != 1 {
			err = errors.New("not in step yet")
		}
		if err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
		t.Logf("%s after the start: %s", time.Since(began).Round(time.Millisecond), out)
		return nil
	})
	check.fallDue(id, at(t, asSet.due)) // the log knows the time that was set
	check.close()
	w.stopAndCheck()
}

// proof is the content of an attachment.
const proof = "Avtalet är tecknat."

// attach attaches a text to the intake of a case and returns the path of its
// content.
func (w *world) attach(c *aCase) string {
	w.t.Helper()
	var form bytes.Buffer
	parts := multipart.NewWriter(&form)
	_ = parts.WriteField("part", "intake") // a buffer takes everything
	file, err := parts.CreateFormFile("file", "avtal.txt")
	if err == nil {
		_, err = file.Write([]byte(proof))
	}
	if err := errors.Join(err, parts.Close()); err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.base+v1+c.path("/attachments"), &form)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+w.tokens[c.owner()])
	req.Header.Set("Content-Type", parts.FormDataContentType())
	req.Header.Set("Idempotency-Key", client.NewKey())
	resp, err := wire.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	var receipt model.EvidenceReceipt
	if err := json.NewDecoder(resp.Body).Decode(&receipt); err != nil || receipt.AttachmentID == "" {
		w.t.Fatalf("attach: %d, %v", resp.StatusCode, err)
	}
	return v1 + c.path("/attachments/"+receipt.AttachmentID+"/content")
}

// TestOlderRecord puts a record back that is older than the engine: the processes
// know more than the rows, which are what counts.
func TestOlderRecord(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.employ()
	w.start(launch{})
	c := w.open(teamOf(0), intake(t, minutes))
	c.submit()
	file := filepath.Join(t.TempDir(), "sluss.zip")
	there := w.elsewhere()
	if out, err := w.program("backup", "--data-dir", w.dir, "--to", file); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	c.pass()
	c.pass()
	w.server.stop()
	if out, err := there.restore("adam", file); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	w.keepEngine(there.dir)

	there.waits(launch{mortal: true})
	there.approve("eva")
	c = c.in(there)
	before := c.view()
	eventually(t, 20*time.Second, func(ctx context.Context) error { return there.checkProcess(ctx, c) })
	c.pass()
	if v := c.view(); v.Version != before.Version+1 {
		t.Errorf("the case went from version %d to %d", before.Version, v.Version)
	}
	there.stopAndCheck()
}

// checkProcess compares what the process of a case knows with its rows.
func (w *world) checkProcess(ctx context.Context, c *aCase) error {
	check := w.checker()
	defer check.close()
	return check.knows(ctx, c.id, w.process)
}

// TestUnverified requires that a server does not start on a folder whose
// restoration has not ended.
func TestUnverified(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	const mark = "not-verified.txt"
	if err := os.WriteFile(filepath.Join(w.dir, mark), []byte("fel"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := w.spawn(launch{})
	s.exits(1)
	if !strings.Contains(s.output.log(), mark) {
		t.Errorf("the server says\n%s", s.output.log())
	}
}
