package authn

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sluss/model"
	"sluss/model/clock"
	"sluss/model/store"
)

func TestNewSecret(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		secret, hash := NewSecret()
		if !strings.HasPrefix(secret, "sluss_") || len(secret) != 6+43 || !looksLikeSecret(secret) {
			t.Fatalf("secret %q", secret)
		}
		if hash != Hash(secret) || len(hash) != 64 || strings.Contains(hash, secret) || seen[secret] {
			t.Fatalf("hash %q", hash)
		}
		seen[secret] = true
	}
	if got := Hash("sluss_example"); got != "d43651106c96360a3ab3027aca1e87df3d0710c78bce750c283b2463a369db93" {
		t.Errorf("the hash of stored tokens has changed: %s", got)
	}
}

// directory knows one token and counts the questions.
type directory struct {
	hash  string
	err   error
	asked int
}

func (d *directory) PersonByToken(_ context.Context, hash, purpose string, now time.Time) (store.Person, error) {
	d.asked++
	switch {
	case d.err != nil:
		return store.Person{}, d.err
	case hash != d.hash || purpose != store.PurposeAPI || now.IsZero():
		return store.Person{}, store.ErrNotFound
	}
	return store.Person{OrgID: "o", ID: "p", UnitID: "u", Roles: []model.Role{model.RoleDPO}}, nil
}

func TestBearer(t *testing.T) {
	t.Parallel()
	secret, hash := NewSecret()
	other, _ := NewSecret()
	failed := errors.New("the record is away")
	for _, test := range []struct {
		name    string
		headers []string
		fails   error
		want    error
		asked   int
	}{
		{"the token", []string{"Bearer " + secret}, nil, nil, 1},
		{"the scheme in other letters", []string{"bearer " + secret}, nil, nil, 1},
		{"no header", nil, nil, ErrNoToken, 0},
		{"another token", []string{"Bearer " + other}, nil, ErrBadToken, 1},
		{"another scheme", []string{"Basic " + secret}, nil, ErrBadToken, 0},
		{"no scheme", []string{secret}, nil, ErrBadToken, 0},
		{"two spaces", []string{"Bearer  " + secret}, nil, ErrBadToken, 0},
		{"two tokens", []string{"Bearer " + secret, "Bearer " + secret}, nil, ErrBadToken, 0},
		{"no prefix", []string{"Bearer " + strings.TrimPrefix(secret, "sluss_")}, nil, ErrBadToken, 0},
		{"a long text", []string{"Bearer sluss_" + strings.Repeat("a", 10_000)}, nil, ErrBadToken, 0},
		{"the record is away", []string{"Bearer " + secret}, failed, failed, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			d := &directory{hash: hash, err: test.fails}
			r := httptest.NewRequest(http.MethodGet, "/?token="+secret, nil)
			r.Header["Authorization"] = test.headers
			p, how, err := Bearer{People: d, Clock: clock.System}.Person(r)
			if !how.At.IsZero() || how.ACR != "" {
				t.Errorf("a token of ours proves %+v", how)
			}
			if !errors.Is(err, test.want) || (err == nil) != (p.ID == "p") || d.asked != test.asked {
				t.Errorf("got %v, %v, asked %d times", p, err, d.asked)
			}
		})
	}
}

func TestActor(t *testing.T) {
	t.Parallel()
	if a := Actor(t.Context()); a.PersonID != "" || a.OrgID != "" {
		t.Errorf("nobody is %+v", a)
	}
	p, at := store.Person{OrgID: "o", ID: "p", Roles: []model.Role{model.RoleDPO}}, time.Unix(1e9, 0)
	if a := Actor(WithPerson(t.Context(), p, Proof{At: at, ACR: "gold"})); a.PersonID != "p" || !a.Has(model.RoleDPO) ||
		!a.ProvedAt.Equal(at) || a.ACR != "gold" {
		t.Errorf("actor %+v", a)
	}
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	if got := Challenge(ErrNoToken); got != `Bearer realm="sluss"` {
		t.Error(got)
	}
	if got := Challenge(ErrBadToken); got != `Bearer realm="sluss", error="invalid_token"` {
		t.Error(got)
	}
}
