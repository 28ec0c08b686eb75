//go:build !slim

package main

import (
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluss/model"
)

// TestEarliestRecord takes up a record that the program filled when there was one
// migration, with cases in every state they could be in: what was written stays as it
// was, every case that was under way comes to its end, and everything agrees.
func TestEarliestRecord(t *testing.T) {
	t.Parallel()
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	text, err := os.ReadFile(filepath.Join("testdata", "earliest-record.sql"))
	if err != nil {
		t.Fatal(err)
	}
	db := w.database()
	if _, err := db.ExecContext(t.Context(), string(text)); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	w.start(launch{demo: true})
	check := w.checker()
	const log = "SELECT case_id || ' ' || seq || ' ' || hash FROM events ORDER BY case_id, seq"
	before, err := check.column(log)
	if err != nil || len(before) != 70 {
		t.Fatalf("%d events, %v", len(before), err)
	}
	ended := map[model.CaseState]int{}
	for _, id := range check.cases() {
		c := &aCase{w: w, team: demoTeam, id: id}
		d, _ := c.draft()
		c.intake = d.Answers
		state := c.view().State
		switch state {
		case model.Approved, model.Rejected, model.RejectedAuto:
			ended[state]++
			continue
		case model.Draft:
			c.startLater()
			c.submit()
		}
		c.finish()
	}
	if ended[model.Approved] != 3 || ended[model.Rejected] != 1 || ended[model.RejectedAuto] != 1 {
		t.Errorf("had ended: %v", ended)
	}
	after, err := check.column(log)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range before {
		if !slices.Contains(after, line) {
			t.Errorf("changed: %s", line)
		}
	}
	w.stopAndCheck()
}

// finish takes a case from what was there before stages had assessments to its approval.
// What a decision rests on is asked now and was not then: where that stands in the way,
// the stage goes back to the owner once.
func (c *aCase) finish() {
	c.w.t.Helper()
	returned := map[model.StageKey]bool{}
	for {
		if now := c.view().State; now == model.Approved || now == model.ApprovedCond {
			return
		}
		first := c.openTasks()[0]
		a, err := c.w.try(c.team.who(first.Role), first.answer(first.freest()))
		switch {
		case err == nil && a.Status == http.StatusOK:
		case err == nil && a.Status == http.StatusConflict && !returned[first.Stage]:
			returned[first.Stage] = true
			c.decide(first.Stage, first.Kind, model.OutcomeReturn)
			c.startLater()
			c.submit()
		default:
			c.w.t.Fatalf("%s %s: %d %s, %v", first.Stage, first.Kind, a.Status, a.Body, err)
		}
	}
}

// startLater changes the draft: its start lies ahead, whatever today is.
func (c *aCase) startLater() {
	c.w.t.Helper()
	c.edit(map[string]any{"planned_start": time.Now().AddDate(0, 3, 0).Format(time.DateOnly)})
}
