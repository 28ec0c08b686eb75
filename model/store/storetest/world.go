package storetest

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

// World is an organisation with a person for each function, and a clock.
type World struct {
	testing.TB
	Store *store.Store
	Clock *clock.Manual
	Org   string
	Unit  string
	// The people, by id.
	Owner, Manager, InfoOwner, SystemOwner, DPO, CISO, Legal, Environment, Everybody string
}

// NewWorld makes an organisation in the record.
func NewWorld(t testing.TB, s *store.Store) *World {
	t.Helper()
	w := &World{
		TB: t, Store: s, Org: model.NewID(), Unit: model.NewID(),
		Clock: clock.At(time.Date(2026, 11, 23, 9, 15, 0, 120000, time.UTC)), // a Monday
	}
	w.must(s.AddOrganisation(w.ctx(), store.Organisation{ID: w.Org, Name: "Sjöstad", Profile: "strictest"}, w.Clock.Now()))
	w.must(s.PutUnit(w.ctx(), store.Unit{
		OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Samhällsbyggnadsnämnden", EN: "Planning"},
		ControllerType: "board",
	}))
	w.Owner = w.Person("olle", model.RoleUser)
	w.Manager = w.Person("maja", model.RoleUser)
	w.InfoOwner = w.Person("inga", model.RoleUser)
	w.SystemOwner = w.Person("sten", model.RoleUser)
	w.DPO = w.Person("doris", model.RoleDPO)
	w.CISO = w.Person("cilla", model.RoleCISO)
	w.Legal = w.Person("lars", model.RoleLegalCounsel)
	w.Environment = w.Person("elsa", model.RoleEnvironmentReviewer)
	w.Everybody = w.Person("ulla", model.RoleUser)
	return w
}

func (w *World) ctx() context.Context { return w.Context() }

func (w *World) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// Person adds a person with roles in the organisation and returns the id.
func (w *World) Person(handle string, roles ...model.Role) string {
	w.Helper()
	p := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: w.Unit, Roles: roles}
	w.must(w.Store.AddPerson(w.ctx(), p, w.Clock.Now()))
	return p.ID
}

// NewCase is a draft of the owner's that can be created.
func (w *World) NewCase() store.NewCase {
	id := model.NewID()
	return store.NewCase{
		ID: id, Title: "Chattbot för bygglov", UnitID: w.Unit, Profile: "strictest",
		RulebookID: "se-kommun", RulebookVersion: "2026.11", RulebookDigest: "d1",
		Answers: json.RawMessage(`{"title":"Chattbot för bygglov"}`), Hash: "h1",
		Command: model.Command{
			OrgID: w.Org, ID: model.NewID(), RequestKey: "create/" + id, CaseID: id, Kind: "create",
			ActorID: w.Owner, BodyHash: "b1",
		},
	}
}

// Draft creates a case and returns its id.
func (w *World) Draft() string {
	w.Helper()
	n := w.NewCase()
	_, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
	w.must(err)
	return n.ID
}

// Snapshot reads a case's snapshot.
func (w *World) Snapshot(caseID string) model.Snapshot {
	w.Helper()
	snap, err := w.Store.Snapshot(w.ctx(), w.Org, caseID)
	w.must(err)
	return snap
}

// Case reads a case.
func (w *World) Case(caseID string) store.Case {
	w.Helper()
	c, err := w.Store.Case(w.ctx(), w.Org, caseID)
	w.must(err)
	return c
}

// Task returns the open task of the given stage and kind.
func (w *World) Task(caseID string, stage model.StageKey, kind model.TaskKind) store.Task {
	w.Helper()
	tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, caseID)
	w.must(err)
	for _, t := range tasks {
		if t.Key.Stage == stage && t.Key.Kind == kind && t.Status == model.TaskOpen {
			return t
		}
	}
	w.Fatalf("case %s has no open task %s", caseID, model.Subject(stage, kind))
	return store.Task{}
}

