package storetest

import (
	"errors"
	"math/rand/v2"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// Who finds which cases in the list (rulebook 10, "Read case" and "Create/edit
// draft").
func testReaders(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	draft := w.Draft()
	legal := w.Submitted(model.StageLegalBasis) // advice of the DPO's, decision of the information owner's
	pooled := w.Submitted(model.StageEnvironment)
	taken, given := w.Submitted(model.StageEnvironment), w.Submitted(model.StageEnvironment)
	for _, id := range []string{taken, given} {
		w.must(w.Store.AssignTask(w.ctx(), w.Org, w.Task(id, model.StageEnvironment, model.TaskDecision).ID,
			w.Environment, "", w.Environment, w.Clock.Now()))
	}
	withdrawn := w.Submitted(model.StageEnvironment)
	for _, id := range []string{given, withdrawn} { // which closes their tasks
		w.Do(id, w.Plain(model.ActWithdraw, w.Owner, model.EventWithdrawn, model.Withdrawn))
	}
	sent := []string{legal, pooled, taken, given, withdrawn}
	all := append([]string{draft}, sent...)

	for name, test := range map[string]struct {
		person string
		roles  []model.Role
		want   []string
	}{
		"project owner":                  {w.Owner, []model.Role{model.RoleProjectOwner, model.RoleUser}, all},
		"another project owner":          {w.Everybody, []model.Role{model.RoleProjectOwner, model.RoleUser}, nil},
		"member of staff":                {w.Everybody, []model.Role{model.RoleUser}, nil},
		"nobody in particular":           {w.Everybody, nil, nil},
		"manager of the cases":           {w.Manager, []model.Role{model.RoleManager}, sent},
		"information owner of the cases": {w.InfoOwner, []model.Role{model.RoleInformationOwner}, sent},
		"another manager":                {w.Everybody, []model.Role{model.RoleManager}, nil},
		"environment reviewer":           {w.Environment, []model.Role{model.RoleEnvironmentReviewer}, []string{pooled, taken, given, withdrawn}},
		"another environment reviewer":   {w.Everybody, []model.Role{model.RoleEnvironmentReviewer}, []string{pooled, withdrawn}},
		"former environment reviewer":    {w.Environment, []model.Role{model.RoleUser}, []string{taken, given}},
		"DPO":                            {w.DPO, []model.Role{model.RoleDPO}, sent},
		"CISO":                           {w.CISO, []model.Role{model.RoleCISO}, sent},
		"legal counsel":                  {w.Legal, []model.Role{model.RoleLegalCounsel}, sent},
		"registrar":                      {w.Everybody, []model.Role{model.RoleRegistrar}, sent},
		"coordinator with a draft":       {w.Owner, []model.Role{model.RoleCoordinator}, all},
		"administrator":                  {w.Everybody, []model.Role{model.RoleAdministrator}, all},
		"auditor":                        {w.Everybody, []model.Role{model.RoleAuditor}, all},
	} {
		r := access.ReaderOf(model.Actor{OrgID: w.Org, PersonID: test.person, Roles: test.roles})
		if got := w.listed(store.CaseFilter{Reader: &r}); !sameIDs(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
		for _, id := range all {
			title, err := w.Store.CaseTitle(w.ctx(), w.Org, id, r)
			if slices.Contains(test.want, id) != (err == nil && title != "") || err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Errorf("%s: the title of %s is %q (%v), and they read %v", name, id, title, err, test.want)
			}
		}
	}
}

// A list holds exactly the cases that the same person could read one by one,
// and every page of it is full as long as there are more.
func testListIsWhatCanBeRead(t *testing.T, open Open) {
	seed := newSeed(t)
	s := open(t, 0)
	for i := range uint64(4) {
		w := newWalk(NewWorld(t, s), rand.New(rand.NewPCG(seed, i)))
		w.populate()
		for range 40 {
			r := access.ReaderOf(w.anybody())
			f := store.CaseFilter{Reader: &r}
			if w.IntN(3) == 0 {
				f.State = model.CaseStates()[w.IntN(len(model.CaseStates()))]
			}
			if got, want := w.listed(f), w.readable(r, f.State); !slices.Equal(got, want) {
				t.Fatalf("%+v in state %q is shown %v and may read %v", r, f.State, got, want)
			}
		}
	}
}

// populate makes cases of different owners that have come some way, with tasks
// that are taken, given away and nobody's.
func (w *walk) populate() {
	w.Helper()
	for range 6 {
		n := w.NewCase()
		n.Command.ActorID = w.Everybody
		_, err := w.Store.CreateCase(w.ctx(), n, w.Clock.Now())
		w.must(err)
		w.id = w.Draft()
		for range w.IntN(12) {
			w.step()
		}
		tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, w.id)
		w.must(err)
		for _, task := range tasks {
			if task.Status == model.TaskOpen && w.IntN(2) == 0 {
				to := w.everybody()[w.IntN(9)]
				w.must(w.Store.AssignTask(w.ctx(), w.Org, task.ID, to, task.AssigneeID, to, w.Clock.Now()))
			}
		}
	}
}

