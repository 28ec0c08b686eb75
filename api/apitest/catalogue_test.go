//go:build !slim

package apitest_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/api"
	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/blobs"
	"sluss/model/store/pgtest"
	"sluss/workflows"
	"sluss/workflows/contract"
)

// refusal is a request that is answered with a code of the catalogue.
type refusal struct {
	status int
	// pointer and fault are of the one thing that is wrong with the request.
	pointer, fault string
	// rules are those behind the refusal.
	rules []string
	// ask prepares what it takes and returns the request and the house to send
	// it to.
	ask asking
	// alone is true for a request to a house of its own, which takes its time.
	alone bool
	// keeps are the rows that stay behind: an act that is pending was accepted.
	keeps map[string]int
}

// refusals has one request for each code.
var refusals = map[model.Code]refusal{
	model.CodeNotFound: {status: 404, ask: plain(http.MethodGet, "/cases/"+model.NewID(), "owner", nil, "")},
	model.CodeForbidden: {status: 403, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "manager", "endorse")
		return o.House, o.decision("ciso", task, m{"outcome": "endorse"})
	}},
	model.CodeUnauthenticated: {status: 401, ask: plain(http.MethodGet, "/me", "", nil, "")},
	model.CodeInvalid: {status: 422, pointer: "/path_forward_text", fault: "V-60", ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "manager", "endorse")
		return o.House, o.decision("manager", task, m{"outcome": "return", "reason_codes": []string{"L-28"}, "path_forward_text": "Kort."})
	}},
	model.CodeStale:                {status: 412, ask: onDraft(http.MethodPut, "/intake", m{"answers": m{"title": "Ett annat namn"}}, "If-Match: \"9\"")},
	model.CodePreconditionRequired: {status: 428, ask: onDraft(http.MethodPut, "/intake", m{"answers": m{}}, "")},
	model.CodeKeyMissing:           {status: 400, ask: plain(http.MethodPost, "/cases", "owner", m{}, "")},
	model.CodeKeyReused: {status: 422, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		c := apitest.Call{Method: http.MethodPost, Path: "/cases", As: "owner", Body: m{"answers": m{"title": "Ett ärende"}}, Header: apitest.Key()}
		o.Do(c).Want(http.StatusCreated)
		c.Body = m{"answers": m{"title": "Ett annat ärende"}}
		return o.House, c
	}},
	model.CodeStateConflict: {status: 409, rules: []string{"T-22"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		return o.House, o.act("system", o.submitted([]string{"base"}, nil), "/activation", m{})
	}},
	model.CodeTaskClosed: {status: 409, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "manager", "endorse")
		late := o.decision("manager", task, m{"outcome": "endorse"})
		o.decide("manager", task, m{"outcome": "endorse"}).Want(http.StatusOK)
		return o.House, late
	}},
	model.CodeTaskTaken: {status: 403, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "ciso", "decision")
		o.Do(apitest.Call{
			Method: http.MethodPut, Path: task + "/assignment", As: "ciso_2", Body: m{"assignee": "me"},
			Header: "If-Match: " + o.etag("ciso_2", task),
		}).Want(http.StatusOK)
		return o.House, o.decision("ciso", task, m{"outcome": "approve"})
	}},
	model.CodeDelegationOver: {status: 409, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		d := delegate(o.House, "legal", m{"to": "employee", "roles": []string{"legal_counsel"}}).Want(http.StatusOK).Object()
		end := apitest.Call{As: "legal", Method: http.MethodPost, Path: "/delegations/" + d["delegation_id"].(string) + "/end", Header: apitest.Key()}
		o.Do(end).Want(http.StatusOK)
		end.Header = apitest.Key()
		return o.House, end
	}},
	model.CodeAbsenceOver: {status: 409, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		a := noteAbsence(o.House, "legal", nil).Want(http.StatusOK).Object()
		end := apitest.Call{As: "legal", Method: http.MethodPost, Path: "/absences/" + a["absence_id"].(string) + "/end", Header: apitest.Key()}
		o.Do(end).Want(http.StatusOK)
		end.Header = apitest.Key()
		return o.House, end
	}},
	model.CodeGuard: {status: 409, rules: []string{"T-16"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "ciso", "decision")
		return o.House, o.decision("ciso", task, m{"outcome": "approve"})
	}},
	model.CodeSegregation: {status: 403, pointer: "/answers/information_owner_id", fault: "SOD-01", rules: []string{"SOD-01"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		id := o.Draft("owner", o.answers([]string{"base"}, m{"information_owner_id": "owner"}))
		return o.House, o.act("owner", id, "/submissions", m{"stage": "intake", "revision": 1})
	}},
	model.CodeConditionsOpen: {status: 409, rules: []string{"CO-01"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		id := o.submitted([]string{"base"}, nil)
		o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
		o.decide("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve_with_conditions", "conditions": []m{condition(nil)}}).Want(http.StatusOK)
		return o.House, o.act("system", id, "/activation", m{})
	}},
	model.CodeUnchanged: {status: 409, rules: []string{"T-19"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		return o.House, o.act("owner", o.submitted([]string{"base"}, nil), "/submissions", m{"stage": "intake", "revision": 1})
	}},
	model.CodePersonNeeded: {status: 409, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		o.Draft("other", o.answers([]string{"base"}, nil))
		asked := o.note("admin", "/disposals", m{"person_id": o.People["other"], "reason": "Har slutat"}).Want(http.StatusOK).Object()
		return o.House, apitest.Call{
			Method: http.MethodPost, Path: "/disposals/" + asked["disposal_id"].(string) + "/approval", As: "registrar",
			Body: m{"reason": "Prövat"}, Header: apitest.Key(),
		}
	}},
	model.CodeVersionTaken: {status: 409, rules: []string{"SOD-07"}, ask: func(t *testing.T, o office) (*apitest.House, apitest.Call) {
		body := m{"files": nextFiles(t, "2026.12"), "reason": "En fråga till chefen"}
		propose(o.House, "ciso", body).Want(http.StatusCreated)
		return o.House, apitest.Call{Method: http.MethodPost, Path: "/rulebooks", As: "admin", Body: body, Header: apitest.Key()}
	}},
	model.CodeNotInTree: {status: 409, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		id := o.Draft("owner", m{"title": "Ett ärende"}) // nobody fills the tree here
		return o.House, apitest.Call{Method: http.MethodGet, Path: "/audit/proof?seq=1&case_id=" + id, As: "owner"}
	}},
	model.CodeBusy:        {status: 429, ask: busy, alone: true},
	model.CodePending:     {status: 503, ask: pending, alone: true, keeps: map[string]int{"commands": 1}},
	model.CodeUnavailable: {status: 503, ask: ready(func() []api.ReadyCheck { return []api.ReadyCheck{{Name: "engine", Err: errors.New("away")}} })},

	model.CodeRestored: {status: 503, ask: func(t *testing.T, o office) (*apitest.House, apitest.Call) {
		h, _ := restoredHouse(t, o.record)
		return h, apitest.Call{Method: http.MethodGet, Path: "/me", As: "owner"}
	}},
	model.CodeUnverified: {status: 409, ask: func(t *testing.T, o office) (*apitest.House, apitest.Call) {
		h, id := restoredHouse(t, o.record)
		return h, apitest.Call{Method: http.MethodPost, Path: "/restorations/" + id + "/approval", As: "admin", Header: apitest.Key()}
	}},

	model.CodeStepUp: {status: 401, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		id := o.submitted([]string{"base"}, nil)
		o.decide("manager", o.task(id, "manager", "endorse"), m{"outcome": "endorse"}).Want(http.StatusOK)
		o.House = o.Asking(&access.StepUp{MaxAge: time.Hour, Roles: []model.Role{model.RoleCISO}})
		return o.House, o.decision("ciso", o.task(id, "ciso", "decision"), m{"outcome": "approve"})
	}},

	"malformed":              {status: 400, ask: plain(http.MethodPost, "/cases", "owner", `{"answers": `, apitest.Key())},
	"method_not_allowed":     {status: 405, ask: plain(http.MethodDelete, "/cases", "owner", nil, "")},
	"payload_too_large":      {status: 413, ask: plain(http.MethodPost, "/cases", "owner", `{"answers": {"summary": "`+strings.Repeat("å", 600_000)+`"}}`, apitest.Key())},
	"unsupported_media_type": {status: 415, ask: plain(http.MethodPost, "/cases", "owner", "{}", apitest.Key()+"\nContent-Type: text/plain")},
	"too_many_requests": {status: 429, ask: func(t *testing.T, o office) (*apitest.House, apitest.Call) {
		h := apitest.OpenAt(t, o.record(t), api.Options{Limits: api.Limits{Person: 1, Address: 1}}, nil)
		h.Get("owner", "/me").Want(http.StatusOK)
		return h, apitest.Call{Method: http.MethodGet, Path: "/me", As: "owner"}
	}},
	model.CodeAttachmentTooLarge: {status: 413, ask: attaching("stor.pdf", aPDF+strings.Repeat("x", blobs.MaxSize))},
	model.CodeAttachmentType:     {status: 415, ask: attaching("sida.html", "<!DOCTYPE html>")},
	model.CodeAttachmentDamaged: {status: 500, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		path := damaged(o.House, o.Draft("owner", m{"title": "Ett ärende"}))
		return o.House, apitest.Call{Method: http.MethodGet, Path: path, As: "owner"}
	}},
	"internal": {status: 500, ask: ready(func() []api.ReadyCheck { panic("a detail that nobody is told") })},
}

