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

func TestRemaining(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 26, 13, 0, 0, 0, time.UTC) // a Thursday, 14:00 in Sweden
	end := func(date string) time.Time { return EndOfDay(MustParseDate(date)) }
	for _, test := range []struct {
		ends   time.Time
		sv, en string
	}{
		{end("2026-12-08"), "8 arbetsdagar kvar", "8 working days left"},
		{end("2026-11-30"), "2 arbetsdagar kvar", "2 working days left"},
		{end("2026-11-29"), "1 arbetsdag kvar", "1 working day left"},
		{end("2026-11-26"), "Sista dagen i dag", "Last day today"},
		{now.Add(time.Hour), "I dag kl. 15:00", "Today at 15:00"},
		{now.Add(-time.Hour), "Tiden gick ut i dag", "Ran out today"},
		{end("2026-11-25"), "1 dag försenad", "1 day late"},
		{end("2026-11-23"), "3 dagar försenad", "3 days late"},
	} {
		if sv, en := Remaining(test.ends, now, lang.SV), Remaining(test.ends, now, lang.EN); sv != test.sv || en != test.en {
			t.Errorf("%s is %q and %q", test.ends, sv, en)
		}
	}
	if got := Remaining(end("2026-11-29"), end("2026-11-28"), lang.SV); got != "Före nästa arbetsdag" {
		t.Errorf("from Saturday to Sunday: %q", got)
	}
}

func TestAgo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 25, 23, 30, 0, 0, time.UTC) // Thursday, half past midnight
	for at, want := range map[time.Time][2]string{
		now.Add(-time.Minute):    {"i dag", "today"},
		now.Add(-time.Hour):      {"i går", "yesterday"},
		now.Add(-49 * time.Hour): {"3 dagar sedan", "3 days ago"},
	} {
		if sv, en := Ago(at, now, lang.SV), Ago(at, now, lang.EN); sv != want[0] || en != want[1] {
			t.Errorf("%s is %q and %q", at, sv, en)
		}
	}
	if got := Clock(now); got != "2026-11-26 00:30" {
		t.Error(got)
	}
}

func TestParseClock(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"2026-11-22 10:00": "2026-11-22T09:00:00Z",
		"2026-07-01 00:00": "2026-06-30T22:00:00Z",
		"2026-03-29 02:30": "2026-03-29T01:30:00Z", // the clocks skip it
	} {
		at, err := ParseClock(text)
		if got := at.Format(time.RFC3339); err != nil || got != want {
			t.Errorf("%s is %s, %v, want %s", text, got, err, want)
		}
	}
	for _, wrong := range []string{"", "2026-11-22", "10:00", "2026-13-01 10:00", "2026-11-22T10:00"} {
		if at, err := ParseClock(wrong); err == nil {
			t.Errorf("%q is %s", wrong, at)
		}
	}
}
