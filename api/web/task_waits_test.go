package web

import (
	"slices"
	"testing"

	"sluss/api"
	"sluss/model"
	"sluss/model/lang"
)

// A decision says what it waits for while that is open, and nothing else does.
func TestWaitsOf(t *testing.T) {
	t.Parallel()
	task := func(kind model.TaskKind, status model.TaskStatus) api.StageTask {
		return api.StageTask{Kind: kind, Status: status}
	}
	stages := []api.StageNote{
		{Key: model.StageLegalBasis, Label: "Rättslig grund", Tasks: []api.StageTask{
			task(model.TaskPrepare, model.TaskDone), task(model.TaskAdvice, model.TaskOpen), task(model.TaskDecision, model.TaskOpen),
		}},
		{Key: model.StageEnvironment, Label: "Miljö", Tasks: []api.StageTask{task(model.TaskDecision, model.TaskOpen)}},
		{Key: model.StageCISO, Label: "Granskning", Tasks: []api.StageTask{task(model.TaskDecision, model.TaskOpen)}},
		{Key: model.StageFollowUp, Label: "Uppföljning", Tasks: []api.StageTask{task(model.TaskRegistration, model.TaskOpen)}},
	}
	for _, test := range []struct {
		stage  model.StageKey
		kind   model.TaskKind
		status model.TaskStatus
		want   []string
	}{
		{model.StageLegalBasis, model.TaskDecision, model.TaskOpen, []string{"Rättslig grund råd"}},
		{model.StageLegalBasis, model.TaskAdvice, model.TaskOpen, nil},
		{model.StageLegalBasis, model.TaskDecision, model.TaskDone, nil},
		{model.StageEnvironment, model.TaskDecision, model.TaskOpen, nil},
		{model.StageCISO, model.TaskDecision, model.TaskOpen, []string{"Rättslig grund råd", "Rättslig grund beslut", "Miljö beslut"}},
	} {
		view := api.TaskView{TaskItem: api.TaskItem{Stage: test.stage, Kind: test.kind, Status: test.status}}
		var got []string
		for _, w := range waitsOf(view, stages, lang.SV) {
			got = append(got, w.Stage+" "+w.What)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s %s %s waits for %q, want %q", test.stage, test.kind, test.status, got, test.want)
		}
	}
}
