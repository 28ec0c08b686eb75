package act

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Suspension forbids the use of a case for now, or asks the CISO to.
type Suspension struct {
	CaseAct
	// Rules are the reasons in codes: ids of rules, or the organisation's own.
	Rules []string
}

// Suspend forbids the use of a case for now (T-23), or proposes that to the CISO: the
// DPO recommends, the system owner requests.
func (s *Service) Suspend(ctx context.Context, r Request, caseID string, in Suspension) (Answer, error) {
	return s.do(ctx, r, model.ActSuspend, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.Suspend, access.Execute, access.Advise)
		if err != nil {
			return prepared{}, err
		}
		if problems := codeFaults(s.bookOf(c), in.Rules); len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason, Role: role, Rules: in.Rules,
		}}, nil
	})
}

// codeFaults lists the reason codes that are none.
func codeFaults(b *rulebook.Book, codes []string) []rulebook.Problem {
	var out []rulebook.Problem
	for i, code := range codes {
		if text := reasonFault(b, code); text != nil {
			out = append(out, rulebook.Problem{Pointer: pointer("/reason_codes", i), Code: "V-60", Source: "V-60", Text: *text})
		}
	}
	return out
}

func pointer(list string, i int) string { return fmt.Sprintf("%s/%d", list, i) }

// Resume gives the word of the CISO or the information owner that a suspended case
// may be used again. It takes both, and two people (T-24).
func (s *Service) Resume(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.do(ctx, r, model.ActResume, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in, access.Resume, access.Execute)
		if err == nil {
			err = s.fresh(r.Actor)
		}
		if err != nil {
			return prepared{}, err
		}
		p := prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason, Role: role}}
		p.evaluation, err = s.evaluateSubmitted(ctx, c, nil)
		return p, err
	})
}

// Change is something that has changed about a case in use.
type Change struct {
	CaseAct
	// Triggers are what changed, by their ids (RA-01 to RA-12).
	Triggers []string
	// Stages are further stages that the change touches, as the actor sees it
	// (RA-06, RA-07).
	Stages []model.StageKey
	// Revision is that of the changed intake, which goes to the reviewers with the
	// change; 0 where the intake stands.
	Revision int
}

// ReportChange has a case in use assessed again, as far as the triggers and the
// changed intake ask for it (T-25, rulebook 9.4), on the word of the owner of the case
// or of the system, or of any reviewer.
func (s *Service) ReportChange(ctx context.Context, r Request, caseID string, in Change) (Answer, error) {
	return s.do(ctx, r, model.ActReportChange, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.ReportChange, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		if problems := changeFaults(s.books.of(c.OrgID), in); len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		p, err := s.again(ctx, c, role, in.Revision)
		if err != nil {
			return prepared{}, err
		}
		p.payload.IfVersion, p.payload.Reason, p.payload.Rules = &in.IfVersion, in.Reason, in.Triggers
		p.payload.Reopen, err = s.reopens(ctx, c, p.evaluation, in.Triggers, in.Stages)
		return p, err
	})
}

// changeFaults lists the triggers and stages that there are not, in the words of every
// other choice.
func changeFaults(b *rulebook.Book, in Change) []rulebook.Problem {
	var triggers []string
	for _, t := range b.Triggers() {
		triggers = append(triggers, t.Code)
	}
	var stages []string
	for _, spec := range model.Stages() {
		if spec.Reviews() {
			stages = append(stages, string(spec.Key))
		}
	}
	var out []rulebook.Problem
	add := func(pointer string, among []string) {
		choices := strings.Join(among, " ")
		out = append(out, rulebook.Problem{Pointer: pointer, Code: "oneof", Source: "9.4", Text: lang.Text{
			SV: lang.Message(lang.SV, "oneof", choices), EN: lang.Message(lang.EN, "oneof", choices),
		}})
	}
	if len(in.Triggers) == 0 {
		add("/triggers", triggers)
	}
	for i, id := range in.Triggers {
		if !slices.Contains(triggers, id) {
			add(pointer("/triggers", i), triggers)
		}
	}
	for i, key := range in.Stages {
		if !slices.Contains(stages, string(key)) {
			add(pointer("/stages", i), stages)
		}
	}
	return out
}

// again evaluates a case for an assessment anew: the changed intake, which is
// handed in with that by its owner, or the one that stands.
func (s *Service) again(ctx context.Context, c store.Case, role model.Role, revision int) (prepared, error) {
	if revision == 0 || revision == c.Revision {
		e, err := s.evaluateAgain(ctx, c)
		return prepared{version: c.Version, payload: model.Payload{Role: role}, evaluation: e}, err
	}
	if role != model.RoleProjectOwner {
		return prepared{}, model.Refuse(model.CodeForbidden, "T-25")
	}
	part, err := s.store.Part(ctx, c.OrgID, c.ID, store.Intake)
	if err != nil {
		return prepared{}, err
	}
	if part.Revision != revision {
		return prepared{}, model.Refuse(model.CodeStale)
	}
	p, err := s.prepareSubmission(ctx, c, part, Submission{Part: store.Intake, Revision: revision, IfVersion: c.Version})
	p.payload.Role = role
	return p, err
}

