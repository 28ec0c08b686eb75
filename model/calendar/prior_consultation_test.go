package calendar_test

import (
	"encoding/json"
	"errors"
	"testing"

	"pgregory.net/rapid"

	"sluss/model/calendar"
)

func TestPriorConsultationVectors(t *testing.T) {
	t.Parallel()
	type vector struct {
		ID       string
		Inputs   calendar.Consultation
		Expected json.RawMessage
	}
	for _, v := range vectors[vector](t, "prior-consultation.json") {
		checkClock(t, v.ID, v.Inputs, string(v.Expected))
	}
}

func TestPriorConsultation(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"told of the extension on the last day",
			`{"received":"2027-01-18","ext_notified":"2027-02-18"}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":true,"suspended_days":0,"clock":"running","due":"2027-04-26"}`},
		{"told one day too late",
			`{"received":"2027-01-18","ext_notified":"2027-02-19"}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":false,"suspended_days":0,"clock":"running","due":"2027-03-15"}`},
		{"told on the day of receipt",
			`{"received":"2027-01-18","ext_notified":"2027-01-18"}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":true,"suspended_days":0,"clock":"running","due":"2027-04-26"}`},
		{"the month ends on a Saturday, told on the Monday after it",
			`{"received":"2027-01-20","ext_notified":"2027-02-22"}`,
			`{"extension_notice_limit":"2027-02-22","extension_valid":true,"suspended_days":0,"clock":"running","due":"2027-04-28"}`},
		{"the month ends on a Saturday, told on the Tuesday",
			`{"received":"2027-01-20","ext_notified":"2027-02-23"}`,
			`{"extension_notice_limit":"2027-02-22","extension_valid":false,"suspended_days":0,"clock":"running","due":"2027-03-17"}`},
		{"February has no 31st, and its last day is a Sunday",
			`{"received":"2027-01-31"}`,
			`{"extension_notice_limit":"2027-03-01","extension_valid":null,"suspended_days":0,"clock":"running","due":"2027-03-30"}`},
		{"a leap year",
			`{"received":"2028-01-31"}`,
			`{"extension_notice_limit":"2028-02-29","extension_valid":null,"suspended_days":0,"clock":"running","due":"2028-03-27"}`},
		{"the month ends on May Day",
			`{"received":"2026-04-01"}`,
			`{"extension_notice_limit":"2026-05-04","extension_valid":null,"suspended_days":0,"clock":"running","due":"2026-05-27"}`},
		{"the eight weeks end on Midsummer Eve, which moves nothing",
			`{"received":"2027-04-30"}`,
			`{"extension_notice_limit":"2027-05-31","extension_valid":null,"suspended_days":0,"clock":"running","due":"2027-06-25"}`},
		{"the eight weeks end on Midsummer Day",
			`{"received":"2027-05-01"}`,
			`{"extension_notice_limit":"2027-06-01","extension_valid":null,"suspended_days":0,"clock":"running","due":"2027-06-28"}`},
		{"the eight weeks end on Christmas Day",
			`{"received":"2026-10-30"}`,
			`{"extension_notice_limit":"2026-11-30","extension_valid":null,"suspended_days":0,"clock":"running","due":"2026-12-28"}`},
		{"extension and suspension together",
			`{"received":"2027-01-18","ext_notified":"2027-02-10","suspensions":[["2027-02-01","2027-02-15"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":true,"suspended_days":14,"clock":"running","due":"2027-05-10"}`},
		{"a late extension and a suspension: the limit does not move",
			`{"received":"2027-01-18","ext_notified":"2027-02-25","suspensions":[["2027-02-01","2027-02-15"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":false,"suspended_days":14,"clock":"running","due":"2027-03-30"}`},
		{"two suspensions apart, given out of order",
			`{"received":"2027-01-18","suspensions":[["2027-03-01","2027-03-04"],["2027-02-01","2027-02-11"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":13,"clock":"running","due":"2027-03-30"}`},
		{"two suspensions that meet",
			`{"received":"2027-01-18","suspensions":[["2027-02-01","2027-02-05"],["2027-02-05","2027-02-10"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":9,"clock":"running","due":"2027-03-24"}`},
		{"two suspensions that overlap: a day counts once",
			`{"received":"2027-01-18","suspensions":[["2027-02-01","2027-02-08"],["2027-02-05","2027-02-10"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":9,"clock":"running","due":"2027-03-24"}`},
		{"one suspension inside another",
			`{"received":"2027-01-18","suspensions":[["2027-02-01","2027-02-10"],["2027-02-03","2027-02-05"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":9,"clock":"running","due":"2027-03-24"}`},
		{"answered on the same day",
			`{"received":"2027-01-18","suspensions":[["2027-02-01","2027-02-01"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":0,"clock":"running","due":"2027-03-15"}`},
		{"one suspension over, one open",
			`{"received":"2027-01-18","suspensions":[["2027-02-01","2027-02-15"],["2027-03-01",null]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":14,"clock":"suspended","due":null}`},
		{"the open one is not the last",
			`{"received":"2027-01-18","ext_notified":"2027-02-01","suspensions":[["2027-02-01",null],["2027-02-10","2027-02-12"]]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":true,"suspended_days":2,"clock":"suspended","due":null}`},
		{"nulls and an empty list are nothing",
			`{"received":"2027-01-18","ext_notified":null,"suspensions":[]}`,
			`{"extension_notice_limit":"2027-02-18","extension_valid":null,"suspended_days":0,"clock":"running","due":"2027-03-15"}`},
	}
	for _, test := range tests {
		var in calendar.Consultation
		if err := json.Unmarshal([]byte(test.in), &in); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		checkClock(t, test.name, in, test.want)
	}
}

