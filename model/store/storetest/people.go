package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
)

func testPeople(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	id := w.Person("karin", model.RoleUnitHead, model.RoleAdministrator)
	for _, ref := range []string{id, "karin"} {
		p, err := w.Store.Person(w.ctx(), w.Org, ref)
		w.must(err)
		if p.ID != id || p.Handle != "karin" || p.Name != "Namn karin" || p.UnitID != w.Unit ||
			!slices.Equal(p.Roles, []model.Role{model.RoleAdministrator, model.RoleUnitHead}) {
			t.Errorf("%s is %+v", ref, p)
		}
	}
	p, err := w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, "karin")
	if err != nil || p.ID != id {
		t.Errorf("by identity %+v, %v", p, err)
	}
	without := w.Person("rolf")
	if p, err := w.Store.Person(w.ctx(), w.Org, without); err != nil || len(p.Roles) != 0 {
		t.Errorf("without a role %+v, %v", p, err)
	}
	for name, find := range map[string]func() (store.Person, error){
		"by handle":  func() (store.Person, error) { return w.Store.Person(w.ctx(), w.Org, "Karin") },
		"by issuer":  func() (store.Person, error) { return w.Store.PersonByIdentity(w.ctx(), w.Org, "other", "karin") },
		"by subject": func() (store.Person, error) { return w.Store.PersonByIdentity(w.ctx(), w.Org, store.LocalIssuer, id) },
		"by no token": func() (store.Person, error) {
			return w.Store.PersonByToken(w.ctx(), "", store.PurposeAPI, w.Clock.Now())
		},
	} {
		if p, err := find(); !errors.Is(err, store.ErrNotFound) || p.ID != "" {
			t.Errorf("%s: %+v, %v", name, p, err)
		}
	}
	again := store.Person{OrgID: w.Org, ID: model.NewID(), Handle: "karin", Name: "x", UnitID: w.Unit, Roles: []model.Role{model.RoleCISO}}
	if err := w.Store.AddPerson(w.ctx(), again, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same handle again: %v", err)
	}
	if _, err := w.Store.Person(w.ctx(), w.Org, again.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("half a person was added: %v", err)
	}
	names, err := w.Store.Names(w.ctx(), w.Org, []string{id, w.Owner, model.NewID()})
	if want := map[string]string{id: "Namn karin", w.Owner: "Namn olle"}; err != nil || fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("names %v, %v", names, err)
	}
	if names, err := w.Store.Names(w.ctx(), w.Org, nil); err != nil || len(names) != 0 {
		t.Errorf("names of nobody %v, %v", names, err)
	}
}

// functioning are the units in which a person has a function.
func functioning(units []store.Unit, personID string) []store.Unit {
	return slices.DeleteFunc(slices.Clone(units), func(u store.Unit) bool {
		return u.ManagerID != personID && u.InformationOwnerID != personID && u.SystemOwnerID != personID
	})
}

func testUnits(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	unit := store.Unit{
		OrgID: w.Org, ID: model.NewID(), Code: "abc", Name: lang.Text{SV: "Barn", EN: "Children"}, ParentID: w.Unit,
		ControllerType: "company", Profile: "lidkoping", ManagerID: w.Manager, InformationOwnerID: w.InfoOwner, SystemOwnerID: w.SystemOwner,
	}
	w.must(w.Store.PutUnit(w.ctx(), unit))
	for _, ref := range []string{unit.ID, "abc"} {
		if got, err := w.Store.Unit(w.ctx(), w.Org, ref); err != nil || got != unit {
			t.Errorf("%s is %+v, %v", ref, got, err)
		}
	}
	unit.Name, unit.ParentID, unit.Profile, unit.ManagerID = lang.Text{SV: "Skola", EN: "School"}, "", "", ""
	w.must(w.Store.PutUnit(w.ctx(), unit))
	units, err := w.Store.Units(w.ctx(), w.Org)
	w.must(err)
	if len(units) != 2 || units[0] != unit || units[1].Code != "sbn" {
		t.Errorf("units %+v", units)
	}
	for name, test := range map[string]struct {
		person store.Person
		want   []store.Unit
	}{
		"member of one":                 {store.Person{ID: w.Everybody, UnitID: w.Unit}, units[1:]},
		"member of none":                {store.Person{ID: w.Everybody, UnitID: "x"}, nil},
		"owner of systems":              {store.Person{ID: w.SystemOwner, UnitID: w.Unit}, units},
		"information owner":             {store.Person{ID: w.InfoOwner, UnitID: "x"}, functioning(units, w.InfoOwner)},
		"who was manager of one":        {store.Person{ID: w.Manager, UnitID: "x"}, functioning(units, w.Manager)},
		"somebody of another authority": {store.Person{OrgID: "x", ID: w.SystemOwner, UnitID: w.Unit}, nil},
	} {
		if test.person.OrgID == "" {
			test.person.OrgID = w.Org
		}
		if got, err := w.Store.UnitsOf(w.ctx(), test.person); err != nil || !slices.Equal(got, test.want) {
			t.Errorf("%s: %+v (%v), want %+v", name, got, err, test.want)
		}
	}
	named, err := w.Store.UnitNames(w.ctx(), w.Org)
	w.must(err)
	want := store.Unit{OrgID: w.Org, ID: unit.ID, Code: "abc", Name: unit.Name, ControllerType: unit.ControllerType}
	if len(named) != 2 || named[0] != want || named[1].ID != w.Unit || named[1].Code != "sbn" {
		t.Errorf("names of units %+v", named)
	}
	unit.ID = model.NewID()
	if err := w.Store.PutUnit(w.ctx(), unit); !store.IsConflict(err) {
		t.Errorf("the same code again: %v", err)
	}
	unit.Code, unit.ParentID = "new", model.NewID()
	if err := w.Store.PutUnit(w.ctx(), unit); !errors.Is(err, store.ErrReference) {
		t.Errorf("below a unit that is not there: %v", err)
	}
	if _, err := w.Store.Unit(w.ctx(), w.Org, "new"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a unit that is not there: %v", err)
	}
	org, err := w.Store.Organisation(w.ctx(), w.Org)
	if err != nil || org.Name != "Sjöstad" || org.Profile != "strictest" {
		t.Errorf("organisation %+v, %v", org, err)
	}
	if err := w.Store.AddOrganisation(w.ctx(), org, w.Clock.Now()); !store.IsConflict(err) {
		t.Errorf("the same organisation again: %v", err)
	}
}

