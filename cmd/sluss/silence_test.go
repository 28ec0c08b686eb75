//go:build !slim

package main

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// TestSilence: a returned case whose owner says nothing for sixty working days is
// withdrawn, after reminders. The time begins anew with every draft that the owner
// saves (T-32).
func TestSilence(t *testing.T) {
	t.Parallel()
	onBothDatabases(t, func(t *testing.T, w *world) {
		simulate(t, w, func(s *simulation) {
			l := lifeOf(s.world, caseNotes)
			y := &years{simulation: s, aLife: l}
			y.decide(model.StageManager, model.TaskEndorse, model.OutcomeReturn)
			y.is(model.Returned)
			wait := func(n int) time.Time {
				return calendar.EndOfDay(calendar.Swedish.AddWorkingDays(y.today(), n))
			}
			reply, first := wait(20), wait(60)
			y.until(reply.Add(time.Second))
			if got := y.told(model.MessageDue); len(got) == 0 {
				t.Error("nobody was told that an answer is awaited")
			}
			y.until(first.Add(-time.Hour))
			y.edit(map[string]any{"title": "Utkast till journalanteckning, ny lydelse"})
			second := wait(60)
			y.happened()
			y.until(first.Add(time.Second))
			y.is(model.Returned)
			y.until(second.Add(-time.Second))
			y.is(model.Returned)
			y.happened()
			y.until(second.Add(time.Second))
			y.is(model.Withdrawn)
			y.expect(model.EventDeadlineFired, model.EventWithdrawn)
			if got := y.told(model.MessageWithdrawn); len(got) == 0 {
				t.Error("nobody was told of the withdrawal")
			}
		})
	})
}