// evaluateAgain asks the rules of today about the intake that stands, for a plan
// that takes the place of the one that stands.
func (s *Service) evaluateAgain(ctx context.Context, c store.Case) (*model.Evaluation, error) {
	c = s.anew(c)
	p, err := s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, c.Revision)
	if err != nil {
		return nil, err
	}
	answers, approval, err := s.answersOf(ctx, c, p)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, c, answers, approval)
	if err != nil {
		return nil, err
	}
	e, err := s.whole(ctx, c, p, j)
	if err != nil {
		return nil, err
	}
	e.Replan = true
	e.Plan.Blockers, err = s.openBlockers(ctx, c, answers, e.Plan.Blockers)
	return e, err
}

// reopens lists the stages that triggers open again in a case, as its facts are
// (rulebook 9.4), and those that the actor has named.
func (s *Service) reopens(ctx context.Context, c store.Case, e *model.Evaluation, triggers []string, named []model.StageKey) ([]model.StageKey, error) {
	c = s.anew(c)
	revision, err := s.store.Part(ctx, c.OrgID, c.ID, store.Intake)
	if err == nil && revision.Revision != e.Revision {
		revision, err = s.store.Revision(ctx, c.OrgID, c.ID, store.Intake, e.Revision)
	}
	if err != nil {
		return nil, err
	}
	answers, approval, err := s.answersOf(ctx, c, revision)
	if err != nil {
		return nil, err
	}
	j, err := s.judge(ctx, c, answers, approval)
	if err != nil {
		return nil, err
	}
	stages, err := assess.Reopens(j.book, j.Profile, j.facts, j.today, triggers)
	out := slices.Clone(named)
	for _, spec := range model.Stages() {
		asked := slices.Contains(stages, rulebook.AllStages) || slices.Contains(stages, string(spec.Key))
		if spec.Reviews() && asked && !slices.Contains(out, spec.Key) {
			out = append(out, spec.Key)
		}
	}
	return out, err
}

// Renewal asks for a new term of an approval.
type Renewal struct {
	CaseAct
	// Unchanged is the owner's word that nothing has changed.
	Unchanged bool
	// Revision is that of the changed intake otherwise.
	Revision int
}

// Renew has the approval of a case assessed for a new term, from some days before
// its end on (T-28): by the CISO's glance where nothing has changed, otherwise as
// far as the changed intake asks for it.
func (s *Service) Renew(ctx context.Context, r Request, caseID string, in Renewal) (Answer, error) {
	return s.do(ctx, r, model.ActRenew, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.Submission, access.Execute)
		switch {
		case err != nil:
			return prepared{}, err
		case in.Unchanged == (in.Revision > 0):
			return prepared{}, invalid([]rulebook.Problem{{Pointer: "/unchanged", Code: "V-01", Source: "T-28", Text: textRenewal}})
		case c.State == model.Active && s.tooEarly(c):
			return prepared{}, model.Refuse(model.CodeGuard, "T-28")
		}
		p, err := s.again(ctx, c, role, in.Revision)
		if err != nil {
			return prepared{}, err
		}
		p.payload.IfVersion, p.payload.Reason = &in.IfVersion, in.Reason
		p.payload.Unchanged, p.payload.Reopen = in.Unchanged, []model.StageKey{model.StageCISO}
		return p, nil
	})
}

var textRenewal = lang.Text{
	SV: "Intyga att inget har ändrats, eller ange revisionen av det ändrade formuläret.",
	EN: "Attest that nothing has changed, or give the revision of the changed form.",
}

// tooEarly reports whether the approval holds for so long yet that it cannot be
// renewed (T-28).
func (s *Service) tooEarly(c store.Case) bool {
	last, err := calendar.ParseDate(c.ValidUntil)
	first := last.AddDays(-s.bookOf(c).Int(c.Profile, "expiry_notice_days"))
	return err != nil || calendar.Today(s.clock.Now()).Before(first)
}

// Decommissioning is the checklist of the end of a use (T-29).
type Decommissioning struct {
	CaseAct
	// Data says what became of the data: deleted, exported, exported_and_deleted or
	// none.
	Data                        string
	AccessRemoved, LogsArchived bool
	Note                        string
}

