package store

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/clock"
)

// Command states.
const (
	pending = "pending"
	done    = "done"
)

// AddCommand stores an act that is about to be sent. A ConflictError says that
// there is one under the same request key: CommandByKey returns it. What could
// never be recorded is refused as invalid.
func (s *Store) AddCommand(ctx context.Context, c model.Command, now time.Time) error {
	row, err := commandOf(c, now)
	if err != nil {
		return err
	}
	return over(ctx, insert(ctx, s, direct{s.write.DB}, "", row))
}

// AddAnswered notes what was asked and answered, and changed nothing in the record,
// so that the same request gets the same answer. A ConflictError says that the
// request key was used before.
func (s *Store) AddAnswered(ctx context.Context, c model.Command, answer any, now time.Time) error {
	row, err := doneCommand(c, answer, clock.Normalise(now))
	if err != nil {
		return err
	}
	return over(ctx, insert(ctx, s, direct{s.write.DB}, "", row))
}

func commandOf(c model.Command, now time.Time) (commandRow, error) {
	payload, err := json.Marshal(c.Payload)
	if err != nil {
		return commandRow{}, fmt.Errorf("command payload: %w", err)
	}
	if holdsNUL(payload) || brokenCodes(c.Payload.Decision) {
		return commandRow{}, model.Refuse(model.CodeInvalid)
	}
	row := commandRow{
		OrgID: c.OrgID, ID: c.ID, RequestKey: c.RequestKey, CaseID: c.CaseID, Kind: c.Kind,
		ActorID: c.ActorID, BodyHash: c.BodyHash, Payload: string(payload),
		State: pending, CreatedAt: now,
	}
	return row, row.evaluate(c.Evaluation)
}

// holdsNUL reports whether a text in the JSON holds the character NUL, which
// PostgreSQL cannot store.
func holdsNUL(text []byte) bool {
	if !bytes.Contains(text, []byte(`\u0000`)) {
		return false
	}
	d := json.NewDecoder(bytes.NewReader(text))
	for {
		token, err := d.Token()
		if err != nil {
			return false
		}
		if s, ok := token.(string); ok && strings.ContainsRune(s, 0) {
			return true
		}
	}
}

// brokenCodes reports whether a decision's reason codes are no codes.
func brokenCodes(d *model.Decision) bool {
	return d != nil && slices.ContainsFunc(d.ReasonCodes, func(code string) bool {
		return !slices.Equal(strings.Fields(code), []string{code})
	})
}

func (r *commandRow) evaluate(e *model.Evaluation) error {
	if e == nil {
		return nil
	}
	b, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("command evaluation: %w", err)
	}
	r.Evaluation, r.EvaluatedOn = string(b), e.On
	return nil
}

// Command returns a command by its id, or ErrNotFound when it was refused.
func (s *Store) Command(ctx context.Context, orgID, id string) (model.Command, error) {
	return s.command(ctx, "org_id = ? AND id = ?", orgID, id)
}

// CommandByKey returns the command that was stored under a request key.
func (s *Store) CommandByKey(ctx context.Context, orgID, key string) (model.Command, error) {
	return s.command(ctx, "org_id = ? AND request_key = ?", orgID, key)
}

func (s *Store) command(ctx context.Context, where string, args ...any) (model.Command, error) {
	row, err := one[commandRow](ctx, s, where, args...)
	if err != nil {
		return model.Command{}, err
	}
	return row.command()
}

// Outcome returns what became of a command, without the command: whether it is
// done, and its status and answer then. It returns ErrNotFound when the command
// was refused.
func (s *Store) Outcome(ctx context.Context, orgID, id string) (done bool, status int, answer json.RawMessage, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var row commandRow
	err = get(ctx, s, direct{s.read.DB}, &row, "SELECT state, status, answer FROM commands WHERE org_id = ? AND id = ?", orgID, id)
	if err != nil {
		return false, 0, nil, over(ctx, err)
	}
	return row.isDone(), row.Status, json.RawMessage(row.Answer), nil
}

