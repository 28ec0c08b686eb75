package storetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

// Nothing of one organisation is read, changed or even met by another.
func testOtherOrganisation(t *testing.T, open Open) {
	s := open(t, 0)
	w, other := NewWorld(t, s), NewWorld(t, s)
	id := w.Submitted(model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports, Condition(model.DueBeforeUse)))
	task := w.Task(id, model.StageLegalBasis, model.TaskDecision)
	act := w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn)
	c := w.Command(id, act)
	before := toJSON(w.Case(id))
	ctx, org := w.ctx(), other.Org

	none := func(what string, n int, err error) {
		t.Helper()
		if n != 0 || err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %d found, %v", what, n, err)
		}
	}
	missing := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := s.Case(ctx, org, id)
	missing("case", err)
	_, err = s.Part(ctx, org, id, store.Intake)
	missing("part", err)
	_, err = s.Revision(ctx, org, id, store.Intake, 1)
	missing("revision", err)
	_, err = s.Evaluation(ctx, org, id)
	missing("evaluation", err)
	_, err = s.Task(ctx, org, task.ID)
	missing("task", err)
	_, err = s.Command(ctx, org, c.ID)
	missing("command", err)
	_, err = s.CommandByKey(ctx, org, c.RequestKey)
	missing("command by key", err)
	_, _, _, err = s.Outcome(ctx, org, c.ID)
	missing("outcome", err)
	_, err = s.Person(ctx, org, w.Owner)
	missing("person", err)
	_, err = s.Unit(ctx, org, w.Unit)
	missing("unit", err)
	missing("verification", s.VerifyCase(ctx, org, id))
	other.cannotSee(w, id)
	missing("assignment", s.AssignTask(ctx, org, task.ID, other.InfoOwner, w.InfoOwner, other.InfoOwner, w.Clock.Now()))
	missing("renewal", s.RenewCommand(ctx, org, c.ID, model.NewID(), nil))
	d := w.draft(id, 1, "kapad")
	d.OrgID, d.States = org, model.CaseStates()
	_, err = s.SaveDraft(ctx, d, w.Clock.Now())
	missing("draft", err)
	if ended, err := s.EndCommand(ctx, org, c.ID); ended || err != nil {
		t.Errorf("ended %v, %v", ended, err)
	}
	if snap, err := s.Snapshot(ctx, org, id); snap.Found || err != nil {
		t.Errorf("snapshot %+v, %v", snap, err)
	}

	revisions, err := s.Revisions(ctx, org, id, store.Intake)
	none("revisions", len(revisions), err)
	people, err := s.CasePeople(ctx, org, id)
	none("people of the case", len(people), err)
	people, err = s.ActedPeople(ctx, org, id)
	none("people who acted in the case", len(people), err)
	tasks, err := s.CaseTasks(ctx, org, id)
	none("tasks of the case", len(tasks), err)
	decisions, err := s.Decisions(ctx, org, id)
	none("decisions", len(decisions), err)
	conditions, err := s.Conditions(ctx, org, id)
	none("conditions", len(conditions), err)
	stages, err := s.CaseStages(ctx, org, id)
	none("stages", len(stages), err)
	deadlines, err := s.Deadlines(ctx, org, id)
	none("deadlines", len(deadlines), err)
	events, err := s.Events(ctx, org, id, 0, 10)
	none("events", len(events), err)
	_, _, err = s.Happened(ctx, org, id, 1)
	missing("event", err)
	counted, err := s.CountEvents(ctx, org, id, nil)
	none("events that are counted", counted, err)
	waiting, err := s.WaitingTasks(ctx, org, []string{id})
	none("tasks that wait", len(waiting), err)
	revisions, err = s.Revisions(ctx, org, id, "")
	none("revisions of all texts", len(revisions), err)
	salts, err := s.Salts(ctx, org, id)
	none("salts", len(salts), err)
	_, err = s.AddressMessages(ctx, true, 1000, w.Clock.Now())
	w.must(err)
	told, err := s.Messages(ctx, store.MessageFilter{OrgID: w.Org})
	if len(told) == 0 || err != nil {
		t.Fatalf("nobody is told anything: %v", err)
	}
	_, err = s.Message(ctx, org, told[0].ID)
	missing("message", err)
	missing("reading a message", s.ReadMessage(ctx, org, told[0].PersonID, told[0].ID, w.Clock.Now()))
	missing("contact", s.SetContact(ctx, org, w.Owner, "x@example.invalid", lang.SV))
	found, err := s.Messages(ctx, store.MessageFilter{OrgID: org})
	none("messages", len(found), err)
	found, err = s.Messages(ctx, store.MessageFilter{OrgID: org, Reader: &access.Reader{PersonID: told[0].PersonID}})
	none("messages of a person", len(found), err)
	names, err := s.Names(ctx, org, []string{w.Owner, w.DPO})
	none("names", len(names), err)
	cases, err := s.Cases(ctx, store.CaseFilter{OrgID: org})
	none("cases", len(cases), err)
	n, err := s.CountCases(ctx, store.CaseFilter{OrgID: org, Reader: &access.Reader{PersonID: w.Owner}}, 10)
	none("counted cases", n, err)
	all, err := s.Tasks(ctx, store.TaskFilter{OrgID: org})
	none("tasks", len(all), err)
	n, err = s.CountTasks(ctx, store.TaskFilter{OrgID: org, ForPerson: w.InfoOwner}, 10)
	none("counted tasks", n, err)

	// A person of another organisation cannot be named, and a transition that
	// claims to be another organisation's finds nothing.
	stolen := w.Transition(id, w.Snapshot(id), c.ID, act)
	stolen.OrgID = org
	if r, err := s.Record(ctx, stolen, w.Clock.Now()); err != nil || r.Refused == nil || r.Refused.Code != model.CodeEnded {
		t.Errorf("another organisation's transition: %+v, %v", r, err)
	}
	named := w.Submit(id, Plan("s1", model.StageLegalBasis))
	named.Payload.Submission.People[0].PersonID = other.Manager
	w.Refuse(id, named, model.CodeInvalid)
	n2 := w.NewCase()
	n2.UnitID = other.Unit
	if _, err := s.CreateCase(ctx, n2, w.Clock.Now()); !errors.Is(err, store.ErrReference) {
		t.Errorf("a case in another organisation's unit: %v", err)
	}
	if after := toJSON(w.Case(id)); after != before {
		t.Errorf("the case changed:\n%s\n%s", before, after)
	}
	w.Verify(id)
}

