package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"sluss/model"
)

// timer is the one timer of a case or an incident. It is armed for the earliest deadline, again
// only when an earlier one appears, and otherwise left to fire: then the next
// deadline is looked at afresh.
type timer struct {
	at     time.Time
	fires  workflow.Future
	cancel workflow.CancelFunc
}

func (t *timer) expired() bool { return t.fires != nil && t.fires.IsReady() }

// isLate reports whether a deadline waits that the timer would miss.
func (t *timer) isLate(next *model.Due) bool {
	return next != nil && (t.fires == nil || next.At.Before(t.at))
}

// rearm sets the timer for an earlier deadline than the one that it waits for.
func (t *timer) rearm(ctx workflow.Context, next *model.Due) {
	if t.cancel != nil {
		t.cancel()
	}
	t.arm(ctx, next.At, next.At.Sub(workflow.Now(ctx)))
}

// arm sets the timer for a deadline.
func (t *timer) arm(ctx workflow.Context, deadline time.Time, wait time.Duration) {
	timed, cancel := workflow.WithCancel(ctx)
	*t = timer{
		at:     deadline,
		fires:  workflow.NewTimerWithOptions(timed, max(wait, 0), workflow.TimerOptions{Summary: "deadline"}),
		cancel: cancel,
	}
}

// tryAgainAfter is the pause before a deadline that could not be recorded is
// tried again: the record's clock may be behind the engine's.
const tryAgainAfter = time.Second

// fireDueDeadline records the earliest deadline when its time has come. When it
// still stands afterwards, the timer is armed again.
func (c *caseRun) fireDueDeadline(ctx workflow.Context) {
	c.timer = timer{}
	unlock, err := c.lock(ctx)
	if err != nil {
		return
	}
	defer unlock()
	next := c.state.Next
	if next == nil || workflow.Now(ctx).Before(next.At) {
		return
	}
	_, refused, err := c.record(ctx, fallDue(c.state, *next))
	stands := c.state.Next != nil && c.state.Next.ID == next.ID
	if stands || err != nil || refused != nil {
		c.timer.arm(ctx, next.At, tryAgainAfter)
	}
}

// fallDue is what a deadline that has fallen due makes of a case. Most of them
// only wake people: nothing is ever approved, advised or decided because somebody
// was late.
func fallDue(s model.Snapshot, due model.Due) transition {
	l := begin(s)
	l.step(model.EventDeadlineFired)
	switch due.Kind() {
	case model.DeadlineSilence:
		l.withdrawSilently()
	case model.DeadlineLapse:
		l.lapse()
	case model.DeadlineRecur:
		l.conditionComesBack(due)
	case model.DeadlineReview:
		l.reviewIsDue()
	case model.DeadlineExpiry:
		l.expire(due)
	case model.DeadlinePeriodEnd:
		l.endPeriod()
	}
	t := l.finish(s, model.ActFireDeadline, model.DeadlineCommand(due.ID))
	t.Deadline = due.ID
	return t
}
