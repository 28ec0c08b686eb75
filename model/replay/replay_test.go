package replay_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/audit"
	"sluss/model/replay"
)

var at = time.Date(2027, 1, 11, 9, 30, 0, 0, time.UTC)

// a log seals events, one for each of the data.
func log(t *testing.T, kindsAndData ...any) []audit.Event {
	t.Helper()
	prev := audit.Genesis
	var events []audit.Event
	for i := 0; i < len(kindsAndData); i += 2 {
		data, err := json.Marshal(kindsAndData[i+1])
		if err != nil {
			t.Fatal(err)
		}
		e := audit.Event{
			OrgID: "o", CaseID: "c", Seq: int64(i/2 + 1), Kind: string(kindsAndData[i].(model.EventKind)), ActorID: "p",
			At: at.Add(time.Duration(i) * time.Minute), Data: data,
		}
		if err := e.Seal(prev); err != nil {
			t.Fatal(err)
		}
		prev = e.Hash
		events = append(events, e)
	}
	return events
}

func changes(before, after model.Snapshot) *model.Changes {
	c := model.Diff(before, after)
	return &c
}

func TestFold(t *testing.T) {
	t.Parallel()
	draft := model.Snapshot{State: model.Draft}
	review := model.Snapshot{
		State: model.ManagerReview, Tier: model.T2, Mode: model.Sequential, HardStops: []string{},
		Stages: []model.StageState{{Key: model.StageManager, Requirement: model.Required, Status: model.StageOpen, Scope: "s",
			Tasks: []model.TaskState{{Kind: model.TaskEndorse, Round: 1, Status: model.TaskOpen}}}},
	}
	approved := review.Clone()
	approved.State = model.ApprovedCond
	approved.Stages[0].Status, approved.Stages[0].Result = model.StageDone, model.OutcomeEndorse
	approved.Stages[0].Tasks[0] = model.TaskState{Kind: model.TaskEndorse, Round: 1, Status: model.TaskDone, Outcome: model.OutcomeEndorse}

	events := log(t,
		model.EventCreated, model.EventData{State: model.Draft},
		model.EventDraftSaved, model.EventData{Part: "intake", Revision: 2},
		model.EventSubmitted, model.EventData{State: model.Submitted},
		model.EventTriaged, model.EventData{State: model.ManagerReview, Version: 1, Changes: changes(draft, review),
			Due: []model.Due{{ID: "b", At: at}, {ID: "a", At: at}, {ID: "early", At: at.Add(-time.Hour)}}},
		model.EventDeadlineFired, model.EventData{Version: 2, Deadline: "early", Late: true, Changes: &model.Changes{}},
		model.EventTaskClaimed, model.EventData{TaskID: "t"},
		model.EventDecided, model.EventData{DecisionID: "d1", Outcome: model.OutcomeEndorse},
		model.EventApproved, model.EventData{Version: 3, Changes: changes(review, approved), Cancelled: []string{"a"},
			Conditions: []model.ConditionCodes{
				{ID: "c1", Status: model.ConditionOpen, DueKind: model.DueBeforeUse},
				{ID: "c2", Status: model.ConditionOpen, DueKind: model.DueBeforeUse},
				{ID: "c3", Status: model.ConditionOpen, DueKind: model.DueDate},
			}},
		model.EventConditionMet, model.EventData{Version: 4, Changes: &model.Changes{},
			Conditions: []model.ConditionCodes{{ID: "c1", Status: model.ConditionWaived, DueKind: model.DueBeforeUse}}},
	)
	c, err := replay.Fold(events)
	if err != nil {
		t.Fatal(err)
	}
	want := approved
	want.Found, want.Version, want.Conditions, want.OpenBeforeUse = true, 4, 3, 1
	want.Next = &model.Due{ID: "b", At: at}
	if text(c.Snapshot) != text(want) {
		t.Errorf("snapshot\n%s, want\n%s", text(c.Snapshot), text(want))
	}
	if c.Seq != 9 || c.Hash != events[8].Hash || c.Outcomes["d1"] != model.OutcomeEndorse || len(c.Outcomes) != 1 {
		t.Errorf("%+v", c)
	}
	if e := c.Deadlines["early"]; !e.Fired || !e.Late || e.Cancelled || len(c.Deadlines) != 3 || !c.Deadlines["a"].Cancelled {
		t.Errorf("deadlines %+v", c.Deadlines)
	}
	// The part of a log that is there folds too, to what was then.
	for n := range events {
		if _, err := replay.Fold(events[:n]); err != nil {
			t.Errorf("%d events: %v", n, err)
		}
	}
}

