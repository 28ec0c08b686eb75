package apitest_test

import (
	"bufio"
	"errors"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/api"
	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/model/lang"
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
	ask func(t *testing.T, o office) (*apitest.House, apitest.Call)
	// keeps are the rows that the first request leaves behind.
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
	model.CodeStale: {status: 412, ask: onDraft(http.MethodPut, "/intake", m{"answers": m{"title": "Ett annat namn"}}, "If-Match: \"9\"")},
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
	model.CodeGuard: {status: 409, rules: []string{"T-16"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
		task := o.task(o.submitted([]string{"base"}, nil), "ciso", "decision")
		return o.House, o.decision("ciso", task, m{"outcome": "approve"})
	}},
	model.CodeSegregation: {status: 403, rules: []string{"SOD-01"}, ask: func(_ *testing.T, o office) (*apitest.House, apitest.Call) {
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
	model.CodeBusy:        {status: 429, ask: busy},
	model.CodePending:     {status: 503, ask: pending, keeps: map[string]int{"commands": 1}},
	model.CodeUnavailable: {status: 503, ask: ready(func() []api.ReadyCheck { return []api.ReadyCheck{{Name: "engine", Err: errors.New("away")}} })},

	"malformed":              {status: 400, ask: plain(http.MethodPost, "/cases", "owner", `{"answers": `, apitest.Key())},
	"method_not_allowed":     {status: 405, ask: plain(http.MethodDelete, "/cases", "owner", nil, "")},
	"payload_too_large":      {status: 413, ask: plain(http.MethodPost, "/cases", "owner", `{"answers": {"summary": "`+strings.Repeat("å", 600_000)+`"}}`, apitest.Key())},
	"unsupported_media_type": {status: 415, ask: plain(http.MethodPost, "/cases", "owner", "{}", apitest.Key()+"\nContent-Type: text/plain")},
	"too_many_requests": {status: 429, ask: func(t *testing.T, _ office) (*apitest.House, apitest.Call) {
		h := apitest.Open(t, api.Options{Limits: api.Limits{Person: 1, Address: 1}}, nil)
		h.Get("owner", "/me").Want(http.StatusOK)
		return h, apitest.Call{Method: http.MethodGet, Path: "/me", As: "owner"}
	}},
	"internal": {status: 500, ask: ready(func() []api.ReadyCheck { panic("a detail that nobody is told") })},
}

// atItsOwnPace is the code of a request that arrives too slowly, which takes a
// connection of its own.
const atItsOwnPace model.Code = "request_timeout"

// TestCatalogueIsWhole requires a request here for every code that there is.
func TestCatalogueIsWhole(t *testing.T) {
	t.Parallel()
	tried := append(slices.Collect(maps.Keys(refusals)), atItsOwnPace)
	all := api.Codes()
	slices.Sort(tried)
	slices.Sort(all)
	if !slices.Equal(tried, all) {
		t.Errorf("the catalogue has %v, the requests are for %v", all, tried)
	}
}

// TestRefusals meets every code of the catalogue, in both languages. Whatever is
// refused leaves no row behind.
func TestRefusals(t *testing.T) {
	t.Parallel()
	o := ownOffice(t)
	for _, code := range slices.Sorted(maps.Keys(refusals)) {
		r := refusals[code]
		t.Run(string(code), func(t *testing.T) {
			h, call := r.ask(t, o.in(t))
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
		})
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
	case r.pointer == "" && len(p.Errors) > 0:
		t.Errorf("the errors are %+v, want none", p.Errors)
	case r.pointer != "" && (len(p.Errors) != 1 || p.Errors[0].Pointer != r.pointer || p.Errors[0].Code != r.fault || p.Errors[0].Message == ""):
		t.Errorf("the errors are %+v, want %s at %s", p.Errors, r.fault, r.pointer)
	}
}

// ownOffice is an office with an engine of its own.
func ownOffice(t *testing.T) office {
	t.Helper()
	return officeOn(t, enginetest.Client(t, enginetest.Start(t, engine.Options{})))
}
var _ = bufio.NewReader
var _ = context.Background
var _ = json.Marshal
var _ = fmt.Sprint
var _ net.Conn
var _ = httptest.NewServer
var _ = strconv.Itoa
var _ sync.WaitGroup
var _ time.Time
var _ client.Client
var _ worker.Worker
var _ activities.Activities
var _ = workflows.Register
var _ = contract.TaskQueue
