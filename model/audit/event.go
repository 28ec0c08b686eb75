package audit

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Genesis is the previous hash of the first event of a case.
var Genesis = strings.Repeat("0", 2*hashSize)

const (
	hashSize   = 32
	timeLayout = "2006-01-02T15:04:05.000000Z" // always six digits: one way to write each time
)

// Event is one entry in the log of a case. It holds ids, codes and numbers
// only; what a person wrote is in Commitments, as Commit makes them, by the
// name of the field. An event is never changed.
type Event struct {
	OrgID          string            `json:"org_id"`
	CaseID         string            `json:"case_id"`
	Seq            int64             `json:"seq"` // from 1, without gaps
	Kind           string            `json:"kind"`
	ActorID        string            `json:"actor_id"`
	CommandID      string            `json:"command_id"`
	At             time.Time         `json:"at"` // UTC, in whole microseconds
	RulebookDigest string            `json:"rulebook_digest"`
	Data           json.RawMessage   `json:"data"`        // a JSON value; none is null
	Commitments    map[string]string `json:"commitments"` // none is {}
	PrevHash       string            `json:"prev_hash"`   // Hash of the event before, Genesis for the first
	Hash           string            `json:"hash"`
}

// Seal puts the event behind the one whose hash is prev: it sets At to UTC in
// whole microseconds, PrevHash to prev and Hash to
//
//	SHA-256(TagEvent ‖ 0 ‖ canonical JSON of the event without its hash ‖ prev)
//
// with prev as 32 bytes. It fails, and leaves the event as it was, when prev
// is no hash, Seq is not positive, or the event has no canonical form.
func (e *Event) Seal(prev string) error {
	sealed := *e
	sealed.At = e.At.Round(0).UTC().Truncate(time.Microsecond)
	sealed.PrevHash = prev
	var err error
	if sealed.Hash, err = sealed.hash(); err != nil {
		return fmt.Errorf("seal event: %w", err)
	}
	*e = sealed
	return nil
}

// MarshalJSON writes the event as it is exported, the time always with six
// digits.
func (e Event) MarshalJSON() ([]byte, error) {
	body, err := e.body()
	if err != nil {
		return nil, fmt.Errorf("write event: %w", err)
	}
	return json.Marshal(struct {
		eventBody
		Hash string `json:"hash"`
	}{body, e.Hash})
}

// eventBody is an event without its hash, as it is hashed. The members stand
// in canonical order already, which costs nothing and saves moving them.
type eventBody struct {
	ActorID        string            `json:"actor_id"`
	At             string            `json:"at"`
	CaseID         string            `json:"case_id"`
	CommandID      string            `json:"command_id"`
	Commitments    map[string]string `json:"commitments"`
	Data           json.RawMessage   `json:"data"`
	Kind           string            `json:"kind"`
	OrgID          string            `json:"org_id"`
	PrevHash       string            `json:"prev_hash"`
	RulebookDigest string            `json:"rulebook_digest"`
	Seq            int64             `json:"seq"`
}

func (e *Event) body() (eventBody, error) {
	at := e.At.UTC()
	if y := at.Year(); y < 1 || y > 9999 || at.Nanosecond()%1000 != 0 {
		return eventBody{}, errors.New("the time must lie in the years 1 to 9999 and have whole microseconds")
	}
	body := eventBody{
		e.ActorID, at.Format(timeLayout), e.CaseID, e.CommandID, e.Commitments, e.Data,
		e.Kind, e.OrgID, e.PrevHash, e.RulebookDigest, e.Seq,
	}
	if body.Commitments == nil {
		body.Commitments = map[string]string{}
	}
	if body.Data == nil {
		body.Data = json.RawMessage("null")
	}
	return body, nil
}

// hash is what Hash must be, given everything else in the event.
func (e *Event) hash() (string, error) {
	if e.Seq < 1 {
		return "", errors.New("the sequence number must be positive")
	}
	prev, err := hex.DecodeString(e.PrevHash)
	if err != nil || len(prev) != hashSize || e.PrevHash != strings.ToLower(e.PrevHash) {
		return "", errors.New("the previous hash must be 64 lower-case hexadecimal digits")
	}
	body, err := e.body()
	if err != nil {
		return "", err
	}
	canonical, err := CanonicalJSON(body)
	if err != nil {
		return "", err
	}
	return sum(TagEvent, canonical, prev), nil
}
