package calendar

import (
	"testing"

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