// slowCode is the code of a request that arrives too slowly. It takes a connection.
const slowCode model.Code = "request_timeout"

// TestCatalogueIsWhole requires a request here for every code that there is.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	tried := append(slices.Collect(maps.Keys(refusals)), slowCode)
	all := api.Codes()
	slices.Sort(tried)
	slices.Sort(all)
	if !slices.Equal(tried, all) {
		t.Errorf("the catalogue has %v, the requests are for %v", all, tried)
	}
}

// records are where a house can keep its record.
var records = map[string]func(testing.TB) string{
	"sqlite":   apitest.RecordFile,
	"postgres": func(t testing.TB) string { return pgtest.NewDatabase(t, migrate) },
}

func migrate(ctx context.Context, url string) error {
	s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
	if err != nil {
		return err
	}
	return s.Close()
}

// TestRefusals meets every code of the catalogue, in both languages, on both
// databases. Whatever is refused leaves no row behind.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := ownOffice(t, record)
			o.refuseAll(t)
			o.withstandAll(t)
		})
	}
}

func (o office) refuseAll(t *testing.T) {
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		r := refusals[code]
		t.Run(string(code), func(t *testing.T) {
			if r.alone {
				t.Parallel()
			}
			o.in(t).refuse(code, r)
		})
	}
}

