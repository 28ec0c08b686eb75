package api

import (
	"context"
	"net/http"

	"sluss/api/authn"
	"sluss/model"
)

// Me is the person who asks.
type Me struct {
	ID      string       `json:"id"`
	User    string       `json:"user"`
	Name    string       `json:"name"`
	OrgID   string       `json:"org_id"`
	OrgUnit string       `json:"org_unit" doc:"code of the unit that the person belongs to"`
	Roles   []model.Role `json:"roles" nullable:"false"`
	Units   []MyUnit     `json:"units" nullable:"false" doc:"the units that the person belongs to or has a function in"`
	// RoleLabels are what the roles are called.
	RoleLabels map[model.Role]string `json:"role_labels"`
}

// MyUnit is a unit and what the person is in it.
type MyUnit struct {
	ID        string       `json:"id"`
	Code      string       `json:"code"`
	Name      string       `json:"name"`
	Functions []model.Role `json:"functions" nullable:"false" doc:"the roles for which the person is proposed in new cases of the unit"`
}

type meOutput struct {
	Body Me
}

func (s *server) meRoutes() {
	add(s, route{
		id: "get-me", method: http.MethodGet, path: "/me", tag: tagService, service: true, summary: "Who I am, my roles, my units",
	}, s.me)
}

func (s *server) me(ctx context.Context, _ *empty) (*meOutput, error) {
	p, _ := authn.Person(ctx)
	l := languageOf(ctx)
	out := &meOutput{Me{ID: p.ID, User: p.Handle, Name: p.Name, OrgID: p.OrgID, Roles: orEmpty(p.Roles)}}
	out.Body.RoleLabels = make(map[model.Role]string, len(p.Roles))
	for _, r := range p.Roles {
		out.Body.RoleLabels[r] = r.Label().In(l)
	}
	units, err := s.Store.UnitsOf(ctx, p)
	if err != nil {
		return nil, err
	}
	out.Body.Units, out.Body.OrgUnit = unitsOf(p, units, l)
	return out, nil
}
