package calendar_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sluss/model/calendar"
	"sluss/model/lang"
)

// vectors reads a file of testdata.
func vectors[T any](t *testing.T, name string) []T {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []T `json:"vectors"`
	}
	if err := json.Unmarshal(b, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Vectors) == 0 {
		t.Fatalf("%s holds no vectors", name)
	}
	return file.Vectors
}

func TestWorkingDayVectors(t *testing.T) {
	t.Parallel()
	type vector struct {
		From, Expected calendar.Date
		Add            int
	}
	for _, v := range vectors[vector](t, "working-days.json") {
		if got := calendar.Swedish.AddWorkingDays(v.From, v.Add); got != v.Expected {
			t.Errorf("%v + %d working days = %v, want %v", v.From, v.Add, got, v.Expected)
		}
		if got := calendar.Swedish.WorkingDaysBetween(v.From, v.Expected); got != v.Add {
			t.Errorf("%d working days from %v to %v, want %d", got, v.From, v.Expected, v.Add)
		}
	}
}

func TestAddWorkingDays(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from string
		n    int
		want string
	}{
		{"2027-01-11", 1, "2027-01-12"},
		{"2027-01-15", 1, "2027-01-18"},  // over a weekend
		{"2027-01-16", 1, "2027-01-18"},  // from a Saturday
		{"2027-01-17", 2, "2027-01-19"},  // from a Sunday
		{"2027-06-25", 1, "2027-06-28"},  // from Midsummer Eve
		{"2026-12-23", 1, "2026-12-28"},  // three days of Christmas and a Sunday
		{"2026-12-30", 1, "2027-01-04"},  // into the new year
		{"2026-05-13", 1, "2026-05-15"},  // Ascension Day is a Thursday
		{"2027-01-11", 0, "2027-01-11"},  // today
		{"2027-01-16", 0, "2027-01-16"},  // nothing is added, so nothing moves
		{"2027-01-11", -1, "2027-01-08"}, // backwards over a weekend
		{"2027-01-11", -10, "2026-12-21"},
		{"2027-01-09", -1, "2027-01-08"},
		{"2026-11-23", 60, "2027-02-22"},
	}
	for _, test := range tests {
		if got := calendar.Swedish.AddWorkingDays(day(test.from), test.n); got != day(test.want) {
			t.Errorf("%s + %d working days = %v, want %s", test.from, test.n, got, test.want)
		}
	}
}

func TestWorkingDaysBetween(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, to string
		want     int
	}{
		{"2027-01-11", "2027-01-11", 0},
		{"2027-01-16", "2027-01-17", 0},
		{"2027-01-15", "2027-01-18", 1},
		{"2027-01-18", "2027-01-15", -1},
		{"2027-01-17", "2027-01-15", -1},
		{"2027-01-01", "2027-12-31", 253},
	}
	for _, test := range tests {
		if got := calendar.Swedish.WorkingDaysBetween(day(test.from), day(test.to)); got != test.want {
			t.Errorf("from %s to %s: %d, want %d", test.from, test.to, got, test.want)
		}
	}
}

func TestRoll(t *testing.T) {
	t.Parallel()
	tests := []struct{ date, want string }{
		{"2027-03-15", "2027-03-15"},
		{"2027-03-13", "2027-03-15"}, // Saturday
		{"2027-03-14", "2027-03-15"}, // Sunday
		{"2027-03-26", "2027-03-30"}, // Good Friday to Easter Monday
		{"2027-06-25", "2027-06-25"}, // Midsummer Eve is no holiday by law
		{"2027-06-26", "2027-06-28"}, // Midsummer Day
		{"2026-12-24", "2026-12-24"}, // nor is Christmas Eve
		{"2026-12-25", "2026-12-28"},
		{"2026-12-31", "2026-12-31"}, // nor New Year's Eve
		{"2027-01-06", "2027-01-07"},
		{"2032-05-01", "2032-05-03"}, // a holiday on a Saturday, a Sunday after it
	}
	for _, test := range tests {
		if got := calendar.Swedish.Roll(day(test.date)); got != day(test.want) {
			t.Errorf("Roll(%s) = %v, want %s", test.date, got, test.want)
		}
	}
}

