package web

import (
	"net/url"
	"testing"
	"time"

	"sluss/model/calendar"
	"sluss/model/lang"
	"sluss/model/rulebook"
)

// A time of an incident runs through nights and weekends, and is told in the hours
// that it is counted in.
func TestHoursLeft(t *testing.T) {
	t.Parallel()
	friday := time.Date(2026, 11, 20, 20, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		after  time.Duration
		sv, en string
	}{
		{72 * time.Hour, "72 timmar kvar", "72 hours left"},
		{71*time.Hour + 59*time.Minute, "71 timmar kvar", "71 hours left"},
		{time.Hour, "1 timme kvar", "1 hour left"},
		{time.Minute, "Mindre än en timme kvar", "Less than an hour left"},
		{-time.Minute, "Tiden gick ut i dag", "Ran out today"},
		{-48 * time.Hour, "2 dagar försenad", "2 days late"},
		{30 * 24 * time.Hour, "20 arbetsdagar kvar", "20 working days left"},
	} {
		for l, want := range map[lang.Lang]string{lang.SV: tt.sv, lang.EN: tt.en} {
			if got := left(friday.Add(tt.after), friday, l); got != want {
				t.Errorf("%s: %q, want %q", tt.after, got, want)
			}
		}
	}
	monday := calendar.EndOfDay(calendar.NewDate(2026, 11, 23))
	if got := left(monday, friday, lang.SV); got != "1 arbetsdag kvar" {
		t.Errorf("what ends with a working day: %q", got)
	}
}

// What people fill in is a time in Sweden; what cannot be read is for the API to
// refuse.
func TestMoment(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ day, clock, want string }{
		{"", "", ""},
		{"2026-11-22", "10:00", "2026-11-22T09:00:00Z"},
		{"2026-07-01", "10:00", "2026-07-01T08:00:00Z"},
		{"2026-11-22", "", "2026-11-21T23:00:00Z"},
		{"", "10:00", " 10:00"},
		{"22/11", "10", "22/11 10"},
	} {
		if got := moment(url.Values{"x.day": {tt.day}, "x.time": {tt.clock}}, "x"); got != tt.want {
			t.Errorf("%q %q is %q, want %q", tt.day, tt.clock, got, tt.want)
		}
	}
}

// TestReportHints has every kind of incident and every severity explained to whoever
// reports one.
func TestReportHints(t *testing.T) {
	t.Parallel()
	for enum, hints := range map[string]map[string]lang.Text{"incident_category": categoryHints, "incident_severity": severityHints} {
		e, ok := rulebook.Default().Enum(enum)
		if !ok || len(e.Values) != len(hints) {
			t.Errorf("%s has %d hints", enum, len(hints))
			continue
		}
		for _, value := range e.Values {
			if hints[value.ID].SV == "" || hints[value.ID].EN == "" {
				t.Errorf("%s %s has no hint", enum, value.ID)
			}
		}
	}
}

// A question that goes on to say something is told in two parts.
func TestAsked(t *testing.T) {
	t.Parallel()
	for question, want := range map[string][2]string{
		"Stämmer det?": {"Stämmer det?", ""},
		"Är den anmäld? Att låta bli kan beslutas bara när risken är osannolik.": {"Är den anmäld?", "Att låta bli kan beslutas bara när risken är osannolik."},
		"Fyll i underlaget.": {"Fyll i underlaget.", ""},
	} {
		if got := [2]string{view{}.Asked(question), view{}.Added(question)}; got != want {
			t.Errorf("%q is told as %q, want %q", question, got, want)
		}
	}
}
