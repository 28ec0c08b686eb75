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

// Remaining says in words how long there is left until something ends, in Swedish
// working days after today, or for how many days it has been late, such as "2
// arbetsdagar kvar" and "3 dagar försenad".
func Remaining(ends, now time.Time, l lang.Lang) string {
	today, last := Today(now), Today(ends)
	if late := today.DaysSince(last); now.After(ends) {
		switch late {
		case 0:
			return lang.Text{SV: "Tiden gick ut i dag", EN: "Ran out today"}.In(l)
		case 1:
			return lang.Text{SV: "1 dag försenad", EN: "1 day late"}.In(l)
		}
		return fmt.Sprintf(lang.Text{SV: "%d dagar försenad", EN: "%d days late"}.In(l), late)
	}
	left := Swedish.WorkingDaysBetween(today, last)
	switch {
	case last == today && !ends.Equal(EndOfDay(last)):
		return fmt.Sprintf(lang.Text{SV: "I dag kl. %s", EN: "Today at %s"}.In(l), ends.In(stockholm).Format("15:04"))
	case last == today:
		return lang.Text{SV: "Sista dagen i dag", EN: "Last day today"}.In(l)
	case left == 0:
		return lang.Text{SV: "Före nästa arbetsdag", EN: "Before the next working day"}.In(l)
	case left == 1:
		return lang.Text{SV: "1 arbetsdag kvar", EN: "1 working day left"}.In(l)
	}
	return fmt.Sprintf(lang.Text{SV: "%d arbetsdagar kvar", EN: "%d working days left"}.In(l), left)
}

// Ago says in words how many days ago, in Sweden, something was, such as "i går"
// and "3 dagar sedan".
func Ago(at, now time.Time, l lang.Lang) string {
	switch days := Today(now).DaysSince(Today(at)); {
	case days <= 0:
		return lang.Text{SV: "i dag", EN: "today"}.In(l)
	case days == 1:
		return lang.Text{SV: "i går", EN: "yesterday"}.In(l)
	default:
		return fmt.Sprintf(lang.Text{SV: "%d dagar sedan", EN: "%d days ago"}.In(l), days)
	}
}

// Clock writes the day and the hour and minute in Sweden, such as "2027-01-18
// 10:00".
func Clock(at time.Time) string { return at.In(stockholm).Format("2006-01-02 15:04") }

// ParseClock reads a day, an hour and a minute in Sweden as Clock writes them. An hour
// that the clocks skip in spring is the one after it.
func ParseClock(text string) (time.Time, error) {
	at, err := time.ParseInLocation("2006-01-02 15:04", text, stockholm)
	return at.UTC(), err
}
