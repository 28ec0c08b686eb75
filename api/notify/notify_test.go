package notify

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/quotedprintable"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/lang"
	"sluss/model/store"
	"sluss/model/store/pgtest"
	"sluss/model/store/storetest"
)

// post is an organisation whose people get e-mail from a server of the test's.
type post struct {
	*storetest.World
	server *server
	smtp   *SMTP
	log    *logged
}

// logged keeps what is logged.
type logged struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func openStore(t testing.TB, url string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{URL: url, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func sqlite(t testing.TB) *store.Store {
	return openStore(t, "sqlite:"+filepath.Join(t.TempDir(), "record.db"))
}

func postgres(t testing.TB) *store.Store {
	return openStore(t, pgtest.NewDatabase(t, func(ctx context.Context, url string) error {
		s, err := store.Open(ctx, store.Options{URL: url, MaxConns: 1})
		if err != nil {
			return err
		}
		return s.Close()
	}))
}

func onBoth(t *testing.T, test func(*testing.T, *post)) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": sqlite, "postgres": postgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, newPost(t, open(t)))
		})
	}
}

func newPost(t testing.TB, s *store.Store) *post {
	p := &post{World: storetest.NewWorld(t, s), server: startServer(t), log: &logged{}}
	var err error
	p.smtp, err = ParseSMTP("smtp://sluss:hemligt@"+p.server.Addr().String(), "", "Sluss <sluss@slussby.example>")
	p.must(err)
	p.smtp.roots, p.smtp.timeout = p.server.roots, 2*time.Second
	for name, id := range map[string]string{
		"owner": p.Owner, "manager": p.Manager, "info": p.InfoOwner, "dpo": p.DPO, "system": p.SystemOwner,
	} {
		p.must(s.SetContact(t.Context(), p.Org, id, address(name), lang.SV))
	}
	return p
}

func address(name string) string { return name + "@slussby.example" }

func (p *post) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

func (p *post) drainer(m Mailer) *Drainer {
	return New(Options{
		Store: p.Store, Clock: p.Clock, Mail: m, BaseURL: "https://sluss.slussby.example",
		Log: slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
}

// drain empties the outbox as a new process would.
func (p *post) drain() {
	p.Helper()
	p.must(p.drainer(p.smtp).Drain(p.Context()))
}

// states counts the messages by state.
func (p *post) states() map[model.MailState]int {
	p.Helper()
	found, err := p.Store.Messages(p.Context(), store.MessageFilter{OrgID: p.Org})
	p.must(err)
	states := map[model.MailState]int{}
	for _, m := range found {
		states[m.MailState]++
	}
	return states
}

func (p *post) expect(what string, want map[model.MailState]int) {
	p.Helper()
	if got := p.states(); fmt.Sprint(got) != fmt.Sprint(want) {
		p.Errorf("%s: messages %v, want %v", what, got, want)
	}
}

// only returns the one message that somebody has.
func (p *post) only() store.Message {
	p.Helper()
	found, err := p.Store.Messages(p.Context(), store.MessageFilter{OrgID: p.Org})
	p.must(err)
	if len(found) != 1 {
		p.Fatalf("messages %+v", found)
	}
	return found[0]
}

// letters lists what was received: to whom, and the subject.
func (p *post) letters() []string {
	p.Helper()
	var out []string
	for _, l := range p.server.taken() {
		subject, err := new(mime.WordDecoder).DecodeHeader(l.header.Get("Subject"))
		p.must(err)
		out = append(out, strings.TrimSuffix(l.to, "@slussby.example")+": "+subject)
	}
	return out
}

// ids lists the Message-IDs of what was received.
func (p *post) ids() []string {
	p.Helper()
	var out []string
	for _, l := range p.server.taken() {
		out = append(out, l.header.Get("Message-Id"))
	}
	return out
}

func TestLetter(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		p.must(p.Store.SetContact(t.Context(), p.Org, p.Manager, address("manager"), lang.EN))
		id := p.Submitted(model.StageManager)
		p.drain()
		task := p.Task(id, model.StageManager, model.TaskEndorse)
		p.Do(id, p.Decide(id, p.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		p.drain()
		p.expect("sent", map[model.MailState]int{model.MailSent: 2})
		if want := []string{"manager: New task: Chattbot för bygglov", "owner: Återlämnat för komplettering: Chattbot för bygglov"}; !slices.Equal(p.letters(), want) {
			t.Fatalf("received %q", p.letters())
		}
		for i, want := range []string{
			"New task.\n\nCase: Chattbot för bygglov\nLast day: Monday 30 November 2026\n\nhttps://sluss.slussby.example/tasks/" + task.ID +
				"\n\nThis message comes from Sluss and cannot be replied to.\n",
			"Återlämnat för komplettering.\n\nÄrende: Chattbot för bygglov\nSista dag: måndag 11 januari 2027\n\nhttps://sluss.slussby.example/cases/" + id +
				"\n\nMeddelandet kommer från Sluss och kan inte besvaras.\n",
		} {
			l := p.server.taken()[i]
			text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(l.text)))
			p.must(err)
			if got := strings.ReplaceAll(string(text), "\r\n", "\n"); strings.TrimSpace(got) != strings.TrimSpace(want) {
				t.Errorf("letter\n%s\nwant\n%s", got, want)
			}
			if l.header.Get("Auto-Submitted") != "auto-generated" || l.header.Get("Content-Language") != []string{"en", "sv"}[i] ||
				l.header.Get("From") != `"Sluss" <sluss@slussby.example>` || l.header.Get("Date") == "" {
				t.Errorf("header %v", l.header)
			}
		}
	})
}

