package calendar

import "time"

// Easter returns Easter Sunday of the year in the Gregorian calendar, by the
// method that Jones and Meeus give: the first Sunday after the ecclesiastical
// full moon on or after 21 March.
func Easter(year int) Date {
	lunar := year % 19 // place in the 19-year cycle of the moon
	century, yearOf := year/100, year%100

	// Age of the moon, corrected for the leap days that centuries leave out
	// and for the slow drift of the cycle itself.
	drift := (century - (century+8)/25 + 1) / 3
	moon := (19*lunar + century - century/4 - drift + 15) % 30

	// Days from the full moon to the Sunday after it.
	sunday := (32 + 2*(century%4) + 2*(yearOf/4) - moon - yearOf%4) % 7

	// In two late cases the full moon is one day earlier, so that Easter never
	// falls after 25 April.
	late := (lunar + 11*moon + 22*sunday) / 451

	n := moon + sunday - 7*late + 114
	return Date{year, time.Month(n / 31), n%31 + 1}
}
