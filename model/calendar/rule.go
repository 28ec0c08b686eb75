package calendar

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model/lang"
)

// Kind says why a day is no working day.
type Kind string

const (
	// Holiday is a public holiday by law. A statutory period never ends on one.
	Holiday Kind = "holiday"
	// Eve is a day that is free by practice only. It moves no statutory period.
	Eve Kind = "eve"
)

// Rule says when in the year one day falls that is no working day. It does so
// in exactly one of three ways:
//
//   - Month and Day: the same date every year;
//   - Month, Day and Weekday: the first such weekday on or after that date;
//   - Easter: so many days after Easter Sunday, negative for before it.
type Rule struct {
	Name    lang.Text  `json:"name" yaml:"name"`
	Kind    Kind       `json:"kind" yaml:"kind"`
	Month   time.Month `json:"month,omitempty" yaml:"month,omitempty"`
	Day     int        `json:"day,omitempty" yaml:"day,omitempty"`
	Weekday string     `json:"weekday,omitempty" yaml:"weekday,omitempty"` // in English and lower case
	Easter  *int       `json:"easter,omitempty" yaml:"easter,omitempty"`
}

// rule is a Rule that has been checked. For one by Easter, month is 0; for one
// without weekday, span is 0, otherwise the 7 days in which it must fall.
type rule struct {
	name    lang.Text
	kind    Kind
	month   time.Month
	day     int
	span    int
	weekday time.Weekday
	easter  int
}

// matches says whether the rule names the day d, in a year in which Easter
// Sunday is easter.
func (r rule) matches(d, easter Date) bool {
	switch {
	case r.month == 0:
		return d == easter.AddDays(r.easter)
	case r.span == 0:
		return d.month == r.month && d.day == r.day
	case d.Weekday() != r.weekday:
		return false
	default:
		after := d.DaysSince(Date{d.year, r.month, r.day})
		return after >= 0 && after < r.span
	}
}

func (r Rule) compile() (rule, error) {
	if !r.Name.Complete() {
		return rule{}, errors.New("needs a name in both languages")
	}
	if r.Kind != Holiday && r.Kind != Eve {
		return rule{}, fmt.Errorf("kind must be %q or %q", Holiday, Eve)
	}
	c := rule{name: r.Name, kind: r.Kind, month: r.Month, day: r.Day}
	if r.Easter != nil {
		// Easter Sunday is at the earliest day 81 and at the latest day 116 of
		// its year; what a rule names must lie in the same year.
		if c.easter = *r.Easter; c.easter < -80 || c.easter > 249 {
			return rule{}, errors.New("easter must be from -80 to 249 days")
		}
		if r.Month != 0 || r.Day != 0 || r.Weekday != "" {
			return rule{}, errors.New("easter excludes month, day and weekday")
		}
		return c, nil
	}
	const commonYear = 2027 // 29 February is no day of every year
	if d := (Date{commonYear, r.Month, r.Day}); r.Month < 1 || r.Day < 1 || d != d.AddDays(0) {
		return rule{}, errors.New("needs easter, or a month and a day that every year has")
	}
	if r.Weekday == "" {
		return c, nil
	}
	i := slices.IndexFunc(weekdays, func(w time.Weekday) bool { return strings.ToLower(w.String()) == r.Weekday })
	if i < 0 {
		return rule{}, errors.New("weekday must be an English name in lower case")
	}
	c.weekday, c.span = weekdays[i], 7
	if r.Month == time.December && r.Day > 25 {
		return rule{}, errors.New("the weekday may fall in the next year")
	}
	return c, nil
}

var weekdays = []time.Weekday{
	time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday,
}
