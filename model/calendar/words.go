package calendar

import (
	"fmt"
	"time"

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

// atTime stands between a day and an hour.
var atTime = lang.Text{SV: "kl.", EN: "at"}

// InWords writes when something ends, in Sweden: the day, and the hour and minute
// unless it ends with the day, such as "måndag 18 januari 2027 kl. 10:00".
func InWords(ends time.Time, l lang.Lang) string {
	day := Today(ends)
	if ends.Equal(EndOfDay(day)) {
		return day.InWords(l)
	}
	return day.InWords(l) + " " + atTime.In(l) + " " + ends.In(stockholm).Format("15:04")
}
