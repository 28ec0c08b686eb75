package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sluss/api/act"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/storetest"
)

// changedRulebook is a folder with the program's rulebook, and one text replaced.
func changedRulebook(t *testing.T, file, old, new string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "new")
	if err := os.CopyFS(dir, os.DirFS("../../model/rulebook/data/se-kommun-2026.11")); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, file)
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), old) != 1 {
		t.Fatalf("%q stands %d times in %s: %v", old, strings.Count(string(text), old), file, err)
	}
	if err := os.WriteFile(path, []byte(strings.Replace(string(text), old, new, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestRulebookImpact tries a rulebook that stops everything on a record that a
// server has open, in both languages.
func TestRulebookImpact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	st, err := store.Open(t.Context(), store.Options{URL: "sqlite:" + filepath.Join(dir, "record.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = st.Close() })
	w := storetest.NewWorld(t, st)
	if err := st.PutUnit(t.Context(), store.Unit{
		OrgID: w.Org, ID: w.Unit, Code: "sbn", Name: lang.Text{SV: "Nämnden", EN: "The board"}, ControllerType: "public_authority",
	}); err != nil {
		t.Fatal(err)
	}
	inUse := w.Case(w.InUse())
	w.Submitted(model.StageManager)
	w.Draft()
	stops := changedRulebook(t, "triage-3-stops.yaml", "when: info_protection_level == 4", "when: info_protection_level >= 0")

	for args, want := range map[string][]string{
		"": {inUse.RegistryNo + "  Får användas\n", "Stopp enligt regel HS-08: gäller inte → gäller (HS-08)", "Steg", "→",
			"Tillfälligt stopp skulle föreslås", "2 ärenden prövade, 2 berörs, 0 berörs inte", "   2  Stopp enligt regel\n"},
		"--lang en": {"  In use\n", "Hard stop HS-08: does not hold → holds (HS-08)", "would be proposed", "2 cases tried, 2 touched, 0 untouched"},
	} {
		out, _, err := sluss(t, append(strings.Fields("rulebook impact --data-dir "+dir+" "+args), stops)...)
		for _, part := range want {
			if err != nil || !strings.Contains(out, part) {
				t.Errorf("%q: %v, without %q\n%s", args, err, part, out)
			}
		}
	}
	out, _, err := sluss(t, "rulebook", "impact", "--json", "--data-dir", dir)
	var got act.Impact
	if err == nil {
		err = json.Unmarshal([]byte(out), &got)
	}
	if err != nil || got.Examined != 2 || got.Kinds[model.DiffersHardStop] != 0 || got.RulebookID != "se-kommun" || strings.Contains(out, "Chattbot") {
		t.Errorf("the program's own rulebook: %v\n%s", err, out)
	}
	if n, err := st.CountRetriages(t.Context(), store.RetriageFilter{OrgID: w.Org}, 10); n != 0 || err != nil {
		t.Errorf("%d new triages were written: %v", n, err)
	}
	for _, wrong := range []string{
		"--data-dir " + t.TempDir(), "--data-dir " + dir + " " + dir, "--data-dir " + dir + " --lang fr", "a b",
	} {
		if out, _, err := sluss(t, strings.Fields("rulebook impact "+wrong)...); err == nil {
			t.Errorf("%q is answered with %s", wrong, out)
		}
	}
}
