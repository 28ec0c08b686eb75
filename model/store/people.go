package store

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/lang"
)

// Organisation is a municipality or another public body with its companies.
type Organisation struct {
	ID      string
	Name    string
	Profile string
}

// Unit is a board or a company: a controller in the sense of GDPR 4(7).
type Unit struct {
	OrgID, ID string
	Code      string
	Name      lang.Text
	ParentID  string
	// ControllerType is empty for a part of the board or company above it.
	ControllerType string
	// Profile is the unit's own, or "" for the organisation's.
	Profile string
	// ManagerID, InformationOwnerID and SystemOwnerID are proposed in new cases.
	ManagerID          string
	InformationOwnerID string
	SystemOwnerID      string
	// CSLCovered is true for a company that the Cybersecurity Act covers by its
	// sector and size. A board is covered whatever it says.
	CSLCovered bool
}

// CoveredByCSL reports whether the unit has to report significant incidents
// (cybersäkerhetslagen 2025:1506, rulebook 9.5): every municipality, and the
// companies that say so.
func (u Unit) CoveredByCSL() bool { return u.ControllerType != "municipal_company" || u.CSLCovered }

// UpToController returns the ids of a unit and of those above it up to the board or
// company that it is a part of: an approval binds a controller and so all of its
// parts (rulebook 9.3, GDPR 4(7)). all are the organisation's units by id.
func UpToController(all map[string]Unit, u Unit) []string {
	ids := []string{u.ID}
	for u.ControllerType == "" && u.ParentID != "" && !slices.Contains(ids, u.ParentID) {
		u = all[u.ParentID]
		ids = append(ids, u.ID)
	}
	return ids
}

// Person is somebody who can act. The name is personal data.
type Person struct {
	OrgID, ID string
	Handle    string
	Name      string
	UnitID    string
	Roles     []model.Role
	// HeadOf are the units that a head of a unit looks after; it is read, not kept.
	HeadOf []string
	// Deputy are the delegations to the person that hold; they are read, not kept, for
	// whoever signs in.
	Deputy []model.Deputyship
	// Email is where messages are sent, "" for nowhere, and Language is the one
	// that they are written in, "" for the default.
	Email    string
	Language lang.Lang
	// Service is nil for a person, and for a program what is particular to it.
	Service *Service
}

// Actor is the person as the one who acts.
func (p Person) Actor() model.Actor {
	return model.Actor{OrgID: p.OrgID, PersonID: p.ID, UnitID: p.UnitID, Roles: p.Roles, HeadOf: p.HeadOf, Deputy: p.Deputy}
}

// LocalIssuer is the issuer of identities that Sluss keeps itself.
const LocalIssuer = "local"

// AddOrganisation adds an organisation. A ConflictError says that it exists.
func (s *Store) AddOrganisation(ctx context.Context, o Organisation, now time.Time) error {
	_, err := s.write.NewInsert().Model(&organisationRow{ID: o.ID, Name: o.Name, Profile: o.Profile, CreatedAt: now}).Exec(ctx)
	return over(ctx, err)
}

// Organisations lists all organisations of the installation.
func (s *Store) Organisations(ctx context.Context) ([]Organisation, error) {
	var rows []organisationRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Order("id"))
	orgs := make([]Organisation, len(rows))
	for i, r := range rows {
		orgs[i] = Organisation{ID: r.ID, Name: r.Name, Profile: r.Profile}
	}
	return orgs, err
}

// Organisation returns one organisation.
func (s *Store) Organisation(ctx context.Context, id string) (Organisation, error) {
	r, err := one[organisationRow](ctx, s, "id = ?", id)
	return Organisation{ID: r.ID, Name: r.Name, Profile: r.Profile}, err
}

// PutUnit adds a unit or replaces what is known of it.
func (s *Store) PutUnit(ctx context.Context, u Unit) error {
	row := unitRow{
		OrgID: u.OrgID, ID: u.ID, Code: u.Code, NameSV: u.Name.SV, NameEN: u.Name.EN, ParentID: u.ParentID,
		ControllerType: u.ControllerType, Profile: u.Profile, ManagerID: u.ManagerID,
		InformationOwnerID: u.InformationOwnerID, SystemOwnerID: u.SystemOwnerID,
		CSLCovered: u.CSLCovered,
	}
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := insert(ctx, s, q, `ON CONFLICT (org_id, id) DO UPDATE SET
			code = EXCLUDED.code, name_sv = EXCLUDED.name_sv, name_en = EXCLUDED.name_en, parent_id = EXCLUDED.parent_id,
			controller_type = EXCLUDED.controller_type, profile = EXCLUDED.profile, manager_id = EXCLUDED.manager_id,
			information_owner_id = EXCLUDED.information_owner_id, system_owner_id = EXCLUDED.system_owner_id,
			csl_covered = EXCLUDED.csl_covered`, row)
		if err == nil {
			_, err = s.countRegisterChange(ctx, q, u.OrgID) // who may use a tool depends on the units
		}
		return err
	})
}

