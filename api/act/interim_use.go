package act

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// InterimUse is the word of one of the two who allow the use of an existing tool
// while it is being assessed (EX-01).
type InterimUse struct {
	CaseAct
	Terms             model.InterimTerms
	DecisionAuthority string
}

// AllowInterimUse gives the word of the information owner or the CISO that an
// existing tool may be used until a day, while its case is under review (EX-01). It
// takes both, on the same terms. The day is at most so many days away as the
// guidelines say. The level is that of the case or lower; one above what the
// guidelines allow needs reasons.
func (s *Service) AllowInterimUse(ctx context.Context, r Request, caseID string, in InterimUse) (Answer, error) {
	return s.do(ctx, r, model.ActInterim, caseID, func(ctx context.Context) (prepared, error) {
		c, role, err := s.acting(ctx, r.Actor, caseID, in.CaseAct, access.InterimUse, access.Decide)
		if err == nil {
			err = s.fresh(r.Actor)
		}
		if err != nil {
			return prepared{}, err
		}
		if !c.State.UnderReview() || c.InUse.Approved {
			return prepared{}, model.Refuse(model.CodeStateConflict, "EX-01")
		}
		problems := s.interimFaults(c, in)
		other, err := s.otherTerms(ctx, c, role)
		if err != nil {
			return prepared{}, err
		}
		if other != nil {
			problems = append(problems, termsFaults(in.Terms, *other)...)
		}
		if len(problems) > 0 {
			return prepared{}, invalid(problems)
		}
		p := prepared{version: c.Version, payload: model.Payload{
			IfVersion: &in.IfVersion, Reason: in.Reason, Role: role, Interim: &in.Terms, DecisionAuthority: in.DecisionAuthority,
		}}
		if p.evaluation, err = s.evaluateSubmitted(ctx, c, nil); err != nil {
			return prepared{}, err
		}
		p.payload.Register, err = s.interimEntry(ctx, c, in.Terms)
		return p, err
	})
}

func (s *Service) interimFaults(c store.Case, in InterimUse) []rulebook.Problem {
	var out []rulebook.Problem
	add := func(pointer, sv, en string, args ...any) {
		out = append(out, rulebook.Problem{Pointer: pointer, Code: "EX-01", Source: "EX-01", Text: lang.Text{
			SV: fmt.Sprintf(sv, args...), EN: fmt.Sprintf(en, args...),
		}})
	}
	today := calendar.Today(s.clock.Now())
	days, highest := s.bookOf(c).Int(c.Profile, "interim_days"), s.bookOf(c).Int(c.Profile, "interim_max_ipl")
	until, err := calendar.ParseDate(in.Terms.AllowedUntil)
	if err != nil || until.Before(today) || until.After(today.AddDays(days)) {
		add("/allowed_until", "Ange en dag från i dag till och med %s.", "Give a day from today to %s.", today.AddDays(days))
	}
	if c.IPL != nil && (in.Terms.IPL < 0 || in.Terms.IPL > *c.IPL) {
		add("/ipl", "Nivån får inte vara högre än ärendets, %d.", "The level must not be higher than the case's, %d.", *c.IPL)
	}
	if in.Terms.IPL > highest && utf8.RuneCountInString(in.Reason) < minReasons {
		add("/reason", "En nivå över %d kräver skäl med minst %d tecken.", "A level above %d needs reasons of at least %d characters.", highest, minReasons)
	}
	if len(in.Terms.Uses) == 0 || slices.ContainsFunc(in.Terms.Uses, func(use string) bool { return strings.TrimSpace(use) == "" }) {
		add("/uses", "Ange vad verktyget får användas till.", "Say what the tool may be used for.")
	}
	return out
}

// otherTerms are those of the first of the two, where the actor gives the second
// word, and nil otherwise.
func (s *Service) otherTerms(ctx context.Context, c store.Case, role model.Role) (*model.InterimTerms, error) {
	if c.InUse.InterimWord == "" || c.InUse.InterimWord == role {
		return nil, nil
	}
	given, err := s.store.InterimApprovals(ctx, c.OrgID, c.ID)
	if err != nil || len(given) == 0 {
		return nil, err
	}
	return &given[len(given)-1].InterimTerms, nil
}

// termsFaults show where the second of the two says something else than the first,
// who is quoted.
func termsFaults(mine, other model.InterimTerms) []rulebook.Problem {
	var out []rulebook.Problem
	differs := func(pointer, first string) {
		out = append(out, rulebook.Problem{Pointer: pointer, Code: "EX-01", Source: "EX-01", Text: lang.Text{
			SV: "Ni ska säga samma sak. Den första har angett: " + first + ".",
			EN: "Both have to say the same. The first has given: " + first + ".",
		}})
	}
	if mine.AllowedUntil != other.AllowedUntil {
		differs("/allowed_until", other.AllowedUntil)
	}
	if mine.IPL != other.IPL {
		differs("/ipl", fmt.Sprint(other.IPL))
	}
	if !slices.Equal(mine.Uses, other.Uses) {
		differs("/uses", strings.Join(other.Uses, "; "))
	}
	return out
}

// interimEntry composes what the register says of an existing tool that may be used
// meanwhile: what the intake tells of it, on the terms of the two.
func (s *Service) interimEntry(ctx context.Context, c store.Case, terms model.InterimTerms) (*model.RegisterEntry, error) {
	in := assess.RegisterInput{Book: s.bookOf(c), CaseID: c.ID, RegistryNo: c.RegistryNo, Decided: calendar.Today(s.clock.Now())}
	for _, step := range []func(context.Context, store.Case, *assess.RegisterInput) error{
		s.registerIntake, s.registerUnits, s.registerPeople,
	} {
		if err := step(ctx, c, &in); err != nil {
			return nil, err
		}
	}
	entry := assess.InterimEntry(in, terms)
	return &entry, nil
}
