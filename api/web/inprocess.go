package web

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"sync"

	"sluss/api"
	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model/store"
)

// inProcess carries requests to the API in the same process. The person who asks
// is in the context, where nobody outside the process can put one. The address is
// that of the browser, by which those are counted who have not signed in.
type inProcess struct {
	api     http.Handler
	address string
}

// RoundTrip implements http.RoundTripper.
func (t inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.WithContext(r.Context())
	r.RemoteAddr = t.address
	if r.Body == nil {
		r.Body = http.NoBody
	}
	w := &taking{response: response{header: http.Header{}, status: http.StatusOK}}
	t.api.ServeHTTP(w, r)
	a := &http.Response{
		Status: http.StatusText(w.status), StatusCode: w.status, Header: w.header, Request: r,
		Body: io.NopCloser(&w.body), ContentLength: int64(w.body.Len()), ProtoMajor: 1, ProtoMinor: 1,
	}
	if w.value != nil {
		a.Body, a.ContentLength = &client.Value{Of: w.value}, -1
	}
	return a, nil
}

// response takes what a handler answers.
type response struct {
	header  http.Header
	status  int
	written bool
	body    bytes.Buffer
}

func (a *response) Header() http.Header { return a.header }

func (a *response) WriteHeader(status int) {
	if !a.written {
		a.status, a.written = status, true
	}
}

func (a *response) Write(b []byte) (int, error) {
	a.written = true
	return a.body.Write(b)
}

// taking takes the value of an answer where there is one.
type taking struct {
	response
	value any
}

// Take implements api.Taker.
func (a *taking) Take(v any) { a.written, a.value = true, v }

// get reads what the API has at a path.
func (v *visit) get(path string, q url.Values, out any) error {
	return v.getAs(v.r.Context(), path, q, out)
}

// getPublic reads what the API shows to everybody, whoever has signed in.
func (v *visit) getPublic(path string, q url.Values, out any) error {
	return v.getAs(authn.WithoutPerson(v.r.Context()), path, q, out)
}

func (v *visit) getAs(ctx context.Context, path string, q url.Values, out any) error {
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	_, err := v.api.Do(ctx, client.Call{Method: http.MethodGet, Path: "/api/v1" + path}, out)
	return err
}

// kept are answers of the API by who they are for and where they are found, with their
// entity tags. Nobody may change them.
type kept struct {
	mu      sync.Mutex
	answers map[[2]string]keptAnswer
}

type keptAnswer struct {
	etag string
	body any
}

// maxKept bounds how many answers are kept: the parts of a few versions of the
// rulebook.
const maxKept = 64

// getKept reads what the API has at a path and tells apart by an entity tag alone. The
// API is asked each time, and says whether the person may read it: what it has said
// before under the same tag is not written and read again.
func getKept[T any](v *visit, path string) (T, error) {
	k, key := &v.site.kept, [2]string{v.person.OrgID, path}
	k.mu.Lock()
	before := k.answers[key]
	k.mu.Unlock()
	var out T
	a, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodGet, Path: "/api/v1" + path, IfNoneMatch: before.etag}, &out)
	if err != nil {
		return out, err
	}
	if a.Status == http.StatusNotModified {
		return before.body.(T), nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.answers) >= maxKept || k.answers == nil {
		k.answers = map[[2]string]keptAnswer{}
	}
	k.answers[key] = keptAnswer{a.ETag(), out}
	return out, nil
}

// countUpTo is how far pages count: nobody needs to know how many more there are,
// and counting thousands takes longer than the page.
const countUpTo = 200

// counted asks for a page of a list and how many there are in all.
func counted(limit int) url.Values {
	return url.Values{"limit": {strconv.Itoa(limit)}, "include_total": {"true"}, "total_up_to": {strconv.Itoa(countUpTo)}}
}

// list is a page of a list of the API.
type list[T any] struct{ api.Page[T] }

// Total is how many there are in all, as far as that was counted.
func (l list[T]) Total() int {
	if l.Page.Total == nil {
		return 0
	}
	return *l.Page.Total
}

// Count is how many there are in all, with a sign where there are more.
func (l list[T]) Count() string { return countOf(l.Total(), l.TotalMore) }

func countOf(n int, more bool) string {
	if more {
		return strconv.Itoa(n) + "+"
	}
	return strconv.Itoa(n)
}

// getCase reads a case, whose version of the rulebook the words of the page are
// from then.
func (v *visit) getCase(id string, c *api.CaseStatus) error {
	if err := v.get("/cases/"+url.PathEscape(id), nil, c); err != nil {
		return err
	}
	v.book = v.site.Books.RulebookOf(store.Case{OrgID: v.person.OrgID, RulebookDigest: c.RulebookDigest})
	return nil
}
