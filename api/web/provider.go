package web

import (
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"sluss/api/authn"
	"sluss/api/authn/idp"
	"sluss/model"
)

// away is how long somebody may stay at a provider until they come back signed in.
const away = 15 * time.Minute

// leaving is the cookie of a browser that is away at a provider. It holds what the
// sign-in is known by, and where the person was going.
func (s *site) leaving() string {
	if s.sessions.Plain {
		return "sluss_leaving"
	}
	return "__Host-sluss_leaving"
}

func (s *site) setLeaving(v *visit, value string, maxAge int) {
	http.SetCookie(v.w, &http.Cookie{
		Name: s.leaving(), Value: value, Path: "/", MaxAge: maxAge,
		Secure: !s.sessions.Plain, HttpOnly: true, SameSite: http.SameSiteLaxMode,
	})
}

// attempt is the sign-in that goes on in a browser, and where the person was going.
func (s *site) attempt(v *visit) (n idp.SignIn, next string) {
	n = idp.SignIn{Provider: v.r.PathValue("provider"), Back: strings.TrimRight(s.BaseURL, "/") + "/sign-in/" + v.r.PathValue("provider") + "/callback"}
	cookies := v.r.CookiesNamed(s.leaving())
	if len(cookies) != 1 {
		return n, ""
	}
	secret, path, _ := strings.Cut(cookies[0].Value, ".")
	if decoded, err := base64.RawURLEncoding.DecodeString(path); err == nil {
		next = string(decoded)
	}
	n.Secret = secret
	return n, next
}

// leave sends somebody to a provider to sign in. It is a link and not a form, for
// browsers hold the addresses that a form is led on to against the policy of the page.
// A link on another site only leads to the choice of how to sign in.
func (s *site) leave(v *visit) error {
	q := v.r.URL.Query()
	if v.r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		return s.askToSignIn(v, http.StatusOK, signInForm{Next: q.Get("next")})
	}
	n, _ := s.attempt(v)
	n.Secret, _ = authn.NewSecret()
	to, err := s.Providers.Leave(v.r.Context(), n, q.Get("fresh") != "")
	if err != nil {
		return s.notSignedIn(v, err, q.Get("next"))
	}
	s.setLeaving(v, n.Secret+"."+base64.RawURLEncoding.EncodeToString([]byte(localPath(q.Get("next")))), int(away.Seconds()))
	return v.lead(to)
}

// callback is where a provider sends people back.
func (s *site) callback(v *visit) error {
	n, next := s.attempt(v)
	s.setLeaving(v, "", -1) // it is of use once
	p, how, err := s.Providers.Return(v.r.Context(), n, v.r.URL.Query())
	if err != nil {
		return s.notSignedIn(v, err, next)
	}
	return s.begin(v, p, how, next)
}

// notSignedIn says why a provider's word did not sign somebody in, as far as they can
// do something about it. The log has the rest of it, and nothing of a token.
func (s *site) notSignedIn(v *visit, err error, next string) error {
	var refused *authn.Refused
	f, status, reason := signInForm{Next: next, Wrong: "provider"}, http.StatusUnauthorized, "declined"
	switch {
	case errors.As(err, &refused):
		reason = refused.Reason
		if reason == "person" {
			f.Wrong = "unknown"
		}
	case errors.Is(err, idp.ErrDeclined):
	case model.CodeOf(err) == model.CodeSegregation:
		f.Wrong, status, reason = "roles", http.StatusForbidden, string(model.CodeSegregation)
	case model.CodeOf(err) == model.CodeUnavailable:
		f.Wrong, status, reason = "away", http.StatusServiceUnavailable, string(model.CodeUnavailable)
	case errors.Is(err, idp.ErrNoProvider):
		return errNoPage
	default:
		return err
	}
	s.Log.LogAttrs(v.r.Context(), slog.LevelWarn, "sign-in refused", slog.String("method", authn.MethodOIDC), slog.String("reason", reason))
	return s.askToSignIn(v, status, f)
}

// lead leads to a page of a provider.
func (v *visit) lead(to string) error {
	v.status = http.StatusSeeOther
	v.w.Header().Set("Cache-Control", "no-store")
	http.Redirect(v.w, v.r, to, v.status)
	return nil
}
