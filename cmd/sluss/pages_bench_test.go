//go:build !slim

package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"

	"sluss/api"
	"sluss/api/act"
	"sluss/api/apitest"
	"sluss/api/authn"
	"sluss/api/client"
	"sluss/api/web"
	"sluss/cmd/heap"
	"sluss/model"
	"sluss/model/audit"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/model/store/multiply"
	"sluss/model/store/pgtest"
)

// The load of the benchmark: this many cases, and this many people who look at the
// same page at once.
const (
	manyCases   = 10_000
	manyReaders = 8
)

// A page is to be there within this time for 95 of a hundred that look, and within the
// longer one where all cases are counted.
const (
	pageLimit   = 15 * time.Millisecond
	countsLimit = 50 * time.Millisecond
)

// look is a page as one person looks at it. The words in braces stand for a case, a
// task and so on that the person may read.
type look struct{ user, path string }

// limit is within which time the page is to be there.
func (l look) limit() time.Duration {
	switch l.path {
	case "/administration", "/administration/statistics", "/administration/yearly-report":
		return countsLimit
	}
	return pageLimit
}

// looks are the pages that are measured, by whoever sees the most or something else
// there.
var looks = []look{
	{"", "/sign-in"},
	{"", "/help"},
	{"", "/accessibility"},
	{"", "/privacy"},
	{"", "/register/public/demo"},
	{"", "/register/public/demo/{entry}"},
	{"administrator", "/me"},
	{"administrator", "/me/password"},
	{"manager", "/"},
	{"dpo", "/"},
	{"dpo", "/?show=others"},
	{"project_owner", "/"},
	{"administrator", "/?show=others"},
	{"manager", "/tasks/{task}"},
	{"dpo", "/tasks/{task}"},
	{"dpo", "/messages"},

	{"project_owner", "/cases/new"},
	{"project_owner", "/cases/{draft}/intake"},
	{"project_owner", "/cases/{draft}/intake?section=B"},
	{"dpo", "/cases/{case}/assessments/legal_basis"},

	{"dpo", "/cases"},
	{"dpo", "/cases?tier=T3"},
	{"project_owner", "/cases?q=samtal"},
	{"project_owner", "/cases/{case}"},
	{"dpo", "/cases/{case}"},
	{"dpo", "/cases/{active}"},
	{"dpo", "/cases/{case}/timeline"},
	{"dpo", "/cases/{case}/revisions"},
	{"dpo", "/cases/{case}/revisions/1"},
	{"dpo", "/cases/{assessed}/report"},
	{"dpo", "/cases/{assessed}/assessments/dpia/report"},
	{"dpo", "/cases/{case}/comments"},
	{"dpo", "/cases/{case}/remarks/new?stage=dpia"},
	{"project_owner", "/cases/{case}/remarks/{remark}"},
	{"dpo", "/cases/{case}/attachments"},
	{"project_owner", "/cases/{case}/attachments/{attachment}/removal"},
	{"project_owner", "/cases/{case}/acts/withdraw"},
	{"dpo", "/cases/{active}/conditions"},
	{"manager", "/cases/{active}/conditions/{condition}/evidence"},
	{"information_owner", "/cases/{active}/conditions/{condition}/verification"},
	{"dpo", "/cases/{active}/records"},
	{"dpo", "/cases/{active}/new-record/complaint"},
	{"dpo", "/cases/{active}/records/{record}"},
	{"dpo", "/cases/{active}/records/{record}/change"},
	{"dpo", "/cases/{case}/prior-consultation"},
	{"dpo", "/cases/{case}/prior-consultation/submitted"},

	{"dpo", "/suppliers"},
	{"administrator", "/suppliers/new"},
	{"dpo", "/suppliers/{supplier}"},
	{"administrator", "/suppliers/{supplier}/change"},
	{"dpo", "/advice"},
	{"dpo", "/advice/new"},
	{"dpo", "/advice/{advice}/withdrawal"},

	{"user", "/register"},
	{"dpo", "/register"},
	{"user", "/register/{entry}"},
	{"user", "/may-i-use"},
	{"user", "/may-i-use?entry={entry}"},
	{"user", "/incidents"},
	{"dpo", "/incidents"},
	{"user", "/incidents/new"},
	{"ciso", "/incidents/{incident}"},
	{"ciso", "/incidents/{incident}/correction"},
	{"ciso", "/incidents/{incident}/closing"},

	{"administrator", "/administration"},
	{"administrator", "/administration/queues"},
	{"administrator", "/administration/tasks/{task}"},
	{"administrator", "/administration/statistics"},
	{"auditor", "/administration/statistics"},
	{"administrator", "/administration/yearly-report"},
	{"administrator", "/administration/overrides"},
	{"administrator", "/administration/retriages"},
	{"administrator", "/administration/people"},
	{"administrator", "/administration/people/dpo"},
	{"administrator", "/administration/units"},
	{"administrator", "/administration/rulebooks"},
	{"administrator", "/administration/rulebooks/se-kommun"},
	{"administrator", "/administration/rulebooks/se-kommun/rules"},
	{"administrator", "/administration/rulebooks/se-kommun/questions"},
	{"administrator", "/administration/log"},
	{"administrator", "/administration/messages"},
	{"administrator", "/administration/services"},
	{"administrator", "/administration/services/{service}"},
	{"registrar", "/administration/disposals"},
	{"administrator", "/administration/reconciliation"},
	{"ciso", "/absences"},
	{"ciso", "/absences/new"},
	{"ciso", "/delegations"},
	{"ciso", "/delegations/new"},
}

