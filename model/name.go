package model

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// NameKey is a name or a short text as it is compared: without regard to case and
// to superfluous space.
func NameKey(text string) string {
	return norm.NFC.String(strings.ToLower(strings.Join(strings.Fields(text), " ")))
}