// Conditions that the rules add and those that were replaced keep their places in
// the counts, and an answer with two parts is two decisions.
func TestFoldCountsConditionsAndBothPartsOfAnAnswer(t *testing.T) {
	t.Parallel()
	step := func(version int64, conditions ...model.ConditionCodes) model.EventData {
		return model.EventData{Version: version, Changes: &model.Changes{}, Conditions: conditions}
	}
	code := func(id string, status model.ConditionStatus, template bool) model.ConditionCodes {
		return model.ConditionCodes{ID: id, Status: status, DueKind: model.DueBeforeUse, Template: template}
	}
	joint := step(3)
	joint.DecisionID, joint.Outcome = "second", model.OutcomeAdvisesAgainst
	events := log(t,
		model.EventCreated, model.EventData{State: model.Draft},
		model.EventApproved, step(1,
			code("own", model.ConditionOpen, false), code("met", model.ConditionMet, false),
			code("template", model.ConditionOpen, true), code("met template", model.ConditionMet, true)),
		model.EventDecided, step(2, code("own", model.ConditionReplaced, false), code("new", model.ConditionOpen, false)),
		model.EventAdvised, model.EventData{DecisionID: "first", Outcome: model.OutcomeSupports},
		model.EventAdvised, joint,
		model.EventWaiverGiven, step(4, code("new", model.ConditionOpen, false)),
		model.EventWaiverGiven, step(5, code("new", model.ConditionWaived, false)),
		model.EventApproved, step(6, code("template", model.ConditionReplaced, true)),
	)
	for n, want := range map[int][2]int{2: {2, 2}, 3: {2, 2}, 5: {2, 2}, 6: {2, 2}, 7: {2, 1}, 8: {2, 0}} {
		c, err := replay.Fold(events[:n])
		if err != nil {
			t.Fatal(err)
		}
		if got := [2]int{c.Snapshot.Conditions, c.Snapshot.OpenBeforeUse}; got != want {
			t.Errorf("after %d events: %v, want %v", n, got, want)
		}
	}
	c, err := replay.Fold(events)
	if err != nil || len(c.Outcomes) != 2 || c.Outcomes["first"] != model.OutcomeSupports || c.Outcomes["second"] != model.OutcomeAdvisesAgainst {
		t.Errorf("outcomes %v, %v", c.Outcomes, err)
	}
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestNothingFoldsToNothing(t *testing.T) {
	t.Parallel()
	c, err := replay.Fold(nil)
	if err != nil || c.Snapshot.Found || c.Seq != 0 {
		t.Errorf("%+v, %v", c, err)
	}
}

// A log that does not add up says so, without its values.
func TestLogsThatDoNotAddUp(t *testing.T) {
	t.Parallel()
	created := model.EventData{State: model.Draft}
	set := model.EventData{Version: 1, Changes: &model.Changes{State: model.Submitted}, Due: []model.Due{{ID: "d", At: at}}}
	fire := func(version int64) model.EventData {
		return model.EventData{Version: version, Deadline: "d", Changes: &model.Changes{}}
	}
	for name, events := range map[string][]audit.Event{
		"a version is skipped":         log(t, model.EventCreated, created, model.EventTriaged, model.EventData{Version: 2, Changes: &model.Changes{}}),
		"a version stands still":       log(t, model.EventCreated, created, model.EventTriaged, set, model.EventDecided, model.EventData{Version: 1, Changes: &model.Changes{}}),
		"a deadline was never set":     log(t, model.EventCreated, created, model.EventDeadlineFired, fire(1)),
		"a deadline fires twice":       log(t, model.EventCreated, created, model.EventTriaged, set, model.EventDeadlineFired, fire(2), model.EventDeadlineFired, fire(3)),
		"a deadline is set twice":      log(t, model.EventCreated, created, model.EventTriaged, set, model.EventTriaged, model.EventData{Version: 2, Changes: &model.Changes{}, Due: set.Due}),
		"what has fired is cancelled":  log(t, model.EventCreated, created, model.EventTriaged, set, model.EventDeadlineFired, fire(2), model.EventDecided, model.EventData{Version: 3, Changes: &model.Changes{}, Cancelled: []string{"d"}}),
		"what is cancelled fires":      log(t, model.EventCreated, created, model.EventTriaged, set, model.EventDecided, model.EventData{Version: 2, Changes: &model.Changes{}, Cancelled: []string{"d"}}, model.EventDeadlineFired, fire(3)),
		"what was never set is ended":  log(t, model.EventCreated, created, model.EventDecided, model.EventData{Version: 1, Changes: &model.Changes{}, Cancelled: []string{"d"}}),
		"data that is no event's":      log(t, model.EventCreated, created, model.EventTriaged, map[string]any{"version": "hemlig"}),
		"an event is missing":          log(t, model.EventCreated, created, model.EventTriaged, set)[1:],
		"an event is there twice":      append(log(t, model.EventCreated, created), log(t, model.EventCreated, created)...),
		"the first event of two cases": append(log(t, model.EventCreated, created), audit.Event{OrgID: "o", CaseID: "x", Seq: 2}),
	} {
		_, err := replay.Fold(events)
		if err == nil || strings.Contains(fmt.Sprint(err), "hemlig") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
