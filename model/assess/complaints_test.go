package assess_test

import (
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// RA-10: three complaints in six months, to the day.
func TestComplaints(t *testing.T) {
	t.Parallel()
	today := calendar.MustParseDate("2026-11-23")
	for name, test := range map[string]struct {
		received []string
		want     assess.ComplaintsResult
	}{
		"none":                  {nil, assess.ComplaintsResult{}},
		"two":                   {[]string{"2026-11-23", "2026-11-22"}, assess.ComplaintsResult{Recent: 2}},
		"three on one day":      {[]string{"2026-11-23", "2026-11-23", "2026-11-23"}, assess.ComplaintsResult{Recent: 3, Repeated: true}},
		"the last one too late": {[]string{"2026-05-22", "2026-09-01", "2026-10-01"}, assess.ComplaintsResult{Recent: 2}},
		"to the day":            {[]string{"2026-05-23", "2026-09-01", "2026-10-01"}, assess.ComplaintsResult{Recent: 3, Repeated: true}},
		"in the future":         {[]string{"2026-11-24", "2026-09-01", "2026-10-01"}, assess.ComplaintsResult{Recent: 2}},
		"many old ones":         {[]string{"2025-01-01", "2025-01-02", "2025-01-03", "2026-10-01"}, assess.ComplaintsResult{Recent: 1}},
	} {
		var received []calendar.Date
		for _, day := range test.received {
			received = append(received, calendar.MustParseDate(day))
		}
		for _, profile := range []string{"", "lidkoping"} {
			if got := assess.Complaints(rulebook.Default(), profile, received, today); got != test.want {
				t.Errorf("%s, %q: %+v, want %+v", name, profile, got, test.want)
			}
		}
	}
}
