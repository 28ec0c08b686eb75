// Package web is the pages for people: plain HTML from templates, in Swedish and
// English, that work without scripts. It imports model, model/store and api's
// sub-packages.
package web

import (
	"embed"
	"errors"
	"html/template"
	"net/http"
	"strings"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

//go:embed templates/*.html assets/*
var files embed.FS

var pages = template.Must(template.ParseFS(files, "templates/*.html"))

// Options are what the pages need.
type Options struct {
	Store *store.Store
	Clock clock.Clock
}

// Handler serves the pages.
func Handler(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /assets/", http.FileServerFS(files))
	mux.HandleFunc("GET /sign-in", o.whoAmI)
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) {
		show(w, r, http.StatusOK, page{Name: "home"})
	})
	for _, path := range []string{"GET /cases/{id}", "GET /tasks/{id}", "GET /incidents/{id}"} {
		mux.HandleFunc(path, linked)
	}
	mux.HandleFunc("GET /", func(w http.ResponseWriter, r *http.Request) {
		show(w, r, http.StatusNotFound, page{Name: "missing"})
	})
	return secured(mux)
}

// linked is where the links in e-mail lead. It says how to go on and reads nothing,
// so that it tells nobody whether there is such a thing.
func linked(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("id")
	if !model.ValidID(id) {
		show(w, r, http.StatusNotFound, page{Name: "missing"})
		return
	}
	noun, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	show(w, r, http.StatusOK, page{Name: "linked", Command: "sluss " + strings.TrimSuffix(noun, "s") + " show " + id})
}

// page is what the templates show.
type page struct {
	Name string
	// Command shows what a link leads to.
	Command string
	Lang    lang.Lang
	Person  store.Person
	Unit    string
	Roles   []string
	Org     string
}

// SV reports whether the page is in Swedish.
func (p page) SV() bool { return p.Lang == lang.SV }

// whoAmI is the page behind a sign-in link: it says whose link it is.
func (o Options) whoAmI(w http.ResponseWriter, r *http.Request) {
	p, err := o.Store.PersonByToken(r.Context(), authn.Hash(r.URL.Query().Get("code")), store.PurposeSignIn, o.Clock.Now())
	if errors.Is(err, store.ErrNotFound) {
		show(w, r, http.StatusUnauthorized, page{Name: "unknown"})
		return
	}
	if err != nil {
		show(w, r, http.StatusInternalServerError, page{Name: "failed"})
		return
	}
	unit, unitErr := o.Store.Unit(r.Context(), p.OrgID, p.UnitID)
	org, orgErr := o.Store.Organisation(r.Context(), p.OrgID)
	if unitErr != nil || orgErr != nil {
		show(w, r, http.StatusInternalServerError, page{Name: "failed"})
		return
	}
	l := language(r)
	shown := page{Name: "person", Person: p, Unit: unit.Name.In(l), Org: org.Name}
	for _, role := range p.Roles {
		shown.Roles = append(shown.Roles, role.Label().In(l))
	}
	show(w, r, http.StatusOK, shown)
}

func language(r *http.Request) lang.Lang {
	if l, err := lang.Parse(r.URL.Query().Get("lang")); err == nil {
		return l
	}
	return lang.FromAcceptLanguage(r.Header.Get("Accept-Language"))
}

func show(w http.ResponseWriter, r *http.Request, status int, p page) {
	p.Lang = language(r)
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Language", string(p.Lang))
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(status)
	_ = pages.ExecuteTemplate(w, "page.html", p) // the reader has gone
}

// secured sets what every page must say to the browser.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}
