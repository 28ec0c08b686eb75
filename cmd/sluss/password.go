package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	xterm "golang.org/x/term"

	"sluss/api/authn"
	"sluss/model/clock"
	"sluss/model/store"
)

const passwordAbout = `Passwords of local accounts, for people who sign in to the pages without another system.

Usage:
  sluss password set [flags] PERSON      ask for a new password, or read it from standard input
  sluss password remove [flags] PERSON   from now on the person cannot sign in by password

A person is named by user name or id. Both sign the person out everywhere.`

func passwordCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var org string
	action, args := actionOf(args)
	rest, err := s.parse("password "+action, passwordAbout, args, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&org, "org", "", "`id` of the organisation (default: the only one)")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 || action != "set" && action != "remove" {
		fmt.Fprintln(stderr, passwordAbout)
		return errUsage
	}
	st, err := openRecord(ctx, s)
	if err != nil {
		return err
	}
	defer st.Close()
	if org, err = onlyOrganisation(ctx, st, org); err != nil {
		return err
	}
	p, err := st.Person(ctx, org, rest[0])
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("the organisation has no such person: give a user name or an id")
	}
	if err != nil {
		return err
	}
	hash := ""
	if action == "set" {
		if hash, err = newPassword(os.Stdin, stderr); err != nil {
			return err
		}
	}
	if err := st.SetPassword(ctx, org, p.ID, hash, clock.System.Now()); err != nil {
		return err
	}
	fmt.Fprintln(stdout, map[string]string{"set": "the password is set", "remove": "the password is removed"}[action])
	return nil
}

// newPassword reads a password, without showing it where somebody types it, and
// returns its hash.
func newPassword(in *os.File, stderr io.Writer) (string, error) {
	var text string
	var err error
	if xterm.IsTerminal(int(in.Fd())) {
		fmt.Fprintf(stderr, "New password (%d to %d characters): ", authn.MinPassword, authn.MaxPassword)
		var typed []byte
		typed, err = xterm.ReadPassword(int(in.Fd()))
		fmt.Fprintln(stderr)
		text = string(typed)
	} else {
		text, err = bufio.NewReader(io.LimitReader(in, 4096)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	return authn.HashPassword(strings.TrimRight(text, "\r\n"))
}
