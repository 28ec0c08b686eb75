//go:build linux && !slim

package main

import (
	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
)

// actions counts what Temporal Cloud would bill for a history, by kind
// (https://docs.temporal.io/cloud/actions, read in November 2026): a workflow's start,
// continuing as new among them; each update that a worker received; each timer that
// was started; each attempt at an activity; each signal; and the markers of each
// workflow task together, which are its local activities. Queries and rejected
// updates are billed too and leave no trace in a history.
func actions(events []*historypb.HistoryEvent) map[string]int {
	out := map[string]int{}
	marked := map[int64]bool{}
	for _, e := range events {
		switch e.EventType {
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_STARTED:
			out["workflow started"]++
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
			out["update received"]++
		case enumspb.EVENT_TYPE_TIMER_STARTED:
			out["timer started"]++
		case enumspb.EVENT_TYPE_ACTIVITY_TASK_STARTED:
			out["activity started or retried"] += int(e.GetActivityTaskStartedEventAttributes().GetAttempt())
		case enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
			out["signal"]++
		case enumspb.EVENT_TYPE_MARKER_RECORDED:
			if task := e.GetMarkerRecordedEventAttributes().GetWorkflowTaskCompletedEventId(); !marked[task] {
				marked[task] = true
				out["local activities of a workflow task"]++
			}
		}
	}
	return out
}
