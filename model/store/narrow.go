package store

import (
	"context"
	"slices"

	"github.com/uptrace/bun"

	"sluss/model"
)

// narrowing is a condition of a list of cases in two forms: as the ids of the
// cases that it leaves, nil where these are never few, and as a test of one case.
type narrowing struct {
	ids  *bun.SelectQuery
	test string
	args []any
	// whole is true where all cases are looked through to find the ids.
	whole bool
}

// few is how many cases a condition leaves at most for the list to begin with
// them. Where every condition leaves more, the list is read in its order and case
// after case is tested: the first page then ends soon.
const few = 500

// narrow adds conditions to a list of cases, the one that leaves few cases, where
// there is one, as their ids. It reports whether there was one.
func (s *Store) narrow(ctx context.Context, q *bun.SelectQuery, conditions []narrowing) (_ *bun.SelectQuery, begun bool, err error) {
	for _, n := range conditions {
		if !begun && n.ids != nil {
			var among string
			var args []any
			if begun, among, args, err = s.begin(ctx, n); err != nil {
				return nil, false, err
			}
			if begun {
				q = q.Where(among, args...)
				if !s.postgres {
					q = q.Where("c.seq >= 0") // no index has it: SQLite would count all cases along one that has the rest
				}
				continue
			}
		}
		q = q.Where(n.test, n.args...)
	}
	return q, begun, nil
}

