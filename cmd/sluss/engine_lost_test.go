//go:build !slim

package main

import (
	"testing"
	"time"

	"sluss/model"
)

// inEveryState says how cases come to stand in different states, and what touches
// each of them next.
var inEveryState = []struct {
	state  model.CaseState
	intake string
	// bring takes a case that has been submitted to its state, touch goes on.
	bring, touch func(*aCase)
	to           model.CaseState
}{
	{model.RejectedAuto, easyRead, func(*aCase) {}, func(c *aCase) {
		c.w.must(c.owner(), c.post("/corrections", map[string]any{"reason": "Avtalet är nu undertecknat."}))
	}, model.Returned},
	{model.ManagerReview, transcription, func(*aCase) {}, (*aCase).next, model.LegalReview},
	{model.LegalReview, transcription, passing(1), (*aCase).next, model.LegalReview},
	{model.DPIA, transcription, passing(5), (*aCase).next, model.DPIA},
	{model.AgentReview, bookingAgent, passing(5), (*aCase).next, model.AgentReview},
	{model.CISOReview, transcription, passing(8), (*aCase).next, model.OwnerDecision},
	{model.OwnerDecision, transcription, passing(9), (*aCase).next, model.Approved},
	{model.Returned, minutes, func(c *aCase) {
		c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeReturn)
	}, func(c *aCase) { c.submit() }, model.ManagerReview},
	{model.ApprovedCond, minutes, approvedWithCondition, func(c *aCase) {
		c.w.must(c.team.who(model.RoleCISO), c.verification(c.ours()))
	}, model.ApprovedCond},
	{model.Active, minutes, func(c *aCase) {
		approvedWithCondition(c)
		c.activate()
	}, nil, model.Active},
	{model.Rejected, spelling, func(c *aCase) {
		c.decide(model.StageManager, model.TaskEndorse, model.OutcomeReject)
	}, nil, model.Rejected},
	{model.Withdrawn, spelling, func(c *aCase) {
		c.w.must(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Behövs inte längre."}))
	}, nil, model.Withdrawn},
}

func (c *aCase) next() { c.w.t.Helper(); c.pass() }

func passing(n int) func(*aCase) {
	return func(c *aCase) {
		for range n {
			c.pass()
		}
	}
}

func approvedWithCondition(c *aCase) {
	passing(5)(c)
	c.decide(model.StageCISO, model.TaskDecision, model.OutcomeApproveWithConditions)
}

// TestEngineLost deletes the engine's file under cases in every state. After the
// start each goes on at its first touch, and the deadlines are what they were.
func TestEngineLost(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		cases := make([]*aCase, len(inEveryState))
		for n, s := range inEveryState {
			c := w.open(teamOf(n), intake(t, s.intake))
			c.submit()
			s.bring(c)
			c.is(s.state)
			cases[n] = c
		}
		draft := w.open(teamOf(len(cases)), intake(t, spelling))
		w.server.stop()

		check := w.checker()
		deadlines := check.deadlines()
		check.forgetChanges(cases...)
		check.close()
		w.loseEngine()
		w.start(launch{})

		for n, s := range inEveryState {
			c := cases[n]
			c.is(s.state)
			if s.touch != nil {
				s.touch(c)
				c.is(s.to)
				continue
			}
			// There is nothing left to do but what the state refuses, which takes
			// the process all the same.
			w.refused(c.owner(), c.post("/withdrawal", map[string]any{"reason": "Behövs inte."}), 409, model.CodeStateConflict)
		}
		draft.submit()
		draft.is(model.ManagerReview)

		check = w.checker()
		after := check.deadlines()
		for id, before := range deadlines {
			now, ok := after[id]
			if !ok || now.due != before.due || now.fired != before.fired {
				t.Errorf("deadline %s was %+v and is %+v", id, before, now)
			}
		}
		w.stopAndCheck()
	})
}

// deadlineState is a deadline as its row says it.
type deadlineState struct{ due, fired string }

// deadlines reads every deadline by its id.
func (c *checker) deadlines() map[string]deadlineState {
	c.t.Helper()
	all := map[string]deadlineState{}
	for _, id := range c.cases() {
		rows, err := c.st.Deadlines(c.t.Context(), org, id)
		if err != nil {
			c.t.Fatal(err)
		}
		for _, d := range rows {
			s := deadlineState{due: d.DueAt.Format(time.RFC3339Nano)}
			if !d.FiredAt.IsZero() {
				s.fired = d.FiredAt.Format(time.RFC3339Nano)
			}
			all[d.ID] = s
		}
	}
	if len(all) == 0 {
		c.t.Fatal("there are no deadlines")
	}
	return all
}

// forgetChanges makes cases look as if they had not changed for long: what changed
// of late is reloaded at the start, and here the first touch has to do it.
func (c *checker) forgetChanges(cases ...*aCase) {
	c.t.Helper()
	then := c.w.moment(time.Now().Add(-time.Hour))
	for _, forget := range cases {
		for _, change := range []string{
			"UPDATE cases SET updated_at = ? WHERE id = ?", "UPDATE commands SET acked_at = ? WHERE case_id = ?",
		} {
			if _, err := c.db.ExecContext(c.t.Context(), c.w.sql(change), then, forget.id); err != nil {
				c.t.Fatal(err)
			}
		}
	}
}

// moment writes a time as the record does.
func (w *world) moment(at time.Time) any {
	at = at.UTC().Truncate(time.Microsecond)
	if w.url == "" {
		return at.Format("2006-01-02 15:04:05.999999-07:00")
	}
	return at
}
