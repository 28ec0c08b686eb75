package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sluss/model"
	"sluss/model/calendar"
)

// stands is the state and the use of the case after the transition.
func (r *recorder) stands() (model.CaseState, model.InUse, error) {
	state, use := r.c.State, model.InUse{}
	if r.t.Changes.State != "" {
		state = r.t.Changes.State
	}
	if r.t.Changes.InUse != nil {
		return state, *r.t.Changes.InUse, nil
	}
	if err := json.Unmarshal([]byte(r.c.InUse), &use); err != nil {
		return state, use, fmt.Errorf("in use: %w", err)
	}
	return state, use, nil
}

// comeIntoUse sets the times of a case that comes into use or passes again: how
// long the approval holds, when it is reviewed, and when its conditions come back.
func (r *recorder) comeIntoUse(ctx context.Context) error {
	switch {
	case r.happens(model.EventReviewed):
		return r.setReview(ctx, r.today())
	case !r.happens(model.EventActivated, model.EventReassessed):
		return nil
	}
	e := r.command.Payload.Register
	if e == nil {
		return r.setRecurrences(ctx)
	}
	if err := r.setValidity(ctx, e.ValidUntil); err != nil {
		return err
	}
	decided, err := calendar.ParseDate(e.DecisionDate)
	if err != nil {
		return fmt.Errorf("date of the decision: %w", ErrValue)
	}
	if err := r.setReview(ctx, decided); err != nil {
		return err
	}
	return r.setRecurrences(ctx)
}

// setValidity notes until when the approval holds, with the notices before its end
// (T-27). Those whose day has passed are left out.
func (r *recorder) setValidity(ctx context.Context, until string) error {
	if until == "" || until == r.c.ValidUntil {
		return nil
	}
	last, err := calendar.ParseDate(until)
	if err != nil {
		return fmt.Errorf("end of validity: %w", ErrValue)
	}
	if err := r.cancelSubject(ctx, model.SubjectValidity); err != nil {
		return err
	}
	r.c.ValidUntil = until
	r.setExpiry(deadlineRow{Subject: model.SubjectValidity, Round: int(r.c.Version)}, last,
		notice{model.DeadlineNotice, model.TimeNotice}, notice{model.DeadlineNotice2, model.TimeNotice2}, notice{model.DeadlineNotice3, model.TimeNotice3})
	return nil
}

// notice is told some days before an end.
type notice struct {
	kind model.DeadlineKind
	days string
}

// setExpiry sets the first of the notices that is still to come, or the end.
func (r *recorder) setExpiry(d deadlineRow, last calendar.Date, notices ...notice) {
	d.Kind, d.DueAt = model.DeadlineExpiry, calendar.EndOfDay(last)
	for _, n := range notices {
		at := calendar.Morning(last.AddDays(-r.times[n.days]))
		if r.times[n.days] > 0 && at.After(r.now) {
			d.Kind, d.DueAt = n.kind, at
			break
		}
	}
	r.setDeadline(d)
}

// noticeExpiry tells those who answer for a tool that its time is running out, or
// has, and sets what comes next. After an outage each notice is still told.
func (r *recorder) noticeExpiry(d *deadlineRow) error {
	kind := model.MessageExpiring
	if d.Kind == model.DeadlineExpiry {
		kind = model.MessageExpired
	}
	r.tell(kind, "", model.Recipient{PersonID: r.c.ProjectOwnerID},
		model.Recipient{Role: model.RoleSystemOwner}, model.Recipient{Role: model.RoleInformationOwner})
	until := r.c.ValidUntil
	if d.Subject == model.SubjectInterim {
		until = r.c.InterimUntil
	}
	last, err := calendar.ParseDate(until)
	if err != nil {
		return fmt.Errorf("end of validity: %w", ErrValue)
	}
	next := deadlineRow{Subject: d.Subject, Round: d.Round, Extension: d.Extension}
	end := calendar.EndOfDay(last)
	days := func(name string) time.Time { return calendar.Morning(last.AddDays(-r.times[name])) }
	switch {
	case d.Kind == model.DeadlineExpiry:
		return nil
	case d.Kind == model.DeadlineNotice && d.Subject == model.SubjectValidity && r.times[model.TimeNotice2] > 0:
		next.Kind, next.DueAt = model.DeadlineNotice2, days(model.TimeNotice2)
	case d.Kind == model.DeadlineNotice2 && r.times[model.TimeNotice3] > 0:
		next.Kind, next.DueAt = model.DeadlineNotice3, days(model.TimeNotice3)
	default:
		next.Kind, next.DueAt = model.DeadlineExpiry, end
	}
	r.setDeadline(next)
	return nil
}

