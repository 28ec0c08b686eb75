package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// post is a world whose outbox is emptied by hand, in a record of its own.
type post struct{ *storetest.World }

// onBothRecords runs a test on each database.
func onBothRecords(t *testing.T, test func(t *testing.T, w post)) {
	t.Parallel()
	for name, open := range map[string]storetest.Open{"sqlite": openSQLite, "postgres": openPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, post{storetest.NewWorld(t, open(t, 2))})
		})
	}
}

func (w post) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// deliver addresses everything that waits, as if everybody got e-mail.
func (w post) deliver() {
	w.Helper()
	for {
		n, err := w.Store.AddressMessages(w.Context(), true, 3, w.Clock.Now())
		w.must(err)
		if n == 0 {
			return
		}
	}
}

// messagesOf lists what a person has been told, the newest first.
func (w post) messagesOf(person string, more ...func(*store.MessageFilter)) []store.Message {
	w.Helper()
	reader := access.Reader{PersonID: person, All: true, Drafts: true}
	f := store.MessageFilter{OrgID: w.Org, Reader: &reader}
	for _, change := range more {
		change(&f)
	}
	found, err := w.Store.Messages(w.Context(), f)
	w.must(err)
	return found
}

// told lists the kinds of what a person has been told since the last time, in the
// order of telling.
func (w post) told(person string) []model.MessageKind {
	w.Helper()
	kinds := []model.MessageKind{}
	for _, m := range slices.Backward(w.messagesOf(person, func(f *store.MessageFilter) { f.Unread = true })) {
		kinds = append(kinds, m.Kind)
		w.must(w.Store.ReadMessage(w.Context(), w.Org, person, m.ID, w.Clock.Now()))
	}
	return kinds
}

// tells expects what each of the people of the world has been told since the last
// time; who is not named has been told nothing.
func (w post) tells(when string, want map[string][]model.MessageKind) {
	w.Helper()
	w.deliver()
	for name, id := range map[string]string{
		"owner": w.Owner, "manager": w.Manager, "information owner": w.InfoOwner, "system owner": w.SystemOwner,
		"dpo": w.DPO, "ciso": w.CISO, "legal": w.Legal, "environment": w.Environment, "everybody": w.Everybody,
	} {
		if got := w.told(id); !slices.Equal(got, want[name]) {
			w.Errorf("%s, the %s is told %v, want %v", when, name, got, want[name])
		}
	}
}

