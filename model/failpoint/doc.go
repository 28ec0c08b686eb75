// Package failpoint lets a test kill the program at a named place. It does
// nothing unless the program is built with the tag "failpoint", which releases
// are not.
//
// With the tag, SLUSS_FAILPOINT=name[:n] makes the program kill itself without
// warning the n-th time it passes the place of that name; Arm does so while it
// runs. It imports the standard library only.
package failpoint

// The places at which a process can die between an act's acceptance and its
// answer.
const (
	CommandStored   = "command_stored"
	BeforeCommit    = "before_commit"
	AfterCommit     = "after_commit"
	BeforeCompleted = "before_completed"
	BeforeAnswer    = "before_answer"
)

// Places lists every failpoint in the order in which an act passes them.
func Places() []string {
	return []string{CommandStored, BeforeCommit, AfterCommit, BeforeCompleted, BeforeAnswer}
}
