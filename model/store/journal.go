package store

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

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
	body, err := json.Marshal(data)
	if err != nil {
		return fmt.Errorf("event data: %w", err)
	}
	seq := j.c.Seq + 1
	commitments := make(map[string]string, len(texts))
	for field, text := range texts {
		if text == "" {
			continue
		}
		salt := audit.NewSalt()
		commitments[field] = audit.Commit(salt, text)
		j.salts = append(j.salts, saltRow{
			OrgID: j.c.OrgID, CaseID: j.c.ID, Seq: seq, Field: field, Salt: hex.EncodeToString(salt),
		})
	}
	e := audit.Event{
		OrgID: j.c.OrgID, CaseID: j.c.ID, Seq: seq, Kind: string(kind), ActorID: j.actorID,
		CommandID: j.commandID, At: j.at, RulebookDigest: j.c.RulebookDigest,
		Data: body, Commitments: commitments,
	}
	if err := e.Seal(j.c.LastHash); err != nil {
		return err
	}
	written, err := json.Marshal(commitments)
	if err != nil {
		return fmt.Errorf("event commitments: %w", err)
	}
	j.events = append(j.events, eventRow{
		OrgID: e.OrgID, CaseID: e.CaseID, Seq: seq, Kind: kind, ActorID: e.ActorID,
		CommandID: e.CommandID, At: e.At, RulebookDigest: e.RulebookDigest,
		Data: string(body), Commitments: string(written), PrevHash: e.PrevHash, Hash: e.Hash,
	})
	j.c.Seq, j.c.LastHash = seq, e.Hash
	return nil
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
	var rows []eventRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).
		Where("org_id = ? AND case_id = ? AND seq > ?", orgID, caseID, after).
		Order("seq").Limit(limit))
	if err != nil {
		return nil, err
	}
	return eventsOf(rows)
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
