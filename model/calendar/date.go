// Package calendar knows Swedish days: civil dates, holidays and working days,
// when a day ends, and the clock of a prior consultation under GDPR Art 36.
//
// Everything is a pure function of its arguments. Which days are no working
// days is data: a Calendar is made of rules, and Swedish is the one that the
// law and practice give.
//
// It imports the standard library and model/lang only, and carries the time
// zone database with it, so that Europe/Stockholm is known on every machine.
package calendar

import (
	"cmp"
	"fmt"
	"time"
)

// Years that ParseDate accepts. Dates outside them are slips of the pen, and
// inside them no statutory period leaves the four digits that a written year
// has.
const (
	MinYear = 1900
	MaxYear = 2999
)

const isoDate = "2006-01-02"

// Date is a day in the Gregorian calendar, without time and without zone. The
// zero Date is no day at all. Dates can be compared with == and used as map
// keys. In JSON, YAML and text a date is written "2006-01-02"; the zero Date
// cannot be written.
type Date struct {
	year  int
	month time.Month
	day   int
}

// NewDate returns the date of the given year, month and day. Values outside
// their range carry over as in time.Date: day 0 is the last day of the month
// before.
func NewDate(year int, month time.Month, day int) Date {
	return DateOf(time.Date(year, month, day, 0, 0, 0, 0, time.UTC))
}

// DateOf returns the date that t has in its own time zone.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return Date{y, m, d}
}

// ParseDate reads a date written "2006-01-02". It refuses days that do not
// exist and years outside MinYear to MaxYear. The error does not repeat s.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(isoDate, s)
	if err != nil {
		return Date{}, fmt.Errorf("not a date: want an existing day written YYYY-MM-DD")
	}
	if y := t.Year(); y < MinYear || y > MaxYear {
		return Date{}, fmt.Errorf("not a date: want a year from %d to %d", MinYear, MaxYear)
	}
	return DateOf(t), nil
}

// MustParseDate is ParseDate for dates that are written in the program. It
// panics when s is no date.
func MustParseDate(s string) Date {
	d, err := ParseDate(s)
	if err != nil {
		panic(fmt.Sprintf("calendar: %q: %v", s, err))
	}
	return d
}

// Year returns the year of d.
func (d Date) Year() int { return d.year }

// Month returns the month of d.
func (d Date) Month() time.Month { return d.month }

// Day returns the day of the month of d.
func (d Date) Day() int { return d.day }

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday { return d.midnight().Weekday() }

// IsZero says whether d is no day at all.
func (d Date) IsZero() bool { return d == Date{} }

// Compare returns -1 when d is before e, 0 when they are the same day and 1
// when d is after e.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.year, e.year), cmp.Compare(d.month, e.month), cmp.Compare(d.day, e.day))
}

// Before says whether d is an earlier day than e.
func (d Date) Before(e Date) bool { return d.Compare(e) < 0 }

// After says whether d is a later day than e.
func (d Date) After(e Date) bool { return d.Compare(e) > 0 }

// AddDays returns the date n days after d, before it when n is negative.
func (d Date) AddDays(n int) Date { return NewDate(d.year, d.month, d.day+n) }

// AddMonths returns the same day n months after d, before it when n is
// negative. A month that has no such day gives its last one: one month after
// 31 January is 28 or 29 February (Reg. 1182/71 Art 3(2)(c)).
func (d Date) AddMonths(n int) Date {
	first := NewDate(d.year, d.month+time.Month(n), 1)
	last := NewDate(first.year, first.month+1, 0)
	return Date{first.year, first.month, min(d.day, last.day)}
}

// DaysSince returns the number of days from e to d, negative when d is the
// earlier one.
func (d Date) DaysSince(e Date) int {
	const day = 24 * 60 * 60
	return int((d.midnight().Unix() - e.midnight().Unix()) / day)
}

// String returns the date written "2006-01-02", and "" for the zero Date.
func (d Date) String() string {
	if d.IsZero() {
		return ""
	}
	return d.midnight().Format(isoDate)
}

// MarshalText writes the date as "2006-01-02". It refuses a date that
// UnmarshalText would not read.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, fmt.Errorf("write date: no date given")
	}
	if d.year < 0 || d.year > 9999 {
		return nil, fmt.Errorf("write date: the year has not four digits")
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads a date as ParseDate does.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

func (d Date) midnight() time.Time {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, time.UTC)
}
