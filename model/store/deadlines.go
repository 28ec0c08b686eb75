package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// LateAfter is how long after its time a deadline counts as fired late: it was
// not a timer's ordinary delay, the process was away.
const LateAfter = time.Minute

// setDeadline sets a deadline. The rows are written at the end of the transition.
func (r *recorder) setDeadline(d deadlineRow) {
	d.OrgID, d.CaseID = r.c.OrgID, r.c.ID
	d.ID = model.DeadlineID(r.c.ID, d.Subject, d.Kind, d.Round, d.Extension)
	r.due = append(r.due, model.Due{ID: d.ID, At: d.DueAt})
	r.deadlines = append(r.deadlines, d)
}

// afterDays is the end of the n-th working day after a day (rulebook 3.7).
func afterDays(day calendar.Date, n int) time.Time {
	return calendar.EndOfDay(calendar.Swedish.AddWorkingDays(day, n))
}

// setTaskTime starts the time of a task that ends on a day. Its deadlines follow
// each other: reminders at shares of the working days, the end, and the
// escalation, so that a task has one row that waits.
func (r *recorder) setTaskTime(subject string, round, extension int, last calendar.Date) (ends time.Time) {
	ends = calendar.EndOfDay(last)
	d := deadlineRow{Subject: subject, Round: round, Extension: extension, Since: r.now}
	if !r.remind(d, "", ends) {
		d.Kind, d.DueAt = model.DeadlineDue, ends
		r.setDeadline(d)
	}
	return ends
}

// remind sets the reminder that comes next after the one that has passed, which is
// "" at first, and reports whether there is one left before the end.
func (r *recorder) remind(d deadlineRow, passed model.DeadlineKind, ends time.Time) bool {
	from, last := calendar.Today(d.Since), calendar.Today(ends)
	days := calendar.Swedish.WorkingDaysBetween(from, last)
	share := func(percent int) calendar.Date {
		return calendar.Swedish.AddWorkingDays(from, days*percent/100)
	}
	first, second := share(r.times[model.TimeReminder]), share(r.times[model.TimeReminder2])
	switch {
	case days <= 0:
		return false
	case passed == "" && from.Before(first) && first.Before(last):
		d.Kind, d.DueAt = model.DeadlineReminder, calendar.Morning(first)
	case (passed == "" || passed == model.DeadlineReminder) && from.Before(second) && first.Before(second) && second.Before(last):
		d.Kind, d.DueAt = model.DeadlineReminder2, calendar.Morning(second)
	default:
		return false
	}
	r.setDeadline(d)
	return true
}

// follow sets what comes after a deadline that has passed: another reminder, the
// end, and, some working days after the end, what follows from it.
func (r *recorder) follow(passed deadlineRow, ends time.Time, then model.DeadlineKind, wait int) {
	next := deadlineRow{Subject: passed.Subject, Round: passed.Round, Extension: passed.Extension, Since: passed.Since}
	switch {
	case passed.Kind == then:
		return
	case passed.Kind != model.DeadlineDue && r.remind(next, passed.Kind, ends):
		return
	case passed.Kind != model.DeadlineDue:
		next.Kind, next.DueAt = model.DeadlineDue, ends
	case wait == 0:
		return
	default:
		next.Kind, next.DueAt = then, afterDays(calendar.Today(ends), wait)
	}
	r.setDeadline(next)
}

// cancelDeadlines cancels what waits of the tasks that close, of the owner's
// answer when the case goes on, of interim use when it is over, and everything when the case has come to its end.
func (r *recorder) cancelDeadlines(ctx context.Context) error {
	var subjects []any
	for _, t := range r.t.Changes.Closed {
		subjects = append(subjects, t.Subject())
	}
	if target := r.t.Changes.Target; target != nil && *target == "" {
		subjects = append(subjects, model.SubjectOwner)
	}
	if use := r.t.Changes.InUse; use != nil && !use.Interim {
		subjects = append(subjects, model.SubjectInterim)
	}
	if r.t.Changes.State.HasEnded() {
		return r.cancelWhere(ctx, "")
	}
	if len(subjects) == 0 {
		return nil
	}
	return r.cancelWhere(ctx, " AND subject IN ("+marks(len(subjects))+")", subjects...)
}

