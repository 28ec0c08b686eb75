package act

import (
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
)

// Every fact and every list of records rests on questions that the rulebook asks,
// and every form of a record belongs to a kind.
func TestSourcesAreAsked(t *testing.T) {
	t.Parallel()
	b := rulebook.Default()
	asks := func(part, id, item string) bool {
		book := b
		if a, ok := b.Assessment(part); ok {
			book = a
		} else if r, ok := b.RecordForm(part); ok {
			book = r
		}
		f, ok := book.Field(id)
		if !ok || f.Part != part {
			return false
		}
		for _, i := range f.Items {
			if i.ID == item {
				return true
			}
		}
		return item == ""
	}
	for _, s := range model.FactSources() {
		if !asks(s.Part, s.Field, s.Item) {
			t.Errorf("%s rests on %s %s %q, which nobody asks", s.Name, s.Part, s.Field, s.Item)
		}
	}
	forms := b.RecordForms()
	kinds := append(model.CaseRecords(), model.RecordSupplier)
	if len(forms) != len(kinds) {
		t.Errorf("%d forms for %d kinds", len(forms), len(kinds))
	}
	for _, kind := range kinds {
		spec, _ := model.Record(kind)
		for _, id := range append([]string{spec.Name, spec.Answered}, spec.Due...) {
			if id != "" && !asks(string(kind), id, "") {
				t.Errorf("%s rests on %s, which nobody asks", kind, id)
			}
		}
	}
}

// What has ended or was answered is due no more, and the earliest date counts.
func TestRecordSpec(t *testing.T) {
	t.Parallel()
	supplier, _ := model.Record(model.RecordSupplier)
	complaint, _ := model.Record(model.RecordComplaint)
	test, _ := model.Record(model.RecordSecurityTest)
	for name, c := range map[string]struct{ got, want string }{
		"the earliest": {supplier.DueIn(map[string]any{"dpa_recheck_due": "2027-02-01", "dpf_recheck_due": "2027-01-01"}), "2027-01-01"},
		"none":         {supplier.DueIn(map[string]any{"name": "x"}), ""},
		"open":         {complaint.DueIn(map[string]any{"answer_due": "2027-01-01"}), "2027-01-01"},
		"answered":     {complaint.DueIn(map[string]any{"answer_due": "2027-01-01", "answered_at": "2026-12-01"}), ""},
		"ended":        {test.DueIn(map[string]any{"retest_due": "2027-01-01", "ended_on": "2026-12-01"}), ""},
		"the name":     {supplier.NameIn(map[string]any{"name": "Östra"}), "Östra"},
		"no name":      {supplier.NameIn(map[string]any{}), ""},
	} {
		if c.got != c.want {
			t.Errorf("%s: %q, want %q", name, c.got, c.want)
		}
	}
	if n := len(test.FactsIn(map[string]any{"retest_due": "2027-01-01", "tested_at": "2026-01-01"})); n != 2 {
		t.Errorf("%d facts of a test, want 2", n)
	}
	if facts := test.FactsIn(map[string]any{"retest_due": "2027-01-01", "ended_on": "2026-12-01"}); len(facts) > 0 {
		t.Errorf("facts of what has ended: %v", facts)
	}
}
