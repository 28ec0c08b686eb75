package storetest

import (
	"errors"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/store"
)

// absence is of a person, for a number of days from one that lies some days ahead.
func (w *World) absence(person string, ahead, days int) store.Absence {
	first := calendar.Today(w.Clock.Now()).AddDays(ahead)
	return store.Absence{
		OrgID: w.Org, ID: model.NewID(), PersonID: person, FromDay: first.String(), UntilDay: first.AddDays(days - 1).String(),
		StartsAt: calendar.StartOfDay(first), EndsAt: calendar.StartOfDay(first.AddDays(days)),
	}
}

func (w *World) notes(a store.Absence, d *store.Delegation) error {
	_, err := w.Store.AddAbsence(w.ctx(), a, d, w.noting("", a.PersonID), w.Clock.Now())
	return err
}

// Away notes that a person is away today and tomorrow, with a deputy, "" for none.
func (w *World) Away(person, deputy string, roles ...model.Role) store.Absence {
	w.Helper()
	a := w.absence(person, 0, 2)
	var d *store.Delegation
	if deputy != "" {
		made := w.delegation(person, deputy, roles...)
		d = &made
	}
	w.must(w.notes(a, d))
	a, err := w.Store.Absence(w.ctx(), w.Org, a.ID)
	w.must(err)
	return a
}

func (w *World) endsAbsence(id, by string) error {
	_, err := w.Store.EndAbsence(w.ctx(), id, w.noting("", by), w.Clock.Now())
	return err
}

