package model

import "fmt"

// Kinds of deadline.
const (
	// DeadlineDue is the end of a task's service time (rulebook 3.7).
	DeadlineDue = "due"
	// DeadlineReply is the end of the owner's time to answer a return
	// (rulebook 3.7).
	DeadlineReply = "reply"
)

// DeadlineID builds the identifier of a deadline: the case, what it is about,
// its kind and its round. The same deadline always has the same identifier, so
// it can be set and fired only once.
func DeadlineID(caseID, subject, kind string, round int) string {
	return fmt.Sprintf("%s/%s/%s/%d", caseID, subject, kind, round)
}

// DeadlineCommand is the command id under which the firing of a deadline is
// recorded.
func DeadlineCommand(id string) string { return "deadline/" + id }
