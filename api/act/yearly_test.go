package act

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// The system owner of a legacy high-risk system in use (W-06) is asked for its plan
// twelve months before aia_legacy_public, once, until that date (PR-03).
func TestLegacyPlan(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	legacy := w.LegacyInUse("W-06")
	w.LegacyInUse("W-05")
	s := New(Options{Store: st, Book: rulebook.Default(), Clock: w.Clock, Log: slog.New(slog.DiscardHandler)})
	plans := func(day string) []store.Task {
		t.Helper()
		w.Clock.Set(calendar.Morning(calendar.MustParseDate(day)))
		if err := s.AddYearlyTasks(t.Context()); err != nil {
			t.Fatal(err)
		}
		all, err := st.Tasks(t.Context(), store.TaskFilter{OrgID: w.Org, Status: model.TaskOpen, ForPerson: w.SystemOwner})
		if err != nil {
			t.Fatal(err)
		}
		var found []store.Task
		for _, task := range all {
			if task.Key.Kind == model.TaskLegacyPlan {
				found = append(found, task)
			}
		}
		return found
	}
	if got := plans("2029-08-01"); len(got) != 0 {
		t.Errorf("too early: %+v", got)
	}
	for _, day := range []string{"2029-08-02", "2030-01-15"} {
		got := plans(day)
		if len(got) != 1 || got[0].AboutCaseID != legacy || got[0].CaseID != "" || !got[0].DueAt.Equal(time.Date(2030, 8, 2, 21, 59, 59, 0, time.UTC)) {
			t.Errorf("on %s: %+v", day, got)
		}
	}
	if len(s.YearlyQuestions(plans("2030-01-16")[0], nil)) == 0 {
		t.Error("the plan has no questions")
	}
}

// A head who says that the unit needs rules of its own is asked which (PR-02).
func TestYearlyQuestionsFollow(t *testing.T) {
	t.Parallel()
	s := New(Options{Book: rulebook.Default(), Clock: clock.System, Log: slog.New(slog.DiscardHandler)})
	task := store.Task{Key: model.TaskKey{Stage: model.StageYearly, Kind: model.TaskUnitOverride}}
	for _, needed := range []bool{true, false} {
		asked := s.YearlyQuestions(task, map[string]any{"own_rules_needed": needed})
		if got := slices.ContainsFunc(asked, func(q rulebook.Question) bool { return q.ID == "own_rules_text" }); got != needed {
			t.Errorf("needed %v: asked for them %v", needed, got)
		}
	}
}
