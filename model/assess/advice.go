package assess

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// bookAdvice holds the rules on the advice of the data protection officer.
const bookAdvice = "dpo_advice"

// Silence is an advice that has been asked for and has not come.
type Silence struct {
	// Due is the day the advice was due, Reasons why it is recorded as missing.
	Due     calendar.Date
	Reasons string
	// Residual is the highest residual risk of the impact assessment, of the
	// enumeration level; empty where there is none.
	Residual string
	Tier     string
	// SpecialCategories says that the case has personal data of Article 9.
	SpecialCategories bool
}

// AdviceSilence says what stands in the way of recording that the advice was not
// given in time (AD-01): reasons that are too short, a day before the earliest,
// a high residual risk, or special categories in tier 3. Nothing fired means
// that the unit head may do so. The earliest day is given in either case; it is
// param.advice_silence_days working days after the due date. An empty profile is
// the default one.
func AdviceSilence(b *rulebook.Book, profile string, s Silence, today calendar.Date) (earliest calendar.Date, why []Fired, err error) {
	if profile == "" {
		profile = b.DefaultProfile()
	}
	days, ok := b.Param(profile, "advice_silence_days").(int64)
	if !ok {
		return calendar.Date{}, nil, fmt.Errorf("the rulebook does not say how long silence lasts")
	}
	earliest = calendar.Swedish.AddWorkingDays(s.Due, int(days))
	facts := map[string]any{
		"reasons_length":     utf8.RuneCountInString(strings.TrimSpace(s.Reasons)),
		"silence_reached":    !s.Due.IsZero() && !today.Before(earliest),
		"special_categories": s.SpecialCategories, "tier": s.Tier, "residual": orNull(s.Residual),
	}
	why, err = adviceRules(b, profile, "silence_refused", facts, today)
	return earliest, why, err
}

// StandingAdvice is advice for a described class of cases (AD-03).
type StandingAdvice struct {
	// PersonalData, MaxIPL, Supplier and Groups are its scope: the extents of
	// personal data, the highest protection level, the supplier (empty for any)
	// and the groups of data subjects.
	PersonalData []string
	MaxIPL       int
	Supplier     string
	Groups       []string
	// Given is the day it was signed, ValidUntil the last day it holds.
	Given, ValidUntil calendar.Date
	Withdrawn         bool
}

// AdvisedCase is what a standing advice is held against.
type AdvisedCase struct {
	Requirement  string // of the stage
	PersonalData string
	IPL          int
	Supplier     string
	Groups       []string
}

// Covers says why the advice does not stand in for one in the case; nothing
// fired means that it does. Suppliers are compared without regard to case and
// space around the name.
func (s StandingAdvice) Covers(b *rulebook.Book, profile string, c AdvisedCase, today calendar.Date) ([]Fired, error) {
	facts := map[string]any{
		"requirement": c.Requirement, "withdrawn": s.Withdrawn,
		"given_on": dateOrNull(s.Given), "valid_until": dateOrNull(s.ValidUntil),
		"advised_personal_data": orEmpty(s.PersonalData), "personal_data": c.PersonalData,
		"advised_max_ipl": s.MaxIPL, "info_protection_level": c.IPL,
		"advised_groups": orEmpty(s.Groups), "data_subject_groups": orEmpty(c.Groups),
		"same_supplier": s.Supplier == "" || strings.EqualFold(strings.TrimSpace(s.Supplier), strings.TrimSpace(c.Supplier)),
	}
	return adviceRules(b, profile, "not_covered", facts, today)
}

// CoordinatorStandsIn says why the statement of the coordinator does not stand in
// for the advice on the legal basis (AD-04); nothing fired means that it does.
func CoordinatorStandsIn(b *rulebook.Book, profile, requirement string, today calendar.Date) ([]Fired, error) {
	return adviceRules(b, profile, "coordinator_refused", map[string]any{"requirement": requirement}, today)
}

// The facts of a rule are all given, so that none takes its default.

func orNull(word string) any {
	if word == "" {
		return nil
	}
	return word
}

func dateOrNull(d calendar.Date) any {
	if d.IsZero() {
		return nil
	}
	return d.String()
}

func orEmpty(words []string) []string { return append([]string{}, words...) }

// adviceRules gives the rules of a list that hold.
func adviceRules(b *rulebook.Book, profile, list string, facts map[string]any, today calendar.Date) ([]Fired, error) {
	book, ok := b.Assessment(bookAdvice)
	if !ok {
		return nil, fmt.Errorf("the rulebook has no assessment %s", bookAdvice)
	}
	e, problems := book.Triage(profile, facts, today)
	if len(problems) > 0 {
		return nil, &InputError{Problems: problems}
	}
	return allFired(e, list), e.Err()
}
