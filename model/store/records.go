package store

import (
	"context"
	"encoding/json"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

// recordRow is one version of a record. Name is in the form of searchText.
type recordRow struct {
	bun.BaseModel `bun:"table:records"`
	OrgID         string           `bun:"org_id,pk"`
	ID            string           `bun:"id,pk"`
	Version       int              `bun:"version,pk"`
	Kind          model.RecordKind `bun:"kind"`
	CaseID        string           `bun:"case_id,nullzero"`
	Name          string           `bun:"name"`
	Due           string           `bun:"due"`
	Answers       string           `bun:"answers"`
	SavedBy       string           `bun:"saved_by"`
	SavedAt       time.Time        `bun:"saved_at"`
	Until         time.Time        `bun:"until,nullzero"`
}

// Record is a version of what is kept beside a case, or for the organisation, and
// changes during its life (rulebook 9.12).
type Record struct {
	OrgID, ID string
	Kind      model.RecordKind
	// CaseID is empty for what is kept for the organisation.
	CaseID string
	// Version counts the versions of the record from 1.
	Version int
	Answers json.RawMessage
	// Due is the earliest day, 2006-01-02, on which something is due, or "".
	Due     string
	SavedBy string
	// SavedAt and Until are the times between which the version held; Until is zero
	// for the one that holds.
	SavedAt, Until time.Time
}

func (r *recordRow) toRecord() Record {
	return Record{
		OrgID: r.OrgID, ID: r.ID, Kind: r.Kind, CaseID: r.CaseID, Version: r.Version, Answers: json.RawMessage(r.Answers),
		Due: r.Due, SavedBy: r.SavedBy, SavedAt: r.SavedAt.UTC(), Until: utc(r.Until),
	}
}

// RecordText is what a record says.
type RecordText struct {
	Answers json.RawMessage
	// Name is what lists are sorted by, Due the earliest day on which something is
	// due, and Facts what lists of cases are narrowed by.
	Name, Due string
	Facts     []model.Fact
}

// row is a version of a record with the text.
func (t RecordText) row(orgID, id, caseID string, kind model.RecordKind, version int, savedBy string, now time.Time) recordRow {
	name := []rune(searchText(t.Name))
	return recordRow{
		OrgID: orgID, ID: id, Version: version, Kind: kind, CaseID: caseID, Name: string(name[:min(len(name), maxFact)]),
		Due: t.Due, Answers: jsonText(t.Answers), SavedBy: savedBy, SavedAt: now,
	}
}

// source is where the facts of a record are said.
func recordSource(id string) string { return "record/" + id }

// AddRecord begins a record together with its command, which names the person and,
// for what is kept beside a case, the case, and then with its event. It refuses
// when the case has ended. A ConflictError says that the request key was used
// before.
func (s *Store) AddRecord(ctx context.Context, c model.Command, kind model.RecordKind, t RecordText, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	row := t.row(c.OrgID, model.NewID(), c.CaseID, kind, 1, c.ActorID, now)
	receipt := model.EvidenceReceipt{RecordID: row.ID}
	if c.CaseID == "" {
		receipt.RecordedAt = now.Format(time.RFC3339Nano)
		command, err := doneCommand(c, receipt, now)
		if err != nil {
			return receipt, err
		}
		return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
			if err := insert(ctx, s, q, "", command); err != nil {
				return err
			}
			return insert(ctx, s, q, "", row)
		})
	}
	return s.note(ctx, c, plainNote{
		kind: model.EventRecordSaved, data: row.event(), texts: row.texts(), receipt: receipt,
		write: func(ctx context.Context, q queryer) error {
			if err := insert(ctx, s, q, "", row); err != nil {
				return err
			}
			return s.putFacts(ctx, q, row.OrgID, row.CaseID, recordSource(row.ID), t.Facts)
		},
	}, now)
}

// event is what an event says of the version; its answers are committed to.
func (r *recordRow) event() model.EventData {
	return model.EventData{Evidence: &model.EvidenceCodes{RecordID: r.ID, RecordKind: r.Kind, RecordVersion: r.Version}}
}

func (r *recordRow) texts() map[string]string { return map[string]string{"answers": r.Answers} }

// RecordChange is a new text of a record.
type RecordChange struct {
	// CaseID is empty for what is kept for the organisation.
	OrgID, CaseID, ID string
	// IfVersion is the version that the author has read.
	IfVersion int
	ActorID   string
	RecordText
}

