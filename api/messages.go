package api

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"sluss/api/authn"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
	"sluss/model/store"
)

// MessageItem is what the person who asks has been told.
type MessageItem struct {
	MessageID string            `json:"message_id"`
	Kind      model.MessageKind `json:"kind"`
	Text      string            `json:"text" doc:"what the message says"`
	CaseID    string            `json:"case_id,omitempty" doc:"absent for a message about an incident, or about a task of the year"`
	CaseTitle string            `json:"case_title,omitempty" doc:"absent when the person may not read the case any more"`
	Incident  string            `json:"incident_id,omitempty" doc:"the incident that the message is about"`
	TaskID    string            `json:"task_id,omitempty"`
	Stage     string            `json:"stage_label,omitempty" doc:"what the stage of the task or of the decision is called"`
	Outcome   model.Outcome     `json:"outcome,omitempty" doc:"what was decided, where the message tells of a decision"`
	Label     string            `json:"outcome_label,omitempty" doc:"what the outcome is called"`
	Question  string            `json:"question,omitempty" doc:"what the task asks that the message is about"`
	Link      string            `json:"link" doc:"where to go on: the task, the case, or the incident"`
	LastDay   *time.Time        `json:"last_day" doc:"when what the message asks for ends"`
	Created   time.Time         `json:"created"`
	Read      *time.Time        `json:"read"`
	ETag      string            `json:"etag" doc:"entity tag for marking the message as read"`
}

// MailItem is a message on its way by e-mail, for administrators.
type MailItem struct {
	MessageID string            `json:"message_id"`
	Person    *PersonNote       `json:"person"`
	Kind      model.MessageKind `json:"kind"`
	Text      string            `json:"text" doc:"what the message says"`
	CaseID    string            `json:"case_id,omitempty"`
	Incident  string            `json:"incident_id,omitempty"`
	TaskID    string            `json:"task_id,omitempty"`
	Created   time.Time         `json:"created"`
	MailState model.MailState   `json:"mail_state" enum:"none,waiting,sent,failed,given_up"`
	Attempts  int               `json:"attempts"`
	Next      *time.Time        `json:"next" doc:"when it is tried again"`
	Sent      *time.Time        `json:"sent"`
	Failure   string            `json:"failure,omitempty" doc:"why it was not sent: connection, certificate, address, or smtp_ with the mail server's code"`
}

type (
	myMessagesInput struct {
		Unread bool `query:"unread" doc:"only those that have not been read"`
		Paging
	}
	// MessagePath names a message.
	MessagePath struct {
		MessageID string `path:"message_id" doc:"id of the message"`
	}
	readInput struct {
		MessagePath
		Matched
	}
	mailInput struct {
		MailState string `query:"mail_state" enum:"none,waiting,sent,failed,given_up"`
		Paging
	}
	retryInput struct {
		MessagePath
		Keyed
	}
	messageOutput struct {
		ETag string `header:"ETag"`
		Body MessageItem
	}
	mailOutput struct{ Body MailItem }
)

func (s *server) messageRoutes() {
	add(s, route{
		id: "list-my-messages", method: http.MethodGet, path: "/me/messages", tag: tagService,
		summary: "What I have been told, the unread first and then the newest", errors: []int{http.StatusUnprocessableEntity},
	}, s.myMessages)
	add(s, route{
		id: "read-message", method: http.MethodPut, path: "/me/messages/{message_id}/read", tag: tagService, matched: true,
		summary: "Mark a message as read", errors: []int{http.StatusNotFound},
	}, s.readMessage)
	add(s, route{
		id: "list-messages", method: http.MethodGet, path: "/messages", tag: tagService,
		summary: "What has been sent to whom, for administrators",
		errors:  []int{http.StatusForbidden, http.StatusUnprocessableEntity},
	}, s.mails)
	add(s, route{
		id: "retry-message", method: http.MethodPost, path: "/messages/{message_id}/retry", tag: tagService, keyed: true,
		summary: "Try again to send a message by e-mail, for administrators", errors: []int{http.StatusNotFound},
	}, s.retryMail)
}

// messageTag is the entity tag of a person's message, which is read or not.
func messageTag(m store.Message) string {
	if m.ReadAt.IsZero() {
		return "unread"
	}
	return "read"
}

func (s *server) messageItem(m store.Message, l lang.Lang) MessageItem {
	item := MessageItem{
		MessageID: m.ID, Kind: m.Kind, Text: m.Kind.Label().In(l), CaseID: m.CaseID, CaseTitle: m.Title,
		Incident: m.IncidentID, TaskID: m.TaskID, LastDay: when(m.LastDay), Created: m.CreatedAt, Read: when(m.ReadAt),
		ETag: etag(messageTag(m)),
	}
	switch {
	case m.TaskID != "":
		item.Stage, item.Question = s.stageLabel(m.Task.Stage, l), questionOf(m.Task).In(l)
		item.Link = base + "/tasks/" + m.TaskID
	case m.IncidentID != "":
		item.Link = base + "/incidents/" + m.IncidentID
	default:
		item.Link = base + "/cases/" + m.CaseID
		if d := m.Decided; d.Outcome != "" {
			item.Stage, item.Outcome, item.Label = s.stageLabel(d.Stage, l), d.Outcome, outcomeWords[d.Outcome].In(l)
		}
	}
	return item
}