// TestPagesAreHandedWhatTheJSONSays looks at every page that is measured.
func TestPagesAreHandedWhatTheJSONSays(t *testing.T) {
	t.Parallel()
	w := onSQLite(t)
	w.start(launch{})
	known := livesOf(w)
	w.server.stop()
	town := serveTown(t, w, known, func(pages http.Handler) http.Handler { return apitest.Handed(t, pages) })
	for _, l := range slices.Concat(looks, town.reviews) {
		town.read(l)
	}
}

// notMeasured are the pages without a limit.
var notMeasured = append([]string{
	"GET /register/public",                         // leads to the one register where there is one organisation
	"GET /administration/rulebooks/{id}/impact",    // judges every open case anew
	"GET /administration/rulebooks/{id}/act/{act}", // shows that too
	"GET /administration/restorations",             // is there while nothing else is
}, noPage...)

// TestEveryPageIsMeasured holds that no page has been left out of the benchmark.
func TestEveryPageIsMeasured(t *testing.T) {
	t.Parallel()
	mux, missing := http.NewServeMux(), []string(nil)
	for _, pattern := range web.Patterns() {
		if strings.HasPrefix(pattern, "GET ") {
			mux.Handle(pattern, http.NotFoundHandler())
			missing = append(missing, pattern)
		}
	}
	for _, l := range looks {
		_, pattern := mux.Handler(httptest.NewRequest(http.MethodGet, l.path, nil))
		missing = slices.DeleteFunc(missing, func(p string) bool { return p == pattern })
	}
	for _, pattern := range missing {
		if !slices.Contains(notMeasured, pattern) {
			t.Errorf("%s: nobody looks at the page in the benchmark", pattern)
		}
	}
	for _, pattern := range notMeasured {
		if !slices.Contains(missing, pattern) {
			t.Errorf("%s: is measured, or gone", pattern)
		}
	}
}

// BenchmarkPages measures pages among 10,000 different cases in all states, with
// eight people at once, on both databases: the time within which 95 of a hundred
// pages are there, beside that of a file from the same server. The times are those of
// the machine, so they are held to the limits only where it is known to be quiet:
//
//	SLUSS_BENCH_LIMITS=1 go test ./cmd/sluss -run - -bench Pages -benchtime 400x
func BenchmarkPages(b *testing.B) {
	for name, make := range map[string]func(testing.TB) *world{
		"SQLite": onSQLite, "PostgreSQL": func(b testing.TB) *world { return onServer(b, pgtest.Durable()) },
	} {
		b.Run(name, func(b *testing.B) {
			t := newTown(b, make(b))
			t.measure(b, "bare", look{"", t.asset()})
			for _, l := range slices.Concat(looks, t.reviews) {
				t.measure(b, strings.TrimPrefix(l.user+" "+l.path, " "), l)
			}
		})
	}
}

// town is a server of pages over many cases, without an engine: nobody acts.
type town struct {
	b       testing.TB
	base    string
	store   *store.Store
	cookies map[string][]*http.Cookie
	lives
}

// lives are what pages are looked at of cases that have come as far as they can.
type lives struct {
	names *strings.Replacer // puts ids for the words in addresses
	// reviews are the pages on which people answer, or prepare, the tasks of their roles:
	// one for each kind of task that the cases came to.
	reviews []look
}

// newTown lets cases come as far as they can in a world, and copies them.
func newTown(b *testing.B, w *world) *town {
	b.Helper()
	w.start(launch{})
	known := livesOf(w)
	w.server.stop()
	fill(b, w)
	return serveTown(b, w, known, func(pages http.Handler) http.Handler { return pages })
}