// Units lists the units of an organisation by code.
func (s *Store) Units(ctx context.Context, orgID string) ([]Unit, error) {
	rows, err := many[unitRow](ctx, s, "org_id = ? ORDER BY code", orgID)
	units := make([]Unit, len(rows))
	for i, r := range rows {
		units[i] = r.toUnit()
	}
	return units, err
}

// UnitsOf lists the units that a person belongs to or has a function in, by code.
func (s *Store) UnitsOf(ctx context.Context, p Person) ([]Unit, error) {
	rows, err := many[unitRow](ctx, s, `org_id = ? AND (id = ? OR manager_id = ? OR information_owner_id = ? OR system_owner_id = ?)
		ORDER BY code`, p.OrgID, p.UnitID, p.ID, p.ID, p.ID)
	units := make([]Unit, len(rows))
	for i, r := range rows {
		units[i] = r.toUnit()
	}
	return units, err
}

// unitNameRow is what a unit is called and where it belongs.
type unitNameRow struct {
	bun.BaseModel  `bun:"table:units"`
	ID             string `bun:"id"`
	Code           string `bun:"code"`
	NameSV         string `bun:"name_sv"`
	NameEN         string `bun:"name_en"`
	ParentID       string `bun:"parent_id,nullzero"`
	ControllerType string `bun:"controller_type"`
}

// UnitNames lists the units of an organisation by code: what they are called and where
// they belong, which is all that lists need of them.
func (s *Store) UnitNames(ctx context.Context, orgID string) ([]Unit, error) {
	rows, err := many[unitNameRow](ctx, s, "org_id = ? ORDER BY code", orgID)
	units := make([]Unit, len(rows))
	for i, r := range rows {
		units[i] = Unit{
			OrgID: orgID, ID: r.ID, Code: r.Code, Name: lang.Text{SV: r.NameSV, EN: r.NameEN}, ParentID: r.ParentID, ControllerType: r.ControllerType,
		}
	}
	return units, err
}

// Unit returns a unit by its id or its code.
func (s *Store) Unit(ctx context.Context, orgID, idOrCode string) (Unit, error) {
	r, err := one[unitRow](ctx, s, "org_id = ? AND (id = ? OR code = ?)", orgID, idOrCode, idOrCode)
	return r.toUnit(), err
}

func (r *unitRow) toUnit() Unit {
	return Unit{
		OrgID: r.OrgID, ID: r.ID, Code: r.Code, Name: lang.Text{SV: r.NameSV, EN: r.NameEN}, ParentID: r.ParentID,
		ControllerType: r.ControllerType, Profile: r.Profile, ManagerID: r.ManagerID,
		InformationOwnerID: r.InformationOwnerID, SystemOwnerID: r.SystemOwnerID,
		CSLCovered: r.CSLCovered,
	}
}

// AddPerson adds a person with roles and a local identity.
func (s *Store) AddPerson(ctx context.Context, p Person, now time.Time) error {
	return s.AddPersonOf(ctx, p, Identity{Issuer: LocalIssuer, Subject: p.Handle}, now)
}

// AddPersonOf adds a person with roles and the identity that a provider knows them
// by. A ConflictError on people says that the handle is taken, one on identities
// that the identity is.
func (s *Store) AddPersonOf(ctx context.Context, p Person, i Identity, now time.Time) error {
	roles := make([]personRoleRow, len(p.Roles))
	for i, r := range p.Roles {
		roles[i] = personRoleRow{OrgID: p.OrgID, PersonID: p.ID, Role: r}
	}
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		row := personRow{
			OrgID: p.OrgID, ID: p.ID, Handle: p.Handle, Name: p.Name, UnitID: p.UnitID,
			Email: p.Email, Language: cmp.Or(p.Language, lang.Default), CreatedAt: now,
			Kind: kindPerson,
		}
		if err := insert(ctx, s, q, "", row); err != nil {
			return err
		}
		i.OrgID, i.PersonID, i.CreatedAt = p.OrgID, p.ID, now
		if err := insert(ctx, s, q, "", i.row()); err != nil {
			return err
		}
		return insert(ctx, s, q, "", roles...)
	})
}

