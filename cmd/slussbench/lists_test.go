//go:build linux && !slim

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"
)

// Every filter that the contract has is measured.
func TestEveryFilterIsMeasured(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../api/testdata/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	var contract struct {
		Paths map[string]struct {
			Get struct {
				Parameters []struct{ Name, In string } `json:"parameters"`
			} `json:"get"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(text, &contract); err != nil {
		t.Fatal(err)
	}
	measured := map[string]bool{}
	for _, f := range filters {
		name, _, _ := strings.Cut(f, "=")
		measured[name] = true
	}
	paging := map[string]bool{"limit": true, "offset": true, "cursor": true, "include_total": true, "total_up_to": true}
	found := 0
	for _, p := range contract.Paths["/api/v1/cases"].Get.Parameters {
		if p.In != "query" || paging[p.Name] {
			continue
		}
		found++
		if !measured[p.Name] {
			t.Errorf("the filter %s is not measured", p.Name)
		}
	}
	if found < 30 {
		t.Errorf("the contract has %d filters", found)
	}
}

// A short run of reading finds every line, and reads every list to its end.
func TestQuickLists(t *testing.T) {
	t.Parallel()
	for _, database := range []string{sqlite, postgres} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			short := []string{"-databases", database, "-cases", "200", "-clients", "2", "-for", "1ms", "-sluss", slussProgram(t), "-dir", t.TempDir()}
			var lists, records, progress bytes.Buffer
			if err := run(t.Context(), append([]string{"lists"}, short...), &lists, &progress); err != nil {
				t.Fatal(err)
			}
			if err := run(t.Context(), append([]string{"records", "-rounds", "1"}, short...), &records, &progress); err != nil {
				t.Fatal(err)
			}
			for name, table := range map[string]struct {
				text  string
				lines int
			}{"lists": {lists.String(), len(filters) + 10}, "records": {records.String(), 3}} {
				if got := len(regexp.MustCompile(`(?m)^\| `+database+` .*\d\.\d\d *\|$`).FindAllString(table.text, -1)); got != table.lines {
					t.Errorf("%s has %d lines, want %d:\n%s", name, got, table.lines, table.text)
				}
			}
			if !strings.Contains(progress.String(), database+": 2 pages of a hundred\n") {
				t.Errorf("the progress is\n%s", progress.String())
			}
		})
	}
}
