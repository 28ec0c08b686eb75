package act

import (
	"context"
	"slices"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Submission asks that a revision goes to the reviewers.
type Submission struct {
	// Part is "intake".
	Part      string
	Revision  int
	IfVersion int64
}

// Submit sends the intake in (T-02, T-19, T-07a): it is checked, triaged, frozen
// and handed to the reviewers, or stopped by a rule.
func (s *Service) Submit(ctx context.Context, r Request, caseID string, sub Submission) (Answer, error) {
	return s.do(ctx, r, model.ActSubmit, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.acting(ctx, r.Actor, caseID, CaseAct{IfVersion: sub.IfVersion}, access.Submission, access.Execute)
		switch {
		case err != nil:
			return prepared{}, err
		case !slices.Contains(submittable, c.State):
			return prepared{}, model.Refuse(model.CodeStateConflict, "T-19")
		}
		part, err := s.store.Part(ctx, r.Actor.OrgID, caseID, store.Intake)
		if err != nil {
			return prepared{}, err
		}
		switch {
		case part.Revision != sub.Revision:
			return prepared{}, model.Refuse(model.CodeStale)
		case part.Revision == c.Revision && c.Target == "":
			return prepared{}, model.Refuse(model.CodeUnchanged, "T-19")
		}
		return s.prepareSubmission(ctx, c, part, sub)
	})
}

func (s *Service) prepareSubmission(ctx context.Context, c store.Case, part store.Part, sub Submission) (prepared, error) {
	c = s.anew(c)
	answers, approval, err := s.answersOf(ctx, c, part)
	if err != nil {
		return prepared{}, err
	}
	today := calendar.Today(s.clock.Now())
	st, err := s.settingOf(ctx, c.OrgID, c.UnitID, answers)
	if err != nil {
		return prepared{}, err
	}
	judged, err := assess.Submit(s.bookOf(c), st.profile, "", answers, st.system(approval, today), today)
	if err == nil {
		err = invalid(stillWrong(c, judged.Problems))
	}
	if err != nil {
		return prepared{}, err
	}
	people := peopleIn(answers)
	if err := s.ownerStands(ctx, c, people); err != nil {
		return prepared{}, err
	}
	if err := s.keptApart(ctx, c, people); err != nil {
		return prepared{}, err
	}
	e, err := s.whole(ctx, c, part, judgement{s.bookOf(c), answers, judged.Facts, today, st.unit.ID, judged.Classification})
	if err != nil {
		return prepared{}, err
	}
	return prepared{
		version: c.Version,
		payload: model.Payload{
			IfVersion: &sub.IfVersion,
			Submission: &model.Submission{
				Part: store.Intake, Revision: part.Revision, Title: titleOf(answers), UnitID: st.unit.ID,
				Supplier: textIn(answers, "provider_name"), Product: textIn(answers, "product_name"),
				People: people, Facts: model.FactsIn(store.Intake, answers),
			},
		},
		evaluation: e,
	}, nil
}

// stillWrong leaves out, for a case in use, that its start lies behind: it lay
// ahead when the case was first handed in (V-18).
func stillWrong(c store.Case, problems []rulebook.Problem) []rulebook.Problem {
	return slices.DeleteFunc(problems, func(p rulebook.Problem) bool { return c.InUse.Approved && p.Code == "V-18" })
}

// peopleIn returns the people whom the answers name for the roles that are held
// case by case.
func peopleIn(answers map[string]any) []model.CasePerson {
	people := []model.CasePerson{}
	for _, f := range nameFields {
		if id, _ := answers[f.id].(string); id != "" {
			people = append(people, model.CasePerson{Role: f.role, PersonID: id})
		}
	}
	return people
}

// Correct takes a case that a rule stopped back to its owner (T-07a).
func (s *Service) Correct(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.ownersAct(ctx, r, model.ActCorrect, caseID, in)
}

// Withdraw ends a case at its owner's wish (T-21).
func (s *Service) Withdraw(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.ownersAct(ctx, r, model.ActWithdraw, caseID, in)
}

// CaseAct is an act on a case as a whole, with its reason.
type CaseAct struct {
	Reason    string
	IfVersion int64
}

func (s *Service) ownersAct(ctx context.Context, r Request, kind model.ActKind, caseID string, in CaseAct) (Answer, error) {
	return s.do(ctx, r, kind, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.acting(ctx, r.Actor, caseID, in, access.Submission, access.Execute)
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason}}, err
	})
}

// Activate brings an approved case into use (T-22).
func (s *Service) Activate(ctx context.Context, r Request, caseID string, in CaseAct) (Answer, error) {
	return s.do(ctx, r, model.ActActivate, caseID, func(ctx context.Context) (prepared, error) {
		c, _, err := s.acting(ctx, r.Actor, caseID, in, access.Activate, access.Execute)
		if err != nil {
			return prepared{}, err
		}
		entry, err := s.entryToPublish(ctx, c)
		return prepared{version: c.Version, payload: model.Payload{IfVersion: &in.IfVersion, Reason: in.Reason, Register: entry}}, err
	})
}

// entryToPublish composes the register entry of a case that is about to come into
// use, and refuses while something is missing in it. In any other state it is the
// process that refuses.
func (s *Service) entryToPublish(ctx context.Context, c store.Case) (*model.RegisterEntry, error) {
	if c.State != model.Approved && c.State != model.ApprovedCond || c.OpenBeforeUse > 0 {
		return nil, nil
	}
	hindrances, err := s.beforeUse(ctx, c)
	if err != nil {
		return nil, err
	}
	entry, missing, err := s.RegisterEntry(ctx, c, Pending{})
	if err != nil {
		return nil, err
	}
	for _, m := range missing {
		hindrances = append(hindrances, assess.Hindrance{Rule: "T-22", Text: m.Text, Source: "9.7"})
	}
	if len(hindrances) > 0 {
		return nil, &Hindered{hindrances}
	}
	return &entry, nil
}

// beforeUse lists the stages that have to be done before the tool is used and are
// not (rulebook 3.8).
func (s *Service) beforeUse(ctx context.Context, c store.Case) ([]assess.Hindrance, error) {
	stages, err := s.store.CaseStages(ctx, c.OrgID, c.ID)
	var open []assess.Hindrance
	for _, st := range stages {
		spec, _ := model.Stage(st.Key)
		if !spec.BeforeUse() || st.Status == model.StageDone || st.Status == model.StageNotRequired {
			continue
		}
		label, _ := s.bookOf(c).StageLabel(string(st.Key))
		open = append(open, assess.Hindrance{Rule: "T-22", Source: "3.8", Text: lang.Text{
			SV: "Steget ”" + label.SV + "” ska vara klart före användning.",
			EN: "The stage “" + label.EN + "” has to be done before use.",
		}})
	}
	return open, err
}

// unknownRef says that an answer names somebody or something that the
// organisation does not have.
func unknownRef(field string) rulebook.Problem {
	return rulebook.Problem{
		Pointer: "/" + field, Code: "V-01", Text: textUnknownRef, Source: "V-01",
	}
}
