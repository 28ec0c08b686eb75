package notify

import (
	"context"
	"log/slog"
	"time"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

const (
	// lookEvery is how long a message may wait before it is looked at.
	lookEvery = 2 * time.Second
	// batch is how many messages are taken at a time.
	batch = 100
	// leaseName names the drainer's lease, leaseFor is how long it holds, and
	// renewAfter how long it is held before it is renewed.
	leaseName  = "outbox"
	leaseFor   = time.Minute
	renewAfter = 20 * time.Second
)

// Options are what a Drainer needs.
type Options struct {
	Store *store.Store
	Clock clock.Clock
	Log   *slog.Logger
	// Mail sends e-mail; nil leaves messages on people's pages only.
	Mail Mailer
	// BaseURL is where people find Sluss, without a slash at its end.
	BaseURL string
}

// Drainer empties the outbox. Make it with New.
type Drainer struct {
	Options
	holder  string
	renewal time.Time
}

// New returns a drainer, which does nothing until Run.
func New(o Options) *Drainer { return &Drainer{Options: o, holder: model.NewID()} }

// Run looks for messages every two seconds until the context ends. What is under
// way then is finished and noted.
func (d *Drainer) Run(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if err := d.Drain(ctx); err != nil && ctx.Err() == nil {
			d.Log.WarnContext(ctx, "outbox not drained", slog.Any("error", err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Drain addresses and sends what waits at present, unless another process does.
// An error is the record's. What could not be sent is noted and no error.
func (d *Drainer) Drain(ctx context.Context) error {
	waits, err := d.Store.MessagesWait(ctx, d.Mail != nil, d.Clock.Now())
	if err != nil || !waits {
		return err
	}
	d.renewal = time.Time{}
	if mine, err := d.renew(ctx); err != nil || !mine {
		return err
	}
	if err := d.drain(ctx); err != nil {
		return err // the lease expires
	}
	return d.Store.EndLease(context.WithoutCancel(ctx), leaseName, d.holder)
}

// renew asks for the lease when it is time to, and reports whether it is held.
func (d *Drainer) renew(ctx context.Context) (bool, error) {
	now := d.Clock.Now()
	if now.Before(d.renewal) {
		return true, nil
	}
	d.renewal = now.Add(renewAfter)
	return d.Store.Lease(ctx, leaseName, d.holder, now, now.Add(leaseFor))
}

func (d *Drainer) drain(ctx context.Context) error {
	for ctx.Err() == nil {
		addressed, err := d.Store.AddressMessages(ctx, d.Mail != nil, batch, d.Clock.Now())
		if err != nil {
			return err
		}
		handled, err := d.send(ctx)
		if err != nil || addressed == 0 && handled == 0 {
			return err
		}
		if mine, err := d.renew(ctx); err != nil || !mine {
			return err
		}
	}
	return nil
}

// send sends one batch of e-mail over one connection and returns how many
// messages have been handled. It returns 0 when no mail server can be reached, so
// that the rest waits for another look.
func (d *Drainer) send(ctx context.Context) (int, error) {
	if d.Mail == nil {
		return 0, nil
	}
	mails, err := d.Store.DueMail(ctx, d.Clock.Now(), batch)
	if err != nil || len(mails) == 0 {
		return 0, err
	}
	connection, err := d.Mail.Open(ctx)
	if ctx.Err() != nil {
		return 0, nil // asked to stop, which is nobody's failure
	}
	if err != nil {
		for _, m := range mails {
			if err := d.noteFailure(ctx, m, classOf(err)); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
	defer connection.Close()
	for i, m := range mails {
		err := d.sendOne(ctx, connection, m)
		if err != nil || connection.Broken() || ctx.Err() != nil {
			return i + 1, err
		}
		if mine, err := d.renew(ctx); err != nil || !mine {
			return i + 1, err
		}
	}
	return len(mails), nil
}

// sendOne sends a message and notes what became of it, also when the program has
// been asked to stop meanwhile.
func (d *Drainer) sendOne(ctx context.Context, c Connection, m store.Mail) error {
	ctx = context.WithoutCancel(ctx)
	if m.Email == "" {
		return d.Store.MailUnwanted(ctx, m)
	}
	if err := c.Send(d.letter(m)); err != nil {
		return d.noteFailure(ctx, m, classOf(err))
	}
	return d.Store.MailSent(ctx, m, d.Clock.Now())
}

// noteFailure notes that a message is to be tried again, or given up.
func (d *Drainer) noteFailure(ctx context.Context, m store.Mail, why string) error {
	attempts := m.Attempts + 1
	wait, again := Backoff(attempts)
	d.Log.WarnContext(ctx, "message not sent", slog.String("message_id", m.ID), slog.String("case_id", m.CaseID),
		slog.String("class", why), slog.Int("attempts", attempts), slog.Bool("again", again))
	if !again {
		return d.Store.MailGivenUp(ctx, m, why)
	}
	return d.Store.MailFailed(ctx, m, why, d.Clock.Now().Add(wait))
}

const (
	firstWait = time.Minute
	maxWait   = 6 * time.Hour
	// maxAttempts is reached after 68 and a half hours, about three days.
	maxAttempts = 20
)

// Backoff returns how long to wait after so many failed attempts, from one minute
// doubling to six hours, and false when they were enough.
func Backoff(attempts int) (time.Duration, bool) {
	if attempts >= maxAttempts {
		return 0, false
	}
	return min(firstWait<<min(attempts-1, 16), maxWait), true
}
