package assess_test

import (
	"testing"

	"sluss/model/assess"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// BenchmarkTriage classifies all vectors in turn. One triage is to take at
// most 200 µs and 100 kB.
func BenchmarkTriage(b *testing.B) {
	var file triageFile
	readJSON(b, "testdata/triage.json", &file)
	var facts []map[string]any
	for _, v := range file.Vectors {
		facts = append(facts, file.facts(v.Overrides))
	}
	book := rulebook.Default()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		if _, err := assess.Triage(book, "", facts[i%len(facts)], calendar.Date{}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSubmit judges a whole intake: footprint, facts, triage and checks.
func BenchmarkSubmit(b *testing.B) {
	book, answers := rulebook.Default(), intake(b, "base")
	today := day(b, "2026-11-23")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := assess.Submit(book, "", "full", answers, nil, today); err != nil {
			b.Fatal(err)
		}
	}
}
