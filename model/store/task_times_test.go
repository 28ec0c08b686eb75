package store

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// When the tasks of an incident are due (rulebook 9.5). Hours are exact, also over
// a weekend and the night when the clocks change; GV-20 is the third.
func TestIncidentDue(t *testing.T) {
	t.Parallel()
	times := map[string]int{
		model.TimeAcknowledge: 1, model.TimeStopDecision: 4, model.TimeAssessRisk: 24, model.TimeBreachNotice: 72,
		model.TimeBreachRest: 10, model.TimeInformPersons: 24, model.TimeCSLWarning: 24, model.TimeCSLNotification: 72,
		model.TimeCSLFinalReport: 1, model.TimeInformProvider: 24, model.TimeSerious: 15, model.TimeSeriousWidespread: 2,
		model.TimeSeriousDeath: 10,
	}
	friday := time.Date(2026, 10, 23, 8, 0, 0, 0, time.UTC) // 10:00 in Sweden; summer time ends on the Sunday
	end := func(day string) time.Time { return calendar.EndOfDay(calendar.MustParseDate(day)) }
	for _, tt := range []struct {
		kind    model.TaskKind
		round   int
		serious model.SeriousIncident
		now     time.Time
		want    time.Time
	}{
		{kind: model.TaskAcknowledge, now: friday, want: end("2026-10-26")},
		{kind: model.TaskStopDecision, now: friday, want: friday.Add(4 * time.Hour)},
		{kind: model.TaskBreachNotice, now: friday, want: time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)},
		{kind: model.TaskBreachNotice, now: friday.Add(50 * time.Hour), want: time.Date(2026, 10, 26, 8, 0, 0, 0, time.UTC)},
		{kind: model.TaskBreachNotice, round: 2, now: friday, want: end("2026-11-06")},
		{kind: model.TaskInformPersons, now: friday, want: friday.Add(24 * time.Hour)},
		{kind: model.TaskCSLSignificance, now: friday, want: friday.Add(24 * time.Hour)},
		{kind: model.TaskCSLWarning, now: friday, want: friday.Add(26 * time.Hour)},
		{kind: model.TaskCSLNotification, now: friday, want: friday.Add(74 * time.Hour)},
		{kind: model.TaskCSLFinalReport, now: friday, want: end("2026-11-23")},
		// One month after 31 January is the last of February, a Sunday in 2027.
		{kind: model.TaskCSLFinalReport, now: time.Date(2027, 1, 31, 12, 0, 0, 0, time.UTC), want: end("2027-03-01")},
		// One month after 25 November is Christmas Day, a Friday in 2026.
		{kind: model.TaskCSLFinalReport, now: time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC), want: end("2026-12-28")},
		{kind: model.TaskInformProvider, now: friday, want: friday.Add(24 * time.Hour)},
		{kind: model.TaskSeriousIncident, serious: model.SeriousOther, now: friday, want: end("2026-11-09")}, // the 7th is a Saturday
		{kind: model.TaskSeriousIncident, serious: model.SeriousDeath, now: friday, want: end("2026-11-02")},
		{kind: model.TaskSeriousIncident, serious: model.SeriousWidespread, now: friday, want: end("2026-10-27")}, // two working days
	} {
		facts := model.IncidentFacts{AwareAt: friday, SignificantAt: friday.Add(2 * time.Hour), Serious: tt.serious}
		key := model.IncidentTaskKey{Kind: tt.kind, Round: max(tt.round, 1)}
		if got := incidentDue(key, facts, times, tt.now); !got.Equal(tt.want) {
			t.Errorf("%s %s from %v is due %v, want %v", tt.kind, tt.serious, tt.now, got, tt.want)
		}
	}
}

// What wakes people before a task without a case is due.
func TestTaskDeadlinesFollow(t *testing.T) {
	t.Parallel()
	since := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	type step struct {
		kind model.DeadlineKind
		at   time.Time
	}
	for name, tt := range map[string]struct {
		ends          time.Time
		first, second int
		want          []step
	}{
		"hours": {since.Add(10 * time.Hour), 50, 80, []step{
			{model.DeadlineReminder, since.Add(5 * time.Hour)}, {model.DeadlineReminder2, since.Add(8 * time.Hour)}, {model.DeadlineDue, since.Add(10 * time.Hour)},
		}},
		"a month, in the morning": {calendar.EndOfDay(calendar.MustParseDate("2026-11-30")), 50, 80, []step{
			{model.DeadlineReminder, time.Date(2026, 11, 16, 7, 0, 0, 0, time.UTC)},
			{model.DeadlineReminder2, time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)},
			{model.DeadlineDue, time.Date(2026, 11, 30, 22, 59, 59, 0, time.UTC)},
		}},
		"one reminder": {since.Add(10 * time.Hour), 50, 0, []step{
			{model.DeadlineReminder, since.Add(5 * time.Hour)}, {model.DeadlineDue, since.Add(10 * time.Hour)},
		}},
		"over already": {since.Add(-time.Hour), 50, 80, []step{{model.DeadlineDue, since.Add(-time.Hour)}}},
	} {
		passed := model.DeadlineKind("")
		for _, want := range tt.want {
			kind, at, ok := nextTaskDeadline(since, tt.ends, passed, tt.first, tt.second)
			if !ok || kind != want.kind || !at.Equal(want.at) {
				t.Errorf("%s: after %q %s at %v, want %s at %v", name, passed, kind, at, want.kind, want.at)
			}
			passed = kind
		}
		if kind, _, ok := nextTaskDeadline(since, tt.ends, passed, tt.first, tt.second); ok {
			t.Errorf("%s: %s follows the end", name, kind)
		}
	}
}
