//go:build linux && !slim

package main

import (
	"bytes"
	"math"
	"os"
	"strconv"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// Markers of one workflow task are one action, retried attempts are as many, and what
// Temporal Cloud does not bill is none.
func TestActions(t *testing.T) {
	t.Parallel()
	marker := func(task int64) *historypb.HistoryEvent {
		return &historypb.HistoryEvent{
			EventType: enumspb.EVENT_TYPE_MARKER_RECORDED,
			Attributes: &historypb.HistoryEvent_MarkerRecordedEventAttributes{
				MarkerRecordedEventAttributes: &historypb.MarkerRecordedEventAttributes{WorkflowTaskCompletedEventId: task},
			},
		}
	}
	of := func(kind enumspb.EventType) *historypb.HistoryEvent { return &historypb.HistoryEvent{EventType: kind} }
	got := actions([]*historypb.HistoryEvent{
		of(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED),
		of(enumspb.EVENT_TYPE_WORKFLOW_TASK_COMPLETED), marker(2), marker(2),
		of(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED), of(enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED),
		marker(7), of(enumspb.EVENT_TYPE_TIMER_STARTED), of(enumspb.EVENT_TYPE_TIMER_CANCELED),
		{
			EventType: enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED,
			Attributes: &historypb.HistoryEvent_ActivityTaskStartedEventAttributes{
				ActivityTaskStartedEventAttributes: &historypb.ActivityTaskStartedEventAttributes{Attempt: 3},
			},
		},
	})
	want := map[string]int{
		"workflow started": 1, "update received": 1, "timer started": 1,
		"local activities of a workflow task": 2, "activity started or retried": 3,
	}
	for kind, n := range want {
		if got[kind] != n {
			t.Errorf("%d of %s, want %d", got[kind], kind, n)
		}
	}
	if len(got) != len(want) {
		t.Errorf("kinds %v", got)
	}
}

// TestPlanningPage: a case costs what the planning page says, and the page has reckoned
// right with it. How much processor time it takes is the machine's affair.
func TestPlanningPage(t *testing.T) {
	t.Parallel()
	var out, progress bytes.Buffer
	if err := run(t.Context(), []string{"cost", "-databases", sqlite, "-cases", "2", "-sluss", slussProgram(t), "-dir", t.TempDir()}, &out, &progress); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../deploy/planning.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	now, then := costLines(out.String()), costLines(page)
	for name, within := range map[string]float64{
		"acts/": 0, "history/events": 0.03, "history/bytes": 0.1, "Temporal Cloud actions/": 0.03,
		"– events/rows": 0, "– decisions/rows": 0, "– commands/rows": 0, "– stages/rows": 0, // others follow in their own time
		"record's store/bytes": 0.3, "engine's store/bytes": 0.3,
	} {
		if then[name] == 0 || math.Abs(now[name]-then[name]) > within*then[name]+0.01 {
			t.Errorf("%s: a case costs %v, the page says %v", name, now[name], then[name])
		}
	}
	if now["processor time of the server/ms"] <= 0 {
		t.Errorf("no processor time:\n%s", out.String())
	}
	var table bytes.Buffer
	c := caseCost{
		acts: then["acts/"], cpu: then["processor time of the server/ms"], record: then["record's store/bytes"], engine: then["engine's store/bytes"],
		actions: map[string]float64{"all": then["Temporal Cloud actions/"]},
	}
	if err := (plan{casesYear: 60, years: 3}).write(&table, c); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(table.String()) {
		if strings.HasPrefix(line, "|") && !strings.Contains(page, line) {
			t.Errorf("the page should say\n%s", line)
		}
	}
}

// costLines are the figures of the first database, by name and unit.
func costLines(text string) map[string]float64 {
	out := map[string]float64{}
	for line := range strings.Lines(text) {
		fields := strings.Split(line, "|")
		if len(fields) < 5 {
			continue
		}
		if n, err := strconv.ParseFloat(strings.TrimSpace(fields[3]), 64); err == nil {
			out[strings.TrimSpace(fields[1])+"/"+strings.TrimSpace(fields[2])] = n
		}
	}
	return out
}
