package authn

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"sluss/model/clock"
	"sluss/model/store"
)

// The cost of a password's hash: Argon2id with 19 MiB, two passes and one lane
// (OWASP Password Storage Cheat Sheet, read in November 2026; RFC 9106).
const (
	argonMemory  = 19 * 1024 // KiB
	argonTime    = 2
	argonThreads = 1
	argonSalt    = 16 // bytes
	argonKey     = 32 // bytes
)

// How long a password is, in characters: OWASP ASVS 5.0.0, 6.2.1 recommends at
// least 15 and 6.2.9 asks for at least 64 to be allowed.
const (
	MinPassword = 15
	MaxPassword = 128
)

// ErrPasswordLength says that a password is shorter than MinPassword or longer
// than MaxPassword.
var ErrPasswordLength = fmt.Errorf("a password has %d to %d characters", MinPassword, MaxPassword)

// HashPassword returns the hash of a password in the PHC string format.
func HashPassword(password string) (string, error) {
	if n := utf8.RuneCountInString(password); n < MinPassword || n > MaxPassword {
		return "", ErrPasswordLength
	}
	salt := make([]byte, argonSalt)
	rand.Read(salt) // never fails: the program ends when there is no randomness
	return hashPassword(password, salt), nil
}

// cost is what hashing a password takes.
type cost struct {
	memory, time uint32
	threads      uint8
}

func hashPassword(password string, salt []byte) string {
	c := cost{argonMemory, argonTime, argonThreads}
	return c.write(salt, c.key(password, salt))
}

func (c cost) key(password string, salt []byte) []byte {
	return argon2.IDKey([]byte(norm.NFC.String(password)), salt, c.time, c.memory, c.threads, argonKey)
}

func (c cost) write(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.memory, c.time, c.threads,
		phc.EncodeToString(salt), phc.EncodeToString(key))
}

// samePassword reports whether a hash is that of a password.
func samePassword(hash, password string) bool {
	parts := strings.Split(hash, "$")
	if len(parts) != 6 {
		return false
	}
	var c cost
	_, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.time, &c.threads)
	salt, saltErr := phc.DecodeString(parts[4])
	if err != nil || saltErr != nil {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(c.write(salt, c.key(password, salt))), []byte(hash)) == 1
}

// noPassword is the hash of no password. It is compared with when there is nobody,
// so that the answer takes as long as for somebody.
var noPassword = cost{argonMemory, argonTime, argonThreads}.write(make([]byte, argonSalt), make([]byte, argonKey))

// How often passwords may be tried: for one account so many times at once and
// then so many in the time, the same for one address that requests come from.
const (
	triesPerAccount = 10
	triesPerAddress = 60
	accountTime     = time.Hour
	addressTime     = time.Minute
)

var (
	// ErrWrongPassword says that there is no such account, or that the password is
	// not its own. It does not say which.
	ErrWrongPassword = errors.New("wrong user name or password")
	// ErrTooManyTries says that passwords have been tried too often.
	ErrTooManyTries = errors.New("too many tries")
)

// PasswordStore keeps local accounts; store.Store is one.
type PasswordStore interface {
	PersonByIdentity(ctx context.Context, orgID, issuer, subject string) (store.Person, error)
	Password(ctx context.Context, orgID, personID string) (string, error)
	ChangePassword(ctx context.Context, orgID, personID, from, to, keep string, now time.Time) error
}

// Passwords checks the passwords of local accounts. The tries are counted in this
// process: several that serve the same people allow as many times more.
type Passwords struct {
	Store PasswordStore
	Clock clock.Clock

	accounts, addresses Limiter
	// one at a time, so that many tries at once cannot fill the memory
	one chan struct{}
}

// NewPasswords returns the check of the passwords in a record.
func NewPasswords(st PasswordStore, c clock.Clock) *Passwords {
	return &Passwords{Store: st, Clock: c, one: make(chan struct{}, 1)}
}

// Check returns the person who has the user name in the organisation and the
// password, or ErrWrongPassword or ErrTooManyTries. address is where the request
// comes from.
func (c *Passwords) Check(ctx context.Context, orgID, user, password, address string) (store.Person, error) {
	account, now := orgID+"/"+user, c.Clock.Now()
	if c.addresses.Take(address, triesPerAddress, addressTime, now) > 0 || c.accounts.Take(account, triesPerAccount, accountTime, now) > 0 {
		return store.Person{}, ErrTooManyTries
	}
	p, err := c.Store.PersonByIdentity(ctx, orgID, store.LocalIssuer, user)
	hash := ""
	if err == nil {
		hash, err = c.Store.Password(ctx, orgID, p.ID)
	}
	switch {
	case errors.Is(err, store.ErrNotFound):
		hash = noPassword
	case err != nil:
		return store.Person{}, err
	}
	same, err := c.same(ctx, hash, password)
	if err != nil {
		return store.Person{}, err
	}
	if !same {
		return store.Person{}, ErrWrongPassword
	}
	c.accounts.Forget(account)
	return p, nil
}

// Change gives a person who has signed in another password. They give the one that they
// have, or it is ErrWrongPassword, as it is for somebody who has none; tries count as
// those of Check do. Every session of the person ends but the one with the id keep.
func (c *Passwords) Change(ctx context.Context, p store.Person, keep, old, password string) error {
	account, now := p.OrgID+"/"+p.Handle, c.Clock.Now()
	if c.accounts.Take(account, triesPerAccount, accountTime, now) > 0 {
		return ErrTooManyTries
	}
	hash, err := c.Store.Password(ctx, p.OrgID, p.ID)
	if errors.Is(err, store.ErrNotFound) {
		hash = noPassword
	} else if err != nil {
		return err
	}
	same, err := c.same(ctx, hash, old)
	if err != nil {
		return err
	}
	if !same {
		return ErrWrongPassword
	}
	next, err := HashPassword(password)
	if err != nil {
		return err
	}
	err = c.Store.ChangePassword(ctx, p.OrgID, p.ID, hash, next, keep, now)
	if errors.Is(err, store.ErrNotFound) { // somebody has changed it meanwhile
		return ErrWrongPassword
	}
	if err == nil {
		c.accounts.Forget(account)
	}
	return err
}

func (c *Passwords) same(ctx context.Context, hash, password string) (bool, error) {
	if utf8.RuneCountInString(password) > MaxPassword {
		password = ""
	}
	select {
	case c.one <- struct{}{}:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	defer func() { <-c.one }()
	return samePassword(hash, password), nil
}
