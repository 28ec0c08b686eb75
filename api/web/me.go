package web

import (
	"errors"
	"net/http"

	"sluss/api"
	"sluss/api/authn"
	"sluss/api/client"
)

// account is the page that says who is signed in.
type account struct {
	api.Me
	Unit string
	// Local is true for who has signed in with a password of Sluss, Changed on the page
	// that follows when it was changed.
	Local, Changed bool
}

func (s *site) me(v *visit) error {
	a := account{Local: v.method == authn.MethodPassword, Changed: v.r.URL.Query().Has("changed")}
	if err := v.get("/me", nil, &a.Me); err != nil {
		return err
	}
	for _, u := range a.Units {
		if u.Code == a.OrgUnit {
			a.Unit = u.Name
		}
	}
	return v.show(http.StatusOK, "me", view{Section: "me", Title: a.Name, Page: a})
}

// passwordPage asks for the password that somebody has and the one they want. Neither
// is ever shown again.
type passwordPage struct {
	Shortest int
	Wrong    map[string]string
	Faults   []formFault
}

func (s *site) passwordPage(v *visit) error {
	return v.show(http.StatusOK, "password", view{Section: "me", Page: passwordPage{Shortest: authn.MinPassword}})
}

// changePassword keeps nothing of the form for somebody whose session has ended: a
// password does not stand in a page.
func (s *site) changePassword(v *visit) error {
	if v.person == nil {
		return v.redirect("/sign-in?next=/me/password")
	}
	form := v.r.PostForm
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: http.MethodPut, Path: "/api/v1/me/password", Body: map[string]any{"old": form.Get("old"), "new": form.Get("new")},
	}, nil)
	var problem *client.Problem
	switch {
	case err == nil:
		return v.redirect("/me?changed")
	case !errors.As(err, &problem) || problem.Status >= 500:
		return err
	}
	p := passwordPage{Shortest: authn.MinPassword, Wrong: wrongOf(problem)}
	for _, e := range problem.Errors {
		p.Faults = append(p.Faults, formFault{idOf(e.Pointer), e.Message})
	}
	return v.show(problem.Status, "password", view{Section: "me", Page: p, Problem: problem})
}
