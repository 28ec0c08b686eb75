package model_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"sluss/model"
)

// What a transition changes, applied to what was, gives what is: in memory and
// after a journey through JSON, as the changes make it in events.
func TestApplyUndoesDiff(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := snapshots(t)
		after := step(t, before)
		changes := model.Diff(before, after)
		text, err := json.Marshal(changes)
		if err != nil {
			t.Fatal(err)
		}
		var read model.Changes
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		for _, c := range []model.Changes{changes, read} {
			got := before.Clone()
			got.Apply(c)
			if !equal(got, after) {
				t.Fatalf("before %s\nchanges %s\ngot   %s\nwant  %s", show(before), text, show(got), show(after))
			}
		}
		if nothing := model.Diff(after, after); !reflect.DeepEqual(nothing, model.Changes{}) {
			t.Fatalf("nothing changed, and yet %s", show(nothing))
		}
	})
}

// Diff and Apply leave their arguments, and each other's memory, alone.
func TestDiffAndApplyShareNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		before := snapshots(t)
		after := step(t, before)
		seen := show(before) + show(after)
		changes := model.Diff(before, after)
		got := before.Clone()
		got.Apply(changes)
		text := show(changes)
		for i := range got.Stages {
			got.Stages[i].Result = "spoilt"
			for j := range got.Stages[i].Tasks {
				got.Stages[i].Tasks[j].Outcome = "spoilt"
			}
		}
		for i := range got.HardStops {
			got.HardStops[i] = "spoilt"
		}
		if show(before)+show(after) != seen || show(changes) != text {
			t.Fatal("what was applied is still connected to where it came from")
		}
	})
}

// A task that is opened again while it is open ends the earlier round.
func TestDiffCancelsTheEarlierRound(t *testing.T) {
	t.Parallel()
	stage := func(round int, status model.TaskStatus, o model.Outcome) model.Snapshot {
		return model.Snapshot{Stages: []model.StageState{{
			Key: model.StageManager, Requirement: model.Required, Status: model.StageOpen,
			Tasks: []model.TaskState{{Kind: model.TaskEndorse, Round: round, Status: status, Outcome: o}},
		}}}
	}
	key := func(round int) model.TaskKey {
		return model.TaskKey{Stage: model.StageManager, Kind: model.TaskEndorse, Round: round}
	}
	for _, test := range []struct {
		name          string
		before, after model.Snapshot
		closed        []model.ClosedTask
		opened        []model.TaskKey
	}{
		{"opened", model.Snapshot{}, stage(1, model.TaskOpen, ""), nil, []model.TaskKey{key(1)}},
		{"answered", stage(1, model.TaskOpen, ""), stage(1, model.TaskDone, model.OutcomeEndorse),
			[]model.ClosedTask{{TaskKey: key(1), Status: model.TaskDone, Outcome: model.OutcomeEndorse}}, nil},
		{"cancelled", stage(1, model.TaskOpen, ""), stage(1, model.TaskCancelled, ""),
			[]model.ClosedTask{{TaskKey: key(1), Status: model.TaskCancelled}}, nil},
		{"opened again while open", stage(1, model.TaskOpen, ""), stage(2, model.TaskOpen, ""),
			[]model.ClosedTask{{TaskKey: key(1), Status: model.TaskCancelled}}, []model.TaskKey{key(2)}},
		{"opened again after its answer", stage(1, model.TaskDone, model.OutcomeReturn), stage(2, model.TaskOpen, ""),
			nil, []model.TaskKey{key(2)}},
		{"left alone", stage(1, model.TaskOpen, ""), stage(1, model.TaskOpen, ""), nil, nil},
	} {
		c := model.Diff(test.before, test.after)
		if !slices.Equal(c.Closed, test.closed) || !slices.Equal(c.Opened, test.opened) {
			t.Errorf("%s: closed %v, opened %v", test.name, c.Closed, c.Opened)
		}
	}
}

