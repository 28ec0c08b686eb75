package calendar_test

import (
	"encoding/json"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
	"pgregory.net/rapid"

	"sluss/model/calendar"
)

var day = calendar.MustParseDate

func TestParseDate(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"2027-06-23", "2028-02-29", "1900-01-01", "2999-12-31"} {
		d, err := calendar.ParseDate(s)
		if err != nil || d.String() != s {
			t.Errorf("ParseDate(%q) = %v, %v", s, d, err)
		}
	}
	for _, s := range []string{
		"", "2027-02-29", "2027-13-01", "2027-00-10", "2027-1-1", "27-01-01", "2027-06-23 ", "2027-06-23T00:00:00Z",
		"1899-12-31", "3000-01-01", "0000-01-01", "-2027-01-01", "20270623", "２０２７-06-23",
	} {
		if d, err := calendar.ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v, want an error", s, d)
		}
	}
}

func TestDateParts(t *testing.T) {
	t.Parallel()
	d := calendar.NewDate(2027, time.February, 30)
	if d != day("2027-03-02") || d.Year() != 2027 || d.Month() != time.March || d.Day() != 2 {
		t.Errorf("NewDate(2027, 2, 30) = %v", d)
	}
	if d.Weekday() != time.Tuesday {
		t.Errorf("%v is a %v", d, d.Weekday())
	}
	if d.IsZero() || !(calendar.Date{}).IsZero() || (calendar.Date{}).String() != "" {
		t.Error("only the zero Date is no day")
	}
}

func TestAddMonths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from   string
		months int
		want   string
	}{
		{"2027-01-18", 1, "2027-02-18"},
		{"2027-01-31", 1, "2027-02-28"},
		{"2028-01-31", 1, "2028-02-29"},
		{"2027-03-31", -1, "2027-02-28"},
		{"2027-03-31", 1, "2027-04-30"},
		{"2027-12-31", 2, "2028-02-29"},
		{"2028-02-29", 12, "2029-02-28"},
		{"2027-05-15", -17, "2025-12-15"},
		{"2027-05-15", 0, "2027-05-15"},
		{"2027-11-30", 36, "2030-11-30"},
	}
	for _, test := range tests {
		if got := day(test.from).AddMonths(test.months); got != day(test.want) {
			t.Errorf("%s + %d months = %v, want %s", test.from, test.months, got, test.want)
		}
	}
}

func TestDateArithmeticAgrees(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := anyDate().Draw(t, "date")
		n := rapid.IntRange(-20_000, 20_000).Draw(t, "days")
		e := d.AddDays(n)
		if got := e.DaysSince(d); got != n {
			t.Fatalf("%v is %d days after %v, want %d", e, got, d, n)
		}
		if got, want := e.Compare(d), sign(n); got != want || e.After(d) != (want > 0) || e.Before(d) != (want < 0) {
			t.Fatalf("%v compared with %v: %d, want %d", e, d, got, want)
		}
		if back, err := calendar.ParseDate(d.String()); err != nil || back != d {
			t.Fatalf("%v read back as %v, %v", d, back, err)
		}
		months := rapid.IntRange(-500, 500).Draw(t, "months")
		m := d.AddMonths(months)
		if gap := (m.Year()-d.Year())*12 + int(m.Month()-d.Month()); gap != months {
			t.Fatalf("%v + %d months = %v", d, months, m)
		}
		if m.Day() != d.Day() && (m.Day() > d.Day() || m.AddDays(1).Day() != 1) {
			t.Fatalf("%v + %d months = %v, neither the same day nor the last one", d, months, m)
		}
	})
}

