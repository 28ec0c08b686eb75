package model

import (
	"cmp"
	"slices"
)

// EventKind names what happened to a case.
type EventKind string

// The events of a case.
const (
	EventCreated       EventKind = "created"
	EventDraftSaved    EventKind = "draft_saved"
	EventSubmitted     EventKind = "submitted"
	EventHandedIn      EventKind = "assessment_handed_in"
	EventTriaged       EventKind = "triaged"
	EventStopped       EventKind = "stopped"
	EventCorrected     EventKind = "corrected"
	EventAdvised       EventKind = "advised"
	EventDecided       EventKind = "decided"
	EventReturned      EventKind = "returned"
	EventRejected      EventKind = "rejected"
	EventApproved      EventKind = "approved"
	EventWithdrawn     EventKind = "withdrawn"
	EventActivated     EventKind = "activated"
	EventReExamination EventKind = "re_examination_requested"
	EventStageRaised   EventKind = "stage_raised"
	EventArchived      EventKind = "archived"
	EventConditionMet  EventKind = "condition_met"
	EventWaiverGiven   EventKind = "waiver_given"
	EventDeadlineFired EventKind = "deadline_fired"

	EventSuspended          EventKind = "suspended"
	EventSuspensionProposed EventKind = "suspension_proposed"
	EventResumptionAgreed   EventKind = "resumption_agreed"
	EventResumed            EventKind = "resumed"
	EventChangeReported     EventKind = "change_reported"
	EventRenewalRequested   EventKind = "renewal_requested"
	EventReassessed         EventKind = "reassessed"
	EventAdopted            EventKind = "adopted"
	EventInterimAgreed      EventKind = "interim_use_agreed"
	EventInterimAllowed     EventKind = "interim_use_allowed"
	EventInterimEnded       EventKind = "interim_use_ended"
	EventReconsideration    EventKind = "reconsideration_requested"
	EventReopened           EventKind = "reopened"
	EventOverrideProposed   EventKind = "override_proposed"
	EventOverridden         EventKind = "overridden"
	EventReviewDue          EventKind = "review_due"
	EventReviewed           EventKind = "reviewed"
	EventExpired            EventKind = "expired"
	EventDecommissioned     EventKind = "decommissioned"
	EventTaskExtended       EventKind = "task_extended"
	EventConditionExtended  EventKind = "condition_extended"
	EventConditionDue       EventKind = "condition_due"
	EventConsultation       EventKind = "prior_consultation"
	EventTaskClaimed        EventKind = "task_claimed"
	EventTaskReleased       EventKind = "task_released"
	EventTaskReassigned     EventKind = "task_reassigned"
	EventOwnerReplaced      EventKind = "project_owner_replaced"
)

// The events of an incident (rulebook 9.5), beside EventDecided, EventAdvised,
// EventDeadlineFired and those of assignment.
const (
	EventIncidentReported  EventKind = "incident_reported"
	EventIncidentCorrected EventKind = "incident_corrected"
	EventIncidentClosed    EventKind = "incident_closed"
	// EventCaseAnswered is the answer of the case to what the incident asked of it.
	EventCaseAnswered EventKind = "case_answered"
)

// Transition is one step of the process, decided by the workflow and recorded in
// one database transaction: the events in their order and what they change.
type Transition struct {
	OrgID     string  `json:"org_id"`
	CaseID    string  `json:"case_id"`
	CommandID string  `json:"command_id"`
	Kind      ActKind `json:"kind"`
	// Expect is the version that the decision rests on.
	Expect int64 `json:"expect"`
	// Task is the task that a decision answers, Joint the second part of it.
	Task  *TaskKey `json:"task,omitempty"`
	Joint *TaskKey `json:"joint,omitempty"`
	// Deadline is the deadline that fires.
	Deadline string  `json:"deadline,omitempty"`
	Steps    []Step  `json:"steps"`
	Changes  Changes `json:"changes"`
}

// Step becomes one event.
type Step struct {
	Event EventKind `json:"event"`
	// Rules are the transitions of rulebook 9.2 and the rules behind the step.
	Rules []string  `json:"rules,omitempty"`
	State CaseState `json:"state"`
}

// Changes is the difference that a transition makes to a snapshot. The last
// event of the transition carries it, so that folding the events of a case
// yields its rows again.
type Changes struct {
	State     CaseState    `json:"state,omitempty"`
	Tier      Tier         `json:"tier,omitempty"`
	Mode      Mode         `json:"mode,omitempty"`
	Target    *string      `json:"target,omitempty"`
	HardStops *[]string    `json:"hard_stops,omitempty"`
	Blockers  *[]string    `json:"blockers,omitempty"`
	Covered   *[]string    `json:"covered,omitempty"`
	InUse     *InUse       `json:"in_use,omitempty"`
	Stages    []StageState `json:"stages,omitempty"`
	Opened    []TaskKey    `json:"opened,omitempty"`
	Closed    []ClosedTask `json:"closed,omitempty"`
}

// ClosedTask is a task that was answered or cancelled.
type ClosedTask struct {
	TaskKey
	Status  TaskStatus `json:"status"`
	Outcome Outcome    `json:"outcome,omitempty"`
}