func testTokens(t *testing.T, open Open) {
	w := NewWorld(t, open(t, 0))
	start := w.Clock.Now()
	token := func(hash, purpose string, expires time.Time) store.Token {
		tok := store.Token{
			OrgID: w.Org, ID: model.NewID(), PersonID: w.CISO, Label: "min", Purpose: purpose, Hash: hash,
			CreatedAt: w.Clock.Now(), ExpiresAt: expires,
		}
		w.must(w.Store.AddToken(w.ctx(), tok))
		return tok
	}
	first := token("hash-1"+w.Org, store.PurposeAPI, start.Add(time.Hour))
	w.Clock.Advance(time.Second)
	second := token("hash-2"+w.Org, store.PurposeSignIn, start.Add(time.Minute))
	find := func(tok store.Token, purpose string, at time.Time) string {
		p, err := w.Store.PersonByToken(w.ctx(), tok.Hash, purpose, at)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			t.Error(err)
		}
		return p.ID
	}
	for _, test := range []struct {
		name    string
		token   store.Token
		purpose string
		at      time.Time
		want    string
	}{
		{"valid", first, store.PurposeAPI, start, w.CISO},
		{"to the last moment", first, store.PurposeAPI, first.ExpiresAt.Add(-time.Microsecond), w.CISO},
		{"expired", first, store.PurposeAPI, first.ExpiresAt, ""},
		{"for another purpose", first, store.PurposeSignIn, start, ""},
		{"the other one", second, store.PurposeSignIn, start, w.CISO},
	} {
		if got := find(test.token, test.purpose, test.at); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
	p, err := w.Store.PersonByToken(w.ctx(), first.Hash, store.PurposeAPI, start)
	if err != nil || !slices.Equal(p.Roles, []model.Role{model.RoleCISO}) || p.OrgID != w.Org || p.Handle != "cilla" {
		t.Errorf("person %+v, %v", p, err)
	}
	tokens, err := w.Store.Tokens(w.ctx(), w.Org)
	w.must(err)
	if len(tokens) != 2 || tokens[0].ID != second.ID || tokens[1].ID != first.ID || tokens[0].Hash != "" ||
		!tokens[0].CreatedAt.Equal(second.CreatedAt) || !tokens[0].RevokedAt.IsZero() {
		t.Errorf("tokens %+v", tokens)
	}
	w.must(w.Store.RevokeToken(w.ctx(), w.Org, first.ID, w.Clock.Now()))
	if got := find(first, store.PurposeAPI, start); got != "" {
		t.Errorf("a revoked token belongs to %s", got)
	}
	if err := w.Store.RevokeToken(w.ctx(), w.Org, first.ID, w.Clock.Now()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("revoked again: %v", err)
	}
	second.ID = model.NewID()
	if err := w.Store.AddToken(w.ctx(), second); !store.IsConflict(err) {
		t.Errorf("the same hash again: %v", err)
	}
}