func TestDateAsText(t *testing.T) {
	t.Parallel()
	type form struct {
		From  calendar.Date  `json:"from" yaml:"from"`
		Until *calendar.Date `json:"until" yaml:"until"`
		Maybe calendar.Date  `json:"maybe,omitzero" yaml:"maybe,omitempty"`
	}
	want := form{From: day("2026-12-02")}

	b, err := json.Marshal(want)
	if err != nil || string(b) != `{"from":"2026-12-02","until":null}` {
		t.Errorf("json.Marshal = %s, %v", b, err)
	}
	var got form
	if err := json.Unmarshal(b, &got); err != nil || got != want {
		t.Errorf("json.Unmarshal = %+v, %v", got, err)
	}
	for _, text := range []string{"from: 2026-12-02", `from: "2026-12-02"`} {
		var got form
		if err := yaml.Unmarshal([]byte(text), &got); err != nil || got != want {
			t.Errorf("yaml.Unmarshal(%s) = %+v, %v", text, got, err)
		}
	}
	for _, bad := range []string{`{"from":""}`, `{"from":"2027-02-29"}`, `{"from":7}`, `{"from":"9999-12-31"}`} {
		if err := json.Unmarshal([]byte(bad), new(form)); err == nil {
			t.Errorf("json.Unmarshal(%s) must fail", bad)
		}
	}
	for _, bad := range []calendar.Date{{}, calendar.NewDate(10_000, 1, 1), calendar.NewDate(-1, 1, 1)} {
		if b, err := json.Marshal(bad); err == nil {
			t.Errorf("json.Marshal of a date that cannot be written = %s", b)
		}
	}
	asKey, err := json.Marshal(map[calendar.Date]int{day("2027-01-01"): 1})
	if err != nil || string(asKey) != `{"2027-01-01":1}` {
		t.Errorf("as a map key: %s, %v", asKey, err)
	}
}

func TestDaysInSweden(t *testing.T) {
	t.Parallel()
	tests := []struct{ now, today string }{
		{"2026-12-31T22:59:59Z", "2026-12-31"}, // winter: one hour ahead of UTC
		{"2026-12-31T23:00:00Z", "2027-01-01"},
		{"2027-06-23T21:59:59Z", "2027-06-23"}, // summer: two
		{"2027-06-23T22:00:00Z", "2027-06-24"},
		{"2027-06-24T02:00:00+06:00", "2027-06-23"},
	}
	for _, test := range tests {
		now, err := time.Parse(time.RFC3339, test.now)
		if err != nil {
			t.Fatal(err)
		}
		if got := calendar.Today(now); got != day(test.today) {
			t.Errorf("Today(%s) = %v, want %s", test.now, got, test.today)
		}
	}
}

func TestEndOfDay(t *testing.T) {
	t.Parallel()
	tests := []struct{ date, want string }{
		{"2027-01-11", "2027-01-11T22:59:59Z"},
		{"2027-06-29", "2027-06-29T21:59:59Z"},
		{"2027-03-27", "2027-03-27T22:59:59Z"}, // the night that loses an hour follows
		{"2027-03-28", "2027-03-28T21:59:59Z"},
		{"2027-10-30", "2027-10-30T21:59:59Z"},
		{"2027-10-31", "2027-10-31T22:59:59Z"}, // the day that gained one
		{"2028-02-29", "2028-02-29T22:59:59Z"},
	}
	for _, test := range tests {
		got := calendar.EndOfDay(day(test.date))
		if got.Location() != time.UTC || got.Format(time.RFC3339) != test.want {
			t.Errorf("EndOfDay(%s) = %v, want %s", test.date, got, test.want)
		}
		if calendar.Today(got) != day(test.date) || calendar.Today(got.Add(time.Second)) != day(test.date).AddDays(1) {
			t.Errorf("EndOfDay(%s) = %v is not its last second", test.date, got)
		}
	}
}

// anyDate draws dates near the ones that cases have, and now and then any.
func anyDate() *rapid.Generator[calendar.Date] {
	first := day("2024-01-01")
	near := rapid.Map(rapid.IntRange(0, 22*366), first.AddDays)
	far := rapid.Map(rapid.IntRange(-45_000, 350_000), first.AddDays)
	return rapid.OneOf(near, near, near, far)
}

func sign(n int) int {
	switch {
	case n < 0:
		return -1
	case n > 0:
		return 1
	}
	return 0
}