// Events reads all events of a case.
func (w *World) eventKinds(caseID string) []string {
	w.Helper()
	events, err := w.Store.Events(w.ctx(), w.Org, caseID, 0, 10_000)
	w.must(err)
	kinds := make([]string, len(events))
	for i, e := range events {
		kinds[i] = e.Kind
	}
	return kinds
}

// Verify compares the case's rows with its events.
func (w *World) Verify(caseID string) {
	w.Helper()
	w.must(w.Store.VerifyCase(w.ctx(), w.Org, caseID))
}

// Act is an act about to be recorded: what is stored as a command, and the step
// that the process makes of it.
type Act struct {
	Kind       model.ActKind
	Actor      string
	Payload    model.Payload
	Evaluation *model.Evaluation
	Task       *model.TaskKey
	Joint      *model.TaskKey
	Deadline   string
	// Step changes the snapshot and says which events tell of it.
	Step func(s *model.Snapshot) []model.Step
}

// Transition decides an act on a snapshot, as the process would.
func (w *World) Transition(caseID string, before model.Snapshot, commandID string, a Act) model.Transition {
	after := before.Clone()
	steps := a.Step(&after)
	return model.Transition{
		OrgID: w.Org, CaseID: caseID, CommandID: commandID, Kind: a.Kind, Expect: before.Version,
		Task: a.Task, Joint: a.Joint, Deadline: a.Deadline, Steps: steps, Changes: model.Diff(before, after),
	}
}

// Command stores the command of an act.
func (w *World) Command(caseID string, a Act) model.Command {
	w.Helper()
	c := model.Command{
		OrgID: w.Org, ID: model.NewID(), RequestKey: model.NewID(), CaseID: caseID, Kind: a.Kind,
		ActorID: a.Actor, BodyHash: "b", Payload: a.Payload, Evaluation: a.Evaluation,
	}
	w.must(w.Store.AddCommand(w.ctx(), c, w.Clock.Now()))
	return c
}

// Record records a transition.
func (w *World) Record(t model.Transition) model.Recorded {
	w.Helper()
	r, err := w.Store.Record(w.ctx(), t, w.Clock.Now())
	w.must(err)
	return r
}

// Try stores an act, decides it on the present snapshot and records it.
func (w *World) Try(caseID string, a Act) (model.Recorded, model.Command) {
	w.Helper()
	var c model.Command
	id := model.DeadlineCommand(a.Deadline)
	if a.Deadline == "" {
		c = w.Command(caseID, a)
		id = c.ID
	}
	return w.Record(w.Transition(caseID, w.Snapshot(caseID), id, a)), c
}

// Do is Try for an act that must be recorded, after which rows and events must
// agree.
func (w *World) Do(caseID string, a Act) model.Recorded {
	w.Helper()
	r, _ := w.Try(caseID, a)
	if r.Refused != nil || r.Mismatch != nil || r.Replayed {
		w.Fatalf("%s was not recorded: %+v", a.Kind, r)
	}
	w.Verify(caseID)
	return r
}

// Refuse expects that an act is refused with a code and the given rules, that
// nothing was written and that its command is gone.
func (w *World) Refuse(caseID string, a Act, code model.Code, rules ...string) {
	w.Helper()
	before := w.Case(caseID)
	r, c := w.Try(caseID, a)
	want := model.Refuse(code, rules...)
	if r.Refused == nil || r.Refused.Error() != want.Error() {
		w.Errorf("%s: %+v, want a refusal: %v", a.Kind, r, want)
	}
	if after := w.Case(caseID); toJSON(after) != toJSON(before) {
		w.Errorf("a refused act changed the case:\n%s\n%s", toJSON(before), toJSON(after))
	}
	found, err := w.Store.Command(w.ctx(), w.Org, c.ID)
	if ended := err == store.ErrNotFound; ended == (code == model.CodeReevaluate) {
		w.Errorf("after %s the command is there: %v, %v", code, found, err)
	}
	w.Verify(caseID)
}

// Today is the day in Sweden.
func (w *World) Today() string { return calendar.Today(w.Clock.Now()).String() }