func checkClock(t *testing.T, name string, in calendar.Consultation, want string) {
	t.Helper()
	clock, err := calendar.Swedish.PriorConsultation(in)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	got, err := json.Marshal(clock)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if compact(t, string(got)) != compact(t, want) {
		t.Errorf("%s:\n got %s\nwant %s", name, got, want)
	}
}

// compact makes two JSON texts of the same object comparable.
func compact(t *testing.T, text string) string {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestImpossibleConsultation(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, pointer string }{
		{"never received", `{}`, "/received"},
		{"extension before receipt", `{"received":"2027-01-18","ext_notified":"2027-01-17"}`, "/ext_notified"},
		{"request before receipt", `{"received":"2027-01-18","suspensions":[["2027-01-18",null],["2027-01-17",null]]}`, "/suspensions/1/0"},
		{"delivered before requested", `{"received":"2027-01-18","suspensions":[["2027-02-02","2027-02-01"]]}`, "/suspensions/0/1"},
	}
	for _, test := range tests {
		var in calendar.Consultation
		if err := json.Unmarshal([]byte(test.in), &in); err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		_, err := calendar.Swedish.PriorConsultation(in)
		var impossible *calendar.ConsultationError
		if !errors.As(err, &impossible) || impossible.Pointer != test.pointer || !impossible.Text.Complete() {
			t.Errorf("%s: %v, want an error at %s", test.name, err, test.pointer)
		}
	}
}

func TestSuspensionAsJSON(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`["2027-02-01","2027-02-15"]`, `["2027-02-01",null]`} {
		var s calendar.Suspension
		if err := json.Unmarshal([]byte(text), &s); err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if b, err := json.Marshal(s); err != nil || string(b) != text {
			t.Errorf("%s written as %s, %v", text, b, err)
		}
	}
	for _, text := range []string{`[]`, `["2027-02-01"]`, `[null,null]`, `[null,"2027-02-01"]`, `["2027-02-01",null,null]`, `"2027-02-01"`, `{}`, `["2027-02-30",null]`, `null`} {
		if err := json.Unmarshal([]byte("["+text+"]"), &[]calendar.Suspension{}); err == nil {
			t.Errorf("[%s] must be refused", text)
		}
	}
}

func TestPriorConsultationProperties(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := anyConsultation(t)
		got, err := calendar.Swedish.PriorConsultation(in)
		if err != nil {
			t.Fatal(err)
		}
		if calendar.Swedish.Roll(got.ExtensionNoticeLimit) != got.ExtensionNoticeLimit {
			t.Fatalf("the notice limit %v is no day to end on", got.ExtensionNoticeLimit)
		}
		if (in.ExtNotified == nil) != (got.ExtensionValid == nil) {
			t.Fatal("an extension is valid or not exactly when there is one")
		}

		// Reckoned again, day by day.
		total := 8 * 7
		if got.ExtensionValid != nil && *got.ExtensionValid {
			total += 6 * 7
		}
		suspended, open := map[calendar.Date]bool{}, false
		for _, s := range in.Suspensions {
			if s.Delivered == nil {
				open = true
				continue
			}
			for d := s.Requested; d != *s.Delivered; d = d.AddDays(1) {
				suspended[d] = true
			}
		}
		if got.SuspendedDays != len(suspended) {
			t.Fatalf("%d suspended days, want %d", got.SuspendedDays, len(suspended))
		}
		if open {
			if got.Clock != calendar.ClockSuspended || got.Due != nil {
				t.Fatalf("a request is open, but clock %s and due %v", got.Clock, got.Due)
			}
			return
		}
		want := calendar.Swedish.Roll(in.Received.AddDays(total + len(suspended)))
		if got.Clock != calendar.ClockRunning || got.Due == nil || *got.Due != want {
			t.Fatalf("clock %s, due %v, want %v", got.Clock, got.Due, want)
		}
	})
}

func anyConsultation(t *rapid.T) calendar.Consultation {
	in := calendar.Consultation{Received: anyDate().Draw(t, "received")}
	after := func(d calendar.Date, most int, what string) calendar.Date {
		return d.AddDays(rapid.IntRange(0, most).Draw(t, what))
	}
	if rapid.Bool().Draw(t, "extended") {
		d := after(in.Received, 45, "ext_notified")
		in.ExtNotified = &d
	}
	for range rapid.IntRange(0, 4).Draw(t, "suspensions") {
		s := calendar.Suspension{Requested: after(in.Received, 60, "requested")}
		if rapid.IntRange(0, 5).Draw(t, "open") > 0 {
			d := after(s.Requested, 30, "delivered")
			s.Delivered = &d
		}
		in.Suspensions = append(in.Suspensions, s)
	}
	return in
}
