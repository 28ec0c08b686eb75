//go:build linux && !slim

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	tclient "go.temporal.io/sdk/client"

	"sluss/api/client"
	"sluss/deploy/engine"
	"sluss/model/store/pgtest"
	"sluss/workflows/contract"
)

// costOptions say how many cases are taken through, and what is planned with.
type costOptions struct {
	options
	plan plan
}

// runCost measures what one case costs that goes through all stages into use, and
// works out from it, on paper, what organisations need.
func runCost(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parseCost(args, stderr)
	if err != nil {
		return err
	}
	b, err := newBench(ctx, o.options, stderr)
	if err != nil {
		return err
	}
	defer b.close()
	b.programs["demo"] = program{b.programs[sluss].path, append(slices.Clone(b.programs[sluss].args), "--demo")}
	costs := map[string]caseCost{}
	m := lookAround(b.dir)
	for _, database := range o.databases {
		if costs[database], err = b.cost(ctx, database, o.cases); err != nil {
			return fmt.Errorf("%s: %w", database, err)
		}
	}
	m.end()
	fmt.Fprintf(stdout, "# What one case costs\n\nMachine: %s.\n\nThe worked example %s, from its draft through every stage into use, over the API: means of %d cases, one after the other.\n\n",
		m, wholeLife, o.cases)
	if err := writeCosts(stdout, o.databases, costs); err != nil {
		return err
	}
	return o.plan.write(stdout, costs[o.databases[0]])
}

