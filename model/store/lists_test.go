package store_test

import (
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
	"sluss/model/store/multiply"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// crowd is an organisation with many cases, all copies of one that waits for its
// legal basis.
type crowd struct {
	*storetest.World
	size   int
	caseID string
}

func newCrowd(t testing.TB, dsn string, size int) *crowd {
	t.Helper()
	return newCrowdOf(t, dsn, size, "cases", "case_people", "parts", "stages", "tasks", "deadlines", "commands", "events")
}

// newCrowdOf makes a crowd of cases that have rows in some tables only, each changed a
// minute earlier than the one before.
func newCrowdOf(t testing.TB, dsn string, size int, tables ...string) *crowd {
	t.Helper()
	w := storetest.NewWorld(t, openStore(t, dsn, 1))
	c := &crowd{World: w, size: size}
	c.caseID = w.SubmittedAbout(commonFacts, model.StageManager, model.StageLegalBasis, model.StageCISO)
	w.Do(c.caseID, w.Decide(c.caseID, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
	if slices.Contains(tables, "register_entries") {
		if _, err := c.Store.PutRegisterEntry(c.Context(), c.Org, "", c.Entry(c.caseID, "Samtalsnot"), c.Clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if err := multiply.Cases(t.Context(), dsn, multiply.Options{Copies: size - 1, Tables: tables}); err != nil {
		t.Fatal(err)
	}
	return c
}

// lists are what people look at.
func (c *crowd) lists() map[string]func(s *store.Store) (int, error) {
	cases := func(f store.CaseFilter) func(*store.Store) (int, error) {
		f.OrgID, f.Limit = c.Org, 50
		return func(s *store.Store) (int, error) {
			list, err := s.Cases(c.Context(), f)
			return len(list), err
		}
	}
	tasks := func(f store.TaskFilter) func(*store.Store) (int, error) {
		f.OrgID, f.Limit, f.Status = c.Org, 50, model.TaskOpen
		return func(s *store.Store) (int, error) {
			list, err := s.Tasks(c.Context(), f)
			return len(list), err
		}
	}
	middle := c.Clock.Now().Add(-time.Duration(c.size) / 2 * time.Minute)
	return map[string]func(*store.Store) (int, error){
		"cases":             cases(store.CaseFilter{}),
		"cases by cursor":   cases(store.CaseFilter{After: &store.CaseCursor{UpdatedAt: middle, ID: c.caseID}}),
		"cases by state":    cases(store.CaseFilter{State: model.LegalReview}),
		"cases by role":     cases(store.CaseFilter{Role: model.RoleDPO}),
		"cases by assignee": cases(store.CaseFilter{AssigneeID: c.InfoOwner}),
		"cases by reader":   cases(store.CaseFilter{Reader: &access.Reader{PersonID: c.Manager}}),
		"cases of a pool":   cases(store.CaseFilter{Reader: &access.Reader{PersonID: c.Everybody, Pool: []model.Role{model.RoleCISO, model.RoleDPO}}}),
		"cases but drafts":  cases(store.CaseFilter{Reader: &access.Reader{PersonID: c.DPO, All: true, Pool: []model.Role{model.RoleDPO}}}),
		"cases by stage":    cases(store.CaseFilter{Stage: model.StageLegalBasis}),
		"cases overdue":     cases(store.CaseFilter{OverdueAt: middle.Add(14 * 24 * time.Hour)}),
		"cases found":       cases(store.CaseFilter{Query: "bygglov"}),
		"tasks":             tasks(store.TaskFilter{}),
		"tasks of a role":   tasks(store.TaskFilter{Role: model.RoleDPO}),
		"tasks of a person": tasks(store.TaskFilter{ForPerson: c.InfoOwner, ForRoles: []model.Role{model.RoleUser}}),
		"tasks of the DPO":  tasks(store.TaskFilter{ForPerson: c.DPO, ForRoles: []model.Role{model.RoleDPO}}),
		"tasks for others":  tasks(store.TaskFilter{Others: true, Person: c.Manager}),
		"tasks by cursor":   tasks(store.TaskFilter{After: &store.TaskCursor{DueAt: middle, ID: c.caseID}}),
		"late deadlines": func(s *store.Store) (int, error) {
			refs, err := s.CasesWithLateDeadlines(c.Context(), middle.Add(14*24*time.Hour), 50)
			return len(refs), err
		},
		"cases to sync": func(s *store.Store) (int, error) {
			refs, err := s.UnacknowledgedCases(c.Context(), middle, 50)
			return len(refs), err
		},
	}
}

// readAll reads every list.
func (c *crowd) readAll() {
	c.Helper()
	for name, list := range c.lists() {
		if _, err := list(c.Store); err != nil {
			c.Fatalf("%s: %v", name, err)
		}
	}
	if _, err := c.Store.Tasks(c.Context(), store.TaskFilter{
		OrgID: c.Org, ForPerson: c.DPO, ForRoles: []model.Role{model.RoleDPO}, Status: model.TaskDone, Latest: true,
	}); err != nil {
		c.Fatal(err)
	}
	if _, err := c.Store.Queues(c.Context(), store.TaskFilter{OrgID: c.Org, CasesOnly: true, Person: c.DPO}, c.Clock.Now()); err != nil {
		c.Fatal(err)
	}
	if _, err := c.Store.CasesByState(c.Context(), store.CaseFilter{OrgID: c.Org}); err != nil {
		c.Fatal(err)
	}
	for name, f := range c.filters() {
		if _, err := c.Store.Cases(c.Context(), f); err != nil {
			c.Fatalf("%s: %v", name, err)
		}
		f := store.RegisterFilter{OrgID: c.Org, Cases: &f, Limit: 10}
		if _, err := c.Store.RegisterEntries(c.Context(), f); err != nil {
			c.Fatalf("register, %s: %v", name, err)
		}
	}
}

// BenchmarkLists reads the first page of fifty among ten thousand cases.
func BenchmarkLists(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			c := newCrowd(b, dsn(b), 10_000)
			for name, list := range c.lists() {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if n, err := list(c.Store); err != nil || n != 50 {
							b.Fatalf("%d rows, %v", n, err)
						}
					}
				})
			}
			b.Run("case", func(b *testing.B) {
				for b.Loop() {
					c.Case(c.caseID)
				}
			})
			b.Run("snapshot", func(b *testing.B) {
				for b.Loop() {
					c.Snapshot(c.caseID)
				}
			})
			b.Run("draft", func(b *testing.B) {
				for b.Loop() {
					c.Draft()
				}
			})
		})
	}
}

// databases are those to measure, on a disk that is waited for.
func databases() map[string]func(testing.TB) string {
	return map[string]func(testing.TB) string{
		"sqlite":   func(t testing.TB) string { return "sqlite:" + filepath.Join(t.TempDir(), "record.db") },
		"postgres": func(t testing.TB) string { return pgtest.NewDatabase(t, migrate, pgtest.Durable()) },
	}
}
