package api

import (
	"context"
	"net/http"

	"sluss/api/authn"
	"sluss/model"
)

// UnitItem is a unit of the organisation, as an answer may name it.
type UnitItem struct {
	UnitNote
	Profile string `json:"profile" doc:"the guidelines' profile that holds in the unit"`
}

// PersonItem is a person of the organisation, as an answer may name them.
type PersonItem struct {
	ID      string       `json:"id"`
	User    string       `json:"user"`
	Name    string       `json:"name"`
	Roles   []model.Role `json:"roles" nullable:"false"`
	OrgUnit string       `json:"org_unit" doc:"code of the unit that the person belongs to"`
	// AwayUntil is filled for those who are away today.
	AwayUntil string `json:"away_until,omitempty" format:"date" doc:"the last day, in Sweden, that the person is away; absent for those who are here"`
}

func (s *server) directoryRoutes() {
	add(s, route{
		id: "list-units", method: http.MethodGet, path: "/units", tag: tagService, summary: "The units of the organisation",
		errors: []int{http.StatusUnprocessableEntity},
	}, s.units)
	add(s, route{
		id: "list-people", method: http.MethodGet, path: "/people", tag: tagService,
		summary: "The people of the organisation and their roles", errors: []int{http.StatusUnprocessableEntity},
	}, s.people)
}

// units lists the units by their code.
func (s *server) units(ctx context.Context, in *Paged) (*pageOutput[UnitItem], error) {
	org, err := s.Store.Organisation(ctx, authn.Actor(ctx).OrgID)
	if err != nil {
		return nil, err
	}
	units, err := s.Store.Units(ctx, org.ID)
	if err != nil {
		return nil, err
	}
	items := make([]UnitItem, len(units))
	for i, u := range units {
		items[i] = UnitItem{UnitNote{u.ID, u.Code, u.Name.In(languageOf(ctx))}, u.Profile}
		if u.Profile == "" {
			items[i].Profile = org.Profile
		}
	}
	return page(s.newList(ctx, "/units", nil, in.Paging), items)
}

// people lists the people: whom an answer may name, and who has which role.
func (s *server) people(ctx context.Context, in *Paged) (*pageOutput[PersonItem], error) {
	org := authn.Actor(ctx).OrgID
	people, err := s.Store.People(ctx, org)
	if err != nil {
		return nil, err
	}
	units, err := s.Store.Units(ctx, org)
	if err != nil {
		return nil, err
	}
	away, err := s.Store.AwayUntil(ctx, org, nil, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	codes := make(map[string]string, len(units))
	for _, u := range units {
		codes[u.ID] = u.Code
	}
	items := make([]PersonItem, len(people))
	for i, p := range people {
		items[i] = PersonItem{p.ID, p.Handle, p.Name, orEmpty(p.Roles), codes[p.UnitID], away[p.ID]}
	}
	return page(s.newList(ctx, "/people", nil, in.Paging), items)
}