func TestFreeDaysOfAYear(t *testing.T) {
	t.Parallel()
	want := []struct {
		date, name string
		kind       calendar.Kind
	}{
		{"2027-01-01", "Nyårsdagen", calendar.Holiday},
		{"2027-01-06", "Trettondedag jul", calendar.Holiday},
		{"2027-03-26", "Långfredagen", calendar.Holiday},
		{"2027-03-28", "Påskdagen", calendar.Holiday},
		{"2027-03-29", "Annandag påsk", calendar.Holiday},
		{"2027-05-01", "Första maj", calendar.Holiday},
		{"2027-05-06", "Kristi himmelsfärdsdag", calendar.Holiday},
		{"2027-05-16", "Pingstdagen", calendar.Holiday},
		{"2027-06-06", "Nationaldagen", calendar.Holiday},
		{"2027-06-25", "Midsommarafton", calendar.Eve},
		{"2027-06-26", "Midsommardagen", calendar.Holiday},
		{"2027-11-06", "Alla helgons dag", calendar.Holiday},
		{"2027-12-24", "Julafton", calendar.Eve},
		{"2027-12-25", "Juldagen", calendar.Holiday},
		{"2027-12-26", "Annandag jul", calendar.Holiday},
		{"2027-12-31", "Nyårsafton", calendar.Eve},
	}
	got := calendar.Swedish.FreeDays(2027)
	if len(got) != len(want) {
		t.Fatalf("%d days, want %d: %v", len(got), len(want), got)
	}
	for i, w := range want {
		if g := got[i]; g.Date != day(w.date) || g.Name.SV != w.name || g.Kind != w.kind {
			t.Errorf("day %d: %v %s %s, want %v", i, g.Date, g.Name.SV, g.Kind, w)
		}
		if calendar.Swedish.IsHoliday(day(w.date)) != (w.kind == calendar.Holiday) || calendar.Swedish.IsWorkingDay(day(w.date)) {
			t.Errorf("%s, %s: wrong kind of day", w.date, w.name)
		}
	}
}

// The rules by weekday, said the other way round: the law gives the span of
// dates in which each must fall.
func TestMovingSaturdays(t *testing.T) {
	t.Parallel()
	for year := 2024; year <= 2045; year++ {
		for _, free := range calendar.Swedish.FreeDays(year) {
			var first, last calendar.Date
			weekday := time.Saturday
			switch free.Name.EN {
			case "Midsummer Day":
				first, last = calendar.NewDate(year, 6, 20), calendar.NewDate(year, 6, 26)
			case "Midsummer Eve":
				first, last, weekday = calendar.NewDate(year, 6, 19), calendar.NewDate(year, 6, 25), time.Friday
			case "All Saints' Day":
				first, last = calendar.NewDate(year, 10, 31), calendar.NewDate(year, 11, 6)
			default:
				continue
			}
			if free.Date.Before(first) || free.Date.After(last) || free.Date.Weekday() != weekday {
				t.Errorf("%d: %s falls on %v, a %v", year, free.Name.EN, free.Date, free.Date.Weekday())
			}
		}
	}
}

func TestZeroCalendarKnowsWeekendsOnly(t *testing.T) {
	t.Parallel()
	var c calendar.Calendar
	if got := c.AddWorkingDays(day("2026-12-24"), 1); got != day("2026-12-25") {
		t.Errorf("got %v", got)
	}
	if got := c.Roll(day("2026-12-26")); got != day("2026-12-28") {
		t.Errorf("got %v", got)
	}
}