// What a case tells its people from its submission to its use. Nobody is told of
// what they did themselves.
func TestTelling(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		type told = map[string][]model.MessageKind
		task, decided := []model.MessageKind{model.MessageAssigned}, []model.MessageKind{model.MessageDecided}
		id := w.Submitted(model.StageManager, model.StageLegalBasis)
		w.tells("submitted", told{"manager": task})
		w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
		w.tells("endorsed", told{"owner": decided, "dpo": task, "information owner": task})
		w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
		w.tells("returned", told{"owner": {model.MessageReturned}})
		w.Do(id, w.Submit(id, storetest.Plan("s2", model.StageManager, model.StageLegalBasis)))
		w.tells("submitted again", told{"manager": task, "dpo": task, "information owner": task})
		w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
		w.tells("endorsed again", told{"owner": decided})
		w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		w.tells("advised", told{})
		w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawful))
		w.tells("approved", told{"owner": decided, "manager": decided, "system owner": decided})
		w.tellsOf(w.Manager, model.StageLegalBasis, model.OutcomeLawful)
		w.Do(id, w.Plain(model.ActActivate, w.SystemOwner, model.EventActivated, model.Active))
		w.tells("activated", told{"owner": decided, "manager": decided})
		w.tellsOf(w.Manager, "", "")

		suspended := []model.MessageKind{model.MessageSuspended}
		w.Do(id, w.Plain(model.ActSuspend, w.CISO, model.EventSuspended, model.Suspended))
		w.tells("suspended", told{"owner": suspended, "manager": suspended, "information owner": suspended, "system owner": suspended})

		other := w.Submitted(model.StageManager)
		w.tells("another case", told{"manager": task})
		w.tellsOf(w.Manager, "", "")
		w.Do(other, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
		w.tells("withdrawn", told{"manager": {model.MessageWithdrawn}})

		own := w.Draft() // its manager is its information owner
		act := w.Submit(own, storetest.Plan("s1", model.StageManager, model.StageLegalBasis))
		act.Payload.Submission.People[0].PersonID = w.InfoOwner
		w.Do(own, act)
		w.tells("submitted to one who is both", told{"information owner": task})
		w.Do(own, w.Decide(own, w.InfoOwner, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
		w.tells("endorsed by one who is both", told{"owner": decided, "dpo": task, "information owner": task})

		silent := w.Draft()
		submit := w.Submit(silent, storetest.Plan("s1", model.StageManager))
		submit.Evaluation.ServiceTimes = maps.Clone(submit.Evaluation.ServiceTimes)
		submit.Evaluation.ServiceTimes[model.TimeSilence] = 60
		w.Do(silent, submit)
		w.Do(silent, w.Decide(silent, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		w.tells("returned at once", told{"owner": {model.MessageReturned}})
		w.remind(silent)
		w.tells("not answered", told{"owner": {model.MessageDue}, "manager": {model.MessageDue}})
		// Both the deadline and the withdrawal that it brings tell the same.
		next := w.Snapshot(silent).Next
		w.Clock.Set(next.At)
		end := w.Fire(next.ID)
		end.Step = func(s *model.Snapshot) []model.Step {
			s.State, s.Target = model.Withdrawn, ""
			return []model.Step{{Event: model.EventDeadlineFired, State: model.Returned}, {Event: model.EventWithdrawn, State: model.Withdrawn}}
		}
		w.Do(silent, end)
		w.tells("silent", told{"owner": {model.MessageWithdrawn}, "manager": {model.MessageWithdrawn}})
	})
}

// tellsOf expects which decision the newest message of a person tells of, "" for none.
func (w post) tellsOf(person string, stage model.StageKey, outcome model.Outcome) {
	w.Helper()
	if d := w.messagesOf(person)[0].Decided; d.Stage != stage || d.Outcome != outcome {
		w.Errorf("it tells of %q %q, want %q %q", d.Stage, d.Outcome, stage, outcome)
	}
}

// remind lets the deadlines of a case fall due until its owner is late.
func (w post) remind(caseID string) {
	w.Helper()
	for {
		next := w.Snapshot(caseID).Next
		if next == nil || next.Kind() == model.DeadlineSilence {
			return
		}
		w.Clock.Set(next.At)
		w.Do(caseID, w.Fire(next.ID))
	}
}

// One for each way of being addressed.
func TestAddressing(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		top, company := w.unit("top", ""), w.unit("company", "")
		w.must(w.Store.PutUnit(w.Context(), store.Unit{
			OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Nämnden", EN: "The board"}, ParentID: top, ControllerType: "board",
		}))
		topHead := w.personIn(top, "toppchef", model.RoleUnitHead)
		companyHead := w.personIn(company, "bolagschef", model.RoleUnitHead)
		admins := []string{w.Person("adam", model.RoleAdministrator), w.Person("anna", model.RoleAdministrator)}
		left := w.Person("avgångna", model.RoleAdministrator, model.RoleDPO)
		w.must(w.Store.BlockPerson(w.Context(), w.Org, left, w.Clock.Now()))
		otherManagers := []string{w.Person("mats", model.RoleManager), w.Person("mona", model.RoleManager)}
		id := w.Submitted(model.StageManager)
		unnamed := w.Draft()
		elsewhere := w.caseIn(company)
		w.deliver()
		role := func(r model.Role) model.Recipient { return model.Recipient{Role: r} }
		for _, test := range []struct {
			name   string
			caseID string
			to     model.Recipient
			task   string
			want   []string
		}{
			{"a person", id, model.Recipient{PersonID: w.Legal}, "", []string{w.Legal}},
			{"a person who has left", id, model.Recipient{PersonID: left}, "", nil},
			{"a person who is not there", id, model.Recipient{PersonID: model.NewID()}, "", nil},
			{"the project owner", id, role(model.RoleProjectOwner), "", []string{w.Owner}},
			{"the manager of the case", id, role(model.RoleManager), "", []string{w.Manager}},
			{"the information owner of the case", id, role(model.RoleInformationOwner), "", []string{w.InfoOwner}},
			{"the system owner of the case", id, role(model.RoleSystemOwner), "", []string{w.SystemOwner}},
			{"a manager whom nobody has named", unnamed, role(model.RoleManager), "", nil},
			{"a manager's task that names nobody", unnamed, role(model.RoleManager), "t", otherManagers},
			{"a role in the organisation", id, role(model.RoleCISO), "", []string{w.CISO}},
			{"a role that several have", id, role(model.RoleAdministrator), "", admins},
			{"a role of one who has left", id, role(model.RoleDPO), "", []string{w.DPO}},
			{"a role that nobody has", id, role(model.RoleRegistrar), "", nil},
			{"the head above the unit", id, role(model.RoleUnitHead), "", []string{topHead}},
			{"the head of the unit", elsewhere, role(model.RoleUnitHead), "", []string{companyHead}},
			{"whoever acts", id, role(model.RoleEnvironmentReviewer), "", nil},
		} {
			actor := ""
			if test.name == "whoever acts" {
				actor = w.Environment
			}
			w.must(w.Store.Tell(w.Context(), w.Org, test.caseID, actor, test.task, test.to, w.Clock.Now()))
			w.deliver()
			w.heard(test.name, test.want...)
		}
		unitless := w.unit("unitless", "")
		orphan := w.caseIn(unitless)
		w.must(w.Store.Tell(w.Context(), w.Org, orphan, "", "", role(model.RoleUnitHead), w.Clock.Now()))
		w.deliver()
		w.heard("the heads where a unit has none", topHead, companyHead)
	})
}

