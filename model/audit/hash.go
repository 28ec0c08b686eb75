package audit

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
)

// The domain tags. A tag goes into every hash, so that a hash of one kind can
// never pass for one of another. A new format gets a new tag; what a tag
// stands for never changes.
const (
	TagPart       = "sluss/part/v1"       // the answers of a part of a case
	TagScope      = "sluss/scope/v1"      // what a stage's outcome depends on
	TagCommand    = "sluss/command/v1"    // the body of an act
	TagRulebook   = "sluss/rulebook/v1"   // the content of a rulebook
	TagEvent      = "sluss/event/v1"      // an event in the chain of a case
	TagCommitment = "sluss/commitment/v1" // a value that may be erased
)

// separator ends the tag in what is hashed. No tag holds it, so no tag is the
// beginning of another.
const separator = 0

// Hash returns SHA-256 over the tag, a zero byte and the canonical JSON of v,
// in lower-case hexadecimal. It fails for values without canonical form, as
// CanonicalJSON does.
func Hash(tag string, v any) (string, error) {
	canonical, err := CanonicalJSON(v)
	if err != nil {
		return "", err
	}
	return sum(tag, canonical), nil
}

// SaltSize is the length of a salt in bytes.
const SaltSize = 32

// NewSalt returns a new random salt for one commitment.
func NewSalt() []byte {
	salt := make([]byte, SaltSize)
	rand.Read(salt) // never fails: the program ends when there is no randomness
	return salt
}

// Commit returns a commitment to a value: SHA-256 over TagCommitment, a zero
// byte, the salt and the value, in lower-case hexadecimal. Whoever has the
// salt can show what the value was; once the salt is deleted nobody can, nor
// find it by guessing. Commit panics when the salt is not SaltSize bytes long:
// with a shorter one the value could be guessed after all.
func Commit(salt []byte, value string) string {
	if len(salt) != SaltSize {
		panic("audit: a salt must have 32 bytes")
	}
	return sum(TagCommitment, salt, []byte(value))
}

// Opens says whether a commitment was made of this salt and this value.
func Opens(commitment string, salt []byte, value string) bool {
	return len(salt) == SaltSize &&
		subtle.ConstantTimeCompare([]byte(commitment), []byte(Commit(salt, value))) == 1
}

func sum(tag string, parts ...[]byte) string {
	h := sha256.New()
	h.Write([]byte(tag))
	h.Write([]byte{separator})
	for _, p := range parts {
		h.Write(p)
	}
	return hex.EncodeToString(h.Sum(nil))
}