// An absence begins and ends by its days, is ended once, with its delegation, and does
// not lie over another.
func testAbsence(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	away := func(want string) {
		t.Helper()
		got, err := w.Store.AwayUntil(w.ctx(), w.Org, []string{w.Environment, w.CISO}, w.Clock.Now())
		w.must(err)
		if got[w.Environment] != want || got[w.CISO] != "" {
			t.Errorf("away: %v, want %q", got, want)
		}
	}
	away("")
	later := w.absence(w.Environment, 3, 2)
	w.must(w.notes(later, nil))
	away("")
	for days, want := range map[int]error{3: nil, 4: store.ErrAway} {
		a := w.absence(w.Environment, 0, days)
		if err := w.notes(a, nil); !errors.Is(err, want) {
			t.Errorf("%d days from today: %v, want %v", days, err, want)
		}
		if want == nil {
			away(a.UntilDay)
			w.must(w.endsAbsence(a.ID, w.Environment))
			away("")
			if err := w.endsAbsence(a.ID, w.Environment); model.CodeOf(err) != model.CodeAbsenceOver {
				t.Errorf("ended twice: %v", err)
			}
		}
	}
	if err := w.notes(w.absence(w.Environment, 4, 1), nil); !errors.Is(err, store.ErrAway) {
		t.Errorf("within another: %v", err)
	}

	with := w.Away(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
	if got := w.SignedIn(w.Everybody).Deputy; len(got) != 1 || got[0].DelegationID != with.DelegationID {
		t.Errorf("the deputy: %+v", got)
	}
	w.must(w.endsAbsence(with.ID, w.Environment))
	if got := w.SignedIn(w.Everybody).Deputy; len(got) != 0 {
		t.Errorf("the deputy of somebody who is back: %+v", got)
	}
	refused := w.delegation(w.Environment, w.DPO, model.RoleEnvironmentReviewer)
	if err := w.notes(w.absence(w.Environment, 0, 1), &refused); model.CodeOf(err) != model.CodeSegregation {
		t.Errorf("with a deputy who may not: %v", err)
	}
	away("") // and nothing was noted

	ended := w.Away(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
	w.must(w.endsDelegation(ended.DelegationID, w.Everybody))
	w.must(w.endsAbsence(ended.ID, w.Environment)) // the deputy had stopped before

	w.Clock.Set(later.StartsAt.Add(-time.Second))
	away("")
	w.Clock.Set(later.StartsAt)
	away(later.UntilDay)
	w.Clock.Set(later.EndsAt)
	away("")
	if err := w.endsAbsence(later.ID, w.Environment); model.CodeOf(err) != model.CodeAbsenceOver {
		t.Errorf("ended after its time: %v", err)
	}
	found, err := w.Store.Absences(w.ctx(), store.AbsenceFilter{OrgID: w.Org, PersonID: w.Environment})
	w.must(err)
	n, err := w.Store.CountAbsences(w.ctx(), store.AbsenceFilter{OrgID: w.Org, PersonID: w.Environment}, 100)
	w.must(err)
	if len(found) != 4 || n != 4 {
		t.Errorf("%d listed, %d counted", len(found), n)
	}
	if other, err := w.Store.Absences(w.ctx(), store.AbsenceFilter{OrgID: model.NewID()}); err != nil || len(other) != 0 {
		t.Errorf("another organisation finds %v, %v", other, err)
	}
}

// While somebody is away and no deputy answers, their new tasks lie open to the role and
// those that they have are listed.
func testAbsenceTasks(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	had := w.Submitted(model.StageManager)
	assignee := func(id string) string {
		t.Helper()
		return w.Task(id, model.StageManager, model.TaskEndorse).AssigneeID
	}
	waiting := func(want ...string) {
		t.Helper()
		f := store.TaskFilter{OrgID: w.Org, Status: model.TaskOpen, AwayAt: w.Clock.Now()}
		found, err := w.Store.Tasks(w.ctx(), f)
		w.must(err)
		n, err := w.Store.CountTasks(w.ctx(), f, 100)
		w.must(err)
		ids := []string{}
		for _, task := range found {
			ids = append(ids, task.CaseID)
		}
		if !sameIDs(ids, want) || n != len(want) {
			t.Errorf("waiting for somebody away: %v, counted %d, want %v", ids, n, want)
		}
	}
	would := func(d *store.Delegation, want int) {
		t.Helper()
		found, err := w.Store.WouldWait(w.ctx(), w.absence(w.Manager, 0, 2), d, 100)
		w.must(err)
		if len(found) != want {
			t.Errorf("%d tasks would wait, want %d", len(found), want)
		}
	}
	waiting()
	would(nil, 1)
	manager, owner, legal := w.delegation(w.Manager, w.Everybody, model.RoleManager), w.delegation(w.Manager, w.Owner, model.RoleManager),
		w.delegation(w.Manager, w.Everybody, model.RoleLegalCounsel)
	would(&manager, 0)
	would(&owner, 1) // void in the case (SOD-01)
	would(&legal, 1)

	a := w.Away(w.Manager, "")
	waiting(had)
	free := w.Submitted(model.StageManager)
	if got := assignee(free); got != "" {
		t.Errorf("the task of a case during an absence is %q's", got)
	}
	if got := assignee(had); got != w.Manager {
		t.Errorf("the task from before the absence is %q's", got)
	}
	second := w.Person("mia", model.RoleManager)
	w.Do(free, w.Decide(free, second, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	w.must(w.endsAbsence(a.ID, w.Manager))
	waiting()
	if got := assignee(w.Submitted(model.StageManager)); got != w.Manager {
		t.Errorf("the task of a case after the absence is %q's", got)
	}

	// With a deputy it is still theirs, but where the deputy may not answer it.
	a = w.Away(w.Manager, w.Everybody, model.RoleManager)
	waiting()
	with := w.Submitted(model.StageManager)
	if got := assignee(with); got != w.Manager {
		t.Errorf("with a deputy the task is %q's", got)
	}
	w.must(w.Store.BlockPerson(w.ctx(), w.Org, w.Everybody, w.Clock.Now()))
	if got := assignee(w.Submitted(model.StageManager)); got != "" {
		t.Errorf("with a deputy who has left the task is %q's", got)
	}
	w.must(w.endsAbsence(a.ID, w.Manager))
	w.Away(w.Manager, w.Owner, model.RoleManager)
	if got := assignee(w.Submitted(model.StageManager)); got != "" {
		t.Errorf("with a deputy for whom it is void the task is %q's", got)
	}
	would(nil, 3)
	w.Clock.Advance(72 * time.Hour)
	waiting()
}

// An incident whose lead is away waits for everybody with the role: its times run.
func testAbsenceOfIncidentLead(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	a := w.Away(w.InfoOwner, "")
	id := w.ReportIncident("")
	if got := w.incidentTask(id, model.TaskBreachNotice).AssigneeID; got != "" {
		t.Errorf("the notification is %q's", got)
	}
	w.must(w.endsAbsence(a.ID, w.InfoOwner))
	if got := w.incidentTask(w.ReportIncident(""), model.TaskBreachNotice).AssigneeID; got != w.InfoOwner {
		t.Errorf("after the absence the notification is %q's", got)
	}
	w.Away(w.CISO, "")
	now := w.Clock.Now()
	for year, person := range map[int]string{2030: w.CISO, 2031: w.Legal} {
		added, err := w.Store.AddYearlyTask(w.ctx(), store.NewYearlyTask{
			OrgID: w.Org, Kind: model.TaskPolicyReview, Role: model.RoleCISO, Year: year, AssigneeID: person, DueAt: now.AddDate(1, 0, 0),
		}, now)
		w.must(err)
		found, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, Role: model.RoleCISO, AssigneeID: person})
		w.must(err)
		if want := person == w.Legal; !added || (len(found) == 1) != want {
			t.Errorf("the review of %d: added %v, %d theirs", year, added, len(found))
		}
	}
}
