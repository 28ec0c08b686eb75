package store_test

import (
	"maps"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// commonFacts are said of every case of a crowd, rareFacts of one.
var (
	commonFacts = []model.Fact{{Name: model.FactStorageLocation, Value: "sweden"}, {Name: model.FactRetestDue, Value: "2027-01-31"}}
	rareFacts   = []model.Fact{{Name: model.FactStorageLocation, Value: "other_third"}, {Name: model.FactRetestDue, Value: "2026-12-31"}}
)

// filters are those of the list of cases, each as it finds every case of a crowd
// and as it finds one or none.
func (c *crowd) filters() map[string]store.CaseFilter {
	everything := access.Reader{PersonID: c.DPO, All: true, Pool: []model.Role{model.RoleDPO}}
	filters := map[string]store.CaseFilter{
		"state, all": {State: model.LegalReview}, "state, none": {State: model.Archived},
		"stage, all": {Stage: model.StageLegalBasis}, "stage, none": {Stage: model.StageDPIA},
		"role, all": {Role: model.RoleDPO}, "role, none": {Role: model.RoleUnitHead},
		"assignee, all": {AssigneeID: c.InfoOwner}, "assignee, none": {AssigneeID: c.Everybody},
		"unit, all": {UnitID: c.Unit}, "unit, none": {UnitID: model.NewID()},
		"tier, all": {Tier: model.T2}, "tier, none": {Tier: model.T4},
		"class, all": {AIActClass: "minimal"}, "class, none": {AIActClass: "prohibited"},
		"overdue, all":    {OverdueAt: c.Clock.Now().AddDate(1, 0, 0)},
		"overdue, none":   {OverdueAt: c.Clock.Now()},
		"hard stop, none": {HardStop: "HS-02"},
		"words, all":      {Query: "bygglov"}, "words, none": {Query: "finns inte"},
		"supplier, all": {Supplier: "talverket i norden ab"}, "supplier, none": {Supplier: "Ingen"},
		"product, all": {Product: "samtalsnot 4"}, "product, none": {Product: "Inget"},
		"fact, all": {Facts: commonFacts[:1]}, "fact, one": {Facts: rareFacts[:1]},
		"two facts, none":   {Facts: []model.Fact{commonFacts[0], rareFacts[0]}},
		"date, all":         {FactsBefore: []model.Fact{{Name: model.FactRetestDue, Value: "2028-01-01"}}},
		"date, one":         {FactsBefore: []model.Fact{{Name: model.FactRetestDue, Value: "2027-01-01"}}},
		"DPIA result, none": {DPIAResult: model.OutcomeAcceptable},
		"condition, none":   {ConditionDueBefore: "2030-01-01"},
		"valid until, none": {ValidUntilBefore: "2090-01-01"},
		"adopted, none":     {UnitAdopted: c.Unit}, "not adopted, none": {UnitNotAdopted: c.Unit},
		"record of processing, none": {RopaMissing: true}, "interim, none": {InterimBefore: "2030-01-01"},
	}
	for name, f := range filters {
		f.OrgID, f.Reader, f.Limit = c.Org, &everything, 21
		filters[name] = f
	}
	return filters
}

// BenchmarkFilters reads the first page of each filter of 100,000 cases, as a
// person who reads every case.
//
//	go test -run '^$' -bench Filters -benchtime 20x ./model/store
func BenchmarkFilters(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			c := newCrowdOf(b, dsn(b), 100_000, "cases", "case_people", "stages", "tasks", "case_products", "case_facts")
			c.SubmittedAbout(rareFacts, model.StageManager)
			filters := c.filters()
			for _, name := range slices.Sorted(maps.Keys(filters)) {
				b.Run(name, func(b *testing.B) {
					for b.Loop() {
						if _, err := c.Store.Cases(b.Context(), filters[name]); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		})
	}
}

// BenchmarkOverview counts cases by state and open tasks by role among ten thousand cases.
//
//	go test -run '^$' -bench Overview -benchtime 20x ./model/store
func BenchmarkOverview(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			c := newCrowd(b, dsn(b), 10_000)
			reader := access.Reader{PersonID: c.DPO, All: true}
			for b.Loop() {
				if _, err := c.Store.Queues(b.Context(), store.TaskFilter{OrgID: c.Org}, c.Clock.Now()); err != nil {
					b.Fatal(err)
				}
				if _, err := c.Store.CasesByState(b.Context(), store.CaseFilter{OrgID: c.Org, Reader: &reader}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkFigures takes the figures of a million cases, which take long to make.
//
//	go test -run '^$' -bench Figures -benchtime 20x -timeout 30m ./model/store
func BenchmarkFigures(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			c := newCrowdOf(b, dsn(b), 1_000_000, "cases", "tasks")
			for b.Loop() {
				if f, err := c.Store.Figures(b.Context(), c.Clock.Now()); err != nil || f.Cases[model.LegalReview] != 1_000_000 {
					b.Fatal(f, err)
				}
			}
		})
	}
}

// BenchmarkStatistics counts the cases of an organisation that has ten thousand.
//
//	go test -run '^$' -bench Statistics -benchtime 20x ./model/store
func BenchmarkStatistics(b *testing.B) {
	for name, dsn := range databases() {
		b.Run(name, func(b *testing.B) {
			url := dsn(b)
			c := newCrowdOf(b, url, 10_000, "cases", "stages", "tasks", "decisions", "register_entries")
			_, err := newFloor(b, url, 1).db.Exec("UPDATE stages SET status = 'done', done_at = $1, started_at = $2", "2026-12-24 08:00:00+00:00", "2026-11-24 08:00:00+00:00")
			if err != nil {
				b.Fatal(err)
			}
			now := c.Clock.Now().AddDate(1, 0, 0)
			for b.Loop() {
				if _, err := c.Store.Statistics(b.Context(), c.Org, store.Period{}, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
