package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

const issuer = "https://idp.example/realms/kommunen"

func testIdentities(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	subject := model.NewID() // the record is shared
	mine := store.Identity{OrgID: w.Org, Issuer: issuer, Subject: subject, PersonID: w.CISO, CreatedAt: w.Clock.Now()}
	w.must(w.Store.LinkIdentity(w.ctx(), mine))
	if got, err := w.Store.Identity(w.ctx(), w.Org, issuer, subject); err != nil || got != mine {
		t.Errorf("identity %+v, %v", got, err)
	}
	if p, err := w.Store.PersonByIdentity(w.ctx(), w.Org, issuer, subject); err != nil || p.ID != w.CISO {
		t.Errorf("by identity %+v, %v", p, err)
	}
	all, err := w.Store.Identities(w.ctx(), w.Org)
	if err != nil || !slices.Contains(all, mine) || !slices.ContainsFunc(all, func(i store.Identity) bool {
		return i.Issuer == store.LocalIssuer && i.PersonID == w.CISO
	}) {
		t.Errorf("identities %+v, %v", all, err)
	}
	elsewhere := NewWorld(t, w.Store)
	for name, again := range map[string]store.Identity{
		"of somebody else":                     {OrgID: w.Org, Issuer: issuer, Subject: subject, PersonID: w.DPO},
		"of the same person":                   mine,
		"of somebody in another organisation":  {OrgID: elsewhere.Org, Issuer: issuer, Subject: subject, PersonID: elsewhere.CISO},
		"kept by Sluss, by the name of others": {OrgID: w.Org, Issuer: store.LocalIssuer, Subject: "doris", PersonID: w.CISO},
	} {
		if err := w.Store.LinkIdentity(w.ctx(), again); !store.IsConflict(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
	nobody := store.Identity{OrgID: w.Org, Issuer: issuer, Subject: subject + "2", PersonID: elsewhere.CISO}
	if err := w.Store.LinkIdentity(w.ctx(), nobody); !errors.Is(err, store.ErrReference) {
		t.Errorf("of somebody who is not there: %v", err)
	}
	for name, err := range map[string]error{
		"of another organisation": w.Store.UnlinkIdentity(w.ctx(), elsewhere.Org, issuer, subject),
		"of another issuer":       w.Store.UnlinkIdentity(w.ctx(), w.Org, issuer+"/", subject),
		"kept by Sluss":           w.Store.UnlinkIdentity(w.ctx(), w.Org, store.LocalIssuer, "doris"),
	} {
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("taken away, %s: %v", name, err)
		}
	}
	w.must(w.Store.UnlinkIdentity(w.ctx(), w.Org, issuer, subject))
	if _, err := w.Store.PersonByIdentity(w.ctx(), w.Org, issuer, subject); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("taken away: %v", err)
	}
}

// A person who comes from a provider has its identity only, and is added whole or
// not at all.
func testAddPersonOf(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	subject := model.NewID()
	add := func(handle, subject string) (store.Person, error) {
		p := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: handle, Name: "Namn", UnitID: w.Unit, Roles: []model.Role{model.RoleUser}}
		return p, w.Store.AddPersonOf(w.ctx(), p, store.Identity{Issuer: issuer, Subject: subject}, w.Clock.Now())
	}
	p, err := add("nina", subject)
	w.must(err)
	if got, err := w.Store.PersonByIdentity(w.ctx(), w.Org, issuer, subject); err != nil || got.ID != p.ID || got.Handle != "nina" {
		t.Errorf("by identity %+v, %v", got, err)
	}
	if _, err := w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, "nina"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a person of a provider has a local identity: %v", err)
	}
	for name, test := range map[string]struct{ handle, subject, on string }{
		"the handle is taken":   {"doris", subject + "2", "people"},
		"the identity is taken": {"nils", subject, "identities"},
	} {
		p, err := add(test.handle, test.subject)
		var conflict *store.ConflictError
		if !errors.As(err, &conflict) || conflict.On != test.on {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := w.Store.Person(w.ctx(), w.Org, p.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s, and half a person was added: %v", name, err)
		}
	}
	var won, lost int
	var mu sync.Mutex
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			_, err := add("samtidig-"+string(rune('a'+i)), subject+"3")
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				won++
			case store.IsConflict(err):
				lost++
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won != 1 || lost != 7 {
		t.Errorf("at once: %d were added, %d refused", won, lost)
	}
}

