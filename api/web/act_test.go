package web

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/api"
	"sluss/api/act"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// Whatever the API lets somebody do with a case is done on a page, and that says in
// both languages what follows.
func TestEveryActHasAPage(t *testing.T) {
	t.Parallel()
	elsewhere := []string{act.MayEdit, act.MaySubmit, act.MayVerify, act.MayConsult}
	for _, what := range []string{
		act.MayEdit, act.MaySubmit, act.MayCorrect, act.MayWithdraw, act.MayActivate, act.MayVerify, act.MayReExamine, act.MayArchive,
		act.MayRaise, act.MaySuspend, act.MayAskForStop, act.MayResume, act.MayReportChange, act.MayRenew, act.MayDecommission,
		act.MayConsult, act.MayInterim, act.MayOverride, act.MayReplaceOwner,
	} {
		i := slices.IndexFunc(caseActs, func(a caseAct) bool { return a.act == what })
		switch {
		case i < 0 && !slices.Contains(elsewhere, what):
			t.Errorf("%s has no page", what)
		case i >= 0:
			a := caseActs[i]
			if !a.title.Complete() || !a.hint.Complete() || a.about.Complete() != (a.about != lang.Text{}) || a.final.Complete() != (a.final != lang.Text{}) {
				t.Errorf("%s is not told in both languages", what)
			}
			for _, id := range a.rules {
				if _, known := model.ProcessRule(id); !known {
					t.Errorf("%s rests on %s, which is no rule", what, id)
				}
			}
		}
	}
}

func TestBurnOf(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	met := func(from, to int) api.ConditionItem {
		at := day(to)
		return api.ConditionItem{Status: model.ConditionMet, CreatedAt: day(from), VerifiedAt: &at}
	}
	items := []api.ConditionItem{
		met(1, 5), met(1, 11), {Status: model.ConditionOverdue, CreatedAt: day(1)},
		{Status: model.ConditionOpen, CreatedAt: day(11)}, {Status: model.ConditionReplaced, CreatedAt: day(2)},
	}
	b := burnOf(items, calendar.MustParseDate("2026-11-21"))
	var got []string
	for _, d := range b.Days {
		got = append(got, d.On[8:]+":"+string(rune('0'+d.Open)))
	}
	if want := "01:3 05:2 11:2 21:2"; strings.Join(got, " ") != want || b.Most() != 3 || !b.Drawn() {
		t.Errorf("got %v, at most %d, want %s", got, b.Most(), want)
	}
	if b.Line() != "M24 24H136V71H304V71H584V71" {
		t.Errorf("line %s", b.Line())
	}
	if burnOf(nil, calendar.MustParseDate("2026-11-21")).Drawn() {
		t.Error("nothing is drawn")
	}
}

// A table of records begins with what its list is sorted by, and has what has to be
// answered before what need not.
func TestColumnsOfRecords(t *testing.T) {
	t.Parallel()
	for _, kind := range append(model.CaseRecords(), model.RecordSupplier) {
		form, ok := rulebook.Default().RecordForm(string(kind))
		if !ok {
			t.Fatalf("no form of %s", kind)
		}
		spec, _ := model.Record(kind)
		columns := columnsOf(form, kind)
		if len(columns) == 0 || len(columns) > maxColumns || columns[0].ID != spec.Name {
			t.Errorf("%s has the columns %v", kind, columns)
		}
		for i, f := range columns[1:] {
			if i > 0 && f.Required && !columns[i].Required {
				t.Errorf("%s shows %s too late", kind, f.ID)
			}
		}
	}
}