// setReview sets when the approval is looked at again, unless the time of renewal
// comes first (rulebook 5.7, RA-08).
func (r *recorder) setReview(ctx context.Context, from calendar.Date) error {
	if err := r.cancelSubject(ctx, model.SubjectReview); err != nil {
		return err
	}
	last, err := calendar.ParseDate(r.c.ValidUntil)
	if err != nil {
		return nil // an approval without an end is renewed by nobody and reviewed by whoever wants to
	}
	day := from.AddMonths(r.times[model.TimeReview])
	if r.times[model.TimeReview] == 0 || !day.Before(last.AddDays(-r.times[model.TimeNotice])) {
		return nil
	}
	r.setDeadline(deadlineRow{
		Subject: model.SubjectReview, Kind: model.DeadlineReview, Round: int(r.c.Version), DueAt: calendar.Morning(day),
	})
	return nil
}

// setRecurrences sets when each condition of the case comes back that has no time
// yet (CO-03).
func (r *recorder) setRecurrences(ctx context.Context) error {
	rows, err := r.standing(ctx, "due_kind = ?", model.DueRecurring)
	if err != nil {
		return err
	}
	var waiting []deadlineRow
	err = list(ctx, r.store, r.q, &waiting, `SELECT subject FROM deadlines
		WHERE org_id = ? AND case_id = ? AND kind = ? AND fired_at IS NULL AND cancelled_at IS NULL`,
		r.c.OrgID, r.c.ID, model.DeadlineRecur)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, d := range waiting {
		has[d.Subject] = true
	}
	for _, c := range rows {
		if !has[model.SubjectCondition(c.ID)] && c.Status != model.ConditionWaived {
			r.setRecurrence(c, r.today())
		}
	}
	return nil
}

func (r *recorder) setRecurrence(c conditionRow, from calendar.Date) {
	if c.Months <= 0 {
		return
	}
	r.setDeadline(deadlineRow{
		Subject: model.SubjectCondition(c.ID), Kind: model.DeadlineRecur, Round: c.Round + 1,
		DueAt: calendar.Morning(from.AddMonths(c.Months)),
	})
}

// setConditionTime starts the time of a condition with a date (CO-02).
func (r *recorder) setConditionTime(c conditionRow) {
	last, err := calendar.ParseDate(c.DueDate)
	if c.DueKind != model.DueDate || err != nil || !c.Status.Unmet() {
		return
	}
	extension := 0
	if c.Extended {
		extension = 1
	}
	r.setTaskTime(model.SubjectCondition(c.ID), 1, extension, last)
}

// wakeCondition tells those who have to meet and to verify a condition that its
// date comes near, has passed, or has passed for so long that the use stops
// (CO-02); or opens it anew (CO-03).
func (r *recorder) wakeCondition(ctx context.Context, d *deadlineRow, id string) error {
	c, err := r.condition(ctx, id)
	if err != nil {
		return err
	}
	if d.Kind == model.DeadlineRecur {
		return r.comeBack(ctx, c)
	}
	r.tell(model.MessageCondition, "", model.Recipient{Role: c.OwnerRole})
	last, err := calendar.ParseDate(c.DueDate)
	if err != nil {
		return fmt.Errorf("date of a condition: %w", ErrValue)
	}
	r.follow(*d, calendar.EndOfDay(last), model.DeadlineLapse, r.times[model.TimeLapse])
	switch d.Kind {
	case model.DeadlineDue:
		r.tell(model.MessageCondition, "", model.Recipient{Role: c.VerifierRole})
		return r.isOverdue(ctx, id)
	case model.DeadlineLapse:
		r.tell(model.MessageCondition, "", model.Recipient{Role: c.VerifierRole}, model.Recipient{Role: model.RoleCISO},
			model.Recipient{Role: model.RoleInformationOwner})
		c.Lapsed = true
		r.c.Lapsed++
		r.conditions = append(r.conditions, c)
		return update(ctx, r.store, r.q, &c)
	}
	return nil
}

// isOverdue notes that a condition has not been met in time.
func (r *recorder) isOverdue(ctx context.Context, id string) error {
	c, err := r.condition(ctx, id)
	if err != nil || c.Status != model.ConditionOpen {
		return err
	}
	c.Status = model.ConditionOverdue
	r.conditions = append(r.conditions, c)
	return update(ctx, r.store, r.q, &c)
}