// What goes wrong, what becomes of the message, and how often the server has seen
// it when it is sent in the end.
func TestTroubles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		says      map[string]string
		failure   string
		receipts  int
		noFailure bool
	}{
		{"not now", map[string]string{"RCPT": "451 4.3.0 later, manager@slussby.example"}, "smtp_451", 1, false},
		{"no such mailbox", map[string]string{"RCPT": "550 5.1.1 no manager@slussby.example here"}, "smtp_550", 1, false},
		{"too much", map[string]string{"TAKEN": "552 5.2.2 full"}, "smtp_552", 2, false},
		{"not from us", map[string]string{"MAIL": "530 5.7.0 no"}, "smtp_530", 1, false},
		{"wrong password", map[string]string{"AUTH": "535 5.7.8 wrong"}, "smtp_535", 1, false},
		{"closes at once", map[string]string{"GREET": ""}, "connection", 1, false},
		{"silent at once", map[string]string{"GREET": "..."}, "connection", 1, false},
		{"busy", map[string]string{"GREET": "421 4.3.2 later"}, "smtp_421", 1, false},
		{"silent before the letter", map[string]string{"DATA": "..."}, "connection", 1, false},
		{"takes the letter and closes without a word", map[string]string{"TAKEN": ""}, "connection", 2, false},
		{"takes the letter and is silent", map[string]string{"TAKEN": "..."}, "connection", 2, false},
		{"takes the letter, says so, and closes", map[string]string{"RSET": ""}, "", 1, true},
		{"has no STARTTLS", map[string]string{"EHLO": "250 test"}, "connection", 1, false},
		{"cannot do STARTTLS", map[string]string{"STARTTLS": "454 4.7.0 not now"}, "smtp_454", 1, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			p := newPost(t, sqlite(t))
			p.smtp.timeout = 500 * time.Millisecond
			if test.says["EHLO"] != "" {
				p.smtp.user = "" // nothing but the missing protection stands in the way
			}
			p.Submitted(model.StageManager)
			p.server.misbehave(func(command, _ string) (string, bool) {
				answer, ok := test.says[command]
				return answer, ok
			})
			p.drain()
			m := p.only()
			if test.noFailure {
				if m.MailState != model.MailSent || len(p.ids()) != 1 {
					t.Errorf("message %+v, received %v", m, p.ids())
				}
				return
			}
			if m.MailState != model.MailFailed || m.Failure != test.failure || m.Attempts != 1 ||
				!m.NextAt.Equal(p.Clock.Now().Add(time.Minute)) {
				t.Fatalf("message %+v, want %s", m, test.failure)
			}
			p.server.misbehave(nil)
			p.Clock.Advance(59 * time.Second)
			p.drain()
			if m := p.only(); m.MailState != model.MailFailed {
				t.Errorf("tried too early: %+v", m)
			}
			p.Clock.Advance(time.Second)
			p.drain()
			if m := p.only(); m.MailState != model.MailSent || m.Attempts != 2 || !m.SentAt.Equal(p.Clock.Now()) || m.Failure != "" {
				t.Errorf("message %+v", m)
			}
			ids := p.ids()
			if len(ids) != test.receipts || len(slices.Compact(ids)) != 1 || ids[0] != "<"+m.ID+"@slussby.example>" {
				t.Errorf("received %v, want %d times %s", ids, test.receipts, m.ID)
			}
			p.logsNothingPersonal()
		})
	}
}