// A question to another unit is told to those who may answer it there, who is named
// later too, and never to the information owner of the case (S7).
func TestUnitsAreTold(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		school, care, empty := w.unit("skola", ""), w.unit("vard", ""), w.unit("tom", "")
		sara, tore := w.personIn(school, "sara", model.RoleInformationOwner), w.personIn(care, "tore", model.RoleInformationOwner)
		both := w.personIn(w.Unit, "bodil", model.RoleInformationOwner)
		w.personIn(care, "tina", model.RoleUser)
		id := w.Submitted(model.StageManager)
		w.deliver()
		w.Do(id, w.AskUnits(school, care, empty))
		u, err := w.Store.Unit(w.Context(), w.Org, care)
		w.must(err)
		u.InformationOwnerID = both
		w.must(w.Store.PutUnit(w.Context(), u)) // after the question was written, before it is told
		w.deliver()
		asked := []model.MessageKind{model.MessageAssigned}
		for person, want := range map[string][]model.MessageKind{sara: asked, both: asked, tore: {}, w.InfoOwner: {}} {
			got := []model.MessageKind{}
			for _, m := range w.messagesOf(person) {
				if m.Kind == model.MessageAssigned {
					got = append(got, m.Kind)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s is told %v, want %v", person, got, want)
			}
		}
	})
}

