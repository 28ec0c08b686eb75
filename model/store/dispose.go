package store

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"sluss/model"
	"sluss/model/clock"
)

// DisposalAnswer is one person's word on a disposal.
type DisposalAnswer struct {
	ID string
	// Keep is true for a record that is kept.
	Keep   bool
	As     model.Role
	Reason string
	// Removes is what the disposal's rule of retention disposes of.
	Removes []string
	// Command is stored as done. It names the person.
	Command model.Command
}

// AnswerDisposal takes one person's word on a disposal: the first approval waits for
// the second, which has to be another person's and removes the
// texts, with the salts of the commitments to them, in the same transaction; the
// events stay and the chain still verifies. A closed disposal is refused, and so is
// the erasure of a person who is needed.
func (s *Store) AnswerDisposal(ctx context.Context, a DisposalAnswer, now time.Time) (model.EvidenceReceipt, error) {
	now = clock.Normalise(now)
	c := a.Command
	receipt := model.EvidenceReceipt{DisposalID: a.ID, RecordedAt: now.Format(time.RFC3339Nano)}
	return receipt, s.inTx(ctx, func(ctx context.Context, q queryer) error {
		var d disposalRow
		err := get(ctx, s, q, &d, "SELECT "+columns[disposalRow](s)+" FROM disposals WHERE org_id = ? AND id = ?"+s.forUpdate(), c.OrgID, a.ID)
		if err != nil {
			return err
		}
		receipt.CaseID = d.CaseID
		first, err := d.answer(a, now)
		if err != nil {
			return err
		}
		if !first {
			if err := s.close(ctx, q, &d, a, now); err != nil {
				return err
			}
		}
		command, err := doneCommand(c, receipt, now)
		if err != nil {
			return err
		}
		if err := insert(ctx, s, q, "", command); err != nil {
			return err
		}
		return update(ctx, s, q, &d)
	})
}

// answer moves the row, and reports whether it waits for a second person now.
func (d *disposalRow) answer(a DisposalAnswer, now time.Time) (first bool, err error) {
	actor := a.Command.ActorID
	switch {
	case d.Status == model.DisposalDone || d.Status == model.DisposalKept:
		return false, model.Refuse(model.CodeStateConflict)
	case a.Keep:
		d.Status = model.DisposalKept
	case d.FirstBy == "":
		d.Status, d.FirstBy, d.FirstAs, d.FirstAt, d.Reason = model.DisposalApproved, actor, a.As, now, a.Reason
		return true, nil
	case d.FirstBy == actor:
		return false, model.Refuse(model.CodeSegregation)
	default:
		d.Status = model.DisposalDone
	}
	d.ClosedBy, d.ClosedAs, d.ClosedAt, d.ClosingReason = actor, a.As, now, a.Reason
	return false, nil
}

// close disposes of what a disposal names, or keeps it, and leaves an event in each
// case that it touches.
func (s *Store) close(ctx context.Context, q queryer, d *disposalRow, a DisposalAnswer, now time.Time) error {
	kind := model.EventDisposalKept
	cases := []string{d.CaseID}
	if d.Kind == model.DisposalPerson {
		cases = nil // it is told of in the cases in which they had a part
	}
	switch {
	case d.Status == model.DisposalKept:
	case d.Kind == model.DisposalPerson:
		kind = model.EventPersonErased
		var err error
		if cases, err = s.erasePerson(ctx, q, d, now); err != nil {
			return err
		}
	case d.Kind == model.DisposalComment:
		kind = model.EventDisposed
		if err := s.lockCase(ctx, q, d.OrgID, d.CaseID); err != nil {
			return err
		}
		if err := s.removeComments(ctx, q, d, d.CommentID); err != nil {
			return err
		}
	default:
		kind = model.EventDisposed
		if err := s.lockCase(ctx, q, d.OrgID, d.CaseID); err != nil {
			return err
		}
		for _, what := range a.Removes {
			if err := s.remove(ctx, q, d, what, now); err != nil {
				return err
			}
		}
	}
	for _, id := range cases {
		if err := s.tellOfDisposal(ctx, q, d, id, kind, a, now); err != nil {
			return err
		}
	}
	return nil
}

func (s *Store) lockCase(ctx context.Context, q queryer, orgID, id string) error {
	_, err := s.selectCase(ctx, q, orgID, id, s.forUpdate())
	return err
}

// tellOfDisposal leaves the event that stays.
func (s *Store) tellOfDisposal(ctx context.Context, q queryer, d *disposalRow, caseID string, kind model.EventKind, a DisposalAnswer, now time.Time) error {
	c, err := s.selectCase(ctx, q, d.OrgID, caseID, s.forUpdate())
	if err != nil {
		return err
	}
	j := journal{c: c, actorID: a.Command.ActorID, commandID: a.Command.ID, at: now}
	if err := j.add(kind, model.EventData{Role: a.As, Disposal: d.codes()}, map[string]string{"reason": a.Reason}); err != nil {
		return err
	}
	return s.endPlain(ctx, q, &j)
}

