package storetest

import (
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/audit"
	"sluss/model/calendar"
	"sluss/model/store"
)

// delegation is from one to another for today and tomorrow.
func (w *World) delegation(from, to string, roles ...model.Role) store.Delegation {
	today := calendar.Today(w.Clock.Now())
	return store.Delegation{
		OrgID: w.Org, ID: model.NewID(), FromID: from, ToID: to, Roles: roles, FromDay: today.String(), UntilDay: today.AddDays(1).String(),
		StartsAt: calendar.StartOfDay(today), EndsAt: calendar.StartOfDay(today.AddDays(2)),
	}
}

func (w *World) delegates(d store.Delegation) error {
	_, err := w.Store.AddDelegation(w.ctx(), d, w.noting("", d.FromID), w.Clock.Now())
	return err
}

// Delegated makes one.
func (w *World) Delegated(from, to string, roles ...model.Role) store.Delegation {
	w.Helper()
	d := w.delegation(from, to, roles...)
	w.must(w.delegates(d))
	return d
}

func (w *World) endsDelegation(id, by string) error {
	_, err := w.Store.EndDelegation(w.ctx(), id, w.noting("", by), w.Clock.Now())
	return err
}

// SignedIn is a person as a request meets them.
func (w *World) SignedIn(id string) model.Actor {
	w.Helper()
	hash := model.NewID()
	w.must(w.Store.AddToken(w.ctx(), store.Token{
		OrgID: w.Org, ID: model.NewID(), PersonID: id, Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now().Add(time.Hour),
	}))
	p, err := w.Store.PersonByToken(w.ctx(), hash, store.PurposeAPI, w.Clock.Now())
	w.must(err)
	return p.Actor()
}

// As makes an act one that is done for somebody else.
func As(a Act, d store.Delegation) Act {
	decision := *a.Payload.Decision
	decision.For = &model.OnBehalf{PersonID: d.FromID, DelegationID: d.ID}
	a.Payload.Decision = &decision
	return a
}

// A deputy answers in the name of somebody else, and has nothing left of it.
func testDelegation(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageEnvironment)
	d := w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
	answer := w.Decide(id, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified)
	w.Refuse(id, answer, model.CodeForbidden) // in their own name
	w.Do(id, As(answer, d))

	decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
	w.must(err)
	last := decisions[len(decisions)-1]
	if last.DeciderID != w.Everybody || last.For == nil || *last.For != (model.OnBehalf{PersonID: w.Environment, DelegationID: d.ID}) {
		t.Errorf("decided by %s for %+v", last.DeciderID, last.For)
	}
	functions, deputised, err := w.Store.Functions(w.ctx(), w.Org, id, w.Everybody)
	w.must(err)
	if len(functions) != 0 || !slices.Equal(deputised, []model.Role{model.RoleEnvironmentReviewer}) {
		t.Errorf("the deputy is %v, and was %v", functions, deputised)
	}
	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 1000)
	w.must(err)
	if !slices.ContainsFunc(events, func(e audit.Event) bool {
		var data model.EventData
		return e.ActorID == w.Everybody && json.Unmarshal(e.Data, &data) == nil && data.For != nil && *data.For == *last.For
	}) {
		t.Error("no event says for whom it was decided")
	}
}

// What a deputy may not do, in the transaction.
func testDelegationRefusals(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	env := model.RoleEnvironmentReviewer
	id := w.Submitted(model.StageEnvironment)
	by := func(person string) Act {
		return w.Decide(id, person, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified)
	}
	d := w.Delegated(w.Environment, w.Everybody, env)

	// Somebody else's delegation, and one for another role, case or unit.
	other := w.Person("bo", model.RoleUser)
	w.Refuse(id, As(by(other), d), model.CodeDelegationOver)
	w.Refuse(id, As(by(other), w.Delegated(w.Legal, other, model.RoleLegalCounsel)), model.CodeDelegationOver)
	narrow := w.delegation(w.Environment, other, env)
	narrow.CaseID = w.Draft()
	w.must(w.delegates(narrow))
	w.Refuse(id, As(by(other), narrow), model.CodeDelegationOver)
	// A deputy has nothing to pass on.
	if err := w.delegates(w.delegation(w.Everybody, other, env)); model.CodeOf(err) != model.CodeForbidden {
		t.Errorf("passed on: %v", err)
	}
	chained := d
	chained.FromID = w.Everybody
	w.Refuse(id, As(by(other), chained), model.CodeDelegationOver)

	// A conflict in the case makes it void there (SOD-01).
	owners := w.Delegated(w.Environment, w.Owner, env)
	w.Refuse(id, As(by(w.Owner), owners), model.CodeSegregation, "SOD-01")
	void, err := w.Store.VoidCases(w.ctx(), owners, nil, 10)
	w.must(err)
	if len(void) != 1 || void[0].CaseID != id || void[0].Rule != "SOD-01" || void[0].Has != model.RoleProjectOwner || void[0].Role != env {
		// The other draft of the owner's counts too.
		void = slices.DeleteFunc(void, func(v store.VoidCase) bool { return v.CaseID == narrow.CaseID })
		if len(void) != 1 || void[0].CaseID != id || void[0].Rule != "SOD-01" {
			t.Errorf("void in %+v", void)
		}
	}

	// It ends, early and by itself.
	w.must(w.endsDelegation(d.ID, w.Everybody))
	w.Refuse(id, As(by(w.Everybody), d), model.CodeDelegationOver)
	if err := w.endsDelegation(d.ID, w.Environment); model.CodeOf(err) != model.CodeDelegationOver {
		t.Errorf("ended twice: %v", err)
	}
	d = w.Delegated(w.Environment, w.Everybody, env)
	w.Clock.Set(d.EndsAt)
	w.Refuse(id, As(by(w.Everybody), d), model.CodeDelegationOver)
	if deputy := w.SignedIn(w.Everybody).Deputy; len(deputy) != 0 {
		t.Errorf("after its time: %+v", deputy)
	}
	d = w.Delegated(w.Environment, w.Everybody, env)
	if deputy := w.SignedIn(w.Everybody).Deputy; len(deputy) != 1 || deputy[0].DelegationID != d.ID {
		t.Errorf("while it holds: %+v", deputy)
	}
}

