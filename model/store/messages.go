package store

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/calendar"
)

// Message is what one person is told about a case, an incident, or a task that
// belongs to neither. The ids of what it is not about are "".
type Message struct {
	OrgID, ID                  string
	PersonID                   string
	Kind                       model.MessageKind
	CaseID, IncidentID, TaskID string
	CreatedAt                  time.Time
	// ReadAt is zero while the person has not read it.
	ReadAt time.Time
	// Title is the case's, read now, and "" where there is no case or the reader
	// may not read it any more. Task says which task it is, empty where there is none.
	// Decided is the stage and the outcome of the decision that the message tells of,
	// empty like the title. LastDay is when what the message asks for ends, or zero. They
	// are filled in a person's list.
	Title   string
	Task    model.TaskKey
	Decided struct {
		Stage   model.StageKey
		Outcome model.Outcome
	}
	LastDay time.Time

	MailState model.MailState
	Attempts  int
	NextAt    time.Time
	SentAt    time.Time
	Failure   string
}

func (r *messageRow) toMessage() Message {
	return Message{
		OrgID: r.OrgID, ID: r.ID, PersonID: r.PersonID, Kind: r.Kind, CaseID: r.CaseID,
		IncidentID: r.IncidentID, TaskID: r.TaskID, CreatedAt: r.CreatedAt.UTC(), ReadAt: utc(r.ReadAt), MailState: r.MailState, Attempts: r.Attempts,
		NextAt: utc(r.NextAt), SentAt: utc(r.SentAt), Failure: r.Failure,
	}
}

// messageFacts are what a message does not carry and is read for it.
type messageFacts struct {
	Title        string         `bun:"title"`
	ValidUntil   string         `bun:"valid_until"`
	InterimUntil string         `bun:"interim_until"`
	TaskDue      time.Time      `bun:"task_due,nullzero"`
	TaskStage    model.StageKey `bun:"task_stage"`
	TaskKind     model.TaskKind `bun:"task_kind"`
	ReplyDue     time.Time      `bun:"reply_due,nullzero"`
}

// The reply is the owner's to a return; at most one deadline for it waits.
const (
	messageFactColumns = `COALESCE(c.valid_until, '') AS valid_until,
		COALESCE(c.interim_until, '') AS interim_until, t.due_at AS task_due, COALESCE(t.stage, '') AS task_stage, COALESCE(t.kind, '') AS task_kind, d.due_at AS reply_due`
	messageFactJoins = `
		LEFT JOIN cases AS c ON c.org_id = m.org_id AND c.id = m.case_id
		LEFT JOIN tasks AS t ON t.org_id = m.org_id AND t.id = m.task_id
		LEFT JOIN deadlines AS d ON d.org_id = m.org_id AND d.case_id = m.case_id AND d.subject = 'project_owner'
			AND d.kind = 'reply' AND d.fired_at IS NULL AND d.cancelled_at IS NULL`
)

// decidedJoins lead from a message about a case, which names the first event of what it
// tells, to the decision that made it.
const decidedJoins = `
	LEFT JOIN events AS e ON e.org_id = m.org_id AND e.case_id = m.case_id AND e.seq = m.seq AND m.task_id = ''
	LEFT JOIN decisions AS x ON x.org_id = e.org_id AND x.command_id = e.command_id`

// lastDay is when what a message of a kind asks for ends.
func (f messageFacts) lastDay(kind model.MessageKind) time.Time {
	switch kind {
	case model.MessageAssigned, model.MessageReminder, model.MessageDue, model.MessageEscalated, model.MessageAdviceSilent:
		if !f.TaskDue.IsZero() || kind != model.MessageReminder {
			return utc(f.TaskDue)
		}
		return utc(f.ReplyDue)
	case model.MessageReturned:
		return utc(f.ReplyDue)
	case model.MessageExpiring, model.MessageExpired:
		if day, err := calendar.ParseDate(cmp.Or(f.ValidUntil, f.InterimUntil)); err == nil {
			return calendar.EndOfDay(day)
		}
	}
	return time.Time{}
}

// MessageFilter narrows a list of messages.
type MessageFilter struct {
	OrgID string
	// Reader leaves the messages of one person, with the titles of the cases that
	// the person may read.
	Reader *access.Reader
	// Unread leaves those that the person has not read.
	Unread    bool
	MailState model.MailState
	// ID leaves one message.
	ID string

	// Limit is at most 1,000, which 0 means too.
	Limit  int64
	Offset int64
	// After continues behind a message.
	After *MessageCursor
}

// MessageCursor is a place in a list of messages: in a person's list the unread
// first, then the newest first, then by id.
type MessageCursor struct {
	Read      bool      `json:"r"`
	CreatedAt time.Time `json:"c"`
	ID        string    `json:"i"`
}

// messageParts are the messages that a filter leaves behind its cursor, in the parts
// that a list has: of a person those that are unread and then those that are read.
func (s *Store) messageParts(f MessageFilter) []*bun.SelectQuery {
	behind := func(q *bun.SelectQuery) *bun.SelectQuery {
		if f.After == nil {
			return q
		}
		return q.Where("(m.created_at, m.id) < (?, ?)", f.After.CreatedAt, f.After.ID)
	}
	if f.Reader == nil || f.Unread {
		return []*bun.SelectQuery{behind(s.messagesQuery(f))}
	}
	unread, read := s.messagesQuery(f).Where("m.read_at IS NULL"), s.messagesQuery(f).Where("m.read_at IS NOT NULL")
	switch {
	case f.After == nil:
	case f.After.Read:
		unread, read = unread.Where("1 = 0"), behind(read)
	default:
		unread = behind(unread)
	}
	return []*bun.SelectQuery{unread, read}
}

