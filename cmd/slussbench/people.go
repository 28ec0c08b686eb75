//go:build linux && !slim

package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"sluss/api/authn"
	"sluss/api/client"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/lang"
	"sluss/model/store"
)

// maxClients is how many clients can be at work at once: there are so many
// units with their people.
const maxClients = 64

// roles are those of the people of a unit.
var roles = []model.Role{
	model.RoleProjectOwner, model.RoleManager, model.RoleDPO, model.RoleInformationOwner, model.RoleLegalCounsel,
	model.RoleCISO, model.RoleSystemOwner,
}

const organisation = "bench"

// tokens are the secrets of the people of each unit, by role.
type tokens []map[model.Role]string

// populate makes a record with its schema and everybody who takes part.
func populate(ctx context.Context, recordURL string, units int) (tokens, error) {
	st, err := store.Open(ctx, store.Options{URL: recordURL})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	now := clock.System.Now()
	if err := st.AddOrganisation(ctx, store.Organisation{ID: organisation, Name: "Mätköping", Profile: "strictest"}, now); err != nil {
		return nil, err
	}
	out := make(tokens, units)
	for i := range units {
		if out[i], err = addUnit(ctx, st, unitCode(i), now); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func unitCode(i int) string { return fmt.Sprintf("unit-%d", i+1) }

// addUnit adds a unit with one person for each role, whom it proposes in its
// cases.
func addUnit(ctx context.Context, st *store.Store, code string, now time.Time) (map[model.Role]string, error) {
	unit := store.Unit{
		OrgID: organisation, ID: model.NewID(), Code: code, Name: lang.Text{SV: code, EN: code}, ControllerType: "public_authority",
	}
	if err := st.PutUnit(ctx, unit); err != nil {
		return nil, err
	}
	ids, secrets := map[model.Role]string{}, map[model.Role]string{}
	for _, role := range roles {
		handle := code + "-" + string(role)
		p := store.Person{OrgID: organisation, ID: model.NewID(), Handle: handle, Name: handle, UnitID: unit.ID, Roles: []model.Role{role}}
		if err := st.AddPerson(ctx, p, now); err != nil {
			return nil, err
		}
		secret, hash := authn.NewSecret()
		err := st.AddToken(ctx, store.Token{
			OrgID: organisation, ID: model.NewID(), PersonID: p.ID, Label: "bench", Purpose: store.PurposeAPI, Hash: hash,
			CreatedAt: now, ExpiresAt: now.AddDate(0, 0, 1),
		})
		if err != nil {
			return nil, err
		}
		ids[role], secrets[role] = p.ID, secret
	}
	unit.ManagerID, unit.InformationOwnerID = ids[model.RoleManager], ids[model.RoleInformationOwner]
	unit.SystemOwnerID = ids[model.RoleSystemOwner]
	return secrets, st.PutUnit(ctx, unit)
}

// seats connects the people to a server.
func (t tokens) seats(base string) ([]*seat, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.DisableCompression = 2*maxClients, true
	h := &http.Client{Transport: transport, Timeout: 30 * time.Second}
	seats := make([]*seat, len(t))
	for i, secrets := range t {
		draft, err := draftOf(unitCode(i), time.Now().AddDate(0, 0, 30))
		if err != nil {
			return nil, err
		}
		seats[i] = &seat{people: map[model.Role]*client.Client{}, draft: draft}
		for role, secret := range secrets {
			seats[i].people[role] = &client.Client{Base: base, Token: secret, HTTP: h}
		}
	}
	return seats, nil
}
