package main

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// mostNear is how many names a refusal proposes.
const mostNear = 5

// nearest proposes names that somebody may have meant: those that differ by a few
// letters, the nearest first, and those that contain what was written or the other
// way round.
func nearest(name string, names []string) []string {
	type near struct {
		name     string
		distance int
	}
	var found []near
	wanted := strings.ToLower(strings.Trim(strings.ReplaceAll(name, "/", "."), "."))
	for _, n := range slices.Compact(slices.Sorted(slices.Values(names))) {
		have := strings.ToLower(n)
		d := distance(wanted, have)
		part := len(wanted) > 2 && strings.Contains(have, wanted) || len(have) > 3 && strings.Contains(wanted, have)
		if d <= allowed(wanted) || part {
			found = append(found, near{n, d})
		}
	}
	slices.SortStableFunc(found, func(a, b near) int { return a.distance - b.distance })
	var out []string
	for _, n := range found[:min(len(found), mostNear)] {
		out = append(out, n.name)
	}
	return out
}

// allowed is by how many letters a name may differ from what was written.
func allowed(written string) int {
	n := utf8.RuneCountInString(written)
	return max(1, min(n-2, 2), n/3)
}

// distance counts the letters to insert, remove or exchange to make b of a
// (Levenshtein).
func distance(a, b string) int {
	from, to := []rune(a), []rune(b)
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range from {
		before := row[0]
		row[0] = i + 1
		for j, y := range to {
			cost := before
			if x != y {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(to)]
}