// Decommission ends the use of a case for good, once its checklist is done (T-29).
func (s *Service) Decommission(ctx context.Context, r Request, caseID string, in Decommissioning) (Answer, error) {
	return s.do(ctx, r, model.ActDecommission, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.Decommission, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		if problems := in.faults(); len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		answers, err := json.Marshal(map[string]any{
			"data": in.Data, "access_removed": in.AccessRemoved, "logs_archived": in.LogsArchived, "note": in.Note,
		})
		return prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason, Role: role, Answers: answers,
		}}, err
	})
}

// dataHandled are the ways in which data can be dealt with at the end (T-29).
var dataHandled = []string{"deleted", "exported", "exported_and_deleted", "none"}

func (in Decommissioning) faults() []rulebook.Problem {
	var out []rulebook.Problem
	need := func(there bool, field, sv, en string) {
		if !there {
			out = append(out, rulebook.Problem{Pointer: "/" + field, Code: "T-29", Source: "T-29", Text: lang.Text{SV: sv, EN: en}})
		}
	}
	need(slices.Contains(dataHandled, in.Data), "data", "Ange om data är raderade, exporterade eller inte finns.",
		"Say whether the data are deleted, exported or not there.")
	need(in.AccessRemoved, "access_removed", "Ta bort alla behörigheter först.", "Remove all access first.")
	need(in.LogsArchived, "logs_archived", "Arkivera loggarna först.", "Archive the logs first.")
	return out
}

// Extension puts off the end of a task's time, or a condition's date.
type Extension struct {
	// Until is the new last day.
	Until  calendar.Date
	Reason string
}

// ExtendTask gives an open task more time, as often as needed, by one of the two to
// whom a late one is escalated (rulebook 3.7). Nothing else about it changes: a
// decision page that is open stays good.
func (s *Service) ExtendTask(ctx context.Context, r Request, taskID, ifMatch string, in Extension) (Answer, error) {
	t, err := s.ReadTask(ctx, r.Actor, taskID)
	if err != nil {
		return Answer{}, err
	}
	return s.do(ctx, r, model.ActExtendTask, t.CaseID, func(ctx context.Context) (prepared, error) {
		c, on, err := s.readCase(ctx, r.Actor, t.CaseID)
		if err != nil {
			return prepared{}, err
		}
		role, err := access.As(r.Actor, on, access.ExtendTask, access.Execute)
		switch {
		case err != nil:
			return prepared{}, err
		case t.Status != model.TaskOpen:
			return prepared{}, model.Refuse(model.CodeTaskClosed)
		case t.ETag() != ifMatch:
			return prepared{}, model.Refuse(model.CodeStale)
		case !s.later(in.Until, t.DueAt):
			return prepared{}, invalid([]rulebook.Problem{notLater})
		}
		return prepared{version: c.Version, payload: model.Payload{
			Reason: in.Reason, Role: role, Extension: &model.Extension{Task: &t.Key, Until: in.Until.String()},
		}}, nil
	})
}

var notLater = rulebook.Problem{Pointer: "/until", Code: "V-01", Source: "3.7", Text: lang.Text{
	SV: "Ange en dag efter i dag och efter den dag som gäller nu.", EN: "Give a day after today and after the one that holds now.",
}}

// ExtendCondition puts off the date of a condition, once and by a limited number of
// days (CO-02). It takes the word of who verifies it, not of who has to meet it.
func (s *Service) ExtendCondition(ctx context.Context, r Request, caseID, conditionID string, ifVersion int64, in Extension) (Answer, error) {
	return s.onCondition(ctx, r, model.ActExtendCondition, caseID, conditionID, ifVersion,
		func(ctx context.Context, c store.Case, on access.Object, x store.Condition) (model.Payload, error) {
			p := model.Payload{Reason: in.Reason, Extension: &model.Extension{ConditionID: x.ID, Until: in.Until.String()}}
			role, err := access.CanVerify(r.Actor, on, x.OwnerRole, x.VerifierRole)
			if err != nil {
				return p, err
			}
			due, err := calendar.ParseDate(x.DueDate)
			switch {
			case err != nil:
				return p, model.Refuse(model.CodeStateConflict, "CO-02")
			case !s.later(in.Until, calendar.EndOfDay(due)):
				return p, invalid([]rulebook.Problem{notLater})
			case in.Until.After(due.AddDays(s.bookOf(c).Int(c.Profile, "condition_extension_days"))):
				return p, model.Refuse(model.CodeGuard, "CO-02")
			}
			p.Role = role
			return p, nil
		})
}

// later reports whether a day is after today and after the end that holds.
func (s *Service) later(until calendar.Date, ends time.Time) bool {
	return until.After(calendar.Today(s.clock.Now())) && (ends.IsZero() || until.After(calendar.Today(ends)))
}
