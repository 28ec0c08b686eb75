// Package client speaks the JSON API: for the command line, for tests and for
// whoever wants to write Go against a Sluss. It imports the standard library
// only and knows paths and headers, not what the bodies mean.
package client

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Client is a connection to one server as one person.
type Client struct {
	// Base is the server's address, such as http://127.0.0.1:8080.
	Base string
	// Token is the person's bearer token.
	Token string
	// Language is sent as Accept-Language; empty is the server's default.
	Language string
	// HTTP does the requests; nil means http.DefaultClient.
	HTTP *http.Client
}

// Call is one request.
type Call struct {
	Method, Path string
	// Body is sent as JSON when it is not nil.
	Body any
	// IfMatch and Key are sent as If-Match and Idempotency-Key when not empty.
	IfMatch, Key string
	// IfNoneMatch is the entity tag of what the caller has already, which the server
	// does not send again: the answer is 304 then.
	IfNoneMatch string
}

// Answer is a response that the server gave, whatever its status.
type Answer struct {
	Status int
	Header http.Header
	// Body is what the server has written, nil where it has handed over a Value.
	Body  []byte
	value *Value
}

// ETag is the entity tag to send back as IfMatch.
func (a Answer) ETag() string { return a.Header.Get("ETag") }

// Decode reads the body into v.
func (a Answer) Decode(v any) error {
	if a.value != nil {
		return a.value.into(v)
	}
	return json.Unmarshal(a.Body, v)
}

// Problem is an error as the server tells it (RFC 9457).
type Problem struct {
	Type     string  `json:"type"`
	Title    string  `json:"title"`
	Status   int     `json:"status"`
	Detail   string  `json:"detail"`
	Instance string  `json:"instance"`
	Code     string  `json:"code"`
	Errors   []Fault `json:"errors"`
	Rules    []struct {
		ID     string `json:"id"`
		Text   string `json:"text"`
		Source string `json:"source"`
	} `json:"rules"`
}

// Fault is one thing that is wrong with what was sent: where, by which rule, and
// whether it is that there is no answer yet.
type Fault struct {
	Pointer string `json:"pointer"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Missing bool   `json:"missing"`
}

// Error tells the problem in a few lines: what happened, which answers and which
// rules are behind it.
func (p *Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s (%s)", p.Title, p.Code)
	if p.Detail != "" {
		fmt.Fprintf(&b, "\n%s", p.Detail)
	}
	for _, e := range p.Errors {
		fmt.Fprintf(&b, "\n  %s: %s (%s)", e.Pointer, e.Message, e.Code)
	}
	for _, r := range p.Rules {
		fmt.Fprintf(&b, "\n  %s: %s", r.ID, r.Text)
	}
	return b.String()
}

// NewKey returns a fresh Idempotency-Key.
func NewKey() string { return rand.Text() }

// Send makes a request and returns the answer, whatever its status. An error
// means that it is not known whether the server did what was asked: the same
// call with the same key tells.
func (c *Client) Send(ctx context.Context, call Call) (Answer, error) {
	var body io.Reader
	if call.Body != nil {
		text, err := json.Marshal(call.Body)
		if err != nil {
			return Answer{}, fmt.Errorf("write the request: %w", err)
		}
		body = bytes.NewReader(text)
	}
	req, err := http.NewRequestWithContext(ctx, call.Method, strings.TrimSuffix(c.Base, "/")+call.Path, body)
	if err != nil {
		return Answer{}, err
	}
	for name, value := range map[string]string{
		"If-Match": call.IfMatch, "Idempotency-Key": call.Key, "Accept-Language": c.Language, "If-None-Match": call.IfNoneMatch,
	} {
		if value != "" {
			req.Header.Set(name, value)
		}
	}
	if c.Token != "" {
		req.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	return c.do(req)
}

func (c *Client) do(req *http.Request) (Answer, error) {
	h := c.HTTP
	if h == nil {
		h = http.DefaultClient
	}
	resp, err := h.Do(req)
	if err != nil {
		return Answer{}, err
	}
	defer resp.Body.Close()
	if value, ok := resp.Body.(*Value); ok {
		return Answer{Status: resp.StatusCode, Header: resp.Header, value: value}, nil
	}
	body, err := io.ReadAll(resp.Body)
	return Answer{Status: resp.StatusCode, Header: resp.Header, Body: body}, err
}

// Do makes a request, reads a good answer into out, unless out is nil or the caller
// has it already, and turns any other into a *Problem.
func (c *Client) Do(ctx context.Context, call Call, out any) (Answer, error) {
	a, err := c.Send(ctx, call)
	if err != nil {
		return a, err
	}
	if a.Status >= 400 {
		p := &Problem{Status: a.Status, Title: http.StatusText(a.Status)}
		_ = a.Decode(p) // a proxy's error has no JSON: its status is all there is
		return a, p
	}
	if out == nil || a.Status == http.StatusNotModified {
		return a, nil
	}
	return a, a.Decode(out)
}