// comeBack opens a condition anew and sets when it comes back the next time. It
// comes back in its own step, also while it has not been met since the last time.
func (r *recorder) comeBack(ctx context.Context, c conditionRow) error {
	if c.Status == model.ConditionWaived || c.Status == model.ConditionReplaced {
		return nil
	}
	c.Round++
	c.Status, c.EvidenceNote, c.VerifiedBy, c.VerifiedAt = model.ConditionOpen, "", "", time.Time{}
	r.conditions = append(r.conditions, c)
	if err := update(ctx, r.store, r.q, &c); err != nil {
		return err
	}
	r.setRecurrence(c, calendar.Today(r.deadline.DueAt))
	return nil
}

func (r *recorder) condition(ctx context.Context, id string) (conditionRow, error) {
	var row conditionRow
	err := get(ctx, r.store, r.q, &row, "SELECT "+columns[conditionRow](r.store)+` FROM conditions
		WHERE org_id = ? AND id = ? AND case_id = ?`, r.c.OrgID, id, r.c.ID)
	return row, err
}

// takeExtension gives a task or a condition more time.
func (r *recorder) takeExtension(ctx context.Context) error {
	x := r.command.Payload.Extension
	if x == nil {
		return nil
	}
	last, err := calendar.ParseDate(x.Until)
	if err != nil {
		return fmt.Errorf("extension: %w", ErrValue)
	}
	if x.Task == nil {
		return r.extendCondition(ctx, x, last)
	}
	subject := x.Task.Subject()
	if err := r.cancelSubject(ctx, subject); err != nil {
		return err
	}
	var before struct {
		N int `bun:"n"`
	}
	err = get(ctx, r.store, r.q, &before, `SELECT COALESCE(MAX(extension), 0) AS n FROM deadlines
		WHERE org_id = ? AND case_id = ? AND subject = ? AND round = ?`, r.c.OrgID, r.c.ID, subject, x.Task.Round)
	if err != nil {
		return err
	}
	ends := r.setTaskTime(subject, x.Task.Round, before.N+1, last)
	return r.store.execOne(ctx, r.q, `UPDATE tasks SET due_at = ?
		WHERE org_id = ? AND case_id = ? AND stage = ? AND kind = ? AND round = ? AND status = 'open'`,
		ends, r.c.OrgID, r.c.ID, x.Task.Stage, x.Task.Kind, x.Task.Round)
}

// extendCondition puts off the date of a condition, once (CO-02).
func (r *recorder) extendCondition(ctx context.Context, x *model.Extension, last calendar.Date) error {
	c := &r.conditions[0]
	if c.codes().Stops() {
		r.c.Lapsed--
	}
	c.DueDate, c.Status, c.Extended, c.Lapsed = x.Until, model.ConditionOpen, true, false
	if err := r.cancelSubject(ctx, model.SubjectCondition(c.ID)); err != nil {
		return err
	}
	if last.Before(r.today()) {
		return fmt.Errorf("extension into the past: %w", ErrValue)
	}
	r.setConditionTime(*c)
	return update(ctx, r.store, r.q, c)
}

// followRegister keeps the status and the units of the case's entry in step with the
// case, when the transition writes no entry of its own.
func (r *recorder) followRegister(ctx context.Context) error {
	adopters := r.changesAdopters()
	if r.t.Changes.State == "" && r.t.Changes.InUse == nil && !adopters {
		return nil
	}
	status, err := r.registerStatus()
	if err != nil {
		return err
	}
	before, err := r.store.currentEntry(ctx, r.q, r.c.OrgID, "", r.c.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil || before.Status == status && !adopters {
		return err
	}
	record, err := before.record()
	if err != nil {
		return err
	}
	record.Entry.Status = status
	if record.Entry.Units, err = r.withAdopters(ctx, record.Entry.Units); err != nil {
		return err
	}
	r.registerID, err = r.store.putRegisterEntry(ctx, r.q, r.c.OrgID, "", record.Entry, r.now)
	return err
}

// registerStatus is the status of the case's entry after the transition. The use
// that was allowed meanwhile is over when nothing allows it any more (EX-01).
func (r *recorder) registerStatus() (model.RegisterStatus, error) {
	state, use, err := r.stands()
	status := model.RegisterStatusOf(state, use)
	switch {
	case status != "":
		return status, err
	case state.HasEnded():
		return model.RegisterEnded, err
	}
	return model.RegisterExpired, err
}
