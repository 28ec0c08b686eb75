package rulebook

import (
	"slices"
	"testing"

	"sluss/model/calendar"
)

func TestLawOfADay(t *testing.T) {
	t.Parallel()
	b := Default()
	for _, test := range []struct {
		after, until string
		last         string
		since        []string
	}{
		{"2025-01-01", "2025-02-01", "", nil},
		{"2025-02-01", "2025-02-02", "2025-02-02", []string{"aia_art4", "aia_art5"}},
		{"2025-02-02", "2025-02-03", "2025-02-02", nil},
		{"2026-08-01", "2026-12-02", "2026-12-02", []string{"aia_art50", "aia_art5_ba_bb", "aia_art50_2_legacy"}},
		{"2026-12-02", "2030-08-02", "2030-08-02", []string{"aia_annex_iii", "aia_art49_3", "aia_annex_i", "aia_legacy_public"}},
		{"2030-08-02", "2090-01-01", "2030-08-02", nil}, // gdpr_omnibus has no date
		{"2027-12-02", "2027-12-01", "2026-12-02", nil},
	} {
		after, until := calendar.MustParseDate(test.after), calendar.MustParseDate(test.until)
		if got := b.LawAsOf(until); got != test.last {
			t.Errorf("as of %s: %s, want %s", test.until, got, test.last)
		}
		var keys []string
		for _, d := range b.LawSince(after, until) {
			keys = append(keys, d.Key)
			if found, ok := b.LegalDate(d.Key); !ok || found.Date != d.Date {
				t.Errorf("%s is not found", d.Key)
			}
		}
		if !slices.Equal(keys, test.since) {
			t.Errorf("after %s until %s: %v, want %v", test.after, test.until, keys, test.since)
		}
	}
	if _, ok := b.LegalDate("gdpr"); ok {
		t.Error("a date that is not there")
	}
}

// On which cases a date lays a duty is checked like any condition, and a date lays
// none where nothing says so.
func TestBinds(t *testing.T) {
	t.Parallel()
	const date = `{key: start, date: "2026-01-01",`
	for binds, want := range map[string]string{
		"count > 1":          "",
		"counts > 1":         CodeCondition,
		"count":              CodeCondition,
		"'mauve' in colours": CodeLiteral,
		"false && count > 1": CodeNeverFires,
	} {
		_, err := Load(small(t, date, date+` binds: "`+binds+`",`), "small")
		var codes []string
		for _, e := range Errors(err) {
			codes = append(codes, e.Code)
		}
		if want == "" && err != nil || want != "" && !slices.Contains(codes, want) {
			t.Errorf("%s: %v, want %q", binds, err, want)
		}
	}
	b, err := Load(small(t, date, date+` binds: "count > 1",`), "small")
	if err != nil {
		t.Fatal(err)
	}
	for count, want := range map[int]int{1: 0, 2: 1} {
		e, problems := b.Triage("strict", map[string]any{"count": count}, mustDay(t, today))
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		if got := e.Binding(b.LegalCalendar()); len(got) != want {
			t.Errorf("with %d: %v", count, got)
		}
	}
	plain, err := Load(small(t, "", ""), "small")
	if err != nil {
		t.Fatal(err)
	}
	e, _ := plain.Triage("strict", map[string]any{"count": 2}, mustDay(t, today))
	if got := e.Binding(plain.LegalCalendar()); len(got) != 0 || len(plain.LegalCalendar()) == 0 {
		t.Errorf("dates that lay no duty: %v", got)
	}
}
