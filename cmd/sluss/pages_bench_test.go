//go:build !slim

package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/authn"
	"sluss/api/web"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// The load of the benchmark: this many cases, and this many people who look at the
// same page at once.
const (
	manyCases   = 10_000
	manyReaders = 8
)

// look is a page as one person looks at it. The words in braces stand for a case, a
// task and so on that the person may read.
type look struct{ user, path string }

// looks are the pages that are measured.
var looks = []look{
	{"", "/sign-in"},
	{"manager", "/"},
	{"dpo", "/"},
	{"dpo", "/?show=others"},
	{"project_owner", "/"},
	{"administrator", "/?show=others"},
	{"dpo", "/messages"},
	{"administrator", "/me"},
	{"project_owner", "/cases/new"},
	{"project_owner", "/cases/{case}"},
	{"dpo", "/cases/{case}"},
	{"dpo", "/cases/{case}/revisions/1"},
	{"dpo", "/cases/{case}/revisions"},
	{"dpo", "/cases/{case}/comments"},
	{"dpo", "/cases/{case}/attachments"},
	{"dpo", "/cases/{case}/timeline"},
	{"dpo", "/cases"},
	{"dpo", "/cases?tier=T3"},
	{"project_owner", "/cases?q=samtal"},
	{"dpo", "/cases/{case}/conditions"},
	{"dpo", "/cases/{case}/records"},
	{"project_owner", "/cases/{case}/acts/withdraw"},
	{"dpo", "/advice"},
	{"dpo", "/suppliers"},
	{"project_owner", "/cases/{draft}/intake"},
	{"project_owner", "/cases/{draft}/intake?section=B"},
	{"dpo", "/cases/{case}/assessments/legal_basis"},
	{"manager", "/tasks/{task}"},
	{"dpo", "/tasks/{task}"},
}

// BenchmarkPages measures pages among 10,000 different cases in all states, with
// eight people at once, on both databases: the time within which 95 of a hundred
// pages are there, beside that of a file from the same server.
//
//	go test ./cmd/sluss -run - -bench Pages -benchtime 400x
func BenchmarkPages(b *testing.B) {
	for name, make := range map[string]func(testing.TB) *world{"SQLite": onSQLite, "PostgreSQL": onPostgres} {
		b.Run(name, func(b *testing.B) {
			t := newTown(b, make(b))
			t.measure(b, "bare", look{"", t.asset()})
			for _, l := range looks {
				t.measure(b, strings.TrimPrefix(l.user+" "+l.path, " "), l)
			}
		})
	}
}

// town is a server of pages over many cases, without an engine: nobody acts.
type town struct {
	b       *testing.B
	base    string
	store   *store.Store
	cookies map[string][]*http.Cookie
	names   *strings.Replacer
}

// newTown lets cases come as far as they can in a world, and copies them.
func newTown(b *testing.B, w *world) *town {
	b.Helper()
	w.start(launch{})
	known := livesOf(w)
	w.server.stop()
	multiply(b, w)
	return serveTown(b, w, known)
}

// serveTown serves the pages of a world's record.
func serveTown(b *testing.B, w *world, names *strings.Replacer) *town {
	b.Helper()
	ctx := b.Context()
	st, err := store.Connect(ctx, store.Options{URL: w.recordURL()})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = st.Close() })
	log := slog.New(slog.DiscardHandler)
	book := rulebook.Default()
	service := act.New(act.Options{Store: st, Book: book, Clock: clock.System, Log: log, Key: audit.NewKey()})
	if err := service.LoadRulebooks(ctx); err != nil {
		b.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	t := &town{b: b, base: "http://" + server.Listener.Addr().String(), store: st, cookies: map[string][]*http.Cookie{}, names: names}
	endless := api.Limits{Person: 1e9, Address: 1e9}
	server.Config.Handler = web.Handler(web.Options{
		API: api.Handler(api.Options{
			Act: service, Store: st, Book: book, Clock: clock.System, Log: log, Version: "bench", Limits: endless, CursorKey: []byte("a key"),
		}),
		Store: st, Book: book, Books: service, Clock: clock.System, Log: log, BaseURL: t.base, Limits: endless,
	})
	server.Start()
	b.Cleanup(server.Close)
	return t
}

// livesOf opens cases of every kind and lets each get one step further than the one
// before. It returns what the words in the addresses of pages stand for.
func livesOf(w *world) *strings.Replacer {
	team := teamOf(0)
	var names []string
	for _, name := range []string{spelling, minutes, bookingAgent, transcription} {
		for passed := 0; ; passed++ {
			c := w.open(team, intake(w.t, name))
			if passed == 0 {
				names = append(names, "{draft}", w.open(team, intake(w.t, name)).id)
			}
			c.submit()
			for n := 0; n < passed && len(c.openTasks()) > 0; n++ {
				c.pass()
			}
			if name == transcription && passed == 0 {
				names = append(names, "{case}", c.id, "{task}", c.openTasks()[0].ID)
			}
			if state := c.view().State; state == model.Approved || state == model.ApprovedCond {
				livesInUse(w, c, name)
				break
			}
		}
	}
	w.open(team, intake(w.t, easyRead)).submit()
	withdrawn := w.open(team, intake(w.t, minutes))
	withdrawn.submit()
	w.must(withdrawn.owner(), withdrawn.post("/withdrawal", map[string]any{"reason": "Behövs inte."}))
	for _, outcome := range []model.Outcome{model.OutcomeReturn, model.OutcomeReject} {
		c := w.open(team, intake(w.t, minutes))
		c.submit()
		first := c.openTasks()[0]
		c.decide(first.Stage, first.Kind, outcome)
	}
	return strings.NewReplacer(names...)
}