// SetContact sets where a person gets messages, and in which language.
func (s *Store) SetContact(ctx context.Context, orgID, id, email string, language lang.Lang) error {
	return over(ctx, s.execOne(ctx, direct{s.write.DB}, "UPDATE people SET email = ?, language = ? WHERE org_id = ? AND id = ?",
		email, cmp.Or(language, lang.Default), orgID, id))
}

// Person returns a person by id or handle. Disabled people are not found.
func (s *Store) Person(ctx context.Context, orgID, idOrHandle string) (Person, error) {
	return s.person(ctx, "p.kind = 'person' AND p.org_id = ? AND (p.id = ? OR p.handle = ?)", orgID, idOrHandle, idOrHandle)
}

// PersonByIdentity returns the person behind an identity.
func (s *Store) PersonByIdentity(ctx context.Context, orgID, issuer, subject string) (Person, error) {
	return s.person(ctx, `p.kind = 'person' AND p.org_id = ? AND p.id = (SELECT i.person_id FROM identities i
		WHERE i.org_id = p.org_id AND i.issuer = ? AND i.subject = ?)`, orgID, issuer, subject)
}

// PersonByToken returns the person, or the service account, to whom a token of the
// given hash and purpose belongs, unless it is revoked or expired.
func (s *Store) PersonByToken(ctx context.Context, hash, purpose string, now time.Time) (Person, error) {
	p, err := s.person(ctx, `(p.org_id, p.id) = (SELECT t.org_id, t.person_id FROM tokens t
		WHERE t.hash = ? AND t.purpose = ? AND t.revoked_at IS NULL AND t.expires_at > ?)`, hash, purpose, now)
	if err == nil {
		p.Deputy, err = s.Deputyships(ctx, p, now)
	}
	return p, err
}

// person is the first thing that every request asks for.
func (s *Store) person(ctx context.Context, where string, args ...any) (Person, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []personInRole
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT "+personColumns+personTables+" WHERE p.disabled_at IS NULL AND "+where+
		" ORDER BY p.id, r.role", args...)
	if err != nil {
		return Person{}, over(ctx, err)
	}
	p, err := s.toPerson(ctx, rows)
	return p, over(ctx, err)
}

// personInRole is a person in one of their roles, or without any.
type personInRole struct {
	OrgID     string     `bun:"org_id"`
	ID        string     `bun:"id"`
	Handle    string     `bun:"handle"`
	Name      string     `bun:"name"`
	UnitID    string     `bun:"unit_id"`
	Kind      string     `bun:"kind"`
	PerMinute int        `bun:"per_minute"`
	Email     string     `bun:"email"`
	Lang      lang.Lang  `bun:"language"`
	Role      model.Role `bun:"role"`
}

const (
	personColumns = "p.org_id, p.id, p.handle, p.name, p.unit_id, p.kind, p.per_minute, p.email, p.language, COALESCE(r.role, '') AS role"
	personTables  = " FROM people AS p LEFT JOIN person_roles AS r ON r.org_id = p.org_id AND r.person_id = p.id"
)

// toPerson is the first of the people in their roles.
func (s *Store) toPerson(ctx context.Context, rows []personInRole) (Person, error) {
	if len(rows) == 0 {
		return Person{}, ErrNotFound
	}
	first := rows[0]
	p := Person{
		OrgID: first.OrgID, ID: first.ID, Handle: first.Handle, Name: first.Name, UnitID: first.UnitID,
		Email: first.Email, Language: first.Lang,
	}
	if first.Kind == kindService {
		p.Service = &Service{PerMinute: first.PerMinute}
	}
	for _, r := range rows {
		if r.ID == p.ID && r.Role != "" {
			p.Roles = append(p.Roles, r.Role)
		}
	}
	var err error
	if slices.Contains(p.Roles, model.RoleUnitHead) {
		p.HeadOf, err = s.headOf(ctx, p.OrgID, p.UnitID)
	}
	return p, err
}

