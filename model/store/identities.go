package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"sluss/model"
)

// Identity is who somebody is to a provider of identities: its name for itself and
// its name for them. No two people have the same, and an e-mail address is none.
type Identity struct {
	OrgID, Issuer, Subject string
	PersonID               string
	CreatedAt              time.Time
	// ClaimsAt is when the newest token was issued whose roles and unit were taken
	// over, the zero time for none.
	ClaimsAt time.Time
}

// Identity returns an identity by its issuer and subject.
func (s *Store) Identity(ctx context.Context, orgID, issuer, subject string) (Identity, error) {
	r, err := one[identityRow](ctx, s, "org_id = ? AND issuer = ? AND subject = ?", orgID, issuer, subject)
	return r.toIdentity(), err
}

// Identities lists the identities of an organisation by person, those that Sluss
// keeps itself among them.
func (s *Store) Identities(ctx context.Context, orgID string) ([]Identity, error) {
	var rows []identityRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("org_id = ?", orgID).Order("person_id", "issuer", "subject"))
	out := make([]Identity, len(rows))
	for i, r := range rows {
		out[i] = r.toIdentity()
	}
	return out, err
}

func (r *identityRow) toIdentity() Identity {
	return Identity{
		OrgID: r.OrgID, Issuer: r.Issuer, Subject: r.Subject, PersonID: r.PersonID,
		CreatedAt: utc(r.CreatedAt), ClaimsAt: utc(r.ClaimsAt),
	}
}

// LinkIdentity gives a person one more identity. A ConflictError says that somebody
// has it, ErrReference that there is no such person.
func (s *Store) LinkIdentity(ctx context.Context, i Identity) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		return insert(ctx, s, q, "", i.row())
	})
}

func (i Identity) row() identityRow {
	return identityRow{
		OrgID: i.OrgID, Issuer: i.Issuer, Subject: i.Subject, PersonID: i.PersonID, CreatedAt: i.CreatedAt, ClaimsAt: i.ClaimsAt,
	}
}

// UnlinkIdentity takes an identity of a provider away, and ends the person's sessions.
// One that is not there is not found, nor are those that Sluss keeps itself.
func (s *Store) UnlinkIdentity(ctx context.Context, orgID, issuer, subject string) error {
	i, err := s.Identity(ctx, orgID, issuer, subject)
	if err != nil {
		return err
	}
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := s.execOne(ctx, q, "DELETE FROM identities WHERE org_id = ? AND issuer = ? AND subject = ? AND issuer <> ?",
			orgID, issuer, subject, LocalIssuer)
		if err != nil {
			return err
		}
		return s.endSessions(ctx, q, orgID, i.PersonID)
	})
}

// Claims are what a provider says of a person in a token that it issued.
type Claims struct {
	IssuedAt time.Time
	// Roles replace those of the person, unless KeepRoles is set.
	Roles     []model.Role
	KeepRoles bool
	// UnitID replaces the person's unit, unless it is "".
	UnitID string
}

// TakeClaims gives the person behind an identity the roles and the unit of a token,
// and reports whether it did: what an older token says than one that was taken over
// already holds no more, and changes nothing.
func (s *Store) TakeClaims(ctx context.Context, i Identity, c Claims) (bool, error) {
	err := s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := s.execOne(ctx, q, `UPDATE identities SET claims_at = ? WHERE org_id = ? AND issuer = ? AND subject = ? AND person_id = ?
			AND (claims_at IS NULL OR claims_at <= ?)`, c.IssuedAt, i.OrgID, i.Issuer, i.Subject, i.PersonID, c.IssuedAt)
		if err != nil {
			return err
		}
		if c.UnitID != "" {
			err := s.exec(ctx, q, "UPDATE people SET unit_id = ? WHERE org_id = ? AND id = ? AND unit_id <> ?", c.UnitID, i.OrgID, i.PersonID, c.UnitID)
			if err != nil {
				return err
			}
		}
		if c.KeepRoles {
			return nil
		}
		return s.replaceRoles(ctx, q, i.OrgID, i.PersonID, c.Roles)
	})
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

// replaceRoles takes away the roles that a person is to have no more and adds those
// that are new. The others are not touched.
func (s *Store) replaceRoles(ctx context.Context, q queryer, orgID, personID string, roles []model.Role) error {
	var has []personRoleRow
	err := list(ctx, s, q, &has, "SELECT org_id, person_id, role FROM person_roles WHERE org_id = ? AND person_id = ?", orgID, personID)
	if err != nil {
		return err
	}
	for _, r := range has {
		if slices.Contains(roles, r.Role) {
			continue
		}
		err := s.exec(ctx, q, "DELETE FROM person_roles WHERE org_id = ? AND person_id = ? AND role = ?", orgID, personID, r.Role)
		if err != nil {
			return err
		}
	}
	var fresh []personRoleRow
	for _, role := range roles {
		if !slices.ContainsFunc(has, func(r personRoleRow) bool { return r.Role == role }) {
			fresh = append(fresh, personRoleRow{OrgID: orgID, PersonID: personID, Role: role})
		}
	}
	return insert(ctx, s, q, "", fresh...)
}

// BlockPerson lets a person in no more, whatever token or link they have, and ends
// their sessions. Their roles stay, for the day when they are let in again.
func (s *Store) BlockPerson(ctx context.Context, orgID, id string, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := s.execOne(ctx, q, "UPDATE people SET disabled_at = ? WHERE org_id = ? AND id = ? AND kind = ? AND disabled_at IS NULL",
			now, orgID, id, kindPerson)
		if err != nil {
			return err
		}
		return s.endSessions(ctx, q, orgID, id)
	})
}

// UnblockPerson lets a person in again, by id or handle. Somebody who is not blocked
// is not found.
func (s *Store) UnblockPerson(ctx context.Context, orgID, idOrHandle string) error {
	return over(ctx, s.execOne(ctx, direct{s.write.DB},
		"UPDATE people SET disabled_at = NULL WHERE org_id = ? AND (id = ? OR handle = ?) AND kind = ? AND disabled_at IS NOT NULL",
		orgID, idOrHandle, idOrHandle, kindPerson))
}
