package authn

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
)

// prefix lets people, and the scanners that look for leaked secrets, tell what a
// secret belongs to.
const prefix = "sluss_"

// secretBytes is the length of the random part of a secret: 256 bits, so that it
// needs no slow hash.
const secretBytes = 32

var (
	encoding = base64.RawURLEncoding
	// phc is what the PHC string format asks for.
	phc = base64.RawStdEncoding
)

// NewSecret makes a new secret, to be shown once, and the hash by which the
// record knows it.
func NewSecret() (secret, hash string) {
	random := make([]byte, secretBytes)
	rand.Read(random) // never fails: the program ends when there is no randomness
	secret = prefix + encoding.EncodeToString(random)
	return secret, Hash(secret)
}

// Hash returns the hash by which the record knows a secret: SHA-256 in
// hexadecimal.
func Hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// looksLikeSecret reports whether s has the form of a secret. What has not is
// refused without asking the record.
func looksLikeSecret(s string) bool {
	random, ok := strings.CutPrefix(s, prefix)
	return ok && len(random) == encoding.EncodedLen(secretBytes)
}
