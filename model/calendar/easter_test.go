package calendar_test

import (
	"testing"
	"time"

	"sluss/model/calendar"
)

// easterDays is Easter Sunday of 2024 to 2045 as almanacs give it.
var easterDays = []string{
	"2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2028-04-16", "2029-04-01", "2030-04-21", "2031-04-13",
	"2032-03-28", "2033-04-17", "2034-04-09", "2035-03-25", "2036-04-13", "2037-04-05", "2038-04-25", "2039-04-10",
	"2040-04-01", "2041-04-21", "2042-04-06", "2043-03-29", "2044-04-17", "2045-04-09",
}

func TestEasterOfTheAlmanac(t *testing.T) {
	t.Parallel()
	for _, s := range easterDays {
		if want := day(s); calendar.Easter(want.Year()) != want {
			t.Errorf("Easter(%d) = %v, want %v", want.Year(), calendar.Easter(want.Year()), want)
		}
	}
}

func TestEasterByTheMoon(t *testing.T) {
	t.Parallel()
	for year := calendar.MinYear; year <= calendar.MaxYear; year++ {
		if got, want := calendar.Easter(year), easterByTheMoon(year); got != want {
			t.Errorf("Easter(%d) = %v, by the moon %v", year, got, want)
		}
	}
}

func TestDaysByEaster(t *testing.T) {
	t.Parallel()
	offsets := map[string]int{
		"Good Friday": -2, "Easter Sunday": 0, "Easter Monday": 1, "Ascension Day": 39, "Whit Sunday": 49,
	}
	for year := 2024; year <= 2045; year++ {
		easter := easterByTheMoon(year)
		seen := 0
		for _, free := range calendar.Swedish.FreeDays(year) {
			n, ok := offsets[free.Name.EN]
			if !ok {
				continue
			}
			seen++
			if free.Date != easter.AddDays(n) {
				t.Errorf("%d: %s on %v, want %v", year, free.Name.EN, free.Date, easter.AddDays(n))
			}
		}
		if seen != len(offsets) {
			t.Errorf("%d: %d days by Easter, want %d", year, seen, len(offsets))
		}
	}
}

// easterByTheMoon follows the tables of the Gregorian reform instead of a
// closed formula: the golden number and the epact give the age of the moon on
// 1 January, from which the days are walked to the first full moon on or after
// 21 March and on to the Sunday after it.
func easterByTheMoon(year int) calendar.Date {
	golden := year%19 + 1
	century := year/100 + 1
	solar := 3*century/4 - 12     // leap days left out since the reform
	lunar := (8*century+5)/25 - 5 // drift of the 19-year cycle
	epact := (11*golden + 20 + lunar - solar) % 30
	if epact < 0 {
		epact += 30
	}
	if epact == 24 || (epact == 25 && golden > 11) {
		epact++ // the tables never give a full moon after 18 April, nor one date twice in a cycle
	}
	full := calendar.NewDate(year, time.March, 44-epact)
	if full.Before(calendar.NewDate(year, time.March, 21)) {
		full = full.AddDays(30)
	}
	d := full.AddDays(1)
	for d.Weekday() != time.Sunday {
		d = d.AddDays(1)
	}
	return d
}
