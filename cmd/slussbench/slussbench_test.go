//go:build linux && !slim

package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/model/store/pgtest"
)

// TestMain lets the test binary be what is measured, as the program is.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && slices.Contains([]string{theFloor, theAPI}, os.Args[1]) {
		main()
		return
	}
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// built is Sluss, built once for all tests.
var built struct {
	once sync.Once
	dir  string
	path string
	err  error
}

func slussProgram(t *testing.T) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "slussbench-test-"); built.err != nil {
			return
		}
		built.path = filepath.Join(built.dir, "sluss")
		built.err = build(context.Background(), built.path, built.dir, false)
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

// A quick run has every line of the table, with numbers.
func TestQuickRun(t *testing.T) {
	t.Parallel()
	for _, database := range []string{sqlite, postgres} {
		t.Run(database, func(t *testing.T) {
			t.Parallel()
			var out, progress bytes.Buffer
			err := run(t.Context(), []string{"-quick", "-clients", "1,16", "-databases", database, "-sluss", slussProgram(t), "-dir", t.TempDir()}, &out, &progress)
			if errors.Is(err, pgtest.ErrNotInstalled) && os.Getenv("CI") != "true" {
				t.Skipf("*** NOT TESTED against PostgreSQL: %v ***", err)
			}
			if err != nil {
				t.Fatal(err)
			}
			checkTable(t, database, out.String())
		})
	}
}

