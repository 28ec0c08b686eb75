//go:build !slim

package main

import (
	"context"
	"slices"
	"testing"
	"time"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/calendar"
)

// incidentOfYears is an incident whose time is skipped with that of its case.
type incidentOfYears struct {
	*years
	id string
	// aware is when it was reported, from which its times count.
	aware time.Time
}

// shownInTest is what these tests look at in an incident.
type shownInTest struct {
	State model.IncidentState `json:"state"`
	Tasks []struct {
		openTask
		Due time.Time `json:"due"`
	} `json:"tasks"`
	Asked []struct {
		Kind    model.IncidentCaseAct `json:"kind"`
		Outcome string                `json:"outcome"`
	} `json:"asked"`
}

// Late on a Friday somebody reports that an answer showed what it must not. The CISO
// stops the use within the four hours, IMY's 72 hours run through the weekend and
// remind of their end, two people resume the use, and the lessons have the case
// assessed again (rulebook 9.5, T-23, T-24, RA-06, GV-20).
func (y *years) hasAnIncident() {
	y.t.Helper()
	i := y.isReported()
	i.stopsTheUse()
	i.isNotified()
	y.must("ciso", y.post("/resumption", map[string]any{"reason": "Svaren filtreras nu."}))
	y.must("information_owner", y.post("/resumption", map[string]any{"reason": "Svaren filtreras nu."}))
	y.is(model.Active)
	y.entryIs(model.RegisterActive)
	i.teaches()
	y.happened()
}

// isReported has an incident reported at nine on a Friday evening.
func (y *years) isReported() *incidentOfYears {
	y.t.Helper()
	friday := y.today().AddDays(1)
	for friday.Weekday() != time.Friday {
		friday = friday.AddDays(1)
	}
	y.until(calendar.EndOfDay(friday).Add(-3 * time.Hour))
	var r model.Receipt
	answer := y.succeeds("user", client.Call{Method: "POST", Path: v1 + "/incidents", Key: client.NewKey(), Body: map[string]any{
		"category": "data_leak", "severity": "high", "personal_data": "yes", "case_id": y.id,
		"description": "Utkastet visade en annan persons uppgifter.",
	}})
	if err := answer.Decode(&r); err != nil {
		y.t.Fatal(err)
	}
	i := &incidentOfYears{y, r.IncidentID, y.Now().Truncate(time.Microsecond)}
	i.wasTold(model.MessageIncident, "ciso", "dpo", "information_owner")
	for kind, hours := range map[model.TaskKind]time.Duration{model.TaskStopDecision: 4, model.TaskBreachNotice: 72} {
		if due := i.shown().due(y.t, kind); !due.Equal(i.aware.Add(hours * time.Hour)) {
			y.t.Errorf("%s is due %s, reported %s", kind, due, i.aware)
		}
	}
	return i
}

func (i *incidentOfYears) shown() (v shownInTest) {
	i.t.Helper()
	i.get("ciso", "/incidents/"+i.id, &v)
	return v
}

func (v shownInTest) due(t testing.TB, kind model.TaskKind) time.Time {
	t.Helper()
	for _, task := range v.Tasks {
		if task.Kind == kind && task.Status == model.TaskOpen {
			return task.Due
		}
	}
	t.Fatalf("no task %s is open", kind)
	return time.Time{}
}

// after lets time pass until so long after the report.
func (i *incidentOfYears) after(d time.Duration) { i.until(i.aware.Add(d)) }

// wasTold compares whom messages of a kind about the incident were for.
func (i *incidentOfYears) wasTold(kind model.MessageKind, want ...string) {
	i.t.Helper()
	if got := i.toldOf(i.id, kind); !slices.Equal(got, want) {
		i.t.Fatalf("%s after the report: of %s told %v, want %v", i.Now().Sub(i.aware), kind, got, want)
	}
}

// answers has somebody answer the open task of a kind.
func (i *incidentOfYears) answers(user string, kind model.TaskKind, o model.Outcome) {
	i.t.Helper()
	for _, task := range i.shown().Tasks {
		if task.Kind != kind || task.Status != model.TaskOpen {
			continue
		}
		i.succeeds(user, client.Call{
			Method: "POST", Path: v1 + "/tasks/" + task.ID + "/decision", Key: client.NewKey(), IfMatch: task.ETag,
			Body: map[string]any{"outcome": o, "revision": task.Revision, "motivation": "Uppgifterna rör flera personer."},
		})
		return
	}
	i.t.Fatalf("no task %s is open", kind)
}

