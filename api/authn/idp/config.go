package idp

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"sluss/model"
	"sluss/model/access"
	"sluss/model/lang"
)

// Config are the providers of identities of an installation.
type Config struct {
	Providers []ProviderConfig `yaml:"providers"`
	// StepUp asks for a fresh sign-in before final decisions; nil asks for none.
	// Its roles are information_owner, ciso and dpo unless the file says otherwise.
	StepUp *access.StepUp `yaml:"step_up"`
}

// ProviderConfig is one provider.
type ProviderConfig struct {
	// Name is short and stands in addresses, Label on the button that leads there.
	Name  string    `yaml:"name"`
	Label lang.Text `yaml:"label"`
	// Issuer is the provider's name for itself, exactly as it stands in tokens.
	Issuer string `yaml:"issuer"`
	// PrivateNetwork lets Sluss ask a provider on the organisation's own network, whose
	// addresses are private. Without it only public addresses are dialled.
	PrivateNetwork bool `yaml:"private_network"`
	// Organisation is the id of the organisation whose people it knows.
	Organisation string        `yaml:"organisation"`
	API          *APIConfig    `yaml:"api"`
	SignIn       *SignInConfig `yaml:"sign_in"`
	People       PeopleConfig  `yaml:"people"`
	Units        UnitsConfig   `yaml:"units"`
	Roles        *RolesConfig  `yaml:"roles"`
}

// APIConfig says which access tokens open the API.
type APIConfig struct {
	// Audiences are Sluss's names at the provider; a token is for one of them.
	Audiences []string `yaml:"audiences"`
	// TokenType is the typ of the tokens' header: at+jwt (RFC 9068), or jwt for a
	// provider that cannot say it.
	TokenType string `yaml:"token_type"`
	// Scope must be among the token's. With the type jwt it is what tells an access
	// token from an ID token, and has to be given.
	Scope string `yaml:"scope"`
}

// SignInConfig says how people sign in to the pages.
type SignInConfig struct {
	ClientID string `yaml:"client_id"`
	// SecretFile holds the client's secret; a client without one is a public client.
	SecretFile string `yaml:"client_secret_file"`
	// Scopes are asked for beside openid.
	Scopes []string `yaml:"scopes"`
}

// PeopleConfig says who the people of a provider are.
type PeopleConfig struct {
	// Subject is the claim that a person is known by: sub, or oid at Entra ID, whose
	// sub is another for each application.
	Subject string `yaml:"subject"`
	// Create adds a person at first sight. Otherwise only those are let in whose
	// identity was linked beforehand.
	Create bool `yaml:"create"`
	// User, Name and Email are the claims that a new person's user name, name and
	// address for messages are taken from. None of them tells who somebody is.
	User  string `yaml:"user"`
	Name  string `yaml:"name"`
	Email string `yaml:"email"`
}

// UnitsConfig says to which unit a person belongs. Claims are named as in RolesConfig.
type UnitsConfig struct {
	Claim string `yaml:"claim"`
	// Map goes from a value of the claim to the code of a unit.
	Map map[string]string `yaml:"map"`
	// Default is the code of the unit of a new person of whom nothing else is known.
	Default string `yaml:"default"`
}

// RolesConfig says which roles people have. Where it is given the provider alone
// says so, and what it takes away is gone with the next token.
type RolesConfig struct {
	// Claim is a claim by its name, or one inside others by a JSON Pointer (RFC 6901)
	// such as /realm_access/roles.
	Claim string `yaml:"claim"`
	// Map goes from a value of the claim to roles.
	Map map[string][]model.Role `yaml:"map"`
	// Default are the roles of everybody.
	Default []model.Role `yaml:"default"`
}

// The types of access tokens that a provider may use.
const (
	typeAccessToken = "at+jwt"
	typeJWT         = "jwt"
)

// ParseConfig reads a configuration in YAML. A name that it does not know, or a
// second document, is an error.
func ParseConfig(text []byte) (Config, error) {
	var c Config
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&c); err != nil {
		return Config{}, fmt.Errorf("read the providers: %w", err)
	}
	if err := dec.Decode(new(any)); !errors.Is(err, io.EOF) {
		return Config{}, errors.New("read the providers: there is more than one document")
	}
	return c, c.complete()
}

