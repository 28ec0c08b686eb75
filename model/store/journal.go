package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/audit"
)

// journal gathers the events of one transaction and chains them to those that
// the case has. It is used while the case's row is locked.
type journal struct {
	c         *caseRow
	actorID   string
	commandID string
	at        time.Time

	events []eventRow
	salts  []saltRow
}

// add seals one event. Texts are what people wrote, of which only salted
// commitments go into the chain.
func (j *journal) add(kind model.EventKind, data model.EventData, texts map[string]string) error {
	end := chain{j.c.OrgID, j.c.ID, j.c.RulebookDigest, j.c.Seq, j.c.LastHash}
	event, salts, err := end.seal(kind, j.actorID, j.commandID, j.at, data, texts)
	if err != nil {
		return err
	}
	j.events, j.salts = append(j.events, event), append(j.salts, salts...)
	j.c.Seq, j.c.LastHash = end.seq, end.last
	return nil
}

// chain is the end of a chain of events: a case's, or an incident's, whose id
// stands in its events in the place of the case's.
type chain struct {
	orgID, id, digest string
	seq               int64
	last              string
}

// seal puts an event behind the end of the chain.
func (c *chain) seal(kind model.EventKind, actorID, commandID string, at time.Time, data model.EventData, texts map[string]string) (eventRow, []saltRow, error) {
	body, err := json.Marshal(data)
	if err != nil {
		return eventRow{}, nil, fmt.Errorf("event data: %w", err)
	}
	seq := c.seq + 1
	var salts []saltRow
	commitments := make(map[string]string, len(texts))
	for field, text := range texts {
		if text == "" {
			continue
		}
		salt := audit.NewSalt()
		commitments[field] = audit.Commit(salt, text)
		salts = append(salts, saltRow{OrgID: c.orgID, CaseID: c.id, Seq: seq, Field: field, Salt: hex.EncodeToString(salt)})
	}
	e := audit.Event{
		OrgID: c.orgID, CaseID: c.id, Seq: seq, Kind: string(kind), ActorID: actorID,
		CommandID: commandID, At: at, RulebookDigest: c.digest, Data: body, Commitments: commitments,
	}
	if err := e.Seal(c.last); err != nil {
		return eventRow{}, nil, err
	}
	written, err := json.Marshal(commitments)
	if err != nil {
		return eventRow{}, nil, fmt.Errorf("event commitments: %w", err)
	}
	c.seq, c.last = seq, e.Hash
	return eventRow{
		OrgID: e.OrgID, CaseID: e.CaseID, Seq: seq, Kind: kind, ActorID: e.ActorID,
		CommandID: e.CommandID, At: e.At, RulebookDigest: e.RulebookDigest,
		Data: string(body), Commitments: string(written), PrevHash: e.PrevHash, Hash: e.Hash,
	}, salts, nil
}

// write inserts the events. The case's row, with the new end of the chain, is
// the caller's to write.
func (j *journal) write(ctx context.Context, s *Store, q queryer) error {
	if err := insert(ctx, s, q, "", j.events...); err != nil {
		return err
	}
	return insert(ctx, s, q, "", j.salts...)
}

// Events returns the events of a case in their order, from the one after the
// given sequence number, at most limit of them.
func (s *Store) Events(ctx context.Context, orgID, caseID string, after int64, limit int64) ([]audit.Event, error) {
	rows, err := many[eventRow](ctx, s, "org_id = ? AND case_id = ? AND seq > ? ORDER BY seq LIMIT ?", orgID, caseID, after, limit)
	if err != nil {
		return nil, err
	}
	return eventsOf(rows)
}

// Happened is what happened in a case, when and by whom: an event without what it is
// sealed by.
type Happened struct {
	Seq     int64
	Kind    model.EventKind
	ActorID string
	At      time.Time
}

// Beside says what a case has of that which many cases have none of.
type Beside struct{ Conditions, Interim bool }

