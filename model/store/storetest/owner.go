package storetest

import (
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/store"
)

// ownerIs checks whose a case is, who has its project owner's function, and that each of
// those who are told has been told so often.
func (w *World) ownerIs(caseID, owner string, told map[string]int, functions ...string) {
	w.Helper()
	if got := w.Case(caseID).ProjectOwnerID; got != owner {
		w.Errorf("the case is %s's, want %s", got, owner)
	}
	people, err := w.Store.CasePeople(w.ctx(), w.Org, caseID)
	w.must(err)
	var have []string
	for _, p := range people {
		if p.Role == model.RoleProjectOwner {
			have = append(have, p.PersonID)
		}
	}
	slices.Sort(have)
	slices.Sort(functions)
	if !slices.Equal(have, functions) {
		w.Errorf("its project owners are %v, want %v", have, functions)
	}
	_, err = w.Store.AddressMessages(w.ctx(), false, 1000, w.Clock.Now())
	w.must(err)
	messages, err := w.Store.Messages(w.ctx(), store.MessageFilter{OrgID: w.Org})
	w.must(err)
	for person, want := range told {
		n := 0
		for _, m := range messages {
			if m.PersonID == person && m.CaseID == caseID && m.Kind == model.MessageNewOwner {
				n++
			}
		}
		if n != want {
			w.Errorf("%s was told %d times, want %d", person, n, want)
		}
	}
}

// A project owner hands their case over by naming another one in its intake: from then on
// the case is theirs and they are told what happens.
func testHandOver(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Submitted(model.StageManager)
	next := w.Person("moa", model.RoleUser)
	act := w.Submit(id, Plan("s1", model.StageManager))
	act.Payload.Submission.People = append(slices.Clone(act.Payload.Submission.People), model.CasePerson{Role: model.RoleProjectOwner, PersonID: next})
	w.Do(id, act)
	w.ownerIs(id, next, map[string]int{next: 1, w.Owner: 0}, w.Owner, next) // who does it is not told
	w.Verify(id)
	withdraw := w.Plain(model.ActWithdraw, next, model.EventWithdrawn, model.Withdrawn)
	w.Do(id, withdraw)
}

// An administrator gives a case another project owner when the present one is gone
// (SOD-06). Whoever had it before has no right in it, and does not review it either.
func testReplaceOwner(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	admin := w.Person("adam", model.RoleAdministrator)
	next, third := w.Person("moa", model.RoleUser), w.Person("nils", model.RoleUser)
	draft := w.Draft()
	id := w.Submitted(model.StageManager)
	replace := func(by, caseID, from, to string) error {
		_, err := w.Store.ReplaceOwner(w.ctx(), store.OwnerChange{
			OrgID: w.Org, CaseID: caseID, ActorID: by, From: from, To: to, Reason: model.OwnerLeft,
		}, w.Clock.Now())
		return err
	}
	dpo := w.Person("dag", model.RoleDPO)
	for what, test := range map[string]struct {
		err  error
		want error
	}{
		"a draft":                 {replace(admin, draft, w.Owner, next), model.Refuse(model.CodeStateConflict)},
		"a case that is not":      {replace(admin, model.NewID(), w.Owner, next), store.ErrNotFound},
		"no administrator":        {replace(w.CISO, id, w.Owner, next), model.Refuse(model.CodeForbidden)},
		"somebody else's by now":  {replace(admin, id, third, next), model.Refuse(model.CodeStale)},
		"to whoever has it":       {replace(admin, id, w.Owner, w.Owner), model.Refuse(model.CodeUnchanged, "SOD-06")},
		"to themselves":           {replace(admin, id, w.Owner, admin), model.Refuse(model.CodeSegregation, "SOD-06")},
		"to the case's manager":   {replace(admin, id, w.Owner, w.Manager), model.Refuse(model.CodeSegregation, "SOD-01")},
		"to the DPO":              {replace(admin, id, w.Owner, dpo), model.Refuse(model.CodeSegregation, "SOD-02")},
		"to somebody who is not":  {replace(admin, id, w.Owner, model.NewID()), model.Refuse(model.CodeInvalid)},
		"to a case's system user": {replace(admin, id, w.Owner, model.System), model.Refuse(model.CodeInvalid)},
	} {
		if test.err == nil || test.err.Error() != test.want.Error() {
			t.Errorf("%s: %v, want %v", what, test.err, test.want)
		}
	}
	w.ownerIs(id, w.Owner, map[string]int{next: 0, w.Owner: 0}, w.Owner)

	late := w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn)
	w.must(replace(admin, id, w.Owner, next))
	w.ownerIs(id, next, map[string]int{next: 1, w.Owner: 1}, next)
	w.Verify(id)
	events, err := w.Store.Events(w.ctx(), w.Org, id, 0, 100)
	w.must(err)
	if last := events[len(events)-1]; last.Kind != string(model.EventOwnerReplaced) || last.ActorID != admin || len(last.Commitments) != 0 {
		t.Errorf("the last event: %+v", last)
	}
	functions, apart, err := w.Store.Functions(w.ctx(), w.Org, id, w.Owner)
	w.must(err)
	if len(functions) != 0 || !slices.Equal(apart, []model.Role{model.RoleProjectOwner}) {
		t.Errorf("the former owner has the functions %v and is kept apart by %v", functions, apart)
	}
	w.Refuse(id, late, model.CodeForbidden) // on its way when the case became somebody else's

	// The next intake names the new one, and nobody whom an administrator has replaced.
	submit := func(by, named string) Act {
		act := w.Submit(id, Plan("s1", model.StageManager))
		act.Actor = by
		act.Payload.Submission.People = append(slices.Clone(act.Payload.Submission.People), model.CasePerson{Role: model.RoleProjectOwner, PersonID: named})
		return act
	}
	w.Refuse(id, submit(next, w.Owner), model.CodeInvalid)
	w.Do(id, submit(next, next))
	w.ownerIs(id, next, map[string]int{next: 1, w.Owner: 1}, next)

	// Who comes back is given the case by an administrator, too.
	w.must(replace(admin, id, next, w.Owner))
	w.ownerIs(id, w.Owner, map[string]int{next: 2, w.Owner: 2}, w.Owner)
	w.Do(id, submit(w.Owner, w.Owner))
	w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	if err := replace(admin, id, w.Owner, next); err == nil || err.Error() != model.Refuse(model.CodeStateConflict).Error() {
		t.Errorf("of a withdrawn case: %v", err)
	}
	w.Verify(id)
}
