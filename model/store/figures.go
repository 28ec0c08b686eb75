package store

import (
	"context"
	"time"

	"sluss/model"
)

// Figures say how the record of all organisations stands, for whoever watches over the
// program. They name nobody and nothing.
type Figures struct {
	// Cases counts the cases by state, and Overdue the open tasks whose time is over by
	// the role that answers them. What there is none of is left out.
	Cases   map[model.CaseState]int
	Overdue map[model.Role]int
	// Commands are the acts that have no answer yet, Messages what is still to be
	// addressed, and Mails what is still to be sent by e-mail, where there is a mail
	// server.
	Commands, Messages, Mails Waiting
	// MailsGivenUp counts the e-mails that are not tried again.
	MailsGivenUp int
}

// Waiting is how many wait, and since when the oldest does, the zero time where none does.
type Waiting struct {
	N      int       `bun:"n"`
	Oldest time.Time `bun:"oldest,nullzero"`
}

// Figures counts in one view of the record, by indexes alone. Only the cases are
// counted one by one: half a second for a million.
func (s *Store) Figures(ctx context.Context, now time.Time) (Figures, error) {
	f := Figures{Cases: map[model.CaseState]int{}, Overdue: map[model.Role]int{}}
	orgs, err := s.Organisations(ctx)
	if err != nil {
		return f, err
	}
	err = s.inReadTx(ctx, func(ctx context.Context, q queryer) error {
		for text, to := range map[string]*Waiting{
			"SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM commands WHERE state = 'pending'":                   &f.Commands,
			"SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM outbox WHERE sent_at IS NULL":                       &f.Messages,
			"SELECT COUNT(*) AS n, MIN(created_at) AS oldest FROM messages WHERE mail_state IN ('waiting', 'failed')": &f.Mails,
		} {
			if err := get(ctx, s, q, to, text); err != nil {
				return err
			}
			to.Oldest = utc(to.Oldest)
		}
		for _, o := range orgs {
			if err := s.figuresOf(ctx, q, o.ID, now, &f); err != nil {
				return err
			}
		}
		return nil
	})
	return f, err
}

// figuresOf adds the figures of one organisation.
func (s *Store) figuresOf(ctx context.Context, q queryer, orgID string, now time.Time, f *Figures) error {
	var states []struct {
		State model.CaseState `bun:"state"`
		N     int             `bun:"n"`
	}
	if err := list(ctx, s, q, &states, "SELECT state, COUNT(*) AS n FROM cases WHERE org_id = ? GROUP BY state", orgID); err != nil {
		return err
	}
	for _, r := range states {
		f.Cases[r.State] += r.N
	}
	var one Statistics
	if err := s.countOverdue(ctx, q, orgID, now, &one); err != nil {
		return err
	}
	for role, n := range one.Overdue {
		f.Overdue[role] += n
	}
	var mails Waiting
	err := get(ctx, s, q, &mails, "SELECT COUNT(*) AS n FROM messages WHERE org_id = ? AND mail_state = ?", orgID, model.MailGivenUp)
	f.MailsGivenUp += mails.N
	return err
}