// livesInUse brings copies of an approved case into use, and one out of it again.
func livesInUse(w *world, approved *aCase, name string) {
	approved.activate()
	if name == minutes {
		c := w.open(approved.team, intake(w.t, name))
		c.submit()
		c.passUntil(model.Approved)
		c.activate()
		w.must(c.team.who(model.RoleInformationOwner), c.post("/suspension", map[string]any{"reason": "Fel i svaren."}))
	}
}

// asset is the address of a file that the pages are made of.
func (t *town) asset() string {
	page := t.read(look{"", "/sign-in"})
	_, rest, _ := strings.Cut(page, `rel="stylesheet" href="`)
	path, _, _ := strings.Cut(rest, `"`)
	return path
}

// request asks for a page as a person who is signed in.
func (t *town) request(l look) *http.Request {
	t.b.Helper()
	r, err := http.NewRequestWithContext(t.b.Context(), http.MethodGet, t.base+t.names.Replace(l.path), nil)
	if err != nil {
		t.b.Fatal(err)
	}
	if l.user == "" {
		return r
	}
	if t.cookies[l.user] == nil {
		user := l.user
		if slices.Contains(teamRoles, model.Role(l.user)) {
			user = teamOf(0).who(model.Role(l.user))
		}
		p, err := t.store.Person(t.b.Context(), org, user)
		if err != nil {
			t.b.Fatal(err)
		}
		w := httptest.NewRecorder()
		sessions := authn.Sessions{Store: t.store, Clock: clock.System, Plain: true}
		if err := sessions.Begin(w, r, p, authn.Proof{Method: authn.MethodLink}); err != nil {
			t.b.Fatal(err)
		}
		t.cookies[l.user] = w.Result().Cookies()
	}
	for _, c := range t.cookies[l.user] {
		r.AddCookie(c)
	}
	return r
}

func (t *town) read(l look) string {
	t.b.Helper()
	body, err := fetch(http.DefaultClient, t.request(l))
	if err != nil {
		t.b.Fatalf("%s as %q: %v", l.path, l.user, err)
	}
	return body
}

func fetch(c *http.Client, r *http.Request) (string, error) {
	resp, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", resp.StatusCode)
	}
	return string(body), err
}

// measure looks at a page from several clients, each after its own last answer.
func (t *town) measure(b *testing.B, name string, l look) {
	b.Run(strings.ReplaceAll(name, "/", "∕"), func(b *testing.B) {
		b.Helper()
		size := len(t.read(l))
		request := t.request(l)
		clients := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: manyReaders}}
		defer clients.CloseIdleConnections()
		took := make([][]time.Duration, manyReaders)
		var looking sync.WaitGroup
		b.ResetTimer()
		for i := range took {
			looking.Go(func() {
				for range (b.N + manyReaders - 1) / manyReaders {
					began := time.Now()
					if _, err := fetch(clients, request.Clone(context.WithoutCancel(b.Context()))); err != nil {
						b.Errorf("%s: %v", l.path, err)
						return
					}
					took[i] = append(took[i], time.Since(began))
				}
			})
		}
		looking.Wait()
		b.StopTimer()
		all := slices.Concat(took...)
		slices.Sort(all)
		if len(all) > 0 {
			b.ReportMetric(float64(all[len(all)*95/100].Microseconds())/1000, "p95-ms")
			b.ReportMetric(float64(size)/1000, "kB")
		}
	})
}

