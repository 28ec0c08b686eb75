package notify

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"
)

// received is a letter that the server has taken, or was about to.
type received struct {
	to     string
	header mail.Header
	text   string
}

// server is a mail server that can be told to misbehave.
type server struct {
	net.Listener
	roots *x509.CertPool
	tls   *tls.Config

	mu      sync.Mutex
	letters []received
	// plain does without STARTTLS.
	plain bool
	// says is what the server answers to the named commands in place of yes; an
	// answer is "" for closing the connection, and "..." for none at all.
	says func(command, argument string) (answer string, given bool)
}

func startServer(t testing.TB) *server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &server{Listener: l}
	s.tls, s.roots = certificate(t)
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go s.serve(conn)
		}
	}()
	return s
}

func certificate(t testing.TB) (*tls.Config, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}, roots
}

// taken lists the letters so far.
func (s *server) taken() []received {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]received(nil), s.letters...)
}

// misbehave sets what the server says from now on.
func (s *server) misbehave(says func(command, argument string) (string, bool)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.says = says
}

// answer says whether the server goes on with a command.
func (s *server) answer(conn net.Conn, command, argument, yes string) bool {
	s.mu.Lock()
	says := s.says
	s.mu.Unlock()
	answer := yes
	if says != nil {
		if given, ok := says(command, argument); ok {
			answer = given
		}
	}
	switch answer {
	case "":
		conn.Close()
		return false
	case "...":
		_, _ = io.Copy(io.Discard, conn)
		return false
	}
	_, err := io.WriteString(conn, answer+"\r\n")
	return err == nil && answer[0] != '4' && answer[0] != '5'
}

func (s *server) serve(conn net.Conn) {
	defer func() { conn.Close() }()
	r := bufio.NewReader(conn)
	if !s.answer(conn, "GREET", "", "220 test ESMTP") {
		return
	}
	var to string
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		command, argument, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch command = strings.ToUpper(command); command {
		case "EHLO":
			extensions := "250-test\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250-STARTTLS\r\n250 ENHANCEDSTATUSCODES"
			if s.plain {
				extensions = "250 test"
			}
			s.answer(conn, command, argument, extensions)
		case "STARTTLS":
			if !s.answer(conn, command, argument, "220 go ahead") {
				return
			}
			secure := tls.Server(conn, s.tls)
			conn, r = secure, bufio.NewReader(secure)
		case "AUTH":
			s.answer(conn, command, argument, "235 you are who you are")
		case "RCPT":
			to = strings.TrimSuffix(strings.TrimPrefix(argument, "TO:<"), ">")
			s.answer(conn, command, to, "250 yes")
		case "DATA":
			if s.answer(conn, command, argument, "354 go on") && !s.take(conn, r, to) {
				return
			}
		case "QUIT":
			s.answer(conn, command, argument, "221 bye")
			return
		default:
			if !s.answer(conn, command, argument, "250 yes") && command != "MAIL" {
				return
			}
		}
	}
}

// take reads a letter. It counts as received whatever the server then says.
func (s *server) take(conn net.Conn, r *bufio.Reader, to string) bool {
	text, err := io.ReadAll(textproto.NewReader(r).DotReader())
	if err != nil {
		return false
	}
	m, err := mail.ReadMessage(strings.NewReader(string(text)))
	if err != nil {
		return false
	}
	body, _ := io.ReadAll(m.Body)
	s.mu.Lock()
	s.letters = append(s.letters, received{to, m.Header, string(body)})
	s.mu.Unlock()
	return s.answer(conn, "TAKEN", to, "250 taken") || s.says == nil
}
