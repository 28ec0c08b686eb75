//go:build !slim

package apitest_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"sluss/api"
	"sluss/api/apitest"
	"sluss/model"
	"sluss/model/calendar"
	"sluss/model/rulebook"
)

// fuzzRequests is how many requests TestFuzz makes when the environment does not
// say otherwise: SLUSS_FUZZ_REQUESTS, and SLUSS_FUZZ_SEED for what they are drawn
// from.
var fuzzRequests = inCI(fuzzFull, 1_000)

// fuzzFull is how many requests it takes to ask every operation.
const fuzzFull = 4_000

// fuzzRound is how many requests are drawn from one string of bits.
const fuzzRound = 50

// operation is what a method does at a path of the contract.
type operation struct {
	method, template string
	apitest.Operation
}

// open reports whether the operation needs no token.
func (o operation) open() bool { return o.Security != nil && len(*o.Security) == 0 }

// operations are those of the contract, in the order of their paths and methods.
func operations(c *apitest.Contract) (out []operation) {
	for _, path := range slices.Sorted(maps.Keys(c.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(c.Paths[path])) {
			out = append(out, operation{strings.ToUpper(method), path, c.Paths[path][method]})
		}
	}
	return out
}

// TestFuzz walks the contract with requests that fit it and requests that do not,
// from everybody and nobody, against a server that listens. No request is answered
// by a fault of the server, with a status that the contract does not declare or a
// body that its schema does not have; a refusal is a whole problem and repeats
// nothing of what was sent; nothing of one organisation comes to another, and
// nothing that was sent comes into the log.
func TestFuzz(t *testing.T) {
	t.Parallel()
	requests, seed := fromEnvironment(t, "SLUSS_FUZZ_REQUESTS", fuzzRequests), fromEnvironment(t, "SLUSS_FUZZ_SEED", 1)
	t.Logf("seed %d, %d requests", seed, requests)
	l := openLive(t, apitest.RecordFile(t))
	service(l.house, "gateway", 1_000_000)
	seen := newSightings()
	var walking sync.WaitGroup
	for i := range batches {
		walking.Go(func() {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				w := &walker{l: l, operations: operations(l.contract), questions: questionsOf(l.book), seen: seen}
				w.settle(t)
				random := rand.New(rand.NewPCG(uint64(seed), uint64(i)))
				for n := 0; w.sent < requests/batches; n++ {
					if !t.Run(fmt.Sprint(n), func(t *testing.T) { rapid.MakeFuzz(w.round)(t, bits(random)) }) {
						t.Fatalf("seed %d, batch %d, round %d", seed, i, n)
					}
				}
			})
		})
	}
	walking.Wait()
	for _, what := range slices.Sorted(maps.Keys(seen.findings)) {
		t.Error(seen.findings[what])
	}
	seen.report(t)
	seen.complete(t, operations(l.contract), requests)
	if strings.Contains(l.house.Log.String(), mark) {
		t.Error("what was sent came into the log")
	}
}

