package assess

import (
	"maps"
	"slices"

	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// factEnergy is the fact that the footprint gives to triage.
const factEnergy = "est_kwh_year"

// Facts turns the answers of an intake into the facts of triage, with the
// energy of a year computed from the workloads (rulebook 7.2). system gives the
// other facts that nobody is asked for: policy_profile, controller_type,
// decision_date, info_owner_approval.
func Facts(b *rulebook.Book, answers, system map[string]any) map[string]any {
	return b.TriageFacts(answers, withEnergy(b, answers, system))
}

// Check is rulebook.Book.Check over the intake with the energy computed: what
// the environmental review asks for depends on it.
func Check(b *rulebook.Book, profile, form string, answers, system map[string]any, today calendar.Date) []rulebook.Problem {
	all := maps.Clone(answers)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, withEnergy(b, answers, system))
	return b.Check(rulebook.PartIntake, profile, form, all, today)
}

func withEnergy(b *rulebook.Book, answers, system map[string]any) map[string]any {
	out := maps.Clone(system)
	if out == nil {
		out = map[string]any{}
	}
	if _, given := out[factEnergy]; !given {
		out[factEnergy] = FootprintOf(b, WorkloadsOf(b, answers)).KWhYear
	}
	return out
}

// Submission is what sending in an intake comes to: what stands in the way,
// and the classification that it gets.
type Submission struct {
	// Form is the size of form that the case needs. It is larger than the one
	// sent in when the tier is.
	Form      string
	Problems  []rulebook.Problem
	Warnings  []*rulebook.Rule // of the form; those of triage are in Classification
	Facts     map[string]any
	Footprint Footprint
	Classification
}

// Submit judges the answers of an intake: it computes the footprint, runs
// triage, finds the form that the tier asks for and checks the answers against
// it. form "" is what the answers say. system is as in Facts. Problems stop the
// submission and are no error.
//
// While answers are missing the classification is that of the answers so far:
// the facts left out take their default.
func Submit(b *rulebook.Book, profile, form string, answers, system map[string]any, today calendar.Date) (Submission, error) {
	if profile == "" {
		profile = b.DefaultProfile()
	}
	clean, faults := b.Normalise(rulebook.PartIntake, answers)
	s := Submission{Footprint: FootprintOf(b, WorkloadsOf(b, clean))}
	system = withEnergy(b, clean, system)
	system["policy_profile"], system["decision_date"] = profile, today.String()
	s.Facts = Facts(b, clean, system)
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
	s.Problems = faults
	for _, p := range Check(b, profile, f.ID, clean, system, today) {
		// An answer that does not fit was taken out and is not missing too.
		if !slices.ContainsFunc(faults, func(q rulebook.Problem) bool { return q.Pointer == p.Pointer }) {
			s.Problems = append(s.Problems, p)
		}
	}
	s.Warnings = b.Warnings(profile, clean, today)
	return s, nil
}