// Errors say the same on every database, and nothing that was written.
func testErrors(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	n := w.NewCase()
	_, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
	w.must(err)
	same := w.NewCase()
	same.ID = n.ID
	secret := w.NewCase()
	secret.UnitID = "hemlig"
	token := store.Token{OrgID: w.Org, ID: model.NewID(), PersonID: "hemlig", Hash: model.NewID(), CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now()}
	cancelled, cancel := context.WithCancel(w.ctx())
	cancel()
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"unique key": {func() error {
			again := w.NewCase()
			again.Command.RequestKey = n.Command.RequestKey
			_, err := w.Store.CreateCase(w.ctx(), again, w.Clock.Now())
			return err
		}(), "conflict on commands"},
		"primary key": {func() error {
			_, err := w.Store.CreateCase(w.ctx(), same, w.Clock.Now())
			return err
		}(), "conflict on cases"},
		"foreign key in a transaction": {func() error {
			_, err := w.Store.CreateCase(w.ctx(), secret, w.Clock.Now())
			return err
		}(), "refers to what does not exist"},
		"foreign key": {w.Store.AddToken(w.ctx(), token), "refers to what does not exist"},
		"no row": {func() error {
			_, err := w.Store.Case(w.ctx(), w.Org, "hemlig")
			return err
		}(), "not found"},
		"cancelled before a read": {func() error {
			_, err := w.Store.Case(cancelled, w.Org, n.ID)
			return err
		}(), "context canceled"},
		"cancelled before a list": {func() error {
			_, err := w.Store.Cases(cancelled, store.CaseFilter{OrgID: w.Org})
			return err
		}(), "context canceled"},
		"cancelled before a view": {func() error {
			_, err := w.Store.Snapshot(cancelled, w.Org, n.ID)
			return err
		}(), "context canceled"},
		"cancelled before a write": {w.Store.AddOrganisation(cancelled, store.Organisation{ID: model.NewID()}, w.Clock.Now()), "context canceled"},
		"cancelled before a transaction": {func() error {
			_, err := w.Store.Record(cancelled, model.Transition{OrgID: w.Org, CaseID: n.ID}, w.Clock.Now())
			return err
		}(), "record transition: context canceled"},
	} {
		if test.err == nil || test.err.Error() != test.want || strings.Contains(test.err.Error(), "hemlig") {
			t.Errorf("%s: %v, want %s", name, test.err, test.want)
		}
	}
	if n, err := w.Store.CountCases(w.ctx(), store.CaseFilter{OrgID: w.Org}, 10); err != nil || n != 1 {
		t.Errorf("%d cases, %v", n, err)
	}
}

