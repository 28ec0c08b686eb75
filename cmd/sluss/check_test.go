//go:build !slim

package main

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/store"
	"sluss/workflows"
	"sluss/workflows/contract"
)

// checker looks at a world's record beside the server, or after it.
type checker struct {
	w  *world
	t  testing.TB
	st *store.Store
	db *sql.DB
}

// checker opens the record as it is.
func (w *world) checker() *checker {
	w.t.Helper()
	st, err := store.Connect(w.t.Context(), store.Options{URL: w.recordURL(), MaxConns: 4})
	if err != nil {
		w.t.Fatal(err)
	}
	c := &checker{w: w, t: w.t, st: st, db: w.database()}
	w.t.Cleanup(c.close)
	return c
}

func (c *checker) close() {
	_ = c.st.Close() // it was read only
	_ = c.db.Close()
}

// database opens the record for SQL of the test's own.
func (w *world) database() *sql.DB {
	w.t.Helper()
	driver, source := "pgx", w.url
	if w.url == "" {
		driver, source = "sqlite", "file:"+filepath.Join(w.dir, "record.db")+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		w.t.Fatal(err)
	}
	db.SetMaxOpenConns(1)
	w.t.Cleanup(func() { _ = db.Close() })
	return db
}

// sql writes a statement with ? as the world's database reads it.
func (w *world) sql(statement string) string {
	if w.url == "" {
		return statement
	}
	var b strings.Builder
	n := 0
	for _, r := range statement {
		if r == '?' {
			n++
			b.WriteString("$" + strconv.Itoa(n))
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// column reads one text from each row.
func (c *checker) column(statement string, args ...any) ([]string, error) {
	rows, err := c.db.QueryContext(c.t.Context(), c.w.sql(statement), args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// cases lists the ids of all cases.
func (c *checker) cases() []string {
	c.t.Helper()
	ids, err := c.column("SELECT id FROM cases ORDER BY id")
	if err != nil {
		c.t.Fatal(err)
	}
	return ids
}

// settled reports what still waits for an answer.
func (c *checker) settled() error {
	pending, err := c.column("SELECT id FROM commands WHERE state <> 'done'")
	if err == nil && len(pending) > 0 {
		err = fmt.Errorf("%d commands are pending", len(pending))
	}
	return err
}

// caseHolds checks one case in the record: its chain has no gap and no break, its
// events add up to its rows, and each act that was answered is there once, no
// other act at all.
func (c *checker) caseHolds(id string) error {
	if err := c.st.VerifyCase(c.t.Context(), org, id); err != nil {
		return err
	}
	events, err := c.events(id)
	if err != nil {
		return err
	}
	steps, beside := map[string]int{}, map[string]int{}
	for _, e := range events {
		var d model.EventData
		if err := json.Unmarshal(e.Data, &d); err != nil {
			return err
		}
		if d.Version > 0 {
			steps[e.CommandID]++
		}
		if e.Kind == string(model.EventCreated) || d.Evidence != nil {
			beside[e.CommandID]++
		}
	}
	commands, err := c.column("SELECT kind || ' ' || id FROM commands WHERE case_id = ? AND state = 'done'", id)
	if err != nil {
		return err
	}
	for _, line := range commands {
		kind, command, _ := strings.Cut(line, " ")
		from := steps
		if beside[command] > 0 {
			from = beside
		}
		if from[command] != 1 {
			return fmt.Errorf("the act %s (%s) is in the log %d times", command, kind, from[command])
		}
		delete(from, command)
	}
	for command := range steps {
		if !strings.HasPrefix(command, "deadline/") {
			return fmt.Errorf("the log has a step of the act %s, which nobody was answered", command)
		}
	}
	return nil
}

// events reads the whole log of a case.
func (c *checker) events(id string) ([]audit.Event, error) {
	var all []audit.Event
	for {
		page, err := c.st.Events(c.t.Context(), org, id, int64(len(all)), 500)
		if err != nil || len(page) == 0 {
			return all, err
		}
		all = append(all, page...)
	}
}

// journalHolds compares what the clients were told with the record: what was
// acknowledged is there with that answer, what was refused is not, and what
// nobody knows is there or not.
func (c *checker) journalHolds() error {
	people, err := c.column("SELECT handle || ' ' || id FROM people WHERE org_id = ?", org)
	if err != nil {
		return err
	}
	ids := map[string]string{}
	for _, line := range people {
		handle, id, _ := strings.Cut(line, " ")
		ids[handle] = id
	}
	for asked, told := range c.w.journal.byRequest() {
		key, err := audit.Hash(audit.TagCommand, []string{org, ids[asked.User], asked.Path, asked.Key})
		if err != nil {
			return err
		}
		answers, err := c.column("SELECT answer FROM commands WHERE request_key = ? AND state = 'done'", key)
		if err != nil {
			return err
		}
		if err := agrees(told, answers); err != nil {
			return fmt.Errorf("%s %s: %w", asked.User, asked.Path, err)
		}
	}
	return nil
}

// agrees compares what was told about one request with its recorded answers.
func agrees(told []entry, recorded []string) error {
	refused, unknown := false, false
	for _, e := range told {
		switch {
		case e.done() && len(recorded) != 1:
			return fmt.Errorf("acknowledged with %d and recorded %d times", e.Status, len(recorded))
		case e.done() && !sameJSON(e.Body, []byte(recorded[0])):
			return fmt.Errorf("answered %s, recorded %s", e.Body, recorded[0])
		case e.refused():
			refused = true
		case !e.done():
			unknown = true
		}
	}
	if refused && !unknown && len(recorded) > 0 && !anyDone(told) {
		return errors.New("refused, and recorded all the same")
	}
	return nil
}

func anyDone(told []entry) bool {
	for _, e := range told {
		if e.done() {
			return true
		}
	}
	return false
}

func sameJSON(a, b []byte) bool {
	x, errX := audit.Canonicalise(a)
	y, errY := audit.Canonicalise(b)
	return errX == nil && errY == nil && bytes.Equal(x, y)
}

// recordHolds checks the whole record.
func (c *checker) recordHolds() {
	c.t.Helper()
	if err := c.settled(); err != nil {
		c.t.Error(err)
	}
	for _, id := range c.cases() {
		if err := c.caseHolds(id); err != nil {
			c.t.Errorf("case %s: %v", id, err)
		}
	}
	if err := c.journalHolds(); err != nil {
		c.t.Error(err)
	}
}

// engineRoom is the engine of a stopped server, opened by the test, with a worker
// that can say what the processes know.
type engineRoom struct {
	c        client.Client
	activity *activities.Activities
	// leave ends the worker, which answers for the record that the test has checked.
	leave func()
}

// engineRoom runs the engine on its state. The server must have stopped.
func (c *checker) engineRoom() *engineRoom {
	c.t.Helper()
	silent := slog.New(slog.NewTextHandler(io.Discard, nil))
	e, err := startEngine(c.t.Context(), settings{dataDir: c.w.dir, databaseURL: c.w.url}, silent)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { _ = e.Close() })
	o := e.ClientOptions()
	o.Logger = sdklog.NewStructuredLogger(silent)
	return c.roomOf(o)
}

// roomOf is a Temporal server on which no other worker runs, with one of the test's.
func (c *checker) roomOf(o client.Options) *engineRoom {
	c.t.Helper()
	temporal, err := client.DialContext(c.t.Context(), o)
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(temporal.Close)
	worker.SetBinaryChecksum("test")
	w := worker.New(temporal, contract.TaskQueue, activities.WorkerOptions(1))
	workflows.Register(w)
	room := &engineRoom{temporal, &activities.Activities{Store: c.st, Clock: clock.System}, sync.OnceFunc(w.Stop)}
	room.activity.Register(w)
	if err := w.Start(); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(room.leave)
	return room
}

// patience is how long a process may take to answer on a busy machine.
const patience = time.Minute

// state asks the process of a case what it knows. The client gives an attempt up
// after ten seconds.
func (r *engineRoom) state(ctx context.Context, id string) ([]byte, error) {
	until := time.Now().Add(patience)
	v, err := r.c.QueryWorkflow(ctx, contract.CaseWorkflowID(id), "", contract.StateQuery)
	var gone *serviceerror.NotFound
	for err != nil && !errors.As(err, &gone) && time.Now().Before(until) {
		v, err = r.c.QueryWorkflow(ctx, contract.CaseWorkflowID(id), "", contract.StateQuery)
	}
	if err != nil {
		return nil, err
	}
	var s model.Snapshot
	if err := v.Get(&s); err != nil {
		return nil, err
	}
	return json.Marshal(s)
}

// knows asks what the process of a case knows, and compares it with the rows.
func (c *checker) knows(ctx context.Context, id string, ask func(context.Context, string) ([]byte, error)) error {
	rows, err := c.st.Snapshot(ctx, org, id)
	if err != nil {
		return err
	}
	if !rows.State.HasProcess() {
		return nil
	}
	want, err := json.Marshal(rows)
	if err != nil {
		return err
	}
	got, err := ask(ctx, id)
	if err != nil {
		return fmt.Errorf("the process does not answer: %w", err)
	}
	if !sameJSON(got, want) {
		return fmt.Errorf("the process knows\n%s\nthe rows say\n%s", got, want)
	}
	return nil
}

// processesHold compares every case's process with its rows.
func (c *checker) processesHold(room *engineRoom) {
	c.t.Helper()
	var wg sync.WaitGroup
	places := make(chan struct{}, 4)
	for _, id := range c.cases() {
		places <- struct{}{}
		wg.Go(func() {
			defer func() { <-places }()
			if err := c.knows(c.t.Context(), id, room.state); err != nil {
				c.t.Errorf("case %s: %v", id, err)
			}
		})
	}
	wg.Wait()
}

// stopAndCheck stops the server in order and checks the record, what the clients
// were told, and every process.
func (w *world) stopAndCheck() (*checker, *engineRoom) {
	w.t.Helper()
	w.server.stop()
	c := w.checker()
	c.recordHolds()
	room := c.engineRoom()
	c.processesHold(room)
	return c, room
}
