package store

import (
	"context"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// wholeDays is how long a time has to be for its reminders to come in the
// morning. Shorter ones count in hours, at any time of the day.
const wholeDays = 5 * 24 * time.Hour

// nextTaskDeadline is the deadline of a task without a case that comes after the
// one that has passed, which is "" at first: reminders at shares of its time in
// percent, and the end. ok is false after the end.
func nextTaskDeadline(since, ends time.Time, passed model.DeadlineKind, first, second int) (kind model.DeadlineKind, at time.Time, ok bool) {
	share := func(percent int) time.Time {
		at := since.Add(ends.Sub(since) * time.Duration(percent) / 100)
		if ends.Sub(since) > wholeDays {
			at = calendar.Morning(calendar.Today(at))
		}
		return at
	}
	inside := func(at time.Time) bool { return since.Before(at) && at.Before(ends) }
	switch {
	case passed == "" && first > 0 && inside(share(first)):
		return model.DeadlineReminder, share(first), true
	case (passed == "" || passed == model.DeadlineReminder) && second > 0 && inside(share(second)) && share(first).Before(share(second)):
		return model.DeadlineReminder2, share(second), true
	case passed != model.DeadlineDue:
		return model.DeadlineDue, ends, true
	}
	return "", time.Time{}, false
}

// followTask makes the row of the deadline that comes next for a task, or nil.
// moved counts how often the task's time has been moved.
func followTask(t *taskRow, since time.Time, passed model.DeadlineKind, moved int, times map[string]int) *taskDeadlineRow {
	if t.DueAt.IsZero() {
		return nil
	}
	kind, at, ok := nextTaskDeadline(since, t.DueAt, passed, times[model.TimeReminder], times[model.TimeReminder2])
	if !ok {
		return nil
	}
	return &taskDeadlineRow{
		OrgID: t.OrgID, ID: model.TaskDeadlineID(t.ID, kind, moved), TaskID: t.ID, IncidentID: t.IncidentID,
		Kind: kind, Since: since, DueAt: at,
	}
}

// incidentDue is when a task of an incident is due that opens now, by the times
// that the rules gave the incident (rulebook 9.5); zero for never. Hours are
// exact, also at night and on holidays. Days and months end as Reg. 1182/71 says.
func incidentDue(k model.IncidentTaskKey, f model.IncidentFacts, times map[string]int, now time.Time) time.Time {
	hours := func(from time.Time, name string) time.Time {
		if times[name] == 0 {
			return time.Time{}
		}
		return from.Add(time.Duration(times[name]) * time.Hour)
	}
	today := calendar.Today(now)
	switch k.Kind {
	case model.TaskAcknowledge:
		return afterDays(today, times[model.TimeAcknowledge])
	case model.TaskStopDecision:
		return hours(now, model.TimeStopDecision)
	case model.TaskAssessRisk, model.TaskAdvice:
		return hours(now, model.TimeAssessRisk)
	case model.TaskBreachNotice:
		if k.Round > 1 {
			return afterDays(today, times[model.TimeBreachRest])
		}
		return hours(f.AwareAt, model.TimeBreachNotice) // GDPR 33(1)
	case model.TaskInformPersons:
		return hours(now, model.TimeInformPersons)
	case model.TaskCSLSignificance:
		return hours(f.AwareAt, model.TimeCSLWarning)
	case model.TaskCSLWarning:
		return hours(f.SignificantAt, model.TimeCSLWarning) // 2 kap. 5 § cybersäkerhetslagen
	case model.TaskCSLNotification:
		return hours(f.SignificantAt, model.TimeCSLNotification) // 6 §
	case model.TaskCSLFinalReport:
		return calendar.EndOfDay(calendar.Swedish.Roll(today.AddMonths(times[model.TimeCSLFinalReport]))) // 8 §
	case model.TaskInformProvider, model.TaskInformAuthority:
		return hours(now, model.TimeInformProvider)
	case model.TaskSeriousIncident:
		days := times[seriousTimes[f.Serious]]
		return calendar.EndOfDay(calendar.Swedish.EndOfPeriod(calendar.Today(f.AwareAt), days)) // AI Act 73(2) to (4)
	}
	return time.Time{}
}

var seriousTimes = map[model.SeriousIncident]string{
	model.SeriousOther:      model.TimeSerious,
	model.SeriousWidespread: model.TimeSeriousWidespread,
	model.SeriousDeath:      model.TimeSeriousDeath,
}

// restsOnFacts reports whether the time of an open task moves with the facts of
// its incident: it counts from when something became known.
func restsOnFacts(k model.IncidentTaskKey) bool {
	switch k.Kind {
	case model.TaskBreachNotice:
		return k.Round == 1
	case model.TaskCSLSignificance, model.TaskCSLWarning, model.TaskCSLNotification, model.TaskSeriousIncident:
		return true
	}
	return false
}

// unitOwner returns the information owner of a unit: the nearest one up the tree,
// or "" when nobody is known to be.
func (s *Store) unitOwner(ctx context.Context, q queryer, orgID, unitID string) (string, error) {
	for seen := 0; unitID != "" && seen < maxDepth; seen++ {
		var row unitRow
		err := get(ctx, s, q, &row, "SELECT "+columns[unitRow](s)+" FROM units WHERE org_id = ? AND id = ?", orgID, unitID)
		if err != nil {
			return "", err
		}
		if row.InformationOwnerID != "" {
			return row.InformationOwnerID, nil
		}
		unitID = row.ParentID
	}
	return "", nil
}

// maxDepth bounds how far up the tree of units anybody looks.
const maxDepth = 20
