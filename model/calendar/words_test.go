package calendar

import (
	"testing"
	"time"

	"sluss/model/lang"
)

func TestInWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ date, sv, en string }{
		{"2026-12-07", "måndag 7 december 2026", "Monday 7 December 2026"},
		{"2027-01-31", "söndag 31 januari 2027", "Sunday 31 January 2027"},
		{"2028-02-29", "tisdag 29 februari 2028", "Tuesday 29 February 2028"},
	} {
		d := MustParseDate(test.date)
		if sv, en := d.InWords(lang.SV), d.InWords(lang.EN); sv != test.sv || en != test.en {
			t.Errorf("%s is %q and %q", test.date, sv, en)
		}
	}
}

func TestEndInWords(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		ends   time.Time
		sv, en string
	}{
		{EndOfDay(MustParseDate("2026-12-07")), "måndag 7 december 2026", "Monday 7 December 2026"},
		{time.Date(2027, 1, 18, 9, 0, 0, 0, time.UTC), "måndag 18 januari 2027 kl. 10:00", "Monday 18 January 2027 at 10:00"},
		{time.Date(2027, 7, 18, 22, 30, 0, 0, time.UTC), "måndag 19 juli 2027 kl. 00:30", "Monday 19 July 2027 at 00:30"},
	} {
		if sv, en := InWords(test.ends, lang.SV), InWords(test.ends, lang.EN); sv != test.sv || en != test.en {
			t.Errorf("%s is %q and %q", test.ends, sv, en)
		}
	}
}
