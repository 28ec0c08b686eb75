package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
	"sluss/model/lang"
)

// delegationsPage is who answers for whom.
type delegationsPage struct {
	sifted[api.DelegationItem]
	// Units are what the units are called, by id.
	Units map[string]string
	// Everybody is true for who reads the delegations of all, and All for who may make
	// and end them.
	Everybody, All bool
	// May is true for who may let others answer for them.
	May bool
}

func (s *site) delegations(v *visit) error { return s.showDelegations(v, nil) }

func (s *site) showDelegations(v *visit, refused *client.Problem) error {
	a := v.person.Actor()
	found, problem, err := sift[api.DelegationItem](v, "/delegations", filterTick("all", v.lang, lang.Text{SV: "Visa även avslutade", EN: "Show those that have ended too"}))
	if err != nil {
		return err
	}
	if refused != nil {
		problem = refused
	}
	units, err := v.units()
	if err != nil {
		return err
	}
	p := delegationsPage{
		sifted: found, Units: map[string]string{}, Everybody: access.ReadsDelegations(a), All: executes(access.Administer)(a),
		May: len(rolesToGive(a)) > 0,
	}
	for _, u := range units {
		p.Units[u.ID] = u.Name
	}
	return v.showDeputies(http.StatusOK, "delegations", lang.Text{SV: "Ersättare", EN: "Deputies"}, p, problem)
}

// showDeputies shows a page about deputies, which is everybody's.
func (v *visit) showDeputies(status int, name string, title lang.Text, page any, problem *client.Problem) error {
	if problem != nil {
		status = problem.Status
	}
	return v.show(status, name, view{Section: "me", Title: title.In(v.lang), Page: page, Problem: problem})
}

// rolesToGive are the roles that somebody can let a deputy answer in: their own, and all
// for who delegates for others.
func rolesToGive(a model.Actor) []model.Role {
	if access.Writes(a) != nil {
		return nil
	}
	all := executes(access.Administer)(a)
	return slices.DeleteFunc(model.Roles(), func(r model.Role) bool { return !r.Delegable() || !all && !a.Has(r) })
}

// delegationPage is a delegation that is being made.
type delegationPage struct {
	Form url.Values
	Key  string
	// All is true for who may delegate for others.
	All bool
	// People may have somebody answer for them, Deputies may be the one.
	People, Deputies []choice
	Units            []choice
	Roles            []choice
	// Preview is the delegation before it is made, with the cases for which it would
	// be void.
	Preview *api.DelegationPreview
	// Wrong says what is wrong with answers, by the name of the question, Faults the
	// same with where it stands on the page.
	Wrong  map[string]string
	Faults []formFault
}

func (s *site) newDelegation(v *visit) error {
	today := calendar.Today(s.Clock.Now())
	form := url.Values{"from": {v.r.URL.Query().Get("from")}, "from_day": {today.String()}, "until_day": {today.AddDays(14).String()}}
	return s.showDelegation(v, form, nil, nil)
}

func (s *site) showDelegation(v *visit, form url.Values, preview *api.DelegationPreview, problem *client.Problem) error {
	p := delegationPage{Form: form, Key: keyAfter(form, problem), All: executes(access.Administer)(v.person.Actor()), Preview: preview}
	if preview == nil {
		if err := p.offer(v); err != nil {
			return err
		}
	}
	p.Wrong, p.Faults = faultsByName(problem, v.lang)
	return v.showDeputies(http.StatusOK, "delegation", lang.Text{SV: "Låt någon svara för dig", EN: "Let somebody answer for you"}, p, problem)
}

// offer adds what can be chosen.
func (p *delegationPage) offer(v *visit) error {
	people, err := v.colleagues()
	if err != nil {
		return err
	}
	units, err := v.units()
	if err != nil {
		return err
	}
	self := v.person.ID
	if p.All {
		self, p.People = "", peopleChoices(people, p.Form.Get("from"), "")
	}
	p.Deputies = peopleChoices(people, p.Form.Get("to"), self)
	p.Units = unitChoices(units, unitCode)
	p.Roles = labelled(rolesToGive(v.person.Actor()), model.Role.Label, v.lang)
	for i := range p.Roles {
		p.Roles[i].Chosen = slices.Contains(p.Form["roles"], p.Roles[i].Value)
	}
	for i := range p.Units {
		p.Units[i].Chosen = p.Units[i].Value == p.Form.Get("unit_id")
	}
	return nil
}

// delegate shows what a delegation would mean, and makes it once that has been seen.
func (s *site) delegate(v *visit) error {
	form := v.r.PostForm
	body := map[string]any{"to": form.Get("to"), "roles": form["roles"], "from_day": form.Get("from_day"), "until_day": form.Get("until_day")}
	if form["roles"] == nil {
		body["roles"] = []string{}
	}
	for _, name := range []string{"from", "unit_id", "case_id", "reason"} {
		if value := form.Get(name); value != "" {
			body[name] = value
		}
	}
	if form.Get("do") == "send" {
		err := v.send(http.MethodPost, "/delegations", body, "")
		if problem := refusalOf(err); problem != nil {
			return s.showDelegation(v, form, nil, problem)
		} else if err != nil {
			return err
		}
		return v.redirect("/delegations?done=made")
	}
	if problem, err := v.unheld(form); err != nil {
		return err
	} else if problem != nil {
		return s.showDelegation(v, form, nil, problem)
	}
	var preview api.DelegationPreview
	_, err := v.api.Do(v.r.Context(), client.Call{Method: http.MethodPost, Path: "/api/v1/delegations/preview", Body: body}, &preview)
	if problem := refusalOf(err); problem != nil || form.Get("do") != "check" {
		return s.showDelegation(v, form, nil, problem)
	} else if err != nil {
		return err
	}
	return s.showDelegation(v, form, &preview, nil)
}

// unheld says of which roles somebody else does not have, for whom a deputy is appointed,
// nil for none.
func (v *visit) unheld(form url.Values) (*client.Problem, error) {
	if form.Get("from") == "" || len(form["roles"]) == 0 {
		return nil, nil
	}
	var from api.PersonView
	if err := v.get("/people/"+url.PathEscape(form.Get("from")), nil, &from); err != nil {
		return nil, err
	}
	var held []string
	for _, r := range from.Roles {
		if r.Delegable() {
			held = append(held, r.Label().In(v.lang))
		}
	}
	if !slices.ContainsFunc(form["roles"], func(id string) bool { return !slices.Contains(from.Roles, model.Role(id)) }) {
		return nil, nil
	}
	text := from.Name + " " + lang.Text{SV: "har inte alla rollerna. Välj bland: ", EN: "does not have all the roles. Choose among: "}.In(v.lang) + strings.Join(held, ", ") + "."
	if held == nil {
		text = from.Name + " " + lang.Text{SV: "har ingen roll som kan ha en ersättare.", EN: "has no role that can have a deputy."}.In(v.lang)
	}
	return &client.Problem{Status: http.StatusUnprocessableEntity, Errors: []client.Fault{{Pointer: "/roles", Message: text}}}, nil
}

// endDelegation ends a delegation before its time.
func (s *site) endDelegation(v *visit) error {
	err := v.send(http.MethodPost, "/delegations/"+url.PathEscape(v.r.PathValue("id"))+"/end", nil, "")
	if problem := refusalOf(err); problem != nil {
		return s.showDelegations(v, problem)
	} else if err != nil {
		return err
	}
	return v.redirect("/delegations?done=ended")
}