// refuse sends a request in each language and compares what it is answered with,
// and the rows of all tables before and after.
func (o office) refuse(code model.Code, r refusal) {
	t := o.T.(*testing.T)
	h, call := r.ask(t, o)
	before := h.Counts()
	for name, n := range r.keeps {
		before[name] += n
	}
	for _, l := range lang.Languages() {
		asked := call
		asked.Header = strings.TrimSpace(asked.Header + "\nAccept-Language: " + string(l))
		checkProblem(t, h.Do(asked).Problem(r.status, string(code)), l, r)
	}
	if after := h.Counts(); !maps.Equal(before, after) {
		t.Errorf("rows before %v, after %v", before, after)
	}
}

// checkProblem compares a problem with the catalogue's words and with what is
// wrong with the request.
func checkProblem(t *testing.T, p api.Problem, l lang.Lang, r refusal) {
	t.Helper()
	entry, _ := api.Catalogue(p.Code)
	if p.Status != entry.Status || p.Title != entry.Title.In(l) || p.Detail != entry.Detail.In(l) {
		t.Errorf("in %s it says %d %q %q", l, p.Status, p.Title, p.Detail)
	}
	if got := ruleIDs(p); !slices.Equal(got, r.rules) {
		t.Errorf("the rules are %v, want %v", got, r.rules)
	}
	switch {
	case r.fault == "" && len(p.Errors) > 0:
		t.Errorf("the errors are %+v, want none", p.Errors)
	case r.fault != "" && (len(p.Errors) != 1 || p.Errors[0].Pointer != r.pointer || p.Errors[0].Code != r.fault || p.Errors[0].Message == ""):
		t.Errorf("the errors are %+v, want %s at %s", p.Errors, r.fault, r.pointer)
	}
}

// ownOffice is an office with an engine of its own, so that it can be open beside
// the others.
func ownOffice(t *testing.T, record func(testing.TB) string) office {
	t.Helper()
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
	h := apitest.OpenAt(t, record(t), api.Options{}, c)
	w := worker.New(c, contract.TaskQueue, activities.WorkerOptions(h.Store.WriteConns()))
	workflows.Register(w)
	(&activities.Activities{Store: h.Store, Clock: h.Clock}).Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	return office{h, record}
}

// act is an act on a case as it stands.
func (o office) act(as, id, path string, body any) apitest.Call {
	o.T.Helper()
	return apitest.Call{
		Method: http.MethodPost, Path: "/cases/" + id + path, As: as, Body: body,
		Header: "If-Match: " + o.etag("owner", "/cases/"+id) + "\n" + apitest.Key(),
	}
}

// decision answers a task as it stands, with its form filled in.
func (o office) decision(as, task string, body m) apitest.Call {
	o.T.Helper()
	body["revision"], body["answers"] = 1, o.Answers("auditor", task, nil)
	return apitest.Call{
		Method: http.MethodPost, Path: task + "/decision", As: as, Body: body,
		Header: "If-Match: " + o.etag("auditor", task) + "\n" + apitest.Key(),
	}
}

