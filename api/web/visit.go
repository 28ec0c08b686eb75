package web

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"

	"sluss/api"
	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model/lang"
	"sluss/model/rulebook"
	"sluss/model/store"
)

// maxForm is the largest form that is read, in bytes.
const maxForm = 1 << 20

// visit is one request while it is answered.
type visit struct {
	site *site
	w    http.ResponseWriter
	r    *http.Request
	lang lang.Lang
	// person is who is signed in, or nil.
	person *store.Person
	// method is how they have signed in.
	method string
	// api asks the API as that person.
	api client.Client
	// book is the rulebook that the words of the page are from: the one in force in the
	// person's organisation, or that of the case which the page is about.
	book *rulebook.Book
	// unitList are the units, nil until somebody asks for them.
	unitList []api.UnitNote
	// status is what was answered, 0 before.
	status int
}

// Why a page is not shown.
var (
	errNoPage   = errors.New("no such page")
	errForeign  = errors.New("from another site")
	errRestored = errors.New("restored and not approved")
	errTooMany  = errors.New("too many requests")
	errTooLarge = errors.New("the form is too large")
)

// page serves a page: it finds out who asks and in which language, and shows what
// went wrong when something has.
func (s *site) page(serve func(*visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		v := &visit{site: s, w: w, r: r, lang: language(r, nil), book: s.Book}
		defer func() {
			p := recover()
			if p == http.ErrAbortHandler {
				panic(p) // the answer has begun, and ends short
			}
			if p != nil {
				s.Log.ErrorContext(r.Context(), "page panicked", slog.String("route", r.Pattern), slog.String("stack", string(debug.Stack())))
				v.fail(errors.New("panic"))
			}
			v.log(time.Since(began))
		}()
		err := v.begin()
		switch {
		case err == nil && v.waits() && !whileWaiting[r.Pattern]:
			err = errRestored
		case err == nil:
			err = serve(v)
		}
		if err != nil {
			v.fail(err)
		}
	})
}

// begin finds out who asks.
func (v *visit) begin() error {
	p, session, err := v.site.sessions.Person(v.r)
	switch {
	case err == nil:
		v.r = v.r.WithContext(authn.WithPerson(v.r.Context(), p, authn.ProofOf(session)))
		v.person, v.lang, v.book = &p, language(v.r, &p), v.site.Books.Rulebook(p.OrgID)
		v.method = session.Method
	case !errors.Is(err, authn.ErrNoSession):
		return err
	}
	v.api = client.Client{Base: "http://sluss", Language: string(v.lang), HTTP: &http.Client{Transport: inProcess{v.site.API, v.r.RemoteAddr}}}
	if !v.site.admit(v) {
		return errTooMany
	}
	if v.r.Method == http.MethodGet {
		v.r = v.r.WithContext(store.Recalling(v.r.Context()))
	}
	if v.r.Method != http.MethodPost || isUpload(v.r) {
		return nil
	}
	v.r.Body = http.MaxBytesReader(v.w, v.r.Body, maxForm)
	var tooLarge *http.MaxBytesError
	if err := v.r.ParseForm(); errors.As(err, &tooLarge) {
		return errTooLarge
	} else if err != nil {
		return &client.Problem{Status: http.StatusBadRequest}
	}
	return nil
}

// log notes what was asked for and answered, without a value.
func (v *visit) log(took time.Duration) {
	actor := ""
	if v.person != nil {
		actor = v.person.ID
	}
	if v.site.Answered != nil {
		v.site.Answered(v.r.Pattern, v.status, took)
	}
	v.site.Log.LogAttrs(v.r.Context(), slog.LevelInfo, "page", slog.String("route", v.r.Pattern),
		slog.Int("status", v.status), slog.Duration("duration", took), slog.String("actor_id", actor))
}

// address is the address that the request comes from. Headers that a client can
// write do not count.
func (v *visit) address() string {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		return v.r.RemoteAddr
	}
	return host
}

// signedIn lets people in who have signed in, and leads others to where they can.
// What somebody has written whose session has ended meanwhile is kept in the page.
func signedIn(serve func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		switch {
		case v.person != nil:
			return serve(v)
		case v.r.Method == http.MethodPost && len(v.r.PostForm) > 0:
			return v.show(http.StatusUnauthorized, "unsent", view{Page: unsent{v.r.URL.RequestURI(), sent(v.r.PostForm)}})
		}
		return v.redirect("/sign-in?" + url.Values{"next": {v.r.URL.RequestURI()}}.Encode())
	}
}

// unsent is a form that could not be sent, and where it was going.
type unsent struct {
	To     string
	Values []sentValue
}

// redirect leads to another page of this site by GET.
func (v *visit) redirect(to string) error {
	v.status = http.StatusSeeOther
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, localPath(to), v.status)
	return nil
}

// localPath is a path of this site, or "/" for what leads elsewhere.
func localPath(to string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || !strings.HasPrefix(to, "/") ||
		strings.HasPrefix(to, "//") || strings.ContainsAny(to, "\\\r\n\t") {
		return "/"
	}
	return to
}

// languageCookie remembers which language a browser has chosen.
const languageCookie = "sluss_language"

// language is the one that a page is shown in: what its address says, what the
// browser has chosen, what the person gets messages in, what the browser prefers.
func language(r *http.Request, p *store.Person) lang.Lang {
	chosen := []string{r.URL.Query().Get("lang")}
	if c, err := r.Cookie(languageCookie); err == nil {
		chosen = append(chosen, c.Value)
	}
	for _, code := range chosen {
		if l, err := lang.Parse(code); err == nil {
			return l
		}
	}
	if p != nil {
		return cmp.Or(p.Language, lang.Default)
	}
	return lang.FromAcceptLanguage(r.Header.Get("Accept-Language"))
}

// chooseLanguage keeps a language for a year and goes back to the page.
func (s *site) chooseLanguage(v *visit) error {
	l, err := lang.Parse(v.r.PostForm.Get("lang"))
	if err != nil {
		return errNoPage
	}
	v.remember(languageCookie, string(l))
	return v.redirect(v.r.PostForm.Get("back"))
}

// keysCookie remembers that somebody has switched the keyboard shortcuts off
// (WCAG 2.2, 2.1.4).
const keysCookie = "sluss_keys"

// chooseKeys switches the keyboard shortcuts on or off and goes back to the page.
func (s *site) chooseKeys(v *visit) error {
	choice := v.r.PostForm.Get("keys")
	if choice != "on" && choice != "off" {
		return errNoPage
	}
	v.remember(keysCookie, choice)
	return v.redirect(v.r.PostForm.Get("back"))
}

// keys reports whether the keyboard shortcuts are on.
func (v *visit) keys() bool {
	c, err := v.r.Cookie(keysCookie)
	return err != nil || c.Value != "off"
}

// remember keeps a choice of how the pages are shown for a year, in the browser.
func (v *visit) remember(name, choice string) {
	http.SetCookie(v.w, &http.Cookie{
		Name: name, Value: choice, Path: "/", MaxAge: 365 * 24 * 60 * 60,
		Secure: !v.site.sessions.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}
