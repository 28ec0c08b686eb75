package model

import "strconv"

// TaskStatus is how far a task has come.
type TaskStatus string

// A task is open until it is answered, or cancelled because its stage was
// reopened or its case ended.
const (
	TaskOpen      TaskStatus = "open"
	TaskDone      TaskStatus = "done"
	TaskCancelled TaskStatus = "cancelled"
)

// TaskKey names a task within its case: stage, kind and round.
type TaskKey struct {
	Stage StageKey `json:"stage"`
	Kind  TaskKind `json:"kind"`
	Round int      `json:"round"`
}

// Subject is the task's name in deadlines and service times, without its round.
func (k TaskKey) Subject() string { return Subject(k.Stage, k.Kind) }

// Subject joins a stage and a kind of task to the name under which deadlines
// and service times know it.
func Subject(stage StageKey, kind TaskKind) string {
	return string(stage) + "." + string(kind)
}

// TaskETag is the entity tag of a task: its round, its status and the hash of
// what it judges. A colleague's decision on another task, a comment or a reminder
// leaves it as it is, a changed text does not.
func TaskETag(round int, status TaskStatus, scope string) string {
	return strconv.Itoa(round) + "." + string(status) + "." + scope
}