// asked is what the case has answered to what the incident asked of it.
func (i *incidentOfYears) asked(kind model.IncidentCaseAct) string {
	i.t.Helper()
	for _, a := range i.shown().Asked {
		if a.Kind == kind {
			return a.Outcome
		}
	}
	return ""
}

// The CISO is reminded after two of the four hours and stops the use after three;
// the tasks of the first day are answered too, so that nobody is told of them again.
func (i *incidentOfYears) stopsTheUse() {
	i.t.Helper()
	i.after(2*time.Hour - time.Second)
	i.wasTold(model.MessageReminder)
	i.after(2*time.Hour + time.Second)
	i.wasTold(model.MessageReminder, "ciso")
	i.after(3 * time.Hour)
	i.is(model.Active)
	i.answers("ciso", model.TaskStopDecision, model.OutcomeSuspend)
	i.is(model.Suspended)
	i.entryIs(model.RegisterSuspended)
	if got := i.asked(model.AskSuspension); got != string(model.OutcomeDone) {
		i.t.Errorf("the case answered %q", got)
	}
	i.answers("administrator", model.TaskAcknowledge, model.OutcomeDone)
	i.answers("ciso", model.TaskCSLSignificance, model.OutcomeNotSignificant)
	i.answers("dpo", model.TaskAdvice, model.OutcomeAdvisesNotice)
	i.answers("information_owner", model.TaskAssessRisk, model.OutcomeRisk)
}

// The 72 hours remind at half their time, on the Sunday morning, and at four fifths.
// What is notified just before their end is completed later (GDPR 33(4)); what is
// left undone after them is told to those in charge.
func (i *incidentOfYears) isNotified() {
	i.t.Helper()
	told := []string{"ciso", "information_owner"}
	i.after(36*time.Hour - time.Second)
	i.wasTold(model.MessageReminder, "ciso")
	i.after(36*time.Hour + time.Second)
	i.wasTold(model.MessageReminder, told...)
	told = append(told, "information_owner")
	i.after(58 * time.Hour)
	i.wasTold(model.MessageReminder, told...)
	i.after(72*time.Hour - time.Second)
	i.wasTold(model.MessageDue)
	i.answers("information_owner", model.TaskBreachNotice, model.OutcomeNotifiedPartially)
	rest := i.shown().due(i.t, model.TaskBreachNotice)
	i.after(72*time.Hour + time.Second)
	i.wasTold(model.MessageDue)
	i.until(rest.Add(time.Second))
	i.wasTold(model.MessageDue, "information_owner", "administrator", "ciso", "dpo")
	i.answers("information_owner", model.TaskBreachNotice, model.OutcomeNotified)
}

// teaches closes the incident with lessons that have secrecy and the CISO's stage
// assessed again.
func (i *incidentOfYears) teaches() {
	i.t.Helper()
	etag := i.get("information_owner", "/incidents/"+i.id, &shownInTest{})
	i.succeeds("information_owner", client.Call{
		Method: "POST", Path: v1 + "/incidents/" + i.id + "/closing", Key: client.NewKey(), IfMatch: etag,
		Body: map[string]any{"lessons": "Filtrera svaren.", "triggers": []string{"RA-06"}, "stages": []model.StageKey{model.StageSecrecy}},
	})
	if got := i.shown(); got.State != model.IncidentClosed || i.asked(model.AskReassessment) != string(model.OutcomeDone) {
		i.t.Errorf("the incident is %+v", got)
	}
	i.is(model.Reassessment)
	for _, stage := range []model.StageKey{model.StageSecrecy, model.StageCISO} {
		if !slices.ContainsFunc(i.openTasks(), func(t openTask) bool { return t.Stage == stage }) {
			i.t.Errorf("%s is not assessed again", stage)
		}
	}
	i.play()
	i.is(model.Active)
	if err := i.store.VerifyIncident(context.Background(), org, i.id); err != nil {
		i.t.Error(err)
	}
}
