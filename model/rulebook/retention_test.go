package rulebook

import (
	"slices"
	"testing"
)

// Whatever is disposed of has a time, the shortest is that of notes, and the rest is
// preserved (rulebook 9.6).
func TestRetention(t *testing.T) {
	t.Parallel()
	b := Default()
	years := map[string]int{}
	var removed []string
	for _, r := range b.Retention() {
		if r.Years != "" {
			years[r.ID] = b.Int(b.DefaultProfile(), r.Years)
		}
		removed = append(removed, r.Removes...)
	}
	slices.Sort(removed)
	want := slices.Sorted(slices.Values(Removable()))
	if !slices.Equal(removed, want) {
		t.Errorf("removed %v, want each of %v once", removed, want)
	}
	for id, n := range map[string]int{"evidence": 5, "notes": 2, "camera": 5, "case_file": 0, "register": 0, "incident": 0} {
		if years[id] != n {
			t.Errorf("%s is kept for %d years, want %d", id, years[id], n)
		}
	}
}
