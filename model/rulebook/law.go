package rulebook

import (
	"slices"
	"strings"

	"github.com/google/cel-go/cel"

	"sluss/model/calendar"
	"sluss/model/lang"
)

// LegalDate is an entry of the legal calendar (rulebook 0.2). Date is a day in
// Sweden, 2006-01-02, empty when the law has none yet.
type LegalDate struct {
	Key    string    `json:"key"`
	Date   string    `json:"date,omitempty"`
	Text   lang.Text `json:"text"`
	Source string    `json:"source"`
	// Binds is the condition on which the date lays a duty on a case, empty where
	// it lays none of its own.
	Binds string `json:"binds,omitempty"`

	binds condition
}

// LegalCalendar lists the dates of the law.
func (b *Book) LegalCalendar() []LegalDate { return slices.Clone(b.calendar) }

// LegalDate gives an entry of the legal calendar by its key.
func (b *Book) LegalDate(key string) (LegalDate, bool) {
	i := slices.IndexFunc(b.calendar, func(d LegalDate) bool { return d.Key == key })
	if i < 0 {
		return LegalDate{}, false
	}
	return b.calendar[i], true
}

// LawSince lists the dates of the law that came after one day and not after
// another, the earliest first.
func (b *Book) LawSince(after, until calendar.Date) []LegalDate {
	var out []LegalDate
	for _, d := range b.calendar {
		if d.Date > after.String() && d.Date <= until.String() {
			out = append(out, d)
		}
	}
	slices.SortStableFunc(out, func(x, y LegalDate) int { return strings.Compare(x.Date, y.Date) })
	return out
}

// LawAsOf is the last date of the law that has come on a day, 2006-01-02, and ""
// before the first.
func (b *Book) LawAsOf(day calendar.Date) string {
	last := ""
	for _, d := range b.calendar {
		if d.Date <= day.String() {
			last = max(last, d.Date)
		}
	}
	return last
}

// Binding gives those of the dates that lay a duty on the case.
func (e *Evaluation) Binding(dates []LegalDate) []LegalDate {
	return slices.DeleteFunc(slices.Clone(dates), func(d LegalDate) bool {
		return !d.binds.given() || !e.holds(d.binds)
	})
}

// compileCalendar compiles on which cases the dates of the law lay a duty.
func (c *compiler) compileCalendar() {
	if c.parent != nil {
		return // the duties are the rulebook's: an assessment takes over the dates alone
	}
	for i := range c.book.calendar {
		if d := &c.book.calendar[i]; d.binds.given() {
			d.binds = c.cond(d.binds.src, d.Key, cel.BoolType, triageOnly, shape{})
			c.keep(compiled{id: d.Key, cond: d.binds})
		}
	}
}