// What is about an assessment is a change of its own: its text, whether there is
// one, and the advice that stands.
func TestDiffSeesTheAssessment(t *testing.T) {
	t.Parallel()
	before := model.Snapshot{Stages: []model.StageState{{Key: model.StageDPIA, Requirement: model.Required, Status: model.StageOpen}}}
	for name, change := range map[string]func(*model.StageState){
		"assess": func(st *model.StageState) { st.Assess = true },
		"part":   func(st *model.StageState) { st.Part = "p" },
		"advice": func(st *model.StageState) { st.Advice = model.OutcomeStandingAdvice },
	} {
		after := before.Clone()
		change(&after.Stages[0])
		if c := model.Diff(before, after); len(c.Stages) != 1 || show(c.Stages[0]) != show(after.Stages[0]) {
			t.Errorf("%s: %s", name, show(c))
		}
	}
}

// The tasks of a stage stand in the order in which they are answered.
func TestSortPutsTasksInTheirOrder(t *testing.T) {
	t.Parallel()
	want := []model.TaskKind{
		model.TaskPrepare, model.TaskStatement, model.TaskAdvice, model.TaskDecision, model.TaskHead, model.TaskSecondReading,
	}
	st := model.StageState{Key: model.StageLegalBasis}
	for _, kind := range slices.Backward(want) {
		st.Tasks = append(st.Tasks, model.TaskState{Kind: kind, Round: 1})
	}
	s := model.Snapshot{Stages: []model.StageState{st}}
	s.Sort()
	for i, task := range s.Stages[0].Tasks {
		if task.Kind != want[i] {
			t.Errorf("task %d is %s, want %s", i, task.Kind, want[i])
		}
	}
}

func show(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// equal compares as the record does: an empty list is none.
func equal(a, b model.Snapshot) bool { return show(a) == show(b) }

var codes = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"HS-01", "HS-02", "RT-05", "RT-16"}), rapid.ID[string])

// snapshots draws any case in the middle of its review.
func snapshots(t *rapid.T) model.Snapshot {
	s := model.Snapshot{
		Found: true,
		State: rapid.SampledFrom(model.CaseStates()).Draw(t, "state"),
	}
	if rapid.Bool().Draw(t, "triaged") {
		setTriage(t, &s)
	}
	for _, spec := range model.Stages() {
		if rapid.IntRange(0, 2).Draw(t, "stage") == 0 {
			continue
		}
		st := model.StageState{Key: spec.Key}
		setStage(t, &st)
		for _, task := range tasksOf(spec) {
			if rapid.Bool().Draw(t, "task") {
				st.Tasks = append(st.Tasks, taskState(t, task, rapid.IntRange(1, 3).Draw(t, "round")))
			}
		}
		s.Stages = append(s.Stages, st)
	}
	s.Sort()
	return s
}

// step draws what one transition may make of a case: stages are added and
// changed, tasks are answered, cancelled, opened and opened again. Nothing that
// was there disappears, and what triage has said is never unsaid.
func step(t *rapid.T, before model.Snapshot) model.Snapshot {
	s := before.Clone()
	if rapid.Bool().Draw(t, "moves") {
		s.State = rapid.SampledFrom(model.CaseStates()).Draw(t, "next state")
	}
	if rapid.Bool().Draw(t, "triaged again") {
		setTriage(t, &s)
	}
	for _, spec := range model.Stages() {
		if s.Stage(spec.Key) == nil && rapid.IntRange(0, 3).Draw(t, "new stage") == 0 {
			s.Stages = append(s.Stages, model.StageState{Key: spec.Key, Requirement: model.Required, Status: model.StageWaiting})
		}
		st := s.Stage(spec.Key)
		if st == nil {
			continue
		}
		if rapid.Bool().Draw(t, "stage changes") {
			setStage(t, st)
		}
		for _, task := range tasksOf(spec) {
			stepTask(t, st, task)
		}
	}
	s.Sort()
	return s
}

