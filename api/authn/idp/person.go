package idp

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"unicode"

	"github.com/go-jose/go-jose/v4"

	"sluss/api/authn"
	"sluss/api/notify"
	"sluss/model"
	"sluss/model/access"
	"sluss/model/clock"
	"sluss/model/store"
)

// Options are what providers need at run time.
type Options struct {
	Store *store.Store
	Clock clock.Clock
	Log   *slog.Logger
}

// Providers are the providers of identities at run time. They implement
// authn.Providers.
type Providers struct {
	Options
	list   []*provider
	stepUp *access.StepUp
}

// New makes providers ready. None is asked for anything yet.
func New(c Config, o Options) *Providers {
	ps := &Providers{Options: o, stepUp: c.StepUp}
	for _, pc := range c.Providers {
		p := &provider{ProviderConfig: pc, client: newClient(pc), log: o.Log}
		p.keys = &keys{fetch: p.fetchKeys, clock: o.Clock}
		ps.list = append(ps.list, p)
	}
	return ps
}

// Person returns the person of an access token, and how they proved to the provider
// who they are. An authn.Refused says why the token is not accepted; a model.Refusal
// says unavailable when the provider has to be asked first and does not answer, and
// segregation_of_duties when its roles are not one person's (SOD-02).
func (ps *Providers) Person(ctx context.Context, raw string) (store.Person, authn.Proof, error) {
	token, c, err := parse(raw)
	if err != nil {
		return store.Person{}, authn.Proof{}, err
	}
	i := slices.IndexFunc(ps.list, func(p *provider) bool { return p.API != nil && p.Issuer == c.issuer })
	if i < 0 {
		return store.Person{}, authn.Proof{}, refuse(reasonIssuer)
	}
	p := ps.list[i]
	if err := ps.checked(ctx, p, token, c); err != nil {
		return store.Person{}, authn.Proof{}, err
	}
	return ps.person(ctx, p, c)
}

func (ps *Providers) checked(ctx context.Context, p *provider, token *jose.JSONWebSignature, c *claims) error {
	err := p.check(ctx, token, c, p.API.Audiences, ps.Clock.Now())
	if err == nil {
		err = p.checkAccess(token, c)
	}
	return away(err)
}

// away says to clients what they can do about a provider that does not answer.
func away(err error) error {
	if errors.Is(err, errAway) {
		return model.Refuse(model.CodeUnavailable)
	}
	return err
}

// person finds the person whom the claims of a good token are about, or adds them
// where the provider may, and takes over what it says of them.
func (ps *Providers) person(ctx context.Context, p *provider, c *claims) (store.Person, authn.Proof, error) {
	proof := authn.Proof{Method: authn.MethodOIDC + ":" + p.Name, ACR: c.acr, AMR: c.amr, At: c.signedIn}
	subject, _ := c.all[p.People.Subject].(string)
	if subject == "" || len(subject) > 255 || strings.ContainsFunc(subject, unicode.IsControl) {
		return store.Person{}, proof, refuse(reasonClaims)
	}
	says, err := ps.says(ctx, p, c)
	if err != nil {
		return store.Person{}, proof, err
	}
	known, err := ps.Store.Identity(ctx, p.Organisation, p.Issuer, subject)
	if errors.Is(err, store.ErrNotFound) && p.People.Create {
		known, err = ps.create(ctx, p, c, subject, says)
	}
	if err == nil {
		person, err := ps.take(ctx, known, says)
		return person, proof, err
	}
	if errors.Is(err, store.ErrNotFound) {
		err = refuse(reasonPerson)
	}
	return store.Person{}, proof, err
}

// says is what the claims come to in the record.
func (ps *Providers) says(ctx context.Context, p *provider, c *claims) (store.Claims, error) {
	says := store.Claims{IssuedAt: c.issued, KeepRoles: p.Roles == nil}
	if p.Roles != nil {
		roles, complete := p.Roles.of(c)
		if !complete {
			return says, refuse(reasonLeftOut)
		}
		if rule := access.Apart(roles); rule != "" {
			ps.Log.LogAttrs(ctx, slog.LevelWarn, "the roles of a token are not one person's",
				slog.String("provider", p.Name), slog.String("rule", rule))
			return says, model.Refuse(model.CodeSegregation, rule)
		}
		says.Roles = roles
	}
	code := p.Units.of(c)
	if code == "" {
		return says, nil
	}
	unit, err := ps.Store.Unit(ctx, p.Organisation, code)
	if errors.Is(err, store.ErrNotFound) {
		ps.Log.LogAttrs(ctx, slog.LevelWarn, "there is no such unit as a provider's claims come to",
			slog.String("provider", p.Name), slog.String("unit", code))
		return says, nil
	}
	says.UnitID = unit.ID
	return says, err
}

