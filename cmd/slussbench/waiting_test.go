//go:build linux && !slim

package main

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"sluss/model/store/pgtest"
)

// Every waiting case of a short run has a process, and every figure is there.
func TestQuickWaiting(t *testing.T) {
	t.Parallel()
	for _, database := range []string{sqlite, postgres} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			var out, progress bytes.Buffer
			err := run(t.Context(), []string{
				"waiting", "-databases", database, "-cases", "60", "-for", "1s", "-rounds", "1", "-new", "16", "-clients", "2",
				"-sluss", slussProgram(t), "-dir", t.TempDir(),
			}, &out, &progress)
			if errors.Is(err, pgtest.ErrNotInstalled) && os.Getenv("CI") != "true" {
				t.Skipf("*** NOT TESTED against PostgreSQL: %v ***", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			checkWaiting(t, database, out.String())
		})
	}
}

func checkWaiting(t *testing.T, database, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSpace(line), "|")
		if len(fields) != 14 || strings.TrimSpace(fields[1]) != database {
			continue
		}
		numbers := make([]float64, 0, 11)
		for i, f := range fields[2:13] {
			n, err := strconv.ParseFloat(strings.TrimSpace(f), 64)
			if err != nil || n < 0 || n == 0 && i != 4 { // a short rest may cost less than a tick
				t.Errorf("figure %d is %q", i+1, f)
			}
			numbers = append(numbers, n)
		}
		if waiting, alive := numbers[0], numbers[1]; waiting != 60 || alive != 60 {
			t.Errorf("%v cases wait, of which %v are alive; want 60 of 60", waiting, alive)
		}
		return
	}
	t.Errorf("no line for %s:\n%s", database, text)
}
