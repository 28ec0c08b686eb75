// Package web is the pages for people: plain HTML from templates, in Swedish and
// English, that work without scripts.
//
// The pages are a client of the JSON API, in the same process: what they show and
// do is what the API answers the person who is signed in, by the same rules and in
// the same words. They add what only pages have: sessions, the choice of language,
// and what somebody has opened.
//
// It imports api and its sub-packages, and of model and model/store what these
// need.
package web

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"time"

	"sluss/api"
	"sluss/api/authn"
	"sluss/api/authn/idp"
	"sluss/model/clock"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// Options are what the pages need.
type Options struct {
	// API is what api.Handler returns.
	API   http.Handler
	Store *store.Store
	Book  *rulebook.Book
	Clock clock.Clock
	Log   *slog.Logger
	// BaseURL is where people find the pages. Without TLS, http://, it is to be on
	// loopback: elsewhere no browser would keep anybody signed in.
	BaseURL string
	// Providers are where people can sign in beside here; nil means nowhere.
	Providers *idp.Providers
	// Limits are how many pages somebody may ask for; zero stands for the defaults.
	Limits api.Limits
	// Passwords checks the passwords of local accounts; nil is one of the pages' own.
	Passwords *authn.Passwords
}

// site is the pages behind one handler.
type site struct {
	Options
	sessions authn.Sessions
	limits   struct{ people, addresses authn.Limiter }
}

// Handler serves the pages.
func Handler(o Options) http.Handler {
	if o.Providers == nil {
		o.Providers = idp.New(idp.Config{}, idp.Options{})
	}
	if o.Limits == (api.Limits{}) {
		o.Limits = api.DefaultLimits
	}
	if o.Passwords == nil {
		o.Passwords = authn.NewPasswords(o.Store, o.Clock)
	}
	s := &site{
		Options:  o,
		sessions: authn.Sessions{Store: o.Store, Clock: o.Clock, Plain: isPlain(o.BaseURL)},
	}
	mux := http.NewServeMux()
	for pattern, serve := range s.routes() {
		mux.Handle(pattern, s.page(serve))
	}
	mux.Handle("GET /assets/", http.HandlerFunc(asset))
	mux.Handle("/", s.page(func(v *visit) error { return errNoPage }))
	return secured(s.sameOrigin(mux))
}

func (s *site) routes() map[string]func(*visit) error {
	return map[string]func(*visit) error{
		// Who I am.
		"GET /sign-in":                     s.signInPage,
		"POST /sign-in":                    s.signIn,
		"GET /sign-in/{provider}":          s.leave,
		"GET /sign-in/{provider}/callback": s.callback,
		"POST /sign-out":                   s.signOut,
		"POST /sign-out-everywhere":        s.signOutEverywhere,
		"POST /language":                   s.chooseLanguage,
		"GET /me":                          signedIn(s.me),

		// What waits.
		"GET /{$}":                 s.home,
		"GET /tasks/{id}":          signedIn(s.taskView),
		"POST /tasks/{id}":         signedIn(s.actOnTask),
		"GET /messages":            signedIn(s.messages),
		"POST /messages/{id}/read": signedIn(s.readMessage),

		// What is written.
		"GET /cases/new":                       signedIn(s.newCasePage),
		"POST /cases":                          signedIn(s.openCase),
		"GET /cases/{id}/intake":               signedIn(s.draftView),
		"POST /cases/{id}/intake":              signedIn(s.writeDraft),
		"GET /cases/{id}/assessments/{stage}":  signedIn(s.draftView),
		"POST /cases/{id}/assessments/{stage}": signedIn(s.writeDraft),

		// A case.
		"GET /cases/{id}":                      signedIn(s.caseView),
		"GET /cases/{id}/revisions/{revision}": signedIn(s.revision),

		// The register, and what goes wrong.
		"GET /incidents/{id}": signedIn(s.elsewhere),

		// Administration.

		// What is said of the pages.
	}
}

// isPlain reports whether pages are reached on loopback without TLS.
func isPlain(base string) bool {
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "http" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Hostname() == "localhost" || ip != nil && ip.IsLoopback()
}

// sameOrigin refuses what another site makes a browser send (OWASP ASVS 5.0.0,
// 3.5.1). Sign-in and all acts are forms, which come from these pages only.
func (s *site) sameOrigin(next http.Handler) http.Handler {
	guard := http.NewCrossOriginProtection()
	if u, err := url.Parse(s.BaseURL); err == nil && u.Host != "" {
		_ = guard.AddTrustedOrigin(u.Scheme + "://" + u.Host) // of that form, and so no error
	}
	guard.SetDenyHandler(s.page(func(*visit) error { return errForeign }))
	return guard.Handler(next)
}

// secured sets what every page must say to the browser (OWASP ASVS 5.0.0, 3.4).
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
		next.ServeHTTP(w, r)
	})
}

// admit counts a request and reports whether there have not been too many in a
// minute, of the person or of the address. The limits are those of the API.
func (s *site) admit(v *visit) bool {
	now := s.Clock.Now()
	if v.person != nil {
		return s.limits.people.Take(v.person.OrgID+"/"+v.person.ID, s.Limits.Person, time.Minute, now) == 0
	}
	return s.limits.addresses.Take(v.address(), s.Limits.Address, time.Minute, now) == 0
}
