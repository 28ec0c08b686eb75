package model

import (
	"fmt"
	"strconv"
	"strings"
)

// DeadlineKind says what happens when a deadline falls due. None of them decides
// anything for a person: a task that is late stays open.
type DeadlineKind string

// The kinds of deadline.
const (
	// DeadlineReminder and DeadlineReminder2 remind whoever has the task at shares
	// of its time, DeadlineDue ends that time, DeadlineEscalation tells those who
	// can help that it is over (rulebook 3.7).
	DeadlineReminder   DeadlineKind = "reminder"
	DeadlineReminder2  DeadlineKind = "reminder_2"
	DeadlineDue        DeadlineKind = "due"
	DeadlineEscalation DeadlineKind = "escalation"
	// DeadlineReply is the end of the owner's time to answer a return, and
	// DeadlineSilence that of the owner's silence: then the case is withdrawn
	// (rulebook 3.7, T-32).
	DeadlineReply   DeadlineKind = "reply"
	DeadlineSilence DeadlineKind = "silence"
	// DeadlineLapse is when a condition has been overdue for so long that the use
	// stops (CO-02), DeadlineRecur when one comes back (CO-03).
	DeadlineLapse DeadlineKind = "lapse"
	DeadlineRecur DeadlineKind = "recur"
	// DeadlineNotice tells that an approval is about to run out, DeadlineExpiry
	// that it has (T-27).
	DeadlineNotice  DeadlineKind = "notice"
	DeadlineNotice2 DeadlineKind = "notice_2"
	DeadlineNotice3 DeadlineKind = "notice_3"
	DeadlineExpiry  DeadlineKind = "expiry"
	// DeadlineReview is when an approval has to be looked at again (rulebook 5.7,
	// RA-08).
	DeadlineReview DeadlineKind = "review"
	// DeadlinePeriodEnd is the end of a prior consultation (GDPR 36(2)).
	DeadlinePeriodEnd DeadlineKind = "period_end"
)

// Subjects of deadlines beside those of tasks.
const (
	// SubjectOwner is the project owner's answer to a return.
	SubjectOwner = "project_owner"
	// SubjectValidity is how long the approval holds, SubjectInterim how long an
	// existing tool may be used meanwhile (EX-01), SubjectReview the next review.
	SubjectValidity     = "validity"
	SubjectInterim      = "interim"
	SubjectReview       = "review"
	SubjectConsultation = "prior_consultation"
)

// SubjectCondition is the subject of a condition's deadlines.
func SubjectCondition(id string) string { return "condition." + id }

// DeadlineID builds the identifier of a deadline: the case, what it is about,
// its kind and its round, with a second number once it has been put off. The same
// deadline always has the same identifier, so it can be set and fired only once.
func DeadlineID(caseID, subject string, kind DeadlineKind, round int, extension ...int) string {
	id := fmt.Sprintf("%s/%s/%s/%d", caseID, subject, kind, round)
	if len(extension) > 0 && extension[0] > 0 {
		id += "." + strconv.Itoa(extension[0])
	}
	return id
}

// DeadlineCommand is the command id under which the firing of a deadline is
// recorded.
func DeadlineCommand(id string) string { return "deadline/" + id }

// Subject is what the deadline is about, as its identifier says.
func (d Due) Subject() string { return d.part(1) }

// Kind is what happens when the deadline falls due, as its identifier says.
func (d Due) Kind() DeadlineKind { return DeadlineKind(d.part(2)) }

func (d Due) part(n int) string {
	parts := strings.Split(d.ID, "/")
	if len(parts) != 4 {
		return ""
	}
	return parts[n]
}

// Times that the rules give a case beside the service times of its tasks, under
// names of their own: shares of a task's time in percent, and working days.
const (
	TimeReminder      = "reminder.percent"
	TimeReminder2     = "reminder_2.percent"
	TimeEscalation    = "escalation.days"
	TimeAdviceSilence = "advice_silence.days"
	TimeSilence       = "silence.days"
	TimeLapse         = "lapse.days"
	TimeReview        = "review.months"
	TimeNotice        = "notice.days"
	TimeNotice2       = "notice_2.days"
	TimeNotice3       = "notice_3.days"
	TimeInterimNotice = "interim_notice.days"
	TimeMaxReturns    = "returns.count"
)

// ConditionOf returns the condition that a deadline's subject names, and whether
// it names one: its own deadlines, or those of the task to meet it once more.
func ConditionOf(subject string) (id string, ok bool) {
	if id, ok = strings.CutPrefix(subject, "condition."); ok {
		return id, true
	}
	return strings.CutPrefix(subject, Subject(StageFollowUp, TaskFollowUp("")))
}
