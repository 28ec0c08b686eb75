package api

import (
	"cmp"
	"context"
	"crypto/rand"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Version is the version of the contract, by semantic versioning. released is
// the day on which it was published.
const (
	Version  = "1.0.0"
	released = "2026-11-21"
)

// base is the path below which every resource lies.
const base = "/api/v1"

// Options are what the API needs.
type Options struct {
	Act   *act.Service
	Store *store.Store
	Book  *rulebook.Book
	Clock clock.Clock
	Log   *slog.Logger
	// Version is the version of the program.
	Version string
	// Ready looks at everything that an act needs. Nil means always ready.
	Ready func(context.Context) []ReadyCheck
	// Answered is told of every request that was answered: the pattern of its route, ""
	// for none, its status and the code of its problem. Nil tells nobody.
	Answered func(route string, status int, code model.Code, took time.Duration)
	// CursorKey signs the cursors of lists. Processes that serve the same
	// clients need the same key; nil means a key of the handler's own.
	CursorKey []byte
	// Providers accept the tokens of providers of identities. Nil means only Sluss's
	// own.
	Providers authn.Providers
	// Passwords checks the passwords of local accounts, with one count of the tries for the
	// API and the pages. Nil means a count of the API's own.
	Passwords *authn.Passwords
	// StepUp is what the acts ask of whoever takes a final decision (act.Options),
	// told to those who have to show again who they are.
	StepUp *access.StepUp
	// Limits bound the requests in a minute; those that are 0 are DefaultLimits.
	Limits Limits
}

// server is the API behind one handler.
type server struct {
	Options
	huma   huma.API
	mux    *http.ServeMux
	bearer authn.Bearer
	limits *limiters
	// counted are the figures of each organisation and period.
	counted costly[store.Statistics]
	// stands is how things stand for those who read the same.
	stands costly[standing]
	// open are the patterns of the routes that need no token.
	open map[string]bool
	// services are the patterns of the routes that are open to service accounts.
	services map[string]bool
	// whileWaiting are the patterns of the routes that answer before a record that was
	// put back is approved.
	whileWaiting map[string]bool
	// forms are the patterns of the routes that take a form with a file.
	forms map[string]bool
}

// Handler serves the API below /api/v1, and /livez and /readyz. It is to be
// built once: what it counts for the limits is its own.
func Handler(o Options) http.Handler {
	s := newServer(o)
	return s.observe(s.admit(s.readable(s.mux)))
}

// HealthHandler serves /livez and /readyz alone, for a process that answers nothing else. Of the
// options it takes Ready, Clock and Log.
func HealthHandler(o Options) http.Handler {
	s := bareServer(o)
	s.healthRoutes()
	return s.observe(s.admit(s.readable(s.mux)))
}

func newServer(o Options) *server {
	s := bareServer(o)
	s.routes()
	return s
}

// bareServer has no routes yet.
func bareServer(o Options) *server {
	if o.CursorKey == nil {
		o.CursorKey = make([]byte, 32)
		rand.Read(o.CursorKey)
	}
	o.Limits = Limits{
		Person:  cmp.Or(o.Limits.Person, DefaultLimits.Person),
		Address: cmp.Or(o.Limits.Address, DefaultLimits.Address),
		Service: cmp.Or(o.Limits.Service, DefaultLimits.Service),
	}
	if o.Passwords == nil {
		o.Passwords = authn.NewPasswords(o.Store, o.Clock)
	}
	s := &server{
		Options: o,
		mux:     http.NewServeMux(),
		bearer:  authn.Bearer{People: o.Store, Clock: o.Clock, Providers: o.Providers},
		limits:  &limiters{Limits: o.Limits},

		whileWaiting: map[string]bool{},

		open:     map[string]bool{},
		services: map[string]bool{},
		forms:    map[string]bool{},
	}
	s.huma = humago.New(s.mux, configuration())
	return s
}

func configuration() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title:       "Sluss",
				Version:     Version,
				Description: "Cases about AI systems: intake, review, decision and use. Texts follow Accept-Language (sv, en), codes do not.",
			},
			Components: &huma.Components{
				SecuritySchemes: map[string]*huma.SecurityScheme{"bearer": {Type: "http", Scheme: "bearer"}},
			},
			Security: []map[string][]string{{"bearer": {}}},
		},
		Formats:                      map[string]huma.Format{"application/json": strictJSON, "json": strictJSON},
		DefaultFormat:                "application/json",
		RejectUnknownQueryParameters: true,
	}
}

func (s *server) routes() {
	s.infoRoutes()
	s.healthRoutes()
	s.meRoutes()
	s.passwordRoutes()
	s.messageRoutes()
	s.directoryRoutes()
	s.rulebookRoutes()
	s.previewRoutes()
	s.caseRoutes()
	s.intakeRoutes()
	s.partRoutes()
	s.caseActRoutes()
	s.inUseRoutes()
	s.consultationRoutes()
	s.overrideRoutes()
	s.taskRoutes()
	s.assessmentRoutes()
	s.adviceRoutes()
	s.attachmentRoutes()
	s.remarkRoutes()
	s.registerRoutes()
	s.retriageRoutes()
	s.disposalRoutes()
	s.delegationRoutes()
	s.absenceRoutes()
	s.reconciliationRoutes()
	s.restorationRoutes()
	s.serviceRoutes()
	s.recordRoutes()
	s.statisticsRoutes()
	s.overviewRoutes()
	s.reportRoutes()
	s.incidentRoutes()
	s.auditRoutes()
	s.bundleRoutes()
	documentRules(s.huma.OpenAPI())
	s.contractRoute()
}
