package web

import (
	"net/url"

	"sluss/api"
	"sluss/model/access"
	"sluss/model/lang"
)

// peoplePage is the people of the organisation.
type peoplePage struct {
	sifted[api.PersonItem]
	// Units are what the units are called, by code.
	Units map[string]string
}

func (s *site) people(v *visit) error {
	units, err := v.units()
	if err != nil {
		return err
	}
	found, problem, err := sift[api.PersonItem](v, "/people",
		filterText("q", v.lang, lang.Text{SV: "Namn", EN: "Name"}),
		filterBy("role", v.lang, lang.Text{SV: "Roll", EN: "Role"}, roleChoices(v.lang)...),
		filterBy("org_unit", v.lang, lang.Text{SV: "Nämnd eller bolag", EN: "Board or company"}, unitChoices(units, unitCode)...),
	)
	if err != nil {
		return err
	}
	p := peoplePage{sifted: found, Units: map[string]string{}}
	for _, u := range units {
		p.Units[u.Code] = u.Name
	}
	return v.showAdministration("administration-people", lang.Text{SV: "Personer och roller", EN: "People and roles"}, p, problem)
}

// personPage is a person, what they are and what waits for them.
type personPage struct {
	api.PersonView
	// Tasks are those of the person that the reader may read, the earliest due first.
	Tasks list[api.TaskItem]
	Cases list[api.CaseItem]
	// Sees is true for who reads what waits for others, Hands for who hands it over.
	Sees, Hands bool
}

func (s *site) personView(v *visit) error {
	var p personPage
	if err := v.get("/people/"+url.PathEscape(v.r.PathValue("id")), nil, &p.PersonView); err != nil {
		return err
	}
	p.Hands = executes(access.Reassign)(v.person.Actor())
	if p.Sees = reads(access.Statistics)(v.person.Actor()); p.Sees {
		ask := counted(10)
		ask.Set("assignee", p.ID)
		if err := v.get("/tasks", ask, &p.Tasks.Page); err != nil {
			return err
		}
		if err := v.get("/cases", ask, &p.Cases.Page); err != nil {
			return err
		}
	}
	return v.showAdministration("administration-person", lang.Text{SV: p.Name, EN: p.Name}, p, nil)
}

// unitBranch is a unit with those below it. It has the parts of api.UnitItem as its own:
// in what is embedded a template searches, for each word of each unit.
type unitBranch struct {
	Name, Code     string
	ControllerType string
	Profile        string
	Functions      []api.UnitFunction
	Below          []unitBranch
}

func (s *site) unitTree(v *visit) error {
	units, err := all[api.UnitItem](v, "/units")
	if err != nil {
		return err
	}
	called := view{Lang: v.lang, book: v.book}
	return v.showAdministration("administration-units", lang.Text{SV: "Nämnder och bolag", EN: "Boards and companies"}, called.branches(units, "", 0), nil)
}

// maxDepth keeps a tree that is wrong from growing for ever.
const maxDepth = 10

// branches are the units below one, and those that have none above for "".
func (v view) branches(units []api.UnitItem, parent string, depth int) []unitBranch {
	var out []unitBranch
	for _, u := range units {
		if u.ParentID != parent || depth >= maxDepth {
			continue
		}
		b := unitBranch{u.Name, u.Code, "", v.Profile(u.Profile), u.Functions, v.branches(units, u.ID, depth+1)}
		if u.ControllerType != "" {
			b.ControllerType = v.Word("controller_type", u.ControllerType)
		}
		out = append(out, b)
	}
	return out
}
