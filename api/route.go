package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// route says what a handler is for. Its path is relative to the base path, but
// for those of health.
type route struct {
	id, method, path, summary, tag string
	status                         int
	// public needs no token.
	public bool
	// service is open to service accounts, which may ask for nothing else.
	service bool
	// whileWaiting is answered although the record was put back and waits for approval.
	whileWaiting bool
	// keyed needs an Idempotency-Key, matched an If-Match.
	keyed, matched bool
	// cached answers 304 to whoever has read it already.
	cached bool
	// form takes a form with a file instead of JSON.
	form *huma.Schema
	// file answers with a file of one of these media types instead of JSON.
	file []string
	// errors are the statuses of problems beside those that every route has.
	errors []int
}

// fullPath is the route's path as clients ask for it.
func (r route) fullPath() string {
	if r.tag == tagHealth {
		return r.path
	}
	return base + r.path
}

// Tags group the operations in the contract.
const (
	tagService   = "service"
	tagHealth    = "health"
	tagRulebooks = "rulebooks"
	tagPreviews  = "previews"
	tagCases     = "cases"
	tagTasks     = "tasks"
	tagAudit     = "audit"
)

// add registers a handler for a route.
func add[I, O any](s *server, r route, handle func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		OperationID: r.id, Method: r.method, Path: r.fullPath(), Summary: r.summary, Tags: []string{r.tag},
		DefaultStatus: r.status, Errors: r.statuses(), MaxBodyBytes: -1,
	}
	if r.cached {
		op.Responses = map[string]*huma.Response{"304": {Description: http.StatusText(http.StatusNotModified)}}
	}
	if r.public {
		s.open[r.method+" "+op.Path] = true
		op.Security = []map[string][]string{}
	}
	if r.whileWaiting {
		s.whileWaiting[r.method+" "+op.Path] = true
	}
	if r.service {
		s.services[r.method+" "+op.Path] = true
	}
	if r.matched {
		op.Middlewares = append(op.Middlewares, requireIfMatch)
	}
	if r.keyed {
		op.Middlewares = append(op.Middlewares, requireKey)
	}
	if r.form != nil {
		s.takeForm(&op)
	}
	if r.file != nil {
		answerFile(&op, r.file)
	}
	huma.Register(s.huma, op, handle)
	if r.form != nil {
		s.declareForm(op, r.form)
	}
}

// statuses lists the statuses of the problems that a route can answer with;
// huma adds 500 itself. A parameter that there is not is a 422 everywhere.
func (r route) statuses() []int {
	list := append([]int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusTooManyRequests}, r.errors...)
	if !r.public {
		list = append(list, http.StatusUnauthorized, http.StatusServiceUnavailable) // a provider of identities may be away
	}
	if r.tag != tagHealth {
		list = append(list, http.StatusForbidden)
	}
	if r.method != http.MethodGet {
		list = append(list, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	if r.matched {
		list = append(list, http.StatusPreconditionFailed, http.StatusPreconditionRequired)
	}
	if r.keyed {
		list = append(list, http.StatusConflict, http.StatusServiceUnavailable)
	}
	return list
}