// People lists the people of an organisation by handle, with their roles. Service
// accounts are not among them.
func (s *Store) People(ctx context.Context, orgID string) ([]Person, error) {
	rows, err := many[personRow](ctx, s, "org_id = ? AND disabled_at IS NULL AND kind = ? ORDER BY handle", orgID, kindPerson)
	if err != nil {
		return nil, err
	}
	roles, err := many[personRoleRow](ctx, s, "org_id = ? ORDER BY role", orgID)
	if err != nil {
		return nil, err
	}
	of := make(map[string][]model.Role, len(rows))
	for _, r := range roles {
		of[r.PersonID] = append(of[r.PersonID], r.Role)
	}
	people := make([]Person, len(rows))
	for i, r := range rows {
		people[i] = Person{
			OrgID: r.OrgID, ID: r.ID, Handle: r.Handle, Name: r.Name, UnitID: r.UnitID, Roles: of[r.ID], Email: r.Email,
			Language: r.Language,
		}
	}
	return people, nil
}

// Names returns the names of people by id.
func (s *Store) Names(ctx context.Context, orgID string, ids []string) (map[string]string, error) {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return onceEach(ctx, nameOf(orgID, ""), ids, func(ids []string) (map[string]string, error) {
		return s.readNames(ctx, orgID, ids)
	})
}

// nameOf is under what the name of a person is recalled.
func nameOf(orgID, id string) string { return "name of " + orgID + " " + id }

func (s *Store) readNames(ctx context.Context, orgID string, ids []string) (map[string]string, error) {
	names := make(map[string]string, len(ids))
	for some := range slices.Chunk(ids, maxNames) {
		rows, err := s.nameRows(ctx, orgID, some)
		if err != nil {
			return nil, err
		}
		for _, r := range rows {
			names[r.ID] = r.Name
		}
	}
	return names, nil
}

// nameRows reads the names of some people, each by the id: PostgreSQL would otherwise
// rather read everybody. The ids stand in a query of their own, so that it does not plan
// anew for how many they are.
func (s *Store) nameRows(ctx context.Context, orgID string, ids []string) ([]nameRow, error) {
	if s.postgres {
		return selected[nameRow](ctx, s, `SELECT p.id, p.name FROM unnest((SELECT ?::text[])) AS i (id)
			CROSS JOIN LATERAL (SELECT id, name FROM people WHERE org_id = ? AND id = i.id`+oneByOne+`) AS p`, ids, orgID)
	}
	which, args := s.oneOf(ids)
	return many[nameRow](ctx, s, "org_id = ? AND id "+which, append([]any{orgID}, args...)...)
}

// maxNames bounds how many names one statement reads.
const maxNames = 256

// nameRow is what a person is called.
type nameRow struct {
	bun.BaseModel `bun:"table:people"`
	ID            string `bun:"id,pk"`
	Name          string `bun:"name"`
}

// Token is a bearer secret of which only the hash is kept.
type Token struct {
	OrgID, ID string
	PersonID  string
	Label     string
	// Purpose separates API tokens from sign-in links.
	Purpose   string
	Hash      string
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
}

// Purposes of a token.
const (
	PurposeAPI    = "api"
	PurposeSignIn = "sign_in"
)

// AddToken stores a token.
func (s *Store) AddToken(ctx context.Context, t Token) error {
	_, err := s.write.NewInsert().Model(&tokenRow{
		OrgID: t.OrgID, ID: t.ID, PersonID: t.PersonID, Label: t.Label, Purpose: t.Purpose, Hash: t.Hash,
		CreatedAt: t.CreatedAt, ExpiresAt: t.ExpiresAt,
	}).Exec(ctx)
	return over(ctx, err)
}

// Tokens lists the tokens of an organisation, the newest first.
func (s *Store) Tokens(ctx context.Context, orgID string) ([]Token, error) {
	var rows []tokenRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).Order("created_at DESC", "id"))
	return tokens(rows), err
}

func tokens(rows []tokenRow) []Token {
	out := make([]Token, len(rows))
	for i, r := range rows {
		out[i] = Token{
			OrgID: r.OrgID, ID: r.ID, PersonID: r.PersonID, Label: r.Label, Purpose: r.Purpose,
			CreatedAt: r.CreatedAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(), RevokedAt: utc(r.RevokedAt),
		}
	}
	return out
}

// RevokeToken makes a token useless from now on. A token that is revoked already
// or does not exist is not found.
func (s *Store) RevokeToken(ctx context.Context, orgID, id string, now time.Time) error {
	return over(ctx, s.execOne(ctx, direct{s.write.DB},
		"UPDATE tokens SET revoked_at = ? WHERE org_id = ? AND id = ? AND revoked_at IS NULL", now, orgID, id))
}