// take returns the person behind an identity, with the roles and the unit that a token
// gives them, unless a newer one said otherwise.
func (ps *Providers) take(ctx context.Context, i store.Identity, says store.Claims) (store.Person, error) {
	p, err := ps.find(ctx, i)
	if err != nil || says.KeepRoles && says.UnitID == "" || says.IssuedAt.Before(i.ClaimsAt) {
		return p, err
	}
	same := (says.KeepRoles || slices.Equal(p.Roles, says.Roles)) && (says.UnitID == "" || says.UnitID == p.UnitID)
	if same && says.IssuedAt.Equal(i.ClaimsAt) {
		return p, nil
	}
	taken, err := ps.Store.TakeClaims(ctx, i, says)
	if err != nil || same {
		return p, err
	}
	if taken {
		ps.Log.LogAttrs(ctx, slog.LevelInfo, "roles and unit taken over",
			slog.String("person_id", p.ID), slog.Any("roles", says.Roles), slog.String("unit_id", says.UnitID))
	}
	return ps.find(ctx, i)
}

// find returns the person behind an identity, unless they are blocked.
func (ps *Providers) find(ctx context.Context, i store.Identity) (store.Person, error) {
	p, err := ps.Store.PersonByIdentity(ctx, i.OrgID, i.Issuer, i.Subject)
	if errors.Is(err, store.ErrNotFound) {
		err = refuse(reasonPerson)
	}
	if err == nil {
		p.Deputy, err = ps.Store.Deputyships(ctx, p, ps.Clock.Now())
	}
	return p, err
}

// create adds the person of a token who has not been seen before, and returns their
// identity. Somebody else's user name is never taken for theirs: they get another.
func (ps *Providers) create(ctx context.Context, p *provider, c *claims, subject string, says store.Claims) (store.Identity, error) {
	i := store.Identity{OrgID: p.Organisation, Issuer: p.Issuer, Subject: subject, ClaimsAt: says.IssuedAt}
	n := store.Person{OrgID: p.Organisation, ID: model.NewID(), UnitID: says.UnitID, Roles: says.Roles, Email: c.email(p.People.Email)}
	if n.UnitID == "" {
		unit, err := ps.Store.Unit(ctx, p.Organisation, p.Units.Default)
		if err != nil {
			return i, fmt.Errorf("the unit of new people: %w", err)
		}
		n.UnitID = unit.ID
	}
	n.Handle = cmp.Or(handleOf(c.text(p.People.User)), shortOf(n.ID))
	n.Name = cmp.Or(nameOf(c.text(p.People.Name)), n.Handle)
	err := ps.Store.AddPersonOf(ctx, n, i, ps.Clock.Now())
	var conflict *store.ConflictError
	if errors.As(err, &conflict) && conflict.On == "people" {
		n.Handle += "-" + shortOf(n.ID)
		err = ps.Store.AddPersonOf(ctx, n, i, ps.Clock.Now())
	}
	switch {
	case store.IsConflict(err): // another request was faster
	case err != nil:
		return i, err
	default:
		ps.Log.LogAttrs(ctx, slog.LevelInfo, "person added at first sight",
			slog.String("person_id", n.ID), slog.String("provider", p.Name), slog.Any("roles", n.Roles))
	}
	return ps.Store.Identity(ctx, i.OrgID, i.Issuer, i.Subject)
}

// shortOf is the last part of an id, which is random.
func shortOf(id string) string { return id[len(id)-8:] }

// maxHandle and maxName bound what is taken of a claim, in characters.
const (
	maxHandle = 64
	maxName   = 200
)

// handleOf makes a user name of a claim, "" of one that cannot be: it never looks like
// an id, for people are named by either.
func handleOf(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	good := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("åäöéü._@+-", r)
	}
	if s == "" || len(s) > maxHandle || model.ValidID(s) || strings.ContainsFunc(s, func(r rune) bool { return !good(r) }) {
		return ""
	}
	return s
}

// nameOf makes a name of a claim: one line, without what cannot be seen.
func nameOf(s string) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, s)), " ")
	if runes := []rune(s); len(runes) > maxName {
		return string(runes[:maxName])
	}
	return s
}

// text is a claim that is a text, "" where there is none or no claim is named.
func (c *claims) text(name string) string {
	s, _ := c.all[name].(string)
	return s
}

// email is the address for messages, unless the provider says that it has not been
// verified.
func (c *claims) email(name string) string {
	address := c.text(name)
	if c.all["email_verified"] == false || !notify.CheckAddress(address) {
		return ""
	}
	return address
}
