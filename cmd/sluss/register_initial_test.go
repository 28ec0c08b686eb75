package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/store"
)

// The tools that a profile allows from the start are entered once, for the units of
// the profile, and stay as they are afterwards.
func TestInitialEntriesAreEnteredOnce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	url := "sqlite:" + dir + "/sluss.db"
	st, err := store.Open(t.Context(), store.Options{URL: url})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	if _, err := loadDirectory(t.Context(), st, demoDirectory, now); err != nil {
		t.Fatal(err)
	}
	org, err := st.Organisation(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []int{2, 0} {
		if n, err := enterInitial(t.Context(), st, org, now.AddDate(0, 0, 200*i)); err != nil || n != want {
			t.Errorf("time %d: %d tools, %v", i+1, n, err)
		}
	}
	found, err := st.RegisterEntries(t.Context(), store.RegisterFilter{OrgID: "demo"})
	if err != nil {
		t.Fatal(err)
	}
	board, err := st.Unit(t.Context(), "demo", "kommunstyrelsen")
	if err != nil {
		t.Fatal(err)
	}
	var products []string
	for _, r := range found {
		e := r.Entry
		products = append(products, e.Product)
		if e.Status != model.RegisterInterim || e.ApprovedMaxIPL != 1 || e.PersonalData != model.DataNotApproved || e.ValidUntil != "2027-02-21" ||
			!slices.Equal(e.Units, []model.RegisterUnit{{UnitID: board.ID}}) {
			t.Errorf("%+v", e)
		}
	}
	slices.Sort(products)
	if !slices.Equal(products, []string{"Gemini", "NotebookLM"}) {
		t.Errorf("entered: %v", products)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	out, _, err := sluss(t, "register", "initial", "--data-dir", t.TempDir())
	if err != nil || !strings.Contains(out, "0 tools") {
		t.Errorf("without an organisation: %q, %v", out, err)
	}
}

// What is missing for an act on a case is asked for before anything is sent.
func TestActsOnACaseNeedTheirWords(t *testing.T) {
	t.Parallel()
	whole := caseWords{reason: "r", until: "2027-01-31", authority: "a", level: 1, uses: []string{"u"}}
	for action, want := range map[string]string{
		"activate": "activation", "withdraw": "withdrawal", "re-examine": "re-examination", "interim": "interim-use", "override": "override",
	} {
		path, body, complete := whole.act(action)
		if path != want || !complete || body["reason"] != "r" {
			t.Errorf("%s: %s %v %v", action, path, body, complete)
		}
		nothing := caseWords{}
		if _, _, complete := nothing.act(action); complete != (action == "activate") {
			t.Errorf("%s without words is complete: %v", action, complete)
		}
	}
	if _, _, complete := whole.act("fly"); complete {
		t.Error("an unknown act is complete")
	}
}
