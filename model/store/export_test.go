package store

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
)

// Kept returns the statements that are prepared on the connection that writes,
// and on one that reads.
func (s *Store) Kept(ctx context.Context) (texts []string, err error) {
	for _, db := range []*bun.DB{s.write, s.read} {
		conn, err := db.Conn(ctx)
		if err != nil {
			return nil, err
		}
		defer conn.Close()
		if s.postgres {
			err = conn.NewRaw("SELECT statement FROM pg_prepared_statements").Scan(ctx, &texts)
			return texts, err
		}
		err = conn.Raw(func(c any) error {
			texts = append(texts, slices.Collect(maps.Keys(c.(*sqliteConn).kept))...)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return texts, nil
}

// Watch calls a function with every statement that bun writes from now on.
func (s *Store) Watch(f func(query string)) {
	same := s.read == s.write
	s.write = s.write.WithQueryHook(watcher(f))
	if same {
		s.read = s.write
	} else {
		s.read = s.read.WithQueryHook(watcher(f))
	}
}

type watcher func(string)

func (w watcher) BeforeQuery(ctx context.Context, e *bun.QueryEvent) context.Context {
	w(e.Query)
	return ctx
}

func (watcher) AfterQuery(context.Context, *bun.QueryEvent) {}

// WriteWhileReading tries to write where only reading is allowed.
func (s *Store) WriteWhileReading(ctx context.Context) error {
	return s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		return s.exec(ctx, q, "UPDATE registry_numbers SET last = ?", 1)
	})
}

// Write runs a statement on a connection that writes.
func (s *Store) Write(ctx context.Context, statement string, args ...any) error {
	return over(ctx, s.exec(ctx, direct{s.write.DB}, statement, args...))
}

// SlowRead holds a view of the record for as long as it may.
func (s *Store) SlowRead(ctx context.Context, allowed time.Duration) error {
	s.maxRead = allowed
	return s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		var rows []struct {
			N int64 `bun:"n"`
		}
		return list(ctx, s, q, &rows, `WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < ?)
			SELECT MAX(n) AS n FROM c`, 2_000_000_000)
	})
}

// WhileWriting calls f while a transaction that writes is open.
func (s *Store) WhileWriting(ctx context.Context, f func()) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		f()
		return s.exec(ctx, q, "UPDATE registry_numbers SET last = last WHERE org_id = ?", "")
	})
}

// ActAs notes that a person has acted in a case, without asking anybody.
func (s *Store) ActAs(ctx context.Context, orgID, caseID, personID string, role model.Role) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		return insert(ctx, s, q, "", casePersonRow{
			OrgID: orgID, CaseID: caseID, PersonID: personID, Role: role, Source: sourceActed,
		})
	})
}

// Tell leaves a message about an incident in the outbox, without a step of the
// case.
func (s *Store) Tell(ctx context.Context, orgID, caseID, actorID, taskID string, to model.Recipient, now time.Time) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		return insert(ctx, s, q, "", outboxRow{
			OrgID: orgID, ID: model.NewID(), CaseID: caseID, Seq: 1, Kind: model.MessageIncident, TaskID: taskID,
			Role: to.Role, PersonID: to.PersonID, ActorID: actorID, CreatedAt: now,
		})
	})
}

// ForgetAddressed makes the outbox of an organisation as it was before anything
// was addressed.
func (s *Store) ForgetAddressed(ctx context.Context, orgID string) error {
	return s.exec(ctx, direct{s.write.DB}, "UPDATE outbox SET sent_at = NULL WHERE org_id = ?", orgID)
}

// Rows runs a query on a connection that reads and returns the last column of
// each row, WriterRows on the one that writes.
func (s *Store) Rows(ctx context.Context, query string) ([]string, error) {
	return rowsOf(ctx, s.read, query)
}

// WriterRows is Rows on a connection that writes.
func (s *Store) WriterRows(ctx context.Context, query string) ([]string, error) {
	return rowsOf(ctx, s.write, query)
}

func rowsOf(ctx context.Context, db *bun.DB, query string) ([]string, error) {
	rows, err := db.DB.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		values := make([]any, len(columns))
		for i := range values {
			values[i] = new(any)
		}
		if err := rows.Scan(values...); err != nil {
			return nil, err
		}
		out = append(out, fmt.Sprint(*values[len(values)-1].(*any)))
	}
	return out, rows.Err()
}

// SetRoles gives a person these roles in the organisation and no others.
func (s *Store) SetRoles(ctx context.Context, orgID, personID string, roles ...model.Role) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		if err := s.exec(ctx, q, "DELETE FROM person_roles WHERE org_id = ? AND person_id = ?", orgID, personID); err != nil {
			return err
		}
		rows := make([]personRoleRow, len(roles))
		for i, role := range roles {
			rows[i] = personRoleRow{OrgID: orgID, PersonID: personID, Role: role}
		}
		return insert(ctx, s, q, "", rows...)
	})
}

// WritePast runs a statement as a program would that checks nothing, and gives back
// what the record says to it.
func (s *Store) WritePast(ctx context.Context, statement string, args ...any) error {
	return s.inTx(ctx, func(ctx context.Context, q queryer) error { return s.exec(ctx, q, statement, args...) })
}

// ReadPast reads one column past the store.
func (s *Store) ReadPast(ctx context.Context, query string, args ...any) (texts []string, err error) {
	return texts, s.write.NewRaw(query, args...).Scan(ctx, &texts)
}

// TextColumns lists the columns of the record that hold text, as table.column.
func (s *Store) TextColumns(ctx context.Context) ([]string, error) {
	if s.postgres {
		return s.ReadPast(ctx, "SELECT table_name || '.' || column_name FROM information_schema.columns WHERE table_schema = current_schema() AND data_type IN ('text', 'bytea')")
	}
	return s.ReadPast(ctx, "SELECT m.name || '.' || c.name FROM sqlite_master AS m, pragma_table_info(m.name) AS c WHERE m.type = 'table' AND c.type IN ('TEXT', 'BLOB')")
}

// Unproven has it be as long ago that something was written as it may be.
func (s *Store) Unproven() {
	if at := s.proof.at.Load(); at != nil {
		old := at.Add(-provenFor)
		s.proof.at.Store(&old)
	}
}
