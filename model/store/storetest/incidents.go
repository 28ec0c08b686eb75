package storetest

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/store"
)

// incidentTimes are the times that the incidents of these tests get.
var incidentTimes = map[string]int{
	model.TimeReminder: 50, model.TimeReminder2: 80, model.TimeAcknowledge: 1, model.TimeStopDecision: 4,
	model.TimeAssessRisk: 24, model.TimeBreachNotice: 72, model.TimeBreachRest: 10, model.TimeInformPersons: 24,
	model.TimeCSLWarning: 24, model.TimeCSLNotification: 72, model.TimeCSLFinalReport: 1, model.TimeInformProvider: 24,
	model.TimeSerious: 15, model.TimeSeriousWidespread: 2, model.TimeSeriousDeath: 10,
}

// incidentAct stores a command of an incident and records a step of it.
func (w *World) incidentAct(id, actor string, kind model.ActKind, p model.IncidentPayload, event model.EventKind,
	task *model.IncidentTaskKey, step func(*model.IncidentSnapshot)) (model.IncidentRecorded, model.Command) {
	w.Helper()
	c := model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: id, Kind: kind, ActorID: actor, BodyHash: "b",
		Payload: model.Payload{Incident: &p},
	}
	w.must(w.Store.AddCommand(w.ctx(), c, w.Clock.Now()))
	before, err := w.Store.IncidentSnapshot(w.ctx(), w.Org, id)
	w.must(err)
	after := before.Clone()
	step(&after)
	return w.recordIncident(model.IncidentTransition{
		OrgID: w.Org, IncidentID: id, CommandID: c.ID, Kind: kind, Expect: before.Version, Task: task, Event: event,
		Changes: model.DiffIncidents(before, after),
	}), c
}

func (w *World) recordIncident(t model.IncidentTransition) model.IncidentRecorded {
	w.Helper()
	r, err := w.Store.RecordIncident(w.ctx(), t, w.Clock.Now())
	w.must(err)
	return r
}

func opened(kind model.TaskKind, unit string, round int) model.IncidentTask {
	return model.IncidentTask{IncidentTaskKey: model.IncidentTaskKey{Kind: kind, Unit: unit, Round: round}, Status: model.TaskOpen}
}

// ReportIncident records a grave breach of the unit, about a case or about none, and
// returns the incident's id.
func (w *World) ReportIncident(caseID string) string {
	w.Helper()
	id := model.NewID()
	facts := model.IncidentFacts{
		Severity: model.SeverityHigh, PersonalData: model.Yes, Units: []model.IncidentUnit{{ID: w.Unit, CSL: true}},
		Case: caseID != "", AwareAt: w.Clock.Now(),
	}
	r, _ := w.incidentAct(id, w.Everybody, model.ActReportIncident, model.IncidentPayload{Facts: &facts, Report: &model.IncidentReport{
		Category: "data_leak", Description: "Hemlig text", CaseID: caseID, Times: incidentTimes, RulebookDigest: "d",
	}}, model.EventIncidentReported, nil, func(s *model.IncidentSnapshot) {
		s.State, s.Facts = model.IncidentOpen, facts
		s.Tasks = []model.IncidentTask{opened(model.TaskAcknowledge, "", 1), opened(model.TaskStopDecision, "", 1), opened(model.TaskBreachNotice, w.Unit, 1)}
	})
	if r.Version != 1 || r.Next == nil {
		w.Fatalf("the report was not recorded: %+v", r)
	}
	w.must(w.Store.VerifyIncident(w.ctx(), w.Org, id))
	return id
}

// CloseIncident closes an incident.
func (w *World) CloseIncident(id string) {
	w.Helper()
	closing := model.IncidentPayload{Closing: &model.IncidentClosing{Lessons: "Lärdom", Role: model.RoleCISO}}
	r, _ := w.incidentAct(id, w.CISO, model.ActCloseIncident, closing, model.EventIncidentClosed, nil,
		func(s *model.IncidentSnapshot) { s.State = model.IncidentClosed })
	if r.Refused != nil {
		w.Fatalf("the incident was not closed: %v", r.Refused)
	}
}