// An incident is told to the information owner of its unit, and to everybody with
// that role where nobody is known to be the one; never to whoever reports it. What
// is to be done about it is told to them all the same.
func TestToldOfIncidents(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		owners := []string{w.Person("ingrid", model.RoleInformationOwner), w.Person("ivar", model.RoleInformationOwner)}
		w.ReportIncident("")
		w.deliver()
		w.heard("nobody's unit", append(owners, w.CISO, w.DPO)...)
		u, err := w.Store.Unit(w.Context(), w.Org, w.Unit)
		w.must(err)
		u.InformationOwnerID = w.Everybody
		w.must(w.Store.PutUnit(w.Context(), u))
		id := w.ReportIncident("")
		w.deliver()
		w.heard("the reporter's own unit", w.CISO, w.DPO)
		if m := w.messagesOf(w.Everybody); len(m) != 1 || m[0].Kind != model.MessageAssigned || m[0].IncidentID != id {
			t.Errorf("messages %+v", m)
		}
		w.must(w.Store.ForgetAddressed(w.Context(), w.Org))
		w.deliver()
		w.heard("told already")
	})
}

// heard expects that exactly these people have a message that they have not read.
func (w post) heard(what string, want ...string) {
	w.Helper()
	found, err := w.Store.Messages(w.Context(), store.MessageFilter{OrgID: w.Org, Unread: true})
	w.must(err)
	var got []string
	for _, m := range found {
		if m.Kind != model.MessageIncident {
			continue
		}
		got = append(got, m.PersonID)
		w.must(w.Store.ReadMessage(w.Context(), w.Org, m.PersonID, m.ID, w.Clock.Now()))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		w.Errorf("%s: %v is told, want %v", what, got, want)
	}
}

func (w post) unit(code, parent string) string {
	w.Helper()
	u := store.Unit{OrgID: w.Org, ID: model.NewID(), Code: code, Name: lang.Text{SV: code, EN: code}, ParentID: parent, ControllerType: "board"}
	w.must(w.Store.PutUnit(w.Context(), u))
	return u.ID
}

func (w post) personIn(unit, handle string, roles ...model.Role) string {
	w.Helper()
	p := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: handle, Name: "Namn " + handle, UnitID: unit, Roles: roles}
	w.must(w.Store.AddPerson(w.Context(), p, w.Clock.Now()))
	return p.ID
}

func (w post) caseIn(unit string) string {
	w.Helper()
	n := w.NewCase()
	n.UnitID = unit
	_, err := w.Store.CreateCase(w.Context(), n, w.Clock.Now())
	w.must(err)
	return n.ID
}

// A person is told a thing once, in however many functions it concerns them, and
// however often it is addressed.
func TestToldOnce(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		id := w.Draft()
		both := w.Person("båda", model.RoleDPO, model.RoleAdministrator)
		w.must(w.Store.Tell(w.Context(), w.Org, id, "", "", model.Recipient{Role: model.RoleDPO}, w.Clock.Now()))
		w.must(w.Store.Tell(w.Context(), w.Org, id, "", "", model.Recipient{Role: model.RoleAdministrator}, w.Clock.Now()))
		w.must(w.Store.Tell(w.Context(), w.Org, id, "", "", model.Recipient{PersonID: both}, w.Clock.Now()))
		w.deliver()
		w.must(w.Store.ForgetAddressed(w.Context(), w.Org))
		w.deliver()
		if got := w.messagesOf(both); len(got) != 1 {
			t.Errorf("told %d times", len(got))
		}
		if got := w.messagesOf(w.DPO); len(got) != 1 {
			t.Errorf("the other DPO is told %d times", len(got))
		}
	})
}

