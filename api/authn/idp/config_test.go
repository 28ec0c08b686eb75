package idp

import (
	"os"
	"strings"
	"testing"
	"time"

	"sluss/model"
)

func TestExample(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../../deploy/identity/providers.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := ParseConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Providers) != 2 || c.StepUp == nil || c.StepUp.MaxAge != 15*time.Minute || len(c.StepUp.Roles) != 3 {
		t.Errorf("%+v", c)
	}
	if e, k := c.Providers[0], c.Providers[1]; e.API.TokenType != typeJWT || e.People.Subject != "oid" || !e.People.Create || k.API.TokenType != typeAccessToken || k.People.Create {
		t.Errorf("%+v", c.Providers)
	}
}

// what is least of a provider, to which a test adds a line, or takes one away.
const least = `providers:
  - name: test
    label: {sv: Logga in, en: Sign in}
    issuer: https://idp.example/realm
    organisation: kommunen
    api: {audiences: [sluss]}
`

func TestConfig(t *testing.T) {
	t.Parallel()
	c, err := ParseConfig([]byte(least))
	if err != nil {
		t.Fatal(err)
	}
	if p := c.Providers[0]; p.API.TokenType != typeAccessToken || p.People.Subject != "sub" || p.People.Create || p.Roles != nil || c.StepUp != nil {
		t.Errorf("by default %+v", p)
	}
	with := func(line string) string { return least + "    " + line + "\n" }
	without := func(old, line string) string { return strings.Replace(least, old, line, 1) }
	for name, test := range map[string]struct{ text, says string }{
		"nothing":                      {"", "EOF"},
		"no provider":                  {"providers: []", "no provider"},
		"an unknown name":              {with("role: {}"), "role"},
		"a name twice":                 {with("name: test"), "already"},
		"two documents":                {least + "---\n" + least, "more than one"},
		"the same provider twice":      {least + strings.TrimPrefix(least, "providers:\n"), "another's"},
		"no name":                      {without("name: test", "name: ''"), "name"},
		"a name that is no address":    {without("name: test", "name: ../x"), "name"},
		"without TLS":                  {without("https://idp.example", "http://idp.example"), "issuer"},
		"with a password":              {without("https://idp", "https://u:p@idp"), "issuer"},
		"with a query":                 {without("/realm", "/realm?x=1"), "issuer"},
		"no issuer":                    {without("https://idp.example/realm", "''"), "issuer"},
		"no organisation":              {without("kommunen", "''"), "organisation"},
		"for nothing":                  {without("api: {audiences: [sluss]}", ""), "api"},
		"no audience":                  {without("[sluss]", "[]"), "audiences"},
		"an empty audience":            {without("[sluss]", "['']"), "audiences"},
		"another type":                 {without("[sluss]", "[sluss], token_type: id"), "token_type"},
		"JWT without a scope":          {without("[sluss]", "[sluss], token_type: jwt"), "scope"},
		"no client":                    {with("sign_in: {scopes: [x]}"), "client_id"},
		"no label":                     {strings.Replace(with("sign_in: {client_id: x}"), "sv: Logga in, ", "", 1), "label"},
		"known by e-mail":              {with("people: {subject: email}"), "sub or oid"},
		"new people without a unit":    {with("people: {create: true}"), "default"},
		"units of no claim":            {with("units: {map: {a: b}}"), "claim"},
		"roles of no claim":            {with("roles: {map: {a: [ciso]}}"), "claim"},
		"an unknown role":              {with("roles: {claim: r, map: {a: [king]}}"), "king"},
		"an unknown role of everybody": {with("roles: {default: [king]}"), "king"},
		"a value of no role":           {with("roles: {claim: r, map: {a: []}}"), "no role"},
		"roles kept apart":             {with("roles: {claim: r, map: {a: [dpo, ciso]}}"), "SOD-02"},
		"kept apart from everybody's":  {with("roles: {claim: r, default: [manager], map: {a: [dpo]}}"), "SOD-02"},
		"kept apart among everybody's": {with("roles: {default: [manager, dpo]}"), "SOD-02"},
		"no time":                      {least + "step_up: {acr: [a]}", "max_age"},
		"seconds":                      {least + "step_up: {max_age: 59s}", "max_age"},
		"an unknown role to ask":       {least + "step_up: {max_age: 5m, roles: [king]}", "king"},
		"what no header can hold":      {least + "step_up: {max_age: 5m, acr: ['a\"b']}", "acr"},
	} {
		if _, err := ParseConfig([]byte(test.text)); err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ParseConfig([]byte(without("https://idp.example", "http://127.0.0.1:8080"))); err != nil {
		t.Errorf("on this machine: %v", err)
	}
}

func TestRolesOf(t *testing.T) {
	t.Parallel()
	all := map[string]any{
		"groups": []any{"a", "b", "a"}, "https://example/roles": "a", "realm": map[string]any{"x/y": []any{"b"}, "list": []any{map[string]any{"r": "a"}}},
	}
	for claim, want := range map[string]string{
		"groups": "ciso,registrar,user", "https://example/roles": "ciso,user", "/realm/x~1y": "registrar,user", "/realm/list/0/r": "ciso,user",
		"/realm/list/1/r": "user", "/realm/list/-1/r": "user", "/realm/list/x": "user", "/realm": "user", "/groups/0": "ciso,user", "none": "user", "/none/x": "user", "": "user", "/": "user",
	} {
		r := RolesConfig{Claim: claim, Map: map[string][]model.Role{"a": {model.RoleCISO}, "b": {model.RoleRegistrar}}, Default: []model.Role{model.RoleUser}}
		roles, complete := r.of(&claims{all: all})
		var got []string
		for _, role := range roles {
			got = append(got, string(role))
		}
		if strings.Join(got, ",") != want || !complete {
			t.Errorf("%s: %v %v, want %s", claim, got, complete, want)
		}
	}
}
