package storetest

import (
	"encoding/json"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/store"
)

// A deputy answers what belongs to no case, too: of an incident and of the year, but by
// none that is for one case or for another unit.
func testDelegationElsewhere(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	w.ownedUnit()
	incident := w.ReportIncident("")
	task := w.incidentTask(incident, model.TaskBreachNotice)
	deputy := w.Person("bo", model.RoleUser)
	inbox := func(want ...string) {
		t.Helper()
		a := w.SignedIn(deputy)
		found, err := w.Store.Tasks(w.ctx(), store.TaskFilter{
			OrgID: w.Org, Status: model.TaskOpen, ForPerson: a.PersonID, ForRoles: access.PoolRoles(a), ForUnit: a.UnitID, Deputy: a.Deputy, CasesOnly: true, Person: a.PersonID,
		})
		w.must(err)
		ids := []string{}
		for _, task := range found {
			ids = append(ids, task.ID)
		}
		if !sameIDs(ids, want) {
			t.Errorf("the inbox of the deputy: %v, want %v", ids, want)
		}
		incidents, err := w.Store.Incidents(w.ctx(), store.IncidentFilter{OrgID: w.Org, ForPerson: deputy, Deputy: a.Deputy})
		w.must(err)
		if (len(incidents) == 1) != slices.Contains(want, task.ID) {
			t.Errorf("the deputy finds the incidents %v", incidents)
		}
	}
	answer := func(d store.Delegation) model.IncidentRecorded {
		t.Helper()
		key := model.IncidentTaskKey{Kind: task.Key.Kind, Unit: task.UnitID, Round: task.Key.Round}
		r, _ := w.incidentAct(incident, deputy, model.ActDecideIncident, model.IncidentPayload{Decision: &model.IncidentDecision{
			TaskID: task.ID, Task: key, TaskETag: task.ETag(), Outcome: model.OutcomeNotified, For: &model.OnBehalf{PersonID: d.FromID, DelegationID: d.ID},
		}}, model.EventDecided, &key, func(s *model.IncidentSnapshot) {
			for i := range s.Tasks {
				if s.Tasks[i].IncidentTaskKey == key {
					s.Tasks[i].Status, s.Tasks[i].Outcome = model.TaskDone, model.OutcomeNotified
				}
			}
		})
		return r
	}
	inbox()
	narrow, other := w.delegation(w.InfoOwner, deputy, model.RoleInformationOwner), w.delegation(w.InfoOwner, deputy, model.RoleInformationOwner)
	narrow.CaseID = w.Submitted(model.StageManager)
	unit := store.Unit{OrgID: w.Org, ID: model.NewID(), Code: "annan", ControllerType: "public_authority"}
	w.must(w.Store.PutUnit(w.ctx(), unit))
	other.UnitID = unit.ID
	for _, d := range []store.Delegation{narrow, other, w.delegation(w.CISO, deputy, model.RoleCISO)} {
		w.must(w.delegates(d))
		if r := answer(d); r.Refused == nil || r.Refused.Code != model.CodeDelegationOver && r.Refused.Code != model.CodeTaskTaken {
			t.Errorf("by a delegation that is not for it: %+v", r)
		}
		if d.FromID == w.InfoOwner {
			inbox()
		}
		w.must(w.endsDelegation(d.ID, deputy))
	}
	d := w.delegation(w.InfoOwner, deputy, model.RoleInformationOwner)
	d.UnitID = w.Unit
	w.must(w.delegates(d))
	inbox(task.ID)
	if r := answer(d); r.Refused != nil || r.Mismatch != nil {
		t.Fatalf("by the deputy: %+v", r)
	}
	w.must(w.Store.VerifyIncident(w.ctx(), w.Org, incident))
	decided, err := w.Store.TaskDecision(w.ctx(), w.Org, task.ID)
	w.must(err)
	if decided.DeciderID != deputy || decided.For == nil || *decided.For != (model.OnBehalf{PersonID: w.InfoOwner, DelegationID: d.ID}) {
		t.Errorf("decided: %+v", decided)
	}
	events, err := w.Store.IncidentEvents(w.ctx(), w.Org, incident)
	w.must(err)
	if last := dataOf(t, events[len(events)-1]); last.For == nil || *last.For != *decided.For {
		t.Errorf("the event: %+v", last)
	}
	i, err := w.Store.Incident(w.ctx(), w.Org, incident)
	w.must(err)
	if concerns, err := w.Store.IncidentConcerns(w.ctx(), i, deputy); err != nil || !concerns {
		t.Errorf("what they have decided does not concern them: %v", err)
	}

	year := store.NewYearlyTask{
		OrgID: w.Org, Kind: model.TaskPolicyReview, Role: model.RoleCISO, Year: 2026, DueAt: w.Clock.Now().AddDate(0, 1, 0), AssigneeID: w.CISO,
	}
	_, err = w.Store.AddYearlyTask(w.ctx(), year, w.Clock.Now())
	w.must(err)
	found, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, AssigneeID: w.CISO})
	w.must(err)
	yearly := func(d store.Delegation) error {
		c := w.noting("", deputy)
		c.RequestKey = model.NewID()
		_, err := w.Store.DecideYearlyTask(w.ctx(), c, model.Decision{
			TaskID: found[0].ID, Outcome: model.OutcomeDone, For: &model.OnBehalf{PersonID: d.FromID, DelegationID: d.ID},
		}, model.RoleCISO, w.Clock.Now())
		return err
	}
	if err := yearly(d); model.CodeOf(err) != model.CodeTaskTaken {
		t.Errorf("the review of the year for somebody else than who has it: %v", err)
	}
	ciso := w.Delegated(w.CISO, deputy, model.RoleCISO)
	w.must(w.endsDelegation(ciso.ID, deputy))
	if err := yearly(ciso); model.CodeOf(err) != model.CodeDelegationOver {
		t.Errorf("the review of the year by a delegation that is over: %v", err)
	}
	w.must(yearly(w.Delegated(w.CISO, deputy, model.RoleCISO)))
}

