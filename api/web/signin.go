package web

import (
	"cmp"
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"sluss/api/authn"
	"sluss/api/authn/idp"
	"sluss/model/store"
)

// signInForm is the page on which people sign in: with a link, or with the
// password of a local account.
type signInForm struct {
	// Code is the secret of a sign-in link, "" without one.
	Code string
	// Next is where the person was going.
	Next string
	User string
	Org  string
	// Orgs are the organisations to choose among, empty when there is one.
	Orgs []store.Organisation
	// Choices are the providers at which people can sign in instead.
	Choices []idp.Choice
	// Fresh is for somebody who is signed in and has to show again who they are.
	Fresh bool
	// Unsent is what the person was about to send, nil for nothing.
	Unsent *unsent
	// Wrong says why the person is not signed in: "", "link", "password" or "tries", or
	// after a provider "provider", "unknown", "roles" or "away". "fresh" asks for more.
	Wrong string
}

// signInPage changes nothing: programs that look at links in mail open them, and a
// link works by the button on its page.
func (s *site) signInPage(v *visit) error {
	q := v.r.URL.Query()
	return s.askToSignIn(v, http.StatusOK, signInForm{Code: q.Get("code"), Next: q.Get("next")})
}

func (s *site) askToSignIn(v *visit, status int, f signInForm) error {
	f.Next = localPath(f.Next)
	if f.Code == "" {
		f.Choices = s.Providers.Choices()
		orgs, err := s.Store.Organisations(v.r.Context())
		if err != nil {
			return err
		}
		if len(orgs) > 1 {
			f.Orgs = orgs
		}
	}
	return v.show(status, "sign-in", view{Section: "sign-in", Page: f})
}

func (s *site) signIn(v *visit) error {
	form := v.r.PostForm
	f := signInForm{Next: form.Get("next"), User: strings.TrimSpace(form.Get("user")), Org: form.Get("org")}
	how := authn.Proof{Method: authn.MethodPassword}
	var p store.Person
	var err error
	if code := form.Get("code"); code != "" {
		how.Method = authn.MethodLink
		p, err = s.Store.PersonByToken(v.r.Context(), authn.Hash(code), store.PurposeSignIn, s.Clock.Now())
	} else {
		p, err = s.checkPassword(v, f, form.Get("password"))
	}
	status := http.StatusUnauthorized
	switch {
	case err == nil:
		return s.begin(v, p, how, f.Next)
	case errors.Is(err, store.ErrNotFound):
		f.Wrong = "link"
	case errors.Is(err, authn.ErrWrongPassword):
		f.Wrong = "password"
	case errors.Is(err, authn.ErrTooManyTries):
		f.Wrong, status = "tries", http.StatusTooManyRequests
	default:
		return err
	}
	s.Log.LogAttrs(v.r.Context(), slog.LevelWarn, "sign-in refused", slog.String("method", how.Method), slog.String("reason", f.Wrong))
	return s.askToSignIn(v, status, f)
}

// checkPassword is for people of the organisation that was chosen, or of the only
// one.
func (s *site) checkPassword(v *visit, f signInForm, password string) (store.Person, error) {
	org := f.Org
	if org == "" {
		orgs, err := s.Store.Organisations(v.r.Context())
		if err != nil {
			return store.Person{}, err
		}
		if len(orgs) == 1 {
			org = orgs[0].ID
		}
	}
	return s.Passwords.Check(v.r.Context(), org, f.User, password, v.address())
}

// begin signs a person in who has shown who they are.
func (s *site) begin(v *visit, p store.Person, how authn.Proof, next string) error {
	if p.Service != nil {
		return errNoPage // a program has no pages
	}
	if err := s.sessions.Begin(v.w, v.r, p, how); err != nil {
		return err
	}
	s.Log.LogAttrs(v.r.Context(), slog.LevelInfo, "signed in", slog.String("actor_id", p.ID), slog.String("method", how.Method))
	return v.redirect(cmp.Or(next, "/"))
}

// signOut ends the session, and leads on to where the person can sign out at the
// provider too when they signed in there.
func (s *site) signOut(v *visit) error {
	_, session, err := s.sessions.Person(v.r)
	if err != nil && !errors.Is(err, authn.ErrNoSession) {
		return err
	}
	if err := s.sessions.End(v.w, v.r); err != nil {
		return err
	}
	return s.goodbye(v, session)
}

// goodbye leads to the page for signing in, or by way of the provider. The header
// stands for a redirect, which browsers do not follow away from a form.
func (s *site) goodbye(v *visit, session store.Session) error {
	to := s.Providers.SignOut(session.Method, strings.TrimRight(s.BaseURL, "/")+"/sign-in")
	if to == "" {
		return v.redirect("/sign-in")
	}
	v.person = nil
	v.w.Header().Set("Refresh", "0; url="+to)
	return v.show(http.StatusOK, "signed-out", view{Section: "sign-in", Page: to})
}

func (s *site) signOutEverywhere(v *visit) error {
	if v.person == nil {
		return v.redirect("/sign-in")
	}
	_, session, err := s.sessions.Person(v.r)
	if err != nil && !errors.Is(err, authn.ErrNoSession) {
		return err
	}
	if err := s.sessions.EndAll(v.w, v.r, *v.person); err != nil {
		return err
	}
	s.Log.LogAttrs(v.r.Context(), slog.LevelInfo, "signed out everywhere", slog.String("actor_id", v.person.ID))
	return s.goodbye(v, session)
}

// home is the inbox, and the way in for those who are not signed in.
func (s *site) home(v *visit) error {
	if v.person == nil {
		return s.askToSignIn(v, http.StatusOK, signInForm{})
	}
	return s.inbox(v)
}
