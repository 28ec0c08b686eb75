package api

import (
	"context"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/store"
)

// caseView is a filter of cases as one person reads it. Somebody who reads every
// case of the organisation still reads no draft of another's, unless as an
// administrator or an auditor (rulebook 10).
type caseView struct {
	server *server
	actor  model.Actor
	store.CaseFilter
}

// hidesDrafts reports whether the filter can find drafts that are not the
// reader's. A draft has no task and no triage, so that most filters cannot.
func (v caseView) hidesDrafts() bool {
	switch {
	case access.CasesReach(v.actor) == access.ReachOwn,
		v.actor.Has(model.RoleAdministrator), v.actor.Has(model.RoleAuditor):
		return false
	case v.State != "" && v.State != model.Draft, v.Stage != "", v.Role != "", v.AssigneeID != "", v.Tier != "",
		v.AIActClass != "", v.HardStop != "", !v.OverdueAt.IsZero(), !v.DueBefore.IsZero():
		return false
	}
	return true
}

// batch is how many cases are read at a time where drafts have to be left out.
const batch = 200

// find returns at most n cases from where the filter begins.
func (v caseView) find(ctx context.Context, n int) ([]store.Case, error) {
	f := v.CaseFilter
	if !v.hidesDrafts() {
		f.Limit = int64(n)
		return v.server.Store.Cases(ctx, f)
	}
	skip := f.Offset
	f.Offset, f.Limit = 0, batch
	var out []store.Case
	for {
		found, err := v.server.Store.Cases(ctx, f)
		if err != nil {
			return nil, err
		}
		for _, c := range found {
			switch {
			case c.State == model.Draft && c.ProjectOwnerID != v.actor.PersonID:
			case skip > 0:
				skip--
			default:
				out = append(out, c)
			}
			if len(out) == n {
				return out, nil
			}
		}
		if len(found) < batch {
			return out, nil
		}
		last := found[len(found)-1]
		f.After = &store.CaseCursor{UpdatedAt: last.UpdatedAt, ID: last.ID}
	}
}

// count counts what find would return without end, up to one more than maxTotal.
func (v caseView) count(ctx context.Context) (int, error) {
	f := v.CaseFilter
	if !v.hidesDrafts() {
		return v.server.Store.CountCases(ctx, f, maxTotal+1)
	}
	drafts := f
	drafts.State = model.Draft
	all, err := v.server.Store.CountCases(ctx, drafts, maxTotal+1)
	if err != nil {
		return 0, err
	}
	drafts.ReaderID = v.actor.PersonID
	mine, err := v.server.Store.CountCases(ctx, drafts, maxTotal+1)
	if err != nil {
		return 0, err
	}
	hidden := all - mine
	n, err := v.server.Store.CountCases(ctx, f, int64(maxTotal+1+hidden))
	return n - hidden, err
}
