package assess

import (
	"maps"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// Submission is what sending in an intake comes to: what stands in the way,
// and the classification that it gets.
type Submission struct {
	// Form is the size of form that the case needs. It is larger than the one
	// sent in when the tier is.
	Form      string
	Problems  []rulebook.Problem
	Warnings  []*rulebook.Rule
	Facts     map[string]any
	Footprint Footprint
	Classification
}

// Submit judges the answers of an intake: it computes the footprint, runs
// triage, finds the form that the tier asks for and checks the answers against
// it. form "" is what the answers say. system gives what nobody is asked for,
// such as controller_type. Problems stop the submission and are no error.
//
// While answers are missing the classification is that of the answers so far:
// the facts left out take their default.
func Submit(b *rulebook.Book, profile, form string, answers, system map[string]any, today calendar.Date) (Submission, error) {
	if profile == "" {
		profile = b.DefaultProfile()
	}
	clean, faults := b.Normalise(rulebook.PartIntake, answers)
	s := Submission{Footprint: FootprintOf(b, WorkloadsOf(b, clean))}
	facts := maps.Clone(system)
	if facts == nil {
		facts = map[string]any{}
	}
	facts["policy_profile"], facts["decision_date"], facts["est_kwh_year"] = profile, today.String(), s.Footprint.KWhYear
	all := maps.Clone(clean)
	maps.Copy(all, facts)
	s.Facts = b.TriageFacts(clean, facts)
	c, err := Triage(b, profile, s.Facts, today)
	if err != nil {
		return Submission{}, err
	}
	s.Classification = c
	f := b.FormOf(form, clean)
	if c.Outcome != OutOfScope {
		f = b.FormFor(f.ID, c.Tier, profile, clean)
	}
	s.Form = f.ID
	s.Problems = append(faults, b.Check(rulebook.PartIntake, profile, f.ID, all, today)...)
	s.Warnings = b.Warnings(profile, all, today)
	return s, nil
}