func (w *World) ownedUnit() {
	w.Helper()
	u, err := w.Store.Unit(w.ctx(), w.Org, w.Unit)
	w.must(err)
	u.InformationOwnerID = w.InfoOwner
	w.must(w.Store.PutUnit(w.ctx(), u))
}

func (w *World) incidentTask(id string, kind model.TaskKind) store.Task {
	w.Helper()
	tasks, err := w.Store.IncidentTasks(w.ctx(), w.Org, id)
	w.must(err)
	for _, t := range slices.Backward(tasks) {
		if t.Key.Kind == kind {
			return t
		}
	}
	w.Fatalf("there is no task %s", kind)
	return store.Task{}
}

// A report becomes a row, tasks with exact times, and an event without what was
// written.
func testIncidentReport(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	id := w.ReportIncident("")
	i, err := w.Store.Incident(w.ctx(), w.Org, id)
	w.must(err)
	if i.LeadID != w.InfoOwner || i.ReporterID != w.Everybody || i.Description != "Hemlig text" || i.State != model.IncidentOpen {
		t.Errorf("incident %+v", i)
	}
	task := w.incidentTask(id, model.TaskBreachNotice)
	if task.AssigneeID != w.InfoOwner || task.CaseID != "" || task.UnitID != w.Unit || !task.DueAt.Equal(w.Clock.Now().Add(72*time.Hour)) {
		t.Errorf("task %+v", task)
	}
	if due := w.incidentTask(id, model.TaskAcknowledge).DueAt; !due.Equal(calendar.EndOfDay(calendar.MustParseDate("2026-11-24"))) {
		t.Errorf("acknowledge until %v", due)
	}
	events, err := w.Store.IncidentEvents(w.ctx(), w.Org, id)
	w.must(err)
	text := toJSON(events)
	if len(events) != 1 || events[0].CaseID != id || events[0].Commitments["description"] == "" {
		t.Errorf("events %s", text)
	}
	if strings.Contains(text, "Hemlig") {
		t.Errorf("the event says what was written: %s", text)
	}
	all, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, Status: model.TaskOpen, ForPerson: w.InfoOwner})
	w.must(err)
	if len(all) != 1 || all[0].IncidentID != id {
		t.Errorf("inbox %+v", all)
	}
}

// A step of an incident is recorded once, and nothing on an older version.
func testIncidentReplay(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	id := w.ReportIncident("")
	task := w.incidentTask(id, model.TaskAcknowledge)
	key := model.IncidentTaskKey{Kind: model.TaskAcknowledge, Round: 1}
	answer := model.IncidentPayload{Decision: &model.IncidentDecision{TaskID: task.ID, Task: key, TaskETag: task.ETag(), Outcome: model.OutcomeDone}}
	done := func(s *model.IncidentSnapshot) {
		t := s.Latest(key.Kind, "")
		t.Status, t.Outcome = model.TaskDone, model.OutcomeDone
	}
	before, err := w.Store.IncidentSnapshot(w.ctx(), w.Org, id)
	w.must(err)
	r, c := w.incidentAct(id, w.Person("adam", model.RoleAdministrator), model.ActDecideIncident, answer, model.EventDecided, &key, done)
	if r.Version != 2 || r.Refused != nil {
		t.Fatalf("recorded %+v", r)
	}
	w.must(w.Store.VerifyIncident(w.ctx(), w.Org, id))
	after := before.Clone()
	done(&after)
	again := model.IncidentTransition{
		OrgID: w.Org, IncidentID: id, CommandID: c.ID, Kind: model.ActDecideIncident, Expect: before.Version, Task: &key,
		Event: model.EventDecided, Changes: model.DiffIncidents(before, after),
	}
	if r := w.recordIncident(again); !r.Replayed {
		t.Errorf("recorded twice: %+v", r)
	}
	// Another answer on the old version, and to the closed task.
	r, c = w.incidentAct(id, w.Everybody, model.ActDecideIncident, answer, model.EventDecided, &key, func(*model.IncidentSnapshot) {})
	if r.Refused == nil || r.Refused.Code != model.CodeTaskClosed {
		t.Errorf("recorded %+v", r)
	}
	if _, err := w.Store.Command(w.ctx(), w.Org, c.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a refused command stays: %v", err)
	}
	stale := again
	stale.CommandID = w.incidentCommand(id)
	if r := w.recordIncident(stale); r.Mismatch == nil || r.Mismatch.Version != 2 {
		t.Errorf("recorded on an old version: %+v", r)
	}
}