func (r *commandRow) isDone() bool { return r.State == done }

func (r *commandRow) command() (model.Command, error) {
	c := model.Command{
		OrgID: r.OrgID, ID: r.ID, RequestKey: r.RequestKey, CaseID: r.CaseID, Kind: r.Kind,
		ActorID: r.ActorID, BodyHash: r.BodyHash, Done: r.isDone(), Status: r.Status,
		Answer: json.RawMessage(r.Answer),
	}
	if err := json.Unmarshal([]byte(r.Payload), &c.Payload); err != nil {
		return c, fmt.Errorf("read command payload: %w", err)
	}
	if r.Evaluation != "" {
		c.Evaluation = new(model.Evaluation)
		if err := json.Unmarshal([]byte(r.Evaluation), c.Evaluation); err != nil {
			return c, fmt.Errorf("read command evaluation: %w", err)
		}
	}
	return c, nil
}

// EndCommand deletes a command that was refused, if it is still pending, and
// reports whether it was: otherwise it has been recorded and its answer holds.
func (s *Store) EndCommand(ctx context.Context, orgID, id string) (ended bool, err error) {
	ended, err = s.endCommand(ctx, direct{s.write.DB}, orgID, id)
	return ended, over(ctx, err)
}

// endCommand waits for an attempt at recording the command, which holds its row.
func (s *Store) endCommand(ctx context.Context, q queryer, orgID, id string) (bool, error) {
	var rows []commandRow
	err := list(ctx, s, q, &rows, "DELETE FROM commands WHERE org_id = ? AND id = ? AND state = 'pending' RETURNING id", orgID, id)
	return len(rows) == 1, err
}

// RenewCommand gives a pending command a new evaluation and a new id, under
// which it is sent again. It returns ErrNotFound when the command is not pending
// any more.
func (s *Store) RenewCommand(ctx context.Context, orgID, id, newID string, e *model.Evaluation) error {
	var row commandRow
	if err := row.evaluate(e); err != nil {
		return err
	}
	return over(ctx, s.execOne(ctx, direct{s.write.DB}, `UPDATE commands SET id = ?, evaluation = ?, evaluated_on = ?
		WHERE org_id = ? AND id = ? AND state = 'pending'`, newID, row.Evaluation, row.EvaluatedOn, orgID, id))
}

// PendingCommands returns commands of all organisations that were stored before
// the given time and have no answer yet, the oldest first.
func (s *Store) PendingCommands(ctx context.Context, before time.Time, limit int64) ([]model.Command, error) {
	var rows []commandRow
	err := s.find(ctx, s.read.NewSelect().Model(&rows).Where("state = 'pending' AND created_at < ?", before).
		Order("created_at", "id").Limit(limit))
	if err != nil {
		return nil, err
	}
	commands := make([]model.Command, len(rows))
	for i := range rows {
		if commands[i], err = rows[i].command(); err != nil {
			return nil, err
		}
	}
	return commands, nil
}

// UnacknowledgedCases returns the cases of all organisations with a command that
// was recorded before the given time and that the process has not acknowledged,
// those that wait longest first.
func (s *Store) UnacknowledgedCases(ctx context.Context, before time.Time, limit int64) ([]CaseRef, error) {
	return s.caseRefs(ctx, `SELECT org_id, case_id FROM commands
		WHERE state = 'done' AND acked_at IS NULL AND done_at < ? AND kind NOT LIKE 'incident%'
		GROUP BY org_id, case_id ORDER BY MIN(done_at), org_id, case_id LIMIT ?`, before, limit)
}

