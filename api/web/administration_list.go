package web

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
	"slices"

	"sluss/api/client"
	"sluss/model"
	"sluss/model/lang"
)

// sifted is a list of the API with the filters that stand above it.
type sifted[T any] struct {
	list[T]
	Filters []control
	// Narrowed is true when some filter is in use.
	Narrowed bool
	More     string
	// Here is the page's own address.
	Here string
	// Done names what has just been done, "" for nothing.
	Done string
	// Form is what was filled in, Key the Idempotency-Key of the next try.
	Form url.Values
	Key  string
}

// sift reads a page of a list with the filters that the page's address has. What is
// wrong with a filter is told as a problem, and nothing is listed.
func sift[T any](v *visit, path string, filters ...control) (sifted[T], *client.Problem, error) {
	q := v.r.URL.Query()
	p := sifted[T]{Filters: filters, Here: v.r.URL.RequestURI(), Done: q.Get("done"), Form: v.r.PostForm, Key: client.NewKey()}
	ask := counted(25)
	for i := range p.Filters {
		f := &p.Filters[i]
		f.ID = "f-" + f.Name
		if q.Has(f.Name) {
			f.Value = q.Get(f.Name)
			p.Narrowed = p.Narrowed || f.Value != ""
		}
		for j := range f.Choices {
			f.Choices[j].Chosen = f.Choices[j].Value == f.Value
		}
		if f.Value != "" {
			ask.Set(f.Name, f.Value)
		}
	}
	if at := q.Get("at"); at != "" {
		ask.Set("cursor", at)
	}
	err := v.get(path, ask, &p.Page)
	if problem := refusalOf(err); problem != nil && problem.Status == http.StatusUnprocessableEntity && p.Narrowed {
		return p, problem, nil
	}
	p.More = v.more(p.NextCursor)
	return p, nil, err
}

// With is the page's own address with one part of its query set otherwise, "" for
// none.
func (p sifted[T]) With(name, value string) string {
	u, err := url.Parse(p.Here)
	if err != nil {
		return p.Here
	}
	q := u.Query()
	q.Del("done")
	q.Del("lang")
	if q.Set(name, value); value == "" {
		q.Del(name)
	}
	u.RawQuery = q.Encode()
	return u.String()
}

// showAdministration shows a page of the administration, with the problem that keeps
// it from showing or doing what was asked for.
func (v *visit) showAdministration(name string, title lang.Text, page any, problem *client.Problem) error {
	status := http.StatusOK
	if problem != nil {
		status = problem.Status
	}
	return v.show(status, name, view{
		Section: sectionAdministration, References: name == "administration-rulebook",
		Title: title.In(v.lang), Page: page, Problem: problem,
	})
}

// refusalOf is why the API has not done something that can be tried otherwise, nil
// where the whole page has to say so: without a sign-in that is fresh enough, and
// when something is broken.
func refusalOf(err error) *client.Problem {
	var p *client.Problem
	if !errors.As(err, &p) || p.Code == string(model.CodeStepUp) || p.Status >= 500 && p.Status != http.StatusServiceUnavailable {
		return nil
	}
	return p
}

// send asks the API to do something under the key of the form. The form keeps its key
// while the act may still be done.
func (v *visit) send(method, path string, body any, etag string) error {
	_, err := v.api.Do(v.r.Context(), client.Call{
		Method: method, Path: "/api/v1" + path, Body: body, Key: v.r.PostForm.Get("key"), IfMatch: etag,
	}, nil)
	return err
}

// keyAfter is the key of the next try.
func keyAfter(form url.Values, problem *client.Problem) string {
	if problem != nil && problem.Status == http.StatusServiceUnavailable {
		return cmp.Or(form.Get("key"), client.NewKey())
	}
	return client.NewKey()
}

// Profile is what the rulebook calls a profile.
func (v view) Profile(id string) string {
	for _, p := range v.book.Profiles() {
		if p.ID == id {
			return p.Text.In(v.Lang)
		}
	}
	return id
}

// Bare is the page's own address without a query.
func (v view) Bare() string {
	u, err := url.Parse(v.Path)
	if err != nil {
		return v.Path
	}
	return u.Path
}

// Filters, as they stand above a list.
func filterBy(name string, l lang.Lang, label lang.Text, choices ...choice) control {
	return control{Name: name, Kind: "choice", Label: label.In(l), Choices: choices}
}

func filterText(name string, l lang.Lang, label lang.Text) control {
	return control{Name: name, Kind: "line", Label: label.In(l)}
}

func filterTick(name string, l lang.Lang, label lang.Text) control {
	return control{Name: name, Kind: "tick", Label: label.In(l)}
}

// labelled are values that can be chosen, with what they are called.
func labelled[T ~string](values []T, label func(T) lang.Text, l lang.Lang) []choice {
	out := make([]choice, len(values))
	for i, value := range values {
		out[i] = choice{Value: string(value), Label: label(value).In(l)}
	}
	return out
}

// roleChoices are the roles, but for those that nobody asks for.
func roleChoices(l lang.Lang, roles ...model.Role) []choice {
	if len(roles) == 0 {
		roles = slices.DeleteFunc(model.Roles(), func(r model.Role) bool { return r == model.RoleUser || r == model.RoleAuditor })
	}
	return labelled(roles, model.Role.Label, l)
}