// cancelSubject cancels what waits of one subject.
func (r *recorder) cancelSubject(ctx context.Context, subject string) error {
	return r.cancelWhere(ctx, " AND subject = ?", subject)
}

func (r *recorder) cancelWhere(ctx context.Context, where string, args ...any) error {
	firing := ""
	if r.deadline != nil {
		firing = r.deadline.ID
	}
	var rows []deadlineRow
	err := list(ctx, r.store, r.q, &rows, `UPDATE deadlines SET cancelled_at = ?
		WHERE org_id = ? AND case_id = ? AND id <> ? AND fired_at IS NULL AND cancelled_at IS NULL`+where+` RETURNING id`,
		append([]any{r.now, r.c.OrgID, r.c.ID, firing}, args...)...)
	for _, d := range rows {
		r.cancelled = append(r.cancelled, d.ID)
	}
	slices.Sort(r.cancelled)
	return err
}

// fireDeadline notes that a deadline has fallen due, sets the one that follows it
// and tells those whom it concerns.
func (r *recorder) fireDeadline(ctx context.Context) error {
	d := r.deadline
	if d == nil {
		return nil
	}
	d.FiredAt = r.now
	d.Late = r.now.Sub(d.DueAt) > LateAfter
	if err := update(ctx, r.store, r.q, d); err != nil {
		return err
	}
	condition, ofCondition := model.ConditionOf(d.Subject)
	switch {
	case d.Subject == model.SubjectOwner:
		r.wakeOwner(d)
		return nil
	case d.Subject == model.SubjectValidity, d.Subject == model.SubjectInterim:
		return r.noticeExpiry(d)
	case d.Subject == model.SubjectConsultation:
		r.tell(model.MessageConsultation, "", model.Recipient{PersonID: r.c.ProjectOwnerID},
			model.Recipient{Role: model.RoleInformationOwner}, model.Recipient{Role: model.RoleDPO})
		return nil
	case ofCondition && d.Subject == model.SubjectCondition(condition):
		return r.wakeCondition(ctx, d, condition)
	case d.Kind == model.DeadlineReminder, d.Kind == model.DeadlineReminder2,
		d.Kind == model.DeadlineDue, d.Kind == model.DeadlineEscalation:
		return r.wakeTask(ctx, d)
	}
	return nil
}

// wakeTask reminds whoever has a task, and tells at its end who can help: the
// manager, then the administrator and the head of the unit. The DPO's superiors
// are never told: the deputy and the administrator are (GDPR 38(3), rulebook
// 3.7), and the head of the unit once the silence may be noted (AD-01). Nothing
// is decided for anybody.
func (r *recorder) wakeTask(ctx context.Context, d *deadlineRow) error {
	t, err := r.taskOf(ctx, d.Subject)
	if err != nil || t == nil {
		return err
	}
	dpo := t.Role == model.RoleDPO
	switch {
	case d.Kind == model.DeadlineReminder, d.Kind == model.DeadlineReminder2:
		r.tellTask(model.MessageReminder, *t)
	case d.Kind == model.DeadlineDue && dpo:
		r.tellTask(model.MessageDue, *t, model.RoleDPO, model.RoleAdministrator)
	case d.Kind == model.DeadlineDue:
		r.tellTask(model.MessageDue, *t, model.RoleManager)
	case dpo:
		r.tellTask(model.MessageAdviceSilent, *t, model.RoleUnitHead)
	default:
		r.tellTask(model.MessageEscalated, *t, model.RoleAdministrator, model.RoleUnitHead)
	}
	wait := r.times[model.TimeEscalation]
	if dpo {
		wait = r.times[model.TimeAdviceSilence]
	}
	r.follow(*d, t.DueAt, model.DeadlineEscalation, wait)
	if condition, ok := t.Kind.Condition(); ok && d.Kind == model.DeadlineDue {
		return r.isOverdue(ctx, condition)
	}
	return nil
}