func testTakeClaims(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Person("nina", model.RoleUser, model.RoleDPO)
	i := store.Identity{OrgID: w.Org, Issuer: issuer, Subject: model.NewID(), PersonID: id}
	w.must(w.Store.LinkIdentity(w.ctx(), i))
	other := store.Unit{OrgID: w.Org, ID: model.NewID(), Code: "bun", Name: lang.Text{SV: "Barn", EN: "Children"}, ControllerType: "board"}
	w.must(w.Store.PutUnit(w.ctx(), other))
	issued := w.Clock.Now().Truncate(time.Second)
	type roles = []model.Role
	for _, step := range []struct {
		name  string
		take  store.Claims
		taken bool
		roles roles
		unit  string
	}{
		{"the first token", store.Claims{IssuedAt: issued, Roles: roles{model.RoleUser, model.RoleCISO}}, true, roles{model.RoleCISO, model.RoleUser}, w.Unit},
		{"an older one", store.Claims{IssuedAt: issued.Add(-time.Second), Roles: roles{model.RoleDPO}, UnitID: other.ID}, false, roles{model.RoleCISO, model.RoleUser}, w.Unit},
		{"one of the same second", store.Claims{IssuedAt: issued, Roles: roles{model.RoleUser}}, true, roles{model.RoleUser}, w.Unit},
		{"one that says nothing of roles", store.Claims{IssuedAt: issued.Add(time.Second), KeepRoles: true, UnitID: other.ID}, true, roles{model.RoleUser}, other.ID},
		{"one without a role", store.Claims{IssuedAt: issued.Add(time.Minute)}, true, nil, other.ID},
	} {
		taken, err := w.Store.TakeClaims(w.ctx(), i, step.take)
		p, personErr := w.Store.Person(w.ctx(), w.Org, id)
		if err != nil || personErr != nil || taken != step.taken || !slices.Equal(p.Roles, step.roles) || p.UnitID != step.unit {
			t.Errorf("%s: taken %v, person %+v, %v, %v", step.name, taken, p, err, personErr)
		}
	}
	i.PersonID = w.CISO
	if taken, err := w.Store.TakeClaims(w.ctx(), i, store.Claims{IssuedAt: issued.Add(time.Hour)}); taken || err != nil {
		t.Errorf("for another person: %v, %v", taken, err)
	}
	if p, err := w.Store.Person(w.ctx(), w.Org, w.CISO); err != nil || !slices.Equal(p.Roles, roles{model.RoleCISO}) {
		t.Errorf("another person is %+v, %v", p, err)
	}
}

func testBlockPerson(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	hash := "hash-blocked" + w.Org
	w.must(w.Store.AddToken(w.ctx(), store.Token{
		OrgID: w.Org, ID: model.NewID(), PersonID: w.CISO, Label: "x", Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: w.Clock.Now(), ExpiresAt: w.Clock.Now().Add(time.Hour),
	}))
	found := func() (out []bool) {
		for _, find := range []func() (store.Person, error){
			func() (store.Person, error) { return w.Store.Person(w.ctx(), w.Org, w.CISO) },
			func() (store.Person, error) {
				return w.Store.PersonByToken(w.ctx(), hash, store.PurposeAPI, w.Clock.Now())
			},
			func() (store.Person, error) {
				return w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, "cilla")
			},
		} {
			p, err := find()
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				t.Error(err)
			}
			out = append(out, p.ID == w.CISO)
		}
		return out
	}
	elsewhere := NewWorld(t, w.Store)
	if err := w.Store.BlockPerson(w.ctx(), elsewhere.Org, w.CISO, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("blocked by another organisation: %v", err)
	}
	if got := found(); slices.Contains(got, false) {
		t.Errorf("before: %v", got)
	}
	w.must(w.Store.BlockPerson(w.ctx(), w.Org, w.CISO, w.Clock.Now()))
	if got := found(); slices.Contains(got, true) {
		t.Errorf("blocked: %v", got)
	}
	if err := w.Store.BlockPerson(w.ctx(), w.Org, w.CISO, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("blocked twice: %v", err)
	}
	w.must(w.Store.UnblockPerson(w.ctx(), w.Org, "cilla"))
	if got := found(); slices.Contains(got, false) {
		t.Errorf("let in again: %v", got)
	}
	if err := w.Store.UnblockPerson(w.ctx(), w.Org, "cilla"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("let in twice: %v", err)
	}
	if p, err := w.Store.Person(w.ctx(), w.Org, w.CISO); err != nil || !slices.Equal(p.Roles, []model.Role{model.RoleCISO}) {
		t.Errorf("afterwards %+v, %v", p, err)
	}
}