// A short load on a small register is answered without a failure.
func TestQuickRegister(t *testing.T) {
	t.Parallel()
	var out, progress bytes.Buffer
	err := run(t.Context(), []string{
		"register", "-databases", sqlite, "-entries", "20", "-rate", "50", "-for", "1s", "-changes", "20",
		"-sluss", slussProgram(t), "-dir", t.TempDir(),
	}, &out, &progress)
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^\| sqlite \|( \S+s \|){6} 0 \| \d+ % of a core \|$`).MatchString(out.String()) {
		t.Errorf("the table is\n%s", out.String())
	}
}

// What nobody has asked otherwise is measured with one client, sixteen and sixty-four,
// each of whom has a second case in every turn.
func TestDefaultOptions(t *testing.T) {
	t.Parallel()
	o, err := parse(nil, t.Output())
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(o.clients, []int{1, 16, 64}) || o.rounds != 5 {
		t.Errorf("%d rounds with %v clients", o.rounds, o.clients)
	}
	for clients, want := range map[int]int{1: 48, 16: 192, 64: 512} {
		if got := o.casesFor(clients); got != want {
			t.Errorf("%d cases with %d clients, want %d", got, clients, want)
		}
	}
	if _, err := parse([]string{"-clients", "65"}, t.Output()); err == nil {
		t.Error("65 clients are taken")
	}
}

// What is no command, and an argument too many, starts nothing.
func TestArgumentsTooManyAreRefused(t *testing.T) {
	t.Parallel()
	for _, command := range []string{"", "-quick", "floor", "api", "register", "records", "lists", "waiting", "cost"} {
		for _, more := range [][]string{{"decisions"}, {"decisions", "-h"}} {
			var stdout, stderr bytes.Buffer
			args := append(strings.Fields(command), more...)
			err := run(t.Context(), args, &stdout, &stderr)
			if exitCode(err, &stderr) != 2 || !strings.Contains(stderr.String(), `not "decisions"`) || stdout.Len() > 0 {
				t.Errorf("slussbench %v: %v, and says %q", args, err, stderr.String())
			}
		}
	}
	var stderr bytes.Buffer
	if err := run(t.Context(), []string{"-wings"}, io.Discard, &stderr); exitCode(err, &stderr) != 2 || !strings.Contains(stderr.String(), "-wings") {
		t.Errorf("slussbench -wings: %v, and says %q", err, stderr.String())
	}
}

func checkTable(t *testing.T, database, text string) {
	t.Helper()
	got := map[string][]float64{}
	for line := range strings.Lines(text) {
		fields := strings.Split(line, "|")
		if len(fields) != 10 || strings.TrimSpace(fields[1]) != database {
			continue
		}
		for i := range fields {
			fields[i] = strings.TrimSpace(fields[i])
		}
		key := strings.Join(fields[2:5], "/")
		for _, f := range fields[5:8] { // of Sluss, of the floor, and their ratio
			n, err := strconv.ParseFloat(f, 64)
			if err != nil {
				t.Errorf("%s: %q is no number", key, f)
			}
			got[key] = append(got[key], n)
		}
	}
	var want []string
	for _, m := range lengths {
		want = append(want, "/"+m.name+"/"+m.unit)
	}
	for _, clients := range []string{"1", "16"} {
		for _, m := range measures {
			want = append(want, clients+"/"+m.name+"/"+m.unit)
		}
	}
	for _, key := range want {
		if numbers := got[key]; len(numbers) != 3 || slices.Min(numbers) <= 0 {
			t.Errorf("line %q: %v", key, numbers)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d:\n%s", len(got), len(want), text)
	}
}

// The comparison is fair only as long as both programs write the same: as many
// rows in each table for a case, and about as much in them. What belongs to no
// case, and what is written out of the way of an act, does not count.
func TestFloorWritesTheRowsOfSluss(t *testing.T) {
	t.Parallel()
	b := &bench{options: options{clients: []int{1}}, dir: t.TempDir()}
	var err error
	if b.programs, err = buildPrograms(t.Context(), options{sluss: slussProgram(t)}, b.dir); err != nil {
		t.Fatal(err)
	}
	written := map[string]map[string]table{}
	for _, name := range []string{sluss, theFloor} {
		s, err := b.start(t.Context(), name, sqlite, filepath.Join(b.dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if _, err = b.load(t.Context(), s, 1, 4); err != nil {
			t.Error(errors.Join(err, s.stop()))
			return
		}
		if err := s.stop(); err != nil {
			t.Fatal(err)
		}
		written[name] = readTables(t, filepath.Join(s.dir, "record.db"))
	}
	for name, ours := range written[sluss] {
		bare := written[theFloor][name]
		if ours.rows != bare.rows {
			t.Errorf("table %s: Sluss writes %d rows, the floor %d", name, ours.rows, bare.rows)
		}
		if math.Abs(ours.size-bare.size) > 0.15*ours.size+200 {
			t.Errorf("table %s: Sluss writes %.0f characters, the floor %.0f", name, ours.size, bare.size)
		}
	}
}

// table is how much there is in a table of a record: rows, and characters in all
// of them.
type table struct {
	rows int
	size float64
}

// readTables looks at the tables that cases are written to.
func readTables(t *testing.T, path string) map[string]table {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]table{}
	for _, name := range texts(t, db, "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '%migration%'") {
		var sizes []string
		for _, column := range texts(t, db, fmt.Sprintf("SELECT name FROM pragma_table_info('%s')", name)) {
			sizes = append(sizes, fmt.Sprintf("LENGTH(COALESCE(%s, ''))", column))
		}
		var n table
		var size sql.NullFloat64
		query := fmt.Sprintf("SELECT COUNT(*), SUM(%s) FROM %s", strings.Join(sizes, " + "), name)
		switch name {
		case "messages", "leases", "task_deadlines", "rulebooks", "tree_leaves", "tree_hashes":
			continue // drained from the outbox; of tasks that come every year; the program's own; out of the way of acts
		case "tasks", "outbox":
			query += " WHERE case_id IS NOT NULL"
		case "commands":
			query += " WHERE case_id <> ''"
		}
		if err := db.QueryRow(query).Scan(&n.rows, &size); err != nil {
			t.Fatal(err)
		}
		n.size = size.Float64
		out[name] = n
	}
	return out
}

func texts(t *testing.T, db *sql.DB, query string) []string {
	t.Helper()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func TestMediansAndPercentiles(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		all  []float64
		want float64
	}{{[]float64{3}, 3}, {[]float64{3, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(tt.all); got != tt.want {
			t.Errorf("median of %v is %v, want %v", tt.all, got, tt.want)
		}
	}
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[99-i] = time.Duration(i+1) * time.Millisecond
	}
	for p, want := range map[int]float64{50: 50, 95: 95, 99: 99, 100: 100} {
		if got := percentile(hundred, p); got != want {
			t.Errorf("p%d is %v, want %v", p, got, want)
		}
	}
	if got := percentile(hundred[:1], 50); got != 100 {
		t.Errorf("p50 of one is %v", got)
	}
}
