package act

import (
	"context"
	"errors"
	"time"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// fieldStandingAdvice is the answer of the short legal basis form that refers to
// standing advice (AD-03).
const fieldStandingAdvice = "dpo_advice_ref"

func standingAdviceFault() rulebook.Problem {
	return rulebook.Problem{
		Pointer: "/" + fieldStandingAdvice, Code: "AD-03", Source: "AD-03",
		Text: lang.Text{
			SV: "Det generella rådet gäller inte för det här ärendet. Välj ett annat eller lämna fältet tomt, så får dataskyddsombudet frågan.",
			EN: "The standing advice does not cover this case. Choose another, or leave the field empty and the DPO is asked.",
		},
	}
}

// standingAdviceCovers reports whether standing advice stands in for the DPO's
// own in a case that relies on it at the given time (AD-03). A case that relied on
// it before it was withdrawn or expired keeps it.
func (s *Service) standingAdviceCovers(ctx context.Context, c store.Case, ref string, in assess.Assessed, at time.Time) (bool, error) {
	found, err := s.store.StandingAdvice(ctx, c.OrgID, ref)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	until, err := calendar.ParseDate(found.ValidUntil)
	if err != nil {
		return false, err
	}
	why, err := assess.StandingAdvice{
		PersonalData: found.Scope.PersonalData, MaxIPL: found.Scope.MaxIPL, Supplier: found.Scope.Supplier,
		Groups: found.Scope.Groups, Given: calendar.Today(found.GivenAt), ValidUntil: until,
		Withdrawn: !found.WithdrawnAt.IsZero() && !found.WithdrawnAt.After(at),
	}.Covers(s.bookOf(c), in.Profile, assess.AdvisedCase{
		Requirement: in.Requirement, PersonalData: textIn(in.Intake, "personal_data"), IPL: iplOf(c),
		Supplier: textIn(in.Intake, "provider_name"), Groups: wordsIn(in.Intake, "data_subject_groups"),
	}, calendar.Today(at))
	return len(why) == 0, err
}

// stillCovered refuses to pass a stage that rests on standing advice which no
// longer covers the case: the facts may have changed since it was handed in, also
// those that leave the stage itself as it is.
func (s *Service) stillCovered(ctx context.Context, c store.Case, stage store.Stage, in assess.Assessed, d *model.Decision) error {
	if stage.Advice == "" || !passing(d.Outcome) {
		return nil
	}
	part, err := s.store.Revision(ctx, c.OrgID, c.ID, string(stage.Key), stage.PartRevision)
	if err != nil {
		return err
	}
	covers, err := s.standingAdviceCovers(ctx, c, textIn(in.Answers, fieldStandingAdvice), in, part.SavedAt)
	if err != nil || covers {
		return err
	}
	fault := standingAdviceFault()
	return &Hindered{[]assess.Hindrance{{
		Task: string(d.Task.Kind), Outcomes: []string{string(d.Outcome)}, Rule: fault.Code, Text: fault.Text, Source: fault.Source,
	}}}
}

func iplOf(c store.Case) int {
	if c.IPL == nil {
		return 0
	}
	return *c.IPL
}

// wordsIn returns an answer that is a list of texts.
func wordsIn(answers map[string]any, id string) []string {
	words := []string{}
	switch list := answers[id].(type) {
	case []string:
		words = append(words, list...)
	case []any:
		for _, v := range list {
			if w, ok := v.(string); ok {
				words = append(words, w)
			}
		}
	}
	return words
}

// GiveStandingAdvice signs the DPO's advice for a class of cases (AD-03).
func (s *Service) GiveStandingAdvice(ctx context.Context, r Request, advice store.StandingAdvice) (store.StandingAdvice, error) {
	return s.onAdvice(ctx, r, "give_advice", func(c model.Command) (string, error) {
		now := s.clock.Now()
		if err := s.checkPeriod(r.Actor.OrgID, advice.ValidUntil, calendar.Today(now)); err != nil {
			return "", err
		}
		advice.OrgID, advice.ID, advice.GivenBy, advice.GivenAt = c.OrgID, model.NewID(), c.ActorID, now
		return advice.ID, s.store.AddStandingAdvice(ctx, advice, c)
	})
}

// WithdrawStandingAdvice ends standing advice; cases that rest on it already keep
// it (AD-03).
func (s *Service) WithdrawStandingAdvice(ctx context.Context, r Request, id string) (store.StandingAdvice, error) {
	return s.onAdvice(ctx, r, "withdraw_advice", func(c model.Command) (string, error) {
		return id, s.store.WithdrawStandingAdvice(ctx, c.OrgID, id, c, s.clock.Now())
	})
}

// onAdvice does, once for each request, what the DPO does with standing advice,
// and returns the advice as it then stands.
func (s *Service) onAdvice(ctx context.Context, r Request, kind model.ActKind, write func(model.Command) (string, error)) (store.StandingAdvice, error) {
	if err := access.Anywhere(r.Actor, access.StandingAdvice, access.Advise); err != nil {
		return store.StandingAdvice{}, err
	}
	requestKey, bodyHash, err := r.key()
	if err != nil {
		return store.StandingAdvice{}, err
	}
	known, err := s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey)
	if errors.Is(err, store.ErrNotFound) {
		var id string
		id, err = write(model.Command{
			OrgID: r.Actor.OrgID, ID: model.NewID(), RequestKey: requestKey, Kind: kind,
			ActorID: r.Actor.PersonID, BodyHash: bodyHash,
		})
		if err == nil {
			return s.store.StandingAdvice(ctx, r.Actor.OrgID, id)
		}
		if !store.IsConflict(err) {
			return store.StandingAdvice{}, err
		}
		known, err = s.store.CommandByKey(ctx, r.Actor.OrgID, requestKey) // the same request at the same time
	}
	if err != nil {
		return store.StandingAdvice{}, err
	}
	answer, err := s.replay(known, bodyHash)
	if err != nil {
		return store.StandingAdvice{}, err
	}
	return s.store.StandingAdvice(ctx, r.Actor.OrgID, answer.Receipt.DecisionID)
}

