package rulebook

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"
)

// FuzzLoad: whatever a file of a rulebook holds, it is either loaded, and then can
// be evaluated and has the same digest each time, or every fault says where it is
// and of which kind.
func FuzzLoad(f *testing.F) {
	raw, err := os.ReadFile("testdata/" + smallPath)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(raw))
	for _, change := range [][2]string{
		{"rulebook:", "rulebook: ["},
		{"id: small", "id: &a [*a]"},
		{"count > param.limit", "count / 0 > 1"},
		{"count > param.limit", "count > 9223372036854775807 + 1"},
		{"r.shade == 'red'", "rows.all(x, rows.all(y, rows.exists(z, x.shade == z.shade)))"},
		{"when: level > 0", "when: level >"},
		{"day < calendar.start", "day < '9999-99-99'"},
		{"day < calendar.start", "plus_months(day, 999999999) < calendar.start"},
		{"months: 12", "months: 1e999"},
		{"facts:", "facts: !!binary x\nfacts:"},
		{"text: {sv: Stopp, en: Stop}", "text: \"\\u0000\""},
		{"values: {limit: 1}", "<<: *x"},
	} {
		f.Add(strings.Replace(string(raw), change[0], change[1], 1))
	}
	f.Add("")
	f.Add("\xff\xfe")
	f.Add("---\n---\n")
	f.Fuzz(func(t *testing.T, body string) {
		files := fstest.MapFS{smallPath: {Data: []byte(body)}}
		b, err := load(files, "small", false)
		if err != nil {
			faults := Errors(err)
			if len(faults) == 0 {
				t.Fatalf("refused without a fault: %v", err)
			}
			for _, e := range faults {
				if e.Code == "" || e.File == "" || e.Msg == "" {
					t.Fatalf("the fault is not whole: %+v", e)
				}
			}
			return
		}
		again, err := load(files, "small", false)
		if err != nil || again.Digest != b.Digest || len(b.Digest) != 64 {
			t.Fatalf("loaded again: %v", err)
		}
		_, problems := b.Triage(b.DefaultProfile(), map[string]any{}, mustDay(t, today))
		for _, p := range problems {
			if p.Code == "" {
				t.Fatalf("a problem without its code: %+v", p)
			}
		}
		_ = b.Check("intake", "", "", map[string]any{}, mustDay(t, today))
	})
}
