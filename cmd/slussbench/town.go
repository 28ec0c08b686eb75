//go:build linux && !slim

package main

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"

	"sluss/model"
	"sluss/model/store"
	"sluss/model/store/multiply"
)

// inTime are states to which time leads, or a rare decision, for some of the cases
// of a town.
var inTime = []string{
	string(model.PriorConsultation), string(model.FRIA), string(model.Reassessment), string(model.Expired), string(model.Decommissioned),
	string(model.Archived), string(model.Returned),
}

// town makes a record with so many cases: some that have come one step further each
// from draft to approval, and copies of them in the hands of all units. No engine may
// be started on it: it would see to the deadlines of all of them.
func (b *bench) town(ctx context.Context, database string, cases int, tables ...string) (record, error) {
	r, err := b.newRecord(ctx, database, filepath.Join(b.dir, fmt.Sprintf("%s-%d", database, cases)))
	if err != nil {
		return r, err
	}
	s, err := b.serve(ctx, sluss, r)
	if err != nil {
		return r, err
	}
	for steps := range len(walk) + 3 {
		if err := s.seats[0].takeTo(ctx, steps); err != nil {
			return r, fmt.Errorf("%w\n%s", err, s.lastWords())
		}
	}
	if err := s.stop(); err != nil {
		return r, err
	}
	hands, err := r.hands(ctx, len(s.seats))
	if err != nil {
		return r, err
	}
	originals := len(walk) + 3
	err = multiply.Cases(ctx, r.url, multiply.Options{
		Copies: (cases - 1) / originals, Hands: hands, States: inTime, Tables: tables,
	})
	return r, err
}

// takeTo takes a new case so many steps on its way: none leaves a draft, then come
// the submission, the assessment that is handed in, and each decision.
func (s *seat) takeTo(ctx context.Context, steps int) error {
	if steps == 0 {
		_, err := s.draftOnly(ctx)
		return err
	}
	c, err := s.open(ctx)
	if err == nil && steps > 1 {
		err = c.prepare(ctx)
	}
	if err == nil && steps > 2 {
		_, err = c.decideFirst(ctx, steps-2)
	}
	return err
}

// hands are the ids of each unit and of its people, in one order.
func (r record) hands(ctx context.Context, units int) ([][]string, error) {
	st, err := store.Connect(ctx, store.Options{URL: r.url})
	if err != nil {
		return nil, err
	}
	defer st.Close()
	out := make([][]string, units)
	for i := range out {
		for _, role := range roles {
			p, err := st.Person(ctx, organisation, unitCode(i)+"-"+string(role))
			if err != nil {
				return nil, err
			}
			if len(out[i]) == 0 {
				out[i] = []string{p.UnitID}
			}
			out[i] = append(out[i], p.ID)
		}
	}
	return out, nil
}

// ids are some of the cases of a record that are no drafts, in no order.
func (r record) ids(ctx context.Context, atMost int) ([]string, error) {
	driver, source := "pgx", r.url
	if file, onSQLite := strings.CutPrefix(r.url, "sqlite:"); onSQLite {
		driver, source = "sqlite", "file:"+file
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	rows, err := db.QueryContext(ctx, fmt.Sprintf("SELECT id FROM cases WHERE state <> 'DRAFT' ORDER BY substr(id, 6, 3), id LIMIT %d", atMost))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []string
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		all = append(all, id)
	}
	return all, rows.Err()
}
