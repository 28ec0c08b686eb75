package calendar

import (
	"time"
	_ "time/tzdata" // the zone must be known also where no system database is installed
)

// A municipality's day is the day in Sweden, whatever the machine's own zone.
var stockholm = mustLoad("Europe/Stockholm")

func mustLoad(zone string) *time.Location {
	l, err := time.LoadLocation(zone)
	if err != nil {
		panic("calendar: " + err.Error())
	}
	return l
}

// Today returns the date that it is in Sweden at the time now.
func Today(now time.Time) Date { return DateOf(now.In(stockholm)) }

// EndOfDay returns the last second of d in Sweden, 23:59:59 Europe/Stockholm,
// in UTC. That is when a deadline of whole days ends.
func EndOfDay(d Date) time.Time {
	return time.Date(d.year, d.month, d.day, 23, 59, 59, 0, stockholm).UTC()
}

// Morning returns eight o'clock on d in Sweden, in UTC: when people are reminded.
func Morning(d Date) time.Time {
	return time.Date(d.year, d.month, d.day, 8, 0, 0, 0, stockholm).UTC()
}

// StartOfDay returns when d begins in Sweden, in UTC: until then a time of whole days
// that ends with the day before lasts.
func StartOfDay(d Date) time.Time {
	return time.Date(d.year, d.month, d.day, 0, 0, 0, 0, stockholm).UTC()
}
