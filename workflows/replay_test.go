package workflows

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"google.golang.org/protobuf/proto"
)

// The histories of each release stand in testdata/histories/<release>, recorded
// by `sluss histories record`; those in testdata/histories/bad must not replay.
const histories = "testdata/histories"

var updateBad = flag.Bool("update-bad", false, "write the histories that must not replay anew")

func readHistory(t *testing.T, file string) *historypb.History {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	h, err := client.HistoryFromJSON(bytes.NewReader(text), client.HistoryJSONOptions{})
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return h
}

func historyFiles(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(histories, pattern))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// TestReplay replays what every release has recorded: a case that began under an
// old release goes on under this one.
func TestReplay(t *testing.T) {
	t.Parallel()
	files := historyFiles(t, "v*/*.json")
	if len(files) < 16 {
		t.Fatalf("there are only %d histories", len(files))
	}
	for _, file := range files {
		t.Run(strings.TrimPrefix(file, histories+"/"), func(t *testing.T) {
			t.Parallel()
			if err := Replay(readHistory(t, file)); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReplayOfProcessesUnderWay replays every history as it stood before and in the
// middle of each of its tasks: a process that waits for its next step, or whose step
// nobody could take yet, is none that cannot go on.
func TestReplayOfProcessesUnderWay(t *testing.T) {
	t.Parallel()
	for _, file := range historyFiles(t, "v*/*.json") {
		t.Run(strings.TrimPrefix(file, histories+"/"), func(t *testing.T) {
			t.Parallel()
			events := readHistory(t, file).Events
			for n, e := range events {
				switch e.EventType {
				case enumspb.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED, enumspb.EVENT_TYPE_WORKFLOW_TASK_STARTED, enumspb.EVENT_TYPE_TIMER_FIRED:
					if err := Replay(&historypb.History{Events: events[:n+1]}); err != nil {
						t.Errorf("until event %d: %v", n+1, err)
					}
				}
			}
		})
	}
}

// TestHistoriesPinWhatTheirNamesSay keeps a recording from missing its point.
func TestHistoriesPinWhatTheirNamesSay(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]enumspb.EventType{
		"continued-as-new.json":            enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_CONTINUED_AS_NEW,
		"continued-as-new-last-run.json":   enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED,
		"database-away.json":               enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		"deadline-fired.json":              enumspb.EVENT_TYPE_TIMER_FIRED,
		"refused-submission.json":          enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		"archived.json":                    enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		"touched-when-archived.json":       enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		"reminder-and-due-fire.json":       enumspb.EVENT_TYPE_TIMER_FIRED,
		"earlier-deadline.json":            enumspb.EVENT_TYPE_TIMER_CANCELED,
		"silence-withdraws.json":           enumspb.EVENT_TYPE_TIMER_FIRED,
		"approval-expires.json":            enumspb.EVENT_TYPE_TIMER_FIRED,
		"condition-lapses.json":            enumspb.EVENT_TYPE_TIMER_FIRED,
		"condition-comes-back.json":        enumspb.EVENT_TYPE_TIMER_FIRED,
		"review-unchanged.json":            enumspb.EVENT_TYPE_TIMER_FIRED,
		"decommissioned-and-archived.json": enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		"incident-closed.json":             enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
		"incident-database-away.json":      enumspb.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
		"incident-deadline-fired.json":     enumspb.EVENT_TYPE_TIMER_FIRED,
		"incident-refused.json":            enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED,
	} {
		files := historyFiles(t, "v*/"+name)
		if len(files) == 0 {
			t.Errorf("no release has %s", name)
		}
		for _, file := range files {
			h := readHistory(t, file)
			if !slices.ContainsFunc(h.Events, func(e *historypb.HistoryEvent) bool { return e.EventType == want }) {
				t.Errorf("%s has no %v", file, want)
			}
		}
	}
}

// nonDeterministic is Temporal's code for code that does not fit its history.
const nonDeterministic = "[TMPRL1100]"

// TestBadHistoriesDoNotReplay shows that a replay notices what a careless change
// would do to a running case: an activity too many, one too few, two the other
// way round. Without it TestReplay could pass by looking at nothing.
func TestBadHistoriesDoNotReplay(t *testing.T) {
	t.Parallel()
	if *updateBad {
		writeBad(t)
	}
	files := historyFiles(t, "bad/*.json")
	if len(files) != len(spoilers) {
		t.Fatalf("there are %d bad histories, want %d", len(files), len(spoilers))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			err := Replay(readHistory(t, file))
			if err == nil || !strings.Contains(err.Error(), nonDeterministic) {
				t.Errorf("got %v, want an error with %s", err, nonDeterministic)
			}
		})
	}
}

// sound is the history that the bad ones are made of. It holds normal
// activities: the database was away.
const sound = histories + "/v0.1/database-away.json"

// spoilers make a sound history one that today's code cannot have written.
var spoilers = map[string]func([]*historypb.HistoryEvent) []*historypb.HistoryEvent{
	"activity-inserted.json": func(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
		first := scheduled(events)[0]
		return renumber(slices.Insert(events, first+1, proto.CloneOf(events[first])))
	},
	"activity-removed.json": func(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
		id := events[scheduled(events)[0]].EventId
		return renumber(slices.DeleteFunc(events, func(e *historypb.HistoryEvent) bool {
			return e.EventId == id || e.GetActivityTaskStartedEventAttributes().GetScheduledEventId() == id ||
				e.GetActivityTaskCompletedEventAttributes().GetScheduledEventId() == id
		}))
	},
	"activities-reordered.json": func(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
		at := scheduled(events)
		a := events[at[0]].GetActivityTaskScheduledEventAttributes()
		b := events[at[1]].GetActivityTaskScheduledEventAttributes()
		a.ActivityType, b.ActivityType = b.ActivityType, a.ActivityType
		a.Input, b.Input = b.Input, a.Input
		return events
	},
}

// scheduled returns the places of the events that schedule an activity.
func scheduled(events []*historypb.HistoryEvent) []int {
	var at []int
	for i, e := range events {
		if e.EventType == enumspb.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED {
			at = append(at, i)
		}
	}
	return at
}

// renumber gives events their numbers again, and activities the ids that follow
// from them, so that nothing but the order is wrong.
func renumber(events []*historypb.HistoryEvent) []*historypb.HistoryEvent {
	now := map[int64]int64{}
	for i, e := range events {
		if _, twice := now[e.EventId]; !twice {
			now[e.EventId] = int64(i + 1)
		}
		e.EventId = int64(i + 1)
		if a := e.GetActivityTaskScheduledEventAttributes(); a != nil {
			a.ActivityId = strconv.Itoa(i + 1)
		}
		if a := e.GetActivityTaskStartedEventAttributes(); a != nil {
			a.ScheduledEventId = now[a.ScheduledEventId]
		}
		if a := e.GetActivityTaskCompletedEventAttributes(); a != nil {
			a.ScheduledEventId, a.StartedEventId = now[a.ScheduledEventId], now[a.StartedEventId]
		}
	}
	return events
}

func writeBad(t *testing.T) {
	t.Helper()
	for name, spoil := range spoilers {
		h := &historypb.History{Events: spoil(readHistory(t, sound).Events)}
		text, err := (temporalproto.CustomJSONMarshalOptions{Indent: " "}).Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(histories, "bad", name), append(text, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
