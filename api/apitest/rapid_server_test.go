//go:build !slim

package apitest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"go.temporal.io/sdk/worker"

	"sluss/activities"
	"sluss/api"
	"sluss/api/apitest"
	"sluss/deploy/engine"
	"sluss/deploy/engine/enginetest"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
	"sluss/workflows"
	"sluss/workflows/contract"
)

// fields are answers by the ids of their questions.
type fields = map[string]any

// live is a server that listens on a port of its own, with an engine and a record
// of its own.
type live struct {
	house    *apitest.House
	address  string
	client   *http.Client
	contract *apitest.Contract
	book     *rulebook.Book
	intakes  []intake
}

func openLive(t *testing.T, record string) *live {
	t.Helper()
	c := enginetest.Client(t, enginetest.Start(t, engine.Options{}))
	h := apitest.OpenAt(t, record, api.Options{}, c)
	w := worker.New(c, contract.TaskQueue, activities.WorkerOptions(h.Store.WriteConns()))
	workflows.Register(w)
	(&activities.Activities{Store: h.Store, Clock: h.Clock}).Register(w)
	if err := w.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Stop)
	openLenient(t, h)
	server := httptest.NewServer(h.Handler)
	t.Cleanup(server.Close)
	agreed, err := apitest.Load()
	if err != nil {
		t.Fatal(err)
	}
	l := &live{
		house: h, address: server.URL, contract: agreed, book: rulebook.Default(),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}},
	}
	t.Cleanup(l.client.CloseIdleConnections)
	l.intakes = completeIntakes(t, l)
	return l
}

// lenient is the code of a unit whose guidelines let a private licence be approved.
const lenient = "bolaget"

func openLenient(t *testing.T, h *apitest.House) {
	t.Helper()
	if err := h.Store.PutUnit(t.Context(), store.Unit{
		OrgID: apitest.Org, ID: model.NewID(), Code: lenient, Name: lang.Text{SV: "Bolaget", EN: "The company"}, Profile: "lidkoping",
		ControllerType: "public_authority", ManagerID: h.People["manager"], InformationOwnerID: h.People["info"], SystemOwnerID: h.People["system"],
	}); err != nil {
		t.Fatal(err)
	}
}

// request is one request to a live server. Path is below /api/v1.
type request struct {
	as, method, path string
	// etag and key are the headers If-Match and Idempotency-Key, "" for none.
	etag, key string
	body      any
}

// reply is what a request was answered with.
type reply struct {
	status int
	etag   string
	body   []byte
	// problem is what a refusal says.
	problem api.Problem
}

func (r reply) ok() bool { return r.status < 300 }

// code is that of a refusal, "" for an answer.
func (r reply) code() model.Code { return r.problem.Code }

// send does a request and holds the answer to the contract: it is declared, and it
// is no fault of the server.
func (l *live) send(q request) (reply, error) {
	text, err := bodyOf(q.body)
	if err != nil {
		return reply{}, err
	}
	r, err := http.NewRequestWithContext(context.Background(), q.method, l.address+"/api/v1"+q.path, bytes.NewReader(text))
	if err != nil {
		return reply{}, err
	}
	r.Header.Set("Authorization", "Bearer "+l.house.Tokens[q.as])
	for name, value := range map[string]string{"If-Match": q.etag, "Idempotency-Key": q.key} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	if q.body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w, err := l.client.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer w.Body.Close()
	out := reply{status: w.StatusCode, etag: w.Header.Get("ETag")}
	if out.body, err = io.ReadAll(w.Body); err != nil {
		return out, err
	}
	path, _, _ := strings.Cut("/api/v1"+q.path, "?")
	if err := l.contract.Check(q.method, path, w.StatusCode, w.Header.Get("Content-Type"), out.body); err != nil {
		return out, fmt.Errorf("the answer does not fit the contract: %w", err)
	}
	return out, out.readProblem()
}

func (r *reply) readProblem() error {
	if r.ok() {
		return nil
	}
	if err := json.Unmarshal(r.body, &r.problem); err != nil {
		return fmt.Errorf("%d without a problem: %s", r.status, r.body)
	}
	if r.status >= 500 || r.problem.Code == "" || r.problem.Status != r.status {
		return fmt.Errorf("answered with %d %s", r.status, r.body)
	}
	return nil
}

// bodyOf is a body as JSON, a string as it stands.
func bodyOf(v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return nil, nil
	case string:
		return []byte(v), nil
	}
	return json.Marshal(v)
}

// read gets what somebody may read.
func (l *live) read(as, path string, into any) (etag string, err error) {
	r, err := l.send(request{as: as, method: http.MethodGet, path: path})
	if err != nil {
		return "", err
	}
	if !r.ok() {
		return "", fmt.Errorf("GET %s as %s: %d %s", path, as, r.status, r.body)
	}
	return r.etag, json.Unmarshal(r.body, into)
}

// all reads every page of a list.
func all[T any](l *live, as, path string) ([]T, error) {
	var out []T
	for next := ""; ; {
		var page api.Page[T]
		address := path + "?limit=100"
		if next != "" {
			address += "&cursor=" + next
		}
		if _, err := l.read(as, address, &page); err != nil {
			return nil, err
		}
		out = append(out, page.Items...)
		if next = page.NextCursor; next == "" {
			return out, nil
		}
	}
}
