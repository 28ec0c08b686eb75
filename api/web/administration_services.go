package web

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model/access"
	"sluss/model/lang"
)

// servicesPage is the accounts of programs, and the form for another one.
type servicesPage struct {
	Items []serviceRow
	// May is true for those who may add one.
	May   bool
	Form  url.Values
	Key   string
	Units []choice
}

// serviceRow is an account in the list: how many of its tokens hold, and which lasts
// longest.
type serviceRow struct {
	api.ServiceItem
	Unit    string
	Holding int
	Longest *api.TokenItem
}

func (s *site) services(v *visit) error { return s.showServices(v, nil) }

func (s *site) showServices(v *visit, problem *client.Problem) error {
	found, err := all[api.ServiceItem](v, "/services")
	if err != nil {
		return err
	}
	units, err := v.units()
	if err != nil {
		return err
	}
	p := servicesPage{
		May: executes(access.Administer)(v.person.Actor()), Form: v.r.PostForm, Key: keyAfter(v.r.PostForm, problem), Units: unitChoices(units, unitCode),
	}
	for i := range p.Units {
		p.Units[i].Chosen = p.Units[i].Value == p.Form.Get("org_unit")
	}
	for _, item := range found {
		row := serviceRow{ServiceItem: item, Unit: unitName(units, item.OrgUnit)}
		for i, t := range item.Tokens {
			if !t.Holds {
				continue
			}
			row.Holding++
			if row.Longest == nil || t.ExpiresAt.After(row.Longest.ExpiresAt) {
				row.Longest = &item.Tokens[i]
			}
		}
		p.Items = append(p.Items, row)
	}
	return v.showAdministration("administration-services", lang.Text{SV: "Tjänstekonton", EN: "Service accounts"}, p, problem)
}

// addService adds the account of a program, and leads to it.
func (s *site) addService(v *visit) error {
	form := v.r.PostForm
	body := map[string]any{"name": strings.TrimSpace(form.Get("name")), "org_unit": form.Get("org_unit")}
	if n := strings.TrimSpace(form.Get("per_minute")); n != "" {
		body["per_minute"] = whole(n)
	}
	var made api.ServiceItem
	_, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodPost, Path: "/api/v1/services", Body: body, Key: form.Get("key")}, &made)
	if problem := refusalOf(err); problem != nil {
		return s.showServices(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/administration/services/" + url.PathEscape(made.ServiceID) + "?done=account")
}

// whole is a whole number, or -1, which the API refuses.
func whole(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

// servicePage is the account of a program with its tokens.
type servicePage struct {
	api.ServiceItem
	Unit string
	May  bool
	Form url.Values
	Key  string
	Done string
	// Made is the token that has just been made, nil for none.
	Made *api.NewToken
}

func (s *site) serviceView(v *visit) error { return s.showService(v, nil, nil) }

func (s *site) showService(v *visit, made *api.NewToken, problem *client.Problem) error {
	p := servicePage{
		May: executes(access.Administer)(v.person.Actor()), Form: v.r.PostForm, Key: keyAfter(v.r.PostForm, problem),
		Done: v.r.URL.Query().Get("done"), Made: made,
	}
	if err := v.get("/services/"+url.PathEscape(v.r.PathValue("id")), nil, &p.ServiceItem); err != nil {
		return err
	}
	units, err := v.units()
	if err != nil {
		return err
	}
	p.Unit = unitName(units, p.OrgUnit)
	return v.showAdministration("administration-service", lang.Text{SV: p.Name, EN: p.Name}, p, problem)
}

// actOnService makes a token, which is shown in the answer and nowhere else, or revokes
// one.
func (s *site) actOnService(v *visit) error {
	form, path := v.r.PostForm, "/services/"+url.PathEscape(v.r.PathValue("id"))+"/tokens"
	var made *api.NewToken
	var err error
	switch form.Get("do") {
	case "token":
		made = &api.NewToken{}
		_, err = v.api.Do(v.r.Context(), client.Call{
			Method: http.MethodPost, Path: "/api/v1" + path, Key: form.Get("key"),
			Body: map[string]any{"label": strings.TrimSpace(form.Get("label")), "days": whole(strings.TrimSpace(form.Get("days")))},
		}, made)
	case "revoke":
		err = v.send(http.MethodPost, path+"/"+url.PathEscape(form.Get("token"))+"/revocation", nil, "")
	default:
		return errNoPage
	}
	if problem := refusalOf(err); problem != nil {
		return s.showService(v, nil, problem)
	} else if err != nil {
		return err
	}
	if made != nil {
		v.r.PostForm = nil // it is done, and the form is empty again
		return s.showService(v, made, nil)
	}
	return v.redirect("/administration/services/" + url.PathEscape(v.r.PathValue("id")) + "?done=revoke")
}
