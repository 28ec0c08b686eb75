package store

import (
	"context"
	"slices"
	"time"

	"sluss/migrations"
)

// Health is what can be seen of the database from outside the record's own business.
type Health struct {
	// Applied and Newest are the newest migrations that the database has been through
	// and that the program knows.
	Applied, Newest string
	// Now is the database's own clock, the zero time for SQLite, which has the program's.
	Now time.Time
	// Latest is when a case was last changed, the zero time where there is none.
	Latest time.Time
}

// Health looks at the database of a record that was connected to, whatever its schema.
func (s *Store) Health(ctx context.Context) (Health, error) {
	h := Health{Newest: migrations.Newest()}
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	q := direct{s.read.DB}
	if s.postgres {
		var row struct {
			Now time.Time `bun:"now"`
		}
		if err := get(ctx, s, q, &row, "SELECT clock_timestamp() AS now"); err != nil {
			return h, over(ctx, err)
		}
		h.Now = utc(row.Now)
	}
	var err error
	if h.Applied, err = migrations.Applied(ctx, s.read); err != nil {
		return h, over(ctx, err)
	}
	orgs, err := s.Organisations(ctx)
	if err != nil {
		return h, err
	}
	for _, o := range orgs {
		var row struct {
			Latest time.Time `bun:"latest,nullzero"`
		}
		if err := get(ctx, s, q, &row, "SELECT MAX(updated_at) AS latest FROM cases WHERE org_id = ?", o.ID); err != nil {
			return h, over(ctx, err)
		}
		if t := utc(row.Latest); t.After(h.Latest) {
			h.Latest = t
		}
	}
	return h, nil
}

// Grants say how the role that the program has in PostgreSQL differs from the one of
// deploy/postgres/roles.sql.
type Grants struct {
	// Missing are tables that it may not use as it must, Loose those of the log that it
	// could change.
	Missing, Loose []string
}

// The tables of which the program's role has less than all (deploy/postgres/roles.sql).
var (
	addedTo     = []string{"events", "incident_events", "organisation_events", "tree_leaves", "tree_hashes"}
	readOnlyFor = []string{"bun_migrations", "bun_migration_locks", "role_conflicts"}
)

// Grants looks at the privileges of the role that the program has connected as. On
// SQLite there are none.
func (s *Store) Grants(ctx context.Context) (Grants, error) {
	var g Grants
	if !s.postgres {
		return g, nil
	}
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []struct {
		Table  string `bun:"relname"`
		Read   bool   `bun:"may_read"`
		Add    bool   `bun:"may_add"`
		Change bool   `bun:"may_change"`
		Remove bool   `bun:"may_remove"`
		Empty  bool   `bun:"may_empty"`
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, `SELECT c.relname, has_table_privilege(c.oid, 'SELECT') AS may_read,
			has_table_privilege(c.oid, 'INSERT') AS may_add, has_table_privilege(c.oid, 'UPDATE') AS may_change,
			has_table_privilege(c.oid, 'DELETE') AS may_remove, has_table_privilege(c.oid, 'TRUNCATE') AS may_empty
		FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname`)
	if err != nil {
		return g, over(ctx, err)
	}
	for _, r := range rows {
		log, fixed := slices.Contains(addedTo, r.Table), slices.Contains(readOnlyFor, r.Table)
		changes := r.Change && r.Remove
		if !r.Read || !fixed && !r.Add || !fixed && !log && !changes {
			g.Missing = append(g.Missing, r.Table)
		}
		if log && (r.Change || r.Remove || r.Empty) {
			g.Loose = append(g.Loose, r.Table)
		}
	}
	return g, nil
}
