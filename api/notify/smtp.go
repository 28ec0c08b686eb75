package notify

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	netmail "net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/wneessen/go-mail"
)

// Mailer connects to a mail server.
type Mailer interface {
	Open(ctx context.Context) (Connection, error)
}

// Connection takes letters, one after the other.
type Connection interface {
	// Send returns nil when the mail server has taken the letter.
	Send(Letter) error
	// Broken reports whether nothing more can be sent.
	Broken() bool
	Close()
}

// mailTimeout bounds connecting to the mail server, and sending one letter.
const mailTimeout = 10 * time.Second

// SMTP is a mail server. Make it with ParseSMTP.
type SMTP struct {
	host           string
	port           int
	user, password string
	security       string
	from           *netmail.Address
	timeout        time.Duration
	// roots are the authorities that certificates are checked against, nil for
	// the system's.
	roots *x509.CertPool
}

// How the connection to the mail server is protected.
const (
	securityStartTLS = "starttls"
	securityImplicit = "implicit"
	securityNone     = "none"
)

var usualPorts = map[string]int{securityStartTLS: 587, securityImplicit: 465, securityNone: 25}

// ParseSMTP reads the address of a mail server, such as
// smtp://user:password@host:587?tls=starttls, and the address to send from.
// tls is starttls, implicit or none; without it the connection is made safe with
// STARTTLS or nothing is sent. password, where it is not empty, takes the place of
// the one in the address. Errors do not repeat what they are about.
func ParseSMTP(raw, password, from string) (*SMTP, error) {
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "smtp" || u.Hostname() == "" || strings.Trim(u.Path, "/") != "" {
		return nil, errors.New("the mail server's address must be smtp://user:password@host:port?tls=starttls")
	}
	s := &SMTP{host: u.Hostname(), user: u.User.Username(), security: securityStartTLS, timeout: mailTimeout}
	s.password, _ = u.User.Password()
	if password != "" {
		s.password = password
	}
	for name, values := range u.Query() {
		if name != "tls" || len(values) != 1 || usualPorts[values[0]] == 0 {
			return nil, errors.New("after the mail server's address only tls=starttls, tls=implicit or tls=none may stand")
		}
		s.security = values[0]
	}
	s.port = usualPorts[s.security]
	if u.Port() != "" {
		if s.port, err = strconv.Atoi(u.Port()); err != nil || s.port < 1 || s.port > 65535 {
			return nil, errors.New("the mail server's port is none")
		}
	}
	if s.user != "" && s.security == securityNone {
		return nil, errors.New("a password is not sent to a mail server without tls")
	}
	if s.from, err = netmail.ParseAddress(from); err != nil {
		return nil, errors.New("the address that e-mail is sent from is none")
	}
	return s, nil
}

// CheckAddress reports whether e-mail can be sent to an address: an address on
// its own, without a name.
func CheckAddress(address string) bool {
	a, err := netmail.ParseAddress(address)
	return err == nil && a.Address == address && len(address) <= 254
}

// domain is that of the address which e-mail is sent from.
func (s *SMTP) domain() string { return s.from.Address[strings.LastIndexByte(s.from.Address, '@')+1:] }

// Open connects and signs in.
func (s *SMTP) Open(ctx context.Context) (Connection, error) {
	options := []mail.Option{
		mail.WithPort(s.port), mail.WithTimeout(s.timeout), mail.WithoutNoop(),
		mail.WithTLSConfig(&tls.Config{ServerName: s.host, MinVersion: tls.VersionTLS12, RootCAs: s.roots}),
	}
	switch s.security {
	case securityImplicit:
		options = append(options, mail.WithSSL())
	case securityNone:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if s.user != "" {
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(s.user), mail.WithPassword(s.password))
	}
	client, err := mail.NewClient(s.host, options...)
	if err != nil {
		return nil, err
	}
	if err := client.DialWithContext(ctx); err != nil {
		return nil, err
	}
	return &smtpConnection{smtp: s, client: client}, nil
}

type smtpConnection struct {
	smtp   *SMTP
	client *mail.Client
	broken bool
}

func (c *smtpConnection) Broken() bool { return c.broken }

func (c *smtpConnection) Close() { _ = c.client.Close() } // what was taken is taken

func (c *smtpConnection) Send(l Letter) error {
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	msg.FromMailAddress(c.smtp.from)
	if err := msg.To(l.To); err != nil {
		return errAddress
	}
	msg.Subject(l.Subject)
	msg.SetMessageIDWithValue(l.ID + "@" + c.smtp.domain())
	msg.SetDateWithValue(l.Date)
	msg.SetGenHeader(mail.HeaderContentLang, string(l.Lang))
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834: no out-of-office replies
	msg.SetBodyString(mail.TypeTextPlain, l.Text)
	err := c.client.Send(msg)
	if err == nil {
		return nil
	}
	code := smtpCode(err)
	c.broken = code == 0 || code == 421 // service not available, closing (RFC 5321, 4.2.3)
	if msg.IsDelivered() {
		return nil // taken, and then the connection was lost
	}
	return err
}

// errAddress says that a person's address is none.
var errAddress = errors.New("no address")

// smtpCode returns the mail server's answer, or 0 when it gave none.
func smtpCode(err error) int {
	var sent *mail.SendError
	var said *textproto.Error
	switch {
	case errors.As(err, &sent) && sent.ErrorCode() != 0:
		return sent.ErrorCode()
	case errors.As(err, &said):
		return said.Code
	}
	return 0
}

// classOf says in a code why a letter was not sent. What the mail server said is
// left out, because it may repeat the address.
func classOf(err error) string {
	var certificate *tls.CertificateVerificationError
	switch code := smtpCode(err); {
	case errors.Is(err, errAddress):
		return "address"
	case errors.As(err, &certificate):
		return "certificate"
	case code != 0:
		return fmt.Sprintf("smtp_%d", code)
	}
	return "connection"
}
