package storetest

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// testMessagesOfAnswered checks that what told people that a task waits counts as read
// once it is answered, whoever answered and whether or not they had been told by then,
// and that what tells of other tasks does not.
func testMessagesOfAnswered(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	unread := func(of store.Task) int {
		t.Helper()
		_, err := w.Store.AddressMessages(w.ctx(), false, 1000, w.Clock.Now())
		w.must(err)
		all, err := w.Store.Messages(w.ctx(), store.MessageFilter{OrgID: w.Org, Unread: true})
		w.must(err)
		n := 0
		for _, m := range all {
			if m.TaskID == of.ID {
				n++
			}
		}
		return n
	}
	check := func(what string, answered, waiting store.Task, answer func()) {
		t.Helper()
		if unread(answered) == 0 || unread(waiting) == 0 {
			t.Fatalf("%s: nobody is told", what)
		}
		answer()
		if got := unread(answered); got != 0 {
			t.Errorf("%s: %d unread", what, got)
		}
		if unread(waiting) == 0 {
			t.Errorf("%s: another task counts as answered", what)
		}
	}

	endorse := func(id string) {
		w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	}
	early := w.Submitted(model.StageManager)
	asked := w.Task(early, model.StageManager, model.TaskEndorse)
	endorse(early)
	if got := unread(asked); got != 0 {
		t.Errorf("answered before it was told: %d unread", got)
	}
	first, second := w.Submitted(model.StageManager), w.Submitted(model.StageManager)
	check("a case", w.Task(first, model.StageManager, model.TaskEndorse), w.Task(second, model.StageManager, model.TaskEndorse),
		func() { endorse(first) })

	administrator := w.Person("adam", model.RoleAdministrator)
	incident := w.ReportIncident("")
	task := w.incidentTask(incident, model.TaskAcknowledge)
	check("an incident", task, w.incidentTask(incident, model.TaskBreachNotice), func() {
		key := model.IncidentTaskKey{Kind: model.TaskAcknowledge, Round: 1}
		w.incidentAct(incident, administrator, model.ActDecideIncident, model.IncidentPayload{
			Decision: &model.IncidentDecision{TaskID: task.ID, Task: key, TaskETag: task.ETag(), Outcome: model.OutcomeDone},
		}, model.EventDecided, &key, func(s *model.IncidentSnapshot) {
			t := s.Latest(key.Kind, "")
			t.Status, t.Outcome = model.TaskDone, model.OutcomeDone
		})
	})

	var yearly []store.Task
	for _, year := range []int{2026, 2027} {
		_, err := w.Store.AddYearlyTask(w.ctx(), store.NewYearlyTask{
			OrgID: w.Org, Kind: model.TaskPolicyReview, Role: model.RoleCISO, Year: year, DueAt: w.Clock.Now().Add(30 * 24 * time.Hour), AssigneeID: w.CISO,
		}, w.Clock.Now())
		w.must(err)
		w.Clock.Advance(time.Second)
		found, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, AssigneeID: w.CISO})
		w.must(err)
		for _, task := range found {
			if task.Key.Round == year {
				yearly = append(yearly, task)
			}
		}
	}
	check("a task of the year", yearly[0], yearly[1], func() {
		c := w.noting("", w.CISO)
		c.RequestKey = model.NewID()
		_, err := w.Store.DecideYearlyTask(w.ctx(), c, model.Decision{TaskID: yearly[0].ID, Outcome: model.OutcomeDone, Motivation: "klart"},
			model.RoleCISO, w.Clock.Now())
		w.must(err)
	})
}
