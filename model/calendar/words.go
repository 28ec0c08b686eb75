package calendar

import (
	"fmt"

	"sluss/model/lang"
)

var (
	weekdayNames = [...]lang.Text{
		{SV: "söndag", EN: "Sunday"}, {SV: "måndag", EN: "Monday"}, {SV: "tisdag", EN: "Tuesday"}, {SV: "onsdag", EN: "Wednesday"},
		{SV: "torsdag", EN: "Thursday"}, {SV: "fredag", EN: "Friday"}, {SV: "lördag", EN: "Saturday"},
	}
	monthNames = [...]lang.Text{
		{SV: "januari", EN: "January"}, {SV: "februari", EN: "February"}, {SV: "mars", EN: "March"}, {SV: "april", EN: "April"},
		{SV: "maj", EN: "May"}, {SV: "juni", EN: "June"}, {SV: "juli", EN: "July"}, {SV: "augusti", EN: "August"},
		{SV: "september", EN: "September"}, {SV: "oktober", EN: "October"}, {SV: "november", EN: "November"}, {SV: "december", EN: "December"},
	}
)

// InWords writes the date with its weekday and month, such as "måndag 7 december
// 2026" and "Monday 7 December 2026".
func (d Date) InWords(l lang.Lang) string {
	return fmt.Sprintf("%s %d %s %d", weekdayNames[d.Weekday()].In(l), d.day, monthNames[d.month-1].In(l), d.year)
}