func (w *World) incidentCommand(id string) string {
	w.Helper()
	c := model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: id, Kind: model.ActDecideIncident, ActorID: w.CISO,
		BodyHash: "b", Payload: model.Payload{Incident: &model.IncidentPayload{}},
	}
	w.must(w.Store.AddCommand(w.ctx(), c, w.Clock.Now()))
	return c.ID
}

// An incident's deadlines fire once, not before their time: reminders, and the end.
func testIncidentDeadlines(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	id := w.ReportIncident("")
	begin := w.Clock.Now()
	stop := w.incidentTask(id, model.TaskStopDecision).ID
	fire := func(deadline string) model.IncidentRecorded {
		t.Helper()
		s, err := w.Store.IncidentSnapshot(w.ctx(), w.Org, id)
		w.must(err)
		return w.recordIncident(model.IncidentTransition{
			OrgID: w.Org, IncidentID: id, CommandID: model.DeadlineCommand(deadline), Kind: model.ActFireDeadline,
			Expect: s.Version, Deadline: deadline, Event: model.EventDeadlineFired,
		})
	}
	at := func(d time.Duration, kind model.DeadlineKind) {
		t.Helper()
		deadline := model.TaskDeadlineID(stop, kind, 0)
		if kind != model.DeadlineReminder {
			s, err := w.Store.TaskDeadlines(w.ctx(), w.Org, stop)
			w.must(err)
			deadline = s[len(s)-1].ID
		}
		w.Clock.Set(begin.Add(d - time.Microsecond))
		if r := fire(deadline); !r.Replayed {
			t.Errorf("%s fired too early: %+v", kind, r)
		}
		w.Clock.Set(begin.Add(d))
		if r := fire(deadline); r.Replayed || r.Version == 0 {
			t.Errorf("%s did not fire: %+v", kind, r)
		}
		if r := fire(deadline); !r.Replayed {
			t.Errorf("%s fired twice: %+v", kind, r)
		}
		w.must(w.Store.VerifyIncident(w.ctx(), w.Org, id))
	}
	at(2*time.Hour, model.DeadlineReminder)
	at(4*time.Hour*80/100, model.DeadlineReminder2)
	at(4*time.Hour, model.DeadlineDue)
	all, err := w.Store.TaskDeadlines(w.ctx(), w.Org, stop)
	w.must(err)
	if len(all) != 3 || all[2].Kind != model.DeadlineDue || all[2].FiredAt.IsZero() || all[2].Late {
		t.Errorf("deadlines %+v", all)
	}
	refs, err := w.Store.IncidentsToSync(w.ctx(), begin, begin.Add(100*time.Hour), 1000)
	w.must(err)
	if want := (store.IncidentRef{OrgID: w.Org, IncidentID: id}); !slices.Contains(refs, want) {
		t.Errorf("incidents to sync %v", refs)
	}
}