// A pool of one connection is enough: no function asks for a second one while
// it holds one.
func testOneConnection(t *testing.T, open Open) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := open(t, 1)
		w := NewWorld(t, s)
		if s.WriteConns() != 1 {
			t.Errorf("%d connections write", s.WriteConns())
		}
		UseEverything(w)
	}()
	select {
	case <-done:
	case <-ctx.Done():
		t.Fatal("a function waits for a second connection")
	}
}

// UseEverything calls every function of the record, but for what its owner alone may
// do.
func UseEverything(w *World) {
	ctx, s := w.ctx(), w.Store
	id := w.Submitted(model.StageManager, model.StageLegalBasis)
	w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse, Condition(model.DueBeforeUse)))
	conditions, err := s.Conditions(ctx, w.Org, id)
	w.must(err)
	w.Do(id, w.VerifyCondition(w.DPO, conditions[0].ID, model.ConditionMet))
	w.Do(id, w.Decide(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeReturn))
	w.SaveDraft(id, "Ny text")
	taken := w.Decide(id, w.Everybody, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports)
	w.must(s.AssignTask(ctx, w.Org, taken.Payload.Decision.TaskID, w.DPO, "", w.DPO, w.Clock.Now()))
	w.Refuse(id, taken, model.CodeTaskTaken)
	w.Do(id, w.Submit(id, Plan("s2", model.StageManager, model.StageLegalBasis)))
	hopeless := w.Submit(id, Plan("s1", model.StageManager))
	hopeless.Payload.Submission.UnitID = "none"
	w.Refuse(id, hopeless, model.CodeInvalid)
	c := w.Command(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	w.Record(model.Transition{OrgID: w.Org, CaseID: id, CommandID: c.ID, Kind: model.ActWithdraw, Expect: 99})
	w.Clock.Advance(1000 * time.Hour)
	w.Do(id, w.Fire(w.Snapshot(id).Next.ID))
	useAssessments(w)
	token := store.Token{
		OrgID: w.Org, ID: model.NewID(), PersonID: w.DPO, Hash: model.NewID(), Purpose: store.PurposeAPI,
		CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now().Add(time.Hour),
	}
	newID := model.NewID()
	now := w.Clock.Now()
	ref := []store.CaseRef{{OrgID: w.Org, CaseID: id}}
	for _, call := range []func() error{
		func() error { return s.Ready(ctx) },
		func() error { return w.useRegister(id) },
		func() error { return w.useEvidence(id) },
		func() error { return w.useRetriages() },
		func() error { return w.useMessages() },
		func() error { return w.useRecords(id) },
		func() error { return s.VerifyCase(ctx, w.Org, id) },
		func() error { _, err := s.Case(ctx, w.Org, id); return err },
		func() error { _, err := s.Part(ctx, w.Org, id, store.Intake); return err },
		func() error { _, err := s.Revision(ctx, w.Org, id, store.Intake, 1); return err },
		func() error { _, err := s.Revisions(ctx, w.Org, id, store.Intake); return err },
		func() error { _, err := s.CasePeople(ctx, w.Org, id); return err },
		func() error { _, err := s.ActedPeople(ctx, w.Org, id); return err },
		func() error { _, err := s.Evaluation(ctx, w.Org, id); return err },
		func() error { _, err := s.Cases(ctx, store.CaseFilter{OrgID: w.Org}); return err },
		func() error { _, err := s.CountCases(ctx, store.CaseFilter{OrgID: w.Org}, 10); return err },
		func() error { _, err := s.Task(ctx, w.Org, taken.Payload.Decision.TaskID); return err },
		func() error { _, err := s.Tasks(ctx, store.TaskFilter{OrgID: w.Org}); return err },
		func() error { _, err := s.CountTasks(ctx, store.TaskFilter{OrgID: w.Org}, 10); return err },
		func() error { _, err := s.CaseTasks(ctx, w.Org, id); return err },
		func() error { _, err := s.Decisions(ctx, w.Org, id); return err },
		func() error { _, err := s.CaseStages(ctx, w.Org, id); return err },
		func() error { _, err := s.Deadlines(ctx, w.Org, id); return err },
		func() error { _, err := s.Events(ctx, w.Org, id, 0, 10); return err },
		func() error {
			_, err := s.EventsBy(ctx, w.Org, id, store.EventFilter{Kinds: []model.EventKind{model.EventCreated}, Latest: true, After: 9, Limit: 10})
			return err
		},
		func() error {
			_, err := s.CountEvents(ctx, w.Org, id, []model.EventKind{model.EventCreated})
			return err
		},
		func() error { _, err := s.WaitingTasks(ctx, w.Org, []string{id}); return err },
		func() error { _, err := s.Revisions(ctx, w.Org, id, ""); return err },
		func() error { _, err := s.Salts(ctx, w.Org, id); return err },
		func() error { _, err := s.CommandByKey(ctx, w.Org, c.RequestKey); return err },
		func() error { return s.RenewCommand(ctx, w.Org, c.ID, newID, nil) },
		func() error { _, err := s.Command(ctx, w.Org, newID); return err },
		func() error { _, _, _, err := s.Outcome(ctx, w.Org, newID); return err },
		func() error { _, err := s.Similar(ctx, w.Org, id, "x", "y", 10); return err },
		func() error { _, err := s.EndCommand(ctx, w.Org, newID); return err },
		func() error { _, err := s.PendingCommands(ctx, now, 10); return err },
		func() error { _, err := s.UnacknowledgedCases(ctx, now, 10); return err },
		func() error { _, err := s.CasesWithLateDeadlines(ctx, now, 10); return err },
		func() error { _, err := s.CasesChangedSince(ctx, now, 10); return err },
		func() error { _, err := s.WithProcess(ctx, w.Org, "", 10); return err },
		func() error { _, err := s.Figures(ctx, now); return err },
		func() error { return s.AcknowledgeCommands(ctx, w.Org, []string{c.ID}, now) },
		func() error { return s.Acknowledge(ctx, ref, now, now) },
		func() error { _, err := s.Organisations(ctx); return err },
		func() error { _, err := s.Organisation(ctx, w.Org); return err },
		func() error { _, err := s.Units(ctx, w.Org); return err },
		func() error { _, err := s.UnitNames(ctx, w.Org); return err },
		func() error { _, err := s.Unit(ctx, w.Org, w.Unit); return err },
		func() error {
			_, err := s.UnitsOf(ctx, store.Person{OrgID: w.Org, ID: w.Owner, UnitID: w.Unit})
			return err
		},
		func() error { _, err := s.People(ctx, w.Org); return err },
		func() error { _, err := s.Colleagues(ctx, store.ColleagueFilter{OrgID: w.Org}); return err },
		func() error { _, err := s.RolesOf(ctx, w.Org, []string{w.Owner}); return err },
		func() error {
			_, err := s.CaseTitle(ctx, w.Org, id, access.Reader{PersonID: w.Owner, All: true})
			return err
		},
		func() error {
			_, err := s.Colleagues(ctx, store.ColleagueFilter{OrgID: w.Org, Role: model.RoleCISO, UnitID: w.Unit})
			return err
		},
		func() error { _, err := s.PersonByIdentity(ctx, w.Org, store.LocalIssuer, "olle"); return err },
		func() error { _, err := s.Names(ctx, w.Org, []string{w.Owner}); return err },
		func() error { return s.AddToken(ctx, token) },
		func() error { _, err := s.PersonByToken(ctx, token.Hash, token.Purpose, now); return err },
		func() error { _, err := s.Tokens(ctx, w.Org); return err },
		func() error { _, err := s.GrowTree(ctx, w.Org, time.Time{}, 20); return err },
		func() error { _, err := s.Tree(ctx, w.Org); return err },
		func() error { _, err := s.TreeLeaves(ctx, w.Org, 0, 10); return err },
		func() error { _, err := s.ChainLeaves(ctx, w.Org, id); return err },
		func() error { _, err := s.StoredHashes(ctx, w.Org, 0, 10); return err },
		func() error { _, err := s.TreeHashes(ctx, w.Org).ReadHashes([]int64{0}); return err },
		func() error { _, err := s.IncidentHeads(ctx, w.Org, "", 10); return err },
		func() error { _, err := s.CaseRecord(ctx, w.Org, id); return err },
		func() error { return s.RevokeToken(ctx, w.Org, token.ID, now) },
	} {
		w.must(call())
	}
}

