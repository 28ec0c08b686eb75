package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// View is a case as one person meets it.
type View struct {
	store.Case
	// On is what the person's rights in the case depend on.
	On access.Object
	// Existing is true for a tool that was in use before the case (EX-01), and only told
	// to those who may let its use go on. RejectedIn is the stage that a rejected case was
	// rejected in.
	Existing   bool
	RejectedIn model.StageKey
}

// View returns a case that the actor may read, and what the actor is in it.
// Another organisation's case, and one that the actor may not know of, are not
// found.
func (s *Service) View(ctx context.Context, a model.Actor, id string) (View, error) {
	c, on, err := s.readCase(ctx, a, id)
	v := View{Case: c, On: on}
	if err == nil {
		v.Blockers, err = s.standsOpen(ctx, c)
	}
	if err != nil {
		return v, err
	}
	switch {
	case c.State == model.Rejected:
		rejected, err := s.rejectedStage(ctx, c)
		if rejected != nil {
			v.RejectedIn = rejected.Key
		}
		return v, err
	case c.State.UnderReview() && access.Can(a, on, access.InterimUse, access.Decide):
		part, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
		if err != nil {
			return v, err
		}
		answers, err := rulebook.ReadAnswers(part.Answers)
		v.Existing = isExisting(answers)
		return v, err
	}
	return v, nil
}

// Things that a person can do with a case as a whole.
const (
	MayEdit      = "edit_intake"
	MaySubmit    = "submit"
	MayCorrect   = "correct"
	MayWithdraw  = "withdraw"
	MayActivate  = "activate"
	MayVerify    = "verify_condition"
	MayReExamine = "re_examine"
	MayArchive   = "archive"
	MayRaise     = "raise_stage"

	MaySuspend      = "suspend"
	MayAskForStop   = "propose_suspension"
	MayResume       = "resume"
	MayReportChange = "report_change"
	MayRenew        = "renew"
	MayDecommission = "decommission"
	MayConsult      = "record_consultation"
	MayInterim      = "allow_interim_use"
	MayOverride     = "override"
	MayReplaceOwner = "replace_project_owner"
)

// Allowed lists what the actor may do with the case in the state that it is in.
// It is what a page offers; each act is checked again when it is done.
func (v View) Allowed(a model.Actor) []string {
	may := []string{}
	add := func(what string, allowed bool) {
		if allowed {
			may = append(may, what)
		}
	}
	can := func(p access.Permission, does ...string) bool { return access.Can(a, v.On, p, does...) }
	owner := can(access.Submission, access.Execute)
	approved := v.State == model.Approved || v.State == model.ApprovedCond
	add(MayEdit, owner && slices.Contains(editable, v.State))
	add(MaySubmit, owner && slices.Contains(submittable, v.State) && (v.State != model.RejectedAuto || correctable(v.HardStops)))
	add(MayCorrect, owner && v.State == model.RejectedAuto && correctable(v.HardStops))
	add(MayWithdraw, owner && v.State.BeforeUse() && !v.InUse.Approved)
	add(MayActivate, approved && v.OpenBeforeUse == 0 && can(access.Activate, access.Execute))
	ended := v.State.HasEnded() && v.State != model.Archived || v.State == model.RejectedAuto
	add(MayReExamine, owner && (v.State == model.RejectedAuto || v.State == model.Rejected))
	add(MayInterim, v.Existing && v.InterimUntil == "" && !v.InUse.Approved && can(access.InterimUse, access.Decide) && !v.saidInterim(a))
	add(MayOverride, v.RejectedIn == model.StageCISO && can(access.Override, access.Decide))
	add(MayArchive, ended && can(access.Archive, access.Execute))
	add(MayConsult, v.InUse.Consultation != "" && can(access.Consultation, access.Execute))
	verifiable := v.State.UnderReview() || approved || slices.Contains([]model.CaseState{model.Active, model.Suspended, model.Expired}, v.State)
	add(MayVerify, v.Conditions > 0 && verifiable && can(access.Verify, access.Decide))
	add(MayReplaceOwner, v.State.HasOwner() && can(access.Reassign, access.Execute))
	add(MayRaise, v.State.UnderReview() && can(access.RaiseStage, access.Execute))
	for what, allowed := range v.allowedInUse(a) {
		add(what, allowed)
	}
	slices.Sort(may)
	return may
}

// allowedInUse says what the actor may do with a case that has come into use.
func (v View) allowedInUse(a model.Actor) map[string]bool {
	can := func(p access.Permission, does string) bool { return access.Can(a, v.On, p, does) }
	stops := can(access.Suspend, access.Execute)
	inUse := v.InUse.Allowed(v.State)
	return map[string]bool{
		MaySuspend:      inUse && stops,
		MayAskForStop:   inUse && !stops && can(access.Suspend, access.Advise),
		MayResume:       v.InUse.Suspended && v.InUse.Consultation == "" && can(access.Resume, access.Execute),
		MayReportChange: v.InUse.Approved && !v.State.HasEnded() && can(access.ReportChange, access.Execute),
		MayRenew:        (v.State == model.Active || v.State == model.Expired) && can(access.Submission, access.Execute),
		MayDecommission: slices.Contains([]model.CaseState{model.Active, model.Suspended, model.Expired}, v.State) && can(access.Decommission, access.Execute),
	}
}

// correctable reports whether the owner may correct the facts behind the stops
// (T-07a).
func correctable(stops []string) bool {
	return !slices.Contains(stops, "HS-01") && !slices.Contains(stops, "HS-08")
}

// saidInterim reports whether the actor is the one of the two who has allowed interim
// use already.
func (v View) saidInterim(a model.Actor) bool {
	role, err := access.As(a, v.On, access.InterimUse, access.Decide)
	return err == nil && role == v.InUse.InterimWord
}

// MayAnswer reports whether the actor may answer the task as it stands.
func MayAnswer(a model.Actor, on access.Object, t store.Task) bool {
	return answerable(a, on, t, t.ETag(), &model.Decision{}) == nil
}

// PreviewTriage asks the rules about answers that nobody has sent in, today, and
// keeps nothing. ok is false until the first questions are answered, from which
// the size of the form follows: before that a result would rest on defaults.
func (s *Service) PreviewTriage(ctx context.Context, c store.Case, answers map[string]any) (result TriageResult, ok bool, err error) {
	c = s.anew(c)
	for _, form := range s.bookOf(c).Forms() {
		for _, id := range form.First {
			if answers[id] == nil {
				return TriageResult{}, false, nil
			}
		}
	}
	today := calendar.Today(s.clock.Now())
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, answers)
	if err != nil {
		return TriageResult{}, false, err
	}
	cls, err := assess.Triage(s.bookOf(c), st.profile, assess.Facts(s.bookOf(c), answers, st.system("", today)), today)
	if err != nil {
		return TriageResult{}, false, err
	}
	return resultOf(cls), true, nil
}