// A corrected time moves what counts from it, and what people had read is stale.
func testIncidentCorrection(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	id := w.ReportIncident("")
	before := w.incidentTask(id, model.TaskBreachNotice)
	stopBefore := w.incidentTask(id, model.TaskStopDecision)
	earlier := w.Clock.Now().Add(-10 * time.Hour)
	s, err := w.Store.IncidentSnapshot(w.ctx(), w.Org, id)
	w.must(err)
	facts := s.Facts.Clone()
	facts.AwareAt = earlier
	text := "Ny beskrivning"
	r, _ := w.incidentAct(id, w.InfoOwner, model.ActCorrectIncident, model.IncidentPayload{
		Facts: &facts, Correction: &model.IncidentCorrection{Reason: "klockan", Description: &text, Role: model.RoleInformationOwner},
	}, model.EventIncidentCorrected, nil, func(s *model.IncidentSnapshot) { s.Facts = facts })
	if r.Refused != nil || r.Version != 2 {
		t.Fatalf("recorded %+v", r)
	}
	w.must(w.Store.VerifyIncident(w.ctx(), w.Org, id))
	after := w.incidentTask(id, model.TaskBreachNotice)
	if !after.DueAt.Equal(earlier.Add(72*time.Hour)) || after.ETag() == before.ETag() {
		t.Errorf("task %+v", after)
	}
	if stop := w.incidentTask(id, model.TaskStopDecision); !stop.DueAt.Equal(stopBefore.DueAt) {
		t.Errorf("the stop decision moved to %v", stop.DueAt)
	}
	deadlines, err := w.Store.TaskDeadlines(w.ctx(), w.Org, after.ID)
	w.must(err)
	waiting := slices.DeleteFunc(deadlines, func(d store.Deadline) bool { return !d.CancelledAt.IsZero() })
	if len(waiting) != 1 || waiting[0].DueAt.After(after.DueAt) {
		t.Errorf("deadlines %+v", deadlines)
	}
	i, err := w.Store.Incident(w.ctx(), w.Org, id)
	w.must(err)
	if i.Description != text || !i.Facts.AwareAt.Equal(earlier) {
		t.Errorf("incident %+v", i)
	}
}

// Who reads an incident: its reporter, those with a task in it, and the information
// owner and system owner of its case; the list and the read agree.
func testIncidentReaders(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	caseID := w.Submitted(model.StageLegalBasis)
	id := w.ReportIncident(caseID)
	i, err := w.Store.Incident(w.ctx(), w.Org, id)
	w.must(err)
	for who, want := range map[string]bool{w.Everybody: true, w.InfoOwner: true, w.SystemOwner: true, w.Owner: false, w.Manager: false} {
		concerns, err := w.Store.IncidentConcerns(w.ctx(), i, who)
		w.must(err)
		list, err := w.Store.Incidents(w.ctx(), store.IncidentFilter{OrgID: w.Org, ForPerson: who})
		w.must(err)
		n, err := w.Store.CountIncidents(w.ctx(), store.IncidentFilter{OrgID: w.Org, ForPerson: who}, 100)
		w.must(err)
		if concerns != want || (len(list) == 1) != want || (n == 1) != want {
			t.Errorf("%s: read %v, listed %d, counted %d, want %v", who, concerns, len(list), n, want)
		}
	}
	for _, f := range []store.IncidentFilter{
		{OrgID: w.Org, State: model.IncidentClosed}, {OrgID: w.Org, Severity: model.SeverityLow}, {OrgID: w.Org, CaseID: "other"}, {OrgID: "other"},
	} {
		list, err := w.Store.Incidents(w.ctx(), f)
		w.must(err)
		if len(list) != 0 {
			t.Errorf("%+v lists %d", f, len(list))
		}
	}
	// Tasks of incidents are not shown to whoever reads every case but not them.
	f := store.TaskFilter{OrgID: w.Org, Status: model.TaskOpen, CasesOnly: true, Person: w.Legal, Pool: []model.Role{model.RoleLegalCounsel}}
	tasks, err := w.Store.Tasks(w.ctx(), f)
	w.must(err)
	for _, task := range tasks {
		if task.IncidentID != "" {
			t.Errorf("a task of the incident is listed: %+v", task)
		}
	}
	f.Pool = []model.Role{model.RoleCISO}
	tasks, err = w.Store.Tasks(w.ctx(), f)
	w.must(err)
	if !slices.ContainsFunc(tasks, func(task store.Task) bool { return task.IncidentID == id }) {
		t.Errorf("the pool of the CISO is missing in %+v", tasks)
	}
}