// useAssessments does what UseEverything does for assessments and what comes with
// them.
func useAssessments(w *World) {
	id := w.bothAdvised()
	w.Do(id, w.DecideBoth(id, w.DPO, model.OutcomeSupports, model.OutcomeSupports))
	w.Do(id, w.DecideForHead(id, w.InfoOwner, model.StageLegalBasis, model.TaskDecision, model.OutcomeLawfulWithConditions,
		named("waived", model.DueBeforeUse)))
	condition := w.conditions(id)["waived open"].ID
	w.Do(id, w.Waive(w.CISO, model.RoleCISO, condition))
	w.Do(id, w.Waive(w.InfoOwner, model.RoleInformationOwner, condition))
	a, c := w.standingAdvice()
	for _, call := range []func() error{
		func() error { return w.Store.AddStandingAdvice(w.ctx(), a, c) },
		func() error { _, err := w.Store.StandingAdvice(w.ctx(), w.Org, a.ID); return err },
		func() error { _, err := w.Store.StandingAdvices(w.ctx(), w.Org); return err },
		func() error {
			return w.Store.WithdrawStandingAdvice(w.ctx(), w.Org, a.ID, w.adviceCommand("withdraw_advice", a.ID), w.Clock.Now())
		},
	} {
		w.must(call())
	}
}