// A list of messages shows no title to somebody who may not read the case.
func TestMessageTitles(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		id := w.Submitted(model.StageManager)
		w.must(w.Store.Tell(w.Context(), w.Org, id, "", "", model.Recipient{PersonID: w.Everybody}, w.Clock.Now()))
		w.deliver()
		for person, want := range map[string]string{w.Everybody: "", w.Manager: "Chattbot för bygglov"} {
			found, err := w.Store.Messages(w.Context(), store.MessageFilter{OrgID: w.Org, Reader: &access.Reader{PersonID: person}})
			w.must(err)
			if len(found) != 1 || found[0].Title != want {
				t.Errorf("messages %+v, want the title %q", found, want)
			}
		}
		due := w.Task(id, model.StageManager, model.TaskEndorse).DueAt
		if m := w.messagesOf(w.Manager)[0]; due.IsZero() || !m.LastDay.Equal(due) {
			t.Errorf("the last day is %v, want %v", m.LastDay, due)
		}
		w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		w.deliver()
		deadlines, err := w.Store.Deadlines(w.Context(), w.Org, id)
		w.must(err)
		var reply time.Time
		for _, d := range deadlines {
			if d.ID == model.DeadlineID(id, "project_owner", model.DeadlineReply, 1) {
				reply = d.DueAt
			}
		}
		if m := w.messagesOf(w.Owner)[0]; m.Kind != model.MessageReturned || !m.LastDay.Equal(reply) {
			t.Errorf("returned: %+v, want until %v", m, reply)
		}
	})
}

// The unread come first, and pages follow each other without gaps.
func TestMessageList(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		id := w.Draft()
		for range 7 {
			w.Clock.Advance(time.Second)
			w.must(w.Store.Tell(w.Context(), w.Org, id, "", model.NewID(), model.Recipient{PersonID: w.Owner}, w.Clock.Now()))
		}
		w.deliver()
		all := w.messagesOf(w.Owner)
		w.must(w.Store.ReadMessage(w.Context(), w.Org, w.Owner, all[0].ID, w.Clock.Now()))
		w.must(w.Store.ReadMessage(w.Context(), w.Org, w.Owner, all[4].ID, w.Clock.Now()))
		want := []string{all[1].ID, all[2].ID, all[3].ID, all[5].ID, all[6].ID, all[0].ID, all[4].ID}
		var got []string
		var after *store.MessageCursor
		for range 4 {
			for _, m := range w.messagesOf(w.Owner, func(f *store.MessageFilter) { f.Limit, f.After = 2, after }) {
				got = append(got, m.ID)
				after = &store.MessageCursor{Read: !m.ReadAt.IsZero(), CreatedAt: m.CreatedAt, ID: m.ID}
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("listed %v, want %v", got, want)
		}
		n, err := w.Store.CountMessages(w.Context(), store.MessageFilter{OrgID: w.Org, Reader: &access.Reader{PersonID: w.Owner}, Unread: true}, 4)
		if err != nil || n != 4 {
			t.Errorf("counted %d, %v", n, err)
		}
		first := w.Clock.Now()
		w.Clock.Advance(time.Hour)
		w.must(w.Store.ReadMessage(w.Context(), w.Org, w.Owner, all[0].ID, w.Clock.Now()))
		if m, err := w.Store.Message(w.Context(), w.Org, all[0].ID); err != nil || !m.ReadAt.Equal(first) {
			t.Errorf("read at %v, %v", m.ReadAt, err)
		}
		if err := w.Store.ReadMessage(w.Context(), w.Org, w.Manager, all[1].ID, first); err != store.ErrNotFound {
			t.Errorf("somebody else's message: %v", err)
		}
	})
}

// A lease is one holder's until it expires or is given back.
func TestLease(t *testing.T) {
	onBothRecords(t, func(t *testing.T, w post) {
		name := model.NewID()
		lease := func(holder string, want bool) {
			t.Helper()
			now := w.Clock.Now()
			if mine, err := w.Store.Lease(w.Context(), name, holder, now, now.Add(time.Minute)); err != nil || mine != want {
				t.Errorf("%s has it: %v, %v", holder, mine, err)
			}
		}
		lease("a", true)
		lease("b", false)
		w.Clock.Advance(50 * time.Second)
		lease("a", true)
		w.Clock.Advance(59 * time.Second)
		lease("b", false)
		w.Clock.Advance(time.Second)
		lease("b", true)
		lease("a", false)
		w.must(w.Store.EndLease(w.Context(), name, "a"))
		lease("a", false)
		w.must(w.Store.EndLease(w.Context(), name, "b"))
		lease("a", true)
	})
}