// Tasks that belong to no case find no case, and are overdue all the same.
func testTasksOfNoCase(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	caseID := w.Submitted(model.StageManager)
	w.ReportIncident("")
	later := w.Clock.Now().AddDate(0, 1, 0)
	for name, test := range map[string]struct {
		f    store.CaseFilter
		want []string
	}{
		"role":                  {store.CaseFilter{Role: model.RoleCISO}, nil},
		"role in a case":        {store.CaseFilter{Role: model.RoleManager}, []string{caseID}},
		"assignee":              {store.CaseFilter{AssigneeID: w.InfoOwner}, nil},
		"overdue":               {store.CaseFilter{OverdueAt: later}, []string{caseID}},
		"whoever has its tasks": {store.CaseFilter{Reader: &access.Reader{PersonID: w.CISO, Pool: []model.Role{model.RoleCISO}}}, nil},
	} {
		test.f.OrgID = w.Org
		found, err := w.Store.Cases(w.ctx(), test.f)
		w.must(err)
		var ids []string
		for _, c := range found {
			ids = append(ids, c.ID)
		}
		if !slices.Equal(ids, test.want) {
			t.Errorf("%s: cases %v, want %v", name, ids, test.want)
		}
	}
	counted, err := w.Store.Statistics(w.ctx(), w.Org, store.Period{}, later)
	w.must(err)
	if counted.Overdue[model.RoleCISO] != 1 || counted.Overdue[model.RoleInformationOwner] != 1 || counted.Overdue[model.RoleManager] != 1 {
		t.Errorf("overdue are %v", counted.Overdue)
	}
}

// StopUse has the CISO decide that the use is suspended, and returns the command.
func (w *World) StopUse(id string) model.Command {
	w.Helper()
	task := w.incidentTask(id, model.TaskStopDecision)
	key := model.IncidentTaskKey{Kind: model.TaskStopDecision, Round: 1}
	r, c := w.incidentAct(id, w.CISO, model.ActDecideIncident, model.IncidentPayload{Decision: &model.IncidentDecision{
		TaskID: task.ID, Task: key, TaskETag: task.ETag(), Outcome: model.OutcomeSuspend, Motivation: "stopp",
	}}, model.EventDecided, &key, func(s *model.IncidentSnapshot) {
		stop := s.Latest(key.Kind, "")
		stop.Status, stop.Outcome = model.TaskDone, model.OutcomeSuspend
	})
	if r.Refused != nil || r.Version != 2 {
		w.Fatalf("recorded %+v", r)
	}
	return c
}

// What an incident asks of its case waits until the case has answered, and is
// answered once.
func testIncidentAsksItsCase(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	caseID := w.Submitted(model.StageLegalBasis)
	id := w.ReportIncident(caseID)
	c := w.StopUse(id)
	asked, err := w.Store.CaseActs(w.ctx(), w.Org, id)
	w.must(err)
	if len(asked) != 1 || asked[0].RequestKey != c.ID || asked[0].CaseID != caseID || asked[0].Kind != model.AskSuspension || asked[0].Outcome != "" {
		t.Fatalf("asked %+v", asked)
	}
	waits := func() bool {
		t.Helper()
		all, err := w.Store.WaitingCaseActs(w.ctx(), 1000)
		w.must(err)
		return slices.ContainsFunc(all, func(a store.IncidentAsks) bool { return a.IncidentID == id })
	}
	if !waits() {
		t.Error("nothing waits for the case")
	}
	for _, outcome := range []string{"done", "forbidden"} {
		w.must(w.Store.AnswerCaseAct(w.ctx(), asked[0], outcome, w.Clock.Now()))
	}
	asked, err = w.Store.CaseActs(w.ctx(), w.Org, id)
	w.must(err)
	if waits() || asked[0].Outcome != "done" {
		t.Errorf("asked %+v", asked)
	}
	events, err := w.Store.IncidentEvents(w.ctx(), w.Org, id)
	w.must(err)
	if len(events) != 3 || events[2].Kind != string(model.EventCaseAnswered) {
		t.Errorf("events %s", toJSON(events))
	}
	w.must(w.Store.VerifyIncident(w.ctx(), w.Org, id))
}

