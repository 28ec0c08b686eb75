package calendar

import (
	"fmt"
	"time"

	"sluss/model/lang"
)

// MaxWorkingDays is the largest number of working days, forwards or backwards,
// that a caller should accept from outside: about 40 years. AddWorkingDays
// takes time in proportion to the number.
const MaxWorkingDays = 10_000

// Calendar says which days are working days: all but Saturdays, Sundays and
// the days that its rules name. The zero Calendar has no rules. A Calendar
// never changes and may be used by many goroutines.
type Calendar struct {
	rules []rule
}

// New makes a calendar from rules. It refuses a rule that is incomplete, says
// two things at once, or may name a day of another year; the error gives the
// rule's place in the list, from 0.
func New(rules []Rule) (Calendar, error) {
	c := Calendar{rules: make([]rule, len(rules))}
	for i, r := range rules {
		compiled, err := r.compile()
		if err != nil {
			return Calendar{}, fmt.Errorf("calendar rule %d: %w", i, err)
		}
		c.rules[i] = compiled
	}
	return c, nil
}

// FreeDay is a day that the rules of a calendar name.
type FreeDay struct {
	Date Date      `json:"date"`
	Name lang.Text `json:"name"`
	Kind Kind      `json:"kind"`
}

// FreeDays lists the days of a year that the rules name, in order. A day that
// two rules name is listed twice. Saturdays and Sundays are listed only when a
// rule names them.
func (c Calendar) FreeDays(year int) []FreeDay {
	var days []FreeDay
	easter := Easter(year)
	for d := (Date{year, time.January, 1}); d.year == year; d = d.AddDays(1) {
		for _, r := range c.rules {
			if r.matches(d, easter) {
				days = append(days, FreeDay{d, r.name, r.kind})
			}
		}
	}
	return days
}

// IsHoliday says whether d is a public holiday by law. An ordinary Saturday or
// Sunday is not.
func (c Calendar) IsHoliday(d Date) bool {
	return c.named(d, func(k Kind) bool { return k == Holiday })
}

// IsWorkingDay says whether d is neither a Saturday nor a Sunday nor named by
// a rule.
func (c Calendar) IsWorkingDay(d Date) bool {
	return !isWeekend(d) && !c.named(d, func(Kind) bool { return true })
}

// AddWorkingDays returns the n-th working day after from, the n-th before it
// when n is negative. The day from itself is never counted, whether it is a
// working day or not; with n = 0 it is the answer.
func (c Calendar) AddWorkingDays(from Date, n int) Date {
	step := 1
	if n < 0 {
		step, n = -1, -n
	}
	d := from
	for n > 0 {
		d = d.AddDays(step)
		if c.IsWorkingDay(d) {
			n--
		}
	}
	return d
}

// WorkingDaysBetween returns how many working days lie after from, up to and
// including to; when to is the earlier day, minus the number of those before
// from, down to and including to. It undoes AddWorkingDays.
func (c Calendar) WorkingDaysBetween(from, to Date) int {
	step := to.Compare(from)
	n := 0
	for d := from; d != to; {
		d = d.AddDays(step)
		if c.IsWorkingDay(d) {
			n += step
		}
	}
	return n
}

// Roll returns the day on which a statutory period ends that was reckoned to
// end on d: d itself, or the next day that is neither a Saturday nor a Sunday
// nor a public holiday by law (Reg. 1182/71 Art 3(4)). Eves do not count:
// they are free by practice only.
func (c Calendar) Roll(d Date) Date {
	for isWeekend(d) || c.IsHoliday(d) {
		d = d.AddDays(1)
	}
	return d
}

// EndOfPeriod returns the day on which a statutory period of n days after from
// ends: a period of two days or more includes two working days at least, and it
// never ends on a Saturday, a Sunday or a public holiday (Reg. 1182/71 Art 3(4)
// and (5)).
func (c Calendar) EndOfPeriod(from Date, n int) Date {
	working, end := 0, from
	for days := 0; days < n || n >= 2 && working < 2; days++ {
		end = end.AddDays(1)
		if !isWeekend(end) && !c.IsHoliday(end) {
			working++
		}
	}
	return c.Roll(end)
}

func (c Calendar) named(d Date, counts func(Kind) bool) bool {
	easter := Easter(d.year)
	for _, r := range c.rules {
		if counts(r.kind) && r.matches(d, easter) {
			return true
		}
	}
	return false
}

func isWeekend(d Date) bool {
	w := d.Weekday()
	return w == time.Saturday || w == time.Sunday
}
