package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

func ids(cases []store.Case) []string {
	out := make([]string, len(cases))
	for i, c := range cases {
		out[i] = c.ID
	}
	return out
}

// Pages by offset and by cursor give the same list, also where many cases have
// changed at the same moment.
func testListCases(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	for i := range 12 {
		if i%4 == 0 {
			w.Clock.Advance(time.Microsecond)
		}
		w.Draft()
	}
	list := func(f store.CaseFilter) []store.Case {
		t.Helper()
		f.OrgID = w.Org
		cases, err := w.Store.Cases(w.ctx(), f)
		w.must(err)
		return cases
	}
	all := list(store.CaseFilter{})
	if len(all) != 12 || !slices.IsSortedFunc(all, func(a, b store.Case) int {
		if d := b.UpdatedAt.Compare(a.UpdatedAt); d != 0 {
			return d
		}
		return -1 * compareIDs(a.ID, b.ID)
	}) {
		t.Fatalf("%d cases, or not in order", len(all))
	}
	var paged, scrolled []string
	var after *store.CaseCursor
	for offset := int64(0); offset < 15; offset += 5 {
		paged = append(paged, ids(list(store.CaseFilter{Limit: 5, Offset: offset}))...)
		page := list(store.CaseFilter{Limit: 5, After: after})
		scrolled = append(scrolled, ids(page)...)
		last := page[len(page)-1]
		after = &store.CaseCursor{UpdatedAt: last.UpdatedAt, ID: last.ID}
	}
	if !slices.Equal(paged, ids(all)) {
		t.Errorf("by offset %v, want %v", paged, ids(all))
	}
	if !slices.Equal(scrolled, ids(all)) {
		t.Errorf("by cursor %v, want %v", scrolled, ids(all))
	}
	if rest := list(store.CaseFilter{Limit: 5, After: after}); len(rest) != 0 {
		t.Errorf("behind the end: %v", ids(rest))
	}
	for _, upTo := range []int64{5, 100} {
		n, err := w.Store.CountCases(w.ctx(), store.CaseFilter{OrgID: w.Org}, upTo)
		if err != nil || n != int(min(upTo, 12)) {
			t.Errorf("counted %d up to %d, %v", n, upTo, err)
		}
	}
}