// taskOf returns the open task that a deadline is about, or nil.
func (r *recorder) taskOf(ctx context.Context, subject string) (*taskRow, error) {
	var rows []taskRow
	err := list(ctx, r.store, r.q, &rows, "SELECT "+columns[taskRow](r.store)+` FROM tasks
		WHERE org_id = ? AND case_id = ?`, r.c.OrgID, r.c.ID)
	for i := range rows {
		if rows[i].Status == model.TaskOpen && model.Subject(rows[i].Stage, rows[i].Kind) == subject {
			return &rows[i], err
		}
	}
	return nil, err
}

// wakeOwner tells the owner that an answer is awaited, and at last that the case
// has been withdrawn (T-32).
func (r *recorder) wakeOwner(d *deadlineRow) {
	kind := model.MessageDue
	switch d.Kind {
	case model.DeadlineReminder, model.DeadlineReminder2:
		kind = model.MessageReminder
	case model.DeadlineSilence:
		kind = model.MessageWithdrawn
	}
	r.tell(kind, "", model.Recipient{PersonID: r.c.ProjectOwnerID})
	if d.Kind == model.DeadlineReply || d.Kind == model.DeadlineSilence {
		r.tell(kind, "", model.Recipient{Role: model.RoleManager})
	}
}

// setReplyDeadline gives the owner a time to answer a return, and a longer one
// after which silence withdraws the case (rulebook 3.7, T-32).
func (r *recorder) setReplyDeadline(context.Context) error {
	target := r.t.Changes.Target
	if target == nil || *target == "" || r.c.Target != "" {
		return nil // not returned, or returned already: the time runs
	}
	r.c.ReturnsCount++
	if days, ok := r.times[model.SubjectOwner+"."+string(model.DeadlineReply)]; ok {
		r.setDeadline(deadlineRow{
			Subject: model.SubjectOwner, Kind: model.DeadlineReply, Round: r.c.ReturnsCount, Since: r.now,
			DueAt: afterDays(r.today(), days),
		})
	}
	if days, ok := r.times[model.TimeSilence]; ok {
		r.setDeadline(deadlineRow{
			Subject: model.SubjectOwner, Kind: model.DeadlineSilence, Round: r.c.ReturnsCount, Since: r.now,
			DueAt: afterDays(r.today(), days),
		})
	}
	r.tell(model.MessageReturned, "", model.Recipient{PersonID: r.c.ProjectOwnerID})
	return nil
}

func (r *recorder) writeDeadlines(ctx context.Context) error {
	return insert(ctx, r.store, r.q, "", r.deadlines...)
}

// putOffSilence lets the time after which silence withdraws a returned case begin
// anew: an owner who works on the answer is not silent (T-32). The process finds out
// when it comes to record the deadline.
func (s *Store) putOffSilence(ctx context.Context, q queryer, c *caseRow, actorID string, now time.Time) ([]model.Due, error) {
	var times map[string]int
	if err := json.Unmarshal([]byte(c.ServiceTimes), &times); err != nil {
		return nil, fmt.Errorf("service times: %w", err)
	}
	if c.State != model.Returned || actorID != c.ProjectOwnerID || times[model.TimeSilence] == 0 {
		return nil, nil
	}
	at := afterDays(calendar.Today(now), times[model.TimeSilence])
	var rows []deadlineRow
	err := list(ctx, s, q, &rows, `UPDATE deadlines SET due_at = ?
		WHERE org_id = ? AND case_id = ? AND kind = ? AND due_at < ? AND fired_at IS NULL AND cancelled_at IS NULL
		RETURNING id`, at, c.OrgID, c.ID, model.DeadlineSilence, at)
	var moved []model.Due
	for _, d := range rows {
		moved = append(moved, model.Due{ID: d.ID, At: at})
	}
	return moved, err
}