// messages is a list of messages, as items tell of them.
func messages[T any](s *server, l list, f store.MessageFilter, items func([]store.Message) ([]T, error)) (*pageOutput[T], error) {
	f.Offset, f.Limit = int64(l.Offset), int64(l.Limit)+1
	return keyset[store.Message, store.MessageCursor, T]{
		find: func(after *store.MessageCursor) ([]store.Message, error) {
			f.After = after
			return s.Store.Messages(l.ctx, f)
		},
		place: func(m store.Message) store.MessageCursor {
			return store.MessageCursor{Read: !m.ReadAt.IsZero(), CreatedAt: m.CreatedAt, ID: m.ID}
		},
		items: items,
		count: func(upTo int64) (int, error) { return s.Store.CountMessages(l.ctx, f, upTo) }, // After does not count
	}.page(l)
}

func (s *server) myMessages(ctx context.Context, in *myMessagesInput) (*pageOutput[MessageItem], error) {
	reader := access.ReaderOf(authn.Actor(ctx))
	filter := url.Values{}
	if in.Unread {
		filter.Set("unread", "true")
	}
	l := s.newList(ctx, "/me/messages", filter, in.Paging)
	f := store.MessageFilter{OrgID: authn.Actor(ctx).OrgID, Reader: &reader, Unread: in.Unread}
	return messages(s, l, f, func(found []store.Message) ([]MessageItem, error) {
		out := make([]MessageItem, len(found))
		for i, m := range found {
			out[i] = s.messageItem(m, languageOf(ctx))
		}
		return out, nil
	})
}

// readMessage marks a message as read. Whoever has read it already has what they
// ask for, whatever they saw before.
func (s *server) readMessage(ctx context.Context, in *readInput) (*messageOutput, error) {
	a := authn.Actor(ctx)
	m, err := s.message(ctx, in.MessagePath)
	if err == nil && m.PersonID != a.PersonID {
		err = store.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	tag, err := in.tag()
	if err != nil {
		return nil, err
	}
	if tag != messageTag(m) && tag != "unread" {
		return nil, model.Refuse(model.CodeStale)
	}
	if err := s.Store.ReadMessage(ctx, a.OrgID, a.PersonID, m.ID, s.Clock.Now()); err != nil {
		return nil, err
	}
	reader := access.ReaderOf(a)
	found, err := s.Store.Messages(ctx, store.MessageFilter{OrgID: a.OrgID, Reader: &reader, ID: m.ID})
	if err != nil {
		return nil, err
	}
	return &messageOutput{etag(messageTag(found[0])), s.messageItem(found[0], languageOf(ctx))}, nil
}

func (s *server) message(ctx context.Context, in MessagePath) (store.Message, error) {
	id, err := knownID(in.MessageID)
	if err != nil {
		return store.Message{}, err
	}
	return s.Store.Message(ctx, authn.Actor(ctx).OrgID, id)
}

func mailItem(m store.Message, names map[string]string, l lang.Lang) MailItem {
	return MailItem{
		MessageID: m.ID, Person: named(names, m.PersonID), Kind: m.Kind, Text: m.Kind.Label().In(l), CaseID: m.CaseID,
		Incident: m.IncidentID, TaskID: m.TaskID, Created: m.CreatedAt, MailState: m.MailState, Attempts: m.Attempts, Next: when(m.NextAt), Sent: when(m.SentAt),
		Failure: m.Failure,
	}
}

// mails lists the messages of the organisation, without what they are about.
func (s *server) mails(ctx context.Context, in *mailInput) (*pageOutput[MailItem], error) {
	a := authn.Actor(ctx)
	if err := access.Anywhere(a, access.Administer, access.Execute); err != nil {
		return nil, err
	}
	filter := url.Values{}
	if in.MailState != "" {
		filter.Set("mail_state", in.MailState)
	}
	l := s.newList(ctx, "/messages", filter, in.Paging)
	f := store.MessageFilter{OrgID: a.OrgID, MailState: model.MailState(in.MailState)}
	return messages(s, l, f, func(found []store.Message) ([]MailItem, error) {
		ids := make([]string, len(found))
		for i, m := range found {
			ids[i] = m.PersonID
		}
		names, err := s.Store.Names(ctx, a.OrgID, ids)
		out := make([]MailItem, len(found))
		for i, m := range found {
			out[i] = mailItem(m, names, languageOf(ctx))
		}
		return out, err
	})
}

// retryMail lets a message that has failed, or been given up, begin again. Asking
// twice is harmless: one that waits goes on waiting, one that is sent stays sent.
func (s *server) retryMail(ctx context.Context, in *retryInput) (*mailOutput, error) {
	a := authn.Actor(ctx)
	if err := access.Anywhere(a, access.Administer, access.Execute); err != nil {
		return nil, err
	}
	m, err := s.message(ctx, in.MessagePath)
	if err != nil {
		return nil, err
	}
	if err := s.Store.RetryMail(ctx, a.OrgID, m.ID, s.Clock.Now()); err != nil {
		return nil, err
	}
	if m, err = s.Store.Message(ctx, a.OrgID, m.ID); err != nil {
		return nil, err
	}
	names, err := s.Store.Names(ctx, a.OrgID, []string{m.PersonID})
	return &mailOutput{mailItem(m, names, languageOf(ctx))}, err
}