// A task of the year is added once, is answered once, and wakes its person.
func testYearlyTask(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.Manager = w.Person("hanna", model.RoleUnitHead)
	n := store.NewYearlyTask{
		OrgID: w.Org, Kind: model.TaskUnitOverride, Role: model.RoleUnitHead, UnitID: w.Unit, Year: 2026, AssigneeID: w.Manager,
		DueAt: w.Clock.Now().Add(100 * time.Hour), Times: map[string]int{model.TimeReminder: 50},
	}
	for i := range 2 {
		added, err := w.Store.AddYearlyTask(w.ctx(), n, w.Clock.Now())
		w.must(err)
		if added != (i == 0) {
			t.Errorf("added %v at the %d. time", added, i+1)
		}
	}
	other := n
	other.Year = 2027
	if added, err := w.Store.AddYearlyTask(w.ctx(), other, w.Clock.Now()); err != nil || !added {
		t.Errorf("the next year was not added: %v", err)
	}
	tasks, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, Status: model.TaskOpen, ForPerson: w.Manager})
	w.must(err)
	if len(tasks) != 2 || tasks[0].CaseID != "" || tasks[0].UnitID != w.Unit || tasks[0].Key.Round+tasks[1].Key.Round != 2026+2027 {
		t.Fatalf("tasks %+v", tasks)
	}
	task := tasks[slices.IndexFunc(tasks, func(t store.Task) bool { return t.Key.Round == 2026 })]
	fired := func(at time.Duration) []model.DeadlineKind {
		t.Helper()
		_, err := w.Store.FireTaskDeadlines(w.ctx(), n.Times, w.Clock.Now().Add(at), 1000)
		w.must(err)
		all, err := w.Store.TaskDeadlines(w.ctx(), w.Org, task.ID)
		w.must(err)
		var kinds []model.DeadlineKind
		for _, d := range all {
			if !d.FiredAt.IsZero() {
				kinds = append(kinds, d.Kind)
			}
		}
		return kinds
	}
	if got := fired(49 * time.Hour); len(got) != 0 {
		t.Errorf("fired %v too early", got)
	}
	if got := fired(50 * time.Hour); !slices.Equal(got, []model.DeadlineKind{model.DeadlineReminder}) {
		t.Errorf("fired %v", got)
	}
	decide := func(actor string) error {
		_, err := w.Store.DecideYearlyTask(w.ctx(), model.Command{
			OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), Kind: "decide_yearly", ActorID: actor, BodyHash: "b",
		}, model.Decision{TaskID: task.ID, Outcome: model.OutcomeDone, Motivation: "klart"}, model.RoleUnitHead, w.Clock.Now())
		return err
	}
	if err := decide(w.Owner); model.CodeOf(err) != model.CodeTaskTaken {
		t.Errorf("somebody else's: %v", err)
	}
	w.must(decide(w.Manager))
	if err := decide(w.Manager); model.CodeOf(err) != model.CodeTaskClosed {
		t.Errorf("a second time: %v", err)
	}
	d, err := w.Store.TaskDecision(w.ctx(), w.Org, task.ID)
	w.must(err)
	if d.Outcome != model.OutcomeDone || d.DeciderID != w.Manager {
		t.Errorf("decision %+v", d)
	}
	if got := fired(101 * time.Hour); len(got) != 1 {
		t.Errorf("an answered task wakes people: %v", got)
	}
}

// LegacyInUse brings a case into use whose triage warned of a rule, and returns its
// id.
func (w *World) LegacyInUse(rule string) string {
	w.Helper()
	id := w.Draft()
	submit := w.Submit(id, Plan("s1", model.StageManager))
	submit.Evaluation.Result = json.RawMessage(`{"result":{"outcome":"proceed"},"warnings":[{"id":"` + rule + `"}],"note":"W-00"}`)
	w.Do(id, submit)
	w.Do(id, w.Plain(model.ActActivate, w.SystemOwner, model.EventActivated, model.Active))
	return id
}

// The cases in use whose latest triage warns of a rule.
func testCasesWarned(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.LegacyInUse("W-06")
	w.LegacyInUse("W-05")
	w.Submitted(model.StageLegalBasis)
	for rule, want := range map[string][]string{"W-06": {id}, "W-00": nil, "W-0": nil} {
		found, err := w.Store.CasesWarned(w.ctx(), w.Org, rule)
		w.must(err)
		var got []string
		for _, c := range found {
			got = append(got, c.CaseID)
			if c.SystemOwnerID != w.SystemOwner || c.UnitID != w.Unit {
				t.Errorf("case %+v", c)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s warns of %v, want %v", rule, got, want)
		}
	}
}