// What somebody is in the organisation refuses a delegation whole.
func testDelegationApart(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	admin, auditor := w.Person("adam", model.RoleAdministrator), w.Person("agda", model.RoleAuditor)
	for _, test := range []struct {
		from, to string
		role     model.Role
		want     *model.Refusal
	}{
		{w.CISO, w.DPO, model.RoleCISO, model.Refuse(model.CodeSegregation, "SOD-02")},
		{w.Manager, w.DPO, model.RoleManager, model.Refuse(model.CodeSegregation, "SOD-02")},
		{w.DPO, w.Everybody, model.RoleManager, model.Refuse(model.CodeSegregation, "SOD-02")},
		{w.DPO, w.CISO, model.RoleDPO, model.Refuse(model.CodeSegregation, "SOD-02")},
		{w.CISO, admin, model.RoleCISO, model.Refuse(model.CodeSegregation, "SOD-06")},
		{w.Manager, admin, model.RoleManager, model.Refuse(model.CodeSegregation, "SOD-06")},
		{w.CISO, auditor, model.RoleCISO, model.Refuse(model.CodeSegregation, "SOD-09")},
		{auditor, w.Everybody, model.RoleAuditor, model.Refuse(model.CodeForbidden)},
		{admin, w.Everybody, model.RoleAdministrator, model.Refuse(model.CodeForbidden)},
		{w.Legal, w.Everybody, model.RoleCISO, model.Refuse(model.CodeForbidden)},
	} {
		err := w.delegates(w.delegation(test.from, test.to, test.role))
		if err == nil || err.Error() != test.want.Error() {
			t.Errorf("%s: %v, want %v", test.role, err, test.want)
		}
	}
	w.Delegated(w.DPO, w.Everybody, model.RoleDPO) // advice decides nothing
	w.Delegated(w.CISO, w.Legal, model.RoleCISO)   // the deputy acts on conflict of interest (SOD-03)
}