// serveTown serves the pages of a world's record, over an API that may be watched.
func serveTown(b testing.TB, w *world, known lives, watched func(http.Handler) http.Handler) *town {
	b.Helper()
	heap.Roomy()
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
	t := &town{b: b, base: "http://" + server.Listener.Addr().String(), store: st, cookies: map[string][]*http.Cookie{}, lives: known}
	endless := api.Limits{Person: 1e9, Address: 1e9}
	server.Config.Handler = web.Handler(web.Options{
		API: watched(api.Handler(api.Options{
			Act: service, Store: st, Book: book, Clock: clock.System, Log: log, Version: "bench", Limits: endless, CursorKey: []byte("a key"),
		})),
		Store: st, Book: book, Books: service, Clock: clock.System, Log: log, BaseURL: t.base, Limits: endless,
	})
	server.Start()
	b.Cleanup(server.Close)
	return t
}

// livesOf opens cases of every kind and lets each get one step further than the one
// before.
func livesOf(w *world) (known lives) {
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
			for _, t := range c.openTasks() {
				names = append(names, known.review(c, t)...)
			}
			if name == transcription && passed == 0 {
				names = append(append(names, "{case}", c.id, "{task}", c.openTasks()[0].ID), besideOf(w, c)...)
			}
			if state := c.view().State; state == model.Approved || state == model.ApprovedCond {
				livesInUse(w, c, name)
				switch name {
				case minutes:
					names = append(append(names, "{active}", c.id), inUseOf(w, c)...)
				case transcription:
					names = append(names, "{assessed}", c.id)
				}
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
	known.names = strings.NewReplacer(names...)
	return known
}

// review takes up the page of a task, of the first case in which it is open, and returns
// what the word for it stands for.
func (l *lives) review(c *aCase, t openTask) (names []string) {
	page := look{string(t.Role), fmt.Sprintf("/tasks/{%s %s}", t.Stage, t.Kind)}
	if t.Kind == model.TaskPrepare {
		page.path = fmt.Sprintf("/cases/{%s %s}/assessments/%s", t.Stage, t.Kind, t.Stage)
	}
	if slices.Contains(l.reviews, page) || !slices.Contains(teamRoles, t.Role) {
		return nil
	}
	l.reviews = append(l.reviews, page)
	id := t.ID
	if t.Kind == model.TaskPrepare {
		id = c.id
	}
	return []string{fmt.Sprintf("{%s %s}", t.Stage, t.Kind), id}
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

// besideOf puts beside a case, and beside all cases, one of what has a page of its own.
func besideOf(w *world, c *aCase) []string {
	dpo, day := c.team.who(model.RoleDPO), func(months int) string { return time.Now().AddDate(0, months, 0).Format(time.DateOnly) }
	made := w.makes(dpo, c.path("/remarks"), map[string]any{"stage": "dpia", "severity": "improvable", "text": "Riskbilden kan beskrivas utförligare."})
	names := []string{"{remark}", made.RemarkID, "{attachment}", strings.Split(w.attach(c), "/")[6]}
	made = w.makes(c.owner(), "/incidents", map[string]any{
		"category": "data_leak", "severity": "high", "personal_data": "yes", "case_id": c.id, "description": "En anteckning hamnade fel.",
	})
	names = append(names, "{incident}", made.IncidentID)
	made = w.makes(dpo, "/advice", map[string]any{
		"title": "Inloggningsuppgifter", "value": "supports", "text": "Behandlingen är begränsad till inloggning.", "valid_until": day(12),
		"scope": map[string]any{"personal_data": []string{"account_only"}, "max_ipl": 1, "data_subject_groups": []string{"employees"}},
	})
	names = append(names, "{advice}", made.AdviceID)
	w.letIn("administrator")
	made = w.makes("administrator", "/suppliers", map[string]any{"answers": map[string]any{"name": "Ordförråd AB", "country": "Sverige", "dpa_recheck_due": day(2)}})
	names = append(names, "{supplier}", made.RecordID)
	made = w.makes("administrator", "/services", map[string]any{"name": "gateway", "org_unit": "namnd" + string(c.team)})
	return append(names, "{service}", made.ServiceID)
}

// inUseOf names what belongs to a case that is in use.
func inUseOf(w *world, c *aCase) []string {
	made := w.makes(c.team.who(model.RoleDPO), c.path("/records"), map[string]any{"kind": "complaint", "answers": map[string]any{
		"received_at": time.Now().AddDate(0, 0, -1).Format(time.DateOnly), "complaint_kind": "complaint", "text_ref": "SN 2026-17",
	}})
	var conditions, tools struct {
		Items []struct {
			ConditionID string `json:"condition_id"`
			Status      string `json:"status"`
			EntryID     string `json:"id"`
			CaseID      string `json:"case_id"`
		} `json:"items"`
	}
	names := []string{"{record}", made.RecordID}
	w.get(c.owner(), c.path("/conditions"), &conditions)
	for _, item := range conditions.Items {
		if item.Status == "open" {
			names = append(names, "{condition}", item.ConditionID)
		}
	}
	w.get(c.owner(), "/register", &tools)
	for _, item := range tools.Items {
		if item.CaseID == c.id {
			names = append(names, "{entry}", item.EntryID)
		}
	}
	return names
}

// made is what somebody has put beside a case.
type made struct {
	RemarkID   string `json:"remark_id"`
	RecordID   string `json:"record_id"`
	IncidentID string `json:"incident_id"`
	AdviceID   string `json:"advice_id"`
	ServiceID  string `json:"service_id"`
}

// makes puts something into the record and returns its id.
func (w *world) makes(user, path string, body any) (m made) {
	w.t.Helper()
	a := w.succeeds(user, client.Call{Method: http.MethodPost, Path: v1 + path, Key: client.NewKey(), Body: body})
	if err := a.Decode(&m); err != nil {
		w.t.Fatal(err)
	}
	return m
}

// letIn gives a token to somebody of the demo.
func (w *world) letIn(user string) {
	w.t.Helper()
	st := w.beside()
	defer st.Close()
	p, err := st.Person(w.t.Context(), org, user)
	if err != nil {
		w.t.Fatal(err)
	}
	secret, hash := authn.NewSecret()
	if err := st.AddToken(w.t.Context(), store.Token{
		OrgID: org, ID: model.NewID(), PersonID: p.ID, Label: "test", Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: clock.System.Now(), ExpiresAt: time.Now().Add(time.Hour),
	}); err != nil {
		w.t.Fatal(err)
	}
	w.tokens[user] = secret
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
	var late []string // a benchmark that fails tells nothing else
	defer func() {
		for _, what := range late {
			b.Error(what)
		}
	}()
	b.Run(strings.ReplaceAll(name, "/", "∕"), func(b *testing.B) {
		b.Helper()
		size := len(t.read(l))
		request := t.request(l)
		clients := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: manyReaders}}
		defer clients.CloseIdleConnections()
		took := make([][]time.Duration, manyReaders)
		readAll := func(each int) {
			var looking sync.WaitGroup
			for i := range took {
				took[i] = nil
				looking.Go(func() {
					for range each {
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
		}
		readAll(2) // prepares what each connection prepares once
		used := processorTime(b)
		b.ResetTimer()
		readAll((b.N + manyReaders - 1) / manyReaders)
		b.StopTimer()
		all := slices.Concat(took...)
		slices.Sort(all)
		if len(all) > 0 {
			p95 := all[len(all)*95/100]
			b.ReportMetric(float64(p95.Microseconds())/1000, "p95-ms")
			if p95 > l.limit() && os.Getenv("SLUSS_BENCH_LIMITS") != "" {
				late = append(late, fmt.Sprintf("%s: %v, and the limit is %v", name, p95, l.limit()))
			}
			b.ReportMetric(float64(size)/1000, "kB")
			b.ReportMetric(float64((processorTime(b)-used).Microseconds())/1000/float64(len(all)), "cpu-ms/page")
		}
	})
}

// processorTime is what this process has used: the server, its database where that is
// SQLite, and the clients.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// fill copies the cases of a record, with all that belongs to them, until there are
// many: each copy in another team's hands, and some in the states to which time alone
// leads. Messages go to the first team, which has the readers: a municipality has no
// 66 data protection officers.
func fill(b *testing.B, w *world) {
	b.Helper()
	db := w.database()
	count := func() (cases, states int) {
		if err := db.QueryRowContext(b.Context(), "SELECT count(*), count(DISTINCT state) FROM cases").Scan(&cases, &states); err != nil {
			b.Fatal(err)
		}
		return cases, states
	}
	originals, _ := count()
	err := multiply.Cases(b.Context(), w.recordURL(), multiply.Options{
		Copies: manyCases/originals + 1, Hands: peopleOf(b, w), States: inTime, Tables: append(multiply.Tables, "messages"),
		Only: map[string]string{"messages": "person_id IN (SELECT old FROM hands)"}, Stay: []string{"messages"},
	})
	if err != nil {
		b.Fatal(err)
	}
	cases, states := count()
	b.Logf("%d cases in %d states", cases, states)
	if cases < manyCases || states < 18 {
		b.Fatalf("%d cases in %d states", cases, states)
	}
}

// inTime are states to which time leads, or a rare decision.
var inTime = []string{
	string(model.PriorConsultation), string(model.FRIA), string(model.Reassessment), string(model.Expired), string(model.Decommissioned),
	string(model.Archived),
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