// logsNothingPersonal looks for addresses, titles and passwords in the log.
func (p *post) logsNothingPersonal() {
	p.Helper()
	text := p.log.String()
	if !strings.Contains(text, "message not sent") {
		p.Errorf("the log has no failures: %s", text)
	}
	for _, secret := range []string{"@", "slussby", "Chattbot", "hemligt", "Namn", "maja"} {
		if strings.Contains(text, secret) {
			p.Errorf("the log has %q: %s", secret, text)
		}
	}
}

// A letter that would go to a server of another name is not sent.
func TestWrongCertificate(t *testing.T) {
	t.Parallel()
	p := newPost(t, sqlite(t))
	p.smtp.roots = nil
	p.Submitted(model.StageManager)
	p.drain()
	if m := p.only(); m.Failure != "certificate" || len(p.ids()) != 0 {
		t.Errorf("message %+v, received %v", m, p.ids())
	}
}

// A message is given up after about three days, and begins again when somebody
// asks for it.
func TestGivenUp(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		p.Submitted(model.StageManager)
		p.server.misbehave(func(string, string) (string, bool) { return "", true })
		start, last := p.Clock.Now(), time.Duration(0)
		for {
			p.drain()
			m := p.only()
			if m.MailState == model.MailGivenUp {
				break
			}
			wait := m.NextAt.Sub(p.Clock.Now())
			if wait < last || wait < time.Minute || wait > 6*time.Hour || m.Attempts > 30 {
				t.Fatalf("after %d attempts %v, before it %v", m.Attempts, wait, last)
			}
			last = wait
			p.Clock.Set(m.NextAt)
		}
		if d := p.Clock.Now().Sub(start); d < 60*time.Hour || d > 76*time.Hour {
			t.Errorf("given up after %v", d)
		}
		p.server.misbehave(nil)
		p.Clock.Advance(24 * time.Hour)
		p.drain()
		m := p.only()
		if m.MailState != model.MailGivenUp || !m.NextAt.IsZero() || len(p.ids()) != 0 {
			t.Errorf("message %+v, received %v", m, p.ids())
		}
		p.must(p.Store.RetryMail(t.Context(), p.Org, m.ID, p.Clock.Now()))
		p.drain()
		p.must(p.Store.RetryMail(t.Context(), p.Org, m.ID, p.Clock.Now()))
		p.drain()
		p.expect("asked for twice", map[model.MailState]int{model.MailSent: 1})
		if len(p.ids()) != 1 {
			t.Errorf("received %v", p.ids())
		}
	})
}

// Of one case, a person's letters come in the order in which they were told. What
// hinders one person, or one case, hinders no other.
func TestOrder(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		id := p.Submitted(model.StageManager)
		p.server.misbehave(func(command, to string) (string, bool) {
			return "451 4.3.0 later", command == "RCPT" && to == address("owner")
		})
		p.Do(id, p.Decide(id, p.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		p.drain() // the owner is not reached
		p.server.misbehave(nil)
		p.Do(id, p.Submit(id, storetest.Plan("s1", model.StageManager)))
		p.Do(id, p.Decide(id, p.Manager, model.StageManager, model.TaskEndorse, model.OutcomeEndorse))
		other := p.Submitted(model.StageManager)
		p.Do(other, p.Decide(other, p.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReject))
		p.drain()
		p.Clock.Advance(time.Minute)
		p.drain()
		var owners []string
		for _, l := range p.letters() {
			if subject, ok := strings.CutPrefix(l, "owner: "); ok {
				owners = append(owners, strings.TrimSuffix(subject, ": Chattbot för bygglov"))
			}
		}
		if want := []string{"Nytt beslut", "Återlämnat för komplettering", "Nytt beslut"}; !slices.Equal(owners, want) {
			t.Errorf("the owner receives %v, want %v", owners, want)
		}
		if states := p.states(); states[model.MailFailed]+states[model.MailWaiting] != 0 {
			t.Errorf("messages %v", states)
		}
	})
}

// mortal is a mailer that dies at a place: before a letter leaves or after the
// server has taken it.
type mortal struct {
	Mailer
	before, after bool
}

type mortalConnection struct {
	Connection
	mortal
}

func (m mortal) Open(ctx context.Context) (Connection, error) {
	c, err := m.Mailer.Open(ctx)
	return mortalConnection{c, m}, err
}

type death struct{}