// complete fills in what is left out and refuses what cannot work.
func (c *Config) complete() error {
	names, issuers := map[string]bool{}, map[string]bool{}
	for i := range c.Providers {
		p := &c.Providers[i]
		if err := p.complete(); err != nil {
			return fmt.Errorf("provider %d: %w", i+1, err)
		}
		if names[p.Name] || issuers[p.Issuer] {
			return fmt.Errorf("provider %d: the name or the issuer is another's too", i+1)
		}
		names[p.Name], issuers[p.Issuer] = true, true
	}
	if len(c.Providers) == 0 {
		return errors.New("there is no provider")
	}
	if c.StepUp == nil {
		return nil
	}
	if c.StepUp.MaxAge < time.Minute {
		return errors.New("step_up: max_age is at least a minute, such as 15m")
	}
	for _, acr := range c.StepUp.ACR {
		if !acrForm.MatchString(acr) {
			return errors.New("step_up: acr is a list of words without spaces and quotation marks")
		}
	}
	if len(c.StepUp.Roles) == 0 {
		c.StepUp.Roles = []model.Role{model.RoleInformationOwner, model.RoleCISO, model.RoleDPO}
	}
	return knownRoles("step_up", c.StepUp.Roles)
}

// acrForm is what may stand in a header as it is.
var acrForm = regexp.MustCompile(`^[!#-\[\]-~]{1,200}$`)

var nameForm = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

func (p *ProviderConfig) complete() error {
	if p.People.Subject == "" {
		p.People.Subject = "sub"
	}
	if p.API != nil && p.API.TokenType == "" {
		p.API.TokenType = typeAccessToken
	}
	switch {
	case !nameForm.MatchString(p.Name):
		return errors.New("name is of a–z, digits and hyphens, and begins with a letter")
	case !secureIssuer(p.Issuer):
		return errors.New("issuer is an https address without query")
	case p.Organisation == "":
		return errors.New("organisation is missing")
	case p.API == nil && p.SignIn == nil:
		return errors.New("give api, sign_in or both")
	case p.API != nil && (len(p.API.Audiences) == 0 || slices.Contains(p.API.Audiences, "")):
		return errors.New("api: audiences is missing")
	case p.API != nil && p.API.TokenType != typeAccessToken && p.API.TokenType != typeJWT:
		return errors.New("api: token_type is at+jwt or jwt")
	case p.API != nil && p.API.TokenType == typeJWT && p.API.Scope == "":
		return errors.New("api: with token_type jwt, scope has to be given: it tells an access token from an ID token")
	case p.SignIn != nil && p.SignIn.ClientID == "":
		return errors.New("sign_in: client_id is missing")
	case p.SignIn != nil && (p.Label.SV == "" || p.Label.EN == ""):
		return errors.New("label is missing, in sv and en")
	case p.People.Subject != "sub" && p.People.Subject != "oid":
		return errors.New("people: subject is sub or oid; nothing else names a person for good")
	case p.People.Create && p.Units.Default == "":
		return errors.New("units: default is missing: a new person needs a unit")
	case len(p.Units.Map) > 0 && p.Units.Claim == "":
		return errors.New("units: claim is missing")
	}
	return p.Roles.check()
}

// check holds the roles to those that there are, and to SOD-02 of rulebook 10: what
// one claim brings with it must be held by one person.
func (r *RolesConfig) check() error {
	if r == nil {
		return nil
	}
	if len(r.Map) > 0 && r.Claim == "" {
		return errors.New("roles: claim is missing")
	}
	if err := knownRoles("roles: default", r.Default); err != nil {
		return err
	}
	if rule := access.Apart(r.Default); rule != "" {
		return fmt.Errorf("roles: nobody may hold all roles of default (%s)", rule)
	}
	for value, roles := range r.Map {
		if len(roles) == 0 {
			return fmt.Errorf("roles: %q comes to no role", value)
		}
		if err := knownRoles("roles: map", roles); err != nil {
			return err
		}
		if rule := access.Apart(slices.Concat(roles, r.Default)); rule != "" {
			return fmt.Errorf("roles: %q, with the roles of everybody, comes to roles that one person may not hold (%s)", value, rule)
		}
	}
	return nil
}

func knownRoles(where string, roles []model.Role) error {
	for _, r := range roles {
		if !slices.Contains(model.Roles(), r) {
			return fmt.Errorf("%s: there is no role %q", where, r)
		}
	}
	return nil
}

// secureIssuer reports whether a text can be an issuer: an address without a query
// or a fragment (OpenID Connect Core 1.0, section 2).
func secureIssuer(s string) bool { return secureAddress(s) && !strings.ContainsAny(s, "?#") }

// secureAddress reports whether an address may be asked: over TLS, or on this machine.
func secureAddress(s string) bool {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