func dataOf(t testing.TB, e audit.Event) (data model.EventData) {
	t.Helper()
	if err := json.Unmarshal(e.Data, &data); err != nil {
		t.Fatal(err)
	}
	return data
}

// A deputy claims a task for whom they answer: it becomes that person's, and the log says
// who did it.
func testDelegationClaims(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageEnvironment)
	task := w.Task(id, model.StageEnvironment, model.TaskDecision)
	d := w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
	claim := func(actor string, d store.Delegation, from, to string) error {
		return w.Store.AssignTaskFor(w.ctx(), w.Org, task.ID, actor, model.OnBehalf{PersonID: d.FromID, DelegationID: d.ID}, from, to, w.Clock.Now())
	}
	if err := claim(w.Legal, d, "", w.Environment); model.CodeOf(err) != model.CodeDelegationOver {
		t.Errorf("with another's delegation: %v", err)
	}
	w.must(claim(w.Everybody, d, "", w.Environment))
	if got := w.Task(id, model.StageEnvironment, model.TaskDecision).AssigneeID; got != w.Environment {
		t.Errorf("the task is %s's", got)
	}
	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	last := events[len(events)-1]
	if data := dataOf(t, last); last.Kind != string(model.EventTaskClaimed) || last.ActorID != w.Everybody || data.For == nil || data.For.PersonID != w.Environment {
		t.Errorf("the event: %+v", last)
	}
	w.Verify(id)
	w.must(claim(w.Everybody, d, w.Environment, ""))
	w.must(claim(w.Everybody, d, "", w.Environment))
	w.Do(id, As(w.Decide(id, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d))
}