// ChangeRecord writes the next version of a record, with its event where it is kept
// beside a case; the version before ends and is kept. It refuses as stale when the
// author has not read the version that holds, and as a conflict when the case has
// ended; it returns ErrNotFound when there is no such record. The same text again
// changes nothing.
func (s *Store) ChangeRecord(ctx context.Context, n RecordChange, now time.Time) (version int, err error) {
	now = clock.Normalise(now)
	err = s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var c *caseRow
		if n.CaseID != "" {
			if c, err = s.selectCase(ctx, q, n.OrgID, n.CaseID, s.forUpdate()); err != nil {
				return err
			}
			if !c.State.TakesEvidence() {
				return model.Refuse(model.CodeStateConflict)
			}
		}
		var before recordRow
		err := get(ctx, s, q, &before, "SELECT "+columns[recordRow](s)+` FROM records
			WHERE org_id = ? AND id = ? AND COALESCE(case_id, '') = ? AND until IS NULL`+s.forUpdate(), n.OrgID, n.ID, n.CaseID)
		if err != nil {
			return err
		}
		version = before.Version
		switch {
		case before.Version != n.IfVersion:
			return model.Refuse(model.CodeStale)
		case before.Answers == jsonText(n.Answers):
			return nil
		}
		version++
		return s.nextRecord(ctx, q, c, before, n, now)
	})
	return version, err
}

func (s *Store) nextRecord(ctx context.Context, q queryer, c *caseRow, before recordRow, n RecordChange, now time.Time) error {
	err := s.execOne(ctx, q, "UPDATE records SET until = ? WHERE org_id = ? AND id = ? AND version = ?",
		now, before.OrgID, before.ID, before.Version)
	if err != nil {
		return err
	}
	row := n.row(before.OrgID, before.ID, before.CaseID, before.Kind, before.Version+1, n.ActorID, now)
	if err := insert(ctx, s, q, "", row); err != nil || c == nil {
		return err
	}
	source := recordSource(row.ID)
	if err := s.dropFacts(ctx, q, row.OrgID, row.CaseID, []string{source}); err != nil {
		return err
	}
	if err := s.putFacts(ctx, q, row.OrgID, row.CaseID, source, n.Facts); err != nil {
		return err
	}
	j := journal{c: c, actorID: n.ActorID, at: now}
	if err := j.add(model.EventRecordSaved, row.event(), row.texts()); err != nil {
		return err
	}
	return s.endPlain(ctx, q, &j)
}

// RecordFilter narrows a list of records.
type RecordFilter struct {
	OrgID string
	// CaseID is empty for what is kept for the organisation.
	CaseID string
	// Kind is of every kind when it is empty.
	Kind model.RecordKind
	// DueBefore leaves those with something due before the day, 2006-01-02.
	DueBefore string
}

// Records lists the versions that hold, by kind and name.
func (s *Store) Records(ctx context.Context, f RecordFilter) ([]Record, error) {
	where, args := "org_id = ? AND until IS NULL", []any{f.OrgID}
	if f.CaseID != "" {
		where, args = where+" AND case_id = ?", append(args, f.CaseID)
	} else {
		where += " AND case_id IS NULL"
	}
	if f.Kind != "" {
		where, args = where+" AND kind = ?", append(args, f.Kind)
	}
	if f.DueBefore != "" {
		where, args = where+" AND due <> '' AND due < ?", append(args, f.DueBefore)
	}
	return s.records(ctx, where+" ORDER BY kind, name, id", args...)
}

// RecordByID returns the version of a record that holds. The id of a case is empty for
// what is kept for the organisation.
func (s *Store) RecordByID(ctx context.Context, orgID, caseID, id string) (Record, error) {
	r, err := one[recordRow](ctx, s, "org_id = ? AND id = ? AND COALESCE(case_id, '') = ? AND until IS NULL", orgID, id, caseID)
	if err != nil {
		return Record{}, err
	}
	return r.toRecord(), nil
}

// RecordVersions lists every version of a record, the newest first.
func (s *Store) RecordVersions(ctx context.Context, orgID, id string) ([]Record, error) {
	return s.records(ctx, "org_id = ? AND id = ? ORDER BY version DESC", orgID, id)
}

func (s *Store) records(ctx context.Context, where string, args ...any) ([]Record, error) {
	rows, err := many[recordRow](ctx, s, where, args...)
	records := make([]Record, len(rows))
	for i := range rows {
		records[i] = rows[i].toRecord()
	}
	return records, err
}