// useMessages does what UseEverything does for messages.
func (w *World) useMessages() error {
	ctx, s, now := w.ctx(), w.Store, w.Clock.Now()
	w.must(s.SetContact(ctx, w.Org, w.Manager, "maja@sjostad.example", lang.SV))
	reader := access.Reader{PersonID: w.Manager, Pool: []model.Role{model.RoleCISO}}
	mine := store.MessageFilter{OrgID: w.Org, Reader: &reader}
	for _, call := range []func() error{
		func() error { _, err := s.MessagesWait(ctx, true, now); return err },
		func() error { _, err := s.AddressMessages(ctx, true, 1000, now); return err },
		func() error { _, err := s.Lease(ctx, "use", w.Org, now, now); return err },
		func() error { return s.EndLease(ctx, "use", w.Org) },
	} {
		w.must(call())
	}
	due, err := s.DueMail(ctx, now, 1000)
	w.must(err)
	for _, m := range due {
		if m.OrgID == w.Org {
			w.must(s.MailFailed(ctx, m, "connection", now))
			w.must(s.RetryMail(ctx, w.Org, m.ID, now))
		}
	}
	found, err := s.Messages(ctx, mine)
	w.must(err)
	if len(found) == 0 {
		w.Fatal("the manager has been told nothing")
	}
	after := mine
	after.After = &store.MessageCursor{CreatedAt: found[0].CreatedAt, ID: found[0].ID}
	_, err = s.Messages(ctx, after)
	w.must(err)
	_, err = s.CountMessages(ctx, mine, 10)
	w.must(err)
	_, err = s.Messages(ctx, store.MessageFilter{OrgID: w.Org, MailState: model.MailFailed})
	w.must(err)
	_, err = s.Message(ctx, w.Org, found[0].ID)
	w.must(err)
	return s.ReadMessage(ctx, w.Org, w.Manager, found[0].ID, now)
}

// A read may take no longer than it is allowed to, and leaves the pool usable.
func testReadsEnd(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 2))
	id := w.Submitted(model.StageManager)
	short, cancel := context.WithDeadline(w.ctx(), time.Now().Add(-time.Second))
	defer cancel()
	for range 10 {
		if _, err := w.Store.Snapshot(short, w.Org, id); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatalf("after its time: %v", err)
		}
	}
	w.Snapshot(id)
}

func testReady(t *testing.T, open Open) {
	s := open(t, 0)
	if err := s.Ready(t.Context()); err != nil {
		t.Error(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Ready(cancelled); err == nil {
		t.Error("ready without an answer")
	}
}
