//go:build !slim

package main

import (
	"testing"

	"sluss/model"
)

// TestCheckersNotice spoils a sound world in one way after the other: a checker
// that finds nothing anywhere would prove nothing.
func TestCheckersNotice(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.start(launch{})
	c := w.open(teamOf(0), intake(t, minutes))
	c.submit()
	w.server.stop()
	early := t.TempDir()
	w.keepEngine(early)
	w.start(launch{})
	c.pass()
	w.refused(c.owner(), c.post("/activation", nil), 403, model.CodeForbidden)
	w.stopAndCheck()

	for name, spoil := range map[string]string{
		"an event is gone":          "DELETE FROM events WHERE seq = 2",
		"the last event is gone":    "DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)",
		"an event is changed":       `UPDATE events SET data = replace(data, 'endorse', 'reject') WHERE seq = 4`,
		"a state is changed":        "UPDATE cases SET state = 'APPROVED'",
		"a task is changed":         "UPDATE tasks SET status = 'cancelled' WHERE status = 'open'",
		"a stage is changed":        "UPDATE stages SET result = 'lawful' WHERE stage = 'legal_basis'",
		"a deadline is moved":       "UPDATE deadlines SET due_at = '2030-01-01 00:00:00+00:00'",
		"a decision is gone":        "DELETE FROM decisions",
		"an answered act is gone":   "DELETE FROM commands WHERE kind = 'decide'",
		"an answer is changed":      `UPDATE commands SET answer = replace(answer, '"version":2', '"version":3') WHERE kind = 'decide'`,
		"an act is pending":         "UPDATE commands SET state = 'pending' WHERE kind = 'decide'",
		"an act was never recorded": "UPDATE commands SET id = 'other' WHERE kind = 'decide'",
		"a refused act is there":    "",
		"the process knows less":    "",
		"the process knows nothing": "",
		"nothing (the control)":     "SELECT 1",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spoiled := &world{t: t, dir: t.TempDir(), tokens: w.tokens}
			spoiled.journal.entries = append(spoiled.journal.entries, w.journal.entries...)
			copyFolder(t, w.dir, spoiled.dir)
			check := spoiled.checker()
			found := &complaints{TB: t}
			check.t = found
			switch name {
			case "a refused act is there":
				for i, e := range spoiled.journal.entries {
					if e.done() {
						spoiled.journal.entries[i].Status = 409
					}
				}
			case "the process knows less":
				spoiled.loseEngine()
				copyFolder(t, early, spoiled.dir)
			case "the process knows nothing":
				spoiled.loseEngine()
			default:
				if _, err := check.db.ExecContext(t.Context(), "DROP TRIGGER events_no_update; DROP TRIGGER events_no_delete; "+spoil); err != nil {
					t.Fatal(err)
				}
			}
			check.recordHolds()
			check.processesHold(check.engineRoom())
			if want := name != "nothing (the control)"; found.any != want {
				t.Errorf("the checkers complain: %v, want %v", found.any, want)
			}
		})
	}
}

// complaints is a test that only notes whether somebody complains.
type complaints struct {
	testing.TB
	any bool
}

func (c *complaints) Error(...any)          { c.any = true }
func (c *complaints) Errorf(string, ...any) { c.any = true }
