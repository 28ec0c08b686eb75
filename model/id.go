package model

import "github.com/google/uuid"

// NewID returns a fresh opaque identifier (UUID version 7, RFC 9562). It sorts
// by time of creation and says nothing about what it names. It is not a secret.
func NewID() string {
	return uuid.Must(uuid.NewV7()).String()
}

// ValidID reports whether s has the form of an identifier made by NewID or by
// another UUID source, in its canonical lower-case form.
func ValidID(s string) bool {
	u, err := uuid.Parse(s)
	return err == nil && u.String() == s
}
