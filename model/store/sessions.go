package store

import (
	"context"
	"strings"
	"time"

	"sluss/model/clock"
)

// Session is a person's stay at the pages, from signing in to signing out. Its
// secret is in the person's browser; the record has its hash.
type Session struct {
	OrgID, ID string
	PersonID  string
	// Method is how the person signed in, ACR and AMR what the provider said of
	// it (OpenID Connect Core 1.0, section 2), and ProvedAt when that was.
	Method   string
	ACR      string
	AMR      []string
	ProvedAt time.Time

	CreatedAt time.Time
	// SeenAt is about when the last request came, ExpiresAt when the session ends
	// however busy it is.
	SeenAt    time.Time
	ExpiresAt time.Time
}

// BeginSession stores a session under the hash of its secret. The one that the
// browser had before, under the hash before, ends with it, and so do all that have
// expired.
func (s *Store) BeginSession(ctx context.Context, n Session, hash, before string, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := s.exec(ctx, q, "DELETE FROM sessions WHERE hash = ?", before); err != nil {
			return err
		}
		if err := s.exec(ctx, q, "DELETE FROM sessions WHERE expires_at <= ?", now); err != nil {
			return err
		}
		return insert(ctx, s, q, "", sessionRow{
			OrgID: n.OrgID, ID: n.ID, PersonID: n.PersonID, Hash: hash, Method: n.Method, ACR: n.ACR,
			AMR: strings.Join(n.AMR, " "), ProvedAt: n.ProvedAt, CreatedAt: now, SeenAt: now, ExpiresAt: n.ExpiresAt,
		})
	})
}

// PersonBySession returns the person whose session has a secret of the given hash,
// and the session. One that has expired, or was last seen before a time, is not
// found, nor is one of somebody who may not sign in any more.
func (s *Store) PersonBySession(ctx context.Context, hash string, seenSince, now time.Time) (Person, Session, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []struct {
		personInRole `bun:",extend"`
		SessionID    string    `bun:"session_id"`
		Method       string    `bun:"method"`
		ACR          string    `bun:"acr"`
		AMR          string    `bun:"amr"`
		ProvedAt     time.Time `bun:"proved_at"`
		CreatedAt    time.Time `bun:"created_at"`
		SeenAt       time.Time `bun:"seen_at"`
		ExpiresAt    time.Time `bun:"expires_at"`
		Deputises    bool      `bun:"deputises"`
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, "SELECT "+personColumns+`,
			x.id AS session_id, x.method, x.acr, x.amr, x.proved_at, x.created_at, x.seen_at, x.expires_at,
			EXISTS (SELECT 1 FROM delegations AS d WHERE d.org_id = p.org_id AND d.to_id = p.id AND `+holds("d", "?", "?")+`) AS deputises`+
		personTables+` JOIN sessions AS x ON x.org_id = p.org_id AND x.person_id = p.id
		WHERE x.hash = ? AND x.expires_at > ? AND x.seen_at >= ? AND p.disabled_at IS NULL ORDER BY r.role`, now, now, hash, now, seenSince)
	if err != nil {
		return Person{}, Session{}, over(ctx, err)
	}
	inRoles := make([]personInRole, len(rows))
	for i, r := range rows {
		inRoles[i] = r.personInRole
	}
	p, err := s.toPerson(ctx, inRoles)
	if err != nil {
		return Person{}, Session{}, over(ctx, err)
	}
	r := rows[0]
	if r.Deputises {
		p.Deputy, err = s.Deputyships(ctx, p, now)
	}
	return p, Session{
		OrgID: p.OrgID, ID: r.SessionID, PersonID: p.ID, Method: r.Method, ACR: r.ACR, AMR: strings.Fields(r.AMR),
		ProvedAt: r.ProvedAt.UTC(), CreatedAt: r.CreatedAt.UTC(), SeenAt: r.SeenAt.UTC(), ExpiresAt: r.ExpiresAt.UTC(),
	}, err
}

// SeeSession notes that a request came in a session.
func (s *Store) SeeSession(ctx context.Context, orgID, id string, now time.Time) error {
	return over(ctx, s.exec(ctx, direct{s.write.DB},
		"UPDATE sessions SET seen_at = ? WHERE org_id = ? AND id = ? AND seen_at < ?", now, orgID, id, now))
}

// EndSession ends the session with a secret of the given hash, if there is one.
func (s *Store) EndSession(ctx context.Context, hash string) error {
	return over(ctx, s.exec(ctx, direct{s.write.DB}, "DELETE FROM sessions WHERE hash = ?", hash))
}

// EndSessions ends every session of a person.
func (s *Store) EndSessions(ctx context.Context, orgID, personID string) error {
	return over(ctx, s.endSessions(ctx, direct{s.write.DB}, orgID, personID))
}

func (s *Store) endSessions(ctx context.Context, q queryer, orgID, personID string) error {
	return s.exec(ctx, q, "DELETE FROM sessions WHERE org_id = ? AND person_id = ?", orgID, personID)
}

// SetPassword gives a person a password, of which the record has the hash, or with
// "" takes it away. Every session of the person ends.
func (s *Store) SetPassword(ctx context.Context, orgID, personID, hash string, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := s.exec(ctx, q, "DELETE FROM passwords WHERE org_id = ? AND person_id = ?", orgID, personID)
		if err == nil && hash != "" {
			err = insert(ctx, s, q, "", passwordRow{OrgID: orgID, PersonID: personID, Hash: hash, SetAt: now})
		}
		if err != nil {
			return err
		}
		return s.endSessions(ctx, q, orgID, personID)
	})
}

// ChangePassword replaces the password of which the record has a hash by another. Every
// session of the person ends but the one with the id keep. It returns ErrNotFound when the
// hash is not the password's any more.
func (s *Store) ChangePassword(ctx context.Context, orgID, personID, from, to, keep string, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		err := s.execOne(ctx, q, "UPDATE passwords SET hash = ?, set_at = ? WHERE org_id = ? AND person_id = ? AND hash = ?",
			to, clock.Normalise(now), orgID, personID, from)
		if err != nil {
			return err
		}
		return s.exec(ctx, q, "DELETE FROM sessions WHERE org_id = ? AND person_id = ? AND id <> ?", orgID, personID, keep)
	})
}

// Password returns the hash of a person's password.
func (s *Store) Password(ctx context.Context, orgID, personID string) (hash string, err error) {
	r, err := one[passwordRow](ctx, s, "org_id = ? AND person_id = ?", orgID, personID)
	return r.Hash, err
}