// asking prepares a request and the house to send it to.
type asking func(t *testing.T, o office) (*apitest.House, apitest.Call)

// plain needs no preparation.
func plain(method, path, as string, body any, header string) asking {
	return func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		return o.House, apitest.Call{Method: method, Path: path, As: as, Body: body, Header: header}
	}
}

// onDraft is about a draft of the owner's.
func onDraft(method, path string, body any, header string) asking {
	return func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		id := o.Draft("owner", m{"title": "Ett ärende"})
		return o.House, apitest.Call{Method: method, Path: "/cases/" + id + path, As: "owner", Body: body, Header: header}
	}
}

// attaching attaches a file to a draft of the owner's.
func attaching(name, content string) asking {
	return func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		u := onIntake(content)
		u.Name = name
		return o.House, o.Attach("owner", o.Draft("owner", m{"title": "Ett ärende"}), u)
	}
}

// ready asks a house of its own for its health.
func ready(checks func() []api.ReadyCheck) asking {
	return func(t *testing.T, o office) (*apitest.House, apitest.Call) {
		h := apitest.OpenAt(t, o.record(t), api.Options{Ready: func(context.Context) []api.ReadyCheck { return checks() }}, nil)
		return h, apitest.Call{Method: http.MethodGet, Path: "/readyz"}
	}
}

// cutOff is another office, which cannot reach its engine and waits so long for it.
func (o office) cutOff(t *testing.T, wait time.Duration) office {
	t.Helper()
	c, err := client.NewLazyClient(client.Options{HostPort: "127.0.0.1:1", Logger: log.NewStructuredLogger(slog.New(slog.DiscardHandler))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return office{apitest.OpenAt(t, o.record(t), api.Options{}, c).Waiting(wait), o.record}
}

// submission hands in a draft of a house that cannot reach its engine.
func (o office) submission(id string) apitest.Call {
	o.T.Helper()
	return o.act("owner", id, "/submissions", m{"stage": "intake", "revision": 1})
}

// pending is an act of which nobody knows in time what becomes of it.
func pending(t *testing.T, o office) (*apitest.House, apitest.Call) {
	o = o.cutOff(t, time.Second)
	return o.House, o.submission(o.Draft("owner", o.answers([]string{"base"}, nil)))
}

// busy is one act too many on a case: as many as are let through are on their way.
func busy(t *testing.T, o office) (*apitest.House, apitest.Call) {
	o = o.cutOff(t, 12*time.Second)
	id := o.Draft("owner", o.answers([]string{"base"}, nil))
	stored := o.Counts()["commands"]
	var under sync.WaitGroup
	t.Cleanup(under.Wait)
	const places = 8
	for range places {
		one := o.submission(id)
		under.Go(func() { o.Do(one) })
	}
	for began := time.Now(); o.Counts()["commands"] < stored+places; time.Sleep(5 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the acts are not on their way")
		}
	}
	return o.House, o.submission(id)
}

// TestSlowRequest sends half a request and waits: the server tells when it has
// waited long enough.
func TestSlowRequest(t *testing.T) {
	t.Parallel()
	for name, record := range records {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := apitest.OpenAt(t, record(t), api.Options{}, nil)
			h.Unchanged(func() { sendHalves(t, h) })
		})
	}
}

// sendHalves sends half a request in each language.
func sendHalves(t *testing.T, h *apitest.House) {
	s := httptest.NewServer(h.Handler)
	defer s.Close()
	t.Run("each", func(t *testing.T) {
		for _, l := range lang.Languages() {
			t.Run(string(l), func(t *testing.T) {
				t.Parallel()
				p := halfARequest(t, h, s.Listener.Addr().String(), l)
				checkProblem(t, p, l, refusal{})
				if p.Code != slowCode {
					t.Errorf("the code is %s", p.Code)
				}
			})
		}
	})
}

func halfARequest(t *testing.T, h *apitest.House, address string, l lang.Lang) api.Problem {
	t.Helper()
	c, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /api/v1/cases HTTP/1.1\r\nHost: sluss\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Idempotency-Key: slow\r\nAccept-Language: %s\r\nContent-Length: 100\r\n\r\n{\"answers\":", h.Tokens["owner"], l)
	answer, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var p api.Problem
	if err := json.NewDecoder(answer.Body).Decode(&p); err != nil || answer.StatusCode != http.StatusRequestTimeout {
		t.Fatalf("answered with %s: %v", answer.Status, err)
	}
	return p
}