func stepTask(t *rapid.T, st *model.StageState, spec model.TaskSpec) {
	task := st.Task(spec.Kind)
	switch rapid.SampledFrom([]string{"leave", "answer", "cancel", "open"}).Draw(t, "task step") {
	case "answer":
		if task != nil && task.Status == model.TaskOpen {
			task.Status, task.Outcome = model.TaskDone, rapid.SampledFrom(spec.Outcomes).Draw(t, "outcome")
		}
	case "cancel":
		if task != nil && task.Status == model.TaskOpen {
			task.Status = model.TaskCancelled
		}
	case "open":
		if task == nil {
			st.Tasks = append(st.Tasks, model.TaskState{Kind: spec.Kind, Round: 1, Status: model.TaskOpen})
		} else {
			*task = model.TaskState{Kind: spec.Kind, Round: task.Round + 1, Status: model.TaskOpen}
		}
	}
}

func setTriage(t *rapid.T, s *model.Snapshot) {
	s.Tier = rapid.SampledFrom([]model.Tier{model.T1, model.T2, model.T3, model.T4}).Draw(t, "tier")
	s.Mode = rapid.SampledFrom([]model.Mode{model.Sequential, model.Parallel}).Draw(t, "mode")
	s.Target = rapid.SampledFrom([]string{"", "intake", "dpia"}).Draw(t, "target")
	s.Covered = rapid.SliceOfDistinct(rapid.SampledFrom([]string{"u1", "u2"}), rapid.ID[string]).Draw(t, "covered")
	s.HardStops, s.Blockers = codes.Draw(t, "hard stops"), codes.Draw(t, "blockers")
}

func setStage(t *rapid.T, st *model.StageState) {
	st.Requirement = rapid.SampledFrom([]model.Requirement{model.NotRequired, model.Required, model.Full}).Draw(t, "requirement")
	st.Status = rapid.SampledFrom([]model.StageStatus{
		model.StageNotRequired, model.StageWaiting, model.StageOpen, model.StageReturned, model.StageDone,
	}).Draw(t, "status")
	st.Result = rapid.SampledFrom([]model.Outcome{"", model.OutcomePass, model.OutcomeReject}).Draw(t, "result")
	st.Scope = rapid.SampledFrom([]string{"", "s1", "s2"}).Draw(t, "scope")
	st.Raised = rapid.Bool().Draw(t, "raised")
	st.Assess = rapid.Bool().Draw(t, "assess")
	st.Part = rapid.SampledFrom([]string{"", "p1", "p2"}).Draw(t, "part")
	st.Advice = rapid.SampledFrom([]model.Outcome{"", model.OutcomeStandingAdvice}).Draw(t, "advice")
}

// tasksOf are all tasks that a stage can have: its own, and those that open only
// when they are needed.
func tasksOf(spec model.StageSpec) []model.TaskSpec {
	tasks := slices.Clone(spec.Tasks)
	for _, kind := range []model.TaskKind{model.TaskPrepare, model.TaskStatement, model.TaskHead, model.TaskSecondReading} {
		own := slices.ContainsFunc(spec.Tasks, func(t model.TaskSpec) bool { return t.Kind == kind })
		if task, ok := spec.Task(kind); ok && !own {
			tasks = append(tasks, task)
		}
	}
	if spec.Key == model.StageAdoption {
		for _, unit := range []string{"u1", "u2"} {
			task, _ := spec.Task(model.TaskAdopt(unit))
			tasks = append(tasks, task)
		}
	}
	return tasks
}

func taskState(t *rapid.T, spec model.TaskSpec, round int) model.TaskState {
	task := model.TaskState{
		Kind: spec.Kind, Round: round,
		Status: rapid.SampledFrom([]model.TaskStatus{model.TaskOpen, model.TaskDone, model.TaskCancelled}).Draw(t, "task status"),
	}
	if task.Status == model.TaskDone {
		task.Outcome = rapid.SampledFrom(spec.Outcomes).Draw(t, "task outcome")
	}
	return task
}