// remove takes one kind of text out of a case, whose row is locked.
func (s *Store) remove(ctx context.Context, q queryer, d *disposalRow, what string, now time.Time) error {
	switch what {
	case "comments":
		return s.removeComments(ctx, q, d, "")
	case "conditions":
		return s.removeConditions(ctx, q, d)
	case "reminders":
		return s.change(ctx, q, d, "DELETE FROM messages WHERE org_id = ? AND case_id = ?", d.OrgID, d.CaseID)
	case "evidence":
		return s.removeEvidence(ctx, q, d, now)
	case "camera_assessment":
		err := s.exec(ctx, q, "UPDATE parts SET answers = '{}' WHERE org_id = ? AND case_id = ? AND part = ?", d.OrgID, d.CaseID, what)
		if err != nil {
			return err
		}
		return s.change(ctx, q, d, "UPDATE revisions SET answers = '{}' WHERE org_id = ? AND case_id = ? AND part = ?", d.OrgID, d.CaseID, what)
	}
	return fmt.Errorf("%q cannot be disposed of", what)
}

// change counts the rows that a statement takes away or empties.
func (s *Store) change(ctx context.Context, q queryer, d *disposalRow, text string, args ...any) error {
	var rows []struct {
		Gone int `bun:"gone"`
	}
	err := list(ctx, s, q, &rows, text+" RETURNING 1 AS gone", args...)
	d.Removed += len(rows)
	return err
}

// removeComments empties one comment of a case, or all of them when id is "".
func (s *Store) removeComments(ctx context.Context, q queryer, d *disposalRow, id string) error {
	text, args := "UPDATE comments SET text = '' WHERE org_id = ? AND case_id = ?", []any{d.OrgID, d.CaseID}
	if id != "" {
		text, args = text+" AND id = ?", append(args, id)
	}
	if err := s.change(ctx, q, d, text, args...); err != nil {
		return err
	}
	return s.forget(ctx, q, d, []model.EventKind{model.EventCommentAdded}, func(e model.EventData) (bool, string) {
		return e.Evidence != nil && (id == "" || e.Evidence.CommentID == id), ""
	})
}

// removeConditions empties the texts of a case's conditions and of what was shown
// for them.
func (s *Store) removeConditions(ctx context.Context, q queryer, d *disposalRow) error {
	err := s.change(ctx, q, d, "UPDATE conditions SET text_sv = '', text_en = '', evidence_note = '' WHERE org_id = ? AND case_id = ?",
		d.OrgID, d.CaseID)
	if err != nil {
		return err
	}
	return s.forget(ctx, q, d, nil, func(model.EventData) (bool, string) { return true, "conditions" })
}

// removeEvidence takes away the files of the security review and of conditions.
// Their content goes when it is swept.
func (s *Store) removeEvidence(ctx context.Context, q queryer, d *disposalRow, now time.Time) error {
	var rows []attachmentRow
	err := list(ctx, s, q, &rows, "SELECT "+columns[attachmentRow](s)+" FROM attachments AS x WHERE org_id = ? AND case_id = ? AND "+isEvidence,
		d.OrgID, d.CaseID)
	if err != nil {
		return err
	}
	var ids []string
	for _, r := range rows {
		r.FileName, r.Note, r.Pointer, r.SHA256 = "", "", "", ""
		if r.RemovedAt.IsZero() {
			r.RemovedAt = now
		}
		if err := update(ctx, s, q, &r); err != nil {
			return err
		}
		ids = append(ids, r.ID)
	}
	d.Removed += len(rows)
	return s.forget(ctx, q, d, []model.EventKind{model.EventAttachmentAdded}, func(e model.EventData) (bool, string) {
		return e.Evidence != nil && slices.Contains(ids, e.Evidence.AttachmentID), ""
	})
}

// forget deletes the salts of the commitments in a case's events, of the given kinds
// or of all, so that nobody can show any more what the texts were; and it empties
// the commands that brought them. about says of which events, and of which field, ""
// for every one.
func (s *Store) forget(ctx context.Context, q queryer, d *disposalRow, kinds []model.EventKind, about func(model.EventData) (bool, string)) error {
	var rows []eventRow
	err := list(ctx, s, q, &rows, "SELECT seq, kind, command_id, data FROM events WHERE org_id = ? AND case_id = ? ORDER BY seq", d.OrgID, d.CaseID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if kinds != nil && !slices.Contains(kinds, r.Kind) {
			continue
		}
		var e model.EventData
		if err := json.Unmarshal([]byte(r.Data), &e); err != nil {
			return fmt.Errorf("read the data of event %d", r.Seq)
		}
		hit, field := about(e)
		if !hit {
			continue
		}
		text, args := "DELETE FROM event_salts WHERE org_id = ? AND case_id = ? AND seq = ?", []any{d.OrgID, d.CaseID, r.Seq}
		if field != "" {
			text, args = text+" AND (field = 'evidence_note' OR field LIKE ?)", append(args, field+".%")
		}
		var gone []saltRow
		if err := list(ctx, s, q, &gone, text+" RETURNING field", args...); err != nil {
			return err
		}
		if len(gone) == 0 {
			continue
		}
		if err := s.exec(ctx, q, "UPDATE commands SET payload = '{}', body_hash = '' WHERE org_id = ? AND id = ?", d.OrgID, r.CommandID); err != nil {
			return err
		}
	}
	return nil
}