func (w *World) everybody() []string {
	return []string{w.Owner, w.Manager, w.InfoOwner, w.SystemOwner, w.DPO, w.CISO, w.Legal, w.Environment, w.Everybody}
}

// anybody is one of the people with up to two roles, more often than not of those
// that do not read everything.
func (w *walk) anybody() model.Actor {
	a := model.Actor{OrgID: w.Org, PersonID: w.everybody()[w.IntN(9)]}
	roles := model.Roles()
	if w.IntN(3) > 0 {
		roles = []model.Role{model.RoleEnvironmentReviewer, model.RoleSystemOwner, model.RoleUser}
	}
	for range w.IntN(3) {
		a.Roles = append(a.Roles, roles[w.IntN(len(roles))])
	}
	return a
}

// readable reads every case of the organisation by itself, in the order of lists.
func (w *World) readable(r access.Reader, state model.CaseState) []string {
	w.Helper()
	cases, err := w.Store.Cases(w.ctx(), store.CaseFilter{OrgID: w.Org, State: state})
	w.must(err)
	var ids []string
	for _, c := range cases {
		if w.reads(r, c) {
			ids = append(ids, c.ID)
		}
	}
	return ids
}

func (w *World) reads(r access.Reader, c store.Case) bool {
	w.Helper()
	var err error
	on := access.Object{UnitID: c.UnitID}
	on.Functions, on.Apart, err = w.Store.Functions(w.ctx(), w.Org, c.ID, r.PersonID)
	w.must(err)
	tasks, err := w.Store.CaseTasks(w.ctx(), w.Org, c.ID)
	w.must(err)
	return r.ReadsCase(c.State, on) ||
		slices.ContainsFunc(tasks, func(t store.Task) bool {
			return r.ReadsTask(t.Key.Kind, t.Role, t.AssigneeID) || t.Status == model.TaskOpen && r.ReadsFor(on, c.ID, t.Key.Kind, t.Role, t.AssigneeID)
		})
}

// listed reads a list page by page, by cursor, and compares it with its count and
// with the same list by offset.
func (w *World) listed(f store.CaseFilter) []string {
	w.Helper()
	f.OrgID, f.Limit = w.Org, 3
	var scrolled, paged []string
	for {
		page, err := w.Store.Cases(w.ctx(), f)
		w.must(err)
		scrolled = append(scrolled, ids(page)...)
		if len(page) < int(f.Limit) {
			break // a page that is not full is the last
		}
		last := page[len(page)-1]
		f.After = &store.CaseCursor{UpdatedAt: last.UpdatedAt, ID: last.ID}
	}
	f.After = nil
	n, err := w.Store.CountCases(w.ctx(), f, 1000)
	w.must(err)
	for f.Offset = 0; f.Offset < int64(n); f.Offset += f.Limit {
		page, err := w.Store.Cases(w.ctx(), f)
		w.must(err)
		paged = append(paged, ids(page)...)
	}
	if n != len(scrolled) || !slices.Equal(scrolled, paged) {
		w.Errorf("%d counted, by cursor %v, by offset %v", n, scrolled, paged)
	}
	return scrolled
}

func sameIDs(a, b []string) bool {
	return slices.Equal(slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b)))
}
