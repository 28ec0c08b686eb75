package act

import (
	"log/slog"
	"path/filepath"
	"slices"
	"testing"

	"sluss/model"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// What lists find a case by is filled once, for the cases that were sent in before
// there were facts, and never again.
func TestFillFacts(t *testing.T) {
	t.Parallel()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(t.TempDir(), "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	s := New(Options{Store: st, Book: rulebook.Default(), Clock: w.Clock, Log: slog.New(slog.DiscardHandler)})
	about := func(model string) string {
		t.Helper()
		n := w.NewCase()
		n.Answers = []byte(`{"title":"T","model_names":["` + model + `"]}`)
		if _, err := st.CreateCase(t.Context(), n, w.Clock.Now()); err != nil {
			t.Fatal(err)
		}
		w.Do(n.ID, w.Submit(n.ID, storetest.Plan("s1", "manager"))) // without facts
		return n.ID
	}
	finds := func(when, name string, want ...string) {
		t.Helper()
		if err := s.fillFacts(t.Context(), w.Org); err != nil {
			t.Fatal(err)
		}
		cases, err := st.Cases(t.Context(), store.CaseFilter{OrgID: w.Org, Facts: []model.Fact{{Name: model.FactModel, Value: name}}})
		var got []string
		for _, c := range cases {
			got = append(got, c.ID)
		}
		slices.Sort(got)
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v, want %v", when, got, err, want)
		}
	}
	old := []string{about("Östra 4"), about("ÖSTRA  4")}
	slices.Sort(old)
	finds("filled", "östra 4", old...)
	about("Västra")
	finds("filled before", "västra")
}
