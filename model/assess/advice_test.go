package assess_test

import (
	"slices"
	"strings"
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// ids are the rules that fired. Several may share the code that is shown, but
// not the text.
func ids(rules []assess.Fired) []string {
	out := []string{}
	for _, f := range rules {
		for _, book := range rulebook.Default().Assessments() {
			for _, r := range book.Rules() {
				if r.Code == f.ID && r.Text == f.Text {
					out = append(out, r.ID)
				}
			}
		}
	}
	slices.Sort(out)
	return out
}

func TestSilenceIsNoAdviceUntilItsTime(t *testing.T) {
	t.Parallel()
	due, reasons := "2026-11-23", strings.Repeat("skäl ", 21)
	for name, c := range map[string]struct {
		change func(*assess.Silence)
		today  string
		why    []string
	}{
		"ten working days after":    {nil, "2026-12-07", nil},
		"the day before":            {nil, "2026-12-04", []string{"AD-01b"}},
		"the day after the due day": {nil, "2026-11-24", []string{"AD-01b"}},
		"reasons too short":         {func(s *assess.Silence) { s.Reasons = strings.Repeat("x", 99) }, "2026-12-07", []string{"AD-01a"}},
		"reasons of spaces":         {func(s *assess.Silence) { s.Reasons = strings.Repeat(" ", 200) }, "2026-12-07", []string{"AD-01a"}},
		"reasons just long enough":  {func(s *assess.Silence) { s.Reasons = strings.Repeat("å", 100) }, "2026-12-07", nil},
		"residual medium":           {func(s *assess.Silence) { s.Residual = "medium" }, "2026-12-07", nil},
		"residual high":             {func(s *assess.Silence) { s.Residual = "high" }, "2027-12-07", []string{"AD-01c"}},
		"residual very high":        {func(s *assess.Silence) { s.Residual = "very_high" }, "2027-12-07", []string{"AD-01c"}},
		"tier 3 alone":              {func(s *assess.Silence) { s.Tier = "T3" }, "2026-12-07", nil},
		"special categories alone":  {func(s *assess.Silence) { s.SpecialCategories, s.Tier = true, "T2" }, "2026-12-07", nil},
		"both":                      {func(s *assess.Silence) { s.SpecialCategories, s.Tier = true, "T3" }, "2027-12-07", []string{"AD-01d"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := assess.Silence{Due: day(t, due), Reasons: reasons, Tier: "T2"}
			if c.change != nil {
				c.change(&s)
			}
			earliest, why, err := assess.AdviceSilence(rulebook.Default(), "", s, day(t, c.today))
			if err != nil {
				t.Fatal(err)
			}
			if earliest != day(t, "2026-12-07") {
				t.Errorf("the earliest day is %s", earliest)
			}
			if got := ids(why); !slices.Equal(got, c.why) {
				t.Errorf("got %v, want %v", got, c.why)
			}
		})
	}
}

func TestStandingAdviceCovers(t *testing.T) {
	t.Parallel()
	advice := assess.StandingAdvice{
		PersonalData: []string{"account_only"}, MaxIPL: 1, Supplier: "Leverantören AB", Groups: []string{"employees"},
		Given: day(t, "2026-01-15"), ValidUntil: day(t, "2028-01-15"),
	}
	within := assess.AdvisedCase{Requirement: "short", PersonalData: "account_only", IPL: 1, Supplier: " leverantören ab", Groups: []string{"employees"}}
	for name, c := range map[string]struct {
		advice func(*assess.StandingAdvice)
		in     func(*assess.AdvisedCase)
		today  string
		why    []string
	}{
		"within its scope":         {nil, nil, "2026-11-23", nil},
		"no groups in the case":    {nil, func(c *assess.AdvisedCase) { c.Groups = nil }, "2026-11-23", nil},
		"on its last day":          {nil, nil, "2028-01-15", nil},
		"the day after":            {nil, nil, "2028-01-16", []string{"AD-03d"}},
		"before it was given":      {nil, nil, "2026-01-14", []string{"AD-03c"}},
		"full form":                {nil, func(c *assess.AdvisedCase) { c.Requirement = "required" }, "2026-11-23", []string{"AD-03a"}},
		"withdrawn":                {func(s *assess.StandingAdvice) { s.Withdrawn = true }, nil, "2026-11-23", []string{"AD-03b"}},
		"longer than 24 months":    {func(s *assess.StandingAdvice) { s.ValidUntil = day(t, "2028-01-16") }, nil, "2026-11-23", []string{"AD-03e"}},
		"more personal data":       {nil, func(c *assess.AdvisedCase) { c.PersonalData = "incidental" }, "2026-11-23", []string{"AD-03f"}},
		"a higher level":           {nil, func(c *assess.AdvisedCase) { c.IPL = 2 }, "2026-11-23", []string{"AD-03g"}},
		"another group":            {nil, func(c *assess.AdvisedCase) { c.Groups = []string{"employees", "residents"} }, "2026-11-23", []string{"AD-03h"}},
		"another supplier":         {nil, func(c *assess.AdvisedCase) { c.Supplier = "En annan" }, "2026-11-23", []string{"AD-03i"}},
		"any supplier":             {func(s *assess.StandingAdvice) { s.Supplier = "" }, func(c *assess.AdvisedCase) { c.Supplier = "En annan" }, "2026-11-23", nil},
		"without an end":           {func(s *assess.StandingAdvice) { s.ValidUntil = calendar.Date{} }, nil, "2026-11-23", []string{"AD-03d"}},
		"nothing that was written": {func(s *assess.StandingAdvice) { *s = assess.StandingAdvice{} }, nil, "2026-11-23", []string{"AD-03c", "AD-03d", "AD-03f", "AD-03g", "AD-03h"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, in := advice, within
			if c.advice != nil {
				c.advice(&s)
			}
			if c.in != nil {
				c.in(&in)
			}
			why, err := s.Covers(rulebook.Default(), "", in, day(t, c.today))
			if err != nil {
				t.Fatal(err)
			}
			if got := ids(why); !slices.Equal(got, c.why) {
				t.Errorf("got %v, want %v", got, c.why)
			}
		})
	}
}

func TestCoordinatorStandsIn(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		profile, requirement string
		why                  []string
	}{
		{"linkoping", "short", nil},
		{"linkoping", "required", []string{"AD-04a"}},
		{"lidkoping", "short", []string{"AD-04b"}},
		{"", "short", []string{"AD-04b"}},
		{"strictest", "required", []string{"AD-04a", "AD-04b"}},
	} {
		why, err := assess.CoordinatorStandsIn(rulebook.Default(), c.profile, c.requirement, day(t, "2026-11-23"))
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(why); !slices.Equal(got, c.why) {
			t.Errorf("%s, %s: %v, want %v", c.profile, c.requirement, got, c.why)
		}
	}
}
