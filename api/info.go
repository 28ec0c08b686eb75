package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"sluss/model"
)

type empty struct{}

// APIInfo is what the service says of itself.
type APIInfo struct {
	Name          string `json:"name"`
	Version       string `json:"version" doc:"version of the contract"`
	Build         string `json:"build" doc:"version of the program"`
	Released      string `json:"released" format:"date"`
	Documentation string `json:"documentation"`
	Status        string `json:"status" enum:"active"`
}

type apiInfoOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         APIInfo
}

// ReadyCode says in a word what keeps the process from doing what it is for.
type ReadyCode string

// What can be wrong. The record or the engine that does not answer is unreachable.
const (
	ReadyUnreachable  ReadyCode = "unreachable"
	ReadySchemaBehind ReadyCode = "schema_behind"
	ReadyReadOnly     ReadyCode = "read_only"
	ReadyNoWorker     ReadyCode = "no_worker"
	ReadyCatchingUp   ReadyCode = "catching_up"
	ReadyDiskFull     ReadyCode = "disk_full"
)

// ReadyCheck is one thing that has been looked at, and what is wrong with it: Code is
// told to whoever asks, of Err only its class to the log. Both are empty where nothing
// is wrong.
type ReadyCheck struct {
	Name string
	Code ReadyCode
	Err  error
}

// CheckNote is what is said of a check: not more of what is wrong than a word.
type CheckNote struct {
	Name string    `json:"name"`
	OK   bool      `json:"ok"`
	Code ReadyCode `json:"code,omitempty" enum:"unreachable,schema_behind,read_only,no_worker,catching_up,disk_full" doc:"what is wrong"`
}

// Health is the state of the process.
type Health struct {
	Status string      `json:"status" enum:"ok"`
	Checks []CheckNote `json:"checks,omitempty"`
}

type healthOutput struct {
	Body Health
}

func (s *server) infoRoutes() {
	add(s, route{
		id: "get-api-info", method: http.MethodGet, path: "/api-info", tag: tagService, public: true, service: true, whileWaiting: true,
		summary: "What this service is",
	}, func(context.Context, *empty) (*apiInfoOutput, error) {
		return &apiInfoOutput{"public, max-age=300", APIInfo{
			Name: "Sluss", Version: Version, Build: s.Version, Released: released,
			Documentation: base + "/openapi.json", Status: "active",
		}}, nil
	})
}

func (s *server) healthRoutes() {
	add(s, route{
		id: "get-livez", method: http.MethodGet, path: "/livez", tag: tagHealth, public: true,
		summary: "Whether the process lives",
	}, func(context.Context, *empty) (*healthOutput, error) {
		return &healthOutput{Health{Status: "ok"}}, nil
	})
	add(s, route{
		id: "get-readyz", method: http.MethodGet, path: "/readyz", tag: tagHealth, public: true,
		summary: "Whether the process can do what it is for",
		errors:  []int{http.StatusServiceUnavailable},
	}, s.ready)
}

func (s *server) ready(ctx context.Context, _ *empty) (*healthOutput, error) {
	if s.waits() {
		return nil, newProblem(ctx, model.CodeRestored)
	}
	var notes []CheckNote
	ok := true
	if s.Ready != nil {
		for _, c := range s.Ready(ctx) {
			if c.Err != nil {
				ok = false
				s.Log.LogAttrs(ctx, slog.LevelWarn, "not ready",
					slog.String("check", c.Name), slog.String("code", string(c.Code)), slog.String("class", classOf(c.Err)))
			}
			notes = append(notes, CheckNote{c.Name, c.Err == nil, c.Code})
		}
	}
	if !ok {
		p := newProblem(ctx, model.CodeUnavailable)
		p.Checks = notes
		return nil, p
	}
	return &healthOutput{Health{"ok", notes}}, nil
}

// contractRoute serves the OpenAPI document of what is registered by now. It is long,
// and written when somebody asks for it first.
func (s *server) contractRoute() {
	path := base + "/openapi.json"
	responses := map[string]*huma.Response{"200": {
		Description: http.StatusText(http.StatusOK),
		Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject}}},
	}}
	for _, status := range []string{"400", "429", "500"} { // as whatever needs no token
		responses[status] = s.huma.OpenAPI().Paths[base+"/api-info"].Get.Responses[status]
	}
	s.huma.OpenAPI().AddOperation(&huma.Operation{
		OperationID: "get-openapi", Method: http.MethodGet, Path: path, Summary: "This document", Tags: []string{tagService},
		Security: []map[string][]string{}, Responses: responses,
	})
	document := sync.OnceValue(func() []byte {
		text, err := json.Marshal(s.huma.OpenAPI())
		if err != nil {
			panic(err) // the document is made of what stands in the code
		}
		return text
	})
	pattern := http.MethodGet + " " + path
	s.open[pattern], s.services[pattern] = true, true
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "public, max-age=300")
		_, _ = w.Write(document()) // the client has gone
	})
}