// Happened returns the event of a case with a sequence number, or ErrNotFound, and what
// the case has beside.
func (s *Store) Happened(ctx context.Context, orgID, caseID string, seq int64) (Happened, Beside, error) {
	rows, err := selected[struct {
		Kind       model.EventKind `bun:"kind"`
		ActorID    string          `bun:"actor_id"`
		At         time.Time       `bun:"at"`
		Conditions bool            `bun:"conditions"`
		Interim    bool            `bun:"interim"`
	}](ctx, s, `SELECT e.kind, e.actor_id, e.at,
		EXISTS (SELECT 1 FROM conditions AS c WHERE c.org_id = e.org_id AND c.case_id = e.case_id) AS conditions,
		EXISTS (SELECT 1 FROM interim_approvals AS i WHERE i.org_id = e.org_id AND i.case_id = e.case_id) AS interim
		FROM events AS e WHERE e.org_id = ? AND e.case_id = ? AND e.seq = ?`, orgID, caseID, seq)
	if err == nil && len(rows) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		return Happened{}, Beside{}, err
	}
	r := rows[0]
	return Happened{seq, r.Kind, r.ActorID, r.At.UTC()}, Beside{r.Conditions, r.Interim}, nil
}

// EventFilter says which events of a case are wanted.
type EventFilter struct {
	// Kinds are the kinds of event, none for all.
	Kinds []model.EventKind
	// Latest turns the order around. After is the sequence number after which the list
	// begins in its order, 0 for its start.
	Latest bool
	After  int64
	// Offset is how many events to skip, Limit how many to return at most.
	Offset, Limit int64
}

// EventsBy returns events of a case, in the order of the filter.
func (s *Store) EventsBy(ctx context.Context, orgID, caseID string, f EventFilter) ([]audit.Event, error) {
	var rows []eventRow
	order, behind := "seq", "seq > ?"
	if f.Latest {
		order, behind = "seq DESC", "seq < ?"
	}
	q := s.read.NewSelect().Model(&rows).Where("org_id = ? AND case_id = ?", orgID, caseID).Order(order).Limit(f.Limit)
	if f.After > 0 {
		q = q.Where(behind, f.After)
	}
	if f.Offset > 0 {
		q = q.Offset(f.Offset)
	}
	if err := s.find(ctx, ofKinds(q, f.Kinds)); err != nil {
		return nil, err
	}
	return eventsOf(rows)
}

// CountEvents counts the events of a case that are of some kinds.
func (s *Store) CountEvents(ctx context.Context, orgID, caseID string, kinds []model.EventKind) (int, error) {
	var n int
	q := s.read.NewSelect().Model((*eventRow)(nil)).ColumnExpr("COUNT(*)").Where("org_id = ? AND case_id = ?", orgID, caseID)
	err := s.find(ctx, ofKinds(q, kinds), &n)
	return n, err
}

func ofKinds(q *bun.SelectQuery, kinds []model.EventKind) *bun.SelectQuery {
	if len(kinds) == 0 {
		return q
	}
	return q.Where("kind IN (?)", bun.List(kinds))
}

func eventsOf(rows []eventRow) ([]audit.Event, error) {
	events := make([]audit.Event, len(rows))
	for i, r := range rows {
		events[i] = audit.Event{
			OrgID: r.OrgID, CaseID: r.CaseID, Seq: r.Seq, Kind: string(r.Kind), ActorID: r.ActorID,
			CommandID: r.CommandID, At: r.At.UTC(), RulebookDigest: r.RulebookDigest,
			Data: json.RawMessage(r.Data), PrevHash: r.PrevHash, Hash: r.Hash,
		}
		if err := json.Unmarshal([]byte(r.Commitments), &events[i].Commitments); err != nil {
			return nil, fmt.Errorf("read commitments of event %d: %w", r.Seq, err)
		}
	}
	return events, nil
}

// Salt opens one commitment of an event: whoever has it can show what the text
// was.
type Salt struct {
	Seq   int64
	Field string
	Salt  []byte
}

// Salts returns the salts of a case's events that have not been deleted, in the
// order of the events.
func (s *Store) Salts(ctx context.Context, orgID, caseID string) ([]Salt, error) {
	var rows []saltRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).
		Where("org_id = ? AND case_id = ?", orgID, caseID).Order("seq", "field"))
	if err != nil {
		return nil, err
	}
	return saltsOf(rows)
}

func saltsOf(rows []saltRow) ([]Salt, error) {
	salts := make([]Salt, len(rows))
	for i, r := range rows {
		salt, err := hex.DecodeString(r.Salt)
		if err != nil {
			return nil, fmt.Errorf("read the salt of event %d", r.Seq)
		}
		salts[i] = Salt{Seq: r.Seq, Field: r.Field, Salt: salt}
	}
	return salts, nil
}