// A deputy finds in the lists exactly what they may read and answer, and is told of it.
func testDelegationLists(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	free, taken := w.Submitted(model.StageEnvironment), w.Submitted(model.StageEnvironment)
	w.must(w.Store.AssignTask(w.ctx(), w.Org, w.Task(taken, model.StageEnvironment, model.TaskDecision).ID, w.Environment, "", w.Environment, w.Clock.Now()))
	legal := w.Submitted(model.StageLegalBasis)
	tell := func() {
		_, err := w.Store.AddressMessages(w.ctx(), false, 1000, w.Clock.Now())
		w.must(err)
	}
	tell()
	inbox := func(a model.Actor) []string {
		f := store.TaskFilter{
			OrgID: w.Org, Status: model.TaskOpen, ForPerson: a.PersonID, ForRoles: access.PoolRoles(a), ForUnit: a.UnitID, Deputy: a.Deputy,
		}
		tasks, err := w.Store.Tasks(w.ctx(), f)
		w.must(err)
		n, err := w.Store.CountTasks(w.ctx(), f, 1000)
		w.must(err)
		ids := []string{}
		for _, task := range tasks {
			ids = append(ids, task.CaseID)
		}
		if n != len(ids) {
			t.Errorf("%d counted, %d listed", n, len(ids))
		}
		return ids
	}
	check := func(what, person string, want ...string) {
		t.Helper()
		a := w.SignedIn(person)
		r := access.ReaderOf(a)
		if got := inbox(a); !sameIDs(got, want) {
			t.Errorf("%s: the inbox is %v, want %v", what, got, want)
		}
		if got, read := w.listed(store.CaseFilter{Reader: &r}), w.readable(r, ""); !slices.Equal(got, read) || person == w.Everybody && !sameIDs(got, want) {
			t.Errorf("%s: shown %v, may read %v, want %v", what, got, read, want)
		}
	}
	check("before", w.Everybody)
	d := w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
	check("of a reviewer", w.Everybody, free, taken)
	w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer) // twice is once
	owner := w.delegation(w.InfoOwner, w.Everybody, model.RoleInformationOwner)
	owner.UnitID = w.Unit
	w.must(w.delegates(owner))
	check("of an information owner, too", w.Everybody, free, taken, legal)
	w.Delegated(w.Environment, w.Owner, model.RoleEnvironmentReviewer)
	check("of the project owner", w.Owner) // in their own cases it is void

	again := w.Submitted(model.StageEnvironment)
	tell()
	told, err := w.Store.Messages(w.ctx(), store.MessageFilter{OrgID: w.Org})
	w.must(err)
	got := map[string]int{}
	for _, m := range told {
		if m.Kind == model.MessageAssigned && m.CaseID == again {
			got[m.PersonID]++
		}
	}
	if got[w.Everybody] != 1 || got[w.Environment] != 1 || got[w.Owner] != 0 {
		t.Errorf("told: %v", got)
	}
	for _, of := range []string{free, taken} {
		w.Do(of, As(w.Decide(of, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d))
	}
	if got := inbox(w.SignedIn(w.Everybody)); !sameIDs(got, []string{legal, again}) {
		t.Errorf("after the answers: %v", got)
	}
}

// A delegation that ends while its deputy decides is decided by before or refused.
func testDelegationEndsMeanwhile(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for range 8 {
		id := w.Submitted(model.StageEnvironment)
		d := w.Delegated(w.Environment, w.Everybody, model.RoleEnvironmentReviewer)
		answer := As(w.Decide(id, w.Everybody, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d)
		c := w.Command(id, answer)
		step := w.Transition(id, w.Snapshot(id), c.ID, answer)
		var wg sync.WaitGroup
		var ended, failed error
		var r model.Recorded
		wg.Go(func() { ended = w.endsDelegation(d.ID, w.Environment) })
		wg.Go(func() { r, failed = w.Store.Record(w.ctx(), step, w.Clock.Now()) })
		wg.Wait()
		w.must(ended)
		w.must(failed)
		decisions, err := w.Store.Decisions(w.ctx(), w.Org, id)
		w.must(err)
		decided := len(decisions) > 0 && decisions[len(decisions)-1].For != nil
		if refused := r.Refused != nil; refused == decided || refused && r.Refused.Code != model.CodeDelegationOver {
			t.Errorf("refused %v, decided %v", r.Refused, decided)
		}
		w.Verify(id)
	}
}

// Fifty at once, each with a delegation, and nobody gets round the rules: of those who
// may, one decides.
func testDelegationAttack(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageEnvironment)
	elsewhere := w.Draft()
	var acts []Act
	for i := range 50 {
		env := model.RoleEnvironmentReviewer
		person := w.Person(fmt.Sprintf("p%d", i), model.RoleUser)
		d := w.Delegated(w.Environment, person, env)
		switch i % 5 {
		case 0: // the owner in disguise
			person, d = w.Owner, w.Delegated(w.Environment, w.Owner, env)
		case 1: // ended
			w.must(w.endsDelegation(d.ID, person))
		case 2: // with another's
			d = w.Delegated(w.Environment, w.Person(fmt.Sprintf("q%d", i), model.RoleUser), env)
		case 3: // for another case
			d = w.delegation(w.Environment, person, env)
			d.CaseID = elsewhere
			w.must(w.delegates(d))
		}
		acts = append(acts, As(w.Decide(id, person, model.StageEnvironment, model.TaskDecision, model.OutcomeJustified), d))
	}
	before := w.Snapshot(id)
	var steps []model.Transition
	for _, a := range acts {
		steps = append(steps, w.Transition(id, before, w.Command(id, a).ID, a))
	}
	done := make([]bool, len(steps))
	var wg sync.WaitGroup
	for i, step := range steps {
		wg.Go(func() {
			r, err := w.Store.Record(w.ctx(), step, w.Clock.Now())
			done[i] = err == nil && r.Refused == nil && r.Mismatch == nil
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	n := 0
	for i, ok := range done {
		if ok {
			n++
			if i%5 != 4 {
				t.Errorf("attack %d succeeded", i%5)
			}
		}
	}
	if n != 1 {
		t.Errorf("%d decided", n)
	}
	w.Verify(id)
}