func fromEnvironment(t *testing.T, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// walker makes requests one after the other and learns from the answers.
type walker struct {
	t          *rapid.T
	l          *live
	operations []operation
	questions  []*rulebook.Field
	// known is what has been learned, by organisation.
	known map[string]*knowledge
	seen  *sightings
	sent  int
	// meant is whether the request is one that could be meant: nothing odd is drawn.
	meant bool
	// written counts the marks.
	written int
}

// settle gives the walker cases on their way and in use, with what can lie beside
// them, to try its requests on.
func (w *walker) settle(t *testing.T) {
	t.Helper()
	o := office{w.l.house, nil}.in(t)
	draft := o.Draft("owner", m{"title": "Ett utkast"})
	waiting, stopped := o.submitted([]string{"base", "personal_data"}, nil), o.submitted([]string{"base"}, nil)
	used := o.submitted([]string{"base"}, nil)
	o.Drive(used, apitest.Answering{})
	o.MeetConditions(used)
	path := "/cases/" + used
	o.post("system", path+"/activation", o.etag("owner", path), m{}).Want(http.StatusOK)
	o.remark("dpo", waiting, m{"question_id": nil}).Want(http.StatusCreated)
	for _, kind := range slices.Sorted(maps.Keys(kept)) {
		o.keep("ciso", used, kind, kept[kind]).Want(http.StatusCreated)
	}
	o.Do(o.Attach("owner", waiting, apitest.Upload{Fields: map[string]string{"part": "intake"}, Name: "a.txt", Content: "Avtal."})).Want(http.StatusCreated)
	o.note("admin", "/suppliers", m{"answers": m{"name": "Leverantör " + model.NewID(), "country": "Sverige"}}).Want(http.StatusCreated)
	o.note("dpo", "/advice", m{
		"title": "Skrivhjälp", "text": "Inga invändningar.", "value": "supports", "valid_until": calendar.Today(o.Clock.Now()).AddDays(300).String(),
		"scope": m{"personal_data": []string{"incidental"}, "max_ipl": 1, "data_subject_groups": []string{"employees"}},
	}).Want(http.StatusCreated)
	o.report("employee", m{"case_id": used}).Want(http.StatusCreated)
	w.lookAround(o, draft, waiting, stopped, used)
}

// lookAround learns what there is.
func (w *walker) lookAround(o office, cases ...string) {
	o.T.Helper()
	here := newKnowledge()
	w.known = map[string]*knowledge{apitest.Org: here, apitest.Elsewhere: newKnowledge()}
	see := func(caseID, as, path string) {
		a := o.Get(as, path).Want(http.StatusOK)
		here.learn("/api/v1"+path, caseID, a.Header().Get("ETag"), a.Body.Bytes())
	}
	for _, id := range cases {
		here.learnValue("case_id", id)
		for _, rest := range []string{"", "/intake", "/tasks", "/conditions", "/decisions", "/remarks", "/attachments", "/records"} {
			see(id, "owner", "/cases/"+id+rest)
		}
	}
	for path, as := range map[string]string{
		"/suppliers": "ciso", "/advice": "dpo", "/incidents": "ciso", "/register": "owner", "/me/messages": "manager", "/people": "owner",
		"/units": "owner", "/tasks": "ciso",
	} {
		see("", as, path)
	}
}

// round is some requests.
func (w *walker) round(t *rapid.T) {
	w.t = t
	for range fuzzRound {
		w.step()
	}
}

func (w *walker) below(n int, what string) int { return dice.Draw(w.t, what) % n }

func (w *walker) chance(percent int, what string) bool { return w.below(100, what) < percent }

// odd is chance, but never for a request that is meant.
func (w *walker) odd(percent int, what string) bool { return !w.meant && w.chance(percent, what) }

func pick[T any](w *walker, what string, list []T) T { return list[w.below(len(list), what)] }

// step makes one request, and asks first how things stand when it needs to have
// read something.
func (w *walker) step() {
	c := w.draw()
	if c.op.method != http.MethodGet && c.as != "" && w.chance(50, "read before") {
		if at := strings.TrimSuffix(c.path, "/"+lastPart(c.path)); strings.Count(at, "/") >= 4 {
			w.send(crafted{op: operation{method: http.MethodGet, template: c.op.template}, path: at, as: c.as, org: c.org, caseID: c.caseID})
			c.header.Set("If-Match", w.known[c.org].etagOf(c.path))
		}
	}
	w.send(c)
}

func lastPart(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// send makes a request, judges its answer and learns from it.
func (w *walker) send(c crafted) {
	w.t.Helper()
	w.sent++
	a, err := w.l.exchange(c)
	if err != nil {
		w.t.Fatalf("%s: %v", c, err)
	}
	w.seen.note(c, a)
	if err := w.judge(c, a); err != nil {
		w.seen.find(c, a, err)
	}
	if a.status < 300 {
		w.known[c.org].learn(c.path, c.caseID, a.header.Get("ETag"), a.body)
	}
}

// judge says what is wrong with an answer.
func (w *walker) judge(c crafted, a exchanged) error {
	path, _, _ := strings.Cut(c.path, "?")
	if err := w.l.contract.Check(c.method(), path, a.status, a.header.Get("Content-Type"), a.body); err != nil {
		return err
	}
	if a.status >= 500 {
		return fmt.Errorf("a fault of the server")
	}
	if err := headersFit(a.header); err != nil {
		return err
	}
	if a.status < 400 {
		return w.judgeContent(c, a)
	}
	if c.method() == http.MethodHead {
		return nil
	}
	if strings.Contains(string(a.body), mark) || strings.Contains(fmt.Sprint(a.header), mark) {
		return fmt.Errorf("a refusal repeats what was sent")
	}
	return problemFits(a)
}

// judgeContent: what is answered belongs to the organisation of who asks, and
// nothing to nobody.
func (w *walker) judgeContent(c crafted, a exchanged) error {
	if c.foreign && !c.op.open() {
		return fmt.Errorf("another organisation's object is there")
	}
	other := markOf(apitest.Elsewhere)
	if c.org == apitest.Elsewhere {
		other = markOf(apitest.Org)
	}
	if strings.Contains(string(a.body), other) && !c.op.open() {
		return fmt.Errorf("another organisation's text is told")
	}
	if c.as == "" && !c.op.open() {
		return fmt.Errorf("somebody without a token is answered")
	}
	return nil
}

// headersFit: every answer has the headers that keep browsers from misusing it, and
// is kept only where it is the same to everybody or asked for anew each time.
func headersFit(h http.Header) error {
	for name, want := range map[string][]string{
		"X-Content-Type-Options": {"nosniff"}, "Referrer-Policy": {"no-referrer"},
		"Cache-Control":                {"no-store", "public, max-age=300", "private, no-cache"},
		"Content-Security-Policy":      {"default-src 'none'; frame-ancestors 'none'", "sandbox; default-src 'none'; frame-ancestors 'none'"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Strict-Transport-Security":    {"max-age=31536000; includeSubDomains"},
		"Content-Language":             {"sv", "en"},
	} {
		if got := h.Get(name); !slices.Contains(want, got) {
			return fmt.Errorf("%s is %q", name, got)
		}
	}
	if h.Get("X-Request-Id") == "" {
		return fmt.Errorf("the request has no name")
	}
	return nil
}

// besideStatus are headers that a refusal has by its status.
var besideStatus = map[int]string{
	http.StatusUnauthorized: "WWW-Authenticate", http.StatusMethodNotAllowed: "Allow",
	http.StatusTooManyRequests: "Retry-After", http.StatusServiceUnavailable: "Retry-After",
}

// problemFits: a refusal is a whole problem.
func problemFits(a exchanged) error {
	var r reply
	r.status, r.body = a.status, a.body
	if err := r.readProblem(); err != nil {
		return err
	}
	p := r.problem
	if p.Type != "urn:sluss:problem:"+string(p.Code) || p.Title == "" || p.Detail == "" || p.Instance != a.header.Get("X-Request-Id") {
		return fmt.Errorf("the problem is not whole")
	}
	if name := besideStatus[a.status]; name != "" && a.header.Get(name) == "" {
		return fmt.Errorf("%s is missing", name)
	}
	if p.Code == model.CodeInvalid && len(p.Errors) == 0 {
		return fmt.Errorf("nothing is said to be wrong")
	}
	return faultsFit(p)
}

func faultsFit(p api.Problem) error {
	for _, f := range p.Errors {
		if f.Code == "" || f.Message == "" || f.Pointer != "" && f.Pointer[0] != '/' {
			return fmt.Errorf("the fault is not whole: %+v", f)
		}
	}
	for _, r := range p.Rules {
		if r.Text == "" || r.Source == "" {
			return fmt.Errorf("%s has no words or no source", r.ID)
		}
	}
	return nil
}
