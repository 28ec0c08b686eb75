package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"sluss/api/act"
	"sluss/api/authn"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

const tokenAbout = `Access tokens for the API. A token's secret is shown once, when it is created.

Usage:
  sluss token create [flags] PERSON   a new token for a person, by user name or id
  sluss token service --unit CODE [flags] NAME
                                      a new token for a program, such as a gateway, that may ask the register
                                      whether a tool may be used and nothing else; its account is made, or gets
                                      the unit and the limit that are given
  sluss token list [flags]            the tokens, without their secrets
  sluss token revoke [flags] ID       from now on the token is refused`

func token(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var org, label, unit string
	var days, perMinute int
	action := ""
	if len(args) > 0 {
		action, args = args[0], args[1:]
	}
	if action == "-h" || action == "--help" {
		action, args = "list", []string{"-h"}
	}
	rest, err := s.parse("token "+action, tokenAbout, args, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&org, "org", "", "`id` of the organisation (default: the only one)")
		fs.StringVar(&label, "label", "", "what the token is for")
		fs.IntVar(&days, "days", 90, "how many days the token works, at most 366")
		fs.StringVar(&unit, "unit", "", "service: `code` of the unit that the program asks for when it names none")
		fs.IntVar(&perMinute, "per-minute", 0, "service: most `requests` in a minute, 0 for the usual number")
	})
	if err != nil {
		return err
	}
	if takes, known := tokenActions[action]; !known || len(rest) != takes {
		fmt.Fprintln(stderr, tokenAbout)
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
	switch action {
	case "create":
		return createToken(ctx, st, org, rest[0], label, days, stdout)
	case "service":
		return createServiceToken(ctx, st, org, rest[0], unit, perMinute, label, days, stdout)
	case "revoke":
		return revokeToken(ctx, st, org, rest[0], stdout)
	}
	return listTokens(ctx, st, org, stdout)
}

// tokenActions are how many arguments each action takes.
var tokenActions = map[string]int{"create": 1, "service": 1, "list": 0, "revoke": 1}

func onlyOrganisation(ctx context.Context, st *store.Store, org string) (string, error) {
	if org != "" {
		return org, nil
	}
	orgs, err := st.Organisations(ctx)
	switch {
	case err != nil:
		return "", err
	case len(orgs) == 0:
		return "", errors.New("there is no organisation yet: load one with `sluss directory FILE`")
	case len(orgs) > 1:
		return "", errors.New("there are several organisations: name one with --org")
	}
	return orgs[0].ID, nil
}

func createToken(ctx context.Context, st *store.Store, org, person, label string, days int, stdout io.Writer) error {
	p, err := st.Person(ctx, org, person)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("the organisation has no such person: give a user name or an id")
	}
	if err != nil {
		return err
	}
	return issueToken(ctx, st, org, p.ID, label, days, stdout)
}

// mostPerMinute bounds the limit of a service account.
const mostPerMinute = 1_000_000

func createServiceToken(ctx context.Context, st *store.Store, org, name, unit string, perMinute int, label string, days int, stdout io.Writer) error {
	if perMinute < 0 || perMinute > mostPerMinute {
		return fmt.Errorf("--per-minute is a number from 0 to %d", mostPerMinute)
	}
	if !act.ServiceName.MatchString(name) {
		return errors.New("a service account is named by at most 64 of a–z, digits, full stop, hyphen and underscore")
	}
	if err := checkDays(days); err != nil {
		return err
	}
	u, err := st.Unit(ctx, org, unit)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("--unit is the code of a unit of the organisation")
	}
	if err != nil {
		return err
	}
	id, err := st.PutService(ctx, org, name, u.ID, store.Service{PerMinute: perMinute}, clock.System.Now())
	if store.IsConflict(err) {
		return errors.New("a person has that name: give the service account another")
	}
	if err != nil {
		return err
	}
	return issueToken(ctx, st, org, id, label, days, stdout)
}

func checkDays(days int) error {
	if days < 1 || days > 366 {
		return errors.New("--days is a number from 1 to 366")
	}
	return nil
}

func issueToken(ctx context.Context, st *store.Store, org, id, label string, days int, stdout io.Writer) error {
	if err := checkDays(days); err != nil {
		return err
	}
	secret, hash := authn.NewSecret()
	now := clock.System.Now()
	t := store.Token{
		OrgID: org, ID: model.NewID(), PersonID: id, Label: label, Purpose: store.PurposeAPI, Hash: hash,
		CreatedAt: now, ExpiresAt: now.AddDate(0, 0, days),
	}
	if err := st.AddToken(ctx, t); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n", secret)
	return nil
}

func listTokens(ctx context.Context, st *store.Store, org string, stdout io.Writer) error {
	tokens, err := st.Tokens(ctx, org)
	if err != nil {
		return err
	}
	people, err := st.People(ctx, org)
	if err != nil {
		return err
	}
	services, err := st.Services(ctx, org)
	if err != nil {
		return err
	}
	users := map[string]string{}
	for _, p := range append(people, services...) {
		users[p.ID] = p.Handle
	}
	w := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tUSER\tPURPOSE\tLABEL\tEXPIRES\tREVOKED")
	for _, t := range tokens {
		revoked := ""
		if !t.RevokedAt.IsZero() {
			revoked = t.RevokedAt.Format(time.DateOnly)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", t.ID, users[t.PersonID], t.Purpose, t.Label, t.ExpiresAt.Format(time.DateOnly), revoked)
	}
	return w.Flush()
}

func revokeToken(ctx context.Context, st *store.Store, org, id string, stdout io.Writer) error {
	err := st.RevokeToken(ctx, org, id, clock.System.Now())
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("there is no such token, or it is revoked already")
	}
	if err == nil {
		fmt.Fprintln(stdout, "revoked")
	}
	return err
}