func (c mortalConnection) Send(l Letter) error {
	if c.before {
		panic(death{})
	}
	err := c.Connection.Send(l)
	if c.after {
		panic(death{})
	}
	return err
}

// A process that is killed on the way leaves its lease behind. The next one goes
// on when that has expired, and sends again what may have been sent, under the
// same id.
func TestKilled(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		dies := func(what string, m mortal) {
			t.Helper()
			defer func() {
				if _, ok := recover().(death); !ok {
					t.Errorf("nobody died %s", what)
				}
			}()
			_ = p.drainer(m).Drain(t.Context())
		}
		id := p.Submitted(model.StageManager)
		// Killed between addressing and sending.
		if n, err := p.Store.AddressMessages(t.Context(), true, batch, p.Clock.Now()); n != 1 || err != nil {
			t.Fatalf("%d messages addressed: %v", n, err)
		}
		dies("before sending", mortal{p.smtp, true, false})
		p.drain() // the lease is the dead one's
		p.expect("before the lease expires", map[model.MailState]int{model.MailWaiting: 1})
		p.Clock.Advance(leaseFor)
		dies("after sending", mortal{p.smtp, false, true})
		p.Do(id, p.Decide(id, p.Manager, model.StageManager, model.TaskEndorse, model.OutcomeReturn))
		p.Clock.Advance(leaseFor)
		p.drain()
		p.expect("in the end", map[model.MailState]int{model.MailSent: 2})
		if ids := p.ids(); len(ids) != 3 || ids[0] != ids[1] || ids[1] == ids[2] {
			t.Errorf("received %v", ids)
		}
		p.drain()
		if n := len(p.ids()); n != 3 {
			t.Errorf("%d letters after everything is sent", n)
		}
	})
}

// Several processes drain the same outbox, and each letter leaves once.
func TestManyDrainers(t *testing.T) {
	onBoth(t, func(t *testing.T, p *post) {
		const cases = 12
		var drainers sync.WaitGroup
		ctx, stop := context.WithCancel(t.Context())
		for range 3 {
			d := p.drainer(p.smtp)
			drainers.Go(func() {
				for ctx.Err() == nil {
					if err := d.Drain(ctx); err != nil && ctx.Err() == nil {
						t.Error(err)
					}
				}
			})
		}
		for range cases {
			p.Submitted(model.StageManager)
		}
		for deadline := time.Now().Add(time.Minute); p.states()[model.MailSent] < cases; {
			if time.Now().After(deadline) {
				t.Fatalf("messages %v", p.states())
			}
			time.Sleep(20 * time.Millisecond)
		}
		stop()
		drainers.Wait()
		ids := p.ids()
		slices.Sort(ids)
		if len(ids) != cases || len(slices.Compact(ids)) != cases {
			t.Errorf("%d letters for %d messages", len(ids), cases)
		}
	})
}

// Run goes on by itself, and ends with what is under way.
func TestRun(t *testing.T) {
	t.Parallel()
	p := newPost(t, sqlite(t))
	ctx, stop := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { p.drainer(p.smtp).Run(ctx) })
	p.Submitted(model.StageManager)
	for deadline := time.Now().Add(time.Minute); p.states()[model.MailSent] == 0; {
		if time.Now().After(deadline) {
			t.Fatalf("messages %v", p.states())
		}
		time.Sleep(20 * time.Millisecond)
	}
	stop()
	running.Wait()
}

// Without a mail server, or without an address, a message is on its person's page
// only.
func TestWithoutMail(t *testing.T) {
	t.Parallel()
	p := newPost(t, sqlite(t))
	p.Submitted(model.StageManager)
	p.must(p.drainer(nil).Drain(t.Context()))
	p.expect("without a server", map[model.MailState]int{model.MailNone: 1})
	p.must(p.Store.SetContact(t.Context(), p.Org, p.Manager, "", lang.SV))
	p.Submitted(model.StageManager)
	p.drain()
	p.expect("without an address", map[model.MailState]int{model.MailNone: 2})

	// The address goes while a message waits.
	p.must(p.Store.SetContact(t.Context(), p.Org, p.Manager, address("manager"), lang.SV))
	p.Submitted(model.StageManager)
	_, err := p.Store.AddressMessages(t.Context(), true, batch, p.Clock.Now())
	p.must(err)
	p.expect("with an address", map[model.MailState]int{model.MailNone: 2, model.MailWaiting: 1})
	p.must(p.Store.SetContact(t.Context(), p.Org, p.Manager, "", lang.SV))
	p.drain()
	p.expect("without an address any more", map[model.MailState]int{model.MailNone: 3})
	if len(p.ids()) != 0 {
		t.Errorf("received %v", p.ids())
	}
}

