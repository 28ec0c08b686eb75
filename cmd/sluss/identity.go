package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"sluss/api/authn/idp"
	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

const identityAbout = `Who may sign in, and by which identity at a provider such as Entra ID or Keycloak.

Usage:
  sluss identity link --issuer URL --subject ID [flags] PERSON
                                   from now on that account at the provider is this person
  sluss identity unlink --issuer URL --subject ID [flags]
                                   the account is nobody's; the person is signed out everywhere
  sluss identity list [flags]      whose which account is
  sluss identity block [flags] PERSON
                                   the person is refused at once, with any token, link or session
  sluss identity unblock [flags] PERSON
                                   the person is let in again
  sluss identity check FILE        whether a file for --identity-providers can be used

A person is named by user name or id. An account is named by what the provider calls itself (iss) and
the account (sub, at Entra ID oid), exactly as in its tokens; an e-mail address names nobody.`

// identityFlags are what the actions of `sluss identity` are told.
type identityFlags struct{ org, issuer, subject string }

func identityCommand(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	var s settings
	var f identityFlags
	action, args := actionOf(args)
	rest, err := s.parse("identity "+action, identityAbout, args, stderr, func(fs *flag.FlagSet) {
		fs.StringVar(&f.org, "org", "", "`id` of the organisation (default: the only one)")
		fs.StringVar(&f.issuer, "issuer", "", "link, unlink: what the provider calls itself, a `URL`")
		fs.StringVar(&f.subject, "subject", "", "link, unlink: what the provider calls the account")
	})
	if err != nil {
		return err
	}
	act, known := identityActions[action]
	switch {
	case action == "check" && len(rest) == 1:
		return checkProviders(rest[0], stdout)
	case !known || len(rest) != act.people || act.named && (f.issuer == "" || f.subject == ""):
		fmt.Fprintln(stderr, identityAbout)
		return errUsage
	}
	st, err := openRecord(ctx, s)
	if err != nil {
		return err
	}
	defer st.Close()
	if f.org, err = onlyOrganisation(ctx, st, f.org); err != nil {
		return err
	}
	return act.run(ctx, st, f, append(rest, "")[0], stdout)
}

// identityActions are the actions on the record, by name: for how many people each is,
// and whether it is about an account that is named.
var identityActions = map[string]struct {
	people int
	named  bool
	run    func(ctx context.Context, st *store.Store, f identityFlags, person string, stdout io.Writer) error
}{
	"link":    {1, true, linkIdentity},
	"unlink":  {0, true, unlinkIdentity},
	"list":    {0, false, listIdentities},
	"block":   {1, false, blockPerson},
	"unblock": {1, false, unblockPerson},
}

var errNoPerson = errors.New("the organisation has no such person: give a user name or an id")

func linkIdentity(ctx context.Context, st *store.Store, f identityFlags, person string, stdout io.Writer) error {
	if f.issuer == store.LocalIssuer {
		return errors.New("--issuer is the address of a provider")
	}
	p, err := st.Person(ctx, f.org, person)
	if errors.Is(err, store.ErrNotFound) {
		return errNoPerson
	}
	if err != nil {
		return err
	}
	err = st.LinkIdentity(ctx, store.Identity{
		OrgID: f.org, Issuer: f.issuer, Subject: f.subject, PersonID: p.ID, CreatedAt: clock.System.Now(),
	})
	if store.IsConflict(err) {
		return errors.New("the account is linked already: unlink it first")
	}
	if err == nil {
		fmt.Fprintln(stdout, "linked")
	}
	return err
}

func unlinkIdentity(ctx context.Context, st *store.Store, f identityFlags, _ string, stdout io.Writer) error {
	err := st.UnlinkIdentity(ctx, f.org, f.issuer, f.subject)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("there is no such account")
	}
	if err == nil {
		fmt.Fprintln(stdout, "unlinked")
	}
	return err
}

func listIdentities(ctx context.Context, st *store.Store, f identityFlags, _ string, stdout io.Writer) error {
	identities, err := st.Identities(ctx, f.org)
	if err != nil {
		return err
	}
	people, err := st.People(ctx, f.org)
	if err != nil {
		return err
	}
	users := map[string]string{}
	for _, p := range people {
		users[p.ID] = p.Handle
	}
	w := tabwriter.NewWriter(stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, "USER\tPERSON\tISSUER\tSUBJECT")
	for _, i := range identities {
		user, in := users[i.PersonID]
		if !in {
			user = "(blocked)"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", user, i.PersonID, i.Issuer, i.Subject)
	}
	return w.Flush()
}

func blockPerson(ctx context.Context, st *store.Store, f identityFlags, person string, stdout io.Writer) error {
	p, err := st.Person(ctx, f.org, person)
	if err == nil {
		err = st.BlockPerson(ctx, f.org, p.ID, clock.System.Now())
	}
	if errors.Is(err, store.ErrNotFound) {
		return errNoPerson
	}
	if err == nil {
		fmt.Fprintln(stdout, "blocked")
	}
	return err
}

func unblockPerson(ctx context.Context, st *store.Store, f identityFlags, person string, stdout io.Writer) error {
	err := st.UnblockPerson(ctx, f.org, person)
	if errors.Is(err, store.ErrNotFound) {
		return errors.New("nobody of that name is blocked: give a user name or an id")
	}
	if err == nil {
		fmt.Fprintln(stdout, "unblocked")
	}
	return err
}

// readProviders reads the file of --identity-providers.
func readProviders(path string) (idp.Config, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return idp.Config{}, fmt.Errorf("read --identity-providers: %w", err)
	}
	c, err := idp.ParseConfig(text)
	if err != nil {
		return c, fmt.Errorf("--identity-providers: %w", err)
	}
	return c, nil
}

func checkProviders(path string, stdout io.Writer) error {
	c, err := readProviders(path)
	for _, p := range c.Providers {
		if err != nil {
			break
		}
		var granted []model.Role
		if p.Roles != nil {
			granted = p.Roles.Default
		}
		fmt.Fprintf(stdout, "%s: %s, organisation %s, everybody is %v\n", p.Name, p.Issuer, p.Organisation, granted)
	}
	return err
}
