//go:build !slim

package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// TestDeadlines lets three deadlines of one case fall due while the program is
// dead: a reminder, the end of a task's time and the date of a condition. After
// the start each of them fires once, in the order of their times and marked late,
// and never again.
func TestDeadlines(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		w.start(launch{})
		c := w.open(teamOf(0), intake(t, minutes))
		c.submit()
		tomorrow := calendar.Swedish.AddWorkingDays(calendar.Today(time.Now()), 1).String()
		dated := c.setDatedCondition(tomorrow)
		w.server.kill()
		asSet := map[string]string{}
		var fired []string
		// missed lets deadlines fall due while the program is dead, and kills it again
		// when it has fired them.
		missed := func(ids ...string) {
			t.Helper()
			check := w.checker()
			for n, id := range ids {
				asSet[id] = check.deadlines()[id].due
				check.fallDue(id, time.Now().Add(time.Duration(n-10)*time.Minute))
			}
			check.close()
			fired = append(fired, ids...)
			w.start(launch{})
			check = w.checker()
			eventually(t, 20*time.Second, func(context.Context) error {
				if now := check.fired(c.id); !slices.Equal(now, fired) {
					return fmt.Errorf("fired %v, want %v", now, fired)
				}
				return nil
			})
			check.close()
			w.server.kill()
		}
		secrecy := func(kind model.DeadlineKind) string { return model.DeadlineID(c.id, "secrecy.decision", kind, 1) }
		missed(secrecy(model.DeadlineReminder)) // the end of the task's time waits behind its reminders
		missed(secrecy(model.DeadlineReminder2))
		missed(
			model.DeadlineID(c.id, "manager.endorse", model.DeadlineReminder, 1),
			secrecy(model.DeadlineDue),
			model.DeadlineID(c.id, model.SubjectCondition(dated), model.DeadlineDue, 1),
		)
		check := w.checker()
		if got, err := check.column("SELECT status FROM conditions WHERE id = ?", dated); err != nil || !slices.Equal(got, []string{"overdue"}) {
			t.Errorf("the condition is %v: %v", got, err)
		}
		before := check.deadlines()
		check.close()

		w.start(launch{})
		c.decide(model.StageManager, model.TaskEndorse, model.OutcomeEndorse) // late, and possible all the same
		c.decide(model.StageSecrecy, model.TaskDecision, model.OutcomeNotSecret)
		w.server.stop()
		check = w.checker()
		if now := check.fired(c.id); !slices.Equal(now, fired) {
			t.Errorf("after another start fired %v, want %v", now, fired)
		}
		for _, id := range fired {
			if now := check.deadlines()[id]; now != before[id] {
				t.Errorf("deadline %s was %+v and is %+v", id, before[id], now)
			}
		}
		check.lateRows(fired)
		for id, due := range asSet { // the log knows the times that were set
			check.fallDue(id, at(t, due))
		}
		check.recordHolds()
		check.processesHold(check.engineRoom())
	})
}

// setDatedCondition passes the legal basis with a condition that has a date, and
// returns its id.
func (c *aCase) setDatedCondition(date string) string {
	c.w.t.Helper()
	c.decide(model.StageLegalBasis, model.TaskPrepare, model.OutcomeHandedIn)
	c.decide(model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports)
	task := c.task(model.StageLegalBasis, model.TaskDecision)
	call := task.answer(model.OutcomeLawfulWithConditions)
	with := maps.Clone(condition)
	with["due_kind"], with["due_date"] = "date", date
	call.Body.(map[string]any)["conditions"] = []any{with}
	c.w.must(c.team.who(task.Role), call)
	for _, o := range (aLife{aCase: c}).conditions() {
		if o.DueKind == model.DueDate {
			return o.ID
		}
	}
	c.w.t.Fatal("no condition has a date")
	return ""
}

// at reads a time.
func at(t testing.TB, written string) time.Time {
	t.Helper()
	moment, err := time.Parse(time.RFC3339Nano, written)
	if err != nil {
		t.Fatal(err)
	}
	return moment
}

// fallDue moves the time of a deadline in its row.
func (c *checker) fallDue(id string, at time.Time) {
	c.t.Helper()
	result, err := c.db.ExecContext(c.t.Context(), c.w.sql("UPDATE deadlines SET due_at = ? WHERE id = ?"), c.w.moment(at), id)
	if err != nil {
		c.t.Fatal(err)
	}
	if n, err := result.RowsAffected(); err != nil || n != 1 {
		c.t.Fatalf("%d deadlines are called %s: %v", n, id, err)
	}
}

// fired lists the deadlines whose firing is in the log of a case, in the order of
// the log.
func (c *checker) fired(caseID string) []string {
	c.t.Helper()
	events, err := c.events(caseID)
	if err != nil {
		c.t.Fatal(err)
	}
	var ids []string
	for _, e := range events {
		if e.Kind == string(model.EventDeadlineFired) {
			ids = append(ids, e.CommandID[len(model.DeadlineCommand("")):])
		}
	}
	return ids
}

// lateRows requires that the deadlines are marked late in their rows.
func (c *checker) lateRows(ids []string) {
	c.t.Helper()
	late, err := c.column("SELECT id FROM deadlines WHERE late AND fired_at IS NOT NULL ORDER BY id")
	if err != nil {
		c.t.Fatal(err)
	}
	if want := slices.Sorted(slices.Values(ids)); !slices.Equal(late, want) {
		c.t.Errorf("late are %v, want %v", late, want)
	}
}