func TestCalendarFromRules(t *testing.T) {
	t.Parallel()
	name := lang.Text{SV: "Lucia", EN: "Lucy"}
	c, err := calendar.New(append(calendar.SwedishRules(),
		calendar.Rule{Name: name, Kind: calendar.Eve, Month: time.December, Day: 13}))
	if err != nil {
		t.Fatal(err)
	}
	lucia := day("2027-12-13")
	if c.IsWorkingDay(lucia) || c.IsHoliday(lucia) || !calendar.Swedish.IsWorkingDay(lucia) {
		t.Error("an eve of one's own must hold for its own calendar only, and be no holiday")
	}

	days := func(n int) *int { return &n }
	bad := map[string]calendar.Rule{
		"nothing said":        {Name: name, Kind: calendar.Eve},
		"no kind":             {Name: name, Month: 5, Day: 1},
		"unknown kind":        {Name: name, Kind: "bridge", Month: 5, Day: 1},
		"one language":        {Name: lang.Text{SV: "Lucia"}, Kind: calendar.Eve, Month: 5, Day: 1},
		"no such day":         {Name: name, Kind: calendar.Eve, Month: 4, Day: 31},
		"not every year":      {Name: name, Kind: calendar.Eve, Month: 2, Day: 29},
		"month 13":            {Name: name, Kind: calendar.Eve, Month: 13, Day: 1},
		"month without day":   {Name: name, Kind: calendar.Eve, Month: 5},
		"unknown weekday":     {Name: name, Kind: calendar.Eve, Month: 5, Day: 1, Weekday: "lördag"},
		"weekday only":        {Name: name, Kind: calendar.Eve, Weekday: "saturday"},
		"next year":           {Name: name, Kind: calendar.Eve, Month: 12, Day: 26, Weekday: "monday"},
		"easter and month":    {Name: name, Kind: calendar.Eve, Month: 5, Day: 1, Easter: days(1)},
		"easter and weekday":  {Name: name, Kind: calendar.Eve, Weekday: "monday", Easter: days(1)},
		"easter of last year": {Name: name, Kind: calendar.Eve, Easter: days(-81)},
		"easter of next year": {Name: name, Kind: calendar.Eve, Easter: days(250)},
	}
	for what, rule := range bad {
		if _, err := calendar.New([]calendar.Rule{rule}); err == nil {
			t.Errorf("%s: the rule must be refused", what)
		}
	}
}

func TestWorkingDayProperties(t *testing.T) {
	t.Parallel()
	c := calendar.Swedish
	rapid.Check(t, func(t *rapid.T) {
		from := anyDate().Draw(t, "from")
		n := rapid.IntRange(-400, 400).Draw(t, "n")
		got := c.AddWorkingDays(from, n)

		if n != 0 {
			if !c.IsWorkingDay(got) || c.IsHoliday(got) || got.Weekday() == time.Saturday || got.Weekday() == time.Sunday {
				t.Fatalf("%v + %d = %v is no working day", from, n, got)
			}
			for _, free := range c.FreeDays(got.Year()) {
				if free.Date == got {
					t.Fatalf("%v + %d = %v is %s", from, n, got, free.Name.EN)
				}
			}
		}
		if back := c.WorkingDaysBetween(from, got); back != n {
			t.Fatalf("%v to %v: %d working days, want %d", from, got, back, n)
		}
		if next := c.AddWorkingDays(from, n+1); !next.After(got) {
			t.Fatalf("%v + %d = %v, one more gives %v", from, n, got, next)
		}
		if later := c.AddWorkingDays(from.AddDays(1), n); later.Before(got) {
			t.Fatalf("%v + %d = %v, but from the day after %v", from, n, got, later)
		}
		m := rapid.IntRange(0, 100).Draw(t, "m")
		if n > 0 && c.AddWorkingDays(got, m) != c.AddWorkingDays(from, n+m) {
			t.Fatalf("%v + %d + %d is not %v + %d", from, n, m, from, n+m)
		}
	})
}

func TestRollProperties(t *testing.T) {
	t.Parallel()
	c := calendar.Swedish
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		got := c.Roll(d)
		if c.Roll(got) != got || got.Before(d) || got.DaysSince(d) > 5 {
			t.Fatalf("Roll(%v) = %v", d, got)
		}
		if c.IsWorkingDay(d) && got != d {
			t.Fatalf("Roll(%v) = %v moves a working day", d, got)
		}
		if next := c.Roll(d.AddDays(1)); next.Before(got) {
			t.Fatalf("Roll(%v) = %v, but of the day after %v", d, got, next)
		}
	})
}

func BenchmarkAddWorkingDays(b *testing.B) {
	from := day("2026-12-21")
	for b.Loop() {
		calendar.Swedish.AddWorkingDays(from, 10)
	}
}