func (s *Store) messagesQuery(f MessageFilter) *bun.SelectQuery {
	q := s.read.NewSelect().TableExpr("messages AS m").Where("m.org_id = ?", f.OrgID)
	if f.Reader != nil {
		q = q.Where("m.person_id = ?", f.Reader.PersonID)
	}
	if f.Unread {
		q = q.Where("m.read_at IS NULL")
	}
	if f.ID != "" {
		q = q.Where("m.id = ?", f.ID)
	}
	if f.MailState != "" {
		q = q.Where("m.mail_state = ?", f.MailState)
	}
	return q
}

// Messages lists messages, a person's unread first, and then the newest first.
func (s *Store) Messages(ctx context.Context, f MessageFilter) ([]Message, error) {
	var rows []struct {
		messageRow   `bun:",extend"`
		messageFacts `bun:",extend"`
		Later        int            `bun:"later"`
		Stage        model.StageKey `bun:"decided_stage"`
		Outcome      model.Outcome  `bun:"decided_outcome"`
	}
	limit := page(f.Limit)
	// Each part stands in order in an index of its own; the page lies within the
	// beginnings of all parts.
	var parts []any
	for later, part := range s.messageParts(f) {
		parts = append(parts, part.ColumnExpr("m.*, ? AS later", later).OrderExpr("m.created_at DESC, m.id DESC").Limit(limit+f.Offset))
	}
	union := "SELECT * FROM (?) AS part" + strings.Repeat(" UNION ALL SELECT * FROM (?) AS part", len(parts)-1)
	title, args := "1 = 1", []any(nil)
	if f.Reader != nil {
		title, args = s.readable(f.OrgID, *f.Reader)
	}
	err := s.find(ctx, s.read.NewSelect().TableExpr("("+union+") AS m", parts...).
		ColumnExpr("m.*, "+messageFactColumns+", COALESCE(x.stage, '') AS decided_stage, COALESCE(x.outcome, '') AS decided_outcome").
		ColumnExpr("COALESCE(CASE WHEN "+title+" THEN c.title END, '') AS title", args...).
		Join(messageFactJoins).Join(decidedJoins).OrderExpr("m.later, m.created_at DESC, m.id DESC").Limit(limit).Offset(f.Offset), &rows)
	if err != nil {
		return nil, err
	}
	messages := make([]Message, len(rows))
	for i, r := range rows {
		messages[i] = r.toMessage()
		messages[i].Title, messages[i].LastDay = r.Title, r.lastDay(r.Kind)
		messages[i].Task = model.TaskKey{Stage: r.TaskStage, Kind: r.TaskKind}
		if r.Title != "" {
			messages[i].Decided.Stage, messages[i].Decided.Outcome = r.Stage, r.Outcome
		}
	}
	return messages, nil
}

// CountMessages counts what Messages lists, up to the given number.
func (s *Store) CountMessages(ctx context.Context, f MessageFilter, upTo int64) (int, error) {
	var n int
	return n, s.findAlike(ctx, s.read.NewSelect().ColumnExpr("COUNT(*)").
		TableExpr("(?) AS matching", s.messagesQuery(f).ColumnExpr("1").Limit(upTo)), &n)
}

// Message returns one message, as it stands without its case.
func (s *Store) Message(ctx context.Context, orgID, id string) (Message, error) {
	r, err := one[messageRow](ctx, s, "org_id = ? AND id = ?", orgID, id)
	return r.toMessage(), err
}

// ReadMessage notes that a person has read a message of theirs. The first time
// stands. Somebody else's message is not found.
func (s *Store) ReadMessage(ctx context.Context, orgID, personID, id string, now time.Time) error {
	return over(ctx, s.execOne(ctx, direct{s.write.DB}, `UPDATE messages SET read_at = COALESCE(read_at, ?)
		WHERE org_id = ? AND person_id = ? AND id = ?`, now, orgID, personID, id))
}

// readAnswered counts as read what told people that tasks of a case, of an incident or of
// neither wait for an answer, which they do no more.
func (s *Store) readAnswered(ctx context.Context, q queryer, orgID, subject string, tasks []string, now time.Time) error {
	if len(tasks) == 0 {
		return nil
	}
	kinds := model.WaitingKinds()
	args := []any{now, orgID, subject}
	for _, k := range kinds {
		args = append(args, k)
	}
	which, ids := s.oneOf(tasks)
	return s.exec(ctx, q, `UPDATE messages SET read_at = ? WHERE org_id = ? AND `+about("")+` = ? AND read_at IS NULL
		AND kind IN (`+marks(len(kinds))+`) AND task_id `+which, append(args, ids...)...)
}

// RetryMail sends a message by e-mail that has failed or been given up, as if it
// had never been tried. A message in another state is left as it is.
func (s *Store) RetryMail(ctx context.Context, orgID, id string, now time.Time) error {
	return over(ctx, s.exec(ctx, direct{s.write.DB}, `UPDATE messages
		SET mail_state = 'waiting', attempts = 0, next_at = ? WHERE org_id = ? AND id = ? AND mail_state IN ('failed', 'given_up')`,
		now, orgID, id))
}
