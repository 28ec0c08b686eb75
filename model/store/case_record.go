package store

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"sluss/model/audit"
)

// CaseRecord is everything that the record has about a case, as it stood at one
// moment, drafts of those who are still writing left out.
type CaseRecord struct {
	// Tables are the rows by table, each a map of column to value. Times are RFC 3339
	// in UTC, and columns that hold JSON are JSON.
	Tables map[string][]map[string]any
	Events []audit.Event
	Salts  []Salt
	// Leaves are where the events stand in the tree, which then had the given size;
	// those that had not come there yet are missing at the end.
	Leaves   []TreeLeaf
	TreeSize int64
}

// jsonColumns hold JSON, as text.
var jsonColumns = map[string]bool{
	"answers": true, "payload": true, "evaluation": true, "answer": true, "result": true, "service_times": true, "in_use": true,
	"reason_codes": true, "terms": true, "facts": true,
}

// CaseRecord reads a case in one view of the record. Who may read the case is for
// the caller to ask.
func (s *Store) CaseRecord(ctx context.Context, orgID, caseID string) (CaseRecord, error) {
	out := CaseRecord{Tables: map[string][]map[string]any{}}
	err := s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		d := dumping{ctx, s, q, orgID, caseID, out.Tables}
		for _, read := range []func() error{
			func() error { return dump[caseRow](d, "id = ?", "id") },
			func() error { return dump[casePersonRow](d, "case_id = ?", "role, person_id, source") },
			func() error { return dump[revisionRow](d, "case_id = ?", "part, revision") },
			func() error { return dump[evaluationRow](d, "case_id = ?", "version") },
			func() error { return dump[stageRow](d, "case_id = ?", "stage") },
			func() error { return dump[taskRow](d, "case_id = ?", "opened_at, id") },
			func() error { return dump[decisionRow](d, "case_id = ?", "decided_at, id") },
			func() error { return dump[conditionRow](d, "case_id = ?", "created_at, id") },
			func() error { return dump[waiverRow](d, "case_id = ?", "waived_at, condition_id, role") },
			func() error { return dump[deadlineRow](d, "case_id = ?", "due_at, id") },
			func() error { return dump[consultationRow](d, "case_id = ?", "recorded_at, id") },
			func() error { return dump[interimRow](d, "case_id = ?", "given_at, id") },
			func() error { return dump[retriageRow](d, "case_id = ?", "id") },
			func() error { return dump[attachmentRow](d, "case_id = ?", "added_at, id") },
			func() error { return dump[remarkRow](d, "case_id = ?", "created_at, id") },
			func() error { return dump[commentRow](d, "case_id = ?", "created_at, id") },
			func() error { return dump[recordRow](d, "case_id = ?", "id, version") },
			func() error { return dump[commandRow](d, "case_id = ? AND state = 'done'", "done_at, id") },
			func() error { return d.log(&out) },
		} {
			if err := read(); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && len(out.Tables["cases"]) == 0 {
		err = ErrNotFound
	}
	return out, err
}

// dumping reads rows of a case as they are.
type dumping struct {
	ctx           context.Context
	s             *Store
	q             queryer
	orgID, caseID string
	to            map[string][]map[string]any
}

// dump reads the rows of a table that a condition selects.
func dump[T any](d dumping, where, order string) error {
	table := d.s.table(reflect.TypeFor[T]())
	var rows []T
	err := list(d.ctx, d.s, d.q, &rows, "SELECT "+columns[T](d.s)+" FROM "+table.Name+" WHERE org_id = ? AND "+where+" ORDER BY "+order,
		d.orgID, d.caseID)
	if err != nil {
		return err
	}
	all := make([]map[string]any, len(rows))
	for i := range rows {
		all[i] = map[string]any{}
		for _, f := range table.Fields {
			all[i][f.Name] = exported(f.Name, f.Value(reflect.ValueOf(&rows[i]).Elem()))
		}
	}
	d.to[table.Name] = all
	return nil
}

// exported is the value of a column as it is written.
func exported(column string, v reflect.Value) any {
	switch x := v.Interface().(type) {
	case time.Time:
		if x.IsZero() {
			return nil
		}
		return x.UTC()
	case string:
		if jsonColumns[column] && json.Valid([]byte(x)) {
			return json.RawMessage(x)
		}
	}
	return v.Interface()
}

// log reads events, salts and leaves.
func (d dumping) log(out *CaseRecord) error {
	var events []eventRow
	var salts []saltRow
	var size []struct {
		Size int64 `bun:"size"`
	}
	const of = " WHERE org_id = ? AND case_id = ? ORDER BY seq"
	for _, err := range []error{
		list(d.ctx, d.s, d.q, &events, "SELECT "+columns[eventRow](d.s)+" FROM events"+of, d.orgID, d.caseID),
		list(d.ctx, d.s, d.q, &salts, "SELECT "+columns[saltRow](d.s)+" FROM event_salts"+of+", field", d.orgID, d.caseID),
		list(d.ctx, d.s, d.q, &out.Leaves, selectLeaves+"WHERE l.org_id = ? AND l.chain_id = ? ORDER BY l.seq", d.orgID, d.caseID),
		list(d.ctx, d.s, d.q, &size, "SELECT COALESCE(MAX(leaf) + 1, 0) AS size FROM tree_leaves WHERE org_id = ?", d.orgID),
	} {
		if err != nil {
			return err
		}
	}
	var err error
	if out.Events, err = eventsOf(events); err != nil {
		return err
	}
	out.Salts, err = saltsOf(salts)
	for _, r := range size {
		out.TreeSize = r.Size
	}
	if err != nil {
		return fmt.Errorf("read the log of a case: %w", err)
	}
	return nil
}
