//go:build !slim

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailbox is a mail server without any protection, which takes every letter.
type mailbox struct {
	net.Listener
	mu      sync.Mutex
	letters []string
}

func openMailbox(t *testing.T) *mailbox {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	m := &mailbox{Listener: l}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go m.serve(conn)
		}
	}()
	return m
}

func (m *mailbox) serve(conn net.Conn) {
	defer conn.Close()
	fmt.Fprint(conn, "220 test\r\n")
	var letter strings.Builder
	inLetter := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		line := lines.Text()
		switch {
		case inLetter && line == ".":
			m.mu.Lock()
			m.letters = append(m.letters, letter.String())
			m.mu.Unlock()
			inLetter = false
		case inLetter:
			letter.WriteString(line + "\n")
			continue
		case strings.HasPrefix(line, "DATA"):
			inLetter = true
			letter.Reset()
			fmt.Fprint(conn, "354 go on\r\n")
			continue
		}
		fmt.Fprint(conn, "250 yes\r\n")
	}
}

func (m *mailbox) all() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.letters, "\n\n")
}

// TestMessages follows a task to its person: on the page, by e-mail, and marked
// as read.
func TestMessages(t *testing.T) {
	t.Parallel()
	mail := openMailbox(t)
	w := &world{t: t, dir: t.TempDir(), tokens: map[string]string{}}
	w.start(launch{demo: true, more: []string{
		"--smtp-url", "smtp://" + mail.Addr().String() + "?tls=none", "--mail-from", "sluss@slussby.example",
		"--base-url", "https://sluss.slussby.example/", "--log-level", "debug",
	}})
	as := func(user string, args ...string) string {
		t.Helper()
		out, _, err := sluss(t, append(args, "--as", user, "--server", w.base, "--data-dir", w.dir)...)
		if err != nil {
			t.Fatalf("%v as %s: %v", args, user, err)
		}
		return out
	}
	opened := as("project_owner", "case", "open", "--file", "testdata/quickstart.yaml")
	id := someID.FindString(opened)
	as("project_owner", "case", "submit", id)
	eventually(t, 20*time.Second, func(context.Context) error {
		if letters := mail.all(); !strings.Contains(letters, "To: <manager@example.invalid>") || !strings.Contains(letters, "To: <ciso@example.invalid>") {
			return errors.New("the mailbox has " + letters)
		}
		return nil
	})
	if letters := mail.all(); !strings.Contains(letters, "https://sluss.slussby.example/tasks/") || !strings.Contains(letters, "From: <sluss@slussby.example>") {
		t.Errorf("letters %s", letters)
	}
	list := as("manager", "message", "list")
	if !strings.HasPrefix(list, "* ") || !strings.Contains(list, "Ny uppgift") || !strings.Contains(list, "Stavningshjälp för webbredaktionen") {
		t.Errorf("the manager is told %q", list)
	}
	message := someID.FindString(list)
	if out := as("manager", "message", "read", message); !strings.HasPrefix(out, "  "+message) {
		t.Errorf("read %q", out)
	}
	as("manager", "message", "read", message)
	if out := as("manager", "message", "list", "--unread", "--lang", "en"); out != "No messages.\n" {
		t.Errorf("unread %q", out)
	}
	if out := as("manager", "message", "list", "--lang", "en"); !strings.HasPrefix(out, "  "+message) || !strings.Contains(out, "New task") {
		t.Errorf("read %q", out)
	}
	reported := as("user", "incident", "report", "--category", "data_leak", "--severity", "high", "--personal-data", "yes",
		"--description", "Svaret visade en hemlighet.")
	incident := someID.FindString(reported)
	eventually(t, 20*time.Second, func(context.Context) error {
		if letters := mail.all(); !strings.Contains(letters, "https://sluss.slussby.example/incidents/"+incident[:18]) { // lines are broken
			return errors.New("the mailbox has " + letters)
		}
		return nil
	})
	for _, user := range []string{"ciso", "dpo", "information_owner"} {
		if out := as(user, "message", "list"); !strings.Contains(out, "En incident har rapporterats") || !strings.Contains(out, "incident "+incident) {
			t.Errorf("the %s is told %q", user, out)
		}
	}
	if letters := mail.all(); strings.Contains(letters, "hemlighet") {
		t.Errorf("a letter says what happened: %s", letters)
	}
	for _, secret := range []string{"example.invalid", "Stavningshjälp", "hemlighet"} {
		if strings.Contains(w.server.output.log(), secret) {
			t.Errorf("the log has %s", secret)
		}
	}
}

// The password for the mail server may stand in a file, and is never shown.
func TestMailSettings(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("hemligt\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var s settings
	args := []string{"--smtp-url", "smtp://sluss@mail.example", "--mail-from", "sluss@slussby.example", "--smtp-password-file", file}
	if _, err := s.parse("serve", "", args, io.Discard); err != nil {
		t.Fatal(err)
	}
	if m, err := s.mailer(); err != nil || m == nil {
		t.Errorf("mailer %v, %v", m, err)
	}
	s.smtpSecret += "-away"
	if _, err := s.mailer(); err == nil {
		t.Error("a password was read from nowhere")
	}
	out, _, err := sluss(t, "config", "--smtp-url", "smtp://sluss:hemligt@mail.example?tls=implicit", "--mail-from", "sluss@slussby.example")
	if err != nil || strings.Contains(out, "hemligt") || !strings.Contains(out, "SLUSS_SMTP_URL=smtp://sluss:hidden@mail.example") {
		t.Errorf("config %v\n%s", err, out)
	}
	for _, wrong := range [][]string{
		{"--smtp-url", "smtp://mail.example"},
		{"--smtp-url", "smtp://sluss:hemligt@mail.example?tls=none", "--mail-from", "sluss@slussby.example"},
		{"--base-url", "sluss.example"},
		{"--base-url", "https://u:hemligt@sluss.example"},
	} {
		if _, _, err := sluss(t, append([]string{"config"}, wrong...)...); err == nil || strings.Contains(err.Error(), "hemligt") || !strings.Contains(err.Error(), wrong[0]) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// Whoever is in the directory already gets the address and the language that the
// file gives.
func TestDirectoryGivesAddresses(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "people.yaml")
	load := func(contact string) error {
		text := "organisation: {id: o, name: O, profile: strictest}\nunits:\n  - {code: u, name: {sv: U, en: U}, controller_type: public_authority}\n" +
			"people:\n  - {user: maja, name: Maja, unit: u, roles: [user]" + contact + "}\n"
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, err := sluss(t, "directory", file, "--data-dir", dir)
		return err
	}
	for _, test := range []struct{ contact, email, language string }{
		{"", "", "sv"},
		{", email: maja@o.example, language: en", "maja@o.example", "en"},
		{"", "maja@o.example", "en"},
		{", email: m@o.example", "m@o.example", "en"},
	} {
		if err := load(test.contact); err != nil {
			t.Fatal(err)
		}
		st, err := openRecord(t.Context(), settings{dataDir: dir})
		if err != nil {
			t.Fatal(err)
		}
		p, err := st.Person(t.Context(), "o", "maja")
		if err != nil || p.Email != test.email || string(p.Language) != test.language {
			t.Errorf("after %q: %+v, %v", test.contact, p, err)
		}
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for _, contact := range []string{", email: maja", ", email: 'Maja <m@o.example>'", ", language: de"} {
		if err := load(contact); err == nil || strings.Contains(err.Error(), "m@o") {
			t.Errorf("%s: %v", contact, err)
		}
	}
}