// isFew reports whether a query finds few cases. They are not read: most often there are
// many. A list and its count ask the same, which is recalled.
func (s *Store) isFew(ctx context.Context, q *bun.SelectQuery) (bool, error) {
	return Recall(ctx, "few "+q.String(), func() (bool, error) {
		var n int
		err := s.find(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").TableExpr("(?) AS more", q.Clone().Limit(few+1)), &n)
		return n <= few, err
	})
}

// begin reports whether a condition leaves few cases, and says in SQL which they are.
// Those that take long to find are found once: they are read, and told one by one.
func (s *Store) begin(ctx context.Context, n narrowing) (isFew bool, among string, args []any, err error) {
	if !n.whole {
		isFew, err = s.isFew(ctx, n.ids)
		return isFew, s.among("c.id"), []any{n.ids}, err
	}
	ids, err := Recall(ctx, "found "+n.ids.String(), func() (ids []string, err error) {
		err = s.find(ctx, n.ids.Clone().Limit(few+1), &ids)
		return ids, err
	})
	return len(ids) <= few, "c.id IN (?)", []any{bun.List(slices.Concat(ids, []string{""}))}, err
}

// among is the condition that a column is one of the few that a query finds. PostgreSQL
// is given them as an array, so that it finds them first whatever it guesses of how many
// they are.
func (s *Store) among(column string) string {
	if s.postgres {
		return column + " = ANY (ARRAY(?))"
	}
	return column + " IN (?)"
}

// tested adds conditions to a query that reads one case after the other.
func tested(q *bun.SelectQuery, conditions []narrowing) *bun.SelectQuery {
	for _, n := range conditions {
		q = q.Where(n.test, n.args...)
	}
	return q
}

// aside keeps SQLite from finding rows by a column: it would choose the index that
// begins with it and look through the rows of all cases, each time.
func (s *Store) aside(column string) string {
	if s.postgres {
		return column
	}
	return "+" + column
}

// of is a condition on the rows that a table has of a case, given once to find all
// rows by and once to test those of one case.
func (s *Store) of(table, orgID, find, test string, args ...any) narrowing {
	return narrowing{
		ids: s.read.NewSelect().TableExpr(table+" AS x").ColumnExpr("x.case_id").
			Where("x.org_id = ?", orgID).Where(find, args...),
		test: "EXISTS (SELECT 1 FROM " + table + " x WHERE x.org_id = c.org_id AND x.case_id = c.id AND " + test + ")",
		args: args,
	}
}

// column is a condition on a column of the case itself.
func (s *Store) column(orgID, find, test string, args ...any) narrowing {
	return narrowing{
		ids:  s.read.NewSelect().TableExpr("cases AS x").ColumnExpr("x.id").Where("x.org_id = ?", orgID).Where("x."+find, args...),
		test: test, args: args,
	}
}

// narrowings are the conditions of a filter that an index can answer.
func (s *Store) narrowings(f CaseFilter) []narrowing {
	var out []narrowing
	add := func(given bool, n func() narrowing) {
		if given {
			out = append(out, n())
		}
	}
	equal := func(column, value string) {
		add(value != "", func() narrowing {
			return s.column(f.OrgID, column+" = ?", s.aside("c."+column)+" = ?", value)
		})
	}
	about := func(column, value string) {
		add(value != "", func() narrowing {
			return s.of("case_products", f.OrgID, "x."+column+" = ?", s.aside("x."+column)+" = ?", model.NameKey(value))
		})
	}
	equal("unit_id", f.UnitID)
	equal("tier", string(f.Tier))
	equal("ai_act_class", f.AIActClass)
	about("supplier", f.Supplier)
	about("product", f.Product)
	for _, fact := range f.Facts {
		out = append(out, s.of("case_facts", f.OrgID, "x.name = ? AND x.value = ?", "x.name = ? AND x.value = ?",
			fact.Name, factKey(fact.Value)))
	}
	for _, fact := range f.FactsBefore {
		out = append(out, s.of("case_facts", f.OrgID, "x.name = ? AND x.value < ?",
			s.aside("x.name")+" = ? AND x.value < ?", fact.Name, fact.Value))
	}
	add(f.HardStop != "", func() narrowing {
		const stopped = `hard_stops <> '' AND `
		return s.column(f.OrgID, stopped+`x.hard_stops LIKE ? ESCAPE '\'`, `c.hard_stops LIKE ? ESCAPE '\'`,
			"% "+likeEscaper.Replace(f.HardStop)+" %")
	})
	add(f.ValidUntilBefore != "", func() narrowing {
		return s.column(f.OrgID, "valid_until <> '' AND x.valid_until < ?",
			s.aside("c.valid_until")+" < ? AND c.valid_until <> ''", f.ValidUntilBefore)
	})
	add(f.Stage != "", func() narrowing {
		const open = "x.stage = ? AND x.status = ?"
		return s.of("stages", f.OrgID, open, open, f.Stage, model.StageOpen)
	})
	add(f.DPIAResult != "", func() narrowing {
		const result = "x.stage = ? AND x.status = ? AND x.result = ?"
		return s.of("stages", f.OrgID, result, result, model.StageDPIA, model.StageDone, f.DPIAResult)
	})
	add(f.ConditionDueBefore != "", func() narrowing {
		const unmet = " < ? AND x.due_date <> '' AND x.status IN (?, ?)"
		return s.of("conditions", f.OrgID, "x.due_date"+unmet, s.aside("x.due_date")+unmet,
			f.ConditionDueBefore, model.ConditionOpen, model.ConditionOverdue)
	})
	return slices.Concat(out, s.taskNarrowing(f), s.entryNarrowings(f), s.titleNarrowing(f))
}

// titleNarrowing asks for a text in the title. To find it, what all cases are searched in
// is looked through, so that it comes last.
func (s *Store) titleNarrowing(f CaseFilter) []narrowing {
	if f.Query == "" {
		return nil
	}
	n := s.column(f.OrgID, `search LIKE ? ESCAPE '\'`, `c.search LIKE ? ESCAPE '\'`, "%"+likeEscaper.Replace(searchText(f.Query))+"%")
	n.whole = true
	return []narrowing{n}
}

// taskNarrowing asks for an open task that is all that the filter asks for.
func (s *Store) taskNarrowing(f CaseFilter) []narrowing {
	find, test, args := "x.status = 'open' AND x.case_id IS NOT NULL", s.aside("x.status")+" = 'open'", []any{}
	where := func(column, is string, arg any) {
		find, test = find+" AND x."+column+is, test+" AND "+s.aside("x."+column)+is
		args = append(args, arg)
	}
	if f.Role != "" {
		where("role", " = ?", f.Role)
	}
	if f.AssigneeID != "" {
		where("assignee_id", " = ?", f.AssigneeID)
	}
	if !f.OverdueAt.IsZero() {
		where("due_at", " < ?", f.OverdueAt)
	}
	if !f.DueBefore.IsZero() {
		where("due_at", " < ?", f.DueBefore)
	}
	if len(args) == 0 {
		return nil
	}
	return []narrowing{s.of("tasks", f.OrgID, find, test, args...)}
}

// entryNarrowings ask for what the register says of the case.
func (s *Store) entryNarrowings(f CaseFilter) []narrowing {
	const holds = "x.until IS NULL AND x.case_id IS NOT NULL AND "
	covers := `x.unit_ids LIKE ? ESCAPE '\'`
	unit := func(id string) string { return "% " + likeEscaper.Replace(id) + " %" }
	entry := func(what string, args ...any) narrowing {
		return s.of("register_entries", f.OrgID, holds+what, holds+what, args...)
	}
	var out []narrowing
	if f.UnitAdopted != "" {
		out = append(out, entry(covers, unit(f.UnitAdopted)))
	}
	if f.UnitNotAdopted != "" {
		n := s.of("case_facts", f.OrgID, "x.name = ? AND x.value = ?", "x.name = ? AND x.value = ?",
			model.FactCoveredUnit, factKey(f.UnitNotAdopted))
		without := ` AND NOT EXISTS (SELECT 1 FROM register_entries e WHERE e.org_id = ? AND e.case_id = x.case_id
			AND e.until IS NULL AND e.unit_ids LIKE ? ESCAPE '\')`
		args := []any{f.OrgID, unit(f.UnitNotAdopted)}
		n.ids = n.ids.Where("TRUE"+without, args...)
		n.test, n.args = n.test[:len(n.test)-1]+without+")", append(n.args, args...)
		out = append(out, n)
	}
	if f.RopaMissing {
		out = append(out, entry("x.ropa_missing"))
	}
	if f.InterimBefore != "" {
		out = append(out, entry("x.status = ? AND x.valid_until < ?", model.RegisterInterim, f.InterimBefore))
	}
	return out
}
