package authn

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"sluss/model/clock"
	"sluss/model/store"
)

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	const password = "fem små båtar i en sluss"
	hash, err := HashPassword(password)
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, _ := HashPassword(password); again == hash {
		t.Error("the salt is the same")
	}
	decomposed := strings.ReplaceAll(password, "å", "a\u030a")
	for _, test := range []struct {
		name, hash, password string
		want                 bool
	}{
		{"the password", hash, password, true},
		{"the same text in other code points", hash, decomposed, true},
		{"another", hash, password + " ", false},
		{"none", hash, "", false},
		{"nobody's", noPassword, "", false},
		{"a changed hash", hash[:len(hash)-2] + "AA", password, false},
		{"a changed cost", strings.Replace(hash, "t=2", "t=1", 1), password, false},
		{"no hash", "", "", false},
		{"another scheme", "$2a$10$x", password, false},
	} {
		if got := samePassword(test.hash, test.password); got != test.want {
			t.Errorf("%s: %v", test.name, got)
		}
	}
	for name, short := range map[string]string{"short": strings.Repeat("ö", MinPassword-1), "long": strings.Repeat("a", MaxPassword+1)} {
		if _, err := HashPassword(short); !errors.Is(err, ErrPasswordLength) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// accounts has one account with a password and one without.
type accounts struct {
	hash string
	err  error
}

func (a accounts) PersonByIdentity(_ context.Context, org, issuer, subject string) (store.Person, error) {
	if a.err != nil {
		return store.Person{}, a.err
	}
	if org != "o" || issuer != store.LocalIssuer || subject != "karin" && subject != "rolf" {
		return store.Person{}, store.ErrNotFound
	}
	return store.Person{OrgID: org, ID: subject}, nil
}

func (a accounts) Password(_ context.Context, _, id string) (string, error) {
	if id != "karin" {
		return "", store.ErrNotFound
	}
	return a.hash, nil
}

func (a accounts) ChangePassword(_ context.Context, _, id, from, _, keep string, _ time.Time) error {
	if a.err != nil || id != "karin" || from != a.hash || keep != "this one" {
		return store.ErrNotFound
	}
	return nil
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	const password = "en mycket lång dag"
	hash, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	away := errors.New("the record is away")
	for _, test := range []struct {
		name, org, user, password string
		fails, want               error
	}{
		{"right", "o", "karin", password, nil, nil},
		{"wrong", "o", "karin", password + "!", nil, ErrWrongPassword},
		{"too long", "o", "karin", strings.Repeat("a", 10_000), nil, ErrWrongPassword},
		{"without a password", "o", "rolf", password, nil, ErrWrongPassword},
		{"without a password, none given", "o", "rolf", "", nil, ErrWrongPassword},
		{"nobody", "o", "nobody", password, nil, ErrWrongPassword},
		{"another organisation", "x", "karin", password, nil, ErrWrongPassword},
		{"the record is away", "o", "karin", password, away, away},
	} {
		c := NewPasswords(accounts{hash, test.fails}, clock.System)
		if p, err := c.Check(t.Context(), test.org, test.user, test.password, "a"); !errors.Is(err, test.want) || (err == nil) != (p.ID == "karin") {
			t.Errorf("%s: %+v, %v", test.name, p, err)
		}
	}
}

func TestPasswordTries(t *testing.T) {
	t.Parallel()
	const password = "en mycket lång dag"
	hash, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.At(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	c := NewPasswords(accounts{hash: hash}, now)
	try := func(user, password, address string) error {
		_, err := c.Check(t.Context(), "o", user, password, address)
		return err
	}
	for _, user := range []string{"karin", "nobody"} { // the answer tells nobody who has an account
		for i := range triesPerAccount {
			if err := try(user, "wrong", "a"+user); !errors.Is(err, ErrWrongPassword) {
				t.Errorf("%s, try %d: %v", user, i, err)
			}
		}
		if err := try(user, password, "b"); !errors.Is(err, ErrTooManyTries) {
			t.Errorf("%s after too many tries: %v", user, err)
		}
	}
	now.Advance(accountTime / triesPerAccount)
	if err := try("karin", password, "b"); err != nil {
		t.Errorf("after a while: %v", err)
	}
	for range triesPerAccount {
		if err := try("karin", "wrong", "c"); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("after signing in all tries are there again: %v", err)
		}
	}
	for i := range triesPerAddress {
		_ = try(strings.Repeat("x", i), "", "d")
	}
	if err := try("rolf", password, "d"); !errors.Is(err, ErrTooManyTries) {
		t.Errorf("from an address with too many tries: %v", err)
	}
}

func TestPasswordChange(t *testing.T) {
	t.Parallel()
	const password, next = "en mycket lång dag", "en ännu längre dag"
	hash, err := HashPassword(password)
	if err != nil {
		t.Fatal(err)
	}
	now := clock.At(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	for _, test := range []struct {
		name, id, old, next string
		want                error
	}{
		{"right", "karin", password, next, nil},
		{"wrong", "karin", password + "!", next, ErrWrongPassword},
		{"somebody without a password", "rolf", password, next, ErrWrongPassword},
		{"too short", "karin", password, "kort", ErrPasswordLength},
	} {
		c := NewPasswords(accounts{hash: hash}, now)
		if err := c.Change(t.Context(), store.Person{OrgID: "o", ID: test.id, Handle: test.id}, "this one", test.old, test.next); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
	// The tries are those of signing in.
	c, karin := NewPasswords(accounts{hash: hash}, now), store.Person{OrgID: "o", ID: "karin", Handle: "karin"}
	for i := range triesPerAccount {
		if err := c.Change(t.Context(), karin, "", "wrong", next); !errors.Is(err, ErrWrongPassword) {
			t.Errorf("try %d: %v", i, err)
		}
	}
	if err := c.Change(t.Context(), karin, "this one", password, next); !errors.Is(err, ErrTooManyTries) {
		t.Errorf("after too many tries: %v", err)
	}
	if _, err := c.Check(t.Context(), "o", "karin", password, "a"); !errors.Is(err, ErrTooManyTries) {
		t.Errorf("signing in after too many tries: %v", err)
	}
}