func compareIDs(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

func testListCasesFilters(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	draft := w.Draft()
	manager := w.Submitted(model.StageManager)
	legal := w.Submitted(model.StageLegalBasis)
	stopped := w.Draft()
	p := Plan("s1")
	p.Outcome, p.Tier, p.HardStops = model.StoppedByRule, model.T4, []string{"HS-02", "HS-05"}
	w.Do(stopped, w.Submit(stopped, p))
	due := w.Task(manager, model.StageManager, model.TaskEndorse).DueAt

	for name, test := range map[string]struct {
		filter store.CaseFilter
		want   []string
	}{
		"all":                   {store.CaseFilter{}, []string{draft, manager, legal, stopped}},
		"state":                 {store.CaseFilter{State: model.LegalReview}, []string{legal}},
		"stage":                 {store.CaseFilter{Stage: model.StageManager}, []string{manager}},
		"role":                  {store.CaseFilter{Role: model.RoleDPO}, []string{legal}},
		"assignee":              {store.CaseFilter{AssigneeID: w.InfoOwner}, []string{legal}},
		"nobody's":              {store.CaseFilter{AssigneeID: w.Everybody}, nil},
		"unit":                  {store.CaseFilter{UnitID: w.Unit}, []string{draft, manager, legal, stopped}},
		"other unit":            {store.CaseFilter{UnitID: model.NewID()}, nil},
		"tier":                  {store.CaseFilter{Tier: model.T4}, []string{stopped}},
		"class":                 {store.CaseFilter{AIActClass: "minimal"}, []string{manager, legal, stopped}},
		"hard stop":             {store.CaseFilter{HardStop: "HS-05"}, []string{stopped}},
		"part of a hard stop":   {store.CaseFilter{HardStop: "HS-0"}, nil},
		"any hard stop":         {store.CaseFilter{HardStop: "HS%"}, nil},
		"one letter":            {store.CaseFilter{HardStop: "HS-0_"}, nil},
		"reader":                {store.CaseFilter{Reader: &access.Reader{PersonID: w.Manager}}, []string{manager, legal, stopped}},
		"owner reads":           {store.CaseFilter{Reader: &access.Reader{PersonID: w.Owner}}, []string{draft, manager, legal, stopped}},
		"owner":                 {store.CaseFilter{Reader: &access.Reader{PersonID: w.Owner}, OwnerID: w.Owner, State: model.Draft}, []string{draft}},
		"owner in another role": {store.CaseFilter{Reader: &access.Reader{PersonID: w.Manager}, OwnerID: w.Manager}, nil},
		"owner, to a stranger":  {store.CaseFilter{Reader: &access.Reader{PersonID: w.Everybody}, OwnerID: w.Owner}, nil},
		"stranger":              {store.CaseFilter{Reader: &access.Reader{PersonID: w.Everybody}}, nil},
		"overdue":               {store.CaseFilter{OverdueAt: due.Add(time.Second)}, []string{manager}},
		"not yet overdue":       {store.CaseFilter{OverdueAt: due}, nil},
		"due before":            {store.CaseFilter{DueBefore: due.Add(30 * 24 * time.Hour)}, []string{manager, legal}},
		"several":               {store.CaseFilter{State: model.LegalReview, Role: model.RoleDPO, Tier: model.T2, Query: "bygglov"}, []string{legal}},
		"several, none matches": {store.CaseFilter{State: model.LegalReview, Role: model.RoleManager}, nil},
	} {
		test.filter.OrgID = w.Org
		cases, err := w.Store.Cases(w.ctx(), test.filter)
		w.must(err)
		got, want := ids(cases), slices.Clone(test.want)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
		if n, err := w.Store.CountCases(w.ctx(), test.filter, 100); err != nil || n != len(want) {
			t.Errorf("%s: counted %d, %v", name, n, err)
		}
	}
}

func testListTasks(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	var cases []string
	for range 3 {
		cases = append(cases, w.Submitted(model.StageLegalBasis)) // advice and decision, due at different times
		w.Clock.Advance(24 * time.Hour)
	}
	cases = append(cases, w.Submitted(model.StageSecrecy)) // has no service time
	list := func(f store.TaskFilter) []store.Task {
		t.Helper()
		f.OrgID = w.Org
		tasks, err := w.Store.Tasks(w.ctx(), f)
		w.must(err)
		if n, err := w.Store.CountTasks(w.ctx(), f, 100); f.After == nil && f.Limit == 0 && (err != nil || n != len(tasks)) {
			t.Errorf("%+v: counted %d of %d, %v", f, n, len(tasks), err)
		}
		return tasks
	}
	all := list(store.TaskFilter{})
	if len(all) != 7 || !all[6].DueAt.IsZero() || all[6].CaseID != cases[3] ||
		!slices.IsSortedFunc(all[:6], func(a, b store.Task) int { return a.DueAt.Compare(b.DueAt) }) {
		t.Fatalf("tasks %+v", all)
	}
	if all[0].CaseTitle != "Chattbot för bygglov" || all[0].CaseState != model.LegalReview || all[0].CaseID != cases[0] {
		t.Errorf("first %+v", all[0])
	}
	key := func(t store.Task) string { return t.ID }
	var scrolled []string
	var after *store.TaskCursor
	for range 4 {
		page := list(store.TaskFilter{Limit: 2, After: after})
		for _, task := range page {
			scrolled = append(scrolled, key(task))
			after = &store.TaskCursor{DueAt: task.DueAt, ID: task.ID}
		}
	}
	var want, paged []string
	for _, task := range all {
		want = append(want, key(task))
	}
	for offset := int64(0); offset < 8; offset += 2 {
		for _, task := range list(store.TaskFilter{Limit: 2, Offset: offset}) {
			paged = append(paged, key(task))
		}
	}
	if !slices.Equal(scrolled, want) || !slices.Equal(paged, want) {
		t.Errorf("by cursor %v, by offset %v, want %v", scrolled, paged, want)
	}
	if rest := list(store.TaskFilter{After: after}); len(rest) != 0 {
		t.Errorf("behind the end: %v", rest)
	}

	w.must(w.Store.AssignTask(w.ctx(), w.Org, w.Task(cases[0], model.StageLegalBasis, model.TaskAdvice).ID, w.DPO, "", w.DPO, w.Clock.Now()))
	w.Do(cases[1], w.Decide(cases[1], w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
	for name, test := range map[string]struct {
		filter store.TaskFilter
		want   int
	}{
		"open":                   {store.TaskFilter{Status: model.TaskOpen}, 6},
		"done":                   {store.TaskFilter{Status: model.TaskDone}, 1},
		"role":                   {store.TaskFilter{Role: model.RoleDPO, Status: model.TaskOpen}, 2},
		"assignee":               {store.TaskFilter{AssigneeID: w.InfoOwner}, 3},
		"mine and my roles'":     {store.TaskFilter{ForPerson: w.DPO, ForRoles: []model.Role{model.RoleDPO}, Status: model.TaskOpen}, 2},
		"somebody else's claim":  {store.TaskFilter{ForPerson: w.Legal, ForRoles: []model.Role{model.RoleDPO, model.RoleLegalCounsel}, Status: model.TaskOpen}, 2},
		"mine, without any role": {store.TaskFilter{ForPerson: w.InfoOwner}, 3},
		"none":                   {store.TaskFilter{ForPerson: w.Everybody}, 0},
		"nobody's, of my roles":  {store.TaskFilter{ForPerson: w.DPO, ForRoles: []model.Role{model.RoleDPO}, Free: true, Status: model.TaskOpen}, 1},
		"nobody's, without any":  {store.TaskFilter{ForPerson: w.InfoOwner, Free: true}, 0},
		"for others, the owner":  {store.TaskFilter{Others: true, Person: w.Owner, Status: model.TaskOpen}, 6},
		"for others, the DPO":    {store.TaskFilter{Others: true, Person: w.DPO, Pool: []model.Role{model.RoleDPO}, Status: model.TaskOpen}, 1},
		"for others, nobody":     {store.TaskFilter{Others: true, Person: w.Everybody}, 0},
		"closed":                 {store.TaskFilter{Latest: true}, 1},
		"overdue":                {store.TaskFilter{Status: model.TaskOpen, OverdueAt: all[0].DueAt.Add(time.Second)}, 1},
	} {
		if got := list(test.filter); len(got) != test.want {
			t.Errorf("%s: %d tasks, want %d", name, len(got), test.want)
		}
	}
}

// Cases are found by parts of their title and number, in upper or lower case, in
// Swedish too.
func testSearch(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	titled := func(title string) string {
		id := w.Draft()
		_, err := w.Store.SaveDraft(w.ctx(), w.draft(id, 1, title), w.Clock.Now())
		w.must(err)
		return id
	}
	area := titled("Översikt ÅTERVINNING 100%_säker")
	plain := titled("100 saker")
	decomposed := titled("Fo\u0308rskola")
	numbered := w.Submitted(model.StageManager)
	for query, want := range map[string][]string{
		"översikt": {area}, "ÖVERSIKT": {area}, "återvinning": {area}, "Återvinning 100": {area},
		"100": {area, plain}, "100%": {area}, "100%_": {area}, "%": {area}, "_": {area}, `\`: nil,
		"sl 2026-1": {numbered}, "SL 2026": {numbered}, "förskola": {decomposed}, "FÖRSKOLA": {decomposed},
		"säker": {area}, "saker": {plain}, "finns inte": nil, "'": nil,
	} {
		cases, err := w.Store.Cases(w.ctx(), store.CaseFilter{OrgID: w.Org, Query: query})
		w.must(err)
		got := ids(cases)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%q finds %d cases, want %d", query, len(got), len(want))
		}
	}
}

// Lists are sorted by code point on every database, whatever its language.
func testOrder(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	handles := []string{"Zed", "anna", "Örjan", "a-b", "ab", "a_b", "åke", "Anna", "zed"}
	for _, h := range handles {
		w.Person("~"+h, model.RoleUser, model.RoleAuditor)
	}
	people, err := w.Store.People(w.ctx(), w.Org)
	w.must(err)
	testColleagues(w, people)
	var got []string
	for _, p := range people {
		if p.Handle[0] == '~' {
			got = append(got, p.Handle[1:])
			if fmt.Sprint(p.Roles) != "[auditor user]" {
				t.Errorf("%s has the roles %v", p.Handle, p.Roles)
			}
		}
	}
	slices.Sort(handles)
	if !slices.Equal(got, handles) {
		t.Errorf("order %v, want %v", got, handles)
	}
}

// What is read of all people, and of some, is the same.
func testColleagues(w *World, people []store.Person) {
	w.Helper()
	var want, inUnit, auditors []store.Colleague
	var ids []string
	for _, p := range people {
		c := store.Colleague{ID: p.ID, Handle: p.Handle, Name: p.Name, UnitID: p.UnitID}
		want, ids = append(want, c), append(ids, p.ID)
		if p.UnitID == w.Unit {
			inUnit = append(inUnit, c)
		}
		if slices.Contains(p.Roles, model.RoleAuditor) {
			auditors = append(auditors, c)
		}
	}
	for f, want := range map[store.ColleagueFilter][]store.Colleague{
		{}: want, {UnitID: w.Unit}: inUnit, {UnitID: "x"}: nil, {Role: model.RoleAuditor}: auditors, {Role: "x"}: nil,
		{Role: model.RoleAuditor, UnitID: "x"}: nil,
	} {
		f.OrgID = w.Org
		got, err := w.Store.Colleagues(w.ctx(), f)
		w.must(err)
		if !slices.Equal(got, want) {
			w.Errorf("the colleagues of %+v are %v, want %v", f, got, want)
		}
	}
	roles, err := w.Store.RolesOf(w.ctx(), w.Org, ids[1:])
	w.must(err)
	for i, p := range people {
		if i == 0 && len(roles[p.ID]) > 0 || i > 0 && !slices.Equal(roles[p.ID], p.Roles) {
			w.Errorf("%s has the roles %v, and %v among others", p.Handle, p.Roles, roles[p.ID])
		}
	}
}

// What was closed last comes first, page by page, and a task is new to everybody
// who has not opened it.
func testClosedTasks(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	var want []string
	for range 3 {
		id := w.Submitted(model.StageLegalBasis)
		want = append([]string{w.Task(id, model.StageLegalBasis, model.TaskAdvice).ID}, want...)
		w.Do(id, w.Decide(id, w.DPO, model.StageLegalBasis, model.TaskAdvice, model.OutcomeSupports))
		w.Clock.Advance(time.Hour)
	}
	var got []string
	var after *store.TaskCursor
	for range 3 {
		page, err := w.Store.Tasks(w.ctx(), store.TaskFilter{
			OrgID: w.Org, ForPerson: w.DPO, ForRoles: []model.Role{model.RoleDPO}, Status: model.TaskDone, Latest: true, Limit: 2, After: after,
		})
		w.must(err)
		for _, task := range page {
			got = append(got, task.ID)
			after = &store.TaskCursor{ClosedAt: task.ClosedAt, ID: task.ID}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("closed %v, want %v", got, want)
	}
	first := w.Clock.Now()
	w.must(w.Store.SeeTask(w.ctx(), w.Org, w.DPO, want[0], first))
	w.must(w.Store.SeeTask(w.ctx(), w.Org, w.DPO, want[0], first.Add(time.Hour)))
	for person, seen := range map[string]time.Time{w.DPO: first, w.CISO: {}} {
		tasks, err := w.Store.Tasks(w.ctx(), store.TaskFilter{OrgID: w.Org, Person: person, Latest: true, Limit: 1})
		w.must(err)
		if !tasks[0].ViewedAt.Equal(seen) || tasks[0].CaseUpdatedAt.IsZero() {
			t.Errorf("seen by %s at %v, want %v; the case changed at %v", person, tasks[0].ViewedAt, seen, tasks[0].CaseUpdatedAt)
		}
	}
	if err := w.Store.SeeTask(w.ctx(), w.Org, w.DPO, model.NewID(), first); !errors.Is(err, store.ErrReference) {
		t.Errorf("a task that is not there: %v", err)
	}
}