// needed says where a person still has something to answer for.
var needed = []string{
	"SELECT 1 AS gone FROM tasks WHERE org_id = ? AND assignee_id = ? AND status = 'open' LIMIT 1",
	"SELECT 1 AS gone FROM units WHERE org_id = ? AND ? IN (manager_id, information_owner_id, system_owner_id) LIMIT 1",
	`SELECT 1 AS gone FROM case_people p JOIN cases c ON c.org_id = p.org_id AND c.id = p.case_id
		WHERE p.org_id = ? AND p.person_id = ? AND c.state NOT IN (` + endedStates() + `) LIMIT 1`,
}

func endedStates() string {
	var names []string
	for _, state := range model.CaseStates() {
		if state.HasEnded() {
			names = append(names, "'"+string(state)+"'")
		}
	}
	return strings.Join(names, ", ")
}

// erasePerson takes away who somebody is, and every way in: their id stays, where
// they have acted. It returns the cases in which they had a part.
func (s *Store) erasePerson(ctx context.Context, q queryer, d *disposalRow, now time.Time) ([]string, error) {
	for _, text := range needed {
		var rows []struct {
			Gone int `bun:"gone"`
		}
		if err := list(ctx, s, q, &rows, text, d.OrgID, d.PersonID); err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			return nil, model.Refuse(model.CodePersonNeeded)
		}
	}
	for _, table := range []string{
		"messages", "tokens", "identities", "person_roles", "sessions", "passwords", "task_views", "absences",
	} {
		if err := s.exec(ctx, q, "DELETE FROM "+table+" WHERE org_id = ? AND person_id = ?", d.OrgID, d.PersonID); err != nil {
			return nil, err
		}
	}
	if err := s.eraseReasons(ctx, q, d); err != nil {
		return nil, err
	}
	err := s.change(ctx, q, d, "UPDATE people SET name = ?, handle = 'erased-' || id, email = '', disabled_at = ? WHERE org_id = ? AND id = ?",
		model.ErasedName, now, d.OrgID, d.PersonID)
	if err != nil {
		return nil, err
	}
	var rows []casePersonRow
	err = list(ctx, s, q, &rows, "SELECT DISTINCT case_id FROM case_people WHERE org_id = ? AND person_id = ? ORDER BY case_id", d.OrgID, d.PersonID)
	cases := make([]string, len(rows))
	for i, r := range rows {
		cases[i] = r.CaseID
	}
	return cases, err
}

// erasedReason stands where a reason stood that was about somebody who was erased.
const erasedReason = "-"

// eraseReasons takes away why others acted for somebody, or took a task from them or gave
// them one: such a reason is about the person. What administrators decided about others
// stays.
func (s *Store) eraseReasons(ctx context.Context, q queryer, d *disposalRow) error {
	for _, chain := range []struct{ salts, events, id string }{
		{"event_salts", "events", "case_id"}, {"incident_event_salts", "incident_events", "incident_id"},
	} {
		err := s.exec(ctx, q, "DELETE FROM "+chain.salts+" WHERE org_id = ? AND field = 'reason' AND ("+chain.id+", seq) IN (SELECT e."+chain.id+", e.seq FROM reassignments AS r"+
			" JOIN tasks AS t ON t.org_id = r.org_id AND t.id = r.task_id"+
			" JOIN "+chain.events+" AS e ON e.org_id = t.org_id AND e."+chain.id+" = t."+chain.id+" AND e.kind = ? AND e.at = r.reassigned_at"+
			" WHERE r.org_id = ? AND (r.from_id = ? OR r.to_id = ?))", d.OrgID, model.EventTaskReassigned, d.OrgID, d.PersonID, d.PersonID)
		if err != nil {
			return err
		}
	}
	err := s.change(ctx, q, d, "UPDATE reassignments SET reason = ? WHERE org_id = ? AND reason <> ? AND (from_id = ? OR to_id = ?)",
		erasedReason, d.OrgID, erasedReason, d.PersonID, d.PersonID)
	if err != nil {
		return err
	}
	return s.change(ctx, q, d, "UPDATE delegations SET reason = '' WHERE org_id = ? AND reason <> '' AND (from_id = ? OR to_id = ?)",
		d.OrgID, d.PersonID, d.PersonID)
}