func parseCost(args []string, stderr io.Writer) (o costOptions, err error) {
	var databases string
	fs := flag.NewFlagSet("slussbench cost", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.StringVar(&databases, "databases", sqlite+","+postgres, "`list` of databases; the plan uses the first")
	fs.IntVar(&o.cases, "cases", 20, "`number` of cases that are taken through")
	fs.IntVar(&o.plan.casesYear, "cases-a-year", 60, "`number` of cases that an organisation opens in a year, for the plan")
	fs.IntVar(&o.plan.years, "years", 3, "`years` that a system is in use, for the plan")
	fs.StringVar(&o.sluss, "sluss", "", "`program` to measure (default: build it)")
	fs.StringVar(&o.dir, "dir", "", "`folder` for the data (default: the system's for temporary files)")
	if err := readFlags(fs, args); err != nil {
		return o, err
	}
	o.databases, o.clients = strings.Split(databases, ","), []int{1}
	if o.cases < 1 || o.plan.casesYear < 1 || o.plan.years < 1 {
		return o, errors.New("numbers are at least one")
	}
	return o, nil
}

// caseCost is what one case cost on average.
type caseCost struct {
	acts, requests, cpu float64 // cpu in ms
	history             length
	actions             map[string]float64
	record, engine      float64 // bytes by which the stores grew
	rows                map[string]float64
}

// cost takes cases through and compares what there was before with what there is
// after. Before both, cases have been through the first two starts, so that what is
// made once is there.
func (b *bench) cost(ctx context.Context, database string, n int) (c caseCost, err error) {
	fmt.Fprintf(b.progress, "%d cases on %s\n", n, database)
	r, err := b.emptyRecord(ctx, database)
	if err != nil {
		return c, err
	}
	for range 2 {
		if _, err := b.lives(ctx, r, 1, &c); err != nil {
			return c, err
		}
	}
	before, err := r.weigh(ctx)
	if err != nil {
		return c, err
	}
	c = caseCost{}
	ids, err := b.lives(ctx, r, n, &c)
	if err != nil {
		return c, err
	}
	after, err := r.weigh(ctx)
	if err != nil {
		return c, err
	}
	c.record, c.engine = (after.record-before.record)/float64(n), (after.engine-before.engine)/float64(n)
	c.rows = map[string]float64{}
	for table, rows := range after.rows {
		if grew := rows - before.rows[table]; grew > 0 && !slices.Contains(ofStarts, table) {
			c.rows[table] = grew / float64(n)
		}
	}
	return c, c.readActions(ctx, r, ids)
}

// ofStarts are tables that grow with every start of the demo.
var ofStarts = []string{"tokens"}

func (b *bench) emptyRecord(ctx context.Context, database string) (r record, err error) {
	dir := filepath.Join(b.dir, database+"-cost")
	r = record{database: database, dir: dir, url: "sqlite:" + filepath.Join(dir, "record.db")}
	if err := os.MkdirAll(dir, 0o700); err != nil || database == sqlite {
		return r, err
	}
	var drop func() error
	if r.url, drop, err = pgtest.Create(ctx, nil, pgtest.Durable()); err == nil {
		b.dropAll = append(b.dropAll, drop)
	}
	return r, err
}

// settling is enough for what is seen to every two seconds: messages for their
// recipients, and events for the tree.
const settling = 5 * time.Second

// lives starts the demo on a record, plays n cases and stops it.
func (b *bench) lives(ctx context.Context, r record, n int, c *caseCost) (ids []string, err error) {
	e, err := readExample(ctx, wholeLife)
	if err != nil {
		return nil, err
	}
	s, err := b.serve(ctx, "demo", r)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	people, err := demoPeople(filepath.Join(r.dir, "demo-people.json"), s.base)
	if err != nil {
		return nil, err
	}
	_, cpu, err := b.timed(s, "cost", func() error {
		for range n {
			l := life{example: e, people: people}
			if err := l.play(ctx); err != nil {
				return fmt.Errorf("%w\n%s", err, s.lastWords())
			}
			ids = append(ids, l.id)
			c.acts, c.requests = c.acts+float64(l.acts)/float64(n), c.requests+float64(l.requests)/float64(n)
		}
		return nil
	})
	c.cpu = ms(cpu) / float64(n)
	time.Sleep(settling)
	return ids, err
}

// demoPeople are the demo's people by name, as the program has written them down.
func demoPeople(path, base string) (map[string]*client.Client, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		People []struct{ User, Token string } `json:"people"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	h := &http.Client{Timeout: 30 * time.Second}
	people := map[string]*client.Client{}
	for _, p := range file.People {
		people[p.User] = &client.Client{Base: base, Token: p.Token, HTTP: h}
	}
	return people, nil
}

// weight is how much there is in the stores of a server that has stopped.
type weight struct {
	record, engine float64 // bytes
	rows           map[string]float64
}

func (r record) weigh(ctx context.Context) (w weight, err error) {
	if w.rows, w.record, err = weighDatabase(ctx, r.url); err != nil {
		return w, err
	}
	engineURL := "sqlite:" + filepath.Join(r.dir, "engine.db")
	if r.database == postgres {
		engineURL = engine.Beside(r.url)
	}
	_, w.engine, err = weighDatabase(ctx, engineURL)
	return w, err
}

// weighDatabase counts the rows of each table, and the bytes that all of it takes.
func weighDatabase(ctx context.Context, url string) (rows map[string]float64, bytes float64, err error) {
	driver, source := "pgx", url
	tables, size := "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'", "SELECT pg_database_size(current_database())"
	if file, onSQLite := strings.CutPrefix(url, "sqlite:"); onSQLite {
		driver, source = "sqlite", "file:"+file
		tables = "SELECT name FROM sqlite_master WHERE type = 'table'"
		size = "SELECT (page_count - freelist_count) * page_size FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, 0, err
	}
	defer db.Close()
	names, err := namesIn(ctx, db, tables)
	if err != nil {
		return nil, 0, err
	}
	rows = map[string]float64{}
	for _, name := range names {
		var n float64
		if err := db.QueryRowContext(ctx, "SELECT COUNT(*) FROM "+name).Scan(&n); err != nil {
			return nil, 0, err
		}
		rows[name] = n
	}
	return rows, bytes, db.QueryRowContext(ctx, size).Scan(&bytes)
}

func namesIn(ctx context.Context, db *sql.DB, query string) ([]string, error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, rows.Err()
}

// readActions reads the histories of cases in the engine's state of a server that has
// stopped, and counts what Temporal Cloud would bill.
func (c *caseCost) readActions(ctx context.Context, r record, ids []string) (err error) {
	o := engine.Options{Logger: slog.New(slog.NewTextHandler(io.Discard, nil))}
	if r.database == postgres {
		o.DatabaseURL = engine.Beside(r.url)
	} else {
		o.Path = filepath.Join(r.dir, "engine.db")
	}
	e, err := engine.Start(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, e.Close()) }()
	tc, err := tclient.DialContext(ctx, e.ClientOptions())
	if err != nil {
		return err
	}
	defer tc.Close()
	c.actions = map[string]float64{}
	n := float64(len(ids))
	for _, id := range ids {
		var all []*historypb.HistoryEvent
		for events := tc.GetWorkflowHistory(ctx, contract.CaseWorkflowID(id), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
			event, err := events.Next()
			if err != nil {
				return err
			}
			c.history.add(event)
			all = append(all, event)
		}
		for kind, count := range actions(all) {
			c.actions[kind] += float64(count) / n
		}
	}
	c.history = c.history.each(n)
	return nil
}

// writeCosts prints what a case cost on each database.
func writeCosts(out io.Writer, databases []string, costs map[string]caseCost) error {
	t := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	line := func(name, unit string, of func(caseCost) float64) {
		fmt.Fprintf(t, "| %s\t| %s\t|", name, unit)
		for _, d := range databases {
			fmt.Fprintf(t, " %s\t|", figure(of(costs[d])))
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintf(t, "| one case\t| unit\t| %s\t|\n| ---\t| ---\t|%s\n", strings.Join(databases, "\t| "), strings.Repeat(" ---:\t|", len(databases)))
	line("acts", "", func(c caseCost) float64 { return c.acts })
	line("requests, with what people look at", "", func(c caseCost) float64 { return c.requests })
	line("processor time of the server", "ms", func(c caseCost) float64 { return c.cpu })
	line("history", "events", func(c caseCost) float64 { return c.history.events })
	line("history", "bytes", func(c caseCost) float64 { return c.history.bytes })
	line("engine's store", "bytes", func(c caseCost) float64 { return c.engine })
	line("record's store", "bytes", func(c caseCost) float64 { return c.record })
	kinds, tables := map[string]bool{}, map[string]bool{}
	for _, c := range costs {
		for kind := range c.actions {
			kinds[kind] = true
		}
		for table := range c.rows {
			tables[table] = true
		}
	}
	line("Temporal Cloud actions", "", caseCost.allActions)
	for _, kind := range slices.Sorted(maps.Keys(kinds)) {
		line("– "+kind, "actions", func(c caseCost) float64 { return c.actions[kind] })
	}
	line("rows", "", caseCost.allRows)
	for _, table := range slices.Sorted(maps.Keys(tables)) {
		line("– "+table, "rows", func(c caseCost) float64 { return c.rows[table] })
	}
	return t.Flush()
}

func (c caseCost) allActions() float64 { return sum(c.actions) }
func (c caseCost) allRows() float64    { return sum(c.rows) }

func sum(m map[string]float64) (all float64) {
	for _, n := range m {
		all += n
	}
	return all
}