// multiply copies the cases of a record, with all that belongs to them, until there
// are many: each copy in another team's hands, a minute later than the one before,
// and some in the states to which time alone leads.
func multiply(b *testing.B, w *world) {
	b.Helper()
	ctx := b.Context()
	driver, dsn := "sqlite", strings.TrimPrefix(w.recordURL(), "sqlite:")+"?_time_format=sqlite"
	if w.url != "" {
		driver, dsn = "pgx", w.url
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	m := &multiplier{B: b, db: db, ctx: ctx, people: peopleOf(b, w)}
	if w.url != "" {
		m.exec("SET session_replication_role = replica") // a copy is no act
	}
	m.exec("BEGIN")
	m.copyAll()
	m.exec("COMMIT")
	if w.url != "" {
		m.exec("ANALYZE")
	}
	var cases, states int
	if err := db.QueryRowContext(ctx, "SELECT count(*), count(DISTINCT state) FROM cases").Scan(&cases, &states); err != nil {
		b.Fatal(err)
	}
	b.Logf("%d cases in %d states", cases, states)
	if cases < manyCases || states < 18 {
		b.Fatalf("%d cases in %d states", cases, states)
	}
}

// peopleOf are the ids of the people and the unit of each team, in one order.
func peopleOf(b *testing.B, w *world) [][]string {
	st, err := store.Connect(b.Context(), store.Options{URL: w.recordURL()})
	if err != nil {
		b.Fatal(err)
	}
	defer st.Close()
	ids := make([][]string, teams)
	for n := range ids {
		for _, r := range teamRoles {
			p, err := st.Person(b.Context(), org, teamOf(n).who(r))
			if err != nil {
				b.Fatal(err)
			}
			if len(ids[n]) == 0 {
				ids[n] = append(ids[n], p.UnitID)
			}
			ids[n] = append(ids[n], p.ID)
		}
	}
	return ids
}

type multiplier struct {
	*testing.B
	db     *sql.DB
	ctx    context.Context
	people [][]string
}

func (m *multiplier) exec(query string, args ...any) {
	m.Helper()
	if _, err := m.db.ExecContext(m.ctx, query, args...); err != nil {
		m.Fatalf("%.120s: %v", query, err)
	}
}

// rowsOf are the rows of a table that belong to cases.
type rowsOf struct {
	table   string
	columns []string
	rows    [][]any
}

// tablesOfCases are the tables whose rows belong to one case.
var tablesOfCases = []string{
	"cases", "case_people", "parts", "stages", "tasks", "decisions", "conditions", "deadlines", "events", "messages", "case_facts", "register_entries",
}

// inTime are states to which time leads, or a rare decision.
var inTime = []model.CaseState{
	model.PriorConsultation, model.FRIA, model.Reassessment, model.Expired, model.Decommissioned, model.Archived,
}

func (m *multiplier) copyAll() {
	var all []rowsOf
	var ids []string
	for _, table := range tablesOfCases {
		r := m.read(table)
		for i, column := range r.columns {
			if column != "id" && column != "outbox_id" {
				continue
			}
			for _, row := range r.rows {
				if id, ok := row[i].(string); ok {
					ids = append(ids, id)
				}
			}
		}
		all = append(all, r)
	}
	originals := len(all[0].rows)
	for n := 1; n*originals < manyCases+originals; n++ {
		pairs := make([]string, 0, 2*(len(ids)+len(teamRoles)+1))
		for _, id := range ids {
			pairs = append(pairs, id, fmt.Sprintf("%04x%s", n, id[4:]))
		}
		for i, id := range m.people[0] {
			other := m.people[n%teams][i]
			pairs = append(pairs, id, other, other, id)
		}
		names := strings.NewReplacer(pairs...)
		for _, r := range all {
			m.write(r, n, names)
		}
	}
}

func (m *multiplier) read(table string) rowsOf {
	m.Helper()
	key := "case_id"
	if table == "cases" {
		key = "id"
	}
	rows, err := m.db.QueryContext(m.ctx, "SELECT * FROM "+table+" WHERE "+key+" IN (SELECT id FROM cases)")
	if err != nil {
		m.Fatal(err)
	}
	defer rows.Close()
	r := rowsOf{table: table}
	if r.columns, err = rows.Columns(); err != nil {
		m.Fatal(err)
	}
	for rows.Next() {
		values, dest := make([]any, len(r.columns)), make([]any, len(r.columns))
		for i := range dest {
			dest[i] = &values[i]
		}
		if err := rows.Scan(dest...); err != nil {
			m.Fatal(err)
		}
		r.rows = append(r.rows, values)
	}
	if err := rows.Err(); err != nil {
		m.Fatal(err)
	}
	return r
}

func (m *multiplier) write(r rowsOf, n int, names *strings.Replacer) {
	m.Helper()
	places := make([]string, len(r.columns))
	for i := range places {
		places[i] = fmt.Sprintf("$%d", i+1)
	}
	insert := "INSERT INTO " + r.table + " (" + strings.Join(r.columns, ", ") + ") VALUES (" + strings.Join(places, ", ") + ")"
	for _, row := range r.rows {
		values := make([]any, len(row))
		for i, v := range row {
			values[i] = m.changed(r.columns[i], v, n, names)
			if later := n % 25; r.table == "cases" && r.columns[i] == "state" && later < len(inTime) && v != string(model.Draft) {
				values[i] = string(inTime[later])
			}
		}
		m.exec(insert, values...)
	}
}

// changed is a value of a row in its copy.
func (m *multiplier) changed(column string, v any, n int, names *strings.Replacer) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Add(time.Duration(n) * time.Minute)
	case []byte:
		return []byte(names.Replace(string(v)))
	case string:
		switch {
		case v == "":
			return v
		case column == "title":
			return fmt.Sprintf("%s %d", v, n)
		case column == "registry_no", column == "request_key", column == "command_id":
			return fmt.Sprintf("%s/%d", v, n)
		}
		return names.Replace(v)
	}
	return v
}