// Diff returns what has to change in before to make it after. Version, counts
// and the next deadline are the record's own and do not count.
func Diff(before, after Snapshot) Changes {
	var c Changes
	if after.State != before.State {
		c.State = after.State
	}
	if after.Tier != before.Tier {
		c.Tier = after.Tier
	}
	if after.Mode != before.Mode {
		c.Mode = after.Mode
	}
	if after.Target != before.Target {
		c.Target = &after.Target
	}
	if !slices.Equal(after.HardStops, before.HardStops) {
		c.HardStops = list(after.HardStops)
	}
	if !slices.Equal(after.Blockers, before.Blockers) {
		c.Blockers = list(after.Blockers)
	}
	if !slices.Equal(after.Covered, before.Covered) {
		c.Covered = list(after.Covered)
	}
	if after.InUse != before.InUse {
		u := after.InUse
		c.InUse = &u
	}
	for _, a := range after.Stages {
		b := before.Stage(a.Key)
		if b == nil {
			b = &StageState{}
		}
		diffStage(&c, *b, a)
	}
	return c
}

func list(s []string) *[]string {
	l := append([]string{}, s...)
	return &l
}

func diffStage(c *Changes, before, after StageState) {
	if !sameStage(before, after) {
		row := after
		row.Tasks = nil
		c.Stages = append(c.Stages, row)
	}
	for _, t := range before.Tasks {
		now := after.Task(t.Kind)
		closed := ClosedTask{TaskKey: TaskKey{before.Key, t.Kind, t.Round}}
		switch {
		case t.Status != TaskOpen:
			continue
		case now.Round != t.Round:
			closed.Status = TaskCancelled
		case now.Status != TaskOpen:
			closed.Status, closed.Outcome = now.Status, now.Outcome
		default:
			continue
		}
		c.Closed = append(c.Closed, closed)
	}
	for _, t := range after.Tasks {
		was := before.Task(t.Kind)
		if t.Status == TaskOpen && (was == nil || was.Round != t.Round) {
			c.Opened = append(c.Opened, TaskKey{after.Key, t.Kind, t.Round})
		}
	}
}

func sameStage(a, b StageState) bool {
	return a.Requirement == b.Requirement && a.Raised == b.Raised && a.Status == b.Status &&
		a.Result == b.Result && a.Scope == b.Scope && a.Assess == b.Assess && a.Part == b.Part &&
		a.Advice == b.Advice && a.Returns == b.Returns
}

// Apply folds the changes of one transition into the snapshot.
func (s *Snapshot) Apply(c Changes) {
	if c.State != "" {
		s.State = c.State
	}
	if c.Tier != "" {
		s.Tier = c.Tier
	}
	if c.Mode != "" {
		s.Mode = c.Mode
	}
	if c.Target != nil {
		s.Target = *c.Target
	}
	if c.HardStops != nil {
		s.HardStops = slices.Clone(*c.HardStops)
	}
	if c.Blockers != nil {
		s.Blockers = slices.Clone(*c.Blockers)
	}
	if c.Covered != nil {
		s.Covered = slices.Clone(*c.Covered)
	}
	if c.InUse != nil {
		s.InUse = *c.InUse
	}
	for _, row := range c.Stages {
		st := s.Stage(row.Key)
		if st == nil {
			s.Stages = append(s.Stages, row)
			continue
		}
		row.Tasks = st.Tasks
		*st = row
	}
	for _, k := range c.Closed {
		if st := s.Stage(k.Stage); st != nil {
			if t := st.Task(k.Kind); t != nil && t.Round == k.Round {
				t.Status, t.Outcome = k.Status, k.Outcome
			}
		}
	}
	for _, k := range c.Opened {
		st := s.Stage(k.Stage)
		if st == nil {
			continue // of a log that does not add up
		}
		opened := TaskState{Kind: k.Kind, Round: k.Round, Status: TaskOpen}
		if t := st.Task(k.Kind); t != nil {
			*t = opened
		} else {
			st.Tasks = append(st.Tasks, opened)
		}
	}
	s.Sort()
}

// Sort puts stages and tasks into the order of the table of stages, so that two
// snapshots of the same case are equal.
func (s *Snapshot) Sort() {
	slices.SortFunc(s.Stages, func(a, b StageState) int { return stageIndex(a.Key) - stageIndex(b.Key) })
	for i := range s.Stages {
		st := &s.Stages[i]
		slices.SortFunc(st.Tasks, func(a, b TaskState) int {
			return cmp.Or(taskIndex(st.Key, a.Kind)-taskIndex(st.Key, b.Kind), cmp.Compare(a.Kind, b.Kind))
		})
	}
}

func stageIndex(key StageKey) int {
	return slices.IndexFunc(stages, func(s StageSpec) bool { return s.Key == key })
}

func taskIndex(key StageKey, kind TaskKind) int {
	spec, _ := Stage(key)
	switch kind {
	case TaskPrepare:
		return -2
	case TaskStatement:
		return -1
	case TaskHead:
		return len(spec.Tasks)
	case TaskSecondReading:
		return len(spec.Tasks) + 1
	}
	return slices.IndexFunc(spec.Tasks, func(t TaskSpec) bool { return t.Kind == kind })
}

// Recorded is what recording a transition answers.
type Recorded struct {
	// Version is the case's version after the transition.
	Version int64 `json:"version,omitempty"`
	// Conditions, OpenBeforeUse, Lapsed and Next are the record's counts and its next
	// deadline after the transition.
	Conditions    int  `json:"conditions,omitempty"`
	OpenBeforeUse int  `json:"open_before_use,omitempty"`
	Lapsed        int  `json:"lapsed,omitempty"`
	Next          *Due `json:"next,omitempty"`
	// Mismatch is set, and nothing was written, when the case stands at another
	// version than the one expected. One without Found answers a deadline of a case
	// that the record does not have.
	Mismatch *Snapshot `json:"mismatch,omitempty"`
	// Replayed is true when the command had been recorded before; nothing was
	// written now.
	Replayed bool `json:"replayed,omitempty"`
	// Refused is set, and the command has been ended, when the rules refuse it.
	Refused *Refusal `json:"refused,omitempty"`
}
