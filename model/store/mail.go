package store

import (
	"context"
	"time"

	"sluss/model"
	"sluss/model/lang"
)

// Mail is a message that is to leave by e-mail, with what is read for it at that
// moment.
type Mail struct {
	OrgID, ID                  string
	Kind                       model.MessageKind
	CaseID, IncidentID, TaskID string
	CreatedAt                  time.Time
	// Attempts is how often it has been tried.
	Attempts int
	// Email is personal data, and so may the title be, which only a case has.
	Email    string
	Language lang.Lang
	Title    string
	// TaskKind is what is asked for, empty where the message is about no task.
	TaskKind model.TaskKind
	// LastDay is when what the message asks for ends, zero where it asks for
	// nothing.
	LastDay time.Time
}

// DueMail returns the messages that are to be sent by e-mail at a time, at most
// limit. Of one case or incident, a person's next message waits until the one before has been
// sent or given up.
func (s *Store) DueMail(ctx context.Context, now time.Time, limit int) ([]Mail, error) {
	ctx, cancel := context.WithTimeout(ctx, s.maxRead)
	defer cancel()
	var rows []struct {
		OrgID     string            `bun:"org_id"`
		ID        string            `bun:"id"`
		Kind      model.MessageKind `bun:"kind"`
		CaseID    string            `bun:"case_id,nullzero"`
		Incident  string            `bun:"incident_id,nullzero"`
		TaskID    string            `bun:"task_id"`
		CreatedAt time.Time         `bun:"created_at"`
		Attempts  int               `bun:"attempts"`
		Email     string            `bun:"email"`
		Language  lang.Lang         `bun:"language"`
		Disabled  time.Time         `bun:"disabled_at,nullzero"`
		messageFacts
	}
	err := list(ctx, s, direct{s.read.DB}, &rows, `
		SELECT m.org_id, m.id, m.kind, m.case_id, m.incident_id, m.task_id, m.created_at, m.attempts,
			p.email, p.language, p.disabled_at, COALESCE(c.title, '') AS title, `+messageFactColumns+`
		FROM messages AS m
		JOIN people AS p ON p.org_id = m.org_id AND p.id = m.person_id `+messageFactJoins+`
		WHERE m.mail_state IN ('waiting', 'failed') AND m.next_at <= ? AND NOT EXISTS (
			SELECT 1 FROM messages AS e WHERE e.org_id = m.org_id AND `+about("e.")+` = `+about("m.")+`
				AND e.person_id = m.person_id
				AND e.mail_state IN ('waiting', 'failed') AND (e.seq, e.id) < (m.seq, m.id))
		ORDER BY m.next_at, m.id LIMIT ?`, now, limit)
	mails := make([]Mail, len(rows))
	for i, r := range rows {
		mails[i] = Mail{
			OrgID: r.OrgID, ID: r.ID, Kind: r.Kind, CaseID: r.CaseID, IncidentID: r.Incident, TaskID: r.TaskID,
			CreatedAt: r.CreatedAt.UTC(), Attempts: r.Attempts, Email: r.Email, Language: r.Language, Title: r.Title,
			TaskKind: r.TaskKind, LastDay: r.lastDay(r.Kind),
		}
		if !r.Disabled.IsZero() {
			mails[i].Email = "" // has left since the message was addressed
		}
	}
	return mails, over(ctx, err)
}

// MailSent notes that a message has been taken by a mail server.
func (s *Store) MailSent(ctx context.Context, m Mail, now time.Time) error {
	return s.noteMail(ctx, m, model.MailSent, time.Time{}, now, "")
}

// MailFailed notes that a message has not been sent and is to be tried again at
// next. why is a code, never what a mail server said, which may quote an address.
func (s *Store) MailFailed(ctx context.Context, m Mail, why string, next time.Time) error {
	return s.noteMail(ctx, m, model.MailFailed, next, time.Time{}, why)
}

// MailGivenUp notes that a message is not tried again unless somebody asks for it.
func (s *Store) MailGivenUp(ctx context.Context, m Mail, why string) error {
	return s.noteMail(ctx, m, model.MailGivenUp, time.Time{}, time.Time{}, why)
}

// MailUnwanted notes that nobody is to get the message by e-mail any more.
func (s *Store) MailUnwanted(ctx context.Context, m Mail) error {
	return s.noteMail(ctx, m, model.MailNone, time.Time{}, time.Time{}, "")
}

// noteMail leaves alone what another process has noted as sent meanwhile.
func (s *Store) noteMail(ctx context.Context, m Mail, state model.MailState, next, sent time.Time, why string) error {
	attempts := m.Attempts + 1
	if state == model.MailNone {
		attempts = m.Attempts
	}
	return over(ctx, s.exec(ctx, direct{s.write.DB}, `UPDATE messages
		SET mail_state = ?, attempts = ?, next_at = ?, sent_at = ?, failure = ?
		WHERE org_id = ? AND id = ? AND mail_state IN ('waiting', 'failed')`,
		state, attempts, orNull(next), orNull(sent), why, m.OrgID, m.ID))
}

func orNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// MessagesWait reports whether anything waits to be addressed or, where e-mail is
// sent at all, to be sent.
func (s *Store) MessagesWait(ctx context.Context, byMail bool, now time.Time) (bool, error) {
	rows, err := s.outbox(ctx, 1)
	if err != nil || len(rows) > 0 || !byMail {
		return len(rows) > 0, err
	}
	due, err := s.DueMail(ctx, now, 1)
	return len(due) > 0, err
}