// Acknowledge notes that the process knows of all commands of these cases that
// were recorded before the given time.
func (s *Store) Acknowledge(ctx context.Context, cases []CaseRef, before, now time.Time) error {
	if len(cases) == 0 {
		return nil
	}
	// In one order, so that two of these never wait for each other.
	cases = slices.SortedFunc(slices.Values(cases), func(a, b CaseRef) int {
		return strings.Compare(a.OrgID+" "+a.CaseID, b.OrgID+" "+b.CaseID)
	})
	return s.inTx(ctx, func(ctx context.Context, q queryer) error {
		for _, c := range cases {
			err := s.exec(ctx, q, `UPDATE commands SET acked_at = ?
				WHERE org_id = ? AND case_id = ? AND state = 'done' AND acked_at IS NULL AND done_at < ?`,
				now, c.OrgID, c.CaseID, before)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// AcknowledgeCommands notes that the process knows of these commands.
func (s *Store) AcknowledgeCommands(ctx context.Context, orgID string, ids []string, now time.Time) error {
	if len(ids) == 0 {
		return nil
	}
	_, err := s.write.NewUpdate().Model((*commandRow)(nil)).Set("acked_at = ?", now).
		Where("org_id = ? AND id IN (?) AND state = 'done' AND acked_at IS NULL", orgID, bun.List(ids)).Exec(ctx)
	return over(ctx, err)
}

// CaseRef names a case across organisations.
type CaseRef struct {
	OrgID  string `bun:"org_id"`
	CaseID string `bun:"case_id"`
}

// CasesWithLateDeadlines returns the cases with a deadline that fell due before
// the given time and has not fired, those overdue longest first.
func (s *Store) CasesWithLateDeadlines(ctx context.Context, before time.Time, limit int64) ([]CaseRef, error) {
	return s.caseRefs(ctx, `SELECT org_id, case_id FROM deadlines
		WHERE fired_at IS NULL AND cancelled_at IS NULL AND due_at < ?
		GROUP BY org_id, case_id ORDER BY MIN(due_at), org_id, case_id LIMIT ?`, before, limit)
}

// CasesChangedSince returns the cases with a process that changed after the
// given time.
func (s *Store) CasesChangedSince(ctx context.Context, since time.Time, limit int64) ([]CaseRef, error) {
	return s.caseRefs(ctx, `SELECT org_id, id AS case_id FROM cases
		WHERE updated_at > ? AND state NOT IN ('DRAFT', 'ARCHIVED') ORDER BY updated_at, org_id, id LIMIT ?`, since, limit)
}

// ProcessRef names a case or an incident that has a process.
type ProcessRef struct {
	OrgID    string `bun:"org_id"`
	ID       string `bun:"id"`
	Incident bool   `bun:"incident"`
}

// WithProcess returns an organisation's cases and incidents that have a process, the
// oldest first, beginning after one of them, or with the first for "".
func (s *Store) WithProcess(ctx context.Context, orgID, after string, limit int64) ([]ProcessRef, error) {
	return refs[ProcessRef](ctx, s, `SELECT org_id, id, FALSE AS incident FROM cases
		WHERE org_id = ? AND id > ? AND state NOT IN ('DRAFT', 'ARCHIVED')
		UNION ALL SELECT org_id, id, TRUE FROM incidents
		WHERE org_id = ? AND id > ? AND state = 'open' ORDER BY id LIMIT ?`, orgID, after, orgID, after, limit)
}

// WithoutProcess returns an organisation's drafts, which have no process yet, the oldest
// first, beginning after one of them, or with the first for "".
func (s *Store) WithoutProcess(ctx context.Context, orgID, after string, limit int64) ([]CaseRef, error) {
	return s.caseRefs(ctx, `SELECT org_id, id AS case_id FROM cases
		WHERE org_id = ? AND id > ? AND state = 'DRAFT' ORDER BY id LIMIT ?`, orgID, after, limit)
}

func (s *Store) caseRefs(ctx context.Context, query string, args ...any) ([]CaseRef, error) {
	return refs[CaseRef](ctx, s, query, args...)
}

// refs lists what a query names, on the read pool and within the time of a read.
func refs[T any](ctx context.Context, s *Store, query string, args ...any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var found []T
	err := list(ctx, s, direct{s.read.DB}, &found, query, args...)
	return found, over(ctx, err)
}
