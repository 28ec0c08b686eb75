package api

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

// UnitItem is a unit of the organisation, as an answer may name it.
type UnitItem struct {
	UnitNote
	Profile string `json:"profile" doc:"the guidelines' profile that holds in the unit"`
	// ParentID is of the unit above.
	ParentID       string         `json:"parent_id,omitempty" doc:"id of the unit above it, absent for the topmost"`
	ControllerType string         `json:"controller_type,omitempty" doc:"absent for a part of the board or company above it"`
	Functions      []UnitFunction `json:"functions" nullable:"false" doc:"who is proposed in new cases of the unit"`
}

// UnitFunction is what somebody is in a unit.
type UnitFunction struct {
	Role   model.Role `json:"role"`
	Label  string     `json:"label"`
	Person PersonNote `json:"person"`
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

// PersonView is a person with what they are in units.
type PersonView struct {
	PersonItem
	Units []MyUnit `json:"units" nullable:"false" doc:"the units that the person belongs to or has a function in"`
}

// PeopleFilters are the filters of the list of people.
type PeopleFilters struct {
	Q       string `query:"q" maxLength:"200" doc:"a part of a name or a user name, in upper or lower case"`
	Role    string `query:"role" doc:"a role in the organisation"`
	OrgUnit string `query:"org_unit" maxLength:"200" doc:"id or code of the unit that they belong to"`
}

type (
	peopleInput struct {
		PeopleFilters
		Paging
	}
	personInput struct {
		PersonID string `path:"person_id" maxLength:"64" doc:"id or user name of the person"`
	}
	personOutput struct{ Body PersonView }
)

func (s *server) directoryRoutes() {
	add(s, route{
		id: "list-units", method: http.MethodGet, path: "/units", tag: tagService, summary: "The units of the organisation",
		errors: []int{http.StatusUnprocessableEntity},
	}, s.units)
	add(s, route{
		id: "list-people", method: http.MethodGet, path: "/people", tag: tagService,
		summary: "The people of the organisation and their roles", errors: []int{http.StatusUnprocessableEntity},
	}, s.people)
	add(s, route{
		id: "get-person", method: http.MethodGet, path: "/people/{person_id}", tag: tagService,
		summary: "A person of the organisation, their roles and what they are in units", errors: []int{http.StatusNotFound},
	}, s.person)
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
	cut, err := page(s.newList(ctx, "/units", nil, in.Paging), units)
	if err != nil {
		return nil, err
	}
	var ids []string
	for _, u := range cut.Body.Items {
		for _, f := range functionsOf(u) {
			ids = append(ids, f.personID)
		}
	}
	names, err := s.Store.Names(ctx, org.ID, ids)
	l, items := languageOf(ctx), make([]UnitItem, len(cut.Body.Items))
	for i, u := range cut.Body.Items {
		items[i] = UnitItem{
			UnitNote: UnitNote{u.ID, u.Code, u.Name.In(l)}, Profile: cmp.Or(u.Profile, org.Profile), ParentID: u.ParentID,
			ControllerType: u.ControllerType, Functions: []UnitFunction{},
		}
		for _, f := range functionsOf(u) {
			items[i].Functions = append(items[i].Functions, UnitFunction{f.role, f.role.Label().In(l), PersonNote{f.personID, names[f.personID]}})
		}
	}
	return pageOf(cut, items), err
}

// unitFunction is a role for which somebody is proposed in new cases of a unit.
type unitFunction struct {
	role     model.Role
	personID string
}

// functionsOf are the functions of a unit that somebody has.
func functionsOf(u store.Unit) []unitFunction {
	return slices.DeleteFunc([]unitFunction{
		{model.RoleManager, u.ManagerID}, {model.RoleInformationOwner, u.InformationOwnerID}, {model.RoleSystemOwner, u.SystemOwnerID},
	}, func(f unitFunction) bool { return f.personID == "" })
}

// unitsOf are the units that a person belongs to or has a function in, and the code of
// the one that they belong to.
func unitsOf(p store.Person, units []store.Unit, l lang.Lang) (mine []MyUnit, code string) {
	mine = []MyUnit{}
	for _, u := range units {
		m := MyUnit{ID: u.ID, Code: u.Code, Name: u.Name.In(l), Functions: []model.Role{}}
		for _, f := range functionsOf(u) {
			if f.personID == p.ID {
				m.Functions = append(m.Functions, f.role)
			}
		}
		if u.ID == p.UnitID {
			code = u.Code
		}
		if u.ID == p.UnitID || len(m.Functions) > 0 {
			mine = append(mine, m)
		}
	}
	return mine, code
}

// people lists the people by their user names: whom an answer may name, and who has
// which role.
func (s *server) people(ctx context.Context, in *peopleInput) (*pageOutput[PersonItem], error) {
	org := authn.Actor(ctx).OrgID
	faults := (CaseFilters{Role: in.Role}).unknown()
	unitID := ""
	fault, err := s.unitID(ctx, org, "/org_unit", in.OrgUnit, &unitID)
	if err != nil {
		return nil, err
	}
	if faults = append(faults, fault...); len(faults) > 0 {
		return nil, faults
	}
	people, err := s.Store.Colleagues(ctx, store.ColleagueFilter{OrgID: org, Role: model.Role(in.Role), UnitID: unitID})
	if err != nil {
		return nil, err
	}
	if q := strings.ToLower(in.Q); q != "" {
		people = slices.DeleteFunc(people, func(p store.Colleague) bool {
			return !strings.Contains(strings.ToLower(p.Name), q) && !strings.Contains(strings.ToLower(p.Handle), q)
		})
	}
	cut, err := page(s.newList(ctx, "/people", in.values(), in.Paging), people)
	if err != nil {
		return nil, err
	}
	items, err := s.personItems(ctx, org, cut.Body.Items)
	return pageOf(cut, items), err
}

// personItems adds what is known of people beside what lists of them are made of.
func (s *server) personItems(ctx context.Context, org string, people []store.Colleague) ([]PersonItem, error) {
	ids := make([]string, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	roles, err := s.Store.RolesOf(ctx, org, ids)
	if err != nil {
		return nil, err
	}
	away, err := s.Store.AwayUntil(ctx, org, ids, s.Clock.Now())
	if err != nil {
		return nil, err
	}
	units, err := s.Store.UnitNames(ctx, org)
	codes := make(map[string]string, len(units))
	for _, u := range units {
		codes[u.ID] = u.Code
	}
	items := make([]PersonItem, len(people))
	for i, p := range people {
		items[i] = PersonItem{p.ID, p.Handle, p.Name, orEmpty(roles[p.ID]), codes[p.UnitID], away[p.ID]}
	}
	return items, err
}

// values are the filters in use, by name.
func (f PeopleFilters) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{"q": f.Q, "role": f.Role, "org_unit": f.OrgUnit} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}

func (s *server) person(ctx context.Context, in *personInput) (*personOutput, error) {
	p, err := s.Store.Person(ctx, authn.Actor(ctx).OrgID, in.PersonID)
	if err != nil {
		return nil, err
	}
	units, err := s.Store.UnitsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	away, err := s.Store.AwayUntil(ctx, p.OrgID, []string{p.ID}, s.Clock.Now())
	mine, code := unitsOf(p, units, languageOf(ctx))
	return &personOutput{PersonView{PersonItem{p.ID, p.Handle, p.Name, orEmpty(p.Roles), code, away[p.ID]}, mine}}, err
}
