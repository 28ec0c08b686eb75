package model

import (
	"slices"
	"time"
)

// Snapshot is what the process of a case needs to know to decide what comes
// next: codes, counts and hashes, no text and no person. It is read from the
// record by one query path, whether a process starts, continues or recovers.
type Snapshot struct {
	// Found is false when the case does not exist.
	Found   bool      `json:"found"`
	Version int64     `json:"version"`
	State   CaseState `json:"state"`
	Tier    Tier      `json:"tier,omitempty"`
	Mode    Mode      `json:"mode,omitempty"`
	// Target is what a returned case waits for: "intake" or a stage.
	Target    string   `json:"target,omitempty"`
	HardStops []string `json:"hard_stops,omitempty"`
	Blockers  []string `json:"blockers,omitempty"`
	// Covered are the units, by id, that the case covers beside the one that opened
	// it (L-08). Each decides for itself whether it adopts (S7).
	Covered []string `json:"covered,omitempty"`
	// Stages stands in the order of the table of stages, without those that
	// were never required.
	Stages []StageState `json:"stages,omitempty"`
	// Conditions counts the conditions that stages have set, OpenBeforeUse those
	// that keep the case from use (CO-01),
	// and Lapsed those that have been overdue for so long that they stop the use
	// (CO-02).
	Conditions    int `json:"conditions,omitempty"`
	OpenBeforeUse int `json:"open_before_use,omitempty"`
	Lapsed        int `json:"lapsed,omitempty"`
	// InUse is how far the case may be used.
	InUse InUse `json:"in_use,omitzero"`
	// Next is the earliest deadline that has neither fired nor been cancelled.
	Next *Due `json:"next,omitempty"`
}

// StageState is one stage of a snapshot.
type StageState struct {
	Key         StageKey    `json:"key"`
	Requirement Requirement `json:"requirement"`
	// Raised is true when a reviewer asked for more than triage did (T-31).
	Raised bool        `json:"raised,omitempty"`
	Status StageStatus `json:"status"`
	Result Outcome     `json:"result,omitempty"`
	// Scope is the hash of what the stage depends on (design: an approval
	// holds exactly as long as its scope hash does).
	Scope string `json:"scope,omitempty"`
	// Assess is true when the stage waits for an assessment before it is
	// reviewed, and Part is the hash of the one that was handed in.
	Assess bool   `json:"assess,omitempty"`
	Part   string `json:"part,omitempty"`
	// Advice is the advice that stands without a task: the DPO's for a whole
	// class of cases (AD-03).
	Advice Outcome `json:"advice,omitempty"`
	// Returns counts how often the stage has been returned (L-28).
	Returns int         `json:"returns,omitempty"`
	Tasks   []TaskState `json:"tasks,omitempty"`
}

// TaskState is one task of a stage.
type TaskState struct {
	Kind TaskKind `json:"kind"`
	// Round counts how often the task has been opened, from 1.
	Round   int        `json:"round"`
	Status  TaskStatus `json:"status"`
	Outcome Outcome    `json:"outcome,omitempty"`
}

// Due is a deadline waiting to fire.
type Due struct {
	ID string    `json:"id"`
	At time.Time `json:"at"`
}

// Stage returns a pointer to the stage within the snapshot, or nil when the
// stage was never required.
func (s *Snapshot) Stage(key StageKey) *StageState {
	for i := range s.Stages {
		if s.Stages[i].Key == key {
			return &s.Stages[i]
		}
	}
	return nil
}

// AssessedAgain reports whether the case is in use, or was, and is being assessed
// anew (T-25), which may lead to a prior consultation (T-11).
func (s *Snapshot) AssessedAgain() bool {
	return s.InUse.Approved && (s.State == Reassessment || s.State == PriorConsultation)
}

// Task returns a pointer to the stage's task of the given kind, or nil.
func (s *StageState) Task(kind TaskKind) *TaskState {
	for i := range s.Tasks {
		if s.Tasks[i].Kind == kind {
			return &s.Tasks[i]
		}
	}
	return nil
}

// Undecided reports whether the stage is required and has no result that stands.
func (s StageState) Undecided() bool {
	return s.Status != StageDone && s.Status != StageNotRequired
}

// Advised reports whether the stage has the advice that it needs, on the text that
// stands: the DPO's, the coordinator's where that is enough (AD-04), standing
// advice (AD-03), or word that none came in time (AD-01). While somebody is asked
// for it, what was said before was about another text.
func (s *StageState) Advised() bool {
	if s.Assess && s.Part == "" || s.Asks(TaskAdvice) || s.Asks(TaskStatement) {
		return false
	}
	return s.Answered(TaskAdvice) || s.Answered(TaskStatement) || s.Advice != ""
}

// Asks reports whether the stage's task of the given kind is open.
func (s *StageState) Asks(kind TaskKind) bool {
	t := s.Task(kind)
	return t != nil && t.Status == TaskOpen
}

// Answered reports whether the stage's task of the given kind has been answered.
func (s *StageState) Answered(kind TaskKind) bool {
	t := s.Task(kind)
	return t != nil && t.Status == TaskDone
}

// Clone returns a deep copy.
func (s Snapshot) Clone() Snapshot {
	c := s
	c.HardStops = slices.Clone(s.HardStops)
	c.Blockers = slices.Clone(s.Blockers)
	c.Covered = slices.Clone(s.Covered)
	c.Stages = slices.Clone(s.Stages)
	for i := range c.Stages {
		c.Stages[i].Tasks = slices.Clone(c.Stages[i].Tasks)
	}
	if s.Next != nil {
		n := *s.Next
		c.Next = &n
	}
	return c
}
