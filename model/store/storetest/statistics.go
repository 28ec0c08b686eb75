package storetest

import (
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// Statistics count what cases have come to (rulebook 9.9), of one organisation.
func testStatistics(t *testing.T, open Open) {
	w, other := NewWorld(t, open(t, 0)), NewWorld(t, open(t, 0))
	other.Submitted(model.StageManager)
	w.Draft()
	endorsed := func(after time.Duration) string {
		id := w.Submitted(model.StageManager, model.StageCISO)
		w.Clock.Advance(after)
		w.Do(id, w.Decide(id, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
		return id
	}
	began := w.Clock.Now()
	endorsed(10 * time.Hour)
	used := endorsed(20 * time.Hour)
	split := w.Clock.Now().Add(time.Minute)
	w.Clock.Advance(time.Hour)
	endorsed(48 * time.Hour)
	last := endorsed(50 * time.Hour)
	w.Do(last, w.Decide(last, w.CISO, model.StageCISO, model.TaskDecision, model.OutcomeReturn))

	rejected := w.Submitted(model.StageManager)
	w.Do(rejected, w.Decide(rejected, w.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReject))
	stopped := w.Draft()
	p := Plan("s1")
	p.Outcome, p.Tier, p.HardStops = model.StoppedByRule, model.T4, []string{"HS-02", "R-01"}
	w.Do(stopped, w.Submit(stopped, p))

	w.putEntry("", w.Entry(used, "I bruk"))
	interim := w.Entry(last, "Tillfälligt")
	interim.Status = model.RegisterInterim
	w.putEntry("", interim)

	all, err := w.Store.Statistics(w.ctx(), w.Org, store.Period{}, w.Clock.Now())
	w.must(err)
	manager := store.StageTime{Stage: model.StageManager, Done: 5, Hours: 20} // the rejection was at once
	want := store.Statistics{
		Submitted: 6, Returned: 1, Rejected: 2, RejectedBy: map[string]int{"R-01": 2, "R-02": 1, "HS-02": 1},
		Stages: []store.StageTime{manager}, Overdue: all.Overdue, Active: 1, KWhYear: 12.5, CO2eKgYear: 3.05,
	}
	if toJSON(all) != toJSON(want) {
		t.Errorf("statistics %s\nwant %s", toJSON(all), toJSON(want))
	}
	first, err := w.Store.Statistics(w.ctx(), w.Org, store.Period{From: began, Until: split}, w.Clock.Now())
	w.must(err)
	if first.Submitted != 2 || first.Returned+first.Rejected != 0 || first.Stages[0].Done != 2 || first.Stages[0].Hours != 15 || first.Active != 1 {
		t.Errorf("in the first days %s", toJSON(first))
	}
	w.Clock.Advance(60 * 24 * time.Hour)
	late, err := w.Store.Statistics(w.ctx(), w.Org, store.Period{From: w.Clock.Now()}, w.Clock.Now())
	w.must(err)
	if late.Submitted != 0 || len(late.Stages) != 0 || late.Overdue[model.RoleCISO] != 3 || late.Overdue[model.RoleDPO] != 0 {
		t.Errorf("after two months %s", toJSON(late))
	}
	none, err := w.Store.Statistics(w.ctx(), model.NewID(), store.Period{}, w.Clock.Now())
	if err != nil || none.Submitted+none.Active+len(none.Stages)+len(none.Overdue)+len(none.RejectedBy) != 0 {
		t.Errorf("of nobody: %s, %v", toJSON(none), err)
	}
}