// A title cannot write headers or lines.
func TestTitleStaysInItsLine(t *testing.T) {
	t.Parallel()
	for title, want := range map[string]string{
		"Ett\r\nBcc: x@y.example\r\n\r\nHej": "Ett Bcc: x@y.example Hej",
		" a\tb\u0000c\u2028d ":               "a b c d",
		"":                                   "",
	} {
		if got := oneLine(title); got != want {
			t.Errorf("%q becomes %q", title, got)
		}
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	var got []string
	var total time.Duration
	for n := 1; ; n++ {
		wait, again := Backoff(n)
		if !again {
			break
		}
		got, total = append(got, wait.String()), total+wait
	}
	want := "1m0s 2m0s 4m0s 8m0s 16m0s 32m0s 1h4m0s 2h8m0s 4h16m0s 6h0m0s"
	if !strings.HasPrefix(strings.Join(got, " "), want) || len(got) != 19 || total != 68*time.Hour+31*time.Minute {
		t.Errorf("%v, in all %v", got, total)
	}
}

func TestParseSMTP(t *testing.T) {
	t.Parallel()
	const from = "sluss@slussby.example"
	for raw, want := range map[string]SMTP{
		"smtp://mail.example":                       {host: "mail.example", port: 587, security: "starttls"},
		"smtp://u:p%40@mail.example:2525/":          {host: "mail.example", port: 2525, security: "starttls", user: "u", password: "p@"},
		"smtp://u@mail.example?tls=implicit":        {host: "mail.example", port: 465, security: "implicit", user: "u"},
		"smtp://127.0.0.1?tls=none":                 {host: "127.0.0.1", port: 25, security: "none"},
		"smtp://u:p@mail.example:465?tls=starttls":  {host: "mail.example", port: 465, security: "starttls", user: "u", password: "p"},
		"smtp://u:p@[2001:db8::1]:587?tls=starttls": {host: "2001:db8::1", port: 587, security: "starttls", user: "u", password: "p"},
	} {
		got, err := ParseSMTP(raw, "", from)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got.host != want.host || got.port != want.port || got.security != want.security || got.user != want.user || got.password != want.password ||
			got.timeout != mailTimeout || got.domain() != "slussby.example" {
			t.Errorf("%s is %+v", raw, got)
		}
	}
	if s, err := ParseSMTP("smtp://u:p@mail.example", "other", from); err != nil || s.password != "other" {
		t.Errorf("%+v, %v", s, err)
	}
	for _, raw := range []string{
		"", "mail.example", "https://mail.example", "smtp://", "smtp://mail.example/x", "smtp://mail.example?tls=maybe",
		"smtp://mail.example?tls=none&tls=starttls", "smtp://mail.example?verify=no", "smtp://mail.example:0", "smtp://mail.example:70000",
		"smtp://hemlig:hemlig@mail.example?tls=none", "smtp://hemlig:%zz@mail.example",
	} {
		if _, err := ParseSMTP(raw, "", from); err == nil || strings.Contains(err.Error(), "hemlig") {
			t.Errorf("%s: %v", raw, err)
		}
	}
	for _, from := range []string{"", "sluss", "a@b.example, c@d.example"} {
		if _, err := ParseSMTP("smtp://mail.example", "", from); err == nil {
			t.Errorf("sends from %q", from)
		}
	}
	for address, want := range map[string]bool{
		"a@b.example": true, "å@b.example": true, "": false, "a": false, "A <a@b.example>": false, "a@b.example\r\nBcc: c@d.example": false,
		"a@b.example, c@d.example": false, strings.Repeat("a", 250) + "@b.example": false,
	} {
		if CheckAddress(address) != want {
			t.Errorf("%q is an address: %v", address, !want)
		}
	}
}

// BenchmarkDrain reports how many messages a second are addressed and sent.
func BenchmarkDrain(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *store.Store{"sqlite": sqlite, "postgres": postgres} {
		b.Run(name, func(b *testing.B) {
			p := newPost(b, open(b))
			for b.Loop() {
				b.StopTimer()
				for range 200 {
					p.Submitted(model.StageManager)
				}
				b.StartTimer()
				p.drain()
			}
			b.ReportMetric(float64(200*b.N)/b.Elapsed().Seconds(), "messages/s")
		})
	}
}
