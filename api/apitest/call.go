package apitest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sluss/api"
	"sluss/model"
)

// Call is one request.
type Call struct {
	// Path is below /api/v1 unless it begins with /api/ or is a health path.
	Method, Path string
	// As is the handle of the person whose token is sent, "" for none.
	As string
	// Body is sent as JSON, a string as it stands.
	Body any
	// Header holds lines of "Name: value".
	Header string
}

// Answer is what a request was answered with.
type Answer struct {
	*httptest.ResponseRecorder
	t testing.TB
}

// Do sends a request and holds the answer to the contract.
func (h *House) Do(c Call) Answer {
	h.T.Helper()
	r := httptest.NewRequestWithContext(context.WithoutCancel(h.T.Context()), c.Method, address(c.Path), h.body(c.Body))
	if c.Body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.As != "" {
		r.Header.Set("Authorization", "Bearer "+h.Tokens[c.As])
	}
	for line := range strings.Lines(c.Header) {
		if name, value, ok := strings.Cut(strings.TrimRight(line, "\n"), ": "); ok {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.Handler.ServeHTTP(w, r)
	if err := h.contract.Check(c.Method, r.URL.EscapedPath(), w.Code, w.Header().Get("Content-Type"), w.Body.Bytes()); err != nil {
		h.T.Errorf("the answer does not fit the contract: %v", err)
	}
	return Answer{w, h.T}
}

func address(path string) string {
	if strings.HasPrefix(path, "/api/") || path == "/livez" || path == "/readyz" {
		return path
	}
	return "/api/v1" + path
}

func (h *House) body(v any) io.Reader {
	h.T.Helper()
	switch v := v.(type) {
	case nil:
		return nil
	case string:
		return strings.NewReader(v)
	}
	text, err := json.Marshal(v)
	h.must(err)
	return bytes.NewReader(text)
}

// Get reads a path.
func (h *House) Get(as, path string) Answer {
	h.T.Helper()
	return h.Do(Call{Method: http.MethodGet, Path: path, As: as})
}

// Draft opens a case and returns its id.
func (h *House) Draft(as string, answers map[string]any) string {
	h.T.Helper()
	a := h.Do(Call{
		Method: http.MethodPost, Path: "/cases", As: as, Body: map[string]any{"answers": answers}, Header: Key(),
	}).Want(http.StatusCreated)
	return a.Object()["case_id"].(string)
}

// Key is a header with a fresh Idempotency-Key.
func Key() string { return "Idempotency-Key: " + model.NewID() }

// Into decodes the body.
func (a Answer) Into(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.Body.Bytes(), v); err != nil {
		a.t.Fatalf("%v in %s", err, a.Body)
	}
}

// Object is the body as a map.
func (a Answer) Object() map[string]any {
	a.t.Helper()
	out := map[string]any{}
	a.Into(&out)
	return out
}

// Want checks the status and gives the answer back.
func (a Answer) Want(status int) Answer {
	a.t.Helper()
	if a.Code != status {
		a.t.Fatalf("status %d, want %d: %s", a.Code, status, a.Body)
	}
	return a
}

// Problem checks that the answer is the complete problem of a code.
func (a Answer) Problem(status int, code string) api.Problem {
	a.t.Helper()
	a.Want(status)
	if ct := a.Header().Get("Content-Type"); ct != "application/problem+json" {
		a.t.Errorf("content type %q", ct)
	}
	var p api.Problem
	a.Into(&p)
	if string(p.Code) != code || p.Status != status || p.Type != "urn:sluss:problem:"+code {
		a.t.Errorf("problem %+v, want %d %s", p, status, code)
	}
	if p.Title == "" || p.Detail == "" || p.Instance == "" || p.Instance != a.Header().Get("X-Request-Id") {
		a.t.Errorf("incomplete problem %+v", p)
	}
	for _, r := range p.Rules {
		if r.Text == "" || r.Source == "" {
			a.t.Errorf("%s has no words or no source", r.ID)
		}
	}
	return p
}