// checkPeriod refuses advice that would hold in the past or for too long.
func (s *Service) checkPeriod(orgID, validUntil string, today calendar.Date) error {
	until, err := calendar.ParseDate(validUntil)
	if err != nil {
		return model.Refuse(model.CodeInvalid, "AD-03")
	}
	if !until.Before(today) && !until.After(today.AddMonths(s.standingMonths(orgID))) {
		return nil
	}
	return invalid([]rulebook.Problem{{
		Pointer: "/valid_until", Code: "AD-03", Source: "AD-03",
		Text: lang.Text{
			SV: "Ett generellt råd gäller från i dag och som längst i 24 månader.",
			EN: "Standing advice is valid from today and for at most 24 months.",
		},
	}})
}

// standingMonths is how long standing advice may hold, in months (AD-03).
func (s *Service) standingMonths(orgID string) int {
	b := s.books.of(orgID)
	if n, ok := b.Param(b.DefaultProfile(), "standing_advice_months").(int64); ok {
		return int(n)
	}
	return 24
}

// checkSilence lets the head of a unit note that no advice came in time: with
// reasons, late enough, and never where the risk is high (AD-01).
func (s *Service) checkSilence(ctx context.Context, c store.Case, t store.Task, stage store.Stage, in assess.Assessed, d *model.Decision) error {
	j, err := assess.Assess(string(stage.Key), in)
	if err != nil {
		return err
	}
	residual := ""
	if dpia, ok := j.Result.(assess.DPIAResult); ok {
		residual = dpia.MaxResidual
	}
	_, why, err := assess.AdviceSilence(s.bookOf(c), in.Profile, assess.Silence{
		Due: calendar.Today(t.DueAt), Reasons: d.Motivation, Residual: residual, Tier: string(c.Tier),
		SpecialCategories: len(wordsIn(in.Intake, "special_categories")) > 0,
	}, in.Today)
	if err != nil || len(why) == 0 {
		return err
	}
	hindrances := make([]assess.Hindrance, len(why))
	for i, f := range why {
		hindrances[i] = assess.Hindrance{
			Task: string(t.Key.Kind), Outcomes: []string{string(d.Outcome)}, Rule: f.ID, Text: f.Text, Source: f.Source,
		}
	}
	return &Hindered{hindrances}
}