// Where two are needed neither a deputy nor for whom they act is both (SOD-05).
func testDelegationSecondReading(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	heads := []string{w.Person("hanna", model.RoleUnitHead), w.Person("hans", model.RoleUnitHead, model.RoleLegalCounsel)}
	deputy, reader := w.Person("bo", model.RoleLegalCounsel), w.Person("rut", model.RoleUser)
	id := w.Submitted(model.StageCISO)
	w.Do(id, w.Decide(id, w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeReject))
	w.Do(id, moves(model.ActOverride, heads[0], model.Payload{Reason: "Nyttan.", Role: model.RoleUnitHead, DecisionAuthority: "Nämnden § 4"},
		model.EventOverrideProposed, func(s *model.Snapshot) {
			s.Stages = append(s.Stages, model.StageState{Key: model.StageOverride, Requirement: model.Required, Status: model.StageOpen})
			openTask(s.Stage(model.StageOverride), model.TaskDecision)
		}))
	step := func(actor string, kind model.TaskKind, o model.Outcome, d *store.Delegation, then func(s *model.Snapshot)) Act {
		a := w.Decide(id, actor, model.StageOverride, kind, o)
		if d != nil {
			a = As(a, *d)
		}
		key := *a.Task
		a.Step = moves("", "", model.Payload{}, model.EventDecided, func(s *model.Snapshot) {
			t := s.Stage(key.Stage).Task(key.Kind)
			t.Status, t.Outcome = model.TaskDone, o
			then(s)
		}).Step
		return a
	}
	// The CISO rejected: nobody sets that aside for the CISO, and the CISO for nobody.
	over := func(actor string, d *store.Delegation) Act {
		return step(actor, model.TaskDecision, model.OutcomeOverride, d, func(s *model.Snapshot) { openTask(s.Stage(model.StageOverride), model.TaskSecondReading) })
	}
	asHead := w.Delegated(heads[1], w.CISO, model.RoleUnitHead)
	w.Refuse(id, over(w.CISO, &asHead), model.CodeSegregation, "SOD-05")
	for1 := w.Delegated(heads[1], deputy, model.RoleUnitHead)
	w.Do(id, over(deputy, &for1))

	confirm := func(actor string, d *store.Delegation) Act {
		return step(actor, model.TaskSecondReading, model.OutcomeConfirm, d, func(s *model.Snapshot) {
			s.State = model.Approved
			s.Stage(model.StageCISO).Result, s.Stage(model.StageOverride).Status = model.OutcomeOverridden, model.StageDone
		})
	}
	fromHead, toDeputy := w.Delegated(heads[1], reader, model.RoleLegalCounsel), w.Delegated(w.Legal, deputy, model.RoleLegalCounsel)
	toHead := w.Delegated(w.Legal, heads[1], model.RoleLegalCounsel)
	for what, a := range map[string]Act{
		"who decided as a deputy":          confirm(deputy, nil),
		"the same for somebody else":       confirm(deputy, &toDeputy),
		"for whom it was decided":          confirm(heads[1], nil),
		"the same for somebody else again": confirm(heads[1], &toHead),
		"somebody for whom it was decided": confirm(reader, &fromHead),
	} {
		t.Log(what)
		w.Refuse(id, a, model.CodeSegregation, "SOD-05")
	}
	again := w.Delegated(w.Legal, reader, model.RoleLegalCounsel)
	w.Do(id, confirm(reader, &again))
}

// Nobody reviews what they have answered, for somebody else or by somebody else (SOD-08).
func testDelegationOfAuthors(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Draft()
	w.Do(id, w.Submit(id, Assessed("s1", model.StageAgentRisk)))
	w.Write(id, w.Legal, model.StageAgentRisk, "Svar")
	w.Write(id, w.Owner, model.StageAgentRisk, "Ägarens svar")
	w.Do(id, w.HandIn(id, w.Owner, model.RoleProjectOwner, model.StageAgentRisk, ""))
	review := func(by string, d store.Delegation) Act {
		return As(w.Decide(id, by, model.StageAgentRisk, model.TaskReviewLegal, model.OutcomePass), d)
	}
	other, reader := w.Person("lisa", model.RoleLegalCounsel), w.Person("rut", model.RoleUser)
	w.Refuse(id, review(reader, w.Delegated(w.Legal, reader, model.RoleLegalCounsel)), model.CodeSegregation, "SOD-08")
	w.Refuse(id, review(w.Legal, w.Delegated(other, w.Legal, model.RoleLegalCounsel)), model.CodeSegregation, "SOD-08")
	w.Refuse(id, review(w.Owner, w.Delegated(other, w.Owner, model.RoleLegalCounsel)), model.CodeSegregation, "SOD-08")
	w.Do(id, review(reader, w.Delegated(other, reader, model.RoleLegalCounsel)))
}
